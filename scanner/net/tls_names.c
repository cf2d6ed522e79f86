/*
 * tls_names.c - the names IANA gives to what OpenSSL knows by numbers of its own
 *
 * Registries: TLS Supported Groups, TLS SignatureScheme, TLS Alerts.
 */
#include "scanner/net/tls_names.h"

#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/ssl.h>
#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *tls_version_name(int version)
{
    static const char *const names[] = {"SSL3", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"};

    if (version < SSL3_VERSION || version > TLS1_3_VERSION)
        return NULL;
    return names[version - SSL3_VERSION];
}

const char *tls_group_name(int nid)
{
    static const struct {
        int nid;
        const char *name;
    } groups[] = {
        {NID_X25519, "x25519"},
        {NID_X448, "x448"},
        {NID_X9_62_prime256v1, "secp256r1"},
        {NID_secp384r1, "secp384r1"},
        {NID_secp521r1, "secp521r1"},
        {NID_ffdhe2048, "ffdhe2048"},
        {NID_ffdhe3072, "ffdhe3072"},
        {NID_ffdhe4096, "ffdhe4096"},
        {NID_ffdhe6144, "ffdhe6144"},
        {NID_ffdhe8192, "ffdhe8192"},
        {NID_brainpoolP256r1, "brainpoolP256r1"},
        {NID_brainpoolP384r1, "brainpoolP384r1"},
        {NID_brainpoolP512r1, "brainpoolP512r1"},
        {NID_secp256k1, "secp256k1"},
        {NID_secp224r1, "secp224r1"},
        {NID_secp224k1, "secp224k1"},
        {NID_X9_62_prime192v1, "secp192r1"},
        {NID_secp192k1, "secp192k1"},
        {NID_secp160r1, "secp160r1"},
        {NID_secp160r2, "secp160r2"},
        {NID_secp160k1, "secp160k1"},
        {NID_sect163k1, "sect163k1"},
        {NID_sect163r1, "sect163r1"},
        {NID_sect163r2, "sect163r2"},
        {NID_sect193r1, "sect193r1"},
        {NID_sect193r2, "sect193r2"},
        {NID_sect233k1, "sect233k1"},
        {NID_sect233r1, "sect233r1"},
        {NID_sect239k1, "sect239k1"},
        {NID_sect283k1, "sect283k1"},
        {NID_sect283r1, "sect283r1"},
        {NID_sect409k1, "sect409k1"},
        {NID_sect409r1, "sect409r1"},
        {NID_sect571k1, "sect571k1"},
        {NID_sect571r1, "sect571r1"},
    };

    for (size_t i = 0; i < COUNT(groups); i++)
        if (groups[i].nid == nid)
            return groups[i].name;
    return NULL;
}

const char *tls_signature_name(int key_nid, int hash_nid, bool pss_key)
{
    static const struct {
        int key_nid, hash_nid;
        const char *name;
        const char *pss_key_name;
    } schemes[] = {
        {EVP_PKEY_RSA, NID_sha1, "rsa_pkcs1_sha1", NULL},
        {EVP_PKEY_RSA, NID_sha256, "rsa_pkcs1_sha256", NULL},
        {EVP_PKEY_RSA, NID_sha384, "rsa_pkcs1_sha384", NULL},
        {EVP_PKEY_RSA, NID_sha512, "rsa_pkcs1_sha512", NULL},
        {EVP_PKEY_RSA_PSS, NID_sha256, "rsa_pss_rsae_sha256", "rsa_pss_pss_sha256"},
        {EVP_PKEY_RSA_PSS, NID_sha384, "rsa_pss_rsae_sha384", "rsa_pss_pss_sha384"},
        {EVP_PKEY_RSA_PSS, NID_sha512, "rsa_pss_rsae_sha512", "rsa_pss_pss_sha512"},
        {EVP_PKEY_EC, NID_sha1, "ecdsa_sha1", NULL},
        {EVP_PKEY_EC, NID_sha256, "ecdsa_secp256r1_sha256", NULL},
        {EVP_PKEY_EC, NID_sha384, "ecdsa_secp384r1_sha384", NULL},
        {EVP_PKEY_EC, NID_sha512, "ecdsa_secp521r1_sha512", NULL},
        {EVP_PKEY_ED25519, NID_undef, "ed25519", NULL},
        {EVP_PKEY_ED448, NID_undef, "ed448", NULL},
    };

    for (size_t i = 0; i < COUNT(schemes); i++)
        if (schemes[i].key_nid == key_nid && schemes[i].hash_nid == hash_nid)
            return pss_key && schemes[i].pss_key_name != NULL ? schemes[i].pss_key_name : schemes[i].name;
    return NULL;
}

static const struct alert {
    int description;
    const char *name;
    const char *meaning;
} alerts[] = {
    {0, "close_notify", "it does not want to go on"},
    {10, "unexpected_message", "it did not expect our message"},
    {20, "bad_record_mac", "a record did not decrypt; something between us may have changed it"},
    {21, "decryption_failed", "a record did not decrypt"},
    {22, "record_overflow", "a record was too long for it"},
    {30, "decompression_failure", "a record did not decompress"},
    {40, "handshake_failure", "it found nothing in common with what we offered"},
    {41, "no_certificate", "it wants a certificate from us"},
    {42, "bad_certificate", "it does not accept our certificate, or that we have none"},
    {43, "unsupported_certificate", "it does not support our certificate"},
    {44, "certificate_revoked", "it considers our certificate revoked"},
    {45, "certificate_expired", "it considers our certificate expired"},
    {46, "certificate_unknown", "it does not accept our certificate, or that we have none"},
    {47, "illegal_parameter", "it rejects a field of our message"},
    {48, "unknown_ca", "it does not know who issued our certificate"},
    {49, "access_denied", "it does not allow us in"},
    {50, "decode_error", "it could not read our message"},
    {51, "decrypt_error", "a signature or key exchange did not verify"},
    {60, "export_restriction", "it refuses by rules of export"},
    {70, "protocol_version", "it speaks none of the versions we offered (TLS 1.0 to 1.3)"},
    {71, "insufficient_security", "it wants stronger cipher suites than we offered"},
    {80, "internal_error", "it has a fault of its own; often its key or certificate cannot be read"},
    {86, "inappropriate_fallback", "it speaks a newer version than we offered"},
    {90, "user_canceled", "it canceled the handshake"},
    {100, "no_renegotiation", "it does not renegotiate"},
    {109, "missing_extension", "it wants an extension that we did not send"},
    {110, "unsupported_extension", "it rejects an extension of ours"},
    {111, "certificate_unobtainable", "it could not fetch our certificate"},
    {112, "unrecognized_name", "it has no certificate for the name we asked for"},
    {113, "bad_certificate_status_response", "it rejects our OCSP response"},
    {114, "bad_certificate_hash_value", "it rejects the hash of our certificate"},
    {115, "unknown_psk_identity", "it does not know our pre-shared key"},
    {116, "certificate_required", "it demands a certificate from us"},
    {120, "no_application_protocol", "it speaks none of the application protocols we offered"},
    {121, "ech_required", "it demands an encrypted hello"},
};

static const struct alert *find_alert(int description)
{
    for (size_t i = 0; i < COUNT(alerts); i++)
        if (alerts[i].description == description)
            return &alerts[i];
    return NULL;
}

const char *tls_alert_name(int description)
{
    const struct alert *alert = find_alert(description);

    return alert == NULL ? NULL : alert->name;
}

const char *tls_alert_meaning(int description)
{
    const struct alert *alert = find_alert(description);

    return alert == NULL ? NULL : alert->meaning;
}
