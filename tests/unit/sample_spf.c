/*
 * sample_spf.c - SPF facts made by hand
 */
#include "tests/unit/sample_spf.h"

#include "scanner/base/arena.h"

#include <stdlib.h>
#include <string.h>

#define PROVIDER "_spf.provider.example"

static void *must_have(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

static void add_text(struct list *list, struct arena *arena, const char *text)
{
    if (text != NULL && list_add(list, arena, (char *)(uintptr_t)text) < 0)
        abort();
}

static struct dns_question_facts *text_question(struct arena *arena, const char *name, const char *record)
{
    struct dns_question_facts *question = must_have(arena_alloc(arena, sizeof *question));

    *question = (struct dns_question_facts){
        .name = name,
        .type = "TXT",
        .outcome = DNS_DATA,
        .rcode = number(0),
        .ttl = number(3600),
        .milliseconds = number(4),
        .security = DNS_SECURE,
        .server = "192.0.2.53:53",
        .aliases.observed = true,
    };
    add_text(&question->records, arena, must_have(arena_format(arena, "\"%s\"", record)));
    return question;
}

static struct spf_record_facts *add_record(struct spf_facts *facts, struct arena *arena, const char *domain,
                                           const char *text, int64_t lookups)
{
    struct spf_record_facts *record = must_have(list_new_item(&facts->records, arena, sizeof *record));

    record->domain = domain;
    record->question = text_question(arena, domain, text);
    record->count = number(1);
    add_text(&record->texts, arena, text);
    record->size = number((int64_t)strlen(text));
    record->loop = NO;
    record->lookups = number(lookups);
    record->void_ipv4 = record->void_ipv6 = number(0);
    return record;
}

static struct spf_term_facts *add_term(struct spf_record_facts *record, struct arena *arena,
                                       enum spf_kind kind, const char *text, const char *qualifier)
{
    struct spf_term_facts *term = must_have(list_new_item(&record->terms, arena, sizeof *term));

    term->text = text;
    term->kind = kind;
    term->qualifier = qualifier;
    term->used = YES;
    term->lookups = term->total_lookups = number(0);
    return term;
}

/* A term with lookups; `total` with what it leads to. */
static struct spf_term_facts *add_asking(struct spf_record_facts *record, struct arena *arena,
                                         enum spf_kind kind, const char *text, const char *target,
                                         int64_t total)
{
    struct spf_term_facts *term = add_term(record, arena, kind, text, "+");

    term->target = target;
    term->depends = NO;
    term->lookups = number(1);
    term->total_lookups = number(total);
    term->void_ipv4 = term->void_ipv6 = number(0);
    return term;
}

static void add_result(struct list *results, struct arena *arena, const char *identity, const char *domain,
                       const char *address, const char *term)
{
    struct spf_result_facts *result = must_have(list_new_item(results, arena, sizeof *result));

    *result = (struct spf_result_facts){
        .identity = identity,
        .domain = domain,
        .address = address,
        .result = SPF_PASS,
        .record = domain,
        .term = term,
        .network = address,
        .lookups = number(1),
        .void_lookups = number(0),
    };
}

static void add_helo(struct spf_facts *facts, struct arena *arena, const char *host, const char *ipv4,
                     const char *ipv6)
{
    struct spf_helo_facts *helo = must_have(list_new_item(&facts->helo, arena, sizeof *helo));

    helo->name = host;
    helo->question = text_question(arena, host, "v=spf1 a -all");
    add_text(&helo->texts, arena, "v=spf1 a -all");
    add_result(&helo->results, arena, "helo", host, ipv4, "a");
    add_result(&helo->results, arena, "helo", host, ipv6, "a");
}

struct spf_facts *sample_spf(struct arena *arena, const char *domain, const char *host, const char *ipv4,
                             const char *ipv6, const char *words)
{
    struct spf_facts *facts = must_have(arena_alloc(arena, sizeof *facts));
    struct spf_record_facts *own = add_record(facts, arena, domain, "v=spf1 mx include:" PROVIDER " ~all", 3);
    struct spf_record_facts *provider =
        add_record(facts, arena, PROVIDER, "v=spf1 ip4:198.51.100.0/24 a:out.provider.example ~all", 1);
    struct spf_term_facts *mx = add_asking(own, arena, SPF_MX, "mx", domain, 1);
    struct spf_term_facts *out;

    mx->names = number(1);
    add_text(&mx->networks, arena, ipv4);
    add_text(&mx->networks, arena, ipv6);
    (void)add_asking(own, arena, SPF_INCLUDE, "include:" PROVIDER, PROVIDER, 2);
    (void)add_term(own, arena, SPF_ALL, "~all", "~");
    add_text(&add_term(provider, arena, SPF_IP4, "ip4:198.51.100.0/24", "+")->networks, arena,
             "198.51.100.0/24");
    out = add_asking(provider, arena, SPF_A, "a:out.provider.example", "out.provider.example", 1);
    add_text(&out->networks, arena, "203.0.113.77");
    add_text(&out->networks, arena, "2001:db8:77::1");
    if (words != NULL)
        (void)add_term(provider, arena, SPF_UNKNOWN_MODIFIER, words, NULL);
    (void)add_term(provider, arena, SPF_ALL, "~all", "~");
    facts->complete = YES;
    facts->everybody = NO;
    facts->addresses = number(258);
    add_result(&facts->results, arena, "mailfrom", domain, ipv4, "mx");
    add_result(&facts->results, arena, "mailfrom", domain, ipv6, "mx");
    add_helo(facts, arena, host, ipv4, ipv6);
    return facts;
}
