/*
 * What a dead predecessor has left in the status memory: possible values are taken as they are,
 * impossible ones are none, whatever bytes there are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/process/message.h"
#include "vrrp/vrrp_status.h"

#define SECOND USEC_PER_SEC

static const struct mono now = {1000 * USEC_PER_SEC};

static struct instance_status good(void)
{
	struct instance_status record = {.name = "web",
					 .interface = "eth1",
					 .family = AF_INET,
					 .state = INSTANCE_BACKUP,
					 .checksum = CHECKSUM_GROUP,
					 .peer_priority = 200,
					 .peer_interval = SECOND,
					 .peer_heard = now.us - SECOND,
					 .advert_sent = now.us,
					 .down_due = now.us + 3 * SECOND,
					 .hold_until = now.us + 60 * SECOND};

	address_parse("10.0.0.1", &record.source);
	address_parse("10.0.0.2", &record.peer);
	address_parse("10.0.0.3", &record.refused.source);
	return record;
}

static void possible_values_are_kept(void **state)
{
	const struct instance_status before = good();
	struct instance_status record = before;

	(void)state;
	instance_status_mend(&record, now, 60 * SECOND);
	assert_memory_equal(&record, &before, sizeof(record));
}

static void impossible_values_are_none_issue_8(void **state)
{
	struct instance_status record = good();

	(void)state;
	record.state = INSTANCE_FAULT + 1;
	record.checksum = CHECKSUM_GROUP + 1;
	record.source.family = 77;
	record.refused.source.family = AF_UNIX;
	record.advert_sent = now.us + 1;
	record.down_due = now.us + 100000 * SECOND;
	record.hold_until = now.us + 61 * SECOND;
	instance_status_mend(&record, now, 60 * SECOND);
	assert_int_equal(record.state, INSTANCE_INIT);
	assert_int_equal(record.checksum, CHECKSUM_PSEUDO);
	assert_true(address_is_none(&record.source));
	assert_true(address_is_none(&record.refused.source));
	assert_true(record.advert_sent == 0 && record.down_due == 0 && record.hold_until == 0);
	assert_int_equal(record.peer_priority, 200);
}

/* An interval of 0 or of years, a voice from the future, another family. */
static void an_impossible_peer_is_none_issue_8(void **state)
{
	(void)state;
	for (unsigned wrong = 0; wrong < 5; wrong++) {
		struct instance_status record = good();

		if (wrong == 0)
			record.peer_interval = 0;
		else if (wrong == 1)
			record.peer_interval = INT64_MAX;
		else if (wrong == 2)
			record.peer_heard = INT64_MAX;
		else if (wrong == 3)
			record.peer.family = AF_INET6;
		else
			record.peer_heard = -1;
		instance_status_mend(&record, now, 0);
		assert_true(address_is_none(&record.peer));
		assert_int_equal(record.peer_priority, 0);
		assert_true(record.peer_heard == 0 && record.peer_interval == 0);
	}
}

/* Nobody reads past the end of a text. */
static void any_bytes_are_survived_issue_8(void **state)
{
	unsigned seed = 20261129;

	(void)state;
	for (unsigned round = 0; round < 1000; round++) {
		struct instance_status record;
		uint8_t *bytes = (uint8_t *)&record;

		for (size_t i = 0; i < sizeof(record); i++)
			bytes[i] = round == 0 ? 0xff : (uint8_t)rand_r(&seed);
		instance_status_mend(&record, now, 60 * SECOND);
		assert_in_range(record.state, INSTANCE_INIT, INSTANCE_FAULT);
		assert_non_null(checksum_form_name((enum checksum_form)record.checksum));
		assert_non_null(memchr(record.name, 0, sizeof(record.name)));
		assert_non_null(memchr(record.interface, 0, sizeof(record.interface)));
		assert_non_null(memchr(record.refused.text, 0, sizeof(record.refused.text)));
		for (unsigned kind = 0; kind < INSTANCE_REASONS; kind++)
			assert_non_null(memchr(record.reasons[kind].text, 0,
					       sizeof(record.reasons[kind].text)));
		assert_true(record.peer_heard <= now.us && record.advert_sent <= now.us);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(possible_values_are_kept),
		cmocka_unit_test(impossible_values_are_none_issue_8),
		cmocka_unit_test(an_impossible_peer_is_none_issue_8),
		cmocka_unit_test(any_bytes_are_survived_issue_8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
