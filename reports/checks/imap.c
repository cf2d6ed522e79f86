/*
 * imap.c - where users read mail: TLS before the password, and which ways to log in
 *
 * RFC 8314 3.2 (993 speaks TLS at once), RFC 9051 6.2.1 and 11.1 (STARTTLS, LOGINDISABLED), 7.1.4 (PREAUTH).
 */
#include "reports/catalogue.h"
#include "reports/clear_port.h"
#include "reports/mechanisms.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

/* ---- imap.tls ---- */

static void judge_imap(struct judgement *judgement, const struct check *check, const struct subject *subject,
                       const struct endpoint_facts *endpoint)
{
    const struct imap_facts *imap = endpoint->imap;
    struct clear_port port = {.command = "STARTTLS",
                              .offered = imap->starttls_offered,
                              .tls = imap->tls,
                              .password_how = "no LOGINDISABLED before TLS"};

    if (imap->starttls != NULL && !text_starts_with(imap->starttls, "OK"))
        port.refused = imap->starttls;
    if (imap->login_disabled != UNKNOWN)
        port.password = known(imap->login_disabled == NO);
    judge_clear_port(judgement, check, subject, endpoint, &port);
}

static void judge_one_imap_tls(struct judgement *judgement, const struct check *check,
                               const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const struct imap_facts *imap = endpoint->imap;

    if (is_implicit_tls(endpoint))
        judge_implicit_port(judgement, check, subject, endpoint, "imap-login", "imaps");
    else if (!session_untested(judgement, check, subject, endpoint,
                               imap != NULL && imap->capabilities.observed))
        judge_imap(judgement, check, subject, endpoint);
}

static void judge_imap_tls(struct judgement *judgement, const struct check *check)
{
    judge_endpoints(judgement, check, is_imap_family, judge_one_imap_tls);
}

const struct check check_imap_tls = {
    .id = "imap.tls",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "IMAP takes passwords inside TLS only",
    .why = "Users send their password here; without TLS anybody on the way can read it, and all their mail.",
    .reference = "RFC 8314 section 3.2, RFC 9051 section 11.1",
    .explanation =
        "Port 993 has to speak TLS from the first byte. Port 143 is fine only if it offers STARTTLS and "
        "lists "
        "LOGINDISABLED until TLS is on. A port that nobody listens on is not a fault.\n\n"
        "Fix: Dovecot 2.3: ssl = required and disable_plaintext_auth = yes; Dovecot 2.4: ssl = required and "
        "auth_allow_cleartext = no. Best is not to open port 143 to the Internet at all.",
    .judge = judge_imap_tls,
};

/* ---- imap.preauth ---- */

static void judge_one_preauth(struct judgement *judgement, const struct check *check,
                              const struct subject *subject, const struct endpoint_facts *endpoint)
{
    enum imap_greeting greeting =
        endpoint->imap == NULL ? IMAP_GREETING_NOT_OBSERVED : endpoint->imap->greeting;
    struct finding *finding = NULL;

    switch (greeting) {
    case IMAP_GREETING_PREAUTH:
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "The server logs strangers in by itself (PREAUTH)");
        finding_fix(judgement, finding,
                    "Find what listens on this port: no IMAP server for users greets "
                    "with PREAUTH");
        break;
    case IMAP_GREETING_OK:
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "The server asks for a login");
        break;
    case IMAP_GREETING_BYE:
    case IMAP_GREETING_OTHER:
    case IMAP_GREETING_NOT_OBSERVED:
        session_missing(judgement, check, subject, endpoint);
        return;
    }
    finding_evidence(judgement, finding, "greeting: %s", text_or(endpoint->imap->greeting_text, ""));
}

static void judge_preauth(struct judgement *judgement, const struct check *check)
{
    judge_endpoints(judgement, check, is_imap_family, judge_one_preauth);
}

const struct check check_imap_preauth = {
    .id = "imap.preauth",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "IMAP asks for a login",
    .why = "A server that greets with PREAUTH has logged in whoever connects, and lets nobody begin TLS.",
    .reference = "RFC 9051 section 7.1.4",
    .explanation =
        "An IMAP greeting of PREAUTH means that the connection is logged in already. To strangers no "
        "server may say that: STARTTLS is not possible afterwards, and a client that goes on sends "
        "everything in clear text.\n\n"
        "Fix: find the program behind the port; Dovecot and Cyrus do this only for local pipes.",
    .judge = judge_preauth,
};

/* ---- imap.mechanisms ---- */

static void judge_one_mechanisms(struct judgement *judgement, const struct check *check,
                                 const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const struct imap_facts *imap = endpoint->imap;
    struct list all, outdated;
    struct finding *finding;

    if (session_untested(judgement, check, subject, endpoint,
                         imap != NULL && imap->capabilities_tls.observed))
        return;
    all = imap_mechanisms(judgement->arena, &imap->capabilities_tls);
    outdated = mechanisms_of_kind(judgement->arena, &all, MECHANISM_OUTDATED);
    if (outdated.count > 0) {
        finding =
            finding_add(judgement, check, subject, OUTCOME_WARN, "Outdated ways to log in are offered: %s",
                        kept(judgement, text_join(judgement->arena, &outdated, " ")));
        finding_fix(judgement, finding, "Dovecot:\n  auth_mechanisms = %s",
                    kept(judgement, mechanisms_to_keep(judgement->arena, &all)));
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "The ways to log in are up to date");
    }
    finding_evidence(judgement, finding, "inside TLS: %s",
                     kept(judgement, text_join(judgement->arena, &imap->capabilities_tls, " ")));
}

static void judge_mechanisms(struct judgement *judgement, const struct check *check)
{
    judge_endpoints(judgement, check, is_imap_family, judge_one_mechanisms);
}

const struct check check_imap_mechanisms = {
    .id = "imap.mechanisms",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "The ways to log in are up to date",
    .why =
        "CRAM-MD5, DIGEST-MD5 and NTLM are broken or deprecated, and force the server to keep passwords in a "
        "readable form.",
    .reference = "RFC 9051 section 7.2.2, RFC 6331",
    .explanation =
        "Inside TLS, PLAIN and LOGIN are fine, and so are SCRAM and GSSAPI. CRAM-MD5, DIGEST-MD5 and "
        "NTLM warn.\n\n"
        "Fix: Dovecot: auth_mechanisms = plain login, and what else is in use and not outdated.",
    .judge = judge_mechanisms,
};

/* ---- imap.banner ---- */

static void judge_one_banner(struct judgement *judgement, const struct check *check,
                             const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const struct imap_facts *imap = endpoint->imap;
    const char *version;
    struct finding *finding;

    if (imap == NULL || imap->greeting_text == NULL) {
        session_missing(judgement, check, subject, endpoint);
        return;
    }
    version = banner_version(judgement->arena, imap->greeting_text, false);
    finding = version == NULL ? finding_add(judgement, check, subject, OUTCOME_PASS,
                                            "The greeting does not tell the software's version")
                              : finding_add(judgement, check, subject, OUTCOME_INFO,
                                            "The greeting tells the software's version: %s", version);
    finding_evidence(judgement, finding, "greeting: %s", imap->greeting_text);
    if (version != NULL)
        finding_fix(judgement, finding, "Dovecot:\n  login_greeting = ready");
}

static void judge_banner(struct judgement *judgement, const struct check *check)
{
    judge_endpoints(judgement, check, is_imap_family, judge_one_banner);
}

const struct check check_imap_banner = {
    .id = "imap.banner",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "The IMAP greeting does not tell the software's version",
    .why = "Who searches the Internet for a vulnerable version finds it in the greeting.",
    .reference = "RFC 9051 section 7.1",
    .explanation = "The text of the greeting is searched for a version number. It is information: hiding the "
                   "version replaces no update.\n\n"
                   "Fix: Dovecot: login_greeting = ready.",
    .judge = judge_banner,
};
