/*
 * certificate_strength.c - keys and signatures of the certificates that were sent
 *
 * RFC 9325 4.5 and NIST SP 800-131A (RSA of 2048 bits or more), RFC 9155 (no SHA-1), CVE-2017-15361 (ROCA).
 * A root's own signature says nothing: it is trusted as it stands, so it is not looked at.
 */
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

enum weakness { STRONG = 0, WEAK, BROKEN };

/* What the facts call a key that OpenSSL cannot read, one of GOST for example. */
#define UNKNOWN_KIND "other"

/* ---- cert.key ---- */

static enum weakness weakness_of_rsa(const struct judgement *judgement, const struct key_facts *key,
                                     const char **ret_words)
{
    double broken = policy_threshold(judgement->policy, "cert.key.rsa_bits_broken");
    double weak = policy_threshold(judgement->policy, "cert.key.rsa_bits_weak");

    if (key->roca == YES) {
        *ret_words = "its private key can be computed (ROCA, CVE-2017-15361)";
        return BROKEN;
    }
    if (key->rsa_exponent.known && (key->rsa_exponent.value < 3 || key->rsa_exponent.value % 2 == 0)) {
        *ret_words = "its public exponent encrypts nothing";
        return BROKEN;
    }
    if (key->bits.known && (double)key->bits.value < broken) {
        *ret_words = "it can be factored";
        return BROKEN;
    }
    if (key->bits.known && (double)key->bits.value < weak) {
        *ret_words = "it is too short";
        return WEAK;
    }
    return STRONG;
}

static enum weakness weakness_of(const struct judgement *judgement, const struct key_facts *key,
                                 const char **ret_words)
{
    if (text_starts_with(key->type, "RSA"))
        return weakness_of_rsa(judgement, key, ret_words);
    if (same_text(key->type, "DSA")) {
        *ret_words = "no client of today takes DSA";
        return WEAK;
    }
    if (same_text(key->type, "ECDSA") && key->bits.known &&
        (double)key->bits.value < policy_threshold(judgement->policy, "cert.key.ec_bits_weak")) {
        *ret_words = "its curve is too small";
        return WEAK;
    }
    return STRONG;
}

/* Does the port show a certificate with a key of another kind, which clients take? */
static bool has_other_key(const struct endpoint_facts *endpoint, const struct certificate_facts *weak)
{
    for (size_t i = 0; endpoint->tls != NULL && i < endpoint->tls->certificates.count; i++) {
        const struct certificate_facts *certificate = endpoint->tls->certificates.items[i];
        const char *type = certificate->key == NULL ? NULL : certificate->key->type;

        if (certificate != weak && type != NULL && !same_text(type, "DSA") && !same_text(type, UNKNOWN_KIND))
            return true;
    }
    return false;
}

static void fix_key(struct judgement *judgement, struct finding *finding,
                    const struct endpoint_facts *endpoint, const struct certificate_facts *certificate)
{
    if (same_text(certificate->key->type, "DSA") && has_other_key(endpoint, certificate)) {
        finding_fix(
            judgement, finding,
            "Take this certificate out, there are others: in Postfix from `smtpd_tls_chain_files`, or "
            "unset `smtpd_tls_dcert_file` and `smtpd_tls_dkey_file` (main.cf); in Dovecot 2.3 unset "
            "`ssl_alt_cert` and `ssl_alt_key`");
        return;
    }
    finding_fix(judgement, finding,
                "Get a new certificate with a new key:\n  certbot renew --force-renewal --new-key --key-type "
                "ecdsa --cert-name %s",
                text_or(certificate_label(certificate), "<name>"));
}

static void judge_one_key(struct judgement *judgement, const struct check *check,
                          const struct subject *subject, const struct endpoint_facts *endpoint,
                          const struct certificate_facts *certificate)
{
    enum weakness worst = STRONG;
    const char *words = "", *which = "";
    struct finding *finding;

    if (certificate->key == NULL || certificate->key->type == NULL) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, "the key could not be read");
        return;
    }
    if (same_text(certificate->key->type, UNKNOWN_KIND)) {
        finding_untested(
            judgement, check, subject, OUTCOME_NOT_TESTED,
            kept_format(judgement, "its key is of a kind that is not known here (signed with %s)",
                        text_or(certificate->signature, "an algorithm that is not known either")));
        return;
    }
    worst = weakness_of(judgement, certificate->key, &words);
    for (size_t i = 1; i < certificate->chain.count && worst == STRONG; i++) {
        const struct chain_certificate_facts *sent = certificate->chain.items[i];

        if (sent->self_issued == YES || sent->key == NULL || sent->key->type == NULL)
            continue;
        worst = weakness_of(judgement, sent->key, &words);
        if (worst != STRONG)
            which = text_or(sent->subject, "?");
    }
    if (worst == STRONG) {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "The key is strong (%s)",
                              key_words(judgement, certificate->key));
    } else {
        /* A broken key gives the connection away wherever it is used; a short one only its authenticity,
         * which nobody checks on port 25. */
        finding =
            finding_add(judgement, check, subject, worst == BROKEN ? OUTCOME_FAIL : fail_or_warn(endpoint),
                        *which == '\0' ? "The key is weak: %s" : "A key in the chain is weak: %s", words);
        fix_key(judgement, finding, endpoint, certificate);
    }
    finding_evidence(judgement, finding, "%s", key_words(judgement, certificate->key));
    if (certificate->key->rsa_exponent.known)
        finding_evidence(judgement, finding, "public exponent %lld",
                         (long long)certificate->key->rsa_exponent.value);
    if (*which != '\0')
        finding_evidence(judgement, finding, "weak: %s", which);
}

static void judge_key(struct judgement *judgement, const struct check *check)
{
    judge_certificates(judgement, check, judge_one_key);
}

const struct check check_cert_key = {
    .id = "cert.key",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "The keys of the certificate and its chain are strong",
    .why = "Who can compute the private key can pretend to be the server.",
    .reference = "RFC 9325 section 4.5, CVE-2017-15361",
    .explanation =
        "RSA keys of less than 2048 bits, curves of less than 224 bits and DSA are weak; RSA keys of less "
        "than "
        "1024 bits, with a public exponent of 1, or with the ROCA fingerprint are broken. The server's key "
        "and "
        "those of the intermediate certificates are looked at. On port 25 a weak key warns; a broken one "
        "fails "
        "everywhere.\n\n"
        "Fix: get a new certificate with a new key, for example certbot renew --force-renewal --new-key "
        "--key-type ecdsa.",
    .judge = judge_key,
};

/* ---- cert.signature ---- */

static const char *outdated_digest(const char *signature)
{
    static const char *const digests[] = {"md2", "md4", "md5", "sha1", "sha-1", "ripemd160"};

    for (size_t i = 0; signature != NULL && i < sizeof(digests) / sizeof(digests[0]); i++)
        if (strcasestr(signature, digests[i]) != NULL)
            return signature;
    /* "dsaWithSHA" is SHA-1 too. */
    return same_text(signature, "dsaWithSHA") ? signature : NULL;
}

static void judge_one_signature(struct judgement *judgement, const struct check *check,
                                const struct subject *subject, const struct endpoint_facts *endpoint,
                                const struct certificate_facts *certificate)
{
    const struct chain_certificate_facts *leaf =
        certificate->chain.count > 0 ? certificate->chain.items[0] : NULL;
    bool self_signed = leaf != NULL && leaf->self_issued == YES;
    const char *outdated = self_signed ? NULL : outdated_digest(certificate->signature);
    const char *which = text_or(certificate->subject, "?");
    struct finding *finding;

    if (certificate->signature == NULL) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, "the signature could not be read");
        return;
    }
    for (size_t i = 1; i < certificate->chain.count && outdated == NULL; i++) {
        const struct chain_certificate_facts *sent = certificate->chain.items[i];

        if (sent->self_issued == YES)
            continue;
        outdated = outdated_digest(sent->signature);
        which = text_or(sent->subject, "?");
    }
    if (self_signed && outdated == NULL) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE, "the certificate is self-signed");
        return;
    }
    if (outdated == NULL) {
        finding_add(judgement, check, subject, OUTCOME_PASS, "The signatures are up to date (%s)",
                    certificate->signature);
        return;
    }
    finding = finding_add(judgement, check, subject, fail_or_warn(endpoint),
                          "A certificate is signed with %s", outdated);
    finding_evidence(judgement, finding, "%s", which);
    finding_fix(judgement, finding,
                "Get a new certificate: no public authority signs with MD5 or SHA-1 any more");
}

static void judge_signature(struct judgement *judgement, const struct check *check)
{
    judge_certificates(judgement, check, judge_one_signature);
}

const struct check check_cert_signature = {
    .id = "cert.signature",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "The certificates are not signed with MD5 or SHA-1",
    .why = "Signatures with MD5 and SHA-1 can be forged; clients of today refuse them.",
    .reference = "RFC 9155, RFC 9325 section 4.5",
    .explanation =
        "The signature of the server's certificate and of every intermediate is looked at; that of a root is "
        "not, because a root is trusted as it stands.\n\n"
        "Fix: get a new certificate, and send the current intermediates.",
    .judge = judge_signature,
};
