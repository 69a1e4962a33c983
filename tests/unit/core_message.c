/* The table of messages: who may say what to whom, and what is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/process/message.h"

#define KEEPER	(1U << ROLE_KEEPER)
#define MAIN	(1U << ROLE_MAIN)
#define VRRP	(1U << ROLE_VRRP)
#define NET	(1U << ROLE_NET)
#define IPVS	(1U << ROLE_IPVS)
#define CHECK	(1U << ROLE_CHECK)
#define WORKERS (VRRP | NET | IPVS | CHECK)

/* The design's list: verdicts flow check -> ipvs, role changes vrrp -> ipvs, orders and answers
 * between main and its workers, what is kept between main and the keeper. */
static const struct allowed {
	enum message_type type;
	unsigned from, to;
	size_t size;
	unsigned n_fds;
} allowed[MESSAGE_TYPES] = {
	{MESSAGE_CONFIGURE, MAIN, WORKERS, sizeof(struct message_configure), 2},
	{MESSAGE_PEER, MAIN, WORKERS, sizeof(struct message_peer), 1},
	{MESSAGE_PEER_LOST, WORKERS, MAIN, sizeof(struct message_peer), 0},
	{MESSAGE_STOP, MAIN, WORKERS, sizeof(struct message_stop), 0},
	{MESSAGE_CONFIGURED, WORKERS, MAIN, sizeof(struct message_configured), 0},
	{MESSAGE_STOPPED, WORKERS, MAIN, 0, 0},
	{MESSAGE_LOG, WORKERS, MAIN, sizeof(struct message_log), 0},
	{MESSAGE_STANDBY, MAIN, VRRP, sizeof(struct message_instance_request), 0},
	{MESSAGE_TAKEOVER, MAIN, VRRP, sizeof(struct message_instance_request), 0},
	{MESSAGE_DONE, VRRP, MAIN, sizeof(struct message_done), 0},
	{MESSAGE_NOTIFY, VRRP, MAIN, sizeof(struct message_notify), 0},
	{MESSAGE_VMAC_SYSCTLS, NET, MAIN, sizeof(struct message_vmac_sysctls), 0},
	{MESSAGE_FENCE, VRRP, MAIN, sizeof(struct message_fence), 0},
	{MESSAGE_FENCED, MAIN, VRRP, sizeof(struct message_fenced), 0},
	{MESSAGE_SLOTS, VRRP, NET, 0, 0},
	{MESSAGE_DUMP, VRRP, NET, sizeof(struct message_dump), 0},
	{MESSAGE_FEED, NET, VRRP, sizeof(struct message_feed), 1},
	{MESSAGE_ADDRESS, NET, VRRP, sizeof(struct message_address), 0},
	{MESSAGE_VMAC, NET, VRRP, sizeof(struct message_vmac), 0},
	{MESSAGE_INSTANCE, VRRP, IPVS, sizeof(struct message_instance), 0},
	{MESSAGE_VERDICT, CHECK, IPVS, sizeof(struct message_verdict), 0},
	{MESSAGE_HANDOVER, MAIN, KEEPER, sizeof(struct message_handover), 3},
	{MESSAGE_HANDBACK, KEEPER, MAIN, sizeof(struct message_handover), 0},
	{MESSAGE_ALIVE, MAIN, KEEPER, 0, 0},
	{MESSAGE_KEEPER_ALIVE, KEEPER, MAIN, 0, 0},
	{MESSAGE_HANDBACK_END, KEEPER, MAIN, sizeof(struct message_handback_end), 0},
};

static void nothing_is_allowed_between_roles_but_what_the_design_names(void **state)
{
	const struct allowed *row;
	int from, to;
	bool wanted;
	size_t i;

	(void)state;
	for (i = 0; i < MESSAGE_TYPES; i++) {
		row = &allowed[i];
		for (from = 0; from < ROLE_KINDS; from++) {
			for (to = 0; to < ROLE_KINDS; to++) {
				wanted = (row->from & 1U << from) != 0 && (row->to & 1U << to) != 0;
				assert_int_equal(message_refusal(row->type, (enum role_kind)from,
								 (enum role_kind)to, row->size,
								 row->n_fds) == NULL,
						 wanted);
			}
		}
	}
	assert_non_null(
		message_refusal((enum message_type)MESSAGE_TYPES, ROLE_MAIN, ROLE_VRRP, 0, 0));
	assert_non_null(message_refusal((enum message_type) - 1, ROLE_MAIN, ROLE_VRRP, 0, 0));
	assert_non_null(message_refusal(MESSAGE_STOP, ROLE_MAIN, (enum role_kind)99,
					sizeof(struct message_stop), 0));
}

static void a_message_of_another_size_is_refused(void **state)
{
	const struct allowed *row;
	enum role_kind from, to;
	size_t i;

	(void)state;
	for (i = 0; i < MESSAGE_TYPES; i++) {
		row = &allowed[i];
		from = (enum role_kind)__builtin_ctz(row->from);
		to = (enum role_kind)__builtin_ctz(row->to);
		assert_null(message_refusal(row->type, from, to, row->size, row->n_fds));
		assert_non_null(message_refusal(row->type, from, to, row->size + 1, row->n_fds));
		assert_non_null(message_refusal(row->type, from, to, row->size, 4));
		if (row->type != MESSAGE_LOG && row->size > 0)
			assert_non_null(
				message_refusal(row->type, from, to, row->size - 1, row->n_fds));
	}
	assert_non_null(message_refusal(MESSAGE_LOG, ROLE_CHECK, ROLE_MAIN,
					offsetof(struct message_log, text), 0));
}

static void descriptors_that_belong_to_a_message_may_not_be_missing(void **state)
{
	(void)state;
	assert_non_null(message_refusal(MESSAGE_CONFIGURE, ROLE_MAIN, ROLE_VRRP,
					sizeof(struct message_configure), 1));
	assert_non_null(message_refusal(MESSAGE_PEER, ROLE_MAIN, ROLE_VRRP,
					sizeof(struct message_peer), 0));
}

static void texts_must_end_within_their_message(void **state)
{
	struct message_log line = {.level = LOG_LEVEL_INFO};
	struct message_instance instance = {.state = INSTANCE_ACTIVE};
	const size_t cut = offsetof(struct message_log, text) + 4;

	(void)state;
	memset(line.text, 'x', sizeof(line.text));
	assert_non_null(message_content_refusal(MESSAGE_LOG, &line, cut));
	assert_non_null(message_content_refusal(MESSAGE_LOG, &line, sizeof(line)));
	line.text[3] = '\0';
	assert_null(message_content_refusal(MESSAGE_LOG, &line, cut));
	memset(instance.name, 'x', sizeof(instance.name)); /* the state's zero bytes do not count */
	assert_non_null(message_content_refusal(MESSAGE_INSTANCE, &instance, sizeof(instance)));
	instance.name[sizeof(instance.name) - 1] = '\0';
	assert_null(message_content_refusal(MESSAGE_INSTANCE, &instance, sizeof(instance)));
}

static void values_outside_their_enum_are_refused(void **state)
{
	struct message_verdict verdict = {.verdict = VERDICT_FAIL};

	(void)state;
	assert_null(message_content_refusal(MESSAGE_VERDICT, &verdict, sizeof(verdict)));
	verdict.verdict = VERDICT_FAIL + 1;
	assert_non_null(message_content_refusal(MESSAGE_VERDICT, &verdict, sizeof(verdict)));
}

static void every_message_has_a_name(void **state)
{
	int type, other;

	(void)state;
	for (type = 0; type < MESSAGE_TYPES; type++)
		for (other = 0; other < type; other++)
			assert_string_not_equal(message_type_name((enum message_type)type),
						message_type_name((enum message_type)other));
	assert_string_equal(message_type_name((enum message_type)99), "?");
	assert_string_equal(role_kind_name((enum role_kind)99), "?");
	assert_string_equal(instance_state_name(INSTANCE_ACTIVE), "active");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_allowed_between_roles_but_what_the_design_names),
		cmocka_unit_test(a_message_of_another_size_is_refused),
		cmocka_unit_test(descriptors_that_belong_to_a_message_may_not_be_missing),
		cmocka_unit_test(texts_must_end_within_their_message),
		cmocka_unit_test(values_outside_their_enum_are_refused),
		cmocka_unit_test(every_message_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
