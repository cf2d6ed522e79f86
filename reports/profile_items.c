/*
 * profile_items.c - what a port has and does of TLS, thing by thing, with the attributes that profiles ask for
 */
#include "reports/profile.h"

#include "reports/observed.h"
#include "reports/tls_model.h"
#include "scanner/base/arena.h"

#include <string.h>

static const char *const key_exchange_names[] = {
    [TLS_KX_NONE] = "none",       [TLS_KX_RSA] = "RSA",
    [TLS_KX_DH] = "DH",           [TLS_KX_DHE] = "DHE",
    [TLS_KX_ECDH] = "ECDH",       [TLS_KX_ECDHE] = "ECDHE",
    [TLS_KX_PSK] = "PSK",         [TLS_KX_DHE_PSK] = "DHE_PSK",
    [TLS_KX_RSA_PSK] = "RSA_PSK", [TLS_KX_ECDHE_PSK] = "ECDHE_PSK",
    [TLS_KX_SRP] = "SRP",         [TLS_KX_KRB5] = "KRB5",
    [TLS_KX_GOST] = "GOST",       [TLS_KX_ECCPWD] = "ECCPWD",
    [TLS_KX_ANY] = "any",
};
static const char *const authentication_names[] = {
    [TLS_AUTH_NONE] = "anonymous", [TLS_AUTH_RSA] = "RSA",   [TLS_AUTH_DSS] = "DSS",
    [TLS_AUTH_ECDSA] = "ECDSA",    [TLS_AUTH_PSK] = "PSK",   [TLS_AUTH_SRP] = "SRP",
    [TLS_AUTH_KRB5] = "KRB5",      [TLS_AUTH_GOST] = "GOST", [TLS_AUTH_ECCPWD] = "ECCPWD",
    [TLS_AUTH_ANY] = "any",
};
static const char *const cipher_names[] = {
    [TLS_CIPHER_NULL] = "NULL",
    [TLS_CIPHER_RC2] = "RC2",
    [TLS_CIPHER_RC4] = "RC4",
    [TLS_CIPHER_DES] = "DES",
    [TLS_CIPHER_3DES] = "3DES",
    [TLS_CIPHER_IDEA] = "IDEA",
    [TLS_CIPHER_SEED] = "SEED",
    [TLS_CIPHER_AES] = "AES",
    [TLS_CIPHER_CAMELLIA] = "CAMELLIA",
    [TLS_CIPHER_ARIA] = "ARIA",
    [TLS_CIPHER_CHACHA20] = "CHACHA20",
    [TLS_CIPHER_GOST28147] = "GOST28147",
    [TLS_CIPHER_KUZNYECHIK] = "KUZNYECHIK",
    [TLS_CIPHER_MAGMA] = "MAGMA",
    [TLS_CIPHER_SM4] = "SM4",
    [TLS_CIPHER_AEGIS] = "AEGIS",
    [TLS_CIPHER_ASCON] = "ASCON",
    [TLS_CIPHER_FORTEZZA] = "FORTEZZA",
};
static const char *const mode_names[] = {
    [TLS_MODE_NONE] = "none",         [TLS_MODE_STREAM] = "stream",   [TLS_MODE_CBC] = "CBC",
    [TLS_MODE_GCM] = "GCM",           [TLS_MODE_CCM] = "CCM",         [TLS_MODE_CCM_8] = "CCM_8",
    [TLS_MODE_POLY1305] = "POLY1305", [TLS_MODE_OTHER_AEAD] = "AEAD", [TLS_MODE_CNT] = "CNT",
};
static const char *const hash_names[] = {
    [TLS_HASH_NONE] = "none",
    [TLS_HASH_MD5] = "MD5",
    [TLS_HASH_SHA1] = "SHA1",
    [TLS_HASH_SHA224] = "SHA224",
    [TLS_HASH_SHA256] = "SHA256",
    [TLS_HASH_SHA384] = "SHA384",
    [TLS_HASH_SHA512] = "SHA512",
    [TLS_HASH_GOST] = "GOST",
    [TLS_HASH_SM3] = "SM3",
    [TLS_HASH_ASCON] = "ASCON",
    [TLS_HASH_INTRINSIC] = "intrinsic",
};
static const char *const group_kind_names[] = {
    [TLS_GROUP_EC] = "EC", [TLS_GROUP_FFDHE] = "FFDHE", [TLS_GROUP_HYBRID] = "HYBRID",
    [TLS_GROUP_PQ] = "PQ", [TLS_GROUP_OTHER] = "OTHER",
};
static const char *const signature_key_names[] = {
    [TLS_SIGN_RSA_PKCS1] = "RSA_PKCS1",
    [TLS_SIGN_RSA_PSS_RSAE] = "RSA_PSS_RSAE",
    [TLS_SIGN_RSA_PSS_PSS] = "RSA_PSS_PSS",
    [TLS_SIGN_ECDSA] = "ECDSA",
    [TLS_SIGN_EDDSA] = "EDDSA",
    [TLS_SIGN_DSA] = "DSA",
    [TLS_SIGN_GOST] = "GOST",
    [TLS_SIGN_SM2] = "SM2",
    [TLS_SIGN_ML_DSA] = "ML_DSA",
    [TLS_SIGN_OTHER] = "OTHER",
};

/* ---- building ---- */

static struct profile_item *add_item(struct judgement *judgement, struct profile_items *all)
{
    struct profile_item *item = list_new_item(&all->items, judgement->arena, sizeof(*item));

    if (item == NULL)
        judgement->failed = true;
    return item;
}

static void add_unknown(struct judgement *judgement, struct profile_items *all, const char *text)
{
    if (text == NULL || list_has_text(&all->unknown, text))
        return;
    if (list_add(&all->unknown, judgement->arena, (void *)(uintptr_t)text) < 0)
        judgement->failed = true;
}

/* ---- what is in lists ---- */

static void add_versions(struct judgement *judgement, const struct tls_facts *tls, struct profile_items *all)
{
    static const enum tls_version versions[] = {TLS_VERSION_SSL2, TLS_VERSION_SSL3, TLS_VERSION_1_0,
                                                TLS_VERSION_1_1,  TLS_VERSION_1_2,  TLS_VERSION_1_3};

    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        const char *name = tls_registry_version_name((uint16_t)versions[i]);
        struct profile_item *item;

        switch (tls_speaks(tls, versions[i])) {
        case YES:
            item = add_item(judgement, all);
            if (item != NULL)
                item->texts[PROFILE_NAME] = item->words = name;
            break;
        case UNKNOWN:
            add_unknown(judgement, all, tls_version_reason(judgement, tls));
            break;
        case NO:
            break;
        }
    }
}

static void describe(struct profile_item *item, const struct tls_item *from)
{
    if (from->suite != NULL) {
        item->texts[PROFILE_KEY_EXCHANGE] = key_exchange_names[from->suite->key_exchange];
        item->texts[PROFILE_AUTHENTICATION] = authentication_names[from->suite->authentication];
        item->texts[PROFILE_CIPHER] = cipher_names[from->suite->cipher];
        item->texts[PROFILE_MODE] = mode_names[from->suite->mode];
        item->texts[PROFILE_MAC] = hash_names[from->suite->mac];
        item->numbers[PROFILE_STRENGTH - PROFILE_BITS] = number(from->suite->strength_bits);
    }
    if (from->group != NULL) {
        item->texts[PROFILE_KIND] = group_kind_names[from->group->kind];
        item->numbers[0] = number(from->group->bits);
    }
    if (from->scheme != NULL) {
        item->texts[PROFILE_KEY] = signature_key_names[from->scheme->key];
        item->texts[PROFILE_HASH] = hash_names[from->scheme->hash];
    }
}

static void add_answer(struct judgement *judgement, const struct tls_answer *answer,
                       struct profile_items *all)
{
    for (size_t i = 0; i < answer->items.count; i++) {
        const struct tls_item *from = answer->items.items[i];
        struct profile_item *item = add_item(judgement, all);

        if (item == NULL)
            return;
        item->texts[PROFILE_NAME] = from->name;
        item->texts[PROFILE_VERSION] = tls_registry_version_name((uint16_t)from->version);
        item->words = from->name;
        describe(item, from);
    }
    if (!answer->complete)
        add_unknown(judgement, all, answer->reason);
}

static void add_dh(struct judgement *judgement, const struct tls_facts *tls, struct profile_items *all)
{
    for (size_t i = 0; i < tls->dh.count; i++) {
        const struct tls_dh_facts *dh = tls->dh.items[i];
        struct profile_item *item = add_item(judgement, all);

        if (item == NULL)
            return;
        item->texts[PROFILE_NAME] = dh->prime_name;
        item->numbers[0] = dh->bits;
        item->words = text_or(dh->prime_name, "a group of its own");
        if (dh->bits.known && strstr(item->words, " bits") == NULL) /* many names say it */
            item->words = kept_format(judgement, "%s (%lld bits)", item->words, (long long)dh->bits.value);
        if (!dh->bits.known)
            add_unknown(judgement, all, "the size of the Diffie-Hellman group was not seen");
    }
}

/* A certificate that is shown for several names counts once. */
static bool came_before(const struct list *certificates, size_t index)
{
    const struct certificate_facts *certificate = certificates->items[index];

    for (size_t i = 0; i < index; i++) {
        const struct certificate_facts *other = certificates->items[i];

        if (certificate->sha256 != NULL && same_text(certificate->sha256, other->sha256))
            return true;
    }
    return false;
}

static void add_certificates(struct judgement *judgement, const struct tls_facts *tls,
                             struct profile_items *all)
{
    for (size_t i = 0; i < tls->certificates.count; i++) {
        const struct certificate_facts *certificate = tls->certificates.items[i];
        const struct key_facts *key = certificate->key;
        struct profile_item *item;

        if (came_before(&tls->certificates, i))
            continue;
        if (key == NULL || key->type == NULL) {
            add_unknown(judgement, all, "the key of a certificate is not known");
            continue;
        }
        item = add_item(judgement, all);
        if (item == NULL)
            return;
        item->texts[PROFILE_KEY] = key->type;
        item->texts[PROFILE_CURVE] = key->curve;
        item->texts[PROFILE_SIGNATURE] = certificate->signature;
        item->numbers[0] = key->bits;
        item->words = key_words(judgement, key);
        if (certificate->not_before.known && certificate->not_after.known) {
            /* Both ends of the time count (RFC 5280 section 4.1.2.5). */
            int64_t days = (certificate->not_after.value - certificate->not_before.value + 1 + 86399) / 86400;

            item->numbers[PROFILE_LIFETIME_DAYS - PROFILE_BITS] = number(days);
            item->lifetime = kept_format(judgement, "%s, valid for %lld days", item->words, (long long)days);
        }
        if (certificate->signature != NULL)
            item->signed_with =
                kept_format(judgement, "%s, signed with %s", item->words, certificate->signature);
    }
    if (tls->certificates.count == 0)
        add_unknown(judgement, all, "no certificate was seen");
}

/* ---- features ---- */

static const char *client_renegotiation(const struct tls_facts *tls)
{
    const struct tls_features_facts *features = tls_features(tls);

    if (features->client_renegotiation != YES)
        return yes_or_no(features->client_renegotiation);
    if (!features->client_renegotiations.known)
        return NULL;
    return features->client_renegotiations.value <= 10 ? "limited" : "unlimited";
}

static const char *secure_renegotiation(const struct tls_facts *tls)
{
    return yes_or_no(tls_features(tls)->secure_renegotiation);
}

static const char *insecure_renegotiation(const struct tls_facts *tls)
{
    return yes_or_no(tls_features(tls)->insecure_renegotiation);
}

static const char *extended_master_secret(const struct tls_facts *tls)
{
    return yes_or_no(tls_features(tls)->extended_master_secret);
}

static const char *encrypt_then_mac(const struct tls_facts *tls)
{
    return yes_or_no(tls_features(tls)->encrypt_then_mac);
}

static const char *compression(const struct tls_facts *tls)
{
    return yes_or_no(tls_features(tls)->compression);
}

static const char *heartbeat(const struct tls_facts *tls)
{
    return yes_or_no(tls_features(tls)->heartbeat);
}

static const char *ecdh_reuse(const struct tls_facts *tls)
{
    return yes_or_no(tls_features(tls)->ecdh_reuse);
}

static const char *dh_reuse(const struct tls_facts *tls)
{
    enum known any = NO;

    for (size_t i = 0; i < tls->dh.count && any != YES; i++) {
        const struct tls_dh_facts *dh = tls->dh.items[i];

        if (dh->reused != NO)
            any = dh->reused;
    }
    return yes_or_no(any);
}

static const char *early_data(const struct tls_facts *tls)
{
    const struct tls_resumption_facts *resumption = tls_resumption(tls);

    if (resumption->early_data.known)
        return resumption->early_data.value > 0 ? "yes" : "no";
    return resumption->psk == NO ? "no" : NULL;
}

static const struct {
    const char *name;
    const char *words;               /* what it is about */
    enum tls_version oldest, newest; /* only where one of these is spoken */
    bool cbc;                        /* ... and a suite with CBC is accepted */
    const char *(*value)(const struct tls_facts *tls);
    const char *depth; /* that asks for it */
} features[] = {
    {"client_renegotiation", "renegotiation by the client", TLS_VERSION_SSL3, TLS_VERSION_1_2, false,
     client_renegotiation, "deep"},
    {"compression", "TLS compression", TLS_VERSION_SSL3, TLS_VERSION_1_2, false, compression, "standard"},
    {"dh_reuse", "reuse of Diffie-Hellman values", TLS_VERSION_SSL3, TLS_VERSION_1_2, false, dh_reuse,
     "standard"},
    {"early_data", "early data (0-RTT)", TLS_VERSION_1_3, TLS_VERSION_1_3, false, early_data, "standard"},
    {"ecdh_reuse", "reuse of values of a curve", TLS_VERSION_SSL3, TLS_VERSION_1_2, false, ecdh_reuse,
     "standard"},
    {"encrypt_then_mac", "encrypt-then-MAC (RFC 7366)", TLS_VERSION_SSL3, TLS_VERSION_1_2, true,
     encrypt_then_mac, "standard"},
    {"extended_master_secret", "extended master secret (RFC 7627)", TLS_VERSION_1_0, TLS_VERSION_1_2, false,
     extended_master_secret, "standard"},
    {"heartbeat", "heartbeat (RFC 6520)", TLS_VERSION_SSL3, TLS_VERSION_1_2, false, heartbeat, "standard"},
    {"insecure_renegotiation", "renegotiation without RFC 5746", TLS_VERSION_SSL3, TLS_VERSION_1_2, false,
     insecure_renegotiation, "deep"},
    {"secure_renegotiation", "protected renegotiation (RFC 5746)", TLS_VERSION_SSL3, TLS_VERSION_1_2, false,
     secure_renegotiation, "standard"},
};

static void add_features(struct judgement *judgement, const struct tls_facts *tls, struct profile_items *all)
{
    for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
        bool asked = tls_is_deep_enough(judgement, features[i].depth);
        struct profile_item *item;
        const char *value;

        if (tls_speaks_any(tls, features[i].oldest, features[i].newest) == NO ||
            (features[i].cbc &&
             tls_suites_accepted(judgement, tls, features[i].oldest, features[i].newest, tls_is_cbc).known ==
                 NO))
            continue;
        item = add_item(judgement, all);
        if (item == NULL)
            return;
        value = features[i].value(tls);
        item->texts[PROFILE_NAME] = features[i].name;
        item->texts[PROFILE_VALUE] = value;
        item->words =
            kept_format(judgement, "%s: %s", features[i].words,
                        text_or(value, asked ? "it was not seen"
                                             : tls_unasked_reason(judgement, tls, features[i].depth)));
    }
}

struct profile_port profile_port_of(struct judgement *judgement, const struct tls_facts *tls)
{
    struct profile_port port = {.tls = tls};
    struct tls_answer answer;

    add_versions(judgement, tls, &port.classes[PROFILE_VERSIONS]);
    answer = tls_suites_accepted(judgement, tls, TLS_VERSION_SSL2, TLS_VERSION_1_3, NULL);
    add_answer(judgement, &answer, &port.classes[PROFILE_SUITES]);
    answer = tls_groups_accepted(judgement, tls, TLS_VERSION_1_0, TLS_VERSION_1_3, NULL);
    add_answer(judgement, &answer, &port.classes[PROFILE_GROUPS]);
    answer = tls_schemes_accepted(judgement, tls, TLS_VERSION_1_2, TLS_VERSION_1_3, NULL);
    add_answer(judgement, &answer, &port.classes[PROFILE_SCHEMES]);
    add_dh(judgement, tls, &port.classes[PROFILE_DH]);
    add_certificates(judgement, tls, &port.classes[PROFILE_CERTIFICATES]);
    add_features(judgement, tls, &port.classes[PROFILE_FEATURES]);
    return port;
}
