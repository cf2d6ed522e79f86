/*
 * hello.c - fuzzes the reading of a server's answer to a hello
 *
 * Input: a byte of which bit 0 says that an SSLv2 hello was sent, a byte from which the sizes of the pieces are drawn,
 * and what the server sent.
 *
 * Properties: the outcome does not depend on how the bytes were cut; all that a flight holds lies in the reader's
 * memory; counts stay within their arrays; a reason is given for what is garbled and for nothing else; when the state
 * is final it stays. Read as EncryptedExtensions, no more groups come than there is room for.
 */
#include "scanner/net/hello.h"

#include "tests/unit/flight_equal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_inside(const struct flight_reader *reader, struct bytes part)
{
    const struct buffer *memory = &reader->handshake;

    require(!part.failed);
    if (part.size > 0)
        require(part.data >= memory->data && part.data + part.size <= memory->data + memory->size);
}

static void check_flight(const struct flight_reader *reader)
{
    const struct server_flight *flight = &reader->flight;
    const struct bytes parts[] = {flight->session_id,  flight->protocol,     flight->staple,
                                  flight->dh_prime,    flight->dh_generator, flight->dh_public,
                                  flight->rsa_modulus, flight->ec_point};

    require((flight->broken != NULL) == (flight->state == FLIGHT_GARBLED));
    require(flight->state != FLIGHT_ALERT || flight->alert_seen);
    require(flight->state != FLIGHT_COMPLETE || flight->hello_seen);
    require(flight->state != FLIGHT_SSL2 || reader->ssl2);
    require(flight->ssl2_kind_count <= sizeof(flight->ssl2_kinds) / sizeof(flight->ssl2_kinds[0]));
    require(reader->received <= FLIGHT_SIZE_MAX);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        check_inside(reader, parts[i]);
    for (size_t i = 0; i < flight->chain_count && i < FLIGHT_CHAIN_MAX; i++)
        check_inside(reader, flight->chain[i]);
}

/* In pieces of 1 to 256 bytes; with a seed of 0 byte by byte. */
static void feed_pieces(struct flight_reader *reader, struct bytes in, uint32_t seed)
{
    uint32_t state = seed;

    while (in.size > 0) {
        size_t size;

        state = state * 1664525 + 1013904223;
        size = seed == 0 ? 1 : 1 + (state >> 24);
        (void)flight_feed(reader, take_block(&in, size < in.size ? size : in.size));
    }
}

/* The same bytes as the body of EncryptedExtensions. */
static void check_groups(struct bytes in)
{
    uint16_t groups[8] = {0}, fewer[2];
    size_t count = encrypted_extensions_groups(in, groups, 8);
    size_t limited = encrypted_extensions_groups(in, fewer, 2);

    require(count <= 8 && count * 2 <= in.size);
    require(limited == (count <= 2 ? count : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    bool ssl2 = take_u8(&in) & 1;
    uint8_t seed = take_u8(&in);
    struct flight_reader whole = {.ssl2 = ssl2}, pieces = {.ssl2 = ssl2};
    enum flight_state state;

    if (in.failed)
        return 0;
    check_groups(in);
    state = flight_feed(&whole, in);
    require(state == whole.flight.state);
    check_flight(&whole);
    feed_pieces(&pieces, in, seed);
    check_flight(&pieces);
    require(flight_difference(&whole.flight, &pieces.flight) == NULL);
    require(whole.error == pieces.error);
    if (state != FLIGHT_MORE)
        require(flight_feed(&whole, bytes_of("\x15\x03\x01\0\2\2\x28", 7)) == state &&
                flight_end(&whole) == state);
    else
        require(flight_end(&whole) == (whole.flight.alert_seen && whole.warned ? FLIGHT_ALERT : FLIGHT_MORE));
    flight_free(&whole);
    flight_free(&pieces);
    return 0;
}
