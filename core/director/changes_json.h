#ifndef CORE_CHANGES_JSON_H
#define CORE_CHANGES_JSON_H

#include "core/base/json_writer.h"
#include "core/director/effect.h"

/* changes_json.c: what a reload does or would do, as an object: {"count":...,"disturbing":...,
 * "restart":...,"list":[...]}; of very many, the list has the first thousand. */
void changes_json_write(struct json_writer *writer, const char *name,
			const struct effects *effects);

#endif
