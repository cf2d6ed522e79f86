/*
 * certificate.c - is it the right certificate: for the right name, from somebody trusted, with its whole
 * chain
 *
 * RFC 9525 6.3 (names), RFC 5280 6 (paths), RFC 8446 4.4.2 (what is sent). On port 25 all of it fails only where the
 * domain enforces MTA-STS, informs where TLSA records decide, and warns otherwise: rule 1 of the catalogue.
 */
#include "reports/catalogue.h"
#include "reports/dane_model.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/address.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <openssl/x509_vfy.h>
#include <string.h>

/* ---- cert.name ---- */

/* More names than this do not go into one line. */
enum { NAMES_IN_LINE = 6 };

static bool is_certifiable(const char *name)
{
    return host_name_qualified(strncmp(name, "*.", 2) == 0 ? name + 2 : name);
}

/* " -d mail.example.org -d '*.example.net' -d missing.example.org": all names it has and the one it lacks, as
 * ACME clients drop what is not said again. NULL when they are too many, or when one is no host name: only
 * host names may enter a line that somebody pastes into a shell. */
static const char *domain_options(struct judgement *judgement, const struct certificate_facts *certificate,
                                  const char *missing)
{
    const char *options = "";

    if (certificate->sans.count > NAMES_IN_LINE || certificate->sans_left_out.value > 0)
        return NULL;
    for (size_t i = 0; i < certificate->sans.count; i++) {
        const char *name = certificate->sans.items[i];

        if (!is_certifiable(name))
            return NULL;
        options = kept(judgement, arena_format(judgement->arena, name[0] == '*' ? "%s -d '%s'" : "%s -d %s",
                                               options, name));
    }
    return kept(judgement, arena_format(judgement->arena, "%s -d %s", options, missing));
}

static void fix_missing_name(struct judgement *judgement, struct finding *finding,
                             const struct certificate_facts *certificate, const char *host)
{
    const char *options;

    if (!host_name_qualified(host))
        return;
    options = domain_options(judgement, certificate, host);
    if (options != NULL) {
        finding_fix(judgement, finding,
                    "With certbot (`certbot certificates` shows what it calls the certificate):\n  certbot "
                    "certonly --cert-name %s --expand%s",
                    text_or(certificate_label(certificate), host), options);
        finding_fix(
            judgement, finding,
            "With acme.sh, and the way of validation used before (such as `-w` or `--dns`):\n  acme.sh "
            "--issue --force%s",
            options);
    } else {
        finding_fix(judgement, finding,
                    "Get a certificate for %s and all names of the present one (%zu). With certbot: "
                    "`certbot certonly --cert-name` with its name, `--expand`, and `-d` for each name "
                    "(`certbot certificates` "
                    "shows them; a name that is not said again is dropped)",
                    host, certificate->sans.count);
    }
    finding_fix(judgement, finding,
                "docker-mailserver (SSL_TYPE=letsencrypt): let certbot or acme.sh get a certificate with the "
                "name %s too, then:\n  docker restart mailserver",
                host);
}

/* Another name that leads to the same port and that users are known to type; NULL: none is known. */
static const char *name_for_users(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                  const char *host)
{
    struct list names = endpoint_names(judgement, endpoint);

    for (size_t i = 0; i < names.count; i++) {
        const struct mail_host_facts *other = host_named(judgement, names.items[i]);

        if (other != NULL && host_is_typed(other) && !same_name(other->name, host))
            return other->name;
    }
    return NULL;
}

static struct finding *judge_wrong_name(struct judgement *judgement, const struct check *check,
                                        const struct subject *subject, const struct endpoint_facts *endpoint,
                                        const struct certificate_facts *certificate, const char *host)
{
    struct finding *finding =
        finding_add(judgement, check, subject, certificate_fault(judgement, endpoint, host),
                    certificate->sans.count == 0
                        ? "The certificate has no subject alternative name: nobody takes it for %s"
                        : "The certificate does not cover the name %s",
                    host);

    if (finding->outcome == OUTCOME_INFO)
        finding->why = certificate_why_dane;
    else if (is_opportunistic(endpoint))
        finding->why =
            "Most senders take any certificate on port 25; those that follow an MTA-STS policy refuse "
            "one for another name.";
    fix_missing_name(judgement, finding, certificate, host);
    return finding;
}

/*
 * A port for users, and a name that is known from the MX record alone. RFC 9525 asks for the name that the
 * client was told, and no MX record tells a mail program anything, so this is never a failure. On a server of
 * one's own users usually do type the name of the MX: that warns, until --host says what they type. A mail
 * host under another domain's roof is a provider's; its customers are told the provider's names, and none of
 * them could change the certificate: that informs.
 */
static struct finding *judge_untold_name(struct judgement *judgement, const struct check *check,
                                         const struct subject *subject, const struct endpoint_facts *endpoint,
                                         const struct certificate_facts *certificate, const char *host)
{
    const char *other = name_for_users(judgement, endpoint, host);
    struct finding *finding;

    if (other != NULL)
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "The certificate does not cover %s; users of this port use %s", host, other);
    if (!host_is_own(judgement, host))
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "The certificate does not cover %s; which name users type is not known (name it "
                           "with --host)",
                           host);
    finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                          "The certificate does not cover %s, if that is the name that users type", host);
    finding_fix(
        judgement, finding,
        "If users type another name into their mail program, scan again and say which: `--host NAME`");
    fix_missing_name(judgement, finding, certificate, host);
    return finding;
}

static struct finding *judge_mismatch(struct judgement *judgement, const struct check *check,
                                      const struct subject *subject, const struct endpoint_facts *endpoint,
                                      const struct certificate_facts *certificate, const char *host)
{
    const struct mail_host_facts *facts = host_named(judgement, host);

    if (!is_opportunistic(endpoint) && (facts == NULL || !host_is_typed(facts)))
        return judge_untold_name(judgement, check, subject, endpoint, certificate, host);
    return judge_wrong_name(judgement, check, subject, endpoint, certificate, host);
}

static void judge_shown_name(struct judgement *judgement, const struct check *check,
                             const struct endpoint_facts *endpoint, const struct shown_certificate *shown)
{
    struct subject subject = subject_certificate(judgement, endpoint, shown);
    const struct certificate_facts *certificate = shown->certificate;
    struct address address;
    struct finding *finding;

    if (!certificate->sans.observed) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, "the certificate could not be read");
        return;
    }
    if (certificate_covers(certificate, shown->host))
        finding =
            finding_add(judgement, check, &subject, OUTCOME_PASS, "The certificate covers %s", shown->host);
    else if (certificate->sans_left_out.value > 0)
        finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                   "the certificate has more names than were kept");
    else if (address_parse(text_or(shown->host, ""), &address) == 0)
        finding = finding_add(judgement, check, &subject, OUTCOME_INFO,
                              "The certificate does not cover the bare address %s", shown->host);
    else
        finding = judge_mismatch(judgement, check, &subject, endpoint, certificate, shown->host);
    for (size_t i = 0; i < certificate->sans.count && i < 20; i++)
        finding_evidence(judgement, finding, "the certificate is for: %s",
                         (const char *)certificate->sans.items[i]);
    if (certificate->sans.count > 20)
        finding_evidence(judgement, finding, "and %zu more names", certificate->sans.count - 20);
    if (certificate->sans.count == 0 && certificate->common_name != NULL)
        finding_evidence(judgement, finding, "its common name, which does not count: %s",
                         certificate->common_name);
}

/* Senders come to port 25 by the names of MX records; one that is only for users does not matter there. NULL
 * when this one does. */
static const char *name_not_for_senders(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                        const char *host, enum outcome *ret_outcome)
{
    const struct mail_host_facts *facts = host_named(judgement, host);
    const struct dns_facts *dns = observed_dns(judgement);

    if (!is_opportunistic(endpoint) || facts == NULL || facts->source != HOST_OPTION)
        return NULL;
    if (dns->domain != NULL &&
        (dns->mx == NULL || dns->mx->outcome == DNS_FAILURE || dns->mx->outcome == DNS_NOT_ASKED)) {
        *ret_outcome = OUTCOME_NOT_TESTED;
        return "whether the name is an MX could not be looked up";
    }
    *ret_outcome = OUTCOME_NOT_APPLICABLE;
    return "senders come by the names of MX records, and this one is for users (--host)";
}

static void judge_one_name(struct judgement *judgement, const struct check *check,
                           const struct endpoint_facts *endpoint, const char *host)
{
    struct list shown = certificates_for(judgement, endpoint, host);
    enum outcome outcome;
    const char *reason = name_not_for_senders(judgement, endpoint, host, &outcome);

    if (reason == NULL && shown.count == 0)
        reason = certificate_missing(judgement, endpoint, host, &outcome);
    if (reason != NULL) {
        struct subject subject = subject_endpoint(judgement, endpoint, host);

        finding_untested(judgement, check, &subject, outcome, reason);
        return;
    }
    for (size_t i = 0; i < shown.count; i++)
        judge_shown_name(judgement, check, endpoint, shown.items[i]);
}

static void judge_name(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct list names = endpoint_names(judgement, endpoint);

        for (size_t j = 0; j < names.count; j++)
            judge_one_name(judgement, check, endpoint, names.items[j]);
    }
}

const struct check check_cert_name = {
    .id = "cert.name",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "The certificate covers the name that clients use",
    .why =
        "A mail program compares the name in the certificate with the name its user typed, and refuses, or "
        "teaches the user to click warnings away.",
    .reference = "RFC 9525 section 6.3",
    .explanation =
        "For every name that leads to the port, the certificate shown for it must have that name among its "
        "subject alternative names, exactly or by a wildcard that stands for one whole left-most label. The "
        "common name does not count. On port 25 a mismatch only warns, unless the domain enforces MTA-STS: "
        "most senders do not look; it informs where TLSA records decide (dane.match). On the "
        "ports for users the names that count are those that users type into their mail program: name them "
        "with "
        "--host. A name that is known from the MX record alone warns there when it is of the domain itself, "
        "and informs when it is somebody else's: nobody can see from outside what users were told.\n\n"
        "Fix: get a certificate with all names: certbot certonly --cert-name mail.example.org --expand -d "
        "mail.example.org -d imap.example.org",
    .judge = judge_name,
};

/* ---- cert.trust ---- */

static bool has_error(const struct certificate_facts *certificate, int64_t code)
{
    for (size_t i = 0; i < certificate->verify_errors.count; i++) {
        const struct verify_error_facts *error = certificate->verify_errors.items[i];

        if (error->code.known && error->code.value == code)
            return true;
    }
    return false;
}

static bool is_self_signed(const struct certificate_facts *certificate)
{
    const struct chain_certificate_facts *leaf =
        certificate->chain.count > 0 ? certificate->chain.items[0] : NULL;

    return has_error(certificate, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT) ||
           (leaf != NULL && leaf->self_issued == YES);
}

static void evidence_trust(struct judgement *judgement, struct finding *finding,
                           const struct certificate_facts *certificate)
{
    finding_evidence(judgement, finding, "subject: %s", text_or(certificate->subject, "?"));
    finding_evidence(judgement, finding, "issuer: %s", text_or(certificate->issuer, "?"));
    for (size_t i = 0; i < certificate->verify_errors.count; i++) {
        const struct verify_error_facts *error = certificate->verify_errors.items[i];

        finding_evidence(judgement, finding, "verification, depth %lld: %s", (long long)error->depth.value,
                         text_or(error->text, "?"));
    }
    if (certificate->trusted == YES && certificate->path.count > 0)
        finding_evidence(judgement, finding, "root: %s",
                         (const char *)certificate->path.items[certificate->path.count - 1]);
}

static struct finding *judge_distrust(struct judgement *judgement, const struct check *check,
                                      const struct subject *subject, const struct endpoint_facts *endpoint,
                                      const struct certificate_facts *certificate)
{
    bool own = is_self_signed(certificate), leaf_only = certificate->chain.count == 1;
    struct finding *finding = finding_add(
        judgement, check, subject, certificate_fault(judgement, endpoint, subject->host),
        own         ? "The certificate is self-signed"
        : leaf_only ? "The certificate leads to no trusted root (its issuer's certificate is not sent)"
                    : "The certificate leads to no trusted root");

    if (finding->outcome == OUTCOME_INFO)
        finding->why = certificate_why_dane;
    else if (is_opportunistic(endpoint))
        finding->why =
            "Most senders take any certificate on port 25; those that follow an MTA-STS policy refuse "
            "one that they cannot trust.";
    if (leaf_only && !own)
        finding_fix(judgement, finding,
                    "Send the whole chain: use `fullchain.pem` instead of `cert.pem`, for Postfix in "
                    "`smtpd_tls_chain_files` (main.cf), for Dovecot in `ssl_cert` (2.3) or "
                    "`ssl_server_cert_file` (2.4)");
    else if (host_name_qualified(subject->host))
        finding_fix(
            judgement, finding,
            "Get a certificate from a public authority, for example:\n  certbot certonly --standalone -d %s",
            subject->host);
    else
        finding_fix(judgement, finding,
                    "Get a certificate from a public authority, for the name by which clients know this "
                    "address:\n  certbot certonly --standalone -d <name>");
    return finding;
}

static void judge_one_trust(struct judgement *judgement, const struct check *check,
                            const struct subject *subject, const struct endpoint_facts *endpoint,
                            const struct certificate_facts *certificate)
{
    const char *roots = observed_settings(judgement)->roots;
    struct finding *finding = NULL;

    switch (certificate->trusted) {
    case UNKNOWN:
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, "the certificate was not verified");
        return;
    case NO:
        finding = judge_distrust(judgement, check, subject, endpoint, certificate);
        break;
    case YES:
        finding = certificate->server_auth == NO
                      ? finding_add(judgement, check, subject,
                                    certificate_fault(judgement, endpoint, subject->host),
                                    "The certificate is not meant for servers (extended key usage)")
                      : finding_add(judgement, check, subject, OUTCOME_PASS,
                                    "The certificate leads to a trusted root");
        break;
    }
    evidence_trust(judgement, finding, certificate);
    if (roots != NULL && !same_text(roots, "system"))
        finding_evidence(judgement, finding, "roots: %s", roots);
}

static void judge_trust(struct judgement *judgement, const struct check *check)
{
    judge_certificates(judgement, check, judge_one_trust);
}

const struct check check_cert_trust = {
    .id = "cert.trust",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "The certificate is from a trusted authority",
    .why = "A mail program refuses a certificate that no authority it knows vouches for; users who click "
           "that away "
           "would do the same for an attacker's.",
    .reference = "RFC 5280 section 6, RFC 8314 section 3",
    .explanation =
        "From the certificates that the server sent, a chain must lead to a root of the system (or of "
        "--ca-file). Dates are not looked at here (see cert.expiry). On port 25 a certificate nobody trusts "
        "only warns, unless the domain enforces MTA-STS: most senders do not look.\n\n"
        "Fix: use a certificate of a public authority (Let's Encrypt is free) and send the whole chain.",
    .judge = judge_trust,
};

/* ---- cert.chain ---- */

enum { CHAIN_LOOKED_AT = 32 };

/* The chain as sent, followed from the leaf upwards by issuer and subject. */
struct chain_walk {
    bool used[CHAIN_LOOKED_AT];
    size_t count, length; /* sent, followed */
    bool in_order;
    const struct chain_certificate_facts *top;
};

static struct chain_walk walk_chain(const struct certificate_facts *certificate)
{
    const struct list *chain = &certificate->chain;
    struct chain_walk walk = {.count = chain->count < CHAIN_LOOKED_AT ? chain->count : CHAIN_LOOKED_AT,
                              .in_order = true};
    size_t at = 0;

    while (at < walk.count) {
        const struct chain_certificate_facts *here = chain->items[at];
        size_t next = 0;

        walk.used[at] = true;
        walk.length++;
        walk.top = here;
        if (here->self_issued == YES || same_text(here->subject, here->issuer))
            break;
        for (next = 1; next < walk.count; next++) {
            const struct chain_certificate_facts *above = chain->items[next];

            if (!walk.used[next] && above->subject != NULL && here->issuer != NULL &&
                strcmp(above->subject, here->issuer) == 0)
                break;
        }
        if (next == walk.count)
            break;
        walk.in_order = walk.in_order && next == at + 1;
        at = next;
    }
    return walk;
}

/* The issuer that a client needs and was not sent; NULL when the chain is whole as far as can be told. */
static const char *missing_issuer(const struct certificate_facts *certificate, const struct chain_walk *walk)
{
    const struct list *path = &certificate->path, *chain = &certificate->chain;
    const char *root;

    if (walk->top->self_issued == YES)
        return NULL;
    if (certificate->trusted != YES)
        /* With an intermediate there, the root may just not be trusted: cert.trust says so. */
        return walk->length == 1 ? text_or(walk->top->issuer, "its issuer") : NULL;
    if (path->count == 0)
        return NULL;
    /* A root was reached. Was all that lies between sent, or taken from the system by luck? */
    root = path->items[path->count - 1];
    if (same_text(walk->top->issuer, root))
        return NULL;
    for (size_t i = 0; i < walk->count; i++) {
        const struct chain_certificate_facts *sent = chain->items[i];

        if (walk->used[i] && same_text(sent->subject, root))
            return NULL;
    }
    return text_or(walk->top->issuer, "its issuer");
}

static struct finding *judge_walk(struct judgement *judgement, const struct check *check,
                                  const struct subject *subject, const struct endpoint_facts *endpoint,
                                  const struct certificate_facts *certificate, const struct chain_walk *walk)
{
    const char *missing = missing_issuer(certificate, walk);
    size_t extra = walk->count - walk->length +
                   (certificate->chain_left_out.value > 0 ? (size_t)certificate->chain_left_out.value : 0);
    struct finding *finding;

    if (missing != NULL) {
        finding =
            finding_add(judgement, check, subject, certificate_fault(judgement, endpoint, subject->host),
                        "The chain is not complete: the certificate of %s is not sent", missing);
        finding_fix(
            judgement, finding,
            "Use `fullchain.pem` instead of `cert.pem`. Postfix (main.cf, the private key first):\n  "
            "smtpd_tls_chain_files = /path/privkey.pem, /path/fullchain.pem\nDovecot 2.3:\n  ssl_cert = "
            "</path/fullchain.pem\nDovecot 2.4:\n  ssl_server_cert_file = /path/fullchain.pem");
        for (size_t i = 0; i < certificate->ca_issuer_urls.count; i++)
            finding_evidence(judgement, finding, "it can be had at: %s",
                             (const char *)certificate->ca_issuer_urls.items[i]);
        return finding;
    }
    if (extra > 0) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "%zu certificate%s that do%s not belong to the chain %s sent", extra,
                              extra == 1 ? "" : "s", extra == 1 ? "es" : "", extra == 1 ? "is" : "are");
        finding_fix(judgement, finding,
                    "Keep in the chain file only the certificate and its intermediates, in "
                    "this order");
        return finding;
    }
    if (!walk->in_order) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "The certificates are sent in the wrong order");
        finding_fix(judgement, finding,
                    "Put into the chain file first the server's certificate, then each "
                    "certificate that issued the one before");
        return finding;
    }
    if (walk->length > 1 && walk->top->self_issued == YES) {
        finding =
            finding_add(judgement, check, subject, OUTCOME_INFO, "The root is sent, which nobody needs");
        finding->why = "Clients have the root already; it only makes each handshake larger.";
        return finding;
    }
    return finding_add(judgement, check, subject, OUTCOME_PASS, "The chain is complete and in order");
}

static void judge_one_chain(struct judgement *judgement, const struct check *check,
                            const struct subject *subject, const struct endpoint_facts *endpoint,
                            const struct certificate_facts *certificate)
{
    struct chain_walk walk = walk_chain(certificate);
    struct finding *finding;

    if (walk.count == 0) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                         "the certificates sent are not known");
        return;
    }
    if (walk.count == 1 && is_self_signed(certificate)) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE, "the certificate is self-signed");
        return;
    }
    finding = judge_walk(judgement, check, subject, endpoint, certificate, &walk);
    for (size_t i = 0; i < walk.count; i++) {
        const struct chain_certificate_facts *sent = certificate->chain.items[i];

        finding_evidence(judgement, finding, "sent %zu: %s, issued by %s%s", i, text_or(sent->subject, "?"),
                         text_or(sent->issuer, "?"), walk.used[i] ? "" : " (does not belong here)");
    }
}

static void judge_chain(struct judgement *judgement, const struct check *check)
{
    judge_certificates(judgement, check, judge_one_chain);
}

const struct check check_cert_chain = {
    .id = "cert.chain",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "The chain is complete and in order",
    .why = "A client that lacks an intermediate certificate cannot trust the server, even if others happen "
           "to have "
           "it from elsewhere.",
    .reference = "RFC 8446 section 4.4.2",
    .explanation =
        "The server has to send its certificate first and behind it every certificate up to, but without, "
        "the "
        "root. A missing intermediate fails (on port 25: warns), also if this machine had it by luck. "
        "Certificates that do not belong to the chain, or the wrong order, warn. A root that is sent along "
        "is "
        "information.\n\n"
        "Fix: use the fullchain.pem of your ACME client, not cert.pem.",
    .judge = judge_chain,
};
