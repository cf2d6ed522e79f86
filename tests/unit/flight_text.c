/*
 * flight_text.c - a notation for bytes with lengths, and a line that says what a flight holds
 */
#include "tests/unit/flight_text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- notation ---- */

enum { DEPTH_MAX = 8 };

struct notation {
    const char *at;
    struct buffer *out;
    struct {
        size_t begin, width;
    } open[DEPTH_MAX];
    size_t depth;
};

static void mistake(const struct notation *notation)
{
    fprintf(stderr, "a mistake in the notation of a flight: %s\n", notation->at);
    abort();
}

static void begin_block(struct notation *notation)
{
    size_t width = (size_t)(notation->at[0] - '0');

    if (notation->depth == DEPTH_MAX || width < 1 || width > 3)
        mistake(notation);
    put_block(notation->out, (const uint8_t[3]){0}, width);
    notation->open[notation->depth].begin = notation->out->size;
    notation->open[notation->depth++].width = width;
    notation->at += 2;
}

static void end_block(struct notation *notation)
{
    size_t begin, width, size;

    if (notation->depth == 0)
        mistake(notation);
    begin = notation->open[--notation->depth].begin;
    width = notation->open[notation->depth].width;
    size = notation->out->size - begin;
    for (size_t i = 0; i < width; i++)
        notation->out->data[begin - 1 - i] = (uint8_t)(size >> 8 * i);
    notation->at++;
}

static uint8_t take_hexadecimal(struct notation *notation)
{
    char digits[3] = {0};

    for (size_t i = 0; i < 2; i++, notation->at++) {
        if (!isxdigit((unsigned char)*notation->at))
            mistake(notation);
        digits[i] = *notation->at;
    }
    return (uint8_t)strtoul(digits, NULL, 16);
}

static void put_filling(struct notation *notation)
{
    uint8_t size;

    notation->at++;
    size = take_hexadecimal(notation);
    for (uint8_t i = 0; i < size; i++)
        put_u8(notation->out, '#');
}

static void put_random(struct notation *notation)
{
    static const uint8_t retry[] = {
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
        0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    };

    if (*notation->at++ == 'H')
        put_block(notation->out, retry, sizeof(retry));
    else
        put_text(notation->out, "RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR");
}

static void put_quoted(struct notation *notation)
{
    const char *end = strchr(notation->at + 1, '\'');

    if (end == NULL)
        mistake(notation);
    else
        put_block(notation->out, notation->at + 1, (size_t)(end - notation->at - 1));
    notation->at = end + 1;
}

void flight_notation(const char *text, struct buffer *out)
{
    struct notation notation = {.at = text, .out = out};

    while (*notation.at != '\0') {
        char c = *notation.at;

        if (c == ' ')
            notation.at++;
        else if (c == ')')
            end_block(&notation);
        else if (c == 'R' || c == 'H')
            put_random(&notation);
        else if (c == '#')
            put_filling(&notation);
        else if (c == '\'')
            put_quoted(&notation);
        else if (notation.at[1] == '(')
            begin_block(&notation);
        else
            put_u8(out, take_hexadecimal(&notation));
    }
    if (notation.depth > 0 || out->failed)
        mistake(&notation);
}

/* ---- text ---- */

static void add(char text[FLIGHT_TEXT_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char text[FLIGHT_TEXT_SIZE], const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text + used, FLIGHT_TEXT_SIZE - used, format, arguments);
    va_end(arguments);
}

static void add_size(char text[FLIGHT_TEXT_SIZE], const char *what, struct bytes bytes)
{
    if (bytes.data != NULL)
        add(text, " %s=%zu", what, bytes.size);
}

static void add_hello(char text[FLIGHT_TEXT_SIZE], const struct server_flight *flight)
{
    const char *version = tls_registry_version_name(flight->version);

    add(text, " %s", version != NULL ? version : "?");
    if (flight->version != TLS_VERSION_SSL2)
        add(text, " %04x", flight->suite);
    if (flight->session_id.size > 0)
        add(text, " session=%zu", flight->session_id.size);
    if (flight->compression != 0)
        add(text, " compression=%u", flight->compression);
    if (flight->extensions != 0)
        add(text, " extensions=%x", flight->extensions);
    if (flight->unknown_extension)
        add(text, " unknown");
    if (flight->protocol.size > 0)
        add(text, " protocol=%.*s", (int)flight->protocol.size, (const char *)flight->protocol.data);
}

static void add_certificates(char text[FLIGHT_TEXT_SIZE], const struct server_flight *flight)
{
    if (flight->certificate_seen)
        add(text, " chain=%zu", flight->chain_count);
    add_size(text, "staple", flight->staple);
    if (flight->certificate_request)
        add(text, " request=%zu", flight->authority_count);
    for (size_t i = 0; i < flight->ssl2_kind_count; i++)
        add(text, " %06x", flight->ssl2_kinds[i]);
}

static void add_key_exchange(char text[FLIGHT_TEXT_SIZE], const struct server_flight *flight)
{
    if (flight->key_exchange_seen)
        add(text, " key-exchange");
    if (flight->group_seen)
        add(text, " group=%04x", flight->group);
    if (flight->explicit_curve)
        add(text, " explicit");
    add_size(text, "p", flight->dh_prime);
    add_size(text, "g", flight->dh_generator);
    add_size(text, "y", flight->dh_public);
    add_size(text, "rsa", flight->rsa_modulus);
    add_size(text, "point", flight->ec_point);
    if (flight->scheme_seen)
        add(text, " scheme=%04x", flight->scheme);
}

const char *flight_text(const struct server_flight *flight, char text[FLIGHT_TEXT_SIZE])
{
    static const char *const states[] = {
        [FLIGHT_MORE] = "more",         [FLIGHT_HELLO_RETRY] = "retry", [FLIGHT_ENCRYPTED] = "encrypted",
        [FLIGHT_COMPLETE] = "complete", [FLIGHT_ALERT] = "alert",       [FLIGHT_SSL2] = "ssl2",
        [FLIGHT_NOT_TLS] = "not TLS",   [FLIGHT_GARBLED] = "garbled",
    };

    text[0] = '\0';
    add(text, "%s", states[flight->state]);
    if (flight->alert_seen)
        add(text, " alert=%u/%u", flight->alert_level, flight->alert);
    if (flight->warning_unrecognized_name)
        add(text, " unrecognized");
    if (flight->ssl2_error != 0)
        add(text, " error=%u", flight->ssl2_error);
    if (flight->hello_seen)
        add_hello(text, flight);
    add_certificates(text, flight);
    add_key_exchange(text, flight);
    if (flight->broken != NULL)
        add(text, ": %s", flight->broken);
    return text;
}
