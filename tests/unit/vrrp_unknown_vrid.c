/* Virtual routers that are nobody's here: what status keeps of them, which is bounded, and whose
 * VRID is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "vrrp/unknown_vrid.h"

static struct loop *loop;
static struct instance_addresses *addresses;
static struct unknown_vrids *unknown;
static struct status *status;
static struct interface interface;
static unsigned n_wrong;

static const char *on_wrong(struct instance_address *address, const struct address *source,
			    uint8_t vrid, void *data)
{
	(void)source;
	(void)data;
	assert_int_equal(vrid, 77);
	n_wrong++;
	return (const char *)address->owner;
}

static void on_event(struct instance_address *address, enum address_event event, int error,
		     void *data)
{
	(void)address;
	(void)event;
	(void)error;
	(void)data;
}

static int set_up(void **state)
{
	const uint32_t counts[STATUS_TABLES] = {[STATUS_UNKNOWN_VRIDS] = STATUS_UNKNOWN_VRIDS_MAX};

	(void)state;
	interface = (struct interface){.name = "eth1"};
	loop = loop_create();
	addresses = instance_addresses_create(on_event, NULL);
	status = status_create(&vrrp_status_layout, ROLE_VRRP, 0, 1, counts);
	unknown = unknown_vrids_create(loop, addresses, on_wrong, NULL);
	unknown_vrids_configure(unknown, status, false);
	n_wrong = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unknown_vrids_destroy(unknown);
	instance_addresses_destroy(addresses);
	status_unmap(status);
	loop_destroy(loop);
	return 0;
}

/* An advert with that VRID that lists 10.9.0.`listed`. */
static void hear(unsigned vrid, uint8_t listed)
{
	const uint8_t payload[12] = {0x31, (uint8_t)vrid, 100, 1, 0, 100, 0, 0, 10, 9, 0, listed};
	struct packet_envelope envelope = {0};

	assert_true(address_parse("192.0.2.1", &envelope.source));
	unknown_vrids_heard(unknown, &interface, &envelope, payload, sizeof(payload));
}

/* How many records of it there are; one goes to *found. */
static unsigned count(unsigned vrid, struct unknown_vrid_status *found)
{
	struct unknown_vrid_status record;
	unsigned n = 0;

	for (uint32_t i = 0; i < STATUS_UNKNOWN_VRIDS_MAX; i++) {
		if (!status_read(status, STATUS_UNKNOWN_VRIDS, i, &record) || !record.family ||
		    record.vrid != vrid)
			continue;
		*found = record;
		n++;
	}
	return n;
}

static void who_was_not_heard_for_longest_makes_place_issue_8_32(void **state)
{
	struct unknown_vrid_status found;

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned vrid = 1; vrid <= STATUS_UNKNOWN_VRIDS_MAX; vrid++)
			if (round == 0 || vrid != 3)
				hear(vrid, 1);
		usleep(1000);
		loop_turn(loop, 0);
	}
	assert_int_equal(count(3, &found), 1);
	hear(200, 1);
	assert_int_equal(count(200, &found), 1);
	assert_string_equal(found.interface, "eth1");
	assert_int_equal(found.priority, 100);
	assert_int_equal(found.heard, loop_now(loop).us);
	assert_int_equal(count(3, &found), 0);
	for (unsigned vrid = 1; vrid <= STATUS_UNKNOWN_VRIDS_MAX; vrid++)
		if (vrid != 3)
			assert_int_equal(count(vrid, &found), 1);
}

static void who_lists_an_address_of_ours_has_a_wrong_vrid_issue_8_32(void **state)
{
	struct address_conf conf = {.prefix = 24, .preferred_lft = ADDRESS_FOREVER};
	char owner[] = "web";
	struct unknown_vrid_status found;

	(void)state;
	assert_true(address_parse("10.9.0.7", &conf.address));
	instance_addresses_reload_begin(addresses, 8);
	instance_addresses_claim(addresses, &interface, &conf, (struct instance *)(void *)owner);
	instance_addresses_reload_end(addresses);
	for (unsigned n = 1; n <= 2; n++) { /* for as long as it is so */
		hear(77, 7);
		assert_int_equal(n_wrong, n);
		assert_int_equal(count(77, &found), 1);
		assert_string_equal(found.instance, "web");
	}
	hear(77, 8); /* its own addresses were put right */
	assert_int_equal(n_wrong, 2);
	assert_int_equal(count(77, &found), 1);
	assert_string_equal(found.instance, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			who_was_not_heard_for_longest_makes_place_issue_8_32, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			who_lists_an_address_of_ours_has_a_wrong_vrid_issue_8_32, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
