/*
 * html_dnssec.c - the chain of trust: a drawing of the zones from the root to the domain and each mail host, and the
 * same as a table
 *
 *      +--------------------------------------------------+
 *      | .            key 20326      key 5613             |   one box for each zone, its keys in it
 *      | secure                                           |
 *      +-------------------------------|------------------+
 *                                DS 12345 SHA-256             what the zone above says of its key
 *      +-------------------------------v------------------+
 *      | org          key 12345      ...                  |
 *
 * The drawing is hidden from screen readers; the table says the same.
 */
#include "reports/html_chapters.h"
#include "reports/substitutions.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

enum {
    WIDTH = 760,
    BOX = 96,
    GAP = 46,
    NAME_SHOWN = 24,
    KEYS_X = 236,
    KEY_WIDTH = 164,
    KEY_STEP = 176,
    KEYS_SHOWN = 3,
    FIGURES_MAX = 8
};

/* ---- what is said ---- */

static enum outcome outcome_of(const struct dnssec_zone_facts *zone)
{
    switch (zone->security) {
    case DNS_SECURE:
        return zone_awaits_ds(zone) ? OUTCOME_WARN : OUTCOME_PASS;
    case DNS_INSECURE:
        return OUTCOME_WARN;
    case DNS_BOGUS:
        return OUTCOME_FAIL;
    case DNS_INDETERMINATE:
    case DNS_SECURITY_NOT_OBSERVED:
        break;
    }
    return OUTCOME_NOT_TESTED;
}

static const char *word_of(const struct dnssec_zone_facts *zone)
{
    switch (zone->security) {
    case DNS_SECURE:
        return zone_awaits_ds(zone) ? "awaits a DS record" : "secure";
    case DNS_INSECURE:
        return "not signed";
    case DNS_BOGUS:
        return "broken";
    case DNS_INDETERMINATE:
    case DNS_SECURITY_NOT_OBSERVED:
        break;
    }
    return "not known";
}

static const char *key_role(const struct dnssec_key_facts *key)
{
    if (key->revoked == YES)
        return "revoked";
    if (key->signs_keys == YES && key->signs_data == YES)
        return "signs everything";
    if (key->signs_keys == YES)
        return "signs the keys";
    if (key->signs_data == YES)
        return "signs records";
    return key->signs_keys == NO && key->signs_data == NO ? "signs nothing seen" : "not known what it signs";
}

static const struct dnssec_zone_facts *zone_named(const struct dnssec_facts *dnssec, const char *name)
{
    for (size_t i = 0; name && i < dnssec->zones.count; i++) {
        const struct dnssec_zone_facts *zone = dnssec->zones.items[i];

        if (zone->name && strcmp(zone->name, name) == 0)
            return zone;
    }
    return NULL;
}

static struct number earliest(const struct list *signatures, struct number first, const char *zone)
{
    for (size_t i = 0; i < signatures->count; i++) {
        const struct dnssec_signature_facts *signature = signatures->items[i];

        if (signature->expiration.known && signature->zone && strcmp(signature->zone, zone) == 0 &&
            (!first.known || signature->expiration.value < first.value))
            first = signature->expiration;
    }
    return first;
}

/* When the first signature by this zone's keys runs out, of those that were seen. */
static struct number first_expiry(const struct dnssec_facts *dnssec, const struct dnssec_zone_facts *zone)
{
    struct number first = {0};

    if (!zone->name)
        return first;
    first = earliest(&zone->signatures, first, zone->name);
    if (dnssec->domain)
        first = earliest(&dnssec->domain->signatures, first, zone->name);
    for (size_t i = 0; i < dnssec->hosts.count; i++)
        first = earliest(&((const struct dnssec_name_facts *)dnssec->hosts.items[i])->signatures, first,
                         zone->name);
    return first;
}

/* ---- the drawing ---- */

static void number_attribute(struct page *page, const char *name, int value)
{
    page_attribute(page, name, page_print(page, "%d", value));
}

static void draw_box(struct page *page, const char *classes, int x, int y, int width, int height)
{
    page_open(page, "rect", classes);
    number_attribute(page, "x", x);
    number_attribute(page, "y", y);
    number_attribute(page, "width", width);
    number_attribute(page, "height", height);
    number_attribute(page, "rx", 6);
    page_close(page);
}

static void draw_text(struct page *page, const char *classes, int x, int y, const char *text)
{
    page_open(page, "text", classes);
    number_attribute(page, "x", x);
    number_attribute(page, "y", y);
    page_text(page, text);
    page_close(page);
}

static void draw_line(struct page *page, const char *classes, int x, int from, int to)
{
    page_open(page, "path", classes);
    page_attribute(page, "d", page_print(page, "M%d %dV%d", x, from, to));
    page_close(page);
    page_open(page, "path", page_print(page, "%s tip", classes));
    page_attribute(page, "d", page_print(page, "M%d %dl5 7l5 -7", x - 5, to - 7));
    page_close(page);
}

static void draw_key(struct page *page, const struct dnssec_key_facts *key, int x, int y)
{
    draw_box(page, "key", x, y + 12, KEY_WIDTH, BOX - 24);
    draw_text(page, "strong", x + 12, y + 33, page_print(page, "key %lld", (long long)key->tag.value));
    draw_text(page, "small", x + 12, y + 52,
              key->algorithm_name ? key->algorithm_name : "algorithm not known");
    draw_text(page, "small", x + 12, y + 71, key_role(key));
}

/* "signed until 2026-12-25", of the signature that ends first. */
static void draw_expiry(struct page *page, const struct dnssec_facts *dnssec,
                        const struct dnssec_zone_facts *zone, int y)
{
    struct number expiry = first_expiry(dnssec, zone);
    struct number started = page->scan->started;
    bool over = expiry.known && started.known && expiry.value < started.value;
    const char *day = expiry.known ? text_time(page->arena, expiry.value) : NULL;

    if (day)
        draw_text(page, over ? "small fail" : "small", 18, y,
                  page_print(page, over ? "signatures ended %.10s" : "signed until %.10s", day));
}

static void draw_zone(struct page *page, const struct dnssec_facts *dnssec,
                      const struct dnssec_zone_facts *zone, int y)
{
    const char *security = outcome_name(outcome_of(zone));
    const char *name = zone->name ? zone->name : "?";

    draw_box(page, page_print(page, "zone %s", security), 1, y, WIDTH - 2, BOX);
    draw_text(page, "name", 18, y + 36,
              strlen(name) > NAME_SHOWN ? page_print(page, "%.*s\xe2\x80\xa6", NAME_SHOWN - 1, name) : name);
    draw_text(page, page_print(page, "word %s", security), 18, y + 58, word_of(zone));
    draw_expiry(page, dnssec, zone, y + 79);
    for (size_t i = 0; i < zone->keys.count && i < KEYS_SHOWN; i++)
        draw_key(page, zone->keys.items[i], KEYS_X + (int)i * KEY_STEP, y);
    if (zone->keys.count > KEYS_SHOWN)
        draw_text(page, "small end", WIDTH - 8, y + BOX - 5,
                  page_print(page, "and %zu more keys", zone->keys.count - KEYS_SHOWN));
    if (zone->keys.count == 0)
        draw_text(page, "small", KEYS_X, y + 53,
                  zone->keys.observed ? "no keys" : "its keys could not be looked up");
}

static const struct dnssec_ds_facts *shown_ds(const struct dnssec_zone_facts *zone)
{
    for (size_t i = 0; i < zone->ds.count; i++) {
        const struct dnssec_ds_facts *ds = zone->ds.items[i];

        if (ds->matches == YES)
            return ds;
    }
    return zone->ds.count > 0 ? zone->ds.items[0] : NULL;
}

/* From the box above to this one. */
static void draw_delegation(struct page *page, const struct dnssec_zone_facts *zone, int y)
{
    const struct dnssec_ds_facts *ds = shown_ds(zone);
    int x = KEYS_X + KEY_WIDTH / 2;
    const char *digest;

    if (!ds) {
        draw_line(page, "link broken", x, y - GAP, y);
        draw_text(page, "small", x + 14, y - GAP / 2 + 4,
                  zone->ds.observed ? "no DS record" : "the DS record could not be looked up");
        return;
    }
    digest = ds->digest_name ? ds->digest_name : "digest not known";
    draw_line(page, ds->matches == NO ? "link broken fail" : "link", x, y - GAP, y);
    draw_text(page, ds->matches == NO ? "small fail" : "small", x + 14, y - GAP / 2 + 4,
              page_print(page, "DS %lld, %s%s", (long long)ds->tag.value, digest,
                         ds->matches == NO ? ": no key fits" : ""));
}

static void draw_chain(struct page *page, const struct dnssec_facts *dnssec,
                       const struct dnssec_name_facts *name)
{
    size_t count = name->zones.count;

    page_open(page, "figure", "chain");
    page_open(page, "figcaption", NULL);
    page_text(page, "The zones down to ");
    page_element(page, "code", NULL, name->name);
    page_close_block(page);
    page_open(page, "svg", NULL);
    page_attribute(page, "xmlns", "http://www.w3.org/2000/svg");
    page_attribute(page, "viewBox", page_print(page, "0 0 %d %d", WIDTH, (int)count * (BOX + GAP) - GAP + 2));
    page_attribute(page, "aria-hidden", "true");
    for (size_t i = 0; i < count; i++) {
        const struct dnssec_zone_facts *zone = zone_named(dnssec, text_at(&name->zones, i));
        int y = (int)i * (BOX + GAP) + 1;

        if (!zone)
            continue;
        if (i > 0)
            draw_delegation(page, zone, y);
        draw_zone(page, dnssec, zone, y);
    }
    page_close(page);
    page_close_block(page);
}

static bool same_way(const struct dnssec_name_facts *a, const struct dnssec_name_facts *b)
{
    if (a->zones.count != b->zones.count)
        return false;
    for (size_t i = 0; i < a->zones.count; i++)
        if (strcmp(text_at(&a->zones, i), text_at(&b->zones, i)) != 0)
            return false;
    return true;
}

/* One drawing for each way down: that of the domain, and of mail hosts in other zones. */
static void drawings(struct page *page, const struct dnssec_facts *dnssec)
{
    size_t drawn = 0;

    if (dnssec->domain && dnssec->domain->zones.count > 0) {
        draw_chain(page, dnssec, dnssec->domain);
        drawn++;
    }
    for (size_t i = 0; i < dnssec->hosts.count && drawn < FIGURES_MAX; i++) {
        const struct dnssec_name_facts *host = dnssec->hosts.items[i];
        bool seen = host->zones.count == 0 || (dnssec->domain && same_way(dnssec->domain, host));

        for (size_t j = 0; j < i && !seen; j++)
            seen = same_way(dnssec->hosts.items[j], host);
        if (seen)
            continue;
        draw_chain(page, dnssec, host);
        drawn++;
    }
}

/* ---- the table ---- */

static void ds_cell(struct page *page, const struct dnssec_zone_facts *zone)
{
    page_open(page, "td", zone->ds.count ? NULL : "muted");
    for (size_t i = 0; i < zone->ds.count; i++) {
        const struct dnssec_ds_facts *ds = zone->ds.items[i];

        if (i > 0)
            page_void(page, "br", NULL);
        page_format(page, "%lld, %s, %s", (long long)ds->tag.value,
                    ds->algorithm_name ? ds->algorithm_name : "?", ds->digest_name ? ds->digest_name : "?");
        if (ds->matches == NO)
            page_text(page, ": no key fits");
    }
    if (zone->ds.count == 0)
        page_text(page, zone->ds.observed ? "none" : "\xe2\x80\x93");
    page_close(page);
}

static void keys_cell(struct page *page, const struct dnssec_zone_facts *zone)
{
    page_open(page, "td", zone->keys.count ? NULL : "muted");
    for (size_t i = 0; i < zone->keys.count; i++) {
        const struct dnssec_key_facts *key = zone->keys.items[i];

        if (i > 0)
            page_void(page, "br", NULL);
        page_format(page, "%lld, %s", (long long)key->tag.value,
                    key->algorithm_name ? key->algorithm_name : "?");
        if (key->bits.known)
            page_format(page, " %lld bits", (long long)key->bits.value);
        page_format(page, ", %s", key_role(key));
    }
    if (zone->keys.count == 0)
        page_text(page, zone->keys.observed ? "none" : "not observed");
    page_close(page);
}

static void zone_row(struct page *page, const struct dnssec_facts *dnssec,
                     const struct dnssec_zone_facts *zone)
{
    struct number expiry = first_expiry(dnssec, zone);

    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_element(page, "code", NULL, zone->name);
    page_close(page);
    page_open(page, "td", NULL);
    page_mark(page, outcome_of(zone), word_of(zone));
    if (zone->security_reason) {
        page_void(page, "br", NULL);
        page_element(page, "span", "muted", zone->security_reason);
    }
    page_close(page);
    ds_cell(page, zone);
    keys_cell(page, zone);
    page_open(page, "td", "fixed");
    if (expiry.known)
        page_time(page, expiry.value, true);
    else
        page_text(page, "\xe2\x80\x93");
    page_close(page);
    page_close_block(page);
}

static bool all_secure(const struct dnssec_facts *dnssec)
{
    for (size_t i = 0; i < dnssec->zones.count; i++)
        if (outcome_of(dnssec->zones.items[i]) != OUTCOME_PASS)
            return false;
    return true;
}

void page_dnssec(struct page *page)
{
    static const char *const columns[] = {
        "Zone", "DNSSEC", "DS records above it", "Keys", "First signature ends", NULL};
    const struct dnssec_facts *dnssec = page->scan->facts->dnssec;

    if (!dnssec || dnssec->zones.count == 0)
        return;
    page_open(page, "h3", NULL);
    page_attribute(page, "id", "dnssec");
    page_text(page, "DNSSEC");
    page_close_block(page);
    drawings(page, dnssec);
    page_open(page, "details", NULL);
    if (!all_secure(dnssec))
        page_attribute(page, "open", "open");
    page_element(page, "summary", NULL, "Each zone with its DS records and keys");
    page_table_open(page, "zones", NULL, "Zones from the root down", columns);
    for (size_t i = 0; i < dnssec->zones.count; i++)
        zone_row(page, dnssec, dnssec->zones.items[i]);
    page_table_close(page);
    page_close_block(page);
}
