/*
 * sieve.c - where users keep their mail filters: TLS before the password
 *
 * RFC 5804 1.7 (SASL and STARTTLS among the capabilities), 2.2 (STARTTLS), RFC 8314 3.
 */
#include "reports/catalogue.h"
#include "reports/clear_port.h"
#include "reports/mechanisms.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

static void judge_sieve(struct judgement *judgement, const struct check *check, const struct subject *subject,
                        const struct endpoint_facts *endpoint)
{
    const struct sieve_facts *sieve = endpoint->sieve;
    struct list passwords = mechanisms_of_kind(judgement->arena, &sieve->mechanisms, MECHANISM_PASSWORD);
    struct clear_port port = {.command = "STARTTLS", .offered = sieve->starttls_offered, .tls = sieve->tls};

    if (sieve->starttls != NULL && !text_starts_with(sieve->starttls, "OK"))
        port.refused = sieve->starttls;
    if (sieve->mechanisms.observed)
        port.password = known(passwords.count > 0);
    port.password_how =
        kept(judgement, arena_format(judgement->arena, "SASL %s before TLS",
                                     kept(judgement, text_join(judgement->arena, &passwords, " "))));
    judge_clear_port(judgement, check, subject, endpoint, &port);
}

static bool is_sieve(const struct endpoint_facts *endpoint)
{
    return is_service(endpoint, "sieve");
}

static void judge_one_sieve_tls(struct judgement *judgement, const struct check *check,
                                const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const struct sieve_facts *sieve = endpoint->sieve;

    if (!session_untested(judgement, check, subject, endpoint, sieve != NULL && sieve->capabilities.observed))
        judge_sieve(judgement, check, subject, endpoint);
}

static void judge_sieve_tls(struct judgement *judgement, const struct check *check)
{
    judge_endpoints(judgement, check, is_sieve, judge_one_sieve_tls);
}

const struct check check_sieve_tls = {
    .id = "sieve.tls",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "ManageSieve takes passwords inside TLS only",
    .why =
        "Users send the password of their mailbox here to change their filters; without TLS anybody on the "
        "way can read it.",
    .reference = "RFC 5804 sections 1.7 and 2.2",
    .explanation =
        "Port 4190 (ManageSieve) greets with its capabilities in clear text. They have to list STARTTLS and, "
        "until TLS is on, no SASL mechanism that sends the password itself (PLAIN, LOGIN). A port that "
        "nobody listens on is not a fault.\n\n"
        "Fix: Dovecot 2.3: ssl = required and disable_plaintext_auth = yes; Dovecot 2.4: ssl = required and "
        "auth_allow_cleartext = no.",
    .judge = judge_sieve_tls,
};
