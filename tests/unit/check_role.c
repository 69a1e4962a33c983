/* The check role between a configuration in text and a link to the ipvs role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/check_role.c"
#include "check/check_status.h"

struct fixture {
	struct role role;
	void *context;
	struct link *ipvs; /* the other end */
	unsigned n_verdicts;
	struct message_verdict last;
	int listener;
	char text[512];
};

static void on_verdict_message(struct link *link, struct message *message, void *data)
{
	struct fixture *fixture = data;

	(void)link;
	assert_int_equal(message->type, MESSAGE_VERDICT);
	memcpy(&fixture->last, message->payload, sizeof(fixture->last));
	fixture->n_verdicts++;
}

static void on_link_closed(struct link *link, void *data)
{
	struct fixture *fixture = data;

	link_destroy(link);
	fixture->ipvs = NULL;
}

static void give_link(struct fixture *fixture)
{
	int fds[2];

	assert_true(link_pair(fds));
	check_role.peer(fixture->context, ROLE_IPVS, 0, fds[0]);
	link_destroy(fixture->ipvs);
	fixture->ipvs = link_create(fixture->role.loop, fds[1], ROLE_IPVS, ROLE_CHECK, 0,
				    on_verdict_message, on_link_closed, fixture);
	fixture->n_verdicts = 0;
}

/* One real server with a TCP check, on a port where the kernel accepts. */
static void write_configuration(struct fixture *fixture)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	fixture->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fixture->listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fixture->listener, 16), 0);
	assert_int_equal(getsockname(fixture->listener, (struct sockaddr *)&address, &size), 0);
	int length = snprintf(fixture->text, sizeof(fixture->text),
			      "virtual_server 192.0.2.1 80 {\n"
			      "	delay_loop 1\n"
			      "	protocol TCP\n"
			      "	real_server 127.0.0.1 %u {\n"
			      "		TCP_CHECK {\n"
			      "			connect_timeout 1\n"
			      "		}\n"
			      "	}\n"
			      "}\n",
			      (unsigned)ntohs(address.sin_port));
	assert_in_range(length, 1, sizeof(fixture->text) - 1);
}

static void configure_role(struct fixture *fixture)
{
	uint32_t counts[STATUS_TABLES] = {[STATUS_TARGETS] = 1};
	struct status *status = status_create(&check_status_layout, ROLE_CHECK, 0,
					      fixture->role.generation + 1, counts);

	check_role.configure(fixture->context, fixture->text, strlen(fixture->text), status);
	if (fixture->role.status != NULL)
		status_unmap(fixture->role.status);
	fixture->role.status = status;
	fixture->role.generation++;
}

static void wait_for_a_verdict(struct fixture *fixture)
{
	while (fixture->n_verdicts == 0)
		loop_turn(fixture->role.loop, -1);
	assert_int_equal(fixture->last.verdict, VERDICT_PASS);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->role = (struct role){.kind = ROLE_CHECK, .loop = loop_create()};
	fixture->context = check_role.create(&fixture->role);
	write_configuration(fixture);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	check_role.destroy(fixture->context);
	link_destroy(fixture->ipvs);
	if (fixture->role.status != NULL)
		status_unmap(fixture->role.status);
	loop_destroy(fixture->role.loop);
	close(fixture->listener);
	free(fixture);
	return 0;
}

static void a_verdict_is_told_once(void **state)
{
	struct fixture *fixture = *state;
	struct target_status record;

	give_link(fixture);
	configure_role(fixture);
	wait_for_a_verdict(fixture);
	assert_true(status_read(fixture->role.status, STATUS_TARGETS, 0, &record));
	assert_int_equal(record.key, fixture->last.target);
	assert_int_equal(record.verdict, VERDICT_PASS);
	/* The next try passes too, which is no news. */
	while (record.passes < 2) {
		loop_turn(fixture->role.loop, -1);
		status_read(fixture->role.status, STATUS_TARGETS, 0, &record);
	}
	loop_turn(fixture->role.loop, 0);
	assert_int_equal(fixture->n_verdicts, 1);
}

static void a_new_link_gets_what_is_known(void **state)
{
	struct fixture *fixture = *state;

	configure_role(fixture);
	give_link(fixture);
	wait_for_a_verdict(fixture);
	give_link(fixture);
	wait_for_a_verdict(fixture);
}

static void a_reload_repeats_what_is_known(void **state)
{
	struct fixture *fixture = *state;

	give_link(fixture);
	configure_role(fixture);
	wait_for_a_verdict(fixture);
	fixture->n_verdicts = 0;
	configure_role(fixture);
	wait_for_a_verdict(fixture);
}

static void verdicts_without_a_link_are_kept_for_one(void **state)
{
	struct fixture *fixture = *state;
	struct target_status record = {.verdict = VERDICT_UNKNOWN};

	configure_role(fixture);
	while (record.verdict == VERDICT_UNKNOWN) {
		loop_turn(fixture->role.loop, -1);
		status_read(fixture->role.status, STATUS_TARGETS, 0, &record);
	}
	give_link(fixture);
	wait_for_a_verdict(fixture);
}

/* The ipvs role is slow: the verdict follows when the link has room. */
static void a_verdict_that_does_not_fit_the_link_follows(void **state)
{
	struct fixture *fixture = *state;
	const struct context *context = fixture->context;
	const struct message_verdict other = {.verdict = VERDICT_FAIL};
	struct mono end = mono_add(mono_read(), 30 * USEC_PER_SEC);
	struct target_status record = {.verdict = VERDICT_UNKNOWN};
	int fds[2];

	assert_true(link_pair(fds));
	check_role.peer(fixture->context, ROLE_IPVS, 0, fds[0]);
	configure_role(fixture);
	while (link_send(context->ipvs, MESSAGE_VERDICT, &other, sizeof(other)))
		continue;
	while (record.verdict == VERDICT_UNKNOWN) {
		loop_turn(fixture->role.loop, -1);
		status_read(fixture->role.status, STATUS_TARGETS, 0, &record);
	}
	fixture->ipvs = link_create(fixture->role.loop, fds[1], ROLE_IPVS, ROLE_CHECK, 0,
				    on_verdict_message, on_link_closed, fixture);
	while (fixture->last.target != record.key && mono_before(mono_read(), end))
		loop_turn(fixture->role.loop, 100 * USEC_PER_MSEC);
	assert_true(fixture->last.target == record.key);
	assert_int_equal(fixture->last.verdict, VERDICT_PASS);
}

static void the_soft_limit_of_descriptors_is_raised(void **state)
{
	struct rlimit limit;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(limit.rlim_cur, limit.rlim_max);
}

#define role_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		role_test(a_verdict_is_told_once),
		role_test(a_new_link_gets_what_is_known),
		role_test(a_reload_repeats_what_is_known),
		role_test(verdicts_without_a_link_are_kept_for_one),
		role_test(a_verdict_that_does_not_fit_the_link_follows),
		role_test(the_soft_limit_of_descriptors_is_raised),
	};

	return cmocka_run_group_tests_name("check_role", tests, NULL, NULL);
}
