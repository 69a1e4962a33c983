#ifndef CONF_EXPAND_PARTS_H
#define CONF_EXPAND_PARTS_H

#include "conf/text/expand.h"
#include "conf/text/macro.h"
#include "core/base/hash.h"

/* The expander's inside: shared by expand.c and expand_report.c. */

struct expander {
	struct arena *arena;
	struct macro_table *macros;
	struct vector origins; /* struct origin; [0] is not used */
	struct vector texts;   /* struct kept_text, by number */
	uint32_t next_number;
	size_t text_memory; /* of the texts */
	size_t used;	    /* what has been made so far, in bytes */
	size_t limit;
	bool exhausted; /* the limit was reached, which has been reported */
	struct diagnostics *diagnostics;
	struct vector told; /* struct told */
	struct hash told_hash;
};

struct kept_text {
	uint32_t number; /* of its first byte */
	struct text text;
};

/* A diagnostic about a place in a macro. */
struct told {
	struct spot spot;
	const char *text;
};

/* expand_report.c: the same as expander_report(), before the text has a number. */
void expander_report_origin(struct expander *expander, enum diagnostic_severity severity,
			    struct spot use, uint32_t origin, uint32_t shift, const char *code,
			    const char *text);

#endif
