/* Probes: equal ones are one target; keys are stable and unique. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/model/target.h"

static struct target_conf probe(uint16_t port)
{
	struct target_conf target = {
		.kind = CHECK_TCP,
		.port = port,
		.retry = 1,
		.interval = 6000000,
		.delay_before_retry = 1000000,
		.timeout = 5000000,
	};

	assert_true(address_parse("10.0.0.1", &target.address));
	return target;
}

static void equal_probes_are_one_target(void **state)
{
	struct target_set *set = target_set_create(UINT64_MAX);
	struct target_conf a = probe(80), b = probe(80), c = probe(81);

	(void)state;
	b.place.line = 7; /* where it stands in the file does not matter */
	assert_int_equal(target_set_add(set, &a), 0);
	assert_int_equal(target_set_add(set, &c), 1);
	assert_int_equal(target_set_add(set, &b), 0);
	assert_int_equal(target_set_all(set)->count, 2);
	target_set_destroy(set);
}

static void every_parameter_counts(void **state)
{
	static const struct url_conf urls[1] = {{.path = "/"}};
	struct target_set *set = target_set_create(UINT64_MAX);
	struct target_conf variants[10];
	size_t i;

	(void)state;
	for (i = 0; i < 10; i++)
		variants[i] = probe(80);
	variants[1].kind = CHECK_HTTP;
	variants[2].alpha = true;
	variants[3].address.v4.s_addr++;
	variants[4].retry++;
	variants[5].interval++;
	variants[6].delay_before_retry++;
	variants[7].timeout++;
	variants[8].virtualhost = "a";
	variants[9].urls = urls;
	variants[9].n_urls = 1;
	for (i = 0; i < 10; i++)
		assert_int_equal(target_set_add(set, &variants[i]), i);
	assert_int_equal(target_set_all(set)->count, 10);
	target_set_destroy(set);
}

static void the_key_is_the_same_in_every_set(void **state)
{
	struct target_set *one = target_set_create(UINT64_MAX);
	struct target_set *other = target_set_create(UINT64_MAX);
	struct target_conf a = probe(80), b = probe(81), again = probe(80);

	(void)state;
	target_set_add(one, &a);
	target_set_add(other, &b);
	target_set_add(other, &again);
	assert_true(a.key == again.key);
	assert_true(a.key != b.key);
	target_set_destroy(one);
	target_set_destroy(other);
}

/* With hashes of 8 bits, 100 probes collide often; all must stay apart, and be found again. */
static void colliding_hashes_get_keys_of_their_own(void **state)
{
	struct target_set *set = target_set_create(0xff);
	const struct target_conf *targets;
	size_t i, j;

	(void)state;
	for (i = 0; i < 100; i++) {
		struct target_conf target = probe((uint16_t)(i + 1));

		assert_int_equal(target_set_add(set, &target), i);
	}
	for (i = 0; i < 100; i++) {
		struct target_conf target = probe((uint16_t)(i + 1));

		assert_int_equal(target_set_add(set, &target), i);
	}
	targets = target_set_all(set)->items;
	assert_int_equal(target_set_all(set)->count, 100);
	for (i = 0; i < 100; i++) {
		for (j = 0; j < i; j++)
			assert_true(targets[i].key != targets[j].key);
	}
	target_set_destroy(set);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_probes_are_one_target),
		cmocka_unit_test(every_parameter_counts),
		cmocka_unit_test(the_key_is_the_same_in_every_set),
		cmocka_unit_test(colliding_hashes_get_keys_of_their_own),
	};

	return cmocka_run_group_tests_name("conf_target", tests, NULL, NULL);
}
