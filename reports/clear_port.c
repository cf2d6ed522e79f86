/*
 * clear_port.c - a port where users send a password: is there TLS before it
 *
 * RFC 8314 3 (TLS from the first byte, or before any login).
 */
#include "reports/clear_port.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

void judge_implicit_port(struct judgement *judgement, const struct check *check,
                         const struct subject *subject, const struct endpoint_facts *endpoint,
                         const char *login_service, const char *listener)
{
    const struct tls_handshake_facts *handshake = first_handshake(endpoint->tls, NULL);
    long long port = (long long)endpoint->port.value;
    struct finding *finding;

    if (endpoint->heard == NO) {
        session_missing(judgement, check, subject, endpoint);
    } else if (handshake != NULL && handshake->result == TLS_COMPLETE) {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "Port %lld speaks TLS from the first byte", port);
        finding_evidence(judgement, finding, "%s, %s", text_or(handshake->version, "?"),
                         text_or(handshake->suite, "?"));
    } else if (handshake != NULL && handshake_failed(handshake)) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              handshake->result == TLS_GARBLED ? "Port %lld does not speak TLS"
                                                               : "The TLS handshake on port %lld fails",
                              port);
        if (handshake->alert != NULL)
            finding_evidence(judgement, finding, "alert: %s", handshake->alert);
        if (handshake->reason != NULL)
            finding_evidence(judgement, finding, "%s", handshake->reason);
        finding_fix(
            judgement, finding,
            "Dovecot, with a certificate in `ssl_cert` and `ssl_key` (2.3) or `ssl_server_cert_file` and "
            "`ssl_server_key_file` (2.4):\n  service %s {\n    "
            "inet_listener %s {\n      port = %lld\n      ssl = yes\n    }\n  }",
            login_service, listener, port);
    } else {
        session_missing(judgement, check, subject, endpoint);
    }
}

static void fix_clear_port(struct judgement *judgement, struct finding *finding)
{
    finding_fix(judgement, finding, "Dovecot 2.3:\n  ssl = required\n  disable_plaintext_auth = yes");
    finding_fix(judgement, finding, "Dovecot 2.4:\n  ssl = required\n  auth_allow_cleartext = no");
}

void judge_clear_port(struct judgement *judgement, const struct check *check, const struct subject *subject,
                      const struct endpoint_facts *endpoint, const struct clear_port *port)
{
    const struct tls_handshake_facts *handshake = first_handshake(endpoint->tls, NULL);
    const struct list *capabilities = endpoint_dialogue(endpoint).capabilities;
    long long number = (long long)endpoint->port.value;
    struct finding *finding;

    if (port->password == YES)
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "Port %lld accepts passwords in clear text (%s)", number, port->password_how);
    else if (port->offered == NO)
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL, "Port %lld does not offer %s", number,
                              port->command);
    else if (port->tls != YES && handshake_failed(handshake))
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "%s is offered but the handshake fails: %s", port->command,
                              text_or(handshake->reason, text_or(handshake->alert, "no reason given")));
    else if (port->tls != YES && port->refused != NULL)
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL, "%s is offered but refused: %s",
                              port->command, port->refused);
    else if (port->tls != YES || port->password == UNKNOWN) {
        session_missing(judgement, check, subject, endpoint);
        return;
    } else
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "Port %lld takes passwords only after %s", number, port->command);
    if (capabilities != NULL && capabilities->observed)
        finding_evidence(judgement, finding, "before TLS: %s",
                         kept(judgement, text_join(judgement->arena, capabilities, ", ")));
    if (finding->outcome == OUTCOME_FAIL)
        fix_clear_port(judgement, finding);
}
