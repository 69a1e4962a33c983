/*
 * `vdctl status` as a person reads it: what this daemon is, then each instance with its role and
 * the reason for it, then each service with its servers, then the processes.  Everything comes from
 * the same JSON that `vdctl status --json` prints.
 */
#include "core/vdctl/vdctl_status.h"

#include <json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/vdctl/vdctl_table.h"

/* A member by its name, down any number of objects: "weight", "kernel". NULL: not there. */
static struct json_object *member(struct json_object *object, const char *name)
{
	struct json_object *found = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, name, &found);
	return found;
}

static const char *text(struct json_object *object, const char *name)
{
	struct json_object *found = member(object, name);

	return found ? json_object_get_string(found) : "-";
}

static bool truth(struct json_object *object, const char *name)
{
	return json_object_get_boolean(member(object, name));
}

static size_t length(struct json_object *object, const char *name)
{
	struct json_object *found = member(object, name);

	return json_object_is_type(found, json_type_array) ? json_object_array_length(found) : 0;
}

static struct json_object *item(struct json_object *object, const char *name, size_t i)
{
	return json_object_array_get_idx(member(object, name), i);
}

/* "5 s", "3 min", "2 h", "4 d" since an ISO 8601 time; "-" where there is none. */
static const char *age(struct json_object *object, const char *name, char *buffer, size_t size)
{
	struct tm when = {0};
	struct timespec now;
	long long seconds;

	if (!strptime(text(object, name), "%Y-%m-%dT%H:%M:%S", &when))
		return "-";
	clock_gettime(CLOCK_REALTIME, &now);
	seconds = (long long)now.tv_sec - (long long)timegm(&when);
	seconds = seconds < 0 ? 0 : seconds;
	if (seconds < 120)
		snprintf(buffer, size, "%lld s", seconds);
	else if (seconds < 120 * 60)
		snprintf(buffer, size, "%lld min", seconds / 60);
	else if (seconds < 48 * 3600)
		snprintf(buffer, size, "%lld h", seconds / 3600);
	else
		snprintf(buffer, size, "%lld d", seconds / 86400);
	return buffer;
}

static const char *paint(const char *cell)
{
	static const struct {
		const char *word, *colour;
	} rows[] = {
		{"active", "\033[32m"},	 {"up", "\033[32m"},	{"present", "\033[32m"},
		{"down", "\033[31m"},	 {"fault", "\033[31m"}, {"missing", "\033[33m"},
		{"init", "\033[33m"},	 {"never", "\033[33m"}, {"restarting", "\033[31m"},
		{"unknown", "\033[33m"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].word, cell) == 0)
			return rows[i].colour;
	return NULL;
}

static void print_head(struct json_object *status)
{
	struct json_object *config = member(status, "config"), *reload = member(status, "reload");
	char since[32];

	printf("vdirectord %s on %s, pid %s, for %s\n", text(status, "version"),
	       text(status, "node"), text(status, "pid"),
	       age(status, "started", since, sizeof(since)));
	printf("configuration %s, generation %s, loaded %s ago\n", text(config, "path"),
	       text(config, "generation"), age(config, "loaded_at", since, sizeof(since)));
	if (!reload || truth(reload, "ok"))
		return;
	printf("THE LAST RELOAD FAILED %s ago, nothing was changed:\n",
	       age(reload, "at", since, sizeof(since)));
	for (size_t i = 0; i < length(reload, "errors"); i++)
		printf("  %s\n", json_object_get_string(item(reload, "errors", i)));
}

static void add_heads(struct table *table, const char *const heads[], size_t n)
{
	table_row(table);
	for (size_t i = 0; i < n; i++)
		table_cell(table, "%s", heads[i]);
}

static void add_instance(struct table *table, struct json_object *instance)
{
	struct json_object *priority = member(instance, "priority");
	size_t n = length(instance, "reasons");
	char since[32];

	table_row(table);
	table_cell(table, "%s", text(instance, "name"));
	table_cell(table, "%s", text(instance, "state"));
	table_cell(table, "%s", text(instance, "interface"));
	table_cell(table, "%s", text(instance, "vrid"));
	table_cell(table, "%s", text(priority, "effective"));
	table_cell(table, "%s", age(instance, "since", since, sizeof(since)));
	table_cell(table, "%s%s%s", n ? text(item(instance, "reasons", 0), "reason") : "",
		   n ? ": " : "", n ? text(item(instance, "reasons", 0), "text") : "");
	for (size_t i = 1; i < n; i++) {
		table_row(table);
		for (unsigned column = 0; column < 6; column++)
			table_cell(table, "%s", "");
		table_cell(table, "%s: %s", text(item(instance, "reasons", i), "reason"),
			   text(item(instance, "reasons", i), "text"));
	}
}

/* Only the Active misses an address that is not there. */
static const char *presence(struct json_object *instance, struct json_object *address)
{
	if (truth(address, "present"))
		return "present";
	return strcmp(text(instance, "state"), "active") == 0 ? "missing" : "no";
}

static void print_instances(struct json_object *status, bool colour)
{
	static const char *const heads[] = {"INSTANCE", "STATE", "INTERFACE", "VRID",
					    "PRIORITY", "SINCE", "REASON"};
	struct table table = {0};

	if (!length(status, "instances"))
		return;
	add_heads(&table, heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < length(status, "instances"); i++)
		add_instance(&table, item(status, "instances", i));
	putchar('\n');
	table_print(&table, 0, colour ? paint : NULL);

	table_row(&table);
	table_cell(&table, "ADDRESS");
	table_cell(&table, "INTERFACE");
	table_cell(&table, "INSTANCE");
	table_cell(&table, "HERE");
	for (size_t i = 0; i < length(status, "instances"); i++) {
		struct json_object *instance = item(status, "instances", i);

		for (size_t j = 0; j < length(instance, "addresses"); j++) {
			struct json_object *address = item(instance, "addresses", j);

			table_row(&table);
			table_cell(&table, "%s", text(address, "address"));
			table_cell(&table, "%s", text(address, "interface"));
			table_cell(&table, "%s", text(instance, "name"));
			table_cell(&table, "%s", presence(instance, address));
		}
	}
	putchar('\n');
	table_print(&table, 0, colour ? paint : NULL);
}

static bool has_heartbeats(struct json_object *status)
{
	for (size_t i = 0; i < length(status, "instances"); i++)
		if (length(item(status, "instances", i), "links") > 1)
			return true;
	return false;
}

static bool has_peers(struct json_object *status)
{
	for (size_t i = 0; i < length(status, "instances"); i++)
		if (length(item(status, "instances", i), "peers"))
			return true;
	return false;
}

/* "3.2 s ago", "never" */
static void add_heard(struct table *table, struct json_object *object)
{
	struct json_object *heard = member(object, "last_heard_ms");

	if (heard)
		table_cell(table, "%.1f s ago", json_object_get_double(heard) / 1000);
	else
		table_cell(table, "never");
}

static void print_peers(struct json_object *status, bool colour)
{
	static const char *const heads[] = {"PEER", "INSTANCE", "PRIORITY", "LAST HEARD"};
	struct table table = {0};

	if (!has_peers(status))
		return;
	add_heads(&table, heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < length(status, "instances"); i++) {
		struct json_object *instance = item(status, "instances", i);

		for (size_t j = 0; j < length(instance, "peers"); j++) {
			struct json_object *peer = item(instance, "peers", j);

			table_row(&table);
			table_cell(&table, "%s", text(peer, "address"));
			table_cell(&table, "%s", text(instance, "name"));
			table_cell(&table, "%s", text(peer, "priority"));
			add_heard(&table, peer);
		}
	}
	putchar('\n');
	table_print(&table, 0, colour ? paint : NULL);
}

static void add_group(struct table *table, struct json_object *group)
{
	size_t n = length(group, "reasons");
	char since[32];

	table_row(table);
	table_cell(table, "%s", text(group, "name"));
	table_cell(table, "%s", text(group, "state"));
	table_cell(table, "%s", age(group, "since", since, sizeof(since)));
	for (size_t i = 0; i < n; i++) {
		struct json_object *reason = item(group, "reasons", i);

		for (unsigned column = 0; i > 0 && column < 3; column++)
			table_cell(table, "%s", "");
		table_cell(table, "%s: %s: %s", text(reason, "instance"), text(reason, "reason"),
			   text(reason, "text"));
		if (i + 1 < n)
			table_row(table);
	}
}

static void print_groups(struct json_object *status, bool colour)
{
	static const char *const heads[] = {"SYNC GROUP", "STATE", "SINCE", "REASON"};
	struct table table = {0};

	if (!length(status, "sync_groups"))
		return;
	add_heads(&table, heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < length(status, "sync_groups"); i++)
		add_group(&table, item(status, "sync_groups", i));
	putchar('\n');
	table_print(&table, 0, colour ? paint : NULL);
}

/* Where there is more than one. */
static void print_links(struct json_object *status, bool colour)
{
	static const char *const heads[] = {"LINK", "INSTANCE", "STATE", "LAST HEARD"};
	struct table table = {0};

	if (!has_heartbeats(status))
		return;
	add_heads(&table, heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < length(status, "instances"); i++) {
		struct json_object *instance = item(status, "instances", i);

		for (size_t j = 0; length(instance, "links") > 1 && j < length(instance, "links");
		     j++) {
			struct json_object *link = item(instance, "links", j);

			table_row(&table);
			table_cell(&table, "%s", text(link, "interface"));
			table_cell(&table, "%s", text(instance, "name"));
			table_cell(&table, "%s",
				   !truth(link, "up")	   ? "down"
				   : truth(link, "silent") ? "silent"
							   : "up");
			add_heard(&table, link);
		}
	}
	putchar('\n');
	table_print(&table, 0, colour ? paint : NULL);
}

/* Virtual routers that are heard and that no instance is. */
static void print_unknown(struct json_object *status, bool colour)
{
	static const char *const heads[] = {"UNKNOWN VRID", "INTERFACE",  "FROM",
					    "PRIORITY",	    "LAST HEARD", "HAS AN ADDRESS OF"};
	struct table table = {0};

	if (!length(status, "unknown_vrids"))
		return;
	add_heads(&table, heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < length(status, "unknown_vrids"); i++) {
		struct json_object *router = item(status, "unknown_vrids", i);

		table_row(&table);
		table_cell(&table, "%s", text(router, "vrid"));
		table_cell(&table, "%s", text(router, "interface"));
		table_cell(&table, "%s", text(router, "address"));
		table_cell(&table, "%s", text(router, "priority"));
		add_heard(&table, router);
		table_cell(&table, "%s", text(router, "instance"));
	}
	putchar('\n');
	table_print(&table, 0, colour ? paint : NULL);
}

static void add_server(struct table *table, struct json_object *server)
{
	struct json_object *weight = member(server, "weight");
	struct json_object *connections = member(server, "connections");
	struct json_object *check = member(server, "last_check");
	const char *address = text(server, "address");
	bool v6 = strchr(address, ':');
	char since[32];

	table_row(table);
	table_cell(table, "%s%s%s:%s", v6 ? "[" : "", address, v6 ? "]" : "", text(server, "port"));
	table_cell(table, "%s", text(server, "role"));
	table_cell(table, "%s", text(server, "state"));
	table_cell(table, "%s", text(weight, "configured"));
	table_cell(table, "%s", text(weight, "kernel"));
	table_cell(table, "%s/%s", text(connections, "active"), text(connections, "inactive"));
	if (check)
		table_cell(table, "%s %s: %s (%s ms, %s ago)", text(check, "kind"),
			   text(check, "verdict"), text(check, "text"), text(check, "latency_ms"),
			   age(check, "at", since, sizeof(since)));
	else
		table_cell(table, "-");
}

static void print_service(struct json_object *service, bool colour)
{
	static const char *const heads[] = {"SERVER", "ROLE",	     "STATE",	  "WEIGHT",
					    "KERNEL", "CONNECTIONS", "LAST CHECK"};
	struct json_object *quorum = member(service, "quorum");
	struct json_object *draining = member(service, "draining");
	struct table table = {0};

	printf("\nSERVICE %s  %s %s  quorum %s of %s%s%s\n", text(service, "name"),
	       text(service, "scheduler"), text(service, "method"), text(quorum, "have"),
	       text(quorum, "needed"), truth(quorum, "up") ? "" : ": BELOW",
	       truth(service, "fallback_active") ? ", the fallback serves" : "");
	if (draining && strcmp(text(draining, "servers"), "0") != 0)
		printf("  removed servers: %s, with %s active connections that are drained\n",
		       text(draining, "servers"), text(draining, "connections"));
	if (!length(service, "servers"))
		return;
	add_heads(&table, heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < length(service, "servers"); i++)
		add_server(&table, item(service, "servers", i));
	table_print(&table, 2, colour ? paint : NULL);
}

static void print_roles(struct json_object *status, bool colour)
{
	struct table table = {0};

	table_row(&table);
	table_cell(&table, "PROCESS");
	table_cell(&table, "PID");
	table_cell(&table, "STATE");
	table_cell(&table, "RESTARTS");
	for (size_t i = 0; i < length(status, "roles"); i++) {
		struct json_object *role = item(status, "roles", i);

		table_row(&table);
		table_cell(&table, "%s", text(role, "name"));
		table_cell(&table, "%s", text(role, "pid"));
		table_cell(&table, "%s", text(role, "state"));
		table_cell(&table, "%s", text(role, "restarts"));
	}
	putchar('\n');
	table_print(&table, 0, colour ? paint : NULL);
}

void vdctl_status_print(struct json_object *status, bool colour)
{
	struct json_object *kernel = member(status, "ipvs");

	print_head(status);
	print_instances(status, colour);
	print_groups(status, colour);
	print_peers(status, colour);
	print_links(status, colour);
	print_unknown(status, colour);
	if (kernel && length(status, "services") && !truth(kernel, "available"))
		printf("\nIPVS IS NOT AVAILABLE: %s\n", text(kernel, "text"));
	else if (kernel && *text(kernel, "text"))
		printf("\nIPVS: %s\n", text(kernel, "text"));
	for (size_t i = 0; i < length(status, "services"); i++)
		print_service(item(status, "services", i), colour);
	print_roles(status, colour);
}
