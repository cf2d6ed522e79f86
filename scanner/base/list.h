/*
 * list.h - a growing list of pointers whose items stay where they are
 *
 * A list knows whether it was observed at all: "we did not look" and "we looked and there was nothing"
 * differ.
 */
#ifndef OUTPOST_BASE_LIST_H
#define OUTPOST_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct list {
    void **items;
    size_t count;
    size_t capacity;
    bool observed; /* set by the first list_add; set it by hand for an observed empty list */
};

/* Appends `item`; 0 or -ENOMEM. The array of pointers lives in `arena`, the item wherever it was made. */
int list_add(struct list *list, struct arena *arena, void *item);
/* Allocates a zeroed item of `size` bytes and appends it; NULL when out of memory. */
void *list_new_item(struct list *list, struct arena *arena, size_t size);
/* Is `text` among the texts of the list (ASCII case does not count)? */
bool list_has_text(const struct list *list, const char *text);

#endif
