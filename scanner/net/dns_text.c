/*
 * dns_text.c - RDATA as a zone file writes it
 *
 * ldns knows the form of each type. It gets one record at a time, built anew from data that has passed our
 * own check of shape; what it cannot say is written as RFC 3597 5 says.
 */
#include "scanner/net/dns_packet.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_IN = 1 };

static char *unknown_text(struct arena *arena, struct bytes data)
{
    struct buffer out = {0};
    char *text = NULL;

    put_format(&out, "\\# %zu", data.size);
    if (data.size > 0)
        put_text(&out, " ");
    for (size_t i = 0; i < data.size; i++) {
        static const char digits[] = "0123456789abcdef";

        put_u8(&out, (uint8_t)digits[data.data[i] >> 4]);
        put_u8(&out, (uint8_t)digits[data.data[i] & 15]);
    }
    if (!out.failed)
        text = arena_text_sized(arena, (const char *)out.data, out.size);
    buffer_free(&out);
    return text;
}

/* Names are written our way: ldns ends them with a dot. */
static void put_field(ldns_buffer *out, const ldns_rdf *field)
{
    struct bytes data = bytes_of(ldns_rdf_data(field), ldns_rdf_size(field));
    char text[DNS_NAME_TEXT_SIZE];
    struct dns_name name;
    size_t offset = 0;
    const char *why;

    if (ldns_rdf_get_type(field) != LDNS_RDF_TYPE_DNAME) {
        ldns_rdf2buffer_str(out, field);
        while (ldns_buffer_position(out) > 0 && *ldns_buffer_at(out, ldns_buffer_position(out) - 1) == ' ')
            ldns_buffer_skip(out, -1); /* it ends salts and bitmaps with a blank */
        return;
    }
    if (dns_name_take(data, &offset, false, &name, &why) == 0)
        ldns_buffer_printf(out, "%s", dns_name_format(&name, text));
}

static ldns_rr *make_record(uint16_t type, struct bytes data)
{
    struct buffer wire = {.limit = DNS_PACKET_MAX + 16};
    ldns_rr *record = NULL;
    size_t offset = 0;

    put_u8(&wire, 0); /* owner: the root */
    put_u16(&wire, type);
    put_u16(&wire, CLASS_IN);
    put_u32(&wire, 0);
    put_u16(&wire, (uint16_t)data.size);
    put_block(&wire, data.data, data.size);
    if (!wire.failed &&
        ldns_wire2rr(&record, wire.data, wire.size, &offset, LDNS_SECTION_ANSWER) != LDNS_STATUS_OK)
        record = NULL;
    buffer_free(&wire);
    return record;
}

/* malloc'd; NULL when ldns cannot say it. */
static char *library_text(uint16_t type, struct bytes data)
{
    ldns_rr *record = make_record(type, data);
    ldns_buffer *out = record != NULL ? ldns_buffer_new(LDNS_MIN_BUFLEN) : NULL;
    char *text = NULL;

    for (size_t i = 0; out != NULL && i < ldns_rr_rd_count(record); i++) {
        if (i > 0)
            ldns_buffer_printf(out, " ");
        put_field(out, ldns_rr_rdf(record, i));
    }
    if (out != NULL && ldns_buffer_status_ok(out) && ldns_rr_rd_count(record) > 0)
        text = ldns_buffer_export2str(out);
    ldns_buffer_free(out);
    ldns_rr_free(record);
    return text;
}

char *dns_data_text(struct arena *arena, uint16_t type, struct bytes data)
{
    char *text = NULL;
    char *copy;

    if (data.size <= DNS_PACKET_MAX && dns_type_known_shape(type) && dns_data_valid(type, data))
        text = library_text(type, data);
    if (text == NULL || *text == '\0')
        copy = unknown_text(arena, data);
    else
        copy =
            text_clean_again(arena, text, strlen(text), 0); /* its backslashes are of the zone file's kind */
    free(text);
    return copy;
}
