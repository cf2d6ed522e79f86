/*
 * html_tls_sets.c - what a port accepts of TLS, in the HTML report: suites in the server's order with their
 * strength, groups, signature schemes, Diffie-Hellman, resumption, what else the server does
 */
#include "reports/display.h"
#include "reports/html_chapters.h"
#include "reports/tls_model.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <stdlib.h>
#include <string.h>

/* More rows than this are folded. */
enum { ROWS_OPEN = 9 };

/* The newest is what most clients use. */
static const enum tls_version newest_first[] = {TLS_VERSION_1_3, TLS_VERSION_1_2,  TLS_VERSION_1_1,
                                                TLS_VERSION_1_0, TLS_VERSION_SSL3, TLS_VERSION_SSL2};

/* ---- the same on another port? ---- */

/* All but what differs from port to port by nature; NULL when memory ran out. */
static char *accepts_text(const struct tls_facts *tls)
{
    struct tls_facts only = *tls;
    json_t *json;
    char *text;

    only.handshakes = only.certificates = (struct list){.observed = false};
    only.enumeration_connections = (struct number){.known = false};
    json = facts_to_json(&tls_shape, &only);
    text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

bool page_tls_same(struct page *page, const struct tls_facts *a, const struct tls_facts *b)
{
    char *first = accepts_text(a), *second = accepts_text(b);
    bool same = first && second && strcmp(first, second) == 0;

    if (!first || !second)
        page->failed = true;
    free(first);
    free(second);
    return same && a->versions;
}

/* ---- suites ---- */

static const char *const key_exchanges[] = {
    [TLS_KX_NONE] = "none",
    [TLS_KX_RSA] = "RSA",
    [TLS_KX_DH] = "DH (static)",
    [TLS_KX_DHE] = "DHE",
    [TLS_KX_ECDH] = "ECDH (static)",
    [TLS_KX_ECDHE] = "ECDHE",
    [TLS_KX_PSK] = "PSK",
    [TLS_KX_DHE_PSK] = "DHE with PSK",
    [TLS_KX_RSA_PSK] = "RSA with PSK",
    [TLS_KX_ECDHE_PSK] = "ECDHE with PSK",
    [TLS_KX_SRP] = "SRP",
    [TLS_KX_KRB5] = "Kerberos",
    [TLS_KX_GOST] = "GOST",
    [TLS_KX_ECCPWD] = "ECCPWD",
    [TLS_KX_ANY] = "by group",
};

struct strength {
    enum outcome outcome;
    const char *word;
};

static struct strength strength_of(const struct tls_suite *suite, bool opportunistic)
{
    if (!suite)
        return (struct strength){OUTCOME_NOT_TESTED, "not known"};
    if (suite->cipher == TLS_CIPHER_NULL)
        return (struct strength){OUTCOME_FAIL, "broken: encrypts nothing"};
    if (suite->export_grade || suite->strength_bits < 112)
        return (struct strength){OUTCOME_FAIL, "broken: key too short"};
    if (suite->authentication == TLS_AUTH_NONE)
        return (struct strength){opportunistic ? OUTCOME_INFO : OUTCOME_FAIL, "anonymous"};
    if (suite->cipher == TLS_CIPHER_RC4)
        return (struct strength){OUTCOME_WARN, "weak: RC4"};
    if (suite->block_bits == 64)
        return (struct strength){OUTCOME_WARN, "weak: small blocks"};
    if (!suite->forward_secrecy)
        return (struct strength){OUTCOME_INFO, "fair: no forward secrecy"};
    if (!suite->aead)
        return (struct strength){OUTCOME_INFO, "fair: no AEAD"};
    return (struct strength){OUTCOME_PASS, "strong"};
}

/* `position` 0: it has none. */
static void suite_row(struct page *page, size_t position, const char *name, bool opportunistic)
{
    const struct tls_suite *suite = tls_suite_by_name(name);
    struct strength strength = strength_of(suite, opportunistic);

    page_row_open(page, NULL);
    if (position > 0)
        page_element(page, "td", "number-cell", page_print(page, "%zu", position));
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_element(page, "code", NULL, name);
    page_close(page);
    page_open(page, "td", NULL);
    page_mark(page, strength.outcome, strength.word);
    page_close(page);
    page_cell(page, suite ? key_exchanges[suite->key_exchange] : NULL);
    page_element(page, "td", suite ? "number-cell" : "muted",
                 suite ? page_print(page, "%u", suite->strength_bits) : "not known");
    page_close_block(page);
}

/* "TLS 1.2: 6 suites in the server's order" */
static const char *suites_title(struct page *page, const struct tls_set_facts *set)
{
    const char *order = set->list.count < 2                 ? ""
                        : !set->order                       ? ", in the order they were found"
                        : strcmp(set->order, "server") == 0 ? ", in the server's order"
                                                            : "; the client chooses";
    const char *chacha = set->chacha_priority == YES ? ", ChaCha20 first for clients that prefer it" : "";

    return page_print(page, "%s: %s%zu %s%s%s", page_keep(page, display_version(page->arena, set->version)),
                      set->complete == YES ? "" : "at least ", set->list.count,
                      set->list.count == 1 ? "suite" : "suites", order, chacha);
}

static void incomplete(struct page *page, const struct tls_set_facts *set)
{
    if (set->complete == YES)
        return;
    page_open(page, "p", NULL);
    page_mark(page, OUTCOME_NOT_TESTED, "There may be more");
    page_format(page, "%s%s", set->reason ? ": " : "", set->reason ? set->reason : "");
    page_close(page);
}

static void suites(struct page *page, const struct tls_set_facts *set, const char *anchor, bool opportunistic)
{
    static const char *const columns[] = {"Place", "Suite", "Strength", "Key exchange", "Bits", NULL};
    const char *title = suites_title(page, set);
    bool ordered = set->order && strcmp(set->order, "server") == 0; /* else no place is before another */
    bool folded = set->list.count > ROWS_OPEN;

    if (set->list.count == 0) {
        incomplete(page, set);
        return;
    }
    if (folded)
        page_fold_open(page, NULL, title);
    page_table_open(page, page_anchor(page, page_print(page, "%s-suites-%s", anchor, set->version)), "suites",
                    title, ordered ? columns : columns + 1);
    for (size_t i = 0; i < set->list.count; i++)
        suite_row(page, ordered ? i + 1 : 0, text_at(&set->list, i), opportunistic);
    page_table_close(page);
    if (folded)
        page_close_block(page);
    incomplete(page, set);
}

/* ---- groups and signature schemes ---- */

/* What deserves a word beside a group's name; NULL: nothing. */
static const char *group_note(const char *name)
{
    const struct tls_group *group = tls_group_by_name(name);

    if (!group)
        return NULL;
    switch (group->kind) {
    case TLS_GROUP_HYBRID:
    case TLS_GROUP_PQ:
        return "post-quantum";
    case TLS_GROUP_EC:
    case TLS_GROUP_FFDHE:
    case TLS_GROUP_OTHER:
        break;
    }
    return group->strength_bits < 112 ? "weak" : NULL;
}

static const char *scheme_note(const char *name)
{
    const struct tls_scheme *scheme = tls_scheme_by_name(name);

    return scheme && (scheme->hash == TLS_HASH_SHA1 || scheme->hash == TLS_HASH_MD5) ? "weak" : NULL;
}

/* What is stated stands last (probes/tls_13.c). */
static const char *stated_note(struct page *page, const struct tls_set_facts *set)
{
    return set->stated.count == 1
               ? "; the last of them by the server's own list"
               : page_print(page, "; the last %zu of them by the server's own list", set->stated.count);
}

static void sets_terms(struct page *page, const char *what, const struct list *sets,
                       const char *(*note)(const char *name))
{
    for (size_t i = 0; i < sizeof(newest_first) / sizeof(*newest_first); i++) {
        const struct tls_set_facts *set = tls_set_of(sets, newest_first[i]);

        if (!set)
            continue;
        page_term_open(page, page_print(page, "%s, %s", what,
                                        page_keep(page, display_version(page->arena, set->version))));
        for (size_t j = 0; j < set->list.count; j++) {
            const char *word = note(text_at(&set->list, j));

            page_text(page, j > 0 ? ", " : NULL);
            page_element(page, "code", NULL, text_at(&set->list, j));
            if (word)
                page_format(page, " (%s)", word);
        }
        if (set->list.count == 0 && set->complete == YES)
            page_text(page, "none");
        if (set->stated.count > 0)
            page_element(page, "span", "muted", stated_note(page, set));
        if (set->complete != YES)
            page_element(page, "span", "muted",
                         page_print(page, "%sthere may be more%s%s", set->list.count ? "; " : "",
                                    set->reason ? ": " : "", set->reason ? set->reason : ""));
        page_close(page);
        page_close_block(page);
    }
}

/* ---- Diffie-Hellman, resumption, features ---- */

static void dh_terms(struct page *page, const struct list *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct tls_dh_facts *dh = all->items[i];

        page_term_open(page, "Diffie-Hellman");
        if (dh->bits.known)
            page_format(page, "%lld bits, ", (long long)dh->bits.value);
        page_text(page, dh->prime_name ? dh->prime_name : "a prime that is not one of the common ones");
        if (dh->generator.known)
            page_format(page, ", generator %lld", (long long)dh->generator.value);
        if (dh->reused != UNKNOWN)
            page_text(page, dh->reused == YES ? ", the same value twice" : ", a new value each time");
        if (dh->versions.count > 0)
            page_format(page, "; %s", page_keep(page, text_join(page->arena, &dh->versions, ", ")));
        page_close(page);
        page_close_block(page);
    }
}

static void known_term(struct page *page, const char *term, enum known value)
{
    if (value != UNKNOWN)
        page_term(page, term, display_known(value));
}

static void resumption_terms(struct page *page, const struct tls_resumption_facts *resumption)
{
    known_term(page, "Resumes by session id", resumption->session_id);
    known_term(page, "Resumes by ticket", resumption->ticket);
    known_term(page, "Resumes in TLS 1.3", resumption->psk);
    if (resumption->ticket_lifetime.known)
        page_term(page, "Tickets are good for",
                  page_keep(page, display_duration(page->arena, resumption->ticket_lifetime.value)));
    if (resumption->early_data.known)
        page_term(page, "Early data (0-RTT)",
                  resumption->early_data.value > 0
                      ? page_print(page, "%lld bytes", (long long)resumption->early_data.value)
                      : "no");
}

static void tolerance_terms(struct page *page, const struct tls_features_facts *features)
{
    known_term(page, "Ignores reserved values (GREASE)", features->grease);
    known_term(page, "Answers a version from the future", features->unknown_version);
    known_term(page, "Takes a large hello", features->large_hello);
    known_term(page, "Takes a split hello", features->split_hello);
    if (features->suites_max.known)
        page_term(page, "Suites in one hello, at most",
                  page_print(page, "%lld", (long long)features->suites_max.value));
    if (features->intolerances.count > 0)
        page_term(page, "Cannot stand",
                  page_keep(page, text_join(page->arena, &features->intolerances, ", ")));
}

static void feature_terms(struct page *page, const struct tls_features_facts *features)
{
    known_term(page, "Protected renegotiation (RFC 5746)", features->secure_renegotiation);
    known_term(page, "Extended master secret (RFC 7627)", features->extended_master_secret);
    known_term(page, "Encrypt-then-MAC (RFC 7366)", features->encrypt_then_mac);
    known_term(page, "Compression", features->compression);
    known_term(page, "Refuses a needless downgrade", features->fallback_scsv);
    known_term(page, "Marks a downgrade (RFC 8446)", features->downgrade_sentinel);
    known_term(page, "Same value of a curve twice", features->ecdh_reuse);
    known_term(page, "Asks for a client certificate", features->client_certificate);
    page_term_code(page, "Application protocol (ALPN)", features->alpn);
    known_term(page, "Refuses an unknown protocol", features->alpn_strict);
    known_term(page, "Refuses an unknown name", features->sni_strict);
    known_term(page, "Needs a name", features->sni_needed);
    known_term(page, "Client may renegotiate", features->client_renegotiation);
    known_term(page, "... without RFC 5746", features->insecure_renegotiation);
    tolerance_terms(page, features);
    known_term(page, "Heartbeat (RFC 6520)", features->heartbeat);
    known_term(page, "Heartbleed", features->heartbleed);
    known_term(page, "CCS injection", features->ccs_injection);
    known_term(page, "Ticketbleed", features->ticketbleed);
    known_term(page, "ROBOT", features->robot);
}

void page_tls_terms(struct page *page, const struct tls_facts *tls)
{
    sets_terms(page, "Groups", &tls->groups, group_note);
    sets_terms(page, "Signatures", &tls->schemes, scheme_note);
    dh_terms(page, &tls->dh);
}

void page_tls_accepts(struct page *page, const struct endpoint_facts *endpoint, const char *anchor)
{
    const struct tls_facts *tls = endpoint->tls;
    bool opportunistic = endpoint->service && strcmp(endpoint->service, "smtp") == 0;

    for (size_t i = 0; i < sizeof(newest_first) / sizeof(*newest_first); i++) {
        const struct tls_set_facts *set = tls_set_of(&tls->suites, newest_first[i]);

        if (set)
            suites(page, set, anchor, opportunistic);
    }
    if (!tls->features && !tls->resumption)
        return;
    page_fold_open(page, NULL, "What else the server does");
    page_open(page, "dl", "facts");
    page_term(page, "Staples an OCSP response", display_known(tls_features(tls)->ocsp_staple));
    resumption_terms(page, tls_resumption(tls));
    feature_terms(page, tls_features(tls));
    page_close(page);
    page_close_block(page);
}
