/*
 * pop3.c - where users fetch mail by POP3: TLS before the password
 *
 * RFC 8314 3.1 (995 speaks TLS at once), RFC 2595 4 (STLS), RFC 2449 6.2 and 6.3 (USER, SASL).
 */
#include "reports/catalogue.h"
#include "reports/clear_port.h"
#include "reports/mechanisms.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

/* USER, which PASS follows, or a mechanism that sends the password itself. */
static void find_password(struct judgement *judgement, const struct pop3_facts *pop3, struct clear_port *port)
{
    struct list passwords = mechanisms_of_kind(judgement->arena, &pop3->mechanisms, MECHANISM_PASSWORD);

    port->password = pop3->user_offered;
    port->password_how = "USER before TLS";
    if (pop3->user_offered == YES || passwords.count == 0)
        return;
    port->password = YES;
    port->password_how =
        kept(judgement, arena_format(judgement->arena, "SASL %s before TLS",
                                     kept(judgement, text_join(judgement->arena, &passwords, " "))));
}

static void judge_pop3(struct judgement *judgement, const struct check *check, const struct subject *subject,
                       const struct endpoint_facts *endpoint)
{
    const struct pop3_facts *pop3 = endpoint->pop3;
    struct clear_port port = {.command = "STLS", .offered = pop3->starttls_offered, .tls = pop3->tls};

    if (pop3->starttls != NULL && !text_starts_with(pop3->starttls, "+OK"))
        port.refused = pop3->starttls;
    find_password(judgement, pop3, &port);
    judge_clear_port(judgement, check, subject, endpoint, &port);
}

static void judge_one_pop3_tls(struct judgement *judgement, const struct check *check,
                               const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const struct pop3_facts *pop3 = endpoint->pop3;

    if (is_implicit_tls(endpoint))
        judge_implicit_port(judgement, check, subject, endpoint, "pop3-login", "pop3s");
    else if (!session_untested(judgement, check, subject, endpoint,
                               pop3 != NULL && pop3->starttls_offered != UNKNOWN))
        judge_pop3(judgement, check, subject, endpoint);
}

static void judge_pop3_tls(struct judgement *judgement, const struct check *check)
{
    judge_endpoints(judgement, check, is_pop3_family, judge_one_pop3_tls);
}

const struct check check_pop3_tls = {
    .id = "pop3.tls",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "POP3 takes passwords inside TLS only",
    .why = "Users send their password here; without TLS anybody on the way can read it, and all their mail.",
    .reference = "RFC 8314 section 3.1, RFC 2595 section 4",
    .explanation =
        "Port 995 has to speak TLS from the first byte. Port 110 is fine only if its list of capabilities "
        "(CAPA) has STLS and, until TLS is on, neither USER nor SASL with PLAIN or LOGIN. A server that does "
        "not know CAPA offers no STLS. A port that nobody listens on is not a fault.\n\n"
        "Fix: Dovecot 2.3: ssl = required and disable_plaintext_auth = yes; Dovecot 2.4: ssl = required and "
        "auth_allow_cleartext = no. Best is not to open port 110 to the Internet at all, and if nobody "
        "fetches mail by POP3, to leave it out: protocols = imap lmtp sieve.",
    .judge = judge_pop3_tls,
};
