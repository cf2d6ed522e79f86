/*
 * spf_macro.c - fuzzes macros: the first line is the local part of the sender, the rest a macro-string
 *
 * Properties: what has no fault can be expanded, within the limit; a name made of it can be asked for, with labels of at
 * most 63 bytes; what is a domain-spec is a macro-string.
 */
#include "probes/protocol/spf_macro.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns_packet.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_name(struct bytes expanded, struct arena *arena)
{
    const char *name = NULL;
    struct dns_name parsed;

    if (spf_name(expanded, arena, &name) == 0)
        check(dns_name_from_text(name, &parsed) == 0);
}

static void check_expansion(struct bytes text, const char *local, struct arena *arena)
{
    static const struct address clients[] = {
        {.family = AF_INET, .octets = {192, 0, 2, 1}},
        {.family = AF_INET6, .octets = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
    };

    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
        struct spf_values values = {.client = clients[i],
                                    .local = local,
                                    .sender_domain = "example.org",
                                    .domain = local,
                                    .helo = "mx.example.org",
                                    .validated = i == 0 ? NULL : local,
                                    .now = 1795348800};
        struct bytes expanded = {0};

        check(spf_macro_expand(text, &values, arena, &expanded) == 0);
        check(expanded.data != NULL && expanded.size <= SPF_EXPANSION_MAX);
        check_name(expanded, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t line = end != NULL ? (size_t)(end - data) : 0;
    struct bytes text = bytes_of(end != NULL ? end + 1 : data, end != NULL ? size - line - 1 : size);
    const char *local = arena_text_sized(arena, (const char *)data, line);
    size_t at = 0;

    if (spf_domain_fault(text, &at) == NULL)
        check(spf_macro_fault(text, SPF_IN_NAMES, &at) == NULL);
    else
        check(at <= text.size);
    if (spf_macro_fault(text, SPF_IN_NAMES, &at) == NULL)
        check(spf_macro_fault(text, SPF_IN_EXPLANATION, &at) == NULL);
    if (spf_macro_fault(text, SPF_IN_EXPLANATION, &at) == NULL)
        check_expansion(text, local, arena);
    check_name(text, arena);
    arena_free(arena);
    return 0;
}
