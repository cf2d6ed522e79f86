/*
 * tls_keys.c - how a port agrees on keys and signs: Diffie-Hellman, groups, signature schemes
 *
 * RFC 9325 4.5 and 7.4 (sizes, reused values), RFC 8422 5.1.1 (curves that were taken back), RFC 9155 (MD5 and
 * SHA-1 in TLS 1.2).
 */
#include "reports/catalogue.h"
#include "reports/tls_fix.h"
#include "scanner/base/arena.h"

/* Bits of a prime: with fewer it is computed by many, by some, by nobody. */
enum { DH_BROKEN = 1024, DH_ENOUGH = 2048, EC_ENOUGH = 224 };

/* ---- tls.dh ---- */

/* The worst of what a port showed. */
struct dh_faults {
    const struct tls_dh_facts *broken, *small, *reused;
    bool unknown; /* a prime whose size was not noted */
};

static struct dh_faults dh_faults_of(const struct list *all)
{
    struct dh_faults faults = {0};

    for (size_t i = 0; i < all->count; i++) {
        const struct tls_dh_facts *dh = all->items[i];

        if (!dh->bits.known)
            faults.unknown = true;
        else if (dh->bits.value <= DH_BROKEN)
            faults.broken = dh;
        else if (dh->bits.value < DH_ENOUGH)
            faults.small = dh;
        if (dh->reused == YES)
            faults.reused = dh;
    }
    return faults;
}

static void evidence_dh(const struct tls_port *port, struct finding *finding)
{
    const struct list *all = &port->tls->dh;

    for (size_t i = 0; i < all->count; i++) {
        const struct tls_dh_facts *dh = all->items[i];
        const char *bits = dh->bits.known
                               ? kept(port->judgement, arena_format(port->judgement->arena, "%lld bits",
                                                                    (long long)dh->bits.value))
                               : "unknown size";

        finding_evidence(port->judgement, finding, "%s, %s%s", bits,
                         text_or(dh->prime_name, "a prime that is not widely shared"),
                         dh->reused == YES ? ", the same public value twice" : "");
    }
}

static bool is_dhe(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_DHE || item->suite->key_exchange == TLS_KX_DHE_PSK ||
           (item->suite->key_exchange == TLS_KX_DH && item->suite->authentication == TLS_AUTH_NONE);
}

static bool is_anonymous_dhe(const struct tls_item *item)
{
    return is_dhe(item) && item->suite->authentication == TLS_AUTH_NONE;
}

static bool accepts(const struct tls_port *port, tls_test test)
{
    return tls_suites_accepted(port->judgement, port->tls, TLS_VERSION_SSL3, TLS_VERSION_1_2, test).known ==
           YES;
}

static void judge_no_dh(const struct tls_port *port)
{
    struct tls_answer answer =
        tls_suites_accepted(port->judgement, port->tls, TLS_VERSION_SSL3, TLS_VERSION_1_2, is_dhe);

    switch (answer.known) {
    case NO:
        port_does_not_apply(port, "no suite with DHE is accepted");
        break;
    case YES:
        port_untested(port, "the parameters were not seen");
        break;
    case UNKNOWN:
        port_untested(port, answer.reason);
        break;
    }
}

/* `curve`: the value that is reused is one of ECDHE. */
static struct finding *judge_parameters(const struct tls_port *port, const struct dh_faults *faults,
                                        bool curve)
{
    const struct tls_dh_facts *weak = faults->broken != NULL ? faults->broken : faults->small;
    struct judgement *judgement = port->judgement;
    struct finding *finding;

    if (weak != NULL) {
        finding = finding_add(judgement, port->check, &port->subject, fail_or_warn(port->endpoint),
                              weak->prime_name != NULL
                                  ? "Diffie-Hellman uses %lld bits, and a prime that many share"
                                  : "Diffie-Hellman uses only %lld bits",
                              (long long)weak->bits.value);
        if (accepts(port, tls_is_export))
            finding_fix(judgement, finding,
                        "Leave the export suites out first (see tls.suites.export): they have parameters of "
                        "their own");
        /* Nobody notes under which suite a prime was seen. */
        fix_dh(port, finding, accepts(port, is_anonymous_dhe));
    } else if (faults->reused != NULL || curve) {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_WARN,
                              "Diffie-Hellman uses a value for more than one connection");
        if (curve)
            finding_evidence(judgement, finding, "ECDHE: the same public value twice");
        fix_library(port, finding, "the TLS library (OpenSSL reuses no value since 1.0.2f)");
    } else if (faults->unknown) {
        finding = port_untested(port, "the size of the prime was not seen");
    } else {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_PASS,
                              "Diffie-Hellman uses 2048 bits or more");
    }
    return finding;
}

static void judge_dh(const struct tls_port *port)
{
    struct dh_faults faults = dh_faults_of(&port->tls->dh);
    bool curve = tls_features(port->tls)->ecdh_reuse == YES;

    if (port->tls->dh.count > 0 || curve)
        evidence_dh(port, judge_parameters(port, &faults, curve));
    else
        judge_no_dh(port);
}

static void judge_dh_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_dh);
}

const struct check check_tls_dh = {
    .id = "tls.dh",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "Diffie-Hellman parameters are strong",
    .why = "A prime of 1024 bits can be prepared for once, at great cost, and then every connection of every "
           "server that uses it read (Logjam).",
    .reference = "RFC 9325 sections 4.5 and 7.4, CVE-2015-4000",
    .explanation =
        "Suites with DHE show the server's prime and public value. Less than 2048 bits fails (on port 25 it "
        "warns); the same public value in two connections warns, because it takes forward secrecy away and "
        "makes Raccoon possible (CVE-2020-1968). Primes of 2048 bits and more may be shared: those of RFC "
        "7919 "
        "are meant to be.\n\n"
        "Fix: Postfix: smtpd_tls_dh1024_param_file = auto (3.7 with OpenSSL 3), before that a file made by "
        "openssl dhparam 2048; Dovecot 2.4: ssl_server_dh_file, Dovecot 2.3: ssl_dh. Or leave the DHE suites "
        "out. OpenSSL takes 1024 bits for anonymous suites where it chooses the parameters (auto): leave "
        "those out "
        "(aNULL).",
    .judge = judge_dh_ports,
};

/* ---- tls.groups ---- */

static bool is_small_curve(const struct tls_item *item)
{
    return item->group->kind == TLS_GROUP_EC && item->group->bits < EC_ENOUGH;
}

/* RFC 8422 5.1.1 took back all of RFC 4492's curves (1 to 22) but three; what is described freely comes with
 * them. */
static bool is_odd_curve(const struct tls_item *item)
{
    enum { LAST_TAKEN_BACK = 22 };

    return item->group->kind == TLS_GROUP_OTHER ||
           (item->group->kind == TLS_GROUP_EC && item->group->code <= LAST_TAKEN_BACK);
}

static struct tls_answer groups(const struct tls_port *port, tls_test test)
{
    return tls_groups_accepted(port->judgement, port->tls, TLS_VERSION_1_0, TLS_VERSION_1_3, test);
}

/* Is no key agreed on by a group, as with RSA suites only? */
static bool needs_no_group(const struct tls_port *port)
{
    return tls_suites_accepted(port->judgement, port->tls, TLS_VERSION_1_0, TLS_VERSION_1_3,
                               tls_has_forward_secrecy)
               .known == NO;
}

static void judge_groups(const struct tls_port *port)
{
    struct judgement *judgement = port->judgement;
    struct tls_answer small = groups(port, is_small_curve), odd = groups(port, is_odd_curve),
                      all = groups(port, NULL);
    struct finding *finding;

    if (small.known == YES || odd.known == YES) {
        bool weak = small.known == YES;

        finding = finding_add(judgement, port->check, &port->subject,
                              weak ? fail_or_warn(port->endpoint) : OUTCOME_WARN,
                              weak ? "Weak curves are accepted" : "Curves that were taken back are accepted");
        evidence_tls(judgement, finding, weak ? &small : &odd);
        fix_groups(port, finding);
        return;
    }
    if (needs_no_group(port)) {
        port_does_not_apply(port, "no suite that uses a group is accepted");
        return;
    }
    finding = all.complete ? finding_add(judgement, port->check, &port->subject, OUTCOME_PASS,
                                         "The groups for key exchange are strong")
                           : port_untested(port, all.reason);
    /* What is known of an incomplete list is shown: "at least". */
    evidence_tls(judgement, finding, &all);
}

static void judge_groups_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_groups);
}

const struct check check_tls_groups = {
    .id = "tls.groups",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "The groups for key exchange are strong",
    .why = "The keys of a connection are only as strong as the curve they were agreed on with.",
    .reference = "RFC 9325 section 4.5, RFC 8422 section 5.1.1",
    .explanation =
        "Curves of less than 224 bits fail (on port 25 they warn); curves that RFC 8422 took back (those "
        "named sect, secp256k1 and others) warn. Where the certificate is ECDSA some servers need its curve "
        "in every "
        "hello, so that the list of TLS 1.2 may say \"at least\" and the check stays open.\n\n"
        "Fix: Postfix (main.cf): tls_eecdh_auto_curves = X25519, prime256v1, secp384r1; Dovecot: "
        "ssl_curve_list = X25519:prime256v1:secp384r1.",
    .judge = judge_groups_ports,
};

/* ---- tls.groups.post_quantum ---- */

static void judge_post_quantum(const struct tls_port *port)
{
    struct judgement *judgement = port->judgement;
    struct tls_answer answer =
        tls_groups_accepted(judgement, port->tls, TLS_VERSION_1_3, TLS_VERSION_1_3, tls_is_post_quantum);
    struct finding *finding;

    switch (answer.known) {
    case YES:
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_PASS,
                              "A post-quantum key exchange is accepted");
        evidence_tls(judgement, finding, &answer);
        return;
    case NO:
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_INFO,
                              tls_speaks(port->tls, TLS_VERSION_1_3) == NO
                                  ? "No post-quantum key exchange: it needs TLS 1.3"
                                  : "No post-quantum key exchange is accepted");
        fix_post_quantum(port, finding);
        return;
    case UNKNOWN:
        port_untested(port, answer.reason);
        return;
    }
}

static void judge_post_quantum_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_post_quantum);
}

const struct check check_tls_groups_post_quantum = {
    .id = "tls.groups.post_quantum",
    .severity = SEVERITY_NONE,
    .area = AREA_TRANSPORT,
    .title = "A post-quantum key exchange is accepted",
    .why = "Who records connections today could read them once there are large quantum computers; a hybrid "
           "group prevents that.",
    .reference = "RFC 10024, FIPS 203",
    .explanation =
        "TLS 1.3 groups that join an elliptic curve and ML-KEM (X25519MLKEM768, SecP256r1MLKEM768, "
        "SecP384r1MLKEM1024), or ML-KEM alone. One that is accepted passes; none is information.\n\n"
        "Fix: nothing has to be done today; OpenSSL 3.5 and newer offer X25519MLKEM768 by themselves.",
    .judge = judge_post_quantum_ports,
};

/* ---- tls.signatures ---- */

static bool is_md5(const struct tls_item *item)
{
    return item->scheme->hash == TLS_HASH_MD5;
}

static bool is_sha1(const struct tls_item *item)
{
    return item->scheme->hash == TLS_HASH_SHA1;
}

static bool is_sound(const struct tls_item *item)
{
    return !is_md5(item) && !is_sha1(item);
}

static bool is_signed(const struct tls_item *item)
{
    return item->suite->forward_secrecy && item->suite->authentication != TLS_AUTH_NONE;
}

static struct tls_answer schemes(const struct tls_port *port, tls_test test)
{
    return tls_schemes_accepted(port->judgement, port->tls, TLS_VERSION_1_2, TLS_VERSION_1_2, test);
}

/* SHA-1 beside better hashes is only used with a client that takes nothing better; MD5 and SHA-1 alone leave
 * nobody a choice. */
static void judge_old_hashes(const struct tls_port *port, const struct tls_answer *md5,
                             const struct tls_answer *sha1)
{
    struct judgement *judgement = port->judgement;
    struct finding *finding;

    if (md5->known == YES) {
        finding = finding_add(judgement, port->check, &port->subject, fail_or_warn(port->endpoint),
                              "The server signs with MD5 when asked to");
    } else if (schemes(port, is_sound).known == NO) {
        finding = finding_add(judgement, port->check, &port->subject, fail_or_warn(port->endpoint),
                              "The server signs with nothing better than SHA-1");
    } else {
        finding = finding_add(judgement, port->check, &port->subject, OUTCOME_WARN,
                              "The server signs with SHA-1 for old clients");
        finding->why = "Only a client that takes nothing better gets such a signature; it can be moved to "
                       "another connection, so that somebody else passes for the server.";
    }
    evidence_tls(judgement, finding, md5);
    evidence_tls(judgement, finding, sha1);
    fix_schemes(port, finding);
}

/* TLS 1.3 has no such schemes, and older versions than 1.2 have nothing else: that is their own fault. */
static void judge_signatures(const struct tls_port *port)
{
    struct judgement *judgement = port->judgement;
    struct tls_answer md5 = schemes(port, is_md5), sha1 = schemes(port, is_sha1);

    if (tls_speaks(port->tls, TLS_VERSION_1_2) == NO)
        port_does_not_apply(port, "the port does not speak TLS 1.2");
    else if (md5.known == YES || sha1.known == YES)
        judge_old_hashes(port, &md5, &sha1);
    else if (md5.known == NO && sha1.known == NO)
        finding_add(judgement, port->check, &port->subject, OUTCOME_PASS,
                    "The server does not sign with SHA-1 or MD5");
    else if (tls_suites_accepted(judgement, port->tls, TLS_VERSION_1_2, TLS_VERSION_1_2, is_signed).known ==
             NO)
        port_does_not_apply(port, "no suite in which the server signs is accepted in TLS 1.2");
    else
        port_untested(port, sha1.reason);
}

static void judge_signatures_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_signatures);
}

const struct check check_tls_signatures = {
    .id = "tls.signatures",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "The server does not sign with SHA-1 or MD5",
    .why =
        "A signature over such a hash can be moved to another connection, so that somebody else passes for "
        "the server.",
    .reference = "RFC 9155",
    .explanation =
        "In TLS 1.2 the client says which hashes it takes; RFC 9155 forbids MD5 and SHA-1. A server that "
        "signs "
        "with SHA-1 when nothing better is offered warns: only clients from before 2010 are concerned, and "
        "every Postfix does so by default, because it sets OpenSSL's security level to 0. MD5, or nothing "
        "better than SHA-1, fails (on port 25 it warns). The certificate's own signature is the subject of "
        "cert.signature.\n\n"
        "Fix: SignatureAlgorithms with SHA-256 and longer in a configuration of OpenSSL. Postfix 3.7.6, "
        "3.8.1 and newer have one of their own, tls_config_file in main.cf. A level in the cipher list "
        "(@SECLEVEL) helps Dovecot, and not Postfix.",
    .judge = judge_signatures_ports,
};
