/*
 * dmarc.c - reads the DMARC facts for whoever judges or shows them, and writes records to publish
 */
#include "reports/dmarc.h"

#include "reports/names.h"
#include "reports/observed.h"
#include "reports/txt_record.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

enum { TEXT_MAX = 900, TAGS_MAX = 32, TAG_NAME_MAX = 16, ALL = 100 };

/* ---- what was observed ---- */

const struct dmarc_facts *observed_dmarc(const struct judgement *judgement)
{
    const struct observed_facts *facts = judgement->scan->facts;

    return facts == NULL ? NULL : facts->dmarc;
}

const struct dmarc_step_facts *dmarc_step_of(const struct dmarc_facts *facts, const char *domain)
{
    for (size_t i = 0; facts != NULL && i < facts->steps.count; i++) {
        const struct dmarc_step_facts *step = facts->steps.items[i];

        if (same_name(step->domain, domain))
            return step;
    }
    return NULL;
}

const struct dmarc_record_facts *dmarc_record_of(const struct dmarc_step_facts *step)
{
    for (size_t i = 0; step != NULL && step->result == DMARC_STEP_RECORD && i < step->records.count; i++) {
        const struct dmarc_record_facts *record = step->records.items[i];

        if (record->announces == YES)
            return record;
    }
    return NULL;
}

const struct dmarc_outcome_facts *dmarc_outcome(const struct dmarc_receiver_facts *receiver, size_t kind)
{
    if (receiver == NULL)
        return NULL;
    return kind == 0 ? receiver->domain : kind == 1 ? receiver->subdomain : receiver->nonexistent;
}

const struct dmarc_outcome_facts *dmarc_current(const struct dmarc_facts *facts)
{
    static const struct dmarc_outcome_facts nothing = {.decided = UNKNOWN};
    const struct dmarc_outcome_facts *outcome = facts == NULL ? NULL : dmarc_outcome(facts->current, 0);

    return outcome == NULL ? &nothing : outcome;
}

const struct dmarc_record_facts *dmarc_applied(const struct dmarc_facts *facts)
{
    return dmarc_record_of(dmarc_step_of(facts, dmarc_current(facts)->record_at));
}

bool dmarc_has_policy(const struct dmarc_facts *facts)
{
    const struct dmarc_outcome_facts *outcome = dmarc_current(facts);

    return outcome->decided == YES && outcome->policy != DMARC_POLICY_NOT_OBSERVED;
}

static bool differ(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one != other : !same_name(one, other);
}

bool dmarc_older_differs(const struct dmarc_facts *facts)
{
    for (size_t kind = 0; kind < DMARC_KINDS; kind++) {
        const struct dmarc_outcome_facts *current = dmarc_outcome(facts->current, kind);
        const struct dmarc_outcome_facts *older = dmarc_outcome(facts->older, kind);

        if (current == NULL || older == NULL || current->decided != YES || older->decided != YES)
            continue;
        if (differ(current->record_at, older->record_at))
            return true;
        if (kind == 0 && current->organizational_domain != NULL && older->organizational_domain != NULL &&
            differ(current->organizational_domain, older->organizational_domain))
            return true;
    }
    return false;
}

const char *dmarc_policy_word(enum dmarc_policy policy)
{
    return policy == DMARC_POLICY_NOT_OBSERVED ? "no policy" : dmarc_policy_values[policy];
}

const char *dmarc_outcome_words(struct arena *arena, const struct dmarc_outcome_facts *outcome)
{
    if (outcome == NULL || outcome->decided != YES)
        return "not known";
    if (!outcome->percent.known || outcome->percent.value >= ALL || outcome->policy <= DMARC_NONE)
        return dmarc_policy_word(outcome->policy);
    return arena_format(arena, "%s for %lld %% of the mail, %s for the rest",
                        dmarc_policy_word(outcome->policy), (long long)outcome->percent.value,
                        dmarc_policy_word(outcome->policy - 1));
}

/* ---- records to publish ---- */

static bool is_printable(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\' || c - text > TEXT_MAX)
            return false;
    return true;
}

struct tag {
    char name[TAG_NAME_MAX];
    const char *value;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* One "name = value", the name in lower case (in the grammar it has none); false: it is none. */
static bool read_tag(struct judgement *judgement, const char *part, size_t size, struct tag *ret)
{
    const char *equals = memchr(part, '=', size), *end = part + size, *value;
    size_t length = 0;

    if (equals == NULL)
        return false;
    for (const char *c = part; c < equals; c++) {
        if (is_blank(*c))
            continue;
        if (length + 1 == sizeof ret->name)
            return false;
        ret->name[length++] = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    }
    ret->name[length] = '\0';
    value = equals + 1;
    while (value < end && is_blank(*value))
        value++;
    while (end > value && is_blank(end[-1]))
        end--;
    ret->value = kept(judgement, arena_text_sized(judgement->arena, value, (size_t)(end - value)));
    return length > 0;
}

static size_t read_tags(struct judgement *judgement, const char *text, struct tag tags[TAGS_MAX])
{
    size_t count = 0;

    while (*text != '\0' && count < TAGS_MAX) {
        size_t size = strcspn(text, ";");
        bool again = false;

        if (read_tag(judgement, text, size, &tags[count])) {
            for (size_t i = 0; i < count; i++)
                again |= same_text(tags[i].name, tags[count].name);
            count += again ? 0 : 1;
        }
        text += size + (text[size] == ';' ? 1 : 0);
    }
    return count;
}

const char *dmarc_tag_value(struct judgement *judgement, const struct dmarc_record_facts *record,
                            const char *tag)
{
    struct tag tags[TAGS_MAX];
    size_t count = record->text == NULL ? 0 : read_tags(judgement, record->text, tags);

    for (size_t i = 0; i < count; i++)
        if (same_text(tags[i].name, tag))
            return tags[i].value;
    return NULL;
}

static const struct dmarc_change *change_of(const struct dmarc_change *changes, size_t count, const char *tag)
{
    for (size_t i = 0; i < count; i++)
        if (same_text(changes[i].tag, tag))
            return &changes[i];
    return NULL;
}

static const char *append(struct judgement *judgement, const char *text, const char *tag, const char *value)
{
    return kept(judgement, arena_format(judgement->arena, "%s; %s=%s", text, tag, value));
}

const char *dmarc_text_with(struct judgement *judgement, const struct dmarc_record_facts *record,
                            const struct dmarc_change *changes, size_t count)
{
    struct tag tags[TAGS_MAX];
    bool done[TAGS_MAX] = {false};
    const char *text = "v=DMARC1";
    size_t tag_count;

    if (record == NULL || record->text == NULL || !is_printable(record->text) || count > TAGS_MAX)
        return NULL;
    tag_count = read_tags(judgement, record->text, tags);
    if (change_of(changes, count, "p") != NULL && dmarc_tag_value(judgement, record, "p") == NULL &&
        change_of(changes, count, "p")->value != NULL) {
        text = append(judgement, text, "p", change_of(changes, count, "p")->value);
        done[change_of(changes, count, "p") - changes] = true;
    }
    for (size_t i = 0; i < tag_count; i++) {
        const struct dmarc_change *change = change_of(changes, count, tags[i].name);
        const char *value = change == NULL ? tags[i].value : change->value;

        if (change != NULL)
            done[change - changes] = true;
        if (value != NULL && !same_text(tags[i].name, "v"))
            text = append(judgement, text, tags[i].name, value);
    }
    for (size_t i = 0; i < count; i++)
        if (!done[i] && changes[i].value != NULL)
            text = append(judgement, text, changes[i].tag, changes[i].value);
    return text;
}

const char *dmarc_text_to_begin(struct judgement *judgement, const char *domain, bool takes_mail)
{
    if (!takes_mail)
        return "v=DMARC1; p=reject";
    return kept(judgement, arena_format(judgement->arena, "v=DMARC1; p=none; rua=mailto:dmarc@%s",
                                        text_or(domain, "?")));
}

void fix_dmarc_record(struct judgement *judgement, struct finding *finding, const char *what,
                      const char *domain, const char *text)
{
    if (host_name_valid(domain))
        finding_fix(judgement, finding, "%s:\n%s", what,
                    txt_record_lines(judgement,
                                     kept(judgement, arena_format(judgement->arena, "_dmarc.%s", domain)),
                                     text));
}

void fix_dmarc_change(struct judgement *judgement, struct finding *finding, const char *what,
                      const char *domain, const struct dmarc_record_facts *record,
                      const struct dmarc_change *changes, size_t count)
{
    const char *text = dmarc_text_with(judgement, record, changes, count),
               *words = "the record as it is there";

    if (text != NULL) {
        fix_dmarc_record(judgement, finding, what, domain, text);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *value = changes[i].value;

        words = kept(judgement, arena_format(judgement->arena, "%s, %s %s%s%s", words,
                                             value != NULL ? "with" : "without", changes[i].tag,
                                             value != NULL ? "=" : "", text_or(value, "")));
    }
    finding_fix(judgement, finding, "%s: %s", what, words);
}

/* ---- for the checks ---- */

const struct dmarc_facts *dmarc_to_judge(struct judgement *judgement, const struct check *check,
                                         const struct subject *subject)
{
    const struct dns_facts *dns = observed_dns(judgement);
    const struct dmarc_facts *facts = observed_dmarc(judgement);

    if (dns->domain == NULL)
        return NULL;
    if (dns->mx != NULL && dns->mx->outcome == DNS_NXDOMAIN && dns->mx->security != DNS_BOGUS) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE, "the domain does not exist");
        return NULL;
    }
    if (facts == NULL || facts->steps.count == 0) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                         "the DMARC records were not asked for");
        return NULL;
    }
    return facts;
}

/* Of the step that the walk failed at. */
static const struct dns_question_facts *failed_question(const struct dmarc_facts *facts)
{
    for (size_t i = 0; i < facts->steps.count; i++) {
        const struct dmarc_step_facts *step = facts->steps.items[i];

        if (step->walked == YES && step->result == DMARC_STEP_FAILED)
            return step->question;
    }
    return NULL;
}

void dmarc_not_looked_up(struct judgement *judgement, const struct check *check,
                         const struct subject *subject, const struct dmarc_facts *facts)
{
    finding_untested(
        judgement, check, subject, OUTCOME_NOT_TESTED,
        kept(judgement, arena_format(judgement->arena, "the DMARC records could not be looked up (%s)",
                                     question_failure(failed_question(facts)))));
}

const struct dmarc_facts *dmarc_policy_to_judge(struct judgement *judgement, const struct check *check,
                                                const struct subject *subject)
{
    const struct dmarc_facts *facts = dmarc_to_judge(judgement, check, subject);

    if (facts == NULL)
        return NULL;
    if (dmarc_current(facts)->decided != YES) {
        dmarc_not_looked_up(judgement, check, subject, facts);
        return NULL;
    }
    if (!dmarc_has_policy(facts)) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE,
                         "no DMARC policy applies to the domain");
        return NULL;
    }
    return facts;
}

void evidence_dmarc_walk(struct judgement *judgement, struct finding *finding,
                         const struct dmarc_facts *facts)
{
    for (size_t i = 0; i < facts->steps.count; i++) {
        const struct dmarc_step_facts *step = facts->steps.items[i];

        if (step->walked == YES)
            evidence_question(judgement, finding, step->question);
    }
    if (facts->stopped != NULL)
        finding_evidence(judgement, finding, "the walk ends there: %s", facts->stopped);
}
