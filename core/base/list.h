#ifndef CHECK_LIST_H
#define CHECK_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A circular doubly linked list whose links are embedded in their owners. The head is a link that
 * points to itself when the list is empty, and so does a link that is in no list. */
struct list {
	struct list *next, *previous;
};

static inline void list_init(struct list *list)
{
	list->next = list;
	list->previous = list;
}

static inline bool list_is_empty(const struct list *list)
{
	return list->next == list;
}

/* Does nothing when `link` is in a list already. */
static inline void list_append(struct list *head, struct list *link)
{
	if (!list_is_empty(link))
		return;
	link->previous = head->previous;
	link->next = head;
	head->previous->next = link;
	head->previous = link;
}

/* Does nothing when `link` is in no list. */
static inline void list_remove(struct list *link)
{
	link->previous->next = link->next;
	link->next->previous = link->previous;
	list_init(link);
}

/* The struct that `link` is embedded in as `member`. */
#define list_owner(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

#endif
