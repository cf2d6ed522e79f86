/*
 * consistency.c - do the names that a domain's mail goes by tell one story?
 *
 *      MX record, --host  ->  what the certificate there is for  ->  what the server calls itself
 *
 * One sentence for each mail host, side by side; what is wrong with one of them alone is another check's. A
 * name from somewhere else that leads to the host is one more line in story_of().
 */
#include "reports/catalogue.h"
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

static struct story story_of(struct judgement *judgement, const struct mail_host_facts *host)
{
    const struct list *endpoints = observed_endpoints(judgement);
    struct story story = {.host = host};

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

static void evidence_story(struct judgement *judgement, struct finding *finding, const struct story *story)
{
    const char *kind = host_receives(story->host) ? "MX" : "--host";

    if (story->host->source == HOST_IMPLICIT_MX)
        kind = "in place of an MX";
    finding_evidence(judgement, finding, "%s (%s): %s%s; calls itself %s", story->host->name, kind,
                     story->certificate ? "certificate for " : "its certificate was not seen",
                     story->certificate ? names_text(judgement, &story->certified) : "",
                     story->own.count == 0 ? "something that was not seen"
                                           : names_text(judgement, &story->own));
}

static struct finding *add_worst(struct judgement *judgement, const struct check *check,
                                 const struct subject *subject, const struct story *worst)
{
    const char *host = worst->host->name;
    struct finding *finding;

    switch (telling_of(worst)) {
    case TELLS_ONE_STORY:
        return finding_add(judgement, check, subject, OUTCOME_PASS,
                           "Mail hosts and certificates have the same names");
    case TELLS_NOTHING:
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

static void judge_names(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);
    struct subject subject = subject_domain(judgement);
    struct list stories = {0};
    const struct story *worst = NULL;
    struct finding *finding;

    if (observed_dns(judgement)->domain == NULL)
        return;
    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct story *story;

        if (host->literal == YES || host->name == NULL || host->addresses.count == 0)
            continue;
        story = list_new_item(&stories, judgement->arena, sizeof(*story));
        if (story == NULL) {
            judgement->failed = true;
            return;
        }
        *story = story_of(judgement, host);
        if (worst == NULL || telling_of(story) > telling_of(worst))
            worst = story;
    }
    if (worst == NULL) {
        bool none = without_host(observed_dns(judgement));

        finding_untested(judgement, check, &subject, none ? OUTCOME_NOT_APPLICABLE : OUTCOME_NOT_TESTED,
                         none ? "there is no mail host" : "no mail host has a known address");
        return;
    }
    finding = add_worst(judgement, check, &subject, worst);
    for (size_t i = 0; i < stories.count; i++)
        evidence_story(judgement, finding, stories.items[i]);
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
        "certificates that it shows there, and what its servers call themselves. A certificate for none of "
        "these names warns; one for the server's own name, of which the MX is another name, informs: "
        "senders that check certificates refuse it all the same.\n\n"
        "Fix: one name for a mail host, everywhere.",
    .judge = judge_names,
};
