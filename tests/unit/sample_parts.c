/*
 * sample_parts.c - the names in the sample judgement, and what all its parts need
 */
#include "tests/unit/sample_parts.h"

#include <stdlib.h>
#include <string.h>

const int64_t sample_ports[SAMPLE_PORTS] = {25, 465, 587, 993};
const char *const sample_addresses[SAMPLE_ADDRESSES] = {V4, V6};

void *must(void *pointer)
{
    if (!pointer)
        abort();
    return pointer;
}

void add_texts(struct list *list, struct arena *arena, const char *texts)
{
    list->observed = true;
    while (texts && *texts) {
        size_t length = strcspn(texts, "|");

        if (list_add(list, arena, must(arena_text_sized(arena, texts, length))) < 0)
            abort();
        texts += length + (texts[length] == '|');
    }
}
