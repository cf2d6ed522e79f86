/*
 * terminal.c - the report on a terminal: its words, and that no line is wider than the terminal
 *
 * Golden texts are in tests/golden/terminal-*.txt; OUTPOST_GOLDEN_UPDATE=1 writes them anew.
 */
#include "reports/display.h"
#include "reports/report.h"
#include "tests/unit/sample_judgement.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum sample {
    SAMPLE_RICH,
    SAMPLE_FAULTLESS,
    SAMPLE_EMPTY,
    SAMPLE_HOSTILE,
    SAMPLE_QUICK,
    SAMPLE_CAPPED,
    SAMPLE_LONG
};

/* Escapes, overrides, wide and combining characters, lines of its own. */
static const char hostile[] = "\x1b[2J\x1b]0;title\x07 \xe2\x80\xae"
                              "evil\xc2\x9b"
                              "31m \xff\n  second line\tend "
                              "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e "
                              "e\xcc\x81\xcc\x81\xcc\x81";

static struct judgement *make_sample(struct arena *arena, enum sample sample)
{
    static char longest[10001];

    switch (sample) {
    case SAMPLE_RICH:
        return sample_judgement(arena, NULL);
    case SAMPLE_FAULTLESS:
        return sample_faultless(arena);
    case SAMPLE_EMPTY:
        return sample_empty(arena);
    case SAMPLE_QUICK:
        return sample_quick(arena);
    case SAMPLE_CAPPED:
        return sample_capped(arena);
    case SAMPLE_HOSTILE:
        return sample_judgement(arena, &(struct sample_words){.hostile = hostile});
    case SAMPLE_LONG:
        memset(longest, 'x', sizeof(longest) - 1);
        return sample_judgement(arena, &(struct sample_words){.hostile = longest});
    }
    return NULL;
}

typedef void report_function(const struct judgement *judgement, const struct terminal_options *options,
                             FILE *to);

static char *render(enum sample sample, const struct terminal_options *options, report_function *report)
{
    struct arena *arena = arena_new(0);
    struct judgement *judgement = make_sample(arena, sample);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    cr_assert(file);
    report(judgement, options, file);
    cr_assert_eq(fclose(file), 0);
    arena_free(arena);
    return text;
}

static char *read_golden(const char *name)
{
    FILE *file = fopen(name, "r");
    char *text = calloc(1, 65536);

    cr_assert(file && text, "%s cannot be read", name);
    cr_assert(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

static void compare_golden(const char *name, const char *text)
{
    char path[4096];
    char *golden;

    snprintf(path, sizeof(path), "%s/terminal-%s.txt", GOLDEN_DIRECTORY, name);
    if (getenv("OUTPOST_GOLDEN_UPDATE")) {
        FILE *file = fopen(path, "w");

        cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    }
    golden = read_golden(path);
    cr_expect_str_eq(text, golden, "%s differs from what the program writes", path);
    free(golden);
}

Test(terminal, golden_texts)
{
    static const struct {
        const char *name;
        enum sample sample;
        struct terminal_options options;
        report_function *report;
    } rows[] = {
        {"rich-80",
         SAMPLE_RICH,
         {.width = 80, .report_file = "./xn--bcher-kva.example.html"},
         report_terminal},
        {"rich-40",
         SAMPLE_RICH,
         {.width = 40, .report_file = "./xn--bcher-kva.example.html"},
         report_terminal},
        {"rich-200", SAMPLE_RICH, {.width = 200}, report_terminal},
        {"rich-color", SAMPLE_RICH, {.color = true}, report_terminal},
        {"rich-verbose", SAMPLE_RICH, {.verbose = true}, report_terminal},
        {"faultless-80", SAMPLE_FAULTLESS, {.report_file = "./xn--bcher-kva.example.html"}, report_terminal},
        {"empty-80", SAMPLE_EMPTY, {.width = 80}, report_terminal},
        {"hostile-80", SAMPLE_HOSTILE, {.width = 80}, report_terminal},
        {"quick-80", SAMPLE_QUICK, {.width = 80}, report_terminal},
        {"capped-80", SAMPLE_CAPPED, {.width = 80}, report_terminal},
        {"line-quick", SAMPLE_QUICK, {.width = 120}, report_terminal_line},
        {"line-rich", SAMPLE_RICH, {.width = 120}, report_terminal_line},
        {"line-faultless", SAMPLE_FAULTLESS, {.width = 80}, report_terminal_line},
        {"line-empty", SAMPLE_EMPTY, {.width = 80}, report_terminal_line},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *text = render(rows[i].sample, &rows[i].options, rows[i].report);

        compare_golden(rows[i].name, text);
        free(text);
    }
}

static void expect_lines_fit(const char *text, size_t width, const char *what)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        char *line = strndup(text, length);

        cr_assert_leq(display_width(line), width, "%s, width %zu: \"%s\"", what, width, line);
        for (size_t i = 0; i < length; i++)
            cr_assert((unsigned char)line[i] >= 0x20 && line[i] != 0x7f, "%s, width %zu: a control character",
                      what, width);
        cr_assert(length == 0 || line[length - 1] != ' ', "%s, width %zu: space at the end of \"%s\"", what,
                  width, line);
        free(line);
        text += length + (text[length] == '\n');
    }
}

Test(terminal, no_line_is_too_wide)
{
    static const int widths[] = {24, 40, 57, 80, 200};

    for (enum sample sample = SAMPLE_RICH; sample <= SAMPLE_LONG; sample++) {
        for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
            for (int verbose = 0; verbose < 2; verbose++) {
                struct terminal_options options = {.width = widths[i], .verbose = verbose};
                char *text = render(sample, &options, report_terminal);

                expect_lines_fit(text, (size_t)widths[i], "report");
                free(text);
                text = render(sample, &options, report_terminal_line);
                expect_lines_fit(text, (size_t)widths[i], "line");
                cr_expect_eq(strcspn(text, "\n") + 1, strlen(text), "one target takes one line");
                free(text);
            }
        }
    }
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

Test(terminal, takes_one_screen)
{
    char *text = render(SAMPLE_RICH, &(struct terminal_options){.width = 80}, report_terminal);

    cr_expect(count_lines(text) >= 20 && count_lines(text) <= 40, "%zu lines", count_lines(text));
    free(text);
}

/* Without the colour the words are the same: colour says nothing of its own. */
Test(terminal, colour_only_repeats)
{
    char *plain = render(SAMPLE_RICH, &(struct terminal_options){.width = 80}, report_terminal);
    char *coloured =
        render(SAMPLE_RICH, &(struct terminal_options){.width = 80, .color = true}, report_terminal);
    char *to = coloured;

    cr_expect(!strchr(plain, '\x1b') && strchr(coloured, '\x1b'));
    for (const char *from = coloured; *from;) {
        if (*from == '\x1b') {
            from += strcspn(from, "m") + 1;
            continue;
        }
        *to++ = *from++;
    }
    *to = '\0';
    cr_expect_str_eq(coloured, plain);
    free(plain);
    free(coloured);
}

Test(terminal, display)
{
    static const struct {
        const char *text;
        size_t width;
    } widths[] = {
        {"", 0},
        {"plain", 5},
        {"b\xc3\xbc"
         "cher",
         6},
        {"e\xcc\x81", 1},                /* e with a combining acute */
        {"\xe6\x97\xa5\xe6\x9c\xac", 4}, /* two kanji */
        {"\xf0\x9f\x93\xa7", 2},         /* an envelope */
        {"\xd8\xa7\xd9\x8b", 1},         /* alef with tanwin */
        {"\xff\xfe", 2},                 /* each stray byte shows as something */
        {"a\xe2\x80\x8b"
         "b",
         2}, /* zero width space */
    };
    static const struct {
        const char *text, *safe;
    } cleaned[] = {
        {"plain \\ text", "plain \\ text"},
        {"tab\tnewline\n", "tab\tnewline\n"},
        {"\r\x1b\x7f", "\\x0d\\x1b\\x7f"},
        {"\xc2\x80\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9f\xc2\xa0"},
        {"\xc0\xaf\xe0\x80\xaf\xf4\x90\x80\x80",
         "\\xc0\\xaf\\xe0\\x80\\xaf\\xf4\\x90\\x80\\x80"},             /* overlong */
        {"\xed\xa0\x80|\xed\x9f\xbf", "\\xed\\xa0\\x80|\xed\x9f\xbf"}, /* surrogate */
        {"\xe2\x80\xae\xe2\x81\xa9\xd8\x9c", "\\xe2\\x80\\xae\\xe2\\x81\\xa9\\xd8\\x9c"},
        {"\xef\xbf\xbe\xef\xb7\x90\xf0\x9f\xbf\xbf", "\\xef\\xbf\\xbe\\xef\\xb7\\x90\\xf0\\x9f\\xbf\\xbf"},
        {"cut \xe2\x82", "cut \\xe2\\x82"},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++)
        cr_expect_eq(display_width(widths[i].text), widths[i].width, "row %zu: %zu", i,
                     display_width(widths[i].text));
    for (size_t i = 0; i < sizeof(cleaned) / sizeof(*cleaned); i++)
        cr_expect_str_eq(display_safe(arena, cleaned[i].text), cleaned[i].safe, "row %zu", i);
    cr_expect_str_eq(display_line(arena, "a\tb\nc"), "a b c");
    cr_expect_str_eq(display_cut(arena, "certificate", 11), "certificate");
    cr_expect_str_eq(display_cut(arena, "a certificate", 8), "a cer...");
    cr_expect_str_eq(display_cut(arena, "ab cdefgh", 6), "ab...");
    cr_expect_str_eq(display_cut(arena, "abcdef", 2), "..");
    cr_expect_str_eq(display_cut(arena, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 5), "\xe6\x97\xa5...");
    cr_expect_str_eq(display_list(arena, "no: 1, 2, 3, 4, 5, 6, 7, 8"), "no: 1, 2, 3, 4, 5, 6, 7, 8");
    cr_expect_str_eq(display_list(arena, "no: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"),
                     "no: 1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
    cr_expect_str_eq(display_list(arena, "1, 2, 3, 4, 5; 6, 7, 8, 9, 10"), "1, 2, 3, 4, 5; 6, 7, 8, 9, 10");
    cr_expect_str_eq(display_time(arena, 1795348800), "22 November 2026, 12:00 UTC");
    cr_expect_str_eq(display_time(arena, INT64_MAX), "a time outside the calendar");
    cr_expect_str_eq(display_date(arena, 0), "1 January 1970");
    cr_expect_str_eq(display_duration(arena, 0), "less than a second");
    cr_expect_str_eq(display_duration(arena, 119), "119 s");
    cr_expect_str_eq(display_duration(arena, 180), "3 min");
    cr_expect_str_eq(display_duration(arena, 185), "3 min 5 s");
    cr_expect_str_eq(display_days(arena, 1), "1 day");
    cr_expect_str_eq(display_version(arena, "TLS1.3"), "TLS 1.3");
    cr_expect_str_eq(display_version(arena, "QUIC"), "QUIC");
    arena_free(arena);
}
