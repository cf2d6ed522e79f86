/*
 * checks_smtp.c - verdicts on SMTP, submission and IMAP: reachable, greeting, EHLO, STARTTLS, logins
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define A     HOST_NAME "/" IPV4_ADDRESS
#define B     HOST_NAME "/" IPV6_ADDRESS
#define AT25  "@" A ":25"
#define AT465 "@" A ":465"
#define AT587 "@" A ":587"
#define AT993 "@" A ":993"

/* A port that did not let us speak. */
#define CLOSED(endpoint, state)                                                                              \
    endpoint ".state \"" state "\"\n" endpoint ".smtp null\n" endpoint ".imap null\n" endpoint ".tls null\n"
#define ALONE "vantage.port_25 null\nvantage.port_25_ipv6 null\n" CLOSED("F25", "silent")
/* A port that accepts and closes. */
#define WORDLESS(endpoint)                                                                                   \
    CLOSED(endpoint, "turned_away")                                                                          \
    endpoint ".heard false\n" endpoint ".connections 1\n" endpoint                                           \
             ".reason \"the server closed the connection before its greeting was complete\"\n"
#define ENDED(endpoint, end, stage, reason)                                                                  \
    endpoint ".smtp.end \"" end "\"\n" endpoint ".smtp.end_stage \"" stage "\"\n" endpoint                   \
             ".smtp.end_reason \"" reason "\"\n"

Test(checks_smtp, reachable)
{
    static const struct verdict_row reachable[] = {
        {"", "smtp.reachable@" A, OUTCOME_PASS, NULL, "connected in 2 ms"},
        {"", "smtp.reachable@" B, OUTCOME_PASS, NULL, NULL},
        /* one dead address of two */
        {CLOSED("E25", "refused"), "smtp.reachable@" A, OUTCOME_WARN, "other addresses of the domain answer",
         "inet_interfaces = all"},
        {CLOSED("F25", "refused"), "smtp.reachable@" B, OUTCOME_WARN, NULL, "IN AAAA " IPV6_ADDRESS},
        /* none answers */
        {CLOSED("E25", "refused") CLOSED("F25", "refused"), "smtp.reachable@" A, OUTCOME_FAIL,
         "refuses connections", "ports:"},
        {CLOSED("E25", "silent") CLOSED("F25", "silent"), "smtp.reachable@" A, OUTCOME_FAIL,
         "does not answer", "Let port 25 through to " IPV4_ADDRESS},
        /* silence proves nothing unless something else answered */
        {CLOSED("E25", "silent") ALONE, "smtp.reachable@" A, OUTCOME_NOT_TESTED, "--control", NULL},
        {CLOSED("E25", "silent") "vantage.port_25 null", "smtp.reachable@" A, OUTCOME_NOT_TESTED, "--control",
         NULL}, /* IPv6 answered: another way out */
        {CLOSED("E25", "silent") "vantage.port_25 \"blocked\"", "smtp.reachable@" A, OUTCOME_NOT_TESTED,
         "our own network blocks port 25", NULL},
        {CLOSED("E25", "refused") CLOSED("F25", "refused") "vantage.port_25 \"blocked\"", "smtp.reachable@" A,
         OUTCOME_NOT_TESTED, "our own network blocks port 25", NULL},
        {CLOSED("F25", "silent") "vantage.port_25_ipv6 null", "smtp.reachable@" B, OUTCOME_NOT_TESTED, NULL,
         NULL}, /* other ports of the address prove nothing */
        {CLOSED("F25", "silent"), "smtp.reachable@" B, OUTCOME_WARN, NULL, NULL},
        {CLOSED("E25", "unreachable") ALONE "E25.reason \"no route to host\"", "smtp.reachable@" A,
         OUTCOME_NOT_TESTED, "no route to host", NULL},
        {CLOSED("E25", "unreachable") CLOSED("F25", "silent"), "smtp.reachable@" A, OUTCOME_FAIL, NULL, NULL},
        /* a refusal may come from our own network, which refuses 25 alone: only who answered there, over the
         * same family, proves otherwise */
        {CLOSED("E25", "refused") ALONE, "smtp.reachable@" A, OUTCOME_NOT_TESTED, "--control", NULL},
        {CLOSED("E25", "refused") "vantage.port_25 null", "smtp.reachable@" A, OUTCOME_NOT_TESTED,
         "over IPv4 either", NULL},
        {CLOSED("F25", "refused") "vantage.port_25_ipv6 null", "smtp.reachable@" B, OUTCOME_NOT_TESTED,
         "over IPv6 either", NULL},
        {CLOSED("F25", "refused") "vantage.port_25_ipv6 \"blocked\"", "smtp.reachable@" B, OUTCOME_NOT_TESTED,
         "our own network blocks port 25 over IPv6", NULL},
        {CLOSED("E25", "refused") ALONE "F25.address \"11.10.9.9\"\nF25.state \"open\"", "smtp.reachable@" A,
         OUTCOME_FAIL, NULL, NULL}, /* another MX answers: the way is open */
        {CLOSED("E25", "refused") ALONE WORDLESS("F25") "F25.address \"11.10.9.9\"", "smtp.reachable@" A,
         OUTCOME_NOT_TESTED, "--control", NULL}, /* accepted by anybody */
        {CLOSED("E25", "refused") ALONE "E25.port 2525\n", "smtp.reachable@" A ":2525", OUTCOME_FAIL,
         "Port 2525", NULL}, /* no network refuses that one */
        {WORDLESS("E25"), "smtp.reachable@" A, OUTCOME_NOT_TESTED, "says not a word", NULL},
        {"E25.state \"turned_away\"\nE25.reason \"the server turned us away (greeting): 5.7.1 go away\"\n"
         "E25.smtp.greeting.code 554\nE25.smtp.greeting.lines [\"5.7.1 go away\"]",
         "smtp.reachable@" A, OUTCOME_NOT_TESTED, "turned us away (greeting)", "greeting: 554 5.7.1 go away"},
        {CLOSED("E25", "not_contacted") "E25.reason \"private address\"", "smtp.reachable@" A,
         OUTCOME_NOT_TESTED, "private address", NULL},
        {"E25.state null", "smtp.reachable@" A, OUTCOME_NOT_TESTED, "the scan ended", NULL},
        /* no endpoint at all */
        {"facts.endpoints []\nHOST.addresses.0.reason \"private address\"", "smtp.reachable@" A,
         OUTCOME_NOT_TESTED, "private address", NULL},
        {"facts.endpoints []", "smtp.reachable@" A, OUTCOME_NOT_TESTED, "the scan ended", NULL},
        {"facts.endpoints []\nsettings.ports [\"993:imaps\"]", "smtp.reachable@" A, 0, NULL, NULL},
        {"facts.endpoints []\nsettings.ports [\"25:smtp\"]", "smtp.reachable@" A, OUTCOME_NOT_TESTED, NULL,
         NULL},
        /* a host that users were told need not take mail */
        {CLOSED("E25", "refused") "HOST.source \"option\"", "smtp.reachable@" A, OUTCOME_INFO, "refuses",
         NULL},
    };

    CHECK_VERDICTS(reachable);
}

Test(checks_smtp, greeting)
{
    static const struct verdict_row greeting[] = {
        {"", "smtp.greeting" AT25, OUTCOME_PASS, NULL, "greeting: 220 mail.example.org ESMTP"},
        {"", "smtp.greeting" AT465, OUTCOME_PASS, NULL, NULL},
        {"", "smtp.greeting" AT993, 0, NULL, NULL},
        {"E25.smtp.greeting.code 250", "smtp.greeting" AT25, OUTCOME_FAIL, "250 instead of 220", NULL},
        {"E25.smtp.greeting.code 554", "smtp.greeting" AT25, OUTCOME_NOT_TESTED, "turned us away", NULL},
        {"E25.smtp.greeting.code 421", "smtp.greeting" AT25, OUTCOME_NOT_TESTED, "turned us away", NULL},
        {"E25.smtp.greeting_name null", "smtp.greeting" AT25, OUTCOME_WARN, "does not name the server", NULL},
        {"E25.smtp.greeting.milliseconds 15200", "smtp.greeting" AT25, OUTCOME_INFO, "15.2 s", NULL},
        {"E25.smtp.greeting.milliseconds 5000", "smtp.greeting" AT25, OUTCOME_PASS, NULL, NULL},
        {"E25.smtp.greeting.lines [\"mail.example.org\", \"mail.example.org "
         "ESMTP\"]\nE25.smtp.greeting_pause 6000",
         "smtp.greeting" AT25, OUTCOME_PASS, NULL, "paused for 6000 ms"},
        {"E25.smtp.greeting null\n" ENDED("E25", "protocol", "greeting", "a reply has no code (greeting)"),
         "smtp.greeting" AT25, OUTCOME_FAIL, "not an SMTP server", "has no code"},
        {"E25.smtp.greeting null\n" ENDED("E25", "timeout", "greeting",
                                          "no complete greeting within 60 seconds"),
         "smtp.greeting" AT25, OUTCOME_WARN, "says nothing", "60 seconds"},
        {"E25.smtp.greeting null\nE25.state \"turned_away\"\nE25.reason \"the server closed the connection "
         "before its "
         "greeting was complete\"\n" ENDED("E25", "closed", "greeting", "the server closed the connection"),
         "smtp.greeting" AT25, OUTCOME_NOT_TESTED, "closed the connection before", NULL},
        {"E465.smtp.greeting null\n" ENDED("E465", "tls", "handshake", "alert: handshake_failure"),
         "smtp.greeting" AT465, OUTCOME_NOT_TESTED, "handshake_failure", NULL},
        {CLOSED("E25", "refused"), "smtp.greeting" AT25, OUTCOME_NOT_TESTED, "refuses", NULL},
        {CLOSED("E587", "refused"), "smtp.greeting" AT587, OUTCOME_NOT_APPLICABLE, "refuses", NULL},
        {CLOSED("E587", "silent"), "smtp.greeting" AT587, OUTCOME_NOT_TESTED, "does not answer", NULL},
        {CLOSED("E587", "silent") "F587.address \"11.10.9.9\"", "smtp.greeting" AT587, OUTCOME_NOT_APPLICABLE,
         "does not answer", NULL}, /* somebody else did, on this port */
        {"E25.smtp null", "smtp.greeting" AT25, OUTCOME_NOT_TESTED, "no session", NULL},
    };

    CHECK_VERDICTS(greeting);
}

Test(checks_smtp, words)
{
    static const struct verdict_row words[] = {
        {"", "smtp.banner" AT25, OUTCOME_PASS, NULL, NULL},
        {"E25.smtp.greeting.lines [\"mail.example.org ESMTP Postfix 3.7.11\"]", "smtp.banner" AT25,
         OUTCOME_INFO, "Postfix 3.7.11", "smtpd_banner = $myhostname ESMTP"},
        {"E25.smtp.greeting.lines [\"mail.example.org ESMTP Exim 4.96 Sun, 22 Nov 2026\"]",
         "smtp.banner" AT25, OUTCOME_INFO, "Exim 4.96", "smtp_banner = $smtp_active_hostname"},
        {"E25.smtp.greeting null", "smtp.banner" AT25, OUTCOME_NOT_TESTED, NULL, NULL},
        {CLOSED("E25", "silent") ALONE, "smtp.banner" AT25, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "smtp.ehlo" AT25, OUTCOME_PASS, "4 extensions", "EHLO inside TLS: 250 mail.example.org"},
        {"E25.smtp.ehlo.capabilities [{\"keyword\": \"SIZE\", \"parameter\": \"5000000\"}]", "smtp.ehlo" AT25,
         OUTCOME_INFO, "PIPELINING is not offered, 8BITMIME is not offered, messages over 5000000 bytes",
         NULL},
        {"E25.smtp.ehlo.capabilities.1.parameter \"0\"", "smtp.ehlo" AT25, OUTCOME_PASS, NULL,
         NULL}, /* no limit */
        {"E25.smtp.ehlo.capabilities.1.parameter \"99999999999999999999\"", "smtp.ehlo" AT25, OUTCOME_PASS,
         NULL, NULL},
        {"E25.smtp.ehlo.capabilities.4 {\"keyword\": \"XCLIENT\", \"parameter\": \"NAME ADDR\"}",
         "smtp.ehlo" AT25, OUTCOME_FAIL, "XCLIENT to strangers", "smtpd_authorized_xclient_hosts"},
        {"E25.smtp.ehlo.capabilities.4 {\"keyword\": \"XFORWARD\", \"parameter\": null}", "smtp.ehlo" AT25,
         OUTCOME_FAIL, "XFORWARD", "smtpd_authorized_xforward_hosts"},
        {"E25.smtp.ehlo.reply.code 502\nE25.smtp.ehlo.capabilities []", "smtp.ehlo" AT25, OUTCOME_FAIL,
         "with 502", NULL},
        {"E25.smtp.ehlo.reply.code 451\nE25.smtp.ehlo.capabilities []", "smtp.ehlo" AT25, OUTCOME_NOT_TESTED,
         "put EHLO off", NULL},
        {"E25.smtp.ehlo null\nE25.smtp.ehlo_tls null\n" ENDED("E25", "timeout", "EHLO",
                                                              "no complete answer to EHLO"),
         "smtp.ehlo" AT25, OUTCOME_NOT_TESTED, "no complete answer", NULL},
        {"", "smtp.ehlo" AT465, OUTCOME_PASS, NULL, NULL},

        {"", "smtp.client_address" AT25, OUTCOME_NOT_TESTED, "does not say", NULL},
        {"E25.smtp.ehlo.reply.lines [\"mail.example.org Hello probe.example.net [11.9.0.7]\"]",
         "smtp.client_address" AT25, OUTCOME_PASS, "11.9.0.7", NULL},
        {"E25.smtp.ehlo.reply.lines [\"mail.example.org Hello probe.example.net [172.18.0.1], pleased\"]",
         "smtp.client_address" AT25, OUTCOME_FAIL, "172.18.0.1 (private)", "our own address: 11.9.0.7"},
        {"E25.smtp.ehlo.reply.lines [\"mail.example.org Hello [IPv6:fd00::1]\"]", "smtp.client_address" AT25,
         OUTCOME_FAIL, "fd00::1", "userland-proxy"},
        {"E25.smtp.ehlo.reply.lines [\"mail.example.org at your service, 172.18.0.1.\"]",
         "smtp.client_address" AT25, OUTCOME_FAIL, "172.18.0.1", NULL},
        {"E25.smtp.ehlo.reply.lines [\"[10.0.0.1] Hello\"]", "smtp.client_address" AT25, OUTCOME_NOT_TESTED,
         NULL, NULL}, /* its own name */
        {"E25.smtp.ehlo.reply.lines [\"mail.example.org at " IPV4_ADDRESS "\"]", "smtp.client_address" AT25,
         OUTCOME_NOT_TESTED, NULL, NULL}, /* its own address */
        {"E25.smtp.ehlo.reply.lines [\"mail.example.org Hello [192.168.1.5]\"]\nvantage.addresses "
         "[\"192.168.1.5\"]",
         "smtp.client_address" AT25, OUTCOME_NOT_TESTED, "not public either", NULL}, /* a neighbour */
        {"E25.smtp.ehlo.reply.lines [\"mail.example.org Hello [192.168.1.1]\"]\nvantage.addresses "
         "[\"192.168.1.5\"]",
         "smtp.client_address" AT25, OUTCOME_NOT_TESTED, "sees us as 192.168.1.1, but",
         NULL}, /* hairpin NAT */
        {"E25.smtp.ehlo.reply.lines [\"mail.example.org Hello [172.18.0.1]\"]\nvantage.addresses "
         "[\"" IPV4_ADDRESS "\"]",
         "smtp.client_address" AT25, OUTCOME_NOT_TESTED, "from the server itself", NULL},
        {"E25.smtp.ehlo.reply.lines [\"mail.example.org Hello [172.18.0.1]\"]\nvantage.addresses "
         "[\"fd00::7\"]",
         "smtp.client_address" AT25, OUTCOME_NOT_TESTED, "not known",
         NULL}, /* the other family's says nothing */
        {"E25.smtp.ehlo.reply.lines [\"mail.example.org Hello [11.9.0.7]\"]\nvantage.addresses "
         "[\"192.168.1.5\"]",
         "smtp.client_address" AT25, OUTCOME_PASS, "11.9.0.7", NULL}, /* the NAT's public side */
        {"E25.smtp.greeting.code 554\nE25.smtp.greeting.lines [\"mail.example.org Your access from "
         "172.18.0.1 was "
         "rejected\"]",
         "smtp.client_address" AT25, OUTCOME_FAIL, NULL, NULL},
        {"E25.address \"10.0.0.25\"", "smtp.client_address@mail.example.org/10.0.0.25:25",
         OUTCOME_NOT_APPLICABLE, "not public", NULL},
        {CLOSED("E587", "refused"), "smtp.client_address" AT587, OUTCOME_NOT_APPLICABLE, NULL, NULL},

        {"", "smtp.pushback@" A, OUTCOME_PASS, NULL, NULL},
        {"E25.pushbacks 1\nE25.connections 7\nE25.reason \"421 too many\"", "smtp.pushback@" A, OUTCOME_INFO,
         "limited this scan", "port 25: after 7 connections, 1 times: 421 too many"},
        {"E25.pushbacks 3\nE25.connections 40", "smtp.pushback@" A, OUTCOME_INFO, NULL,
         "port 25: after 40 connections, 3 times: after it had let us in"},
        {"E25.pushbacks 1", "smtp.pushback@" A, OUTCOME_INFO, NULL, "ignoreip = 127.0.0.1/8 ::1 11.9.0.7"},
        {"F25.pushbacks 1", "smtp.pushback@" B, OUTCOME_INFO, NULL, "2a11:11:900::7 permit"},
        {"E25.state \"turned_away\"", "smtp.pushback@" A, OUTCOME_INFO, NULL, NULL},
        /* a hello that is reset is refused, and not who sent it */
        {"E465.state \"turned_away\"\nE465.heard true\nE465.smtp null\nE465.tls.handshakes [{\"name\": null, "
         "\"result\": \"closed\"}]",
         "smtp.pushback@" A, OUTCOME_PASS, NULL, NULL},
        {"E993.imap.end \"turned_away\"", "smtp.pushback@" A, OUTCOME_INFO, NULL, NULL},
        {"facts.endpoints []", "smtp.pushback@" A, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(words);
}

#define NO_TLS(endpoint) endpoint ".smtp.tls false\n" endpoint ".smtp.ehlo_tls null\n"
#define FAILED(endpoint, result)                                                                             \
    endpoint ".tls.certificates absent\n" endpoint ".tls.handshakes [{\"name\": \"mail.example.org\", "      \
             "\"result\": \"" result "\", \"reason\": \"a reason\", \"alert\": \"handshake_failure\"}]\n"

Test(checks_smtp, starttls)
{
    static const struct verdict_row starttls[] = {
        {"", "smtp.starttls" AT25, OUTCOME_PASS, NULL, "STARTTLS: 220 2.0.0 Ready"},
        {"", "smtp.starttls" AT587, 0, NULL, NULL},
        {"E25.smtp.starttls_offered false\nE25.smtp.starttls null\n" NO_TLS("E25"), "smtp.starttls" AT25,
         OUTCOME_FAIL, "does not offer", "smtpd_tls_security_level = may"},
        {"E25.smtp.starttls.code 454\n" NO_TLS("E25"), "smtp.starttls" AT25, OUTCOME_FAIL, "refused with 454",
         "smtpd_tls_chain_files"},
        {"E25.smtp.starttls.code 421\n" NO_TLS("E25"), "smtp.starttls" AT25, OUTCOME_NOT_TESTED, NULL, NULL},
        {"E25.smtp.starttls null\n" NO_TLS("E25")
             ENDED("E25", "timeout", "STARTTLS", "no answer to STARTTLS"),
         "smtp.starttls" AT25, OUTCOME_NOT_TESTED, "no answer to STARTTLS", NULL},
        {NO_TLS("E25") FAILED("E25", "refused"), "smtp.starttls" AT25, OUTCOME_FAIL,
         "handshake fails: a reason", "SSL_TYPE=letsencrypt"},
        {NO_TLS("E25") FAILED("E25", "closed"), "smtp.starttls" AT25, OUTCOME_FAIL, NULL, NULL},
        {NO_TLS("E25") FAILED("E25", "garbled"), "smtp.starttls" AT25, OUTCOME_FAIL, NULL, NULL},
        {NO_TLS("E25") FAILED("E25", "silent"), "smtp.starttls" AT25, OUTCOME_NOT_TESTED, "a reason", NULL},
        {NO_TLS("E25") FAILED("E25", "canceled"), "smtp.starttls" AT25, OUTCOME_NOT_TESTED, "a reason", NULL},
        {NO_TLS("E25") "E25.tls null", "smtp.starttls" AT25, OUTCOME_NOT_TESTED, NULL, NULL},
        {"E25.smtp.ehlo_tls.capabilities.3 {\"keyword\": \"STARTTLS\", \"parameter\": null}",
         "smtp.starttls" AT25, OUTCOME_WARN, "again inside TLS", NULL},
        {"E25.smtp.starttls_trailing \"MjUwIG9r\"", "smtp.starttls" AT25, OUTCOME_WARN, "6 bytes in clear",
         NULL},
        {"E25.smtp.starttls_offered null\nE25.smtp.ehlo null\n" NO_TLS("E25"), "smtp.starttls" AT25,
         OUTCOME_NOT_TESTED, NULL, NULL},
        {CLOSED("E25", "refused"), "smtp.starttls" AT25, OUTCOME_NOT_TESTED, "refuses", NULL},
        {CLOSED("E25", "silent") ALONE, "smtp.starttls" AT25, OUTCOME_NOT_TESTED, "does not answer", NULL},
        {CLOSED("F25", "not_contacted") "F25.reason \"no IPv6 here\"",
         "smtp.starttls@mail.example.org/[" IPV6_ADDRESS "]:25", OUTCOME_NOT_TESTED, "no IPv6 here", NULL},
    };

    CHECK_VERDICTS(starttls);
}

#define AUTH(endpoint, words)                                                                                \
    endpoint ".smtp.ehlo.capabilities.4 {\"keyword\": \"AUTH\", \"parameter\": \"" words "\"}\n"

Test(checks_smtp, logins)
{
    static const struct verdict_row logins[] = {
        {"", "smtp.auth_plaintext" AT25, OUTCOME_PASS, NULL, NULL},
        {"", "smtp.auth_plaintext" AT587, OUTCOME_PASS, NULL, NULL},
        {"", "smtp.auth_plaintext" AT465, 0, NULL, NULL},
        {AUTH("E587", "PLAIN LOGIN CRAM-MD5"), "smtp.auth_plaintext" AT587, OUTCOME_FAIL,
         "(AUTH PLAIN LOGIN before TLS)", "smtpd_tls_auth_only = yes"},
        {"E587.smtp.ehlo.capabilities.4 {\"keyword\": \"AUTH=PLAIN\", \"parameter\": null}",
         "smtp.auth_plaintext" AT587, OUTCOME_FAIL, "AUTH PLAIN", NULL},
        {AUTH("E25", "login"), "smtp.auth_plaintext" AT25, OUTCOME_FAIL, NULL, NULL},
        {AUTH("E587", "CRAM-MD5"), "smtp.auth_plaintext" AT587, OUTCOME_WARN, "CRAM-MD5", NULL},
        {AUTH("E587", "SCRAM-SHA-256"), "smtp.auth_plaintext" AT587, OUTCOME_WARN, NULL, NULL},
        {"E587.smtp.ehlo null\n" ENDED("E587", "closed", "EHLO", "the server closed"),
         "smtp.auth_plaintext" AT587, OUTCOME_NOT_TESTED, "the server closed", NULL},
        {CLOSED("E587", "refused"), "smtp.auth_plaintext" AT587, OUTCOME_NOT_APPLICABLE, NULL, NULL},

        {"", "smtp.auth_on_mx" AT25, OUTCOME_PASS, NULL, NULL},
        {AUTH("E25", "PLAIN"), "smtp.auth_on_mx" AT25, OUTCOME_WARN, "AUTH PLAIN", "before TLS: PLAIN"},
        {"E25.smtp.ehlo_tls.capabilities.3 {\"keyword\": \"AUTH\", \"parameter\": \"LOGIN\"}",
         "smtp.auth_on_mx" AT25, OUTCOME_WARN, "AUTH LOGIN", "  -o smtpd_sasl_auth_enable=no"},
        {NO_TLS("E25"), "smtp.auth_on_mx" AT25, OUTCOME_NOT_TESTED, NULL, NULL},
        {"E25.smtp.starttls_offered false\n" NO_TLS("E25"), "smtp.auth_on_mx" AT25, OUTCOME_PASS, NULL, NULL},
        {"E25.smtp null", "smtp.auth_on_mx" AT25, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "submission.tls" AT465, OUTCOME_PASS, "from the first byte", "TLS1.3, TLS_AES_256_GCM_SHA384"},
        {"", "submission.tls" AT587, OUTCOME_PASS, "STARTTLS", NULL},
        {"", "submission.tls" AT25, 0, NULL, NULL},
        {NO_TLS("E465") FAILED("E465", "garbled"), "submission.tls" AT465, OUTCOME_FAIL, "does not speak TLS",
         "smtpd_tls_wrappermode=yes"},
        {NO_TLS("E465") FAILED("E465", "refused"), "submission.tls" AT465, OUTCOME_FAIL,
         "handshake on port 465 fails", "alert: handshake_failure"},
        {NO_TLS("E465") FAILED("E465", "silent") ENDED("E465", "tls", "handshake", "no answer"),
         "submission.tls" AT465, OUTCOME_NOT_TESTED, "no answer", NULL},
        {"E465.tls null\nE465.smtp null", "submission.tls" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {CLOSED("E465", "refused"), "submission.tls" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {CLOSED("E465", "silent"), "submission.tls" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {"E587.smtp.starttls_offered false\n" NO_TLS("E587"), "submission.tls" AT587, OUTCOME_FAIL,
         "does not offer", "smtpd_tls_security_level=encrypt"},
        {"E587.smtp.starttls.code 454\nE587.tls null\n" NO_TLS("E587"), "submission.tls" AT587, OUTCOME_FAIL,
         "refused with 454", NULL},
        {"E587.smtp.starttls.code 454\nE587.tls null\nE587.smtp.end \"turned_away\"\n" NO_TLS("E587"),
         "submission.tls" AT587, OUTCOME_NOT_TESTED, NULL, NULL}, /* "too many": of us */
        {NO_TLS("E587") FAILED("E587", "refused"), "submission.tls" AT587, OUTCOME_FAIL, "a reason", NULL},
        {NO_TLS("E587") FAILED("E587", "silent") ENDED("E587", "tls", "handshake", "no answer"),
         "submission.tls" AT587, OUTCOME_NOT_TESTED, "no answer", NULL},
        {"E587.smtp.starttls_offered null", "submission.tls" AT587, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "submission.mechanisms" AT465, OUTCOME_PASS, NULL, "AUTH PLAIN LOGIN"},
        {"E587.smtp.ehlo_tls.capabilities.3.parameter \"PLAIN CRAM-MD5 NTLM\"", "submission.mechanisms" AT587,
         OUTCOME_WARN, "CRAM-MD5 NTLM", "auth_mechanisms = plain\n"},
        /* what is fine stays; what is no mechanism goes into no configuration */
        {"E587.smtp.ehlo_tls.capabilities.3.parameter \"PLAIN CRAM-MD5 SCRAM-SHA-256 XOAUTH2 $(reboot)\"",
         "submission.mechanisms" AT587, OUTCOME_WARN, NULL, "mech_list: plain scram-sha-256 xoauth2"},
        {"E587.smtp.ehlo_tls.capabilities.3.parameter \"NTLM\"", "submission.mechanisms" AT587, OUTCOME_WARN,
         NULL, "auth_mechanisms = plain login\n"},
        {"E587.smtp.ehlo_tls.capabilities []", "submission.mechanisms" AT587, OUTCOME_WARN, "No login", NULL},
        {"E587.smtp.ehlo_tls null", "submission.mechanisms" AT587, OUTCOME_NOT_TESTED, NULL, NULL},
        {CLOSED("E465", "refused"), "submission.mechanisms" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},
    };

    CHECK_VERDICTS(logins);
}

/* Port 143 instead of 993. */
#define AT143 "@" A ":143"
#define CLEAR                                                                                                \
    "E993.port 143\nE993.service \"imap\"\nE993.imap.capabilities [\"IMAP4REV1\", \"STARTTLS\", "            \
    "\"LOGINDISABLED\"]\nE993.imap.starttls_offered true\nE993.imap.login_disabled true\n"                   \
    "E993.imap.starttls \"OK begin\"\n"
#define IMAP_ENDED(reason) "E993.imap.end \"timeout\"\nE993.imap.end_reason \"" reason "\"\n"

Test(checks_smtp, imap)
{
    static const struct verdict_row imap[] = {
        {"", "imap.tls" AT993, OUTCOME_PASS, NULL, NULL},
        {"E993.imap null\n" FAILED("E993", "garbled"), "imap.tls" AT993, OUTCOME_FAIL, "does not speak TLS",
         "inet_listener imaps"},
        {"E993.imap null\n" FAILED("E993", "refused"), "imap.tls" AT993, OUTCOME_FAIL,
         "handshake on port 993 fails", "alert: handshake_failure"},
        {IMAP_ENDED("no answer") FAILED("E993", "silent"), "imap.tls" AT993, OUTCOME_NOT_TESTED, "no answer",
         NULL},
        {CLOSED("E993", "refused"), "imap.tls" AT993, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {CLOSED("E993", "silent"), "imap.tls" AT993, OUTCOME_NOT_TESTED, NULL, NULL},
        {CLEAR, "imap.tls" AT143, OUTCOME_PASS, "only after STARTTLS", "LOGINDISABLED"},
        {CLEAR "E993.imap.login_disabled false", "imap.tls" AT143, OUTCOME_FAIL, "passwords in clear text",
         "disable_plaintext_auth = yes"},
        {CLEAR "E993.imap.starttls_offered false\nE993.imap.tls null", "imap.tls" AT143, OUTCOME_FAIL,
         "does not offer STARTTLS", "ssl = required"},
        {CLEAR "E993.imap.starttls \"BAD no\"\nE993.imap.tls null\nE993.tls null", "imap.tls" AT143,
         OUTCOME_FAIL, "refused: BAD no", NULL},
        {CLEAR "E993.imap.tls false\n" FAILED("E993", "closed"), "imap.tls" AT143, OUTCOME_FAIL, "a reason",
         NULL},
        {CLEAR "E993.imap.tls null\n" FAILED("E993", "silent") IMAP_ENDED("no answer"), "imap.tls" AT143,
         OUTCOME_NOT_TESTED, "no answer", NULL},
        {CLEAR "E993.imap.capabilities absent\n" IMAP_ENDED("no answer to CAPABILITY"), "imap.tls" AT143,
         OUTCOME_NOT_TESTED, "no answer to CAPABILITY", NULL},

        {"", "imap.preauth" AT993, OUTCOME_PASS, NULL, NULL},
        {"E993.imap.greeting \"preauth\"", "imap.preauth" AT993, OUTCOME_FAIL, "PREAUTH",
         "greeting: Dovecot ready."},
        {"E993.imap.greeting \"bye\"\n" IMAP_ENDED("the server turned us away"), "imap.preauth" AT993,
         OUTCOME_NOT_TESTED, "turned us away", NULL},
        {"E993.imap null", "imap.preauth" AT993, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "imap.mechanisms" AT993, OUTCOME_PASS, NULL, "AUTH=PLAIN"},
        {"E993.imap.capabilities_tls [\"AUTH=PLAIN\", \"AUTH=DIGEST-MD5\"]", "imap.mechanisms" AT993,
         OUTCOME_WARN, "DIGEST-MD5", NULL},
        {"E993.imap.capabilities_tls absent", "imap.mechanisms" AT993, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "imap.banner" AT993, OUTCOME_PASS, NULL, NULL},
        {"E993.imap.greeting_text \"Cyrus IMAP 3.8.1 server ready\"", "imap.banner" AT993, OUTCOME_INFO,
         "IMAP 3.8.1", NULL},
        {"E993.imap.greeting_text null", "imap.banner" AT993, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(imap);
}
