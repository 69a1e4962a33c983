/*
 * The command line.
 *
 * One table has a row per option: its letter, its long name, keepalived's long name where that
 * differs, what follows it, where it goes in struct options and what --help says.  The parser
 * (getopt_long), --help and the argument list for the program's other processes all come from it,
 * so adding an option is adding a row.
 *
 * The letters are keepalived's, so that its service files need little more than another program
 * name.  Options
 * that have no effect here are accepted and say so in --help.
 */
#include "core/director/options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/log_syslog.h"
#include "core/base/text.h"

enum option_value {
	OPTION_FLAG, /* bool */
	OPTION_PATH, /* char[OPTIONS_PATH_SIZE], made absolute */
	OPTION_WORD, /* a shorter char[] */
};

struct option_row {
	char letter; /* 0: only a long name */
	const char *name;
	const char *alias; /* keepalived's long name, or NULL */
	enum option_value value;
	const char *argument; /* in --help */
	size_t offset;
	size_t size;
	const char *help; /* NULL: not for people */
};

#define FIELD(field) offsetof(struct options, field), sizeof(((struct options *)0)->field)

static const struct option_row rows[] = {
	{'n', "foreground", "dont-fork", OPTION_FLAG, NULL, FIELD(foreground),
	 "stay in the foreground and log to stderr"},
	{'f', "config", "use-file", OPTION_PATH, "FILE", FIELD(config),
	 "configuration (default " OPTIONS_CONFIG_DEFAULT ")"},
	{'t', "check", "config-test", OPTION_FLAG, NULL, FIELD(check),
	 "check the configuration and exit: 0 valid, 2 invalid, 3 unreadable"},
	{'d', "dump-conf", NULL, OPTION_FLAG, NULL, FIELD(dump_conf),
	 "print the configuration in its canonical form at the start, without secrets"},
	{0, "print-config", NULL, OPTION_FLAG, NULL, FIELD(print_config),
	 "check the configuration as -t does, and print it in its canonical form"},
	{0, "secrets", NULL, OPTION_FLAG, NULL, FIELD(secrets),
	 "with --print-config: print passwords and keys too"},
	{0, "keywords", NULL, OPTION_FLAG, NULL, FIELD(keywords),
	 "print the table of all keywords of the configuration, and exit"},
	{'W', "warnings", NULL, OPTION_FLAG, NULL, FIELD(warnings_count),
	 "with -t: exit 1 when there are warnings"},
	{0, "offline", NULL, OPTION_FLAG, NULL, FIELD(offline),
	 "check nothing that needs this machine's interfaces, users and files"},
	{0, "format", NULL, OPTION_WORD, "text|json", FIELD(format),
	 "with -t and --keywords: how to print it (default text)"},
	{0, "lenient", NULL, OPTION_FLAG, NULL, FIELD(lenient),
	 "skip keywords that nobody knows, with a warning"},
	{'l', "log-console", NULL, OPTION_FLAG, NULL, FIELD(log_console),
	 "log to stderr, also in the background"},
	{'D', "log-detail", NULL, OPTION_FLAG, NULL, FIELD(log_detail), "log details too"},
	{'S', "log-facility", NULL, OPTION_WORD, "NAME", FIELD(log_facility),
	 "syslog facility: 0-7, local0-local7, daemon or user (default daemon)"},
	{'G', "no-syslog", NULL, OPTION_FLAG, NULL, FIELD(no_syslog), "do not log to syslog"},
	{'p', "pid", NULL, OPTION_PATH, "FILE", FIELD(pid_file),
	 "pid file (default RUNTIME_DIR/vdirectord.pid)"},
	{'r', "vrrp-pid", "vrrp_pid", OPTION_PATH, "FILE", FIELD(vrrp_pid_file),
	 "pid file of the vrrp process"},
	{'c', "checkers-pid", "checkers_pid", OPTION_PATH, "FILE", FIELD(check_pid_file),
	 "pid file of the ipvs process"},
	{'P', "vrrp-only", "vrrp", OPTION_FLAG, NULL, FIELD(vrrp_only),
	 "only elections and addresses"},
	{'C', "checkers-only", "checkers", OPTION_FLAG, NULL, FIELD(checkers_only),
	 "only services and checks"},
	{'I', "dont-release-ipvs", NULL, OPTION_FLAG, NULL, FIELD(keep_services),
	 "leave IPVS services in the kernel on stop"},
	{'V', "dont-release-vrrp", NULL, OPTION_FLAG, NULL, FIELD(keep_addresses),
	 "leave addresses in the kernel on stop"},
	{'R', "dont-respawn", NULL, OPTION_FLAG, NULL, FIELD(no_respawn),
	 "stop instead of restarting a process that died"},
	{'X', "release-vips", NULL, OPTION_FLAG, NULL, FIELD(release_addresses),
	 "accepted; addresses are always put right at start"},
	{'i', "config-id", NULL, OPTION_WORD, "NAME", FIELD(config_id),
	 "for @NAME lines of the configuration (default: the host name up to a dot)"},
	{0, "runtime-dir", NULL, OPTION_PATH, "DIR", FIELD(runtime_dir),
	 "control socket, pid file and state (default " OPTIONS_RUNTIME_DEFAULT ")"},
	{'v', "version", NULL, OPTION_FLAG, NULL, FIELD(version), "print the version and exit"},
	{'h', "help", NULL, OPTION_FLAG, NULL, FIELD(help), "print this and exit"},
	{0, "role", NULL, OPTION_WORD, "NAME", FIELD(role), NULL},
	{0, "index", NULL, OPTION_WORD, "N", FIELD(index), NULL},
};

#define N_ROWS	   (sizeof(rows) / sizeof(rows[0]))
#define LONG_BASE  256 /* getopt's value of row i's long names */
#define LETTERS_AT 1   /* after the ':' that asks getopt to tell a missing argument */

struct getopt_tables {
	char letters[LETTERS_AT + 2 * N_ROWS + 1];
	struct option names[2 * N_ROWS + 1];
};

static void getopt_tables_fill(struct getopt_tables *tables)
{
	size_t letters = 0, names = 0;

	memset(tables, 0, sizeof(*tables));
	tables->letters[letters++] = ':';
	for (size_t i = 0; i < N_ROWS; i++) {
		int argument = rows[i].value == OPTION_FLAG ? no_argument : required_argument;
		int value = LONG_BASE + (int)i;

		if (rows[i].letter) {
			tables->letters[letters++] = rows[i].letter;
			if (argument == required_argument)
				tables->letters[letters++] = ':';
		}
		tables->names[names++] = (struct option){rows[i].name, argument, NULL, value};
		if (rows[i].alias)
			tables->names[names++] =
				(struct option){rows[i].alias, argument, NULL, value};
	}
}

static const struct option_row *row_of(int value)
{
	if (value >= LONG_BASE)
		return &rows[value - LONG_BASE];
	for (size_t i = 0; i < N_ROWS; i++)
		if (value && rows[i].letter == value)
			return &rows[i];
	return NULL;
}

static bool store(struct options *options, const struct option_row *row, const char *text)
{
	char *field = (char *)options + row->offset;
	char directory[OPTIONS_PATH_SIZE] = "";

	switch (row->value) {
	case OPTION_FLAG:
		*(bool *)(void *)field = true;
		return true;
	case OPTION_PATH:
		if (*text != '/' && !getcwd(directory, sizeof(directory)))
			return false;
		return *text && text_print(field, row->size, "%s%s%s", directory,
					   *directory ? "/" : "", text);
	case OPTION_WORD:
		return *text && text_print(field, row->size, "%s", text);
	}
	return false;
}

/* Names what getopt_long() stumbled over: `value` is its '?' or ':'. */
static void describe_failure(int value, const char *last, char *error, size_t size)
{
	const struct option_row *row = row_of(optopt);

	if (value == ':' && row)
		text_print(error, size, "option %s needs a %s", last, row->argument);
	else if (row)
		text_print(error, size, "option %s takes no value", last);
	else if (optopt)
		text_print(error, size, "unknown option -%c", optopt);
	else
		text_print(error, size, "unknown option %s", last);
}

/* What somebody asks for and would not get is refused. NULL: nothing. */
static const char *without_effect(const struct options *options)
{
	if (options->warnings_count && !options->check && !options->print_config)
		return "--warnings has an effect only with --check or --print-config";
	if (options->secrets && !options->print_config)
		return "--secrets has an effect only with --print-config";
	if (*options->format && !options->keywords && (!options->check || options->print_config))
		return "--format has an effect only with --keywords, or with --check alone";
	return NULL;
}

bool options_parse(struct options *options, int argc, char *const argv[], char *error, size_t size)
{
	struct getopt_tables tables;
	int value;

	*options = (struct options){.config = OPTIONS_CONFIG_DEFAULT,
				    .runtime_dir = OPTIONS_RUNTIME_DEFAULT,
				    .log_facility = "daemon"};
	getopt_tables_fill(&tables);
	opterr = 0;
	optind = 0; /* start anew, also where a test parsed before */
	while ((value = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
		const struct option_row *row = row_of(value);

		if (value == '?' || value == ':' || !row) {
			describe_failure(value, argv[optind - 1], error, size);
			return false;
		}
		if (!store(options, row, optarg)) {
			text_print(error, size, "option --%s: \"%s\" is empty or too long",
				   row->name, optarg);
			return false;
		}
	}
	if (optind < argc)
		text_print(error, size, "unexpected argument \"%s\"", argv[optind]);
	else if (!*options->pid_file && !text_print(options->pid_file, OPTIONS_PATH_SIZE,
						    "%s/vdirectord.pid", options->runtime_dir))
		text_print(error, size, "option --runtime-dir: the name is too long");
	else if (options->vrrp_only && options->checkers_only)
		text_print(error, size, "--vrrp-only and --checkers-only exclude each other");
	else if (*options->format && strcmp(options->format, "text") != 0 &&
		 strcmp(options->format, "json") != 0)
		text_print(error, size, "--format: \"%s\" is not text or json", options->format);
	else if (options_facility(options->log_facility) < 0)
		text_print(error, size,
			   "--log-facility: \"%s\" is not 0-7, local0-local7, daemon or user",
			   options->log_facility);
	else if (without_effect(options))
		text_print(error, size, "%s", without_effect(options));
	else
		return true;
	return false;
}

void options_help(FILE *out)
{
	fputs("Usage: vdirectord [OPTION]...\n"
	      "Elects the owner of virtual addresses (VRRP), checks real servers and directs\n"
	      "traffic to them (IPVS).\n\n",
	      out);
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct option_row *row = &rows[i];
		char letter[8] = "    ", names[64];

		if (!row->help)
			continue;
		if (row->letter)
			text_print(letter, sizeof(letter), "-%c, ", row->letter);
		text_print(names, sizeof(names), "--%s%s%s%s%s", row->name,
			   row->argument ? " " : "", row->argument ? row->argument : "",
			   row->alias ? ", --" : "", row->alias ? row->alias : "");
		fprintf(out, "  %s%-36s %s\n", letter, names, row->help);
	}
	fputs("\nSignals: HUP reloads, TERM and INT stop; a second TERM stops at once.\n", out);
}

char **options_argv(const struct options *options, enum role_kind role, unsigned index)
{
	/* Workers get everything else in messages; a short command line reads well in ps. */
	struct options child = {.log_detail = options->log_detail};
	size_t most = OPTIONS_PATH_SIZE + 64, n = 0;
	char **argv = alloc((N_ROWS + 2) * sizeof(*argv) + (N_ROWS + 1) * most);
	char *text = (char *)(argv + N_ROWS + 2);

	if (role == ROLE_KEEPER || role == ROLE_MAIN)
		child = *options;
	text_print(child.role, sizeof(child.role), "%s", role_kind_name(role));
	child.index[0] = '\0';
	if (role == ROLE_CHECK)
		text_print(child.index, sizeof(child.index), "%u", index);
	text_print(text, most, "vdirectord");
	argv[n++] = text;
	/* From the last row: --role and --index come first, where ps shows them. */
	for (size_t i = N_ROWS; i-- > 0;) {
		const struct option_row *row = &rows[i];
		const char *field = (const char *)&child + row->offset;

		if (row->value == OPTION_FLAG ? !*(const bool *)(const void *)field : !*field)
			continue;
		argv[n] = argv[n - 1] + strlen(argv[n - 1]) + 1;
		text_print(argv[n++], most, "--%s%s%s", row->name, row->argument ? "=" : "",
			   row->argument ? field : "");
	}
	return argv;
}

bool options_role(const struct options *options, enum role_kind *role, unsigned *index)
{
	char *end;
	unsigned long number = strtoul(options->index, &end, 10);

	if (*end || number > 1023)
		return false;
	*index = (unsigned)number;
	for (unsigned kind = 0; kind < ROLE_KINDS; kind++) {
		if (strcmp(options->role, role_kind_name((enum role_kind)kind)) == 0) {
			*role = (enum role_kind)kind;
			return true;
		}
	}
	return false;
}

int options_facility(const char *name)
{
	const char *digit = strncmp(name, "local", 5) == 0 ? name + 5 : name;

	if (strcmp(name, "daemon") == 0)
		return LOG_DAEMON;
	if (strcmp(name, "user") == 0)
		return LOG_USER;
	if (digit[0] >= '0' && digit[0] <= '7' && !digit[1])
		return LOG_LOCAL0 + (digit[0] - '0') * (LOG_LOCAL1 - LOG_LOCAL0);
	return -1;
}

static void discard_sink(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)level;
	(void)source;
	(void)text;
}

enum log_level options_log_threshold(const struct options *options)
{
	return options->log_detail ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

void options_log_setup(const struct options *options, const char *source)
{
	log_sink *sink = log_stderr_sink;
	void *data = NULL;

	if (!options->foreground && !options->log_console) {
		sink = options->no_syslog ? discard_sink : log_syslog_sink;
		if (!options->no_syslog)
			data = log_syslog_create(options_facility(options->log_facility));
	}
	log_setup(sink, data, source, options_log_threshold(options));
}
