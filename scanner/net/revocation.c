/*
 * revocation.c - OCSP responses and CRLs: asked for, read, verified
 *
 *      OCSP: response -> signed by the issuer, or by whom it delegated -> about this certificate -> still true?
 *      CRL:  list -> signed by the issuer, meant for this certificate -> still true? -> is it on it?
 *
 * RFC 6960 (4.2.2.2 who may sign, 3.2 what to look at), RFC 5280 6.3 (CRLs; OpenSSL walks through it). Only the
 * issuer is trusted here: whether the issuer itself is good is seen from the chain. Clocks may differ by five minutes.
 */
#include "scanner/net/revocation.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/certificate_parts.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { CLOCK_SLACK = 300, RESPONSE_KEPT_MAX = 16 * 1024, REQUEST_MAX = 1024 };

/* ---- certificates ---- */

static X509 *parse(struct bytes der)
{
    const unsigned char *in = der.data;

    return der.data == NULL || der.size > INT32_MAX ? NULL : d2i_X509(NULL, &in, (long)der.size);
}

struct parties {
    X509 *leaf, *issuer;
};

static void parties_free(struct parties *parties)
{
    X509_free(parties->leaf);
    X509_free(parties->issuer);
    ERR_clear_error();
}

static bool parties_parse(const struct revocation_question *question, struct parties *ret)
{
    *ret = (struct parties){.leaf = parse(question->leaf), .issuer = parse(question->issuer)};
    return ret->leaf != NULL && ret->issuer != NULL;
}

static bool has_issued(const struct parties *parties)
{
    EVP_PKEY *key = X509_get0_pubkey(parties->issuer);

    return key != NULL &&
           X509_NAME_cmp(X509_get_subject_name(parties->issuer), X509_get_issuer_name(parties->leaf)) == 0 &&
           X509_verify(parties->leaf, key) == 1;
}

int revocation_question_of(const struct certificate_facts *certificate, int64_t now,
                           struct revocation_question *ret)
{
    for (size_t i = 1; i < certificate->chain.count; i++) {
        const struct chain_certificate_facts *leaf = certificate->chain.items[0];
        const struct chain_certificate_facts *issuer = certificate->chain.items[i];
        struct revocation_question question = {.leaf = leaf->der, .issuer = issuer->der, .now = now};
        struct parties parties;
        bool found = parties_parse(&question, &parties) && has_issued(&parties);

        parties_free(&parties);
        if (found) {
            *ret = question;
            return 0;
        }
    }
    return -ENOENT;
}

/* ---- answers ---- */

/* Is it true at the time of the question? Notes why not. */
static bool is_current(const struct revocation_question *question, struct revocation_answer_facts *answer)
{
    if (!answer->this_update.known)
        answer->failure = "it does not say from when on it is true";
    else if (answer->this_update.value > question->now + CLOCK_SLACK)
        answer->failure = "it is not true yet";
    else if (answer->next_update.known && answer->next_update.value < question->now - CLOCK_SLACK)
        answer->failure = "it is out of date";
    return answer->failure == NULL;
}

static const char *reason_text(long reason)
{
    return reason < 0 ? NULL : OCSP_crl_reason_str(reason);
}

/* ---- OCSP ---- */

static OCSP_REQUEST *request_new(const struct parties *parties)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    OCSP_CERTID *id =
        OCSP_cert_to_id(EVP_sha1(), parties->leaf, parties->issuer); /* the one all responders know */

    if (request == NULL || id == NULL || OCSP_request_add0_id(request, id) == NULL) {
        OCSP_CERTID_free(id);
        OCSP_REQUEST_free(request);
        return NULL;
    }
    return request;
}

/* Base64 inside a URL: three of its characters need an escape. */
static const char *escaped(const char *base64, struct arena *arena)
{
    char *text = arena_alloc(arena, 3 * strlen(base64) + 1), *to = text;

    for (; text != NULL && *base64 != '\0'; base64++) {
        const char *escape = *base64 == '+' ? "%2B" : *base64 == '/' ? "%2F" : *base64 == '=' ? "%3D" : NULL;

        if (escape == NULL) {
            *to++ = *base64;
        } else {
            memcpy(to, escape, 3);
            to += 3;
        }
    }
    return text;
}

int ocsp_request_url(const struct revocation_question *question, const char *responder, struct arena *arena,
                     const char **ret)
{
    struct parties parties;
    OCSP_REQUEST *request = parties_parse(question, &parties) ? request_new(&parties) : NULL;
    unsigned char *der = NULL;
    int size = request == NULL ? 0 : i2d_OCSP_REQUEST(request, &der);
    const char *base64 = NULL, *path = NULL;
    bool fits = size > 0 && size <= REQUEST_MAX;

    if (fits)
        base64 = text_base64(arena, der, (size_t)size);
    if (base64 != NULL)
        path = escaped(base64, arena);
    OPENSSL_free(der);
    OCSP_REQUEST_free(request);
    parties_free(&parties);
    if (!fits)
        return -EBADMSG;
    if (path != NULL)
        path = arena_format(arena, "%s%s%s", responder, text_ends_with(responder, "/") ? "" : "/", path);
    if (path == NULL)
        return -ENOMEM;
    *ret = path;
    return 0;
}

/* The issuer alone is trusted, and at the time of the question. */
static X509_STORE *store_of(X509 *issuer, int64_t now)
{
    X509_STORE *store = X509_STORE_new();

    if (store == NULL || !X509_STORE_add_cert(store, issuer)) {
        X509_STORE_free(store);
        return NULL;
    }
    X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(store), X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), now);
    return store;
}

/* 1: the signature holds and who made it may; 0: not; -ENOMEM. */
static int is_authentic(OCSP_BASICRESP *basic, const struct parties *parties, int64_t now)
{
    X509_STORE *store = store_of(parties->issuer, now);
    STACK_OF(X509) *known = sk_X509_new_null();
    int result = -ENOMEM;

    if (store != NULL && known != NULL && sk_X509_push(known, parties->issuer))
        result = OCSP_basic_verify(basic, known, store, 0) == 1;
    sk_X509_free(known);
    X509_STORE_free(store);
    return result;
}

/* Is the entry about our certificate? It names it by a hash of its own choice. */
static bool is_about(const OCSP_CERTID *id, const struct parties *parties)
{
    ASN1_OBJECT *algorithm = NULL;
    const EVP_MD *digest;
    OCSP_CERTID *ours;
    bool same;

    if (!OCSP_id_get0_info(NULL, &algorithm, NULL, NULL, (OCSP_CERTID *)(uintptr_t)id))
        return false;
    digest = EVP_get_digestbyobj(algorithm);
    ours = digest == NULL ? NULL : OCSP_cert_to_id(digest, parties->leaf, parties->issuer);
    same = ours != NULL && OCSP_id_cmp(ours, id) == 0;
    OCSP_CERTID_free(ours);
    return same;
}

static OCSP_SINGLERESP *find_single(OCSP_BASICRESP *basic, const struct parties *parties)
{
    for (int i = 0; i < OCSP_resp_count(basic); i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);

        if (is_about(OCSP_SINGLERESP_get0_id(single), parties))
            return single;
    }
    return NULL;
}

static void note_single(OCSP_SINGLERESP *single, const struct revocation_question *question,
                        struct revocation_answer_facts *answer)
{
    ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *until = NULL;
    int reason = -1;
    int status = OCSP_single_get0_status(single, &reason, &revoked, &from, &until);

    answer->this_update = certificate_time(from);
    answer->next_update = certificate_time(until);
    if (!is_current(question, answer))
        return;
    switch (status) {
    case V_OCSP_CERTSTATUS_GOOD:
        answer->status = REVOCATION_GOOD;
        break;
    case V_OCSP_CERTSTATUS_REVOKED:
        answer->status = REVOCATION_REVOKED;
        answer->revoked_at = certificate_time(revoked);
        answer->revocation_reason = reason_text(reason);
        break;
    default:
        answer->status = REVOCATION_UNKNOWN;
        break;
    }
}

static int read_basic(OCSP_BASICRESP *basic, const struct revocation_question *question,
                      const struct parties *parties, struct revocation_answer_facts *answer)
{
    OCSP_SINGLERESP *single = find_single(basic, parties);
    int authentic = is_authentic(basic, parties, question->now);

    if (authentic < 0)
        return authentic;
    if (!authentic)
        answer->failure = "its signature does not hold, or is not by the certificate's authority";
    else if (single == NULL)
        answer->failure = "it is about another certificate";
    else
        note_single(single, question, answer);
    return 0;
}

static int read_response(OCSP_RESPONSE *response, const struct revocation_question *question,
                         struct arena *arena, struct revocation_answer_facts *answer)
{
    int status = response == NULL ? OCSP_RESPONSE_STATUS_SUCCESSFUL : OCSP_response_status(response);
    OCSP_BASICRESP *basic = response == NULL || status != OCSP_RESPONSE_STATUS_SUCCESSFUL
                                ? NULL
                                : OCSP_response_get1_basic(response);
    struct parties parties;
    int result = 0;

    if (!parties_parse(question, &parties)) {
        answer->failure = "the certificate or its issuer cannot be read";
    } else if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        answer->failure = arena_format(arena, "the responder says: %s", OCSP_response_status_str(status));
        result = answer->failure == NULL ? -ENOMEM : 0;
    } else if (basic == NULL) {
        answer->failure = "it is no OCSP response";
    } else {
        result = read_basic(basic, question, &parties, answer);
    }
    OCSP_BASICRESP_free(basic);
    parties_free(&parties);
    return result;
}

int ocsp_read(const struct revocation_question *question, struct bytes response, struct arena *arena,
              struct revocation_answer_facts *answer)
{
    const unsigned char *in = response.data;
    OCSP_RESPONSE *parsed = response.size == 0 || response.size > INT32_MAX
                                ? NULL
                                : d2i_OCSP_RESPONSE(NULL, &in, (long)response.size);
    int result;

    if (parsed != NULL && in != response.data + response.size) {
        OCSP_RESPONSE_free(parsed);
        parsed = NULL;
    }
    result = read_response(parsed, question, arena, answer);
    OCSP_RESPONSE_free(parsed);
    ERR_clear_error();
    if (result == 0 && response.size > 0 && response.size <= RESPONSE_KEPT_MAX) {
        answer->der = bytes_of(arena_copy(arena, response.data, response.size), response.size);
        result = answer->der.data == NULL ? -ENOMEM : 0;
    }
    return result;
}

/* ---- CRLs ---- */

struct crl_check {
    bool revoked;
    const char *failure;
};

/* What has nothing to do with the list does not count here: dates of the certificates, sizes of their keys. */
static bool is_beside_the_point(int code)
{
    static const int codes[] = {
        X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_EE_KEY_TOO_SMALL,
        X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK,
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (code == codes[i])
            return true;
    return false;
}

static int on_certificate(int fine, X509_STORE_CTX *context)
{
    struct crl_check *check = X509_STORE_CTX_get_app_data(context);
    int code = X509_STORE_CTX_get_error(context);

    if (fine || is_beside_the_point(code))
        return 1;
    if (code == X509_V_ERR_CERT_REVOKED)
        check->revoked = true;
    else if (check->failure == NULL)
        check->failure = X509_verify_cert_error_string(code);
    return 1;
}

/* OpenSSL's verification of the leaf alone, with the issuer as anchor and this list. 0 or -ENOMEM. */
static int verify_with_crl(const struct parties *parties, X509_CRL *crl, int64_t now, struct crl_check *check)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *trusted = sk_X509_new_null();
    STACK_OF(X509_CRL) *crls = sk_X509_CRL_new_null();
    int result = -ENOMEM;

    if (store != NULL && context != NULL && trusted != NULL && crls != NULL &&
        sk_X509_push(trusted, parties->issuer) && sk_X509_CRL_push(crls, crl) &&
        X509_STORE_CTX_init(context, store, parties->leaf, NULL)) {
        X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);

        X509_STORE_CTX_set0_trusted_stack(context, trusted);
        X509_STORE_CTX_set0_crls(context, crls);
        X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_CRL_CHECK);
        X509_VERIFY_PARAM_set_time(parameters, now);
        X509_STORE_CTX_set_app_data(context, check);
        X509_STORE_CTX_set_verify_cb(context, on_certificate);
        if (X509_verify_cert(context) <= 0 && check->failure == NULL)
            check->failure = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
        result = X509_STORE_CTX_get_error(context) == X509_V_ERR_OUT_OF_MEM ? -ENOMEM : 0;
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    sk_X509_free(trusted);
    sk_X509_CRL_free(crls);
    return result;
}

static void note_entry(X509_CRL *crl, X509 *leaf, struct revocation_answer_facts *answer)
{
    X509_REVOKED *entry = NULL;
    ASN1_ENUMERATED *reason;

    if (X509_CRL_get0_by_serial(crl, &entry, X509_get0_serialNumber(leaf)) != 1)
        return;
    reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    answer->revoked_at = certificate_time(X509_REVOKED_get0_revocationDate(entry));
    answer->revocation_reason = reason == NULL ? NULL : reason_text(ASN1_ENUMERATED_get(reason));
    ASN1_ENUMERATED_free(reason);
}

static int read_crl(X509_CRL *crl, const struct revocation_question *question, const struct parties *parties,
                    struct revocation_answer_facts *answer)
{
    struct crl_check check = {0};
    int result;

    answer->this_update = certificate_time(X509_CRL_get0_lastUpdate(crl));
    answer->next_update = certificate_time(X509_CRL_get0_nextUpdate(crl));
    if (!is_current(question, answer))
        return 0;
    /* Inside of the slack OpenSSL would be stricter: as of a time at which the list says that it is true. */
    result = verify_with_crl(parties, crl, answer->this_update.value + 1, &check);
    answer->failure = check.failure;
    if (result < 0 || check.failure != NULL)
        return result;
    answer->status = check.revoked ? REVOCATION_REVOKED : REVOCATION_GOOD;
    if (check.revoked)
        note_entry(crl, parties->leaf, answer);
    return 0;
}

int crl_read(const struct revocation_question *question, struct bytes crl, struct arena *arena,
             struct revocation_answer_facts *answer)
{
    const unsigned char *in = crl.data;
    X509_CRL *parsed = crl.size == 0 || crl.size > INT32_MAX ? NULL : d2i_X509_CRL(NULL, &in, (long)crl.size);
    struct parties parties;
    int result = 0;

    (void)arena;
    if (!parties_parse(question, &parties))
        answer->failure = "the certificate or its issuer cannot be read";
    else if (parsed == NULL || in != crl.data + crl.size)
        answer->failure = "it is no CRL in DER form";
    else
        result = read_crl(parsed, question, &parties, answer);
    X509_CRL_free(parsed);
    parties_free(&parties);
    return result;
}
