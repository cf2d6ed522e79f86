/*
 * substitutions.c - "Names of example.org were answered from example.org.zone, not from the DNS."
 */
#include "reports/substitutions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

static const char resolve[] = "--resolve ";

/* The host of "--resolve HOST=ADDRESS", and its address; NULL: another option. */
static char *host_of(const char *option, struct arena *arena, const char **ret_address)
{
    const char *host = option != NULL && text_starts_with(option, resolve) ? option + strlen(resolve) : NULL;
    const char *equals = host != NULL ? strchr(host, '=') : NULL;

    if (equals == NULL)
        return NULL;
    *ret_address = equals + 1;
    return arena_text_sized(arena, host, (size_t)(equals - host));
}

static int add(struct list *sentences, struct arena *arena, char *sentence)
{
    return sentence != NULL ? list_add(sentences, arena, sentence) : -ENOMEM;
}

/* ---- DS records that are not there yet ---- */

bool zone_awaits_ds(const struct dnssec_zone_facts *zone)
{
    return zone->security == DNS_SECURE && zone->security_reason != NULL;
}

static const struct dnssec_facts *dnssec_of(const struct scan_facts *scan)
{
    static const struct dnssec_facts nothing;

    return scan->facts != NULL && scan->facts->dnssec != NULL ? scan->facts->dnssec : &nothing;
}

static const struct dnssec_zone_facts *zone_named(const struct dnssec_facts *dnssec, const char *name)
{
    for (size_t i = 0; name != NULL && i < dnssec->zones.count; i++) {
        const struct dnssec_zone_facts *zone = dnssec->zones.items[i];

        if (zone->name != NULL && text_same_name(zone->name, name))
            return zone;
    }
    return NULL;
}

static const struct dnssec_zone_facts *first_awaiting(const struct dnssec_facts *dnssec,
                                                      const struct dnssec_name_facts *name)
{
    for (size_t i = 0; i < name->zones.count; i++) {
        const struct dnssec_zone_facts *zone = zone_named(dnssec, name->zones.items[i]);

        if (zone != NULL && zone_awaits_ds(zone))
            return zone;
    }
    return NULL;
}

static bool is_name(const struct dnssec_name_facts *facts, const char *name)
{
    return facts != NULL && facts->name != NULL && name != NULL && text_same_name(facts->name, name);
}

const struct dnssec_zone_facts *name_awaits_ds(const struct scan_facts *scan, const char *name)
{
    const struct dnssec_facts *dnssec = dnssec_of(scan);

    if (is_name(dnssec->domain, name))
        return first_awaiting(dnssec, dnssec->domain);
    for (size_t i = 0; i < dnssec->hosts.count; i++)
        if (is_name(dnssec->hosts.items[i], name))
            return first_awaiting(dnssec, dnssec->hosts.items[i]);
    return NULL;
}

/* ---- sentences ---- */

static int add_zones(const struct scan_facts *scan, struct arena *arena, struct list *sentences)
{
    const struct list *zones = &scan->settings->zones;

    for (size_t i = 0; i < zones->count; i++) {
        const struct zone_file_facts *zone = zones->items[i];
        const struct dnssec_zone_facts *dnssec = zone_named(dnssec_of(scan), zone->name);

        if (zone->name == NULL || zone->file == NULL)
            continue;
        if (add(sentences, arena,
                arena_format(arena, "Names of %s were answered from %s, not from the DNS.%s", zone->name,
                             zone->file,
                             dnssec != NULL && zone_awaits_ds(dnssec)
                                 ? " They are judged as signed, which they will be once the zone above has "
                                   "the DS record."
                                 : "")) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* The addresses of one host, from its first option on. */
static int add_host(const struct list *options, size_t first, const char *host, struct arena *arena,
                    struct list *sentences)
{
    struct list addresses = {0};
    const char *joined;

    for (size_t i = first; i < options->count; i++) {
        const char *address;
        const char *other = host_of(options->items[i], arena, &address);

        if (other != NULL && text_same_name(other, host) &&
            list_add(&addresses, arena, (void *)(uintptr_t)address) < 0)
            return -ENOMEM;
    }
    joined = text_join(arena, &addresses, " and ");
    if (joined == NULL)
        return -ENOMEM;
    return add(sentences, arena,
               arena_format(arena, "%s was looked for at %s, as --resolve says, not where the DNS says.",
                            host, joined));
}

static int add_hosts(const struct settings_facts *settings, struct arena *arena, struct list *sentences)
{
    const struct list *options = &settings->overrides;
    struct list hosts = {0};

    for (size_t i = 0; i < options->count; i++) {
        const char *address;
        char *host = host_of(options->items[i], arena, &address);

        if (host == NULL || list_has_text(&hosts, host))
            continue;
        if (list_add(&hosts, arena, host) < 0 || add_host(options, i, host, arena, sentences) < 0)
            return -ENOMEM;
    }
    return 0;
}

int substitution_sentences(const struct scan_facts *scan, struct arena *arena, struct list *ret)
{
    struct list sentences = {.observed = true};

    if (scan->settings != NULL &&
        (add_zones(scan, arena, &sentences) < 0 || add_hosts(scan->settings, arena, &sentences) < 0))
        return -ENOMEM;
    *ret = sentences;
    return 0;
}
