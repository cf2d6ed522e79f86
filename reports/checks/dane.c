/*
 * dane.c - TLSA records of the mail hosts: are there any, does DNSSEC vouch for them, can senders use them
 *
 * RFC 7672 2 (lookups), 3.1 (usages), RFC 7671 8 (what publishers must see to), RFC 6698. Whether what is served matches is
 * in dane_match.c; how a sender sees it all, in reports/dane_model.h.
 */
#include "reports/catalogue.h"
#include "reports/dane_model.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "reports/substitutions.h"
#include "scanner/base/arena.h"

static void judge_hosts(struct judgement *judgement, const struct check *check,
                        void (*judge_one)(struct judgement *judgement, const struct check *check,
                                          const struct subject *subject, const struct dane_view *view))
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct subject subject = subject_host(host->name);
        struct dane_view view;

        if (!dane_concerns(judgement, host))
            continue;
        view = dane_view_of(judgement, host);
        judge_one(judgement, check, &subject, &view);
    }
}

/* Adds the finding when there are no records to judge; true when it was added. */
static bool records_missing(struct judgement *judgement, const struct check *check,
                            const struct subject *subject, const struct dane_view *view)
{
    switch (view->stance) {
    case DANE_UNKNOWN:
    case DANE_DEFERRED:
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                         kept(judgement, arena_format(judgement->arena, "the TLSA records are not known (%s)",
                                                      question_failure(view->question))));
        return true;
    case DANE_ABSENT:
        finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE, "there are no TLSA records");
        return true;
    case DANE_UNAUTHENTICATED:
    case DANE_AUTHENTICATED:
        break;
    }
    return false;
}

/* ---- dane.published ---- */

/* What the first address shows on port 25 tells what could be published; at a provider's host nobody but the provider can. */
static void fix_publish(struct judgement *judgement, struct finding *finding, const struct dane_view *view)
{
    for (size_t i = 0; i < view->host->addresses.count && host_is_own(judgement, view->host->name); i++) {
        const struct host_address_facts *address = view->host->addresses.items[i];
        const struct endpoint_facts *endpoint = endpoint_at(judgement, address->address, 25);
        struct list shown = {0};

        if (endpoint != NULL)
            shown = certificates_for(judgement, endpoint, view->host->name);
        for (size_t j = 0; j < shown.count; j++) {
            const struct shown_certificate *item = shown.items[j];
            const char *line = tlsa_line(judgement, view->facts, item->certificate);

            if (line != NULL)
                finding_fix(
                    judgement, finding, "%s this record vouches for the %s key that is served now:\n  %s",
                    view->secure == YES
                        ? "As long as renewals keep the key,"
                        : "Once the zone is signed with DNSSEC, and as long as renewals keep the key,",
                    key_words(judgement, item->certificate->key), line);
        }
        if (shown.count > 0)
            return;
    }
}

static void judge_one_published(struct judgement *judgement, const struct check *check,
                                const struct subject *subject, const struct dane_view *view)
{
    struct finding *finding;

    if (view->stance == DANE_ABSENT) {
        finding =
            finding_add(judgement, check, subject, OUTCOME_INFO, "%s has no TLSA records", subject->host);
        fix_publish(judgement, finding, view);
    } else if (view->stance == DANE_UNKNOWN || view->stance == DANE_DEFERRED) {
        finding = finding_untested(
            judgement, check, subject, OUTCOME_NOT_TESTED,
            kept(judgement, arena_format(judgement->arena, "the TLSA records could not be looked up (%s)",
                                         question_failure(view->question))));
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "%s has TLSA records", subject->host);
    }
    for (size_t i = 0; view->facts != NULL && i < view->facts->questions.count; i++)
        evidence_question(judgement, finding, view->facts->questions.items[i]);
}

static void judge_published(struct judgement *judgement, const struct check *check)
{
    judge_hosts(judgement, check, judge_one_published);
}

const struct check check_dane_published = {
    .id = "dane.published",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "TLSA records are published",
    .why = "With TLSA records, senders that use DANE encrypt to this host always, and know whom they encrypt "
           "to; "
           "without, an attacker on the way can have the mail.",
    .reference = "RFC 7672 section 2.2",
    .explanation = "The TLSA records at _25._tcp in front of the name of each mail host are looked up; where "
                   "the host is an "
                   "alias, first at the name it stands for. Having none is information: DANE is voluntary, "
                   "and needs DNSSEC.\n\n"
                   "Fix: sign the zone of the mail host, make renewals keep the private key (certbot: "
                   "reuse_key = True in "
                   "/etc/letsencrypt/renewal/NAME.conf; acme.sh keeps it), and publish a record 3 1 1 with "
                   "the SHA-256 of the "
                   "public key. On the server, `postfix tls output-server-tlsa` prints it.",
    .judge = judge_published,
};

/* ---- dane.secure ---- */

static void judge_one_secure(struct judgement *judgement, const struct check *check,
                             const struct subject *subject, const struct dane_view *view)
{
    const struct dns_question_facts *mx = observed_dns(judgement)->mx;
    const struct dnssec_zone_facts *awaits = name_awaits_ds(judgement->scan, subject->host);
    struct finding *finding = NULL;

    if (records_missing(judgement, check, subject, view))
        return;
    if (awaits == NULL && host_receives(view->host))
        awaits = name_awaits_ds(judgement->scan, observed_dns(judgement)->domain);
    switch (view->secure) {
    case UNKNOWN:
        finding = finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, view->insecure);
        break;
    case NO:
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "The TLSA records of %s are useless: %s", subject->host, view->insecure);
        finding_fix(
            judgement, finding,
            "Sign the zone of %s with DNSSEC, and have its parent publish the DS record; or remove the "
            "TLSA records",
            subject->host);
        break;
    case YES:
        if (mx != NULL && mx->security == DNS_INSECURE && host_receives(view->host)) {
            finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                                  "The MX records that lead to %s are not signed with DNSSEC", subject->host);
            finding->why =
                "Who forges the MX records leads the mail to a host of his own, and no TLSA record "
                "of this one is ever looked at.";
            finding_fix(judgement, finding, "Sign the zone of %s with DNSSEC",
                        text_or(observed_dns(judgement)->domain, "the domain"));
        } else if (awaits != NULL) { /* dnssec.domain warns */
            finding =
                finding_add(judgement, check, subject, OUTCOME_INFO,
                            "The TLSA records of %s will count once the zone above %s has its DS record",
                            subject->host, text_or(awaits->name, "it"));
            finding_evidence(judgement, finding, "%s", text_or(awaits->security_reason, "?"));
        } else {
            finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                                  "DNSSEC vouches for the TLSA records of %s", subject->host);
        }
        break;
    }
    evidence_question(judgement, finding, mx);
    evidence_question(judgement, finding, view->host->a);
    evidence_question(judgement, finding, view->host->aaaa);
    evidence_question(judgement, finding, view->question);
}

static void judge_secure(struct judgement *judgement, const struct check *check)
{
    judge_hosts(judgement, check, judge_one_secure);
}

const struct check check_dane_secure = {
    .id = "dane.secure",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "DNSSEC vouches for the TLSA records",
    .why = "A TLSA record that is not signed could be anybody's: no sender looks at it.",
    .reference = "RFC 7672 section 2.2",
    .explanation = "A sender looks for TLSA records only when DNSSEC vouches for the addresses of the mail "
                   "host, and believes "
                   "them only when it vouches for them too. Records in a zone that is not signed warn: they "
                   "do nothing. So do "
                   "MX records that are not signed in front of a host whose TLSA records are: who forges the "
                   "MX goes around "
                   "them.\n\n"
                   "Fix: sign both zones, that of the domain and that of its mail host, and give the DS "
                   "records to their "
                   "registrars.",
    .judge = judge_secure,
};

/* ---- dane.usable ---- */

static size_t count_use(const struct dane_facts *dane, enum tlsa_use use)
{
    size_t count = 0;

    for (size_t i = 0; i < dane->records.count; i++)
        count += ((const struct tlsa_facts *)dane->records.items[i])->use == use;
    return count;
}

static void judge_one_usable(struct judgement *judgement, const struct check *check,
                             const struct subject *subject, const struct dane_view *view)
{
    struct finding *finding;
    size_t unusable;

    if (records_missing(judgement, check, subject, view))
        return;
    unusable = count_use(view->facts, TLSA_UNUSABLE);
    if (view->stance == DANE_UNAUTHENTICATED) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "No sender can use a TLSA record of %s", subject->host);
        finding->why = "Senders that use DANE then encrypt always, but do not know to whom.";
        fix_publish(judgement, finding, view);
    } else if (unusable > 0) {
        finding = finding_add(judgement, check, subject, OUTCOME_INFO,
                              "%zu of %zu TLSA records cannot be used", unusable, view->facts->records.count);
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "Senders can use the TLSA records of %s", subject->host);
    }
    evidence_tlsa(judgement, finding, view->facts);
}

static void judge_usable(struct judgement *judgement, const struct check *check)
{
    judge_hosts(judgement, check, judge_one_usable);
}

const struct check check_dane_usable = {
    .id = "dane.usable",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "Senders can use the TLSA records",
    .why = "A record that senders cannot use protects nothing.",
    .reference = "RFC 7672 section 3.1, RFC 6698 section 2.1",
    .explanation =
        "Between mail servers usage 2 (DANE-TA, an issuer) and 3 (DANE-EE, the server's own key) count; 0 "
        "and 1 "
        "do not, as there is no list of authorities that all senders share. The selector is 0 (certificate) "
        "or 1 "
        "(public key), the matching type 1 (SHA-256, 32 octets), 2 (SHA-512, 64 octets) or 0 (all of it). "
        "Where "
        "no record can be used, senders encrypt without knowing to whom: that warns. Of SHA-256 and SHA-512 "
        "beside each other, for one usage and selector, only SHA-512 counts.\n\n"
        "Fix: publish a record 3 1 1, and remove those that nobody can use.",
    .judge = judge_usable,
};

/* ---- dane.lookup ---- */

static void judge_one_lookup(struct judgement *judgement, const struct check *check,
                             const struct subject *subject, const struct dane_view *view)
{
    bool bogus = view->question != NULL && view->question->security == DNS_BOGUS;
    struct finding *finding = NULL;

    switch (view->stance) {
    case DANE_UNKNOWN:
        finding = finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                                   view->question == NULL
                                       ? "the TLSA records were not looked up"
                                       : "nothing of this host could be looked up: it may be our resolver");
        break;
    case DANE_DEFERRED:
        finding = finding_add(judgement, check, subject, dane_fault(view->secure),
                              bogus ? "The TLSA records of %s are bogus"
                                    : "The TLSA records of %s cannot be looked up: %s",
                              subject->host, question_failure(view->question));
        if (bogus && view->question->security_reason)
            finding_evidence(judgement, finding, "%s", view->question->security_reason);
        if (view->secure != YES)
            finding_evidence(judgement, finding, "%s: %s", text_or(view->insecure, "not validated"),
                             view->secure == NO ? "no sender looks" : "whether senders look is not known");
        if (host_name_qualified(view->facts->base))
            finding_fix(
                judgement, finding,
                "Every name server of the zone must answer for this name, also when there is no record, "
                "with a signed proof of that:\n  dig +dnssec TLSA _25._tcp.%s",
                view->facts->base);
        break;
    case DANE_ABSENT:
    case DANE_UNAUTHENTICATED:
    case DANE_AUTHENTICATED:
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "Whether %s has TLSA records can be looked up", subject->host);
        break;
    }
    evidence_question(judgement, finding, view->question);
}

static void judge_lookup(struct judgement *judgement, const struct check *check)
{
    judge_hosts(judgement, check, judge_one_lookup);
}

const struct check check_dane_lookup = {
    .id = "dane.lookup",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "TLSA records can be looked up",
    .why = "A sender that uses DANE and cannot know whether there are TLSA records keeps the mail, and "
           "returns it "
           "after days.",
    .reference = "RFC 7672 section 2.1",
    .explanation = "The lookup of TLSA records must end with records or with a proof that there are none. "
                   "SERVFAIL, no answer, "
                   "or an answer whose signatures are wrong (bogus) could be an attacker's work, so senders "
                   "wait. It fails "
                   "where the addresses of the host are signed, as only then senders look; it warns where "
                   "that is not known.\n\n"
                   "Fix: use name servers that answer for every name and type; old ones and some load "
                   "balancers drop or refuse "
                   "what they do not know. Sign the zone again when signatures are wrong.",
    .judge = judge_lookup,
};

/* ---- dane.coverage ---- */

struct coverage {
    size_t covered, open, unknown;
    const char *open_host;
};

static void count_host(const struct judgement *judgement, const struct mail_host_facts *host,
                       struct coverage *coverage)
{
    struct dane_view view = dane_view_of(judgement, host);

    switch (view.stance) {
    case DANE_AUTHENTICATED:
        if (view.secure != NO) {
            coverage->covered++;
            return;
        }
        break;
    case DANE_UNKNOWN:
    case DANE_DEFERRED:
        coverage->unknown++;
        return;
    case DANE_ABSENT:
    case DANE_UNAUTHENTICATED:
        break;
    }
    coverage->open++;
    coverage->open_host = host->name;
}

static void judge_covered(struct judgement *judgement, const struct check *check,
                          const struct subject *subject, const struct coverage *coverage)
{
    struct finding *finding;

    if (coverage->covered == 0 && coverage->unknown == 0)
        finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE,
                         "no mail host has TLSA records that senders go by");
    else if (coverage->covered > 0 && coverage->open > 0) {
        finding = coverage->open == 1
                      ? finding_add(judgement, check, subject, OUTCOME_WARN,
                                    "%s has no TLSA records that senders go by; other mail hosts have",
                                    coverage->open_host)
                      : finding_add(judgement, check, subject, OUTCOME_WARN,
                                    "%zu mail hosts have no TLSA records that senders go by; others have",
                                    coverage->open);
        finding_fix(judgement, finding, "Publish TLSA records for %s too, or take it out of the MX records",
                    coverage->open == 1 ? coverage->open_host : "each of them");
    } else if (coverage->unknown > 0)
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                         "the TLSA records of some mail hosts are not known");
    else
        finding_add(judgement, check, subject, OUTCOME_PASS, "Every mail host has TLSA records");
}

static void judge_coverage(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);
    const struct dns_facts *dns = observed_dns(judgement);
    struct subject subject = subject_domain(judgement);
    struct coverage coverage = {0};
    bool any = false;

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        if (!host_receives(host) || !dane_concerns(judgement, host))
            continue;
        any = true;
        count_host(judgement, host, &coverage);
    }
    if (dns->hosts_left_out.value > 0)
        coverage.unknown++;
    if (any)
        judge_covered(judgement, check, &subject, &coverage);
}

const struct check check_dane_coverage = {
    .id = "dane.coverage",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "Every mail host has TLSA records",
    .why = "An attacker who keeps senders from the protected hosts leads all mail to the one that is not.",
    .reference = "RFC 7672 section 2.2",
    .explanation = "Senders go from one mail host to the next when one does not answer. If only some of them "
                   "have TLSA records "
                   "that senders go by, mail is as safe as at the one without: that warns.\n\n"
                   "Fix: publish TLSA records for all mail hosts, or drop the host that has none; a backup "
                   "MX is rarely needed, "
                   "as senders try for days.",
    .judge = judge_coverage,
};
