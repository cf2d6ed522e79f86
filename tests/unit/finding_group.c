/*
 * finding_group.c - findings that say the same are told once, with the places in words
 */
#include "reports/finding_group.h"

#include "scanner/base/arena.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct check checks[] = {{.id = "a.one"}, {.id = "b.two"}};

/* A finding in one line: "check outcome-letter title=reason evidence host address port", "-" for what is not
 * there; a title may stand without reason.
 */
static void add_finding(struct judgement *judgement, const char *line)
{
    struct finding *finding = list_new_item(&judgement->findings, judgement->arena, sizeof(*finding));
    char *words[7];
    char *rest = arena_text(judgement->arena, line);

    cr_assert(finding && rest);
    for (size_t i = 0; i < 7; i++) {
        words[i] = strsep(&rest, " ");
        cr_assert(words[i], "too few words: %s", line);
        for (char *at = words[i]; *at; at++)
            *at = *at == '_' ? ' ' : *at;
    }
    finding->check = &checks[*words[0] == 'b'];
    finding->outcome = *words[1] == 'F' ? OUTCOME_FAIL : OUTCOME_NOT_TESTED;
    finding->title = strsep(&words[2], "=");
    finding->reason = words[2];
    cr_assert_eq(list_add(&finding->evidence, judgement->arena, words[3]), 0);
    finding->subject.host = *words[4] == '-' ? NULL : words[4];
    finding->subject.address = *words[5] == '-' ? NULL : words[5];
    if (*words[6] != '-')
        finding->subject.port = (struct number){.known = true, .value = strtol(words[6], NULL, 10)};
    finding->subject.text = *words[4] == '-' ? words[5] : words[4];
}

Test(finding_group, groups_and_places)
{
    static const struct {
        const char *findings[6];
        enum outcome outcome;
        enum finding_likeness likeness;
        size_t groups;
        const char *where; /* of the first group */
    } rows[] = {
        {{NULL}, OUTCOME_FAIL, SAME_WORDS, 0, NULL},
        {{"a F t e h 1 25"}, OUTCOME_FAIL, SAME_WORDS, 1, "h"},
        {{"a F t e h 1 25", "a F t e h 1 465"}, OUTCOME_FAIL, SAME_WORDS, 1, "on 2 ports"},
        {{"a F t e h 1 25", "a F t e h 2 25"}, OUTCOME_FAIL, SAME_WORDS, 1, "on port 25 of 2 addresses"},
        {{"a F t e h 1 25", "a F t e h 1 465", "a F t e h 2 25", "a F t e h 2 465"},
         OUTCOME_FAIL,
         SAME_WORDS,
         1,
         "on 2 ports of 2 addresses"},
        {{"a F t e h 1 25", "a F t e h 1 465", "a F t e h 2 25"}, OUTCOME_FAIL, SAME_WORDS, 1, "on 3 ports"},
        {{"a F t e h 1 -", "a F t e h 2 -"}, OUTCOME_FAIL, SAME_WORDS, 1, "on 2 addresses"},
        {{"a F t e h - -", "a F t e i - -"}, OUTCOME_FAIL, SAME_WORDS, 1, "on 2 hosts"},
        {{"a F t e h 1 25", "a F t f h 1 25"}, OUTCOME_FAIL, SAME_WORDS, 1, "h"}, /* two keys of one port */
        {{"a F t e - - -", "a F t e - - -"}, OUTCOME_FAIL, SAME_WORDS, 1, "in 2 places"},
        /* other words, another check, another outcome */
        {{"a F t e h 1 25", "a F u e h 1 465", "a F t e h 1 587"}, OUTCOME_FAIL, SAME_WORDS, 2, "on 2 ports"},
        {{"a F t e h 1 25", "a F u e h 1 465", "a F t e h 1 587"}, OUTCOME_FAIL, SAME_CHECK, 1, "on 3 ports"},
        {{"a F t e h 1 25", "b F t e h 1 465"}, OUTCOME_FAIL, SAME_CHECK, 2, "h"},
        {{"a F t e h 1 25", "a N t e h 1 465"}, OUTCOME_FAIL, SAME_CHECK, 1, "h"},
        /* one reason leaves several checks open */
        {{"a N x=silent e h 1 25", "a N x=late e h 1 465", "b N y=silent e h 1 25"},
         OUTCOME_NOT_TESTED,
         SAME_REASON,
         2,
         "h"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        struct judgement judgement = {.arena = arena};
        struct list groups;

        for (size_t j = 0; j < 6 && rows[i].findings[j]; j++)
            add_finding(&judgement, rows[i].findings[j]);
        cr_assert_eq(finding_groups(&judgement, rows[i].outcome, rows[i].likeness, arena, &groups), 0);
        cr_expect_eq(groups.count, rows[i].groups, "row %zu: %zu groups", i, groups.count);
        if (rows[i].where)
            cr_expect_str_eq(finding_group_where(groups.items[0], arena), rows[i].where, "row %zu", i);
        arena_free(arena);
    }
}

Test(finding_group, evidence_reason_and_checks)
{
    struct arena *arena = arena_new(0);
    struct judgement judgement = {.arena = arena};
    struct list groups;

    add_finding(&judgement, "a N x=the_port_is_silent e h 1 25");
    add_finding(&judgement, "a N z=the_port_is_silent e h 2 25");
    add_finding(&judgement, "b N y=the_port_is_silent f h 1 25");
    add_finding(&judgement, "b N no_such_words f h 1 25");
    cr_assert_eq(finding_groups(&judgement, OUTCOME_NOT_TESTED, SAME_REASON, arena, &groups), 0);
    cr_assert_eq(groups.count, 2);
    cr_expect_eq(finding_group_checks(groups.items[0]), 2);
    cr_expect_not(finding_group_same_evidence(groups.items[0]));
    cr_expect(finding_group_same_evidence(groups.items[1]));
    cr_expect_str_eq(finding_reason(((struct finding_group *)groups.items[0])->first, arena),
                     "The port is silent");
    cr_expect_str_eq(finding_reason(((struct finding_group *)groups.items[1])->first, arena),
                     "No such words");
    arena_free(arena);
}
