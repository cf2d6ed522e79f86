/*
 * tls_derived.c - attacks with a name that follow from what a port accepts
 *
 * People ask for them by name. Each follows from something that a check of its own has already judged: to fail a
 * second time would count one fault twice, in the numbers and in whatever is made of them. So what follows from
 * the same port's fault informs, with the checks that are its cause; only what no other check has judged (a
 * block cipher of 64 bits that is not DES, the key that another port lends to SSL 2.0) fails or warns here.
 */
#include "reports/catalogue.h"
#include "reports/tls_fix.h"
#include "scanner/base/text.h"

#include <stdint.h>

/* "POODLE follows from tls.ssl3": the cause is what has to be mended. */
static struct finding *add_derived(const struct tls_port *port, const char *title, const char *causes)
{
    struct finding *finding =
        finding_add(port->judgement, port->check, &port->subject, OUTCOME_INFO, "%s (see %s)", title, causes);

    finding_fix(port->judgement, finding, "What mends %s mends this", causes);
    return finding;
}

/* A check that has counted what matches. */
struct cause {
    tls_test test;
    const char *check;
};
enum { CAUSES_MAX = 3 };

/* An attack that needs no more than suites of one kind under some versions. */
struct attack {
    enum tls_version oldest, newest;
    tls_test test;
    const char *title, *good_title;
    struct cause causes[CAUSES_MAX];
};

static const char *causes_of(const struct tls_port *port, const struct attack *attack,
                             const struct tls_answer *answer)
{
    struct list checks = {.observed = true};

    for (size_t i = 0; i < CAUSES_MAX && attack->causes[i].test != NULL; i++)
        for (size_t j = 0; j < answer->items.count; j++) {
            if (!attack->causes[i].test(answer->items.items[j]))
                continue;
            if (list_add(&checks, port->judgement->arena, (void *)(uintptr_t)attack->causes[i].check) < 0)
                port->judgement->failed = true;
            break;
        }
    return kept(port->judgement, text_join(port->judgement->arena, &checks, ", "));
}

static struct finding *judge_attack(const struct tls_port *port, const struct attack *attack)
{
    struct tls_answer answer =
        tls_suites_accepted(port->judgement, port->tls, attack->oldest, attack->newest, attack->test);
    struct finding *finding;

    switch (answer.known) {
    case YES:
        finding = add_derived(port, attack->title, causes_of(port, attack, &answer));
        evidence_tls(port->judgement, finding, &answer);
        return finding;
    case NO:
        return finding_add(port->judgement, port->check, &port->subject, OUTCOME_PASS, "%s",
                           attack->good_title);
    case UNKNOWN:
        break;
    }
    return port_untested(port, answer.reason);
}

static enum known accepts(const struct tls_port *port, enum tls_version oldest, enum tls_version newest,
                          tls_test test)
{
    return tls_suites_accepted(port->judgement, port->tls, oldest, newest, test).known;
}

static bool is_ssl3(const struct tls_item *item)
{
    return item->version == TLS_VERSION_SSL3;
}

static bool is_tls10(const struct tls_item *item)
{
    return item->version == TLS_VERSION_1_0;
}

/* ---- tls.poodle ---- */

static void judge_poodle(const struct tls_port *port)
{
    static const struct attack poodle = {
        TLS_VERSION_SSL3,
        TLS_VERSION_SSL3,
        tls_is_cbc,
        "POODLE: SSL 3.0 is accepted with CBC suites",
        "POODLE: no CBC suite is accepted in SSL 3.0",
        {{is_ssl3, "tls.ssl3"}},
    };

    judge_attack(port, &poodle);
}

static void judge_poodle_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_poodle);
}

const struct check check_tls_poodle = {
    .id = "tls.poodle",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to POODLE",
    .why =
        "Padding in SSL 3.0 is not checked, so that who sits in between can guess what is encrypted byte by "
        "byte.",
    .reference = "CVE-2014-3566, RFC 7568",
    .explanation =
        "Follows from SSL 3.0 being accepted with a CBC suite. It informs, because tls.ssl3 has counted the "
        "fault.\n\n"
        "Fix: switch SSL 3.0 off, as tls.ssl3 says.",
    .only_informs = true,
    .judge = judge_poodle_ports,
};

/* ---- tls.freak ---- */

static bool is_rsa_export(const struct tls_item *item)
{
    return item->suite->export_grade && item->suite->key_exchange == TLS_KX_RSA;
}

static void judge_freak(const struct tls_port *port)
{
    static const struct attack freak = {
        TLS_VERSION_SSL3,
        TLS_VERSION_1_2,
        is_rsa_export,
        "FREAK: RSA keys of export grade are accepted",
        "FREAK: no RSA key of export grade is accepted",
        {{tls_is_export, "tls.suites.export"}},
    };
    struct finding *finding = judge_attack(port, &freak);

    if (tls_features(port->tls)->export_key_reuse == YES)
        finding_evidence(port->judgement, finding,
                         "the server uses its export key for more than one connection");
}

static void judge_freak_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_freak);
}

const struct check check_tls_freak = {
    .id = "tls.freak",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to FREAK",
    .why = "Who sits in between can make faulty clients take an RSA key of 512 bits, which is factored in "
           "hours.",
    .reference = "CVE-2015-0204",
    .explanation = "Follows from RSA export suites being accepted. It informs, because tls.suites.export has "
                   "counted the "
                   "fault.\n\n"
                   "Fix: leave export suites out, as tls.suites.export says.",
    .only_informs = true,
    .judge = judge_freak_ports,
};

/* ---- tls.logjam ---- */

static bool is_dhe_export(const struct tls_item *item)
{
    return item->suite->export_grade &&
           (item->suite->key_exchange == TLS_KX_DHE || item->suite->key_exchange == TLS_KX_DH);
}

static bool is_dhe(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_DHE || item->suite->key_exchange == TLS_KX_DHE_PSK;
}

/* A prime of 1024 bits or fewer, shared or not. */
static const struct tls_dh_facts *small_prime(const struct tls_port *port)
{
    enum { SMALL_BITS = 1024 };

    for (size_t i = 0; i < port->tls->dh.count; i++) {
        const struct tls_dh_facts *dh = port->tls->dh.items[i];

        if (dh->bits.known && dh->bits.value <= SMALL_BITS)
            return dh;
    }
    return NULL;
}

static void judge_logjam(const struct tls_port *port)
{
    static const struct attack logjam = {
        TLS_VERSION_SSL3,
        TLS_VERSION_1_2,
        is_dhe_export,
        "Logjam: DHE suites of export grade are accepted",
        "Logjam: no weak Diffie-Hellman is accepted",
        {{tls_is_export, "tls.suites.export"}},
    };
    struct judgement *judgement = port->judgement;
    const struct tls_dh_facts *small = small_prime(port);
    enum known dhe = accepts(port, TLS_VERSION_SSL3, TLS_VERSION_1_2, is_dhe);
    struct finding *finding;

    if (small != NULL) {
        finding = add_derived(port, "Logjam: Diffie-Hellman uses a prime of 1024 bits or fewer", "tls.dh");
        finding_evidence(judgement, finding, "%lld bits, %s", (long long)small->bits.value,
                         text_or(small->prime_name, "a prime that is not widely shared"));
    } else if (dhe == YES && port->tls->dh.count == 0) {
        port_untested(port, "the parameters of Diffie-Hellman were not seen");
    } else {
        judge_attack(port, &logjam);
    }
}

static void judge_logjam_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_logjam);
}

const struct check check_tls_logjam = {
    .id = "tls.logjam",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to Logjam",
    .why =
        "Who sits in between can lead clients down to Diffie-Hellman of 512 bits, and states can prepare for "
        "the shared primes of 1024.",
    .reference = "CVE-2015-4000",
    .explanation =
        "Follows from DHE export suites being accepted, or from a prime of 1024 bits or fewer. It informs, "
        "because tls.suites.export or tls.dh has counted the fault.\n\n"
        "Fix: leave export suites out, and use 2048 bits, as tls.dh says.",
    .only_informs = true,
    .judge = judge_logjam_ports,
};

/* ---- tls.sweet32 ---- */

/* Judged by no other check: IDEA, RC2, the old GOST. */
static bool is_other_small_block(const struct tls_item *item)
{
    return tls_is_small_block(item) && !tls_is_3des(item) && !tls_is_des(item) && !tls_is_export(item);
}

static void judge_sweet32(const struct tls_port *port)
{
    static const struct attack sweet32 = {
        TLS_VERSION_SSL3,
        TLS_VERSION_1_2,
        tls_is_small_block,
        "Sweet32: ciphers with blocks of 64 bits are accepted",
        "Sweet32: no cipher with blocks of 64 bits is accepted",
        {{tls_is_3des, "tls.suites.3des"},
         {tls_is_des, "tls.suites.des"},
         {tls_is_export, "tls.suites.export"}},
    };
    struct judgement *judgement = port->judgement;
    struct tls_answer other =
        tls_suites_accepted(judgement, port->tls, TLS_VERSION_SSL3, TLS_VERSION_1_2, is_other_small_block);
    struct finding *finding;

    if (other.known != YES) {
        judge_attack(port, &sweet32);
        return;
    }
    finding = finding_add(judgement, port->check, &port->subject, fail_or_warn(port->endpoint), "%s",
                          sweet32.title);
    evidence_tls(judgement, finding, &other);
    fix_suites(port, finding);
}

static void judge_sweet32_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_sweet32);
}

const struct check check_tls_sweet32 = {
    .id = "tls.sweet32",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to Sweet32",
    .why =
        "In long connections blocks of 64 bits repeat by chance, and each repetition gives a bit of the text "
        "away.",
    .reference = "CVE-2016-2183",
    .explanation =
        "Follows from suites with 3DES, DES, IDEA, RC2 or the old GOST cipher being accepted. Those of "
        "tls.suites.3des, tls.suites.des and tls.suites.export inform here, because those checks have "
        "counted "
        "the fault; the others fail here (on port 25 they warn).\n\n"
        "Fix: Postfix (main.cf): smtpd_tls_mandatory_exclude_ciphers = 3DES, IDEA, RC2 "
        "(smtpd_tls_exclude_ciphers for port 25); Dovecot: !3DES:!IDEA:!RC2 in ssl_cipher_list.",
    .judge = judge_sweet32_ports,
};

/* ---- tls.beast ---- */

static void judge_beast(const struct tls_port *port)
{
    static const struct attack beast = {
        TLS_VERSION_SSL3,
        TLS_VERSION_1_0,
        tls_is_cbc,
        "BEAST: CBC suites are accepted in TLS 1.0 or older",
        "BEAST: no CBC suite is accepted in TLS 1.0 or older",
        {{is_ssl3, "tls.ssl3"}, {is_tls10, "tls.tls10"}},
    };

    judge_attack(port, &beast);
}

static void judge_beast_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_beast);
}

const struct check check_tls_beast = {
    .id = "tls.beast",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to BEAST",
    .why = "In TLS 1.0 who can add to what a client sends can guess what else it sent; clients have helped "
           "themselves since 2012.",
    .reference = "CVE-2011-3389, RFC 4346",
    .explanation =
        "Follows from TLS 1.0 or SSL 3.0 being accepted with a CBC suite. It informs: tls.tls10 and tls.ssl3 "
        "have counted the fault, and mail programs do not let strangers add to what they send.\n\n"
        "Fix: switch TLS 1.0 off where users log in, as tls.tls10 says.",
    .only_informs = true,
    .judge = judge_beast_ports,
};

/* ---- tls.lucky13 ---- */

static bool is_tls_cbc(const struct tls_item *item)
{
    return tls_is_cbc(item) && item->version >= TLS_VERSION_1_0;
}

/* Without the extension: in SSL 3.0, which has none, and in TLS where the server does not answer it. */
static void judge_lucky13(const struct tls_port *port)
{
    static const struct attack ssl3 = {
        TLS_VERSION_SSL3,
        TLS_VERSION_SSL3,
        tls_is_cbc,
        "Lucky 13: CBC suites are accepted without encrypt-then-MAC",
        "Lucky 13: CBC suites have encrypt-then-MAC for clients that ask for it",
        {{is_ssl3, "tls.ssl3"}},
    };
    static const struct attack all = {
        TLS_VERSION_SSL3,
        TLS_VERSION_1_2,
        tls_is_cbc,
        "Lucky 13: CBC suites are accepted without encrypt-then-MAC",
        "Lucky 13: no CBC suite is accepted",
        {{is_ssl3, "tls.ssl3"}, {is_tls_cbc, "tls.suites.cbc"}},
    };
    enum known in_ssl3 = accepts(port, TLS_VERSION_SSL3, TLS_VERSION_SSL3, tls_is_cbc);
    enum known in_tls = accepts(port, TLS_VERSION_1_0, TLS_VERSION_1_2, tls_is_cbc);
    enum known etm = tls_features(port->tls)->encrypt_then_mac;

    if (in_tls == YES && (etm == YES || (etm == UNKNOWN && in_ssl3 == YES)))
        judge_attack(port, &ssl3);
    else if (in_tls == YES && etm == UNKNOWN)
        port_untested(port,
                      "CBC suites are accepted, but whether encrypt-then-MAC protects them is not known");
    else
        judge_attack(port, &all);
}

static void judge_lucky13_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_lucky13);
}

const struct check check_tls_lucky13 = {
    .id = "tls.lucky13",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to Lucky 13",
    .why =
        "The time a server takes to refuse a forged CBC record can tell what was in it; libraries of today "
        "take care that it does not.",
    .reference = "CVE-2013-0169, RFC 7366",
    .explanation =
        "Follows from CBC suites without encrypt-then-MAC: possible, not proven, because whether the library "
        "takes constant time cannot be seen from here. It informs, because tls.suites.cbc has counted the "
        "fault.\n\n"
        "Fix: as tls.suites.cbc says.",
    .only_informs = true,
    .judge = judge_lucky13_ports,
};

/* ---- tls.raccoon ---- */

static bool is_static_dh(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_DH && item->suite->authentication != TLS_AUTH_NONE;
}

/* Was a finite-field value seen twice, and is it known of all that were seen? */
static enum known dh_reused(const struct tls_port *port)
{
    enum known reused = NO;

    for (size_t i = 0; i < port->tls->dh.count; i++) {
        const struct tls_dh_facts *dh = port->tls->dh.items[i];

        if (dh->reused == YES)
            return YES;
        if (dh->reused == UNKNOWN)
            reused = UNKNOWN;
    }
    return reused;
}

static void judge_raccoon(const struct tls_port *port)
{
    static const struct attack raccoon = {
        TLS_VERSION_SSL3,
        TLS_VERSION_1_2,
        is_static_dh,
        "Raccoon: suites with a fixed Diffie-Hellman key are accepted",
        "Raccoon: no Diffie-Hellman value is used twice",
        {{tls_is_without_forward_secrecy, "tls.suites.forward_secrecy"}},
    };
    enum known dhe = accepts(port, TLS_VERSION_SSL3, TLS_VERSION_1_2, is_dhe);
    enum known reused = dh_reused(port);

    if (reused == YES)
        add_derived(port, "Raccoon: a Diffie-Hellman value is used for more than one connection", "tls.dh");
    else if (dhe == YES && (reused == UNKNOWN || port->tls->dh.count == 0))
        port_untested(port, "whether a Diffie-Hellman value is used again was not seen");
    else
        judge_attack(port, &raccoon);
}

static void judge_raccoon_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_raccoon);
}

const struct check check_tls_raccoon = {
    .id = "tls.raccoon",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to Raccoon",
    .why =
        "A server that keeps its Diffie-Hellman value can be asked about a recorded connection until its key "
        "is known.",
    .reference = "CVE-2020-1968, RFC 9325 section 7.4",
    .explanation =
        "Follows from one Diffie-Hellman value in two connections of TLS 1.2 or older, or from suites with "
        "the "
        "fixed key of a certificate. It informs, because tls.dh or tls.suites.forward_secrecy has counted "
        "the "
        "fault.\n\n"
        "Fix: update the TLS library (OpenSSL reuses no value since 1.0.2f), or leave DHE suites out.",
    .only_informs = true,
    .judge = judge_raccoon_ports,
};
