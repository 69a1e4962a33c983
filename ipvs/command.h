#ifndef IPVS_COMMAND_H
#define IPVS_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "ipvs/table.h"

/* The changes that the kernel's table knows. */
enum command_kind {
	COMMAND_NEW_SERVICE,
	COMMAND_SET_SERVICE,
	COMMAND_DEL_SERVICE,
	COMMAND_NEW_DESTINATION,
	COMMAND_SET_DESTINATION,
	COMMAND_DEL_DESTINATION
};

struct command {
	enum command_kind kind;
	uint32_t tag;			     /* the caller's, from reconcile_service() */
	const struct table_service *service; /* outlives the command */
	struct destination destination;	     /* *_DESTINATION only */
};

/* Grows as needed; zero-initialised is empty. */
struct command_list {
	struct command *commands;
	size_t n_commands;
	size_t capacity;
};

/* command.c */
void command_append(struct command_list *list, const struct command *command);
void command_clear(struct command_list *list);

#define COMMAND_TEXT_SIZE 160
/* What the command was to do and why the kernel refused it (a positive errno), in words: "cannot
 * add server [10.0.0.3]:80: ...". Returns `text`. */
const char *command_error(const struct command *command, int error, char text[COMMAND_TEXT_SIZE]);

#endif
