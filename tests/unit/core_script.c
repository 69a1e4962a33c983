/* Scripts: their order, arguments, user, environment, and how a file without "#!" is run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/director/director_context.h"

#define TIME_LIMIT (60 * USEC_PER_SEC) /* of a test that hangs */

struct fixture {
	char directory[64];
	char output[96]; /* what the scripts write to */
	struct loop *loop;
	struct scripts *scripts;
	bool idle;
	char log[4096];
};

static void remember_line(void *data, enum log_level level, const char *source, const char *text)
{
	struct fixture *fixture = data;
	size_t used = strlen(fixture->log);

	(void)level;
	(void)source;
	snprintf(fixture->log + used, sizeof(fixture->log) - used, "%s\n", text);
}

static void on_change(void *data)
{
	struct fixture *fixture = data;

	fixture->idle = scripts_are_idle(fixture->scripts);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/core_script.XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	assert_int_equal(chmod(fixture->directory, 0777), 0);
	snprintf(fixture->output, sizeof(fixture->output), "%s/output", fixture->directory);
	fixture->loop = loop_create();
	fixture->scripts = scripts_create(fixture->loop, on_change, fixture);
	log_setup(remember_line, fixture, "test", LOG_LEVEL_DEBUG);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char command[128];

	scripts_destroy(fixture->scripts);
	loop_destroy(fixture->loop);
	log_setup(log_stderr_sink, NULL, "test", LOG_LEVEL_INFO);
	snprintf(command, sizeof(command), "rm -rf %s", fixture->directory);
	free(fixture);
	return system(command);
}

/* Writes an executable file and returns its path, for free(). */
static char *write_script(const struct fixture *fixture, const char *name, const char *text)
{
	char *path;
	FILE *out;

	assert_true(asprintf(&path, "%s/%s", fixture->directory, name) > 0);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static void add(struct fixture *fixture, const char *queue, const char *const argv[],
		const char *const extra[])
{
	const struct script_conf script = {.command = argv[0], .argv = argv};

	scripts_add(fixture->scripts, queue, argv[0], &script, extra, NULL);
}

static void run_all(struct fixture *fixture)
{
	struct mono end = mono_add(mono_read(), TIME_LIMIT);

	while (!fixture->idle && mono_before(mono_read(), end))
		loop_turn(fixture->loop, 100 * USEC_PER_MSEC);
	assert_true(fixture->idle);
	assert_true(scripts_are_idle(fixture->scripts));
}

static void assert_output(const struct fixture *fixture, const char *expected)
{
	char text[2048] = "";
	int fd = open(fixture->output, O_RDONLY);
	ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	assert_true(size >= 0);
	assert_string_equal(text, expected);
}

static void assert_logged(const struct fixture *fixture, const char *part)
{
	if (!strstr(fixture->log, part))
		fail_msg("\"%s\" is not in the log:\n%s", part, fixture->log);
}

static void a_slow_script_is_not_overtaken_by_the_next(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s", "#!/bin/sh\nsleep $2\necho $1 >> $3\n");
	const char *slow[] = {path, "first", "0.5", fixture->output, NULL};
	const char *fast[] = {path, "second", "0", fixture->output, NULL};
	const char *last[] = {path, "third", "0", fixture->output, NULL};

	add(fixture, "a", slow, NULL);
	add(fixture, "a", fast, NULL);
	add(fixture, "a", last, NULL);
	run_all(fixture);
	assert_output(fixture, "first\nsecond\nthird\n");
	free(path);
}

static void queues_do_not_wait_for_each_other(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s", "#!/bin/sh\nsleep $2\necho $1 >> $3\n");
	const char *slow[] = {path, "slow", "0.7", fixture->output, NULL};
	const char *fast[] = {path, "fast", "0", fixture->output, NULL};

	add(fixture, "a", slow, NULL);
	add(fixture, "b", fast, NULL);
	run_all(fixture);
	assert_output(fixture, "fast\nslow\n");
	free(path);
}

static void more_queues_than_may_run_at_once_are_all_served(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s", "#!/bin/sh\necho x >> $1\n");
	const char *argv[] = {path, fixture->output, NULL};
	struct stat file;

	for (unsigned i = 0; i < 50; i++) {
		char queue[16];

		snprintf(queue, sizeof(queue), "%u", i);
		add(fixture, queue, argv, NULL);
	}
	run_all(fixture);
	assert_int_equal(stat(fixture->output, &file), 0);
	assert_int_equal(file.st_size, 50 * 2);
	free(path);
}

/* ---- how many, and for how long ---- */

#define AT_A_TIME 32

static void count_running(const struct script_state *state, void *count)
{
	*(unsigned *)count += state->pid != 0;
}

static unsigned running(const struct fixture *fixture)
{
	unsigned count = 0;

	scripts_visit(fixture->scripts, count_running, &count);
	return count;
}

struct answer {
	unsigned count;
	uint64_t number;
	bool ok;
	char text[64];
};

static void on_answer(uint64_t number, bool ok, const char *text, void *data)
{
	struct answer *answer = data;

	answer->count++;
	answer->number = number;
	answer->ok = ok;
	snprintf(answer->text, sizeof(answer->text), "%s", text);
}

/* Adds `n` scripts that hang, each in a queue of its own. */
static void add_hanging(struct fixture *fixture, const char *kind, unsigned n,
			const struct script_question *question)
{
	static const char *const argv[] = {"sleep", "100", NULL};
	const struct script_conf script = {.argv = argv};

	for (unsigned i = 0; i < n; i++) {
		char queue[32];

		snprintf(queue, sizeof(queue), "%s %u", kind, i);
		scripts_add(fixture->scripts, queue, queue, &script, NULL, question);
	}
}

static void ask(struct fixture *fixture, const char *queue, const char *const argv[], int64_t limit,
		struct answer *answer)
{
	const struct script_conf script = {.argv = argv};

	scripts_add(fixture->scripts, queue, queue, &script, NULL,
		    &(struct script_question){
			    .limit = limit, .number = 7, .done = on_answer, .data = answer});
}

static void wait_for_answer(struct fixture *fixture, const struct answer *answer)
{
	struct mono end = mono_add(mono_read(), TIME_LIMIT);

	while (answer->count == 0 && mono_before(mono_read(), end))
		loop_turn(fixture->loop, 100 * USEC_PER_MSEC);
	assert_int_equal(answer->count, 1);
	assert_int_equal(answer->number, 7);
}

static void issue_8_32_so_many_scripts_run_at_a_time(void **state)
{
	struct fixture *fixture = *state;
	struct answer answer = {0};

	add_hanging(fixture, "notify", AT_A_TIME + 5, NULL);
	assert_int_equal(running(fixture), AT_A_TIME);
	loop_turn(fixture->loop, 0);
	assert_int_equal(running(fixture), AT_A_TIME);
	/* Those that are awaited have a bound, too. */
	add_hanging(
		fixture, "fence", 300,
		&(struct script_question){.limit = TIME_LIMIT, .done = on_answer, .data = &answer});
	assert_int_equal(running(fixture), AT_A_TIME + 256);
}

static void issue_8_10_what_is_awaited_does_not_wait_for_hanging_scripts(void **state)
{
	static const char *const argv[] = {"true", NULL};
	struct fixture *fixture = *state;
	struct answer answer = {0}, second = {0};

	add_hanging(fixture, "notify", 2 * AT_A_TIME, NULL);
	ask(fixture, "fence", argv, TIME_LIMIT, &answer);
	wait_for_answer(fixture, &answer);
	assert_true(answer.ok);
	/* Its place is free again, and is nobody else's. */
	assert_int_equal(running(fixture), AT_A_TIME);
	ask(fixture, "fence", argv, TIME_LIMIT, &second);
	wait_for_answer(fixture, &second);
	assert_int_equal(running(fixture), AT_A_TIME);
}

/* Of the kind of 8.10: an earlier main had asked, and the queue's first one still waits. */
static void issue_8_10_a_question_brings_its_whole_queue_forward(void **state)
{
	static const char *const argv[] = {"true", NULL};
	struct fixture *fixture = *state;
	const struct script_state waiting = {
		.queue = "fence", .label = "before", .script = {.argv = argv}};
	struct answer answer = {0};

	add_hanging(fixture, "notify", AT_A_TIME, NULL);
	scripts_restore(fixture->scripts, &waiting);
	assert_int_equal(running(fixture), AT_A_TIME);
	ask(fixture, "fence", argv, TIME_LIMIT, &answer);
	wait_for_answer(fixture, &answer);
	assert_true(answer.ok);
}

/* Also one that nobody has reaped yet. */
static bool is_dead(pid_t pid)
{
	char path[32], line[128] = "";
	bool zombie;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	in = fopen(path, "r");
	if (!in)
		return true;
	zombie = !fgets(line, sizeof(line), in) || strstr(line, ") Z");
	fclose(in);
	return zombie;
}

/* Issue 8.32: SIGTERM first, and SIGKILL where that is ignored; to all that the script started. */
static void issue_8_32_a_script_that_ignores_sigterm_is_killed(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s",
				  "#!/bin/sh\n"
				  "trap 'echo term >> $1' TERM\n"
				  "(trap '' TERM; exec sleep 60) & echo $! >> $1\n"
				  "while :; do wait; done\n");
	const char *argv[] = {path, fixture->output, NULL};
	struct answer answer = {0};
	char text[64] = "";
	pid_t child;
	int fd;

	ask(fixture, "a", argv, USEC_PER_SEC, &answer);
	wait_for_answer(fixture, &answer);
	assert_false(answer.ok);
	assert_non_null(strstr(answer.text, "signal 9"));
	assert_logged(fixture, "still runs after 1 s, sending signal 15");
	assert_logged(fixture, "sending signal 9");
	fd = open(fixture->output, O_RDONLY);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_non_null(strstr(text, "\nterm\n"));
	child = atoi(text);
	assert_true(child > 1);
	for (unsigned i = 0; !is_dead(child); i++) {
		assert_true(i < 1000);
		usleep(1000);
	}
	free(path);
}

static void issue_8_32_a_script_that_obeys_sigterm_is_not_killed(void **state)
{
	static const char *const argv[] = {"sleep", "60", NULL};
	struct fixture *fixture = *state;
	struct answer answer = {0};

	ask(fixture, "a", argv, 200 * USEC_PER_MSEC, &answer);
	wait_for_answer(fixture, &answer);
	assert_false(answer.ok);
	assert_non_null(strstr(answer.text, "signal 15"));
	assert_null(strstr(fixture->log, "signal 9"));
}

static void instance_scripts_get_keepalived_s_arguments(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s", "#!/bin/sh\nout=$1\nshift\necho \"$@\" >> $out\n");
	const char *const specific[] = {path, fixture->output, "own", NULL};
	const char *const general[] = {path, fixture->output, "all", NULL};
	const struct script_conf master = {.argv = specific}, notify = {.argv = general};
	const struct instance_conf instance = {.name = "V1",
					       .interface = "eth0",
					       .family = AF_INET,
					       .vrid = 5,
					       .notify_active = &master,
					       .notify_stop = &master,
					       .notify = &notify};

	notify_run(fixture->scripts, &instance, NOTIFY_BACKUP, 120);
	notify_run(fixture->scripts, &instance, NOTIFY_ACTIVE, 120);
	notify_run(fixture->scripts, &instance, NOTIFY_FAULT, 0);
	notify_run(fixture->scripts, &instance, NOTIFY_STOP, 120);
	run_all(fixture);
	assert_output(fixture, "all INSTANCE V1 BACKUP 120\n"
			       "own\nall INSTANCE V1 MASTER 120\n"
			       "all INSTANCE V1 FAULT 0\n"
			       "own\nall INSTANCE V1 STOP 120\n");
	free(path);
}

static void arguments_are_never_read_by_a_shell(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s", "#!/bin/sh\nprintf '%s\\n' \"$2\" >> $1\n");
	const char *argv[] = {path, fixture->output, "$(id); `id` * ' \"", NULL};

	add(fixture, "a", argv, NULL);
	run_all(fixture);
	assert_output(fixture, "$(id); `id` * ' \"\n");
	free(path);
}

static void a_file_without_interpreter_line_is_given_to_sh(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s", "echo \"$2 $0\" >> $1\n");
	const char *argv[] = {path, fixture->output, "arg", NULL};
	char expected[128];

	add(fixture, "a", argv, NULL);
	run_all(fixture);
	snprintf(expected, sizeof(expected), "arg %s\n", path);
	assert_output(fixture, expected);
	assert_logged(fixture, "running it with /bin/sh");
	free(path);
}

static void a_name_without_slash_is_found_on_the_path(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {"touch", fixture->output, NULL};

	add(fixture, "a", argv, NULL);
	run_all(fixture);
	assert_int_equal(access(fixture->output, F_OK), 0);
}

static void what_cannot_run_is_logged_and_the_next_one_runs(void **state)
{
	struct fixture *fixture = *state;
	const char *missing[] = {"/nonexistent/script", NULL};
	const char *touch[] = {"touch", fixture->output, NULL};

	add(fixture, "a", missing, NULL);
	add(fixture, "a", touch, NULL);
	run_all(fixture);
	assert_logged(fixture, "/nonexistent/script");
	assert_logged(fixture, "No such file");
	assert_int_equal(access(fixture->output, F_OK), 0);
}

static void a_failing_script_is_logged_with_its_status(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s", "#!/bin/sh\nexit 7\n");
	const char *argv[] = {path, NULL};

	add(fixture, "a", argv, NULL);
	run_all(fixture);
	assert_logged(fixture, "ended with status 7");
	free(path);
}

static void the_environment_is_clean_and_nothing_is_open(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s",
				  "#!/bin/sh\n"
				  "env | grep -c '^LD_[A-Z]*=/nonexistent' >> $1\n"
				  "n=0\n" /* no pipe here: for a moment it would be open itself */
				  "for fd in /proc/$$/fd/[3-9]; do [ -e $fd ] && n=$((n+1)); done\n"
				  "echo $n >> $1\n"
				  "readlink /proc/$$/fd/0 /proc/$$/fd/2 >> $1\n"
				  "grep -c 'SigBlk:\t0*$' /proc/self/status >> $1\n");
	const char *argv[] = {path, fixture->output, NULL};

	setenv("LD_AUDIT", "/nonexistent", 1);
	setenv("LD_DEBUG_OUTPUT", "/nonexistent", 1);
	add(fixture, "a", argv, NULL);
	unsetenv("LD_AUDIT");
	unsetenv("LD_DEBUG_OUTPUT");
	run_all(fixture);
	assert_output(fixture, "0\n0\n/dev/null\n/dev/null\n1\n");
	free(path);
}

/* The daemon ignores some. */
static void a_script_ignores_and_blocks_no_signals(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s",
				  /* Two of them are the C library's own; who starts this test may
				   * have them ignored. */
				  "#!/bin/sh\ngrep -E 'Sig(Ign|Blk)' /proc/self/status |"
				  " sed 's/0000000180000000/0000000000000000/' >> $1\n");
	const char *argv[] = {path, fixture->output, NULL};
	sigset_t blocked, before;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	signal(SIGPIPE, SIG_IGN);
	process_ignore_realtime_signals();
	add(fixture, "a", argv, NULL);
	run_all(fixture);
	assert_output(fixture, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(path);
}

/* Whoever starts the daemon decides nothing but the path. */
static void issue_8_13_nothing_of_our_environment_reaches_a_script(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s",
				  "#!/bin/sh\ntr '\\0' '\\n' < /proc/$$/environ | sort >> $1\n");
	const char *argv[] = {path, fixture->output, NULL};
	char expected[512];

	setenv("NOTIFY_SOCKET", "/run/notify", 1);
	setenv("SECRET", "1", 1);
	add(fixture, "a", argv, NULL);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("SECRET");
	run_all(fixture);
	snprintf(expected, sizeof(expected), "LANG=C.UTF-8\nPATH=%s\n", getenv("PATH"));
	assert_output(fixture, expected);
	free(path);
}

/* Out of descriptors, a script does not begin; it used to run, unwatched, and then again. */
static void issue_8_13_a_script_runs_once_also_without_descriptors(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s", "#!/bin/sh\necho ran >> $1\n");
	const char *argv[] = {path, fixture->output, NULL};
	struct rlimit limit;
	int fds[256], n = 0;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){256, limit.rlim_max}), 0);
	for (int left = 0; left < 4; left++) { /* places, when it is to start */
		while (n < 256 && (fds[n] = dup(0)) >= 0)
			n++;
		assert_true(n > 4 && n < 256);
		for (int i = 0; i < left; i++)
			close(fds[--n]);
		unlink(fixture->output);
		fixture->idle = false;
		add(fixture, "a", argv, NULL);
		for (int i = 0; i < 20; i++)
			loop_turn(fixture->loop, 10 * USEC_PER_MSEC);
		while (n > 0)
			close(fds[--n]);
		run_all(fixture);
		assert_output(fixture, "ran\n");
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	free(path);
}

static void a_script_runs_as_its_user(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s", "#!/bin/sh\nid -un >> $1\nid -G | wc -w >> $1\n");
	const char *argv[] = {path, fixture->output, NULL};
	const struct script_conf script = {.argv = argv, .user = "nobody"};

	if (geteuid() != 0 || !getpwnam("nobody"))
		skip();
	scripts_add(fixture->scripts, "a", "test", &script, NULL, NULL);
	run_all(fixture);
	assert_output(fixture, "nobody\n1\n");
	free(path);
}

static void an_unknown_user_runs_nothing(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {"touch", fixture->output, NULL};
	const struct script_conf script = {.argv = argv, .user = "no-such-user-here"};

	scripts_add(fixture->scripts, "a", "test", &script, NULL, NULL);
	run_all(fixture);
	assert_logged(fixture, "no such user no-such-user-here");
	assert_int_equal(access(fixture->output, F_OK), -1);
}

static void too_many_waiting_scripts_keep_the_newest(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s", "#!/bin/sh\nsleep $2\necho $3 > $1\n");

	for (unsigned i = 0; i < 80; i++) {
		char number[16];
		const char *argv[] = {path, fixture->output, i ? "0" : "0.3", number, NULL};

		snprintf(number, sizeof(number), "%u", i);
		add(fixture, "a", argv, NULL);
	}
	run_all(fixture);
	assert_output(fixture, "79\n");
	assert_logged(fixture, "skipped: ");
	free(path);
}

static void hand_over(const struct script_state *state, void *successor)
{
	scripts_restore(successor, state);
}

/* What began as nobody's question ends so, though one came into its queue meanwhile. */
static void a_question_behind_what_runs_leaves_the_pools_as_they_were_issue_8_32(void **state)
{
	static const char *const slow[] = {"sleep", "0.3", NULL}, *const argv[] = {"true", NULL};
	struct fixture *fixture = *state;
	struct answer answer = {0}, second = {0};

	add(fixture, "fence", slow, NULL);
	ask(fixture, "fence", argv, TIME_LIMIT, &answer);
	wait_for_answer(fixture, &answer);
	ask(fixture, "other", argv, TIME_LIMIT, &second);
	wait_for_answer(fixture, &second);
	assert_true(answer.ok && second.ok);
	add_hanging(fixture, "notify", AT_A_TIME + 5, NULL);
	assert_int_equal(running(fixture), AT_A_TIME);
}

/* Also in a new main what is awaited has places of its own. */
static void what_an_earlier_main_awaits_takes_no_other_s_place_issue_8_32(void **state)
{
	static const char *const argv[] = {"sleep", "100", NULL};
	struct fixture *fixture = *state, next = {.loop = loop_create()};
	struct answer answer = {0};

	next.scripts = scripts_create(next.loop, on_change, fixture);
	ask(fixture, "fence", argv, TIME_LIMIT, &answer);
	scripts_visit(fixture->scripts, hand_over, next.scripts);
	add_hanging(&next, "notify", AT_A_TIME + 5, NULL);
	assert_int_equal(running(&next), AT_A_TIME + 1);
	scripts_destroy(next.scripts);
	loop_destroy(next.loop);
}

/* The fixture's loop is never turned: as if this main had died here. */
static void a_new_main_waits_for_what_runs_and_goes_on_with_what_waits(void **state)
{
	struct fixture *fixture = *state;
	struct mono end = mono_add(mono_read(), TIME_LIMIT);
	struct loop *loop = loop_create();
	struct scripts *successor = scripts_create(loop, on_change, fixture);
	char *path = write_script(fixture, "s", "#!/bin/sh\nsleep $2\necho $1 $4 >> $3\n");
	const char *slow[] = {path, "first", "0.5", fixture->output, NULL};
	const char *fast[] = {path, "second", "0", fixture->output, NULL};
	const char *const extra[] = {"more", NULL};

	add(fixture, "a", slow, NULL);
	add(fixture, "a", fast, extra);
	add(fixture, "a", fast, NULL);
	scripts_visit(fixture->scripts, hand_over, successor);
	while (!scripts_are_idle(successor) && mono_before(mono_read(), end))
		loop_turn(loop, 100 * USEC_PER_MSEC);
	assert_output(fixture, "first\nsecond more\nsecond\n");
	scripts_destroy(successor);
	loop_destroy(loop);
	free(path);
}

/* It keeps its limit, also with the main after that; what waited is asked for again. */
static void a_new_main_knows_what_is_awaited(void **state)
{
	struct fixture *fixture = *state;
	struct mono end = mono_add(mono_read(), TIME_LIMIT);
	char *path = write_script(fixture, "s", "#!/bin/sh\necho $1 >> $2\nexec sleep 60\n");
	const char *first[] = {path, "first", fixture->output, NULL};
	const char *second[] = {path, "second", fixture->output, NULL};
	struct answer answer = {0};
	struct loop *loops[2];
	struct scripts *mains[2];

	ask(fixture, "fence", first, USEC_PER_SEC / 2, &answer);
	ask(fixture, "fence", second, USEC_PER_SEC / 2, &answer);
	for (unsigned i = 0; i < 2; i++) {
		loops[i] = loop_create();
		mains[i] = scripts_create(loops[i], on_change, fixture);
		scripts_visit(i ? mains[0] : fixture->scripts, hand_over, mains[i]);
	}
	while (!scripts_are_idle(mains[1]) && mono_before(mono_read(), end))
		loop_turn(loops[1], 100 * USEC_PER_MSEC);
	assert_true(mono_before(mono_read(), mono_add(end, -TIME_LIMIT + 20 * USEC_PER_SEC)));
	assert_logged(fixture, "sending signal 15");
	assert_output(fixture, "first\n");
	for (unsigned i = 0; i < 2; i++) {
		scripts_destroy(mains[i]);
		loop_destroy(loops[i]);
	}
	free(path);
}

static void a_new_main_does_not_run_again_what_has_ended(void **state)
{
	struct fixture *fixture = *state;
	char *path = write_script(fixture, "s", "#!/bin/sh\necho x >> $1\n");
	const char *argv[] = {path, fixture->output, NULL};
	const struct script_state ended = {
		.queue = "a", .label = "s", .script = {.argv = argv}, .pid = INT_MAX};
	struct script_state stranger = {
		.queue = "a", .label = "s", .script = {.argv = argv}, .birth = 1, .pid = fork()};

	if (stranger.pid == 0)
		_exit(pause());
	setpgid(stranger.pid, stranger.pid); /* as a script does: issue 8.12 */
	scripts_restore(fixture->scripts, &ended);
	scripts_restore(fixture->scripts, &stranger);
	assert_true(scripts_are_idle(fixture->scripts));
	assert_output(fixture, "");
	kill(stranger.pid, SIGKILL);
	waitpid(stranger.pid, NULL, 0);
	free(path);
}

#define SCRIPT_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRIPT_TEST(a_slow_script_is_not_overtaken_by_the_next),
		SCRIPT_TEST(queues_do_not_wait_for_each_other),
		SCRIPT_TEST(more_queues_than_may_run_at_once_are_all_served),
		SCRIPT_TEST(issue_8_32_so_many_scripts_run_at_a_time),
		SCRIPT_TEST(issue_8_10_what_is_awaited_does_not_wait_for_hanging_scripts),
		SCRIPT_TEST(issue_8_10_a_question_brings_its_whole_queue_forward),
		SCRIPT_TEST(issue_8_32_a_script_that_ignores_sigterm_is_killed),
		SCRIPT_TEST(issue_8_32_a_script_that_obeys_sigterm_is_not_killed),
		SCRIPT_TEST(instance_scripts_get_keepalived_s_arguments),
		SCRIPT_TEST(arguments_are_never_read_by_a_shell),
		SCRIPT_TEST(a_file_without_interpreter_line_is_given_to_sh),
		SCRIPT_TEST(a_name_without_slash_is_found_on_the_path),
		SCRIPT_TEST(what_cannot_run_is_logged_and_the_next_one_runs),
		SCRIPT_TEST(a_failing_script_is_logged_with_its_status),
		SCRIPT_TEST(the_environment_is_clean_and_nothing_is_open),
		SCRIPT_TEST(a_script_ignores_and_blocks_no_signals),
		SCRIPT_TEST(issue_8_13_nothing_of_our_environment_reaches_a_script),
		SCRIPT_TEST(issue_8_13_a_script_runs_once_also_without_descriptors),
		SCRIPT_TEST(a_script_runs_as_its_user),
		SCRIPT_TEST(an_unknown_user_runs_nothing),
		SCRIPT_TEST(too_many_waiting_scripts_keep_the_newest),
		SCRIPT_TEST(a_new_main_waits_for_what_runs_and_goes_on_with_what_waits),
		SCRIPT_TEST(a_question_behind_what_runs_leaves_the_pools_as_they_were_issue_8_32),
		SCRIPT_TEST(what_an_earlier_main_awaits_takes_no_other_s_place_issue_8_32),
		SCRIPT_TEST(a_new_main_knows_what_is_awaited),
		SCRIPT_TEST(a_new_main_does_not_run_again_what_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
