/*
 * mta_sts.c - MTA-STS as a sender sees it that insists on it
 *
 *   record -> policy of some address -> mode, patterns, age -> each mail host: in it? -> each address: meets it?
 */
#include "reports/mta_sts.h"

#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <openssl/x509_vfy.h>
#include <string.h>

enum { SMTP_PORT = 25, HTTP_OK = 200 };

const struct mta_sts_facts *observed_mta_sts(const struct judgement *judgement)
{
    return judgement->scan->facts == NULL ? NULL : judgement->scan->facts->mta_sts;
}

/* ---- the record ---- */

enum mta_sts_announcement mta_sts_announcement(const struct mta_sts_facts *facts,
                                               const struct mta_sts_record_facts **ret_record)
{
    const struct mta_sts_record_facts *announcing = NULL, *intended = NULL;
    size_t count = 0;

    if (facts == NULL || question_lost(facts->question))
        return ANNOUNCEMENT_UNKNOWN;
    for (size_t i = 0; i < facts->records.count; i++) {
        const struct mta_sts_record_facts *record = facts->records.items[i];

        if (record->announces == YES) {
            announcing = announcing == NULL ? record : announcing;
            count++;
        } else if (record->intended == YES) {
            intended = record;
        }
    }
    *ret_record = announcing != NULL ? announcing : intended;
    if (announcing == NULL)
        return intended == NULL ? ANNOUNCEMENT_ABSENT : ANNOUNCEMENT_IGNORED;
    if (count > 1)
        return ANNOUNCEMENT_SEVERAL;
    return announcing->fault == NULL ? ANNOUNCEMENT_VALID : ANNOUNCEMENT_FAULTY;
}

/* ---- the policy, from one address ---- */

const struct mta_sts_policy_facts *mta_sts_policy_of(const struct mta_sts_facts *facts,
                                                     const struct mta_sts_fetch_facts *fetch)
{
    if (!fetch->policy.known || fetch->policy.value < 0 ||
        (uint64_t)fetch->policy.value >= facts->policies.count)
        return NULL;
    return facts->policies.items[fetch->policy.value];
}

/* "text/plain", perhaps with parameters (RFC 8461 3.2). */
static bool is_plain_text(const char *type)
{
    static const char plain[] = "text/plain";
    const char *rest;

    if (type == NULL || !text_starts_with(type, plain))
        return false;
    rest = type + strlen(plain);
    return *rest == '\0' || *rest == ';' || *rest == ' ';
}

static const char *answer_fault(struct judgement *judgement, const struct mta_sts_fetch_facts *fetch)
{
    const struct mta_sts_policy_facts *policy = mta_sts_policy_of(observed_mta_sts(judgement), fetch);

    if (fetch->status.value >= 300 && fetch->status.value < 400)
        return kept(judgement, arena_format(judgement->arena, "a redirect (HTTP status %lld) to %s",
                                            (long long)fetch->status.value, text_or(fetch->location, "?")));
    if (fetch->status.value != HTTP_OK)
        return kept(judgement,
                    arena_format(judgement->arena, "HTTP status %lld", (long long)fetch->status.value));
    if (!is_plain_text(fetch->content_type))
        return kept(judgement, arena_format(judgement->arena, "the media type %s instead of text/plain",
                                            text_or(fetch->content_type, "(none)")));
    if (policy == NULL || policy->valid == UNKNOWN)
        return "a policy that was not kept";
    if (policy->valid == NO)
        return kept(judgement,
                    arena_format(judgement->arena, "a policy that is not valid (%s)",
                                 policy->faults.count == 0 ? "?" : (const char *)policy->faults.items[0]));
    return NULL;
}

/* Did anything answer us by this family? Then a silent web server is silent, and not our way there. */
static bool family_works(const struct judgement *judgement, bool ipv6)
{
    const struct list *endpoints = observed_endpoints(judgement);
    const struct mta_sts_facts *facts = observed_mta_sts(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (is_ipv6(endpoint->address) == ipv6 && has_answered(endpoint))
            return true;
    }
    for (size_t i = 0; i < facts->fetches.count; i++) {
        const struct mta_sts_fetch_facts *fetch = facts->fetches.items[i];

        if (is_ipv6(fetch->address) == ipv6 && fetch->result == FETCH_ANSWERED)
            return true;
    }
    return false;
}

enum mta_sts_answer mta_sts_answer(struct judgement *judgement, const struct mta_sts_fetch_facts *fetch,
                                   const char **ret_words)
{
    *ret_words = text_or(fetch->reason, "no reason known");
    switch (fetch->result) {
    case FETCH_NOT_OBSERVED:
        return ANSWER_UNKNOWN;
    case FETCH_REFUSED:
        return ANSWER_DEAD;
    case FETCH_UNREACHED:
        return family_works(judgement, is_ipv6(fetch->address)) ? ANSWER_DEAD : ANSWER_UNKNOWN;
    case FETCH_CERTIFICATE:
        *ret_words = kept(judgement, arena_format(judgement->arena,
                                                  "a certificate that is not valid for it (%s)", *ret_words));
        return ANSWER_WRONG;
    case FETCH_SLOW:
        *ret_words = "no whole answer within a minute";
        return ANSWER_WRONG;
    case FETCH_TOO_LARGE:
    case FETCH_BROKEN:
        return ANSWER_WRONG;
    case FETCH_ANSWERED:
        break;
    }
    *ret_words = answer_fault(judgement, fetch);
    return *ret_words == NULL ? ANSWER_USABLE : ANSWER_WRONG;
}

/* ---- all together ---- */

/* The first policy that some address gives and senders take; else the best reason why there is none. */
static struct mta_sts_view view_of_policy(struct judgement *judgement, const struct mta_sts_facts *facts)
{
    struct mta_sts_view view = {.state = MTA_STS_UNUSABLE,
                                .reason = "senders cannot fetch the policy (mta_sts.policy)"};
    const char *words;

    for (size_t i = 0; i < facts->fetches.count; i++) {
        const struct mta_sts_fetch_facts *fetch = facts->fetches.items[i];

        switch (mta_sts_answer(judgement, fetch, &words)) {
        case ANSWER_USABLE:
            return (struct mta_sts_view){.state = MTA_STS_USABLE, .policy = mta_sts_policy_of(facts, fetch)};
        case ANSWER_UNKNOWN:
            view = (struct mta_sts_view){.state = MTA_STS_UNKNOWN, .reason = words};
            break;
        case ANSWER_DEAD:
        case ANSWER_WRONG:
            break;
        }
    }
    if (facts->fetches.count == 0 && !(question_denied(facts->a) && question_denied(facts->aaaa)))
        view = (struct mta_sts_view){.state = MTA_STS_UNKNOWN,
                                     .reason = "the addresses of the policy host could not be looked up"};
    return view;
}

struct mta_sts_view mta_sts_view(struct judgement *judgement)
{
    const struct mta_sts_facts *facts = observed_mta_sts(judgement);
    const struct mta_sts_record_facts *record;
    const struct dns_question_facts *question = facts == NULL ? NULL : facts->question;

    switch (mta_sts_announcement(facts, &record)) {
    case ANNOUNCEMENT_UNKNOWN:
        return (struct mta_sts_view){
            .reason = kept(judgement, arena_format(judgement->arena, "the record was not looked up (%s)",
                                                   question_failure(question)))};
    case ANNOUNCEMENT_ABSENT:
        return (struct mta_sts_view){.state = MTA_STS_ABSENT, .reason = "no policy is announced"};
    case ANNOUNCEMENT_IGNORED:
    case ANNOUNCEMENT_SEVERAL:
    case ANNOUNCEMENT_FAULTY:
        return (struct mta_sts_view){.state = MTA_STS_UNUSABLE,
                                     .reason = "the record that announces the policy is not valid "
                                               "(mta_sts.record)"};
    case ANNOUNCEMENT_VALID:
        break;
    }
    return view_of_policy(judgement, facts);
}

bool mta_sts_enforced(const struct mta_sts_view *view)
{
    return view->policy != NULL && view->policy->mode == MTA_STS_ENFORCE;
}

const char *mta_sts_match(const struct mta_sts_policy_facts *policy, const char *host)
{
    for (size_t i = 0; i < policy->mx.count; i++)
        if (name_matches(policy->mx.items[i], host))
            return policy->mx.items[i];
    return NULL;
}

bool mta_sts_pattern_used(const struct judgement *judgement, const char *pattern)
{
    const struct list *hosts = observed_hosts(judgement);
    const struct list *exchangers = &observed_dns(judgement)->exchangers;

    for (size_t i = 0; i < exchangers->count; i++)
        if (name_matches(pattern, ((const struct mail_exchanger_facts *)exchangers->items[i])->host))
            return true;
    for (size_t i = 0; i < hosts->count; i++)
        if (host_receives(hosts->items[i]) &&
            name_matches(pattern, ((const struct mail_host_facts *)hosts->items[i])->name))
            return true;
    return false;
}

/* ---- does a server meet it ---- */

static bool is_out_of_date(const struct judgement *judgement, const struct certificate_facts *certificate)
{
    int64_t now = judgement->scan->started.value;

    if ((certificate->not_after.known && certificate->not_after.value < now) ||
        (certificate->not_before.known && certificate->not_before.value > now))
        return true;
    for (size_t i = 0; i < certificate->verify_errors.count; i++) {
        const struct verify_error_facts *error = certificate->verify_errors.items[i];

        if (error->code.known && (error->code.value == X509_V_ERR_CERT_HAS_EXPIRED ||
                                  error->code.value == X509_V_ERR_CERT_NOT_YET_VALID))
            return true;
    }
    return false;
}

static enum known certificate_meets(const struct judgement *judgement,
                                    const struct certificate_facts *certificate, const char *host,
                                    const char **ret_words)
{
    *ret_words = "the certificate leads to no trusted root (cert.trust)";
    if (certificate->trusted == NO)
        return NO;
    *ret_words = "the certificate is not meant for servers (cert.trust)";
    if (certificate->server_auth == NO)
        return NO;
    *ret_words = "the certificate, or one above it, has expired or is not valid yet (cert.expiry)";
    if (judgement->scan->started.known && is_out_of_date(judgement, certificate))
        return NO;
    *ret_words = "the certificate does not cover the name of the mail host (cert.name)";
    if (certificate->sans.observed && certificate->sans_left_out.value == 0 &&
        !certificate_covers(certificate, host))
        return NO;
    *ret_words = "the certificate could not be looked at in full";
    return certificate->trusted == YES && certificate_covers(certificate, host) &&
                   judgement->scan->started.known && certificate->not_after.known &&
                   certificate->not_before.known
               ? YES
               : UNKNOWN;
}

/* Any of the certificates that the server shows for the name may be what a sender meets. */
static enum known certificates_meet(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                    const char *host, const char **ret_words)
{
    struct list shown = certificates_for(judgement, endpoint, host);
    enum known result = YES;
    enum outcome outcome;

    if (shown.count == 0) {
        *ret_words = certificate_missing(judgement, endpoint, host, &outcome);
        return UNKNOWN;
    }
    for (size_t i = 0; i < shown.count; i++) {
        const struct shown_certificate *item = shown.items[i];
        const char *words;
        enum known met = certificate_meets(judgement, item->certificate, host, &words);

        if (met == YES)
            continue;
        *ret_words = words;
        if (met == NO)
            return NO;
        result = UNKNOWN;
    }
    return result;
}

enum known mta_sts_meets(struct judgement *judgement, const struct mail_host_facts *host, const char *address,
                         const char **ret_words)
{
    const struct endpoint_facts *endpoint = endpoint_at(judgement, address, SMTP_PORT);
    enum outcome outcome;

    *ret_words = "port 25 was not looked at";
    if (endpoint == NULL)
        return UNKNOWN;
    *ret_words = endpoint_closed(judgement, endpoint, &outcome);
    if (*ret_words != NULL)
        return UNKNOWN;
    *ret_words = session_end_words(endpoint);
    if (endpoint->smtp == NULL)
        return UNKNOWN;
    *ret_words = "the server does not offer STARTTLS (smtp.starttls)";
    if (endpoint->smtp->starttls_offered == NO)
        return NO;
    *ret_words = "the server refuses STARTTLS (smtp.starttls)";
    if (smtp_refuses_starttls(endpoint->smtp))
        return NO;
    *ret_words = "the TLS handshake fails (tls.handshake)";
    if (handshake_failed(first_handshake(endpoint->tls, host->name)))
        return NO;
    *ret_words = session_end_words(endpoint);
    if (endpoint->smtp->tls != YES)
        return UNKNOWN;
    return certificates_meet(judgement, endpoint, host->name, ret_words);
}

enum outcome mta_sts_certificate_outcome(struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    struct mta_sts_view view;

    if (!is_opportunistic(endpoint))
        return OUTCOME_FAIL;
    if (!endpoint_receives(judgement, endpoint))
        return OUTCOME_WARN;
    view = mta_sts_view(judgement);
    return mta_sts_enforced(&view) ? OUTCOME_FAIL : OUTCOME_WARN;
}

/* ---- what to publish ---- */

/* "20261122T120000Z": letters and digits, and another one for each change. */
static const char *new_id(struct judgement *judgement)
{
    char *time =
        judgement->scan->started.known ? text_time(judgement->arena, judgement->scan->started.value) : NULL;
    char *end = time;

    if (time == NULL)
        return "1";
    for (const char *at = time; *at != '\0'; at++)
        if (*at != '-' && *at != ':')
            *end++ = *at;
    *end = '\0';
    return time;
}

void fix_mta_sts_record(struct judgement *judgement, struct finding *finding, const char *what)
{
    const char *domain = observed_dns(judgement)->domain;

    if (host_name_valid(domain))
        finding_fix(judgement, finding, "%s:\n  _mta-sts.%s. IN TXT \"v=STSv1; id=%s;\"", what, domain,
                    new_id(judgement));
}

enum { MX_LINES_MAX = 16, WEEK_SECONDS = 604800 };

/* "  mx: mail.example.org\n" for each mail host that senders come to. */
static const char *mx_lines(struct judgement *judgement)
{
    const struct list *hosts = observed_hosts(judgement);
    const char *lines = "";
    size_t count = 0;

    for (size_t i = 0; i < hosts->count && count < MX_LINES_MAX; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        if (!host_receives(host) || host->literal == YES || !host_name_qualified(host->name))
            continue;
        lines = kept(judgement, arena_format(judgement->arena, "%s  mx: %s\n", lines, host->name));
        count++;
    }
    return lines;
}

enum mta_sts_mode mta_sts_mode_to_keep(const struct judgement *judgement)
{
    const struct mta_sts_facts *facts = observed_mta_sts(judgement);

    for (size_t i = 0; facts != NULL && i < facts->policies.count; i++) {
        const struct mta_sts_policy_facts *policy = facts->policies.items[i];

        if (policy->mode == MTA_STS_ENFORCE || policy->mode == MTA_STS_TESTING)
            return policy->mode;
    }
    return MTA_STS_TESTING;
}

void fix_mta_sts_file(struct judgement *judgement, struct finding *finding, enum mta_sts_mode mode)
{
    const char *domain = observed_dns(judgement)->domain;
    const char *lines = mx_lines(judgement);

    if (host_name_valid(domain) && *lines != '\0' && mode != MTA_STS_MODE_NOT_OBSERVED)
        finding_fix(judgement, finding,
                    "Serve this file, as text/plain, at `https://mta-sts.%s/.well-known/mta-sts.txt`:\n  "
                    "version: STSv1\n  mode: %s\n%s  max_age: %d",
                    domain, mta_sts_mode_values[mode], lines, WEEK_SECONDS);
}
