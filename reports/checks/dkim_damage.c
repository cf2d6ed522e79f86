/*
 * dkim_damage.c - what happened to a key record between the program that made it and the zone
 *
 * A key of 2048 bits needs two strings, and forms of providers do with strings what they like. The record is shown as
 * it should have been, split rightly, when its key is still all there.
 */
#include "reports/catalogue.h"
#include "reports/dkim.h"
#include "reports/observed.h"
#include "reports/txt_record.h"

static const struct {
    const char *name;
    const char *words;
} damages[] = {
    {"separate_records",
     "the second half of the key is a record of its own: both halves are strings of one record"},
    {"second_string", "only the first string of the key was published, and the second is missing"},
    {"truncated", "the end of the key is missing"},
    {"private_key", "it holds the private key, which anybody can read now"},
    {"owner_name",
     "a whole line of a zone file was pasted, with name and type, where the text alone belongs"},
    {"quotes", "the quotes of a zone file became part of the text"},
    {"backslashes", "backslashes stand before the semicolons or quotes, which were escaped twice"},
    {"entities", "characters became entities of HTML, as &quot; or &#59;"},
    {"pem", "the lines -----BEGIN and -----END of a PEM file are in it, and only what is between them "
            "belongs there"},
    {"version", "it does not begin with v=DKIM1"},
    {"separators", "semicolons between the tags are missing"},
    {"key_type", "k= is not the type of the key"},
    {"wrapped_key", "the Ed25519 key is wrapped, and only its 32 octets belong there"},
    {"characters", "the key has characters that base64 does not have"},
    {"white_space", "white space stands inside of the key"},
};

static const char *damage_words(const char *name)
{
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++)
        if (same_text(damages[i].name, name))
            return damages[i].words;
    return text_or(name, "?");
}

/* The one that says most, in the order of the table. */
static const char *worst_damage(const struct dkim_record_facts *record)
{
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++)
        if (list_has_text(&record->damage, damages[i].name))
            return damages[i].words;
    return damage_words(record->damage.items[0]);
}

static void fix_damage(struct judgement *judgement, struct finding *finding,
                       const struct dkim_selector_facts *selector, const struct dkim_record_facts *record)
{
    const char *text = record->repaired, *lines;

    if (list_has_text(&record->damage, "private_key")) {
        finding_fix(judgement, finding,
                    "Remove the record at once, make a new key under another selector, and sign with that");
        return;
    }
    if (text == NULL && selector->expected != NULL)
        text = selector->expected->text;
    lines = text == NULL ? NULL : txt_record_lines(judgement, dkim_owner(selector), text);
    if (lines != NULL)
        finding_fix(
            judgement, finding,
            "Replace the record by this one. A form that asks for one value gets what is between the quotes, "
            "without them and in one piece:\n%s",
            lines);
    else
        finding_fix(
            judgement, finding,
            "What is left of the key is not enough: copy the whole record again from the file that was made "
            "with the key, all of its strings");
}

static void judge_damage_of(struct judgement *judgement, const struct check *check,
                            const struct subject *subject, const struct dkim_selector_facts *selector)
{
    size_t count;
    const struct dkim_record_facts *record = dkim_key_record(selector, &count);
    const char *name = text_or(selector->name, "?");
    struct finding *finding;

    if (record == NULL || question_lost(selector->question))
        return;
    for (size_t i = 0; i < selector->records.count && !dkim_is_damaged(record); i++) {
        const struct dkim_record_facts *other = selector->records.items[i];

        if (other->intended == YES && other->damage.count > 0)
            record = other;
    }
    if (dkim_is_damaged(record)) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "The key record of the selector %s is damaged: %s", name, worst_damage(record));
        fix_damage(judgement, finding, selector, record);
        for (size_t i = 0; i < record->damage.count; i++)
            finding_evidence(judgement, finding, "%s", damage_words(record->damage.items[i]));
        finding_evidence(judgement, finding, "so a verifier says: %s", record->fault);
    } else if (record->damage.count > 0) {
        finding = finding_add(judgement, check, subject, OUTCOME_INFO,
                              "The key of the selector %s has white space inside, which is allowed", name);
    } else if (record->fault != NULL) {
        return; /* nothing that could be recognised: dkim.key tells */
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "The key record of the selector %s came whole into the zone", name);
    }
    evidence_question(judgement, finding, selector->question);
}

static void judge_damage(struct judgement *judgement, const struct check *check)
{
    judge_selectors(judgement, check, judge_damage_of);
}

const struct check check_dkim_damage = {
    .id = "dkim.damage",
    .severity = SEVERITY_HIGH,
    .area = AREA_AUTHENTICATION,
    .title = "DKIM key records came whole into the zone",
    .why = "A key that was cut or garbled on its way into the zone makes every signature fail, and looks "
           "right at a "
           "glance.",
    .reference = "RFC 6376 section 3.6.2.2",
    .explanation =
        "A TXT record is made of strings of at most 255 bytes, and a key of 2048 bits needs two. Quotes, "
        "backslashes, entities of HTML, PEM lines or the owner name inside of the text, a key that is cut "
        "off or spread over two records: each is told, with the record as it should be when the key is "
        "still there.\n\n"
        "Fix: in a zone file, \"v=DKIM1; k=rsa; p=...\" \"...\" inside of parentheses; in a form, one value "
        "without quotes, unless the form says otherwise.",
    .judge = judge_damage,
};
