/*
 * submission.c - where users hand in mail: TLS before the password, and which ways to log in
 *
 * RFC 8314 3 (465 speaks TLS at once, 587 after STARTTLS), RFC 4954 4 and 14 (no password before TLS).
 */
#include "reports/catalogue.h"
#include "reports/mechanisms.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

static bool is_submission_family(const struct endpoint_facts *endpoint)
{
    return is_service(endpoint, "submission") || is_service(endpoint, "submissions");
}

static const char *joined(struct judgement *judgement, const struct list *texts)
{
    return kept(judgement, text_join(judgement->arena, texts, " "));
}

/* ---- smtp.auth_plaintext ---- */

static void judge_clear(struct judgement *judgement, const struct check *check, const struct subject *subject,
                        const struct smtp_ehlo_facts *ehlo)
{
    struct list all = smtp_mechanisms(judgement->arena, ehlo);
    struct list passwords = mechanisms_of_kind(judgement->arena, &all, MECHANISM_PASSWORD);
    struct list outdated = mechanisms_of_kind(judgement->arena, &all, MECHANISM_OUTDATED);
    struct finding *finding;

    if (all.count == 0) {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "No login is offered before TLS");
    } else if (passwords.count > 0) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "Passwords are accepted in clear text (AUTH %s before TLS)",
                              joined(judgement, &passwords));
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "Login is offered before TLS (AUTH %s)", joined(judgement, &all));
        finding->why = outdated.count > 0
                           ? "These mechanisms do not send the password itself, but who listens can guess it "
                             "offline."
                           : "The password is not sent, but everything behind the login is readable.";
    }
    if (all.count > 0) {
        finding_fix(judgement, finding, "Postfix (main.cf):\n  smtpd_tls_auth_only = yes");
        finding_fix(judgement, finding,
                    "For port 587 also (master.cf, submission):\n  -o smtpd_tls_security_level=encrypt");
    }
    evidence_reply(judgement, finding, "EHLO", ehlo->reply);
}

static void judge_auth_plaintext(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        const struct smtp_facts *smtp = endpoint->smtp;
        bool seen = smtp != NULL && smtp->ehlo != NULL && smtp->ehlo->capabilities.observed;
        struct subject subject;

        if (!is_service(endpoint, "smtp") && !is_service(endpoint, "submission"))
            continue;
        subject = subject_endpoint(judgement, endpoint, NULL);
        if (seen)
            judge_clear(judgement, check, &subject, smtp->ehlo);
        else
            session_missing(judgement, check, &subject, endpoint);
    }
}

const struct check check_smtp_auth_plaintext = {
    .id = "smtp.auth_plaintext",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "No password is accepted before TLS",
    .why =
        "A mail program that is set up wrongly, or tricked, sends the password in clear text, and the server "
        "takes it.",
    .reference = "RFC 4954 section 4, RFC 8314 section 3.3",
    .explanation =
        "On port 25 and 587 the first answer to EHLO, before STARTTLS, must not list AUTH with PLAIN or "
        "LOGIN. "
        "Other mechanisms before TLS warn.\n\n"
        "Fix: Postfix (main.cf): smtpd_tls_auth_only = yes; for the submission service in master.cf also -o "
        "smtpd_tls_security_level=encrypt.",
    .judge = judge_auth_plaintext,
};

/* ---- smtp.auth_on_mx ---- */

static void judge_auth_on_mx(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        const struct smtp_facts *smtp = endpoint->smtp;
        struct list before, inside;
        bool seen;
        struct subject subject;
        struct finding *finding;

        if (!is_service(endpoint, "smtp"))
            continue;
        subject = subject_endpoint(judgement, endpoint, NULL);
        before = smtp_mechanisms(judgement->arena, smtp == NULL ? NULL : smtp->ehlo);
        inside = smtp_mechanisms(judgement->arena, smtp == NULL ? NULL : smtp->ehlo_tls);
        /* Where there is TLS, only the answer inside it says that there is no login. */
        seen = before.count > 0 || inside.observed ||
               (smtp != NULL && before.observed && smtp->starttls_offered == NO);
        if (session_untested(judgement, check, &subject, endpoint, seen))
            continue;
        if (before.count + inside.count == 0) {
            finding_add(judgement, check, &subject, OUTCOME_PASS, "Port %lld offers no login",
                        (long long)endpoint->port.value);
            continue;
        }
        finding = finding_add(judgement, check, &subject, OUTCOME_WARN,
                              "Login is offered on port %lld (AUTH %s)", (long long)endpoint->port.value,
                              joined(judgement, inside.count > 0 ? &inside : &before));
        finding_evidence(judgement, finding, "before TLS: %s",
                         before.count > 0 ? joined(judgement, &before) : "-");
        finding_evidence(judgement, finding, "inside TLS: %s",
                         inside.count > 0 ? joined(judgement, &inside) : "-");
        finding_fix(
            judgement, finding,
            "Postfix (master.cf, below the line of port 25: `smtp inet`, or with postscreen `smtpd pass`):\n"
            "  -o smtpd_sasl_auth_enable=no");
        finding_fix(
            judgement, finding,
            "Users log in on 465 and 587, where it stays on (master.cf, submissions and submission):\n"
            "  -o smtpd_sasl_auth_enable=yes");
    }
}

const struct check check_smtp_auth_on_mx = {
    .id = "smtp.auth_on_mx",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "Port 25 offers no login",
    .why = "Users log in on 465 or 587; on port 25, open to every server, a login only invites password "
           "guessing.",
    .reference = "RFC 6409 section 3.1, RFC 8314 section 3",
    .explanation =
        "Port 25 is for mail between servers. AUTH in its answer to EHLO, before or inside TLS, "
        "warns.\n\n"
        "Fix: Postfix (master.cf): -o smtpd_sasl_auth_enable=no for port 25 (smtp inet, or smtpd pass with "
        "postscreen), and =yes for submission and submissions.",
    .judge = judge_auth_on_mx,
};

/* ---- submission.tls ---- */

static void judge_at_once(struct judgement *judgement, const struct check *check,
                          const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const struct tls_handshake_facts *handshake = first_handshake(endpoint->tls, NULL);
    long long port = (long long)endpoint->port.value;
    struct finding *finding = NULL;

    switch (handshake == NULL ? TLS_NOT_OBSERVED : handshake->result) {
    case TLS_COMPLETE:
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "Port %lld speaks TLS from the first byte", port);
        finding_evidence(judgement, finding, "%s, %s", text_or(handshake->version, "?"),
                         text_or(handshake->suite, "?"));
        return;
    case TLS_GARBLED:
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL, "Port %lld does not speak TLS", port);
        finding_fix(judgement, finding, "Postfix (master.cf, submissions):\n  -o smtpd_tls_wrappermode=yes");
        break;
    case TLS_REFUSED:
    case TLS_CLOSED:
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL, "The TLS handshake on port %lld fails",
                              port);
        finding_fix(judgement, finding,
                    "Postfix (master.cf, submissions):\n  -o smtpd_tls_wrappermode=yes\nand a certificate in "
                    "`smtpd_tls_chain_files` (main.cf)");
        break;
    case TLS_SILENT:
    case TLS_CANCELED:
    case TLS_NOT_OBSERVED:
        session_missing(judgement, check, subject, endpoint);
        return;
    }
    if (handshake->alert != NULL)
        finding_evidence(judgement, finding, "alert: %s", handshake->alert);
    if (handshake->reason != NULL)
        finding_evidence(judgement, finding, "%s", handshake->reason);
}

static void judge_after_starttls(struct judgement *judgement, const struct check *check,
                                 const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const struct smtp_facts *smtp = endpoint->smtp;
    const struct tls_handshake_facts *handshake = first_handshake(endpoint->tls, NULL);
    int64_t code = smtp->starttls == NULL ? 0 : smtp->starttls->code.value;
    bool broken = handshake_failed(handshake);
    struct finding *finding;

    if (smtp->starttls_offered == NO) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL, "Port %lld does not offer STARTTLS",
                              (long long)endpoint->port.value);
    } else if (smtp->tls == YES) {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "STARTTLS is offered and works");
        evidence_reply(judgement, finding, "STARTTLS", smtp->starttls);
        return;
    } else if (broken) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "STARTTLS is offered but the handshake fails: %s",
                              text_or(handshake->reason, text_or(handshake->alert, "no reason given")));
    } else if (code != 0 && code != 220 && code != 421 && !smtp_turned_away(smtp)) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "STARTTLS is offered but refused with %lld", (long long)code);
    } else {
        session_missing(judgement, check, subject, endpoint);
        return;
    }
    finding_fix(judgement, finding,
                "Postfix (master.cf, submission):\n  -o smtpd_tls_security_level=encrypt");
    finding_fix(judgement, finding,
                "Postfix (main.cf; the private key first, then the certificate, then its intermediates):\n  "
                "smtpd_tls_chain_files = /etc/ssl/private/KEY-AND-CHAIN.pem");
    if (smtp->ehlo != NULL)
        evidence_reply(judgement, finding, "EHLO", smtp->ehlo->reply);
    evidence_reply(judgement, finding, "STARTTLS", smtp->starttls);
}

static void judge_one_submission_tls(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const struct smtp_facts *smtp = endpoint->smtp;

    if (endpoint->heard == NO)
        session_missing(judgement, check, subject, endpoint);
    else if (is_implicit_tls(endpoint))
        judge_at_once(judgement, check, subject, endpoint);
    else if (!session_untested(judgement, check, subject, endpoint,
                               smtp != NULL && smtp->starttls_offered != UNKNOWN))
        judge_after_starttls(judgement, check, subject, endpoint);
}

static void judge_submission_tls(struct judgement *judgement, const struct check *check)
{
    judge_endpoints(judgement, check, is_submission_family, judge_one_submission_tls);
}

const struct check check_submission_tls = {
    .id = "submission.tls",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "The port where users hand in mail speaks TLS",
    .why = "Users send their password here; without TLS anybody on the way can read it.",
    .reference = "RFC 8314 section 3.3",
    .explanation =
        "Port 465 has to speak TLS from the first byte, port 587 has to offer STARTTLS, and the handshake "
        "has "
        "to complete. A port that nobody listens on is not a fault: not every mail host takes mail from "
        "users.\n\n"
        "Fix: Postfix (master.cf): submissions with -o smtpd_tls_wrappermode=yes, submission with -o "
        "smtpd_tls_security_level=encrypt; (main.cf): smtpd_tls_chain_files.",
    .judge = judge_submission_tls,
};

/* ---- submission.mechanisms ---- */

static void judge_one_mechanisms(struct judgement *judgement, const struct check *check,
                                 const struct subject *subject, const struct endpoint_facts *endpoint)
{
    struct list all, outdated;
    struct finding *finding;

    all = smtp_mechanisms(judgement->arena, endpoint->smtp == NULL ? NULL : endpoint->smtp->ehlo_tls);
    if (session_untested(judgement, check, subject, endpoint, all.observed))
        return;
    outdated = mechanisms_of_kind(judgement->arena, &all, MECHANISM_OUTDATED);
    if (all.count == 0) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN, "No login is offered inside TLS");
        finding->why = "Without AUTH nobody can hand in mail here, or everybody can.";
        finding_fix(judgement, finding,
                    "Postfix (master.cf, this service):\n  -o smtpd_sasl_auth_enable=yes");
    } else if (outdated.count > 0) {
        const char *keep = kept(judgement, mechanisms_to_keep(judgement->arena, &all));

        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "Outdated ways to log in are offered: %s", joined(judgement, &outdated));
        finding_fix(judgement, finding,
                    "Dovecot:\n  auth_mechanisms = %s\nCyrus SASL (smtpd.conf):\n  mech_list: %s", keep,
                    keep);
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "The ways to log in are up to date");
    }
    finding_evidence(judgement, finding, "inside TLS: AUTH %s", joined(judgement, &all));
}

static void judge_mechanisms(struct judgement *judgement, const struct check *check)
{
    judge_endpoints(judgement, check, is_submission_family, judge_one_mechanisms);
}

const struct check check_submission_mechanisms = {
    .id = "submission.mechanisms",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "The ways to log in are up to date",
    .why =
        "CRAM-MD5, DIGEST-MD5 and NTLM are broken or deprecated, and force the server to keep passwords in a "
        "readable form.",
    .reference = "RFC 4954 section 3, RFC 6331",
    .explanation =
        "Inside TLS, PLAIN and LOGIN are fine: TLS protects the password, and the server needs to keep "
        "only a hash of it. SCRAM and GSSAPI are fine too. CRAM-MD5, DIGEST-MD5 and NTLM warn.\n\n"
        "Fix: Dovecot: auth_mechanisms = plain login, and what else is in use and not outdated.",
    .judge = judge_mechanisms,
};
