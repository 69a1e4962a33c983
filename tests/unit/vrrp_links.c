/* What the engine is told of adverts that come over several links.  Time stands still but where the
 * test lets it pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "vrrp/instance.h"

#define INTERVAL (20 * USEC_PER_MSEC)

static struct shared shared;
static struct interface interfaces[2];
static struct instance_conf conf;
static struct instance instance;
static struct instance_link links[2], *list[2] = {&links[0], &links[1]};
static struct engine_event event;

static struct address parse(const char *text)
{
	struct address address;

	assert_true(address_parse(text, &address));
	return address;
}

static int set_up(void **state)
{
	const uint32_t counts[STATUS_TABLES] = {[STATUS_LINKS] = 2};

	(void)state;
	shared = (struct shared){.loop = loop_create()};
	shared.status = status_create(&vrrp_status_layout, ROLE_VRRP, 0, 1, counts);
	conf = (struct instance_conf){.name = "web", .priority = 100};
	instance = (struct instance){.shared = &shared, .conf = &conf, .interface = &interfaces[0]};
	instance.member.config.priority = conf.priority;
	instance.member.source = parse("10.0.0.9");
	instance.links = (struct instance_links){.list = list, .n = 2};
	for (uint32_t i = 0; i < 2; i++)
		links[i] = (struct instance_link){
			.instance = &instance, .interface = &interfaces[i], .position = i};
	links[1].source = parse("10.1.0.9");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	status_unmap(shared.status);
	loop_destroy(shared.loop);
	return 0;
}

/* True: the engine is told, of `event`. */
static bool heard(unsigned link, const char *sender, uint8_t priority)
{
	event = (struct engine_event){.kind = EVENT_ADVERT,
				      .source = parse(sender),
				      .priority = priority,
				      .interval = INTERVAL};
	return instance_link_heard(&links[link], &event);
}

static void let_an_interval_pass(void)
{
	usleep(INTERVAL);
	loop_turn(shared.loop, 0);
}

static void a_copy_on_another_link_is_nothing_new_issue_8_32(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 2; first++) {
		assert_true(heard(first, first == 0 ? "10.0.0.1" : "10.1.0.1", 120));
		assert_false(heard(1 - first, first == 0 ? "10.1.0.1" : "10.0.0.1", 120));
		let_an_interval_pass();
	}
	assert_true(heard(0, "10.0.0.1", 120));
	assert_true(heard(0, "10.0.0.1", 120)); /* another one on the same link is none */
}

static void another_priority_on_another_link_is_news_at_once_issue_8_32(void **state)
{
	(void)state;
	assert_true(heard(0, "10.0.0.1", 120));
	assert_true(heard(1, "10.1.0.1", 0)); /* it resigns, and its first link is cut */
	assert_false(heard(0, "10.0.0.1", 0));
}

static void another_link_takes_the_place_of_one_that_is_silent_issue_8_32(void **state)
{
	(void)state;
	assert_true(heard(0, "10.0.0.1", 120));
	assert_false(heard(1, "10.1.0.1", 120));
	for (unsigned i = 0; i < 3; i++) {
		let_an_interval_pass();
		assert_true(heard(1, "10.1.0.1", 120));
	}
	assert_false(heard(0, "10.0.0.1", 120));
}

static void a_peer_is_known_by_its_address_on_the_first_link_issue_8_32(void **state)
{
	const struct address first = parse("10.0.0.1"), other = parse("10.1.0.1");

	(void)state;
	assert_true(heard(1, "10.1.0.1", 120)); /* not yet */
	assert_int_equal(address_compare(&event.source, &other), 0);
	assert_int_equal(address_compare(&event.own, &links[1].source), 0);
	assert_false(heard(0, "10.0.0.1", 120));
	let_an_interval_pass();
	assert_true(heard(1, "10.1.0.1", 120));
	assert_int_equal(address_compare(&event.source, &first), 0);
	assert_true(address_is_none(&event.own));
	let_an_interval_pass();
	assert_true(heard(1, "10.1.0.2", 120)); /* somebody else */
	assert_int_equal(address_compare(&event.own, &links[1].source), 0);
}

int main(void)
{
#define LINKS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		LINKS_TEST(a_copy_on_another_link_is_nothing_new_issue_8_32),
		LINKS_TEST(another_priority_on_another_link_is_news_at_once_issue_8_32),
		LINKS_TEST(another_link_takes_the_place_of_one_that_is_silent_issue_8_32),
		LINKS_TEST(a_peer_is_known_by_its_address_on_the_first_link_issue_8_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
