/*
 * tls_material.c - certificates made for a test
 */
#include "tests/unit/tls_material.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IDENTITIES_MAX = 256, FILES_MAX = 64, DAY = 86400 };

struct tls_material {
    int64_t now;
    char folder[64];
    struct identity *identities[IDENTITIES_MAX];
    size_t identity_count;
    char *files[FILES_MAX];
    size_t file_count;
    uint8_t *ders[IDENTITIES_MAX];
    size_t der_count;
    const struct identity *root, *intermediate;
};

/* A test without its certificates is no test. */
#define must(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "tls_material.c:%d: %s\n", __LINE__, #condition);                                \
            ERR_print_errors_fp(stderr);                                                                     \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* ---- keys ---- */

static EVP_PKEY *key_new(enum material_key kind)
{
    EVP_PKEY *key = NULL;

    switch (kind) {
    case MATERIAL_P256:
        key = EVP_EC_gen("P-256");
        break;
    case MATERIAL_P384:
        key = EVP_EC_gen("P-384");
        break;
    case MATERIAL_P521:
        key = EVP_EC_gen("P-521");
        break;
    case MATERIAL_BRAINPOOL256:
        key = EVP_EC_gen("brainpoolP256r1");
        break;
    case MATERIAL_RSA2048:
        key = EVP_RSA_gen(2048);
        break;
    case MATERIAL_RSA1024:
        key = EVP_RSA_gen(1024);
        break;
    case MATERIAL_RSA_PSS2048: {
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA_PSS, NULL);

        must(context != NULL && EVP_PKEY_keygen_init(context) > 0);
        must(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) > 0);
        must(EVP_PKEY_generate(context, &key) > 0);
        EVP_PKEY_CTX_free(context);
        break;
    }
    case MATERIAL_ED25519:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        break;
    case MATERIAL_ED448:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
        break;
    }
    must(key != NULL);
    return key;
}

/* ---- certificates ---- */

static void set_subject(X509 *certificate, const struct recipe *recipe)
{
    X509_NAME *name = X509_get_subject_name(certificate);

    if (recipe->raw_name.data != NULL)
        must(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING, recipe->raw_name.data,
                                        (int)recipe->raw_name.size, -1, 0));
    else if (recipe->name != NULL)
        must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                        (const unsigned char *)recipe->name, -1, -1, 0));
}

static void set_times(X509 *certificate, const struct recipe *recipe, int64_t now)
{
    int64_t from = now + (recipe->not_before != 0 ? recipe->not_before : -DAY);
    int64_t until = now + (recipe->not_after != 0 ? recipe->not_after : 90 * DAY);

    must(ASN1_TIME_set(X509_getm_notBefore(certificate), from) != NULL);
    must(ASN1_TIME_set(X509_getm_notAfter(certificate), until) != NULL);
    if (recipe->raw_times.data != NULL) {
        const unsigned char *in = recipe->raw_times.data;
        X509_VAL *times = d2i_X509_VAL(NULL, &in, (long)recipe->raw_times.size);

        must(times != NULL);
        must(X509_set1_notBefore(certificate, times->notBefore));
        must(X509_set1_notAfter(certificate, times->notAfter));
        X509_VAL_free(times);
    }
}

static void add_extension(X509 *certificate, const struct identity *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer == NULL ? certificate : issuer->certificate, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension != NULL && X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

static void add_raw_extension(X509 *certificate, int nid, struct bytes content)
{
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;

    must(octets != NULL && ASN1_OCTET_STRING_set(octets, content.data, (int)content.size));
    extension = X509_EXTENSION_create_by_NID(NULL, nid, 0, octets);
    must(extension != NULL && X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(octets);
}

static void add_sans(X509 *certificate, const struct recipe *recipe, const struct identity *issuer)
{
    char text[512];

    if (recipe->raw_sans.data != NULL) {
        add_raw_extension(certificate, NID_subject_alt_name, recipe->raw_sans);
    } else if (recipe->sans != NULL) {
        add_extension(certificate, issuer, NID_subject_alt_name, recipe->sans);
    } else if (recipe->name != NULL && !recipe->ca && !recipe->no_sans) {
        must(snprintf(text, sizeof(text), "DNS:%s", recipe->name) < (int)sizeof(text));
        add_extension(certificate, issuer, NID_subject_alt_name, text);
    }
}

static void add_extensions(X509 *certificate, const struct recipe *recipe, const struct identity *issuer)
{
    const char *usage = recipe->key_usage != NULL ? recipe->key_usage : recipe->ca ? "" : "serverAuth";

    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    if (recipe->ca) {
        add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate, issuer, NID_key_usage,
                      recipe->no_key_usage_sign ? "critical,digitalSignature"
                                                : "critical,keyCertSign,cRLSign");
    }
    add_sans(certificate, recipe, issuer);
    if (usage[0] != '\0')
        add_extension(certificate, issuer, NID_ext_key_usage, usage);
    if (recipe->must_staple)
        add_extension(certificate, issuer, NID_tlsfeature, "status_request");
    if (recipe->aia != NULL)
        add_extension(certificate, issuer, NID_info_access, recipe->aia);
    if (recipe->crl != NULL)
        add_extension(certificate, issuer, NID_crl_distribution_points, recipe->crl);
    if (recipe->raw_scts.data != NULL)
        add_raw_extension(certificate, NID_ct_precert_scts, recipe->raw_scts);
}

static void sign(X509 *certificate, const struct recipe *recipe, EVP_PKEY *key)
{
    const EVP_MD *digest = EVP_get_digestbyname(recipe->digest != NULL ? recipe->digest : "SHA256");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters;

    must(digest != NULL && context != NULL);
    if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))
        digest = NULL; /* it has its own */
    must(EVP_DigestSignInit(context, &parameters, digest, NULL, key) > 0);
    if (recipe->pss_signature)
        must(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) > 0);
    must(X509_sign_ctx(certificate, context) > 0);
    EVP_MD_CTX_free(context);
}

struct identity *material_issue(struct tls_material *material, const struct recipe *recipe,
                                const struct identity *issuer)
{
    struct identity *identity = calloc(1, sizeof(*identity));
    X509 *certificate = X509_new();

    must(identity != NULL && certificate != NULL && material->identity_count < IDENTITIES_MAX);
    identity->certificate = certificate;
    identity->key = recipe->public_key != NULL ? NULL : key_new(recipe->key);
    identity->issuer = issuer;
    material->identities[material->identity_count++] = identity;
    must(X509_set_version(certificate, X509_VERSION_3));
    must(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 4096 + (long)material->identity_count));
    must(X509_set_pubkey(certificate, identity->key != NULL ? identity->key : recipe->public_key));
    set_subject(certificate, recipe);
    must(X509_set_issuer_name(certificate,
                              X509_get_subject_name(issuer == NULL ? certificate : issuer->certificate)));
    set_times(certificate, recipe, material->now);
    add_extensions(certificate, recipe, issuer);
    sign(certificate, recipe, issuer == NULL ? identity->key : issuer->key);
    return identity;
}

struct identity *material_leaf(struct tls_material *material, const struct recipe *recipe)
{
    return material_issue(material, recipe, material->intermediate);
}

/* ---- files ---- */

static FILE *file_new(struct tls_material *material, const char **ret_name)
{
    char *name = NULL;
    FILE *file;

    must(material->file_count < FILES_MAX);
    must(asprintf(&name, "%s/%zu.pem", material->folder, material->file_count) > 0);
    material->files[material->file_count++] = name;
    file = fopen(name, "wx");
    must(file != NULL);
    *ret_name = name;
    return file;
}

const char *material_file_of(struct tls_material *material, const struct identity *const *identities,
                             size_t count)
{
    const char *name;
    FILE *file = file_new(material, &name);

    for (size_t i = 0; i < count; i++)
        must(PEM_write_X509(file, identities[i]->certificate));
    must(fclose(file) == 0);
    return name;
}

const char *material_root_file(struct tls_material *material)
{
    return material_file_of(material, &material->root, 1);
}

const char *material_chain_file(struct tls_material *material, const struct identity *leaf)
{
    const struct identity *chain[32];
    size_t count = 0;

    chain[count++] = leaf;
    for (const struct identity *next = leaf->issuer; next != NULL && next->issuer != NULL;
         next = next->issuer) {
        must(count < sizeof(chain) / sizeof(chain[0]));
        chain[count++] = next;
    }
    return material_file_of(material, chain, count);
}

const char *material_key_file(struct tls_material *material, const struct identity *leaf)
{
    const char *name;
    FILE *file = file_new(material, &name);

    must(PEM_write_PrivateKey(file, leaf->key, NULL, NULL, 0, NULL, NULL));
    must(fclose(file) == 0);
    return name;
}

struct bytes material_der(struct tls_material *material, const struct identity *identity)
{
    unsigned char *der = NULL;
    int size = i2d_X509(identity->certificate, &der);

    must(size > 0 && material->der_count < IDENTITIES_MAX);
    material->ders[material->der_count++] = der;
    return bytes_of(der, (size_t)size);
}

/* ---- the whole ---- */

struct tls_material *material_new(int64_t now)
{
    struct tls_material *material = calloc(1, sizeof(*material));
    const char *temporary = getenv("TMPDIR");

    must(material != NULL);
    material->now = now;
    must(snprintf(material->folder, sizeof(material->folder), "%s/outpost-tls-XXXXXX",
                  temporary != NULL && strlen(temporary) < 40 ? temporary : "/tmp") > 0);
    must(mkdtemp(material->folder) != NULL);
    material->root = material_issue(
        material, &(struct recipe){.name = "Test Root", .ca = true, .not_after = 3650 * (int64_t)DAY}, NULL);
    material->intermediate = material_issue(
        material, &(struct recipe){.name = "Test Intermediate", .ca = true, .not_after = 1000 * DAY},
        material->root);
    return material;
}

void material_free(struct tls_material *material)
{
    if (material == NULL)
        return;
    for (size_t i = 0; i < material->file_count; i++) {
        unlink(material->files[i]);
        free(material->files[i]);
    }
    rmdir(material->folder);
    for (size_t i = 0; i < material->der_count; i++)
        OPENSSL_free(material->ders[i]);
    for (size_t i = 0; i < material->identity_count; i++) {
        X509_free(material->identities[i]->certificate);
        EVP_PKEY_free(material->identities[i]->key);
        free(material->identities[i]);
    }
    free(material);
}

const struct identity *material_root(const struct tls_material *material)
{
    return material->root;
}

const struct identity *material_intermediate(const struct tls_material *material)
{
    return material->intermediate;
}
