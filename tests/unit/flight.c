/*
 * flight.c - tests of reading a server's answer: answers made by hand, and OpenSSL's; each whole, byte by byte, cut in
 * two at every place, and in records of one byte
 */
#include "tests/unit/flight_equal.h"
#include "tests/unit/flight_text.h"
#include "tests/unit/openssl_server.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/ocsp.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define NUMBERS(array) ((struct hello_numbers){array, COUNT(array)})

enum { NOW = 1924992000 /* 2031-01-01 */, CUTS_MAX = 1000 };

/* ---- however it comes ---- */

static void expect_same(const struct flight_reader *whole, struct bytes first, struct bytes second,
                        size_t step, const char *how)
{
    struct flight_reader reader = {.ssl2 = whole->ssl2};
    const char *difference;

    while (first.size > 0) {
        struct bytes piece = take_block(&first, step < first.size ? step : first.size);

        cr_expect_eq(flight_feed(&reader, piece), reader.flight.state);
    }
    flight_feed(&reader, second);
    difference = flight_difference(&whole->flight, &reader.flight);
    cr_expect_null(difference, "%s: %s differs", how, difference);
    flight_free(&reader);
}

/* The reader of a flight that was fed whole, after it was read in all other ways with the same outcome. */
static void read_flight(struct bytes flight, bool ssl2, struct flight_reader *ret)
{
    size_t cuts = flight.size < CUTS_MAX ? flight.size : 0;

    *ret = (struct flight_reader){.ssl2 = ssl2};
    cr_expect_eq(flight_feed(ret, flight), ret->flight.state);
    expect_same(ret, flight, (struct bytes){0}, 1, "byte by byte");
    expect_same(ret, flight, (struct bytes){0}, 7, "by seven bytes");
    for (size_t cut = 0; cut < cuts; cut++)
        expect_same(ret, bytes_of(flight.data, cut), bytes_of(flight.data + cut, flight.size - cut),
                    flight.size, "cut in two");
    if (ret->flight.state != FLIGHT_MORE) {
        expect_same(ret, flight, bytes_of("\x15\x03\x01\0\2\2\x28", 7), flight.size, "with more behind it");
    }
}

/* The same when the records are cut into such of one byte; for flights without a fault. */
static void expect_same_shredded(struct bytes flight, const struct flight_reader *whole)
{
    struct buffer shreds = {0};

    flight_shred(flight, &shreds);
    cr_assert_gt(shreds.size, 0);
    expect_same(whole, bytes_of(shreds.data, shreds.size), (struct bytes){0}, shreds.size,
                "in records of one byte");
    expect_same(whole, bytes_of(shreds.data, shreds.size), (struct bytes){0}, 1, "the same byte by byte");
    buffer_free(&shreds);
}

/* ---- made by hand ---- */

/* Handshake messages of TLS 1.2, in one record each. */
#define RECORD(content)     "16 0303 2(" content ")"
#define HELLO(suite, tail)  "02 3( 0303 R 1(#20) " suite " 00 " tail ")"
#define CERTIFICATE         "0b 3( 3( 3(#10) 3(#08) ) )"
#define KEY_EXCHANGE(body)  "0c 3(" body ")"
#define DONE                "0e 3()"
#define FLIGHT(suite, body) RECORD(HELLO(suite, "") CERTIFICATE) RECORD(KEY_EXCHANGE(body)) RECORD(DONE)
#define SIGNATURE           "0401 2(#20)"

struct row {
    const char *notation, *text;
};

static void expect_rows(const struct row *rows, size_t count, bool ssl2, bool shred)
{
    for (size_t i = 0; i < count; i++) {
        struct buffer bytes = {0};
        struct flight_reader reader;
        char text[FLIGHT_TEXT_SIZE];

        flight_notation(rows[i].notation, &bytes);
        read_flight(bytes_of(bytes.data, bytes.size), ssl2, &reader);
        cr_expect_str_eq(flight_text(&reader.flight, text), rows[i].text, "%s\n  is: %s\n  not: %s",
                         rows[i].notation, text, rows[i].text);
        cr_expect_eq(reader.error, 0);
        if (shred)
            expect_same_shredded(bytes_of(bytes.data, bytes.size), &reader);
        flight_free(&reader);
        buffer_free(&bytes);
    }
}

Test(flight, key_exchanges)
{
    static const struct row rows[] = {
        /* ECDHE, named curve; TLS 1.2 with the scheme, older ones without */
        {FLIGHT("c02f", "03 0017 1(#41) 0804 2(#20)"),
         "complete TLS1.2 c02f session=32 chain=2 key-exchange group=0017 point=65 scheme=0804"},
        {RECORD("02 3( 0301 R 1() c013 00 )") RECORD(CERTIFICATE KEY_EXCHANGE("03 001d 1(#20) 2(#20)") DONE),
         "complete TLS1.0 c013 chain=2 key-exchange group=001d point=32"},
        /* explicit curves */
        {FLIGHT("c02f", "01 1(#20) 1(#20) 1(#20) 1(#41) 1(#20) 1(01) 1(#41)" SIGNATURE),
         "complete TLS1.2 c02f session=32 chain=2 key-exchange explicit point=65 scheme=0401"},
        {FLIGHT("c02f", "02 00a3 01 1(07) 1(#14) 1(#14) 1(#29) 1(#15) 1(02) 1(#29)" SIGNATURE),
         "complete TLS1.2 c02f session=32 chain=2 key-exchange explicit point=41 scheme=0401"},
        {FLIGHT("c02f", "02 00a3 02 1(07) 1(06) 1(03) 1(#14) 1(#14) 1(#29) 1(#15) 1(02) 1(#29)" SIGNATURE),
         "complete TLS1.2 c02f session=32 chain=2 key-exchange explicit point=41 scheme=0401"},
        {FLIGHT("c02f", "07 0017 1(#41)"), "complete TLS1.2 c02f session=32 chain=2 key-exchange"},
        /* DHE, anonymous, static, RSA_EXPORT */
        {FLIGHT("009e", "2(#80) 2(02) 2(#7f)" SIGNATURE),
         "complete TLS1.2 009e session=32 chain=2 key-exchange p=128 g=1 y=127 scheme=0401"},
        {FLIGHT("00a6", "2(#80) 2(02) 2(#80)"),
         "complete TLS1.2 00a6 session=32 chain=2 key-exchange p=128 g=1 y=128"},
        {FLIGHT("c018", "03 0017 1(#41)"),
         "complete TLS1.2 c018 session=32 chain=2 key-exchange group=0017 point=65"},
        {RECORD("02 3( 0300 R 1() 0003 00 )")
             RECORD(CERTIFICATE KEY_EXCHANGE("2(#40) 2(010001) 2(#20)") DONE),
         "complete SSL3 0003 chain=2 key-exchange rsa=64"},
        {FLIGHT("0003", "2(#40) 2(010001)" SIGNATURE),
         "complete TLS1.2 0003 session=32 chain=2 key-exchange rsa=64 scheme=0401"},
        {FLIGHT("009c", "2(#40) 'whatever'"), "complete TLS1.2 009c session=32 chain=2 key-exchange"},
        {FLIGHT("0031", "'whatever'"), "complete TLS1.2 0031 session=32 chain=2 key-exchange"},
        /* PSK with a hint */
        {FLIGHT("008c", "2('hint')"), "complete TLS1.2 008c session=32 chain=2 key-exchange"},
        {FLIGHT("00aa", "2('hint') 2(#80) 2(02) 2(#80)"),
         "complete TLS1.2 00aa session=32 chain=2 key-exchange p=128 g=1 y=128"},
        {FLIGHT("c037", "2() 03 001d 1(#20)"),
         "complete TLS1.2 c037 session=32 chain=2 key-exchange group=001d point=32"},
        {FLIGHT("00ac", "2('hint')"), "complete TLS1.2 00ac session=32 chain=2 key-exchange"},
        /* SRP, with and without a certificate */
        {FLIGHT("c01d", "2(#80) 2(02) 1(#10) 2(#80)"),
         "complete TLS1.2 c01d session=32 chain=2 key-exchange"},
        {FLIGHT("c01e", "2(#80) 2(02) 1(#10) 2(#80)" SIGNATURE),
         "complete TLS1.2 c01e session=32 chain=2 key-exchange scheme=0401"},
        /* of what is not known nothing is misread */
        {FLIGHT("0081", "#20"), "complete TLS1.2 0081 session=32 chain=2 key-exchange"},
        {FLIGHT("c0b0", "#20"), "complete TLS1.2 c0b0 session=32 chain=2 key-exchange"},
        {FLIGHT("001f", "#20"), "complete TLS1.2 001f session=32 chain=2 key-exchange"},
        {FLIGHT("cafe", "#20"), "complete TLS1.2 cafe session=32 chain=2 key-exchange"},
        {FLIGHT("1301", "#20"), "complete TLS1.2 1301 session=32 chain=2 key-exchange"},
    };

    expect_rows(rows, COUNT(rows), false, true);
}

Test(flight, hellos)
{
    static const struct row rows[] = {
        {RECORD(HELLO("0035", "") DONE), "complete TLS1.2 0035 session=32"},
        {RECORD(HELLO("0035", "2()") DONE), "complete TLS1.2 0035 session=32"},
        {RECORD("02 3( 0303 R 1() 0035 01 )" DONE), "complete TLS1.2 0035 compression=1"},
        {RECORD(HELLO("0035", "2( 0000 2() 0017 2() 0016 2() ff01 2(00) 0023 2() 0005 2() 0012 2() 000f 2(01)"
                              " 000b 2(0100) 0010 2( 2( 1('smtp') ) ) )") DONE),
         "complete TLS1.2 0035 session=32 extensions=2ff protocol=smtp"},
        {RECORD(HELLO("0035", "2( 000a 2( 2(001d) ) )") DONE), "complete TLS1.2 0035 session=32"},
        {RECORD(HELLO("0035", "2( 3374 2() )") DONE), "complete TLS1.2 0035 session=32 unknown"},
        {RECORD(HELLO("0035", "2( 4a4a 2(00) )") DONE), "complete TLS1.2 0035 session=32 unknown"},
        /* TLS 1.3 */
        {RECORD(HELLO("1301", "2( 002b 2(0304) 0033 2( 001d 2(#20) ) )")),
         "encrypted TLS1.3 1301 session=32 group=001d"},
        {RECORD(HELLO("1301", "2( 0033 2( 001d 2(#20) ) 002b 2(0304) 0029 2(0000) )")),
         "encrypted TLS1.3 1301 session=32 unknown group=001d"},
        {RECORD("02 3( 0303 H 1() 1302 00 2( 002b 2(0304) 0033 2(11ec) ) )"), "retry TLS1.3 1302 group=11ec"},
        {RECORD("02 3( 0303 H 1() 1302 00 2( 002b 2(0304) 002c 2( 2(#10) ) ) )"), "retry TLS1.3 1302"},
        {RECORD(HELLO("1301", "2( 002b 2(7f1c) )")), "encrypted ? 1301 session=32"},
        {RECORD(HELLO("1301", "2( 002b 2(0304) 002c 2( 2(#10) ) )")),
         "encrypted TLS1.3 1301 session=32 unknown"},
        {RECORD(HELLO("0035", "2( 002b 2(0302) )") DONE), "complete TLS1.1 0035 session=32"},
        /* a session that is resumed */
        {RECORD(HELLO("c02f", "")) "14 0303 2(01)", "encrypted TLS1.2 c02f session=32"},
        {RECORD(HELLO("c02f", "") "04 3( 00000e10 2(#20) )") "14 0303 2(01)",
         "encrypted TLS1.2 c02f session=32"},
    };

    expect_rows(rows, COUNT(rows), false, true);
}

Test(flight, other_messages)
{
    static const struct row rows[] = {
        {RECORD("00 3()" HELLO("0035", "") "00 3()" CERTIFICATE "00 3()" DONE),
         "complete TLS1.2 0035 session=32 chain=2"},
        {RECORD(HELLO("0035", "") "0b 3( 3() )" DONE), "complete TLS1.2 0035 session=32 chain=0"},
        {RECORD(HELLO(
             "0035",
             "") "0b 3( 3( 3(01) 3(02) 3(03) 3(04) 3(05) 3(06) 3(07) 3(08) 3(09) 3(0a) 3(0b) 3(0c) ) )" DONE),
         "complete TLS1.2 0035 session=32 chain=12"},
        {RECORD(HELLO("0035", "2( 0005 2() )") CERTIFICATE "16 3( 01 3(#30) )" DONE),
         "complete TLS1.2 0035 session=32 extensions=10 chain=2 staple=48"},
        {RECORD(HELLO("0035", "") CERTIFICATE "16 3( 02 3(#30) )" DONE),
         "complete TLS1.2 0035 session=32 chain=2"},
        {RECORD(HELLO("0035", "") CERTIFICATE
                "0d 3( 1(0102) 2(04010403) 2( 2('a') 2('bc') 2('def') ) )" DONE),
         "complete TLS1.2 0035 session=32 chain=2 request=3"},
        {RECORD("02 3( 0302 R 1() 0035 00 )" CERTIFICATE "0d 3( 1(01) 2() )" DONE),
         "complete TLS1.1 0035 chain=2 request=0"},
        {RECORD("02 3( 0302 R 1() 0035 00 )" CERTIFICATE "0d 3( 1(01) 2( 2('a') ) )" DONE),
         "complete TLS1.1 0035 chain=2 request=1"},
    };

    expect_rows(rows, COUNT(rows), false, true);
}

Test(flight, alerts)
{
    static const struct row rows[] = {
        {"15 0301 2(0228)", "alert alert=2/40"},
        {"15 0300 2(0246)", "alert alert=2/70"},
        {"15 0303 2(0100)", "alert alert=1/0"},
        {"15 0301 2(0170) 15 0301 2(0228)", "alert alert=2/40 unrecognized"},
        {"15 0301 2(01700228)", "alert alert=2/40 unrecognized"},
        {"15 0303 2(0170)" RECORD(HELLO("0035", "") DONE),
         "complete alert=1/112 unrecognized TLS1.2 0035 session=32"},
        {RECORD(HELLO("0035", "")) "15 0303 2(0170)" RECORD(DONE),
         "complete alert=1/112 TLS1.2 0035 session=32"},
        {RECORD(HELLO("0035", "") CERTIFICATE) "15 0303 2(0250)",
         "alert alert=2/80 TLS1.2 0035 session=32 chain=2"},
        {RECORD("02 000050 0303") "15 0303 2(0232)", "alert alert=2/50"},
        {"15 0301 2(015a) 15 0301 2(0100)", "alert alert=1/0"},
        {"15 0301 2(0128)", "more alert=1/40"},
        {RECORD(HELLO("0035", "")) "15 0303 2(0164)", "more alert=1/100 TLS1.2 0035 session=32"},
    };

    expect_rows(rows, COUNT(rows), false, true);
}

/* When no more comes, a warning that nothing followed is what the server had to say. */
Test(flight, the_end)
{
    static const struct row rows[] = {
        {"15 0301 2(0128)", "alert alert=1/40"},
        {"15 0301 2(0170)" RECORD(HELLO("0035", "")), "more alert=1/112 unrecognized TLS1.2 0035 session=32"},
        {RECORD(HELLO("0035", "")) "15 0303 2(0164)", "alert alert=1/100 TLS1.2 0035 session=32"},
        {"15 0301 2(0228)", "alert alert=2/40"},
        {RECORD(HELLO("0035", "") DONE), "complete TLS1.2 0035 session=32"},
        {"16 0301", "more"},
        {"", "more"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer bytes = {0};
        struct flight_reader reader = {0};
        char text[FLIGHT_TEXT_SIZE];

        flight_notation(rows[i].notation, &bytes);
        flight_feed(&reader, bytes_of(bytes.data, bytes.size));
        cr_expect_eq(flight_end(&reader), reader.flight.state);
        cr_expect_str_eq(flight_text(&reader.flight, text), rows[i].text, "%s", rows[i].notation);
        flight_free(&reader);
        buffer_free(&bytes);
    }
}

Test(flight, not_complete)
{
    static const struct row rows[] = {
        {RECORD(HELLO("0035", "")), "more TLS1.2 0035 session=32"},
        {RECORD(HELLO("0035", "") CERTIFICATE), "more TLS1.2 0035 session=32 chain=2"},
        {RECORD("02 0000"), "more"},
        {RECORD("02 000010 #0f"), "more"},
        {RECORD(HELLO("0035", "") "0b 000100 #20"), "more TLS1.2 0035 session=32"},
    };

    expect_rows(rows, COUNT(rows), false, true);
}

Test(flight, not_tls)
{
    static const struct row rows[] = {
        {"'454 4.7.0 TLS not available due to local problem' 0d0a", "not TLS"},
        {"'HTTP/1.1 400 Bad Request' 0d0a", "not TLS"},
        {"'SSH-2.0-OpenSSH_9.2p1' 0d0a", "not TLS"},
        {"'* BYE' 0d0a", "not TLS"},
        {"00", "not TLS"},
        {"80 03 00 00 01", "not TLS"},
        {"16", "more"},
        {"16 01", "not TLS"},
        {"15 20 2(0228)", "not TLS"},
        {"ff", "not TLS"},
    };

    expect_rows(rows, COUNT(rows), false, false);
}

Test(flight, against_the_rules)
{
    static const struct row rows[] = {
        /* records */
        {"14 0301 2(01)", "garbled: change_cipher_spec before ServerHello"},
        {"17 0303 2(#20)", "garbled: application data within the handshake"},
        {"18 0303 2(#20)", "garbled: a heartbeat within the handshake"},
        {"16 0309", "garbled: a record of an unknown version"},
        {"16 0303 0000", "garbled: an empty record"},
        {"16 0303 4001", "garbled: a record of more than 16384 bytes"},
        {"16 0303 4000", "more"},
        {RECORD(HELLO("0035", "")) "'454 '", "garbled TLS1.2 0035 session=32: a record of an unknown type"},
        {RECORD(HELLO("0035", "")) "16 02", "garbled TLS1.2 0035 session=32: a record of an unknown version"},
        {"15 0301 2(0328)", "garbled: an alert that is neither a warning nor fatal"},
        /* messages */
        {RECORD("01 3(#20)"), "garbled: a handshake message of an unknown type"},
        {RECORD(HELLO("0035", "") "08 3()"),
         "garbled TLS1.2 0035 session=32: a handshake message of an unknown type"},
        {RECORD(CERTIFICATE), "garbled: a handshake message before ServerHello"},
        {RECORD(DONE), "garbled: a handshake message before ServerHello"},
        {RECORD(HELLO("0035", "") HELLO("0035", "")),
         "garbled TLS1.2 0035 session=32: handshake messages out of order"},
        {RECORD(HELLO("0035", "") "16 3( 01 3(#30) )" CERTIFICATE),
         "garbled TLS1.2 0035 session=32 staple=48: handshake messages out of order"},
        {RECORD(HELLO("0035", "") "0e 3(00)"),
         "garbled TLS1.2 0035 session=32: ServerHelloDone is not empty"},
        /* ServerHello */
        {RECORD("02 3( 0303 R 1(#20) 0035 )"), "garbled: ServerHello does not parse"},
        {RECORD("02 3( 0303 R 1(#21) 0035 00 )"), "garbled: ServerHello does not parse"},
        {RECORD("02 3()"), "garbled: ServerHello does not parse"},
        {RECORD("02 3( 0304 R 1() 1301 00 )"), "garbled: ServerHello is of an unknown version"},
        {RECORD("02 3( 0200 R 1() 0035 00 )"), "garbled: ServerHello is of an unknown version"},
        {RECORD(HELLO("0035", "2( 002b 2(0002) )")),
         "garbled SSL2 session=32: ServerHello is of an unknown version"},
        {RECORD(HELLO("0035", "00")),
         "garbled TLS1.2 0035 session=32: extensions of ServerHello have a wrong length"},
        {RECORD(HELLO("0035", "0005 0017 2()")),
         "garbled TLS1.2 0035 session=32: extensions of ServerHello have a wrong length"},
        {RECORD(HELLO("0035", "0003 0017 2()")),
         "garbled TLS1.2 0035 session=32: extensions of ServerHello have a wrong length"},
        {RECORD(HELLO("0035", "2( 0017 0001 )")),
         "garbled TLS1.2 0035 session=32: extensions of ServerHello have a wrong length"},
        {RECORD(HELLO("1301", "2( 002b 2(03) )")),
         "garbled TLS1.2 1301 session=32: an extension of ServerHello does not parse"},
        {RECORD(HELLO("1301", "2( 0033 2( 001d 2(#20) 00 ) )")),
         "garbled TLS1.2 1301 session=32 group=001d: an extension of ServerHello does not parse"},
        {RECORD(HELLO("0035", "2( 0010 2( 2( 1('smtp') 1('imap') ) ) )")),
         "garbled TLS1.2 0035 session=32 protocol=smtp: an extension of ServerHello does not parse"},
        {RECORD(HELLO("0035", "2( 0010 2( 0009 1('smtp') ) )")),
         "garbled TLS1.2 0035 session=32: an extension of ServerHello does not parse"},
        {RECORD("02 3( 0303 H 1() 1302 00 )"), "garbled TLS1.2 1302: HelloRetryRequest below TLS 1.3"},
        /* the rest */
        {RECORD(HELLO("0035", "") "0b 3( 000005 3(01) )"),
         "garbled TLS1.2 0035 session=32: Certificate has a wrong length"},
        {RECORD(HELLO("0035", "") "0b 3(00)"),
         "garbled TLS1.2 0035 session=32: Certificate has a wrong length"},
        {RECORD(HELLO("0035", "") "0b 3( 3( 000002 01 ) )"),
         "garbled TLS1.2 0035 session=32: Certificate does not parse"},
        {RECORD(HELLO("0035", "") "0b 3( 3( 3() ) )"),
         "garbled TLS1.2 0035 session=32: Certificate does not parse"},
        {RECORD(HELLO("0035", "") "16 3( 01 000002 30 )"),
         "garbled TLS1.2 0035 session=32: CertificateStatus has a wrong length"},
        {RECORD(HELLO("0035", "") "16 3()"),
         "garbled TLS1.2 0035 session=32: CertificateStatus has a wrong length"},
        {RECORD(HELLO("0035", "") "0d 3( 1(01) 2() )"),
         "garbled TLS1.2 0035 session=32: CertificateRequest does not parse"},
        {RECORD(HELLO("0035", "") "0d 3( 1(01) 2(0401) 2( 0005 'a' ) )"),
         "garbled TLS1.2 0035 session=32: CertificateRequest does not parse"},
        {RECORD(HELLO("c02f", "") KEY_EXCHANGE("03 0017 1(#41)")),
         "garbled TLS1.2 c02f session=32 key-exchange group=0017 point=65: ServerKeyExchange does not parse"},
        {RECORD(HELLO("c02f", "") KEY_EXCHANGE("")),
         "garbled TLS1.2 c02f session=32 key-exchange: ServerKeyExchange does not parse"},
        {RECORD(HELLO("c02f", "") KEY_EXCHANGE("03 0017 1(#41) 0401 2(#20) 00")),
         "garbled TLS1.2 c02f session=32 key-exchange group=0017 point=65 scheme=0401: ServerKeyExchange "
         "does not parse"},
        {RECORD(HELLO("c02f", "") KEY_EXCHANGE("02 00a3 03 1(07)")),
         "garbled TLS1.2 c02f session=32 key-exchange explicit: ServerKeyExchange does not parse"},
        {RECORD(HELLO("009e", "") KEY_EXCHANGE("2(#80) 2(02) 0100 #80")),
         "garbled TLS1.2 009e session=32 key-exchange p=128 g=1: ServerKeyExchange does not parse"},
    };

    expect_rows(rows, COUNT(rows), false, false);
}

/* ---- SSLv2 ---- */

Test(flight, ssl2)
{
    static const struct row rows[] = {
        {"8031 04 00 01 0002 0010 0006 0010 #10 010080 0700c0 '0123456789abcdef'"
         " 'and something encrypted'",
         "ssl2 SSL2 session=16 chain=1 010080 0700c0"},
        {"8031 04 00 01 0002 0010 0006", "more"},
        {"0033 02 04 00 01 0002 0010 0006 0010 #10 010080 0700c0 '0123456789abcdef' 0000",
         "ssl2 SSL2 session=16 chain=1 010080 0700c0"},
        {"800f 04 01 00 0002 0000 0000 0004 #04", "ssl2 SSL2 session=4"},
        {"801b 04 00 02 0002 0010 0000 0000 #10", "ssl2 SSL2"},
        {"8056 04 00 01 0002 0000 004b 0000 #4b", "ssl2 SSL2 232323 232323 232323 232323 232323 232323 "
                                                  "232323 232323 232323 232323 232323 232323 232323"
                                                  " 232323 232323 232323"},
        {"8003 00 0001", "ssl2 error=1"},
        {"8003 00 0006 'closing'", "ssl2 error=6"},
        /* an answer in another format */
        {"15 0300 2(0228)", "alert alert=2/40"},
        {"16 0301 2(" HELLO("0035", "") CERTIFICATE DONE ")", "complete TLS1.2 0035 session=32 chain=2"},
        {"16 0300 2( 02 3( 0300 R 1() 000a 00 )" CERTIFICATE DONE ")", "complete SSL3 000a chain=2"},
        /* no answer */
        {"'454 4.7.0 TLS not available' 0d0a", "not TLS"},
        {"'220 mail.example.org' 0d0a", "not TLS"},
        {"'HTTP/1.0 400' 0d0a", "not TLS"},
        {"'220'", "more"},
        {"80 03 02", "not TLS"},
        {"16", "more"},
        {"15 20 2(0228)", "not TLS"},
        {"14 0300 2(01)", "garbled: change_cipher_spec before ServerHello"},
        /* against the rules */
        {"8002 00 00", "garbled: an SSLv2 error does not parse"},
        {"8010 04 00 01 0002 0010 0006 0010 #05", "garbled: SSLv2's SERVER-HELLO does not parse"},
        {"800f 04 00 00 0002 0000 0004 0000 #04", "garbled: SSLv2's SERVER-HELLO does not parse"},
        {"0004 04 04 00 00 00", "garbled: an SSLv2 record of nothing but padding"},
    };

    expect_rows(rows, COUNT(rows), true, false);
}

/* ---- limits ---- */

Test(flight, too_much)
{
    struct buffer bytes = {0};
    struct flight_reader reader;

    flight_notation(RECORD(HELLO("0035", "") "0b 020000 01fffd"), &bytes);
    while (bytes.size < FLIGHT_SIZE_MAX + 100)
        flight_notation(RECORD("#ff"), &bytes);
    read_flight(bytes_of(bytes.data, FLIGHT_SIZE_MAX), false, &reader);
    cr_expect_eq(reader.flight.state, FLIGHT_MORE, "all that may come");
    flight_free(&reader);
    read_flight(bytes_of(bytes.data, bytes.size), false, &reader);
    cr_expect_eq(reader.error, -EMSGSIZE);
    cr_expect_eq(reader.flight.state, FLIGHT_GARBLED);
    cr_expect(reader.flight.hello_seen);
    flight_free(&reader);
    cr_expect_null(reader.handshake.data);
    flight_free(NULL);
    buffer_free(&bytes);
}

/* ---- OpenSSL's answers ---- */

struct scene {
    struct tls_material *material;
    const struct identity *rsa, *ecdsa, *ed25519;
};

static struct scene scene_new(void)
{
    struct scene scene = {.material = material_new(NOW)};

    scene.rsa =
        material_leaf(scene.material, &(struct recipe){.name = "rsa.example", .key = MATERIAL_RSA2048});
    scene.ecdsa = material_leaf(scene.material, &(struct recipe){.name = "ecdsa.example"});
    scene.ed25519 =
        material_leaf(scene.material, &(struct recipe){.name = "ed.example", .key = MATERIAL_ED25519});
    return scene;
}

static const uint16_t all_groups[] = {0x001d, 0x0017, 0x0018};
static const uint16_t all_schemes[] = {0x0403, 0x0503, 0x0807, 0x0804, 0x0401, 0x0201, 0x0203};

/* What the server answers, read in every way; the text of it. */
static void expect_answer(SSL_CTX *server, const struct client_hello *hello, const char *expected,
                          struct flight_reader *ret)
{
    struct buffer out = {0}, answer = {0};
    struct flight_reader reader;
    char text[FLIGHT_TEXT_SIZE];

    hello_write(hello, &out);
    cr_assert_not(out.failed);
    openssl_server_answer(server, bytes_of(out.data, out.size), &answer);
    read_flight(bytes_of(answer.data, answer.size), false, &reader);
    expect_same_shredded(bytes_of(answer.data, answer.size), &reader);
    cr_expect_str_eq(flight_text(&reader.flight, text), expected, "\n  is: %s\n not: %s", text, expected);
    buffer_free(&out);
    buffer_free(&answer);
    if (ret != NULL)
        *ret = reader;
    else
        flight_free(&reader);
}

/* A hello for one suite in a version below TLS 1.3. */
static struct client_hello hello_of(uint16_t version, const uint16_t *suite)
{
    return (struct client_hello){
        .version = version,
        .suites = {suite, 1},
        .groups = NUMBERS(all_groups),
        .schemes = version == TLS_VERSION_1_2 ? NUMBERS(all_schemes) : (struct hello_numbers){0},
    };
}

Test(flight, openssl_below_tls13)
{
    static const struct {
        uint16_t version, suite;
        enum { RSA, ECDSA, ED25519, NONE } certificate;
        const char *text;
    } rows[] = {
        {0x0301, 0xc013, RSA, "complete TLS1.0 c013 chain=2 key-exchange group=001d point=32"},
        {0x0302, 0xc013, RSA, "complete TLS1.1 c013 chain=2 key-exchange group=001d point=32"},
        {0x0303, 0xc013, RSA, "complete TLS1.2 c013 chain=2 key-exchange group=001d point=32 scheme=0804"},
        {0x0303, 0xc02f, RSA, "complete TLS1.2 c02f chain=2 key-exchange group=001d point=32 scheme=0804"},
        {0x0301, 0xc009, ECDSA, "complete TLS1.0 c009 chain=2 key-exchange group=001d point=32"},
        {0x0303, 0xc02b, ECDSA, "complete TLS1.2 c02b chain=2 key-exchange group=001d point=32 scheme=0403"},
        {0x0303, 0xc02b, ED25519,
         "complete TLS1.2 c02b chain=2 key-exchange group=001d point=32 scheme=0807"},
        {0x0301, 0x0033, RSA, "complete TLS1.0 0033 chain=2 key-exchange p=256 g=1 y=256"},
        {0x0303, 0x009e, RSA, "complete TLS1.2 009e chain=2 key-exchange p=256 g=1 y=256 scheme=0804"},
        {0x0301, 0x002f, RSA, "complete TLS1.0 002f chain=2"},
        {0x0303, 0x009c, RSA, "complete TLS1.2 009c chain=2"},
        {0x0301, 0x0034, NONE, "complete TLS1.0 0034 key-exchange p=128 g=1 y=128"},
        {0x0303, 0x00a6, NONE, "complete TLS1.2 00a6 key-exchange p=128 g=1 y=128"},
        {0x0302, 0xc018, NONE, "complete TLS1.1 c018 key-exchange group=001d point=32"},
        {0x0303, 0xc018, NONE, "complete TLS1.2 c018 key-exchange group=001d point=32"},
        {0x0303, 0x0005, RSA, "alert alert=2/40"},
        {0x0300, 0x002f, RSA, "alert alert=2/40"} /* SSLv3 has no better one */,
    };
    struct scene scene = scene_new();
    const struct identity *identities[] = {scene.rsa, scene.ecdsa, scene.ed25519, NULL};

    for (size_t i = 0; i < COUNT(rows); i++) {
        SSL_CTX *server = openssl_server_new(scene.material, identities[rows[i].certificate]);
        struct client_hello hello = hello_of(rows[i].version, &rows[i].suite);
        struct flight_reader reader;

        expect_answer(server, &hello, rows[i].text, &reader);
        if (reader.flight.certificate_seen) {
            cr_expect(bytes_equal(reader.flight.chain[0],
                                  material_der(scene.material, identities[rows[i].certificate])));
            cr_expect(bytes_equal(reader.flight.chain[1],
                                  material_der(scene.material, material_intermediate(scene.material))));
        }
        if (reader.flight.dh_prime.size == 256)
            cr_expect_str_eq(tls_known_prime(reader.flight.dh_prime.data, 256),
                             "RFC 3526 group 14 (2048 bits)");
        flight_free(&reader);
        SSL_CTX_free(server);
    }
    material_free(scene.material);
}

static unsigned int no_psk(SSL *ssl, const char *identity, unsigned char *psk, unsigned int size)
{
    (void)ssl;
    (void)identity;
    (void)psk;
    (void)size;
    return 0;
}

Test(flight, openssl_psk)
{
    static const struct {
        uint16_t suite;
        const char *text;
    } rows[] = {
        {0x008c, "complete TLS1.2 008c key-exchange"},
        {0x00aa, "complete TLS1.2 00aa key-exchange p=128 g=1 y=128"},
        {0xc037, "complete TLS1.2 c037 key-exchange group=001d point=32"},
        {0x00ac, "complete TLS1.2 00ac chain=2 key-exchange"},
    };
    struct scene scene = scene_new();
    SSL_CTX *server = openssl_server_new(scene.material, scene.rsa);

    SSL_CTX_set_psk_server_callback(server, no_psk);
    cr_assert_eq(SSL_CTX_use_psk_identity_hint(server, "a hint"), 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client_hello hello = hello_of(TLS_VERSION_1_2, &rows[i].suite);

        expect_answer(server, &hello, rows[i].text, NULL);
    }
    SSL_CTX_free(server);
    material_free(scene.material);
}

Test(flight, openssl_tls13)
{
    static const uint16_t suites[] = {0x1302, 0x1301}, versions[] = {0x0304};
    static const uint16_t groups[] = {0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x0100, 0x0101};
    struct scene scene = scene_new();
    SSL_CTX *server = openssl_server_new(scene.material, scene.ecdsa);

    for (size_t i = 0; i < COUNT(groups); i++) {
        struct client_hello hello = {.version = 0x0303,
                                     .session_id = bytes_of("0123456789abcdef0123456789abcdef", 32),
                                     .suites = NUMBERS(suites),
                                     .groups = {&groups[i], 1},
                                     .schemes = NUMBERS(all_schemes),
                                     .versions = NUMBERS(versions),
                                     .key_share = true};
        char expected[100];

        snprintf(expected, sizeof(expected), "retry TLS1.3 1302 session=32 group=%04x", groups[i]);
        expect_answer(server, &hello, expected, NULL);
        hello.shares = (struct hello_numbers){&groups[i], 1};
        snprintf(expected, sizeof(expected), "encrypted TLS1.3 1302 session=32 group=%04x", groups[i]);
        expect_answer(server, &hello, expected, NULL);
        hello.schemes.count = 1; /* ECDSA with P-256, which it has */
        expect_answer(server, &hello, expected, NULL);
        hello.schemes.codes = &all_schemes[3]; /* RSA, which it has not */
        expect_answer(server, &hello, "alert alert=2/40", NULL);
    }
    SSL_CTX_free(server);
    material_free(scene.material);
}

static int choose_smtp(SSL *ssl, const unsigned char **out, unsigned char *out_size, const unsigned char *in,
                       unsigned int in_size, void *argument)
{
    (void)ssl;
    (void)argument;
    cr_assert_gt(in_size, 4);
    *out = in + 1;
    *out_size = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static int accept_name(SSL *ssl, int *alert, void *argument)
{
    (void)alert;
    (void)argument;
    return SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != NULL ? SSL_TLSEXT_ERR_OK
                                                                      : SSL_TLSEXT_ERR_NOACK;
}

static int unknown_name(SSL *ssl, int *alert, void *argument)
{
    (void)ssl;
    (void)argument;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_WARNING;
}

static int staple(SSL *ssl, void *argument)
{
    (void)argument;
    SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_memdup("a response", 10), 10);
    return SSL_TLSEXT_ERR_OK;
}

Test(flight, openssl_extensions)
{
    static const char *const protocols[] = {"smtp", "imap", NULL};
    static const uint16_t suite = 0xc013;
    struct scene scene = scene_new();
    SSL_CTX *server = openssl_server_new(scene.material, scene.rsa);
    struct client_hello hello = hello_of(TLS_VERSION_1_2, &suite);
    struct flight_reader reader;

    SSL_CTX_set_alpn_select_cb(server, choose_smtp, NULL);
    SSL_CTX_set_tlsext_servername_callback(server, accept_name);
    SSL_CTX_set_tlsext_status_cb(server, staple);
    hello.name = "mail.example.org";
    hello.protocols = protocols;
    hello.extensions = HELLO_EXTENDED_MASTER_SECRET | HELLO_ENCRYPT_THEN_MAC | HELLO_RENEGOTIATION_INFO |
                       HELLO_SESSION_TICKET | HELLO_STATUS_REQUEST | HELLO_POINT_FORMATS | HELLO_HEARTBEAT |
                       HELLO_GREASE;
    /* all but heartbeat, which OpenSSL no longer has, and GREASE */
    expect_answer(
        server, &hello,
        "complete TLS1.2 c013 extensions=29f protocol=smtp chain=2 staple=10 key-exchange group=001d "
        "point=32 scheme=0804",
        &reader);
    cr_expect(bytes_equal(reader.flight.staple, bytes_of("a response", 10)));
    flight_free(&reader);

    SSL_CTX_set_tlsext_servername_callback(server, unknown_name);
    hello.extensions = 0;
    hello.protocols = NULL;
    expect_answer(
        server, &hello,
        "complete alert=1/112 unrecognized TLS1.2 c013 chain=2 key-exchange group=001d point=32 scheme=0804",
        NULL);
    SSL_CTX_free(server);
    material_free(scene.material);
}

Test(flight, openssl_asks_for_a_certificate)
{
    static const uint16_t suite = 0xc013;
    struct scene scene = scene_new();
    SSL_CTX *server = openssl_server_new(scene.material, scene.rsa);
    struct client_hello hello = hello_of(TLS_VERSION_1_2, &suite);

    SSL_CTX_set_verify(server, SSL_VERIFY_PEER, NULL);
    expect_answer(server, &hello,
                  "complete TLS1.2 c013 chain=2 request=0 key-exchange group=001d point=32 scheme=0804",
                  NULL);
    cr_assert_eq(SSL_CTX_add_client_CA(server, material_root(scene.material)->certificate), 1);
    cr_assert_eq(SSL_CTX_add_client_CA(server, material_intermediate(scene.material)->certificate), 1);
    expect_answer(server, &hello,
                  "complete TLS1.2 c013 chain=2 request=2 key-exchange group=001d point=32 scheme=0804",
                  NULL);
    hello = hello_of(TLS_VERSION_1_0, &suite);
    expect_answer(server, &hello, "complete TLS1.0 c013 chain=2 request=2 key-exchange group=001d point=32",
                  NULL);
    SSL_CTX_free(server);
    material_free(scene.material);
}
