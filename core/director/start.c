/*
 * The start of the daemon.  Whatever can be wrong with the command line, the configuration, the
 * capabilities, the runtime directory or another daemon is found here, while there is a terminal to
 * say it to.  Then the process goes to the background and becomes the keeper by executing the
 * program again: so the keeper, which lives for years, has nothing of this in its memory.
 */
#include "core/director/start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conf/model/load.h"
#include "conf/model/print.h"
#include "core/director/control.h"
#include "core/director/keyword_list.h"
#include "core/director/pidfile.h"
#include "core/director/preflight.h"
#include "core/process/privilege.h"
#include "core/process/process.h"

#define EXIT_CANNOT_START 1

static bool has_work(const struct options *options, const struct conf *conf)
{
	return (conf->n_instances > 0 && !options->checkers_only) ||
	       (conf->n_services > 0 && !options->vrrp_only);
}

struct conf *start_read(const struct options *options, struct reading *reading,
			struct diagnostics *diagnostics)
{
	const struct conf_settings settings = {
		.config_id = options->config_id,
		.lenient = options->lenient,
		.reading = reading,
	};
	struct conf *conf = conf_load(options->config, &settings, diagnostics);

	if (conf && !has_work(options, conf))
		diagnostics_add(diagnostics, DIAGNOSTIC_WARNING,
				(struct spot){options->config, 0, 0}, "nothing-to-do",
				"there is nothing to do: no %s",
				options->checkers_only ? "virtual_server"
				: options->vrrp_only   ? "vrrp_instance"
						       : "vrrp_instance and no virtual_server");
	return conf;
}

struct conf *start_load(const struct options *options, struct reading *reading,
			struct diagnostics *diagnostics)
{
	struct conf *conf = start_read(options, reading, diagnostics);

	if (conf && !options->offline)
		preflight(conf, diagnostics);
	return conf;
}

void start_say_restless(const struct options *options, struct diagnostics *diagnostics)
{
	diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, (struct spot){options->config, 0, 0},
			"restless", "it keeps changing: no two of %d readings, %d ms apart, agree",
			READING_MAX, (int)(READING_PAUSE / USEC_PER_MSEC));
}

struct conf *start_load_at_rest(const struct options *options, struct reading *reading,
				struct diagnostics *diagnostics)
{
	const struct timespec pause = {.tv_nsec = READING_PAUSE * 1000};
	struct reading_rest rest = {0};

	for (;;) {
		struct conf *conf = start_load(options, reading, diagnostics);
		enum reading_verdict verdict = reading_judge(&rest, reading, wall_read());

		if (verdict == READING_AT_REST)
			return conf;
		conf_free(conf);
		diagnostics_clear(diagnostics);
		if (verdict == READING_NEVER) {
			start_say_restless(options, diagnostics);
			return NULL;
		}
		nanosleep(&pause, NULL);
	}
}

static int complain(const char *what, const char *path, const char *why)
{
	fprintf(stderr, "vdirectord: %s%s: %s\n", what, path, why);
	return EXIT_CANNOT_START;
}

int start_check(const struct options *options)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = start_load(options, NULL, diagnostics);
	int status = diagnostics_exit(diagnostics, options->warnings_count);

	if (strcmp(options->format, "json") == 0 && !options->print_config) {
		diagnostics_print_json(diagnostics, options->config, stdout);
	} else {
		diagnostics_print(diagnostics, stderr);
		diagnostics_print_summary(diagnostics, options->config, stderr);
		if (conf && status == CONF_EXIT_CLEAN && !options->print_config)
			printf("%s: configuration is valid\n", options->config);
	}
	if (conf && options->print_config)
		conf_print(conf, CONF_ALL, options->secrets, stdout);
	if (fflush(stdout) != 0)
		status = complain("standard output", "", strerror(errno));
	conf_free(conf);
	diagnostics_destroy(diagnostics);
	return status;
}

int start_keywords(const struct options *options)
{
	keyword_list_print(strcmp(options->format, "json") == 0, stdout);
	if (fflush(stdout) != 0)
		return complain("standard output", "", strerror(errno));
	return EXIT_SUCCESS;
}

/* What the processes will need is looked for while there is somebody to be told.  Where nothing is
 * to be checked, who has no more than elections need may start. */
static bool has_privileges(const struct options *options, bool checks)
{
	const bool runs[ROLE_KINDS] = {
		[ROLE_VRRP] = !options->checkers_only,
		[ROLE_NET] = !options->checkers_only,
		[ROLE_IPVS] = !options->vrrp_only,
		[ROLE_CHECK] = !options->vrrp_only && checks,
	};
	bool good = true;
	char text[128];

	for (unsigned kind = 0; kind < ROLE_KINDS; kind++) {
		if (!runs[kind] || privilege_suffices((enum role_kind)kind, text, sizeof(text)))
			continue;
		fprintf(stderr, "vdirectord: not permitted: %s\n", text);
		good = false;
	}
	return good;
}

/* The locked pid file, or -1: said why. */
static int claim(const struct options *options)
{
	pid_t holder = 0;

	if (!control_name_fits(options->runtime_dir)) {
		complain("runtime directory ", options->runtime_dir,
			 "the name is too long for a socket in it");
		return -1;
	}
	if (mkdir(options->runtime_dir, 0755) < 0 && errno != EEXIST) {
		complain("runtime directory ", options->runtime_dir, strerror(errno));
		return -1;
	}
	int lock = pidfile_lock(options->pid_file, &holder);
	if (lock < 0 && errno == EWOULDBLOCK) {
		fprintf(stderr, "vdirectord: already running with pid %d (%s)\n", (int)holder,
			options->pid_file);
		return -1;
	}
	if (lock < 0) {
		complain("pid file ", options->pid_file, strerror(errno));
		return -1;
	}
	/* Another pid file, the same runtime directory: it would lose its control socket. */
	if (control_is_served(options->runtime_dir)) {
		complain("already running: ", options->runtime_dir,
			 "another daemon answers on its " CONTROL_SOCKET);
		unlink(options->pid_file); /* ours: we hold its lock */
		close(lock);
		return -1;
	}
	return lock;
}

/* The usual double fork. The lock goes along. False: errno. */
static bool go_to_background(bool keep_stderr)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid;

	if (null < 0)
		return false;
	for (int i = 0; i < 2; i++) {
		pid = fork();
		if (pid < 0)
			return false;
		if (pid > 0)
			_exit(EXIT_SUCCESS);
		if (i == 0 && setsid() < 0)
			return false;
	}
	if (chdir("/") < 0)
		return false;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (!keep_stderr)
		dup2(null, STDERR_FILENO);
	return true;
}

/* With the lines of the file for people; one line each where a log is behind stderr. */
static void say(const struct options *options, const struct diagnostics *diagnostics)
{
	const struct diagnostic *diagnostic;

	if (isatty(STDERR_FILENO)) {
		diagnostics_print(diagnostics, stderr);
		diagnostics_print_summary(diagnostics, options->config, stderr);
		return;
	}
	for (size_t i = 0; (diagnostic = diagnostics_get(diagnostics, i)); i++) {
		diagnostic_print_line(diagnostic, stderr);
		putc('\n', stderr);
	}
}

/* From here on it waits for main, which reads the file again: whoever has changed the file need not
 * know how far the start is. It would end this process. */
static void hold_reload_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < PROCESS_SIGNALS; i++)
		if (process_signals[i] != SIGTERM && process_signals[i] != SIGINT)
			sigaddset(&set, process_signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	process_ignore_realtime_signals();
}

int start_daemon(const struct options *options)
{
	hold_reload_signals();
	struct diagnostics *diagnostics = diagnostics_create();
	struct reading reading = {0};
	struct conf *conf = start_load_at_rest(options, &reading, diagnostics);
	int status = diagnostics_exit(diagnostics, false);

	reading_clear(&reading);
	say(options, diagnostics);
	diagnostics_destroy(diagnostics);
	if (!conf)
		return status;
	if (options->dump_conf)
		conf_print(conf, CONF_ALL, false, stdout);
	bool checks = conf->n_services > 0;
	conf_free(conf);
	if (fflush(stdout) != 0)
		return complain("standard output", "", strerror(errno));
	int lock = has_privileges(options, checks) ? claim(options) : -1;
	if (lock < 0)
		return EXIT_CANNOT_START;
	if (!options->foreground && !go_to_background(options->log_console))
		return complain("going to the background", "", strerror(errno));
	process_become(options_argv(options, ROLE_KEEPER, 0), -1, lock);
	return complain("/proc/self/exe", "", strerror(errno));
}
