/*
 * dnssec_answer.c - what an answer is worth: each link of its chain, wildcards, what is not there
 *
 *   name --> its RRset, signed?  --> an alias: the same for the name it leads to
 *        --> from a wildcard: is a closer name denied?
 *        --> nothing there: is that proven?
 *
 * The zone of a name is the one whose signatures the answer has, if the walk down from the root finds that zone;
 * without signatures, or when they do not hold, the walk goes on to the name itself: it may lie in a zone that is
 * delegated without DS. RFC 4035 5.3 and 5.4, RFC 4035 4.3 (the four ways it ends), RFC 6672 5.3 (DNAME),
 * RFC 6840 4.
 */
#include "scanner/net/dnssec_internal.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <string.h>

struct judging {
    struct dnssec *dnssec;
    const struct dns_answer *answer;
    int64_t deadline;
    int64_t now;
    struct arena *arena;
    struct dnssec_budget budget;
    struct dnssec_verdict verdict; /* the worst of the links so far */
    bool sha1;
    const char *awaited; /* keys of a zone file that some links rest on */
};

/* One link on its way to a verdict. */
struct link {
    struct dns_name owner;
    struct dnssec_rrset rrset; /* empty: there is nothing */
    uint16_t type;             /* that is there or not */
};

static int rank(enum dns_security security)
{
    switch (security) {
    case DNS_SECURITY_NOT_OBSERVED:
        return 0;
    case DNS_SECURE:
        return 1;
    case DNS_INSECURE:
        return 2;
    case DNS_INDETERMINATE:
        return 3;
    case DNS_BOGUS:
        return 4;
    }
    return 0;
}

static void merge(struct judging *judging, const struct dnssec_verdict *verdict)
{
    if (rank(verdict->security) > rank(judging->verdict.security))
        judging->verdict = *verdict;
}

static int set(struct dnssec_verdict *verdict, enum dns_security security, const char *reason)
{
    *verdict = (struct dnssec_verdict){security, reason};
    return reason != NULL ? 0 : -ENOMEM;
}

/* ---- the authority section ---- */

static bool seen_before(const struct list *section, size_t index)
{
    const struct dns_record *record = section->items[index];

    for (size_t i = 0; i < index; i++) {
        const struct dns_record *other = section->items[i];

        if (other->type == record->type && strcmp(other->name, record->name) == 0)
            return true;
    }
    return false;
}

static int collect_rrset(const struct dnssec_section *section, const struct dnssec_rrset *rrset,
                         struct dnssec_denial *denial)
{
    struct dnssec_signed result;
    int error = dnssec_verify(rrset, section->keys, section->now, section->budget, section->arena, &result);

    if (error < 0)
        return error;
    if (result.verdict.security != DNS_SECURE) {
        denial->unusable = result.verdict.reason;
        return 0;
    }
    if (result.labels < dnssec_signed_labels(&rrset->owner)) /* from a wildcard: says nothing here */
        return 0;
    for (size_t i = 0; i < rrset->records.count && error == 0; i++)
        error = dnssec_denial_add(denial, rrset->records.items[i], &rrset->owner);
    return error;
}

int dnssec_collect_denial(const struct dnssec_section *section, struct dnssec_denial *ret)
{
    const struct list *authority = &section->answer->authority;
    struct dnssec_denial denial = {
        .zone = section->keys->zone, .budget = section->budget, .arena = section->arena};
    unsigned taken = 0;
    int error = 0;

    for (size_t i = 0; i < authority->count && taken < DNSSEC_DENIALS_MAX && error == 0; i++) {
        const struct dns_record *record = authority->items[i];
        struct dnssec_rrset rrset;

        if ((record->type != DNS_TYPE_NSEC && record->type != DNS_TYPE_NSEC3) || seen_before(authority, i))
            continue;
        taken++;
        error = dnssec_rrset_find(authority, record->name, record->type, section->arena, &rrset);
        if (error == 0 && dns_name_within(&rrset.owner, &denial.zone))
            error = collect_rrset(section, &rrset, &denial);
    }
    if (error == 0)
        *ret = denial;
    return error;
}

/* ---- one link, in a zone whose keys are known ---- */

static int judge_wildcard(const struct dnssec_section *section, const struct dnssec_rrset *rrset,
                          unsigned labels, struct dnssec_verdict *ret)
{
    char name[DNS_NAME_TEXT_SIZE];
    char zone[DNS_NAME_TEXT_SIZE];
    struct dnssec_denial denial;
    int error = dnssec_collect_denial(section, &denial);

    if (error < 0)
        return error;
    dns_name_format(&rrset->owner, name);
    dns_name_format(&section->keys->zone, zone);
    switch (dnssec_denial_of_closer(&denial, &rrset->owner, labels)) {
    case PROOF_SHOWN:
        *ret = (struct dnssec_verdict){.security = DNS_SECURE};
        return 0;
    case PROOF_OPT_OUT:
        return set(ret, DNS_INSECURE,
                   arena_format(section->arena,
                                "zone %s: %s is from a wildcard, beside unsigned delegations "
                                "(NSEC3 opt-out)",
                                zone, name));
    case PROOF_TOO_HARD:
        return set(ret, DNS_INSECURE,
                   arena_format(section->arena, "zone %s: %s", zone, dnssec_too_hard_words));
    case PROOF_MISSING:
        break;
    }
    return set(ret, DNS_BOGUS,
               arena_format(section->arena,
                            "zone %s: %s is from a wildcard, and no proof that it is not there "
                            "itself",
                            zone, name));
}

static int judge_rrset(const struct dnssec_section *section, const struct dnssec_rrset *rrset, bool *ret_sha1,
                       struct dnssec_verdict *ret)
{
    struct dnssec_signed result;
    int error = dnssec_verify(rrset, section->keys, section->now, section->budget, section->arena, &result);

    if (error < 0)
        return error;
    *ret = result.verdict;
    *ret_sha1 = result.verdict.security == DNS_SECURE && result.sha1;
    if (result.verdict.security == DNS_SECURE && result.labels < dnssec_signed_labels(&rrset->owner))
        return judge_wildcard(section, rrset, result.labels, ret);
    return 0;
}

/* The start of authority that comes with a denial: RFC 4035 3.2.3 wants all of that section to be authentic. */
static int judge_soa(const struct dnssec_section *section, bool *ret_sha1, struct dnssec_verdict *ret)
{
    struct dnssec_rrset soa = {0};
    char zone[DNS_NAME_TEXT_SIZE];
    int error = dnssec_rrset_find(&section->answer->authority, dns_name_format(&section->keys->zone, zone),
                                  DNS_SOA, section->arena, &soa);

    *ret = (struct dnssec_verdict){.security = DNS_SECURE};
    return error == 0 && soa.records.count > 0 ? judge_rrset(section, &soa, ret_sha1, ret) : error;
}

static int missing_proof(const struct dnssec_section *section, const struct link *link,
                         const struct dnssec_denial *denial, struct dnssec_verdict *ret)
{
    char name[DNS_NAME_TEXT_SIZE];
    char zone[DNS_NAME_TEXT_SIZE];
    const char *type = dnssec_type_text(section->arena, link->type);
    bool no_name = section->answer->outcome == DNS_NXDOMAIN;

    return set(ret, DNS_BOGUS,
               arena_format(section->arena, "zone %s: no proof that %s %s%s%s%s",
                            dns_name_format(&section->keys->zone, zone), dns_name_format(&link->owner, name),
                            no_name ? "does not exist" : "has no record of type ", no_name ? "" : type,
                            denial->unusable != NULL ? ": " : "",
                            denial->unusable != NULL ? denial->unusable : ""));
}

static int judge_nothing(const struct dnssec_section *section, const struct link *link, bool *ret_sha1,
                         struct dnssec_verdict *ret)
{
    char zone[DNS_NAME_TEXT_SIZE];
    struct dnssec_denial denial;
    int error = judge_soa(section, ret_sha1, ret);

    if (error < 0 || ret->security != DNS_SECURE)
        return error;
    error = dnssec_collect_denial(section, &denial);
    if (error < 0)
        return error;
    dns_name_format(&section->keys->zone, zone);
    switch (section->answer->outcome == DNS_NXDOMAIN
                ? dnssec_denial_of_name(&denial, &link->owner)
                : dnssec_denial_of_type(&denial, &link->owner, link->type, NULL)) {
    case PROOF_SHOWN:
        return 0;
    case PROOF_OPT_OUT:
        return set(ret, DNS_INSECURE,
                   arena_format(section->arena,
                                "zone %s leaves out unsigned delegations where the name would "
                                "be (NSEC3 opt-out)",
                                zone));
    case PROOF_TOO_HARD:
        return set(ret, DNS_INSECURE,
                   arena_format(section->arena, "zone %s: %s", zone, dnssec_too_hard_words));
    case PROOF_MISSING:
        break;
    }
    return missing_proof(section, link, &denial, ret);
}

static int judge_link_in(struct judging *judging, const struct link *link, const struct dnssec_zone *zone,
                         bool *ret_sha1, struct dnssec_verdict *ret)
{
    struct dnssec_section section = {.answer = judging->answer,
                                     .keys = dnssec_zone_keys(zone),
                                     .now = judging->now,
                                     .budget = &judging->budget,
                                     .arena = judging->arena};
    int error;

    *ret_sha1 = false;
    error = link->rrset.records.count > 0 ? judge_rrset(&section, &link->rrset, ret_sha1, ret)
                                          : judge_nothing(&section, link, ret_sha1, ret);
    *ret_sha1 = *ret_sha1 || dnssec_zone_sha1(zone);
    return error;
}

/* ---- the zone of a link ---- */

static void prefer_lower(const struct dns_name *signer, const struct link *link, struct dns_name *hint,
                         bool *found)
{
    if (!dns_name_within(&link->owner, signer))
        return;
    /* the upper side of a cut has the DS record; the root has no other side */
    if (link->type == DNS_TYPE_DS && signer->size > 1 && dns_name_equal(&link->owner, signer))
        return;
    if (!*found || signer->size > hint->size)
        *hint = *signer;
    *found = true;
}

/* The lowest zone, above the name, whose signatures the link has; false: none. */
static bool signer_of(const struct judging *judging, const struct link *link, struct dns_name *ret)
{
    bool found = false;

    for (size_t i = 0; i < link->rrset.signatures.count; i++)
        prefer_lower(&((const struct dnssec_signature *)link->rrset.signatures.items[i])->signer, link, ret,
                     &found);
    for (size_t i = 0; link->rrset.records.count == 0 && i < judging->answer->authority.count; i++) {
        struct dnssec_signature signature;

        if (dnssec_signature_read(judging->answer->authority.items[i], &signature) == 0)
            prefer_lower(&signature.signer, link, ret, &found);
    }
    return found;
}

/* Where the walk ends that leaves nothing out. */
static void lowest_target(const struct link *link, struct dns_name *ret)
{
    *ret = link->owner;
    if (link->type == DNS_TYPE_DS && link->owner.size > 1)
        dns_name_last(&link->owner, dns_name_labels(&link->owner) - 1, ret);
}

/* The verdict by the zone that the walk to `target` ends in. */
static int judge_link_at(struct judging *judging, const struct link *link, const struct dns_name *target,
                         bool *ret_sha1, struct dnssec_verdict *ret)
{
    struct dnssec_place place = {0};
    int error = dnssec_find_zone(judging->dnssec, target, judging->deadline, judging->arena, &place, NULL);

    if (error < 0)
        return error;
    *ret = place.verdict;
    if (place.verdict.security == DNS_SECURE) {
        const char *awaited = dnssec_zone_awaited(place.zone);

        error = judge_link_in(judging, link, place.zone, ret_sha1, ret);
        if (error == 0 && awaited != NULL && judging->awaited == NULL) {
            judging->awaited = arena_text(judging->arena, awaited);
            error = judging->awaited != NULL ? 0 : -ENOMEM;
        }
    }
    dnssec_zone_release(place.zone);
    return error;
}

static int judge_link(struct judging *judging, const struct link *link)
{
    struct dnssec_verdict verdict = {0};
    struct dns_name signer;
    struct dns_name lowest;
    bool sha1 = false;
    bool has_signer = signer_of(judging, link, &signer);
    int error;

    lowest_target(link, &lowest);
    error = judge_link_at(judging, link, has_signer ? &signer : &lowest, &sha1, &verdict);
    if (error == 0 && verdict.security == DNS_BOGUS && has_signer && !dns_name_equal(&signer, &lowest)) {
        struct dnssec_verdict other = {0};

        error = judge_link_at(judging, link, &lowest, &sha1, &other);
        if (error == 0 && (other.security == DNS_INSECURE || other.security == DNS_SECURE))
            verdict = other;
    }
    if (error < 0)
        return error;
    judging->sha1 = judging->sha1 || (verdict.security == DNS_SECURE && sha1);
    merge(judging, &verdict);
    return 0;
}

/* ---- aliases ---- */

/* RFC 6672 2.2: does the DNAME at `owner` lead from `name` to `target`? */
static bool dname_leads(const struct dns_record *record, const struct dns_name *owner,
                        const struct dns_name *name, const struct dns_name *target)
{
    struct dns_name made;
    struct dns_name to;
    size_t offset = 0;
    size_t prefix = (size_t)name->size - owner->size;
    const char *why;

    if (dns_name_equal(name, owner) || !dns_name_within(name, owner) ||
        dns_name_take(record->data, &offset, false, &to, &why) < 0 || prefix + to.size > DNS_NAME_SIZE)
        return false;
    made.size = (uint8_t)(prefix + to.size);
    memcpy(made.wire, name->wire, prefix);
    memcpy(made.wire + prefix, to.wire, to.size);
    return dns_name_equal(&made, target);
}

/* The DNAME record that a CNAME without signatures is made from, or NULL. */
static const struct dns_record *find_dname(const struct dns_answer *answer, const struct dnssec_rrset *cname)
{
    const struct dns_record *alias = cname->records.items[0];
    struct dns_name target;
    size_t offset = 0;
    const char *why;

    if (dns_name_take(alias->data, &offset, false, &target, &why) < 0)
        return NULL;
    for (size_t i = 0; i < answer->answer.count; i++) {
        const struct dns_record *record = answer->answer.items[i];
        struct dns_name owner;

        if (record->type == DNS_TYPE_DNAME && dns_name_from_text(record->name, &owner) == 0 &&
            dname_leads(record, &owner, &cname->owner, &target))
            return record;
    }
    return NULL;
}

/* The alias at `name`: the CNAME itself, or the DNAME that made it. */
static int alias_link(const struct dns_answer *answer, const char *name, struct arena *arena,
                      struct link *ret)
{
    struct link link = {.type = DNS_CNAME};
    const struct dns_record *dname;
    int error = dnssec_rrset_find(&answer->answer, name, DNS_CNAME, arena, &link.rrset);

    if (error == 0 && link.rrset.records.count > 0 && link.rrset.signatures.count == 0) {
        dname = find_dname(answer, &link.rrset);
        if (dname != NULL) {
            link.type = DNS_TYPE_DNAME;
            error = dnssec_rrset_find(&answer->answer, dname->name, DNS_TYPE_DNAME, arena, &link.rrset);
        }
    }
    link.owner = link.rrset.owner;
    if (error == 0)
        *ret = link;
    return error;
}

int dnssec_judge_alias(const struct dnssec_section *section, const char *name, struct dnssec_verdict *ret)
{
    struct link link;
    bool sha1;
    int error = alias_link(section->answer, name, section->arena, &link);

    if (error == 0)
        error = judge_rrset(section, &link.rrset, &sha1, ret);
    return error;
}

/* ---- the whole answer ---- */

/* The link at `name`; *ret_last: the chain ends here. */
static int make_link(struct judging *judging, const char *name, struct link *ret, bool *ret_last)
{
    const struct dns_answer *answer = judging->answer;
    struct link link = {.type = answer->type};
    int error = dnssec_rrset_find(&answer->answer, name, answer->type, judging->arena, &link.rrset);

    *ret_last = true;
    link.owner = link.rrset.owner;
    if (error == 0 && link.rrset.records.count == 0) {
        struct link alias;

        error = alias_link(answer, name, judging->arena, &alias);
        if (error == 0 && alias.rrset.records.count > 0) {
            *ret_last = false;
            link = alias;
        }
    }
    if (error == 0)
        *ret = link;
    return error;
}

static int judge_chain(struct judging *judging)
{
    const struct dns_answer *answer = judging->answer;
    const char *name = answer->name;

    for (size_t i = 0;; i++) {
        struct link link;
        bool last;
        int error = make_link(judging, name, &link, &last);

        if (error == 0)
            error = judge_link(judging, &link);
        if (error < 0 || last || i >= answer->aliases.count)
            return error;
        name = answer->aliases.items[i];
    }
}

static int judge_failure(const struct dns_answer *answer, struct arena *arena, struct dnssec_verdict *ret)
{
    if (answer->outcome == DNS_FAILURE)
        return set(
            ret, DNS_INDETERMINATE,
            arena_format(arena, "there is no answer: %s", answer->reason != NULL ? answer->reason : "?"));
    return set(ret, DNS_INDETERMINATE, "the resolver does not pass DNSSEC records on");
}

static int judge_in(struct dnssec *dnssec, struct dns_answer *answer, int64_t deadline, struct arena *arena)
{
    struct judging *judging = arena_alloc(arena, sizeof(*judging));
    int error;

    if (judging == NULL)
        return -ENOMEM;
    *judging = (struct judging){
        .dnssec = dnssec,
        .answer = answer,
        .deadline = deadline,
        .now = dnssec_now(dnssec),
        .arena = arena,
        .budget = {.verifications = DNSSEC_VERIFICATIONS_MAX,
                   .hash_rounds = DNSSEC_HASH_ROUNDS_MAX,
                   .known = &dnssec->known},
    };
    if (answer->outcome == DNS_FAILURE || answer->edns_stripped)
        error = judge_failure(answer, arena, &judging->verdict);
    else
        error = judge_chain(judging);
    if (error < 0)
        return error;
    answer->security = judging->verdict.security;
    answer->security_reason = judging->verdict.reason;
    if (judging->verdict.security == DNS_SECURE && judging->sha1)
        answer->security_reason = "all signatures of a zone on the way are over SHA-1, which validators may "
                                  "take for unsigned (RFC 9905)";
    else if (judging->verdict.security == DNS_SECURE)
        answer->security_reason = judging->awaited;
    return 0;
}

/* What the way to a verdict takes is many times the verdict, which is all that is kept. */
int dnssec_judge(struct dnssec *dnssec, struct dns_answer *answer, int64_t deadline, struct arena *arena)
{
    struct arena *scratch = arena_new(0);
    int error = scratch != NULL ? judge_in(dnssec, answer, deadline, scratch) : -ENOMEM;

    if (error == 0 && answer->security_reason != NULL) {
        answer->security_reason = arena_text(arena, answer->security_reason);
        error = answer->security_reason != NULL ? 0 : -ENOMEM;
    }
    arena_free(scratch);
    return error;
}
