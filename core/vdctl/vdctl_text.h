#ifndef CORE_VDCTL_TEXT_H
#define CORE_VDCTL_TEXT_H

#include <json.h>
#include <stdbool.h>

/* vdctl_text.c */

/* A copy of `text`, to be freed, in which nothing controls a terminal: such bytes are written as
 * \xNN. Tabs and ends of lines stay where it has `lines`. */
char *vdctl_text_clean(const char *text, bool lines);
/* Cleans all texts of an answer, in place. */
void vdctl_text_clean_answer(struct json_object *answer);
/* Writes JSON to stdout, for programs and people: what would control a terminal is escaped as JSON
 * has it, so that a reader gets the text as it is. */
void vdctl_text_print_json(struct json_object *object);

#endif
