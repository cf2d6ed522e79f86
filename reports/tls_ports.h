/*
 * tls_ports.h - one walk over the ports that speak TLS, for all checks that judge what one of them accepts
 */
#ifndef OUTPOST_REPORTS_TLS_PORTS_H
#define OUTPOST_REPORTS_TLS_PORTS_H

#include "reports/observed.h"
#include "reports/tls_model.h"

/* A port and what is asked of it. */
struct tls_port {
    struct judgement *judgement;
    const struct check *check;
    struct subject subject;
    const struct endpoint_facts *endpoint;
    const struct tls_facts *tls; /* never NULL */
};

/* Calls `judge_one` for each port that answered in TLS; one that did not gets a finding that says why. */
void judge_tls_ports(struct judgement *judgement, const struct check *check,
                     void (*judge_one)(const struct tls_port *port));

struct finding *port_untested(const struct tls_port *port, const char *reason);
struct finding *port_does_not_apply(const struct tls_port *port, const char *reason);
/* For what only TLS 1.2 and older have: the finding that says that the port speaks nothing of it; NULL when it
 * may. */
struct finding *port_is_tls13_only(const struct tls_port *port);
/* Adds the finding for a fact that was not observed, with tls_unasked_reason(). */
struct finding *port_unasked(const struct tls_port *port, const char *depth);
/* The same for what only a deep scan asks; `reason`: a fact, or NULL. */
struct finding *port_unasked_deep(const struct tls_port *port, const char *reason);
/* "accepted: TLS1.2, TLS1.3", "refused: SSL3" as evidence. */
void evidence_versions(const struct tls_port *port, struct finding *finding);

#endif
