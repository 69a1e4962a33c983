/* vdctl plan: what main hands on of the child's answer.  The functions below that belong to other
 * files of core/director take their place; process and memfd are real. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/director/changes_json.h"
#include "core/director/director_context.h"
#include "core/director/start.h"
#include "core/process/privilege.h"

#define TIME_LIMIT (60 * USEC_PER_SEC) /* of a test that hangs */
#define MIB	   (1024 * 1024)
#define RESULT_FD  3 /* in the child */

/* What the child does in place of comparing. */
static enum deed { WRITE, SAY, GROW, GROWN, TWO_LINES, NOTHING, HANG } deed;
static size_t length; /* with WRITE: about so many bytes */

static struct {
	unsigned count;
	uint64_t clients[4];
	char start[160];
	size_t size;
} answer;

static unsigned refused; /* requests */
static bool dropped;	 /* in the child: its privileges */

struct conf *start_load_at_rest(const struct options *options, struct reading *reading,
				struct diagnostics *diagnostics)
{
	static struct conf conf;

	(void)options;
	(void)reading;
	(void)diagnostics;
	return &conf;
}

char *director_print_diagnostics(const struct director *director,
				 const struct diagnostics *diagnostics)
{
	(void)director;
	(void)diagnostics;
	return alloc_text("");
}

void director_changes_complete(const struct director *director, struct conf *next)
{
	(void)director;
	(void)next;
}

void director_changes_find(const struct director *director, const struct conf *next,
			   struct director_changes *changes)
{
	(void)director;
	(void)next;
	(void)changes;
}

bool director_changes_doubt(struct director *director, const struct conf *next,
			    const struct reading *reading, char *text, size_t size)
{
	(void)director;
	(void)next;
	(void)reading;
	(void)text;
	(void)size;
	return false;
}

/* What the child is, in place of a plan. */
static void say(struct json_writer *writer, const char *name)
{
	struct rlimit time, size;
	int at_death;
	char text[128];

	if (getrlimit(RLIMIT_CPU, &time) != 0 || getrlimit(RLIMIT_FSIZE, &size) != 0 ||
	    prctl(PR_GET_PDEATHSIG, &at_death, 0, 0, 0) != 0)
		_exit(EXIT_FAILURE);
	snprintf(text, sizeof(text), "%s, %u s, %u MiB, signal %d", dropped ? "dropped" : "as main",
		 (unsigned)time.rlim_max, (unsigned)(size.rlim_max / MIB), at_death);
	json_string(writer, name, text);
}

/* In the child. */
void changes_json_write(struct json_writer *writer, const char *name, const struct effects *effects)
{
	char *text;

	(void)effects;
	switch (deed) {
	case SAY:
		say(writer, name);
		return;
	case WRITE:
		text = alloc(length + 1);
		memset(text, 'x', length);
		json_string(writer, name, text);
		free(text);
		return;
	case GROW:
		_exit(ftruncate(RESULT_FD, 65 * MIB) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	case TWO_LINES:
		_exit(write(RESULT_FD, "{}\n{}", 5) == 5 ? EXIT_SUCCESS : EXIT_FAILURE);
	case HANG:
		_exit(pause());
	case NOTHING:
	case GROWN: /* as if it had no limit: plan() does it */
		_exit(EXIT_SUCCESS);
	}
}

void privilege_drop(enum role_kind kind)
{
	dropped = kind == ROLE_CHECK;
}

void control_reply(struct control *control, uint64_t client, struct json_writer *response)
{
	(void)control;
	assert_true(answer.count < 4);
	answer.clients[answer.count++] = client;
	answer.size = response->size;
	snprintf(answer.start, sizeof(answer.start), "%.*s",
		 response->size < 150 ? (int)response->size : 150, response->text);
	free(response->text);
}

void control_reply_error(struct control *control, uint64_t client, const char *format, ...)
{
	(void)control;
	(void)client;
	(void)format;
	refused++;
}

static uint64_t waits_from = 7; /* the number of the first client that has not gone */

bool control_is_waiting(const struct control *control, uint64_t client)
{
	(void)control;
	return client >= waits_from;
}

static void plan_of(enum deed what, size_t bytes, int text)
{
	struct generation running = {.number = 1};
	struct director director = {.loop = loop_create(), .running = &running};
	struct mono end = mono_add(mono_read(), TIME_LIMIT);

	deed = what;
	length = bytes;
	memset(&answer, 0, sizeof(answer));
	director_plan(&director, 7, text);
	if (deed == GROWN)
		assert_int_equal(ftruncate(director.plan.result, 65 * MIB), 0);
	while (answer.count == 0 && mono_before(mono_read(), end))
		loop_turn(director.loop, 100 * USEC_PER_MSEC);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.clients[0], 7);
	assert_int_equal(refused, 0);
	assert_false(timer_is_set(&director.plan.limit));
	loop_destroy(director.loop);
}

static void plan(enum deed what, size_t bytes)
{
	plan_of(what, bytes, -1);
}

static void an_answer_within_the_bound_is_handed_on(void **state)
{
	(void)state;
	plan(WRITE, 3);
	assert_string_equal(answer.start, "{\"ok\":true,\"generation\":1,\"doubt\":null,"
					  "\"changes\":\"xxx\",\"diagnostics\":\"\"}");
	plan(WRITE, 63 * MIB);
	assert_in_range(answer.size, 63 * MIB, 64 * MIB);
}

static void a_larger_one_is_refused_with_a_reason(void **state)
{
	(void)state;
	plan(WRITE, 64 * MIB);
	assert_string_equal(answer.start, "{\"ok\":false,\"error\":\"the plan has too many changes "
					  "to be sent: more than 64 MiB\"}");
}

/* One that a file has taken over. */
static void what_the_child_leaves_instead_of_an_answer_is_not_handed_on(void **state)
{
	static const enum deed deeds[] = {GROW, GROWN, TWO_LINES, NOTHING};

	(void)state;
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		plan(deeds[i], 0);
		assert_string_equal(
			answer.start,
			"{\"ok\":false,\"error\":\"the plan could not be made, see the log\"}");
	}
}

/* Of a text that somebody sent: only behind the checks' filter. */
static void the_child_is_bounded_and_believes_no_text(void **state)
{
	const struct rlimit lower = {32 * MIB, 32 * MIB};
	int status, text = memfd_create("text", MFD_CLOEXEC);

	(void)state;
	plan(SAY, 0);
	assert_non_null(strstr(answer.start, "\"as main, 60 s, 64 MiB, signal 9\""));
	plan_of(SAY, 0, text);
	assert_non_null(strstr(answer.start, geteuid() == 0 ? "\"dropped, 60 s, 64 MiB, signal 9\""
							    : "\"as main, 60 s"));
	if (fork() == 0) { /* a lower one that the daemon was started with stays */
		if (setrlimit(RLIMIT_FSIZE, &lower) != 0)
			_exit(EXIT_FAILURE);
		plan(SAY, 0);
		_exit(strstr(answer.start, "\"as main, 60 s, 32 MiB, signal 9\"") ? EXIT_SUCCESS
										  : EXIT_FAILURE);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
}

static void who_asked_first_is_answered_first(void **state)
{
	struct generation running = {.number = 1};
	struct director director = {.loop = loop_create(), .running = &running};
	struct mono end = mono_add(mono_read(), TIME_LIMIT);

	(void)state;
	memset(&answer, 0, sizeof(answer));
	deed = HANG;
	director_plan(&director, 7, -1);
	deed = NOTHING;
	for (unsigned client = 8; client <= 10; client++)
		director_plan(&director, client, -1);
	process_signal(&director.plan.process, SIGKILL);
	while (answer.count < 4 && mono_before(mono_read(), end))
		loop_turn(director.loop, 100 * USEC_PER_MSEC);
	assert_int_equal(answer.count, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(answer.clients[i], 7 + i);
	loop_destroy(director.loop);
}

/* Whoever asks and leaves keeps nobody else from asking. */
static void clients_that_have_gone_take_no_places(void **state)
{
	struct generation running = {.number = 1};
	struct director director = {.loop = loop_create(), .running = &running};
	int text;

	(void)state;
	deed = HANG;
	for (unsigned i = 0; i <= CONTROL_CLIENTS_MAX; i++) { /* the first one's begins */
		text = i == 0 ? -1 : dup(STDERR_FILENO);
		director_plan(&director, 7 + i, text);
	}
	assert_int_equal(director.plan.n_waiting, CONTROL_CLIENTS_MAX);
	int more = dup(STDERR_FILENO);
	director_plan(&director, 7 + CONTROL_CLIENTS_MAX, more);
	assert_int_equal(refused, 1);
	assert_int_equal(close(more), -1);
	refused = 0;
	waits_from = 8 + CONTROL_CLIENTS_MAX;
	director_plan(&director, waits_from, -1);
	assert_int_equal(director.plan.n_waiting, 1);
	assert_int_equal(director.plan.waiting[0].client, waits_from);
	assert_int_equal(close(text), -1);
	waits_from = 7;
	pid_t child = director.plan.process.pid;
	struct mono end = mono_add(mono_read(), TIME_LIMIT);
	director_plan_cancel(&director);
	while (waitpid(child, NULL, WNOHANG) == 0 && mono_before(mono_read(), end))
		usleep(1000);
	assert_int_equal(kill(child, 0), -1);
	loop_destroy(director.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_within_the_bound_is_handed_on),
		cmocka_unit_test(a_larger_one_is_refused_with_a_reason),
		cmocka_unit_test(the_child_is_bounded_and_believes_no_text),
		cmocka_unit_test(who_asked_first_is_answered_first),
		cmocka_unit_test(clients_that_have_gone_take_no_places),
		cmocka_unit_test(what_the_child_leaves_instead_of_an_answer_is_not_handed_on),
	};

	return cmocka_run_group_tests_name("core_plan", tests, NULL, NULL);
}
