/*
 * tls_faults.c - what can be wrong with the TLS of a port, one rule for each cap of the policy
 */
#include "reports/tls_grade_parts.h"

#include "reports/display.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

#include <stdarg.h>

enum { NAMES_SHOWN = 3 };

typedef struct tls_fault_answer answer;

static answer yes(const char *text)
{
    return (answer){.known = YES, .text = text};
}

static answer unknown(const char *reason)
{
    return (answer){.known = UNKNOWN, .reason = reason};
}

static const answer no = {.known = NO};

static const char *print(const struct tls_view *view, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *print(const struct tls_view *view, const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = kept(view->judgement, arena_vformat(view->judgement->arena, format, arguments));
    va_end(arguments);
    return text;
}

/* A fact of its own; `what` finishes "not tested, ". */
static answer known_fact(enum known fact, const char *text, const char *what)
{
    switch (fact) {
    case YES:
        return yes(text);
    case NO:
        return no;
    case UNKNOWN:
        break;
    }
    return unknown(what);
}

/* ---- versions ---- */

static answer version_is(const struct tls_view *view, enum tls_version oldest, enum tls_version newest,
                         bool offered, const char *text)
{
    enum known spoken = tls_speaks_any(view->tls, oldest, newest);

    if (spoken == UNKNOWN)
        return unknown(tls_version_reason(view->judgement, view->tls));
    return (spoken == YES) == offered ? yes(text) : no;
}

static answer look_ssl2(const struct tls_view *view)
{
    return version_is(view, TLS_VERSION_SSL2, TLS_VERSION_SSL2, true, "SSL 2 is offered");
}

static answer look_ssl3(const struct tls_view *view)
{
    return version_is(view, TLS_VERSION_SSL3, TLS_VERSION_SSL3, true, "SSL 3 is offered");
}

static answer look_tls10(const struct tls_view *view)
{
    return version_is(view, TLS_VERSION_1_0, TLS_VERSION_1_0, true, "TLS 1.0 is offered");
}

static answer look_tls11(const struct tls_view *view)
{
    return version_is(view, TLS_VERSION_1_1, TLS_VERSION_1_1, true, "TLS 1.1 is offered");
}

static answer look_only_ssl(const struct tls_view *view)
{
    return version_is(view, TLS_VERSION_1_0, TLS_VERSION_1_3, false, "Nothing newer than SSL 3 is offered");
}

static answer look_no_tls12(const struct tls_view *view)
{
    return version_is(view, TLS_VERSION_1_2, TLS_VERSION_1_3, false, "Nothing newer than TLS 1.1 is offered");
}

static answer look_no_tls13(const struct tls_view *view)
{
    return version_is(view, TLS_VERSION_1_3, TLS_VERSION_1_3, false, "TLS 1.3 is not offered");
}

/* ---- suites ---- */

/* "RC4 is accepted: TLS_RSA_WITH_RC4_128_SHA and 3 more" */
static const char *with_names(const struct tls_view *view, const char *text, const struct list *items)
{
    const struct tls_answer found = {.items = *items};
    struct list names = tls_answer_names(view->judgement, &found);
    const char *line = text;

    for (size_t i = 0; i < names.count && i < NAMES_SHOWN; i++)
        line = print(view, "%s%s %s", line, i == 0 ? ":" : ",", (const char *)names.items[i]);
    return names.count > NAMES_SHOWN ? print(view, "%s and %zu more", line, names.count - NAMES_SHOWN) : line;
}

/* The suites that match; `test` is asked of names that the registry knows. */
static struct list suites_that(const struct tls_view *view, tls_test test)
{
    const struct list *all = &view->suites.items;
    struct list found = {.observed = true};

    for (size_t i = 0; i < all->count; i++) {
        const struct tls_item *item = all->items[i];

        if (item->suite != NULL && test(item) && list_add(&found, view->judgement->arena, all->items[i]) < 0)
            view->judgement->failed = true;
    }
    return found;
}

static answer accepts(const struct tls_view *view, tls_test test, const char *text)
{
    struct list found = suites_that(view, test);

    if (found.count > 0)
        return yes(with_names(view, text, &found));
    return view->suites.complete ? no : unknown(view->suites.reason);
}

static answer accepts_none(const struct tls_view *view, tls_test test, const char *text)
{
    if (suites_that(view, test).count > 0)
        return no;
    return view->suites.complete ? yes(text) : unknown(view->suites.reason);
}

static bool is_aead(const struct tls_item *item)
{
    return item->suite->aead;
}

static bool is_not_aead(const struct tls_item *item)
{
    return !item->suite->signalling && !item->suite->aead;
}

static bool is_not_rc4(const struct tls_item *item)
{
    return !tls_is_rc4(item);
}

/* What has faults of its own is not told twice. */
static bool is_small_block(const struct tls_item *item)
{
    return tls_is_small_block(item) && !tls_is_des(item) && !tls_is_export(item);
}

static answer look_null(const struct tls_view *view)
{
    return accepts(view, tls_is_null, "Suites that encrypt nothing are accepted");
}

static answer look_anonymous(const struct tls_view *view)
{
    return accepts(view, tls_is_anonymous, "Suites without authentication are accepted");
}

static answer look_export(const struct tls_view *view)
{
    return accepts(view, tls_is_export, "Export suites are accepted");
}

static answer look_des(const struct tls_view *view)
{
    return accepts(view, tls_is_des, "DES is accepted");
}

static answer look_rc4(const struct tls_view *view)
{
    return accepts(view, tls_is_rc4, "RC4 is accepted");
}

static answer look_only_rc4(const struct tls_view *view)
{
    if (accepts(view, tls_is_rc4, "").known == NO)
        return no;
    return accepts_none(view, is_not_rc4, "Nothing but RC4 is accepted");
}

static answer look_small_blocks(const struct tls_view *view)
{
    return accepts(view, is_small_block, "Ciphers with blocks of 64 bits are accepted");
}

static answer look_no_aead(const struct tls_view *view)
{
    return accepts_none(view, is_aead, "No suite with authenticated encryption (AEAD) is accepted");
}

static answer look_cbc(const struct tls_view *view)
{
    return accepts(view, is_not_aead, "Suites without authenticated encryption (AEAD) are accepted");
}

static answer look_no_forward_secrecy(const struct tls_view *view)
{
    return accepts_none(view, tls_has_forward_secrecy, "No suite with forward secrecy is accepted");
}

static answer look_some_without_forward_secrecy(const struct tls_view *view)
{
    return accepts(view, tls_is_without_forward_secrecy, "Suites without forward secrecy are accepted");
}

/* ---- Diffie-Hellman, groups, signatures ---- */

static bool is_dhe(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_DHE;
}

static answer dh_below(const struct tls_view *view, int64_t bits)
{
    bool accepted = suites_that(view, is_dhe).count > 0;
    const struct list *all = &view->tls->dh;
    bool seen = false;

    for (size_t i = 0; i < all->count; i++) {
        const struct tls_dh_facts *dh = all->items[i];

        if (dh->bits.known && dh->bits.value < bits)
            return yes(print(view, "Diffie-Hellman with %lld bits is used", (long long)dh->bits.value));
        seen = seen || dh->bits.known;
    }
    if (accepted && !seen)
        return unknown("the size of the Diffie-Hellman group was not seen");
    return view->suites.complete ? no : unknown(view->suites.reason);
}

static answer look_dh_below_1024(const struct tls_view *view)
{
    return dh_below(view, 1024);
}

static answer look_dh_below_2048(const struct tls_view *view)
{
    return dh_below(view, 2048);
}

static bool is_weak_group(const struct tls_item *item)
{
    return item->group != NULL && item->group->kind == TLS_GROUP_EC && item->group->bits < 224;
}

static answer look_weak_groups(const struct tls_view *view)
{
    struct tls_answer found =
        tls_groups_accepted(view->judgement, view->tls, TLS_VERSION_SSL3, TLS_VERSION_1_3, is_weak_group);

    if (found.known == YES)
        return yes(with_names(view, "Curves with less than 224 bits are accepted", &found.items));
    return known_fact(found.known, NULL, found.reason);
}

static bool is_broken_hash(const struct tls_item *item)
{
    return item->scheme != NULL &&
           (item->scheme->hash == TLS_HASH_SHA1 || item->scheme->hash == TLS_HASH_MD5);
}

static answer look_sha1_signatures(const struct tls_view *view)
{
    struct tls_answer found =
        tls_schemes_accepted(view->judgement, view->tls, TLS_VERSION_1_2, TLS_VERSION_1_3, is_broken_hash);

    if (found.known == YES)
        return yes(with_names(view, "The server signs with SHA-1 or MD5", &found.items));
    return known_fact(found.known, NULL, found.reason);
}

/* ---- what else a server does ---- */

/* Only versions before TLS 1.3 have it; when none of them is spoken the answer is no. */
static answer before_tls13(const struct tls_view *view, enum known fact, const char *text, const char *what)
{
    enum known spoken = tls_speaks_any(view->tls, TLS_VERSION_SSL3, TLS_VERSION_1_2);

    return spoken == NO ? no : known_fact(fact, text, what);
}

static answer look_compression(const struct tls_view *view)
{
    return before_tls13(view, tls_features(view->tls)->compression, "TLS compression is used",
                        "whether TLS is compressed was not seen");
}

static answer look_no_secure_renegotiation(const struct tls_view *view)
{
    return before_tls13(view, opposite(tls_features(view->tls)->secure_renegotiation),
                        "Renegotiation is not protected (RFC 5746)",
                        "whether renegotiation is protected (RFC 5746) was not seen");
}

static answer look_insecure_renegotiation(const struct tls_view *view)
{
    return before_tls13(view, tls_features(view->tls)->insecure_renegotiation,
                        "The client may renegotiate without protection (RFC 5746)", "it was not asked");
}

static answer look_no_extended_master_secret(const struct tls_view *view)
{
    return before_tls13(view, opposite(tls_features(view->tls)->extended_master_secret),
                        "The extended master secret is not supported (RFC 7627)",
                        "whether the extended master secret is supported was not seen");
}

static answer look_early_data(const struct tls_view *view)
{
    struct number bytes = tls_resumption(view->tls)->early_data;

    return known_fact(bytes.known ? known(bytes.value > 0) : UNKNOWN, "Early data (0-RTT) is accepted",
                      "whether early data is accepted was not seen");
}

static answer look_heartbleed(const struct tls_view *view)
{
    const struct tls_features_facts *features = tls_features(view->tls);

    if (features->heartbleed == UNKNOWN && features->heartbeat == NO)
        return no;
    return known_fact(features->heartbleed, "Memory can be read (Heartbleed, CVE-2014-0160)",
                      "Heartbleed was not tested");
}

static answer look_ccs_injection(const struct tls_view *view)
{
    return before_tls13(view, tls_features(view->tls)->ccs_injection, "Keys can be forced (CVE-2014-0224)",
                        "CVE-2014-0224 was not tested");
}

static answer look_ticketbleed(const struct tls_view *view)
{
    return before_tls13(view, tls_features(view->tls)->ticketbleed,
                        "Memory can be read (Ticketbleed, CVE-2016-9244)", "Ticketbleed was not tested");
}

static answer look_robot(const struct tls_view *view)
{
    return before_tls13(view, tls_features(view->tls)->robot, "RSA key exchange can be decrypted (ROBOT)",
                        "ROBOT was not tested");
}

/* ---- the same key where SSL 2 is spoken ---- */

static bool shares_key(const struct tls_facts *a, const struct tls_facts *b)
{
    for (size_t i = 0; i < a->certificates.count; i++)
        for (size_t j = 0; j < b->certificates.count; j++) {
            const struct certificate_facts *first = a->certificates.items[i];
            const struct certificate_facts *second = b->certificates.items[j];

            if (same_text(first->spki_sha256, second->spki_sha256))
                return true;
        }
    return false;
}

static answer look_drown(const struct tls_view *view)
{
    const struct list *endpoints = observed_endpoints(view->judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *other = endpoints->items[i];

        if (other->tls != NULL && tls_speaks(other->tls, TLS_VERSION_SSL2) == YES &&
            shares_key(view->tls, other->tls))
            return yes(print(view, "Its key also serves SSL 2, on port %lld of %s (DROWN)",
                             (long long)other->port.value, text_or(other->address, "?")));
    }
    return no;
}

static const struct tls_fault faults[] = {
    {"ssl2", "tls.ssl2", true, look_ssl2},
    {"ssl3", "tls.ssl3", true, look_ssl3},
    {"only_ssl", "tls.tls12", true, look_only_ssl},
    {"tls10", "tls.tls10", true, look_tls10},
    {"tls11", "tls.tls11", true, look_tls11},
    {"no_tls12", "tls.tls12", true, look_no_tls12},
    {"no_tls13", "tls.tls13", true, look_no_tls13},
    {"null", "tls.suites.null", true, look_null},
    {"anonymous", "tls.suites.anonymous", true, look_anonymous},
    {"export", "tls.suites.export", true, look_export},
    {"des", "tls.suites.des", true, look_des},
    {"rc4", "tls.suites.rc4", true, look_rc4},
    {"only_rc4", "tls.suites.rc4", true, look_only_rc4},
    {"small_blocks", "tls.suites.3des", true, look_small_blocks},
    {"no_aead", "tls.suites.cbc", true, look_no_aead},
    {"cbc", "tls.suites.cbc", true, look_cbc},
    {"no_forward_secrecy", "tls.suites.forward_secrecy", true, look_no_forward_secrecy},
    {"some_without_forward_secrecy", "tls.suites.forward_secrecy", true, look_some_without_forward_secrecy},
    {"dh_below_1024", "tls.dh", true, look_dh_below_1024},
    {"dh_below_2048", "tls.dh", true, look_dh_below_2048},
    {"weak_groups", "tls.groups", false, look_weak_groups},
    {"sha1_signatures", "tls.signatures", false, look_sha1_signatures},
    {"compression", "tls.compression", true, look_compression},
    {"no_secure_renegotiation", "tls.renegotiation", true, look_no_secure_renegotiation},
    {"insecure_renegotiation", "tls.renegotiation", false, look_insecure_renegotiation},
    {"no_extended_master_secret", "tls.extended_master_secret", true, look_no_extended_master_secret},
    {"early_data", "tls.early_data", false, look_early_data},
    {"heartbleed", "tls.heartbleed", true, look_heartbleed},
    {"ccs_injection", "tls.ccs", true, look_ccs_injection},
    {"ticketbleed", "tls.ticketbleed", false, look_ticketbleed},
    {"robot", "tls.robot", false, look_robot},
    {"drown", "tls.drown", false, look_drown},
};

const struct tls_fault *tls_faults_all(size_t *ret_count)
{
    *ret_count = sizeof(faults) / sizeof(faults[0]);
    return faults;
}
