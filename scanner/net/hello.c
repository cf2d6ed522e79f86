/*
 * hello.c - ClientHellos made by hand: TLS and SSLv3 (RFC 8446 4.1.2, RFC 5246 7.4.1.2), SSLv2's (Hickman, 1995)
 *
 *   the message with lengths left open -> extensions -> padding -> lengths filled in -> records
 */
#include "scanner/net/hello.h"

#include <string.h>

enum { MESSAGE_MAX = 0xffffff, RECORD_MAX = 16384, RECORD_HANDSHAKE = 22, CLIENT_HELLO = 1 };
enum { SSL2_CLIENT_HELLO = 1, SSL2_CHALLENGE_SIZE = 16, SSL2_RECORD_MAX = 0x7fff };

/* RFC 8701 2: values that no server may choose. The last two are extensions and differ always. */
enum grease { GREASE_SUITE, GREASE_GROUP, GREASE_VERSION, GREASE_SCHEME, GREASE_FIRST, GREASE_LAST };

static uint16_t grease_value(const struct client_hello *hello, enum grease what)
{
    uint8_t nibble = hello->random[what] & 0x0f;

    if (what == GREASE_LAST && nibble == (hello->random[GREASE_FIRST] & 0x0f))
        nibble ^= 1;
    return (uint16_t)(0x0a0a + 0x1010 * nibble);
}

/* ---- blocks behind their length ---- */

/* Leaves room for a length of `width` bytes; what is put from now on until end_block() is what it counts. */
static size_t begin_block(struct buffer *out, size_t width)
{
    put_block(out, (const uint8_t[3]){0}, width);
    return out->size;
}

static void end_block(struct buffer *out, size_t begin, size_t width)
{
    size_t size = out->size - begin;

    if (out->failed)
        return;
    if (size >> 8 * width != 0) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < width; i++)
        out->data[begin - width + i] = (uint8_t)(size >> 8 * (width - 1 - i));
}

static void put_vector(struct buffer *out, const void *data, size_t size, size_t width)
{
    size_t begin = begin_block(out, width);

    put_block(out, data, size);
    end_block(out, begin, width);
}

/* Numbers of two bytes behind the length of their list; a GREASE value first when there is one. */
static void put_list(struct buffer *out, const struct hello_numbers *numbers, uint16_t grease, size_t width)
{
    size_t list = begin_block(out, width);

    if (grease != 0)
        put_u16(out, grease);
    for (size_t i = 0; i < numbers->count; i++)
        put_u16(out, numbers->codes[i]);
    end_block(out, list, width);
}

/* ---- extensions ---- */

struct writer {
    const struct client_hello *hello;
    struct buffer *out;
};

/* A GREASE value, or 0 when there is to be none. */
static uint16_t greased(const struct writer *writer, enum grease what)
{
    return writer->hello->extensions & HELLO_GREASE ? grease_value(writer->hello, what) : 0;
}

static void put_extension(const struct writer *writer, uint16_t type, const void *data, size_t size)
{
    put_u16(writer->out, type);
    put_vector(writer->out, data, size, 2);
}

static void put_flag(const struct writer *writer, enum hello_extension flag, uint16_t type, const void *data,
                     size_t size)
{
    if (writer->hello->extensions & (unsigned)flag)
        put_extension(writer, type, data, size);
}

static void put_server_name(const struct writer *writer)
{
    size_t extension, list;

    put_u16(writer->out, 0);
    extension = begin_block(writer->out, 2);
    list = begin_block(writer->out, 2);
    put_u8(writer->out, 0); /* host_name */
    put_vector(writer->out, writer->hello->name, strlen(writer->hello->name), 2);
    end_block(writer->out, list, 2);
    end_block(writer->out, extension, 2);
}

static void put_protocols(const struct writer *writer)
{
    size_t extension, list;

    put_u16(writer->out, 16);
    extension = begin_block(writer->out, 2);
    list = begin_block(writer->out, 2);
    for (const char *const *protocol = writer->hello->protocols; *protocol != NULL; protocol++)
        put_vector(writer->out, *protocol, strlen(*protocol), 1);
    end_block(writer->out, list, 2);
    end_block(writer->out, extension, 2);
}

static void put_numbers(const struct writer *writer, uint16_t type, const struct hello_numbers *numbers,
                        enum grease grease, size_t width)
{
    size_t extension;

    if (numbers->count == 0)
        return;
    put_u16(writer->out, type);
    extension = begin_block(writer->out, 2);
    put_list(writer->out, numbers, greased(writer, grease), width);
    end_block(writer->out, extension, 2);
}

static void put_key_share(const struct writer *writer)
{
    const struct hello_numbers *groups = &writer->hello->shares;
    size_t extension, list;

    put_u16(writer->out, 51);
    extension = begin_block(writer->out, 2);
    list = begin_block(writer->out, 2);
    for (size_t i = 0; i < groups->count; i++) {
        struct bytes share = hello_share(groups->codes[i]);

        if (share.size == 0)
            continue;
        put_u16(writer->out, groups->codes[i]);
        put_vector(writer->out, share.data, share.size, 2);
    }
    end_block(writer->out, list, 2);
    end_block(writer->out, extension, 2);
}

/* All but padding. The empty ones come first: there are servers that choke on an empty one at the end. */
static void put_extensions(const struct writer *writer)
{
    const struct client_hello *hello = writer->hello;
    static const uint8_t ocsp[] = {1, 0, 0, 0, 0}; /* no responders, no extensions of the request */

    if (hello->extensions & HELLO_GREASE)
        put_extension(writer, grease_value(hello, GREASE_FIRST), NULL, 0);
    if (hello->name != NULL)
        put_server_name(writer);
    put_flag(writer, HELLO_EXTENDED_MASTER_SECRET, 23, NULL, 0);
    put_flag(writer, HELLO_ENCRYPT_THEN_MAC, 22, NULL, 0);
    put_flag(writer, HELLO_TIMESTAMPS, 18, NULL, 0);
    put_flag(writer, HELLO_SESSION_TICKET, 35, hello->ticket.data, hello->ticket.size);
    put_flag(writer, HELLO_RENEGOTIATION_INFO, 0xff01, (const uint8_t[]){0}, 1);
    put_numbers(writer, 10, &hello->groups, GREASE_GROUP, 2);
    put_flag(writer, HELLO_POINT_FORMATS, 11, (const uint8_t[]){1, 0}, 2);
    if (hello->protocols != NULL)
        put_protocols(writer);
    put_flag(writer, HELLO_STATUS_REQUEST, 5, ocsp, sizeof(ocsp));
    put_flag(writer, HELLO_HEARTBEAT, 15, (const uint8_t[]){1}, 1);
    put_numbers(writer, 13, &hello->schemes, GREASE_SCHEME, 2);
    put_numbers(writer, 50, &hello->certificate_schemes, GREASE_SCHEME, 2);
    if (hello->key_share)
        put_key_share(writer);
    put_flag(writer, HELLO_PSK_MODES, 45, (const uint8_t[]){1, 1}, 2);
    put_numbers(writer, 43, &hello->versions, GREASE_VERSION, 1);
    if (hello->extensions & HELLO_GREASE)
        put_extension(writer, grease_value(hello, GREASE_LAST), (const uint8_t[]){0}, 1);
}

/* RFC 7685: up to `pad_to` bytes; the extension itself takes four. */
static void put_padding(const struct writer *writer)
{
    size_t missing =
        writer->hello->pad_to > writer->out->size ? writer->hello->pad_to - writer->out->size : 0;

    if (missing == 0)
        return;
    put_u16(writer->out, 21);
    missing = missing > 4 ? missing - 4 : 0;
    put_u16(writer->out, (uint16_t)missing);
    if (missing > UINT16_MAX)
        writer->out->failed = true;
    for (size_t i = 0; i < missing && !writer->out->failed; i++)
        put_u8(writer->out, 0);
}

/* ---- the message ---- */

static void put_message(const struct client_hello *hello, struct buffer *out)
{
    const struct writer writer = {hello, out};
    size_t message, block;

    put_u8(out, CLIENT_HELLO);
    message = begin_block(out, 3);
    put_u16(out, hello->version);
    put_block(out, hello->random, sizeof(hello->random));
    if (hello->session_id.size > 32)
        out->failed = true;
    put_vector(out, hello->session_id.data, hello->session_id.size, 1);
    put_list(out, &hello->suites, greased(&writer, GREASE_SUITE), 2);
    put_vector(out, hello->deflate ? "\1\0" : "\0", hello->deflate ? 2 : 1, 1); /* DEFLATE (RFC 3749), null */
    if (!hello->no_extensions) {
        block = begin_block(out, 2);
        put_extensions(&writer);
        put_padding(&writer);
        end_block(out, block, 2);
        if (out->size == block)
            out->size -= 2; /* none: not even the length of their block */
    }
    end_block(out, message, 3);
}

void hello_write(const struct client_hello *hello, struct buffer *out)
{
    struct buffer message = {.limit = MESSAGE_MAX};
    uint16_t version = hello->record_version != 0           ? hello->record_version
                       : hello->version == TLS_VERSION_SSL3 ? TLS_VERSION_SSL3
                                                            : TLS_VERSION_1_0;
    size_t most =
        hello->record_size == 0 || hello->record_size > RECORD_MAX ? RECORD_MAX : hello->record_size;

    put_message(hello, &message);
    for (size_t at = 0; at < message.size && !message.failed;) {
        size_t size = message.size - at < most ? message.size - at : most;

        put_u8(out, RECORD_HANDSHAKE);
        put_u16(out, version);
        put_vector(out, message.data + at, size, 2);
        at += size;
    }
    out->failed = out->failed || message.failed;
    buffer_free(&message);
}

void hello_write_ssl2(const uint32_t *kinds, size_t count, const uint8_t challenge[16], struct buffer *out)
{
    size_t size = 9 + 3 * count + SSL2_CHALLENGE_SIZE;

    if (count > SSL2_RECORD_MAX / 3 || size > SSL2_RECORD_MAX) {
        out->failed = true;
        return;
    }
    put_u16(out, (uint16_t)(0x8000 | size)); /* a header of two bytes: no padding */
    put_u8(out, SSL2_CLIENT_HELLO);
    put_u16(out, TLS_VERSION_SSL2);
    put_u16(out, (uint16_t)(3 * count));
    put_u16(out, 0); /* no session to resume */
    put_u16(out, SSL2_CHALLENGE_SIZE);
    for (size_t i = 0; i < count; i++)
        put_u24(out, kinds[i]);
    put_block(out, challenge, SSL2_CHALLENGE_SIZE);
}
