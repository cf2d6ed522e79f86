/*
 * tls_rpt.c - takes the record of TLS reporting apart (RFC 8460 3, RFC 3986, RFC 6068)
 *
 * Reports go by mail or by HTTPS. A URI of another scheme is passed over, as a sender would do; without any
 * that can be used the record is at fault.
 */
#include "probes/protocol/tls_rpt.h"

#include "probes/protocol/record_fields.h"
#include "probes/protocol/report_uri.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

static const char version_field[] = "v=TLSRPTv1";

/* Behind "https:": two slashes, a name or a bracketed address, perhaps a port. */
static bool is_web_place(struct bytes uri)
{
    size_t size = 0;

    if (uri.size < 2 || uri.data[0] != '/' || uri.data[1] != '/')
        return false;
    take_block(&uri, 2);
    while (size < uri.size && strchr("/?#", uri.data[size]) == NULL)
        size++;
    uri.size = size;
    if (size > 2 && uri.data[0] == '[')
        return memchr(uri.data, ']', size) != NULL;
    while (size > 0 && uri.data[size - 1] >= '0' && uri.data[size - 1] <= '9')
        size--;
    if (size > 0 && uri.data[size - 1] == ':')
        uri.size = size - 1;
    return uri_is_host(uri);
}

static int read_uri(struct tls_rpt_record_facts *facts, struct bytes uri, struct arena *arena)
{
    struct bytes rest = uri;

    facts->fault = uri.size == 0 ? "a URI of rua is empty" : uri_character_fault(uri);
    if (facts->fault != NULL)
        return 0;
    if (uri_take_scheme(&rest, "mailto:")) {
        if (!uri_is_mail_address(rest))
            facts->fault = "a mailto: URI has no valid mail address";
    } else if (uri_take_scheme(&rest, "https:")) {
        if (!is_web_place(rest))
            facts->fault = "an https: URI has no valid host";
    } else {
        return record_remark(&facts->remarks, arena, bytes_of("rua", 3),
                             memchr(uri.data, ':', uri.size) == NULL
                                 ? "a URI has no scheme (mailto: or https:)"
                                 : "a URI has another scheme than mailto: and https:");
    }
    if (facts->fault != NULL || facts->rua.count >= TLS_RPT_URIS_MAX)
        return 0;
    return record_keep(&facts->rua, arena, text_clean(arena, uri.data, uri.size, 0));
}

static int read_rua(struct tls_rpt_record_facts *facts, struct bytes value, struct arena *arena)
{
    bool more = true;
    int error = 0;

    while (more && error == 0 && facts->fault == NULL) {
        size_t left = value.size;
        struct bytes uri = take_until(&value, ',');

        more = uri.size < left;
        error = read_uri(facts, bytes_trimmed(uri), arena);
    }
    if (error == 0 && facts->fault == NULL && facts->rua.count == 0)
        facts->fault = "rua names neither a mailto: nor an https: URI";
    return error;
}

static int read_field(struct tls_rpt_record_facts *facts, const struct record_field *field, bool *has_rua,
                      struct arena *arena)
{
    if (!record_is_text(field->name, "rua")) {
        if (!record_is_value(field->value))
            facts->fault = "the value of a field is not valid";
        return record_remark(&facts->remarks, arena, field->name, "unknown, senders ignore it");
    }
    if (*has_rua)
        return record_remark(&facts->remarks, arena, field->name, "there again, only the first counts");
    *has_rua = true;
    return read_rua(facts, field->value, arena);
}

int tls_rpt_record_read(struct bytes record, struct arena *arena, struct tls_rpt_record_facts **ret)
{
    struct tls_rpt_record_facts *facts = arena_alloc(arena, sizeof *facts);
    struct record_opened opened;
    bool has_rua = false;
    int error = record_open(record, version_field, arena, &opened);

    if (facts == NULL || error < 0)
        return -ENOMEM;
    facts->text = opened.text;
    facts->announces = known(opened.announces);
    facts->intended = known(opened.intended);
    facts->remarks.observed = facts->rua.observed = true;
    for (size_t i = 0; i < opened.fields.count && error == 0 && facts->fault == NULL; i++)
        error = read_field(facts, opened.fields.items[i], &has_rua, arena);
    if (error < 0)
        return error;
    if (facts->fault == NULL)
        facts->fault = opened.fault;
    if (facts->announces == YES && facts->fault == NULL && !has_rua)
        facts->fault = "rua is missing";
    *ret = facts;
    return 0;
}
