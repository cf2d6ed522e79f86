/*
 * dnsbl.c - blacklists: addresses, the domain, and which lists could be used
 *
 * A listing hurts who sends. It fails for addresses known to send, and informs for those of mail hosts that only
 * receive, as far as anybody knows (rule 2 of the catalogue). How much it hurts is the list's tier. What a list that is
 * of no use says is neither a listing nor its absence. RFC 5782.
 */
#include "reports/catalogue.h"
#include "reports/dnsbl_model.h"
#include "reports/observed.h"
#include "reports/senders.h"
#include "scanner/base/arena.h"

#include <string.h>

/* One subject while it is judged. */
struct listing {
    const struct dnsbl_facts *facts;
    const struct dnsbl_subject_facts *subject;
    struct dnsbl_count count;
    const char *sends;    /* why it counts as a sender; NULL: nobody says so */
    enum outcome outcome; /* the worst of its listings */
    const char *names;    /* of the lists that list it */
    bool abuse, policy;   /* what they say */
};

/* ---- what is known ---- */

static enum outcome outcome_of(const struct dnsbl_list_facts *list, bool sends)
{
    if (!sends || !list->tier.known)
        return OUTCOME_INFO;
    return list->tier.value <= 1 ? OUTCOME_FAIL : list->tier.value == 2 ? OUTCOME_WARN : OUTCOME_INFO;
}

/* The lookup, where the list could be used and lists the subject; else NULL. */
static const struct dnsbl_lookup_facts *listed_by(const struct listing *listing,
                                                  const struct dnsbl_list_facts *list)
{
    const struct dnsbl_lookup_facts *lookup;

    if (!same_text(list->kind, listing->subject->kind) || list->usable != YES)
        return NULL;
    lookup = dnsbl_lookup(listing->subject, list->zone);
    return lookup != NULL && lookup->result == DNSBL_LISTED ? lookup : NULL;
}

static void listing_weigh(struct judgement *judgement, struct listing *listing)
{
    listing->count = dnsbl_count(listing->facts, listing->subject);
    listing->outcome = OUTCOME_PASS;
    for (size_t i = 0; i < listing->facts->lists.count; i++) {
        const struct dnsbl_list_facts *list = listing->facts->lists.items[i];
        const struct dnsbl_lookup_facts *lookup = listed_by(listing, list);
        enum outcome outcome;

        if (lookup == NULL || list->welcome == YES)
            continue;
        outcome = outcome_of(list, listing->sends != NULL);
        if (outcome < listing->outcome)
            listing->outcome = outcome;
        if (dnsbl_policy_only(lookup))
            listing->policy = true;
        else
            listing->abuse = true;
        listing->names = kept(judgement, listing->names == NULL
                                             ? arena_text(judgement->arena, text_or(list->name, list->zone))
                                             : arena_format(judgement->arena, "%s, %s", listing->names,
                                                            text_or(list->name, list->zone)));
    }
}

/* ---- evidence ---- */

static void evidence_listed(struct judgement *judgement, struct finding *finding,
                            const struct dnsbl_list_facts *list, const struct dnsbl_lookup_facts *lookup)
{
    const char *words = dnsbl_list_words(judgement->arena, list);

    for (size_t i = 0; i < lookup->codes.count; i++) {
        const struct dnsbl_code_facts *code = lookup->codes.items[i];

        finding_evidence(judgement, finding, "%s%s: %s, %s", list->welcome == YES ? "welcome list " : "",
                         words, text_or(code->code, "?"), text_or(code->meaning, "not explained"));
    }
    for (size_t i = 0; i < lookup->texts.count; i++)
        finding_evidence(judgement, finding, "%s says: %s", text_or(list->zone, "?"),
                         text_or(lookup->texts.items[i], ""));
}

static void evidence_lists(struct judgement *judgement, struct finding *finding,
                           const struct listing *listing)
{
    size_t unknown = listing->count.lists - listing->count.clean - listing->count.listed;

    for (size_t i = 0; i < listing->facts->lists.count; i++) {
        const struct dnsbl_list_facts *list = listing->facts->lists.items[i];
        const struct dnsbl_lookup_facts *lookup = listed_by(listing, list);

        if (lookup != NULL)
            evidence_listed(judgement, finding, list, lookup);
    }
    finding_evidence(
        judgement, finding, "%s by %zu of %zu blacklists%s",
        listing->count.listed == 0 ? "not listed" : "listed",
        listing->count.listed == 0 ? listing->count.clean : listing->count.listed, listing->count.lists,
        unknown == 0 ? ""
                     : kept(judgement, arena_format(judgement->arena,
                                                    "; %zu could not be used (dnsbl.usable)", unknown)));
}

/* ---- fixes ---- */

static void fix_removal(struct judgement *judgement, struct finding *finding, const struct listing *listing)
{
    for (size_t i = 0; i < listing->facts->lists.count; i++) {
        const struct dnsbl_list_facts *list = listing->facts->lists.items[i];

        if (list->welcome == YES || list->removal == NULL || listed_by(listing, list) == NULL)
            continue;
        finding_fix(judgement, finding, "Have it removed from %s:\n  %s", text_or(list->name, list->zone),
                    list->removal);
    }
}

static void fix_address(struct judgement *judgement, struct finding *finding, const struct listing *listing)
{
    const char *address = listing->subject->name;

    if (listing->sends == NULL)
        finding_fix(judgement, finding,
                    "If this address also sends mail, have it judged as a sender's: `--sender %s`", address);
    if (listing->abuse)
        finding_fix(
            judgement, finding,
            "First find what was sent, and end it, or the address is listed again: see which account or "
            "host the mail log and `postqueue -p` name too often, and change its password");
    if (listing->policy)
        finding_fix(
            judgement, finding,
            "Its network is listed as one that sends no mail directly. Have your provider (or the list, "
            "for a static address with a reverse name of its own) take the address off, or send through "
            "a relay, in Postfix (main.cf):\n  relayhost = [smtp.provider.example]:587\n"
            "docker-mailserver:\n  RELAY_HOST=smtp.provider.example");
    fix_removal(judgement, finding, listing);
}

static void fix_domain(struct judgement *judgement, struct finding *finding, const struct listing *listing)
{
    finding_fix(
        judgement, finding,
        "First find why: mail in your name that you did not send (DMARC reports show it), a hacked page "
        "that links to somebody's shop, or a mailing that its readers had not asked for");
    fix_removal(judgement, finding, listing);
}

/* ---- dnsbl.address, dnsbl.domain ---- */

static bool untested(struct judgement *judgement, const struct check *check, const struct subject *subject,
                     const struct listing *listing, const char *name)
{
    const char *reason = NULL;

    if (listing->subject == NULL)
        reason = list_has_text(&listing->facts->left_out, name)
                     ? "it was left out: too many addresses for the number of questions to the lists"
                     : "no blacklist was asked about it";
    else if (listing->count.lists == 0)
        reason = "there is no blacklist for this kind of address or name among those that are asked";
    else if (listing->count.clean + listing->count.listed == 0)
        reason = "no blacklist could be used (dnsbl.usable says why)";
    if (reason != NULL)
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, reason);
    return reason != NULL;
}

static void judge_one(struct judgement *judgement, const struct check *check, const struct subject *subject,
                      const char *name, const char *sends,
                      void (*fix)(struct judgement *judgement, struct finding *finding,
                                  const struct listing *listing))
{
    const struct dnsbl_facts *facts = observed_dnsbl(judgement);
    struct listing listing = {.facts = facts, .subject = dnsbl_subject(facts, name), .sends = sends};
    struct finding *finding;

    if (listing.subject != NULL)
        listing_weigh(judgement, &listing);
    if (untested(judgement, check, subject, &listing, name))
        return;
    if (listing.count.listed == 0)
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "%s is on no blacklist", name);
    else
        finding = finding_add(judgement, check, subject, listing.outcome, "%s is listed by %s", name,
                              text_or(listing.names, "?"));
    if (listing.sends != NULL && strcmp(listing.sends, "") != 0)
        finding_evidence(judgement, finding, "it counts as a sender: %s", listing.sends);
    evidence_lists(judgement, finding, &listing);
    if (listing.count.listed > 0)
        fix(judgement, finding, &listing);
}

static void judge_address(struct judgement *judgement, const struct check *check)
{
    struct list places = places_and_senders(judgement);

    for (size_t i = 0; i < places.count; i++) {
        const struct place *place = places.items[i];
        const char *address = place->address->address, *scope = place->address->scope;
        struct subject subject =
            subject_address(judgement, place->host == NULL ? NULL : place->host->name, address);

        if (scope != NULL && strcmp(scope, "global") != 0)
            finding_untested(
                judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                kept(judgement, arena_format(judgement->arena, "the address is not public (%s)", scope)));
        else
            judge_one(judgement, check, &subject, address, address_sends(judgement, address), fix_address);
    }
}

const struct check check_dnsbl_address = {
    .id = "dnsbl.address",
    .severity = SEVERITY_HIGH,
    .area = AREA_REACHABILITY,
    .title = "No blacklist lists the address",
    .why = "Many receivers refuse mail from an address that a blacklist names, or put it among the spam.",
    .reference = "RFC 5782",
    .explanation =
        "Each public address of a mail host and of --sender is looked up in each blacklist for its family. A "
        "listing fails for an address that sends (given with --sender, or authorised by SPF) when many "
        "receivers reject by the list, warns when some do, and informs when few do. For other addresses of "
        "mail hosts it informs: nobody looks up who only receives. Lists of networks that are not meant to "
        "send directly (PBL and the like) say nothing of spam, but their word counts for a sender. A listing "
        "by a welcome list is told. Only lists whose test entries show that they can be believed count.\n\n"
        "Fix: end the cause first, then ask for removal at the page of the list, which the finding names. "
        "Never pay for it.",
    .judge = judge_address,
};

static void judge_domain(struct judgement *judgement, const struct check *check)
{
    const char *domain = observed_dns(judgement)->domain;
    struct subject subject = subject_domain(judgement);

    if (domain != NULL)
        judge_one(judgement, check, &subject, domain, "", fix_domain);
}

const struct check check_dnsbl_domain = {
    .id = "dnsbl.domain",
    .severity = SEVERITY_HIGH,
    .area = AREA_REACHABILITY,
    .title = "No blacklist lists the domain",
    .why = "Filters look up the domain of the sender and of every link in a mail: a listed one is spam "
           "wherever it "
           "comes from.",
    .reference = "RFC 5782",
    .explanation =
        "The domain is looked up in each blacklist of domains. A listing fails when many receivers "
        "reject by the list, warns when some do, and informs when few do.\n\n"
        "Fix: end the cause first, then ask for removal at the page of the list, which the finding "
        "names.",
    .judge = judge_domain,
};

/* ---- dnsbl.usable ---- */

static void fix_usable(struct judgement *judgement, struct finding *finding, const struct dnsbl_facts *facts)
{
    bool refused = false, useless = false;

    for (size_t i = 0; i < facts->lists.count; i++) {
        const struct dnsbl_list_facts *list = facts->lists.items[i];

        refused = refused || list->fault == DNSBL_REFUSED;
        useless = useless || list->fault == DNSBL_LISTS_ALL || list->fault == DNSBL_ENDED;
    }
    if (refused)
        finding_fix(judgement, finding,
                    "They do not answer resolvers that many share. Run one of your own where you scan from "
                    "(`apt install unbound`, then `--resolver 127.0.0.1`), or ask without one (`--resolver "
                    "iterate`), or put a key of your own into a file for `--blocklists`");
    if (useless)
        finding_fix(judgement, finding,
                    "A server that asks a list of no use may refuse all mail. Take it out of "
                    "`postscreen_dnsbl_sites` and `reject_rbl_client` in Postfix's main.cf, if it is there");
}

static const char *use_words(struct judgement *judgement, const struct dnsbl_list_facts *list)
{
    const char *words = dnsbl_list_words(judgement->arena, list);

    return kept(judgement, arena_format(judgement->arena, "%s%s: %s", words,
                                        same_text(list->kind, "ipv6") ? " for IPv6" : "",
                                        text_or(list->reason, "not known")));
}

static void judge_usable(struct judgement *judgement, const struct check *check)
{
    const struct dnsbl_facts *facts = observed_dnsbl(judgement);
    struct subject subject = subject_target(judgement);
    struct finding *finding;
    size_t usable = 0, iterated = 0;

    for (size_t i = 0; i < facts->lists.count; i++) {
        usable += ((const struct dnsbl_list_facts *)facts->lists.items[i])->usable == YES;
        iterated += ((const struct dnsbl_list_facts *)facts->lists.items[i])->iterated == YES;
    }
    if (facts->lists.count == 0) {
        finding_untested(judgement, check, &subject,
                         facts->subjects.observed ? OUTCOME_NOT_APPLICABLE : OUTCOME_NOT_TESTED,
                         !facts->subjects.observed    ? "no blacklist was asked"
                         : facts->subjects.count == 0 ? "there was nothing to look up in a list"
                                                      : "there is no list to ask");
        return;
    }
    if (usable == 0)
        finding =
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                             kept(judgement, arena_format(judgement->arena, "none of %zu lists could be used",
                                                          facts->lists.count)));
    else if (usable < facts->lists.count)
        finding = finding_add(judgement, check, &subject, OUTCOME_INFO, "%zu of %zu lists could not be used",
                              facts->lists.count - usable, facts->lists.count);
    else
        finding =
            finding_add(judgement, check, &subject, OUTCOME_PASS, "All %zu lists could be used", usable);
    for (size_t i = 0; i < facts->lists.count; i++) {
        const struct dnsbl_list_facts *list = facts->lists.items[i];

        if (list->usable != YES)
            finding_evidence(judgement, finding, "%s", use_words(judgement, list));
    }
    if (iterated > 0)
        finding_evidence(judgement, finding, "%zu refused the resolver and were asked by iteration",
                         iterated);
    if (facts->left_out.count > 0)
        finding_evidence(judgement, finding, "%zu addresses were left out: too many for the lists",
                         facts->left_out.count);
    fix_usable(judgement, finding, facts);
}

const struct check check_dnsbl_usable = {
    .id = "dnsbl.usable",
    .severity = SEVERITY_NONE,
    .area = AREA_NONE,
    .title = "The blacklists could be used",
    .why = "A list that refuses us, has ended or answers everything says nothing of the address, however it "
           "answers.",
    .reference = "RFC 5782 section 5",
    .explanation = "Every list has an entry that must be there and one that must not. Both are looked up "
                   "once in a run. A "
                   "list that fails this test, refuses the resolver, gives no answer, or answers what it "
                   "does not explain "
                   "is left out, and this says why. A refused question is asked once more of the list's own "
                   "name servers, "
                   "unless --resolver names one.\n\n"
                   "Fix: scan with a resolver of your own (a public one, such as that of a large provider, "
                   "is refused by most "
                   "lists), or give a file with your keys to --blocklists.",
    .judge = judge_usable,
};
