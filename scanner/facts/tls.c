/*
 * tls.c - field tables of TLS facts
 */
#include "scanner/facts/tls.h"

static const char *const result_values[] = {"not_observed", "complete", "refused",  "closed",
                                            "garbled",      "silent",   "canceled", NULL};

static const struct fact handshake_facts[] = {
    FACT(struct tls_handshake_facts, name, FACT_TEXT, "server name sent"),
    FACT(struct tls_handshake_facts, key_type, FACT_TEXT,
         "only certificates of this key type were acceptable"),
    FACT_ENUM_OF(struct tls_handshake_facts, result, result_values, "how it ended"),
    FACT(struct tls_handshake_facts, alert, FACT_TEXT, "the alert received"),
    FACT(struct tls_handshake_facts, reason, FACT_TEXT, "why it did not complete"),
    FACT(struct tls_handshake_facts, version, FACT_TEXT, "version agreed"),
    FACT(struct tls_handshake_facts, suite, FACT_TEXT, "cipher suite agreed"),
    FACT(struct tls_handshake_facts, group, FACT_TEXT, "key exchange group agreed"),
    FACT(struct tls_handshake_facts, signature, FACT_TEXT, "signature scheme of the server"),
    FACT(struct tls_handshake_facts, milliseconds, FACT_NUMBER, "time it took"),
    FACT(struct tls_handshake_facts, leaf_sha256, FACT_TEXT, "SHA-256 of the certificate shown"),
};
const struct shape tls_handshake_shape =
    SHAPE("tls_handshake", struct tls_handshake_facts, handshake_facts, "one handshake");

static const struct fact tls_facts_table[] = {
    FACT_OF(struct tls_facts, handshakes, FACT_LIST, &tls_handshake_shape, "full handshakes made"),
    FACT_OF(struct tls_facts, certificates, FACT_LIST, &certificate_shape, "certificates shown"),
};
const struct shape tls_shape = SHAPE("tls", struct tls_facts, tls_facts_table, "TLS on one port");
