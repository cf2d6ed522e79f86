/*
 * tls_rpt.c - tests of the record of TLS reporting: bytes in, URIs and faults out
 */
#include "probes/protocol/tls_rpt.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <criterion/criterion.h>
#include <string.h>

#define R "v=TLSRPTv1; rua="

static const struct {
    const char *record;
    const char *rua;   /* joined with a space */
    const char *fault; /* a part; NULL: none */
    const char *remarks;
} rows[] = {
    {R "mailto:tls@example.org", "mailto:tls@example.org", NULL, ""},
    {"v=TLSRPTv1;rua=mailto:tls@example.org;", "mailto:tls@example.org", NULL, ""},
    {R "https://reports.example.net/v1/tls", "https://reports.example.net/v1/tls", NULL, ""},
    {R "mailto:a@example.org,https://b.example:8443/x?y=z&a=b",
     "mailto:a@example.org https://b.example:8443/x?y=z&a=b", NULL, ""},
    {R "mailto:a@example.org , mailto:b@example.org ;", "mailto:a@example.org mailto:b@example.org", NULL,
     ""},
    {R "MAILTO:a@example.org", "MAILTO:a@example.org", NULL, ""},
    {R "mailto:a%21b%2Cc%3Bd@example.org", "mailto:a%21b%2Cc%3Bd@example.org", NULL, ""},
    {R "mailto:a+b@example.org?subject=TLS%20report", "mailto:a+b@example.org?subject=TLS%20report", NULL,
     ""},
    {R "https://[2a11:11:1001::25]/x", "https://[2a11:11:1001::25]/x", NULL, ""},
    {R "mailto:tls@example.org; more=words", "mailto:tls@example.org", NULL,
     "field more: unknown, senders ignore it"},
    {R "mailto:a@example.org; rua=mailto:b@example.org", "mailto:a@example.org", NULL,
     "field rua: there again, only the first counts"},
    {R "mailto:a@example.org,http://b.example/x", "mailto:a@example.org", NULL,
     "field rua: a URI has another scheme than mailto: and https:"},
    {"v=TLSRPTv1;", "", "rua is missing", ""},
    {"v=TLSRPTv1; RUA=mailto:a@example.org", "", "rua is missing", "field RUA: unknown, senders ignore it"},
    {R, "", "a URI of rua is empty", ""},
    {R "mailto:a@example.org,", "mailto:a@example.org", "a URI of rua is empty", ""},
    {R "tls@example.org", "", "neither a mailto: nor an https: URI",
     "field rua: a URI has no scheme (mailto: or https:)"},
    {R "http://b.example/x", "", "neither a mailto: nor an https: URI",
     "field rua: a URI has another scheme than mailto: and https:"},
    {R "mailto:a!b@example.org", "", "must be written %21", ""},
    {R "mailto:a@example.org!10m", "", "must be written %21", ""},
    {R "mailto:a%2@example.org", "", "two hex digits", ""},
    {R "mailto:a@example.org%4", "", "two hex digits", ""},
    {R "mailto:a b@example.org", "", "percent-encoded", ""},
    {R "mailto:\xc3\xa4@example.org", "", "percent-encoded", ""},
    {R "mailto:a\"b@example.org", "", "percent-encoded", ""},
    {R "mailto:tls", "", "no valid mail address", ""},
    {R "mailto:@example.org", "", "no valid mail address", ""},
    {R "mailto:tls@", "", "no valid mail address", ""},
    {R "mailto:tls@localhost", "", "no valid mail address", ""},
    {R "mailto:tls@example..org", "", "no valid mail address", ""},
    {R "mailto://tls.example.org", "", "no valid mail address", ""},
    {R "mailto:?to=tls@example.org", "", "no valid mail address", ""},
    {R "https:reports.example.net", "", "no valid host", ""},
    {R "https:///x", "", "no valid host", ""},
    {R "https://:443/x", "", "no valid host", ""},
    {R "https://a:b:c/x", "", "no valid host", ""},
    {R "https://user@reports.example.net/x", "", "no valid host", ""},
    {"v=TLSRPTv1; rua", "", "has no \"=\"", ""},
    {R "mailto:a@example.org; x=", "mailto:a@example.org", "the value of a field",
     "field x: unknown, senders ignore it"},
};

static struct tls_rpt_record_facts *record_of(struct arena *arena, const char *text)
{
    struct tls_rpt_record_facts *facts = NULL;

    cr_assert_eq(tls_rpt_record_read(bytes_of(text, strlen(text)), arena, &facts), 0);
    cr_assert_not_null(facts);
    return facts;
}

Test(tls_rpt, record)
{
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_rpt_record_facts *facts = record_of(arena, rows[i].record);

        cr_expect_eq(facts->announces, YES, "%s", rows[i].record);
        cr_expect_str_eq(text_join(arena, &facts->rua, " "), rows[i].rua, "%s: %s", rows[i].record,
                         text_join(arena, &facts->rua, " "));
        cr_expect_str_eq(text_join(arena, &facts->remarks, "; "), rows[i].remarks, "%s", rows[i].record);
        if (rows[i].fault == NULL)
            cr_expect_null(facts->fault, "%s: %s", rows[i].record, facts->fault);
        else
            cr_expect(facts->fault != NULL && strstr(facts->fault, rows[i].fault) != NULL, "%s: %s",
                      rows[i].record, facts->fault == NULL ? "no fault" : facts->fault);
    }
    arena_free(arena);
}

Test(tls_rpt, record_of_others)
{
    static const struct {
        const char *record;
        enum known intended;
    } others[] = {{"v=spf1 -all", NO},
                  {"v=TLSRPTv1", YES},
                  {"v=TLSRPTv1 ; rua=mailto:a@example.org", YES},
                  {"v=TLSRPTV1; rua=mailto:a@example.org", YES},
                  {"v=TLSRPTv10; rua=mailto:a@example.org", YES},
                  {"rua=mailto:a@example.org; v=TLSRPTv1;", YES}};
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct tls_rpt_record_facts *facts = record_of(arena, others[i].record);

        cr_expect_eq(facts->announces, NO, "%s", others[i].record);
        cr_expect_eq(facts->intended, others[i].intended, "%s", others[i].record);
        cr_expect_eq(facts->rua.count, 0);
        cr_expect_null(facts->fault);
    }
    arena_free(arena);
}

Test(tls_rpt, many_uris)
{
    struct arena *arena = arena_new(0);
    struct buffer text = {0};
    struct tls_rpt_record_facts *facts = NULL;

    put_text(&text, R "mailto:a@example.org");
    for (int i = 0; i < 100; i++)
        put_format(&text, ",mailto:a%d@example.org", i);
    cr_assert_eq(tls_rpt_record_read(bytes_of(text.data, text.size), arena, &facts), 0);
    cr_expect_eq(facts->rua.count, TLS_RPT_URIS_MAX);
    cr_expect_null(facts->fault);
    buffer_free(&text);
    arena_free(arena);
}
