/* The keyword tables, and what is built on them: look-up, bits of members, suggestions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <string.h>

#include "conf/table/conf.h"
#include "conf/table/keyword.h"
#include "conf/text/suggest.h"

static struct keyword_index *keywords;

static int setup(void **state)
{
	(void)state;
	keywords = keyword_index_create();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	keyword_index_destroy(keywords);
	return 0;
}

static void every_row_is_found_once_and_documented(void **state)
{
	const struct keyword_entry *entries;
	size_t block, i, count;

	(void)state;
	for (block = 0; block < BLOCKS; block++) {
		entries = keyword_entries(keywords, (enum block)block, &count);
		assert_true(count + block_type((enum block)block)->n_heads > 0 ||
			    block == BLOCK_MEMBERS); /* names only */
		for (i = 0; i < count; i++) {
			const char *name = entries[i].row->name;

			/* Finds the first of two rows of one name, so a second one would differ. */
			assert_ptr_equal(
				keyword_find(keywords, (enum block)block, name, strlen(name)),
				&entries[i]);
			assert_non_null(entries[i].row->doc);
			/* A phrase to follow "will not". */
			assert_true(islower(entries[i].row->doc[0]));
		}
	}
}

static void a_keyword_belongs_to_its_block(void **state)
{
	(void)state;
	assert_non_null(keyword_find(keywords, BLOCK_INSTANCE, "priority", 8));
	assert_null(keyword_find(keywords, BLOCK_INSTANCE, "priorit", 7));
	assert_null(keyword_find(keywords, BLOCK_INSTANCE, "priorityy", 9));
	assert_null(keyword_find(keywords, BLOCK_INSTANCE, "", 0));
	assert_null(keyword_find(keywords, BLOCK_SERVER, "priority", 8));
}

static void aliases_share_their_member_s_bit(void **state)
{
	const struct keyword_entry *algo = keyword_find(keywords, BLOCK_SERVICE, "lb_algo", 7);
	const struct keyword_entry *sched = keyword_find(keywords, BLOCK_SERVICE, "lvs_sched", 9);

	(void)state;
	assert_int_equal(algo->bit, sched->bit);
	assert_int_not_equal(algo->bit, KEYWORD_NO_BIT);
}

static void inherited_members_have_the_same_bit_everywhere(void **state)
{
	static const char *const names[] = {"delay_loop", "retry", "delay_before_retry",
					    "connect_timeout"};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		size_t length = strlen(names[i]);
		uint16_t bit = keyword_find(keywords, BLOCK_SERVICE, names[i], length)->bit;

		assert_int_equal(keyword_find(keywords, BLOCK_SERVER, names[i], length)->bit, bit);
		assert_int_equal(keyword_find(keywords, BLOCK_HTTP_GET, names[i], length)->bit,
				 bit);
	}
}

static void members_are_walked_once_without_aliases(void **state)
{
	const struct keyword *row;
	unsigned methods = 0;
	uint16_t offset;
	size_t at = 0;

	(void)state;
	while ((row = block_member(BLOCK_SERVER, sizeof(struct server_conf), &at, &offset)))
		methods += offset == offsetof(struct server_conf, forward);
	assert_int_equal(methods, 1);
}

static void distance_counts_edits_and_swaps(void **state)
{
	(void)state;
	assert_int_equal(suggest_distance("abc", 3, "abc", 3, 3), 0);
	assert_int_equal(suggest_distance("abc", 3, "acb", 3, 3), 1);
	assert_int_equal(suggest_distance("abc", 3, "ab", 2, 3), 1);
	assert_int_equal(suggest_distance("abc", 3, "axbc", 4, 3), 1);
	assert_int_equal(suggest_distance("abc", 3, "xyc", 3, 3), 2);
	assert_int_equal(suggest_distance("ca", 2, "abc", 3, 5), 3);
	assert_int_equal(suggest_distance("abc", 3, "xyz", 3, 1), 2);
	assert_int_equal(suggest_distance("", 0, "abcdef", 6, 2), 3);
}

static void suggestions_are_near_and_of_the_block(void **state)
{
	(void)state;
	assert_string_equal(keyword_suggest(keywords, BLOCK_INSTANCE, "priorty", 7), "priority");
	assert_string_equal(keyword_suggest(keywords, BLOCK_SERVICE, "lb_aglo", 7), "lb_algo");
	assert_null(keyword_suggest(keywords, BLOCK_INSTANCE, "elephant", 8));
	assert_null(keyword_suggest(keywords, BLOCK_INSTANCE, "x", 1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_once_and_documented),
		cmocka_unit_test(a_keyword_belongs_to_its_block),
		cmocka_unit_test(aliases_share_their_member_s_bit),
		cmocka_unit_test(inherited_members_have_the_same_bit_everywhere),
		cmocka_unit_test(members_are_walked_once_without_aliases),
		cmocka_unit_test(distance_counts_edits_and_swaps),
		cmocka_unit_test(suggestions_are_near_and_of_the_block),
	};

	return cmocka_run_group_tests_name("conf_keyword", tests, setup, teardown);
}
