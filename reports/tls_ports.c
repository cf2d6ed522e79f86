/*
 * tls_ports.c - one walk over the ports that speak TLS
 */
#include "reports/tls_ports.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

/* Was more than a handshake noted? A server that is too old for a handshake of today still enumerates. */
static bool is_enumerated(const struct tls_facts *tls)
{
    return tls != NULL && ((tls->versions != NULL && tls->versions->list.count > 0) || tls->suites.count > 0);
}

void judge_tls_ports(struct judgement *judgement, const struct check *check,
                     void (*judge_one)(const struct tls_port *port))
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct tls_port port = {.judgement = judgement,
                                .check = check,
                                .subject = subject_endpoint(judgement, endpoint, NULL),
                                .endpoint = endpoint,
                                .tls = endpoint->tls};
        enum outcome outcome;
        const char *reason = is_enumerated(endpoint->tls) ? NULL : tls_missing(judgement, endpoint, &outcome);

        /* What refuses every version is the fault of tls.handshake, not of forty checks more. */
        if (reason == NULL && tls_speaks_any(port.tls, TLS_VERSION_SSL2, TLS_VERSION_1_3) == NO)
            port_untested(&port, "the port accepts no version of TLS");
        else if (reason == NULL)
            judge_one(&port);
        else
            finding_untested(judgement, check, &port.subject, outcome, reason);
    }
}

struct finding *port_untested(const struct tls_port *port, const char *reason)
{
    return finding_untested(port->judgement, port->check, &port->subject, OUTCOME_NOT_TESTED,
                            text_or(reason, "no reason known"));
}

struct finding *port_does_not_apply(const struct tls_port *port, const char *reason)
{
    return finding_untested(port->judgement, port->check, &port->subject, OUTCOME_NOT_APPLICABLE, reason);
}

struct finding *port_unasked(const struct tls_port *port, const char *depth)
{
    return port_untested(port, tls_unasked_reason(port->judgement, port->tls, depth));
}

struct finding *port_unasked_deep(const struct tls_port *port, const char *reason)
{
    return reason != NULL ? port_untested(port, reason) : port_unasked(port, "deep");
}

struct finding *port_is_tls13_only(const struct tls_port *port)
{
    if (tls_speaks_any(port->tls, TLS_VERSION_SSL3, TLS_VERSION_1_2) != NO)
        return NULL;
    return port_does_not_apply(port, "the port speaks nothing older than TLS 1.3");
}

static void evidence_texts(const struct tls_port *port, struct finding *finding, const char *what,
                           const struct list *texts)
{
    if (texts->count > 0)
        finding_evidence(port->judgement, finding, "%s: %s", what,
                         kept(port->judgement, text_join(port->judgement->arena, texts, ", ")));
}

void evidence_versions(const struct tls_port *port, struct finding *finding)
{
    struct list spoken = tls_versions_spoken(port->judgement, port->tls);

    evidence_texts(port, finding, "accepted", &spoken);
    if (port->tls->versions != NULL)
        evidence_texts(port, finding, "refused", &port->tls->versions->refused);
}
