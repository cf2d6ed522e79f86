/*
 * dmarc_record.c - tests of the DMARC record: one line in, what it says as a text out
 */
#include "probes/protocol/dmarc_record.h"

#include "scanner/base/arena.h"

#include <criterion/criterion.h>
#include <string.h>

struct row {
    const char *record;
    const char *expected;
};

static const struct row rows[] = {
    /* the version: first, exact, perhaps with white space around "=" */
    {"v=DMARC1; p=reject", "written/written p=reject"},
    {"v=DMARC1;p=reject;", "written/written p=reject"},
    {"V = DMARC1 ; p = reject ; ", "written/written p=reject"},
    {"v\t=\tDMARC1\t;\tp\t=\tnone", "written/written p=none"},
    {"v=DMARC1", "unusable/unusable"},
    {"v=dmarc1; p=reject", "not announced, meant"},
    {"v=DMARC1x; p=reject", "not announced, meant"},
    {"v=DMARC2; p=reject", "not announced"},
    {" v=DMARC1; p=reject", "not announced, meant"},
    {"p=reject; v=DMARC1", "not announced, meant"},
    {"\"v=DMARC1; p=reject\"", "not announced, meant"},
    {"v=spf1 -all", "not announced"},
    {"", "not announced"},
    /* policies; their literals have no case */
    {"v=DMARC1; p=Reject; sp=QUARANTINE; np=None", "written/written p=reject sp=quarantine np=none"},
    {"v=DMARC1; rua=mailto:a@b.example; p=none",
     "written/written p=none rua=a@b.example [p does not stand right behind v: RFC 7489 wanted it there]"},
    /* without a valid one the record counts as none when it asks for reports */
    {"v=DMARC1; rua=mailto:a@b.example", "none/none rua=a@b.example"},
    {"v=DMARC1; p=rejct; rua=mailto:a@b.example",
     "none/none rua=a@b.example {p=rejct is none of none, quarantine and reject}"},
    {"v=DMARC1; p=rejct", "unusable/unusable {p=rejct is none of none, quarantine and reject}"},
    {"v=DMARC1; p=", "unusable/unusable {p= is none of none, quarantine and reject}"},
    {"v=DMARC1; adkim=s", "unusable/unusable strict-dkim"},
    {"v=DMARC1; p=reject; sp=x; rua=mailto:a@b.example",
     "none/none p=reject rua=a@b.example {sp=x is none of none, quarantine and reject}"},
    {"v=DMARC1; p=reject; sp=x", "unusable/unusable p=reject {sp=x is none of none, quarantine and reject}"},
    /* RFC 7489 knew no np, and ignores it */
    {"v=DMARC1; p=reject; np=x", "unusable/written p=reject {np=x is none of none, quarantine and reject}"},
    {"v=DMARC1; p=reject; np=x; rua=mailto:a@b.example",
     "none/written p=reject rua=a@b.example {np=x is none of none, quarantine and reject}"},
    {"v=DMARC1; rua=nobody", "unusable/unusable rua=(nobody has no scheme: it must begin with mailto:)"},
    {"v=DMARC1; rua=https://reports.example/", "none/none rua=https://reports.example/"},
    /* other tags */
    {"v=DMARC1; p=none; adkim=S; aspf=s; t=Y; psd=N; fo=d:s",
     "written/written p=none strict-dkim strict-spf testing psd=n"},
    {"v=DMARC1; p=none; adkim=r; aspf=r; t=n; psd=u; fo=1", "written/written p=none"},
    {"v=DMARC1; p=none; psd=y", "written/written p=none psd=y"},
    {"v=DMARC1; p=none; adkim=x; t=true; psd=maybe; fo=0:1",
     "written/written p=none {adkim=x is neither s nor r: r counts} {t=true is neither y nor n: n counts} "
     "{psd=maybe is none of y, n and u: u counts} {fo=0:1 is none of 0, 1, d, s and d:s: 0 counts}"},
    {"v=DMARC1; p=none; x-mine=1; foo=bar", "written/written p=none [tag x-mine: unknown, receivers ignore "
                                            "it] [tag foo: unknown, receivers ignore it]"},
    {"v=DMARC1; p=none; p=reject",
     "written/written p=none {p is there twice: receivers differ in which they take}"},
    {"v=DMARC1; p=none; quarantine", "written/written p=none {quarantine is no tag: it has no \"=\"}"},
    {"v=DMARC1;; p=none;;",
     "written/written p=none [p does not stand right behind v: RFC 7489 wanted it there]"},
    /* tags that are gone */
    {"v=DMARC1; p=reject; pct=50; rf=afrf; ri=3600",
     "written/written p=reject removed=pct=50,rf=afrf,ri=3600 percent=50"},
    {"v=DMARC1; p=reject; pct=0", "written/written p=reject removed=pct=0 percent=0"},
    {"v=DMARC1; p=reject; pct=101", "written/written p=reject removed=pct=101"},
    {"v=DMARC1; p=reject; pct=-1", "written/written p=reject removed=pct=-1"},
    {"v=DMARC1; p=reject; pct=", "written/written p=reject removed=pct="},
    {"v=DMARC1; p=reject; pct=050", "written/written p=reject removed=pct=050 percent=50"},
    /* addresses */
    {"v=DMARC1; p=none; rua=mailto:A@B.Example , MAILTO:c@d.example",
     "written/written p=none rua=A@B.Example,c@d.example"},
    {"v=DMARC1; p=none; rua=mailto:a@b.example!10m; ruf=mailto:c@d.example!5",
     "written/written p=none rua=a@b.example!10m ruf=c@d.example!5"},
    /* a URI is kept whole */
    {"v=DMARC1; p=none; "
     "rua=mailto:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
     "written/written p=none "
     "rua=(mailto:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb has no valid mail address)"},
    {"v=DMARC1; p=none; rua=mailto:a!b@c.example",
     "written/written p=none rua=(mailto:a!b@c.example has a character that must be percent-encoded)"},
    {"v=DMARC1; p=none; rua=mailto:a%21b@c.example?subject=x", "written/written p=none rua=a%21b@c.example"},
    {"v=DMARC1; p=none; rua=mailto:nobody,",
     "written/written p=none rua=(mailto:nobody has no valid mail address),"
     "( is empty)"},
    {"v=DMARC1; p=none; rua=mailto:a@localhost",
     "written/written p=none rua=(mailto:a@localhost has no valid mail address)"},
    {"v=DMARC1; p=none; rua=a@b.example",
     "written/written p=none rua=(a@b.example has no scheme: it must begin with mailto:)"},
    {"v=DMARC1; p=none; rua=mailto:", "written/written p=none rua=(mailto: is no URI)"},
    {"v=DMARC1; p=none; rua=:x", "written/written p=none rua=(:x is no URI)"},
};

static const char *use_word(enum dmarc_use use)
{
    static const char *const words[] = {"?", "written", "none", "unusable"};

    return words[use];
}

static void put_uris(struct buffer *out, const char *tag, const struct list *uris)
{
    for (size_t i = 0; i < uris->count; i++) {
        const struct dmarc_uri_facts *uri = uris->items[i];

        put_text(out, i == 0 ? tag : ",");
        cr_expect_eq(uri->address == NULL, uri->host == NULL);
        if (uri->fault != NULL)
            put_format(out, "(%s %s)", uri->uri, uri->fault);
        else
            put_text(out, uri->address != NULL ? uri->address : uri->uri);
        if (uri->size_limit != NULL)
            put_format(out, "!%s", uri->size_limit);
    }
}

static void put_texts(struct buffer *out, const char *open, const struct list *texts, const char *close)
{
    for (size_t i = 0; i < texts->count; i++)
        put_format(out, "%s%s%s", open, (const char *)texts->items[i], close);
}

static void put_record(struct buffer *out, const struct dmarc_record_facts *record)
{
    if (record->announces != YES) {
        put_format(out, "not announced%s", record->intended == YES ? ", meant" : "");
        return;
    }
    put_format(out, "%s/%s", use_word(record->use), use_word(record->older_use));
    if (record->policy != DMARC_POLICY_NOT_OBSERVED)
        put_format(out, " p=%s", dmarc_policy_values[record->policy]);
    if (record->subdomain_policy != DMARC_POLICY_NOT_OBSERVED)
        put_format(out, " sp=%s", dmarc_policy_values[record->subdomain_policy]);
    if (record->nonexistent_policy != DMARC_POLICY_NOT_OBSERVED)
        put_format(out, " np=%s", dmarc_policy_values[record->nonexistent_policy]);
    put_text(out, record->strict_dkim == YES ? " strict-dkim" : "");
    put_text(out, record->strict_spf == YES ? " strict-spf" : "");
    put_text(out, record->testing == YES ? " testing" : "");
    if (record->psd > DMARC_PSD_UNSAID)
        put_format(out, " psd=%s", dmarc_psd_values[record->psd]);
    for (size_t i = 0; i < record->removed.count; i++)
        put_format(out, "%s%s", i == 0 ? " removed=" : ",", (const char *)record->removed.items[i]);
    if (record->percent.known)
        put_format(out, " percent=%d", (int)record->percent.value);
    put_uris(out, " rua=", &record->rua);
    put_uris(out, " ruf=", &record->ruf);
    put_texts(out, " {", &record->faults, "}");
    put_texts(out, " [", &record->remarks, "]");
}

static void expect_record(struct bytes input, const char *expected)
{
    struct arena *arena = arena_new(0);
    struct dmarc_record_facts *record;
    struct buffer text = {0};

    cr_assert_eq(dmarc_record_read(input, arena, &record), 0);
    put_record(&text, record);
    put_u8(&text, '\0');
    cr_expect_str_eq((const char *)text.data, expected, "%.*s: %s", (int)input.size, (const char *)input.data,
                     (const char *)text.data);
    buffer_free(&text);
    arena_free(arena);
}

Test(dmarc_record, table)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_record(bytes_of(rows[i].record, strlen(rows[i].record)), rows[i].expected);
}

/* The domain of an address is in lower case, as names are compared and asked for. */
Test(dmarc_record, host)
{
    static const char text[] = "v=DMARC1; p=none; rua=mailto:DMARC-Reports@Example.COM";
    struct arena *arena = arena_new(0);
    struct dmarc_record_facts *record;

    cr_assert_eq(dmarc_record_read(bytes_of(text, sizeof text - 1), arena, &record), 0);
    cr_expect_str_eq(((struct dmarc_uri_facts *)record->rua.items[0])->host, "example.com");
    cr_expect_str_eq(((struct dmarc_uri_facts *)record->rua.items[0])->address, "DMARC-Reports@Example.COM");
    cr_expect_str_eq(record->text, text);
    arena_free(arena);
}

Test(dmarc_record, hostile)
{
    expect_record(bytes_of("v=DMARC1; p=none\0; sp=none", 26),
                  "unusable/unusable sp=none {p=none\\x00 is none of none, quarantine and reject}");
    expect_record(bytes_of("v=DMARC1; \xff=\x1b", 14),
                  "unusable/unusable [tag \\xff: unknown, receivers ignore it]");
}

/* However much there is, what is kept has its limits. */
Test(dmarc_record, limits)
{
    struct arena *arena = arena_new(0);
    struct buffer text = {0};
    struct dmarc_record_facts *record;

    put_text(&text, "v=DMARC1; p=none; rua=mailto:a@b.example");
    for (int i = 0; i < 100; i++)
        put_format(&text, ",mailto:a%d@b.example", i);
    for (int i = 0; i < 100; i++)
        put_format(&text, "; x%d=1; none%d", i, i);
    cr_assert_eq(dmarc_record_read(bytes_of(text.data, text.size), arena, &record), 0);
    cr_expect_eq(record->rua.count, DMARC_URIS_MAX);
    cr_expect_eq(record->remarks.count, DMARC_NOTES_MAX);
    cr_expect_eq(record->faults.count, DMARC_NOTES_MAX);
    cr_expect_lt(strlen(record->text), 1010);
    buffer_free(&text);
    arena_free(arena);
}
