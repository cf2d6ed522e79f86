/*
 * spf_record.c - fuzzes the reader of SPF records: the input is what stands behind "v=spf1 "
 *
 * Properties: terms lie in the record, one behind the other; a term is of a kind or has a fault, whose position is in
 * the record; what is read of a term has no fault of its own.
 */
#include "probes/protocol/spf_record.h"
#include "probes/protocol/spf_macro.h"

#include "scanner/base/arena.h"

#include <stdlib.h>
#include <string.h>

static const char version[] = "v=spf1 ";
enum { VERSION_SIZE = sizeof version - 1 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_term(const struct spf_term *term, struct bytes record)
{
    size_t at;

    check(term->text.size > 0 && term->text.data + term->text.size <= record.data + record.size);
    check(term->kind != SPF_KIND_NOT_OBSERVED || term->fault != NULL);
    check(term->position <= record.size);
    if (term->fault != NULL)
        return;
    check(term->qualifier == '+' || (strchr("-~?", term->qualifier) != NULL && !spf_is_modifier(term->kind)));
    check(term->prefix_ipv4 <= 32 && term->prefix_ipv6 <= 128);
    check((term->kind == SPF_IP4) == (term->address.family == AF_INET));
    check((term->kind == SPF_IP6) == (term->address.family == AF_INET6));
    if (term->kind == SPF_INCLUDE || term->kind == SPF_EXISTS || term->kind == SPF_REDIRECT ||
        term->kind == SPF_EXP)
        check(term->domain.size > 0);
    if (term->domain.data != NULL && term->kind != SPF_UNKNOWN_MODIFIER)
        check(spf_domain_fault(term->domain, &at) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct buffer text = {0};
    struct spf_record *record = NULL;
    const struct spf_term *bad = NULL;
    const uint8_t *behind;

    (void)spf_announces(bytes_of(data, size));
    check(!spf_intended(bytes_of(data, size)) || !spf_announces(bytes_of(data, size)));
    put_text(&text, version);
    put_block(&text, data, size);
    check(spf_record_read(bytes_of(text.data, text.size), arena, &record) == 0);
    check(record->terms.count <= SPF_TERMS_MAX);
    behind = text.data + VERSION_SIZE;
    for (size_t i = 0; i < record->terms.count; i++) {
        const struct spf_term *term = record->terms.items[i];

        check(term->text.data >= behind);
        behind = term->text.data + term->text.size;
        check_term(term, bytes_of(text.data, text.size));
        if (term->fault != NULL && bad == NULL)
            bad = term;
        (void)spf_term_used(record, term);
    }
    check(record->bad == bad);
    buffer_free(&text);
    arena_free(arena);
    return 0;
}
