/*
 * tls_faults.c - what can be wrong with the TLS of a port, one line of a table for each cap of the policy
 *
 * A line names the function that looks, and what it looks for: a version, suites that match, a fact.
 */
#include "reports/tls_faults.h"

#include "reports/display.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <stddef.h>

enum { NAMES_SHOWN = 3 };

static const struct tls_fault_answer no = {.known = NO};

/* ---- versions ---- */

static struct tls_fault_answer of_versions(const struct tls_view *view, const struct tls_fault *fault,
                                           enum known known)
{
    return (struct tls_fault_answer){
        .known = known,
        .text = fault->text,
        .reason = known == UNKNOWN ? tls_version_reason(view->judgement, view->tls) : NULL,
    };
}

static struct tls_fault_answer speaks(const struct tls_view *view, const struct tls_fault *fault)
{
    return of_versions(view, fault, tls_speaks(view->tls, fault->version));
}

static struct tls_fault_answer speaks_nothing_from(const struct tls_view *view, const struct tls_fault *fault)
{
    return of_versions(view, fault, opposite(tls_speaks_any(view->tls, fault->version, TLS_VERSION_1_3)));
}

/* ---- suites, groups, signatures ---- */

/* "RC4 is accepted: TLS_RSA_WITH_RC4_128_SHA and 3 more" */
static const char *with_names(const struct tls_view *view, const char *text, const struct list *items)
{
    const struct tls_answer found = {.items = *items};
    struct list names = tls_answer_names(view->judgement, &found);
    const char *line = text;

    for (size_t i = 0; i < names.count && i < NAMES_SHOWN; i++)
        line =
            kept_format(view->judgement, "%s%s %s", line, i == 0 ? ":" : ",", (const char *)names.items[i]);
    return names.count > NAMES_SHOWN
               ? kept_format(view->judgement, "%s and %zu more", line, names.count - NAMES_SHOWN)
               : line;
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

/* What holds for the suites that were seen is known when there are no others. */
static struct tls_fault_answer of_suites_seen(const struct tls_view *view, enum known known, const char *text)
{
    return (struct tls_fault_answer){
        .known = view->suites.complete ? known : UNKNOWN,
        .text = text,
        .reason = view->suites.reason,
    };
}

static struct tls_fault_answer accepts(const struct tls_view *view, const struct tls_fault *fault)
{
    struct list found = suites_that(view, fault->test);

    if (found.count == 0)
        return of_suites_seen(view, NO, NULL);
    return (struct tls_fault_answer){.known = YES, .text = with_names(view, fault->text, &found)};
}

static struct tls_fault_answer accepts_none(const struct tls_view *view, const struct tls_fault *fault)
{
    if (suites_that(view, fault->test).count > 0 || (view->suites.complete && view->suites.items.count == 0))
        return no; /* nor is a suite missing where only SSL 2 is spoken */
    return of_suites_seen(view, YES, fault->text);
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

/* The check of the suites knows 3DES alone; the others are told by that of the attack. */
static struct tls_fault_answer accepts_small_blocks(const struct tls_view *view,
                                                    const struct tls_fault *fault)
{
    struct tls_fault_answer answer = accepts(view, fault);

    if (answer.known == YES && suites_that(view, tls_is_3des).count == 0)
        answer.check = "tls.sweet32";
    return answer;
}

static struct tls_fault_answer accepts_rc4_alone(const struct tls_view *view, const struct tls_fault *fault)
{
    bool may_be = suites_that(view, tls_is_rc4).count > 0 || !view->suites.complete;

    return may_be ? accepts_none(view, fault) : no;
}

static bool is_dhe(const struct tls_item *item)
{
    return item->suite->key_exchange == TLS_KX_DHE;
}

static struct tls_fault_answer dh_below(const struct tls_view *view, const struct tls_fault *fault)
{
    bool accepted = suites_that(view, is_dhe).count > 0;
    const struct list *all = &view->tls->dh;
    bool seen = false;

    for (size_t i = 0; i < all->count; i++) {
        const struct tls_dh_facts *dh = all->items[i];

        if (dh->bits.known && dh->bits.value < fault->bits)
            return (struct tls_fault_answer){.known = YES,
                                             .text = kept_format(view->judgement,
                                                                 "Diffie-Hellman with %lld bits is used",
                                                                 (long long)dh->bits.value)};
        seen = seen || dh->bits.known;
    }
    if (accepted && !seen)
        return (struct tls_fault_answer){.reason = "the size of the Diffie-Hellman group was not seen"};
    return of_suites_seen(view, NO, NULL);
}

static struct tls_fault_answer of_answer(const struct tls_view *view, const struct tls_fault *fault,
                                         struct tls_answer found)
{
    return (struct tls_fault_answer){
        .known = found.known,
        .text = found.known == YES ? with_names(view, fault->text, &found.items) : NULL,
        .reason = found.reason,
    };
}

static bool is_weak_group(const struct tls_item *item)
{
    return item->group != NULL && item->group->kind == TLS_GROUP_EC && item->group->bits < 224;
}

static struct tls_fault_answer accepts_groups(const struct tls_view *view, const struct tls_fault *fault)
{
    return of_answer(
        view, fault,
        tls_groups_accepted(view->judgement, view->tls, TLS_VERSION_SSL3, TLS_VERSION_1_3, fault->test));
}

static bool is_broken_hash(const struct tls_item *item)
{
    return item->scheme != NULL &&
           (item->scheme->hash == TLS_HASH_SHA1 || item->scheme->hash == TLS_HASH_MD5);
}

static struct tls_fault_answer signs_with(const struct tls_view *view, const struct tls_fault *fault)
{
    return of_answer(
        view, fault,
        tls_schemes_accepted(view->judgement, view->tls, TLS_VERSION_1_2, TLS_VERSION_1_3, fault->test));
}

/* ---- what else a server does ---- */

static struct tls_fault_answer of_fact(const struct tls_fault *fault, enum known known)
{
    return (struct tls_fault_answer){.known = known, .text = fault->text, .reason = fault->unseen};
}

static enum known feature_of(const struct tls_view *view, const struct tls_fault *fault)
{
    const void *member = (const char *)tls_features(view->tls) + fault->feature;

    return *(const enum known *)member;
}

/* Only versions before TLS 1.3 have it; when none of them is spoken the answer is no. */
static struct tls_fault_answer before_tls13(const struct tls_view *view, const struct tls_fault *fault,
                                            enum known known)
{
    enum known spoken = tls_speaks_any(view->tls, TLS_VERSION_SSL3, TLS_VERSION_1_2);

    return spoken == NO ? no : of_fact(fault, known);
}

static struct tls_fault_answer does(const struct tls_view *view, const struct tls_fault *fault)
{
    return before_tls13(view, fault, feature_of(view, fault));
}

static struct tls_fault_answer lacks(const struct tls_view *view, const struct tls_fault *fault)
{
    return before_tls13(view, fault, opposite(feature_of(view, fault)));
}

static struct tls_fault_answer accepts_early_data(const struct tls_view *view, const struct tls_fault *fault)
{
    struct number bytes = tls_resumption(view->tls)->early_data;

    return of_fact(fault, bytes.known ? known(bytes.value > 0) : UNKNOWN);
}

/* Who answers no heartbeat cannot bleed. */
static struct tls_fault_answer bleeds(const struct tls_view *view, const struct tls_fault *fault)
{
    enum known bleeding = feature_of(view, fault);

    return bleeding == UNKNOWN && tls_features(view->tls)->heartbeat == NO ? no : of_fact(fault, bleeding);
}

/* ---- the same key where SSL 2 is spoken ---- */

/* SSL 2 has no other keys. */
static bool is_rsa(const struct certificate_facts *certificate)
{
    return certificate->key != NULL && certificate->key->type != NULL &&
           text_starts_with(certificate->key->type, "RSA");
}

static bool shares_key(const struct tls_facts *a, const struct tls_facts *b)
{
    for (size_t i = 0; i < a->certificates.count; i++)
        for (size_t j = 0; j < b->certificates.count; j++) {
            const struct certificate_facts *first = a->certificates.items[i];
            const struct certificate_facts *second = b->certificates.items[j];

            if (is_rsa(first) && is_rsa(second) && same_text(first->spki_sha256, second->spki_sha256))
                return true;
        }
    return false;
}

static struct tls_fault_answer drowns(const struct tls_view *view, const struct tls_fault *fault)
{
    const struct list *endpoints = observed_endpoints(view->judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *other = endpoints->items[i];

        if (other != view->endpoint && other->tls != NULL && tls_speaks(other->tls, fault->version) == YES &&
            shares_key(view->tls, other->tls))
            return (struct tls_fault_answer){
                .known = YES,
                .text = kept_format(view->judgement, "Its key also serves SSL 2, on port %lld of %s (DROWN)",
                                    (long long)other->port.value, text_or(other->address, "?"))};
    }
    return no;
}

/* ---- the table ---- */

#define FEATURE(name) offsetof(struct tls_features_facts, name)

static const struct tls_fault faults[] = {
    {"ssl2", "tls.ssl2", speaks, "SSL 2 is offered", .version = TLS_VERSION_SSL2},
    {"ssl3", "tls.ssl3", speaks, "SSL 3 is offered", .version = TLS_VERSION_SSL3},
    {"only_ssl", "tls.tls12", speaks_nothing_from, "Nothing newer than SSL 3 is offered",
     .version = TLS_VERSION_1_0, .weaker = "no_tls12"},
    {"tls10", "tls.tls10", speaks, "TLS 1.0 is offered", .version = TLS_VERSION_1_0},
    {"tls11", "tls.tls11", speaks, "TLS 1.1 is offered", .version = TLS_VERSION_1_1},
    {"no_tls12", "tls.tls12", speaks_nothing_from, "Nothing newer than TLS 1.1 is offered",
     .version = TLS_VERSION_1_2},
    {"no_tls13", "tls.tls13", speaks_nothing_from, "TLS 1.3 is not offered", .version = TLS_VERSION_1_3},

    {"null", "tls.suites.null", accepts, "Suites that encrypt nothing are accepted", .test = tls_is_null},
    {"anonymous", "tls.suites.anonymous", accepts, "Suites without authentication are accepted",
     .test = tls_is_anonymous},
    {"export", "tls.suites.export", accepts, "Export suites are accepted", .test = tls_is_export},
    {"des", "tls.suites.des", accepts, "DES is accepted", .test = tls_is_des},
    {"rc4", "tls.suites.rc4", accepts, "RC4 is accepted", .test = tls_is_rc4},
    {"only_rc4", "tls.suites.rc4", accepts_rc4_alone, "Nothing but RC4 is accepted", .test = is_not_rc4,
     .weaker = "rc4"},
    {"small_blocks", "tls.suites.3des", accepts_small_blocks, "Ciphers with blocks of 64 bits are accepted",
     .test = is_small_block},
    {"no_aead", "tls.suites.cbc", accepts_none, "No suite with authenticated encryption (AEAD) is accepted",
     .test = is_aead, .weaker = "cbc"},
    {"cbc", "tls.suites.cbc", accepts, "Suites without authenticated encryption (AEAD) are accepted",
     .test = is_not_aead},
    {"no_forward_secrecy", "tls.suites.forward_secrecy", accepts_none,
     "No suite with forward secrecy is accepted", .test = tls_has_forward_secrecy,
     .weaker = "some_without_forward_secrecy"},
    {"some_without_forward_secrecy", "tls.suites.forward_secrecy", accepts,
     "Suites without forward secrecy are accepted", .test = tls_is_without_forward_secrecy},

    {"dh_below_1024", "tls.dh", dh_below, .bits = 1024, .weaker = "dh_below_2048"},
    {"dh_below_2048", "tls.dh", dh_below, .bits = 2048},
    {"weak_groups", "tls.groups", accepts_groups, "Curves with less than 224 bits are accepted",
     .test = is_weak_group, .optional = true},
    {"sha1_signatures", "tls.signatures", signs_with, "The server signs with SHA-1 or MD5",
     .test = is_broken_hash, .optional = true},

    {"compression", "tls.compression", does, "TLS compression is used", .feature = FEATURE(compression),
     .unseen = "whether TLS is compressed was not seen"},
    {"no_secure_renegotiation", "tls.renegotiation", lacks, "Renegotiation is not protected (RFC 5746)",
     .feature = FEATURE(secure_renegotiation),
     .unseen = "whether renegotiation is protected (RFC 5746) was not seen"},
    {"insecure_renegotiation", "tls.renegotiation", does,
     "The client may renegotiate without protection (RFC 5746)", .feature = FEATURE(insecure_renegotiation),
     .unseen = "whether the client may renegotiate without protection was not tested", .optional = true},
    {"no_extended_master_secret", "tls.extended_master_secret", lacks,
     "The extended master secret is not supported (RFC 7627)", .feature = FEATURE(extended_master_secret),
     .unseen = "whether the extended master secret is supported was not seen"},
    {"early_data", "tls.early_data", accepts_early_data, "Early data (0-RTT) is accepted",
     .unseen = "whether early data is accepted was not seen", .optional = true},
    {"heartbleed", "tls.heartbleed", bleeds, "Memory can be read (Heartbleed, CVE-2014-0160)",
     .feature = FEATURE(heartbleed), .unseen = "Heartbleed was not tested"},
    {"ccs_injection", "tls.ccs", does, "Keys can be forced (CVE-2014-0224)",
     .feature = FEATURE(ccs_injection), .unseen = "CVE-2014-0224 was not tested"},
    {"ticketbleed", "tls.ticketbleed", does, "Memory can be read (Ticketbleed, CVE-2016-9244)",
     .feature = FEATURE(ticketbleed), .unseen = "Ticketbleed was not tested", .optional = true},
    {"robot", "tls.robot", does, "RSA key exchange can be decrypted (ROBOT)", .feature = FEATURE(robot),
     .unseen = "ROBOT was not tested", .optional = true},
    {"drown", "tls.drown", drowns, .version = TLS_VERSION_SSL2, .optional = true},
};

const struct tls_fault *tls_faults_all(size_t *ret_count)
{
    *ret_count = sizeof(faults) / sizeof(faults[0]);
    return faults;
}
