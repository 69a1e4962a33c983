/*
 * Fuzz target: macros, lexer, parser, resolution and cross checks on any text, and what is printed
 * about its mistakes, which must be text that a terminal can show; and the promise of the canonical
 * form: what was accepted is printed, parsed again without a diagnostic, and is equal.
 *
 *	clang -fsanitize=fuzzer,address,undefined ... && ./conf tests/fuzz/conf.corpus
 */
#include <stdint.h>
#include <stdlib.h>

#include "conf/model/load.h"
#include "conf/model/print.h"
#include "core/base/log.h"
#include "core/base/utf8.h"
#include "tests/unit/conf_same.h"

#define EXPANSION_LIMIT ((size_t)256 * 1024) /* a bomb must not take seconds */
#define MEMORY_LIMIT	((size_t)16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_canonical(const struct conf *conf)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *again;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		fatal("no memory for a stream");
	conf_print(conf, CONF_ALL, true, out);
	fclose(out);
	again = conf_parse("canonical", text, size, diagnostics);
	if (!again || diagnostics_get(diagnostics, 0) || !conf_same(conf, again)) {
		diagnostics_print(diagnostics, stderr);
		fprintf(stderr, "%s", text);
		abort();
	}
	conf_free(again);
	diagnostics_destroy(diagnostics);
	free(text);
}

/* Nothing but UTF-8, and no control characters. */
static void check_printed(const struct diagnostics *diagnostics)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		fatal("no memory for a stream");
	diagnostics_print(diagnostics, out);
	diagnostics_print_json(diagnostics, "input", out);
	fclose(out);
	for (const char *at = text; at < text + size;) {
		size_t length = utf8_length((const unsigned char *)at);

		if (length == 0 || (unsigned char)*at == 0x7f ||
		    ((unsigned char)*at < ' ' && *at != '\n' && *at != '\t')) {
			fprintf(stderr, "byte %zu of:\n%s", (size_t)(at - text), text);
			abort();
		}
		at += length;
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct conf_settings settings = {
		.config_id = "main",
		.expansion_limit = EXPANSION_LIMIT,
		.memory_limit = MEMORY_LIMIT,
		.lenient = size % 2,
	};
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf =
		conf_load_text("input", (const char *)data, size, &settings, diagnostics);

	check_printed(diagnostics);
	if (conf)
		check_canonical(conf);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
	return 0;
}
