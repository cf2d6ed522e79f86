/*
 * dmarc_walk.c - tests of the walk up the tree and of what applies at its end: a zone in, policies as a text out
 */
#include "probes/protocol/dmarc_walk.h"

#include "scanner/base/arena.h"
#include "scanner/net/task.h"
#include "tests/unit/fake_resolver.h"

#include <criterion/criterion.h>
#include <string.h>

/* ---- names ---- */

static void expect_names(const char *domain, const char *expected)
{
    const char *names[DMARC_WALK_MAX];
    size_t count = dmarc_walk_names(domain, names);
    struct buffer text = {0};

    for (size_t i = 0; i < count; i++)
        put_format(&text, "%s ", names[i]);
    put_u8(&text, '\0');
    cr_expect_str_eq((const char *)text.data, expected, "%s: %s", domain, (const char *)text.data);
    buffer_free(&text);
}

Test(dmarc_walk, names)
{
    expect_names("org", "org ");
    expect_names("mail.example.org", "mail.example.org example.org org ");
    expect_names("a.b.c.d.e.f.g", "a.b.c.d.e.f.g b.c.d.e.f.g c.d.e.f.g d.e.f.g e.f.g f.g g ");
    expect_names("a.b.c.d.e.f.g.h",
                 "a.b.c.d.e.f.g.h b.c.d.e.f.g.h c.d.e.f.g.h d.e.f.g.h e.f.g.h f.g.h g.h h ");
    expect_names("x.y.a.b.c.d.e.f.g",
                 "x.y.a.b.c.d.e.f.g a.b.c.d.e.f.g b.c.d.e.f.g c.d.e.f.g d.e.f.g e.f.g f.g g ");
}

/* ---- policies ---- */

struct row {
    const char *domain;
    enum known exists;
    struct fake_answer table[6];
    const char
        *expected; /* organizational domain; then policy and where the record is, for the domain, a subdomain,
                             a name that does not exist; by RFC 9989, by RFC 7489, and why the walk ends */
};

#define AT(name, text)                                                                                       \
    {                                                                                                        \
        "_dmarc." name, "TXT", .records = { "\"" text "\"" }                                                 \
    }
#define TOP ", there is no name above"

static const struct row rows[] = {
    {"example.org",
     YES,
     {AT("example.org", "v=DMARC1; p=reject")},
     "example.org: reject@example.org reject@example.org reject@example.org | "
     "example.org: reject@example.org reject@example.org reject@example.org" TOP},
    {"example.org",
     YES,
     {{"example.org", "A", .records = {"11.0.0.1"}}},
     "example.org: - - - | example.org: - - -" TOP},
    /* sp for subdomains, np for names that do not exist, which RFC 7489 does not know */
    {"example.org",
     YES,
     {AT("example.org", "v=DMARC1; p=reject; sp=none; np=quarantine")},
     "example.org: reject@example.org none@example.org quarantine@example.org | "
     "example.org: reject@example.org none@example.org none@example.org" TOP},
    {"sub.example.org",
     YES,
     {AT("example.org", "v=DMARC1; p=reject; sp=none; np=quarantine")},
     "example.org: none@example.org none@example.org quarantine@example.org | "
     "example.org: none@example.org none@example.org none@example.org" TOP},
    {"sub.example.org",
     NO,
     {AT("example.org", "v=DMARC1; p=reject; sp=none; np=quarantine")},
     "example.org: quarantine@example.org none@example.org quarantine@example.org | "
     "example.org: none@example.org none@example.org none@example.org" TOP},
    /* whether the domain exists is not known: only what is the same either way */
    {"sub.example.org",
     UNKNOWN,
     {AT("example.org", "v=DMARC1; p=reject; sp=none; np=quarantine")},
     "example.org: ? none@example.org quarantine@example.org | "
     "example.org: none@example.org none@example.org none@example.org" TOP},
    {"sub.example.org",
     UNKNOWN,
     {AT("example.org", "v=DMARC1; p=reject")},
     "example.org: reject@example.org reject@example.org reject@example.org | "
     "example.org: reject@example.org reject@example.org reject@example.org" TOP},
    /* t=y asks for one level below; RFC 7489 does not know it */
    {"example.org",
     YES,
     {AT("example.org", "v=DMARC1; p=reject; sp=quarantine; np=none; t=y")},
     "example.org: quarantine@example.org none@example.org none@example.org | "
     "example.org: reject@example.org quarantine@example.org quarantine@example.org" TOP},
    /* pct is for RFC 7489 only */
    {"example.org",
     YES,
     {AT("example.org", "v=DMARC1; p=reject; pct=30")},
     "example.org: reject@example.org reject@example.org reject@example.org | "
     "example.org: reject%30@example.org reject%30@example.org reject%30@example.org" TOP},
    {"example.org",
     YES,
     {AT("example.org", "v=DMARC1; p=reject; pct=100")},
     "example.org: reject@example.org reject@example.org reject@example.org | "
     "example.org: reject@example.org reject@example.org reject@example.org" TOP},
    /* a record that counts as none, and one that counts as nothing */
    {"example.org",
     YES,
     {AT("example.org", "v=DMARC1; p=x; pct=10; rua=mailto:a@example.org")},
     "example.org: none@example.org none@example.org none@example.org | "
     "example.org: none@example.org none@example.org none@example.org" TOP},
    {"example.org",
     YES,
     {AT("example.org", "v=DMARC1; adkim=s")},
     "example.org: -@example.org -@example.org -@example.org | "
     "example.org: -@example.org -@example.org -@example.org" TOP},
    /* of several records none counts: RFC 9989 walks on, RFC 7489 ends */
    {"mail.example.org",
     YES,
     {{"_dmarc.mail.example.org", "TXT", .records = {"\"v=DMARC1; p=reject\"", "\"v=DMARC1; p=none\""}},
      AT("example.org", "v=DMARC1; p=quarantine")},
     "example.org: quarantine@example.org quarantine@example.org quarantine@example.org | "
     "example.org: - quarantine@example.org quarantine@example.org" TOP},
    {"mail.example.org",
     YES,
     {{"_dmarc.mail.example.org", "TXT", .records = {"\"v=spf1 -all\"", "\"v=DMARC1; p=reject\""}}},
     "mail.example.org: reject@mail.example.org reject@mail.example.org reject@mail.example.org | "
     "example.org: reject@mail.example.org - -" TOP},
    /* sp of a subdomain's record means nothing beside that of the organizational domain */
    {"mail.example.org",
     YES,
     {AT("mail.example.org", "v=DMARC1; p=reject; sp=reject"),
      AT("example.org", "v=DMARC1; p=quarantine; sp=none")},
     "example.org: reject@mail.example.org none@example.org none@example.org | "
     "example.org: reject@mail.example.org none@example.org none@example.org" TOP},
    /* the name with the fewest labels is the organizational domain, whatever lies between */
    {"a.b.example.org",
     YES,
     {AT("b.example.org", "v=DMARC1; p=none"), AT("example.org", "v=DMARC1; p=reject")},
     "example.org: reject@example.org reject@example.org reject@example.org | "
     "example.org: reject@example.org reject@example.org reject@example.org" TOP},
    /* the list says co.uk is a suffix; in the DNS it is a name like others */
    {"mail.example.co.uk",
     YES,
     {AT("example.co.uk", "v=DMARC1; p=reject")},
     "example.co.uk: reject@example.co.uk reject@example.co.uk reject@example.co.uk | "
     "example.co.uk: reject@example.co.uk reject@example.co.uk reject@example.co.uk" TOP},
    {"example.co.uk",
     YES,
     {AT("co.uk", "v=DMARC1; p=reject")},
     "co.uk: reject@co.uk reject@co.uk reject@co.uk | example.co.uk: - - -" TOP},
    {"co.uk",
     YES,
     {AT("co.uk", "v=DMARC1; p=reject")},
     "co.uk: reject@co.uk reject@co.uk reject@co.uk | co.uk: reject@co.uk - -" TOP},
    /* psd=n: here it ends */
    {"a.b.example.org",
     YES,
     {AT("b.example.org", "v=DMARC1; p=reject; psd=n"), AT("example.org", "v=DMARC1; p=none")},
     "b.example.org: reject@b.example.org reject@b.example.org reject@b.example.org | "
     "example.org: none@example.org none@example.org none@example.org, the record of b.example.org says "
     "psd=n"},
    {"b.example.org",
     YES,
     {AT("b.example.org", "v=DMARC1; p=reject; sp=none; psd=n"), AT("example.org", "v=DMARC1; p=none")},
     "b.example.org: reject@b.example.org none@b.example.org none@b.example.org | "
     "example.org: reject@b.example.org none@example.org none@example.org, the record of b.example.org says "
     "psd=n"},
    /* psd=y: one label below it is the organizational domain, and its policies are for those without a record */
    {"a.giant.bank.example",
     YES,
     {AT("bank.example", "v=DMARC1; p=reject; sp=quarantine; psd=y"),
      AT("giant.bank.example", "v=DMARC1; p=none")},
     "giant.bank.example: none@giant.bank.example none@giant.bank.example none@giant.bank.example | "
     "bank.example: quarantine@bank.example quarantine@bank.example quarantine@bank.example, "
     "the record of bank.example says psd=y"},
    {"a.mega.bank.example",
     YES,
     {AT("bank.example", "v=DMARC1; p=reject; sp=quarantine; np=reject; psd=y")},
     "mega.bank.example: quarantine@bank.example quarantine@bank.example reject@bank.example | "
     "bank.example: quarantine@bank.example quarantine@bank.example quarantine@bank.example, "
     "the record of bank.example says psd=y"},
    /* of the suffix itself p counts; each name below it is an organization */
    {"bank.example",
     YES,
     {AT("bank.example", "v=DMARC1; p=reject; sp=none; psd=y")},
     "bank.example: reject@bank.example none@bank.example none@bank.example | "
     "bank.example: reject@bank.example none@bank.example none@bank.example, the record of bank.example says "
     "psd=y"},
    /* a failure: nothing is known from there on */
    {"mail.example.org",
     YES,
     {{"_dmarc.example.org", "TXT", .outcome = DNS_FAILURE}, AT("org", "v=DMARC1; p=reject; psd=y")},
     "unknown: ? ? ? | example.org: ? ? ?, the question for example.org has no answer"},
    {"mail.example.org",
     YES,
     {AT("mail.example.org", "v=DMARC1; p=reject"), {"_dmarc.example.org", "TXT", .outcome = DNS_FAILURE}},
     "unknown: reject@mail.example.org ? ? | example.org: reject@mail.example.org ? ?, "
     "the question for example.org has no answer"},
    {"mail.example.org",
     YES,
     {{"_dmarc.mail.example.org", "TXT", .outcome = DNS_FAILURE}, AT("example.org", "v=DMARC1; p=reject")},
     "unknown: ? ? ? | example.org: ? reject@example.org reject@example.org, "
     "the question for mail.example.org has no answer"},
    /* above what ends the walk a failure does not matter, but to who follows the list */
    {"b.example.org",
     YES,
     {AT("b.example.org", "v=DMARC1; p=reject; psd=n"),
      {"_dmarc.example.org", "TXT", .outcome = DNS_FAILURE}},
     "b.example.org: reject@b.example.org reject@b.example.org reject@b.example.org | "
     "example.org: reject@b.example.org ? ?, the record of b.example.org says psd=n"},
    /* names of more than eight labels: what is skipped is not looked at */
    {"x.y.a.b.c.d.e.f.org",
     YES,
     {AT("y.a.b.c.d.e.f.org", "v=DMARC1; p=reject"), AT("f.org", "v=DMARC1; p=none")},
     "f.org: none@f.org none@f.org none@f.org | f.org: none@f.org none@f.org none@f.org" TOP},
};

static void ask_walk(struct resolver *resolver, const char *domain, struct arena *arena, struct list *steps)
{
    const char *names[DMARC_WALK_MAX];
    size_t count = dmarc_walk_names(domain, names);

    for (size_t i = 0; i < count; i++) {
        struct dmarc_step_facts *step;
        struct dns_answer *answer;

        cr_assert_eq(resolver_ask(resolver, arena_format(arena, "_dmarc.%s", names[i]), DNS_TXT,
                                  DEADLINE_NEVER, arena, &answer),
                     0);
        cr_assert_eq(dmarc_step_read(names[i], answer, arena, &step), 0);
        cr_assert_eq(list_add(steps, arena, step), 0);
    }
}

static void put_outcome(struct buffer *out, const struct dmarc_outcome_facts *outcome)
{
    if (outcome->decided != YES) {
        put_text(out, " ?");
        return;
    }
    put_format(out, " %s",
               outcome->policy == DMARC_POLICY_NOT_OBSERVED ? "-" : dmarc_policy_values[outcome->policy]);
    if (outcome->percent.known)
        put_format(out, "%%%d", (int)outcome->percent.value);
    if (outcome->record_at != NULL)
        put_format(out, "@%s", outcome->record_at);
}

static void put_receiver(struct buffer *out, const struct dmarc_receiver_facts *receiver)
{
    const char *domain = receiver->domain->organizational_domain;

    put_format(out, "%s:", domain != NULL ? domain : "unknown");
    put_outcome(out, receiver->domain);
    put_outcome(out, receiver->subdomain);
    put_outcome(out, receiver->nonexistent);
}

Test(dmarc_walk, table)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new(0);
        struct dmarc_facts facts = {0};
        struct fake_resolver *fake;
        struct buffer text = {0};
        size_t count = 0;

        while (count < 6 && rows[i].table[count].name != NULL)
            count++;
        fake = fake_resolver_new(NULL, rows[i].table, count);
        ask_walk(fake_resolver(fake), rows[i].domain, arena, &facts.steps);
        cr_assert_eq(dmarc_decide(&facts, rows[i].exists, arena), 0);
        put_receiver(&text, facts.current);
        put_text(&text, " | ");
        put_receiver(&text, facts.older);
        put_format(&text, ", %s", facts.stopped);
        put_u8(&text, '\0');
        cr_expect_str_eq((const char *)text.data, rows[i].expected, "row %zu: %s", i,
                         (const char *)text.data);
        buffer_free(&text);
        fake_resolver_free(fake);
        arena_free(arena);
    }
}

/* Names that a receiver would not come to are marked. */
Test(dmarc_walk, walked)
{
    static const struct fake_answer table[] = {AT("example.org", "v=DMARC1; p=reject; psd=n")};
    struct arena *arena = arena_new(0);
    struct fake_resolver *fake = fake_resolver_new(NULL, table, 1);
    struct dmarc_facts facts = {0};

    ask_walk(fake_resolver(fake), "mail.example.org", arena, &facts.steps);
    cr_assert_eq(dmarc_decide(&facts, YES, arena), 0);
    cr_expect_eq(((struct dmarc_step_facts *)facts.steps.items[0])->walked, YES);
    cr_expect_eq(((struct dmarc_step_facts *)facts.steps.items[1])->walked, YES);
    cr_expect_eq(((struct dmarc_step_facts *)facts.steps.items[2])->walked, NO);
    fake_resolver_free(fake);
    arena_free(arena);
}

/* A denial that DNSSEC shows to be bogus says nothing. */
Test(dmarc_walk, bogus_denial)
{
    struct arena *arena = arena_new(0);
    struct dns_answer answer = {.outcome = DNS_NXDOMAIN, .security = DNS_BOGUS};
    struct dmarc_step_facts *step;

    cr_assert_eq(dmarc_step_read("example.org", &answer, arena, &step), 0);
    cr_expect_eq(step->result, DMARC_STEP_FAILED);
    answer.security = DNS_INSECURE;
    cr_assert_eq(dmarc_step_read("example.org", &answer, arena, &step), 0);
    cr_expect_eq(step->result, DMARC_STEP_ABSENT);
    cr_assert_eq(dmarc_step_read("example.org", NULL, arena, &step), 0);
    cr_expect_eq(step->result, DMARC_STEP_FAILED);
    arena_free(arena);
}
