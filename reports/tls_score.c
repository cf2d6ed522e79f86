/*
 * tls_score.c - the three parts of a port's TLS score, with the numbers of SSL Labs' rating guide
 *
 *   protocol       the mean of the best and the worst version
 *   key exchange   the weakest of certificates, Diffie-Hellman groups and curves
 *   cipher         the mean of the strongest and the weakest
 */
#include "reports/tls_score.h"

#include "reports/display.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

static struct tls_score_part unknown(const char *reason)
{
    return (struct tls_score_part){.reason = reason};
}

/* "A to B", or "A" when there is one. */
static const char *range(struct judgement *judgement, const char *from, const char *to)
{
    return same_text(from, to) ? from : kept(judgement, arena_format(judgement->arena, "%s to %s", from, to));
}

/* ---- protocol ---- */

struct version_points {
    enum tls_version version;
    int64_t points;
    const char *check;
};
static const struct version_points versions[] = {
    {TLS_VERSION_SSL2, 0, "tls.ssl2"},  {TLS_VERSION_SSL3, 80, "tls.ssl3"},
    {TLS_VERSION_1_0, 90, "tls.tls10"}, {TLS_VERSION_1_1, 95, "tls.tls11"},
    {TLS_VERSION_1_2, 100, NULL},       {TLS_VERSION_1_3, 100, NULL},
};

static const char *version_words(struct judgement *judgement, enum tls_version version)
{
    return kept(judgement, display_version(judgement->arena, tls_registry_version_name((uint16_t)version)));
}

struct tls_score_part tls_score_protocol(const struct tls_view *view)
{
    const struct version_points *oldest = NULL, *newest = NULL;

    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        switch (tls_speaks(view->tls, versions[i].version)) {
        case UNKNOWN:
            return unknown(tls_version_reason(view->judgement, view->tls));
        case NO:
            break;
        case YES:
            oldest = oldest == NULL ? &versions[i] : oldest;
            newest = &versions[i];
            break;
        }
    if (oldest == NULL)
        return unknown("no version is spoken");
    return (struct tls_score_part){
        .points = number((oldest->points + newest->points) / 2),
        .text = range(view->judgement, version_words(view->judgement, oldest->version),
                      version_words(view->judgement, newest->version)),
        .check = oldest->check,
    };
}

/* ---- key exchange ---- */

/* The weakest so far. */
static void note(struct tls_score_part *part, int64_t points, const char *check, const char *text)
{
    if (part->points.known && part->points.value <= points)
        return;
    *part = (struct tls_score_part){.points = number(points), .text = text, .check = check};
}

static int64_t finite_field_points(int64_t bits)
{
    return bits < 512 ? 20 : bits < 1024 ? 40 : bits < 2048 ? 80 : bits < 4096 ? 90 : 100;
}

static int64_t curve_points(int64_t bits)
{
    return bits < 110 ? 20 : bits < 123 ? 40 : bits < 163 ? 80 : bits < 225 ? 90 : 100;
}

static bool is_rsa_like(const struct key_facts *key)
{
    return same_text(key->type, "RSA") || same_text(key->type, "RSA-PSS") || same_text(key->type, "DSA");
}

/* Is a certificate's key known? */
static bool note_certificates(const struct tls_view *view, struct tls_score_part *part)
{
    const struct list *certificates = &view->tls->certificates;
    bool any = false;

    for (size_t i = 0; i < certificates->count; i++) {
        const struct certificate_facts *certificate = certificates->items[i];
        const struct key_facts *key = certificate->key;

        if (key == NULL || key->type == NULL || !key->bits.known)
            continue;
        any = true;
        note(part, is_rsa_like(key) ? finite_field_points(key->bits.value) : curve_points(key->bits.value),
             "cert.key",
             kept(view->judgement, arena_format(view->judgement->arena, "certificate with %s %lld bits",
                                                key->type, (long long)key->bits.value)));
    }
    return any;
}

static void note_groups(const struct tls_view *view, struct tls_score_part *part)
{
    struct tls_answer groups =
        tls_groups_accepted(view->judgement, view->tls, TLS_VERSION_SSL3, TLS_VERSION_1_3, NULL);

    for (size_t i = 0; i < groups.items.count; i++) {
        const struct tls_item *item = groups.items.items[i];

        if (item->group == NULL || item->group->bits == 0)
            continue;
        if (item->group->kind == TLS_GROUP_EC)
            note(part, curve_points(item->group->bits), "tls.groups", item->name);
        if (item->group->kind == TLS_GROUP_FFDHE)
            note(part, finite_field_points(item->group->bits), "tls.groups", item->name);
    }
    for (size_t i = 0; i < view->tls->dh.count; i++) {
        const struct tls_dh_facts *dh = view->tls->dh.items[i];

        if (dh->bits.known)
            note(part, finite_field_points(dh->bits.value), "tls.dh",
                 kept(view->judgement, arena_format(view->judgement->arena, "Diffie-Hellman with %lld bits",
                                                    (long long)dh->bits.value)));
    }
}

/* What takes no part in the grade of an opportunistic port: nobody authenticates there anyway. */
static bool is_left_out(const struct tls_view *view, const struct tls_item *item)
{
    return view->opportunistic && tls_is_anonymous(item);
}

static bool is_certified(const struct tls_item *item)
{
    return item->suite != NULL && !item->suite->signalling && !tls_is_anonymous(item) &&
           item->suite->authentication != TLS_AUTH_PSK;
}

static bool is_dhe(const struct tls_item *item)
{
    return item->suite != NULL && item->suite->key_exchange == TLS_KX_DHE;
}

static bool any_dh_size(const struct list *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (((const struct tls_dh_facts *)all->items[i])->bits.known)
            return true;
    return false;
}

struct tls_score_part tls_score_key_exchange(const struct tls_view *view)
{
    struct tls_score_part part = {.reason = NULL};
    const struct list *suites = &view->suites.items;
    bool certified = note_certificates(view, &part);

    note_groups(view, &part);
    for (size_t i = 0; i < suites->count; i++) {
        const struct tls_item *item = suites->items[i];

        if (tls_is_anonymous(item) && !is_left_out(view, item))
            note(&part, 0, "tls.suites.anonymous", "suites without authentication");
        else if (tls_is_export(item))
            note(&part, 40, "tls.suites.export", "export suites");
        if (is_certified(item) && !certified)
            return unknown("no certificate was seen");
        if (is_dhe(item) && !any_dh_size(&view->tls->dh))
            return unknown("the size of the Diffie-Hellman group was not seen");
    }
    if (!view->suites.complete)
        return unknown(view->suites.reason);
    return part.points.known ? part : unknown("no key exchange was seen");
}

/* ---- cipher ---- */

static int64_t strength_points(unsigned int bits)
{
    return bits == 0 ? 0 : bits < 128 ? 20 : bits < 256 ? 80 : 100;
}

static const char *cipher_check(const struct tls_item *item)
{
    return tls_is_null(item)          ? "tls.suites.null"
           : tls_is_export(item)      ? "tls.suites.export"
           : tls_is_des(item)         ? "tls.suites.des"
           : tls_is_small_block(item) ? "tls.suites.3des"
                                      : NULL;
}

struct tls_score_part tls_score_cipher(const struct tls_view *view)
{
    const struct list *suites = &view->suites.items;
    const struct tls_item *weakest = NULL, *strongest = NULL;
    struct judgement *judgement = view->judgement;

    for (size_t i = 0; i < suites->count; i++) {
        const struct tls_item *item = suites->items[i];

        if (item->suite == NULL || item->suite->signalling)
            continue;
        if (weakest == NULL || item->suite->strength_bits < weakest->suite->strength_bits)
            weakest = item;
        if (strongest == NULL || item->suite->strength_bits > strongest->suite->strength_bits)
            strongest = item;
    }
    if (!view->suites.complete)
        return unknown(view->suites.reason);
    if (weakest == NULL)
        return unknown("no suite is known");
    return (struct tls_score_part){
        .points = number((strength_points(weakest->suite->strength_bits) +
                          strength_points(strongest->suite->strength_bits)) /
                         2),
        .text =
            weakest->suite->strength_bits == strongest->suite->strength_bits
                ? kept(judgement, arena_format(judgement->arena, "%u bits", weakest->suite->strength_bits))
                : kept(judgement,
                       arena_format(judgement->arena, "%u to %u bits", weakest->suite->strength_bits,
                                    strongest->suite->strength_bits)),
        .check = cipher_check(weakest),
    };
}
