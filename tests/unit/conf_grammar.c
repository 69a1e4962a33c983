/*
 * The grammar: texts that are written in different ways and are the same configuration.  Each row's
 * text is read without a word of complaint, and what it says is what the plain text of it says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "conf/model/load.h"
#include "conf/model/print.h"

/* An instance, with `more` in it. */
#define INSTANCE(more)             \
	"vrrp_instance A {\n"      \
	"interface e0\n"           \
	"virtual_router_id 1\n"    \
	"virtual_ipaddress {\n"    \
	"10.0.0.1/24 dev e1\n"     \
	"10.0.0.2/24 label e0:x\n" \
	"}\n" more "}\n"
#define SERVICE(more)                    \
	"virtual_server 10.0.0.1 80 {\n" \
	"protocol TCP\n"                 \
	"lb_algo rr\n"                   \
	"lb_kind NAT\n"                  \
	"real_server 10.0.0.3 80 {\n" more "}\n}\n"

struct pair {
	const char *name;
	const char *text;
	const char *plain;
};

static const struct pair pairs[] = {
	/* Lines and blanks */
	{"everything_on_one_line",
	 "vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1/24 dev e1 "
	 "10.0.0.2/24 label e0:x } }",
	 INSTANCE("")},
	{"braces_without_blanks",
	 "vrrp_instance A{interface e0 virtual_router_id 1 virtual_ipaddress{10.0.0.1/24 dev e1\n"
	 "10.0.0.2/24 label e0:x}}",
	 INSTANCE("")},
	{"a_word_to_a_line_where_braces_are",
	 "vrrp_instance A\n{\ninterface e0\nvirtual_router_id 1\nvirtual_ipaddress\n\n\n{\n"
	 "10.0.0.1/24 dev e1\n10.0.0.2/24 label e0:x\n}\n}\n",
	 INSTANCE("")},
	{"crlf", "global_defs {\r\n router_id x\r\n}\r\n", "global_defs { router_id x }\n"},
	{"tabs_form_feeds_and_vertical_tabs", "\tglobal_defs\t{\f\v router_id\t\tx\t}\t\n",
	 "global_defs { router_id x }\n"},
	{"a_byte_order_mark", "\xef\xbb\xbfglobal_defs { router_id x }\n",
	 "global_defs { router_id x }\n"},
	{"no_newline_at_the_end", "global_defs { router_id x }", "global_defs { router_id x }\n"},
	{"utf_8", "global_defs { router_id größe }\n", "global_defs { router_id \"größe\" }\n"},
	{"several_statements_on_a_line",
	 INSTANCE("priority 5 nopreempt garp_master_delay 7 state BACKUP\n"),
	 INSTANCE("state BACKUP\npriority 5\nnopreempt\ngarp_master_delay 7\n")},
	{"several_blocks_on_a_line",
	 "global_defs { router_id x } " SERVICE("weight 3 TCP_CHECK { connect_timeout 4 }"),
	 "global_defs {\nrouter_id x\n}\n" SERVICE(
		 "weight 3\nTCP_CHECK {\nconnect_timeout 4\n}\n")},

	/* Comments */
	{"comments_anywhere",
	 "# one\n! two\nglobal_defs { # three\nrouter_id x ! four } {\n} # five\n#",
	 "global_defs { router_id x }\n"},
	{"comments_end_words", "global_defs{#\nvrrp_version 3#\n}!\n",
	 "global_defs { vrrp_version 3 }"},
	{"no_comments_in_double_quotes", "global_defs { router_id \"a # b ! c { }\" }\n",
	 "global_defs { router_id \"a # b ! c { }\" # }\n}\n"},
	{"escaped_comment_characters", "global_defs { router_id a\\#b\\!c }\n",
	 "global_defs { router_id \"a#b!c\" }\n"},
	{"comment_characters_by_name", "global_defs { router_id a${_HASH}b${_BANG}c }\n",
	 "global_defs { router_id \"a#b!c\" }\n"},

	/* Words */
	{"a_quoted_word_may_be_anything", "\"global_defs\" { \"router_id\" \"x\" }\n",
	 "global_defs { router_id x }\n"},
	{"no_escapes_in_double_quotes", "global_defs { router_id \"a\\nb\" }\n",
	 "global_defs { router_id a\\nb }\n"},
	{"a_quote_begins_a_word", "global_defs { router_id\"x\"vrrp_version\"3\" }\n",
	 "global_defs { router_id x vrrp_version 3 }\n"},
	{"commands_know_single_quotes", INSTANCE("notify '/a b' notify_master \"/c 'd e'\"\n"),
	 INSTANCE("notify \"/a b\"\nnotify_master \"/c 'd e'\"\n")},
	{"commands_know_escapes", INSTANCE("notify \"/a \\x62\\143 \\\"d e\\\"\"\n"),
	 INSTANCE("notify \"/a bc \\\"d e\\\"\"\n")},
	{"pieces_of_a_command_join", INSTANCE("notify /a\" b\"' c'\n"),
	 INSTANCE("notify \"/a b c\"\n")},
	{"anything_in_quotes", "global_defs { router_id \"=:\x01\x19\x7f@~\" }\n",
	 "global_defs { \"router_id\" \"=:\x01\x19\x7f@~\" }\n"},
	{"a_user_and_a_group",
	 INSTANCE("notify /a u:g\nnotify_master /a u : g\nnotify_backup /a u :g\n"
		  "notify_fault /a u::g\nnotify_stop /a u :\n"),
	 INSTANCE("notify /a u g\nnotify_master /a u g\nnotify_backup /a u g\n"
		  "notify_fault /a u g\nnotify_stop /a u\n")},
	{"times_have_up_to_six_decimals", INSTANCE("preempt_delay 1.500000 garp_master_delay .5\n"),
	 INSTANCE("preempt_delay 1.5\ngarp_master_delay 0.5\n")},
	{"numbers_may_have_a_sign", INSTANCE("priority +5\n"), INSTANCE("priority 5\n")},
	{"a_truth_value_may_be_left_out", INSTANCE("v3_checksum_as_v2\nlower_prio_no_advert on\n"),
	 INSTANCE("v3_checksum_as_v2 yes\nlower_prio_no_advert true\n")},

	/* Order */
	{"global_defs_may_come_last",
	 INSTANCE("") "global_defs { vrrp_garp_master_delay 9 vrrp_version 3 }\n",
	 "global_defs { vrrp_garp_master_delay 9 vrrp_version 3 }\n" INSTANCE("")},
	{"global_defs_may_come_in_parts",
	 "global_defs { router_id x }\n" INSTANCE("") "global_defs { vrrp_version 3 }\n",
	 "global_defs { router_id x vrrp_version 3 }\n" INSTANCE("")},
	{"values_of_a_service_may_follow_its_servers",
	 "virtual_server 10.0.0.1 80 { real_server 10.0.0.3 80 { }\nprotocol TCP\nlb_algo rr\n"
	 "lb_kind NAT\nweight 7 }\n",
	 SERVICE("weight 7\n")},
	{"lists_add_up",
	 "vrrp_instance A { virtual_ipaddress { 10.0.0.1/24 dev e1 }\ninterface e0\n"
	 "virtual_ipaddress { 10.0.0.2/24 label e0:x }\nvirtual_router_id 1 }\n",
	 INSTANCE("")},

	/* Conditions, macros, loops */
	{"conditions", "@lb1 @^lb2 global_defs { router_id x }\n@lb2 global_defs { router_id y }\n",
	 "global_defs { router_id x }\n"},
	{"a_condition_within_a_block", "global_defs {\n@^lb1 router_id y\n\t@lb1 router_id x\n}\n",
	 "global_defs { router_id x }\n"},
	{"a_macro_for_a_block",
	 "$ADDRESSES=\\\nvirtual_ipaddress { \\\n10.0.0.1/24 dev e1 \\\n@lb1 10.0.0.2/24 label e0:x "
	 "\\\n}\nvrrp_instance A {\ninterface e0\nvirtual_router_id 1\n$ADDRESSES\n}\n",
	 INSTANCE("")},
	{"macros_within_macros",
	 "$N=1\n$IF=e${N}\n$A=10.0.0.${N}/24 dev $IF\nvrrp_instance A { interface e0\n"
	 "virtual_router_id $N\nvirtual_ipaddress {\n$A\n10.0.0.2/24 label e0:x } }\n",
	 INSTANCE("")},
	{"macros_in_quotes", "$X=lb\nglobal_defs { router_id \"${X} 1\" }\n",
	 "global_defs { router_id \"lb 1\" }\n"},
	{"a_macro_may_change",
	 "$P=3\nglobal_defs { vrrp_version $P\n$P=9\nvrrp_garp_master_delay $P\n}\n",
	 "global_defs { vrrp_version 3 vrrp_garp_master_delay 9 }\n"},
	{"the_name_of_the_configuration", "global_defs { router_id ${_INSTANCE}-x }\n",
	 "global_defs { router_id lb1-x }\n"},
	{"a_sequence_for_a_list",
	 "vrrp_instance A { interface e0\nvirtual_router_id 1\nvirtual_ipaddress {\n"
	 "~SEQ(I,1,3) 10.0.0.$I\n} }\n",
	 "vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress {\n10.0.0.1\n10.0.0.2\n"
	 "10.0.0.3\n} }\n"},
	{"a_sequence_backwards_in_steps",
	 "vrrp_instance A { interface e0\nvirtual_router_id 1\nvirtual_ipaddress {\n"
	 "~SEQ(I,9,-4,1) 10.0.0.$I\n} }\n",
	 "vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress { 10.0.0.9 10.0.0.5 "
	 "10.0.0.1 } }\n"},
	{"a_hexadecimal_sequence",
	 "vrrp_instance A { interface e0\nvirtual_router_id 1\nversion 3\nvirtual_ipaddress {\n"
	 "~SEQx(I,9,0xb) fd00::$I\n} }\n",
	 "vrrp_instance A { interface e0 virtual_router_id 1 version 3 virtual_ipaddress { fd00::9 "
	 "fd00::a fd00::b } }\n"},
	{"a_list_of_tuples_with_a_macro_for_a_block",
	 "$VI=\\\nvrrp_instance $NAME { \\\ninterface e0 \\\nvirtual_router_id $ID \\\n"
	 "virtual_ipaddress { 10.0.0.${ID} } \\\n}\n~LST({NAME,ID},{A,1},{B,2}) $VI\n",
	 "vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1 } }\n"
	 "vrrp_instance B { interface e0 virtual_router_id 2 virtual_ipaddress { 10.0.0.2 } }\n"},
	{"loops_within_loops",
	 "vrrp_instance A { interface e0\nvirtual_router_id 1\nvirtual_ipaddress {\n"
	 "~LST(N,8,9) ~SEQ(I,2) 10.0.${N}.$I\n} }\n",
	 "vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress { 10.0.8.1 10.0.8.2 "
	 "10.0.9.1 10.0.9.2 } }\n"},
};

#define N_PAIRS (sizeof(pairs) / sizeof(*pairs))

/* The canonical form; where anything is reported the test fails. */
static char *canonical(const char *text)
{
	const struct conf_settings settings = {.config_id = "lb1"};
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load_text("test", text, strlen(text), &settings, diagnostics);
	char *printed = NULL;
	size_t size;
	FILE *out = open_memstream(&printed, &size);

	assert_non_null(out);
	diagnostics_print(diagnostics, out);
	assert_int_equal(fflush(out), 0);
	assert_string_equal(printed, "");
	assert_non_null(conf);
	conf_print(conf, CONF_ALL, true, out);
	fclose(out);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
	return printed;
}

/* Read as the workers read it, it is printed alike. */
static void assert_is_canonical(const char *text)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_parse("canonical", text, strlen(text), diagnostics);
	char *printed = NULL;
	size_t size;
	FILE *out = open_memstream(&printed, &size);

	assert_non_null(out);
	assert_non_null(conf);
	conf_print(conf, CONF_ALL, true, out);
	fclose(out);
	assert_string_equal(printed, text);
	free(printed);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

static void both_are_the_same(void **state)
{
	const struct pair *pair = *state;
	char *text = canonical(pair->text);
	char *plain = canonical(pair->plain);

	assert_string_equal(text, plain);
	assert_string_not_equal(text, "");
	assert_is_canonical(text);
	free(text);
	free(plain);
}

/* A line of a megabyte, with the statement in the middle. */
static void a_line_may_have_any_length(void **state)
{
	static const char statement[] = "global_defs { router_id x }";
	size_t size = 1 << 20;
	char *text = malloc(size + 1);
	char *read, *plain;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', size);
	text[size] = '\0';
	memcpy(text + size / 2, statement, strlen(statement));
	read = canonical(text);
	plain = canonical(statement);
	assert_string_equal(read, plain);
	free(read);
	free(plain);
	free(text);
}

int main(void)
{
	struct CMUnitTest tests[N_PAIRS + 1];
	size_t i;

	for (i = 0; i < N_PAIRS; i++)
		tests[i] = (struct CMUnitTest){
			.name = pairs[i].name,
			.test_func = both_are_the_same,
			.initial_state = (void *)(uintptr_t)&pairs[i],
		};
	tests[N_PAIRS] = (struct CMUnitTest)cmocka_unit_test(a_line_may_have_any_length);
	return cmocka_run_group_tests_name("conf_grammar", tests, NULL, NULL);
}
