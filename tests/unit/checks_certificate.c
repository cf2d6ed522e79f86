/*
 * checks_certificate.c - verdicts on handshakes and certificates, on delivery, and on what the scan could not
 * see
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define A     HOST_NAME "/" IPV4_ADDRESS
#define AT25  "@" A ":25"
#define AT465 "@" A ":465"
#define AT587 "@" A ":587"
#define AT993 "@" A ":993"
#define R10   "CN=R10,O=Let's Encrypt,C=US"

#define CLOSED(endpoint, state)                                                                              \
    endpoint ".state \"" state "\"\n" endpoint ".smtp null\n" endpoint ".imap null\n" endpoint ".tls null\n"
#define FAILED(endpoint, result)                                                                             \
    endpoint ".tls.certificates []\n" endpoint ".tls.handshakes [{\"name\": \"mail.example.org\", "          \
             "\"result\": \"" result "\", \"reason\": \"a reason\"}]\n"
/* The server wants a name, and we had none; it knows no group that is older than 2024. */
#define NAMELESS                                                                                             \
    FAILED("E465", "refused")                                                                                \
    "E465.tls.handshakes.0.name null\nE465.tls.handshakes.0.alert \"unrecognized_name\"\n"                   \
    "E465.tls.versions {\"complete\": false, \"reason\": \"a reason\", \"list\": [], \"refused\": []}\n"     \
    "E465.tls.suites {}\nE465.tls.groups {}\n"
#define NEW_GROUPS                                                                                           \
    FAILED("E465", "refused")                                                                                \
    "E465.tls.versions {\"complete\": true, \"list\": [\"TLS1.3\"], \"refused\": [\"SSL2\", \"SSL3\", "      \
    "\"TLS1.0\", \"TLS1.1\", \"TLS1.2\"]}\n"                                                                 \
    "E465.tls.suites {\"TLS1.3\": {\"complete\": true, \"list\": [\"TLS_AES_256_GCM_SHA384\"]}}\n"           \
    "E465.tls.groups {\"TLS1.3\": {\"complete\": true, \"list\": [\"X25519MLKEM768\", \"MLKEM768\"]}}\n"
#define TYPED "HOST.asked_for true\n" /* --host names the MX */
#define SECOND_NAME                                                                                          \
    "facts.dns.hosts.1 {\"name\": \"imap.example.org\", \"source\": \"option\", \"literal\": false, "        \
    "\"addresses\": [{\"address\": \"" IPV4_ADDRESS "\", \"source\": \"dns\", \"scope\": \"global\"}]}\n"

Test(checks_certificate, handshake)
{
    static const struct verdict_row handshake[] = {
        {"", "tls.handshake" AT25, OUTCOME_PASS, "TLS1.3",
         "mail.example.org, RSA: TLS1.3, TLS_AES_256_GCM_SHA384, x25519"},
        {FAILED("E25", "refused"), "tls.handshake" AT25, OUTCOME_FAIL, "a reason",
         "openssl s_client -connect 11.10.1.25:25"},
        {FAILED("F25", "closed"), "tls.handshake@" HOST_NAME "/[" IPV6_ADDRESS "]:25", OUTCOME_FAIL, NULL,
         "openssl s_client -connect [2a11:11:1001::25]:25"},
        {FAILED("E465", "garbled"), "tls.handshake" AT465, OUTCOME_FAIL, NULL,
         "speak TLS from the first byte"},
        {NAMELESS, "tls.handshake" AT465, OUTCOME_NOT_TESTED, "scan it as `host:NAME`",
         "outpost scan --port 465:submissions host:NAME"},
        {NAMELESS, "tls.tls12" AT465, OUTCOME_NOT_TESTED, "scan it as `host:NAME`", NULL},
        {NAMELESS, "cert.name" AT465, OUTCOME_NOT_TESTED, "scan it as `host:NAME`", NULL},
        {NAMELESS "E465.tls.features.sni_needed true\n", "tls.sni" AT465, OUTCOME_WARN, "turned away", NULL},
        {FAILED("E465", "closed") "E465.tls.suites {\"SSL2\": {\"complete\": true, \"list\": "
                                  "[\"SSL_CK_RC4_128_WITH_MD5\"]}}\nE465.tls.versions {\"complete\": false, "
                                  "\"list\": [\"SSL2\"], \"refused\": []}\n",
         "tls.handshake" AT465, OUTCOME_FAIL, NULL, "smtpd_tls_protocols = >=TLSv1.2"},
        {NEW_GROUPS, "tls.handshake" AT465, OUTCOME_FAIL, "Only post-quantum groups",
         "tls_eecdh_auto_curves = X25519MLKEM768, X25519, prime256v1"},
        {NEW_GROUPS, "cert.name" AT465, OUTCOME_NOT_TESTED, "the handshake did not complete: a reason", NULL},
        {FAILED("E25", "silent"), "tls.handshake" AT25, OUTCOME_NOT_TESTED, "a reason", NULL},
        {FAILED("E25", "canceled"), "tls.handshake" AT25, OUTCOME_NOT_TESTED, NULL, NULL},
        {"E25.tls.handshakes.1.result \"refused\"", "tls.handshake" AT25, OUTCOME_PASS, NULL,
         NULL}, /* no RSA */
        {"E25.tls.handshakes.2 {\"name\": \"imap.example.org\", \"result\": \"refused\", \"alert\": "
         "\"unrecognized_name\"}",
         "tls.handshake" AT25, OUTCOME_FAIL, "for one name fails: unrecognized_name", "default certificate"},
        {"E25.tls null\nE25.smtp.starttls_offered false", "tls.handshake" AT25, OUTCOME_NOT_APPLICABLE,
         "does not offer STARTTLS", NULL},
        {"E25.tls null\nE25.smtp.starttls.code 454", "tls.handshake" AT25, OUTCOME_NOT_TESTED,
         "refuses STARTTLS", NULL},
        {"E25.tls null\nE25.smtp.end \"timeout\"\nE25.smtp.end_reason \"no greeting\"", "tls.handshake" AT25,
         OUTCOME_NOT_TESTED, "no greeting", NULL},
        {CLOSED("E25", "refused"), "tls.handshake" AT25, OUTCOME_NOT_TESTED, NULL, NULL},
        {CLOSED("E993", "refused"), "tls.handshake" AT993, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {"E993.service \"tls\"\nE993.imap null", "tls.handshake" AT993, OUTCOME_PASS, NULL, NULL},

        {"", "tls.cross_protocol" AT465, OUTCOME_INFO, "port 587 with STARTTLS", NULL},
        {CLOSED("E587", "refused"), "tls.cross_protocol" AT465, OUTCOME_PASS, NULL, NULL},
        {CLOSED("E587", "silent"), "tls.cross_protocol" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {"E587.tls.certificates []", "tls.cross_protocol" AT465, OUTCOME_PASS, NULL, NULL},
        {"", "tls.cross_protocol" AT993, OUTCOME_NOT_TESTED, "not looked at", NULL},
        {CLOSED("E465", "refused"), "tls.cross_protocol" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {"", "tls.cross_protocol" AT587, 0, NULL, NULL},
    };

    CHECK_VERDICTS(handshake);
}

Test(checks_certificate, names)
{
    static const struct verdict_row names[] = {
        {"", "cert.name" AT25, OUTCOME_PASS, NULL, "the certificate is for: mail.example.org"},
        {"", "cert.name" AT25 "#RSA", OUTCOME_PASS, NULL, NULL},
        {"", "cert.name" AT25 "#ECDSA", 0, NULL,
         NULL}, /* what the server shows first has no key type in its id */
        {TYPED "CERT465.sans [\"www.example.org\", \"*.example.net\"]", "cert.name" AT465, OUTCOME_FAIL,
         "mail.example.org",
         "certbot certonly --cert-name www.example.org --expand -d www.example.org -d '*.example.net' -d "
         "mail.example.org"},
        {TYPED "CERT465.sans [\"www.example.org\"]", "cert.name" AT465, OUTCOME_FAIL, NULL,
         "acme.sh --issue --force -d www.example.org -d mail.example.org"},
        {"CERT25.sans [\"www.example.org\"]", "cert.name" AT25, OUTCOME_WARN, NULL, NULL},
        {TYPED "CERT993.sans [\"www.example.org\"]", "cert.name" AT993, OUTCOME_FAIL, NULL, NULL},
        {"CERT465.sans [\"*.example.org\"]", "cert.name" AT465, OUTCOME_PASS, NULL, NULL},
        {TYPED "CERT465.sans []\nCERT465.common_name \"mail.example.org\"", "cert.name" AT465, OUTCOME_FAIL,
         "no subject alternative name", "its common name, which does not count: mail.example.org"},
        {"CERT465.sans absent", "cert.name" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {"CERT465.sans [\"www.example.org\"]\nCERT465.sans_left_out 3", "cert.name" AT465, OUTCOME_NOT_TESTED,
         "more names", NULL},
        {TYPED "RSA465.sans [\"www.example.org\"]", "cert.name" AT465 "#RSA", OUTCOME_FAIL, NULL, NULL},
        {"RSA465.sans [\"www.example.org\"]", "cert.name" AT465, OUTCOME_PASS, NULL, NULL},
        /* what a certificate says goes into no command line unless it is a host name */
        {TYPED "CERT465.sans [\"a.org; rm -rf /\"]", "cert.name" AT465, OUTCOME_FAIL, NULL,
         "a certificate for mail.example.org and all names of the present one (1)"},
        /* a name that is left out of the line would be dropped */
        {TYPED "CERT465.sans [\"a.org\", \"b.org\", \"c.org\", \"d.org\", \"e.org\", "
               "\"f.org\"]\nCERT465.common_name "
               "\"c.org\"",
         "cert.name" AT465, OUTCOME_FAIL, NULL,
         "certbot certonly --cert-name c.org --expand -d a.org -d b.org -d c.org -d d.org -d e.org -d f.org "
         "-d "
         "mail.example.org"},
        {TYPED "CERT465.sans [\"a.org\", \"b.org\", \"c.org\", \"d.org\", \"e.org\", \"f.org\", \"g.org\"]",
         "cert.name" AT465, OUTCOME_FAIL, NULL,
         "a certificate for mail.example.org and all names of the present one (7)"},
        /* nobody knows whether users type the name of the MX: no failure */
        {"CERT465.sans [\"www.example.org\"]", "cert.name" AT465, OUTCOME_WARN,
         "if that is the name that users type", "`--host NAME`"},
        {"CERT465.sans [\"www.example.org\"]", "cert.name" AT465, OUTCOME_WARN, NULL,
         "the certificate is for: www.example.org"},
        {"CERT993.sans []", "cert.name" AT993, OUTCOME_WARN, NULL, NULL},
        /* a provider's mail host: its customers type the provider's names */
        {"CERT465.sans [\"*.provider.example\"]\nfacts.dns.domain \"customer.example\"", "cert.name" AT465,
         OUTCOME_INFO, "which name users type is not known", "the certificate is for: *.provider.example"},
        /* the target given as a host is typed */
        {"CERT465.sans [\"www.example.org\"]\nHOST.source \"target\"", "cert.name" AT465, OUTCOME_FAIL, NULL,
         NULL},
        /* port 25 is not for the names of users, but for an MX that --host names too */
        {SECOND_NAME "CERT25.name null", "cert.name@imap.example.org/" IPV4_ADDRESS ":25",
         OUTCOME_NOT_APPLICABLE, "senders come by the names of MX records", NULL},
        {SECOND_NAME "CERT25.name null\nfacts.dns.mx.outcome \"failure\"",
         "cert.name@imap.example.org/" IPV4_ADDRESS ":25", OUTCOME_NOT_TESTED, "could not be looked up",
         NULL},
        {TYPED "CERT25.sans [\"www.example.org\"]", "cert.name" AT25, OUTCOME_WARN, NULL, NULL},
        /* the name that users were told counts more than that of the MX */
        {SECOND_NAME "CERT465.sans [\"imap.example.org\"]\nCERT465.name null", "cert.name" AT465,
         OUTCOME_INFO, "users of this port use imap.example.org", NULL},
        {SECOND_NAME "CERT465.sans [\"imap.example.org\"]\nCERT465.name null\nRSA465.name null",
         "cert.name@imap.example.org/" IPV4_ADDRESS ":465", OUTCOME_PASS, NULL, NULL},
        {SECOND_NAME TYPED "CERT465.sans [\"imap.example.org\"]\nCERT465.name null", "cert.name" AT465,
         OUTCOME_FAIL, NULL, NULL},
        {SECOND_NAME "CERT465.name null", "cert.name@imap.example.org/" IPV4_ADDRESS ":465", OUTCOME_FAIL,
         NULL, NULL},
        {SECOND_NAME, "cert.name@imap.example.org/" IPV4_ADDRESS ":465", OUTCOME_NOT_TESTED, "with this name",
         NULL},
        /* a bare address */
        {"HOST.name \"" IPV4_ADDRESS "\"\nHOST.source \"target\"\nHOST.literal true\nCERT25.name null\n"
         "RSA25.name null\ntarget_kind \"address\"\nfacts.dns.domain null",
         "cert.name@" IPV4_ADDRESS ":25", OUTCOME_INFO, "bare address", NULL},
        {"HOST.name \"" IPV4_ADDRESS "\"\nHOST.source \"target\"\nHOST.literal true\nCERT25.name null\n"
         "CERT25.sans [\"IP:" IPV4_ADDRESS "\"]\nfacts.dns.domain null",
         "cert.name@" IPV4_ADDRESS ":25", OUTCOME_PASS, NULL, NULL},
        {FAILED("E465", "refused"), "cert.name" AT465, OUTCOME_NOT_TESTED, "did not complete: a reason",
         NULL},
        {CLOSED("E465", "refused"), "cert.name" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {CLOSED("E25", "refused"), "cert.name" AT25, OUTCOME_NOT_TESTED, NULL, NULL},
        {"E25.tls null\nE25.smtp.starttls_offered false", "cert.name" AT25, OUTCOME_NOT_APPLICABLE, NULL,
         NULL},
    };

    CHECK_VERDICTS(names);
}

#define ERROR(depth, code, text) "[{\"depth\": " #depth ", \"code\": " #code ", \"text\": \"" text "\"}]\n"
#define SENT(subject, issuer)                                                                                \
    "{\"subject\": \"CN=" subject "\", \"issuer\": \"CN=" issuer "\", \"self_issued\": false}"
#define ROOT(subject)                                                                                        \
    "{\"subject\": \"CN=" subject "\", \"issuer\": \"CN=" subject "\", \"self_issued\": true}"

Test(checks_certificate, trust_and_chain)
{
    static const struct verdict_row trust[] = {
        {"", "cert.trust" AT465, OUTCOME_PASS, NULL, "root: CN=Root X1"},
        {"CERT465.trusted false\nCERT465.verify_errors " ERROR(0, 18, "self-signed certificate"),
         "cert.trust" AT465, OUTCOME_FAIL, "is self-signed",
         "verification, depth 0: self-signed certificate"},
        {"CERT465.trusted false\nCERT465.chain.1 absent\nCERT465.verify_errors " ERROR(
             0, 20, "unable to get issuer"),
         "cert.trust" AT465, OUTCOME_FAIL, "issuer's certificate is not sent", "fullchain.pem"},
        {"CERT465.trusted false", "cert.trust" AT465, OUTCOME_FAIL, "no trusted root",
         "certbot certonly --standalone -d mail.example.org"},
        /* an address has no name to get a certificate for */
        {"HOST.name \"" IPV4_ADDRESS "\"\nE465.tls.handshakes.0.name null\nCERT465.name null\n"
         "CERT465.trusted false\nCERT465.verify_errors " ERROR(0, 18, "self-signed certificate"),
         "cert.trust@" IPV4_ADDRESS ":465", OUTCOME_FAIL, "is self-signed", "-d <name>"},
        {"CERT25.trusted false", "cert.trust" AT25, OUTCOME_WARN, NULL, NULL},
        {"CERT465.trusted null", "cert.trust" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {"CERT465.server_auth false", "cert.trust" AT465, OUTCOME_FAIL, "not meant for servers", NULL},
        {"settings.roots \"lab-ca.pem\"", "cert.trust" AT465, OUTCOME_PASS, NULL, "roots: lab-ca.pem"},
        {CLOSED("E465", "refused"), "cert.trust" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},

        {"", "cert.chain" AT465, OUTCOME_PASS, NULL, "sent 1: " R10 ", issued by CN=Root X1"},
        {"CERT465.chain.1 absent", "cert.chain" AT465, OUTCOME_FAIL, "certificate of " R10 " is not sent",
         "smtpd_tls_chain_files"}, /* also if this machine had it by luck */
        {"CERT25.chain.1 absent", "cert.chain" AT25, OUTCOME_WARN, NULL, NULL},
        {"CERT465.trusted false\nCERT465.chain.1 absent\nCERT465.ca_issuer_urls "
         "[\"http://r10.i.lencr.org/\"]",
         "cert.chain" AT465, OUTCOME_FAIL, NULL, "it can be had at: http://r10.i.lencr.org/"},
        {"CERT465.trusted false", "cert.chain" AT465, OUTCOME_PASS, NULL,
         NULL}, /* an unknown root is cert.trust's */
        {"CERT465.path [\"CN=mail.example.org\", \"" R10 "\", \"CN=R0\", \"CN=Root X1\"]\n"
         "CERT465.chain.1.issuer \"CN=R0\"",
         "cert.chain" AT465, OUTCOME_FAIL, "certificate of CN=R0", NULL},
        {"CERT465.chain [" SENT("mail.example.org", "R10") ", " SENT("R0", "Root X1") ", " SENT("R10",
                                                                                                "R0") "]",
         "cert.chain" AT465, OUTCOME_WARN, "wrong order", NULL},
        {"CERT465.chain [" SENT("mail.example.org", "R10") ", " SENT("R10", "Root X1") ", " SENT("Other",
                                                                                                 "CA") "]",
         "cert.chain" AT465, OUTCOME_WARN, "1 certificate that does not belong to the chain is sent",
         "(does not belong here)"},
        {"CERT465.chain [" SENT("mail.example.org", "R10") ", " SENT("R10", "Root X1") ", " SENT(
             "R10", "Root X1") ", " SENT("R10", "Root X1") "]",
         "cert.chain" AT465, OUTCOME_WARN, "2 certificates that do not belong to the chain are sent", NULL},
        {"CERT465.chain_left_out 4", "cert.chain" AT465, OUTCOME_WARN, "4 certificates", NULL},
        {"CERT465.chain [" SENT("mail.example.org", "R10") ", " SENT("R10",
                                                                     "Root X1") ", " ROOT("Root X1") "]",
         "cert.chain" AT465, OUTCOME_INFO, "root is sent", NULL},
        /* a cross certificate of a root that the system has itself */
        {"CERT465.chain [" SENT("mail.example.org",
                                "R10") ", " SENT("R10", "Root X1") ", " SENT("Root X1", "Root X0") "]",
         "cert.chain" AT465, OUTCOME_PASS, NULL, NULL},
        {"CERT465.chain [" ROOT("mail.example.org") "]\nCERT465.trusted false", "cert.chain" AT465,
         OUTCOME_NOT_APPLICABLE, "self-signed", NULL},
        {"CERT465.chain []", "cert.chain" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {"CERT465.path absent", "cert.chain" AT465, OUTCOME_PASS, NULL, NULL},
    };

    CHECK_VERDICTS(trust);
}

Test(checks_certificate, expiry)
{
    static const struct verdict_row expiry[] = {
        {"", "cert.expiry" AT465, OUTCOME_PASS, "79 days", "valid from 2026-11-12 to 2027-02-10"},
        {"CERT465.not_after \"2026-11-22T11:59:59Z\"", "cert.expiry" AT465, OUTCOME_FAIL,
         "expired 0 hours ago", "certbot renew --cert-name mail.example.org"},
        {"CERT465.not_after \"2026-10-22T12:00:00Z\"", "cert.expiry" AT465, OUTCOME_FAIL,
         "expired 31 days ago", "systemctl reload postfix"},
        {"CERT993.not_after \"2026-10-22T12:00:00Z\"", "cert.expiry" AT993, OUTCOME_FAIL, NULL,
         "systemctl reload dovecot"},
        {"CERT25.not_after \"2026-10-22T12:00:00Z\"", "cert.expiry" AT25, OUTCOME_WARN, "expired 31 days ago",
         NULL},
        {"CERT465.not_before \"2026-11-23T12:00:00Z\"", "cert.expiry" AT465, OUTCOME_FAIL,
         "valid only in 24 hours", NULL},
        /* 90 days from 2026-09-01: 7 days left fail, 19.8 (22 %) warn */
        {"CERT465.not_before \"2026-09-01T12:00:00Z\"\nCERT465.not_after \"2026-11-29T11:59:59Z\"",
         "cert.expiry" AT465, OUTCOME_FAIL, "expires in 6 days", NULL},
        {"CERT465.not_before \"2026-09-01T12:00:00Z\"\nCERT465.not_after \"2026-11-30T12:00:00Z\"",
         "cert.expiry" AT465, OUTCOME_WARN, "expires in 8 days", NULL},
        {"CERT25.not_before \"2026-09-01T12:00:00Z\"\nCERT25.not_after \"2026-11-29T11:59:59Z\"",
         "cert.expiry" AT25, OUTCOME_WARN, "expires in 6 days", NULL},
        {"CERT465.not_before \"2026-09-13T12:00:00Z\"\nCERT465.not_after \"2026-12-12T12:00:00Z\"",
         "cert.expiry" AT465, OUTCOME_PASS, NULL, NULL}, /* 20 days of 90: renewal is due, not late */
        /* six days in all: 1.32 days (22 %) warn, 11.5 hours (8 %) fail */
        {"CERT465.not_before \"2026-11-18T12:00:00Z\"\nCERT465.not_after \"2026-11-24T12:00:00Z\"",
         "cert.expiry" AT465, OUTCOME_PASS, NULL, NULL},
        {"CERT465.not_before \"2026-11-17T12:00:00Z\"\nCERT465.not_after \"2026-11-23T12:00:00Z\"",
         "cert.expiry" AT465, OUTCOME_WARN, "24 hours", NULL},
        {"CERT465.not_before \"2026-11-16T20:00:00Z\"\nCERT465.not_after \"2026-11-22T20:00:00Z\"",
         "cert.expiry" AT465, OUTCOME_FAIL, "8 hours", NULL},
        {"CERT465.verify_errors [{\"depth\": 1, \"code\": 10, \"text\": \"expired\"}]", "cert.expiry" AT465,
         OUTCOME_FAIL, "in the chain", "fullchain.pem"},
        {"CERT465.not_after null", "cert.expiry" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {"started null", "cert.expiry" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {CLOSED("E465", "silent"), "cert.expiry" AT465, OUTCOME_NOT_TESTED, "does not answer", NULL},
    };

    CHECK_VERDICTS(expiry);
}

Test(checks_certificate, issued)
{
    static const struct verdict_row issued[] = {
        {"", "cert.lifetime" AT465, OUTCOME_PASS, "90 days", NULL},
        /* the last second counts: 398 days are over with it */
        {"CERT465.not_before \"2026-03-14T00:00:00Z\"\nCERT465.not_after \"2027-04-15T23:59:59Z\"",
         "cert.lifetime" AT465, OUTCOME_PASS, "398 days", NULL},
        {"CERT465.not_before \"2026-03-14T00:00:00Z\"\nCERT465.not_after \"2027-04-16T00:00:00Z\"",
         "cert.lifetime" AT465, OUTCOME_WARN, "over 398 days", NULL},
        {"CERT465.not_before \"2026-03-15T00:00:00Z\"\nCERT465.not_after \"2026-09-30T23:59:59Z\"",
         "cert.lifetime" AT465, OUTCOME_PASS, "200 days", NULL},
        {"CERT465.not_before \"2026-03-15T00:00:00Z\"\nCERT465.not_after \"2026-10-01T00:00:00Z\"",
         "cert.lifetime" AT465, OUTCOME_WARN, "over 200 days", NULL},
        {"CERT465.not_before \"2027-03-15T00:00:00Z\"\nCERT465.not_after \"2027-06-23T00:00:00Z\"",
         "cert.lifetime" AT465, OUTCOME_WARN, "over 100 days", NULL},
        {"CERT465.not_before \"2029-03-15T00:00:00Z\"\nCERT465.not_after \"2029-04-30T23:59:59Z\"",
         "cert.lifetime" AT465, OUTCOME_PASS, "47 days", NULL},
        {"CERT465.not_before \"2029-03-15T00:00:00Z\"\nCERT465.not_after \"2029-05-01T00:00:00Z\"",
         "cert.lifetime" AT465, OUTCOME_WARN, "over 47 days", NULL},
        {"settings.roots \"ca.pem\"", "cert.lifetime" AT465, OUTCOME_NOT_APPLICABLE, "other roots", NULL},
        {"CERT465.trusted false", "cert.lifetime" AT465, OUTCOME_NOT_APPLICABLE, "not from a public", NULL},
        {"CERT465.trusted null", "cert.lifetime" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {"CERT465.not_before null", "cert.lifetime" AT465, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "cert.transparency" AT465, OUTCOME_PASS, "2 public logs", NULL},
        {"CERT465.scts 0", "cert.transparency" AT465, OUTCOME_WARN, NULL, NULL},
        {"CERT465.scts 0\nsettings.roots \"ca.pem\"", "cert.transparency" AT465, OUTCOME_NOT_APPLICABLE, NULL,
         NULL},
        {"CERT465.scts 0\nCERT465.trusted false", "cert.transparency" AT465, OUTCOME_NOT_APPLICABLE, NULL,
         NULL},
        {"CERT465.scts null", "cert.transparency" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(issued);
}

Test(checks_certificate, same_everywhere)
{
    static const struct verdict_row same[] = {
        {"", "cert.same_everywhere" AT465, OUTCOME_PASS, "same certificate", NULL},
        {"CERT465.sha256 \"0ld\"\nE465.tls.handshakes.0.leaf_sha256 \"0ld\"\nCERT465.not_after "
         "\"2026-12-20T12:00:00Z\"",
         "cert.same_everywhere" AT465, OUTCOME_WARN, "mail.example.org 11.10.1.25:25 has the new one",
         "here: valid to 2026-12-20, SHA-256 0ld"},
        {"CERT465.sha256 \"0ld\"\nE465.tls.handshakes.0.leaf_sha256 \"0ld\"\nCERT465.not_after "
         "\"2026-11-20T12:00:00Z\"",
         "cert.same_everywhere" AT465, OUTCOME_FAIL, "still shows an expired", "systemctl reload postfix"},
        {"CERT465.sha256 \"0ld\"\nE465.tls.handshakes.0.leaf_sha256 \"0ld\"\nCERT465.not_after "
         "\"2026-12-20T12:00:00Z\"",
         "cert.same_everywhere" AT587, OUTCOME_PASS, "No port has a newer", NULL},
        {"CERT465.sha256 \"0ld\"\nE465.tls.handshakes.0.leaf_sha256 \"0ld\"\nCERT465.not_after "
         "\"2026-12-20T12:00:00Z\"\nCERT465.sans [\"smtp.example.org\"]",
         "cert.same_everywhere" AT465, OUTCOME_INFO, "shows another", NULL},
        /* another address has a newer one still: what counts is the port beside */
        {"CERT465.sha256 \"0ld\"\nE465.tls.handshakes.0.leaf_sha256 \"0ld\"\nCERT465.not_after "
         "\"2026-12-20T12:00:00Z\"\nfacts.endpoints.5.tls.certificates.0.sha256 \"new\"\n"
         "facts.endpoints.5.tls.certificates.0.not_after \"2027-06-20T12:00:00Z\"",
         "cert.same_everywhere" AT465, OUTCOME_WARN, "mail.example.org 11.10.1.25:25 has the new one", NULL},
        /* a pool: only the other address has another */
        {"facts.endpoints.5.tls.certificates.0.sha256 \"new\"\n"
         "facts.endpoints.5.tls.certificates.0.not_after \"2027-06-20T12:00:00Z\"",
         "cert.same_everywhere" AT465, OUTCOME_INFO, "[2a11:11:1001::25]:465 shows another", NULL},
        /* of the other key type */
        {"RSA465.sha256 \"0ld\"\nE465.tls.handshakes.1.leaf_sha256 \"0ld\"\nRSA465.not_after "
         "\"2026-12-20T12:00:00Z\"",
         "cert.same_everywhere" AT465 "#RSA", OUTCOME_WARN, "has the new one", NULL},
        {"facts.endpoints.7 absent\nfacts.endpoints.6 absent\nfacts.endpoints.5 absent\nfacts.endpoints.4 "
         "absent\n"
         "facts.endpoints.3 absent\nfacts.endpoints.2 absent\nfacts.endpoints.0 absent",
         "cert.same_everywhere" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {CLOSED("E465", "refused"), "cert.same_everywhere" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {FAILED("E465", "refused"), "cert.same_everywhere" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(same);
}

#define RSA(endpoint, bits, exponent, roca)                                                                  \
    endpoint ".key {\"type\": \"RSA\", \"bits\": " #bits ", \"rsa_exponent\": " #exponent                    \
             ", \"roca\": " #roca "}\n"
/* The RSA certificate has to go, or there are two of a type. */
#define NO_RSA(endpoint) endpoint ".tls.certificates.1 absent\n" endpoint ".tls.handshakes.1 absent\n"

Test(checks_certificate, strength)
{
    static const struct verdict_row strength[] = {
        {"", "cert.key" AT465, OUTCOME_PASS, "ECDSA secp256r1", NULL},
        {"", "cert.key" AT465 "#RSA", OUTCOME_PASS, "RSA 2048", "public exponent 65537"},
        {RSA("RSA465", 2047, 65537, false), "cert.key" AT465 "#RSA", OUTCOME_FAIL, "too short",
         "--key-type ecdsa --cert-name mail.example.org"},
        {RSA("RSA25", 2047, 65537, false), "cert.key" AT25 "#RSA", OUTCOME_WARN, "too short", NULL},
        {RSA("RSA25", 1023, 65537, false), "cert.key" AT25 "#RSA", OUTCOME_FAIL, "can be factored", NULL},
        {RSA("RSA25", 2048, 1, false), "cert.key" AT25 "#RSA", OUTCOME_FAIL, "exponent", NULL},
        {RSA("RSA465", 4096, 3, false), "cert.key" AT465 "#RSA", OUTCOME_PASS, NULL, "public exponent 3"},
        {RSA("RSA465", 4096, 65537, true), "cert.key" AT465 "#RSA", OUTCOME_FAIL, "ROCA", NULL},
        {"CERT465.key.bits 192", "cert.key" AT465, OUTCOME_FAIL, "curve is too small", NULL},
        {"CERT465.key.type \"DSA\"", "cert.key" AT465, OUTCOME_FAIL, "DSA", "Take this certificate out"},
        {"CERT465.key.type \"DSA\"\nRSA465.key.type \"DSA\"", "cert.key" AT465, OUTCOME_FAIL, "DSA",
         "certbot renew"},
        {"CERT465.key {\"type\": \"other\"}\nCERT465.signature \"GOST\"", "cert.key" AT465,
         OUTCOME_NOT_TESTED, "of a kind that is not known here (signed with GOST)", NULL},
        {"CERT465.key {\"type\": \"Ed25519\", \"bits\": 253}", "cert.key" AT465, OUTCOME_PASS, "Ed25519 253",
         NULL},
        {"CERT465.chain.1.key.bits 1536", "cert.key" AT465, OUTCOME_FAIL, "in the chain", "weak: " R10},
        {"CERT465.chain.1.key.bits 1536\nCERT465.chain.1.self_issued true", "cert.key" AT465, OUTCOME_PASS,
         NULL, NULL},
        {"CERT465.key null", "cert.key" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {CLOSED("E465", "refused"), "cert.key" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        /* two certificates of one type: the second gets a number */
        {"RSA465.key.type \"ECDSA\"", "cert.key" AT465 "#2", OUTCOME_PASS, NULL, NULL},

        {"", "cert.signature" AT465, OUTCOME_PASS, "sha256WithRSAEncryption", NULL},
        {"CERT465.signature \"sha1WithRSAEncryption\"", "cert.signature" AT465, OUTCOME_FAIL,
         "sha1WithRSAEncryption", "CN=mail.example.org"},
        {"CERT25.signature \"md5WithRSAEncryption\"", "cert.signature" AT25, OUTCOME_WARN, NULL, NULL},
        {"CERT465.signature \"ecdsa-with-SHA1\"", "cert.signature" AT465, OUTCOME_FAIL, NULL, NULL},
        {"CERT465.signature \"ecdsa-with-SHA384\"", "cert.signature" AT465, OUTCOME_PASS, NULL, NULL},
        {"CERT465.chain.1.signature \"sha1WithRSAEncryption\"", "cert.signature" AT465, OUTCOME_FAIL, NULL,
         R10},
        {"CERT465.chain.1.signature \"sha1WithRSAEncryption\"\nCERT465.chain.1.self_issued true",
         "cert.signature" AT465, OUTCOME_PASS, NULL, NULL},
        {"CERT465.chain.0.self_issued true\nCERT465.signature \"sha1WithRSAEncryption\"\nCERT465.chain.1 "
         "absent",
         "cert.signature" AT465, OUTCOME_NOT_APPLICABLE, "self-signed", NULL},
        {"CERT465.signature null", "cert.signature" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {NO_RSA("E465"), "cert.signature" AT465 "#RSA", 0, NULL, NULL},
    };

    CHECK_VERDICTS(strength);
}

#define OUTLOOK "delivery.outlook@example.org/" HOST_NAME

Test(checks_certificate, delivery_and_vantage)
{
    static const struct verdict_row others[] = {
        {"", OUTLOOK, OUTCOME_PASS, "delivered encrypted", "IPv6 only: delivered, encrypted"},
        {"", OUTLOOK, OUTCOME_PASS, NULL, "enforces MTA-STS (Gmail, Outlook): not tested"},
        {"", OUTLOOK, OUTCOME_PASS, NULL,
         "enforces DANE (Postfix with dane): delivered, encrypted, without proof"},
        {"E25.smtp.starttls_offered false\nE25.smtp.tls null", OUTLOOK, OUTCOME_INFO, "in clear text", NULL},
        {"E25.smtp.tls null\nE25.smtp.starttls.code 454", OUTLOOK, OUTCOME_INFO, "in clear text", NULL},
        {"E25.smtp.tls null\nE25.smtp.starttls.code 454\nE25.smtp.end \"turned_away\"\nHOST.addresses.1 "
         "absent",
         OUTLOOK, OUTCOME_NOT_TESTED, NULL, NULL}, /* too many new sessions: of ours */
        {"E25.smtp.tls null\nE25.smtp.starttls.code 421\nHOST.addresses.1 absent", OUTLOOK,
         OUTCOME_NOT_TESTED, NULL, NULL},
        {"E25.smtp.tls false\n" FAILED("E25", "refused"), OUTLOOK, OUTCOME_INFO, "in clear text", NULL},
        {CLOSED("E25", "refused"), OUTLOOK, OUTCOME_PASS, NULL, NULL},
        {CLOSED("F25", "refused"), OUTLOOK, OUTCOME_PASS, NULL,
         "IPv6 only: not delivered: the sender tries again"},
        {CLOSED("E25", "refused") CLOSED("F25", "refused"), OUTLOOK, OUTCOME_INFO, "is not delivered",
         "takes what it gets: not delivered"},
        {CLOSED("E25", "refused") CLOSED("F25", "silent") "vantage.port_25 null\nvantage.port_25_ipv6 null",
         OUTLOOK, OUTCOME_NOT_TESTED, NULL, NULL},
        {CLOSED("E25", "refused") CLOSED("F25", "refused") "vantage.port_25 null\nvantage.port_25_ipv6 null",
         OUTLOOK, OUTCOME_NOT_TESTED, NULL, NULL},
        {"HOST.addresses.1 absent\nHOST.aaaa.outcome \"nodata\"", OUTLOOK, OUTCOME_PASS, NULL,
         "IPv6 only: not delivered: the host has no such address"},
        {"HOST.addresses.1 absent\nHOST.aaaa.outcome \"failure\"", OUTLOOK, OUTCOME_PASS, NULL,
         "IPv6 only: not known"},
        {"HOST.addresses []\nHOST.a.outcome \"nxdomain\"\nHOST.aaaa.outcome \"nxdomain\"", OUTLOOK,
         OUTCOME_INFO, "is not delivered", NULL},
        {"HOST.addresses []\nHOST.a.outcome \"failure\"", OUTLOOK, OUTCOME_NOT_TESTED, NULL, NULL},
        {"facts.dns.mx.security \"bogus\"", OUTLOOK, OUTCOME_INFO, "not by senders that validate DNSSEC",
         "dnssec.domain"},
        {"HOST.aaaa.security \"bogus\"", OUTLOOK, OUTCOME_INFO, "not by senders that validate DNSSEC",
         "dnssec.mx"},
        {"facts.dns.hosts []\nfacts.dns.null_mx true", "delivery.outlook@example.org", OUTCOME_INFO,
         "as the domain wants", NULL},
        {"facts.dns.hosts []\nfacts.dns.mx.outcome \"nxdomain\"", "delivery.outlook@example.org",
         OUTCOME_INFO, "does not exist", NULL},
        {"facts.dns.hosts []\nfacts.dns.mx.outcome \"failure\"", "delivery.outlook@example.org",
         OUTCOME_NOT_TESTED, NULL, NULL},
        {"HOST.source \"implicit_mx\"\nHOST.addresses []\nfacts.dns.mx.outcome \"nodata\"",
         "delivery.outlook@example.org", OUTCOME_INFO, "neither MX nor address", NULL},
        {"facts.dns.domain null", OUTLOOK, 0, NULL, NULL},

        {"", "scan.vantage@example.org", OUTCOME_PASS, NULL, "our addresses: 11.9.0.7, 2a11:11:900::7"},
        {"vantage.port_25 \"blocked\"", "scan.vantage@example.org", OUTCOME_INFO, "blocks port 25",
         "lets port 25 out"},
        {"vantage.port_25 null", "scan.vantage@example.org", OUTCOME_INFO, "over IPv4 is not known",
         "--control HOST"},
        {"vantage.port_25_ipv6 null", "scan.vantage@example.org", OUTCOME_INFO, "over IPv6 is not known",
         "--control HOST"},
        {"vantage.port_25_ipv6 null\nF25.state \"not_contacted\"", "scan.vantage@example.org", OUTCOME_PASS,
         NULL, NULL},
        {"vantage.port_25_ipv6 \"blocked\"", "scan.vantage@example.org", OUTCOME_INFO,
         "blocks port 25 over IPv6", "lets port 25 out"},
        {"vantage.port_25 null\nfacts.endpoints []", "scan.vantage@example.org", OUTCOME_PASS, NULL, NULL},
        {"vantage.ipv6 false", "scan.vantage@example.org", OUTCOME_INFO, "no IPv6 here", NULL},
        {"vantage.ipv6 false\nHOST.addresses.1 absent", "scan.vantage@example.org", OUTCOME_PASS, NULL, NULL},
        {"vantage.ipv4 false\nvantage.ipv6 false", "scan.vantage@example.org", OUTCOME_INFO, "(and more)",
         "There is no IPv4 here"},
        {"complete false\nincomplete_reason \"the time of 180 s was over\"", "scan.vantage@example.org",
         OUTCOME_INFO, "not complete: the time of 180 s was over", NULL},
        {"settings.overrides [\"--resolve mail.example.org=11.10.1.25\"]", "scan.vantage@example.org",
         OUTCOME_PASS, NULL, "what DNS says was replaced: --resolve"},
        {"vantage null", "scan.vantage@example.org", OUTCOME_INFO, NULL, NULL},
        {"vantage null\nfacts.endpoints []", "scan.vantage@example.org", OUTCOME_NOT_TESTED, NULL, NULL},
        {"target \"mail.example.org\"\ntarget_kind \"host\"", "scan.vantage@mail.example.org", OUTCOME_PASS,
         NULL, NULL},
    };

    CHECK_VERDICTS(others);
}
