/*
 * Fuzz target: macros, lexer, parser, resolution and cross checks on any text; and the promise of
 *the canonical form: what was accepted is printed, parsed again without a diagnostic, and is equal.
 *
 *	clang -fsanitize=fuzzer,address,undefined ... && ./conf tests/fuzz/conf.corpus
 */
#include <stdint.h>
#include <stdlib.h>

#include "conf/compare.h"
#include "conf/conf.h"
#include "core/log.h"

#define EXPANSION_LIMIT ((size_t)256 * 1024) /* a bomb must not take seconds */

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
	if (!again || diagnostics_get(diagnostics, 0) || !conf_equal(conf, again)) {
		diagnostics_print(diagnostics, stderr);
		fprintf(stderr, "%s", text);
		abort();
	}
	conf_free(again);
	diagnostics_destroy(diagnostics);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_settings settings = {
		.config_id = "main",
		.expansion_limit = EXPANSION_LIMIT,
	};
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf =
		conf_load_text("input", (const char *)data, size, &settings, diagnostics);

	if (conf)
		check_canonical(conf);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
	return 0;
}
