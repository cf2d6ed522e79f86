/*
 * endpoint.c - field table of endpoint facts
 */
#include "scanner/facts/endpoint.h"

const char *const endpoint_state_values[] = {"not_observed", "open",        "refused",       "silent",
                                             "unreachable",  "turned_away", "not_contacted", NULL};

static const struct fact endpoint_facts_table[] = {
    FACT(struct endpoint_facts, address, FACT_TEXT, "IPv4 or IPv6 address"),
    FACT(struct endpoint_facts, port, FACT_NUMBER, "TCP port"),
    FACT(struct endpoint_facts, service, FACT_TEXT, "what is expected there"),
    FACT(struct endpoint_facts, hosts, FACT_TEXTS, "names that led here"),
    FACT_ENUM_OF(struct endpoint_facts, state, endpoint_state_values, "what became of the first connection"),
    FACT(struct endpoint_facts, reason, FACT_TEXT, "why it is not open"),
    FACT(struct endpoint_facts, heard, FACT_KNOWN, "it sent at least one byte after it accepted"),
    FACT(struct endpoint_facts, connect_milliseconds, FACT_NUMBER, "time to connect"),
    FACT_OF(struct endpoint_facts, smtp, FACT_OBJECT, &smtp_shape, "the SMTP session"),
    FACT_OF(struct endpoint_facts, imap, FACT_OBJECT, &imap_shape, "the IMAP session"),
    FACT_OF(struct endpoint_facts, pop3, FACT_OBJECT, &pop3_shape, "the POP3 session"),
    FACT_OF(struct endpoint_facts, sieve, FACT_OBJECT, &sieve_shape, "the ManageSieve session"),
    FACT_OF(struct endpoint_facts, tls, FACT_OBJECT, &tls_shape, "TLS"),
    FACT(struct endpoint_facts, connections, FACT_NUMBER, "connections opened"),
    FACT(struct endpoint_facts, aborted, FACT_NUMBER, "of these, ended without a farewell"),
    FACT(struct endpoint_facts, pushbacks, FACT_NUMBER, "times the server told us to slow down"),
    FACT(struct endpoint_facts, kept_out, FACT_KNOWN, "it let us in no more before all was asked"),
};
const struct shape endpoint_shape =
    SHAPE("endpoint", struct endpoint_facts, endpoint_facts_table, "an address and a port");

/* The members that all of them have by the same name. */
#define SEEN(facts)                                                                                          \
    .began = true, .starttls_offered = (facts)->starttls_offered, .end = (facts)->end,                       \
    .end_stage = (facts)->end_stage, .end_reason = (facts)->end_reason, .transcript = &(facts)->transcript
#define SEEN_LISTS(facts)                                                                                    \
    .capabilities = &(facts)->capabilities, .capabilities_tls = &(facts)->capabilities_tls

struct dialogue_seen endpoint_dialogue(const struct endpoint_facts *endpoint)
{
    if (endpoint->smtp != NULL)
        return (struct dialogue_seen){SEEN(endpoint->smtp)};
    if (endpoint->imap != NULL)
        return (struct dialogue_seen){SEEN(endpoint->imap), SEEN_LISTS(endpoint->imap)};
    if (endpoint->pop3 != NULL)
        return (struct dialogue_seen){SEEN(endpoint->pop3), SEEN_LISTS(endpoint->pop3)};
    if (endpoint->sieve != NULL)
        return (struct dialogue_seen){SEEN(endpoint->sieve), SEEN_LISTS(endpoint->sieve)};
    return (struct dialogue_seen){.began = false};
}
