/*
 * tls_fix.c - which line of which server to change, computed from what a port was seen to accept
 *
 * Settings: postconf(5) of Postfix 3.6 to 3.11, Dovecot 2.3 and 2.4, OpenSSL's ciphers(1) and config(5).
 */
#include "reports/tls_fix.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <stdint.h>

/* Whose settings they are: the two sets of Postfix, Dovecot, or somebody's. */
enum server { POSTFIX_OPPORTUNISTIC, POSTFIX_MANDATORY, DOVECOT, OTHER };

static enum server server_of(const struct tls_port *port)
{
    if (is_opportunistic(port->endpoint))
        return POSTFIX_OPPORTUNISTIC;
    if (is_smtp_family(port->endpoint))
        return POSTFIX_MANDATORY;
    return is_mailbox_family(port->endpoint) ? DOVECOT : OTHER;
}

static bool is_postfix(const struct tls_port *port)
{
    return is_smtp_family(port->endpoint);
}

static void add_text(const struct tls_port *port, struct list *texts, const char *text)
{
    if (list_add(texts, port->judgement->arena, (void *)(uintptr_t)text) < 0)
        port->judgement->failed = true;
}

/* On port 25 a sender that finds nothing in common sends in clear text. */
static void caution(const struct tls_port *port, struct finding *finding)
{
    finding_fix(port->judgement, finding,
                "First look who would be left out: a sender that knows nothing newer delivers in clear text "
                "afterwards, which is worse, or not at all. With `smtpd_tls_loglevel = 1` the log says who "
                "uses what:\n  grep 'TLS connection established from' /var/log/mail.log | grep -oE "
                "'(SSL|TLS)v[0-9.]+ with cipher [^ ]+' | sort | uniq -c");
}

/* ---- versions ---- */

void fix_versions(const struct tls_port *port, struct finding *finding)
{
    struct judgement *judgement = port->judgement;

    switch (server_of(port)) {
    case POSTFIX_OPPORTUNISTIC:
        caution(port, finding);
        finding_fix(judgement, finding,
                    "Postfix (main.cf):\n  smtpd_tls_protocols = >=TLSv1.2\nBefore Postfix 3.6:\n  "
                    "smtpd_tls_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1");
        finding_fix(judgement, finding,
                    "docker-mailserver (mailserver.env):\n  TLS_LEVEL=modern\nmailcow "
                    "(data/conf/postfix/extra.cf):\n  smtpd_tls_protocols = >=TLSv1.2");
        break;
    case POSTFIX_MANDATORY:
        finding_fix(judgement, finding,
                    "Postfix (main.cf):\n  smtpd_tls_mandatory_protocols = >=TLSv1.2\nBefore Postfix 3.6:\n  "
                    "smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1");
        finding_fix(judgement, finding,
                    "docker-mailserver (mailserver.env):\n  TLS_LEVEL=modern\nmailcow "
                    "(data/conf/postfix/extra.cf):\n  smtps_smtpd_tls_mandatory_protocols = >=TLSv1.2\n  "
                    "submission_smtpd_tls_mandatory_protocols = >=TLSv1.2");
        break;
    case DOVECOT:
        finding_fix(judgement, finding, "Dovecot (conf.d/10-ssl.conf):\n  ssl_min_protocol = TLSv1.2");
        finding_fix(judgement, finding,
                    "docker-mailserver (mailserver.env):\n  TLS_LEVEL=modern\nmailcow "
                    "(data/conf/dovecot/extra.conf):\n  ssl_min_protocol = TLSv1.2");
        break;
    case OTHER:
        finding_fix(judgement, finding, "Let the server accept TLS 1.2 and TLS 1.3 only");
        break;
    }
}

void fix_missing_version(const struct tls_port *port, struct finding *finding, const char *version)
{
    struct judgement *judgement = port->judgement;

    if (is_postfix(port))
        finding_fix(judgement, finding,
                    "Postfix: take out whatever leaves %s out (`!%s`, an upper limit `<=`):\n  postconf %s "
                    "tls_config_file",
                    version, version,
                    server_of(port) == POSTFIX_OPPORTUNISTIC ? "smtpd_tls_protocols"
                                                             : "smtpd_tls_mandatory_protocols");
    finding_fix(judgement, finding,
                "The library may be too old, or be told so (`MaxProtocol` in openssl.cnf): OpenSSL has TLS "
                "1.2 since 1.0.1 and TLS 1.3 since 1.1.1:\n  openssl version");
}

/* ---- suites ---- */

static bool is_idea(const struct tls_item *item)
{
    return item->suite->cipher == TLS_CIPHER_IDEA;
}

static bool is_rc2(const struct tls_item *item)
{
    return item->suite->cipher == TLS_CIPHER_RC2;
}

static bool is_rsa_exchange(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_RSA;
}

static bool is_static_dh(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_DH && item->suite->authentication != TLS_AUTH_NONE;
}

static bool is_static_ecdh(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_ECDH && item->suite->authentication != TLS_AUTH_NONE;
}

/* What is worth leaving out, in OpenSSL's words. On port 25 only what is broken: a sender that has nothing better
 * than RSA key exchange or CBC is better off with it than in clear text. */
static struct list worth_leaving_out(const struct tls_port *port)
{
    static const struct {
        tls_test test;
        const char *words;
        bool on_25;
    } kinds[] = {
        {tls_is_export, "EXPORT", true},
        {tls_is_rc4, "RC4", true},
        {tls_is_des, "DES", true},
        {tls_is_3des, "3DES", true},
        {is_idea, "IDEA", true},
        {is_rc2, "RC2", true},
        {tls_is_anonymous, "aNULL", false},
        {is_rsa_exchange, "kRSA", false},
        {is_static_dh, "kDHr", false},
        {is_static_ecdh, "kECDHr", false},
        /* Without the MACs of their own, only AEAD suites are left. */
        {tls_is_cbc, "SHA1", false},
        {tls_is_cbc, "SHA256", false},
        {tls_is_cbc, "SHA384", false},
    };
    bool etm = tls_features(port->tls)->encrypt_then_mac == YES;
    struct list words = {.observed = true};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if ((!kinds[i].on_25 && is_opportunistic(port->endpoint)) || (kinds[i].test == tls_is_cbc && etm))
            continue;
        if (tls_suites_accepted(port->judgement, port->tls, TLS_VERSION_SSL3, TLS_VERSION_1_2, kinds[i].test)
                .known == YES)
            add_text(port, &words, kinds[i].words);
    }
    return words;
}

void fix_suites(const struct tls_port *port, struct finding *finding)
{
    struct judgement *judgement = port->judgement;
    bool on_25 = is_opportunistic(port->endpoint);
    struct list words = worth_leaving_out(port);
    const char *commas = kept(judgement, text_join(judgement->arena, &words, ", "));
    const char *colons = kept(judgement, text_join(judgement->arena, &words, ":!"));
    const char *infix = on_25 ? "" : "mandatory_";

    switch (server_of(port)) {
    case POSTFIX_OPPORTUNISTIC:
        caution(port, finding);
        /* fall through */
    case POSTFIX_MANDATORY:
        finding_fix(judgement, finding,
                    words.count > 0
                        ? "Postfix (main.cf):\n  smtpd_tls_%sciphers = medium\n  smtpd_tls_%sexclude_ciphers "
                          "= %s"
                        : "Postfix (main.cf):\n  smtpd_tls_%sciphers = medium",
                    infix, infix, commas);
        break;
    case DOVECOT:
        finding_fix(judgement, finding,
                    "Dovecot (conf.d/10-ssl.conf):\n  ssl_cipher_list = HIGH:!aNULL:!eNULL%s%s",
                    words.count > 0 ? ":!" : "", colons);
        break;
    case OTHER:
        finding_fix(judgement, finding, "Leave out of the server's cipher list, in OpenSSL's words:\n  %s",
                    words.count > 0 ? commas : "eNULL");
        break;
    }
    if (!on_25 && server_of(port) != OTHER)
        finding_fix(
            judgement, finding,
            "docker-mailserver (mailserver.env):\n  TLS_LEVEL=modern\nmailcow: the lines above, in %s",
            is_postfix(port) ? "`data/conf/postfix/extra.cf`" : "`data/conf/dovecot/extra.conf`");
}

void fix_order(const struct tls_port *port, struct finding *finding)
{
    if (is_postfix(port))
        finding_fix(port->judgement, finding, "Postfix (main.cf):\n  tls_preempt_cipherlist = yes");
    else if (server_of(port) == DOVECOT)
        finding_fix(port->judgement, finding,
                    "Dovecot 2.4 (conf.d/10-ssl.conf):\n  ssl_server_prefer_ciphers = server\nDovecot 2.3:\n "
                    " ssl_prefer_server_ciphers = yes");
    else
        finding_fix(port->judgement, finding, "Let the server choose the suite, strong ones first");
}

/* ---- keys ---- */

void fix_dh(const struct tls_port *port, struct finding *finding)
{
    struct judgement *judgement = port->judgement;

    if (is_postfix(port)) {
        finding_fix(judgement, finding,
                    "Postfix 3.7 or newer with OpenSSL 3 (main.cf):\n  smtpd_tls_dh1024_param_file = auto");
        finding_fix(judgement, finding,
                    "Older ones:\n  openssl dhparam -out /etc/postfix/dh2048.pem 2048\n  postconf -e "
                    "smtpd_tls_dh1024_param_file=/etc/postfix/dh2048.pem");
    } else if (server_of(port) == DOVECOT) {
        finding_fix(judgement, finding,
                    "Dovecot: make parameters of your own\n  openssl dhparam -out /etc/dovecot/dh.pem "
                    "2048\nand name them (conf.d/10-ssl.conf), in 2.4:\n  ssl_server_dh_file = "
                    "/etc/dovecot/dh.pem\nin 2.3:\n  ssl_dh = </etc/dovecot/dh.pem");
    } else {
        finding_fix(
            judgement, finding,
            "Give the server parameters of 2048 bits, or leave the DHE suites out:\n  openssl dhparam "
            "-out dh2048.pem 2048");
    }
}

void fix_groups(const struct tls_port *port, struct finding *finding)
{
    if (is_postfix(port))
        finding_fix(port->judgement, finding,
                    "Postfix (main.cf):\n  smtpd_tls_eecdh_grade = auto\n  tls_eecdh_auto_curves = X25519, "
                    "prime256v1, secp384r1");
    else if (server_of(port) == DOVECOT)
        finding_fix(port->judgement, finding,
                    "Dovecot (conf.d/10-ssl.conf):\n  ssl_curve_list = X25519:prime256v1:secp384r1");
    else
        finding_fix(port->judgement, finding, "Let the server use x25519, secp256r1 and secp384r1 only");
}

void fix_post_quantum(const struct tls_port *port, struct finding *finding)
{
    finding_fix(port->judgement, finding,
                "Nothing has to be done today. OpenSSL 3.5 and newer offer X25519MLKEM768 by themselves, "
                "unless the server names its groups (Postfix: `tls_eecdh_auto_curves`, Dovecot: "
                "`ssl_curve_list`)");
}

/* The last line of a configuration of OpenSSL, and the sections that lead to it. */
#define SIGNATURE_ALGORITHMS                                                                                 \
    "\n  SignatureAlgorithms = ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:RSA-PSS+SHA256:RSA-PSS+SHA384:"        \
    "RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512"
#define SECTIONS "\n  ssl_conf = programs\n  [programs]\n  system_default = tls\n  [tls]" SIGNATURE_ALGORITHMS

void fix_schemes(const struct tls_port *port, struct finding *finding)
{
    struct judgement *judgement = port->judgement;

    if (is_postfix(port))
        finding_fix(
            judgement, finding,
            "Postfix 3.7.6, 3.8.1 and newer, a new file (/etc/postfix/openssl.cnf):\n  openssl_conf = "
            "main\n  [main]" SECTIONS "\nand (main.cf):\n  tls_config_file = /etc/postfix/openssl.cnf");
    else if (server_of(port) == DOVECOT)
        finding_fix(judgement, finding,
                    "Dovecot: OpenSSL 3 signs with SHA-1 only at security level 0; take `@SECLEVEL=0` out of "
                    "the cipher list:\n  doveconf ssl_cipher_list");
    finding_fix(judgement, finding,
                "Otherwise, for every program of the machine, in the section of /etc/ssl/openssl.cnf that "
                "`openssl_conf` names:" SECTIONS "\nthen restart the servers");
}

/* ---- the rest ---- */

void fix_options(const struct tls_port *port, struct finding *finding)
{
    const struct tls_features_facts *features = tls_features(port->tls);
    bool compression = features->compression == YES;
    bool renegotiation = features->client_renegotiation == YES;

    if (is_postfix(port))
        finding_fix(port->judgement, finding, "Postfix (main.cf):\n  tls_ssl_options = %s%s%s",
                    compression ? "NO_COMPRESSION" : "", compression && renegotiation ? ", " : "",
                    renegotiation ? "NO_RENEGOTIATION" : "");
    else if (server_of(port) == DOVECOT && compression)
        finding_fix(port->judgement, finding,
                    "Dovecot (conf.d/10-ssl.conf):\n  ssl_options = no_compression");
    if (renegotiation && !is_postfix(port))
        finding_fix(port->judgement, finding,
                    "Update the TLS library: OpenSSL 3.0 and newer refuse renegotiation by clients unless "
                    "told otherwise");
    else if (compression && server_of(port) == OTHER)
        finding_fix(port->judgement, finding, "Switch the compression of TLS off");
}

void fix_library(const struct tls_port *port, struct finding *finding, const char *what)
{
    finding_fix(port->judgement, finding, "Update %s, and restart every server that uses it:\n  %s", what,
                is_postfix(port)             ? "apt upgrade && systemctl restart postfix"
                : server_of(port) == DOVECOT ? "apt upgrade && systemctl restart dovecot"
                                             : "apt upgrade");
}
