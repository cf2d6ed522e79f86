/*
 * tls_versions.c - which versions of TLS a port accepts
 *
 * RFC 6176 (SSL 2.0), RFC 7568 (SSL 3.0), RFC 8996 (TLS 1.0 and 1.1), RFC 9325 3.1 (TLS 1.2 and 1.3). On port 25
 * an old version is better than none: what is offered too much there warns, what is missing weighs as elsewhere.
 */
#include "reports/catalogue.h"
#include "reports/tls_fix.h"

/* ---- tls.ssl2, tls.ssl3, tls.tls10, tls.tls11 ---- */

struct version_row {
    const struct check *check;
    enum tls_version version;
    const char *words;
};

static const struct version_row *row_of(const struct tls_port *port)
{
    static const struct version_row rows[] = {
        {&check_tls_ssl2, TLS_VERSION_SSL2, "SSL 2.0"}, {&check_tls_ssl3, TLS_VERSION_SSL3, "SSL 3.0"},
        {&check_tls_tls10, TLS_VERSION_1_0, "TLS 1.0"}, {&check_tls_tls11, TLS_VERSION_1_1, "TLS 1.1"},
        {&check_tls_tls12, TLS_VERSION_1_2, "TLS 1.2"}, {&check_tls_tls13, TLS_VERSION_1_3, "TLS 1.3"},
    };
    const struct version_row *row = rows;

    while (row->check != port->check)
        row++;
    return row;
}

static void judge_old(const struct tls_port *port)
{
    const struct version_row *row = row_of(port);
    struct finding *finding = NULL;

    switch (tls_speaks(port->tls, row->version)) {
    case YES:
        finding = finding_add(port->judgement, port->check, &port->subject, fail_or_warn(port->endpoint),
                              "%s is accepted", row->words);
        if (is_opportunistic(port->endpoint))
            finding->why = "A sender that has newer versions can be led to the old one by who sits in "
                           "between; for one that has nothing newer it is still better than clear text.";
        fix_versions(port, finding);
        break;
    case NO:
        finding = finding_add(port->judgement, port->check, &port->subject, OUTCOME_PASS, "%s is refused",
                              row->words);
        break;
    case UNKNOWN:
        finding = port_untested(port, tls_version_reason(port->judgement, port->tls));
        break;
    }
    evidence_versions(port, finding);
}

static void judge_old_versions(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_old);
}

const struct check check_tls_ssl2 = {
    .id = "tls.ssl2",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "SSL 2.0 is refused",
    .why = "SSL 2.0 is broken by design, and a server that speaks it gives away connections of every other "
           "port with the same key (DROWN).",
    .reference = "RFC 6176, CVE-2016-0800",
    .explanation =
        "At standard depth a hello of SSL 2.0 is sent. Where it is answered the check fails; on port 25, "
        "where "
        "clear text would be worse, it warns.\n\n"
        "Fix: Postfix (main.cf): smtpd_tls_protocols = >=TLSv1.2 for port 25, smtpd_tls_mandatory_protocols "
        "= "
        ">=TLSv1.2 for 465 and 587; Dovecot: ssl_min_protocol = TLSv1.2. OpenSSL 1.1.0 and newer have no SSL "
        "2.0 at all.",
    .judge = judge_old_versions,
};

const struct check check_tls_ssl3 = {
    .id = "tls.ssl3",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "SSL 3.0 is refused",
    .why = "Who sits between a mail program and the server can push both down to SSL 3.0 and read parts of "
           "what is said, passwords among them.",
    .reference = "RFC 7568, CVE-2014-3566",
    .explanation = "At standard depth a hello of SSL 3.0 is sent. Where it is answered the check fails; on "
                   "port 25, where "
                   "clear text would be worse, it warns.\n\n"
                   "Fix: Postfix (main.cf): smtpd_tls_protocols = >=TLSv1.2 for port 25, "
                   "smtpd_tls_mandatory_protocols = "
                   ">=TLSv1.2 for 465 and 587; Dovecot: ssl_min_protocol = TLSv1.2.",
    .judge = judge_old_versions,
};

const struct check check_tls_tls10 = {
    .id = "tls.tls10",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "TLS 1.0 is refused",
    .why = "TLS 1.0 rests on MD5 and SHA-1 and has no modern ciphers; every mail program of the last ten "
           "years speaks something newer.",
    .reference = "RFC 8996, RFC 9325 section 3.1.1",
    .explanation =
        "At standard depth a hello of TLS 1.0 is sent. RFC 8996 forbids the version: where users log in the "
        "check fails. On port 25 it warns only, because a sender that has nothing newer delivers in clear "
        "text "
        "when TLS 1.0 is switched off.\n\n"
        "Fix: Postfix (main.cf): smtpd_tls_mandatory_protocols = >=TLSv1.2 for 465 and 587; Dovecot: "
        "ssl_min_protocol = TLSv1.2. For port 25 (smtpd_tls_protocols) look into the log first who still "
        "needs "
        "it.",
    .judge = judge_old_versions,
};

const struct check check_tls_tls11 = {
    .id = "tls.tls11",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "TLS 1.1 is refused",
    .why = "TLS 1.1 rests on MD5 and SHA-1 and has no modern ciphers; every mail program of the last ten "
           "years speaks something newer.",
    .reference = "RFC 8996, RFC 9325 section 3.1.1",
    .explanation =
        "At standard depth a hello of TLS 1.1 is sent. RFC 8996 forbids the version: where users log in the "
        "check fails. On port 25 it warns only, because a sender that has nothing newer delivers in clear "
        "text "
        "when TLS 1.1 is switched off.\n\n"
        "Fix: Postfix (main.cf): smtpd_tls_mandatory_protocols = >=TLSv1.2 for 465 and 587; Dovecot: "
        "ssl_min_protocol = TLSv1.2. For port 25 (smtpd_tls_protocols) look into the log first who still "
        "needs "
        "it.",
    .judge = judge_old_versions,
};

/* ---- tls.tls12, tls.tls13 ---- */

/* TLS 1.3 alone is the stricter choice; only on port 25 it costs something: senders that have TLS 1.2 at most
 * (many appliances) deliver in clear text. */
static struct finding *judge_tls13_alone(const struct tls_port *port)
{
    struct finding *finding;

    if (!is_opportunistic(port->endpoint))
        return finding_add(port->judgement, port->check, &port->subject, OUTCOME_INFO,
                           "TLS 1.2 is refused; TLS 1.3 is accepted");
    finding = finding_add(port->judgement, port->check, &port->subject, OUTCOME_WARN,
                          "TLS 1.2 is refused: senders without TLS 1.3 deliver in clear text");
    fix_missing_version(port, finding, "TLSv1.2");
    return finding;
}

static struct finding *judge_missing_tls12(const struct tls_port *port)
{
    struct finding *finding;

    switch (tls_speaks(port->tls, TLS_VERSION_1_3)) {
    case YES:
        return judge_tls13_alone(port);
    case UNKNOWN:
        return port_untested(port, "TLS 1.2 is refused, but whether TLS 1.3 is accepted is not known");
    case NO:
        break;
    }
    finding = finding_add(port->judgement, port->check, &port->subject, OUTCOME_FAIL,
                          "Neither TLS 1.2 nor TLS 1.3 is accepted");
    fix_missing_version(port, finding, "TLSv1.2");
    return finding;
}

/* RFC 9325 3.1.1: TLS 1.3 SHOULD be supported. */
static struct finding *judge_missing_tls13(const struct tls_port *port)
{
    struct finding *finding =
        finding_add(port->judgement, port->check, &port->subject, OUTCOME_WARN, "TLS 1.3 is refused");

    fix_missing_version(port, finding, "TLSv1.3");
    return finding;
}

static void judge_new(const struct tls_port *port)
{
    const struct version_row *row = row_of(port);
    struct finding *finding = NULL;

    switch (tls_speaks(port->tls, row->version)) {
    case YES:
        finding = finding_add(port->judgement, port->check, &port->subject, OUTCOME_PASS, "%s is accepted",
                              row->words);
        break;
    case NO:
        finding = row->version == TLS_VERSION_1_2 ? judge_missing_tls12(port) : judge_missing_tls13(port);
        break;
    case UNKNOWN:
        finding = port_untested(port, tls_version_reason(port->judgement, port->tls));
        break;
    }
    evidence_versions(port, finding);
}

static void judge_new_versions(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_new);
}

const struct check check_tls_tls12 = {
    .id = "tls.tls12",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "TLS 1.2 is accepted",
    .why = "Without TLS 1.2 many senders and mail programs find no version in common: they deliver in clear "
           "text, or not at all.",
    .reference = "RFC 9325 section 3.1.1, RFC 8997",
    .explanation =
        "TLS 1.2 is what nearly everybody speaks. Where neither it nor TLS 1.3 is accepted the check fails. "
        "TLS 1.3 alone is information; on port 25 it warns, because senders without it fall back to clear "
        "text.\n\n"
        "Fix: Postfix: smtpd_tls_protocols (port 25) and smtpd_tls_mandatory_protocols (465, 587) must not "
        "leave TLSv1.2 out; Dovecot: ssl_min_protocol = TLSv1.2. OpenSSL has it since 1.0.1.",
    .judge = judge_new_versions,
};

const struct check check_tls_tls13 = {
    .id = "tls.tls13",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "TLS 1.3 is accepted",
    .why = "TLS 1.3 has no weak choices left, hides the certificate from who listens, and is needed for "
           "post-quantum key exchange.",
    .reference = "RFC 9325 section 3.1.1, RFC 8446",
    .explanation =
        "RFC 9325 says that TLS 1.3 should be supported; a port that refuses it gets a warning.\n\n"
        "Fix: OpenSSL has TLS 1.3 since 1.1.1, Postfix since 3.4, Dovecot since 2.3; no setting may leave it "
        "out (Postfix: !TLSv1.3 or <=TLSv1.2; openssl.cnf: MaxProtocol).",
    .judge = judge_new_versions,
};
