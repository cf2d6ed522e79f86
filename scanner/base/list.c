/*
 * list.c - a growing list of pointers whose array lives in an arena
 */
#include "scanner/base/list.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

int list_add(struct list *list, struct arena *arena, void *item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 4 : 2 * list->capacity;
        void **items =
            capacity > SIZE_MAX / sizeof(void *) ? NULL : arena_alloc(arena, capacity * sizeof(void *));

        if (items == NULL)
            return -ENOMEM;
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof(void *));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    list->observed = true;
    return 0;
}

void *list_new_item(struct list *list, struct arena *arena, size_t size)
{
    void *item = arena_alloc(arena, size);

    if (item == NULL || list_add(list, arena, item) < 0)
        return NULL;
    return item;
}

bool list_has_text(const struct list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i], text))
            return true;
    return false;
}
