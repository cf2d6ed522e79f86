/*
 * spf_senders.c - what receivers make of the addresses that send, or could: check_host() for MAIL FROM and HELO
 *
 * Rule 2 of the catalogue: it fails for addresses given with --sender. That the record does not name an MX informs, as
 * an MX that only receives needs no place in it.
 */
#include "reports/catalogue.h"
#include "reports/checks/spf_shared.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "reports/senders.h"
#include "reports/spf_fix.h"
#include "reports/spf_model.h"
#include "reports/txt_record.h"
#include "scanner/base/arena.h"

#include <string.h>

/* How the result came about. */
static void evidence_result(struct judgement *judgement, struct finding *finding,
                            const struct spf_result_facts *result)
{
    if (result == NULL || result->result == SPF_NOT_OBSERVED)
        return;
    finding_evidence(judgement, finding, "%s for %s from %s%s%s", spf_result_word(result->result),
                     text_or(result->domain, "?"), text_or(result->address, "?"),
                     result->reason != NULL ? ": " : "", text_or(result->reason, ""));
    if (result->term != NULL)
        finding_evidence(judgement, finding, "decided by %s in the record of %s%s%s", result->term,
                         text_or(result->record, "?"), result->network != NULL ? ", network " : "",
                         text_or(result->network, ""));
    else if (result->record != NULL && result->result == SPF_NEUTRAL)
        finding_evidence(judgement, finding, "no term of the record of %s matched", result->record);
    if (result->explanation != NULL)
        finding_evidence(judgement, finding, "the domain says to who is refused: %s", result->explanation);
    if (result->lookups.known)
        finding_evidence(judgement, finding, "terms with lookups: %lld; that found nothing: %lld",
                         (long long)result->lookups.value, (long long)result->void_lookups.value);
}

/* ---- spf.senders ---- */

/* An error of the record is mended there; else the address is missing. */
static void fix_sender(struct judgement *judgement, struct finding *finding, const struct place *place,
                       const struct spf_result_facts *result)
{
    const char *words =
        place->host == NULL ? "Let it send: publish" : "If this address also sends mail, publish";

    if (result->result == SPF_PERMERROR)
        finding_fix(judgement, finding,
                    "The record ends in an error: what the other findings about SPF say comes first");
    spf_fix(judgement, finding, words, &(struct spf_wish){.address = place->address->address});
}

static void judge_place(struct judgement *judgement, const struct check *check, const struct place *place)
{
    const char *host = place->host == NULL ? NULL : place->host->name;
    struct subject subject = subject_address(judgement, host, place->address->address);
    const struct spf_result_facts *result = spf_result_of(observed_spf(judgement), place->address->address);
    bool is_sender = address_is_given(judgement, place->address->address);
    struct finding *finding;

    if (place->address->scope != NULL && strcmp(place->address->scope, "global") != 0) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                         kept(judgement, arena_format(judgement->arena, "the address is not public (%s)",
                                                      place->address->scope)));
        return;
    }
    if (result == NULL || result->result == SPF_NOT_OBSERVED || result->result == SPF_TEMPERROR) {
        finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                   result == NULL ? "it was not evaluated"
                                                  : text_or(result->reason, "the DNS gave no answer"));
    } else if (result->result == SPF_PASS) {
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS, "SPF lets %s send for the domain",
                              subject.address);
    } else {
        finding = finding_add(judgement, check, &subject, is_sender ? OUTCOME_FAIL : OUTCOME_INFO,
                              "SPF does not let %s send for the domain: %s", subject.address,
                              spf_result_word(result->result));
        fix_sender(judgement, finding, place, result);
    }
    evidence_result(judgement, finding, result);
}

static void judge_senders(struct judgement *judgement, const struct check *check)
{
    struct list places = places_and_senders(judgement);
    struct subject subject = subject_domain(judgement);
    size_t judged = 0;

    if (observed_dns(judgement)->domain == NULL)
        return;
    for (size_t i = 0; i < places.count; i++) {
        const struct place *place = places.items[i];

        if (place->host != NULL && !host_receives(place->host) &&
            !address_is_given(judgement, place->address->address))
            continue;
        judge_place(judgement, check, place);
        judged++;
    }
    if (judged == 0)
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                         "no address is known that sends or receives for the domain");
}

const struct check check_spf_senders = {
    .id = "spf.senders",
    .severity = SEVERITY_HIGH,
    .area = AREA_AUTHENTICATION,
    .title = "SPF lets the address send for the domain",
    .why = "Receivers refuse mail from addresses that the domain's SPF record does not name, or put it into "
           "the spam folder.",
    .reference = "RFC 7208 section 4",
    .explanation =
        "For each address given with --sender, and each address of an MX, check_host() is evaluated for "
        "postmaster@DOMAIN as a receiver would. Anything but pass fails for --sender addresses. For an MX "
        "that is not "
        "given with --sender it informs, as nobody outside knows whether it sends.\n\n"
        "Fix: add the address, or an a, mx or include that leads to it, before \"all\".",
    .judge = judge_senders,
};

/* ---- spf.helo ---- */

/* The domain's own record is that of its mail, too: it is never replaced by one for a server. `address`: that the
 * record of the name does not let send; NULL: it has none, or is broken. */
static void fix_helo(struct judgement *judgement, struct finding *finding, const struct spf_helo_facts *helo,
                     const char *address)
{
    const char *line;

    if (!host_name_qualified(helo->name) || !host_is_own(judgement, helo->name))
        return;
    line = txt_record_lines(judgement, helo->name, "v=spf1 a -all");
    if (same_name(helo->name, observed_dns(judgement)->domain)) {
        if (address != NULL)
            spf_fix(judgement, finding, "If this address also sends mail, publish",
                    &(struct spf_wish){.address = address});
        else
            finding_fix(
                judgement, finding,
                "The name is the domain itself: what the other findings about SPF say is all it takes");
    } else if (helo->texts.count == 0) {
        finding_fix(judgement, finding, "Publish a record for the name:\n%s", line);
    } else {
        finding_fix(judgement, finding,
                    "If nobody sends mail as user@%s, publish this in place of the record of the name:\n%s",
                    helo->name, line);
    }
}

/* The result that decides: an error before a refusal, before what the DNS did not answer. NULL: all passed. */
static const struct spf_result_facts *worst_of(const struct list *results)
{
    static const int weights[] = {
        [SPF_NOT_OBSERVED] = 1, [SPF_NONE] = 2,     [SPF_NEUTRAL] = 2,   [SPF_PASS] = 0,
        [SPF_FAIL] = 3,         [SPF_SOFTFAIL] = 3, [SPF_TEMPERROR] = 1, [SPF_PERMERROR] = 4,
    };
    const struct spf_result_facts *worst = NULL;

    for (size_t i = 0; i < results->count; i++) {
        const struct spf_result_facts *result = results->items[i];

        if (weights[result->result] > (worst == NULL ? 0 : weights[worst->result]))
            worst = result;
    }
    return worst;
}

static struct finding *judge_results(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject, const struct spf_helo_facts *helo)
{
    const struct spf_result_facts *worst = worst_of(&helo->results);
    struct finding *finding;

    if (helo->results.count == 0)
        return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, "it was not evaluated");
    if (worst == NULL)
        return finding_add(judgement, check, subject, OUTCOME_PASS,
                           "SPF lets the server send under its own name %s", helo->name);
    if (worst->result == SPF_TEMPERROR || worst->result == SPF_NOT_OBSERVED)
        return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                                text_or(worst->reason, "the DNS gave no answer"));
    if (worst->result == SPF_PERMERROR)
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "The SPF record of %s cannot be evaluated: %s", helo->name,
                              text_or(worst->reason, "no reason noted"));
    else
        finding = finding_add(judgement, check, subject,
                              address_sends(judgement, worst->address) != NULL ? OUTCOME_FAIL : OUTCOME_INFO,
                              "SPF does not let %s send under its own name %s: %s",
                              text_or(worst->address, "?"), helo->name, spf_result_word(worst->result));
    fix_helo(judgement, finding, helo, worst->result == SPF_PERMERROR ? NULL : worst->address);
    return finding;
}

static void judge_name(struct judgement *judgement, const struct check *check,
                       const struct spf_helo_facts *helo)
{
    struct subject subject = subject_host(helo->name);
    struct finding *finding;

    if (question_lost(helo->question)) {
        finding = finding_record_lost(judgement, check, &subject, helo->question);
    } else if (helo->texts.count == 0) {
        finding =
            finding_add(judgement, check, &subject, OUTCOME_INFO,
                        "The name %s, which the server may give in HELO, has no SPF record", helo->name);
        fix_helo(judgement, finding, helo, NULL);
    } else {
        finding = judge_results(judgement, check, &subject, helo);
    }
    for (size_t i = 0; i < helo->texts.count; i++)
        finding_evidence(judgement, finding, "TXT %s: %s", helo->name, (const char *)helo->texts.items[i]);
    for (size_t i = 0; i < helo->results.count; i++)
        evidence_result(judgement, finding, helo->results.items[i]);
}

static void judge_helo(struct judgement *judgement, const struct check *check)
{
    const struct spf_facts *facts = observed_spf(judgement);
    const struct list *hosts = observed_hosts(judgement);
    struct subject subject = subject_target(judgement);
    size_t judged = 0;

    for (size_t i = 0; facts != NULL && i < facts->helo.count; i++) {
        const struct spf_helo_facts *helo = facts->helo.items[i];

        if (helo->name == NULL)
            continue;
        judge_name(judgement, check, helo);
        judged++;
    }
    if (judged > 0)
        return;
    if (facts == NULL || !facts->helo.observed)
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, "the names were not looked up");
    else
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                         hosts->count == 0 ? "no mail host is known" : "no server gave a name of its own");
}

const struct check check_spf_helo = {
    .id = "spf.helo",
    .severity = SEVERITY_LOW,
    .area = AREA_AUTHENTICATION,
    .title = "SPF lets the server send under its own name",
    .why = "Bounces have no sender, so receivers look at the SPF of the name that the server gives in HELO.",
    .reference = "RFC 7208 sections 2.3 and 2.4",
    .explanation = "For each name of a mail host, and each that a server gives itself in its answer to EHLO, "
                   "the SPF record is "
                   "looked up and evaluated for the addresses it is given by. No record informs. A record "
                   "that does not let the "
                   "server send fails where the address is known to send, and informs elsewhere: a server "
                   "that only receives may "
                   "well publish \"v=spf1 -all\" for its name.\n\n"
                   "Fix: mail.example.org. IN TXT \"v=spf1 a -all\"",
    .judge = judge_helo,
};
