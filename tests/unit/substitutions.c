/*
 * substitutions.c - tests of the sentences that say what the DNS was not asked for, alone and at the top of a summary
 */
#include "reports/substitutions.h"

#include "reports/report.h"
#include "scanner/base/text.h"
#include "tests/unit/judged.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *patches;
    const char *sentences;
} table[] = {
    {"", ""},
    {"settings null", ""},
    {"settings.overrides [\"--zone a.zone\"]\n"
     "settings.zones [{\"name\": \"example.org\", \"file\": \"a.zone\", \"is_signed\": false, \"ds\": []}]",
     "Names of example.org were answered from a.zone, not from the DNS."},
    {"settings.zones [{\"name\": \"example.org\", \"file\": \"a.zone\", \"is_signed\": true, \"ds\": []}]\n"
     "facts.dnssec.zones.2.security_reason \"by the keys in a.zone alone\"",
     "Names of example.org were answered from a.zone, not from the DNS. They are judged as signed, which "
     "they "
     "will be once the zone above has the DS record."},
    {"settings.zones [{}]", ""},
    {"settings.overrides [\"--resolve mx.example.org=192.0.2.1\"]",
     "mx.example.org was looked for at 192.0.2.1, as --resolve says, not where the DNS says."},
    {"settings.overrides [\"--resolve a.test=192.0.2.1\", \"--resolve b.test=192.0.2.3\", "
     "\"--resolve A.test=2001:db8::1\", \"--resolve nothing\"]",
     "a.test was looked for at 192.0.2.1 and 2001:db8::1, as --resolve says, not where the DNS says. "
     "b.test was looked for at 192.0.2.3, as --resolve says, not where the DNS says."},
};

Test(substitutions, sentences)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct arena *arena = arena_new(0);
        const struct scan_facts *scan = patched_scan(arena, table[i].patches);
        struct list sentences = {0};

        cr_assert_eq(substitution_sentences(scan, arena, &sentences), 0);
        cr_expect_str_eq(text_join(arena, &sentences, " "), table[i].sentences, "row %zu", i);
        arena_free(arena);
    }
}

Test(substitutions, the_summary_begins_with_them)
{
    struct arena *arena = arena_new(0);
    const struct judgement *judgement = judged(arena, patched_scan(arena, table[2].patches));
    const struct terminal_options options = {.width = 100};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const char *sentence, *grade;

    report_terminal(judgement, &options, out);
    fclose(out);
    sentence = strstr(text, table[2].sentences);
    grade = strstr(text, "Grade ");
    cr_expect(sentence != NULL && grade != NULL && sentence < grade, "%s", text);
    free(text);
    arena_free(arena);
}
