/*
 * mta_sts.c - tests of the record and the policy file of MTA-STS: bytes in, facts as a text out
 */
#include "probes/protocol/mta_sts.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

/* ---- the record ---- */

static const struct {
    const char *record;
    const char *id;    /* NULL: none */
    const char *fault; /* NULL: none */
    const char *remarks;
} records[] = {
    {"v=STSv1; id=20261122T120000;", "20261122T120000", NULL, ""},
    {"v=STSv1; id=1", "1", NULL, ""},
    {"v=STSv1;id=1;", "1", NULL, ""},
    {"v=STSv1;\t id=1 \t;  ", "1", NULL, ""},
    {"v=STSv1; id=abcdefghijklmnopqrstuvwxyz012345;", "abcdefghijklmnopqrstuvwxyz012345", NULL, ""},
    {"v=STSv1; id=abcdefghijklmnopqrstuvwxyz0123456;", NULL, "id is longer than 32 characters", ""},
    {"v=STSv1; id=2026-11-22;", NULL, "id has other characters than letters and digits", ""},
    {"v=STSv1; id=\"1\";", NULL, "id has other characters than letters and digits", ""},
    {"v=STSv1; id=;", NULL, "id is empty", ""},
    {"v=STSv1;", NULL, "id is missing", ""},
    {"v=STSv1; ID=1;", NULL, "id is missing", "field ID: unknown, senders ignore it"},
    {"v=STSv1; more=words; id=1;", "1", NULL, "field more: unknown, senders ignore it"},
    {"v=STSv1; id=1; x.y_z-0=a:b/c", "1", NULL, "field x.y_z-0: unknown, senders ignore it"},
    {"v=STSv1; id=1; id=2", "1", NULL, "field id: there again, only the first counts"},
    {"v=STSv1; id=1; id=;", "1", NULL, "field id: there again, only the first counts"},
    {"v=STSv1; id=1;; more=x", "1", "two semicolons have no field between them", ""},
    {"v=STSv1;; id=1", NULL, "two semicolons have no field between them", ""},
    {"v=STSv1; id", NULL, "a field has no \"=\"", ""},
    {"v=STSv1; id = 1", NULL, "the name of a field is not valid", ""},
    {"v=STSv1; =1", NULL, "the name of a field is not valid", ""},
    {"v=STSv1; id=1; _x=1", "1", "the name of a field is not valid", ""},
    {"v=STSv1; id=1; a23456789012345678901234567890123=1", "1", "the name of a field is not valid", ""},
    {"v=STSv1; id=1; x=a b", "1", "the value of a field is not valid", "field x: unknown, senders ignore it"},
    {"v=STSv1; id=1; x=a=b", "1", "the value of a field is not valid", "field x: unknown, senders ignore it"},
    {"v=STSv1; id=1; x=\xc3\xa4", "1", "the value of a field is not valid",
     "field x: unknown, senders ignore it"},
    {"v=STSv1; id=1; x=", "1", "the value of a field is not valid", "field x: unknown, senders ignore it"},
};

/* Senders pass over these: nothing in them is looked at. */
static const struct {
    const char *record;
    enum known intended;
} others[] = {
    {"", NO},
    {"v=spf1 -all", NO},
    {"v=STSv1", YES},
    {"v=STSv12; id=1;", YES},
    {"v=STSv1 ; id=1;", YES},
    {" v=STSv1; id=1;", YES},
    {"V=STSv1; id=1;", YES},
    {"v=stsv1; id=1;", YES},
    {"v = STSv1; id=1;", YES},
    {"id=1; v=STSv1;", YES},
    {"\"v=STSv1; id=1;\"", YES},
    {"v=STSv2; id=1;", NO},
    {"v=STSv", NO},
};

static struct mta_sts_record_facts *record_of(struct arena *arena, const char *text)
{
    struct mta_sts_record_facts *facts = NULL;

    cr_assert_eq(mta_sts_record_read(bytes_of(text, strlen(text)), arena, &facts), 0);
    cr_assert_not_null(facts);
    return facts;
}

static const char *or_none(const char *text)
{
    return text == NULL ? "(none)" : text;
}

Test(mta_sts, record)
{
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        struct mta_sts_record_facts *facts = record_of(arena, records[i].record);

        cr_expect_eq(facts->announces, YES, "%s", records[i].record);
        cr_expect_eq(facts->intended, YES);
        cr_expect_str_eq(or_none(facts->id), or_none(records[i].id), "%s", records[i].record);
        cr_expect_str_eq(or_none(facts->fault), or_none(records[i].fault), "%s", records[i].record);
        cr_expect(facts->remarks.observed);
        cr_expect_str_eq(text_join(arena, &facts->remarks, "; "), records[i].remarks, "%s",
                         records[i].record);
    }
    arena_free(arena);
}

Test(mta_sts, record_of_others)
{
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct mta_sts_record_facts *facts = record_of(arena, others[i].record);

        cr_expect_eq(facts->announces, NO, "%s", others[i].record);
        cr_expect_eq(facts->intended, others[i].intended, "%s", others[i].record);
        cr_expect_null(facts->id);
        cr_expect_null(facts->fault);
    }
    arena_free(arena);
}

Test(mta_sts, record_is_made_harmless)
{
    struct arena *arena = arena_new(0);
    static const char record[] = "v=STSv1; id=1; \x1b[31m=\0";
    struct mta_sts_record_facts *facts = NULL;

    cr_assert_eq(mta_sts_record_read(bytes_of(record, sizeof record), arena, &facts), 0);
    cr_expect_str_eq(facts->text, "v=STSv1; id=1; \\x1b[31m=\\x00\\x00");
    cr_expect_str_eq(facts->fault, "the name of a field is not valid");
    arena_free(arena);
}

/* ---- the policy file ---- */

#define REST "mode: enforce\nmx: mail.example.org\nmax_age: 604800\n"
#define V    "version: STSv1\n"

struct policy_row {
    const char *file;
    const char *expected; /* "mode max_age patterns", then faults and remarks behind "!" and "?" */
};

static const struct policy_row policies[] = {
    {V REST, "enforce 604800 mail.example.org"},
    {"version: STSv1\r\nmode: testing\r\nmx: a.example\r\nmx: *.b.example\r\nmax_age: 86400\r\n",
     "testing 86400 a.example,*.b.example"},
    {"version:STSv1\nmode:  none\nmax_age:\t0", "none 0 "},
    {"mx: a.example\nmax_age: 31557600\nmode: enforce\nversion: STSv1", "enforce 31557600 a.example"},
    {"version: STSv1  \t\r\n" REST, "enforce 604800 mail.example.org"},
    {V REST "\n",
     "enforce 604800 mail.example.org?line 5: the line is empty, which the grammar does not allow"},
    {V "\r\n" REST,
     "enforce 604800 mail.example.org?line 2: the line is empty, which the grammar does not allow"},
    {V REST "more: \xc3\xa4 b; c=d",
     "enforce 604800 mail.example.org?line 5: the field is unknown, senders ignore it"},
    {V "mode: testing\n" REST,
     "testing 604800 mail.example.org?line 3: the field is there again, only the first counts"},
    {V REST "max_age: x\nversion: 2", "enforce 604800 mail.example.org?line 5: the field is there again, "
                                      "only the first counts?line 6: the field "
                                      "is there again, only the first counts"},
    {V "mode: none\nmx: a.example\nmax_age: 1", "none 1 a.example"},

    {"", "- - !version is missing!mode is missing!max_age is missing!mx is missing"},
    {"garbage", "- - !line 1: there is no colon!version is missing!mode is missing!max_age is missing!mx is "
                "missing"},
    {REST, "enforce 604800 mail.example.org!version is missing"},
    {"Version: STSv1\n" REST,
     "enforce 604800 mail.example.org!version is missing?line 1: the field is unknown, "
     "senders ignore it"},
    {"version: STSv2\n" REST, "enforce 604800 mail.example.org!line 1: the version is not STSv1"},
    {"version: stsv1\n" REST, "enforce 604800 mail.example.org!line 1: the version is not STSv1"},
    {"version : STSv1\n" REST,
     "enforce 604800 mail.example.org!line 1: the name of the field is not valid!version is missing"},
    {" " V REST,
     "enforce 604800 mail.example.org!line 1: the name of the field is not valid!version is missing"},
    {"\xef\xbb\xbf" V REST,
     "enforce 604800 mail.example.org!line 1: the name of the field is not valid!version is missing"},
    {"<html>\n" V REST, "enforce 604800 mail.example.org!line 1: there is no colon"},
    {V "mode: Enforce\nmx: a.example\nmax_age: 1",
     "- 1 a.example!line 2: the mode is none of enforce, testing and "
     "none"},
    {V "mode: doubt\nmode: enforce\nmx: a.example\nmax_age: 1",
     "- 1 a.example!line 2: the mode is none of enforce, testing and none?line 3: the field is there again, "
     "only "
     "the first counts"},
    {V "mode:\nmx: a.example\nmax_age: 1", "- 1 a.example!line 2: a field has no value!mode is missing"},
    {V "mode: enforce\nmx: a.example\nmax_age: xxx", "enforce - a.example!line 4: max_age is not a number of "
                                                     "seconds"},
    {V "mode: enforce\nmx: a.example\nmax_age: -1",
     "enforce - a.example!line 4: max_age is not a number of seconds"},
    {V "mode: enforce\nmx: a.example\nmax_age: 1 d",
     "enforce - a.example!line 4: max_age is not a number of seconds"},
    {V "mode: enforce\nmx: a.example\nmax_age: 31557601",
     "enforce 31557601 a.example!line 4: max_age is over 31557600 seconds"},
    {V "mode: enforce\nmx: a.example\nmax_age: 00000086400",
     "enforce - a.example!line 4: max_age is not a number of seconds"},
    {V "mode: enforce\nmax_age: 86400", "enforce 86400 !mx is missing"},
    {V "mode: testing\nmax_age: 86400\nmx: ", "testing 86400 !line 4: a field has no value!mx is missing"},
    {"version: STSv1\rmode: none\nmax_age: 1", "- 1 !line 1: a control character!version is missing!mode is "
                                               "missing!mx is missing"},
};

static const struct {
    const char *pattern;
    const char *fault; /* NULL: none */
} patterns[] = {
    {"mail.example.org", NULL},
    {"*.example.org", NULL},
    {"MAIL.Example.ORG", NULL},
    {"xn--bcher-kva.example", NULL},
    {"a", NULL},
    {"1.2.3.4", NULL},
    {"*", "wildcard"},
    {"*.", "is not a host name"},
    {"**.example.org", "wildcard"},
    {"*.*.example.org", "wildcard"},
    {"mail.*.org", "wildcard"},
    {"m*.example.org", "wildcard"},
    {".example.org", "has an empty label"},
    {"mail..example.org", "has an empty label"},
    {"mail.example.org.", "ends in a dot"},
    {"b\xc3\xbc"
     "cher.example",
     "A-labels"},
    {"-mail.example.org", "is not a host name"},
    {"mail-.example.org", "is not a host name"},
    {"mail_1.example.org", "is not a host name"},
    {"[192.0.2.1]", "is not a host name"},
    {"a.example b.example", "is not a host name"},
    {"a.example,b.example", "is not a host name"},
    {"https://a.example", "is not a host name"},
    {"a23456789012345678901234567890123456789012345678901234567890123.example", NULL},
    {"a234567890123456789012345678901234567890123456789012345678901234.example", "more than 63"},
};

static struct mta_sts_policy_facts *policy_of(struct arena *arena, const char *text)
{
    struct mta_sts_policy_facts *facts = NULL;

    cr_assert_eq(mta_sts_policy_read(bytes_of(text, strlen(text)), arena, &facts), 0);
    cr_assert_not_null(facts);
    return facts;
}

static void put_notes(struct buffer *out, char mark, const struct list *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        put_format(out, "%c%s", mark, (const char *)notes->items[i]);
}

static void put_policy(struct buffer *out, struct arena *arena, const struct mta_sts_policy_facts *facts)
{
    put_text(out, facts->mode == MTA_STS_MODE_NOT_OBSERVED ? "-" : mta_sts_mode_values[facts->mode]);
    if (facts->max_age.known)
        put_format(out, " %lld ", (long long)facts->max_age.value);
    else
        put_text(out, " - ");
    put_text(out, text_join(arena, &facts->mx, ","));
    put_notes(out, '!', &facts->faults);
    put_notes(out, '?', &facts->remarks);
    put_u8(out, '\0');
}

Test(mta_sts, policy)
{
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        struct mta_sts_policy_facts *facts = policy_of(arena, policies[i].file);
        struct buffer text = {0};

        put_policy(&text, arena, facts);
        cr_expect_str_eq((const char *)text.data, policies[i].expected, "%s\n-> %s", policies[i].file,
                         (const char *)text.data);
        cr_expect_eq(facts->valid, known(strchr(policies[i].expected, '!') == NULL), "%s", policies[i].file);
        cr_expect(bytes_equal(facts->file, bytes_of(policies[i].file, strlen(policies[i].file))));
        buffer_free(&text);
    }
    arena_free(arena);
}

Test(mta_sts, patterns)
{
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        const char *file = arena_format(arena, V "mode: testing\nmax_age: 1\nmx: %s\n", patterns[i].pattern);
        struct mta_sts_policy_facts *facts = policy_of(arena, file);

        cr_expect_eq(facts->valid, known(patterns[i].fault == NULL), "%s", patterns[i].pattern);
        cr_expect_eq(facts->mx.count, patterns[i].fault == NULL ? 1 : 0, "%s", patterns[i].pattern);
        cr_assert_eq(facts->faults.count, patterns[i].fault == NULL ? 0 : 1, "%s", patterns[i].pattern);
        if (patterns[i].fault != NULL)
            cr_expect(strstr(facts->faults.items[0], patterns[i].fault) != NULL, "%s: %s",
                      patterns[i].pattern, (const char *)facts->faults.items[0]);
        else
            cr_expect_str_eq(facts->mx.items[0], patterns[i].pattern);
    }
    arena_free(arena);
}

/* What is kept is limited, whatever comes. */
Test(mta_sts, policy_limits)
{
    struct arena *arena = arena_new(0);
    struct buffer file = {0};
    struct mta_sts_policy_facts *facts = NULL;

    put_text(&file, V "mode: enforce\nmax_age: 1\n");
    for (int i = 0; i < 300; i++)
        put_format(&file, "mx: m%d.example.org\n", i);
    for (int i = 0; i < 40; i++)
        put_text(&file, "unknown: x\nno colon\n");
    cr_assert_eq(mta_sts_policy_read(bytes_of(file.data, file.size), arena, &facts), 0);
    cr_expect_eq(facts->mx.count, MTA_STS_PATTERNS_MAX);
    cr_expect_eq(facts->mx_left_out.value, 300 - MTA_STS_PATTERNS_MAX);
    cr_expect_eq(facts->faults.count, MTA_STS_NOTES_MAX);
    cr_expect_eq(facts->remarks.count, MTA_STS_NOTES_MAX);
    cr_expect_eq(facts->lines.count, MTA_STS_LINES_KEPT);
    cr_expect_str_eq(facts->lines.items[3], "mx: m0.example.org");
    cr_expect_eq(facts->valid, NO);
    buffer_free(&file);
    arena_free(arena);
}

Test(mta_sts, out_of_memory)
{
    bool failed = false;

    for (size_t limit = 64; limit < 8192; limit += 64) {
        struct arena *arena = arena_new(limit);
        struct mta_sts_policy_facts *policy = NULL;
        struct mta_sts_record_facts *record = NULL;
        int result = mta_sts_policy_read(bytes_of(V REST, strlen(V REST)), arena, &policy);

        cr_expect((result == 0 && policy->valid == YES) || (result == -ENOMEM && policy == NULL));
        failed = failed || result < 0;
        result = mta_sts_record_read(bytes_of("v=STSv1; id=1; x=1", 18), arena, &record);
        cr_expect((result == 0 && record->remarks.count == 1) || (result == -ENOMEM && record == NULL));
        arena_free(arena);
    }
    cr_expect(failed);
}
