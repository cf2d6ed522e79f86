/*
 * revocation_answers.c - OCSP responses and CRLs made for a test
 */
#include "tests/unit/revocation_answers.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

enum { HOUR = 3600, DAY = 24 * HOUR };

#define must(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "revocation_answers.c:%d: %s\n", __LINE__, #condition);                          \
            ERR_print_errors_fp(stderr);                                                                     \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

static ASN1_TIME *time_at(int64_t seconds)
{
    ASN1_TIME *time = ASN1_GENERALIZEDTIME_set(NULL, seconds);

    must(time != NULL);
    return time;
}

static const struct identity *signer_of(const struct saying *saying)
{
    return saying->signer != NULL ? saying->signer : saying->about->issuer;
}

static int64_t from_of(const struct saying *saying)
{
    return saying->from != 0 ? saying->from : -HOUR;
}

static int64_t until_of(const struct saying *saying)
{
    return saying->until != 0 ? saying->until : DAY;
}

static OCSP_BASICRESP *basic_new(const struct saying *saying, int64_t now)
{
    const struct identity *signer = signer_of(saying);
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_get_digestbyname(saying->digest != NULL ? saying->digest : "SHA1"),
                                      saying->about->certificate, saying->about->issuer->certificate);
    bool revoked = saying->status == V_OCSP_CERTSTATUS_REVOKED;
    ASN1_TIME *from = time_at(now + from_of(saying)), *until = time_at(now + until_of(saying));
    ASN1_TIME *since = time_at(now - DAY);

    must(basic != NULL && id != NULL);
    must(OCSP_basic_add1_status(basic, id, saying->status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                                revoked ? since : NULL, from, saying->endless ? NULL : until) != NULL);
    must(OCSP_basic_sign(basic, signer->certificate, signer->key, EVP_sha256(), NULL, 0));
    if (saying->broken)
        ((unsigned char *)(uintptr_t)ASN1_STRING_get0_data(OCSP_resp_get0_signature(basic)))[8] ^= 1;
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    ASN1_TIME_free(since);
    return basic;
}

struct bytes ocsp_response_new(const struct saying *saying, int64_t now)
{
    OCSP_BASICRESP *basic = saying->response_status == 0 ? basic_new(saying, now) : NULL;
    OCSP_RESPONSE *response = OCSP_response_create(saying->response_status, basic);
    unsigned char *der = NULL;
    int size;

    must(response != NULL);
    size = i2d_OCSP_RESPONSE(response, &der);
    must(size > 0);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    return bytes_of(der, (size_t)size);
}

static void add_entry(X509_CRL *crl, const struct saying *saying, int64_t now)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
    ASN1_TIME *since = time_at(now - DAY);

    must(entry != NULL && reason != NULL && ASN1_ENUMERATED_set(reason, CRL_REASON_KEY_COMPROMISE));
    must(X509_REVOKED_set_serialNumber(
        entry, (ASN1_INTEGER *)(uintptr_t)X509_get0_serialNumber(saying->about->certificate)));
    must(X509_REVOKED_set_revocationDate(entry, since));
    must(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0));
    must(X509_CRL_add0_revoked(crl, entry));
    ASN1_ENUMERATED_free(reason);
    ASN1_TIME_free(since);
}

static void add_point(X509_CRL *crl, const char *point)
{
    X509V3_CTX context;
    char text[256];
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, NULL, NULL, NULL, crl, 0);
    must(snprintf(text, sizeof(text), "critical,fullname:URI:%s", point) < (int)sizeof(text));
    extension = X509V3_EXT_conf_nid(NULL, &context, NID_issuing_distribution_point, text);
    must(extension != NULL && X509_CRL_add_ext(crl, extension, -1));
    X509_EXTENSION_free(extension);
}

struct bytes crl_new(const struct saying *saying, int64_t now)
{
    const struct identity *signer = signer_of(saying);
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = time_at(now + from_of(saying)), *until = time_at(now + until_of(saying));
    unsigned char *der = NULL;
    int size;

    must(crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2));
    must(X509_CRL_set_issuer_name(crl, X509_get_subject_name(signer->certificate)));
    must(X509_CRL_set1_lastUpdate(crl, from));
    if (!saying->endless)
        must(X509_CRL_set1_nextUpdate(crl, until));
    if (saying->revoked)
        add_entry(crl, saying, now);
    if (saying->point != NULL)
        add_point(crl, saying->point);
    must(X509_CRL_sort(crl) && X509_CRL_sign(crl, signer->key, EVP_sha256()) > 0);
    size = i2d_X509_CRL(crl, &der);
    must(size > 0);
    if (saying->broken)
        der[size - 8] ^= 1;
    X509_CRL_free(crl);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return bytes_of(der, (size_t)size);
}
