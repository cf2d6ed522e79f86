/*
 * checks_mailbox.c - verdicts on POP3 and ManageSieve: TLS before the password
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define A      HOST_NAME "/" IPV4_ADDRESS
#define AT110  "@" A ":110"
#define AT465  "@" A ":465"
#define AT995  "@" A ":995"
#define AT4190 "@" A ":4190"

/* The IMAP port becomes another one of the same certificate. */
#define BECOMES(port, service) "E993.imap null\nE993.port " port "\nE993.service \"" service "\"\n"
#define POP3S                                                                                                \
    BECOMES("995", "pop3s")                                                                                  \
    "E993.pop3 {\"greeting\": \"ok\", \"greeting_text\": \"+OK\", \"tls\": true, \"end\": \"complete\"}\n"
#define POP3                                                                                                 \
    BECOMES("110", "pop3")                                                                                   \
    "E993.pop3 {\"greeting\": \"ok\", \"greeting_text\": \"+OK\", \"capabilities\": [\"STLS\", \"SASL\"], "  \
    "\"starttls_offered\": true, \"user_offered\": false, \"mechanisms\": [], \"starttls\": \"+OK\", "       \
    "\"tls\": true, \"capabilities_tls\": [\"USER\"], \"mechanisms_tls\": [], \"quit\": true, "              \
    "\"end\": \"complete\"}\n"
#define SIEVE                                                                                                \
    BECOMES("4190", "sieve")                                                                                 \
    "E993.sieve {\"greeting\": \"ok\", \"greeting_text\": \"OK\", \"capabilities\": [\"STARTTLS\", "         \
    "\"SASL\"], \"starttls_offered\": true, \"mechanisms\": [], \"starttls\": \"OK\", \"tls\": true, "       \
    "\"capabilities_tls\": [\"SASL PLAIN\"], \"mechanisms_tls\": [\"PLAIN\"], \"logout\": true, "            \
    "\"end\": \"complete\"}\n"
#define CLOSED(state) "E993.state \"" state "\"\nE993.pop3 null\nE993.sieve null\nE993.tls null\n"
#define FAILED(result)                                                                                       \
    "E993.tls {\"handshakes\": [{\"name\": \"" HOST_NAME "\", \"result\": \"" result                         \
    "\", \"reason\": \"a reason\"}], \"certificates\": []}\n"
#define ENDED(facts, reason)                                                                                 \
    "E993." facts ".tls null\nE993." facts ".end \"timeout\"\nE993." facts ".end_reason \"" reason           \
    "\"\nE993.tls null\n"

Test(checks_mailbox, pop3)
{
    static const struct verdict_row rows[] = {
        {"", "pop3.tls" AT110, 0, NULL, NULL}, /* not looked at by default */
        {POP3S, "pop3.tls" AT995, OUTCOME_PASS, "speaks TLS from the first byte", "TLS1.3"},
        {POP3S FAILED("garbled"), "pop3.tls" AT995, OUTCOME_FAIL, "does not speak TLS",
         "inet_listener pop3s"},
        {POP3S FAILED("refused"), "pop3.tls" AT995, OUTCOME_FAIL, "handshake on port 995 fails",
         "port = 995"},
        {POP3S ENDED("pop3", "no answer") FAILED("silent"), "pop3.tls" AT995, OUTCOME_NOT_TESTED, "no answer",
         NULL},
        {POP3S CLOSED("refused"), "pop3.tls" AT995, OUTCOME_NOT_APPLICABLE, "refuses", NULL},
        {POP3S CLOSED("silent"), "pop3.tls" AT995, OUTCOME_NOT_TESTED, NULL, NULL},

        {POP3, "pop3.tls" AT110, OUTCOME_PASS, "Port 110 takes passwords only after STLS",
         "before TLS: STLS, SASL"},
        {POP3 "E993.pop3.mechanisms [\"SCRAM-SHA-256\"]", "pop3.tls" AT110, OUTCOME_PASS, NULL, NULL},
        {POP3 "E993.pop3.user_offered true", "pop3.tls" AT110, OUTCOME_FAIL,
         "accepts passwords in clear text (USER before TLS)", "disable_plaintext_auth = yes"},
        {POP3 "E993.pop3.mechanisms [\"CRAM-MD5\", \"PLAIN\", \"LOGIN\"]", "pop3.tls" AT110, OUTCOME_FAIL,
         "accepts passwords in clear text (SASL PLAIN LOGIN before TLS)", "auth_allow_cleartext = no"},
        {POP3 "E993.pop3.user_offered true\nE993.pop3.starttls_offered false\nE993.pop3.tls null\n"
              "E993.tls null",
         "pop3.tls" AT110, OUTCOME_FAIL, "accepts passwords", NULL},
        {POP3 "E993.pop3.starttls_offered false\nE993.pop3.tls null\nE993.tls null", "pop3.tls" AT110,
         OUTCOME_FAIL, "does not offer STLS", "ssl = required"},
        /* no CAPA at all */
        {POP3 "E993.pop3.starttls_offered false\nE993.pop3.user_offered null\nE993.pop3.capabilities absent\n"
              "E993.pop3.mechanisms absent\nE993.pop3.tls null\nE993.tls null",
         "pop3.tls" AT110, OUTCOME_FAIL, "does not offer STLS", NULL},
        {POP3 "E993.pop3.starttls \"-ERR no\"\nE993.pop3.tls null\nE993.tls null", "pop3.tls" AT110,
         OUTCOME_FAIL, "STLS is offered but refused: -ERR no", NULL},
        {POP3 "E993.pop3.tls false\n" FAILED("closed"), "pop3.tls" AT110, OUTCOME_FAIL,
         "STLS is offered but the handshake fails: a reason", NULL},
        {POP3 ENDED("pop3", "no answer to STLS") "E993.pop3.starttls null", "pop3.tls" AT110,
         OUTCOME_NOT_TESTED, "no answer to STLS", NULL},
        {POP3 ENDED("pop3", "no answer to CAPA") "E993.pop3.starttls_offered null\n"
                                                 "E993.pop3.user_offered null",
         "pop3.tls" AT110, OUTCOME_NOT_TESTED, "no answer to CAPA", NULL},
        {POP3 "E993.pop3.user_offered null", "pop3.tls" AT110, OUTCOME_NOT_TESTED, NULL, NULL},
        {POP3 "E993.pop3 null\nE993.tls null", "pop3.tls" AT110, OUTCOME_NOT_TESTED, "no session", NULL},
        {POP3 CLOSED("refused"), "pop3.tls" AT110, OUTCOME_NOT_APPLICABLE, "refuses", NULL},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_mailbox, sieve)
{
    static const struct verdict_row rows[] = {
        {"", "sieve.tls" AT4190, 0, NULL, NULL},
        {SIEVE, "sieve.tls" AT4190, OUTCOME_PASS, "Port 4190 takes passwords only after STARTTLS",
         "before TLS: STARTTLS, SASL"},
        {SIEVE "E993.sieve.mechanisms [\"GSSAPI\"]", "sieve.tls" AT4190, OUTCOME_PASS, NULL, NULL},
        {SIEVE "E993.sieve.mechanisms [\"GSSAPI\", \"PLAIN\"]", "sieve.tls" AT4190, OUTCOME_FAIL,
         "accepts passwords in clear text (SASL PLAIN before TLS)", "disable_plaintext_auth = yes"},
        {SIEVE "E993.sieve.starttls_offered false\nE993.sieve.tls null\nE993.tls null", "sieve.tls" AT4190,
         OUTCOME_FAIL, "Port 4190 does not offer STARTTLS", "ssl = required"},
        {SIEVE "E993.sieve.starttls \"NO no\"\nE993.sieve.tls null\nE993.tls null", "sieve.tls" AT4190,
         OUTCOME_FAIL, "STARTTLS is offered but refused: NO no", NULL},
        {SIEVE "E993.sieve.tls false\n" FAILED("garbled"), "sieve.tls" AT4190, OUTCOME_FAIL, "a reason",
         NULL},
        {SIEVE ENDED("sieve", "no complete greeting") "E993.sieve.capabilities absent\n"
                                                      "E993.sieve.mechanisms absent\n"
                                                      "E993.sieve.starttls_offered null",
         "sieve.tls" AT4190, OUTCOME_NOT_TESTED, "no complete greeting", NULL},
        {SIEVE ENDED("sieve", "closed after STARTTLS") "E993.sieve.starttls null", "sieve.tls" AT4190,
         OUTCOME_NOT_TESTED, "closed after STARTTLS", NULL},
        {SIEVE "E993.sieve.mechanisms absent", "sieve.tls" AT4190, OUTCOME_NOT_TESTED, NULL, NULL},
        {SIEVE CLOSED("refused"), "sieve.tls" AT4190, OUTCOME_NOT_APPLICABLE, "refuses", NULL},
        {SIEVE CLOSED("silent"), "sieve.tls" AT4190, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

/* What is judged by the port, whatever speaks there. */
Test(checks_mailbox, every_port)
{
    static const struct verdict_row rows[] = {
        {POP3, "tls.handshake" AT110, OUTCOME_PASS, NULL, NULL},
        {SIEVE, "tls.handshake" AT4190, OUTCOME_PASS, NULL, NULL},
        {SIEVE "E993.sieve.starttls_offered false\nE993.sieve.tls null\nE993.tls null",
         "tls.handshake" AT4190, OUTCOME_NOT_APPLICABLE, "does not offer STARTTLS", NULL},
        {POP3 "E993.pop3.starttls_offered false\nE993.tls null", "tls.handshake" AT110,
         OUTCOME_NOT_APPLICABLE, "does not offer STARTTLS", NULL},
        {POP3 ENDED("pop3", "the server closed the connection after STLS"), "tls.handshake" AT110,
         OUTCOME_NOT_TESTED, "closed the connection after STLS", NULL},
        {POP3S, "cert.name" AT995, OUTCOME_PASS, NULL, NULL},
        /* people send passwords there: what is wrong with a certificate fails */
        {SIEVE "CERT993.not_after \"2026-11-01T00:00:00Z\"", "cert.expiry" AT4190, OUTCOME_FAIL, NULL,
         "systemctl reload dovecot"},
        {POP3 "E993.pop3.end \"turned_away\"", "smtp.pushback@" A, OUTCOME_INFO, NULL, "port 110"},
        {SIEVE "E993.sieve.end \"turned_away\"", "smtp.pushback@" A, OUTCOME_INFO, NULL, "port 4190"},
        /* 995 and 110 of one address */
        {POP3S, "tls.cross_protocol" AT995, OUTCOME_NOT_TESTED, "not looked at", NULL},
        {POP3S "E587.service \"pop3\"\nE587.port 110", "tls.cross_protocol" AT995, OUTCOME_INFO,
         "Port 995 begins with TLS, port 110 with STARTTLS", NULL},
        {POP3S "E587.service \"pop3\"\nE587.port 110\nE587.tls.certificates []", "tls.cross_protocol" AT995,
         OUTCOME_PASS, NULL, NULL},
        {POP3, "tls.cross_protocol" AT110, 0, NULL, NULL},
        {SIEVE, "tls.cross_protocol" AT4190, 0, NULL, NULL},
        /* the families differ in what they offer */
        {POP3 "F993.imap null\nF993.port 110\nF993.service \"pop3\"\nF993.pop3 {\"starttls_offered\": false}",
         "ipv6.parity@" HOST_NAME, OUTCOME_WARN, NULL, "port 110, STARTTLS offered: IPv4 yes; IPv6 no"},
        {SIEVE "F993.imap null\nF993.port 4190\nF993.service \"sieve\"\n"
               "F993.sieve {\"capabilities_tls\": [\"SASL LOGIN\"]}",
         "ipv6.parity@" HOST_NAME, OUTCOME_WARN, NULL, "port 4190, capabilities that the other lacks: IPv4 "},
    };

    CHECK_VERDICTS(rows);
}
