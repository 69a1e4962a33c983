#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include "conf/text/lexer.h"
#include "core/base/mono.h"

#define CONF_TEXT_MAX ((size_t)256 * 1024 * 1024) /* bytes, included files counted */

/* A text being read: a file, or one that is in memory. */
struct source {
	struct source *includer; /* whose reading waits for this one */
	struct lexer lexer;
	struct token next; /* of the includer, put aside */
	uint32_t file;	   /* index into conf.files */
	uint64_t device, inode;
	struct wall changed; /* the file's last change, as seen after it was read */
	size_t released;     /* bytes of the text given back to the system */
	const char *text;
	size_t size;
	void *memory;  /* that holds the text; NULL = it is not ours */
	size_t mapped; /* bytes of it */
};

/* source.c */

/* Reads a whole file; false with the reason in *reason. Either way source_free() is to follow. */
bool source_read(struct source *source, const char *path, size_t limit, const char **reason);
void source_release(struct source *source); /* what the lexer has passed */
void source_free(struct source *source);

#endif
