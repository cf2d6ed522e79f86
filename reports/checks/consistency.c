/*
 * consistency.c - do the names that a domain's mail goes by tell one story?
 *
 *      MX record, --host  ->  what the certificate there is for  ->  what the server calls itself
 *                         ->  the pattern of the MTA-STS policy  ->  the owner of its TLSA records
 *
 * One sentence for each mail host, side by side; what is wrong with one of them alone is another check's, which is
 * named. A name from somewhere else that leads to the host is one more line in story_of().
 */
#include "reports/catalogue.h"
#include "reports/dane_model.h"
#include "reports/mta_sts.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

/* What is known of the names of one mail host. */
struct story {
    const struct mail_host_facts *host;
    struct list certified; /* texts: what its certificates are for */
    struct list own;       /* texts: what its servers call themselves */
    bool certificate;      /* one was seen */
    bool covered;          /* each covers the name of the host */
    bool own_covered;      /* each covers a name that the server gives itself */
    const char *pattern;   /* of the MTA-STS policy, that it matches */
    enum known has_tlsa;
    const char *tlsa; /* whose TLSA records they are: its own, or of what it is an alias of */
};

/* All of them together. */
struct tale {
    struct list stories;                       /* struct story */
    const struct mta_sts_policy_facts *policy; /* that names mail hosts; NULL: none is known */
    bool tlsa;                                 /* some host has TLSA records */
    struct list departures;                    /* texts: where policy and TLSA records have other names */
};

/* In order of weight: one host that told nothing keeps the others from passing for all. */
enum telling { TELLS_ONE_STORY = 1, TELLS_NOTHING, TELLS_OWN_NAME, TELLS_ANOTHER_STORY };

enum { NAMES_SHOWN = 8 };

static void add_name(struct judgement *judgement, struct list *names, const char *name)
{
    if (name != NULL && !list_has_text(names, name) &&
        list_add(names, judgement->arena, (void *)(uintptr_t)name) < 0)
        judgement->failed = true;
}

static const char *own_name(const struct endpoint_facts *endpoint)
{
    const struct smtp_facts *smtp = endpoint->smtp;
    const struct smtp_ehlo_facts *ehlo = smtp == NULL             ? NULL
                                         : smtp->ehlo_tls != NULL ? smtp->ehlo_tls
                                                                  : smtp->ehlo;

    return ehlo == NULL ? NULL : ehlo->name;
}

static void tell_certificate(struct judgement *judgement, struct story *story,
                             const struct certificate_facts *certificate, const char *own)
{
    for (size_t i = 0; i < certificate->sans.count; i++)
        add_name(judgement, &story->certified, certificate->sans.items[i]);
    if (!story->certificate)
        story->covered = story->own_covered = true;
    story->certificate = true;
    story->covered = story->covered && certificate_covers(certificate, story->host->name);
    story->own_covered = story->own_covered && certificate_covers(certificate, own);
}

/* Senders meet an MX on port 25; users type a name that was asked for with --host on any other. */
static bool concerns(const struct mail_host_facts *host, const struct endpoint_facts *endpoint)
{
    return list_has_text(&endpoint->hosts, host->name) &&
           (is_service(endpoint, "smtp") ? host_receives(host) : host_is_typed(host));
}

/* Policy and TLSA records are for senders, who come to MX hosts only. */
static void tell_policies(const struct judgement *judgement, const struct tale *tale, struct story *story)
{
    struct dane_view dane;

    if (!host_receives(story->host))
        return;
    if (tale->policy != NULL)
        story->pattern = mta_sts_match(tale->policy, story->host->name);
    dane = dane_view_of(judgement, story->host);
    switch (dane.stance) {
    case DANE_UNAUTHENTICATED:
    case DANE_AUTHENTICATED:
        story->has_tlsa = YES;
        story->tlsa = text_or(dane.facts->base, story->host->name);
        break;
    case DANE_ABSENT:
        story->has_tlsa = NO;
        break;
    case DANE_UNKNOWN:
    case DANE_DEFERRED:
        break;
    }
}

static struct story story_of(struct judgement *judgement, const struct tale *tale,
                             const struct mail_host_facts *host)
{
    const struct list *endpoints = observed_endpoints(judgement);
    struct story story = {.host = host};

    tell_policies(judgement, tale, &story);
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct list shown;

        if (!concerns(host, endpoint))
            continue;
        add_name(judgement, &story.own, own_name(endpoint));
        shown = certificates_for(judgement, endpoint, host->name);
        for (size_t j = 0; j < shown.count; j++) {
            const struct certificate_facts *certificate =
                ((const struct shown_certificate *)shown.items[j])->certificate;

            if (certificate->sans.observed && certificate->sans_left_out.value <= 0)
                tell_certificate(judgement, &story, certificate, own_name(endpoint));
        }
    }
    return story;
}

static enum telling telling_of(const struct story *story)
{
    if (!story->certificate)
        return TELLS_NOTHING;
    if (story->covered)
        return TELLS_ONE_STORY;
    return story->own_covered ? TELLS_OWN_NAME : TELLS_ANOTHER_STORY;
}

/* The first few of them with commas. */
static const char *names_text(struct judgement *judgement, const struct list *names)
{
    struct list first = *names;
    const char *text;

    if (names->count == 0)
        return "no name";
    if (first.count > NAMES_SHOWN)
        first.count = NAMES_SHOWN;
    text = kept(judgement, text_join(judgement->arena, &first, ", "));
    if (first.count == names->count)
        return text;
    return kept(judgement,
                arena_format(judgement->arena, "%s and %zu more", text, names->count - first.count));
}

static const char *policies_text(struct judgement *judgement, const struct tale *tale,
                                 const struct story *story)
{
    const char *text = "";

    if (!host_receives(story->host))
        return text;
    if (tale->policy != NULL)
        text = kept(judgement,
                    arena_format(judgement->arena, "; %s%s",
                                 story->pattern != NULL ? "MTA-STS mx: " : "not in the MTA-STS policy",
                                 story->pattern != NULL ? story->pattern : ""));
    if (story->has_tlsa == YES)
        text = kept(judgement,
                    arena_format(judgement->arena, "%s; TLSA records at _25._tcp.%s", text, story->tlsa));
    else if (tale->tlsa && story->has_tlsa == NO)
        text = kept(judgement, arena_format(judgement->arena, "%s; no TLSA records", text));
    return text;
}

static void evidence_story(struct judgement *judgement, struct finding *finding, const struct tale *tale,
                           const struct story *story)
{
    const char *kind = host_receives(story->host) ? "MX" : "--host";
    const char *alias = mail_host_alias_end(story->host);

    if (story->host->source == HOST_IMPLICIT_MX)
        kind = "in place of an MX";
    finding_evidence(judgement, finding, "%s (%s%s%s): %s%s; calls itself %s%s", story->host->name, kind,
                     alias != NULL ? ", an alias of " : "", text_or(alias, ""),
                     story->certificate ? "certificate for " : "its certificate was not seen",
                     story->certificate ? names_text(judgement, &story->certified) : "",
                     story->own.count == 0 ? "something that was not seen"
                                           : names_text(judgement, &story->own),
                     policies_text(judgement, tale, story));
}

/* ---- where the policy and the TLSA records depart from it ---- */

static void depart(struct judgement *judgement, struct tale *tale, const char *before, const char *name,
                   const char *after)
{
    const char *text = kept(judgement, arena_format(judgement->arena, "%s%s%s", before, name, after));

    if (list_add(&tale->departures, judgement->arena, (void *)(uintptr_t)text) < 0)
        judgement->failed = true;
}

static void find_departures(struct judgement *judgement, struct tale *tale)
{
    for (size_t i = 0; i < tale->stories.count; i++) {
        const struct story *story = tale->stories.items[i];

        if (!host_receives(story->host))
            continue;
        if (tale->policy != NULL && story->pattern == NULL && tale->policy->mx_left_out.value <= 0)
            depart(judgement, tale, "the MTA-STS policy does not name ", story->host->name, " (mta_sts.mx)");
        if (tale->tlsa && story->has_tlsa == NO)
            depart(judgement, tale, "only other mail hosts than ", story->host->name,
                   " have TLSA records (dane.coverage)");
    }
    if (question_lost(observed_dns(judgement)->mx))
        return;
    for (size_t i = 0; tale->policy != NULL && i < tale->policy->mx.count; i++) {
        const char *pattern = tale->policy->mx.items[i];

        if (tale->departures.count < NAMES_SHOWN && !mta_sts_pattern_used(judgement, pattern))
            depart(judgement, tale, "the MTA-STS policy names ", pattern,
                   ", which is no mail host (mta_sts.mx)");
    }
}

static const char *same_names_text(const struct tale *tale)
{
    if (tale->policy != NULL)
        return tale->tlsa
                   ? "Mail hosts, certificates, the MTA-STS policy and TLSA records have the same names"
                   : "Mail hosts, certificates and the MTA-STS policy have the same names";
    return tale->tlsa ? "Mail hosts, certificates and TLSA records have the same names"
                      : "Mail hosts and certificates have the same names";
}

static struct finding *add_worst(struct judgement *judgement, const struct check *check,
                                 const struct subject *subject, const struct tale *tale,
                                 const struct story *worst)
{
    const char *host = worst->host->name;
    struct finding *finding;

    switch (telling_of(worst)) {
    case TELLS_ONE_STORY:
    case TELLS_NOTHING:
        if (tale->departures.count > 0)
            return finding_add(judgement, check, subject, OUTCOME_INFO,
                               "The names of the mail hosts do not tell one story: %s",
                               (const char *)tale->departures.items[0]);
        if (telling_of(worst) == TELLS_ONE_STORY)
            return finding_add(judgement, check, subject, OUTCOME_PASS, "%s", same_names_text(tale));
        break;
    case TELLS_OWN_NAME:
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "%s is another name of a server whose certificate is for %s", host,
                           names_text(judgement, &worst->own));
    case TELLS_ANOTHER_STORY:
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "Mail goes to %s, the certificate there is for %s", host,
                              names_text(judgement, &worst->certified));
        finding_fix(
            judgement, finding,
            "Use one name for a mail host: in the MX record, in the certificate (see cert.name), in what "
            "the server calls itself (see helo.name)");
        return finding;
    }
    return finding_untested(
        judgement, check, subject, OUTCOME_NOT_TESTED,
        kept(judgement, arena_format(judgement->arena, "no certificate of %s was seen", host)));
}

/* Is it known that there is no mail host to speak of? */
static bool without_host(const struct dns_facts *dns)
{
    return dns->null_mx == YES ||
           (dns->mx != NULL && (dns->mx->outcome == DNS_NODATA || dns->mx->outcome == DNS_NXDOMAIN));
}

/* The stories of all hosts; the one that weighs most, or NULL. */
static const struct story *tell_all(struct judgement *judgement, struct tale *tale)
{
    const struct list *hosts = observed_hosts(judgement);
    const struct mta_sts_view view = mta_sts_view(judgement);
    const struct story *worst = NULL;

    if (view.state == MTA_STS_USABLE && view.policy->mode != MTA_STS_NONE)
        tale->policy = view.policy;
    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct story *story;

        if (host->literal == YES || host->name == NULL || host->addresses.count == 0)
            continue;
        story = list_new_item(&tale->stories, judgement->arena, sizeof(*story));
        if (story == NULL) {
            judgement->failed = true;
            return NULL;
        }
        *story = story_of(judgement, tale, host);
        tale->tlsa = tale->tlsa || story->has_tlsa == YES;
        if (worst == NULL || telling_of(story) > telling_of(worst))
            worst = story;
    }
    find_departures(judgement, tale);
    return worst;
}

static void judge_names(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct story *worst;
    struct tale tale = {0};
    struct finding *finding;

    if (observed_dns(judgement)->domain == NULL)
        return;
    worst = tell_all(judgement, &tale);
    if (worst == NULL) {
        bool none = without_host(observed_dns(judgement));

        finding_untested(judgement, check, &subject, none ? OUTCOME_NOT_APPLICABLE : OUTCOME_NOT_TESTED,
                         none ? "there is no mail host" : "no mail host has a known address");
        return;
    }
    finding = add_worst(judgement, check, &subject, &tale, worst);
    for (size_t i = 0; i < tale.stories.count; i++)
        evidence_story(judgement, finding, &tale, tale.stories.items[i]);
    evidence_lines(judgement, finding, &tale.departures);
}

const struct check check_consistency_names = {
    .id = "consistency.names",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "The names of the mail hosts tell one story",
    .why = "Senders and mail programs that check with whom they speak know the name in the DNS only; when "
           "certificate and server have others, the check fails.",
    .reference = "RFC 8461 section 4.2, RFC 7672 section 3.2.3, RFC 9525 section 6.3",
    .explanation =
        "For each mail host its name in the MX record (or in --host) is put beside the names in the "
        "certificates that it shows there, what its servers call themselves, the pattern of the MTA-STS "
        "policy that it matches, and the name that its TLSA records are at. A certificate for none of "
        "these names warns; one for the server's own name, of which the MX is another name, informs: "
        "senders that check certificates refuse it all the same. A policy that leaves out a mail host or "
        "names one that is none, and TLSA records of some hosts only, inform: mta_sts.mx and dane.coverage "
        "say what it means.\n\n"
        "Fix: one name for a mail host, everywhere.",
    .judge = judge_names,
};
