/*
 * tls_features.c - what else a port does in TLS: renegotiation, compression, resumption, names, tolerance
 *
 * RFC 5746, RFC 9325 3.3 to 3.10, RFC 7627, RFC 7507, RFC 8446 4.2.10 and 8 (0-RTT), RFC 7301, RFC 6066 3,
 * RFC 8701. What TLS 1.3 does not have is not asked of a port that speaks nothing else.
 */
#include "reports/catalogue.h"
#include "reports/tls_fix.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <stdint.h>

/* ---- tls.renegotiation ---- */

/* NCSC-NL: more than ten in one connection is no limit. */
enum { RENEGOTIATIONS_LIMIT = 10 };

static bool is_unlimited(const struct tls_features_facts *features)
{
    return features->client_renegotiation == YES && features->client_renegotiations.known &&
           features->client_renegotiations.value > RENEGOTIATIONS_LIMIT;
}

static void evidence_client_renegotiation(const struct tls_port *port, struct finding *finding,
                                          const struct tls_features_facts *features)
{
    switch (features->client_renegotiation) {
    case YES:
        if (features->client_renegotiations.known)
            finding_evidence(port->judgement, finding, "the client may start one: %lld were made%s",
                             (long long)features->client_renegotiations.value,
                             is_unlimited(features) ? ", and the server did not end it" : "");
        else
            finding_evidence(port->judgement, finding, "the client may start one");
        break;
    case NO:
        finding_evidence(port->judgement, finding, "the client may not start one");
        break;
    case UNKNOWN:
        finding_evidence(port->judgement, finding, "whether the client may start one: not tested, %s",
                         features->renegotiation_reason != NULL
                             ? features->renegotiation_reason
                             : tls_unasked_reason(port->judgement, port->tls, "deep"));
        break;
    }
}

static void judge_renegotiation(const struct tls_port *port)
{
    const struct tls_features_facts *features = tls_features(port->tls);
    struct judgement *judgement = port->judgement;
    struct finding *finding;

    if (features->insecure_renegotiation == YES) {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_FAIL,
                              "The server renegotiates without the protection of RFC 5746");
        fix_library(port, finding, "the TLS library (OpenSSL has RFC 5746 since 0.9.8m)");
    } else if (features->secure_renegotiation == NO) {
        finding = finding_add(judgement, port->check, &port->subject, fail_or_warn(port->endpoint),
                              "Secure renegotiation (RFC 5746) is missing");
        fix_library(port, finding, "the TLS library (OpenSSL has RFC 5746 since 0.9.8m)");
    } else if (is_unlimited(features)) {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_WARN,
                              "Clients may renegotiate without limit");
        finding->why = "Each renegotiation costs the server far more than the client, so that one connection "
                       "can keep it busy.";
        fix_options(port, finding);
    } else if (features->secure_renegotiation == YES) {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_PASS,
                              "Renegotiation is secure (RFC 5746)");
    } else {
        if (port_is_tls13_only(port) == NULL)
            port_unasked(port, "standard");
        return;
    }
    evidence_client_renegotiation(port, finding, features);
}

static void judge_renegotiation_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_renegotiation);
}

const struct check check_tls_renegotiation = {
    .id = "tls.renegotiation",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "Renegotiation is secure and limited",
    .why =
        "Without RFC 5746 who sits in between can put words of his own before what a client says, inside its "
        "TLS connection.",
    .reference = "RFC 5746, RFC 9325 section 3.5, CVE-2009-3555, CVE-2011-1473",
    .explanation =
        "A server that does not answer the extension of RFC 5746 fails (on port 25 it warns); one that "
        "renegotiates without it fails everywhere. At deep depth renegotiation is tried: more than ten in "
        "one "
        "connection are no limit and warn. TLS 1.3 has no renegotiation.\n\n"
        "Fix: update the TLS library; Postfix (main.cf): tls_ssl_options = NO_RENEGOTIATION. OpenSSL 3.0 and "
        "newer refuse renegotiation by clients.",
    .judge = judge_renegotiation_ports,
};

/* ---- yes or no ---- */

/* A feature of TLS 1.2 and older that is there or not. */
static struct finding *judge_feature(const struct tls_port *port, enum known bad, enum outcome outcome,
                                     const char *bad_title, const char *good_title,
                                     void (*fix)(const struct tls_port *port, struct finding *finding))
{
    struct finding *finding;

    switch (bad) {
    case YES:
        finding = finding_add(port->judgement, port->check, &port->subject, outcome, "%s", bad_title);
        if (fix != NULL)
            fix(port, finding);
        return finding;
    case NO:
        return finding_add(port->judgement, port->check, &port->subject, OUTCOME_PASS, "%s", good_title);
    case UNKNOWN:
        break;
    }
    finding = port_is_tls13_only(port);
    return finding != NULL ? finding : port_unasked(port, "standard");
}

/* ---- tls.compression ---- */

static void judge_compression(const struct tls_port *port)
{
    judge_feature(port, tls_features(port->tls)->compression, fail_or_warn(port->endpoint),
                  "TLS compression is used", "TLS compression is not used", fix_options);
}

static void judge_compression_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_compression);
}

const struct check check_tls_compression = {
    .id = "tls.compression",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "TLS compression is not used",
    .why = "How far a text shrinks gives away what is in it: who can add to what a client sends finds out a "
           "password letter by letter (CRIME).",
    .reference = "RFC 9325 section 3.3, CVE-2012-4929",
    .explanation =
        "A hello offers DEFLATE. A server that chooses it fails; on port 25 it warns.\n\n"
        "Fix: Postfix (main.cf): tls_ssl_options = NO_COMPRESSION; Dovecot: ssl_options = no_compression. "
        "OpenSSL 1.1.0 and newer do not compress unless told to.",
    .judge = judge_compression_ports,
};

/* ---- tls.extended_master_secret ---- */

static void fix_master_secret(const struct tls_port *port, struct finding *finding)
{
    fix_library(port, finding, "the TLS library (OpenSSL has RFC 7627 since 1.1.0)");
}

static void judge_master_secret(const struct tls_port *port)
{
    judge_feature(port, opposite(tls_features(port->tls)->extended_master_secret), OUTCOME_WARN,
                  "The extended master secret (RFC 7627) is missing",
                  "The extended master secret (RFC 7627) is used", fix_master_secret);
}

static void judge_master_secret_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_master_secret);
}

const struct check check_tls_extended_master_secret = {
    .id = "tls.extended_master_secret",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "The extended master secret (RFC 7627) is used",
    .why = "Without it two connections can be made to share their keys, which a server in between can abuse "
           "(triple handshake).",
    .reference = "RFC 7627, RFC 9325 section 3.5",
    .explanation =
        "TLS 1.2 and older bind a connection's keys to its whole handshake only by this extension; TLS 1.3 "
        "always does. A server that does not answer it gets a warning.\n\n"
        "Fix: update the TLS library; OpenSSL has it since 1.1.0, no setting is needed.",
    .judge = judge_master_secret_ports,
};

/* ---- tls.fallback_scsv ---- */

static void judge_fallback(const struct tls_port *port)
{
    const struct tls_features_facts *features = tls_features(port->tls);
    struct list spoken = tls_versions_spoken(port->judgement, port->tls);
    struct finding *finding;

    if (features->fallback_scsv == UNKNOWN && spoken.count == 1 && port->tls->versions != NULL &&
        port->tls->versions->complete == YES) {
        port_does_not_apply(port, "the port speaks one version only");
        return;
    }
    finding = judge_feature(port, opposite(features->fallback_scsv), OUTCOME_INFO,
                            "A needless step down to an older version is not refused",
                            "A needless step down to an older version is refused", NULL);
    if (features->downgrade_sentinel != UNKNOWN)
        finding_evidence(port->judgement, finding, "a step down from TLS 1.3 is %s in the server's random",
                         features->downgrade_sentinel == YES ? "marked" : "not marked");
}

static void judge_fallback_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_fallback);
}

const struct check check_tls_fallback_scsv = {
    .id = "tls.fallback_scsv",
    .severity = SEVERITY_NONE,
    .area = AREA_TRANSPORT,
    .title = "A needless step down to an older version is refused",
    .why = "Old programs that tried again with an older version after a failure could be led down by whoever "
           "made the first attempt fail.",
    .reference = "RFC 7507 (obsoleted by RFC 8996)",
    .explanation = "A hello of an older version with TLS_FALLBACK_SCSV should be answered by the alert "
                   "inappropriate_fallback. RFC 8996 made this obsolete: programs of today do not step down, "
                   "and TLS 1.3 "
                   "marks a downgrade itself. It is information only.\n\n"
                   "Fix: nothing has to be done; accepting TLS 1.2 and 1.3 only is what helps.",
    .judge = judge_fallback_ports,
};

/* ---- tls.resumption ---- */

/* One way to resume; what no version that is spoken has is no question. */
static enum known add_way(const struct tls_port *port, struct list *ways, enum known spoken, enum known fact,
                          const char *words)
{
    if (fact == YES && list_add(ways, port->judgement->arena, (void *)(uintptr_t)words) < 0)
        port->judgement->failed = true;
    return spoken == NO ? NO : fact;
}

static void judge_resumption(const struct tls_port *port)
{
    const struct tls_resumption_facts *facts = tls_resumption(port->tls);
    enum known old = tls_speaks_any(port->tls, TLS_VERSION_SSL3, TLS_VERSION_1_2);
    struct judgement *judgement = port->judgement;
    struct list ways = {0};
    enum known id = add_way(port, &ways, old, facts->session_id, "session ids");
    enum known ticket = add_way(port, &ways, old, facts->ticket, "tickets");
    enum known psk =
        add_way(port, &ways, tls_speaks(port->tls, TLS_VERSION_1_3), facts->psk, "TLS 1.3 tickets");
    struct finding *finding;

    if (ways.count > 0)
        finding =
            finding_add(judgement, port->check, &port->subject, OUTCOME_PASS, "Sessions are resumed (%s)",
                        kept(judgement, text_join(judgement->arena, &ways, ", ")));
    else if (id == NO && ticket == NO && psk == NO)
        finding =
            finding_add(judgement, port->check, &port->subject, OUTCOME_INFO, "Sessions are not resumed");
    else
        finding = port_unasked(port, "standard");
    if (facts->ticket_lifetime.known)
        finding_evidence(judgement, finding,
                         ticket == NO && psk == NO ? "a ticket for %lld seconds was given, and not honoured"
                                                   : "a ticket is good for %lld seconds",
                         (long long)facts->ticket_lifetime.value);
}

static void judge_resumption_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_resumption);
}

const struct check check_tls_resumption = {
    .id = "tls.resumption",
    .severity = SEVERITY_NONE,
    .area = AREA_TRANSPORT,
    .title = "Sessions are resumed",
    .why = "A client that comes back soon saves the server most of the work of a handshake.",
    .reference = "RFC 5246 section 7.3, RFC 5077, RFC 8446 section 2.2",
    .explanation =
        "A second handshake offers the session of the first one: by its id, by a ticket, in TLS 1.3 by a "
        "pre-shared key. Either answer is fine; it is information. Keys of tickets should change at least "
        "weekly (RFC 9325 section 3.4), which nobody sees from outside.\n\n"
        "Fix: nothing has to be done.",
    .judge = judge_resumption_ports,
};

/* ---- tls.early_data ---- */

static void judge_early_data(const struct tls_port *port)
{
    const struct tls_resumption_facts *facts = tls_resumption(port->tls);
    struct judgement *judgement = port->judgement;
    struct finding *finding;

    if (tls_speaks(port->tls, TLS_VERSION_1_3) == NO) {
        port_does_not_apply(port, "the port does not speak TLS 1.3");
    } else if (facts->early_data.known && facts->early_data.value > 0) {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_WARN, "Early data is accepted");
        finding_evidence(judgement, finding, "a ticket allows %lld bytes",
                         (long long)facts->early_data.value);
        finding_fix(
            judgement, finding,
            "Neither Postfix nor Dovecot accept early data: look at what stands before them. nginx:\n  "
            "ssl_early_data off;\nHAProxy: remove from the `bind` line\n  allow-0rtt");
    } else if (facts->early_data.known || facts->psk == NO) {
        finding_add(judgement, port->check, &port->subject, OUTCOME_PASS, "No early data is accepted");
    } else {
        port_unasked(port, "standard");
    }
}

static void judge_early_data_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_early_data);
}

const struct check check_tls_early_data = {
    .id = "tls.early_data",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "No early data is accepted",
    .why = "What comes as early data can be sent to the server a second time by whoever recorded it.",
    .reference = "RFC 9325 section 3.10, RFC 8446 section 8",
    .explanation =
        "A TLS 1.3 ticket may allow a client to send data before the handshake ends (0-RTT). No mail "
        "protocol "
        "says how that would be safe, so a ticket that allows it warns.\n\n"
        "Fix: switch it off in the proxy before the mail server: nginx ssl_early_data off, HAProxy without "
        "allow-0rtt.",
    .judge = judge_early_data_ports,
};

/* ---- tls.alpn ---- */

static void judge_alpn(const struct tls_port *port)
{
    const struct tls_features_facts *features = tls_features(port->tls);
    struct judgement *judgement = port->judgement;
    struct finding *finding = NULL;

    switch (features->alpn_strict) {
    case YES:
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_PASS,
                              "A protocol that is not served (ALPN) is refused");
        break;
    case NO:
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_INFO,
                              "Any protocol a client names (ALPN) is put up with");
        finding_fix(judgement, finding, "Nothing has to be done: it is usual for mail servers");
        break;
    case UNKNOWN:
        finding = port_unasked(port, "standard");
        break;
    }
    if (features->alpn != NULL)
        finding_evidence(judgement, finding, "chosen: %s", features->alpn);
}

static void judge_alpn_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_alpn);
}

const struct check check_tls_alpn = {
    .id = "tls.alpn",
    .severity = SEVERITY_NONE,
    .area = AREA_TRANSPORT,
    .title = "A protocol that is not served (ALPN) is refused",
    .why =
        "A browser that is led to the mail server could take its answers for those of a web site under the "
        "same certificate (ALPACA).",
    .reference = "RFC 7301 section 3.2, RFC 9325 section 3.8",
    .explanation =
        "A hello names a protocol that nobody speaks. RFC 7301 wants the alert no_application_protocol. Most "
        "mail servers ignore ALPN; that is information. It matters only where a certificate is shared with "
        "web sites. Another hello offers the protocol of the service: what the server chose stands "
        "beside.\n\n"
        "Fix: none needed; do not use the certificate of a web site, or a wildcard that covers it, for mail.",
    .judge = judge_alpn_ports,
};

/* ---- tls.sni ---- */

/* Was the server asked by a name? Who scans an address may know none. */
static bool has_name(const struct tls_facts *tls)
{
    for (size_t i = 0; i < tls->handshakes.count; i++) {
        const struct tls_handshake_facts *handshake = tls->handshakes.items[i];

        if (handshake->name != NULL)
            return true;
    }
    return false;
}

static void judge_sni(const struct tls_port *port)
{
    const struct tls_features_facts *features = tls_features(port->tls);
    struct judgement *judgement = port->judgement;
    struct finding *finding;

    if (features->sni_needed == YES) {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_WARN,
                              "Clients that name no server are turned away");
        finding->why = "Many senders, and older mail programs, do not say in the handshake which server they "
                       "want: on port 25 they deliver in clear text then.";
        finding_fix(judgement, finding, "Let the server have a default certificate");
    } else if (features->sni_strict == YES) {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_PASS,
                              "A name that is not served is refused");
    } else if (features->sni_strict == NO) {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_INFO,
                              "A certificate is shown whatever name is asked for");
        finding_fix(judgement, finding,
                    "Nothing has to be done: it is usual, and RFC 7672 wants it of servers with DANE");
    } else if (!has_name(port->tls)) {
        finding = port_untested(port, "no name was given to ask for");
    } else {
        finding = port_unasked(port, "standard");
    }
    if (features->no_name_sha256 != NULL)
        finding_evidence(judgement, finding, "without a name: certificate SHA-256 %s",
                         features->no_name_sha256);
}

static void judge_sni_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_sni);
}

const struct check check_tls_sni = {
    .id = "tls.sni",
    .severity = SEVERITY_NONE,
    .area = AREA_TRANSPORT,
    .title = "A name that is not served is refused, none at all is answered",
    .why = "A client that is led to the wrong server notices it only if that server does not answer to any "
           "name (ALPACA).",
    .reference = "RFC 6066 section 3, RFC 9325 section 3.7, RFC 7672 section 8.1",
    .explanation =
        "One hello asks for a name that is not served, one for none. A certificate for any name is usual in "
        "mail and information. A server that turns away clients which name none warns: many senders do "
        "not.\n\n"
        "Fix: let the server have a default certificate.",
    .judge = judge_sni_ports,
};

/* ---- tls.tolerance ---- */

struct tolerance_row {
    enum known tolerated;
    const char *words;
};

/* No client of today offers more; a limit below is only worth a line. */
enum { SUITES_OF_CLIENTS = 64, TOLERANCE_ROWS = 4 };

static bool has_few_suites(const struct tls_features_facts *features)
{
    return features->suites_max.known && features->suites_max.value < SUITES_OF_CLIENTS;
}

static const char *join_rows(const struct tls_port *port, const struct tolerance_row *rows,
                             enum known tolerated)
{
    struct list words = {0};

    for (size_t i = 0; i < TOLERANCE_ROWS; i++)
        if (rows[i].tolerated == tolerated &&
            list_add(&words, port->judgement->arena, (void *)(uintptr_t)rows[i].words) < 0)
            port->judgement->failed = true;
    return words.count == 0 ? NULL : kept(port->judgement, text_join(port->judgement->arena, &words, "; "));
}

/* What is not tolerated, the worst first: an extension that clients of today send, then what those of tomorrow may. */
static struct finding *add_intolerance(const struct tls_port *port, const struct tolerance_row *rows)
{
    const struct tls_features_facts *features = tls_features(port->tls);
    const struct list *left_out = &features->intolerances;
    const char *unanswered = join_rows(port, rows, NO);
    struct finding *finding;

    if (left_out->count > 0) {
        finding = finding_add(port->judgement, port->check, &port->subject, OUTCOME_FAIL,
                              "A hello is answered only without %s",
                              kept(port->judgement, text_join(port->judgement->arena, left_out, ", ")));
        finding->why = "Clients that send it, as many do in every hello, are locked out; senders among them "
                       "deliver in clear text.";
    } else if (unanswered != NULL) {
        finding = finding_add(port->judgement, port->check, &port->subject, OUTCOME_FAIL, "Not answered: %s",
                              unanswered);
    } else {
        finding = finding_add(port->judgement, port->check, &port->subject, OUTCOME_WARN,
                              "A hello with more than %lld suites is not answered",
                              (long long)features->suites_max.value);
    }
    fix_library(port, finding, "the TLS library, or the firewall or load balancer before the server");
    return finding;
}

static void evidence_rows(const struct tls_port *port, struct finding *finding,
                          const struct tolerance_row *rows)
{
    static const struct {
        enum known tolerated;
        const char *words;
    } kinds[] = {{NO, "not answered"}, {UNKNOWN, "not tested"}, {YES, "answered"}};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const char *words = join_rows(port, rows, kinds[i].tolerated);

        if (words != NULL)
            finding_evidence(port->judgement, finding, "%s: %s", kinds[i].words, words);
    }
}

static void judge_tolerance(const struct tls_port *port)
{
    const struct tls_features_facts *features = tls_features(port->tls);
    const struct tolerance_row rows[TOLERANCE_ROWS] = {
        {features->grease, "reserved values (GREASE, RFC 8701)"},
        {features->unknown_version, "a version from the future"},
        {features->large_hello, "a hello larger than one packet, as with post-quantum keys"},
        {features->split_hello, "a hello in two records"},
    };
    size_t faults = features->intolerances.count, unknown = 0;
    struct finding *finding;

    for (size_t i = 0; i < TOLERANCE_ROWS; i++) {
        faults += rows[i].tolerated == NO;
        unknown += rows[i].tolerated == UNKNOWN;
    }
    if (faults > 0 || has_few_suites(features))
        finding = add_intolerance(port, rows);
    else if (unknown > 0)
        finding = port_unasked(port, "standard");
    else
        finding = finding_add(port->judgement, port->check, &port->subject, OUTCOME_PASS,
                              "What newer clients send is answered");
    for (size_t i = 0; i < features->intolerances.count; i++)
        finding_evidence(port->judgement, finding, "answered only without: %s",
                         text_or(features->intolerances.items[i], "?"));
    if (unknown < TOLERANCE_ROWS)
        evidence_rows(port, finding, rows);
    if (features->suites_max.known)
        finding_evidence(port->judgement, finding, "at most %lld suites in one hello",
                         (long long)features->suites_max.value);
}

static void judge_tolerance_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_tolerance);
}

const struct check check_tls_tolerance = {
    .id = "tls.tolerance",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "What newer clients send is answered",
    .why = "A server, or a firewall before it, that stumbles over newer hellos locks newer clients out; "
           "senders among them deliver in clear text.",
    .reference = "RFC 8446 section 4.1.2, RFC 8701",
    .explanation =
        "Hellos with reserved values (GREASE), with a version from the future, larger than one packet (as "
        "with "
        "post-quantum keys) and split over two records must be answered like others; so must an ordinary "
        "hello "
        "with all its extensions. One that is not fails, on port 25 too. What is only found by offering more "
        "suites than any client does is evidence.\n\n"
        "Fix: update the TLS library; if that changes nothing, look at the firewall or load balancer before "
        "the server.",
    .judge = judge_tolerance_ports,
};
