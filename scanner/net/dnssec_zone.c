/*
 * dnssec_zone.c - is there a zone at this name, and which keys are its own?
 *
 *   DS of the name, asked of the zone above
 *     signed records      -> DNSKEY: does one fit? does it sign them all? -> secure, or bogus
 *     proven: none there  -> a delegation without DS (insecure from here on), or no delegation (the zone goes on)
 *     neither             -> bogus
 *   a zone that comes from a file and has no DS record yet -> the file's own keys stand in, or it is not signed
 *
 * RFC 4035 5.2 (DS and DNSKEY, algorithms that are not supported); RFC 4509 3 (SHA-1 digests beside others);
 * RFC 6840 5.2 and 5.3.
 */
#include "scanner/net/dnssec_zone.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/zone_file.h"

#include <errno.h>

enum {
    PATIENCE_MS = 30 * 1000,
    TAGS_SHOWN = 8,
    DS_MAX = 16, /* of a zone that are looked at: each is compared with each key of its tag */
    KEYS_MAX = 64
};

struct finding_out {
    struct dnssec_zone *zone;
    struct arena *scratch;
    struct dnssec_budget budget;
    int64_t now;
    int64_t deadline;
    char name[DNS_NAME_TEXT_SIZE];
    char parent[DNS_NAME_TEXT_SIZE];
};

static int conclude(struct finding_out *out, enum dnssec_kind kind, enum dns_security security,
                    const char *reason)
{
    struct dnssec_zone *zone = out->zone;

    zone->kind = kind;
    zone->verdict.security = security;
    zone->verdict.reason = arena_text(zone->arena, reason);
    return security == DNS_SECURE || zone->verdict.reason != NULL ? 0 : -ENOMEM;
}

static int conclude_failure(struct finding_out *out, const char *type, const struct dns_answer *answer)
{
    const char *why = answer->edns_stripped && answer->outcome != DNS_FAILURE
                          ? "the resolver does not pass DNSSEC records on"
                          : answer->reason;

    return conclude(out, KIND_ZONE, DNS_INDETERMINATE,
                    arena_format(out->scratch, "%s of %s could not be looked up: %s", type, out->name,
                                 why != NULL ? why : "no answer"));
}

static bool has_failed(const struct dns_answer *answer)
{
    return answer->outcome == DNS_FAILURE || answer->outcome == DNS_NOT_ASKED || answer->edns_stripped;
}

/* ---- DNSKEY: RFC 4035 5.2 ---- */

/* Keys that may sign: RFC 4034 2.1.1, 2.1.2, RFC 5011 2.1. */
static bool may_sign(const struct dnssec_key *key)
{
    return (key->flags & DNSSEC_KEY_ZONE) != 0 && (key->flags & DNSSEC_KEY_REVOKED) == 0 &&
           key->protocol == 3;
}

static bool is_trusted(const struct list *trusted, bool ignore_sha1, const struct dns_name *zone,
                       const struct dnssec_key *key)
{
    for (size_t i = 0; i < trusted->count && i < DS_MAX; i++) {
        const struct dns_record *record = trusted->items[i];
        struct dnssec_ds ds;

        if (record->type == DNS_TYPE_DNSKEY && bytes_equal(record->data, key->data))
            return true;
        if (dnssec_ds_read(record, &ds) == 0 && !(ignore_sha1 && ds.digest_type == DNSSEC_DIGEST_SHA1) &&
            dnssec_ds_matches(&ds, zone, key))
            return true;
    }
    return false;
}

/* RFC 4509 3. */
static bool has_better_digest(const struct list *trusted)
{
    for (size_t i = 0; i < trusted->count; i++) {
        struct dnssec_ds ds;

        if (dnssec_ds_read(trusted->items[i], &ds) == 0 && dnssec_algorithm_supported(ds.algorithm) &&
            (ds.digest_type == DNSSEC_DIGEST_SHA256 || ds.digest_type == DNSSEC_DIGEST_SHA384))
            return true;
    }
    return false;
}

static int copy_key(const struct dnssec_key *key, struct arena *arena, struct list *to)
{
    struct dnssec_key *copy = arena_copy(arena, key, sizeof(*key));

    if (copy == NULL)
        return -ENOMEM;
    copy->data.data = arena_copy(arena, key->data.data, key->data.size);
    if (copy->data.data == NULL)
        return -ENOMEM;
    copy->key.data = copy->data.data + (key->data.size - key->key.size);
    return list_add(to, arena, copy);
}

/* All keys of the zone, and those that its DS records or the anchor stand for. */
static int sort_keys(struct finding_out *out, const struct dnssec_rrset *rrset, const struct list *trusted,
                     struct list *entry_keys)
{
    bool ignore_sha1 = has_better_digest(trusted);
    int error = 0;

    for (size_t i = 0; i < rrset->records.count && i < KEYS_MAX && error == 0; i++) {
        struct dnssec_key key;

        if (dnssec_key_read(rrset->records.items[i], &key) < 0 || !may_sign(&key))
            continue;
        error = copy_key(&key, out->zone->arena, &out->zone->keys.keys);
        if (error == 0 && is_trusted(trusted, ignore_sha1, &out->zone->name, &key))
            error = copy_key(&key, out->scratch, entry_keys);
    }
    return error;
}

/* "20326 (RSASHA256), 38696 (RSASHA256)" */
static const char *tags_of(struct finding_out *out, const struct list *records)
{
    struct list texts = {0};

    for (size_t i = 0; i < records->count && texts.count < TAGS_SHOWN; i++) {
        struct dnssec_ds ds;
        struct dnssec_key key;
        char *text = NULL;

        if (dnssec_ds_read(records->items[i], &ds) == 0)
            text = arena_format(out->scratch, "%u (%s, %s)", ds.tag,
                                dnssec_algorithm_name(out->scratch, ds.algorithm),
                                dnssec_digest_name(out->scratch, ds.digest_type));
        else if (dnssec_key_read(records->items[i], &key) == 0)
            text = arena_format(out->scratch, "%u (%s)", key.tag,
                                dnssec_algorithm_name(out->scratch, key.algorithm));
        if (text != NULL && list_add(&texts, out->scratch, text) < 0)
            return NULL;
    }
    return text_join(out->scratch, &texts, ", ");
}

static int conclude_no_match(struct finding_out *out, const struct list *trusted, const struct list *keys)
{
    return conclude(out, KIND_ZONE, DNS_BOGUS,
                    arena_format(out->scratch,
                                 "zone %s: no DNSKEY fits %s: those are for %s, the keys are %s", out->name,
                                 out->zone->parent != NULL ? "its DS records" : "the trust anchor",
                                 tags_of(out, trusted), tags_of(out, keys)));
}

static int find_keys(struct finding_out *out, const struct list *trusted)
{
    struct dnssec_zone *zone = out->zone;
    struct dnssec_keys entry = {.zone = zone->name};
    struct dnssec_signed result;
    struct dnssec_rrset rrset = {0};
    struct dns_answer *answer;
    int error = resolver_ask_unchecked(zone->dnssec->inner, out->name, DNS_TYPE_DNSKEY, out->deadline,
                                       out->scratch, &answer);

    if (error < 0)
        return error;
    if (has_failed(answer))
        return conclude_failure(out, "DNSKEY", answer);
    error = dnssec_rrset_find(&answer->answer, out->name, DNS_TYPE_DNSKEY, out->scratch, &rrset);
    if (error < 0)
        return error;
    if (rrset.records.count == 0)
        return conclude(out, KIND_ZONE, DNS_BOGUS,
                        arena_format(out->scratch, "zone %s has a DS record and no DNSKEY", out->name));
    if (zone->parent == NULL && rrset.signatures.count == 0)
        return conclude(out, KIND_ZONE, DNS_INDETERMINATE, "the resolver does not pass DNSSEC records on");
    zone->keys.zone = zone->name;
    error = sort_keys(out, &rrset, trusted, &entry.keys);
    if (error < 0)
        return error;
    if (entry.keys.count == 0)
        return conclude_no_match(out, trusted, &rrset.records);
    error = dnssec_verify(&rrset, &entry, out->now, &out->budget, out->scratch, &result);
    if (error < 0)
        return error;
    zone->sha1 = result.sha1 || (zone->parent != NULL && zone->parent->sha1);
    return conclude(out, KIND_ZONE, result.verdict.security, result.verdict.reason);
}

/* ---- DS: RFC 4035 5.2 ---- */

static int use_ds(struct finding_out *out, const struct dnssec_rrset *rrset)
{
    struct dnssec_signed result;
    int error = dnssec_verify(rrset, &out->zone->parent->keys, out->now, &out->budget, out->scratch, &result);

    if (error < 0)
        return error;
    if (result.verdict.security != DNS_SECURE)
        return conclude(out, KIND_ZONE, result.verdict.security, result.verdict.reason);
    for (size_t i = 0; i < rrset->records.count; i++) {
        struct dnssec_ds ds;

        if (dnssec_ds_read(rrset->records.items[i], &ds) == 0 && dnssec_algorithm_supported(ds.algorithm) &&
            dnssec_digest_supported(ds.digest_type))
            return find_keys(out, &rrset->records);
    }
    return conclude(out, KIND_ZONE, DNS_INSECURE,
                    arena_format(out->scratch,
                                 "zone %s: its DS records are only of algorithms that are not supported: %s",
                                 out->name, tags_of(out, &rrset->records)));
}

/* No cut can be at an alias, RFC 1034 3.6.2; that there is one has to be proven as well. */
static int use_alias(struct finding_out *out, const struct dns_answer *answer)
{
    struct dnssec_verdict verdict = {.security = DNS_BOGUS};
    struct dnssec_section section = {.answer = answer,
                                     .keys = &out->zone->parent->keys,
                                     .now = out->now,
                                     .budget = &out->budget,
                                     .arena = out->scratch};
    int error = dnssec_judge_alias(&section, out->name, &verdict);

    return error < 0 ? error : conclude(out, KIND_NAME, verdict.security, verdict.reason);
}

static bool any_supported(const struct list *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        struct dnssec_key key;

        if (dnssec_key_read(keys->items[i], &key) == 0 && dnssec_algorithm_supported(key.algorithm))
            return true;
    }
    return false;
}

/* The zone above has no DS record of a zone that comes from a file: before it is published that is as it should be.
 * What its keys sign is validated, and known to wait for the DS record; without keys it will be insecure. */
static int use_file(struct finding_out *out, const struct zone_file *file)
{
    struct dnssec_zone *zone = out->zone;
    int error;

    if (file->keys.count == 0)
        return conclude(out, KIND_ZONE, DNS_INSECURE,
                        arena_format(out->scratch, "%s is not signed, and zone %s has no DS record of %s",
                                     file->file, out->parent, out->name));
    if (!any_supported(&file->keys))
        return conclude(
            out, KIND_ZONE, DNS_INSECURE,
            arena_format(out->scratch,
                         "zone %s: the keys in %s are only of algorithms that are not supported: %s",
                         out->name, file->file, tags_of(out, &file->keys)));
    error = find_keys(out, &file->keys);
    if (error < 0 || zone->verdict.security != DNS_SECURE)
        return error;
    zone->awaited = arena_format(
        zone->arena, "by the keys in %s alone: it will be secure once zone %s has the DS record of %s",
        file->file, out->parent, out->name);
    return zone->awaited != NULL ? 0 : -ENOMEM;
}

/* There is no DS record: because the delegation has none, because there is no delegation, or nothing at all. */
static int use_denial(struct finding_out *out, const struct dns_answer *answer)
{
    struct dnssec_zone *zone = out->zone;
    struct dnssec_section section = {.answer = answer,
                                     .keys = &zone->parent->keys,
                                     .now = out->now,
                                     .budget = &out->budget,
                                     .arena = out->scratch};
    const struct list *files = zone->dnssec->files;
    const struct zone_file *file = files != NULL ? zone_files_at(files, &zone->name) : NULL;
    struct dnssec_denial denial;
    struct bytes types;
    enum dnssec_proof proof = PROOF_MISSING;
    enum dnssec_kind kind = KIND_ABSENT;
    int error = dnssec_collect_denial(&section, &denial);

    if (error < 0)
        return error;
    if (answer->outcome == DNS_NXDOMAIN)
        proof = dnssec_denial_of_name(&denial, &zone->name);
    if (proof == PROOF_MISSING) {
        proof = dnssec_denial_of_type(&denial, &zone->name, DNS_TYPE_DS, &types);
        kind = proof == PROOF_SHOWN && dnssec_types_have(types, DNS_NS) ? KIND_ZONE : KIND_NAME;
    }
    if (file != NULL && proof != PROOF_MISSING)
        return use_file(out, file);
    if (files != NULL && kind == KIND_ABSENT && zone_files_below(files, &zone->name))
        kind = KIND_NAME; /* the walk goes on to the zone that comes from a file */
    switch (proof) {
    case PROOF_SHOWN:
        if (kind != KIND_ZONE)
            return conclude(out, kind, DNS_SECURE, NULL);
        return conclude(out, kind, DNS_INSECURE,
                        arena_format(out->scratch, "zone %s delegates %s without a DS record (proven)",
                                     out->parent, out->name));
    case PROOF_OPT_OUT:
        return conclude(
            out, KIND_ZONE, DNS_INSECURE,
            arena_format(out->scratch,
                         "zone %s signs only some of its delegations (NSEC3 opt-out), not that of %s",
                         out->parent, out->name));
    case PROOF_TOO_HARD:
        return conclude(out, KIND_ZONE, DNS_INSECURE,
                        arena_format(out->scratch, "zone %s: %s", out->parent, dnssec_too_hard_words));
    case PROOF_MISSING:
        break;
    }
    return conclude(out, KIND_ZONE, DNS_BOGUS,
                    arena_format(out->scratch, "zone %s: no proof that %s has no DS record%s%s", out->parent,
                                 out->name, denial.unusable != NULL ? ": " : "",
                                 denial.unusable != NULL ? denial.unusable : ""));
}

static int find_cut(struct finding_out *out)
{
    struct dnssec_rrset rrset = {0};
    struct dnssec_rrset alias = {0};
    struct dns_answer *answer;
    int error = resolver_ask_unchecked(out->zone->dnssec->inner, out->name, DNS_TYPE_DS, out->deadline,
                                       out->scratch, &answer);

    if (error < 0)
        return error;
    if (has_failed(answer))
        return conclude_failure(out, "DS", answer);
    error = dnssec_rrset_find(&answer->answer, out->name, DNS_TYPE_DS, out->scratch, &rrset);
    if (error == 0)
        error = dnssec_rrset_find(&answer->answer, out->name, DNS_CNAME, out->scratch, &alias);
    if (error < 0)
        return error;
    if (rrset.records.count > 0)
        return use_ds(out, &rrset);
    return alias.records.count > 0 ? use_alias(out, answer) : use_denial(out, answer);
}

/* What is wrong at the root is wrong with where we look from: no zone below can be blamed for it. */
static int find_root(struct finding_out *out)
{
    struct dnssec_zone *zone = out->zone;
    int error;

    if (zone->dnssec->anchors.count == 0)
        return conclude(out, KIND_ZONE, DNS_INDETERMINATE,
                        arena_format(out->scratch, "there is no trust anchor: %s", zone->dnssec->no_anchor));
    error = find_keys(out, &zone->dnssec->anchors);
    if (error == 0 && zone->verdict.security == DNS_BOGUS)
        error =
            conclude(out, KIND_ZONE, DNS_INDETERMINATE,
                     arena_format(out->scratch, "the root does not validate here: %s", zone->verdict.reason));
    return error;
}

int dnssec_zone_find_out(struct dnssec_zone *zone)
{
    struct engine *engine = zone->dnssec->engine;
    struct finding_out *out;
    struct arena *scratch = arena_new(0);
    int error = -ENOMEM;

    out = scratch != NULL ? arena_alloc(scratch, sizeof(*out)) : NULL;
    if (out != NULL) {
        *out = (struct finding_out){
            .zone = zone,
            .scratch = scratch,
            .budget = {.verifications = DNSSEC_VERIFICATIONS_MAX,
                       .hash_rounds = DNSSEC_HASH_ROUNDS_MAX,
                       .known = &zone->dnssec->known},
            .now = dnssec_now(zone->dnssec),
            .deadline = deadline_in(engine, PATIENCE_MS, DEADLINE_NEVER),
        };
        dns_name_format(&zone->name, out->name);
        if (zone->parent != NULL)
            dns_name_format(&zone->parent->name, out->parent);
        error = zone->parent == NULL ? find_root(out) : find_cut(out);
    }
    if (error == 0 && zone->awaited == NULL && zone->parent != NULL)
        zone->awaited = zone->parent->awaited; /* kept by our reference */
    if (error == 0 && zone->verdict.security == DNS_SECURE)
        zone->verdict.reason = zone->awaited;
    arena_free(scratch);
    return error;
}
