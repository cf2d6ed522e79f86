/*
 * probe_dkim.c - tests of the probe for DKIM keys: answers of a table in, selectors and records as a text out
 */
#include "probes/dkim_selectors.h"
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OCTETS  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ED25519 "\"v=DKIM1; k=ed25519; p=" OCTETS "\""
#define OTHER   "\"v=DKIM1; k=ed25519; p=AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\""
#define D       "._domainkey.example.org"

struct run {
    struct network network;
    struct scan_settings settings;
    struct arena *arena;
    struct dkim_facts *dkim;
    size_t asked;
    const char *wildcard; /* the record of every other name */
    int result;
};

enum { PATIENCE_MS = 60000, DOCUMENT_MAX = 64 * 1024 };

static void probe(struct run *run)
{
    run->result =
        dkim_probe(&run->network, &run->settings, "example.org", PATIENCE_MS, run->arena, &run->dkim);
}

static void run_probe(void *argument)
{
    struct run *run = argument;

    probe(run);
    run->asked = probe_stage_questions(&run->network);
}

static void put_selector(struct buffer *out, const struct dkim_selector_facts *selector)
{
    put_format(out, "%s:", selector->name);
    put_text(out, selector->given == YES ? " given" : "");
    put_text(out, selector->wildcard == YES ? " wildcard" : "");
    if (selector->provider != NULL)
        put_format(out, " at %s", selector->provider);
    for (size_t i = 0; i < selector->records.count; i++) {
        const struct dkim_record_facts *record = selector->records.items[i];

        put_format(out, " %s",
                   record->intended != YES  ? "other"
                   : record->fault != NULL  ? "fault"
                   : record->revoked == YES ? "revoked"
                                            : record->key_type);
    }
    if (selector->expected != NULL)
        put_text(out, selector->matches == YES  ? " matches"
                      : selector->matches == NO ? " differs"
                                                : " unmatched");
    put_text(out, "; ");
}

static const char *told(const struct run *run)
{
    struct buffer out = {0};
    const char *text;

    cr_assert_eq(run->result, 0);
    for (size_t i = 0; i < run->dkim->selectors.count; i++)
        put_selector(&out, run->dkim->selectors.items[i]);
    text = arena_text_sized(run->arena, (const char *)out.data, out.size);
    buffer_free(&out);
    return text == NULL ? "" : text;
}

static const char *ask(struct run *run, const struct fake_answer *table, size_t count)
{
    (void)probe_stage_run(&run->network, table, count, run_probe, run, 0);
    return told(run);
}

#define ASK(run, table) ask(run, table, sizeof(table) / sizeof((table)[0]))

static struct run run_new(const char *selector, const char *record)
{
    struct run run = {.arena = arena_new(0)};
    struct dkim_key_setting *key;

    if (selector != NULL)
        cr_assert_eq(list_add(&run.settings.selectors, run.arena, arena_text(run.arena, selector)), 0);
    if (record == NULL)
        return run;
    key = list_new_item(&run.settings.dkim_keys, run.arena, sizeof(*key));
    *key = (struct dkim_key_setting){.selector = selector, .record = record};
    return run;
}

static size_t common_count(void)
{
    size_t count;

    (void)dkim_selectors_common(&count);
    return count;
}

Test(probe_dkim, common)
{
    static const struct fake_answer table[] = {
        {"mail" D, "TXT", .records = {ED25519}},
        {"default" D, "TXT", .records = {"\"v=DKIM1; p=\""}},
        {"dkim" D, "TXT", .records = {"\"hello\""}},
        {"google" D, "TXT", .outcome = DNS_FAILURE},
        {"selector1" D, "CNAME", .records = {"selector1-example-org._domainkey.example.onmicrosoft.com"}},
        {"selector1-example-org._domainkey.example.onmicrosoft.com", "TXT", .records = {ED25519}},
        {"selector2" D, "CNAME", .records = {"selector2-example-org._domainkey.example.onmicrosoft.com"}},
        {"mine" D, "TXT", .records = {ED25519}},
    };
    struct run run = run_new(NULL, NULL);

    cr_expect_str_eq(ASK(&run, table),
                     "mail: ed25519; default: revoked; selector1: at Microsoft 365 ed25519; "
                     "selector2: at Microsoft 365; ");
    cr_expect_eq(run.asked, common_count() + 2, "each one question, and two for all");
    cr_expect_eq(run.dkim->common.value, (int64_t)common_count());
    cr_expect_eq(run.dkim->common_lost.value, 1);
    cr_expect_eq(run.dkim->node->outcome, DNS_NODATA);
    arena_free(run.arena);
}

/* Nearly all guesses find nothing, and a run has many domains: what they were answered is not kept. */
Test(probe_dkim, memory)
{
    static const char *const names[] = {"mail" D, "dkim" D,   "default" D, "x" D,
                                        "rsa" D,  "google" D, "k1" D,      "s1" D};
    struct fake_answer table[sizeof names / sizeof names[0]] = {0};
    struct run run = run_new(NULL, NULL);
    char text[203];

    memset(text, 'a', sizeof text - 1);
    text[0] = text[201] = '"';
    text[202] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        table[i] = (struct fake_answer){.name = names[i], .type = "TXT"};
        for (size_t j = 0; j < 4; j++)
            table[i].records[j] = text;
    }
    cr_expect_str_eq(ASK(&run, table), "");
    cr_expect_eq(run.dkim->common_lost.value, 0);
    cr_expect_lt(arena_used(run.arena), common_count() * 256, "%zu bytes", arena_used(run.arena));
    arena_free(run.arena);
}

Test(probe_dkim, given)
{
    static const struct fake_answer table[] = {{"mine" D, "TXT", .records = {ED25519}},
                                               {"Mail" D, "TXT", .records = {"\"hello\"", ED25519, OTHER}}};
    struct run run = run_new("mine", NULL);

    cr_assert_eq(list_add(&run.settings.selectors, run.arena, arena_text(run.arena, "Mail")), 0);
    cr_assert_eq(list_add(&run.settings.selectors, run.arena, arena_text(run.arena, "gone")), 0);
    cr_expect_str_eq(ASK(&run, table),
                     "mine: given ed25519; Mail: given other ed25519 ed25519; gone: given; ");
    cr_expect_eq(run.asked, common_count() + 4, "\"mail\" is not asked for twice");
    arena_free(run.arena);
}

Test(probe_dkim, expected)
{
    static const struct fake_answer table[] = {{"mine" D, "TXT", .records = {ED25519}}};
    struct run same = run_new("mine", "k=ed25519; p=" OCTETS);
    struct run other = run_new("mine", "k=ed25519; p=AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    struct run gone = run_new("gone", "k=ed25519; p=" OCTETS);

    cr_expect_str_eq(ASK(&same, table), "mine: given ed25519 matches; ");
    cr_expect_str_eq(ASK(&other, table), "mine: given ed25519 differs; ");
    cr_expect_str_eq(ASK(&gone, table), "gone: given unmatched; ");
    arena_free(same.arena);
    arena_free(other.arena);
    arena_free(gone.arena);
}

/* Nothing is below a name that is proven not to be there; what was given is asked for all the same. */
Test(probe_dkim, nothing_below)
{
    static const struct fake_answer secure[] = {
        {"_domainkey.example.org", "TXT", .outcome = DNS_NXDOMAIN, .security = DNS_SECURE}};
    static const struct fake_answer insecure[] = {
        {"_domainkey.example.org", "TXT", .outcome = DNS_NXDOMAIN, .security = DNS_INSECURE},
        {"mail" D, "TXT", .records = {ED25519}}};
    struct run run = run_new("mine", NULL), liar = run_new(NULL, NULL);

    cr_expect_str_eq(ASK(&run, secure), "mine: given; ");
    cr_expect_eq(run.asked, 3);
    cr_expect(!run.dkim->common.known);
    cr_expect_str_eq(ASK(&liar, insecure), "mail: ed25519; ",
                     "there are servers that deny what has names below");
    arena_free(run.arena);
    arena_free(liar.arena);
}

/* ---- a wildcard: the table has none, so the resolver is one that answers for every name ---- */

struct wild {
    struct resolver resolver;
    struct resolver *below;
    const char *record;
};

static int ask_wild(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                    struct arena *arena, struct dns_answer **ret)
{
    struct wild *wild = (struct wild *)(void *)resolver;
    const struct fake_answer table[] = {{name, "TXT", .records = {wild->record}}};
    struct fake_resolver *fake;
    int error = resolver_ask(wild->below, name, type, deadline, arena, ret);

    if (error < 0 || (*ret)->outcome == DNS_DATA || strncmp(name, "_domainkey", 10) == 0)
        return error;
    fake = fake_resolver_new(NULL, table, 1);
    error = resolver_ask(fake_resolver(fake), name, type, deadline, arena, ret);
    fake_resolver_free(fake);
    return error;
}

static void run_wild(void *argument)
{
    struct run *run = argument;
    struct wild wild = {.resolver.ask = ask_wild, .below = run->network.resolver, .record = run->wildcard};

    run->network.resolver = &wild.resolver;
    probe(run);
}

static void check_wild(const char *record, const char *selector, const char *wanted)
{
    static const struct fake_answer table[] = {{"mail" D, "TXT", .records = {ED25519}}};
    struct run run = run_new(selector, NULL);

    run.wildcard = record;
    (void)probe_stage_run(&run.network, table, 1, run_wild, &run, 0);
    cr_expect_str_eq(told(&run), wanted, "%s: %s", record, told(&run));
    arena_free(run.arena);
}

Test(probe_dkim, wildcard)
{
    check_wild("\"v=spf1 -all\"", NULL, "mail: ed25519; ");
    check_wild(OTHER, NULL, "mail: ed25519; ");
    check_wild(OTHER, "mine", "mine: given wildcard ed25519; mail: ed25519; ");
    check_wild("\"v=spf1 -all\"", "mine", "mine: given wildcard other; mail: ed25519; ");
    check_wild(ED25519, NULL, "");
}

/* docs/dkim.md repeats the table. */
static const char *read_document(struct arena *arena)
{
    FILE *file = fopen(SOURCE_DIRECTORY "/docs/dkim.md", "r");
    char *text = arena_alloc(arena, DOCUMENT_MAX);

    cr_assert_not_null(file);
    cr_assert_lt(fread(text, 1, DOCUMENT_MAX - 1, file), DOCUMENT_MAX - 1);
    fclose(file);
    return text;
}

Test(probe_dkim, table_of_selectors)
{
    size_t count;
    const struct dkim_selector *common = dkim_selectors_common(&count);
    struct arena *arena = arena_new(0);
    const char *document = read_document(arena);

    for (size_t i = 0; i < count; i++) {
        cr_expect_str_not_empty(common[i].used_by);
        for (size_t j = 0; j < i; j++)
            cr_expect(!text_equal(common[i].name, common[j].name), "%s is there twice", common[i].name);
        cr_expect(strstr(document, arena_format(arena, "`%s`", common[i].name)) != NULL &&
                      strstr(document, arena_format(arena, "| %s |", common[i].used_by)) != NULL,
                  "%s (%s) is not in docs/dkim.md", common[i].name, common[i].used_by);
    }
    cr_expect_str_eq(dkim_selector_user("Google"), "Google Workspace");
    cr_expect_null(dkim_selector_user("nobody"));
    cr_expect_str_eq(dkim_provider_of("s1.domainkey.u1.wl.sendgrid.net"), "SendGrid");
    arena_free(arena);
    cr_expect_null(dkim_provider_of("sendgrid.net.example.org"));
}
