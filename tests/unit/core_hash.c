/* Hashing: what was added is found, and few items share a hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/hash.h"

#define NUMBERS 4096

struct wanted {
	unsigned shift;
	uint64_t number;
	unsigned *compared;
};

static bool is_wanted(const void *context, uint32_t item)
{
	const struct wanted *wanted = context;

	(*wanted->compared)++;
	return (uint64_t)item << wanted->shift == wanted->number;
}

/* Wherever in the number they differ. */
static void numbers_hardly_ever_share_a_hash(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift <= 64 - 12; shift++) {
		struct hash table = {0};
		unsigned compared = 0;

		for (uint32_t i = 0; i < NUMBERS; i++)
			hash_add(&table, hash_number(HASH_SEED, (uint64_t)i << shift), i);
		for (uint32_t i = 0; i < NUMBERS; i++) {
			struct wanted wanted = {shift, (uint64_t)i << shift, &compared};
			uint64_t hash = hash_number(HASH_SEED, wanted.number);

			assert_int_equal(hash_find(&table, hash, is_wanted, &wanted), i);
		}
		assert_in_range(compared, NUMBERS, NUMBERS + NUMBERS / 64);
		hash_free(&table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_hardly_ever_share_a_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
