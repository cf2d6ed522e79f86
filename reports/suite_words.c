/*
 * suite_words.c - which suites of a port to leave out, or to put last, in the words of OpenSSL's ciphers(1)
 *
 *   what is accepted up to TLS 1.2  ->  kinds that are among it  ->  is anything left without them?
 *
 * TLS 1.3 has its own list of suites, which these words do not reach. A word that a version of OpenSSL does not
 * know is passed over by it.
 */
#include "reports/suite_words.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <stdint.h>

/* ---- kinds ---- */

static bool is_idea(const struct tls_item *item)
{
    return item->suite->cipher == TLS_CIPHER_IDEA;
}

static bool is_rc2(const struct tls_item *item)
{
    return item->suite->cipher == TLS_CIPHER_RC2;
}

/* The GOST suites before and since RFC 9189; of the latter, Magma alone has small blocks. */
static bool is_gost(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_GOST && item->suite->cipher == TLS_CIPHER_GOST28147;
}

static bool is_magma(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_GOST && item->suite->cipher == TLS_CIPHER_MAGMA;
}

static bool is_new_gost(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_GOST && item->suite->cipher != TLS_CIPHER_GOST28147;
}

static bool is_anonymous_dh(const struct tls_item *item)
{
    return tls_is_anonymous(item) && item->suite->key_exchange == TLS_KX_DHE;
}

static bool is_rsa_exchange(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_RSA;
}

static bool is_dh_rsa(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_DH && item->suite->authentication == TLS_AUTH_RSA;
}

static bool is_dh_dss(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_DH && item->suite->authentication == TLS_AUTH_DSS;
}

static bool is_ecdh_rsa(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_ECDH && item->suite->authentication == TLS_AUTH_RSA;
}

static bool is_ecdh_ecdsa(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_ECDH && item->suite->authentication == TLS_AUTH_ECDSA;
}

static bool is_psk(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_PSK;
}

static bool is_rsa_psk(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_RSA_PSK;
}

static bool is_krb5(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_KRB5;
}

static bool is_aria_without_secrecy(const struct tls_item *item)
{
    return tls_is_without_forward_secrecy(item) && item->suite->cipher == TLS_CIPHER_ARIA;
}

static bool is_ccm_without_secrecy(const struct tls_item *item)
{
    return tls_is_without_forward_secrecy(item) &&
           (item->suite->mode == TLS_MODE_CCM || item->suite->mode == TLS_MODE_CCM_8);
}

/* What the words of the hashes match: AEAD suites have no hash of their own there. */
static bool is_without_aead(const struct tls_item *item)
{
    return !item->suite->aead;
}

/* Old senders may have nothing but this. */
enum need { NOBODY, SOMEBODY };

struct kind {
    tls_test test;
    const char *word;
    enum suite_zeal zeal;
    enum need need;
};

static const struct kind kinds[] = {
    {tls_is_null, "eNULL", SUITES_BROKEN, NOBODY},
    {tls_is_export, "EXPORT", SUITES_BROKEN, SOMEBODY},
    {tls_is_rc4, "RC4", SUITES_BROKEN, SOMEBODY},
    {tls_is_des, "DES", SUITES_BROKEN, SOMEBODY},
    {tls_is_3des, "3DES", SUITES_BROKEN, SOMEBODY},
    {is_idea, "IDEA", SUITES_BROKEN, SOMEBODY},
    {is_rc2, "RC2", SUITES_BROKEN, SOMEBODY},
    {is_gost, "kGOST", SUITES_BROKEN, SOMEBODY},
    {is_magma, "kGOST18", SUITES_BROKEN, SOMEBODY},
    {tls_is_anonymous, "aNULL", SUITES_BROKEN, NOBODY},
    {is_new_gost, "kGOST18", SUITES_WITHOUT_SECRECY, SOMEBODY},
    {is_rsa_exchange, "kRSA", SUITES_WITHOUT_SECRECY, SOMEBODY},
    {is_dh_rsa, "kDHr", SUITES_WITHOUT_SECRECY, SOMEBODY},
    {is_dh_dss, "kDHd", SUITES_WITHOUT_SECRECY, SOMEBODY},
    {is_ecdh_rsa, "kECDHr", SUITES_WITHOUT_SECRECY, SOMEBODY},
    {is_ecdh_ecdsa, "kECDHe", SUITES_WITHOUT_SECRECY, SOMEBODY},
    {is_psk, "kPSK", SUITES_WITHOUT_SECRECY, SOMEBODY},
    {is_rsa_psk, "kRSAPSK", SUITES_WITHOUT_SECRECY, SOMEBODY},
    {is_krb5, "kKRB5", SUITES_WITHOUT_SECRECY, SOMEBODY},
    {is_without_aead, "SHA1", SUITES_WITHOUT_AEAD, SOMEBODY},
    {is_without_aead, "SHA256", SUITES_WITHOUT_AEAD, SOMEBODY},
    {is_without_aead, "SHA384", SUITES_WITHOUT_AEAD, SOMEBODY},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* What no sender needs: named on port 25 only, where the rest of its kind stays. */
static const struct kind exotic_kinds[] = {
    {is_aria_without_secrecy, "ARIA", SUITES_BROKEN, NOBODY},
    {is_ccm_without_secrecy, "AESCCM", SUITES_BROKEN, NOBODY},
};
static const struct kind anonymous_dh = {is_anonymous_dh, "ADH", SUITES_BROKEN, NOBODY};
enum { EXOTIC_KINDS = sizeof(exotic_kinds) / sizeof(exotic_kinds[0]), CHOSEN_MAX = KINDS + EXOTIC_KINDS + 1 };

/* ---- choosing ---- */

struct choice {
    const struct tls_port *port;
    const struct list *accepted; /* tls_item */
    const struct kind *chosen[CHOSEN_MAX];
    size_t count;
};

static struct tls_answer accepted(const struct tls_port *port, tls_test test)
{
    return tls_suites_accepted(port->judgement, port->tls, TLS_VERSION_SSL3, TLS_VERSION_1_2, test);
}

static bool is_accepted(const struct tls_port *port, tls_test test)
{
    return accepted(port, test).known == YES;
}

static bool is_left(const struct choice *choice, const struct tls_item *item)
{
    for (size_t i = 0; i < choice->count; i++)
        if (choice->chosen[i]->test(item))
            return false;
    return true;
}

/* A suite that nobody has registered may be of any kind. */
static bool leaves_some(const struct choice *choice)
{
    for (size_t i = 0; i < choice->accepted->count; i++) {
        const struct tls_item *item = choice->accepted->items[i];

        if (item->suite != NULL && !item->suite->signalling && is_left(choice, item))
            return true;
    }
    return false;
}

static bool is_wanted(const struct tls_port *port, const struct kind *kind)
{
    if (kind->zeal == SUITES_WITHOUT_AEAD)
        return tls_features(port->tls)->encrypt_then_mac != YES && is_accepted(port, tls_is_cbc);
    if (kind->test == tls_is_anonymous && is_opportunistic(port->endpoint))
        return false;
    return is_accepted(port, kind->test);
}

/* Chooses what is wanted of one zeal; false: then nothing would be left. What is broken goes even so. */
static bool choose(struct choice *choice, enum suite_zeal zeal)
{
    size_t before = choice->count;

    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].zeal == zeal && is_wanted(choice->port, &kinds[i]))
            choice->chosen[choice->count++] = &kinds[i];
    if (zeal == SUITES_BROKEN || choice->count == before || leaves_some(choice))
        return true;
    choice->count = before;
    return false;
}

static bool has_small_dh(const struct tls_port *port)
{
    enum { ENOUGH = 2048 };

    for (size_t i = 0; i < port->tls->dh.count; i++) {
        const struct tls_dh_facts *dh = port->tls->dh.items[i];

        if (dh->bits.known && dh->bits.value < ENOUGH)
            return true;
    }
    return false;
}

/* On port 25 anonymous suites do no harm, unless it is for them that OpenSSL takes a small prime. */
static void choose_exotic(struct choice *choice)
{
    if (has_small_dh(choice->port) && is_accepted(choice->port, is_anonymous_dh))
        choice->chosen[choice->count++] = &anonymous_dh;
    if (!suites_are_exotic(choice->port))
        return;
    for (size_t i = 0; i < EXOTIC_KINDS; i++)
        if (is_accepted(choice->port, exotic_kinds[i].test))
            choice->chosen[choice->count++] = &exotic_kinds[i];
}

struct suite_words suites_to_leave_out(const struct tls_port *port, enum suite_zeal zeal)
{
    struct tls_answer all = accepted(port, NULL);
    struct choice choice = {.port = port, .accepted = &all.items};
    struct suite_words result = {.words = {.observed = true}};

    for (enum suite_zeal step = SUITES_BROKEN; step <= zeal; step++)
        result.incomplete = !choose(&choice, step) || result.incomplete;
    if (zeal == SUITES_BROKEN)
        choose_exotic(&choice);
    for (size_t i = 0; i < choice.count; i++) {
        const char *word = choice.chosen[i]->word;

        result.needed = result.needed || choice.chosen[i]->need == SOMEBODY;
        if (!list_has_text(&result.words, word) &&
            list_add(&result.words, port->judgement->arena, (void *)(uintptr_t)word) < 0)
            port->judgement->failed = true;
    }
    result.none_left = choice.count > 0 && !leaves_some(&choice);
    return result;
}

const char *suites_put_last(const struct tls_port *port)
{
    const char *words = "";

    for (size_t i = KINDS; i > 0; i--) {
        const struct kind *kind = &kinds[i - 1];

        /* Postfix puts anonymous suites first on port 25, and takes no NULL ones. */
        if (kind->test != tls_is_anonymous && kind->test != tls_is_null && is_wanted(port, kind))
            words = kept_format(port->judgement, "%s:+%s", words, kind->word);
    }
    return words;
}

static bool is_needed_without_secrecy(const struct tls_item *item)
{
    return tls_is_without_forward_secrecy(item) && !is_aria_without_secrecy(item) &&
           !is_ccm_without_secrecy(item);
}

bool suites_are_exotic(const struct tls_port *port)
{
    return is_accepted(port, tls_is_without_forward_secrecy) &&
           accepted(port, is_needed_without_secrecy).known == NO;
}
