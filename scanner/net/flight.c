/*
 * flight.c - the answer to a hello, record by record: framing, alerts, and where it ends
 *
 *   bytes -> record header -> handshake: messages (flight_message.c)
 *                          -> alert:     two bytes
 *                          -> change_cipher_spec behind a ServerHello: a session was resumed, the rest is encrypted
 *
 * Every decision falls at a certain byte, so that the outcome does not depend on how the bytes were delivered.
 */
#include "scanner/net/flight_message.h"

#include <errno.h>
#include <stdlib.h>

enum {
    RECORD_CHANGE_CIPHER_SPEC = 20,
    RECORD_ALERT,
    RECORD_HANDSHAKE,
    RECORD_APPLICATION_DATA,
    RECORD_HEARTBEAT,
    RECORD_MAX = 16384,
    MESSAGE_HEADER = 4,
};
enum { ALERT_WARNING = 1, ALERT_FATAL = 2, ALERT_CLOSE_NOTIFY = 0, ALERT_UNRECOGNIZED_NAME = 112 };
enum { SSL2_ERROR = 0, SSL2_SERVER_HELLO = 4 };

static void garbled(struct flight_reader *reader, const char *how)
{
    reader->flight.state = FLIGHT_GARBLED;
    reader->flight.broken = how;
}

/* What stops us and is no fault of the server's. */
static void stopped(struct flight_reader *reader, int error, const char *why)
{
    reader->error = error;
    garbled(reader, why);
}

/* ---- inside records ---- */

static void take_alert(struct flight_reader *reader, uint8_t byte)
{
    struct server_flight *flight = &reader->flight;

    reader->alert_begun = !reader->alert_begun;
    if (reader->alert_begun) {
        reader->alert_half = byte;
        return;
    }
    if (reader->alert_half != ALERT_WARNING && reader->alert_half != ALERT_FATAL) {
        garbled(reader, "an alert that is neither a warning nor fatal");
        return;
    }
    flight->alert_seen = true;
    flight->alert_level = reader->alert_half;
    flight->alert = byte;
    if (reader->alert_half == ALERT_FATAL || byte == ALERT_CLOSE_NOTIFY)
        flight->state = FLIGHT_ALERT;
    else
        reader->warned = true;
    if (flight->state == FLIGHT_MORE && byte == ALERT_UNRECOGNIZED_NAME && !flight->hello_seen)
        flight->warning_unrecognized_name = true;
}

/* The messages that are complete by now. */
static void read_messages(struct flight_reader *reader)
{
    while (reader->flight.state == FLIGHT_MORE) {
        struct bytes rest =
            bytes_of(reader->handshake.data + reader->parsed, reader->handshake.size - reader->parsed);
        uint8_t type;
        uint32_t size;
        const char *broken;

        if (rest.size < MESSAGE_HEADER)
            return;
        type = take_u8(&rest);
        size = take_u24(&rest);
        broken = flight_message_expected(reader, type);
        if (broken == NULL && rest.size < size)
            return;
        if (broken == NULL)
            broken = flight_message_read(reader, type, take_block(&rest, size));
        if (broken != NULL)
            garbled(reader, broken);
        reader->parsed += MESSAGE_HEADER + size;
    }
}

/* A part of a record's content, all of it from the same record. */
static void take_content(struct flight_reader *reader, struct bytes content)
{
    switch (reader->header[0]) {
    case RECORD_HANDSHAKE:
        reader->warned = false;
        put_block(&reader->handshake, content.data, content.size);
        read_messages(reader);
        break;
    case RECORD_ALERT:
        for (size_t i = 0; i < content.size && reader->flight.state == FLIGHT_MORE; i++)
            take_alert(reader, content.data[i]);
        break;
    default: /* change_cipher_spec, all else has been refused */
        reader->flight.state = FLIGHT_ENCRYPTED;
        break;
    }
}

/* ---- record headers ---- */

/* What is wrong with the header, as far as it has come; NULL: nothing. */
static const char *header_fault(const struct flight_reader *reader)
{
    const uint8_t *header = reader->header;

    if (header[0] == RECORD_CHANGE_CIPHER_SPEC && !reader->flight.hello_seen)
        return "change_cipher_spec before ServerHello";
    if (header[0] == RECORD_APPLICATION_DATA)
        return "application data within the handshake";
    if (header[0] == RECORD_HEARTBEAT)
        return "a heartbeat within the handshake";
    if (header[0] < RECORD_CHANGE_CIPHER_SPEC || header[0] > RECORD_HEARTBEAT)
        return "a record of an unknown type";
    if ((reader->header_size >= 2 && header[1] != 3) || (reader->header_size >= 3 && header[2] > 4))
        return "a record of an unknown version";
    if (reader->header_size == sizeof(reader->header) && reader->record_left == 0)
        return "an empty record";
    if (reader->record_left > RECORD_MAX)
        return "a record of more than 16384 bytes";
    return NULL;
}

/* The first bytes of all: do they begin something else than a record of TLS? To an SSLv2 hello the answer may be in
 * either format, and the second byte tells: read as SSLv2, the beginning of a TLS record would announce more than 5000
 * bytes with padding, which no SERVER-HELLO has. */
static bool not_a_record(struct flight_reader *reader)
{
    const uint8_t *header = reader->header;
    bool tls = header[0] >= RECORD_CHANGE_CIPHER_SPEC && header[0] <= RECORD_HEARTBEAT &&
               (reader->header_size < 2 || header[1] == 3);

    if (tls || (reader->ssl2 && reader->header_size < 2))
        return false;
    if (reader->ssl2) {
        reader->ssl2_record = true;
        put_block(&reader->handshake, header, 2);
    } else {
        reader->flight.state = FLIGHT_NOT_TLS;
    }
    return true;
}

static void take_header(struct flight_reader *reader, uint8_t byte)
{
    bool first = reader->received < sizeof(reader->header);
    const char *fault;

    reader->header[reader->header_size++] = byte;
    if (first && (not_a_record(reader) || (reader->ssl2 && reader->header_size < 2)))
        return;
    if (reader->header_size == sizeof(reader->header))
        reader->record_left = (size_t)(reader->header[3] << 8 | reader->header[4]);
    fault = header_fault(reader);
    if (fault != NULL)
        garbled(reader, fault);
    else if (first && reader->header_size == 3)
        reader->flight.record_version = (uint16_t)(reader->header[1] << 8 | reader->header[2]);
}

/* ---- SSLv2 ---- */

/* The one record, gathered with its header: of two bytes, or of three and then with padding at its end. */
static void read_ssl2(struct flight_reader *reader)
{
    struct bytes in = bytes_of(reader->handshake.data, reader->handshake.size);
    uint16_t size = take_u16(&in);
    bool escape = (size & 0xc000) == 0x4000;
    uint8_t padding = (size & 0x8000) != 0 ? 0 : take_u8(&in);
    const char *broken;

    if (in.failed || in.size == 0)
        return;
    if (escape || (in.data[0] != SSL2_ERROR && in.data[0] != SSL2_SERVER_HELLO)) {
        reader->flight.state = FLIGHT_NOT_TLS;
        return;
    }
    size &= (size & 0x8000) != 0 ? 0x7fff : 0x3fff;
    if (in.size < size)
        return;
    reader->flight.record_version = TLS_VERSION_SSL2;
    broken = size > padding ? flight_message_ssl2(&reader->flight, take_block(&in, (size_t)(size - padding)))
                            : "an SSLv2 record of nothing but padding";
    if (broken != NULL)
        garbled(reader, broken);
}

/* ---- feeding ---- */

/* Memory for all that can come, so that nothing that points into it is ever moved. */
static bool reserve(struct flight_reader *reader)
{
    if (reader->handshake.data == NULL) {
        reader->handshake.data = malloc(FLIGHT_SIZE_MAX);
        reader->handshake.capacity = reader->handshake.limit = FLIGHT_SIZE_MAX;
    }
    if (reader->handshake.data == NULL)
        stopped(reader, -ENOMEM, "out of memory");
    return reader->handshake.data != NULL;
}

/* How many of the next bytes belong together: a byte of a header, or what is there of a record's content. */
static size_t piece_size(const struct flight_reader *reader, size_t there)
{
    size_t most = FLIGHT_SIZE_MAX - reader->received;
    size_t size = reader->ssl2_record ? there : reader->record_left > 0 ? reader->record_left : 1;

    size = size < there ? size : there;
    return size < most ? size : most;
}

enum flight_state flight_feed(struct flight_reader *reader, struct bytes in)
{
    while (in.size > 0 && reader->flight.state == FLIGHT_MORE && reserve(reader)) {
        size_t size = piece_size(reader, in.size);
        struct bytes piece = take_block(&in, size);

        if (size == 0) {
            stopped(reader, -EMSGSIZE, "more than 64 KiB before the end of the flight");
        } else if (reader->ssl2_record) {
            put_block(&reader->handshake, piece.data, size);
            read_ssl2(reader);
        } else if (reader->record_left > 0) {
            reader->record_left -= size;
            reader->header_size = reader->record_left > 0 ? reader->header_size : 0;
            take_content(reader, piece);
        } else {
            take_header(reader, piece.data[0]);
        }
        reader->received += size;
    }
    return reader->flight.state;
}

enum flight_state flight_end(struct flight_reader *reader)
{
    if (reader->flight.state == FLIGHT_MORE && reader->warned)
        reader->flight.state = FLIGHT_ALERT;
    return reader->flight.state;
}

void flight_free(struct flight_reader *reader)
{
    if (reader == NULL)
        return;
    buffer_free(&reader->handshake);
    *reader = (struct flight_reader){.ssl2 = reader->ssl2};
}
