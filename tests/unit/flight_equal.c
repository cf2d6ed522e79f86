/*
 * flight_equal.c - comparing flights member by member, and cutting them into small records
 */
#include "tests/unit/flight_equal.h"

#include <string.h>

/* Members that are numbers, and those that are bytes. */
#define NUMBERS(X)                                                                                           \
    X(state)                                                                                                 \
    X(alert_seen)                                                                                            \
    X(alert_level)                                                                                           \
    X(alert)                                                                                                 \
    X(warning_unrecognized_name)                                                                             \
    X(hello_seen)                                                                                            \
    X(record_version)                                                                                        \
    X(version)                                                                                               \
    X(legacy_version)                                                                                        \
    X(suite)                                                                                                 \
    X(compression)                                                                                           \
    X(extensions)                                                                                            \
    X(unknown_extension)                                                                                     \
    X(group_seen)                                                                                            \
    X(group)                                                                                                 \
    X(chain_count)                                                                                           \
    X(certificate_seen)                                                                                      \
    X(key_exchange_seen)                                                                                     \
    X(explicit_curve)                                                                                        \
    X(scheme_seen)                                                                                           \
    X(scheme)                                                                                                \
    X(certificate_request)                                                                                   \
    X(authority_count)                                                                                       \
    X(ssl2_kind_count)                                                                                       \
    X(ssl2_error)
#define BYTES(X)                                                                                             \
    X(session_id) X(protocol) X(staple) X(dh_prime) X(dh_generator) X(dh_public) X(rsa_modulus) X(ec_point)

const char *flight_difference(const struct server_flight *a, const struct server_flight *b)
{
#define COMPARE(member)                                                                                      \
    if (a->member != b->member)                                                                              \
        return #member;
    NUMBERS(COMPARE)
#undef COMPARE
#define COMPARE(member)                                                                                      \
    if (!bytes_equal(a->member, b->member))                                                                  \
        return #member;
    BYTES(COMPARE)
#undef COMPARE
    if (a->broken != b->broken &&
        (a->broken == NULL || b->broken == NULL || strcmp(a->broken, b->broken) != 0))
        return "broken";
    if (memcmp(a->random, b->random, sizeof(a->random)) != 0)
        return "random";
    for (size_t i = 0; i < a->chain_count && i < FLIGHT_CHAIN_MAX; i++)
        if (!bytes_equal(a->chain[i], b->chain[i]))
            return "chain";
    for (size_t i = 0; i < a->ssl2_kind_count; i++)
        if (a->ssl2_kinds[i] != b->ssl2_kinds[i])
            return "ssl2_kinds";
    return NULL;
}

void flight_shred(struct bytes flight, struct buffer *out)
{
    for (;;) {
        uint8_t type = take_u8(&flight);
        uint16_t version = take_u16(&flight);
        struct bytes content = take_block(&flight, take_u16(&flight));

        if (flight.failed)
            return;
        for (size_t i = 0; i < content.size; i++) {
            put_u8(out, type);
            put_u16(out, version);
            put_u16(out, 1);
            put_u8(out, content.data[i]);
        }
    }
}
