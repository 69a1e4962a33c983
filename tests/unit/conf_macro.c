/* Conditions, macros and loops: what lines become, and what is said about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "conf/model/load.h"
#include "conf/model/print.h"
#include "conf/text/diagnostic.h"
#include "tests/unit/conf_same.h"

/* Texts in which words that are no keywords show what the lines became: each is reported once,
 * for each place in which it was written, in the order of the expansion. */
struct example {
	const char *name;
	const char *text;
	const char *words; /* the unknown words */
};

static const struct example examples[] = {
	{"conditions_compare_the_name", "@main a\n@other b\n@^main c\n@^other d\n", "a d"},
	{"several_conditions_must_all_hold", "@main @^other a\n@main @other b\n@other @main c\n",
	 "a"},
	{"a_condition_without_a_rest_is_nothing", "@main\n@other\na\n", "a"},
	{"conditions_may_come_from_macros", "$IF=@main\n$NOT=@^main\n$IF a\n$NOT b\n${IF} c\n",
	 "a c"},
	{"conditions_hold_for_definitions", "@main $X=a\n@other $X=b\n$X\n", "a"},
	{"several_conditions_hold_for_definitions_of_several_lines",
	 "@main @^other $X=\\\na \\\nb\n@main @other $X=\\\nc \\\nd\n$X\n", "a b"},
	{"definitions_that_do_not_count_are_skipped_whole", "$X=a\n@other $X=\\\nb \\\nc\n$X\n",
	 "a"},
	{"the_last_definition_counts", "$X=a\n$X\n$X=b\n$X\n", "a b"},
	{"values_are_looked_up_when_used", "$X=n${Y}\n$Y=1\n$X\n$Y=2\n$X\n", "n1 n2"},
	{"an_empty_value_is_nothing", "$X=\na${X}b\n$X\n", "ab"},
	{"comments_are_no_part_of_a_value", "$X=a # b\n$Y=c ! d\n${X}z\n${Y}z\n", "az cz"},
	{"comments_in_quotes_are", "$X=\"a # b\"\n$X\n", "a # b"},
	{"braces_end_a_name_anywhere", "$X=1\na${X}b\n\"${X}c\"\n", "a1b 1c"},
	{"a_name_ends_at_blank_comma_parenthesis_and_end",
	 "$X=1\na$X\n$X,b\n$X)c\nd$X # e\n$X\tz\n", "a1 1,b 1)c d1 1"},
	{"an_unknown_name_stays", "$X=1\n$Y\n${Z}a\n'$'\n$\n", "$Y ${Z}a '$' $"},
	{"many_lines_become_many_lines", "$X=\\\na \\\nb \\\nc\n$X\n", "a b c"},
	{"the_first_line_of_many_may_hold_text", "$X=a \\\nb\n$X\n", "a b"},
	{"an_empty_line_ends_a_definition", "$X=\\\na \\\n\nb\n$X\n", "b a"},
	{"lines_of_a_value_may_hold_definitions", "$X=\\\n$N=1 \\\na${N} \\\n$N=2 \\\na${N}\n$X\n",
	 "a1 a2"},
	{"lines_of_a_value_may_hold_conditions", "$X=\\\n@main a \\\n@other b \\\nc\n$X\n", "a c"},
	{"values_nest", "$X=\\\n$Y \\\n$Y\n$Y=\\\na${N} \\\nb\n~SEQ(N,2) $X\n", "a1 b a2"},
	{"a_value_may_be_a_loop", "$X=\\\n~SEQ(I,1,2) a$I \\\nb\n$X\n", "a1 a2 b"},
	{"sequences_go_up_and_down",
	 "~SEQ(I,2) a$I\n~SEQ(I,-2) b$I\n~SEQ(I,2,4) c$I\n~SEQ(I,2,0) d$I\n~SEQ(I,1,2,6) e$I\n"
	 "~SEQ(I, 5, -2, 1) f$I\n~SEQ(I,0,0) g$I\n",
	 "a1 a2 b-1 b-2 c2 c3 c4 d2 d1 d0 e1 e3 e5 f5 f3 f1 g0"},
	{"sequences_know_hexadecimal",
	 "~SEQ(I,0x9,0xa) a$I\n~SEQx(I,9,11) b$I\n~SEQx(I,0x90,0x10,0xa0) c$I\n",
	 "a9 a10 b9 ba bb c90 ca0"},
	{"arguments_of_loops_may_be_macros", "$N=2\n~SEQ(I,$N) a$I\n$L=x,y\n~LST(J,${L}) b$J\n",
	 "a1 a2 bx by"},
	{"lists_have_values_and_tuples",
	 "~LST(A,x,y) a$A\n~LST({A,B},{1,2},{3,4}) ${A}-$B\n~LST(A,) c$A\n", "ax ay 1-2 3-4 c"},
	{"several_loops_nest", "~LST(A,x,y) ~SEQ(B,2) ${A}$B\n", "x1 x2 y1 y2"},
	{"loops_and_conditions_mix", "~SEQ(I,2) @main a$I\n@main ~SEQ(I,2) b$I\n@no ~SEQ(I,2) c\n",
	 "a1 a2 b1 b2"},
	{"a_loop_gives_its_variable_back", "$I=x\n~SEQ(I,2) a$I\n$I\n", "a1 a2 x"},
	{"a_macro_with_lines_repeats_in_a_loop", "$X=\\\na$I \\\nb$I\n~SEQ(I,2) $X\n",
	 "a1 b1 a2 b2"},
	{"the_instance_is_the_config_id", "a${_INSTANCE}b\n", "amainb"},
	{"built_in_ones_have_braces", "$_INSTANCE\n", "$_INSTANCE"},
	{"hash_and_bang_begin_no_comment", "a${_HASH}\n\"b ${_BANG}c\"\n\\#d\n", "a# b !c #d"},
	{"hash_and_bang_at_the_head_make_a_remark_issue_8_26",
	 "$H=${_HASH}\n$G=$H\n$H a\n${H}b\n$G c\n${_BANG} d\n$X=\\\ne \\\n$H f \\\ng\n$X\nh\n",
	 "e g h"},
	{"a_loop_of_a_macro_governs_all_lines_issue_8_22",
	 "$E=~SEQ(N,1,2)\n$I=\\\na$N \\\nb${N} \\\nc\n$E $I\n$F=$E\n$F d$N\n",
	 "a1 b1 c a2 b2 d1 d2"},
	{"a_condition_of_a_macro_governs_all_lines_issue_8_22",
	 "$IF=@main\n$NOT=@other\n$TOO=$NOT\n$I=\\\na \\\nb \\\nc\n$IF $I\n$NOT $I\n$TOO $I\n"
	 "$IF $NOT $I\n$IF $IF d\n",
	 "a b c d"},
	{"a_remark_behind_a_backslash_ends_no_definition_issue_8_26",
	 "$X=\\ # one\na \\\t! two\nb # three \\\nc \\ # four \\\nd # five\n$X\ne\n", "a b c d e"},
	{"blanks_before_a_backslash_and_a_remark_are_no_part_of_a_value",
	 "$X=a \\ # one\n\n${X}b\n$Y=\\\na \\ # two\n\n${Y}c\n", "ab ac"},
	{"arguments_make_a_macro_none", "$Y=1\n\"${X ${Y}}\"\n\"${Y 2}\"\n", "${X 1} ${Y 2}"},
	{"a_random_number_keeps_its_range", "${_RANDOM 7 7}\na${_RANDOM 0 0}\n", "7 a0"},
	{"sequences_go_below_zero_in_hexadecimal_too", "~SEQx(I,-10,-1,-11) a$I\n", "a-a a-b"},
	{"the_environment_is_at_hand", "${_ENV  CONF_MACRO_TEST }x\n${_ENV CONF_MACRO_NONE}y\n",
	 "valuex y"},
	{"other_characters_stay_in_the_middle", "a@main\nb~SEQ(I,2)\nc$\n", "a@main b~SEQ(I,2) c$"},
	{"lines_may_end_in_crlf", "$X=a\r\n$Y=\\\r\nb \\\r\nc\r\n$X\r\n$Y\r\n@main d\r\n",
	 "a b c d"},
};

#define N_EXAMPLES (sizeof(examples) / sizeof(*examples))

static const struct conf_settings settings = {.config_id = "main", .expansion_limit = 100000};

static struct conf *load(const char *text, struct diagnostics *diagnostics)
{
	return conf_load_text("test", text, strlen(text), &settings, diagnostics);
}

/* The words that the diagnostics call unknown, in the order in which they were found. */
static void example_expands(void **state)
{
	const struct example *example = *state;
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = load(example->text, diagnostics);
	const struct diagnostic *diagnostic;
	char words[512] = "";
	size_t i;

	for (i = 0; (diagnostic = diagnostics_get(diagnostics, i)); i++) {
		const char *start = strchr(diagnostic->text, '\'');
		const char *end = strstr(diagnostic->text, "' in the file");

		assert_non_null(start);
		assert_non_null(end);
		assert_true(strlen(words) + (size_t)(end - start) < sizeof(words) - 1);
		snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s%.*s",
			 *words ? " " : "", (int)(end - start) - 1, start + 1);
	}
	assert_string_equal(words, example->words);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

struct mistake {
	const char *name;
	const char *text;
	const char *reported;
};

#define INSTANCE "vrrp_instance A { interface e0 virtual_router_id 1\n"

static const struct mistake mistakes[] = {
	{"the_place_is_that_of_the_use", "$P=high\n" INSTANCE "  priority $P\n}\n",
	 "test:3:12: error: priority: expected a number from 1 to 255, not 'high'\n"
	 "test:1:4: note: expanded from $P\n"},
	{"text_around_a_macro_keeps_its_place",
	 "$P=7\n" INSTANCE "  nopreempt ${P} foo\nno_virtual_ipaddress }\n",
	 "test:3:13: warning: the rest of the line after 'nopreempt' is not read: '7' in vrrp_instance; a comment begins with '#'\n"
	 "test:1:4: note: expanded from $P\n"},
	{"a_word_with_a_macro_in_it_has_a_note",
	 "$N=300\n" INSTANCE "virtual_ipaddress {\n 10.0.0.${N}/24\n} }\n",
	 "test:4:2: error: expected an address as 10.0.0.1/24, not '10.0.0.300/24'\n"
	 "test:1:4: note: expanded from $N\n"},
	{"the_chain_leads_to_the_innermost_definition",
	 "$A=priority $B\n$B=${C}\n$C=x\n" INSTANCE " $A\n}\n",
	 "test:5:2: error: priority: expected a number from 1 to 255, not 'x'\n"
	 "test:1:13: note: expanded from $A\n"
	 "test:2:4: note: expanded from $B\n"
	 "test:3:4: note: expanded from $C\n"},
	{"a_line_of_many_is_named", "$A=\\\nglobal_defs { \\\n   foo 3 \\\n}\n\n$A\n",
	 "test:6:1: error: unknown keyword 'foo' in global_defs\n"
	 "test:3:4: note: expanded from $A\n"},
	{"a_mistake_in_a_macro_is_told_once", "$A=foo 1\n$A\n$A\n$A\n",
	 "test:2:1: error: unknown keyword 'foo' in the file\n"
	 "test:1:4: note: expanded from $A\n"},
	{"a_mistake_in_a_loop_is_told_once", "~SEQ(I,9) foo\n",
	 "test:1:11: error: unknown keyword 'foo' in the file\n"},
	{"the_round_of_a_loop_is_named", INSTANCE " ~SEQ(I,255,256) priority $I\n}\n",
	 "test:2:18: warning: 'priority' is given a second time: the last one counts\n"
	 "test:2:27: note: the first one is here\n"
	 "test:2:27: error: priority: expected a number from 1 to 255, not '256'\n"
	 "test:2:2: note: with $I = 256\n"},
	{"an_undefined_macro_for_a_keyword", "$VIPS\n",
	 "test:1:1: error: unknown keyword '$VIPS' in the file: no such macro is defined before "
	 "this line\n"},
	{"an_undefined_macro_for_a_value", INSTANCE "priority $P }\n",
	 "test:2:10: error: '$P': no such macro is defined before this line\n"},
	{"a_name_that_does_not_end", "$N=1\n" INSTANCE "virtual_ipaddress {\n 10.0.0.$N/24\n} }\n",
	 "test:4:2: error: expected an address as 10.0.0.1/24, not '10.0.0.$N/24'\n"
	 "test:4:9: warning: $N is not replaced, since '/' follows it: ${N} would be\n"},
	{"a_condition_whose_name_does_not_end", "$IF=@main\n$IF/x\n",
	 "test:2:1: warning: $IF is not replaced, since '/' follows it: ${IF} would be\n"
	 "test:2:1: error: unknown keyword '$IF/x' in the file\n"},
	{"a_blank_before_the_equals_sign", "$X = 3\n",
	 "test:1:1: error: no blank may stand before the '=' of a definition\n"},
	{"a_definition_of_itself", "$X=a${X}\n$X\n",
	 "test:2:1: error: the definition of $X leads to itself\n"
	 "test:1:5: note: expanded from $X\n"},
	{"definitions_of_each_other", "$X=$Y\n$Y=\\\na \\\n  b$X\n$X\n",
	 "test:5:1: error: the definition of $X leads to itself\n"
	 "test:1:4: note: expanded from $X\n"
	 "test:4:4: note: expanded from $Y\n"},
	{"a_conditional_block", "@main {\nfoo\n}\n@other {\nfoo\n}\n",
	 "test:1:7: error: a condition holds for its own line only: there are no conditional "
	 "blocks\n"
	 "test:4:8: error: a condition holds for its own line only: there are no conditional "
	 "blocks\n"},
	{"a_condition_without_a_name", "@ main global_defs { }\n@^ x\n",
	 "test:1:1: warning: a name must follow '@' at once: this line is left out\n"
	 "test:2:1: warning: a name must follow '@^' at once: this line is left out\n"},
	{"a_condition_in_the_middle",
	 INSTANCE "nopreempt @main priority 3\nno_virtual_ipaddress }\n",
	 "test:2:11: warning: the rest of the line after 'nopreempt' is not read: '@main' in vrrp_instance: a "
	 "condition must stand at the beginning of its line\n"},
	{"a_sequence_without_an_end", "~SEQ(I) foo\n",
	 "test:1:1: error: expected ~SEQ(NAME[, START[, STEP]], END)\n"},
	{"a_sequence_of_words", "~SEQ(I,1,b) foo\n",
	 "test:1:1: error: expected ~SEQ(NAME[, START[, STEP]], END) with whole numbers\n"},
	{"a_sequence_of_numbers_too_large",
	 "~SEQ(I,9007199254740993) foo\n~SEQ(I,1,-9007199254740993,0) foo\n"
	 "~SEQ(I,9007199254740992,9007199254740992) foo\n",
	 "test:1:1: error: expected ~SEQ(NAME[, START[, STEP]], END) with whole numbers\n"
	 "test:2:1: error: expected ~SEQ(NAME[, START[, STEP]], END) with whole numbers\n"
	 "test:3:43: error: unknown keyword 'foo' in the file\n"},
	{"a_tuple_of_too_many_names",
	 "~LST({A,B,C,D,E,F,G,H,I,J,K,L,M,N,O,P,Q},1) foo\n"
	 "~LST({A,B,C,D,E,F,G,H,I,J,K,L,M,N,O,P},{1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6}) foo\n",
	 "test:1:1: error: more than 16 names\n"
	 "test:2:75: error: unknown keyword 'foo' in the file\n"},
	{"a_sequence_that_never_ends", "~SEQ(I,1,-1,5) foo\n~SEQ(I,1,0,5) foo\n",
	 "test:1:1: error: this sequence does not lead from its start to its end\n"
	 "test:2:1: error: this sequence does not lead from its start to its end\n"},
	{"a_loop_without_a_name", "~SEQ(1,2) foo\n",
	 "test:1:1: error: the first argument must be a name\n"},
	{"a_loop_that_is_not_closed", "~SEQ(I,2 foo\n", "test:1:1: error: missing ')' in a loop\n"},
	{"a_list_without_values", "~LST(I) foo\n",
	 "test:1:1: error: expected ~LST(NAME, VALUE, ...)\n"},
	{"a_tuple_too_long", "~LST({A,B},{1,2,3}) foo\n",
	 "test:1:1: error: more values than names\n"},
	{"a_tuple_too_short", "~LST({A,B},{1}) global_defs { }\n",
	 "test:1:1: warning: fewer values than names: the others are empty\n"},
	{"a_range_of_numbers_too_large",
	 "~SEQ(I,1) x ${_RANDOM 0 4294967295}\n~SEQ(I,1) y ${_RANDOM 0 4294967296}\n",
	 "test:1:11: error: unknown keyword 'x' in the file\n"
	 "test:2:11: error: unknown keyword 'y' in the file\n"
	 "test:2:13: error: expected ${_RANDOM [MIN [MAX]]}, MIN not above MAX\n"},
	{"a_range_upside_down", "~SEQ(I,1) x ${_RANDOM 5 4}\n",
	 "test:1:11: error: unknown keyword 'x' in the file\n"
	 "test:1:13: error: expected ${_RANDOM [MIN [MAX]]}, MIN not above MAX\n"},
	{"a_variable_without_a_name", "global_defs { router_id x${_ENV} }\n",
	 "test:1:26: error: expected ${_ENV NAME}\n"},
	{"arguments_of_a_built_in_that_has_none", "global_defs { router_id x${_PWD 3} }\n",
	 "test:1:26: error: this built-in has no arguments\n"},
	{"an_open_quote_in_a_macro", "$X=\"a\n$X\n",
	 "test:2:1: error: missing '\"' to close the one opened here\n"
	 "test:1:4: note: expanded from $X\n"
	 "test:2:1: error: unknown keyword 'a' in the file\n"
	 "test:1:4: note: expanded from $X\n"},
	{"a_brace_that_a_macro_leaves_open", "$X=\\\nglobal_defs { \\\nrouter_id a\n$X\n",
	 "test:4:1: error: missing '}' for 'global_defs', which was opened here\n"
	 "test:2:13: note: expanded from $X\n"},
	{"a_bomb",
	 "$A=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
	 "$B=$A $A $A $A $A $A $A $A $A $A\n"
	 "$C=$B $B $B $B $B $B $B $B $B $B\n"
	 "$D=$C $C $C $C $C $C $C $C $C $C\n"
	 "$D $D\n"
	 "$D\n",
	 "test:5:1: error: macros and loops make more than 100000 bytes of text\n"
	 "test:4:31: note: expanded from $D\n"
	 "test:3:28: note: expanded from $C\n"
	 "test:2:10: note: expanded from $B\n"},
	{"a_loop_for_ever", "~SEQ(I,1,1000000) ~SEQ(J,1,1000000) foo\n~SEQ(I,2) foo\n",
	 "test:1:19: error: macros and loops make more than 100000 bytes of text\n"},
};

#define N_MISTAKES (sizeof(mistakes) / sizeof(*mistakes))

/* Takes out the lines that show the text. */
static void drop_excerpts(char *text)
{
	char *to = text;

	for (char *at = text; *at;) {
		size_t size = strcspn(at, "\n") + 1;

		if (size < 8 || strncmp(at + 6, "| ", 2) != 0) {
			memmove(to, at, size);
			to += size;
		}
		at += size;
	}
	*to = '\0';
}

static char *printed(const struct diagnostics *diagnostics)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	diagnostics_print(diagnostics, out);
	fclose(out);
	drop_excerpts(text);
	return text;
}

static void assert_says(const char *text, const char *reported)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = load(text, diagnostics);
	char *said = printed(diagnostics);

	assert_string_equal(said, reported);
	assert_int_equal(conf != NULL, diagnostics_count(diagnostics, DIAGNOSTIC_ERROR) == 0);
	free(said);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

static void mistake_is_reported(void **state)
{
	const struct mistake *mistake = *state;

	assert_says(mistake->text, mistake->reported);
}

/* $M0 uses $M1 uses ... $M70 */
static void depth_is_bounded(void **state)
{
	struct diagnostics *diagnostics = diagnostics_create();
	const struct diagnostic *diagnostic;
	const struct diagnostic_note *note;
	char text[2048] = "";
	unsigned i, notes = 0;

	(void)state;
	for (i = 0; i < 70; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "$M%u=$M%u\n", i, i + 1);
	strncat(text, "$M0\n", sizeof(text) - strlen(text) - 1);
	assert_null(load(text, diagnostics));
	diagnostic = diagnostics_get(diagnostics, 0);
	assert_string_equal(diagnostic->text, "macros use each other more than 64 deep");
	assert_int_equal(diagnostic->line, 71);
	for (note = diagnostic->notes; note; note = note->next)
		notes++;
	assert_int_equal(notes, 9); /* the outermost one and the innermost eight */
	assert_null(diagnostics_get(diagnostics, 1));
	diagnostics_destroy(diagnostics);
}

/* What is told a million times over is work, though it is shown once. */
static void complaints_are_work_that_is_bounded_issue_8_27(void **state)
{
	static const char *const texts[] = {
		"~SEQ(A,1,1000000) $A$A$A$A$A$A$A$A$A$A$A\n",
		"~SEQ(A,1,1000000) ~SEQ(B,2,1,1,1)\n",
		"~SEQ(A,1,1000000) ~LST({B,C},1,2,3,4)\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct diagnostics *diagnostics = diagnostics_create();

		assert_null(load(texts[i], diagnostics));
		assert_true(diagnostics_count(diagnostics, DIAGNOSTIC_ERROR) +
				    diagnostics_count(diagnostics, DIAGNOSTIC_WARNING) <
			    settings.expansion_limit / 500);
		diagnostics_destroy(diagnostics);
	}
}

static void lines_after_a_long_definition_keep_their_numbers(void **state)
{
	(void)state;
	assert_says("$X=\\\na \\\nb\n\nfoo\n",
		    "test:5:1: error: unknown keyword 'foo' in the file\n");
}

static void the_configuration_s_name_is_the_host_s_by_default(void **state)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct utsname names;
	struct conf *conf;
	char text[256];

	(void)state;
	assert_int_equal(uname(&names), 0);
	names.nodename[strcspn(names.nodename, ".")] = '\0';
	snprintf(text, sizeof(text), "@%s global_defs { router_id yes }\n@^%s foo\n",
		 names.nodename, names.nodename);
	conf = conf_load_text("test", text, strlen(text), NULL, diagnostics);
	assert_non_null(conf);
	assert_string_equal(conf->global.router_id, "yes");
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

static void what_a_tuple_lacks_is_empty_and_not_the_last_one_s(void **state)
{
	static const char text[] = "global_defs {\n~LST({A,B},{1,2},{3}) router_id x${A}${B}y\n}\n";
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = load(text, diagnostics);

	(void)state;
	assert_non_null(conf);
	assert_string_equal(conf->global.router_id, "x3y");
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

static void blocks_are_made_by_loops(void **state)
{
	static const char text[] = "$BLOCK= \\\n"
				   "vrrp_instance N_${NET} { \\\n"
				   "	interface eth0.${NET} \\\n"
				   "	virtual_router_id ${NET} \\\n"
				   "	@main priority 130 \\\n"
				   "	@^main priority 90 \\\n"
				   "	virtual_ipaddress { \\\n"
				   "		~SEQ(IP,253,254) 10.0.${NET}.${IP}/24 \\\n"
				   "	} \\\n"
				   "}\n"
				   "~SEQ(NET, 1, 3) $BLOCK\n";
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = load(text, diagnostics);

	(void)state;
	assert_non_null(conf);
	assert_null(diagnostics_get(diagnostics, 0));
	assert_int_equal(conf->n_instances, 3);
	assert_string_equal(conf->instances[2].name, "N_3");
	assert_string_equal(conf->instances[2].interface, "eth0.3");
	assert_int_equal(conf->instances[2].priority, 130);
	assert_int_equal(conf->instances[2].n_addresses, 2);
	assert_int_equal(conf->instances[2].addresses[1].address.bytes[3], 254);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

static void commands_and_patterns_may_hold_macros(void **state)
{
	static const char text[] = "$DIR=/etc\n$P=b|c\n" INSTANCE
				   "notify \"${DIR}/x 'a # $1' \\\"${DIR}\\\" # y\" root # z\n}\n"
				   "virtual_server 10.0.0.1 80 { protocol TCP\n"
				   "real_server 10.0.0.2 80 { HTTP_GET { url { path /\n"
				   "regex \"^a(${P})$\"\n} } } }\n";
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = load(text, diagnostics);
	const char *const *argv;

	(void)state;
	assert_non_null(conf);
	argv = conf->instances[0].notify->argv;
	assert_string_equal(argv[0], "/etc/x");
	assert_string_equal(argv[1], "a # $1");
	assert_string_equal(argv[2], "/etc");
	assert_string_equal(conf->targets[0].urls[0].regex, "^a(b|c)$");
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

/* What the canonical form prints is not expanded: not by a worker, nor when it is saved and read
 * as a file. */
static void the_canonical_form_is_free_of_macros(void **state)
{
	static const char text[] = "global_defs { router_id \"$X ${Y} @a ~SEQ(I,2)\" }\n" INSTANCE
				   "notify \"/x $X '${_HASH}' \\\\$\" }\n";
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_parse("test", text, strlen(text), diagnostics);
	struct conf *worker, *saved;
	char *canonical = NULL;
	size_t size;
	FILE *out = open_memstream(&canonical, &size);

	(void)state;
	assert_non_null(conf);
	assert_non_null(out);
	assert_string_equal(conf->global.router_id, "$X ${Y} @a ~SEQ(I,2)");
	conf_print(conf, CONF_ALL, true, out);
	fclose(out);
	worker = conf_parse("worker", canonical, size, diagnostics);
	saved = conf_load_text("saved", canonical, size, &settings, diagnostics);
	assert_non_null(worker);
	assert_non_null(saved);
	assert_true(conf_same(conf, worker));
	assert_true(conf_same(conf, saved));
	conf_free(saved);
	conf_free(worker);
	conf_free(conf);
	free(canonical);
	diagnostics_destroy(diagnostics);
}

int main(void)
{
	static struct CMUnitTest tests[N_EXAMPLES + N_MISTAKES + 8];
	size_t n = 0, i;

	setenv("CONF_MACRO_TEST", "value", 1);
	unsetenv("CONF_MACRO_NONE");
	for (i = 0; i < N_EXAMPLES; i++)
		tests[n++] = (struct CMUnitTest){.name = examples[i].name,
						 .test_func = example_expands,
						 .initial_state = (void *)(uintptr_t)&examples[i]};
	for (i = 0; i < N_MISTAKES; i++)
		tests[n++] = (struct CMUnitTest){.name = mistakes[i].name,
						 .test_func = mistake_is_reported,
						 .initial_state = (void *)(uintptr_t)&mistakes[i]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(depth_is_bounded);
	tests[n++] =
		(struct CMUnitTest)cmocka_unit_test(complaints_are_work_that_is_bounded_issue_8_27);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		lines_after_a_long_definition_keep_their_numbers);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		the_configuration_s_name_is_the_host_s_by_default);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		what_a_tuple_lacks_is_empty_and_not_the_last_one_s);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(blocks_are_made_by_loops);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(commands_and_patterns_may_hold_macros);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(the_canonical_form_is_free_of_macros);
	return cmocka_run_group_tests_name("conf_macro", tests, NULL, NULL);
}
