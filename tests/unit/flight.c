/*
 * flight.c - tests of reading a server's answer: answers made by hand, right ones and wrong ones
 */
#include "tests/unit/flight_text.h"
#include "tests/unit/flight_ways.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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
        flight_read_every_way(bytes_of(bytes.data, bytes.size), ssl2, &reader);
        cr_expect_str_eq(flight_text(&reader.flight, text), rows[i].text, "%s\n  is: %s\n  not: %s",
                         rows[i].notation, text, rows[i].text);
        cr_expect_eq(reader.error, 0);
        if (shred)
            flight_expect_same_shredded(bytes_of(bytes.data, bytes.size), &reader);
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

/* ---- groups that a server names itself ---- */

Test(flight, groups_of_encrypted_extensions)
{
    static const struct {
        const char *body, *groups;
    } rows[] = {
        {"2()", ""},
        {"2( 000a 2( 2( 001d 0017 0100 ) ) )", "001d 0017 0100"},
        {"2( 0010 2( 2( 1('smtp') ) ) 000a 2( 2( 11ec ) ) 0000 2() )", "11ec"},
        {"2( 000a 2( 2() ) )", ""},
        {"2( 000a 2( 2( 0001 0002 0003 0004 ) ) )", "0001 0002 0003 0004"},
        /* more than there is room for */
        {"2( 000a 2( 2( 0001 0002 0003 0004 0005 ) ) )", ""},
        /* what does not parse */
        {"", ""},
        {"00", ""},
        {"0001", ""},
        {"2() 00", ""},
        {"2( 000a 0009 2( 001d ) )", ""},
        {"2( 000a 2( 2( 001d ) 00 ) )", ""},
        {"2( 000a 2( 2( 001d 00 ) ) )", ""},
        {"2( 000a 2( 0004 001d ) )", ""},
        {"2( 000a 2() )", ""},
        {"2( 000a 2( 2( 001d ) ) 00 )", ""},
        {"2( 000a 2( 2( 001d ) ) 000a 2( 2( 0017 ) ) )", ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer body = {0};
        uint16_t groups[4];
        char text[64] = "";
        size_t count;

        flight_notation(rows[i].body, &body);
        count = encrypted_extensions_groups(bytes_of(body.data, body.size), groups, 4);
        for (size_t j = 0; j < count; j++)
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%04x", j > 0 ? " " : "",
                     (unsigned)groups[j]);
        cr_expect_str_eq(text, rows[i].groups, "%s: %s", rows[i].body, text);
        buffer_free(&body);
    }
}

/* ---- limits ---- */

Test(flight, too_much)
{
    struct buffer bytes = {0};
    struct flight_reader reader;

    flight_notation(RECORD(HELLO("0035", "") "0b 020000 01fffd"), &bytes);
    while (bytes.size < FLIGHT_SIZE_MAX + 100)
        flight_notation(RECORD("#ff"), &bytes);
    flight_read_every_way(bytes_of(bytes.data, FLIGHT_SIZE_MAX), false, &reader);
    cr_expect_eq(reader.flight.state, FLIGHT_MORE, "all that may come");
    flight_free(&reader);
    flight_read_every_way(bytes_of(bytes.data, bytes.size), false, &reader);
    cr_expect_eq(reader.error, -EMSGSIZE);
    cr_expect_eq(reader.flight.state, FLIGHT_GARBLED);
    cr_expect(reader.flight.hello_seen);
    flight_free(&reader);
    cr_expect_null(reader.handshake.data);
    flight_free(NULL);
    buffer_free(&bytes);
}
