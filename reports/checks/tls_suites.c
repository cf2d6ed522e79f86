/*
 * tls_suites.c - which cipher suites a port accepts, and who chooses among them
 *
 * RFC 9325 4.1 and 4.2 (what must and should not be accepted), RFC 7465 (RC4), RFC 7366 (encrypt-then-MAC).
 * Suites are looked at from SSL 3.0 on; those of SSL 2.0 are the fault of that version.
 */
#include "reports/catalogue.h"
#include "reports/tls_fix.h"
#include "scanner/base/text.h"

/* ---- tls.suites.null, anonymous, export, rc4, des, 3des ---- */

struct suite_row {
    const struct check *check;
    tls_test test;
    enum tls_version newest; /* that can have such suites */
    const char *bad_title;
};

static const struct suite_row *row_of(const struct tls_port *port)
{
    static const struct suite_row rows[] = {
        /* RFC 9150 has suites without encryption for TLS 1.3. */
        {&check_tls_suites_null, tls_is_null, TLS_VERSION_1_3, "Suites without encryption are accepted"},
        {&check_tls_suites_anonymous, tls_is_anonymous, TLS_VERSION_1_2, "Anonymous suites are accepted"},
        {&check_tls_suites_export, tls_is_export, TLS_VERSION_1_2, "Export suites are accepted"},
        {&check_tls_suites_rc4, tls_is_rc4, TLS_VERSION_1_2, "RC4 is accepted"},
        {&check_tls_suites_des, tls_is_des, TLS_VERSION_1_2, "DES is accepted"},
        {&check_tls_suites_3des, tls_is_3des, TLS_VERSION_1_2, "Triple DES is accepted"},
    };
    const struct suite_row *row = rows;

    while (row->check != port->check)
        row++;
    return row;
}

/* Rule 1: on port 25 nobody looks at the certificate, so that a suite without one takes nothing away; Postfix
 * offers them there by default. */
static enum outcome outcome_of(const struct tls_port *port)
{
    if (port->check == &check_tls_suites_anonymous && is_opportunistic(port->endpoint))
        return OUTCOME_INFO;
    return fail_or_warn(port->endpoint);
}

static void judge_broken(const struct tls_port *port)
{
    const struct suite_row *row = row_of(port);
    struct tls_answer answer =
        tls_suites_accepted(port->judgement, port->tls, TLS_VERSION_SSL3, row->newest, row->test);
    struct finding *finding;

    switch (answer.known) {
    case NO:
        finding_add(port->judgement, port->check, &port->subject, OUTCOME_PASS, "%s", port->check->title);
        return;
    case UNKNOWN:
        port_untested(port, answer.reason);
        return;
    case YES:
        break;
    }
    finding =
        finding_add(port->judgement, port->check, &port->subject, outcome_of(port), "%s", row->bad_title);
    evidence_tls(port->judgement, finding, &answer);
    if (finding->outcome == OUTCOME_INFO) {
        finding->why =
            "Senders on port 25 do not look at the certificate anyway; those that do (DANE, MTA-STS) "
            "do not offer such suites.";
        finding_fix(port->judgement, finding, "Nothing has to be done");
    } else {
        fix_suites(port, finding);
    }
}

static void judge_broken_suites(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_broken);
}

const struct check check_tls_suites_null = {
    .id = "tls.suites.null",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "No suite without encryption is accepted",
    .why = "With such a suite everything, passwords too, crosses the network readable although it is called "
           "TLS.",
    .reference = "RFC 9325 section 4.1",
    .explanation =
        "Suites with NULL in place of a cipher encrypt nothing. One that is accepted fails; on port 25, "
        "where "
        "clear text is accepted too, it warns.\n\n"
        "Fix: Postfix (main.cf): smtpd_tls_mandatory_ciphers = medium (smtpd_tls_ciphers for port 25); "
        "Dovecot: !eNULL in ssl_cipher_list.",
    .judge = judge_broken_suites,
};

const struct check check_tls_suites_anonymous = {
    .id = "tls.suites.anonymous",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "No anonymous suite is accepted",
    .why =
        "In an anonymous suite the server shows no certificate: a mail program that offers one may give the "
        "password to anybody.",
    .reference = "RFC 5246 section A.5",
    .explanation = "Suites with DH_anon or ECDH_anon have no certificate. Where users log in one that is "
                   "accepted fails. "
                   "On port 25 it is information: senders there do not look at the certificate, and Postfix "
                   "accepts such "
                   "suites there by default, on purpose.\n\n"
                   "Fix: Postfix (main.cf): smtpd_tls_mandatory_exclude_ciphers = aNULL; Dovecot: !aNULL in "
                   "ssl_cipher_list.",
    .judge = judge_broken_suites,
};

const struct check check_tls_suites_export = {
    .id = "tls.suites.export",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "No export suite is accepted",
    .why = "Export suites were weakened on purpose in the 1990s; who sits in between can lead programs of "
           "today down to them and read along within hours (FREAK, Logjam).",
    .reference = "RFC 9325 section 4.1, CVE-2015-0204, CVE-2015-4000",
    .explanation =
        "Export suites have keys of 40 or 56 bits and key exchange of 512 or 1024 bits. One that is accepted "
        "fails; on port 25 it warns.\n\n"
        "Fix: Postfix (main.cf): smtpd_tls_mandatory_ciphers = medium (smtpd_tls_ciphers for port 25; its "
        "default was export before 2015); Dovecot: !EXPORT in ssl_cipher_list. OpenSSL 1.1.0 and newer have "
        "none.",
    .judge = judge_broken_suites,
};

const struct check check_tls_suites_rc4 = {
    .id = "tls.suites.rc4",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "RC4 is not accepted",
    .why = "What RC4 encrypts over and over, a password at every login, can be computed from many "
           "connections.",
    .reference = "RFC 7465, CVE-2013-2566, CVE-2015-2808",
    .explanation = "RFC 7465 forbids RC4 in every version of TLS. One suite with it that is accepted fails; "
                   "on port 25 it "
                   "warns.\n\n"
                   "Fix: Postfix (main.cf): smtpd_tls_mandatory_exclude_ciphers = RC4 "
                   "(smtpd_tls_exclude_ciphers for port "
                   "25); Dovecot: !RC4 in ssl_cipher_list.",
    .judge = judge_broken_suites,
};

const struct check check_tls_suites_des = {
    .id = "tls.suites.des",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "DES is not accepted",
    .why = "A key of 56 bits is found within a day for little money.",
    .reference = "RFC 5469, RFC 9325 section 4.1",
    .explanation =
        "Suites with single DES (also with the 40 bits of the export suites) are worth nothing. One that is "
        "accepted fails; on port 25 it warns.\n\n"
        "Fix: Postfix (main.cf): smtpd_tls_mandatory_exclude_ciphers = DES (smtpd_tls_exclude_ciphers for "
        "port "
        "25); Dovecot: !DES in ssl_cipher_list.",
    .judge = judge_broken_suites,
};

const struct check check_tls_suites_3des = {
    .id = "tls.suites.3des",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "Triple DES is not accepted",
    .why = "Its small blocks repeat in long connections and give parts of them away (Sweet32).",
    .reference = "CVE-2016-2183, RFC 9325 section 4.1",
    .explanation =
        "Triple DES has blocks of 64 bits and a strength of 112. One suite with it that is accepted fails; "
        "on "
        "port 25 it warns.\n\n"
        "Fix: Postfix (main.cf): smtpd_tls_mandatory_exclude_ciphers = 3DES (smtpd_tls_exclude_ciphers for "
        "port 25); Dovecot: !3DES in ssl_cipher_list.",
    .judge = judge_broken_suites,
};

/* ---- tls.suites.cbc ---- */

/* The CBC suites of SSL 3.0 cannot be helped by an extension: that is POODLE, not this. */
static void judge_cbc(const struct tls_port *port)
{
    struct judgement *judgement = port->judgement;
    struct tls_answer answer =
        tls_suites_accepted(judgement, port->tls, TLS_VERSION_1_0, TLS_VERSION_1_2, tls_is_cbc);
    struct finding *finding = NULL;

    if (answer.known == NO) {
        finding_add(judgement, port->check, &port->subject, OUTCOME_PASS, "No CBC suite is accepted");
        return;
    }
    if (answer.known == UNKNOWN) {
        port_untested(port, answer.reason);
        return;
    }
    switch (tls_features(port->tls)->encrypt_then_mac) {
    case YES:
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_PASS,
                              "CBC suites are accepted, with encrypt-then-MAC for clients that ask for it");
        break;
    case NO:
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_WARN,
                              "CBC suites are accepted, without encrypt-then-MAC");
        if (is_opportunistic(port->endpoint))
            finding_fix(judgement, finding,
                        "Update the TLS library (OpenSSL has encrypt-then-MAC since 1.1.0); leave the suites "
                        "to senders that have nothing better");
        else
            fix_suites(port, finding);
        break;
    case UNKNOWN:
        finding = port_untested(port, "CBC suites are accepted, but whether encrypt-then-MAC protects them "
                                      "is not known");
        break;
    }
    evidence_tls(judgement, finding, &answer);
}

static void judge_cbc_suites(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_cbc);
}

const struct check check_tls_suites_cbc = {
    .id = "tls.suites.cbc",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "CBC suites are protected by encrypt-then-MAC, or not accepted",
    .why = "How long a server takes over a forged CBC record can give away what was in it, unless the record "
           "is authenticated first.",
    .reference = "RFC 7366, RFC 9325 section 4.2, CVE-2013-0169",
    .explanation =
        "CBC suites of TLS 1.0 to 1.2 authenticate before they encrypt, which opened a row of attacks on "
        "implementations. The extension encrypt-then-MAC turns that round. Suites without it warn; no "
        "program "
        "is left out by keeping them with it.\n\n"
        "Fix: update the TLS library (OpenSSL has encrypt-then-MAC since 1.1.0), or leave the suites out: "
        "Postfix (main.cf): smtpd_tls_mandatory_exclude_ciphers = SHA1, SHA256, SHA384; Dovecot: "
        "!SHA1:!SHA256:!SHA384 in ssl_cipher_list.",
    .judge = judge_cbc_suites,
};

/* ---- whose order counts ---- */

enum rank { RANK_BROKEN, RANK_OLD, RANK_GOOD };

static enum rank rank_of(const struct tls_port *port, const struct tls_suite *suite)
{
    bool sound = suite->aead || tls_features(port->tls)->encrypt_then_mac == YES;

    if (suite->authentication == TLS_AUTH_NONE || suite->strength_bits < 128 ||
        suite->cipher == TLS_CIPHER_RC4)
        return RANK_BROKEN;
    return sound && suite->forward_secrecy ? RANK_GOOD : RANK_OLD;
}

/* What one version's list says of its order. */
struct order {
    const struct tls_suite *weak, *strong; /* a suite that comes before a better one, and that one */
    const struct tls_suite *weakest;
    bool mixed; /* suites of different rank */
};

static struct order order_of(const struct tls_port *port, const struct tls_set_facts *set)
{
    enum rank lowest = RANK_GOOD;
    struct order order = {0};

    for (size_t i = 0; i < set->list.count; i++) {
        const char *name = set->list.items[i];
        const struct tls_suite *suite = name == NULL ? NULL : tls_suite_by_name(name);
        enum rank rank;

        /* Postfix prefers anonymous suites on port 25, where they do no harm. */
        if (suite == NULL || (suite->authentication == TLS_AUTH_NONE && is_opportunistic(port->endpoint)))
            continue;
        rank = rank_of(port, suite);
        order.mixed = order.mixed || (order.weakest != NULL && rank != lowest);
        if (order.weakest != NULL && rank > lowest && order.weak == NULL) {
            order.weak = order.weakest;
            order.strong = suite;
        }
        if (order.weakest == NULL || rank < lowest) {
            order.weakest = suite;
            lowest = rank;
        }
    }
    return order;
}

struct orders {
    size_t observed;     /* versions whose order is known */
    size_t by_client;    /* of them, the client's counts */
    const char *version; /* with something to complain about */
    bool server_is_wrong;
    struct order worst;
};

static struct orders orders_of(const struct tls_port *port)
{
    struct orders orders = {0};

    for (size_t i = 0; i < port->tls->suites.count; i++) {
        const struct tls_set_facts *set = port->tls->suites.items[i];
        bool by_client = same_text(set->order, "client");
        struct order order;

        if (set->order == NULL)
            continue;
        orders.observed++;
        orders.by_client += by_client;
        order = order_of(port, set);
        if (orders.version == NULL && (by_client ? order.mixed : order.weak != NULL)) {
            orders.version = text_or(set->version, "?");
            orders.server_is_wrong = !by_client;
            orders.worst = order;
        }
    }
    return orders;
}

/* Up to TLS 1.2, is it known that the server chooses? Where there is but one suite nobody does. */
static bool server_chooses(const struct tls_port *port)
{
    bool chooses = false;

    for (size_t i = 0; i < port->tls->suites.count; i++) {
        const struct tls_set_facts *set = port->tls->suites.items[i];

        if (same_text(set->version, "SSL2") || same_text(set->version, "TLS1.3") || set->list.count < 2)
            continue;
        if (!same_text(set->order, "server"))
            return false;
        chooses = true;
    }
    return chooses;
}

/* ---- tls.suites.forward_secrecy ---- */

/* What is missing weighs on port 25 as elsewhere; what is offered too much warns everywhere. */
static void judge_forward_secrecy(const struct tls_port *port)
{
    struct judgement *judgement = port->judgement;
    struct tls_answer without = tls_suites_accepted(judgement, port->tls, TLS_VERSION_SSL3, TLS_VERSION_1_2,
                                                    tls_is_without_forward_secrecy);
    struct tls_answer with =
        tls_suites_accepted(judgement, port->tls, TLS_VERSION_SSL3, TLS_VERSION_1_3, tls_has_forward_secrecy);
    bool some_with = with.known == YES || tls_speaks(port->tls, TLS_VERSION_1_3) == YES;
    struct finding *finding;

    if (without.known == UNKNOWN) {
        port_untested(port, without.reason);
        return;
    }
    if (without.known == NO) {
        finding_add(judgement, port->check, &port->subject, OUTCOME_PASS,
                    "Every suite that is accepted has forward secrecy");
        return;
    }
    if (!some_with && with.known == NO)
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_FAIL,
                              "No suite with forward secrecy is accepted");
    else
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_WARN,
                              "Suites without forward secrecy are accepted");
    evidence_tls(judgement, finding, &without);
    if (!some_with)
        finding_fix(judgement, finding,
                    "Let the server accept ECDHE suites: a restriction of the cipher list or of the curves "
                    "(Postfix: `smtpd_tls_eecdh_grade = auto`; Dovecot: `ssl_curve_list` unset) keeps them "
                    "out, or a TLS library that is too old");
    else if (!is_opportunistic(port->endpoint))
        fix_suites(port, finding);
    else if (server_chooses(port) && !orders_of(port).server_is_wrong)
        fix_forward_secrecy_on_25(port, finding);
    else
        /* A sender that has nothing else would go on in clear text. */
        fix_order(port, finding, server_chooses(port));
}

static void judge_forward_secrecy_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_forward_secrecy);
}

const struct check check_tls_suites_forward_secrecy = {
    .id = "tls.suites.forward_secrecy",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "Every suite has forward secrecy",
    .why = "Without forward secrecy, who records connections today can read them all once the server's key "
           "gets lost.",
    .reference = "RFC 9325 section 4.1, RFC 10015",
    .explanation =
        "Suites whose key exchange is RSA, or DH or ECDH with the fixed key of the certificate, have no "
        "forward secrecy; ECDHE and DHE have it, and everything in TLS 1.3. One suite without it that is "
        "accepted warns; a server that has no other fails.\n\n"
        "Fix: Postfix (main.cf): smtpd_tls_mandatory_exclude_ciphers = kRSA for 465 and 587; Dovecot: !kRSA "
        "in "
        "ssl_cipher_list. On port 25 let the server choose (tls_preempt_cipherlist = yes) rather than leave "
        "old senders out, who would deliver in clear text; where it does so already, nothing has to be done.",
    .judge = judge_forward_secrecy_ports,
};

/* ---- tls.suites.order ---- */

/* Why no order was observed: with one suite in each version there is nothing to choose. */
static void order_unknown(const struct tls_port *port)
{
    struct tls_answer all =
        tls_suites_accepted(port->judgement, port->tls, TLS_VERSION_SSL3, TLS_VERSION_1_3, NULL);
    bool one_each = all.complete;

    for (size_t i = 0; i < port->tls->suites.count; i++) {
        const struct tls_set_facts *set = port->tls->suites.items[i];

        one_each = one_each && (set->list.count < 2 || same_text(set->version, "SSL2"));
    }
    if (one_each)
        port_does_not_apply(port, "there is but one suite to choose");
    else
        port_unasked(port, "standard");
}

static void evidence_orders(const struct tls_port *port, struct finding *finding)
{
    for (size_t i = 0; i < port->tls->suites.count; i++) {
        const struct tls_set_facts *set = port->tls->suites.items[i];

        if (set->order != NULL)
            finding_evidence(
                port->judgement, finding, "%s: the %s chooses%s", text_or(set->version, "?"), set->order,
                set->chacha_priority == YES ? "; ChaCha20 first for clients that prefer it" : "");
    }
}

/* What the table of suites calls it too. */
static const char *weakness_words(const struct tls_port *port, const struct tls_suite *suite)
{
    if (rank_of(port, suite) == RANK_BROKEN)
        return "weak suites";
    return suite->forward_secrecy ? "CBC suites" : "suites without forward secrecy";
}

static void judge_order(const struct tls_port *port)
{
    struct orders orders = orders_of(port);
    struct judgement *judgement = port->judgement;
    struct finding *finding;

    if (orders.observed == 0) {
        order_unknown(port);
        return;
    }
    if (orders.server_is_wrong) {
        finding =
            finding_add(judgement, port->check, &port->subject, OUTCOME_WARN,
                        "The server prefers %s to better ones", weakness_words(port, orders.worst.weak));
        finding->why = "A client that knows both gets the worse one.";
        finding_evidence(judgement, finding, "%s: %s before %s", orders.version, orders.worst.weak->name,
                         orders.worst.strong->name);
        fix_order(port, finding, true);
    } else if (orders.version != NULL) {
        finding =
            finding_add(judgement, port->check, &port->subject, OUTCOME_WARN,
                        "The client chooses, and may choose %s", weakness_words(port, orders.worst.weakest));
        fix_order(port, finding, false);
    } else if (orders.by_client > 0) {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_INFO,
                              "The client chooses among suites that are equally good");
        finding_fix(judgement, finding, "Nothing has to be done");
    } else {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_PASS,
                              "The server chooses the suite, strong ones first");
    }
    evidence_orders(port, finding);
}

static void judge_orders(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_order);
}

const struct check check_tls_suites_order = {
    .id = "tls.suites.order",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "The server chooses the suite",
    .why =
        "Where the client chooses, an old mail program uses the weakest suite it knows although the server "
        "has better ones.",
    .reference = "RFC 9325 section 4.2.1",
    .explanation =
        "Whose order counts is seen when two suites are offered in both orders. A server that chooses, "
        "strong "
        "suites first, passes; that it gives way to clients that prefer ChaCha20 is fine. A client that may "
        "choose weak suites warns; among suites that are equally good it is information.\n\n"
        "Fix: Postfix (main.cf): tls_preempt_cipherlist = yes; Dovecot 2.4: ssl_server_prefer_ciphers = "
        "server, Dovecot 2.3: ssl_prefer_server_ciphers = yes. A server whose own order is wrong: leave the "
        "worse "
        "suites out, on port 25 put them last (:+kRSA in Postfix's tls_medium_cipherlist).",
    .judge = judge_orders,
};
