#ifndef CONF_PLACE_H
#define CONF_PLACE_H

#include <stdint.h>

/* A place in one of the texts that a configuration is read from. */
struct place {
	uint32_t file; /* index into conf.files */
	uint32_t line; /* from 1 */
	uint32_t column;
	uint32_t expansion; /* while it is read: the byte of an expanded text, or 0 (expand.h) */
};

/* The first password or key of a file that has some. */
struct secret_conf {
	const char *keyword;
	struct place place;
};

#endif
