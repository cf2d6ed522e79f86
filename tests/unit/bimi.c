/*
 * bimi.c - tests of BIMI as text: records, logos and certificate files in, facts out
 */
#include "probes/protocol/bimi.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <criterion/criterion.h>
#include <string.h>

#define NONE "-"

static const char *or_none(const char *text)
{
    return text == NULL ? NONE : text;
}

Test(bimi, records)
{
    static const struct {
        const char *record;
        enum known announces, declined;
        const char *location, *authority, *fault, *remarks;
    } rows[] = {
        {"v=BIMI1; l=https://example.org/logo.svg", YES, NO, "https://example.org/logo.svg", NONE, NULL, ""},
        {"v=BIMI1;l=https://example.org/a;a=https://example.org/b;", YES, NO, "https://example.org/a",
         "https://example.org/b", NULL, ""},
        {" v = BIMI1 ; a=; l = https://example.org/a ", YES, NO, "https://example.org/a", NONE, NULL, ""},
        {"v=BIMI1; l=HTTPS://example.org:8443/a?b=c#d", YES, NO, "HTTPS://example.org:8443/a?b=c#d", NONE,
         NULL, ""},
        {"v=BIMI1; l=; a=;", YES, YES, NONE, NONE, NULL, ""},
        {"v=BIMI1; l=", YES, YES, NONE, NONE, NULL, ""},
        {"v=BIMI1; l=; a=https://example.org/b", YES, NO, NONE, "https://example.org/b", NULL, ""},
        {"v=BIMI1; l=https://example.org/a; avp=brand; lps=news", YES, NO, "https://example.org/a", NONE,
         NULL, ""},
        {"v=BIMI1; l=https://example.org/a; z=9", YES, NO, "https://example.org/a", NONE, NULL,
         "tag z: unknown, receivers ignore it"},
        {"v=BIMI1", YES, UNKNOWN, NONE, NONE, "l= is missing", ""},
        {"v=BIMI1; l=http://example.org/a", YES, UNKNOWN, NONE, NONE, "l= is no https: URL", ""},
        {"v=BIMI1; l=https:///a", YES, UNKNOWN, NONE, NONE, "l= is a URL without a host", ""},
        {"v=BIMI1; l=https://example.org/a b", YES, UNKNOWN, NONE, NONE, "percent-encoded", ""},
        {"v=BIMI1; l=https://example.org/a; a=mailto:x@example.org", YES, UNKNOWN, "https://example.org/a",
         NONE, "a= is no https: URL", ""},
        {"v=BIMI1; l=https://a.example/; l=https://b.example/", YES, UNKNOWN, NONE, NONE, "twice", ""},
        {"v=BIMI1 l=https://example.org/a", NO, UNKNOWN, NONE, NONE, NULL, ""},
        {"l=https://example.org/a; v=BIMI1", NO, UNKNOWN, NONE, NONE, NULL, ""},
        {"v=bimi1; l=https://example.org/a", NO, UNKNOWN, NONE, NONE, NULL, ""},
        {"v=spf1 -all", NO, UNKNOWN, NONE, NONE, NULL, ""},
        {"", NO, UNKNOWN, NONE, NONE, NULL, ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new(0);
        struct bimi_record_facts *record;

        cr_assert_eq(bimi_record_read(bytes_of(rows[i].record, strlen(rows[i].record)), arena, &record), 0);
        cr_expect_eq(record->announces, rows[i].announces, "%s", rows[i].record);
        cr_expect_eq(record->declined, rows[i].declined, "%s", rows[i].record);
        if (rows[i].fault == NULL) {
            cr_expect_str_eq(or_none(record->location), rows[i].location, "%s", rows[i].record);
            cr_expect_str_eq(or_none(record->authority), rows[i].authority, "%s", rows[i].record);
        }
        cr_expect((record->fault == NULL) == (rows[i].fault == NULL) &&
                      (record->fault == NULL || strstr(record->fault, rows[i].fault) != NULL),
                  "%s: %s", rows[i].record, record->fault);
        cr_expect_str_eq(text_join(arena, &record->remarks, ", "), rows[i].remarks);
        arena_free(arena);
    }
}

#define SPACE   " xmlns=\"http://www.w3.org/2000/svg\""
#define ROOT    "<svg version=\"1.2\" baseProfile=\"tiny-ps\"" SPACE " viewBox=\"0 0 100 100\">"
#define TITLE   "<title>Example</title>"
#define WITH(x) ROOT TITLE x "</svg>"
#define TEN(x)  x x x x x x x x x x

Test(bimi, logos)
{
    static const struct {
        const char *file;
        const char *faults; /* joined with ", " */
    } rows[] = {
        {WITH("<path d=\"M0 0h100v100z\" fill=\"#123456\"/>"), ""},
        {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a -->\n" WITH("<g><g/></g>"), ""},
        {ROOT "<title><![CDATA[Example]]></title></svg>", ""},
        {ROOT "<desc>words</desc>" TITLE "</svg>", ""},
        {WITH("<rect fill=\"url(#a)\"/><use href=\"#b\"/>"), ""},
        {"<s:svg version=\"1.2\" baseProfile=\"tiny-ps\" xmlns:s=\"http://www.w3.org/2000/svg\" viewBox=\"0 "
         "0 1 "
         "1\"><s:title>x</s:title></s:svg>",
         ""},
        {ROOT "</svg>", "it has no title"},
        {ROOT "<g>" TITLE "</g></svg>", "it has no title"},
        {ROOT "<title/></svg>", "it has no title"},
        {"<svg version=\"1.1\" baseProfile=\"tiny\"" SPACE " viewBox=\"0 0 1 1\">" TITLE "</svg>",
         "version is not \"1.2\", baseProfile is not \"tiny-ps\""},
        {"<svg version=\"1.2\" baseProfile=\"tiny-ps\"" SPACE ">" TITLE "</svg>", "viewBox is missing"},
        {"<svg version=\"1.2\" baseProfile=\"tiny-ps\"" SPACE " viewBox=\"0,0,2,1\">" TITLE "</svg>",
         "viewBox is not a square"},
        {"<svg version=\"1.2\" baseProfile=\"tiny-ps\"" SPACE " viewBox=\"0 0 2\">" TITLE "</svg>",
         "viewBox has not the four numbers that it needs"},
        {"<svg version=\"1.2\" baseProfile=\"tiny-ps\"" SPACE " viewBox=\"0 0 nan inf\">" TITLE "</svg>",
         "viewBox has not the four numbers that it needs"},
        {"<svg x=\"1\" version=\"1.2\" baseProfile=\"tiny-ps\"" SPACE " viewBox=\"0 0 1 1\">" TITLE "</svg>",
         "the root element has x or y, which it must not"},
        {"<svg version=\"1.2\" baseProfile=\"tiny-ps\" viewBox=\"0 0 1 1\">" TITLE "</svg>",
         "the root element is not in the namespace of SVG"},
        {"<html version=\"1.2\" baseProfile=\"tiny-ps\" viewBox=\"0 0 1 1\">" TITLE "</html>",
         "the root element is not svg"},
        {WITH("<script>alert(1)</script>"), "it has a script"},
        {WITH("<g onclick=\"x()\"/>"), "it has a script: attribute onclick"},
        {WITH("<animate attributeName=\"x\"/><set/>"),
         "it has an animation: element animate, it has an animation: "
         "element set"},
        {WITH("<image href=\"https://example.org/a.png\"/>"),
         "it has an element that is not allowed: image, it refers to something outside: "
         "https://example.org/a.png"},
        {WITH("<use xmlns:xlink=\"http://www.w3.org/1999/xlink\" xlink:href=\"other.svg#a\"/>"),
         "it refers to something outside: other.svg#a"},
        {WITH("<rect style=\"fill: URL( 'http://example.org/')\"/>"),
         "it refers to something outside, by url()"},
        {WITH("<style>@import 'a.css';</style>"), "its style refers to something outside"},
        {"<?xml-stylesheet href=\"a.css\"?>" WITH(""),
         "it has a processing instruction, as for a style sheet"},
        {"<!DOCTYPE svg [<!ENTITY a \"b\">]>" WITH("&a;"),
         "it has a document type declaration (<!DOCTYPE), and was not read further"},
        /* a document type that shows only in the encoding that the file says */
        {"<?xml version=\"1.0\" encoding=\"UTF-7\"?>\n<!-- -->+ADw-+ACE-DOCTYPE svg +AFs- +ADw-+ACE-ENTITY a "
         "\"b\"+AD4- +AF0-+AD4-" WITH("&a;"),
         "it is not well-formed XML in UTF-8"},
        {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" WITH(""), ""},
        {WITH("&undeclared;"), "it is not well-formed XML in UTF-8"},
        {WITH("\xe9"), "it is not well-formed XML in UTF-8"},
        {ROOT TITLE, "it is not well-formed XML in UTF-8"},
        {ROOT TEN(TEN("<g>")) TEN(TEN("</g>")) "</svg>", "its elements are nested too deep"},
        {"\x1f\x8b\x08", "it is compressed, which not every receiver reads"},
        {"", "it is not well-formed XML in UTF-8"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new(0);
        struct bimi_logo_facts *logo;

        cr_assert_eq(bimi_logo_read(bytes_of(rows[i].file, strlen(rows[i].file)), arena, &logo), 0);
        cr_expect_str_eq(text_join(arena, &logo->faults, ", "), rows[i].faults, "%s", rows[i].file);
        arena_free(arena);
    }
}

Test(bimi, size_of_logos)
{
    struct arena *arena = arena_new(0);
    struct bimi_logo_facts *logo;
    const char *file = arena_format(arena, "%s%*s</svg>", ROOT TITLE, 32 * 1024, " ");

    cr_assert_eq(bimi_logo_read(bytes_of(file, strlen(file)), arena, &logo), 0);
    cr_expect_str_eq(text_join(arena, &logo->faults, ", "), "it is larger than 32 KiB");
    arena_free(arena);
}

Test(bimi, certificates)
{
#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END   "-----END CERTIFICATE-----\n"
    static const struct {
        const char *file;
        size_t count, size; /* of the first */
    } rows[] = {
        {BEGIN "\nMAA=\n" END, 1, 2},
        {"words\n" BEGIN "\nMAAA\nMAA=\n" END "more words\n" BEGIN "\nMAA=" END, 2, 5},
        {TEN(BEGIN "MAA=" END), BIMI_CHAIN_MAX, 2},
        {BEGIN "\nM*A=\n" END, 0, 0},
        {BEGIN "\nMAA=\n", 0, 0},
        {"-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n", 0, 0},
        {"", 0, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new(0);
        struct bytes chain[BIMI_CHAIN_MAX];
        size_t count;

        cr_assert_eq(
            bimi_certificates_read(bytes_of(rows[i].file, strlen(rows[i].file)), arena, chain, &count), 0);
        cr_expect_eq(count, rows[i].count, "%s", rows[i].file);
        cr_expect(count == 0 || chain[0].size == rows[i].size, "%s", rows[i].file);
        arena_free(arena);
    }
}
