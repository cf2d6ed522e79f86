/*
 * helo.c - the name that a server gives itself in its greeting and in the answer to EHLO
 *
 * RFC 5321 4.1.1.1, 4.1.4, 4.2 (the first word of either is the server's name).
 */
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"

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

/* Does the name resolve to the address? As far as the names that were looked up anyway tell. */
static enum known leads_to(const struct judgement *judgement, const char *name, const char *address)
{
    const struct mail_host_facts *host = host_named(judgement, name);
    const struct ptr_facts *ptr = observed_ptr(judgement, address);

    if (host != NULL && host->addresses.count > 0) {
        for (size_t i = 0; i < host->addresses.count; i++) {
            const struct host_address_facts *known = host->addresses.items[i];

            if (same_text(known->address, address))
                return YES;
        }
        return NO;
    }
    for (size_t i = 0; ptr != NULL && i < ptr->names.count; i++) {
        const struct ptr_name_facts *reverse = ptr->names.items[i];

        if (same_name(reverse->name, name))
            return reverse->confirmed;
    }
    return UNKNOWN;
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

static void fix_name(struct judgement *judgement, struct finding *finding, const char *host)
{
    if (!host_name_qualified(host))
        return;
    finding_fix(judgement, finding, "Postfix (main.cf):\n  myhostname = %s", host);
    finding_fix(judgement, finding, "docker-mailserver (compose.yaml):\n  hostname: %s", host);
}

static struct finding *judge_known_name(struct judgement *judgement, const struct check *check,
                                        const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const char *name = ehlo_name(endpoint), *greeting = endpoint->smtp->greeting_name;
    enum name_fault fault = name_fault_of(name);
    const struct endpoint_facts *other;
    struct finding *finding;

    if (fault != NAME_FINE) {
        finding =
            finding_add(judgement, check, subject, OUTCOME_FAIL, "The server introduces itself with %s%s%s",
                        name_fault_words(fault), name == NULL ? "" : ": ", text_or(name, ""));
        fix_name(judgement, finding, subject->host);
        return finding;
    }
    other = other_name(judgement, endpoint);
    if (other != NULL) {
        finding =
            finding_add(judgement, check, subject, OUTCOME_WARN, "The server is %s here, but %s on port %lld",
                        name, ehlo_name(other), (long long)other->port.value);
        fix_name(judgement, finding, name);
        return finding;
    }
    if (greeting != NULL && !same_name(greeting, name))
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "The server greets as %s and answers EHLO as %s", greeting, name);
    switch (leads_to(judgement, name, endpoint->address)) {
    case YES:
        return finding_add(judgement, check, subject, OUTCOME_PASS,
                           "The server introduces itself as %s, which leads to its address", name);
    case NO:
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "The server introduces itself as %s, which leads to another address", name);
    case UNKNOWN:
        break;
    }
    return finding_add(judgement, check, subject, OUTCOME_PASS, "The server introduces itself as %s", name);
}

static void judge_helo(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct subject subject = subject_endpoint(judgement, endpoint, NULL);
        struct finding *finding;

        if (!is_smtp_family(endpoint))
            continue;
        if (answer_of(endpoint) == NULL && endpoint->smtp != NULL && endpoint->smtp->ehlo != NULL) {
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, "the server refuses EHLO");
            continue;
        }
        if (session_untested(judgement, check, &subject, endpoint, answer_of(endpoint) != NULL))
            continue;
        finding = judge_known_name(judgement, check, &subject, endpoint);
        finding_evidence(judgement, finding, "greeting: %s",
                         text_or(endpoint->smtp->greeting_name, "(no name in it)"));
        finding_evidence(judgement, finding, "answer to EHLO: %s",
                         text_or(ehlo_name(endpoint), "(no name in it)"));
    }
}

const struct check check_helo_name = {
    .id = "helo.name",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_REACHABILITY,
    .title = "The server introduces itself by its full name",
    .why = "The name in greeting and EHLO is usually also what the server tells others when it sends; "
           "localhost, a "
           "container's id or a bare address there gets mail refused or filtered.",
    .reference = "RFC 5321 sections 4.1.1.1 and 4.1.4",
    .explanation =
        "The first word of the greeting and of the answer to EHLO is the name that the server gives itself. "
        "It "
        "has to be a full host name: not localhost, not a name of a local network, not the id of a "
        "container, "
        "not an address. It should lead to the server's address (as far as the names looked up in this scan "
        "tell) and be the same on every port. It need not equal the reverse name.\n\n"
        "Fix: Postfix: myhostname = mail.example.org in main.cf. docker-mailserver: hostname: "
        "mail.example.org in compose.yaml.",
    .judge = judge_helo,
};
