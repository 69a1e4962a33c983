/* Verdicts by target key: remembered over reloads, also those that came too early. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "ipvs/verdicts.h"

#define TARGETS 1000

static struct conf make_conf(uint64_t first_key)
{
	struct conf conf = {.n_targets = TARGETS};

	conf.targets = calloc(TARGETS, sizeof(*conf.targets));
	assert_non_null(conf.targets);
	for (size_t i = 0; i < TARGETS; i++)
		conf.targets[i].key = (first_key + i) << 32; /* a poor hash, on purpose */
	return conf;
}

static void verdict_reaches_its_target_once(void **state)
{
	struct conf conf = make_conf(1);
	struct verdicts *verdicts = verdicts_create(&conf, NULL);

	(void)state;
	for (uint32_t i = 0; i < TARGETS; i++) {
		uint64_t key = conf.targets[i].key;

		assert_int_equal(verdicts_by_target(verdicts)[i], VERDICT_UNKNOWN);
		assert_int_equal(verdicts_set(verdicts, key, VERDICT_FAIL), i);
		assert_int_equal(verdicts_set(verdicts, key, VERDICT_FAIL), VERDICTS_NO_TARGET);
		assert_int_equal(verdicts_set(verdicts, key, VERDICT_UNKNOWN), VERDICTS_NO_TARGET);
		assert_int_equal(verdicts_by_target(verdicts)[i], VERDICT_FAIL);
	}
	verdicts_destroy(verdicts);
	free(conf.targets);
}

static void reload_keeps_known_and_early_verdicts(void **state)
{
	struct conf conf = make_conf(1);
	struct conf next = make_conf(1 + TARGETS / 2); /* half old, half new targets */
	struct verdicts *verdicts = verdicts_create(&conf, NULL);
	struct verdicts *reloaded;

	(void)state;
	for (size_t i = 0; i < TARGETS; i++)
		verdicts_set(verdicts, conf.targets[i].key, VERDICT_PASS);
	/* The check workers were reloaded before us. */
	for (size_t i = TARGETS / 2; i < TARGETS; i++)
		assert_int_equal(verdicts_set(verdicts, next.targets[i].key, VERDICT_FAIL),
				 VERDICTS_NO_TARGET);
	reloaded = verdicts_create(&next, verdicts);
	for (size_t i = 0; i < TARGETS; i++)
		assert_int_equal(verdicts_by_target(reloaded)[i],
				 i < TARGETS / 2 ? VERDICT_PASS : VERDICT_FAIL);
	verdicts_destroy(verdicts);
	verdicts_destroy(reloaded);
	free(conf.targets);
	free(next.targets);
}

static void verdicts_before_the_first_configuration_are_kept(void **state)
{
	const struct conf nothing = {0};
	struct conf conf = make_conf(1);
	struct verdicts *early = verdicts_create(&nothing, NULL);
	struct verdicts *verdicts;

	(void)state;
	for (size_t i = 0; i < TARGETS; i++)
		verdicts_set(early, conf.targets[i].key, VERDICT_FAIL);
	verdicts = verdicts_create(&conf, early);
	for (size_t i = 0; i < TARGETS; i++)
		assert_int_equal(verdicts_by_target(verdicts)[i], VERDICT_FAIL);
	verdicts_destroy(early);
	verdicts_destroy(verdicts);
	free(conf.targets);
}

/* A check worker that invents targets cannot fill the memory, and takes no place from others. */
static void strays_are_bounded_beside_the_targets(void **state)
{
	const uint64_t most = UINT64_C(1) << 20;
	struct conf conf = make_conf(1), next = make_conf(1);
	struct verdicts *verdicts = verdicts_create(&conf, NULL);
	struct verdicts *reloaded;

	(void)state;
	for (uint64_t i = 0; i <= most; i++)
		assert_int_equal(verdicts_set(verdicts, i << 8 | 1, VERDICT_FAIL),
				 VERDICTS_NO_TARGET);
	next.targets[0].key = (most - 1) << 8 | 1; /* the last that was kept */
	next.targets[1].key = most << 8 | 1;
	reloaded = verdicts_create(&next, verdicts);
	assert_int_equal(verdicts_by_target(reloaded)[0], VERDICT_FAIL);
	assert_int_equal(verdicts_by_target(reloaded)[1], VERDICT_UNKNOWN);
	verdicts_destroy(verdicts);
	verdicts_destroy(reloaded);
	free(conf.targets);
	free(next.targets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdict_reaches_its_target_once),
		cmocka_unit_test(reload_keeps_known_and_early_verdicts),
		cmocka_unit_test(verdicts_before_the_first_configuration_are_kept),
		cmocka_unit_test(strays_are_bounded_beside_the_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
