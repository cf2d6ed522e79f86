/*
 * mechanisms.c - ways to log in (SASL mechanisms) that a server offers
 *
 * RFC 4954 3 (AUTH in EHLO), RFC 9051 7.2.2 (AUTH= in CAPABILITY), RFC 6331 (DIGEST-MD5 is historic).
 */
#include "reports/mechanisms.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

enum mechanism_kind mechanism_kind_of(const char *mechanism)
{
    static const char *const passwords[] = {"PLAIN", "LOGIN"};
    static const char *const outdated[] = {"CRAM-MD5", "DIGEST-MD5", "NTLM", "APOP", "SKEY", "KERBEROS_V4"};

    for (size_t i = 0; i < sizeof(passwords) / sizeof(passwords[0]); i++)
        if (text_equal(mechanism, passwords[i]))
            return MECHANISM_PASSWORD;
    for (size_t i = 0; i < sizeof(outdated) / sizeof(outdated[0]); i++)
        if (text_equal(mechanism, outdated[i]))
            return MECHANISM_OUTDATED;
    return MECHANISM_OTHER;
}

static void add_words(struct arena *arena, struct list *words, const char *text)
{
    while (text != NULL && *(text += strspn(text, " ")) != '\0') {
        size_t size = strcspn(text, " ");
        char *word = arena_text_sized(arena, text, size);

        if (word == NULL)
            return;
        if (!list_has_text(words, word) && list_add(words, arena, word) < 0)
            return;
        text += size;
    }
}

struct list smtp_mechanisms(struct arena *arena, const struct smtp_ehlo_facts *ehlo)
{
    struct list mechanisms = {0};

    if (ehlo == NULL || !ehlo->capabilities.observed)
        return mechanisms;
    mechanisms.observed = true;
    for (size_t i = 0; i < ehlo->capabilities.count; i++) {
        const struct smtp_capability_facts *capability = ehlo->capabilities.items[i];

        if (capability->keyword == NULL)
            continue;
        if (text_starts_with(capability->keyword, "AUTH="))
            add_words(arena, &mechanisms, capability->keyword + strlen("AUTH="));
        else if (!text_equal(capability->keyword, "AUTH"))
            continue;
        add_words(arena, &mechanisms, capability->parameter);
    }
    return mechanisms;
}

struct list imap_mechanisms(struct arena *arena, const struct list *capabilities)
{
    struct list mechanisms = {.observed = capabilities->observed};

    for (size_t i = 0; i < capabilities->count; i++) {
        const char *capability = capabilities->items[i];

        if (text_starts_with(capability, "AUTH="))
            add_words(arena, &mechanisms, capability + strlen("AUTH="));
    }
    return mechanisms;
}

/* RFC 4422 3.1: nothing else may enter a line that somebody copies into a configuration. */
static bool is_mechanism_name(const char *name)
{
    return *name != '\0' && strlen(name) <= 20 &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(name);
}

const char *mechanisms_to_keep(struct arena *arena, const struct list *mechanisms)
{
    struct list kept = {0};

    for (size_t i = 0; i < mechanisms->count; i++) {
        char *name = arena_text(arena, mechanisms->items[i]);

        if (name == NULL)
            return NULL;
        if (mechanism_kind_of(name) == MECHANISM_OUTDATED || !is_mechanism_name(name))
            continue;
        for (char *character = name; *character != '\0'; character++)
            if (*character >= 'A' && *character <= 'Z')
                *character += 'a' - 'A';
        if (list_add(&kept, arena, name) < 0)
            return NULL;
    }
    return kept.count > 0 ? text_join(arena, &kept, " ") : "plain login";
}

struct list mechanisms_of_kind(struct arena *arena, const struct list *mechanisms, enum mechanism_kind kind)
{
    struct list some = {.observed = mechanisms->observed};

    for (size_t i = 0; i < mechanisms->count; i++)
        if (mechanism_kind_of(mechanisms->items[i]) == kind)
            add_words(arena, &some, mechanisms->items[i]);
    return some;
}
