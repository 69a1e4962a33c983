/*
 * `vdctl status` as a person reads it: what this daemon is, then each instance with its role and
 * the reason for it, then each service with its servers, then the processes.  Everything comes from
 * the same JSON that `vdctl status --json` prints: a row of `lists` for each table.
 */
#include "core/vdctl/vdctl_status.h"

#include <json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/text.h"
#include "core/vdctl/vdctl_table.h"

struct json_object *vdctl_member(struct json_object *object, const char *path)
{
	while (object && *path) {
		struct json_object *found = NULL;
		size_t size = strcspn(path, ".");
		char name[32];

		text_print(name, sizeof(name), "%.*s", (int)size, path);
		if (json_object_is_type(object, json_type_object))
			json_object_object_get_ex(object, name, &found);
		object = found;
		path += size + (path[size] == '.');
	}
	return object;
}

static const char *text(struct json_object *object, const char *path)
{
	struct json_object *found = vdctl_member(object, path);

	return found ? json_object_get_string(found) : "-";
}

static bool truth(struct json_object *object, const char *path)
{
	return json_object_get_boolean(vdctl_member(object, path));
}

static size_t length(struct json_object *object, const char *path)
{
	struct json_object *found = vdctl_member(object, path);

	return json_object_is_type(found, json_type_array) ? json_object_array_length(found) : 0;
}

static struct json_object *item(struct json_object *object, const char *name, size_t i)
{
	return json_object_array_get_idx(vdctl_member(object, name), i);
}

/* "5 s", "3 min", "2 h", "4 d" since an ISO 8601 time; "-" where there is none. */
static const char *age(struct json_object *object, const char *name, char *buffer, size_t size)
{
	struct tm when = {0};
	struct timespec now;

	if (!strptime(text(object, name), "%Y-%m-%dT%H:%M:%S", &when))
		return "-";
	clock_gettime(CLOCK_REALTIME, &now);
	long long seconds = (long long)now.tv_sec - (long long)timegm(&when);
	seconds = seconds < 0 ? 0 : seconds;
	if (seconds < 120)
		text_print(buffer, size, "%lld s", seconds);
	else if (seconds < 120 * 60)
		text_print(buffer, size, "%lld min", seconds / 60);
	else if (seconds < 48 * 3600)
		text_print(buffer, size, "%lld h", seconds / 3600);
	else
		text_print(buffer, size, "%lld d", seconds / 86400);
	return buffer;
}

static const char *paint(const char *cell)
{
	static const struct {
		const char *word, *colour;
	} rows[] = {
		{"active", "\033[32m"},	 {"up", "\033[32m"},	       {"present", "\033[32m"},
		{"down", "\033[31m"},	 {"fault", "\033[31m"},	       {"missing", "\033[33m"},
		{"init", "\033[33m"},	 {"never", "\033[33m"},	       {"restarting", "\033[31m"},
		{"unknown", "\033[33m"}, {"not followed", "\033[33m"}, {"held up", "\033[33m"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].word, cell) == 0)
			return rows[i].colour;
	return NULL;
}

static void print_head(struct json_object *status)
{
	struct json_object *reload = vdctl_member(status, "reload");
	char since[32];

	printf("vdirectord %s on %s, pid %s, for %s\n", text(status, "version"),
	       text(status, "node"), text(status, "pid"),
	       age(status, "started", since, sizeof(since)));
	printf("configuration %s, generation %s, loaded %s ago\n", text(status, "config.path"),
	       text(status, "config.generation"),
	       age(status, "config.loaded_at", since, sizeof(since)));
	if (!reload || truth(reload, "ok"))
		return;
	printf("THE LAST RELOAD FAILED %s ago, nothing was changed:\n",
	       age(reload, "at", since, sizeof(since)));
	for (size_t i = 0; i < length(reload, "errors"); i++)
		printf("  %s\n", json_object_get_string(item(reload, "errors", i)));
}

/* ---- the tables ---- */

typedef void cell_fn(struct table *table, struct json_object *parent, struct json_object *object);

static void cell_since(struct table *table, struct json_object *parent, struct json_object *object)
{
	char since[32];

	(void)parent;
	table_cell(table, "%s", age(object, "since", since, sizeof(since)));
}

/* The last column: each reason after the first has a row of its own. */
static void cell_reasons(struct table *table, struct json_object *parent,
			 struct json_object *object)
{
	size_t column = table->n_columns;

	(void)parent;
	for (size_t i = 0; i < length(object, "reasons"); i++) {
		struct json_object *reason = item(object, "reasons", i);
		bool named = vdctl_member(reason, "instance"); /* of a sync group */

		if (i > 0) {
			table_row(table);
			while (table->n_columns < column)
				table_cell(table, "%s", "");
		}
		table_cell(table, "%s%s%s: %s", named ? text(reason, "instance") : "",
			   named ? ": " : "", text(reason, "reason"), text(reason, "text"));
	}
}

static void cell_instance(struct table *table, struct json_object *parent,
			  struct json_object *object)
{
	(void)object;
	table_cell(table, "%s", text(parent, "name"));
}

/* Only the Active misses an address that is not there. */
static void cell_presence(struct table *table, struct json_object *parent,
			  struct json_object *object)
{
	table_cell(table, "%s",
		   truth(object, "present")			  ? "present"
		   : strcmp(text(parent, "state"), "active") == 0 ? "missing"
								  : "no");
}

/* "3.2 s ago", "never" */
static void cell_heard(struct table *table, struct json_object *parent, struct json_object *object)
{
	struct json_object *heard = vdctl_member(object, "last_heard_ms");

	(void)parent;
	if (heard)
		table_cell(table, "%.1f s ago", json_object_get_double(heard) / 1000);
	else
		table_cell(table, "never");
}

static void cell_link(struct table *table, struct json_object *parent, struct json_object *object)
{
	(void)parent;
	table_cell(table, "%s",
		   !truth(object, "up")	     ? "down"
		   : truth(object, "silent") ? "silent"
					     : "up");
}

static void cell_server(struct table *table, struct json_object *parent, struct json_object *object)
{
	const char *address = text(object, "address");
	bool v6 = strchr(address, ':');

	(void)parent;
	table_cell(table, "%s%s%s:%s", v6 ? "[" : "", address, v6 ? "]" : "", text(object, "port"));
}

static void cell_connections(struct table *table, struct json_object *parent,
			     struct json_object *object)
{
	(void)parent;
	table_cell(table, "%s/%s", text(object, "connections.active"),
		   text(object, "connections.inactive"));
}

static void cell_check(struct table *table, struct json_object *parent, struct json_object *object)
{
	struct json_object *check = vdctl_member(object, "last_check");
	size_t n = length(object, "unsupported_checks");
	char cell[512] = "", since[32];

	(void)parent;
	if (check)
		text_print(cell, sizeof(cell), "%s %s: %s (%s ms, %s ago)", text(check, "kind"),
			   text(check, "verdict"), text(check, "text"), text(check, "latency_ms"),
			   age(check, "at", since, sizeof(since)));
	else
		text_print(cell, sizeof(cell), truth(object, "unchecked") ? "unchecked" : "-");
	for (size_t i = 0; i < n; i++)
		text_append(cell, sizeof(cell), "%s%s%s", i == 0 ? "; " : ", ",
			    json_object_get_string(item(object, "unsupported_checks", i)),
			    i + 1 < n ? ""
			    : n == 1  ? " is not run"
				      : " are not run");
	if (truth(object, "age_unknown"))
		text_append(cell, sizeof(cell), "; its state is of unknown age");
	table_cell(table, "%s", cell);
}

/* "track_script chk" */
static void cell_tracker(struct table *table, struct json_object *parent,
			 struct json_object *object)
{
	(void)parent;
	table_cell(table, "%s %s", text(object, "kind"), text(object, "name"));
}

static void cell_followed(struct table *table, struct json_object *parent,
			  struct json_object *object)
{
	(void)parent;
	table_cell(table, "%s", truth(object, "followed") ? "followed" : "not followed");
}

/* A row for each item of `outer`, or of the `inner` lists that have at least so many. */
struct list {
	const char *outer, *inner;
	size_t at_least;
	unsigned indent;
	struct column {
		const char *head;
		const char *path; /* of the item's member, else: */
		cell_fn *cell;
	} columns[TABLE_COLUMNS_MAX];
};

static const struct list lists[] = {
	{.outer = "instances",
	 .columns = {{"INSTANCE", "name", NULL},
		     {"STATE", "state", NULL},
		     {"INTERFACE", "interface", NULL},
		     {"VRID", "vrid", NULL},
		     {"PRIORITY", "priority.effective", NULL},
		     {"SINCE", NULL, cell_since},
		     {"REASON", NULL, cell_reasons}}},
	{.outer = "instances",
	 .inner = "addresses",
	 .columns = {{"ADDRESS", "address", NULL},
		     {"INTERFACE", "interface", NULL},
		     {"INSTANCE", NULL, cell_instance},
		     {"HERE", NULL, cell_presence}}},
	{.outer = "sync_groups",
	 .columns = {{"SYNC GROUP", "name", NULL},
		     {"STATE", "state", NULL},
		     {"SINCE", NULL, cell_since},
		     {"REASON", NULL, cell_reasons}}},
	{.outer = "instances",
	 .inner = "trackers",
	 .columns = {{"TRACKER", NULL, cell_tracker},
		     {"INSTANCE", NULL, cell_instance},
		     {"STATE", NULL, cell_followed}}},
	{.outer = "sync_groups",
	 .inner = "trackers",
	 .columns = {{"TRACKER", NULL, cell_tracker},
		     {"SYNC GROUP", NULL, cell_instance},
		     {"STATE", NULL, cell_followed}}},
	{.outer = "instances",
	 .inner = "peers",
	 .columns = {{"PEER", "address", NULL},
		     {"INSTANCE", NULL, cell_instance},
		     {"PRIORITY", "priority", NULL},
		     {"LAST HEARD", NULL, cell_heard}}},
	{.outer = "instances",
	 .inner = "links",
	 .at_least = 2,
	 .columns = {{"LINK", "interface", NULL},
		     {"INSTANCE", NULL, cell_instance},
		     {"STATE", NULL, cell_link},
		     {"LAST HEARD", NULL, cell_heard}}},
	/* Virtual routers that are heard and that no instance is. */
	{.outer = "unknown_vrids",
	 .columns = {{"UNKNOWN VRID", "vrid", NULL},
		     {"INTERFACE", "interface", NULL},
		     {"FROM", "address", NULL},
		     {"PRIORITY", "priority", NULL},
		     {"LAST HEARD", NULL, cell_heard},
		     {"HAS AN ADDRESS OF", "instance", NULL}}},
};

static const struct list servers = {
	.outer = "servers",
	.indent = 2,
	.columns = {{"SERVER", NULL, cell_server},
		    {"ROLE", "role", NULL},
		    {"STATE", "state", NULL},
		    {"WEIGHT", "weight.configured", NULL},
		    {"KERNEL", "weight.kernel", NULL},
		    {"CONNECTIONS", NULL, cell_connections},
		    {"LAST CHECK", NULL, cell_check}},
};

static const struct list roles = {
	.outer = "roles",
	.columns = {{"PROCESS", "name", NULL},
		    {"PID", "pid", NULL},
		    {"STATE", "state", NULL},
		    {"RESTARTS", "restarts", NULL}},
};

static void add_item(struct table *table, const struct list *list, struct json_object *parent,
		     struct json_object *object)
{
	table_row(table);
	for (const struct column *column = list->columns; column->head; column++)
		if (column->cell)
			column->cell(table, parent, object);
		else
			table_cell(table, "%s", text(object, column->path));
}

/* Nothing where the table has no rows. */
static void print_list(const struct list *list, struct json_object *object, bool colour)
{
	struct table table = {0};

	table_row(&table);
	for (const struct column *column = list->columns; column->head; column++)
		table_cell(&table, "%s", column->head);
	for (size_t i = 0; i < length(object, list->outer); i++) {
		struct json_object *outer = item(object, list->outer, i);
		size_t n = list->inner ? length(outer, list->inner) : 0;

		if (!list->inner)
			add_item(&table, list, object, outer);
		for (size_t j = 0; n >= list->at_least && j < n; j++)
			add_item(&table, list, outer, item(outer, list->inner, j));
	}
	if (table.n_rows > 1 && list->indent == 0)
		putchar('\n');
	table_print(&table, list->indent, colour ? paint : NULL);
}

static void print_service(struct json_object *service, bool colour)
{
	printf("\nSERVICE %s  %s %s  quorum %s of %s%s%s\n", text(service, "name"),
	       text(service, "scheduler"), text(service, "method"), text(service, "quorum.have"),
	       text(service, "quorum.needed"), truth(service, "quorum.up") ? "" : ": BELOW",
	       truth(service, "fallback_active") ? ", the fallback serves" : "");
	if (vdctl_member(service, "draining") &&
	    strcmp(text(service, "draining.servers"), "0") != 0)
		printf("  removed servers: %s, active connections of theirs that are drained: %s\n",
		       text(service, "draining.servers"), text(service, "draining.connections"));
	print_list(&servers, service, colour);
}

void vdctl_status_print(struct json_object *status, bool colour)
{
	struct json_object *kernel = vdctl_member(status, "ipvs");

	print_head(status);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		print_list(&lists[i], status, colour);
	if (kernel && length(status, "services") && !truth(kernel, "available"))
		printf("\nIPVS IS NOT AVAILABLE: %s\n", text(kernel, "text"));
	else if (kernel && *text(kernel, "text"))
		printf("\nIPVS: %s\n", text(kernel, "text"));
	for (size_t i = 0; i < length(status, "services"); i++)
		print_service(item(status, "services", i), colour);
	print_list(&roles, status, colour);
}
