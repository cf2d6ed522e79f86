/*
 * checks_tls_features.c - verdicts on key exchange, signatures, and what else a port does in TLS
 */
#include "tests/unit/checks_tls.h"

#include <criterion/criterion.h>

#define FEATURE(endpoint, name, value) endpoint ".tls.features." name " " value "\n"
#define DHE                            "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"
#define DH_ANON                        "TLS_DH_anon_WITH_AES_128_GCM_SHA256"
#define DH(endpoint, bits, name, reused)                                                                     \
    endpoint ".tls.dh [{\"bits\": " bits ", \"prime_name\": " name ", \"reused\": " reused "}]\n"

#define NO_HANDSHAKE "E465.tls.handshakes.0.result \"refused\"\nE465.tls.handshakes.1.result \"refused\"\n"

Test(checks_tls_features, dh)
{
    static const struct verdict_row dh[] = {
        {"", "tls.dh" AT465, OUTCOME_NOT_APPLICABLE, "no suite with DHE", NULL},
        {ACCEPTS("E465", DHE), "tls.dh" AT465, OUTCOME_NOT_TESTED, "were not seen", NULL},
        {CUT("E465"), "tls.dh" AT465, OUTCOME_NOT_TESTED, "pushback", NULL},
        {QUICK("E465"), "tls.dh" AT465, OUTCOME_NOT_TESTED, "--depth standard", NULL},
        {DH("E465", "2048", "\"ffdhe2048\"", "false"), "tls.dh" AT465, OUTCOME_PASS, NULL,
         "2048 bits, ffdhe2048"},
        {DH("E465", "2047", "null", "false"), "tls.dh" AT465, OUTCOME_FAIL, "only 2047 bits",
         "smtpd_tls_dh1024_param_file = auto"},
        /* the anonymous suites may be what gets it */
        {DH("E465", "1024", "null", "false") ACCEPTS("E465", DH_ANON), "tls.dh" AT465, OUTCOME_FAIL, NULL,
         "smtpd_tls_mandatory_exclude_ciphers = aNULL\n"},
        {DH("E25", "1024", "null", "false") ACCEPTS("E25", DH_ANON), "tls.dh" AT25, OUTCOME_WARN, NULL,
         "smtpd_tls_exclude_ciphers = ADH\n"},
        {DH("E25", "1024", "null", "false") ACCEPTS("E25", DH_ANON), "tls.dh" AT25, OUTCOME_WARN, NULL,
         "smtpd_tls_dh1024_param_file=/etc/postfix/dh2048.pem"},
        {DH("E25", "1024", "\"RFC 2409 group 2 (1024 bits)\"", "false"), "tls.dh" AT25, OUTCOME_WARN,
         "1024 bits, and a prime that many share", NULL},
        {DH("E993", "1024", "null", "false"), "tls.dh" AT993, OUTCOME_FAIL, NULL, "ssl_server_dh_file"},
        {DH("E465", "2048", "null", "true"), "tls.dh" AT465, OUTCOME_WARN, "more than one connection",
         "the same public value twice"},
        {FEATURE("E465", "ecdh_reuse", "true"), "tls.dh" AT465, OUTCOME_WARN, NULL, "ECDHE"},
        {DH("E465", "null", "null", "null"), "tls.dh" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        /* the worst of several */
        {"E465.tls.dh [{\"bits\": 4096}, {\"bits\": 1024}]", "tls.dh" AT465, OUTCOME_FAIL, "1024",
         "4096 bits"},
    };

    CHECK_VERDICTS(dh);
}

#define GROUPS13  SET("TLS1.3", "\"x25519\"")
#define GROUPS_PQ SET("TLS1.3", "\"x25519\", \"X25519MLKEM768\"")

Test(checks_tls_features, groups)
{
    static const struct verdict_row groups[] = {
        {"", "tls.groups" AT465, OUTCOME_PASS, NULL, "TLS1.2: x25519, secp256r1, secp384r1"},
        {GROUPS("E465", SET("TLS1.2", "\"secp256r1\", \"secp192r1\"") ", " GROUPS13), "tls.groups" AT465,
         OUTCOME_FAIL, "Weak curves", "TLS1.2: secp192r1"},
        {GROUPS("E25", SET("TLS1.2", "\"secp192r1\"") ", " GROUPS13), "tls.groups" AT25, OUTCOME_WARN,
         "Weak curves", "tls_eecdh_auto_curves = X25519, prime256v1"},
        {GROUPS("E25", SET("TLS1.2", "\"secp192r1\"") ", " GROUPS_PQ), "tls.groups" AT25, OUTCOME_WARN,
         "Weak curves", "tls_eecdh_auto_curves = X25519MLKEM768, X25519, prime256v1"},
        {GROUPS("E993", SET("TLS1.2", "\"secp192r1\"") ", " GROUPS_PQ), "tls.groups" AT993, OUTCOME_FAIL,
         "Weak curves", "ssl_curve_list = X25519MLKEM768:X25519:prime256v1"},
        {GROUPS("E993", SET("TLS1.2", "\"sect283k1\"") ", " GROUPS13), "tls.groups" AT993, OUTCOME_WARN,
         "taken back", "ssl_curve_list = X25519"},
        {GROUPS("E465", SET("TLS1.2", "\"brainpoolP256r1\", \"ffdhe2048\"") ", " GROUPS13),
         "tls.groups" AT465, OUTCOME_PASS, NULL, NULL},
        {GROUPS("E465", SET_CUT("TLS1.2", "\"x25519\", \"secp256r1\"") ", " GROUPS13), "tls.groups" AT465,
         OUTCOME_NOT_TESTED, "not all groups of TLS1.2 are known (pushback)",
         "TLS1.2, at least: x25519, secp256r1"},
        {GROUPS("E465", SET_CUT("TLS1.2", "\"secp160r1\"") ", " GROUPS13), "tls.groups" AT465, OUTCOME_FAIL,
         NULL, NULL},
        /* older versions take their groups from the newest below 1.3 */
        {SPEAKS("E465", "\"TLS1.0\", \"TLS1.2\", \"TLS1.3\"", ""), "tls.groups" AT465, OUTCOME_PASS, NULL,
         NULL},
        {"E465.tls.groups absent", "tls.groups" AT465, OUTCOME_NOT_TESTED, NULL, "TLS1.3, at least: x25519"},
        {"E465.tls.handshakes []\nE465.tls.groups absent\n" SPEAKS("E465", "\"TLS1.2\"", "")
             SUITES("E465", SET("TLS1.2", "\"TLS_RSA_WITH_AES_128_GCM_SHA256\"")),
         "tls.groups" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},

        {"", "tls.groups.post_quantum" AT465, OUTCOME_PASS, NULL, "TLS1.3: X25519MLKEM768"},
        {GROUPS("E465", GROUPS13), "tls.groups.post_quantum" AT465, OUTCOME_INFO, "No post-quantum",
         "OpenSSL 3.5"},
        {GROUPS("E465", SET_CUT("TLS1.3", "\"x25519\"")), "tls.groups.post_quantum" AT465, OUTCOME_NOT_TESTED,
         NULL, NULL},
        {"E465.tls.handshakes []\n" SPEAKS("E465", "\"TLS1.2\"", "\"TLS1.3\"")
             SUITES("E465", SET("TLS1.2", GOOD12)),
         "tls.groups.post_quantum" AT465, OUTCOME_INFO, "needs TLS 1.3", NULL},
        {QUICK("E465"), "tls.groups.post_quantum" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {QUICK("E465") "E465.tls.handshakes.0.group \"X25519MLKEM768\"", "tls.groups.post_quantum" AT465,
         OUTCOME_PASS, NULL, NULL},
    };

    CHECK_VERDICTS(groups);
}

Test(checks_tls_features, signatures)
{
    static const struct verdict_row signatures[] = {
        {"", "tls.signatures" AT465, OUTCOME_PASS, NULL, NULL},
        {SCHEMES("E465", SET("TLS1.2", "\"rsa_pkcs1_sha256\", \"rsa_pkcs1_sha1\"")), "tls.signatures" AT465,
         OUTCOME_WARN, "for old clients", "TLS1.2: rsa_pkcs1_sha1"},
        {SCHEMES("E25", SET("TLS1.2", "\"ecdsa_secp256r1_sha256\", \"ecdsa_sha1\"")), "tls.signatures" AT25,
         OUTCOME_WARN, "for old clients", "tls_config_file = /etc/postfix/openssl.cnf"},
        {SCHEMES("E993", SET("TLS1.2", "\"rsa_pkcs1_sha256\", \"rsa_pkcs1_sha1\"")), "tls.signatures" AT993,
         OUTCOME_WARN, NULL, "doveconf ssl_cipher_list"},
        {SCHEMES("E25", SET("TLS1.2", "\"ecdsa_secp256r1_sha256\", \"ecdsa_sha1\"")), "tls.signatures" AT25,
         OUTCOME_WARN, NULL, "docker-data/dms/config/user-patches.sh"},
        {"E465.service \"tls\"\n" SCHEMES("E465",
                                          SET("TLS1.2", "\"ecdsa_secp256r1_sha256\", \"ecdsa_sha1\"")),
         "tls.signatures" AT465, OUTCOME_WARN, NULL, "Where the server uses OpenSSL, for every program"},
        {SCHEMES("E25", SET("TLS1.2", "\"ecdsa_sha1\"")), "tls.signatures" AT25, OUTCOME_WARN,
         "nothing better than SHA-1", "SignatureAlgorithms = ECDSA+SHA256"},
        {SCHEMES("E465", SET("TLS1.2", "\"ecdsa_sha1\"")), "tls.signatures" AT465, OUTCOME_FAIL,
         "nothing better than SHA-1", NULL},
        /* more may have been accepted than was noted */
        {SCHEMES("E465", SET_CUT("TLS1.2", "\"ecdsa_sha1\"")), "tls.signatures" AT465, OUTCOME_WARN,
         "for old clients", NULL},
        {SCHEMES("E465", SET_CUT("TLS1.2", "\"rsa_pkcs1_md5\"")), "tls.signatures" AT465, OUTCOME_FAIL, "MD5",
         NULL},
        {SCHEMES("E25", SET("TLS1.2", "\"rsa_pkcs1_sha256\", \"rsa_pkcs1_md5\"")), "tls.signatures" AT25,
         OUTCOME_WARN, "MD5", NULL},
        {SCHEMES("E465", SET_CUT("TLS1.2", "\"rsa_pkcs1_sha256\"")), "tls.signatures" AT465,
         OUTCOME_NOT_TESTED, "not all signature schemes of TLS1.2 are known (pushback)", NULL},
        {"E465.tls.schemes absent", "tls.signatures" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {TLS13_ONLY("E465"), "tls.signatures" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {"E465.tls.schemes absent\n" SUITES("E465",
                                            SET("TLS1.2", "\"TLS_RSA_WITH_AES_128_GCM_SHA256\"") ", " GOOD13),
         "tls.signatures" AT465, OUTCOME_NOT_APPLICABLE, "signs", NULL},
    };

    CHECK_VERDICTS(signatures);
}

Test(checks_tls_features, renegotiation_and_more)
{
    static const struct verdict_row features[] = {
        {"", "tls.renegotiation" AT465, OUTCOME_PASS, NULL, "the client may not start one"},
        {FEATURE("E465", "client_renegotiation", "null"), "tls.renegotiation" AT465, OUTCOME_PASS, NULL,
         "not tested, a standard scan does not ask (`--depth deep` does)"},
        {FEATURE("E465", "client_renegotiation", "null")
             FEATURE("E465", "renegotiation_reason", "\"the scan ended\""),
         "tls.renegotiation" AT465, OUTCOME_PASS, NULL, "not tested, the scan ended"},
        {FEATURE("E465", "secure_renegotiation", "false"), "tls.renegotiation" AT465, OUTCOME_FAIL,
         "is missing", "Update the TLS library"},
        {FEATURE("E25", "secure_renegotiation", "false"), "tls.renegotiation" AT25, OUTCOME_WARN, NULL, NULL},
        {FEATURE("E25", "insecure_renegotiation", "true"), "tls.renegotiation" AT25, OUTCOME_FAIL, NULL,
         NULL},
        {FEATURE("E465", "client_renegotiation", "true") FEATURE("E465", "client_renegotiations", "11"),
         "tls.renegotiation" AT465, OUTCOME_WARN, "without limit", "tls_ssl_options = NO_RENEGOTIATION"},
        {FEATURE("E465", "client_renegotiation", "true") FEATURE("E465", "client_renegotiations", "10"),
         "tls.renegotiation" AT465, OUTCOME_PASS, NULL, "10 were made"},
        {FEATURE("E465", "secure_renegotiation", "null"), "tls.renegotiation" AT465, OUTCOME_NOT_TESTED, NULL,
         NULL},
        {FEATURE("E465", "secure_renegotiation", "null") TLS13_ONLY("E465"), "tls.renegotiation" AT465,
         OUTCOME_NOT_APPLICABLE, NULL, NULL},

        {"", "tls.compression" AT465, OUTCOME_PASS, NULL, NULL},
        {FEATURE("E465", "compression", "true"), "tls.compression" AT465, OUTCOME_FAIL, NULL,
         "tls_ssl_options = NO_COMPRESSION"},
        {FEATURE("E465", "compression", "true") FEATURE("E465", "client_renegotiation", "true"),
         "tls.compression" AT465, OUTCOME_FAIL, NULL, "NO_COMPRESSION, NO_RENEGOTIATION"},
        {FEATURE("E25", "compression", "true"), "tls.compression" AT25, OUTCOME_WARN, NULL, NULL},
        {FEATURE("E993", "compression", "true"), "tls.compression" AT993, OUTCOME_FAIL, NULL,
         "no_compression"},
        {FEATURE("E465", "compression", "null") CUT("E465"), "tls.compression" AT465, OUTCOME_NOT_TESTED,
         "not tested, pushback", NULL},
        {FEATURE("E465", "compression", "null"), "tls.compression" AT465, OUTCOME_NOT_TESTED,
         "answers of the server do not show it", NULL},
        {FEATURE("E465", "compression", "null") NO_HANDSHAKE, "tls.compression" AT465, OUTCOME_NOT_TESTED,
         "no handshake came to its end", NULL},
        {QUICK("E465"), "tls.compression" AT465, OUTCOME_NOT_TESTED, "--depth standard", NULL},

        {"", "tls.extended_master_secret" AT465, OUTCOME_PASS, NULL, NULL},
        {FEATURE("E465", "extended_master_secret", "false"), "tls.extended_master_secret" AT465, OUTCOME_WARN,
         NULL, NULL},
        {FEATURE("E465", "extended_master_secret", "null") TLS13_ONLY("E465"),
         "tls.extended_master_secret" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},

        {"", "tls.fallback_scsv" AT465, OUTCOME_PASS, NULL, "is marked"},
        {FEATURE("E465", "fallback_scsv", "false"), "tls.fallback_scsv" AT465, OUTCOME_INFO, NULL, NULL},
        {FEATURE("E465", "fallback_scsv", "null") TLS13_ONLY("E465"), "tls.fallback_scsv" AT465,
         OUTCOME_NOT_APPLICABLE, "one version", NULL},
        {FEATURE("E465", "fallback_scsv", "null"), "tls.fallback_scsv" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(features);
}

Test(checks_tls_features, resumption_names_tolerance)
{
    static const struct verdict_row features[] = {
        {"", "tls.resumption" AT465, OUTCOME_PASS, "(tickets, TLS 1.3 tickets)", "7200 seconds"},
        {"E465.tls.resumption {\"session_id\": false, \"ticket\": false, \"psk\": false}",
         "tls.resumption" AT465, OUTCOME_INFO, "not resumed", NULL},
        {"E465.tls.resumption {\"session_id\": false, \"ticket\": false, \"psk\": false, "
         "\"ticket_lifetime\": 7200}",
         "tls.resumption" AT465, OUTCOME_INFO, "not resumed", "7200 seconds was given, and not honoured"},
        {"E465.tls.resumption {\"session_id\": false}", "tls.resumption" AT465, OUTCOME_NOT_TESTED, NULL,
         NULL},
        {"E465.tls.resumption {\"psk\": false}\n" TLS13_ONLY("E465"), "tls.resumption" AT465, OUTCOME_INFO,
         NULL, NULL},
        {"E465.tls.resumption null", "tls.resumption" AT465, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "tls.early_data" AT465, OUTCOME_PASS, NULL, NULL},
        {"E465.tls.resumption.early_data 16384", "tls.early_data" AT465, OUTCOME_WARN, NULL, "16384 bytes"},
        {"E465.tls.resumption.early_data null", "tls.early_data" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {"E465.tls.resumption.early_data null\nE465.tls.resumption.psk false", "tls.early_data" AT465,
         OUTCOME_PASS, NULL, NULL},
        {"E465.tls.handshakes []\n" SPEAKS("E465", "\"TLS1.2\"", "\"TLS1.3\"")
             SUITES("E465", SET("TLS1.2", GOOD12)),
         "tls.early_data" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},

        {"", "tls.alpn" AT993, OUTCOME_PASS, NULL, "chosen: imap"},
        {FEATURE("E993", "alpn_strict", "false"), "tls.alpn" AT993, OUTCOME_INFO, NULL, NULL},
        {FEATURE("E993", "alpn_strict", "null"), "tls.alpn" AT993, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "tls.sni" AT25, OUTCOME_PASS, NULL, "SHA-256 eeee"},
        {FEATURE("E25", "sni_strict", "false"), "tls.sni" AT25, OUTCOME_INFO, NULL, NULL},
        {FEATURE("E25", "sni_needed", "true"), "tls.sni" AT25, OUTCOME_WARN, "turned away",
         "default certificate"},
        {FEATURE("E25", "sni_strict", "null"), "tls.sni" AT25, OUTCOME_NOT_TESTED,
         "answers of the server do not show it", NULL},
        {"E465.tls.handshakes.0.name null\nE465.tls.handshakes.1.name null\n" FEATURE("E465", "sni_strict",
                                                                                      "null"),
         "tls.sni" AT465, OUTCOME_NOT_TESTED, "no name was given", NULL},

        {"", "tls.tolerance" AT25, OUTCOME_PASS, NULL,
         "answered: reserved values (GREASE, RFC 8701); a version from the future"},
        {FEATURE("E25", "large_hello", "false"), "tls.tolerance" AT25, OUTCOME_FAIL,
         "Not answered: a hello larger than one packet", "not answered: a hello larger than one packet"},
        {FEATURE("E25", "grease", "null"), "tls.tolerance" AT25, OUTCOME_NOT_TESTED, NULL, "not tested"},
        {FEATURE("E25", "grease", "null") FEATURE("E25", "split_hello", "false"), "tls.tolerance" AT25,
         OUTCOME_FAIL, "Not answered: a hello in two records", "not tested: reserved values"},
        {FEATURE("E25", "intolerances", "[\"status_request\"]"), "tls.tolerance" AT25, OUTCOME_FAIL,
         "A hello is answered only without status_request", "answered only without: status_request"},
        {FEATURE("E25", "suites_max", "150"), "tls.tolerance" AT25, OUTCOME_PASS, NULL, "at most 150 suites"},
        {FEATURE("E25", "suites_max", "63"), "tls.tolerance" AT25, OUTCOME_WARN, "more than 63 suites", NULL},
        {QUICK("E25"), "tls.tolerance" AT25, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(features);
}
