/*
 * The canonical form: parsing it gives the same configuration again, without a diagnostic.  Tried
 * on the test files and on configurations generated from the keyword tables, so that a new row is
 * covered by being there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "conf/change/changes.h"
#include "conf/model/load.h"
#include "conf/model/print.h"
#include "conf/table/keyword.h"
#include "conf/table/value.h"
#include "core/director/effect.h"
#include "tests/unit/conf_same.h"

#define SEED   20261122
#define ROUNDS 500

static char *canonical(const struct conf *conf, enum conf_part part, bool secrets, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	assert_non_null(out);
	conf_print(conf, part, secrets, out);
	fclose(out);
	return text;
}

/* The configuration that its own canonical form describes. */
static struct conf *parse_again(const struct conf *conf, enum conf_part part)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *again;
	char *text;
	size_t size;

	text = canonical(conf, part, true, &size);
	again = conf_parse("canonical", text, size, diagnostics);
	if (diagnostics_get(diagnostics, 0)) {
		diagnostics_print(diagnostics, stderr);
		fprintf(stderr, "%s", text);
	}
	assert_null(diagnostics_get(diagnostics, 0));
	assert_non_null(again);
	if (part == CONF_ALL) {
		char *text_again = canonical(again, part, true, &size);

		assert_string_equal(text_again, text);
		free(text_again);
	}
	free(text);
	diagnostics_destroy(diagnostics);
	return again;
}

/* The same by the rules for files, which know macros and warn of what would not work. */
static struct conf *load_again(const struct conf *conf)
{
	struct diagnostics *diagnostics = diagnostics_create();
	size_t size;
	char *text = canonical(conf, CONF_ALL, true, &size);
	const struct conf_settings settings = {.lenient =
						       true}; /* its checks may not be supported */
	struct conf *again = conf_load_text("saved", text, size, &settings, diagnostics);
	const struct diagnostic *diagnostic;
	size_t i;

	for (i = 0; (diagnostic = diagnostics_get(diagnostics, i)); i++)
		assert_int_equal(diagnostic->severity, DIAGNOSTIC_WARNING);
	free(text);
	diagnostics_destroy(diagnostics);
	return again;
}

static struct conf *load(const char *path)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load(path, NULL, diagnostics);

	diagnostics_print(diagnostics, stderr);
	assert_non_null(conf);
	assert_null(diagnostics_get(diagnostics, 0));
	diagnostics_destroy(diagnostics);
	return conf;
}

static void test_files_survive_their_canonical_form(void **state)
{
	static const char *const paths[] = {"tests/data/conf/classic.conf",
					    "tests/data/conf/wide.conf"};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct conf *conf = load(paths[i]);
		struct conf *again = parse_again(conf, CONF_ALL);

		assert_true(conf_same(conf, again));
		conf_free(again);
		conf_free(conf);
	}
}

/* All configurations that the tests and the documentation have, as far as they are valid. */
static void every_valid_file_survives_its_canonical_form(void **state)
{
	static const char *const patterns[] = {
		"tests/data/conf/*.conf",    "tests/fuzz/conf.corpus/*", "tests/diagnostics/*.conf",
		"tests/corpus/files/*.conf", "doc/examples/*.conf",
	};
	glob_t found = {0};
	size_t i, valid = 0;

	(void)state;
	for (i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		assert_int_equal(glob(patterns[i], i > 0 ? GLOB_APPEND : 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		struct diagnostics *diagnostics = diagnostics_create();
		struct conf *conf = conf_load(found.gl_pathv[i], NULL, diagnostics);
		struct conf *again;

		if (conf) {
			again = parse_again(conf, CONF_ALL);
			if (!conf_same(conf, again))
				fail_msg("%s says something else again", found.gl_pathv[i]);
			conf_free(again);
			valid++;
		}
		conf_free(conf);
		diagnostics_destroy(diagnostics);
	}
	print_message("%zu of %zu files are valid\n", valid, found.gl_pathc);
	assert_true(valid > 40);
	globfree(&found);
}

/* What workers act upon; the statements that have no effect stay with main. */
static void expect_same_in_part(const struct conf *part, const struct conf *whole,
				enum change_object first, enum change_object last)
{
	struct conf_changes changes;

	conf_changes_find(&changes, part, whole);
	for (size_t i = 0; i < changes.count; i++) {
		const struct change *change = &changes.list[i];

		if (change->object >= first && change->object <= last &&
		    (change->kind != CHANGE_VALUE || (change->row && change->row->size > 0)))
			fail_msg("%s %s", change_object_name(change->object), change->word);
	}
	conf_changes_clear(&changes);
}

static void parts_hold_their_objects_at_the_same_indexes(void **state)
{
	struct conf *conf = load("tests/data/conf/wide.conf");
	struct conf *vrrp = parse_again(conf, CONF_VRRP);
	struct conf *check = parse_again(conf, CONF_CHECK);
	size_t i;

	(void)state;
	assert_int_equal(vrrp->n_instances, conf->n_instances);
	assert_int_equal(vrrp->n_services + vrrp->n_targets, 0);
	assert_int_equal(check->n_instances, 0);
	assert_int_equal(check->n_services, conf->n_services);
	assert_int_equal(check->n_targets, conf->n_targets);
	for (i = 0; i < conf->n_instances; i++)
		assert_string_equal(vrrp->instances[i].name, conf->instances[i].name);
	assert_int_equal(vrrp->n_groups, conf->n_groups);
	for (i = 0; i < conf->n_groups; i++)
		assert_string_equal(vrrp->groups[i].name, conf->groups[i].name);
	for (i = 0; i < conf->n_targets; i++)
		assert_int_equal(check->targets[i].key, conf->targets[i].key);
	expect_same_in_part(vrrp, conf, CHANGE_OF_ROOT, CHANGE_OF_GROUP);
	expect_same_in_part(check, conf, CHANGE_OF_CHECK, CHANGE_OF_CHECK);
	conf_free(vrrp);
	conf_free(check);
	conf_free(conf);
}

static void secrets_are_masked_unless_asked_for(void **state)
{
	struct conf *conf = load("tests/data/conf/classic.conf");
	size_t size;
	char *masked = canonical(conf, CONF_ALL, false, &size);
	char *plain = canonical(conf, CONF_ALL, true, &size);

	(void)state;
	assert_null(strstr(masked, "s3cret"));
	assert_non_null(strstr(masked, "auth_pass ********"));
	assert_non_null(strstr(plain, "auth_pass s3cret"));
	free(masked);
	free(plain);
	conf_free(conf);
}

static void no_secret_of_the_rest_is_shown(void **state)
{
	static const char text[] =
		"SSL { password hush1 }\n"
		"vrrp_instance A { interface e virtual_router_id 1 virtual_ipaddress { 10.0.0.1 }\n"
		"authentication { auth_type AH auth_pass hush2 } }\n";
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_parse("test", text, strlen(text), diagnostics);
	size_t size;
	char *masked, *plain;

	(void)state;
	assert_non_null(conf);
	masked = canonical(conf, CONF_ALL, false, &size);
	plain = canonical(conf, CONF_ALL, true, &size);
	assert_null(strstr(masked, "hush"));
	assert_non_null(strstr(masked, "password ********"));
	assert_non_null(strstr(plain, "password hush1"));
	assert_non_null(strstr(plain, "auth_pass hush2"));
	free(masked);
	free(plain);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

static void workers_get_only_what_they_act_upon(void **state)
{
	static const char text[] =
		"global_defs { vrrp_strict smtp_server mail.example }\nvrrp_script s { script /x }\n"
		"vrrp_instance A { interface e virtual_router_id 1 smtp_alert\n"
		"virtual_ipaddress { 10.0.0.1 home } track_script { s } }\n"
		"virtual_server 10.0.0.1 80 { protocol TCP lb_algo rr lb_kind NAT ha_suspend\n"
		"real_server 10.0.0.2 80 { uthreshold 5 TCP_CHECK { warmup 1 bindto 10.0.0.3 } } }\n";
	static const char *const words[] = {"smtp_server", "vrrp_script",  "smtp_alert",
					    "home",	   "track_script", "ha_suspend",
					    "uthreshold",  "warmup",	   "bindto"};
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_parse("test", text, strlen(text), diagnostics);
	char *parts[3];
	size_t size, i;

	(void)state;
	assert_non_null(conf);
	parts[0] = canonical(conf, CONF_ALL, true, &size);
	parts[1] = canonical(conf, CONF_VRRP, true, &size);
	parts[2] = canonical(conf, CONF_CHECK, true, &size);
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		assert_non_null(strstr(parts[0], words[i]));
		assert_null(strstr(parts[1], words[i]));
		assert_null(strstr(parts[2], words[i]));
	}
	for (i = 0; i < 3; i++)
		free(parts[i]);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

static void comparison_sees_every_difference(void **state)
{
	static const char base[] =
		"vrrp_instance A { interface e0 virtual_router_id 1 priority 9\n"
		"virtual_ipaddress { 10.0.0.1 label a preferred_lft 5 } notify /x\n"
		"virtual_ipaddress_excluded { 10.0.0.6 } unicast_peer { 10.0.0.7 min_ttl 4 } }\n"
		"virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 {\n"
		"HTTP_GET { url { path /p } } } }\n";
	static const char *const changes[][2] = {
		{"priority 9", "priority 8"}, {"10.0.0.1 l", "10.0.0.9 l"},
		{"label a", "label b"},	      {"notify /x", "notify /y"},
		{"TCP real", "UDP real"},     {"10.0.0.2", "10.0.0.3"},
		{"path /p", "path /q"},	      {"_lft 5", "_lft 6"},
		{"min_ttl 4", "min_ttl 3"},   {"10.0.0.7", "10.0.0.8"},
		{"10.0.0.6", "10.0.0.5"},
	};
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_parse("base", base, strlen(base), diagnostics);
	size_t i;

	(void)state;
	assert_non_null(conf);
	for (i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		char text[sizeof(base)];
		struct conf *other;

		memcpy(text, base, sizeof(text));
		memcpy(strstr(text, changes[i][0]), changes[i][1], strlen(changes[i][1]));
		other = conf_parse("other", text, strlen(text), diagnostics);
		assert_non_null(other);
		assert_false(conf_same(conf, other));
		conf_free(other);
	}
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

/* Generated configurations */

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

static int64_t random_between(int64_t low, int64_t high)
{
	return low + (int64_t)random_below((uint64_t)(high - low) + 1);
}

static const char *pick(const char *const *from, size_t n)
{
	return from[random_below(n)];
}

#define VALUE_SIZE 128

/* Words as many as the row takes; none of them is a keyword. */
static const char *random_words(const struct keyword *row, char text[VALUE_SIZE])
{
	static const char *const words[] = {"w",    "\"x y\"",	"z\\#",
					    "\"\"", "hex:00ff", "\"{ } $v\""};
	int64_t n = random_between(row->min, row->max > 0 ? row->max : row->min + 2);
	size_t used = 0;

	text[0] = '\0';
	for (; n > 0; n--)
		used += (size_t)snprintf(text + used, VALUE_SIZE - used, " %s", pick(words, 6));
	assert_true(used < VALUE_SIZE);
	return text;
}

/* One that has the row's form. */
static const char *random_word(const struct keyword *row)
{
	static const char *const words[] = {"a",  "\"b c\"", "\"#x\"",	  "d\\#e", "\"{\"",
					    "$f", "\"@g\"",  "~SEQ(h,2)", "i@",	   "\"${j}\""};
	static const char *const formed[] = {
		"/p/q",	       "255.255.0.0", "64",	   "0177",
		"IRWXG|IXOTH", "10.0.0.0/8",  "default",   "all",
		"5",	       "00Ff",	      "0xff/0x1",  "0x5",
		"00xX",	       "20ms",	      "3/x",	   "80-90",
		"0-99",	       "10.0.0.1-7",  "file:/key", "0123456789abcdef0123456789abcdef",
	};
	const char *word;

	if (!row->form)
		return row->max > 0 ? "name0" : pick(words, sizeof(words) / sizeof(*words));
	do
		word = pick(formed, sizeof(formed) / sizeof(*formed));
	while (!row->form->fits(word, strlen(word)));
	return word;
}

/* A value for the row, or NULL where only hand-written values make sense. */
static const char *random_value(const struct keyword *row, char text[VALUE_SIZE])
{
	static const char *const commands[] = {"/bin/a", "\"/bin/a 'b c' \\\"d\\\"\" root",
					       "'/bin/\\x41 #' u g", "\"/x \\n\" u:g",
					       "\"/x $1 ${2} ${_PWD}\""};
	static const char *const patterns[] = {"abc", "\"^${k}$\"", "\"^a{2}[^\\\"]\\\\d+\"",
					       "'x#\\\\\\\\y'"};
	static const char *const senses[] = {"", " reverse", " noreverse"};
	static const char *const addresses[] = {"10.7.7.7", "fd07::7"};
	static const char *const codes[] = {"200", "200-299 301", "100-999", "404 200 404"};
	const struct value_type *type = row->type;
	size_t n = 0;

	while (row->choices && row->choices[n].name)
		n++;
	if (n > 0)
		return row->choices[random_below(n)].name;
	if (type == &value_flag)
		return "";
	if (type == &value_bool)
		return random_below(2) ? "yes" : "off";
	if (type == &value_integer || type == &value_weight) {
		snprintf(text, VALUE_SIZE, "%lld%s", (long long)random_between(row->min, row->max),
			 type == &value_weight ? pick(senses, 3) : "");
		return text;
	}
	if (type == &value_seconds)
		return value_seconds_text(random_between(row->min, row->max), text);
	if (type == &value_milliseconds)
		return value_seconds_text(random_between(row->min, row->max) * 1000, text);
	if (type == &value_string || type == &value_joined)
		return random_word(row);
	if (type == &value_command)
		return pick(commands, 5);
	if (type == &value_user)
		return random_below(2) ? "u" : "u g";
	if (type == &value_regex)
		return pick(patterns, 4);
	if (type == &value_digest)
		return "0123456789abcdefABCDEF0123456789";
	if (type == &value_status)
		return pick(codes, 4);
	if (type == &value_names)
		return row->max > 1 ? "eth0 eth1.5" : "eth0";
	if (type == &value_words) /* use_vmac's are read */
		return strcmp(row->name, "use_vmac") == 0 ? "" : random_words(row, text);
	if (type == &value_ip)
		return row->size == 0 ? pick(addresses, 2) : NULL;
	return NULL;
}

static void write_block(FILE *out, const struct keyword_index *index, const struct keyword *row);

static void write_values(FILE *out, const struct keyword_index *index, enum block block,
			 const char *const *except)
{
	const struct keyword_entry *entries;
	bool on_one_line =
		block == BLOCK_ADDRESS || block == BLOCK_EXCLUDED || block >= BLOCK_FIRST_LINE;
	char text[VALUE_SIZE];
	size_t count, i, j;

	entries = keyword_entries(index, block, &count);
	for (i = 0; i < count; i++) {
		const char *value;

		for (j = 0; except[j] && strcmp(except[j], entries[i].row->name) != 0; j++)
			continue;
		if (except[j] || random_below(2))
			continue;
		value = random_value(entries[i].row, text);
		if (value)
			fprintf(out, " %s %s%s", entries[i].row->name, value,
				!on_one_line && (entries[i].row->type == &value_words ||
						 random_below(3))
					? "\n"
					: "");
		else if (entries[i].row->support != SUPPORT_FULL)
			write_block(out, index, entries[i].row);
		if (!value && entries[i].row->type == &value_line && !on_one_line)
			fprintf(out, "\n");
	}
}

/* What stands on one line. */
static void write_line(FILE *out, const struct keyword_index *index, enum block block)
{
	static const char *const not [] = {"encap", NULL};
	const struct block_type *type = block_type(block);
	char text[VALUE_SIZE];
	size_t i,
		n = type->n_heads > 0 ? (size_t)random_between(type->n_required, type->n_heads) : 0;

	for (i = 0; i < n; i++)
		fprintf(out, " %s", random_value(&type->heads[i], text));
	write_values(out, index, block, not );
}

/* A block of which nothing is made, or a list. */
static void write_block(FILE *out, const struct keyword_index *index, const struct keyword *row)
{
	static const char *const not [] = {NULL};
	uint64_t n;

	if (row->type == &value_line) {
		fprintf(out, " %s", row->name);
		write_line(out, index, row->block);
		return;
	}
	fprintf(out, "\n%s", row->name);
	if (row->type != &value_list && block_type(row->block)->argument)
		fprintf(out, " \"n %u\"", (unsigned)random_below(9));
	fprintf(out, " {\n");
	if (row->type == &value_block)
		write_values(out, index, row->block, not );
	else if (row->type == &value_list)
		fprintf(out, "a \"b c\"\n");
	for (n = random_below(3); n > 0 && row->type != &value_block; n--) {
		if (row->type == &value_addresses)
			fprintf(out, random_below(2) ? " 10.0.0.1/24" : " fd00::1");
		if (row->type != &value_list)
			write_line(out, index, row->block);
		fprintf(out, "\n");
	}
	fprintf(out, "}\n");
}

static void write_checks(FILE *out, const struct keyword_index *index)
{
	static const char *const no_check[] = {"connect_ip", NULL};
	static const char *const no_url[] = {"path", NULL};
	uint64_t n;

	for (n = random_below(3); n > 0; n--) {
		fprintf(out, " TCP_CHECK { connect_port 80");
		write_values(out, index, BLOCK_TCP_CHECK, no_check);
		fprintf(out, " } HTTP_GET\n{ connect_port 80 %s",
			random_below(2) ? "connect_ip 10.9.9.9" : "");
		write_values(out, index, BLOCK_HTTP_GET, no_check);
		fprintf(out, "\nurl { path /%d", (int)random_below(3));
		write_values(out, index, BLOCK_URL, no_url);
		fprintf(out, " } }");
	}
}

static void write_service(FILE *out, const struct keyword_index *index, unsigned number)
{
	static const char *const not [] = {"ip_family", NULL};
	uint64_t servers = random_below(4) + 1;

	if (random_below(3) == 0)
		fprintf(out, "virtual_server fwmark %u {", number + 1);
	else
		fprintf(out, "virtual_server 10.0.0.%u %u { protocol TCP\n", number,
			(unsigned)random_below(2) * 80);
	write_values(out, index, BLOCK_SERVICE, not );
	for (; servers > 0; servers--) {
		fprintf(out, " %s 10.1.0.%u %u {",
			servers == 1 || random_below(2) ? "real_server" : "fallback",
			(unsigned)random_below(5), (unsigned)random_below(2) * 80);
		write_values(out, index, BLOCK_SERVER, not );
		write_checks(out, index);
		fprintf(out, "}\n");
	}
	fprintf(out, "}\n");
}

static void write_hmac(FILE *out, const struct keyword_index *index)
{
	static const char *const not_active[] = {"active_key", NULL};
	uint64_t first = random_below(200) + 1, n = random_below(3) + 1;

	fprintf(out, " auth_hmac { active_key %u", (unsigned)(first + random_below(n)));
	write_values(out, index, BLOCK_AUTH_HMAC, not_active);
	for (uint64_t i = 0; i < n; i++)
		fprintf(out, " key %u \"%032u # { } \\ %c\"", (unsigned)(first + i),
			(unsigned)random_below(1000), (char)('a' + random_below(26)));
	fprintf(out, " }");
}

/* Of so many instances, each in one group at most. */
static void write_groups(FILE *out, const struct keyword_index *index, unsigned n_instances)
{
	static const char *const not [] = {"group", NULL};
	unsigned next = 0, number;

	for (number = 0; next < n_instances; number++) {
		unsigned first = next;

		next += (unsigned)random_below(n_instances - next) + 1;
		fprintf(out, "vrrp_sync_group \"g %u\" { group {\n", number);
		for (unsigned i = first; i < next; i++)
			fprintf(out, " \"i %u\"%s", i, random_below(2) ? "\n" : "");
		fprintf(out, "\n}");
		write_values(out, index, BLOCK_SYNC_GROUP, not );
		fprintf(out, "}\n");
	}
}

static void write_instance(FILE *out, const struct keyword_index *index, unsigned number)
{
	static const char *const not [] = {
		"interface",  "virtual_router_id",   "version",		"strict_mode",
		"advert_int", "heartbeat_interface", "heartbeat_group", NULL};
	static const char *const not_address[] = {"label", NULL};
	bool v6 = random_below(3) == 0;
	uint64_t n;

	fprintf(out, "vrrp_instance \"i %u\" { interface e%u virtual_router_id %u advert_int %u",
		number, number, number + 1, (unsigned)random_below(40) + 1);
	if (!v6 && random_below(2))
		fprintf(out, " version %u", (unsigned)random_below(2) + 2);
	if (random_below(2))
		fprintf(out, " authentication { auth_type PASS auth_pass \"a #%u\" }", number);
	if (random_below(2))
		write_hmac(out, index);
	if (random_below(2))
		fprintf(out, " heartbeat_interface h0 h%u heartbeat_group %s\n", number + 1,
			v6 ? "ff02::99" : "224.0.0.99");
	write_values(out, index, BLOCK_INSTANCE, not );
	fprintf(out, " virtual_ipaddress {");
	for (n = random_below(4) + 1; n > 0; n--) {
		fprintf(out, v6 ? " fd00::%u/64" : " 10.0.0.%u/24", (unsigned)random_below(4));
		write_values(out, index, BLOCK_ADDRESS, not_address);
		if (!v6 && random_below(2))
			fprintf(out, " label l brd %c", random_below(2) ? '+' : '-');
	}
	fprintf(out, "}\n");
	if (random_below(2)) {
		fprintf(out, " virtual_ipaddress_excluded {");
		for (n = random_below(4); n > 0; n--) {
			fprintf(out, random_below(2) ? " fd01::%u" : " 10.1.0.%u",
				(unsigned)random_below(9));
			write_values(out, index, BLOCK_EXCLUDED, not_address);
		}
		fprintf(out, "}\n");
	}
	if (random_below(2)) {
		fprintf(out, v6 ? " unicast_peer { fd02::1" : " unicast_peer { 10.2.0.1");
		if (random_below(2))
			fprintf(out, " min_ttl %u", (unsigned)random_below(200));
		fprintf(out, v6 ? "\nfd02::2 }" : "\n10.2.0.2 max_ttl 7 }");
	}
	fprintf(out, "}\n");
}

static bool know_instance(void *data, uint32_t index, struct instance_status *status)
{
	(void)data;
	(void)index;
	(void)status;
	return false;
}

static bool know_service(void *data, uint32_t index, struct service_status *status)
{
	(void)data;
	(void)index;
	(void)status;
	return false;
}

static bool know_server(void *data, uint32_t index, struct server_status *status)
{
	(void)data;
	(void)index;
	(void)status;
	return false;
}

/* Whatever differs is listed, and each entry of the list has words. */
static void expect_changes(const struct conf *before, const struct conf *after)
{
	struct conf_changes changes;
	const struct effect_facts facts = {before,	after, know_instance,	  know_service,
					   know_server, NULL,  &changes.instances};
	struct effects effects;

	conf_changes_find(&changes, before, after);
	effects_find(&effects, &changes, &facts);
	assert_int_equal(effects.count > 0, changes.count > 0);
	for (size_t i = 0; i < effects.count; i++)
		assert_true(strlen(effects.list[i].text) > strlen(effects.list[i].name));
	effects_clear(&effects);
	conf_changes_clear(&changes);
}

static struct conf *parse_empty(void)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_parse("empty", "", 0, diagnostics);

	assert_non_null(conf);
	diagnostics_destroy(diagnostics);
	return conf;
}

static void generated_configurations_survive_their_canonical_form(void **state)
{
	static const char *const not [] = {"vrrp_strict", NULL};
	struct keyword_index *index = keyword_index_create();
	struct conf *last = parse_empty();
	unsigned round, i;

	(void)state;
	random_state = SEED;
	print_message("seed %d\n", SEED);
	for (round = 0; round < ROUNDS; round++) {
		struct diagnostics *diagnostics = diagnostics_create();
		struct conf *conf, *again;
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_non_null(out);
		for (i = 0; i < random_below(4); i++)
			write_instance(out, index, i);
		write_groups(out, index, i);
		for (i = 0; i < random_below(4); i++)
			write_service(out, index, i);
		fprintf(out, "global_defs {");
		write_values(out, index, BLOCK_GLOBAL, not );
		fprintf(out, "}\n");
		write_values(out, index, BLOCK_ROOT, not );
		fclose(out);
		conf = conf_parse("generated", text, size, diagnostics);
		if (!conf) {
			fprintf(stderr, "%s", text);
			diagnostics_print(diagnostics, stderr);
		}
		assert_non_null(conf);
		again = parse_again(conf, CONF_ALL);
		assert_true(conf_same(conf, again));
		expect_changes(conf, again);
		conf_free(again);
		again = load_again(conf);
		assert_true(conf_same(conf, again));
		conf_free(again);
		expect_changes(last, conf);
		conf_free(last);
		last = conf;
		diagnostics_destroy(diagnostics);
		free(text);
	}
	conf_free(last);
	keyword_index_destroy(index);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_survive_their_canonical_form),
		cmocka_unit_test(every_valid_file_survives_its_canonical_form),
		cmocka_unit_test(parts_hold_their_objects_at_the_same_indexes),
		cmocka_unit_test(secrets_are_masked_unless_asked_for),
		cmocka_unit_test(no_secret_of_the_rest_is_shown),
		cmocka_unit_test(workers_get_only_what_they_act_upon),
		cmocka_unit_test(comparison_sees_every_difference),
		cmocka_unit_test(generated_configurations_survive_their_canonical_form),
	};

	return cmocka_run_group_tests_name("conf_print", tests, NULL, NULL);
}
