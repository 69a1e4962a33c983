/* The arena: pieces are zeroed, aligned, apart, and stay where they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

#define SEED	 20261122U
#define N_PIECES 3000

static void pieces_are_zeroed_aligned_and_never_overlap(void **state)
{
	struct arena *arena = arena_create();
	static unsigned char *pieces[N_PIECES];
	static size_t sizes[N_PIECES];
	size_t i, j, total = 0;

	(void)state;
	print_message("seed %u\n", SEED);
	srandom(SEED);
	for (i = 0; i < N_PIECES; i++) {
		sizes[i] = (size_t)random() % (i % 100 == 0 ? 50000 : 200);
		pieces[i] = arena_alloc(arena, sizes[i]);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		for (j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)(i % 251), sizes[i]);
		total += sizes[i];
	}
	for (i = 0; i < N_PIECES; i++)
		for (j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], i % 251);
	assert_in_range(arena_size(arena), total, total * 2);
	arena_destroy(arena);
}

static void texts_are_copied_whole(void **state)
{
	struct arena *arena = arena_create();
	char original[] = "director";
	char *copy = arena_strdup(arena, original);
	char *part = arena_strndup(arena, original, 6);
	char *printed = arena_printf(arena, "%s %0*d", original, 20000, 7);

	(void)state;
	memset(original, 'x', sizeof(original) - 1);
	assert_string_equal(copy, "director");
	assert_string_equal(part, "direct");
	assert_int_equal(strlen(printed), 20009);
	assert_int_equal(printed[20008], '7');
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_never_overlap),
		cmocka_unit_test(texts_are_copied_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
