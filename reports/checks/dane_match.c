/*
 * dane_match.c - TLSA records beside what is served: does it match, does STARTTLS work, and will it still match
 * after the next renewal
 *
 * RFC 7672 2.2 (TLS is a must), 3.2 (matching), RFC 7671 5.1, 5.2 (usages 3 and 2), 8 (rollover).
 */
#include "reports/catalogue.h"
#include "reports/dane_model.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

#include <string.h>

enum {
    DANE_TA = 2,
    DANE_EE = 3,
    SELECTOR_CERTIFICATE = 0,
    SELECTOR_KEY = 1,
    MATCHING_SHA512 = 2,
    SMTP_PORT = 25,
    RECORDS_MANY = 12,     /* more have kept large senders from delivering */
    SHORT_LIFE_DAYS = 100, /* certificates that are renewed by a program, several times a year */
    DAY = 24 * 60 * 60,
};

/* Calls `judge_one` for each address of each host that takes mail. */
static void judge_addresses(struct judgement *judgement, const struct check *check,
                            void (*judge_one)(struct judgement *judgement, const struct check *check,
                                              const struct dane_view *view, const char *address))
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct dane_view view;

        if (!dane_concerns(judgement, host))
            continue;
        view = dane_view_of(judgement, host);
        for (size_t j = 0; j < host->addresses.count; j++)
            judge_one(judgement, check, &view,
                      ((const struct host_address_facts *)host->addresses.items[j])->address);
    }
}

/* Why there is nothing to ask of an address; NULL: there is. */
static const char *nothing_to_match(struct judgement *judgement, const struct dane_view *view,
                                    bool needs_usable, enum outcome *ret_outcome)
{
    *ret_outcome = OUTCOME_NOT_TESTED;
    switch (view->stance) {
    case DANE_UNKNOWN:
    case DANE_DEFERRED:
        return kept(judgement, arena_format(judgement->arena, "the TLSA records are not known (%s)",
                                            question_failure(view->question)));
    case DANE_ABSENT:
        *ret_outcome = OUTCOME_NOT_APPLICABLE;
        return "there are no TLSA records";
    case DANE_UNAUTHENTICATED:
        *ret_outcome = OUTCOME_NOT_APPLICABLE;
        return needs_usable ? "no TLSA record can be used" : NULL;
    case DANE_AUTHENTICATED:
        break;
    }
    return NULL;
}

/* What follows from a fault depends on DNSSEC. */
static void evidence_security(struct judgement *judgement, struct finding *finding,
                              const struct dane_view *view)
{
    if (view->secure == YES)
        return;
    finding_evidence(judgement, finding, "%s: %s", text_or(view->insecure, "not validated"),
                     view->secure == NO ? "no sender looks at the records today"
                                        : "whether senders look at the records is not known");
    finding->why =
        view->secure == NO
            ? "No sender looks at TLSA records without DNSSEC; once the zone is signed, those that use "
              "DANE will stop to deliver."
            : "If the zone is signed with DNSSEC, senders that use DANE do not deliver.";
}

/* ---- dane.match ---- */

/* Is there a record 3 1 2, beside which nobody looks at 3 1 1 (RFC 7671 9)? */
static bool has_stronger_digest(const struct dane_facts *dane)
{
    for (size_t i = 0; i < dane->records.count; i++) {
        const struct tlsa_facts *record = dane->records.items[i];

        if (record->use == TLSA_USABLE && record->usage.value == DANE_EE &&
            record->selector.value == SELECTOR_KEY && record->matching.value == MATCHING_SHA512)
            return true;
    }
    return false;
}

static void fix_match(struct judgement *judgement, struct finding *finding, const struct dane_facts *dane,
                      const struct certificate_facts *certificate)
{
    const char *line = tlsa_line(judgement, dane, certificate);

    if (line != NULL)
        finding_fix(judgement, finding, "This record matches what is served now (%s):\n  %s",
                    key_words(judgement, certificate->key), line);
    if (line != NULL && has_stronger_digest(dane))
        finding_fix(judgement, finding,
                    "Remove the records 3 1 2 then: beside one of them, senders do not look at 3 1 1");
    if (dane_usable(dane, DANE_TA) != NULL)
        finding_fix(
            judgement, finding,
            "A record of usage 2 needs the certificate of that issuer among those that are sent: in Postfix, "
            "behind the server's own in `smtpd_tls_chain_files`; and the server's must be for the name %s",
            text_or(dane->base, "?"));
    finding_fix(judgement, finding,
                "So that a renewal keeps the key, with certbot in /etc/letsencrypt/renewal/NAME.conf "
                "(acme.sh keeps it "
                "by itself):\n  reuse_key = True");
    finding_fix(judgement, finding,
                "Before the key changes, publish the record of the next key beside the present one, wait "
                "until the old "
                "records have left all caches (twice their TTL), then change the key");
    if (dane->port.known && dane->port.value == SMTP_PORT)
        finding_fix(
            judgement, finding,
            "Postfix prints the record of its keys:\n  postfix tls output-server-tlsa\ndocker-mailserver:\n  "
            "docker exec mailserver postfix tls output-server-tlsa");
}

static void judge_shown(struct judgement *judgement, const struct check *check, const struct dane_view *view,
                        const char *address, const struct shown_certificate *shown)
{
    const struct dane_match_facts *match = dane_match_of(view->facts, address, shown->certificate->sha256);
    struct subject subject = subject_address(judgement, view->host->name, address);
    const struct tlsa_facts *record = dane_matched_record(view->facts, match);
    const char *key = key_words(judgement, shown->certificate->key);
    struct finding *finding = NULL;

    if (shown->key_type != NULL) {
        subject.key_type = shown->key_type;
        subject.text =
            kept(judgement, arena_format(judgement->arena, "%s (%s)", subject.text, shown->key_type));
    }
    switch (match == NULL ? UNKNOWN : match->matched) {
    case UNKNOWN:
        finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                   match == NULL ? "the certificate was not compared with the records"
                                                 : text_or(match->reason, "no reason known"));
        break;
    case NO:
        finding = finding_add(judgement, check, &subject, dane_fault(view->secure),
                              "No TLSA record matches the %s certificate", key);
        evidence_security(judgement, finding, view);
        finding_evidence(judgement, finding, "%s", text_or(match->reason, "no reason known"));
        fix_match(judgement, finding, view->facts, shown->certificate);
        break;
    case YES:
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                              "A TLSA record matches the %s certificate", key);
        if (record != NULL && match->depth.known)
            finding_evidence(judgement, finding, "matched: TLSA %s, by certificate %lld of the chain",
                             kept(judgement, tlsa_text(judgement->arena, record)),
                             (long long)match->depth.value + 1);
        break;
    }
    finding_evidence(judgement, finding, "served: SHA-256 of the key %s, of the certificate %s",
                     text_or(shown->certificate->spki_sha256, "?"), text_or(shown->certificate->sha256, "?"));
    evidence_tlsa(judgement, finding, view->facts);
}

static void judge_match_at(struct judgement *judgement, const struct check *check,
                           const struct dane_view *view, const char *address)
{
    const struct endpoint_facts *endpoint = endpoint_at(judgement, address, SMTP_PORT);
    struct subject subject = subject_address(judgement, view->host->name, address);
    struct list shown = {0};
    enum outcome outcome;
    const char *reason = nothing_to_match(judgement, view, true, &outcome);

    if (reason == NULL && endpoint == NULL) {
        reason = "port 25 was not looked at";
    } else if (reason == NULL) {
        shown = certificates_for(judgement, endpoint, view->host->name);
        if (shown.count == 0)
            reason = certificate_missing(judgement, endpoint, view->host->name, &outcome);
    }
    if (reason != NULL)
        finding_untested(judgement, check, &subject, outcome, reason);
    for (size_t i = 0; reason == NULL && i < shown.count; i++)
        judge_shown(judgement, check, view, address, shown.items[i]);
}

static void judge_match(struct judgement *judgement, const struct check *check)
{
    judge_addresses(judgement, check, judge_match_at);
}

const struct check check_dane_match = {
    .id = "dane.match",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "The TLSA records match what is served",
    .why = "Senders that use DANE do not deliver to a host whose certificate no TLSA record vouches for.",
    .reference = "RFC 7672 section 3.2, RFC 7671 sections 5.1 and 5.2",
    .explanation = "Each certificate that each address shows on port 25, for every type of key, is compared "
                   "with the TLSA records "
                   "of the host. Usage 3 compares the server's certificate or key, and nothing else: neither "
                   "names nor dates nor "
                   "authorities count. Usage 2 asks that an issuer matches whose certificate is sent along, "
                   "that the chain is "
                   "valid today, and that the certificate is for the mail host or the domain.\n\n"
                   "Where usable records exist that DNSSEC vouches for, this check decides on port 25, and "
                   "what is wrong with name, "
                   "trust or expiry is information there. A mismatch fails; without DNSSEC, where no sender "
                   "looks, it informs; "
                   "where DNSSEC was not validated, it warns.\n\n"
                   "Fix: publish a record 3 1 1 for each key that is served, keep the key at renewals, and "
                   "publish the record of "
                   "the next key before it is used.",
    .judge = judge_match,
};

/* ---- dane.starttls ---- */

static void judge_starttls_at(struct judgement *judgement, const struct check *check,
                              const struct dane_view *view, const char *address)
{
    const struct endpoint_facts *endpoint = endpoint_at(judgement, address, SMTP_PORT);
    struct subject subject = subject_address(judgement, view->host->name, address);
    struct finding *finding = NULL;
    enum outcome outcome;
    const char *reason = nothing_to_match(judgement, view, false, &outcome);

    if (reason != NULL || endpoint == NULL) {
        finding_untested(judgement, check, &subject, reason != NULL ? outcome : OUTCOME_NOT_TESTED,
                         text_or(reason, "port 25 was not looked at"));
        return;
    }
    switch (starttls_works(endpoint)) {
    case UNKNOWN:
        session_missing(judgement, check, &subject, endpoint);
        return;
    case YES:
        finding_add(judgement, check, &subject, OUTCOME_PASS, "STARTTLS works, as the TLSA records demand");
        return;
    case NO:
        break;
    }
    finding = finding_add(judgement, check, &subject, dane_fault(view->secure),
                          "There are TLSA records, but STARTTLS %s",
                          endpoint->smtp->starttls_offered == NO ? "is not offered" : "fails");
    evidence_security(judgement, finding, view);
    if (endpoint->smtp->ehlo != NULL)
        evidence_reply(judgement, finding, "EHLO", endpoint->smtp->ehlo->reply);
    evidence_reply(judgement, finding, "STARTTLS", endpoint->smtp->starttls);
    evidence_tlsa(judgement, finding, view->facts);
    finding_fix(judgement, finding,
                "Make STARTTLS work (smtp.starttls says how); until then, remove the TLSA records");
}

static void judge_starttls(struct judgement *judgement, const struct check *check)
{
    judge_addresses(judgement, check, judge_starttls_at);
}

const struct check check_dane_starttls = {
    .id = "dane.starttls",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "STARTTLS works where TLSA records demand it",
    .why = "For senders that use DANE, TLSA records make encryption a must: without STARTTLS they do not "
           "deliver.",
    .reference = "RFC 7672 section 2.2",
    .explanation = "TLSA records that DNSSEC vouches for promise that every address of the host encrypts, "
                   "also when no record can "
                   "be used. An address that offers no STARTTLS, refuses it, or whose handshake fails gets "
                   "no mail from senders "
                   "that use DANE.\n\n"
                   "Fix: see smtp.starttls.",
    .judge = judge_starttls,
};

/* ---- dane.rollover ---- */

struct rollover {
    size_t usable, anchors, spare; /* usable records; of usage 2; that match nothing served */
    bool only_certificates; /* all that matched are of whole certificates, which change with each renewal */
    bool matched;
    const char *matched_issuer; /* of the leaf that an issuer's record vouched for */
    bool short_lived;           /* a certificate that a record matched by itself */
};

static const struct certificate_facts *certificate_matched(const struct judgement *judgement,
                                                           const struct dane_match_facts *match)
{
    const struct endpoint_facts *endpoint = endpoint_at(judgement, match->address, SMTP_PORT);

    for (size_t i = 0; endpoint != NULL && endpoint->tls != NULL && i < endpoint->tls->certificates.count;
         i++) {
        const struct certificate_facts *certificate = endpoint->tls->certificates.items[i];

        if (same_text(certificate->sha256, match->leaf_sha256))
            return certificate;
    }
    return NULL;
}

static bool is_short_lived(const struct certificate_facts *certificate)
{
    const struct number *from = &certificate->not_before, *to = &certificate->not_after;

    return from->known && to->known && from->value <= to->value &&
           (uint64_t)to->value - (uint64_t)from->value <= (uint64_t)SHORT_LIFE_DAYS * DAY;
}

static void note_match(const struct judgement *judgement, const struct dane_facts *dane,
                       const struct dane_match_facts *match, struct rollover *rollover)
{
    const struct tlsa_facts *record = dane_matched_record(dane, match);
    const struct certificate_facts *certificate =
        record == NULL ? NULL : certificate_matched(judgement, match);

    if (record == NULL)
        return;
    rollover->only_certificates = (!rollover->matched || rollover->only_certificates) &&
                                  record->usage.value == DANE_EE &&
                                  record->selector.value == SELECTOR_CERTIFICATE;
    rollover->matched = true;
    if (certificate == NULL)
        return;
    if (record->usage.value == DANE_TA)
        rollover->matched_issuer = certificate->issuer;
    rollover->short_lived = rollover->short_lived || is_short_lived(certificate);
}

static struct rollover look_at_rollover(const struct judgement *judgement, const struct dane_facts *dane)
{
    struct rollover rollover = {0};

    for (size_t i = 0; i < dane->records.count; i++) {
        const struct tlsa_facts *record = dane->records.items[i];

        if (record->use != TLSA_USABLE)
            continue;
        rollover.usable++;
        rollover.anchors += record->usage.value == DANE_TA;
        rollover.spare += !dane_record_matched(dane, i);
    }
    for (size_t i = 0; i < dane->matches.count; i++)
        note_match(judgement, dane, dane->matches.items[i], &rollover);
    return rollover;
}

static bool is_lets_encrypt(const char *issuer)
{
    return issuer != NULL && strstr(issuer, "O=Let's Encrypt") != NULL;
}

static struct finding *judge_issuer_only(struct judgement *judgement, const struct check *check,
                                         const struct subject *subject, const struct rollover *rollover)
{
    struct finding *finding;

    if (is_lets_encrypt(rollover->matched_issuer) && rollover->anchors == 1) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "The only TLSA record is of one issuer of Let's Encrypt, which has several");
        finding->why =
            "The next renewal may come from another issuer of Let's Encrypt, and then no record matches.";
    } else {
        finding =
            finding_add(judgement, check, subject, OUTCOME_INFO,
                        "The TLSA records are of issuers alone: a renewal from another one matches none");
    }
    finding_fix(judgement, finding,
                "Publish a record 3 1 1 of the server's own key beside them, and keep the key at "
                "renewals");
    return finding;
}

static struct finding *judge_rollover_of(struct judgement *judgement, const struct check *check,
                                         const struct subject *subject, const struct rollover *rollover)
{
    struct finding *finding;

    if (rollover->usable > RECORDS_MANY) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN, "%zu TLSA records are too many",
                              rollover->usable);
        finding->why =
            "Some large senders cannot handle so many records, and the answer may not fit into one packet.";
        finding_fix(judgement, finding, "Remove the records of keys that are no longer used");
        return finding;
    }
    if (rollover->matched && rollover->only_certificates && rollover->short_lived) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "The TLSA records change with every renewal of the certificate");
        finding->why =
            "A record of usage 3 with selector 0 is of one certificate, and a certificate that lives for "
            "weeks is soon another one: then no record matches.";
        finding_fix(judgement, finding,
                    "Publish records with selector 1 (3 1 1), and keep the key at renewals");
        return finding;
    }
    if (rollover->anchors == rollover->usable)
        return judge_issuer_only(judgement, check, subject, rollover);
    if (rollover->anchors > 0 || rollover->spare > 0)
        return finding_add(judgement, check, subject, OUTCOME_PASS,
                           rollover->spare > 0 ? "There is a TLSA record for the next key"
                                               : "There are TLSA records of the key and of its issuer");
    finding =
        finding_add(judgement, check, subject, OUTCOME_INFO, "There is no TLSA record for the next key");
    finding_fix(
        judgement, finding,
        "Make the next key now, publish its record 3 1 1 beside the present one, and use it at the change "
        "of keys. Its digest, as the record wants it:\n  openssl pkey -in NEXT.key -pubout -outform DER | "
        "sha256sum");
    return finding;
}

static void judge_rollover(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct subject subject = subject_host(host->name);
        struct rollover rollover;
        struct dane_view view;
        enum outcome outcome;
        const char *reason;

        if (!dane_concerns(judgement, host))
            continue;
        view = dane_view_of(judgement, host);
        reason = nothing_to_match(judgement, &view, true, &outcome);
        rollover = reason == NULL ? look_at_rollover(judgement, view.facts) : (struct rollover){0};
        if (reason == NULL && !rollover.matched) {
            outcome = OUTCOME_NOT_TESTED;
            reason = "no record is known to match what is served";
        }
        if (reason != NULL)
            finding_untested(judgement, check, &subject, outcome, reason);
        else
            evidence_tlsa(judgement, judge_rollover_of(judgement, check, &subject, &rollover), view.facts);
    }
}

const struct check check_dane_rollover = {
    .id = "dane.rollover",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "The TLSA records outlive the next change of keys",
    .why = "When a new key is served before its record is in every cache, mail from senders that use DANE "
           "stops.",
    .reference = "RFC 7671 sections 8.1 and 8.4",
    .explanation = "Records of keys that are not served yet, or of the issuer beside that of the key, carry "
                   "over to the next key. "
                   "A single record informs. Records of whole certificates that live up to 100 days warn: "
                   "every renewal breaks "
                   "them. So does a single record of one of Let's Encrypt's issuers, which change without "
                   "notice, and more than 12 "
                   "records. A record that matches nothing may be of the next key or of an old one: nobody "
                   "outside can tell.\n\n"
                   "Fix: publish 3 1 1 of the present and of the next key; wait twice the TTL; serve the "
                   "next key; only then remove "
                   "the old record.",
    .judge = judge_rollover,
};

/* ---- dane.other_ports ---- */

static void judge_other_match(struct judgement *judgement, const struct check *check,
                              const struct dane_facts *dane, const struct endpoint_facts *endpoint)
{
    struct subject subject = subject_endpoint(judgement, endpoint, dane->host);
    struct list shown = certificates_for(judgement, endpoint, dane->host);
    const struct certificate_facts *wrong = NULL;
    struct finding *finding;
    bool unknown = shown.count == 0;
    enum outcome outcome;

    for (size_t i = 0; i < shown.count; i++) {
        const struct shown_certificate *item = shown.items[i];
        const struct dane_match_facts *match =
            dane_match_of(dane, endpoint->address, item->certificate->sha256);

        if (match != NULL && match->matched == NO && wrong == NULL)
            wrong = item->certificate;
        unknown = unknown || match == NULL || match->matched == UNKNOWN;
    }
    if (wrong != NULL) {
        finding = finding_add(judgement, check, &subject, OUTCOME_INFO,
                              "No TLSA record of this port matches the %s certificate",
                              key_words(judgement, wrong->key));
        fix_match(judgement, finding, dane, wrong);
    } else if (shown.count == 0) {
        const char *reason = certificate_missing(judgement, endpoint, dane->host, &outcome);

        finding = finding_untested(judgement, check, &subject, outcome, reason);
    } else if (unknown) {
        finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                   "the certificate was not compared with the records");
    } else {
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                              "The TLSA records of this port match what is served");
    }
    evidence_tlsa(judgement, finding, dane);
}

static void judge_other_port(struct judgement *judgement, const struct check *check,
                             const struct dane_facts *dane, const struct endpoint_facts *endpoint)
{
    const struct dns_question_facts *question = dane_question(dane);
    struct subject subject = subject_endpoint(judgement, endpoint, dane->host);
    enum dns_outcome outcome = question == NULL ? DNS_NOT_ASKED : question->outcome;

    if (outcome == DNS_NODATA || outcome == DNS_NXDOMAIN)
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "the port has no TLSA records");
    else if (outcome != DNS_DATA)
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                         kept(judgement, arena_format(judgement->arena, "the TLSA records are not known (%s)",
                                                      question_failure(question))));
    else if (dane_usable(dane, -1) == NULL)
        evidence_tlsa(
            judgement,
            finding_add(judgement, check, &subject, OUTCOME_INFO, "No TLSA record of this port can be used"),
            dane);
    else
        judge_other_match(judgement, check, dane, endpoint);
}

static void judge_other_ports(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct list names = endpoint_names(judgement, endpoint);

        for (size_t j = 0; j < names.count && endpoint->port.value != SMTP_PORT; j++) {
            const struct dane_facts *dane = dane_facts_of(judgement, names.items[j], endpoint->port.value);

            if (dane != NULL)
                judge_other_port(judgement, check, dane, endpoint);
        }
    }
}

const struct check check_dane_other_ports = {
    .id = "dane.other_ports",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "TLSA records of the ports for users match",
    .why = "Few mail programs look at TLSA records; those that do refuse a server that does not match.",
    .reference = "RFC 6698 section 2.1, RFC 7671 section 5",
    .explanation = "TLSA records for 465, 587 and 993 are looked up at the hosts that users connect to "
                   "(named with --host; without, "
                   "the mail hosts), and compared with what these ports show. All four usages count there; 0 "
                   "and 1 also ask for a "
                   "public authority. Hardly any mail program looks, so a mismatch is information, and "
                   "having none is fine.\n\n"
                   "Fix: as for dane.match; or remove the records.",
    .judge = judge_other_ports,
};
