/*
 * autoconfig.c - does a mail program find the servers that knows nothing but a mail address?
 *
 * RFC 2782, 6186 and 8314 5.1 (SRV records), draft-ietf-mailmaint-autoconfig (Mozilla's file), [MS-OXDSCLI]
 * (Autodiscover). Each is optional, so that nothing there only informs. What they say is judged in
 * autoconfig_consistent.c.
 */
#include "reports/autoconfig.h"

#include "reports/autoconfig_fix.h"
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "reports/observed_zone.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

/* Adds the finding when this is nothing for the target; true when there is nothing more to say. */
static bool is_elsewhere(struct judgement *judgement, const struct check *check,
                         const struct subject *subject)
{
    if (observed_dns(judgement)->domain == NULL)
        return true;
    if (domain_takes_no_mail(judgement))
        finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE, "the domain takes no mail");
    else if (observed_autoconfig(judgement) == NULL)
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, "it was not asked");
    else
        return false;
    return true;
}

/* ---- autoconfig.srv ---- */

/* What is found wrong with the records, the worst first. */
struct srv_faults {
    struct list words; /* texts */
    bool dead;         /* a target without any address */
    size_t lost, found, offered;
    const struct dns_question_facts *lost_question;
};

static void add_fault(struct judgement *judgement, struct srv_faults *faults, const char *text)
{
    if (list_add(&faults->words, judgement->arena, (void *)(uintptr_t)kept(judgement, text)) < 0)
        judgement->failed = true;
}

/* The canonical name behind an alias; NULL: it is none. */
static const char *alias_of(const struct autoconfig_host_facts *host)
{
    const struct dns_question_facts *questions[] = {host->a, host->aaaa};

    for (size_t i = 0; i < 2; i++)
        if (questions[i] != NULL && questions[i]->aliases.count > 0)
            return questions[i]->aliases.items[questions[i]->aliases.count - 1];
    return NULL;
}

static void examine_target(struct judgement *judgement, struct srv_faults *faults,
                           const struct srv_facts *srv, const struct srv_target_facts *target)
{
    const char *service = text_or(srv->service, "?"), *name = text_or(target->host, "?");
    const struct autoconfig_host_facts *host = autoconfig_host(judgement, target->host);

    if (same_text(target->host, ".")) {
        if (srv->targets.count > 1)
            add_fault(judgement, faults,
                      arena_format(judgement->arena,
                                   "%s: one record says that it is not offered, another one where", service));
        return;
    }
    faults->offered++;
    if (target->port.value <= 0)
        add_fault(judgement, faults, arena_format(judgement->arena, "%s: port 0 at %s", service, name));
    if (host == NULL)
        return;
    if (alias_of(host) != NULL)
        add_fault(judgement, faults,
                  arena_format(judgement->arena, "%s: %s is an alias of %s", service, name, alias_of(host)));
    if (has_no_address(host->a, host->aaaa)) {
        faults->dead = true;
        add_fault(judgement, faults, arena_format(judgement->arena, "%s: %s has no address", service, name));
    }
}

static struct srv_faults examine_records(struct judgement *judgement, const struct autoconfig_facts *facts)
{
    struct srv_faults faults = {0};

    for (size_t i = 0; i < facts->srv.count; i++) {
        const struct srv_facts *srv = facts->srv.items[i];

        if (question_lost(srv->question)) {
            faults.lost++;
            faults.lost_question = srv->question;
        }
        faults.found += srv->targets.count;
        for (size_t j = 0; j < srv->targets.count; j++)
            examine_target(judgement, &faults, srv, srv->targets.items[j]);
    }
    return faults;
}

/* Each record whose target is an alias, with the name behind it. */
static void fix_aliases(struct judgement *judgement, struct finding *finding,
                        const struct autoconfig_facts *facts)
{
    for (size_t i = 0; i < facts->srv.count; i++) {
        const struct srv_facts *srv = facts->srv.items[i];

        for (size_t j = 0; j < srv->targets.count; j++) {
            const struct srv_target_facts *target = srv->targets.items[j];
            const struct autoconfig_host_facts *host = autoconfig_host(judgement, target->host);
            const char *name = host == NULL ? NULL : alias_of(host);

            if (srv->service != NULL && host_name_valid(name) &&
                host_name_valid(observed_dns(judgement)->domain))
                finding_fix(
                    judgement, finding,
                    "Name the host itself, if its certificate covers that name:\n  %s.%s. IN SRV %lld "
                    "%lld %lld %s.",
                    srv->service, observed_dns(judgement)->domain, (long long)target->priority.value,
                    (long long)target->weight.value, (long long)target->port.value, name);
        }
    }
}

static struct finding *judge_records(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject, const struct autoconfig_facts *facts)
{
    struct srv_faults faults = examine_records(judgement, facts);
    struct finding *finding;

    if (faults.words.count > 0) {
        finding =
            finding_add(judgement, check, subject, faults.dead ? OUTCOME_FAIL : OUTCOME_WARN,
                        "An SRV record for mail programs is wrong: %s", (const char *)faults.words.items[0]);
        for (size_t i = 1; i < faults.words.count; i++)
            finding_evidence(judgement, finding, "%s", (const char *)faults.words.items[i]);
        fix_aliases(judgement, finding, facts);
        fix_autoconfig_srv(judgement, finding, "These records lead to what this scan saw working");
        return finding;
    }
    if (faults.lost > 0 || facts->srv.count == 0)
        return finding_untested(
            judgement, check, subject, OUTCOME_NOT_TESTED,
            kept(judgement, arena_format(judgement->arena, "not all SRV records could be looked up (%s)",
                                         question_failure(faults.lost_question))));
    if (faults.found > 0)
        return faults.offered > 0 ? finding_add(judgement, check, subject, OUTCOME_PASS,
                                                "SRV records lead mail programs to the servers")
                                  : finding_add(judgement, check, subject, OUTCOME_INFO,
                                                "SRV records say that mail programs are offered nothing");
    finding = finding_add(judgement, check, subject, OUTCOME_INFO,
                          "No SRV records lead mail programs to the servers");
    fix_autoconfig_srv(judgement, finding, "To have them, publish these records");
    return finding;
}

static void judge_srv(struct judgement *judgement, const struct check *check)
{
    const struct autoconfig_facts *facts = observed_autoconfig(judgement);
    struct subject subject = subject_domain(judgement);
    struct finding *finding;

    if (is_elsewhere(judgement, check, &subject))
        return;
    finding = judge_records(judgement, check, &subject, facts);
    for (size_t i = 0; i < facts->srv.count; i++) {
        const struct srv_facts *srv = facts->srv.items[i];

        if (srv->targets.count > 0 || question_lost(srv->question))
            evidence_question(judgement, finding, srv->question);
    }
}

const struct check check_autoconfig_srv = {
    .id = "autoconfig.srv",
    .severity = SEVERITY_LOW,
    .area = AREA_DNS,
    .title = "SRV records lead mail programs to the servers",
    .why =
        "Mail programs that read SRV records set themselves up; records that lead nowhere make them fail, or "
        "keep their users waiting.",
    .reference = "RFC 6186, RFC 8314 section 5.1, RFC 2782",
    .explanation =
        "Looked up are _submissions, _submission, _imaps, _imap, _pop3s, _pop3, _sieve (RFC 5804) and "
        "_autodiscover, all of them under _tcp.DOMAIN. The target must be a name with an address of its own, "
        "not an "
        "alias (RFC 2782). A dot as the only target says that the service is not offered. The lowest "
        "priority is "
        "tried first; among equals the weight is the share. No records inform: most mail programs look for a "
        "file "
        "first.\n\n"
        "Fix: publish\n  _submissions._tcp.example.org. IN SRV 0 1 465 mail.example.org.\n"
        "  _imaps._tcp.example.org. IN SRV 0 1 993 mail.example.org.",
    .judge = judge_srv,
};

/* ---- places ---- */

static void evidence_place(struct judgement *judgement, struct finding *finding,
                           const struct autoconfig_place_facts *place, const char *root)
{
    const char *end;

    if (place == NULL)
        return;
    if (autoconfig_answer(judgement, place, root, &end) == PLACE_FOUND)
        end = "a file that mail programs can use";
    for (size_t i = 0; i < place->fetches.count; i++) {
        const struct autoconfig_fetch_facts *fetch = place->fetches.items[i];
        const char *words = end;

        if (i + 1 < place->fetches.count)
            words = fetch->location != NULL
                        ? kept(judgement, arena_format(judgement->arena, "redirect to %s", fetch->location))
                        : text_or(fetch->reason, "no answer");
        finding_evidence(judgement, finding, "%s%s%s: %s", text_or(fetch->url, "?"),
                         fetch->address != NULL ? " at " : "", text_or(fetch->address, ""), words);
    }
    if (place->fetches.count == 0)
        finding_evidence(judgement, finding, "%s: %s", text_or(place->host, "?"), end);
}

static void evidence_faults(struct judgement *judgement, struct finding *finding,
                            const struct autoconfig_place_facts *place)
{
    if (place != NULL && place->file != NULL)
        evidence_lines(judgement, finding, &place->file->faults);
}

/* Is what a place gives a file of that kind, which mail programs cannot use? */
static bool is_broken_file(const struct autoconfig_place_facts *place, const char *root)
{
    return place != NULL && place->file != NULL && same_text(place->file->root, root) &&
           place->file->valid != YES;
}

/* Without what was asked for as a parameter. */
static const char *url_of(struct judgement *judgement, const struct autoconfig_place_facts *place)
{
    const struct autoconfig_fetch_facts *last =
        place->fetches.count == 0 ? NULL : place->fetches.items[place->fetches.count - 1];

    if (last == NULL || last->url == NULL)
        return text_or(place->host, "?");
    return kept(judgement, arena_text_sized(judgement->arena, last->url, strcspn(last->url, "?")));
}

/* ---- autoconfig.mozilla ---- */

/* Where a name leads that nobody published says nothing of the domain. */
static bool has_wildcard(const struct judgement *judgement)
{
    const struct dns_question_facts *question = observed_zone(judgement)->random_a;

    return question != NULL && question->outcome == DNS_DATA;
}

static struct finding *judge_found(struct judgement *judgement, const struct check *check,
                                   const struct subject *subject, const struct autoconfig_facts *facts,
                                   const struct autoconfig_place_facts *found)
{
    struct finding *finding;

    if (found == facts->mozilla_host_http || found == facts->mozilla_well_known_http) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "Mozilla's configuration file is there only without HTTPS");
        fix_autoconfig_mozilla(
            judgement, finding,
            "Whoever is on the way can lead users to servers of their own. Serve the file");
        return finding;
    }
    if (found->file->faults.count == 0)
        return finding_add(judgement, check, subject, OUTCOME_PASS, "Mozilla's configuration file is at %s",
                           url_of(judgement, found));
    finding =
        finding_add(judgement, check, subject, OUTCOME_WARN, "Mozilla's configuration file has faults: %s",
                    (const char *)found->file->faults.items[0]);
    evidence_faults(judgement, finding, found);
    fix_autoconfig_mozilla(judgement, finding, "Correct the file, or serve this one");
    return finding;
}

static struct finding *judge_not_found(struct judgement *judgement, const struct check *check,
                                       const struct subject *subject, const struct autoconfig_facts *facts)
{
    const char *words, *other_words;
    enum autoconfig_answer answer = autoconfig_answer(judgement, facts->mozilla_host, MOZILLA_ROOT, &words);
    enum autoconfig_answer other =
        autoconfig_answer(judgement, facts->mozilla_well_known, MOZILLA_ROOT, &other_words);
    const struct autoconfig_place_facts *broken =
        is_broken_file(facts->mozilla_host, MOZILLA_ROOT)         ? facts->mozilla_host
        : is_broken_file(facts->mozilla_well_known, MOZILLA_ROOT) ? facts->mozilla_well_known
                                                                  : NULL;
    struct finding *finding;

    if (broken != NULL) {
        (void)autoconfig_answer(judgement, broken, MOZILLA_ROOT, &words);
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "Mail programs cannot read Mozilla's configuration file: %s", words);
        evidence_faults(judgement, finding, broken);
        fix_autoconfig_mozilla(judgement, finding, "Serve a well-formed file");
        return finding;
    }
    if ((answer == PLACE_FAULTY || answer == PLACE_PROTECTED) && !has_wildcard(judgement)) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "%s gives mail programs no configuration: %s",
                              text_or(facts->mozilla_host->host, "?"), words);
        fix_autoconfig_mozilla(judgement, finding, "Get a certificate for the name and serve the file");
        return finding;
    }
    if (answer == PLACE_UNKNOWN || other == PLACE_UNKNOWN)
        return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                                answer == PLACE_UNKNOWN ? words : other_words);
    finding = finding_add(judgement, check, subject, OUTCOME_INFO,
                          "There is no configuration file as Mozilla's programs look for it");
    fix_autoconfig_mozilla(judgement, finding, "To have one, serve this file");
    return finding;
}

static void judge_mozilla(struct judgement *judgement, const struct check *check)
{
    const struct autoconfig_facts *facts = observed_autoconfig(judgement);
    struct subject subject = subject_domain(judgement);
    const struct autoconfig_place_facts *found;
    struct finding *finding;

    if (is_elsewhere(judgement, check, &subject))
        return;
    found = autoconfig_mozilla(judgement);
    finding = found != NULL ? judge_found(judgement, check, &subject, facts, found)
                            : judge_not_found(judgement, check, &subject, facts);
    evidence_place(judgement, finding, facts->mozilla_host, MOZILLA_ROOT);
    evidence_place(judgement, finding, facts->mozilla_well_known, MOZILLA_ROOT);
    evidence_place(judgement, finding, facts->mozilla_host_http, MOZILLA_ROOT);
    evidence_place(judgement, finding, facts->mozilla_well_known_http, MOZILLA_ROOT);
}

const struct check check_autoconfig_mozilla = {
    .id = "autoconfig.mozilla",
    .severity = SEVERITY_LOW,
    .area = AREA_NONE,
    .title = "A configuration file in Mozilla's format",
    .why = "Thunderbird, K-9, Evolution, KMail and others set themselves up from it; without one they guess, "
           "and a "
           "broken one stops them.",
    .reference = "draft-ietf-mailmaint-autoconfig",
    .explanation = "Mail programs ask https://autoconfig.DOMAIN/mail/config-v1.1.xml, then "
                   "https://DOMAIN/.well-known/autoconfig/mail/config-v1.1.xml, and some of them both by "
                   "plain HTTP. They follow "
                   "redirects; at most three are followed here. The certificate must be valid for the host. "
                   "The file must be "
                   "well-formed, with at least one server for incoming and one for outgoing mail, each with "
                   "host name, port, "
                   "socketType and authentication. It is read without document type declarations and "
                   "entities. Asked for is the "
                   "file of outpost@DOMAIN. No file only informs, and so do answers of a web site that has "
                   "every page.\n\n"
                   "Fix: let autoconfig.DOMAIN lead to a web server with a certificate for it, and serve the "
                   "file; its whole "
                   "text is in the finding.",
    .judge = judge_mozilla,
};

/* ---- autoconfig.microsoft ---- */

/* Does the name lead to a provider, as Microsoft's customers have it? Those answer by a redirect over plain HTTP. */
static bool leads_away(const struct judgement *judgement, const struct autoconfig_place_facts *place)
{
    return place != NULL && place->fetches.count > 0 && place->a != NULL && place->a->aliases.count > 0 &&
           !has_wildcard(judgement);
}

/* A web site that asks for a password whatever it is asked for says nothing of Autodiscover. */
static bool is_closed_site(struct judgement *judgement, const struct autoconfig_place_facts *place)
{
    const struct autoconfig_facts *facts = observed_autoconfig(judgement);
    const char *words;

    return place == facts->microsoft_domain &&
           autoconfig_answer(judgement, facts->mozilla_well_known, MOZILLA_ROOT, &words) == PLACE_PROTECTED;
}

static struct finding *judge_autodiscover(struct judgement *judgement, const struct check *check,
                                          const struct subject *subject,
                                          const struct autoconfig_place_facts *const *places, size_t count)
{
    const struct autoconfig_place_facts *at[PLACE_FOUND + 1] = {0};
    const char *said[PLACE_FOUND + 1] = {0};

    for (size_t i = 0; i < count; i++) {
        const char *words;
        enum autoconfig_answer answer = autoconfig_answer(judgement, places[i], MICROSOFT_ROOT, &words);

        if (answer == PLACE_PROTECTED && is_closed_site(judgement, places[i]))
            answer = PLACE_ABSENT;
        if (places[i] != NULL && at[answer] == NULL) {
            at[answer] = places[i];
            said[answer] = words;
        }
    }
    if (at[PLACE_FOUND] != NULL)
        return finding_add(judgement, check, subject, OUTCOME_PASS, "Autodiscover answers at %s",
                           url_of(judgement, at[PLACE_FOUND]));
    if (at[PLACE_PROTECTED] != NULL)
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "Autodiscover is at %s and asks for a password, so what it says was not seen",
                           url_of(judgement, at[PLACE_PROTECTED]));
    for (size_t i = 0; i < count; i++) {
        if (!is_broken_file(places[i], MICROSOFT_ROOT))
            continue;
        if (places[i]->file->elsewhere != NULL)
            return finding_add(judgement, check, subject, OUTCOME_INFO,
                               "Autodiscover refers to %s, where was not asked", places[i]->file->elsewhere);
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "Autodiscover answers, and names no server: %s",
                           text_or(places[i]->file->message, said[PLACE_FAULTY]));
    }
    if (at[PLACE_UNKNOWN] != NULL)
        return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, said[PLACE_UNKNOWN]);
    if (leads_away(judgement, places[0]))
        return finding_untested(
            judgement, check, subject, OUTCOME_NOT_TESTED,
            kept(judgement,
                 arena_format(judgement->arena,
                              "%s is an alias of %s, and has nothing by HTTPS: a redirect by plain HTTP, "
                              "which Outlook asks for then, was not looked for",
                              text_or(places[0]->host, "?"),
                              (const char *)places[0]->a->aliases.items[places[0]->a->aliases.count - 1])));
    if (at[PLACE_FAULTY] != NULL && !has_wildcard(judgement))
        return finding_add(judgement, check, subject, OUTCOME_INFO, "There is no Autodiscover: %s: %s",
                           text_or(at[PLACE_FAULTY]->host, "?"), said[PLACE_FAULTY]);
    return finding_add(judgement, check, subject, OUTCOME_INFO,
                       "There is no Autodiscover, as Outlook looks for it");
}

static void judge_microsoft(struct judgement *judgement, const struct check *check)
{
    const struct autoconfig_facts *facts = observed_autoconfig(judgement);
    struct subject subject = subject_domain(judgement);
    struct finding *finding;

    if (is_elsewhere(judgement, check, &subject))
        return;
    const struct autoconfig_place_facts *const places[] = {facts->microsoft_host, facts->microsoft_domain,
                                                           facts->microsoft_srv};

    finding = judge_autodiscover(judgement, check, &subject, places, 3);
    for (size_t i = 0; i < 3; i++) {
        evidence_place(judgement, finding, places[i], MICROSOFT_ROOT);
        evidence_faults(judgement, finding, places[i]);
    }
}

const struct check check_autoconfig_microsoft = {
    .id = "autoconfig.microsoft",
    .severity = SEVERITY_NONE,
    .area = AREA_NONE,
    .title = "Autodiscover answers as Outlook asks",
    .why =
        "Outlook and some phones set themselves up from it; without it their users enter host names by hand.",
    .reference = "[MS-OXDSCLI]",
    .explanation =
        "A request for the settings of outpost@DOMAIN is sent to "
        "https://autodiscover.DOMAIN/autodiscover/autodiscover.xml, to the same path at the domain itself, "
        "and "
        "where the SRV record _autodiscover._tcp.DOMAIN leads (port 443). An answer 401 is normal: it gives "
        "settings "
        "only to who knows a password. Of the answer the protocols IMAP, POP3 and SMTP count. Nothing there "
        "informs.\n\n"
        "Fix: none needed. To have it, serve an answer with the same servers as in the other sources, or a "
        "program "
        "that writes it (automx2, for example).",
    .judge = judge_microsoft,
};
