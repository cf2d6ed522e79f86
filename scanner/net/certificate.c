/*
 * certificate.c - facts of a certificate chain from its DER (RFC 5280)
 *
 * Pure: no verification (tls_verify.c), no network. OpenSSL parses; every object of its own is freed here.
 * What cannot be read of a certificate stays "not observed"; only a leaf that is no certificate at all is an
 * error.
 */
#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/certificate_parts.h"
#include "scanner/net/tls.h"

#include <errno.h>
#include <openssl/ct.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

enum {
    NAME_TEXT_MAX = 1024, /* of one subject, issuer or URL */
    SANS_MAX = 2000,
    URLS_MAX = 16,
    SERIAL_MAX = 64, /* RFC 5280 allows 20 */
    FEATURE_STATUS_REQUEST = 5,
};

struct reader {
    struct arena *arena;
    bool out_of_memory;
};

/* ---- texts ---- */

static const char *clean(struct reader *reader, const void *data, size_t size)
{
    const char *text = text_clean(reader->arena, data, size, NAME_TEXT_MAX);

    if (text == NULL)
        reader->out_of_memory = true;
    return text;
}

static const char *clean_string(struct reader *reader, const ASN1_STRING *string)
{
    return clean(reader, ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

static void add_text(struct reader *reader, struct list *list, const char *text)
{
    if (text == NULL || list_add(list, reader->arena, (void *)(uintptr_t)text) < 0)
        reader->out_of_memory = true;
}

static const char *hex(struct reader *reader, const void *data, size_t size)
{
    const char *text = text_hex(reader->arena, data, size);

    if (text == NULL)
        reader->out_of_memory = true;
    return text;
}

const char *digest_text(const void *data, size_t size, struct arena *arena)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_size;

    if (!EVP_Digest(data, size, digest, &digest_size, EVP_sha256(), NULL))
        return NULL;
    return text_hex(arena, digest, digest_size);
}

static const char *sha256_hex(struct reader *reader, const void *data, size_t size)
{
    const char *text = digest_text(data, size, reader->arena);

    if (text == NULL)
        reader->out_of_memory = true;
    return text;
}

/* ---- parts of any certificate ---- */

const char *certificate_name_text(const X509_NAME *name, struct arena *arena)
{
    /* Control characters and NUL come out as they are, for text_clean() to make them visible; a value with a
     * comma is quoted, because a backslash would be doubled there. */
    const unsigned long style = ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_QUOTE |
                                ASN1_STRFLGS_DUMP_UNKNOWN | ASN1_STRFLGS_DUMP_DER | XN_FLAG_SEP_COMMA_PLUS |
                                XN_FLAG_DN_REV | XN_FLAG_FN_SN | XN_FLAG_DUMP_UNKNOWN_FIELDS;
    BIO *memory = BIO_new(BIO_s_mem());
    const char *text = NULL;
    char *data;

    if (memory == NULL)
        return NULL;
    if (X509_NAME_print_ex(memory, name, 0, style) >= 0) {
        long size = BIO_get_mem_data(memory, &data);

        text = text_clean(arena, data, size > 0 ? (size_t)size : 0, NAME_TEXT_MAX);
    } else {
        text = "(unreadable)"; /* a string that is not in its own encoding */
    }
    BIO_free(memory);
    return text;
}

static const char *read_name(struct reader *reader, const X509_NAME *name)
{
    const char *text = certificate_name_text(name, reader->arena);

    if (text == NULL)
        reader->out_of_memory = true;
    return text;
}

struct number certificate_time(const ASN1_TIME *time)
{
    struct tm parts;

    if (time == NULL || !ASN1_TIME_to_tm(time, &parts))
        return (struct number){0};
    return number(timegm(&parts));
}

static const char *read_serial(struct reader *reader, const ASN1_INTEGER *serial)
{
    size_t size = (size_t)ASN1_STRING_length(serial);
    const char *text = hex(reader, ASN1_STRING_get0_data(serial), size > SERIAL_MAX ? SERIAL_MAX : size);

    if (text != NULL && (ASN1_STRING_type(serial) & V_ASN1_NEG))
        text = arena_format(reader->arena, "-%s", text);
    if (text == NULL)
        reader->out_of_memory = true;
    return text;
}

/* "sha256WithRSAEncryption", "ecdsa-with-SHA256"; of RSASSA-PSS the hash too, which is in the parameters. */
static const char *read_signature(struct reader *reader, X509 *certificate)
{
    const X509_ALGOR *algorithm;
    const ASN1_OBJECT *object;
    char name[128];
    int hash_nid = NID_undef;
    int size;

    X509_get0_signature(NULL, &algorithm, certificate);
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    size = OBJ_obj2txt(name, sizeof(name), object, 0);
    if (size <= 0)
        return NULL;
    if (OBJ_obj2nid(object) == NID_rsassaPss &&
        X509_get_signature_info(certificate, &hash_nid, NULL, NULL, NULL) && hash_nid != NID_undef)
        return arena_format(reader->arena, "%s-%s", name, OBJ_nid2sn(hash_nid));
    return clean(reader, name, strlen(name));
}

/* The decoded extension, or NULL: then *ret_absent says whether there is none, or none that can be read. */
static void *read_extension(const X509 *certificate, int nid, bool *ret_absent)
{
    int critical;
    void *extension = X509_get_ext_d2i(certificate, nid, &critical, NULL);

    *ret_absent = extension == NULL && critical == -1;
    return extension;
}

static enum known read_ca(const X509 *certificate)
{
    bool absent;
    BASIC_CONSTRAINTS *constraints = read_extension(certificate, NID_basic_constraints, &absent);
    enum known ca = constraints != NULL ? known(constraints->ca) : absent ? NO : UNKNOWN;

    BASIC_CONSTRAINTS_free(constraints);
    return ca;
}

static void read_chain_certificate(struct reader *reader, X509 *certificate,
                                   struct chain_certificate_facts *facts)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    const X509_NAME *issuer = X509_get_issuer_name(certificate);

    facts->subject = read_name(reader, subject);
    facts->issuer = read_name(reader, issuer);
    facts->serial = read_serial(reader, X509_get0_serialNumber(certificate));
    facts->not_before = certificate_time(X509_get0_notBefore(certificate));
    facts->not_after = certificate_time(X509_get0_notAfter(certificate));
    facts->key = certificate_key_read(certificate, reader->arena);
    if (facts->key == NULL)
        reader->out_of_memory = true;
    facts->signature = read_signature(reader, certificate);
    facts->ca = read_ca(certificate);
    facts->self_issued = known(X509_NAME_cmp(subject, issuer) == 0);
}

/* ---- what only the leaf is asked for ---- */

static const char *read_address(struct reader *reader, const ASN1_OCTET_STRING *address)
{
    const uint8_t *data = ASN1_STRING_get0_data(address);
    size_t size = (size_t)ASN1_STRING_length(address);
    struct address ip = {.family = size == 4 ? AF_INET : AF_INET6};
    char text[ADDRESS_TEXT_SIZE];
    const char *result;

    if (size != 4 && size != 16) {
        const char *digits = hex(reader, data, size > SERIAL_MAX ? SERIAL_MAX : size);

        return digits == NULL ? NULL : arena_format(reader->arena, "IP:%s", digits);
    }
    memcpy(ip.octets, data, size);
    result = arena_format(reader->arena, "IP:%s", address_format(&ip, text));
    return result;
}

static void read_sans(struct reader *reader, const X509 *certificate, struct certificate_facts *facts)
{
    bool absent;
    GENERAL_NAMES *names = read_extension(certificate, NID_subject_alt_name, &absent);
    int count = names == NULL ? 0 : sk_GENERAL_NAME_num(names);

    facts->sans.observed = names != NULL || absent;
    for (int i = 0; i < count; i++) {
        int type;
        const void *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);

        if (type != GEN_DNS && type != GEN_IPADD)
            continue; /* mail addresses, URIs, otherNames: no TLS client matches a server by them */
        if (facts->sans.count == SANS_MAX) {
            facts->sans_left_out = number(facts->sans_left_out.value + 1);
            continue;
        }
        add_text(reader, &facts->sans,
                 type == GEN_DNS ? clean_string(reader, value) : read_address(reader, value));
    }
    GENERAL_NAMES_free(names);
}

/* The last one in the subject, which is the most specific. */
static const char *read_common_name(struct reader *reader, const X509 *certificate)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    const ASN1_STRING *value;
    unsigned char *utf8 = NULL;
    const char *text;
    int last = -1;
    int size;

    for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;)
        last = at;
    if (last < 0)
        return NULL;
    value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last));
    size = ASN1_STRING_to_UTF8(&utf8, value);
    text = size < 0 ? clean_string(reader, value) : clean(reader, utf8, (size_t)size);
    OPENSSL_free(utf8);
    return text;
}

static enum known read_must_staple(const X509 *certificate)
{
    bool absent;
    TLS_FEATURE *features = read_extension(certificate, NID_tlsfeature, &absent);
    bool found = false;

    if (features == NULL)
        return absent ? NO : UNKNOWN;
    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
        found |= ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == FEATURE_STATUS_REQUEST;
    TLS_FEATURE_free(features);
    return known(found);
}

static enum known read_server_auth(const X509 *certificate)
{
    bool absent;
    EXTENDED_KEY_USAGE *usages = read_extension(certificate, NID_ext_key_usage, &absent);
    bool found = false;

    if (usages == NULL)
        return absent ? YES : UNKNOWN;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, i));

        found |= nid == NID_server_auth || nid == NID_anyExtendedKeyUsage;
    }
    EXTENDED_KEY_USAGE_free(usages);
    return known(found);
}

static struct number read_scts(const X509 *certificate)
{
    bool absent;
    STACK_OF(SCT) *scts = read_extension(certificate, NID_ct_precert_scts, &absent);
    struct number count = {0};

    if (scts != NULL)
        count = number(sk_SCT_num(scts));
    else if (absent)
        count = number(0);
    SCT_LIST_free(scts);
    return count;
}

static void read_urls(struct reader *reader, const X509 *certificate, struct certificate_facts *facts)
{
    bool absent;
    AUTHORITY_INFO_ACCESS *accesses = read_extension(certificate, NID_info_access, &absent);
    int count = accesses == NULL ? 0 : sk_ACCESS_DESCRIPTION_num(accesses);

    facts->ocsp_urls.observed = facts->ca_issuer_urls.observed = accesses != NULL || absent;
    for (int i = 0; i < count; i++) {
        const ACCESS_DESCRIPTION *access = sk_ACCESS_DESCRIPTION_value(accesses, i);
        int method = OBJ_obj2nid(access->method);
        int type;
        const void *value = GENERAL_NAME_get0_value(access->location, &type);
        struct list *list = method == NID_ad_OCSP         ? &facts->ocsp_urls
                            : method == NID_ad_ca_issuers ? &facts->ca_issuer_urls
                                                          : NULL;

        if (list != NULL && type == GEN_URI && list->count < URLS_MAX)
            add_text(reader, list, clean_string(reader, value));
    }
    AUTHORITY_INFO_ACCESS_free(accesses);
}

/* One distribution point's URLs, when it is the authority's own list and not one for some reasons only. */
static void read_distribution_point(struct reader *reader, const DIST_POINT *point, struct list *urls)
{
    const GENERAL_NAMES *names;

    if (point->distpoint == NULL || point->distpoint->type != 0 || point->CRLissuer != NULL ||
        point->reasons != NULL)
        return;
    names = point->distpoint->name.fullname;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int type;
        const void *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);

        if (type == GEN_URI && urls->count < URLS_MAX)
            add_text(reader, urls, clean_string(reader, value));
    }
}

static void read_crl_urls(struct reader *reader, const X509 *certificate, struct certificate_facts *facts)
{
    bool absent;
    CRL_DIST_POINTS *points = read_extension(certificate, NID_crl_distribution_points, &absent);

    facts->crl_urls.observed = points != NULL || absent;
    for (int i = 0; points != NULL && i < sk_DIST_POINT_num(points); i++)
        read_distribution_point(reader, sk_DIST_POINT_value(points, i), &facts->crl_urls);
    CRL_DIST_POINTS_free(points);
}

static void read_spki(struct reader *reader, const X509 *certificate, struct certificate_facts *facts)
{
    unsigned char *der = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);

    if (size > 0)
        facts->spki_sha256 = sha256_hex(reader, der, (size_t)size);
    OPENSSL_free(der);
}

static void read_leaf(struct reader *reader, X509 *certificate, struct certificate_facts *facts)
{
    const struct chain_certificate_facts *leaf = facts->chain.items[0];

    facts->key = leaf->key;
    facts->sha256 = leaf->sha256;
    facts->subject = leaf->subject;
    facts->issuer = leaf->issuer;
    facts->not_before = leaf->not_before;
    facts->not_after = leaf->not_after;
    facts->signature = leaf->signature;
    facts->common_name = read_common_name(reader, certificate);
    facts->must_staple = read_must_staple(certificate);
    facts->server_auth = read_server_auth(certificate);
    facts->scts = read_scts(certificate);
    read_spki(reader, certificate, facts);
    read_sans(reader, certificate, facts);
    read_urls(reader, certificate, facts);
    read_crl_urls(reader, certificate, facts);
}

/* ---- the chain ---- */

/* The whole of `der` as one certificate; NULL when it is none. */
static X509 *parse(struct bytes der)
{
    const unsigned char *in = der.data;
    X509 *certificate = der.size > INT32_MAX ? NULL : d2i_X509(NULL, &in, (long)der.size);

    if (certificate != NULL && in != der.data + der.size) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

/* The facts of an issuer that was sent in another chain, too. */
static struct chain_certificate_facts *find_issuer(const struct list *before, struct bytes der)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct certificate_facts *certificate = before->items[i];

        for (size_t j = 1; j < certificate->chain.count; j++) {
            struct chain_certificate_facts *issuer = certificate->chain.items[j];

            if (bytes_equal(issuer->der, der))
                return issuer;
        }
    }
    return NULL;
}

/* Appends one certificate of the chain; -EBADMSG when it is the first and does not parse. */
static int read_one(struct reader *reader, struct bytes der, struct certificate_facts *facts)
{
    bool is_leaf = facts->chain.count == 0;
    struct chain_certificate_facts *item = list_new_item(&facts->chain, reader->arena, sizeof(*item));
    X509 *certificate = parse(der);

    if (certificate == NULL && is_leaf)
        return -EBADMSG;
    if (item != NULL)
        item->der = bytes_of(arena_copy(reader->arena, der.data, der.size), der.size);
    if (item == NULL || item->der.data == NULL) {
        X509_free(certificate);
        return -ENOMEM;
    }
    item->sha256 = sha256_hex(reader, der.data, der.size);
    if (certificate != NULL)
        read_chain_certificate(reader, certificate, item);
    if (is_leaf)
        read_leaf(reader, certificate, facts);
    X509_free(certificate);
    return reader->out_of_memory ? -ENOMEM : 0;
}

int certificate_read_beside(const struct list *before, const struct bytes *chain, size_t count,
                            struct arena *arena, struct certificate_facts **ret)
{
    struct reader reader = {.arena = arena};
    struct certificate_facts *facts = arena_alloc(arena, sizeof(*facts));
    int result = facts == NULL ? -ENOMEM : count == 0 ? -EBADMSG : 0;

    for (size_t i = 0; result == 0 && i < count && i < CHAIN_MAX; i++) {
        struct chain_certificate_facts *issuer = i > 0 ? find_issuer(before, chain[i]) : NULL;

        result = issuer != NULL ? list_add(&facts->chain, arena, issuer) : read_one(&reader, chain[i], facts);
    }
    ERR_clear_error(); /* what OpenSSL could not read is in the facts */
    if (result < 0)
        return result;
    facts->chain_left_out = number((int64_t)(count > CHAIN_MAX ? count - CHAIN_MAX : 0));
    *ret = facts;
    return 0;
}

int certificate_read(const struct bytes *chain, size_t count, struct arena *arena,
                     struct certificate_facts **ret)
{
    static const struct list none;

    return certificate_read_beside(&none, chain, count, arena, ret);
}
