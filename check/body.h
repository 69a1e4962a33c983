#ifndef CHECK_BODY_H
#define CHECK_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a probe makes of a response's body: an MD5 digest of all of it, and a copy of its beginning
 * for a pattern.  Both are bounded.
 */
#define BODY_DIGEST_MAX	 (16 << 20) /* bytes; a larger body has no digest */
#define BODY_KEPT_MAX	 (1 << 20)  /* bytes a pattern looks at */
#define BODY_MEMORY_MAX	 (64 << 20) /* bytes of all copies of a worker together */
#define BODY_DIGEST_SIZE 33	    /* 32 lower-case hex digits and the NUL */

enum body_problem { BODY_FINE, BODY_TOO_LARGE, BODY_NO_MEMORY };

struct body;

/* body.c */

/* Makes an empty body; `memory` counts the bytes of all copies and is shared by a worker's bodies.
 * Files may be opened only the first time. */
struct body *body_create(size_t *memory);
void body_destroy(struct body *body); /* NULL is allowed */
/* Starts anew and says what is wanted of the next body. */
void body_reset(struct body *body, bool digest, bool copy);
/* Adds bytes; matches http_body_fn. False: nothing more is wanted, see body_problem(). */
bool body_add(void *body, const uint8_t *bytes, size_t size);
enum body_problem body_problem(const struct body *body);
const uint8_t *body_copy(const struct body *body, size_t *size);
/* Of everything added; once per body. False: the library refused. */
bool body_digest(struct body *body, char text[BODY_DIGEST_SIZE]);

#endif
