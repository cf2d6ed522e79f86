/*
 * tls_fix.c - which line of which server to change, computed from what a port was seen to accept
 *
 * Settings: postconf(5) of Postfix 3.6 to 3.11, Dovecot 2.3 and 2.4, OpenSSL's ciphers(1) and config(5).
 */
#include "reports/tls_fix.h"

#include "reports/suite_words.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

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

/* On port 25 a sender that finds nothing in common sends in clear text. */
static void caution(const struct tls_port *port, struct finding *finding)
{
    finding_fix(port->judgement, finding,
                "First look who would be left out: a sender that knows nothing newer delivers in clear text "
                "afterwards, which is worse, or not at all. With `smtpd_tls_loglevel = 1` the log says who "
                "uses what (docker-mailserver: /var/log/mail/mail.log):\n  grep 'TLS connection established "
                "from' /var/log/mail.log | grep -oE '(SSL|TLS)v[0-9.]+ with cipher [^ ]+' | sort | uniq -c");
}

/* Where containers keep lines of main.cf: a file of theirs is written anew at each start. */
static void where_main_cf_is(const struct tls_port *port, struct finding *finding)
{
    finding_fix(port->judgement, finding,
                "docker-mailserver: lines of main.cf are kept in "
                "`docker-data/dms/config/postfix-main.cf`, mailcow: in `data/conf/postfix/extra.cf`");
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

/* Does Postfix take less than `medium` today? Who has `high` must not be told to take more. */
static bool is_below_medium(const struct list *words)
{
    return list_has_text(words, "eNULL") || list_has_text(words, "EXPORT") || list_has_text(words, "DES");
}

static void fix_postfix_suites(const struct tls_port *port, struct finding *finding,
                               const struct suite_words *leave_out)
{
    struct judgement *judgement = port->judgement;
    const char *infix = is_opportunistic(port->endpoint) ? "" : "mandatory_";
    const char *grade = is_below_medium(&leave_out->words)
                            ? kept_format(judgement, "\n  smtpd_tls_%sciphers = medium", infix)
                            : "";

    if (is_opportunistic(port->endpoint) && leave_out->needed)
        caution(port, finding);
    if (leave_out->words.count == 0)
        finding_fix(judgement, finding, "Postfix (main.cf):\n  smtpd_tls_%sciphers = medium", infix);
    else
        finding_fix(judgement, finding,
                    "Postfix (main.cf):%s\n  smtpd_tls_%sexclude_ciphers = %s\nand behind these what is left "
                    "out today:\n  postconf -h smtpd_tls_%sexclude_ciphers",
                    grade, infix, kept(judgement, text_join(judgement->arena, &leave_out->words, ", ")),
                    infix);
}

/* ":!RC4:!kRSA", without what the list leaves out as it stands. */
static const char *dovecot_words(const struct tls_port *port, const struct suite_words *leave_out)
{
    const char *words = "";

    for (size_t i = 0; i < leave_out->words.count; i++) {
        const char *word = leave_out->words.items[i];

        if (strcmp(word, "aNULL") != 0 && strcmp(word, "eNULL") != 0)
            words = kept_format(port->judgement, "%s:!%s", words, word);
    }
    return words;
}

/* No word of OpenSSL's is for TLS 1.3. */
static void fix_other_suites(const struct tls_port *port, struct finding *finding,
                             const struct suite_words *leave_out)
{
    struct judgement *judgement = port->judgement;
    struct tls_answer null =
        tls_suites_accepted(judgement, port->tls, TLS_VERSION_1_3, TLS_VERSION_1_3, tls_is_null);
    struct list names = tls_answer_names(judgement, &null);

    if (leave_out->words.count > 0)
        finding_fix(judgement, finding, "Leave out of the server's cipher list, in OpenSSL's words:\n  %s",
                    kept(judgement, text_join(judgement->arena, &leave_out->words, ", ")));
    if (names.count > 0)
        finding_fix(judgement, finding, "Leave these suites out:\n  %s",
                    kept(judgement, text_join(judgement->arena, &names, ", ")));
    else if (leave_out->words.count == 0)
        finding_fix(judgement, finding, "Leave the suites out that are listed here");
}

static void where_suites_are_set(const struct tls_port *port, struct finding *finding)
{
    if (is_opportunistic(port->endpoint))
        where_main_cf_is(port, finding);
    else if (server_of(port) != OTHER)
        finding_fix(
            port->judgement, finding,
            "docker-mailserver (mailserver.env):\n  TLS_LEVEL=modern\nmailcow: the lines above, in %s",
            is_postfix(port) ? "`data/conf/postfix/extra.cf`" : "`data/conf/dovecot/extra.conf`");
}

static void leave_out_suites(const struct tls_port *port, struct finding *finding, enum suite_zeal zeal)
{
    struct suite_words leave_out = suites_to_leave_out(port, zeal);

    if (leave_out.none_left)
        finding_fix(port->judgement, finding,
                    "First let the server accept TLS 1.2 with ECDHE and AES-GCM or ChaCha20: up to TLS 1.2 "
                    "nothing was seen but what is to be left out");
    else if (leave_out.incomplete)
        finding_fix(
            port->judgement, finding,
            "First let the server accept TLS 1.2 with ECDHE and AES-GCM or ChaCha20: of what was seen up "
            "to TLS 1.2 nothing would be left without all that is worth leaving out%s",
            leave_out.words.count > 0 ? ". Until then only some can go:" : "");
    if (leave_out.incomplete && leave_out.words.count == 0)
        return;
    switch (server_of(port)) {
    case POSTFIX_OPPORTUNISTIC:
    case POSTFIX_MANDATORY:
        fix_postfix_suites(port, finding, &leave_out);
        break;
    case DOVECOT:
        finding_fix(port->judgement, finding,
                    "Dovecot (conf.d/10-ssl.conf):\n  ssl_cipher_list = HIGH:!aNULL:!eNULL%s",
                    dovecot_words(port, &leave_out));
        break;
    case OTHER:
        fix_other_suites(port, finding, &leave_out);
        break;
    }
    where_suites_are_set(port, finding);
}

/* On port 25 only what is broken: a sender that has nothing better than RSA key exchange or CBC is better off with
 * it than in clear text. */
void fix_suites(const struct tls_port *port, struct finding *finding)
{
    leave_out_suites(port, finding, is_opportunistic(port->endpoint) ? SUITES_BROKEN : SUITES_WITHOUT_AEAD);
}

static void leave_out_exotic_suites(const struct tls_port *port, struct finding *finding)
{
    finding_fix(port->judgement, finding,
                "No sender needs these: who knows ARIA or CCM knows AES-GCM with ECDHE too");
    leave_out_suites(port, finding, SUITES_BROKEN);
}

void fix_forward_secrecy_on_25(const struct tls_port *port, struct finding *finding)
{
    if (suites_are_exotic(port)) {
        leave_out_exotic_suites(port, finding);
        return;
    }
    finding_fix(
        port->judgement, finding,
        "The server chooses already, so that a sender gets these only when it knows nothing better; "
        "without them it would deliver in clear text. Leave them in as long as there are such senders");
    leave_out_suites(port, finding, SUITES_WITHOUT_SECRECY);
}

/* ---- their order ---- */

/* Nobody is left out: what is worth less comes last. Postfix itself sorts by the length of keys alone, which puts
 * RSA with 256 bits before ECDHE with 128. */
static void fix_order_on_25(const struct tls_port *port, struct finding *finding, bool server_chooses)
{
    finding_fix(port->judgement, finding,
                "Postfix (main.cf; `tls_high_cipherlist` where smtpd_tls_ciphers = high):\n%s  "
                "tls_medium_cipherlist = aNULL:-aNULL:HIGH:MEDIUM:@STRENGTH%s",
                server_chooses ? "" : "  tls_preempt_cipherlist = yes\n", suites_put_last(port));
    where_main_cf_is(port, finding);
}

static void let_server_choose(const struct tls_port *port, struct finding *finding)
{
    if (is_postfix(port))
        finding_fix(port->judgement, finding, "Postfix (main.cf):\n  tls_preempt_cipherlist = yes");
    else if (server_of(port) == DOVECOT)
        finding_fix(port->judgement, finding,
                    "Dovecot 2.4 (conf.d/10-ssl.conf):\n  ssl_server_prefer_ciphers = server\nDovecot 2.3:\n "
                    " ssl_prefer_server_ciphers = yes");
    else
        finding_fix(port->judgement, finding,
                    "Let the server choose the suite, those with ECDHE and AES-GCM or ChaCha20 first");
}

void fix_order(const struct tls_port *port, struct finding *finding, bool server_chooses)
{
    bool on_25 = is_opportunistic(port->endpoint);

    if (on_25 && !suites_are_exotic(port)) {
        fix_order_on_25(port, finding, server_chooses);
        return;
    }
    if (!server_chooses || server_of(port) == OTHER)
        let_server_choose(port, finding);
    /* Without the worse ones no order is wrong. */
    if (on_25)
        leave_out_exotic_suites(port, finding);
    else
        fix_suites(port, finding);
}

/* ---- keys ---- */

void fix_dh(const struct tls_port *port, struct finding *finding, bool anonymous)
{
    struct judgement *judgement = port->judgement;

    if (anonymous) {
        finding_fix(
            judgement, finding,
            "Leave the anonymous suites out first: where OpenSSL chooses the parameters (`auto`), it takes "
            "1024 bits for those with AES-128, whatever the others get");
        fix_suites(port, finding);
    }
    if (is_postfix(port)) {
        finding_fix(judgement, finding,
                    "Postfix 3.7 or newer with OpenSSL 3 (main.cf):\n  smtpd_tls_dh1024_param_file = auto");
        finding_fix(judgement, finding,
                    "%s:\n  openssl dhparam -out /etc/postfix/dh2048.pem 2048\n  postconf -e "
                    "smtpd_tls_dh1024_param_file=/etc/postfix/dh2048.pem",
                    anonymous ? "Older ones, or where anonymous suites are to stay" : "Older ones");
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

/* "X25519MLKEM768, ": what the server has of post-quantum groups, to be kept in front. */
static const char *post_quantum_before(const struct tls_port *port, const char *separator)
{
    struct tls_answer answer = tls_groups_accepted(port->judgement, port->tls, TLS_VERSION_1_3,
                                                   TLS_VERSION_1_3, tls_is_post_quantum);
    struct list names = tls_answer_names(port->judgement, &answer);

    if (names.count == 0)
        return "";
    return kept_format(port->judgement, "%s%s",
                       kept(port->judgement, text_join(port->judgement->arena, &names, separator)),
                       separator);
}

void fix_groups(const struct tls_port *port, struct finding *finding)
{
    if (is_postfix(port)) {
        finding_fix(port->judgement, finding,
                    "Postfix (main.cf):\n  smtpd_tls_eecdh_grade = auto\n  tls_eecdh_auto_curves = %sX25519, "
                    "prime256v1, secp384r1",
                    post_quantum_before(port, ", "));
        where_main_cf_is(port, finding);
    } else if (server_of(port) == DOVECOT) {
        finding_fix(port->judgement, finding,
                    "Dovecot (conf.d/10-ssl.conf):\n  ssl_curve_list = %sX25519:prime256v1:secp384r1",
                    post_quantum_before(port, ":"));
    } else {
        finding_fix(port->judgement, finding, "Let the server use %sx25519, secp256r1 and secp384r1 only",
                    post_quantum_before(port, ", "));
    }
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

static void fix_postfix_schemes(const struct tls_port *port, struct finding *finding)
{
    finding_fix(port->judgement, finding,
                "Postfix 3.7.6, 3.8.1 and newer, a new file (/etc/postfix/openssl.cnf):\n  openssl_conf = "
                "main\n  [main]" SECTIONS "\nand (main.cf):\n  tls_config_file = /etc/postfix/openssl.cnf");
    finding_fix(
        port->judgement, finding,
        "docker-mailserver: keep the file as `docker-data/dms/config/openssl.cnf`, the line of main.cf "
        "in `docker-data/dms/config/postfix-main.cf`, and in `docker-data/dms/config/user-patches.sh`:\n"
        "  cp /tmp/docker-mailserver/openssl.cnf /etc/postfix/openssl.cnf");
}

void fix_schemes(const struct tls_port *port, struct finding *finding)
{
    struct judgement *judgement = port->judgement;

    if (is_postfix(port))
        fix_postfix_schemes(port, finding);
    else if (server_of(port) == DOVECOT)
        finding_fix(judgement, finding,
                    "Dovecot: OpenSSL 3 signs with SHA-1 only at security level 0; take `@SECLEVEL=0` out of "
                    "the cipher list:\n  doveconf ssl_cipher_list");
    else
        finding_fix(judgement, finding, "Let the server sign with SHA-256 and longer hashes only");
    finding_fix(judgement, finding,
                "%s for every program of the machine, in the section of "
                "/etc/ssl/openssl.cnf that `openssl_conf` names:" SECTIONS "\nthen restart the servers",
                server_of(port) == OTHER ? "Where the server uses OpenSSL," : "Or else,");
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
