/*
 * tls_attacks.c - faults of implementations, each seen by a test of its own: Heartbleed, CCS, Ticketbleed, ROBOT
 *
 * What such a test shows is as bad on port 25 as elsewhere: it gives away memory or keys, not one connection.
 */
#include "reports/catalogue.h"
#include "reports/tls_fix.h"

static struct finding *judge_vulnerable(const struct tls_port *port, const char *title, const char *library)
{
    struct finding *finding =
        finding_add(port->judgement, port->check, &port->subject, OUTCOME_FAIL, "%s", title);

    fix_library(port, finding, library);
    return finding;
}

static void judge_safe(const struct tls_port *port, const char *title)
{
    finding_add(port->judgement, port->check, &port->subject, OUTCOME_PASS, "%s", title);
}

/* What leaked may have been keys: they have to go too. */
static void fix_keys(const struct tls_port *port, struct finding *finding)
{
    finding_fix(
        port->judgement, finding,
        "After that: a new key and certificate, the old one revoked, new passwords for all who logged in");
}

/* ---- tls.heartbleed ---- */

static void judge_heartbleed(const struct tls_port *port)
{
    const struct tls_features_facts *features = tls_features(port->tls);

    if (features->heartbleed == YES)
        fix_keys(port, judge_vulnerable(port, "The server gives away its memory (Heartbleed)",
                                        "OpenSSL (1.0.1 to 1.0.1f are affected)"));
    else if (features->heartbeat == NO)
        judge_safe(port, "Heartbleed: the server does not speak the heartbeat extension");
    else if (features->heartbleed == NO)
        judge_safe(port, "Heartbleed: the server does not answer more than it was sent");
    else
        port_unasked(port, "standard");
}

static void judge_heartbleed_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_heartbleed);
}

const struct check check_tls_heartbleed = {
    .id = "tls.heartbleed",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to Heartbleed",
    .why =
        "Anybody can read the server's memory, with passwords, mail and the private key in it, and leaves no "
        "trace.",
    .reference = "CVE-2014-0160, RFC 6520",
    .explanation =
        "Only where the server answers the heartbeat extension, one heartbeat is sent that says it is longer "
        "than it is. An answer longer than what was sent fails, on every port.\n\n"
        "Fix: update OpenSSL, restart all servers, then replace keys, certificates and passwords.",
    .judge = judge_heartbleed_ports,
};

/* ---- tls.ccs ---- */

static void judge_ccs(const struct tls_port *port)
{
    const struct tls_features_facts *features = tls_features(port->tls);

    if (features->ccs_injection == YES)
        judge_vulnerable(port, "The server takes keys that were never agreed on (CCS injection)",
                         "OpenSSL (before 0.9.8za, 1.0.0m and 1.0.1h)");
    else if (features->ccs_injection == NO)
        judge_safe(port, "CCS injection: an early ChangeCipherSpec is refused");
    else if (port_is_tls13_only(port) == NULL)
        port_unasked(port, "standard");
}

static void judge_ccs_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_ccs);
}

const struct check check_tls_ccs = {
    .id = "tls.ccs",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to CCS injection",
    .why = "Who sits in between can make both sides use keys that he knows, and read and change everything.",
    .reference = "CVE-2014-0224",
    .explanation = "In the middle of a handshake of TLS 1.2 or older a ChangeCipherSpec is sent before its "
                   "time. A server "
                   "that does not refuse it fails, on every port.\n\n"
                   "Fix: update OpenSSL and restart all servers.",
    .judge = judge_ccs_ports,
};

/* ---- tls.ticketbleed ---- */

static void judge_ticketbleed(const struct tls_port *port)
{
    const struct tls_features_facts *features = tls_features(port->tls);

    if (features->ticketbleed == YES)
        fix_keys(port, judge_vulnerable(port, "The server gives away its memory (Ticketbleed)",
                                        "the load balancer (F5 BIG-IP), or switch its session tickets off"));
    else if (features->ticketbleed == NO)
        judge_safe(port, "Ticketbleed: a short session id comes back as it was sent");
    else if (tls_resumption(port->tls)->ticket == NO)
        port_does_not_apply(port, "the port resumes no session by its ticket");
    else if (port_is_tls13_only(port) == NULL)
        port_unasked_deep(port, features->ticketbleed_reason);
}

static void judge_ticketbleed_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_ticketbleed);
}

const struct check check_tls_ticketbleed = {
    .id = "tls.ticketbleed",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to Ticketbleed",
    .why = "Anybody can read 31 bytes of the load balancer's memory at a time, with parts of other people's "
           "connections in them.",
    .reference = "CVE-2016-9244",
    .explanation =
        "At deep depth a session ticket is used with a session id of one byte. A server that answers with 32 "
        "bytes fails: 31 of them come from its memory. Only F5 BIG-IP is known to do so.\n\n"
        "Fix: update the load balancer, or switch session tickets off in its client SSL profile.",
    .judge = judge_ticketbleed_ports,
};

/* ---- tls.robot ---- */

static bool is_rsa_exchange(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_RSA || item->suite->key_exchange == TLS_KX_RSA_PSK;
}

static void judge_robot(const struct tls_port *port)
{
    const struct tls_features_facts *features = tls_features(port->tls);
    struct finding *finding;

    if (features->robot == YES) {
        finding = judge_vulnerable(port, "The server tells whether RSA padding is right (ROBOT)",
                                   "the TLS library or the load balancer");
        if (features->robot_evidence != NULL)
            finding_evidence(port->judgement, finding, "%s", features->robot_evidence);
        /* On port 25 a sender that has nothing else would go on in clear text. */
        if (!is_opportunistic(port->endpoint))
            fix_suites(port, finding);
    } else if (features->robot == NO) {
        judge_safe(port, "ROBOT: right and wrong RSA padding are answered alike");
    } else if (tls_suites_accepted(port->judgement, port->tls, TLS_VERSION_SSL3, TLS_VERSION_1_2,
                                   is_rsa_exchange)
                   .known == NO) {
        port_does_not_apply(port, "no suite with RSA key exchange is accepted");
    } else {
        port_unasked_deep(port, features->robot_reason);
    }
}

static void judge_robot_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_robot);
}

const struct check check_tls_robot = {
    .id = "tls.robot",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to ROBOT",
    .why = "A server that tells right from wrong padding can be asked, often enough, to decrypt recorded "
           "connections or to sign in its own name.",
    .reference = "CVE-2017-13099, RFC 5246 section 7.4.7.1",
    .explanation =
        "At deep depth, and only where RSA key exchange is accepted, keys with right and wrong padding are "
        "sent. Answers that differ fail, on every port.\n\n"
        "Fix: update the TLS library or the load balancer, and leave RSA key exchange out: Postfix "
        "(main.cf): "
        "smtpd_tls_mandatory_exclude_ciphers = kRSA; Dovecot: !kRSA in ssl_cipher_list.",
    .judge = judge_robot_ports,
};
