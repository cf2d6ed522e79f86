/*
 * capability.c - lists of capabilities as POP3 and ManageSieve write them: a keyword and what belongs to it
 */
#include "probes/protocol/capability.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/facts/dialogue.h"

#include <errno.h>
#include <string.h>

static void make_upper(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'a' && *text <= 'z')
            *text = (char)(*text - 'a' + 'A');
}

int capability_add(struct list *capabilities, struct arena *arena, struct bytes keyword, struct bytes value)
{
    char *name = text_clean(arena, keyword.data, keyword.size, DIALOGUE_LINE_MAX);
    char *rest = text_clean(arena, value.data, value.size, DIALOGUE_LINE_MAX);
    char *text;

    if (name == NULL || rest == NULL)
        return -ENOMEM;
    make_upper(name);
    text = *rest == '\0' ? name : arena_format(arena, "%s %s", name, rest);
    if (text == NULL)
        return -ENOMEM;
    return capabilities->count < CAPABILITIES_KEPT ? list_add(capabilities, arena, text) : 0;
}

/* What stands behind the keyword in this text; NULL when it is another one. */
static const char *behind(const char *capability, const char *keyword)
{
    size_t size = strlen(keyword);

    if (!text_starts_with(capability, keyword) || (capability[size] != ' ' && capability[size] != '\0'))
        return NULL;
    return capability + size;
}

enum known capability_listed(const struct list *capabilities, const char *keyword)
{
    if (!capabilities->observed)
        return UNKNOWN;
    for (size_t i = 0; i < capabilities->count; i++)
        if (behind(capabilities->items[i], keyword) != NULL)
            return YES;
    return NO;
}

static int add_words(struct list *words, struct arena *arena, const char *text)
{
    while (*(text += strspn(text, " ")) != '\0') {
        size_t size = strcspn(text, " ");
        char *word = arena_text_sized(arena, text, size);

        if (word == NULL)
            return -ENOMEM;
        make_upper(word);
        if (!list_has_text(words, word) && list_add(words, arena, word) < 0)
            return -ENOMEM;
        text += size;
    }
    return 0;
}

int capability_words(const struct list *capabilities, const char *keyword, struct arena *arena,
                     struct list *ret)
{
    struct list words = {.observed = capabilities->observed};

    for (size_t i = 0; i < capabilities->count; i++) {
        const char *rest = behind(capabilities->items[i], keyword);

        if (rest != NULL && add_words(&words, arena, rest) < 0)
            return -ENOMEM;
    }
    *ret = words;
    return 0;
}
