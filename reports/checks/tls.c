/*
 * tls.c - does a handshake complete, and can one be mistaken for another
 *
 * RFC 8446 4, RFC 5246 7 (handshake); opossum-attack.com (one name on implicit and explicit TLS ports).
 */
#include "reports/catalogue.h"
#include "reports/observed.h"
#include "reports/tls_model.h"
#include "scanner/base/address.h"
#include "scanner/base/arena.h"

/* ---- tls.handshake ---- */

static void evidence_handshake(struct judgement *judgement, struct finding *finding,
                               const struct tls_handshake_facts *handshake)
{
    const char *name = text_or(handshake->name, "no name sent");
    const char *key_type = text_or(handshake->key_type, "any key");

    if (handshake->result == TLS_COMPLETE)
        finding_evidence(judgement, finding, "%s, %s: %s, %s, %s, signature %s", name, key_type,
                         text_or(handshake->version, "?"), text_or(handshake->suite, "?"),
                         text_or(handshake->group, "no group"), text_or(handshake->signature, "not known"));
    else
        finding_evidence(judgement, finding, "%s, %s: %s", name, key_type,
                         text_or(handshake->reason, text_or(handshake->alert, "no reason known")));
}

static bool speaks_old_versions_only(const struct tls_facts *tls)
{
    return tls_speaks_any(tls, TLS_VERSION_SSL2, TLS_VERSION_1_1) == YES &&
           tls_speaks_any(tls, TLS_VERSION_1_2, TLS_VERSION_1_3) != YES;
}

static void fix_handshake(struct judgement *judgement, struct finding *finding,
                          const struct endpoint_facts *endpoint, const struct tls_handshake_facts *handshake)
{
    char text[ADDRESS_TEXT_SIZE];
    struct address address;

    if (handshake->result == TLS_GARBLED && is_implicit_tls(endpoint))
        finding_fix(judgement, finding,
                    "Port %lld has to speak TLS from the first byte. Postfix (master.cf):\n  -o "
                    "smtpd_tls_wrappermode=yes\nDovecot, in its `inet_listener`:\n  ssl = yes",
                    (long long)endpoint->port.value);
    else if (same_text(handshake->alert, "unrecognized_name"))
        finding_fix(judgement, finding,
                    "Let the server have a default certificate for names it does not know");
    else if (same_text(handshake->alert, "handshake_failure") ||
             same_text(handshake->alert, "protocol_version") || speaks_old_versions_only(endpoint->tls))
        finding_fix(
            judgement, finding,
            "Offer TLS 1.2 and 1.3 with a certificate. Postfix (main.cf, with `smtpd_tls_chain_files`):\n  "
            "smtpd_tls_protocols = >=TLSv1.2\n  smtpd_tls_mandatory_protocols = >=TLSv1.2\nDovecot:\n  "
            "ssl_min_protocol = TLSv1.2");
    else if (address_parse(text_or(endpoint->address, ""), &address) == 0)
        finding_fix(
            judgement, finding,
            is_ipv6(endpoint->address)
                ? "Look for the reason in the server's log, and try:\n  openssl s_client -connect [%s]:%lld"
                : "Look for the reason in the server's log, and try:\n  openssl s_client -connect %s:%lld",
            address_format(&address, text), (long long)endpoint->port.value);
}

/* Handshakes in which the server was free to choose: one per name. */
struct tally {
    size_t complete, tried;
    const struct tls_handshake_facts *failed, *unanswered;
};

static struct tally tally_of(const struct tls_facts *tls)
{
    struct tally tally = {0};

    for (size_t i = 0; tls != NULL && i < tls->handshakes.count; i++) {
        const struct tls_handshake_facts *handshake = tls->handshakes.items[i];

        /* That there is no certificate of the other key type is no fault. */
        if (handshake->key_type != NULL)
            continue;
        tally.tried++;
        if (handshake->result == TLS_COMPLETE)
            tally.complete++;
        else if (handshake_failed(handshake) && tally.failed == NULL)
            tally.failed = handshake;
        else if (tally.unanswered == NULL)
            tally.unanswered = handshake;
    }
    return tally;
}

/* Does it speak TLS, but agree on keys only as clients of the last years can? */
static bool has_new_groups_only(struct judgement *judgement, const struct tls_facts *tls)
{
    struct tls_answer all = tls_groups_accepted(judgement, tls, TLS_VERSION_1_0, TLS_VERSION_1_3, NULL),
                      new = tls_groups_accepted(judgement, tls, TLS_VERSION_1_0, TLS_VERSION_1_3,
                                                tls_is_post_quantum);

    return all.complete && all.items.count > 0 && all.items.count == new.items.count;
}

static struct finding *add_new_groups(struct judgement *judgement, const struct check *check,
                                      const struct subject *subject, const struct endpoint_facts *endpoint)
{
    struct tls_answer groups =
        tls_groups_accepted(judgement, endpoint->tls, TLS_VERSION_1_0, TLS_VERSION_1_3, NULL);
    struct finding *finding =
        finding_add(judgement, check, subject, OUTCOME_FAIL,
                    "Only post-quantum groups are accepted: clients from before 2025 are locked out");

    finding->why =
        "The server speaks TLS, but most senders and mail programs know none of its groups, so that "
        "their handshakes fail.";
    finding_fix(
        judgement, finding,
        "Let the server accept x25519 and secp256r1, too. Postfix (main.cf):\n  tls_eecdh_auto_curves = "
        "X25519MLKEM768, X25519, prime256v1, secp384r1\nDovecot:\n  ssl_curve_list = "
        "X25519MLKEM768:X25519:prime256v1:secp384r1");
    evidence_tls(judgement, finding, &groups);
    return finding;
}

/* Nobody failed: the server does not know whom we want, and we do not either. */
static struct finding *add_nameless(struct judgement *judgement, const struct check *check,
                                    const struct subject *subject, const struct endpoint_facts *endpoint)
{
    struct finding *finding =
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, tls_wants_name(endpoint->tls));

    finding_fix(judgement, finding,
                "Scan the server by a name that it has:\n  outpost scan --port %lld:%s host:NAME",
                (long long)endpoint->port.value, text_or(endpoint->service, "tls"));
    return finding;
}

static void judge_handshakes(struct judgement *judgement, const struct check *check,
                             const struct subject *subject, const struct endpoint_facts *endpoint)
{
    struct tally tally = tally_of(endpoint->tls);
    const struct list *handshakes = &endpoint->tls->handshakes;
    struct finding *finding;

    if (tally.failed != NULL && tally.complete == 0 && has_new_groups_only(judgement, endpoint->tls)) {
        finding = add_new_groups(judgement, check, subject, endpoint);
    } else if (tally.failed != NULL) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              tally.complete > 0 ? "The handshake for one name fails: %s"
                                                 : "The TLS handshake fails: %s",
                              text_or(tally.failed->reason, text_or(tally.failed->alert, "no reason given")));
        fix_handshake(judgement, finding, endpoint, tally.failed);
    } else if (tally.complete > 0) {
        const struct tls_handshake_facts *first = first_handshake(endpoint->tls, NULL);

        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "The handshake completes (%s)",
                              text_or(first->version, "unknown version"));
    } else if (tls_wants_name(endpoint->tls) != NULL) {
        finding = add_nameless(judgement, check, subject, endpoint);
    } else {
        finding = finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                                   tally.unanswered != NULL && tally.unanswered->reason != NULL
                                       ? tally.unanswered->reason
                                       : "no handshake was answered");
    }
    for (size_t i = 0; i < handshakes->count; i++)
        evidence_handshake(judgement, finding, handshakes->items[i]);
}

static void judge_handshake(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct subject subject = subject_endpoint(judgement, endpoint, NULL);
        enum outcome outcome;
        const char *reason = tls_missing(judgement, endpoint, &outcome);

        if (reason == NULL)
            judge_handshakes(judgement, check, &subject, endpoint);
        else
            finding_untested(judgement, check, &subject, outcome, reason);
    }
}

const struct check check_tls_handshake = {
    .id = "tls.handshake",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "A TLS handshake completes",
    .why = "Where the handshake fails there is no encryption: senders fall back to clear text, mail programs "
           "give "
           "up.",
    .reference = "RFC 8446 section 4, RFC 5246 section 7",
    .explanation =
        "On each port that offers TLS a full handshake is made, once per name that leads there (and at "
        "standard depth once more for the other key type, which may fail without harm). An alert, a closed "
        "connection or something that is not TLS fails; silence is not tested. A server that answers nobody "
        "who names no server is not tested by its address: it has to be scanned by a name. One that accepts "
        "post-quantum groups only fails: most clients know none of them.\n\n"
        "Fix: the server's log says why; the usual causes are a private key that does not fit the "
        "certificate, a "
        "file the server may not read, and a list of versions or suites that leaves nothing in common.",
    .judge = judge_handshake,
};

/* ---- tls.cross_protocol ---- */

/* The service that does after STARTTLS what this one does at once; NULL when there is none. */
static const char *service_with_starttls(const struct endpoint_facts *endpoint)
{
    static const char *const pairs[][2] = {
        {"submissions", "submission"}, {"imaps", "imap"}, {"pop3s", "pop3"}};

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (is_service(endpoint, pairs[i][0]))
            return pairs[i][1];
    return NULL;
}

/* The other port of the same service and address, where the same TLS begins at another moment. */
static const struct endpoint_facts *counterpart(const struct judgement *judgement,
                                                const struct endpoint_facts *endpoint)
{
    const char *wanted = service_with_starttls(endpoint);
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *other = endpoints->items[i];

        if (is_service(other, wanted) && same_text(other->address, endpoint->address))
            return other;
    }
    return NULL;
}

static bool share_certificate(const struct endpoint_facts *a, const struct endpoint_facts *b)
{
    for (size_t i = 0; i < a->tls->certificates.count; i++)
        for (size_t j = 0; j < b->tls->certificates.count; j++) {
            const struct certificate_facts *first = a->tls->certificates.items[i];
            const struct certificate_facts *second = b->tls->certificates.items[j];

            if (same_text(first->sha256, second->sha256))
                return true;
        }
    return false;
}

static bool has_certificate(const struct endpoint_facts *endpoint)
{
    return endpoint->tls != NULL && endpoint->tls->certificates.count > 0;
}

static void judge_cross(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i], *other;
        struct subject subject;
        enum outcome outcome;
        const char *closed;
        struct finding *finding;

        if (service_with_starttls(endpoint) == NULL)
            continue;
        subject = subject_endpoint(judgement, endpoint, NULL);
        if (!has_certificate(endpoint)) {
            const char *reason = certificate_missing(judgement, endpoint, NULL, &outcome);

            finding_untested(judgement, check, &subject, outcome, reason);
            continue;
        }
        other = counterpart(judgement, endpoint);
        closed = other == NULL ? NULL : endpoint_closed(judgement, other, &outcome);
        if (other == NULL || (closed != NULL && outcome == OUTCOME_NOT_TESTED)) {
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                             "the port of the same service with STARTTLS was not looked at");
            continue;
        }
        if (!has_certificate(other) || !share_certificate(endpoint, other)) {
            finding_add(judgement, check, &subject, OUTCOME_PASS,
                        "No port with STARTTLS shares this certificate");
            continue;
        }
        finding =
            finding_add(judgement, check, &subject, OUTCOME_INFO,
                        "Port %lld begins with TLS, port %lld with STARTTLS, under one name and certificate",
                        (long long)endpoint->port.value, (long long)other->port.value);
        finding_fix(judgement, finding,
                    "Nothing has to be done; closing the port with STARTTLS once no client uses it "
                    "removes the possibility");
    }
}

const struct check check_tls_cross_protocol = {
    .id = "tls.cross_protocol",
    .severity = SEVERITY_NONE,
    .area = AREA_TRANSPORT,
    .title = "No port with STARTTLS shares the certificate of one with TLS",
    .why = "Who sits in the middle can connect a client of the one port with the other, and shift what is "
           "said by "
           "one answer (the Opossum attack).",
    .reference = "RFC 8314 section 3, CVE-2025-49812",
    .explanation =
        "If the same service is reachable with TLS at once (465, 993, 995) and with STARTTLS (587, 143, 110) "
        "under "
        "one name and certificate, an attacker on the way may connect a client of one kind to the other "
        "port. For mail no harmful use is known; it is information.\n\n"
        "Fix: none needed. RFC 8314 prefers the ports that begin with TLS.",
    .judge = judge_cross,
};
