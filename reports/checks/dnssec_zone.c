/*
 * dnssec_zone.c - keys, digests and denial of a signed zone, and when its signatures run out
 *
 * RFC 9904 (algorithms, with IANA's registry), RFC 9905 (SHA-1), RFC 9276 3.1 (NSEC3), RFC 6781 4.4 (lifetimes of
 * signatures).
 */
#include "reports/catalogue.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

enum {
    HOUR = 3600,
    FAIL_HOURS = 24,
    WARN_HOURS = 72,
    SHORT_HOURS = 96, /* the lifetime of a signature that is judged by shares of it */
    FAIL_SHARE = 4,
    WARN_SHARE = 3,
    RSA_BITS_BROKEN = 1024,
    RSA_BITS_WEAK = 2048,
    ITERATIONS_MAX = 150,
    DIGEST_SHA1 = 1
};

/* The zone of the domain. NULL, with words, when there is nothing to judge. */
static const struct dnssec_zone_facts *domain_zone(const struct judgement *judgement, const char **ret_why,
                                                   enum outcome *ret_outcome)
{
    const struct dnssec_facts *dnssec = observed_dnssec(judgement);
    const struct list *names = dnssec->domain != NULL ? &dnssec->domain->zones : NULL;

    *ret_outcome = OUTCOME_NOT_TESTED;
    *ret_why = "the zones were not looked at";
    for (size_t i = 0; names != NULL && names->count > 0 && i < dnssec->zones.count; i++) {
        const struct dnssec_zone_facts *zone = dnssec->zones.items[i];

        if (!same_name(zone->name, names->items[names->count - 1]))
            continue;
        if (zone->security == DNS_INDETERMINATE || zone->security == DNS_SECURITY_NOT_OBSERVED) {
            *ret_why = text_or(zone->security_reason, "the zones were not looked at");
            return NULL;
        }
        if (zone->keys.count > 0 || zone->ds.count > 0)
            return zone;
        *ret_outcome = zone->keys.observed ? OUTCOME_NOT_APPLICABLE : OUTCOME_NOT_TESTED;
        *ret_why = zone->keys.observed ? "the zone is not signed" : "the keys could not be looked up";
        return NULL;
    }
    return NULL;
}

/* ---- dnssec.algorithms ---- */

/* What is wrong with a zone: the worst outcome, and a line for each. */
struct faults {
    struct judgement *judgement;
    enum outcome worst;
    struct list lines; /* texts */
    struct list fixes; /* texts, no two the same */
};

static void __attribute__((format(printf, 4, 5)))
fault(struct faults *faults, enum outcome outcome, const char *fix, const char *format, ...)
{
    struct arena *arena = faults->judgement->arena;
    va_list arguments;
    char *line;

    va_start(arguments, format);
    line = arena_vformat(arena, format, arguments);
    va_end(arguments);
    if (outcome < faults->worst)
        faults->worst = outcome;
    if (line == NULL || list_add(&faults->lines, arena, line) < 0 ||
        (!list_has_text(&faults->fixes, fix) && list_add(&faults->fixes, arena, (void *)(uintptr_t)fix) < 0))
        faults->judgement->failed = true;
}

static bool is_rsa(int64_t algorithm)
{
    return algorithm == 5 || algorithm == 7 || algorithm == 8 || algorithm == 10;
}

static void judge_key(struct faults *faults, const struct dnssec_key_facts *key)
{
    const char *name = text_or(key->algorithm_name, "?");
    long long tag = (long long)key->tag.value;
    const char *new_key = "Roll over to a key of algorithm 13 (ECDSAP256SHA256) or 15 (ED25519)";

    switch (key->algorithm.known ? key->algorithm.value : 0) {
    case 5:
    case 7:
        fault(faults, OUTCOME_FAIL, new_key,
              "key %lld: %s signs over SHA-1; validators may take the zone for unsigned (RFC 9905)", tag,
              name);
        break;
    case 1:
    case 3:
    case 6:
    case 12:
        fault(faults, OUTCOME_FAIL, new_key, "key %lld: %s must not be used any more", tag, name);
        break;
    case 10:
        fault(faults, OUTCOME_INFO, new_key, "key %lld: %s is not recommended for new signatures", tag, name);
        break;
    default:
        break;
    }
    if (!key->bits.known || !is_rsa(key->algorithm.value))
        return;
    if (key->bits.value < RSA_BITS_BROKEN)
        fault(faults, OUTCOME_FAIL, new_key, "key %lld: RSA with %lld bits can be broken", tag,
              (long long)key->bits.value);
    else if (key->bits.value < RSA_BITS_WEAK)
        fault(faults, OUTCOME_WARN, new_key, "key %lld: RSA with %lld bits is weak", tag,
              (long long)key->bits.value);
}

static bool has_other_digest(const struct dnssec_zone_facts *zone)
{
    for (size_t i = 0; i < zone->ds.count; i++) {
        const struct dnssec_ds_facts *ds = zone->ds.items[i];

        if (ds->digest_type.known && ds->digest_type.value != DIGEST_SHA1)
            return true;
    }
    return false;
}

static bool any_matches(const struct dnssec_zone_facts *zone)
{
    for (size_t i = 0; i < zone->ds.count; i++)
        if (((const struct dnssec_ds_facts *)zone->ds.items[i])->matches == YES)
            return true;
    return false;
}

static void judge_ds(struct faults *faults, const struct dnssec_zone_facts *zone,
                     const struct dnssec_ds_facts *ds)
{
    long long tag = (long long)ds->tag.value;

    if (ds->digest_type.known && ds->digest_type.value == DIGEST_SHA1)
        fault(faults, has_other_digest(zone) ? OUTCOME_INFO : OUTCOME_WARN,
              "Replace DS records with SHA-1 digests by ones with SHA-256 at the registrar",
              "DS %lld: its digest is SHA-1 (RFC 9905)", tag);
    if (ds->matches == NO)
        fault(faults, any_matches(zone) ? OUTCOME_WARN : OUTCOME_FAIL,
              "Remove DS records without a key at the registrar, once no rollover needs them",
              "DS %lld: no key of the zone fits", tag);
}

static void judge_nsec3(struct faults *faults, const struct dnssec_nsec3_facts *nsec3)
{
    const char *fix = "Set NSEC3 to no additional iterations and no salt (1 0 0 -)";

    if (nsec3->iterations.known && nsec3->iterations.value > ITERATIONS_MAX)
        fault(faults, OUTCOME_FAIL, fix,
              "NSEC3 with %lld iterations: validators take what it proves for unsigned (RFC 9276)",
              (long long)nsec3->iterations.value);
    else if (nsec3->iterations.known && nsec3->iterations.value > 0)
        fault(faults, OUTCOME_WARN, fix, "NSEC3 with %lld iterations, it must be 0 (RFC 9276)",
              (long long)nsec3->iterations.value);
    if (nsec3->salt != NULL && *nsec3->salt != '\0')
        fault(faults, OUTCOME_INFO, fix, "NSEC3 with a salt, which does nothing for security (RFC 9276)");
}

static void judge_algorithms(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    struct faults faults = {.judgement = judgement, .worst = OUTCOME_PASS};
    enum outcome outcome;
    const char *why;
    const struct dnssec_zone_facts *zone = domain_zone(judgement, &why, &outcome);
    struct finding *finding;

    if (observed_dns(judgement)->domain == NULL)
        return;
    if (zone == NULL) {
        finding_untested(judgement, check, &subject, outcome, why);
        return;
    }
    for (size_t i = 0; i < zone->keys.count; i++)
        judge_key(&faults, zone->keys.items[i]);
    for (size_t i = 0; i < zone->ds.count; i++)
        judge_ds(&faults, zone, zone->ds.items[i]);
    if (zone->nsec3 != NULL)
        judge_nsec3(&faults, zone->nsec3);
    finding = finding_add(judgement, check, &subject, faults.worst,
                          faults.worst == OUTCOME_PASS ? "Keys and parameters of %s are up to date"
                                                       : "Keys or parameters of %s are out of date",
                          text_or(zone->name, "?"));
    evidence_lines(judgement, finding, &faults.lines);
    for (size_t i = 0; i < faults.fixes.count; i++)
        finding_fix(judgement, finding, "%s", (const char *)faults.fixes.items[i]);
    for (size_t i = 0; i < zone->keys.count; i++) {
        const struct dnssec_key_facts *key = zone->keys.items[i];

        finding_evidence(judgement, finding, "key %lld: %s, flags %lld", (long long)key->tag.value,
                         text_or(key->algorithm_name, "?"), (long long)key->flags.value);
    }
}

const struct check check_dnssec_algorithms = {
    .id = "dnssec.algorithms",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_DNS,
    .title = "Keys and parameters of DNSSEC are up to date",
    .why = "Validators give up old algorithms one after another, and take a zone that has no other for "
           "unsigned.",
    .reference = "RFC 9904, RFC 9905, RFC 9276",
    .explanation =
        "Looks at the keys, the DS records and the NSEC3 parameters of the domain's zone. Algorithms that "
        "sign over "
        "SHA-1 (5, 7) or are older fail, and so do RSA keys below 1024 bits, DS records of which none "
        "fits a key, and more than 150 NSEC3 iterations. RSA keys below 2048 bits, a SHA-1 digest in the "
        "only DS "
        "record, a DS record without a key beside one that has, and any NSEC3 iterations warn. A salt, and "
        "RSASHA512, "
        "inform.\n\n"
        "Fix: roll over to algorithm 13 (ECDSAP256SHA256) or 15 (ED25519); with NSEC3, no iterations and no "
        "salt.",
    .judge = judge_algorithms,
};

/* ---- dnssec.expiry ---- */

struct earliest {
    const struct dnssec_signature_facts *expires; /* with the smallest share left */
    const struct dnssec_signature_facts *future;  /* that begins later than now */
    enum outcome outcome;
    int64_t left;
};

static enum outcome outcome_of(const struct dnssec_signature_facts *signature, int64_t left)
{
    int64_t lifetime =
        signature->inception.known ? signature->expiration.value - signature->inception.value : INT64_MAX;
    bool is_short = lifetime < SHORT_HOURS * HOUR; /* signed anew all the time: there are never days left */

    if (left < (is_short ? lifetime / FAIL_SHARE : FAIL_HOURS * HOUR))
        return OUTCOME_FAIL;
    if (left < (is_short ? lifetime / WARN_SHARE : WARN_HOURS * HOUR))
        return OUTCOME_WARN;
    return OUTCOME_PASS;
}

/* `zone` NULL: whoever signed. */
static void look_at(const struct list *signatures, const char *zone, int64_t now, struct earliest *earliest)
{
    for (size_t i = 0; i < signatures->count; i++) {
        const struct dnssec_signature_facts *signature = signatures->items[i];
        enum outcome outcome;
        int64_t left;

        if (zone != NULL && !same_name(signature->zone, zone))
            continue;
        if (signature->inception.known && signature->inception.value > now)
            earliest->future = signature;
        if (!signature->expiration.known)
            continue;
        left = signature->expiration.value - now;
        outcome = outcome_of(signature, left);
        if (earliest->expires != NULL &&
            (outcome > earliest->outcome || (outcome == earliest->outcome && left >= earliest->left)))
            continue;
        *earliest = (struct earliest){signature, earliest->future, outcome, left};
    }
}

/* The records of the domain and of its own mail hosts, and the keys of their zones. */
static void look_everywhere(const struct judgement *judgement, int64_t now, struct earliest *earliest)
{
    const struct dnssec_facts *dnssec = observed_dnssec(judgement);
    const struct list *names = dnssec->domain != NULL ? &dnssec->domain->zones : NULL;

    if (dnssec->domain != NULL)
        look_at(&dnssec->domain->signatures, NULL, now, earliest);
    for (size_t i = 0; i < dnssec->hosts.count; i++)
        look_at(&((const struct dnssec_name_facts *)dnssec->hosts.items[i])->signatures, NULL, now, earliest);
    for (size_t i = 0; names != NULL && names->count > 0 && i < dnssec->zones.count; i++) {
        const struct dnssec_zone_facts *zone = dnssec->zones.items[i];

        if (same_name(zone->name, names->items[names->count - 1]))
            look_at(&zone->signatures, zone->name, now, earliest);
    }
}

static const char *left_words(struct judgement *judgement, int64_t seconds)
{
    if (seconds < 0)
        return "has expired";
    if (seconds >= 2 * 24 * HOUR)
        return kept(judgement, arena_format(judgement->arena, "expires in %lld days",
                                            (long long)(seconds / (24 * HOUR))));
    return kept(judgement,
                arena_format(judgement->arena, "expires in %lld hours", (long long)(seconds / HOUR)));
}

static void evidence_signature(struct judgement *judgement, struct finding *finding,
                               const struct dnssec_signature_facts *signature)
{
    const char *from = text_time(judgement->arena, signature->inception.value);
    const char *until = text_time(judgement->arena, signature->expiration.value);

    finding_evidence(judgement, finding, "%s %s: signed by key %lld of %s, valid from %s to %s",
                     text_or(signature->type, "?"), text_or(signature->name, "?"),
                     (long long)signature->key_tag.value, text_or(signature->zone, "?"), text_or(from, "?"),
                     text_or(until, "?"));
}

static void judge_expiry(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    struct number now = judgement->scan->started;
    struct earliest earliest = {.outcome = OUTCOME_PASS};
    enum outcome outcome;
    const char *why;
    struct finding *finding;

    if (observed_dns(judgement)->domain == NULL)
        return;
    look_everywhere(judgement, now.value, &earliest);
    if (earliest.expires == NULL || !now.known) {
        if (domain_zone(judgement, &why, &outcome) != NULL)
            why = "no signatures were seen";
        finding_untested(judgement, check, &subject, outcome, why);
        return;
    }
    if (earliest.future != NULL) {
        finding = finding_add(judgement, check, &subject, OUTCOME_FAIL, "A signature is not valid yet");
        evidence_signature(judgement, finding, earliest.future);
        finding_fix(judgement, finding,
                    "Set the clock of the signer, and sign with an inception an hour ago");
        return;
    }
    finding = finding_add(judgement, check, &subject, earliest.outcome, "The first signature %s",
                          left_words(judgement, earliest.left));
    evidence_signature(judgement, finding, earliest.expires);
    if (earliest.outcome != OUTCOME_PASS)
        finding_fix(judgement, finding,
                    "Have %s signed again now, and find out why its signer did not do so by itself",
                    text_or(earliest.expires->zone, "?"));
}

const struct check check_dnssec_expiry = {
    .id = "dnssec.expiry",
    .severity = SEVERITY_HIGH,
    .area = AREA_DNS,
    .title = "Signatures are renewed in time",
    .why = "When the signatures expire the domain is gone at once for every resolver that validates, mail "
           "and all.",
    .reference = "RFC 4035 section 5.3.1",
    .explanation =
        "The signatures over the SOA, MX, TXT, A, AAAA and TLSA records of the domain and its mail hosts, "
        "and "
        "over the keys of its zone, are looked at. It fails when the first of them expires within 24 hours, "
        "and "
        "warns within 72 hours. Those made for less than four days, as of providers that sign while they "
        "answer, "
        "fail in the last quarter of that time and warn in the last third. One that is not valid yet "
        "fails.\n\n"
        "Fix: signatures must be renewed long before they end. See that the signer runs, and that every name "
        "server gets the new zone.",
    .judge = judge_expiry,
};
