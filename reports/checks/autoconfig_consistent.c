/*
 * autoconfig_consistent.c - is what mail programs are promised so, and do all who promise say the same?
 *
 *      each promise  ->  kept by the port?      each pair of sources  ->  the same servers, the same way to log in?
 *
 * RFC 6186 6 (names in certificates), RFC 8314 3 (no clear text). What was not scanned is not known.
 */
#include "reports/autoconfig.h"

#include "reports/autoconfig_fix.h"
#include "reports/autoconfig_port.h"
#include "reports/catalogue.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

#include <string.h>

struct comparison {
    struct judgement *judgement;
    struct list promises;
    struct list broken;  /* texts: what is not so */
    struct list unknown; /* texts: what was not seen, and why */
    struct list differences;
    struct list choices; /* texts: different ports of one host, which both work */
    const char *reason;  /* of the first that is not known */
    bool to_change[AUTOCONFIG_SOURCES];
};

static void note(struct comparison *comparison, struct list *list, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void note(struct comparison *comparison, struct list *list, const char *format, ...)
{
    struct judgement *judgement = comparison->judgement;
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = kept(judgement, arena_vformat(judgement->arena, format, arguments));
    va_end(arguments);
    if (list_add(list, judgement->arena, (void *)(uintptr_t)text) < 0)
        judgement->failed = true;
}

/* ---- promises and ports ---- */

static void test_promises(struct comparison *comparison)
{
    struct judgement *judgement = comparison->judgement;

    for (size_t i = 0; i < comparison->promises.count; i++) {
        const struct promise *promise = comparison->promises.items[i];
        const char *words, *what = promise_words(judgement, promise);
        const char *source = autoconfig_source_name(promise->source);

        switch (promise_kept(judgement, promise, &words)) {
        case YES:
            break;
        case NO:
            note(comparison, &comparison->broken, "%s: %s: %s", source, what, text_or(words, "?"));
            comparison->to_change[promise->source] = true;
            break;
        case UNKNOWN:
            note(comparison, &comparison->unknown, "%s: %s: not tested, %s", source, what,
                 text_or(words, "?"));
            if (comparison->reason == NULL)
                comparison->reason = words;
            break;
        }
    }
}

/* ---- sources and sources ---- */

static bool is_same_port(const struct promise *a, const struct promise *b)
{
    return same_text(a->protocol, b->protocol) && same_name(a->host, b->host) && a->port == b->port;
}

static bool has_authentication(const struct promise *promise, const char *name)
{
    return list_has_text(&promise->server->authentication, name);
}

/* Does a user log in with the whole address? Not known of a name that is written in some other way. */
static enum known is_address_login(const struct judgement *judgement, const struct promise *promise)
{
    const char *name = promise->server->username, *address = observed_autoconfig(judgement)->address;

    if (name == NULL)
        return UNKNOWN;
    if (same_text(name, "%EMAILADDRESS%") || same_text(name, "%EMAILLOCALPART%@%EMAILDOMAIN%") ||
        same_text(name, address))
        return YES;
    return same_text(name, "%EMAILLOCALPART%") || same_text(name, "outpost") ? NO : UNKNOWN;
}

/* Two that name the same port: do they say the same of it? */
static void compare_words(struct comparison *comparison, const struct promise *a, const struct promise *b)
{
    const char *first = autoconfig_source_name(a->source), *second = autoconfig_source_name(b->source);
    enum known address_a, address_b;

    if (a->security != b->security && a->security != AUTOCONFIG_ANY && b->security != AUTOCONFIG_ANY)
        note(comparison, &comparison->differences, "%s at %s port %lld: %s by %s, %s by %s",
             protocol_words(a->protocol), a->host, (long long)a->port, security_words(a->security), first,
             security_words(b->security), second);
    if (a->server == NULL || b->server == NULL)
        return;
    if (has_authentication(b, "NTLM") && !has_authentication(a, "NTLM"))
        note(comparison, &comparison->differences,
             "%s at %s port %lld: %s wants NTLM (SPA), which %s does not know", protocol_words(a->protocol),
             a->host, (long long)a->port, second, first);
    if (has_authentication(b, "none") && !has_authentication(a, "none"))
        note(comparison, &comparison->differences, "%s at %s port %lld: %s wants no password, %s does",
             protocol_words(a->protocol), a->host, (long long)a->port, second, first);
    address_a = is_address_login(comparison->judgement, a);
    address_b = is_address_login(comparison->judgement, b);
    if (address_a != UNKNOWN && address_b != UNKNOWN && address_a != address_b)
        note(comparison, &comparison->differences,
             "%s at %s port %lld: users log in with %s by %s, with %s by %s", protocol_words(a->protocol),
             a->host, (long long)a->port, address_a == YES ? "their address" : "what stands before the @",
             first, address_b == YES ? "their address" : "what stands before the @", second);
}

/* The first promise of a source for a protocol; NULL: none. */
static const struct promise *first_of(const struct comparison *comparison, enum autoconfig_source source,
                                      const char *protocol)
{
    for (size_t i = 0; i < comparison->promises.count; i++) {
        const struct promise *promise = comparison->promises.items[i];

        if (promise->source == source && same_text(promise->protocol, protocol))
            return promise;
    }
    return NULL;
}

static bool is_together(const struct comparison *comparison, const struct promise *a, const struct promise *b)
{
    const struct list *promises = &comparison->promises;

    for (size_t i = 0; i < promises->count; i++)
        for (size_t j = 0; j < promises->count; j++) {
            const struct promise *x = promises->items[i], *y = promises->items[j];

            if (x->source == a->source && y->source == b->source && same_text(x->protocol, a->protocol) &&
                is_same_port(x, y))
                return true;
        }
    return false;
}

/* Do both lead to the same host, by ways that work? */
static bool is_harmless(const struct comparison *comparison, const struct promise *a, const struct promise *b)
{
    const char *words;

    return same_name(a->host, b->host) && promise_kept(comparison->judgement, a, &words) == YES &&
           promise_kept(comparison->judgement, b, &words) == YES;
}

/* Two sources that have no port of a protocol in common send users to different places. */
static void compare_places(struct comparison *comparison, enum autoconfig_source one,
                           enum autoconfig_source other)
{
    static const char *const protocols[] = {"imap", "pop3", "smtp"};

    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
        const struct promise *a = first_of(comparison, one, protocols[i]);
        const struct promise *b = first_of(comparison, other, protocols[i]);

        if (a == NULL || b == NULL || is_together(comparison, a, b))
            continue;
        note(comparison, is_harmless(comparison, a, b) ? &comparison->choices : &comparison->differences,
             "%s: %s port %lld by %s, %s port %lld by %s", protocol_words(protocols[i]), a->host,
             (long long)a->port, autoconfig_source_name(one), b->host, (long long)b->port,
             autoconfig_source_name(other));
    }
}

/* What SRV records say is not offered, and somebody else offers. */
static void compare_denials(struct comparison *comparison, const struct promise *promise)
{
    const char *service = promise_service(promise);

    if (promise->source != BY_SRV && service != NULL && autoconfig_denied(comparison->judgement, service))
        note(comparison, &comparison->differences, "%s: %s, and by the SRV records (%s) it is not offered",
             autoconfig_source_name(promise->source), promise_words(comparison->judgement, promise), service);
}

static void compare_sources(struct comparison *comparison)
{
    const struct list *promises = &comparison->promises;

    for (int i = BY_SRV; i < AUTOCONFIG_SOURCES; i++)
        for (int j = i + 1; j < AUTOCONFIG_SOURCES; j++)
            compare_places(comparison, (enum autoconfig_source)i, (enum autoconfig_source)j);
    for (size_t i = 0; i < promises->count; i++) {
        const struct promise *promise = promises->items[i];

        compare_denials(comparison, promise);
        for (size_t j = i + 1; j < promises->count; j++) {
            const struct promise *other = promises->items[j];

            if (promise->source != other->source && is_same_port(promise, other))
                compare_words(comparison, promise, other);
        }
    }
}

/* ---- the finding ---- */

static void add_lines(struct comparison *comparison, struct finding *finding, const struct list *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        finding_evidence(comparison->judgement, finding, "%s", (const char *)lines->items[i]);
}

static bool is_said(const struct comparison *comparison, enum autoconfig_source source)
{
    for (size_t i = 0; i < comparison->promises.count; i++)
        if (((const struct promise *)comparison->promises.items[i])->source == source)
            return true;
    return false;
}

/* Where sources differ, each that speaks is shown as it should be. */
static void add_fixes(struct comparison *comparison, struct finding *finding)
{
    bool all = comparison->differences.count > 0;
    struct judgement *judgement = comparison->judgement;

    if (comparison->to_change[BY_SRV] || (all && is_said(comparison, BY_SRV)))
        fix_autoconfig_srv(judgement, finding, "As this scan saw the ports, these are the SRV records");
    if (comparison->to_change[BY_MOZILLA] || (all && is_said(comparison, BY_MOZILLA)))
        fix_autoconfig_mozilla(judgement, finding, "This is Mozilla's file");
    if (comparison->to_change[BY_MICROSOFT] || (all && is_said(comparison, BY_MICROSOFT)))
        fix_autoconfig_microsoft(judgement, finding, "These are the servers in the answer of Autodiscover");
}

static struct finding *add_finding(struct comparison *comparison, const struct check *check,
                                   const struct subject *subject)
{
    struct judgement *judgement = comparison->judgement;

    if (comparison->broken.count > 0)
        return finding_add(judgement, check, subject, OUTCOME_FAIL,
                           "Mail programs are promised what is not so: %s",
                           (const char *)comparison->broken.items[0]);
    if (comparison->differences.count > 0)
        return finding_add(judgement, check, subject, OUTCOME_WARN,
                           "Mail programs are told different things: %s",
                           (const char *)comparison->differences.items[0]);
    if (comparison->unknown.count > 0)
        return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                                text_or(comparison->reason, "not all of it was looked at"));
    if (comparison->choices.count > 0)
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "Mail programs are told different ports, and all of them work: %s",
                           (const char *)comparison->choices.items[0]);
    return finding_add(judgement, check, subject, OUTCOME_PASS,
                       "What mail programs are promised is the same everywhere, and so");
}

/* Was there a place that may promise something, and could not be asked? */
static bool is_unseen(struct judgement *judgement)
{
    const struct autoconfig_facts *facts = observed_autoconfig(judgement);
    const char *words;

    if (facts == NULL)
        return true;
    for (size_t i = 0; i < facts->srv.count; i++)
        if (question_lost(((const struct srv_facts *)facts->srv.items[i])->question))
            return true;
    return autoconfig_answer(judgement, facts->mozilla_host, MOZILLA_ROOT, &words) == PLACE_UNKNOWN ||
           autoconfig_answer(judgement, facts->mozilla_well_known, MOZILLA_ROOT, &words) == PLACE_UNKNOWN ||
           autoconfig_answer(judgement, facts->microsoft_host, MICROSOFT_ROOT, &words) == PLACE_UNKNOWN ||
           autoconfig_answer(judgement, facts->microsoft_domain, MICROSOFT_ROOT, &words) == PLACE_UNKNOWN;
}

static void judge_consistent(struct judgement *judgement, const struct check *check)
{
    struct comparison comparison = {.judgement = judgement};
    struct subject subject = subject_domain(judgement);
    struct finding *finding;

    if (observed_dns(judgement)->domain == NULL)
        return;
    comparison.promises = autoconfig_promises(judgement);
    if (comparison.promises.count == 0) {
        bool unseen = !domain_takes_no_mail(judgement) && is_unseen(judgement);

        finding_untested(judgement, check, &subject, unseen ? OUTCOME_NOT_TESTED : OUTCOME_NOT_APPLICABLE,
                         unseen ? (observed_autoconfig(judgement) == NULL
                                       ? "it was not asked"
                                       : "not all places where mail programs look could be seen")
                                : "mail programs are promised nothing");
        return;
    }
    test_promises(&comparison);
    compare_sources(&comparison);
    finding = add_finding(&comparison, check, &subject);
    add_lines(&comparison, finding, &comparison.broken);
    add_lines(&comparison, finding, &comparison.differences);
    add_lines(&comparison, finding, &comparison.choices);
    add_lines(&comparison, finding, &comparison.unknown);
    add_fixes(&comparison, finding);
}

const struct check check_autoconfig_consistent = {
    .id = "autoconfig.consistent",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "What mail programs are told is so, and the same everywhere",
    .why = "Mail programs take one source or another: where they disagree, some users cannot connect, and "
           "where one "
           "names a port without TLS, their passwords go in clear.",
    .reference = "RFC 6186 section 6, RFC 8314 section 3",
    .explanation = "Each server that SRV records, Mozilla's file and Autodiscover name is compared with the "
                   "ports of this scan: "
                   "somebody must be there, speak that protocol, with TLS from the first byte or STARTTLS as "
                   "promised, and show "
                   "a certificate for the name; for an SRV record also one for the domain will do. No "
                   "encryption fails. Names "
                   "and ports that were not scanned are not tested: --host and --port scan them too. Sources "
                   "that have no port "
                   "of a protocol in common, that say different things of the same port (encryption, the "
                   "name to log in with, "
                   "NTLM, no password), or of which one offers what the SRV records deny, warn.\n\n"
                   "Fix: change the source that is wrong; the finding has all of them as they should be.",
    .judge = judge_consistent,
};
