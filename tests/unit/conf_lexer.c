/* The lexer: bytes to words, with their places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "conf/text/diagnostic.h"
#include "conf/text/lexer.h"
#include "core/base/arena.h"

struct fixture {
	struct arena *arena;
	struct diagnostics *diagnostics;
	struct lexer lexer;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture.arena = arena_create();
	fixture.diagnostics = diagnostics_create();
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	diagnostics_destroy(fixture->diagnostics);
	arena_destroy(fixture->arena);
	return 0;
}

static void start(struct fixture *fixture, const char *text, size_t size)
{
	lexer_start(&fixture->lexer, "test", text, size, fixture->arena, fixture->diagnostics);
}

/* All tokens in one line: words in brackets, ';' for a line's end. */
static const char *tokens(struct fixture *fixture, const char *text)
{
	static char out[1024];
	size_t used = 0;
	struct token token;

	start(fixture, text, strlen(text));
	out[0] = '\0';
	for (;;) {
		token = lexer_next(&fixture->lexer);
		assert_true(used < sizeof(out) - 64);
		switch (token.kind) {
		case TOKEN_WORD:
			used += (size_t)sprintf(out + used, "[%.*s]", (int)token.length,
						token.text);
			break;
		case TOKEN_OPEN:
			used += (size_t)sprintf(out + used, "{");
			break;
		case TOKEN_CLOSE:
			used += (size_t)sprintf(out + used, "}");
			break;
		case TOKEN_LINE:
			used += (size_t)sprintf(out + used, ";");
			break;
		case TOKEN_END:
			return out;
		}
	}
}

static void comments_end_words_outside_quotes(void **state)
{
	assert_string_equal(tokens(*state, "a # b\nc ! d\n\"e # f!\" g#h"), "[a];[c];[e # f!][g]");
}

static void escaped_comment_characters_are_themselves(void **state)
{
	assert_string_equal(tokens(*state, "a\\#b \\!c d\\e"), "[a#b][!c][d\\e]");
}

static void braces_need_no_blanks(void **state)
{
	assert_string_equal(tokens(*state, "a{b}c{}{d"), "[a]{[b]}[c]{}{[d]");
}

static void braces_of_a_macro_belong_to_the_word(void **state)
{
	assert_string_equal(tokens(*state, "a${B}c $d ${e"), "[a${B}c][$d][$]{[e]");
}

static void quotes_begin_a_word_and_have_no_escapes(void **state)
{
	assert_string_equal(tokens(*state, "a\"b c\"d \"\" \"\\\""), "[a][b c][d][][\\]");
}

static void line_ends_may_be_crlf(void **state)
{
	assert_string_equal(tokens(*state, "a b\r\nc\r\n"), "[a][b];[c];");
}

static void byte_order_mark_is_skipped(void **state)
{
	assert_string_equal(tokens(*state, "\xef\xbb\xbf"
					   "a"),
			    "[a]");
}

static void places_count_lines_and_bytes_from_one(void **state)
{
	struct fixture *fixture = *state;
	static const char text[] = "\xef\xbb\xbf\n\t a  \"b\"{";
	struct token token;

	start(fixture, text, strlen(text));
	token = lexer_next(&fixture->lexer);
	assert_int_equal(token.kind, TOKEN_LINE);
	token = lexer_next(&fixture->lexer);
	assert_int_equal(token.line, 2);
	assert_int_equal(token.column, 3);
	assert_true(token.first);
	token = lexer_next(&fixture->lexer);
	assert_int_equal(token.column, 6);
	assert_false(token.first);
	token = lexer_next(&fixture->lexer);
	assert_int_equal(token.kind, TOKEN_OPEN);
	assert_int_equal(token.column, 9);
}

static void words_may_be_longer_than_any_buffer(void **state)
{
	struct fixture *fixture = *state;
	static char text[100000];
	struct token token;

	memset(text, 'x', sizeof(text));
	start(fixture, text, sizeof(text));
	token = lexer_next(&fixture->lexer);
	assert_int_equal(token.length, sizeof(text));
}

static void open_quote_is_reported_at_its_place(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(tokens(fixture, "a \"b c\nd"), "[a][b c];[d]");
	assert_int_equal(diagnostics_total(fixture->diagnostics), 1);
	assert_int_equal(diagnostics_get(fixture->diagnostics, 0)->column, 3);
}

static void stray_bytes_are_reported_and_braces_kept(void **state)
{
	struct fixture *fixture = *state;
	static const char text[] = "a\0b {\n}";
	struct token token;

	start(fixture, text, sizeof(text) - 1);
	token = lexer_next(&fixture->lexer);
	assert_int_equal(token.length, 1);
	assert_int_equal(lexer_next(&fixture->lexer).kind, TOKEN_OPEN);
	assert_int_equal(diagnostics_total(fixture->diagnostics), 1);
	assert_string_equal(diagnostics_get(fixture->diagnostics, 0)->text,
			    "stray byte 0x00: the words after it are not read");
}

static const char *escaped(struct fixture *fixture, const char *text)
{
	struct token token;

	start(fixture, text, strlen(text));
	token = lexer_next(&fixture->lexer);
	token = lexer_again_escaped(&fixture->lexer, &token);
	return arena_strndup(fixture->arena, token.text, token.length);
}

static void escaped_words_join_quoted_pieces(void **state)
{
	assert_string_equal(escaped(*state, "a'b c'\"d e\"f g"), "ab cd ef");
}

static void escaped_words_know_c_escapes(void **state)
{
	assert_string_equal(escaped(*state, "\"\\n\\t\\x41\\102\\cA\\.\\\\\\\"\""),
			    "\n\tAB\001.\\\"");
}

static void escaped_words_end_at_braces_outside_quotes(void **state)
{
	assert_string_equal(escaped(*state, "a{2}"), "a");
	assert_string_equal(escaped(*state, "'a{2}'"), "a{2}");
}

static void patterns_keep_balanced_braces(void **state)
{
	struct fixture *fixture = *state;
	static const char text[] = "/etc/{a,b}/*.conf}";
	struct token token;

	start(fixture, text, strlen(text));
	token = lexer_next(&fixture->lexer);
	token = lexer_again_pattern(&fixture->lexer, &token);
	assert_int_equal(token.length, strlen(text) - 1);
	assert_int_equal(lexer_next(&fixture->lexer).kind, TOKEN_CLOSE);
}

static void commands_split_like_escaped_words(void **state)
{
	struct fixture *fixture = *state;
	const char **argv = lexer_split(fixture->arena, " /bin/sh -c 'a # {b}' \"\" x\\ y\n");

	assert_string_equal(argv[0], "/bin/sh");
	assert_string_equal(argv[1], "-c");
	assert_string_equal(argv[2], "a # {b}");
	assert_string_equal(argv[3], "");
	assert_string_equal(argv[4], "x y");
	assert_null(argv[5]);
	assert_null(lexer_split(fixture->arena, "a 'b"));
}

#define LEXER_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		LEXER_TEST(comments_end_words_outside_quotes),
		LEXER_TEST(escaped_comment_characters_are_themselves),
		LEXER_TEST(braces_need_no_blanks),
		LEXER_TEST(braces_of_a_macro_belong_to_the_word),
		LEXER_TEST(quotes_begin_a_word_and_have_no_escapes),
		LEXER_TEST(line_ends_may_be_crlf),
		LEXER_TEST(byte_order_mark_is_skipped),
		LEXER_TEST(places_count_lines_and_bytes_from_one),
		LEXER_TEST(words_may_be_longer_than_any_buffer),
		LEXER_TEST(open_quote_is_reported_at_its_place),
		LEXER_TEST(stray_bytes_are_reported_and_braces_kept),
		LEXER_TEST(escaped_words_join_quoted_pieces),
		LEXER_TEST(escaped_words_know_c_escapes),
		LEXER_TEST(escaped_words_end_at_braces_outside_quotes),
		LEXER_TEST(patterns_keep_balanced_braces),
		LEXER_TEST(commands_split_like_escaped_words),
	};

	return cmocka_run_group_tests_name("conf_lexer", tests, NULL, NULL);
}
