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
    FACT(struct tls_handshake_facts, stated_groups, FACT_TEXTS,
         "groups that the server names itself, the preferred first"),
    FACT(struct tls_handshake_facts, milliseconds, FACT_NUMBER, "time it took"),
    FACT(struct tls_handshake_facts, leaf_sha256, FACT_TEXT, "SHA-256 of the certificate shown"),
    FACT(struct tls_handshake_facts, resumed, FACT_KNOWN, "an earlier session was offered and taken up"),
};
const struct shape tls_handshake_shape =
    SHAPE("tls_handshake", struct tls_handshake_facts, handshake_facts, "one handshake");

static const struct fact set_facts[] = {
    FACT(struct tls_set_facts, version, FACT_TEXT, "version of TLS"),
    FACT(struct tls_set_facts, complete, FACT_KNOWN, "what is not listed was refused"),
    FACT(struct tls_set_facts, reason, FACT_TEXT, "why it is not complete"),
    FACT(struct tls_set_facts, order, FACT_TEXT, "server or client: whose order of suites counts"),
    FACT(struct tls_set_facts, ordered, FACT_KNOWN, "the list is in the server's order throughout"),
    FACT(struct tls_set_facts, chacha_priority, FACT_KNOWN,
         "the order gives way to clients that prefer ChaCha20"),
    FACT(struct tls_set_facts, list, FACT_TEXTS, "what is accepted"),
    FACT(struct tls_set_facts, stated, FACT_TEXTS,
         "of the list: named by the server itself, not asked for one by one"),
};
const struct shape tls_set_shape =
    SHAPE("tls_set", struct tls_set_facts, set_facts, "what is accepted under one version");

static const struct fact versions_facts[] = {
    FACT(struct tls_versions_facts, complete, FACT_KNOWN, "every version was answered or refused"),
    FACT(struct tls_versions_facts, reason, FACT_TEXT, "why it is not complete"),
    FACT(struct tls_versions_facts, list, FACT_TEXTS, "versions accepted"),
    FACT(struct tls_versions_facts, refused, FACT_TEXTS, "versions asked for and refused"),
};
const struct shape tls_versions_shape =
    SHAPE("tls_versions", struct tls_versions_facts, versions_facts, "versions of TLS");

static const struct fact dh_facts[] = {
    FACT(struct tls_dh_facts, bits, FACT_NUMBER, "size of the prime"),
    FACT(struct tls_dh_facts, prime_name, FACT_TEXT, "name of a prime that many share"),
    FACT(struct tls_dh_facts, prime_sha256, FACT_TEXT, "SHA-256 of the prime"),
    FACT(struct tls_dh_facts, generator, FACT_NUMBER, "generator"),
    FACT(struct tls_dh_facts, reused, FACT_KNOWN, "the same public value was seen in two connections"),
    FACT(struct tls_dh_facts, versions, FACT_TEXTS, "versions it was seen under"),
};
const struct shape tls_dh_shape =
    SHAPE("tls_dh", struct tls_dh_facts, dh_facts, "parameters of Diffie-Hellman");

static const struct fact resumption_facts[] = {
    FACT(struct tls_resumption_facts, session_id, FACT_KNOWN, "sessions are resumed by id"),
    FACT(struct tls_resumption_facts, ticket, FACT_KNOWN, "sessions are resumed by ticket"),
    FACT(struct tls_resumption_facts, psk, FACT_KNOWN, "TLS 1.3 sessions are resumed"),
    FACT(struct tls_resumption_facts, ticket_lifetime, FACT_NUMBER, "seconds a ticket is good for"),
    FACT(struct tls_resumption_facts, early_data, FACT_NUMBER, "bytes of early data a ticket allows"),
};
const struct shape tls_resumption_shape =
    SHAPE("tls_resumption", struct tls_resumption_facts, resumption_facts, "resumption of sessions");

static const struct fact features_facts[] = {
    FACT(struct tls_features_facts, secure_renegotiation, FACT_KNOWN, "RFC 5746 is supported"),
    FACT(struct tls_features_facts, extended_master_secret, FACT_KNOWN, "RFC 7627 is supported"),
    FACT(struct tls_features_facts, encrypt_then_mac, FACT_KNOWN, "RFC 7366 is supported"),
    FACT(struct tls_features_facts, compression, FACT_KNOWN, "TLS compression is chosen"),
    FACT(struct tls_features_facts, fallback_scsv, FACT_KNOWN, "a needless downgrade is refused"),
    FACT(struct tls_features_facts, downgrade_sentinel, FACT_KNOWN, "a downgrade is marked in the random"),
    FACT(struct tls_features_facts, ecdh_reuse, FACT_KNOWN, "a public value of a curve was seen twice"),
    FACT(struct tls_features_facts, export_key_reuse, FACT_KNOWN, "an ephemeral RSA key was seen twice"),
    FACT(struct tls_features_facts, client_certificate, FACT_KNOWN, "the client is asked for a certificate"),
    FACT(struct tls_features_facts, ocsp_staple, FACT_KNOWN, "an OCSP response is stapled"),
    FACT(struct tls_features_facts, alpn, FACT_TEXT,
         "protocol of the service, chosen when it was offered (below TLS 1.3)"),
    FACT(struct tls_features_facts, alpn_strict, FACT_KNOWN, "an unknown protocol is refused"),
    FACT(struct tls_features_facts, sni_strict, FACT_KNOWN, "an unknown name is refused"),
    FACT(struct tls_features_facts, sni_needed, FACT_KNOWN, "nothing is served without a name"),
    FACT(struct tls_features_facts, no_name_sha256, FACT_TEXT, "SHA-256 of the leaf shown without a name"),
    FACT(struct tls_features_facts, client_renegotiation, FACT_KNOWN, "the client may renegotiate"),
    FACT(struct tls_features_facts, client_renegotiations, FACT_NUMBER,
         "renegotiations made before the server ended it"),
    FACT(struct tls_features_facts, insecure_renegotiation, FACT_KNOWN,
         "the client may renegotiate without RFC 5746"),
    FACT(struct tls_features_facts, renegotiation_reason, FACT_TEXT,
         "why renegotiation by the client was not tested"),
    FACT(struct tls_features_facts, grease, FACT_KNOWN, "reserved values are ignored"),
    FACT(struct tls_features_facts, unknown_version, FACT_KNOWN, "a version from the future is tolerated"),
    FACT(struct tls_features_facts, large_hello, FACT_KNOWN, "a hello larger than a packet is tolerated"),
    FACT(struct tls_features_facts, split_hello, FACT_KNOWN, "a hello in two records is tolerated"),
    FACT(struct tls_features_facts, suites_max, FACT_NUMBER, "suites that one hello may offer"),
    FACT(struct tls_features_facts, intolerances, FACT_TEXTS, "what an ordinary hello must leave out"),
    FACT(struct tls_features_facts, heartbeat, FACT_KNOWN, "the heartbeat extension is answered"),
    FACT(struct tls_features_facts, heartbleed, FACT_KNOWN, "CVE-2014-0160"),
    FACT(struct tls_features_facts, ccs_injection, FACT_KNOWN, "CVE-2014-0224"),
    FACT(struct tls_features_facts, ticketbleed, FACT_KNOWN, "CVE-2016-9244"),
    FACT(struct tls_features_facts, ticketbleed_reason, FACT_TEXT, "why Ticketbleed was not tested"),
    FACT(struct tls_features_facts, robot, FACT_KNOWN, "ROBOT"),
    FACT(struct tls_features_facts, robot_evidence, FACT_TEXT, "which answers differed"),
    FACT(struct tls_features_facts, robot_reason, FACT_TEXT, "why ROBOT was not tested"),
};
const struct shape tls_features_shape =
    SHAPE("tls_features", struct tls_features_facts, features_facts, "what else the server does");

static const struct fact tls_facts_table[] = {
    FACT_OF(struct tls_facts, handshakes, FACT_LIST, &tls_handshake_shape, "full handshakes made"),
    FACT_OF(struct tls_facts, certificates, FACT_LIST, &certificate_shape, "certificates shown"),
    FACT_OF(struct tls_facts, versions, FACT_OBJECT, &tls_versions_shape, "versions accepted"),
    FACT_OF(struct tls_facts, suites, FACT_MAP, &tls_set_shape, "cipher suites accepted, by version"),
    FACT_OF(struct tls_facts, groups, FACT_MAP, &tls_set_shape, "groups accepted, by version"),
    FACT_OF(struct tls_facts, schemes, FACT_MAP, &tls_set_shape,
            "signature schemes of the server, by version"),
    FACT_OF(struct tls_facts, dh, FACT_LIST, &tls_dh_shape, "parameters of Diffie-Hellman"),
    FACT_OF(struct tls_facts, resumption, FACT_OBJECT, &tls_resumption_shape, "resumption of sessions"),
    FACT_OF(struct tls_facts, features, FACT_OBJECT, &tls_features_shape, "what else the server does"),
    FACT(struct tls_facts, enumeration_connections, FACT_NUMBER, "connections that enumerated"),
};
const struct shape tls_shape = SHAPE("tls", struct tls_facts, tls_facts_table, "TLS on one port");
