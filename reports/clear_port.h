/*
 * clear_port.h - a port where users send a password: is there TLS before it
 *
 * IMAP, POP3 and ManageSieve differ in words, not in what is right.
 */
#ifndef OUTPOST_REPORTS_CLEAR_PORT_H
#define OUTPOST_REPORTS_CLEAR_PORT_H

#include "reports/observed.h"

/* TLS from the first byte. `listener` is Dovecot's inet_listener and its login service. */
void judge_implicit_port(struct judgement *judgement, const struct check *check,
                         const struct subject *subject, const struct endpoint_facts *endpoint,
                         const char *login_service, const char *listener);

/* What a session with a port that begins in clear showed. */
struct clear_port {
    const char *command;      /* that begins TLS: "STARTTLS" */
    enum known offered;       /* was it? */
    const char *refused;      /* what the server said when it was asked and refused; NULL: it did not */
    enum known tls;           /* a handshake completed */
    enum known password;      /* is one taken before TLS? */
    const char *password_how; /* how that shows: "no LOGINDISABLED before TLS" */
};
/* TLS after a command; evidence is what is listed before TLS. */
void judge_clear_port(struct judgement *judgement, const struct check *check, const struct subject *subject,
                      const struct endpoint_facts *endpoint, const struct clear_port *port);

#endif
