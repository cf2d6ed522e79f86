/*
 * helo.c - the name that a server gives itself in its greeting and in the answer to EHLO
 *
 * RFC 5321 2.3.5 (names resolve), 4.1.1.1, 4.1.4, 4.2 (the first word of either is the server's name).
 */
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "reports/senders.h"
#include "scanner/base/address.h"
#include "scanner/base/arena.h"

static bool is_accepted(const struct smtp_ehlo_facts *ehlo)
{
    return ehlo != NULL && ehlo->reply != NULL && ehlo->reply->code.value == 250;
}

/* The answer to EHLO that names the server; inside TLS when that is the only one. A refusal names nobody. */
static const struct smtp_ehlo_facts *answer_of(const struct endpoint_facts *endpoint)
{
    const struct smtp_facts *smtp = endpoint->smtp;

    if (smtp == NULL)
        return NULL;
    if (is_accepted(smtp->ehlo) && (smtp->ehlo->name != NULL || !is_accepted(smtp->ehlo_tls)))
        return smtp->ehlo;
    return is_accepted(smtp->ehlo_tls) ? smtp->ehlo_tls : NULL;
}

static const char *ehlo_name(const struct endpoint_facts *endpoint)
{
    const struct smtp_ehlo_facts *ehlo = answer_of(endpoint);

    return ehlo == NULL ? NULL : ehlo->name;
}

/* Where a name leads, seen from an address. */
enum lead {
    LEAD_UNKNOWN = 0, /* not looked up, or not to the end */
    LEAD_HERE,
    LEAD_ELSEWHERE, /* to other addresses only */
    LEAD_NOWHERE    /* the name has no address, or does not exist */
};

static bool has_record(const struct dns_question_facts *question, const char *address)
{
    struct address wanted, found;

    if (address_parse(text_or(address, ""), &wanted) < 0)
        return false;
    for (size_t i = 0; i < question->records.count; i++)
        if (address_parse(question->records.items[i], &found) == 0 && address_equal(&found, &wanted))
            return true;
    return false;
}

static enum dns_outcome outcome_of(const struct dns_question_facts *question)
{
    return question == NULL ? DNS_NOT_ASKED : question->outcome;
}

/* By the question for the address's own family, and, when the name has none of that family, by the other. */
static enum lead lead_of(const struct judgement *judgement, const char *name, const char *address)
{
    struct name_questions questions = observed_name(judgement, name);
    const struct dns_question_facts *own = is_ipv6(address) ? questions.aaaa : questions.a;
    const struct dns_question_facts *other = is_ipv6(address) ? questions.a : questions.aaaa;

    switch (outcome_of(own)) {
    case DNS_DATA:
        return has_record(own, address) ? LEAD_HERE : LEAD_ELSEWHERE;
    case DNS_NOT_ASKED:
    case DNS_FAILURE:
        return LEAD_UNKNOWN;
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        break;
    }
    switch (outcome_of(other)) {
    case DNS_DATA:
        return LEAD_ELSEWHERE;
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        return LEAD_NOWHERE;
    case DNS_NOT_ASKED:
    case DNS_FAILURE:
        break;
    }
    return LEAD_UNKNOWN;
}

/* Why it is not known where a name leads. */
static const char *lead_missing(struct judgement *judgement, const char *name, const char *address)
{
    struct name_questions questions = observed_name(judgement, name);
    const struct dns_question_facts *own = is_ipv6(address) ? questions.aaaa : questions.a;
    const struct dns_question_facts *other = is_ipv6(address) ? questions.a : questions.aaaa;
    bool failed = outcome_of(own) == DNS_NOT_ASKED || outcome_of(own) == DNS_FAILURE;

    return kept(judgement, arena_format(judgement->arena, "where %s leads could not be looked up: %s", name,
                                        question_failure(failed ? own : other)));
}

/* Another port of the same address that gives itself another name. */
static const struct endpoint_facts *other_name(const struct judgement *judgement,
                                               const struct endpoint_facts *endpoint)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *other = endpoints->items[i];

        if (other != endpoint && same_text(other->address, endpoint->address) && ehlo_name(other) != NULL &&
            !same_name(ehlo_name(other), ehlo_name(endpoint)))
            return other;
    }
    return NULL;
}

/* One machine has one name for itself: the one of its ports' names that leads back to it, else the mail
 * host's. NULL when there is none to suggest. */
static const char *best_name(struct judgement *judgement, const struct endpoint_facts *endpoint,
                             const char *host)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *other = endpoints->items[i];
        const char *name = ehlo_name(other);

        if (same_text(other->address, endpoint->address) && name_fault_of(name) == NAME_FINE &&
            lead_of(judgement, name, endpoint->address) == LEAD_HERE)
            return name;
    }
    return host_name_qualified(host) ? host : NULL;
}

static void fix_name(struct judgement *judgement, struct finding *finding,
                     const struct endpoint_facts *endpoint)
{
    const char *name = best_name(judgement, endpoint, finding->subject.host);

    if (name == NULL)
        return;
    finding_fix(judgement, finding, "Postfix (main.cf):\n  myhostname = %s", name);
    finding_fix(judgement, finding, "docker-mailserver (compose.yaml):\n  hostname: %s", name);
}

static struct finding *judge_nowhere(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const char *name = ehlo_name(endpoint), *better = best_name(judgement, endpoint, subject->host);
    /* a provider's machines that only receive may have names of their own, and no customer changes them */
    struct finding *finding = finding_add(
        judgement, check, subject, host_is_own(judgement, subject->host) ? OUTCOME_WARN : OUTCOME_INFO,
        "The server introduces itself as %s, a name without an address", name);

    if (better != NULL && !same_name(better, name))
        fix_name(judgement, finding, endpoint);
    else if (host_name_qualified(name))
        finding_fix(judgement, finding, "Publish the address of this name:\n  %s. 3600 IN %s %s", name,
                    is_ipv6(endpoint->address) ? "AAAA" : "A", endpoint->address);
    return finding;
}

/* RFC 5321 4.1.4 forbids to refuse mail for it, yet some filters count it against a sender. */
static bool differs_from_reverse(const struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    const struct ptr_facts *ptr = observed_ptr(judgement, endpoint->address);

    for (size_t i = 0; ptr != NULL && i < ptr->names.count; i++)
        if (same_name(((const struct ptr_name_facts *)ptr->names.items[i])->name, ehlo_name(endpoint)))
            return false;
    return ptr != NULL && ptr->names.count > 0 &&
           (!ptr->names_left_out.known || ptr->names_left_out.value == 0);
}

static struct finding *judge_lead(struct judgement *judgement, const struct check *check,
                                  const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const char *name = ehlo_name(endpoint), *greeting = endpoint->smtp->greeting_name;
    enum lead lead = lead_of(judgement, name, endpoint->address);

    if (lead == LEAD_NOWHERE)
        return judge_nowhere(judgement, check, subject, endpoint);
    if (greeting != NULL && !same_name(greeting, name))
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "The server greets as %s and answers EHLO as %s", greeting, name);
    switch (lead) {
    case LEAD_HERE:
        if (address_sends(judgement, endpoint->address) != NULL && differs_from_reverse(judgement, endpoint))
            return finding_add(judgement, check, subject, OUTCOME_INFO,
                               "The server introduces itself as %s, which is not its reverse name", name);
        return finding_add(judgement, check, subject, OUTCOME_PASS,
                           "The server introduces itself as %s, which leads to its address", name);
    case LEAD_ELSEWHERE:
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "The server introduces itself as %s, which leads to another address", name);
    case LEAD_NOWHERE:
    case LEAD_UNKNOWN:
        break;
    }
    return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                            lead_missing(judgement, name, endpoint->address));
}

static struct finding *judge_known_name(struct judgement *judgement, const struct check *check,
                                        const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const char *name = ehlo_name(endpoint);
    enum name_fault fault = name_fault_of(name);
    const struct endpoint_facts *other;
    struct finding *finding;

    if (fault != NAME_FINE) {
        finding =
            finding_add(judgement, check, subject, OUTCOME_FAIL, "The server introduces itself with %s%s%s",
                        name_fault_words(fault), name == NULL ? "" : ": ", text_or(name, ""));
        fix_name(judgement, finding, endpoint);
        return finding;
    }
    other = other_name(judgement, endpoint);
    if (other == NULL)
        return judge_lead(judgement, check, subject, endpoint);
    finding =
        finding_add(judgement, check, subject, OUTCOME_WARN, "The server is %s here, but %s on port %lld",
                    name, ehlo_name(other), (long long)other->port.value);
    fix_name(judgement, finding, endpoint);
    return finding;
}

static void evidence_name(struct judgement *judgement, struct finding *finding,
                          const struct endpoint_facts *endpoint)
{
    struct name_questions questions = observed_name(judgement, ehlo_name(endpoint));

    finding_evidence(judgement, finding, "greeting: %s",
                     text_or(endpoint->smtp->greeting_name, "(no name in it)"));
    finding_evidence(judgement, finding, "answer to EHLO: %s",
                     text_or(ehlo_name(endpoint), "(no name in it)"));
    evidence_question(judgement, finding, is_ipv6(endpoint->address) ? questions.aaaa : questions.a);
}

static void judge_one_helo(struct judgement *judgement, const struct check *check,
                           const struct subject *subject, const struct endpoint_facts *endpoint)
{
    if (answer_of(endpoint) == NULL && endpoint->smtp != NULL && endpoint->smtp->ehlo != NULL) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, "the server refuses EHLO");
        return;
    }
    if (session_untested(judgement, check, subject, endpoint, answer_of(endpoint) != NULL))
        return;
    evidence_name(judgement, judge_known_name(judgement, check, subject, endpoint), endpoint);
}

static void judge_helo(struct judgement *judgement, const struct check *check)
{
    judge_endpoints(judgement, check, is_smtp_family, judge_one_helo);
}

const struct check check_helo_name = {
    .id = "helo.name",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_REACHABILITY,
    .title = "The server introduces itself by its full name",
    .why = "The name in greeting and EHLO is usually also what the server tells others when it sends; "
           "localhost, a "
           "container's id or a bare address there gets mail refused or filtered.",
    .reference = "RFC 5321 sections 2.3.5, 4.1.1.1 and 4.1.4",
    .explanation =
        "The first word of the greeting and of the answer to EHLO is the name that the server gives itself. "
        "It has to be a full host name: not localhost, not a name of a local network, not the id of a "
        "container, not an address. It must resolve, should lead to the server's address and be the same on "
        "every port. It need not equal the reverse name (where it does not, that informs for an address "
        "known to send). One without an address warns, or informs when the "
        "mail host is somebody else's; one that leads elsewhere (there may be a proxy between) informs.\n\n"
        "Fix: Postfix: myhostname = mail.example.org in main.cf. docker-mailserver: hostname: "
        "mail.example.org in compose.yaml.",
    .judge = judge_helo,
};
