/*
 * A sweep: each keyword of the table, in its block, with each of some odd values.
 *
 * A value is read, resolved and checked alone, as a file of its own, and leniently where it
 * is refused; what is accepted is printed, and what was printed is read again.  The files are made
 * from the table, so a new row is swept without a word here.  A signal names the file that led to
 * it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/model/load.h"
#include "conf/model/print.h"
#include "conf/table/value_type.h"
#include "tests/unit/conf_same.h"

#define FILE_SIZE 4096
#define DEPTH_MAX 8
#define LONG_WORD \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONGEST LONG_WORD LONG_WORD LONG_WORD LONG_WORD

static const char *const values[] = {
	"",
	"\"\"",
	"\"\" \"\"",
	"'",
	"\"",
	"\" \"",
	"\"a b\"",
	"0",
	"1",
	"-1",
	"255",
	"4294967296",
	"18446744073709551616",
	"0.0000001",
	"1e9",
	"0x10",
	"1s",
	"nan",
	"on",
	"off",
	"default",
	"a",
	LONGEST,
	"\xff\xfe",
	"\xe2\x80",
	"10.0.0.1",
	"10.0.0.1/33",
	"10.0.0.1 80",
	"10.0.0.1:80",
	"fe80::1",
	"fe80::1%e0",
	"::/0",
	"/",
	"=",
	"{",
	"}",
	"{ \"\" }",
	"{ a }",
	"{ 10.0.0.1 a \"\" }",
	"{ { } }",
	"$A",
	"~SEQ(A,1,2)",
	"${_HASH}",
	"/x 1 \"\" 2",
	"weight 1",
	"dev \"\"",
	"via \"\" dev",
};

/* How a block is reached, and what it needs to be accepted. */
struct path {
	char before[1024];
	unsigned closes;
	bool found;
};

/* The file that is being read, for the handler of signals. */
static char file[FILE_SIZE];

static void name_file(int signal)
{
	(void)signal;
	if (write(STDERR_FILENO, file, strlen(file)) < 0)
		_exit(2);
	_exit(1);
}

static const char *needed(enum block block)
{
	if (block == BLOCK_INSTANCE)
		return " interface e0\nvirtual_router_id 1\nvirtual_ipaddress { 10.0.0.9/24 }\n";
	if (block == BLOCK_SERVICE)
		return " protocol TCP\nreal_server 10.0.0.8 80 { }\n";
	return "";
}

static const char *header(enum block block)
{
	if (block == BLOCK_SERVICE || block == BLOCK_SERVER || block == BLOCK_FALLBACK)
		return "10.0.0.1 80";
	return block_type(block)->argument ? "A" : "";
}

static void find_path(const struct keyword_index *index, enum block from, enum block wanted,
		      unsigned depth, struct path *path)
{
	size_t length = strlen(path->before);
	size_t count;
	const struct keyword_entry *entries = keyword_entries(index, from, &count);

	path->found = from == wanted;
	for (size_t i = 0; i < count && !path->found && depth < DEPTH_MAX; i++) {
		const struct keyword *row = entries[i].row;
		bool line = row->type == &value_line;

		if (row->block == BLOCK_ROOT)
			continue;
		snprintf(path->before + length, sizeof(path->before) - length, "%s %s %s\n%s",
			 row->name, row->type->braces ? header(row->block) : "",
			 row->type->braces ? "{" : "", needed(row->block));
		if (line)
			path->before[strlen(path->before) - 1] = ' ';
		path->closes += !line;
		find_path(index, row->block, wanted, depth + 1, path);
		if (path->found)
			return;
		path->closes -= !line;
		path->before[length] = '\0';
	}
}

static char *canonical(const struct conf *conf)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	conf_print(conf, CONF_ALL, true, out);
	fclose(out);
	return text;
}

static void read_again(const struct conf *conf)
{
	struct diagnostics *diagnostics = diagnostics_create();
	char *text = canonical(conf);
	struct conf *again = conf_parse("canonical", text, strlen(text), diagnostics);

	if (!again || !conf_same(conf, again)) {
		diagnostics_print(diagnostics, stderr);
		fail_msg("%s\nis printed as\n%s", file, text);
	}
	conf_free(again);
	diagnostics_destroy(diagnostics);
	free(text);
}

/* False: refused. */
static bool read_file(bool lenient)
{
	const struct conf_settings settings = {.config_id = "main", .lenient = lenient};
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load_text("input", file, strlen(file), &settings, diagnostics);

	bool accepted = conf != NULL;

	if (accepted)
		read_again(conf);
	else
		assert_true(diagnostics_count(diagnostics, DIAGNOSTIC_ERROR) > 0);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
	return accepted;
}

static void sweep(const struct path *path, const char *head, const char *keyword, const char *tail)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		snprintf(file, sizeof(file), "%s%s%s %s%s\n%.*s", path->before, head, keyword,
			 values[i], tail, (int)path->closes, "}}}}}}}}");
		if (!read_file(false))
			read_file(true);
	}
}

static void test_each_keyword_of_each_block_with_odd_values_issue_8_27(void **state)
{
	struct keyword_index *index = keyword_index_create();

	(void)state;
	for (int block = 0; block < BLOCKS; block++) {
		const struct block_type *type = block_type((enum block)block);
		struct path path = {0};
		size_t count;
		const struct keyword_entry *entries =
			keyword_entries(index, (enum block)block, &count);

		find_path(index, BLOCK_ROOT, (enum block)block, 0, &path);
		if (!path.found)
			fail_msg("no way to a block '%s'", type->name);
		sweep(&path, "", "", "");
		sweep(&path, "10.0.0.1 ", "", "");
		for (size_t i = 0; i < count; i++) {
			const char *name = entries[i].row->name;

			sweep(&path, "", name, "");
			if (type->n_heads > 0)
				sweep(&path, "10.0.0.1 ", name, "");
			if (entries[i].row->type->braces)
				sweep(&path, "", name, " { }");
		}
	}
	keyword_index_destroy(index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_keyword_of_each_block_with_odd_values_issue_8_27),
	};

	signal(SIGSEGV, name_file);
	signal(SIGBUS, name_file);
	signal(SIGABRT, name_file);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
