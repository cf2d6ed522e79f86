/*
 * tlsa.c - TLSA records (RFC 6698 2): what a record says, and whether a client can use it
 *
 * A record with unknown numbers, or with data that cannot be what its numbers say, is unusable and counts for
 * nothing (RFC 6698 4.1). Of the digests of one usage and selector only the strongest counts
 * (RFC 7671 9); full data stands beside them.
 */
#include "probes/protocol/tlsa.h"

#include <errno.h>

enum { SHA256_SIZE = 32, SHA512_SIZE = 64 };

int tlsa_parse(struct bytes rdata, struct tlsa *ret)
{
    struct tlsa tlsa;

    tlsa.usage = take_u8(&rdata);
    tlsa.selector = take_u8(&rdata);
    tlsa.matching = take_u8(&rdata);
    if (rdata.failed)
        return -EBADMSG;
    tlsa.data = rdata;
    *ret = tlsa;
    return 0;
}

static const char *data_fault(const struct tlsa *tlsa)
{
    switch (tlsa->matching) {
    case TLSA_FULL:
        if (tls_dane_data_valid(tlsa->selector, tlsa->data))
            return NULL;
        return tlsa->selector == TLSA_CERTIFICATE ? "its data is no certificate"
                                                  : "its data is no public key";
    case TLSA_SHA256:
        return tlsa->data.size == SHA256_SIZE ? NULL : "its data has not the 32 octets of a SHA-256 digest";
    case TLSA_SHA512:
        return tlsa->data.size == SHA512_SIZE ? NULL : "its data has not the 64 octets of a SHA-512 digest";
    default:
        return "its matching type is unknown";
    }
}

static const char *fault(const struct tlsa *tlsa, bool between_servers)
{
    if (tlsa->usage > TLSA_DANE_EE)
        return "its usage is unknown";
    if (between_servers && tlsa->usage <= TLSA_PKIX_EE)
        return "usages 0 and 1 are not for mail between servers";
    if (tlsa->selector > TLSA_KEY)
        return "its selector is unknown";
    return data_fault(tlsa);
}

enum tlsa_use tlsa_use_of(const struct tlsa *records, size_t count, size_t index, bool between_servers,
                          const char **ret_reason)
{
    const struct tlsa *tlsa = &records[index];

    *ret_reason = fault(tlsa, between_servers);
    if (*ret_reason != NULL)
        return TLSA_UNUSABLE;
    for (size_t i = 0; i < count && tlsa->matching == TLSA_SHA256; i++) {
        const struct tlsa *other = &records[i];

        if (other->usage == tlsa->usage && other->selector == tlsa->selector &&
            other->matching == TLSA_SHA512 && fault(other, between_servers) == NULL) {
            *ret_reason = "a SHA-512 digest of the same usage and selector counts instead";
            return TLSA_SUPERSEDED;
        }
    }
    return TLSA_USABLE;
}
