/*
 * dnssec_anchor.c - the trust anchor: DS or DNSKEY records of the root, as in a zone file
 *
 * Read by ldns, on the loop's stack: one record takes it a quarter of a megabyte.
 */
#include "scanner/net/dnssec_internal.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>

enum { ANCHORS_MAX = 16 };

/* The RDATA behind owner (the root, one byte), type, class, time to live and size. */
enum { RDATA_OFFSET = 11 };

static int add_anchor(const ldns_rr *found, struct arena *arena, struct list *anchors)
{
    struct dns_record *record = list_new_item(anchors, arena, sizeof(*record));
    uint8_t *wire = NULL;
    size_t size;
    int error = 0;

    if (record == NULL || ldns_rr2wire(&wire, found, LDNS_SECTION_ANSWER, &size) != LDNS_STATUS_OK)
        return -ENOMEM;
    record->name = ".";
    record->type = (uint16_t)ldns_rr_get_type(found);
    if (size > RDATA_OFFSET)
        record->data =
            bytes_of(arena_copy(arena, wire + RDATA_OFFSET, size - RDATA_OFFSET), size - RDATA_OFFSET);
    if (record->data.data == NULL)
        error = -ENOMEM;
    LDNS_FREE(wire);
    return error;
}

static bool is_anchor(const ldns_rr *record)
{
    return (ldns_rr_get_type(record) == LDNS_RR_TYPE_DS || ldns_rr_get_type(record) == LDNS_RR_TYPE_DNSKEY) &&
           ldns_rr_owner(record) != NULL && ldns_rdf_size(ldns_rr_owner(record)) == 1;
}

static int read_records(FILE *from, const char *file, struct arena *arena, struct list *anchors,
                        const char **ret_error)
{
    int line = 0;

    while (!feof(from)) {
        ldns_rr *record = NULL;
        ldns_status status = ldns_rr_new_frm_fp_l(&record, from, NULL, NULL, NULL, &line);
        int error = 0;

        if (status == LDNS_STATUS_SYNTAX_EMPTY || status == LDNS_STATUS_SYNTAX_TTL ||
            status == LDNS_STATUS_SYNTAX_ORIGIN)
            continue;
        if (status != LDNS_STATUS_OK) {
            *ret_error = arena_format(arena, "%s, line %d: %s", file, line, ldns_get_errorstr_by_id(status));
            return -EINVAL;
        }
        if (is_anchor(record) && anchors->count < ANCHORS_MAX)
            error = add_anchor(record, arena, anchors);
        ldns_rr_free(record);
        if (error < 0)
            return error;
    }
    return 0;
}

int dnssec_anchor_read(const char *file, struct arena *arena, struct list *ret, const char **ret_error)
{
    FILE *from = fopen(file, "re");
    struct list anchors = {0};
    int error = from != NULL ? 0 : -errno;

    if (from == NULL) {
        *ret_error = arena_format(arena, "%s cannot be read: %s", file, strerrordesc_np(-error));
        return error;
    }
    error = read_records(from, file, arena, &anchors, ret_error);
    fclose(from);
    if (error == 0 && anchors.count == 0) {
        *ret_error = arena_format(arena, "%s has no DS or DNSKEY record of the root", file);
        error = -EINVAL;
    }
    if (error == 0)
        *ret = anchors;
    return error;
}
