/*
 * dkim.c - is there a key under each selector, is it strong enough, meant in earnest, and the one that signs?
 *
 * RFC 6376 3.6 (keys), RFC 8301 (sizes and hashes), RFC 8463 (Ed25519). Nobody can list the selectors of a domain:
 * finding none says nothing, missing one that was given fails. What happened to a record on its way into the zone is
 * judged in dkim_damage.c.
 */
#include "reports/dkim.h"
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "reports/txt_record.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

/* RFC 8301 3.2: what receivers must not accept, what signers should have, what receivers must be able to verify. */
enum { RSA_BITS_LEAST = 1024, RSA_BITS_GOOD = 2048, RSA_BITS_MOST = 4096 };

/* ---- how to make it right ---- */

/* A new key under the selector `name`, by the signer that is known or in any case. */
static void fix_new_key(struct judgement *judgement, struct finding *finding,
                        const struct dkim_selector_facts *selector, const char *name)
{
    const char *domain = observed_dns(judgement)->domain;

    if (selector->provider != NULL)
        finding_fix(judgement, finding, "The key is %s's: switch DKIM on there, or have it make a new one",
                    selector->provider);
    else if (host_name_valid(domain) && host_name_valid(name))
        finding_fix(
            judgement, finding,
            "Make a key, with docker-mailserver:\n  setup config dkim keysize 2048 selector %s domain "
            "%s\nwith OpenDKIM:\n  opendkim-genkey -b 2048 -s %s -d %s\nor with rspamd:\n  rspamadm "
            "dkim_keygen -b 2048 -s %s -d %s -k %s.key\nEach writes the record to publish.",
            name, domain, name, domain, name, domain, name);
}

static void fix_record(struct judgement *judgement, struct finding *finding, const char *owner,
                       const char *record)
{
    const char *lines = record == NULL ? NULL : txt_record_lines(judgement, owner, record);

    if (lines != NULL)
        finding_fix(judgement, finding, "Publish this record, and no other at this name:\n%s", lines);
}

/* The record as it is, but for one tag. NULL: it has no such tag, or not as we could write it. */
static const char *record_without(struct judgement *judgement, const struct dkim_record_facts *record,
                                  char tag, const char *instead)
{
    const char *text = record->text, *at = text;

    while (at != NULL && strchr(text, '\\') == NULL) {
        const char *name = at + strspn(at, " \t"), *end = strchr(name, ';');

        if (*name == tag && name[1 + strspn(name + 1, " \t")] == '=')
            return kept(judgement,
                        arena_format(judgement->arena, "%.*s%s%s", (int)(name - text), text, instead,
                                     end == NULL ? "" : end + 1 + strspn(end + 1, " \t")));
        at = end == NULL ? NULL : end + 1;
    }
    return NULL;
}

static void evidence_selector(struct judgement *judgement, struct finding *finding,
                              const struct dkim_selector_facts *selector)
{
    const struct dns_question_facts *question = selector->question;

    evidence_question(judgement, finding, question);
    if (question != NULL && question->aliases.count > 0)
        finding_evidence(judgement, finding, "the alias leads to %s%s%s%s",
                         text_or(dkim_owner(selector), "?"), selector->provider != NULL ? " (" : "",
                         text_or(selector->provider, ""), selector->provider != NULL ? ")" : "");
    if (selector->given != YES && selector->used_by != NULL)
        finding_evidence(judgement, finding, "a selector of %s", selector->used_by);
    if (selector->wildcard == YES)
        finding_evidence(judgement, finding, "a wildcard: any selector has this answer");
}

/* ---- dkim.key ---- */

static struct finding *judge_missing(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject,
                                     const struct dkim_selector_facts *selector)
{
    bool aliased = selector->question->aliases.count > 0;
    struct finding *finding;

    if (selector->given != YES)
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "The alias of the selector %s leads to no key", text_or(selector->name, "?"));
    else
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              aliased ? "The alias of the selector %s leads to no key"
                                      : "There is no key under the selector %s",
                              text_or(selector->name, "?"));
    if (selector->expected != NULL && !aliased)
        fix_record(judgement, finding, dkim_owner(selector), selector->expected->text);
    else
        fix_new_key(judgement, finding, selector, text_or(selector->name, "mail"));
    return finding;
}

static struct finding *judge_fault(struct judgement *judgement, const struct check *check,
                                   const struct subject *subject, const struct dkim_selector_facts *selector,
                                   const struct dkim_record_facts *record)
{
    struct finding *finding;

    if (dkim_is_damaged(record))
        return finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE,
                                "the record is damaged (dkim.damage)");
    finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                          "Nobody can verify with the key of the selector %s: %s",
                          text_or(selector->name, "?"), record->fault);
    if (record->repaired != NULL)
        fix_record(judgement, finding, dkim_owner(selector), record->repaired);
    else if (selector->expected != NULL)
        fix_record(judgement, finding, dkim_owner(selector), selector->expected->text);
    else
        fix_new_key(judgement, finding, selector, text_or(selector->name, "mail"));
    return finding;
}

static struct finding *judge_revoked(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject,
                                     const struct dkim_selector_facts *selector)
{
    struct finding *finding =
        finding_add(judgement, check, subject, selector->given == YES ? OUTCOME_FAIL : OUTCOME_INFO,
                    "The key of the selector %s is revoked", text_or(selector->name, "?"));

    if (selector->given == YES)
        finding_fix(
            judgement, finding,
            "Signatures with this selector no longer count. Sign with a selector whose key is published, or "
            "publish the key again if the empty p= is a mistake");
    return finding;
}

static struct finding *judge_record(struct judgement *judgement, const struct check *check,
                                    const struct subject *subject, const struct dkim_selector_facts *selector)
{
    size_t count;
    const struct dkim_record_facts *record = dkim_key_record(selector, &count);
    struct finding *finding;

    if (count == 0)
        return judge_missing(judgement, check, subject, selector);
    if (count > 1) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "The selector %s has %zu keys, and which one a verifier takes is chance",
                              text_or(selector->name, "?"), count);
        finding_fix(judgement, finding, "Keep the record of the key that signs, and remove the others");
        return finding;
    }
    if (record->fault != NULL)
        return judge_fault(judgement, check, subject, selector, record);
    if (record->revoked == YES)
        return judge_revoked(judgement, check, subject, selector);
    if (record->for_mail == NO) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "The key of the selector %s is not for mail", text_or(selector->name, "?"));
        finding_fix(judgement, finding,
                    "Take the tag `s=` out of the record: without it the key is for all services");
        fix_record(judgement, finding, dkim_owner(selector), record_without(judgement, record, 's', ""));
        return finding;
    }
    return finding_add(judgement, check, subject, OUTCOME_PASS, "The selector %s has a key (%s)",
                       text_or(selector->name, "?"), dkim_key_words(judgement, record));
}

static void judge_key_of(struct judgement *judgement, const struct check *check,
                         const struct subject *subject, const struct dkim_selector_facts *selector)
{
    struct finding *finding;
    size_t count;
    const struct dkim_record_facts *record = dkim_key_record(selector, &count);

    if (question_lost(selector->question))
        finding = finding_untested(
            judgement, check, subject, OUTCOME_NOT_TESTED,
            kept(judgement, arena_format(judgement->arena, "the key could not be looked up (%s)",
                                         question_failure(selector->question))));
    else
        finding = judge_record(judgement, check, subject, selector);
    evidence_selector(judgement, finding, selector);
    if (record != NULL)
        evidence_lines(judgement, finding, &record->remarks);
}

/* Why it is not known whether the domain has a key. */
static const char *nothing_found(struct judgement *judgement, const struct dkim_facts *dkim)
{
    const struct dns_question_facts *node = dkim == NULL ? NULL : dkim->node;
    const char *lost = "";

    if (dkim == NULL || question_lost(node))
        return kept(judgement, arena_format(judgement->arena, "the keys could not be looked up (%s)",
                                            question_failure(node)));
    if (dkim->random_records.count > 0)
        return "a wildcard answers for every selector, and no common one has a key of its own: name yours "
               "with "
               "--selector";
    if (dkim->common_lost.known && dkim->common_lost.value > 0)
        lost = kept(judgement, arena_format(judgement->arena, " (%lld gave no answer)",
                                            (long long)dkim->common_lost.value));
    if (node->outcome == DNS_NXDOMAIN && node->security == DNS_SECURE)
        return "no key is published, whatever the selector: DNSSEC proves that there is nothing below "
               "_domainkey";
    return kept(judgement,
                arena_format(judgement->arena, "no common selector has a key%s%s: name yours with --selector",
                             lost,
                             node->outcome == DNS_NODATA ? ", but there are others below _domainkey" : ""));
}

/* A domain that signs nothing may say so for all selectors at once. */
static bool is_revoked_for_all(const struct dkim_facts *dkim)
{
    return dkim != NULL && dkim->random_records.count == 1 &&
           ((const struct dkim_record_facts *)dkim->random_records.items[0])->revoked == YES;
}

static void judge_key(struct judgement *judgement, const struct check *check)
{
    const struct dkim_facts *dkim = observed_dkim(judgement);
    struct subject subject = subject_domain(judgement);
    struct finding *finding;

    if (observed_dns(judgement)->domain == NULL)
        return;
    if (domain_is_missing(judgement)) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "the domain does not exist");
        return;
    }
    judge_selectors(judgement, check, judge_key_of);
    if (dkim != NULL && dkim->selectors.count > 0)
        return;
    if (is_revoked_for_all(dkim)) {
        finding = finding_add(judgement, check, &subject, OUTCOME_INFO,
                              "Every selector has a revoked key: the domain says that it signs nothing");
        evidence_question(judgement, finding, dkim->random);
        return;
    }
    finding =
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, nothing_found(judgement, dkim));
    if (dkim == NULL)
        return;
    evidence_question(judgement, finding, dkim->node);
    if (dkim->common.known)
        finding_evidence(judgement, finding, "%lld common selectors were asked for",
                         (long long)dkim->common.value);
}

/* ---- dkim.strength ---- */

/* Is there an RSA key beside, which everybody can verify with? */
static bool has_rsa(const struct judgement *judgement)
{
    const struct dkim_facts *dkim = observed_dkim(judgement);

    for (size_t i = 0; dkim != NULL && i < dkim->selectors.count; i++) {
        const struct dkim_record_facts *record = dkim_usable_key(dkim->selectors.items[i]);

        if (record != NULL && dkim_is_rsa(record))
            return true;
    }
    return false;
}

/* What is wrong with the key, in words; NULL: nothing. */
static const char *weakness(struct judgement *judgement, const struct dkim_record_facts *record,
                            enum outcome *ret_outcome)
{
    int64_t bits = record->bits.value;

    *ret_outcome = OUTCOME_FAIL;
    if (record->hashes.count > 0 && !list_has_text(&record->hashes, "sha256"))
        return "h= allows no hash that receivers still accept";
    if (!dkim_is_rsa(record)) {
        *ret_outcome = OUTCOME_WARN;
        return has_rsa(judgement) ? NULL
                                  : "no RSA key was found beside it, and many receivers know no Ed25519";
    }
    if (bits < RSA_BITS_LEAST)
        return "receivers must not accept so short a key";
    if (record->exponent.known && (record->exponent.value < 3 || record->exponent.value % 2 == 0))
        return "its public exponent protects nothing";
    *ret_outcome = OUTCOME_WARN;
    if (bits < RSA_BITS_GOOD)
        return "2048 bits or more are what signers should have";
    return bits > RSA_BITS_MOST ? "receivers need not verify with so long a key" : NULL;
}

static void fix_strength(struct judgement *judgement, struct finding *finding,
                         const struct dkim_selector_facts *selector, const struct dkim_record_facts *record)
{
    if (record->hashes.count > 0 && !list_has_text(&record->hashes, "sha256")) {
        finding_fix(judgement, finding, "Take the tag `h=` out of the record, and sign with rsa-sha256");
        fix_record(judgement, finding, dkim_owner(selector), record_without(judgement, record, 'h', ""));
        return;
    }
    /* the key that is there stays until no mail with it is under way: the new one has a name of its own */
    fix_new_key(judgement, finding, selector,
                kept(judgement, arena_format(judgement->arena, "%s-%s", text_or(selector->name, "mail"),
                                             dkim_is_rsa(record) ? "2048" : "rsa")));
    if (dkim_is_rsa(record) && selector->provider == NULL)
        finding_fix(
            judgement, finding,
            "Publish the new key under another selector, sign with it, and remove the old record a week "
            "later");
}

static void judge_strength_of(struct judgement *judgement, const struct check *check,
                              const struct subject *subject, const struct dkim_selector_facts *selector)
{
    const struct dkim_record_facts *record = dkim_usable_key(selector);
    struct finding *finding;
    enum outcome outcome;
    const char *why, *words;

    if (record == NULL)
        return;
    words = dkim_key_words(judgement, record);
    why = weakness(judgement, record, &outcome);
    if (why == NULL) {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "The key of the selector %s is %s",
                              text_or(selector->name, "?"), words);
    } else {
        finding = finding_add(judgement, check, subject, outcome, "The key of the selector %s is %s: %s",
                              text_or(selector->name, "?"), words, why);
        fix_strength(judgement, finding, selector, record);
    }
    if (record->exponent.known)
        finding_evidence(judgement, finding, "public exponent %lld", (long long)record->exponent.value);
    if (record->hashes.count > 0)
        finding_evidence(judgement, finding, "h=%s",
                         kept(judgement, text_join(judgement->arena, &record->hashes, ":")));
    evidence_selector(judgement, finding, selector);
}

static void judge_strength(struct judgement *judgement, const struct check *check)
{
    judge_selectors(judgement, check, judge_strength_of);
}

/* ---- dkim.testing ---- */

static void judge_testing_of(struct judgement *judgement, const struct check *check,
                             const struct subject *subject, const struct dkim_selector_facts *selector)
{
    const struct dkim_record_facts *record = dkim_usable_key(selector);
    const char *name = text_or(selector->name, "?");
    struct finding *finding;

    if (record == NULL)
        return;
    if (record->testing == YES) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "The key of the selector %s is published as a test (t=y)", name);
        finding_fix(
            judgement, finding,
            "Take `y` out of `t=` in the record: receivers treat mail signed with a test key as if it were "
            "not signed");
        fix_record(judgement, finding, dkim_owner(selector),
                   record_without(judgement, record, 't', record->strict == YES ? "t=s; " : ""));
    } else if (record->strict == YES) {
        finding = finding_add(judgement, check, subject, OUTCOME_INFO,
                              "The key of the selector %s is not for addresses of subdomains (t=s)", name);
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "The key of the selector %s is meant in earnest", name);
    }
    evidence_selector(judgement, finding, selector);
}

static void judge_testing(struct judgement *judgement, const struct check *check)
{
    judge_selectors(judgement, check, judge_testing_of);
}

/* ---- dkim.expected ---- */

static struct finding *judge_mismatch(struct judgement *judgement, const struct check *check,
                                      const struct subject *subject,
                                      const struct dkim_selector_facts *selector)
{
    size_t count;
    const struct dkim_record_facts *record = dkim_key_record(selector, &count);
    struct finding *finding;

    if (record == NULL)
        return finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE,
                                "no key is published there (dkim.key)");
    if (count == 1 && dkim_is_damaged(record))
        return finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE,
                                "the record is damaged (dkim.damage)");
    finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                          "The key published under the selector %s is not the one that was given",
                          text_or(selector->name, "?"));
    if (selector->question->aliases.count > 0)
        finding_fix(judgement, finding,
                    "The alias leads to another key: if yours is the one that signs, remove the alias");
    fix_record(judgement, finding, selector->question->name, selector->expected->text);
    finding_evidence(judgement, finding, "given: %s, %s", dkim_key_words(judgement, selector->expected),
                     text_or(selector->expected->text, "?"));
    return finding;
}

static void judge_expected_of(struct judgement *judgement, const struct check *check,
                              const struct subject *subject, const struct dkim_selector_facts *selector)
{
    struct finding *finding;

    if (selector->expected == NULL)
        return;
    if (question_lost(selector->question))
        finding = finding_untested(
            judgement, check, subject, OUTCOME_NOT_TESTED,
            kept(judgement, arena_format(judgement->arena, "the key could not be looked up (%s)",
                                         question_failure(selector->question))));
    else if (selector->matches == YES)
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "The key published under the selector %s is the one that was given",
                              text_or(selector->name, "?"));
    else
        finding = judge_mismatch(judgement, check, subject, selector);
    evidence_selector(judgement, finding, selector);
}

static void judge_expected(struct judgement *judgement, const struct check *check)
{
    judge_selectors(judgement, check, judge_expected_of);
}

const struct check check_dkim_key = {
    .id = "dkim.key",
    .severity = SEVERITY_HIGH,
    .area = AREA_AUTHENTICATION,
    .title = "Receivers find the key of each selector",
    .why = "Without the key a signature proves nothing, and mail that depends on it for DMARC is refused or "
           "filed "
           "as spam.",
    .reference = "RFC 6376 section 3.6",
    .explanation =
        "The TXT record at SELECTOR._domainkey.DOMAIN must be the only one there, and hold a public key: "
        "RSA, or Ed25519 with k=ed25519. A selector given with --selector or --dkim-key must have one; "
        "common selectors are tried besides. Nobody can list the selectors of a domain, so finding none "
        "is not tested, and never a failure. An empty p= revokes a key: that fails for a selector that "
        "was given and else informs.\n\n"
        "Fix: publish the record that came with the key. docker-mailserver: setup config dkim; OpenDKIM: "
        "opendkim-genkey; rspamd: rspamadm dkim_keygen.",
    .judge = judge_key,
};

const struct check check_dkim_strength = {
    .id = "dkim.strength",
    .severity = SEVERITY_HIGH,
    .area = AREA_AUTHENTICATION,
    .title = "DKIM keys are strong enough",
    .why = "Receivers ignore signatures of short keys and of SHA-1; who breaks a key signs in the domain's "
           "name.",
    .reference = "RFC 8301 section 3, RFC 8463",
    .explanation =
        "RSA keys of less than 1024 bits fail, those of less than 2048 or more than 4096 warn. h= without "
        "sha256 fails. An Ed25519 key without an RSA key beside it warns: sign with both.\n\n"
        "Fix: make a key of 2048 bits under a new selector, publish it, sign with it, and remove the old "
        "record when no mail with it is under way, a week later.",
    .judge = judge_strength,
};

const struct check check_dkim_testing = {
    .id = "dkim.testing",
    .severity = SEVERITY_LOW,
    .area = AREA_AUTHENTICATION,
    .title = "DKIM keys are meant in earnest",
    .why = "A key that is flagged as a test may count for nothing.",
    .reference = "RFC 6376 section 3.6.1",
    .explanation =
        "The flag t=y in the key record says that the domain only tests DKIM, and receivers may treat its "
        "mail as "
        "if it were not signed: it warns. t=s, which keeps a key from signing for subdomains, informs.\n\n"
        "Fix: take y out of the tag t=, or the tag out of the record.",
    .judge = judge_testing,
};

const struct check check_dkim_expected = {
    .id = "dkim.expected",
    .severity = SEVERITY_HIGH,
    .area = AREA_AUTHENTICATION,
    .title = "The published key is the one that signs",
    .why = "When the zone has another key than the server, every signature fails.",
    .reference = "RFC 6376 section 6.1",
    .explanation =
        "With --dkim-key SELECTOR=FILE the published key is compared with the one in the file, which is a "
        "key in PEM or the record that was made for the zone.\n\n"
        "Fix: publish the record that the finding shows.",
    .judge = judge_expected,
};
