/*
 * ptr.c - reverse DNS of the addresses of mail hosts and senders
 *
 * Receivers look at the reverse name of who sends to them. An MX only receives, as far as anybody outside
 * can know, so for its addresses these checks inform; they fail for addresses known to send (rule 2 of the
 * catalogue). RFC 1912 2.1, RFC 8601 3 (forward-confirmed: iprev).
 */
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "reports/senders.h"
#include "scanner/base/address.h"
#include "scanner/base/arena.h"

#include <string.h>

/* ---- the address a finding is about ---- */

/* The name by which the address is known; NULL for one of --sender that is no mail host's. */
static const char *place_name(const struct place *place)
{
    return place->host == NULL ? NULL : place->host->name;
}

static struct subject subject_place(struct judgement *judgement, const struct place *place)
{
    return subject_address(judgement, place_name(place), place->address->address);
}

/* What a fault is for this address: it hurts nobody who only receives. */
static enum outcome fault_outcome(const struct judgement *judgement, const struct place *place,
                                  enum outcome of_sender)
{
    return address_sends(judgement, place->address->address) != NULL ? of_sender : OUTCOME_INFO;
}

static void evidence_sends(struct judgement *judgement, struct finding *finding, const struct place *place)
{
    const char *why = address_sends(judgement, place->address->address);

    if (why != NULL)
        finding_evidence(judgement, finding, "it counts as a sender: %s", why);
}

/* Adds the finding when nothing can be said of the address; true when it was added. */
static bool reverse_untested(struct judgement *judgement, const struct check *check,
                             const struct subject *subject, const struct place *place,
                             const struct ptr_facts *ptr)
{
    struct finding *finding;

    if (place->address->scope != NULL && strcmp(place->address->scope, "global") != 0) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE,
                         kept(judgement, arena_format(judgement->arena, "the address is not public (%s)",
                                                      place->address->scope)));
        return true;
    }
    if (ptr != NULL && !question_lost(ptr->question) &&
        (ptr->question->outcome != DNS_DATA || ptr->names.observed || ptr->names.count > 0))
        return false;
    finding = finding_untested(
        judgement, check, subject, OUTCOME_NOT_TESTED,
        kept(judgement, arena_format(judgement->arena, "the reverse name could not be looked up (%s)",
                                     question_failure(ptr == NULL ? NULL : ptr->question))));
    if (ptr != NULL)
        evidence_question(judgement, finding, ptr->question);
    return true;
}

/* How many names nobody looked at. */
static size_t left_out(const struct ptr_facts *ptr)
{
    return ptr->names_left_out.known && ptr->names_left_out.value > 0 ? (size_t)ptr->names_left_out.value : 0;
}

static const char *left_out_words(struct judgement *judgement, const struct ptr_facts *ptr,
                                  const char *looked_at)
{
    return kept(judgement,
                arena_format(judgement->arena, "none of the %zu reverse names %s, and %zu more were left out",
                             ptr->names.count, looked_at, left_out(ptr)));
}

static bool has_name(const struct ptr_facts *ptr)
{
    return ptr->question->outcome == DNS_DATA && ptr->names.count > 0;
}

/* A name to suggest: the mail host's, or one by which the sender was seen to be known. */
static const char *good_name(const struct place *place, const struct ptr_facts *ptr)
{
    if (host_name_qualified(place_name(place)))
        return place_name(place);
    for (size_t i = 0; ptr != NULL && i < ptr->names.count; i++) {
        const struct ptr_name_facts *name = ptr->names.items[i];

        if (host_name_qualified(name->name) && !name_looks_generic(name->name, place->address->address))
            return name->name;
    }
    return NULL;
}

static void fix_reverse(struct judgement *judgement, struct finding *finding, const struct place *place,
                        const struct ptr_facts *ptr)
{
    const char *name = good_name(place, ptr), *text = place->address->address;
    bool sends = address_sends(judgement, text) != NULL;
    const char *domain = observed_dns(judgement)->domain;
    char reverse[ADDRESS_REVERSE_SIZE];
    struct address address;

    if (address_parse(text, &address) < 0)
        return;
    if (name == NULL && (!sends || !host_name_qualified(domain)))
        return;
    if (name == NULL)
        name = kept(judgement, arena_format(judgement->arena, "out.%s", domain));
    finding_fix(judgement, finding,
                sends
                    ? "Ask the provider of %s to set its reverse name to that of the server, as %s"
                    : "If this address also sends mail, ask its provider to set the reverse name of %s to %s",
                text, name);
    address_reverse_name(&address, reverse);
    if (place->host != NULL)
        finding_fix(judgement, finding, "The record is:\n  %s. IN PTR %s.", reverse, name);
    else
        finding_fix(judgement, finding, "The records are:\n  %s. IN PTR %s.\n  %s. IN %s %s", reverse, name,
                    name, is_ipv6(text) ? "AAAA" : "A", text);
}

/* ---- ptr.present ---- */

static void judge_present(struct judgement *judgement, const struct check *check)
{
    struct list places = places_and_senders(judgement);

    for (size_t i = 0; i < places.count; i++) {
        const struct place *place = places.items[i];
        const struct ptr_facts *ptr = observed_ptr(judgement, place->address->address);
        struct subject subject = subject_place(judgement, place);
        struct finding *finding;

        if (reverse_untested(judgement, check, &subject, place, ptr))
            continue;
        if (!has_name(ptr)) {
            finding = finding_add(judgement, check, &subject, fault_outcome(judgement, place, OUTCOME_FAIL),
                                  "%s has no reverse name", subject.address);
            fix_reverse(judgement, finding, place, ptr);
        } else if (ptr->names.count + left_out(ptr) > 1) {
            finding =
                finding_add(judgement, check, &subject, fault_outcome(judgement, place, OUTCOME_WARN),
                            "%s has %zu reverse names", subject.address, ptr->names.count + left_out(ptr));
            finding->why = "More than one reverse name is allowed, but receivers pick any one of them.";
        } else {
            const struct ptr_name_facts *name = ptr->names.items[0];

            finding = finding_add(judgement, check, &subject, OUTCOME_PASS, "%s has the reverse name %s",
                                  subject.address, text_or(name->name, "?"));
        }
        evidence_sends(judgement, finding, place);
        evidence_question(judgement, finding, ptr->question);
    }
}

const struct check check_ptr_present = {
    .id = "ptr.present",
    .severity = SEVERITY_HIGH,
    .area = AREA_REACHABILITY,
    .title = "The address has a reverse name",
    .why =
        "Most receivers, Gmail and Outlook among them, refuse mail from an address without a reverse name.",
    .reference = "RFC 1912 section 2.1",
    .explanation =
        "The PTR record of each address of a mail host and of --sender is looked up. Only receivers of its "
        "mail "
        "care: an address that sends must have one, an address that only receives may do without. A missing "
        "name fails, and more than one warns, for an address known to send (--sender, or authorised by SPF); "
        "for other addresses of mail hosts both inform, as nobody outside knows whether they also send.\n\n"
        "Fix: the reverse zone belongs to whoever gave out the address. Ask the hosting or access provider "
        "to "
        "set it (often a field in its control panel), to the name by which the server introduces itself.",
    .judge = judge_present,
};

/* ---- ptr.forward ---- */

static enum known confirmed(const struct ptr_facts *ptr)
{
    enum known result = left_out(ptr) == 0 ? NO : UNKNOWN;

    for (size_t i = 0; i < ptr->names.count; i++) {
        const struct ptr_name_facts *name = ptr->names.items[i];

        if (name->confirmed == YES)
            return YES;
        if (name->confirmed == UNKNOWN)
            result = UNKNOWN;
    }
    return result;
}

static void fix_forward(struct judgement *judgement, struct finding *finding, const struct place *place,
                        const struct ptr_facts *ptr)
{
    const struct ptr_name_facts *name = ptr->names.items[0];

    if (host_name_qualified(name->name))
        finding_fix(judgement, finding, "Publish the way back:\n  %s. IN %s %s", name->name,
                    is_ipv6(place->address->address) ? "AAAA" : "A", place->address->address);
    if (host_name_qualified(place_name(place)))
        finding_fix(judgement, finding, "Or ask the provider to set the reverse name of %s to %s",
                    place->address->address, place_name(place));
}

static void judge_forward(struct judgement *judgement, const struct check *check)
{
    struct list places = places_and_senders(judgement);

    for (size_t i = 0; i < places.count; i++) {
        const struct place *place = places.items[i];
        const struct ptr_facts *ptr = observed_ptr(judgement, place->address->address);
        struct subject subject = subject_place(judgement, place);
        struct finding *finding = NULL;

        if (reverse_untested(judgement, check, &subject, place, ptr))
            continue;
        if (!has_name(ptr)) {
            finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                             "the address has no reverse name");
            continue;
        }
        switch (confirmed(ptr)) {
        case YES:
            finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                                  "The reverse name of %s leads back to it", subject.address);
            break;
        case NO:
            finding = finding_add(judgement, check, &subject, fault_outcome(judgement, place, OUTCOME_FAIL),
                                  "The reverse name of %s does not lead back to it", subject.address);
            fix_forward(judgement, finding, place, ptr);
            break;
        case UNKNOWN:
            finding = finding_untested(
                judgement, check, &subject, OUTCOME_NOT_TESTED,
                left_out(ptr) > 0
                    ? left_out_words(judgement, ptr, "that were looked at is known to lead back")
                    : "the addresses of the reverse name could not be looked up");
            break;
        }
        evidence_sends(judgement, finding, place);
        evidence_question(judgement, finding, ptr->question);
        for (size_t j = 0; j < ptr->names.count; j++) {
            const struct ptr_name_facts *name = ptr->names.items[j];

            evidence_question(judgement, finding, name->forward);
        }
    }
}

const struct check check_ptr_forward = {
    .id = "ptr.forward",
    .severity = SEVERITY_HIGH,
    .area = AREA_REACHABILITY,
    .title = "The reverse name leads back to the address",
    .why =
        "A reverse name that does not lead back to its address could be anybody's; receivers treat it like "
        "none.",
    .reference = "RFC 1912 section 2.1, RFC 8601 section 3",
    .explanation =
        "For each name in the PTR record the A or AAAA records are looked up; one of the names must lead "
        "back "
        "to the address (forward-confirmed reverse DNS). It need not be the name of the mail domain, nor "
        "equal the name in the server's greeting. At most 8 names are looked up; where there are more and "
        "none of "
        "those leads back, nothing is said. One that leads elsewhere fails for addresses known to send, and "
        "informs for the others, as ptr.present does.\n\n"
        "Fix: publish an A or AAAA record for the reverse name, or have the reverse name changed.",
    .judge = judge_forward,
};

/* ---- ptr.generic ---- */

static void judge_generic(struct judgement *judgement, const struct check *check)
{
    struct list places = places_and_senders(judgement);

    for (size_t i = 0; i < places.count; i++) {
        const struct place *place = places.items[i];
        const struct ptr_facts *ptr = observed_ptr(judgement, place->address->address);
        struct subject subject = subject_place(judgement, place);
        const char *generic = NULL;
        struct finding *finding;

        if (reverse_untested(judgement, check, &subject, place, ptr))
            continue;
        if (!has_name(ptr)) {
            finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                             "the address has no reverse name");
            continue;
        }
        for (size_t j = 0; j < ptr->names.count && generic == NULL; j++) {
            const struct ptr_name_facts *name = ptr->names.items[j];

            if (name_looks_generic(name->name, place->address->address))
                generic = name->name;
        }
        if (generic == NULL && left_out(ptr) > 0) {
            finding =
                finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                 left_out_words(judgement, ptr, "that were looked at is a generated one"));
        } else if (generic == NULL) {
            finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                                  "The reverse name of %s looks like a server's", subject.address);
        } else {
            finding = finding_add(judgement, check, &subject, fault_outcome(judgement, place, OUTCOME_WARN),
                                  "The reverse name of %s looks like a customer line's: %s", subject.address,
                                  generic);
            fix_reverse(judgement, finding, place, ptr);
        }
        evidence_sends(judgement, finding, place);
        evidence_question(judgement, finding, ptr->question);
    }
}

const struct check check_ptr_generic = {
    .id = "ptr.generic",
    .severity = SEVERITY_LOW,
    .area = AREA_REACHABILITY,
    .title = "The reverse name is not a generated one",
    .why =
        "A reverse name made from the address is what dial-up lines and hacked machines have; many receivers "
        "count it against the sender.",
    .reference = "RFC 1912 section 2.1",
    .explanation =
        "The reverse name is compared with the address (its octets, dashed, dotted, reversed or hex) "
        "and with words such as dyn, dhcp, pool, dsl or static. It warns for addresses known to send, and "
        "informs for the others.\n\n"
        "Fix: ask the provider to set the reverse name to the name of the mail server.",
    .judge = judge_generic,
};
