#ifndef CORE_KEYWORD_LIST_H
#define CORE_KEYWORD_LIST_H

#include <stdbool.h>
#include <stdio.h>

/* keyword_list.c: the table of keywords for people and programs, aligned or as JSON. */
void keyword_list_print(bool json, FILE *out);

#endif
