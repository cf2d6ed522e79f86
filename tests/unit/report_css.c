/*
 * report_css.c - can the report be read? Every pair of colours that meets on the page, in both themes (WCAG 2.2,
 * 1.4.3 and 1.4.11)
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char report_css[];

static double channel(unsigned int value)
{
    double share = value / 255.0;

    return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4);
}

static double luminance(unsigned int color)
{
    return 0.2126 * channel(color >> 16 & 255) + 0.7152 * channel(color >> 8 & 255) +
           0.0722 * channel(color & 255);
}

static double contrast(unsigned int a, unsigned int b)
{
    double light = fmax(luminance(a), luminance(b));
    double dark = fmin(luminance(a), luminance(b));

    return (light + 0.05) / (dark + 0.05);
}

/* The value of a custom property in the part of the style sheet that begins at `from`. */
static unsigned int color_of(const char *from, const char *end, const char *name)
{
    char search[40];
    const char *at;

    snprintf(search, sizeof(search), "--%s: #", name);
    at = strstr(from, search);
    cr_assert(at && at < end, "--%s is not set", name);
    return (unsigned int)strtoul(at + strlen(search), NULL, 16);
}

static const struct {
    const char *foreground, *background;
    double minimum;
} pairs[] = {
    {"text", "page", 4.5},           {"text", "surface", 4.5},       {"text", "sunken", 4.5},
    {"text", "warn-tint", 4.5},      {"info", "warn-tint", 3.0},     {"muted", "page", 4.5},
    {"muted", "surface", 4.5},       {"muted", "sunken", 4.5},       {"link", "page", 4.5},
    {"link", "surface", 4.5},        {"link", "sunken", 4.5},        {"fail", "surface", 4.5},
    {"fail", "page", 4.5},           {"warn", "surface", 4.5},       {"warn", "page", 4.5},
    {"warn", "warn-tint", 4.5},      {"info", "surface", 4.5},       {"info", "page", 4.5},
    {"pass", "surface", 4.5},        {"pass", "page", 4.5},          {"not-applicable", "surface", 4.5},
    {"not-applicable", "page", 4.5}, {"not-tested", "surface", 4.5}, {"not-tested", "page", 4.5},
    {"grade-ink", "grade-a", 4.5},   {"grade-ink", "grade-b", 4.5},  {"grade-ink", "grade-c", 4.5},
    {"grade-ink", "grade-d", 4.5},   {"grade-ink", "grade-e", 4.5},  {"grade-ink", "grade-f", 4.5},
    {"focus", "page", 3.0},          {"focus", "surface", 3.0},      {"edge", "surface", 3.0},
    {"edge", "page", 3.0},
};

Test(report_css, colours_can_be_read)
{
    const char *dark = strstr(report_css, "prefers-color-scheme: dark");
    const char *end = report_css + strlen(report_css);

    cr_assert(dark);
    cr_expect(!strpbrk(report_css, "<&"), "the style stands inside XML");
    cr_expect(fabs(contrast(0x000000, 0xffffff) - 21) < 0.01 &&
              fabs(contrast(0x777777, 0xffffff) - 4.48) < 0.01);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        const struct {
            const char *name, *from, *to;
        } themes[] = {{"light", report_css, dark}, {"dark", dark, end}};

        for (size_t theme = 0; theme < 2; theme++) {
            double ratio = contrast(color_of(themes[theme].from, themes[theme].to, pairs[i].foreground),
                                    color_of(themes[theme].from, themes[theme].to, pairs[i].background));

            cr_expect_geq(ratio, pairs[i].minimum, "%s on %s in %s: %.2f", pairs[i].foreground,
                          pairs[i].background, themes[theme].name, ratio);
        }
    }
}
