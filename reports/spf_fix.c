/*
 * spf_fix.c - the SPF record to publish
 */
#include "reports/spf_fix.h"

#include "reports/names.h"
#include "reports/observed.h"
#include "reports/spf_model.h"
#include "reports/txt_record.h"
#include "scanner/base/address.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>
#include <strings.h>

enum { BROAD_IPV4 = 16, BROAD_IPV6 = 31, WORD_SIZE = 512 };

bool spf_network_is_broad(const char *network)
{
    int prefix = spf_prefix_of(network);

    return prefix >= 0 && prefix <= (is_ipv6(network) ? BROAD_IPV6 : BROAD_IPV4);
}

/* ---- terms of the new record ---- */

struct draft {
    struct judgement *judgement;
    const struct spf_facts *facts;
    const struct spf_wish *wish;
    struct list terms;    /* texts, without all and redirect */
    struct list lost;     /* texts of terms that nobody can read */
    const char *all;      /* "-all", or NULL */
    const char *redirect; /* or NULL */
    struct number lookups;
    bool weakened; /* somebody whom it lets in today is left out, or may be */
    bool start;    /* nobody was left: it is one to begin with */
};

static void keep(struct draft *draft, const char *term)
{
    const char *text = kept(draft->judgement, term);

    if (*text != '\0' && !list_has_text(&draft->terms, text) &&
        list_add(&draft->terms, draft->judgement->arena, (char *)(uintptr_t)text) < 0)
        draft->judgement->failed = true;
}

static void count(struct draft *draft, struct number lookups)
{
    if (!lookups.known)
        draft->lookups.known = false;
    draft->lookups.value += lookups.value;
}

static void keep_network(struct draft *draft, const char *qualifier, const char *network)
{
    keep(draft, arena_format(draft->judgement->arena, "%s%s:%s",
                             same_text(qualifier, "+") ? "" : text_or(qualifier, ""),
                             is_ipv6(network) ? "ip6" : "ip4", network));
}

/* A network as a term: "192.0.2.0/24" from "192.0.2.0" and "24" (NULL: without a length). NULL: it is none. */
static const char *network_term(struct draft *draft, const char *qualifier, const char *text,
                                const char *length)
{
    struct arena *arena = draft->judgement->arena;
    const char *mechanism = is_ipv6(text) ? "ip6" : "ip4";
    struct address address;
    int64_t prefix;

    if (address_parse(text, &address) < 0)
        return NULL;
    if (length == NULL)
        return arena_format(arena, "%s%s:%s", qualifier, mechanism, text);
    if (text_number(length, 1, is_ipv6(text) ? 128 : 32, &prefix) < 0)
        return NULL;
    return arena_format(arena, "%s%s:%s/%lld", qualifier, mechanism, text, (long long)prefix);
}

/* "all", whatever its qualifier. */
static bool is_all(const char *term)
{
    return strcasecmp(term + (*term != '\0' && strchr("+-~?", *term) != NULL ? 1 : 0), "all") == 0;
}

/* "a:192.0.2.1", "ip:192.0.2.1", "ip4:2001:db8::1", "mx,", "-all;": what was meant; NULL: nobody knows. */
static const char *mended(struct draft *draft, const char *text)
{
    static const char redirect[] = "redirect:";
    struct arena *arena = draft->judgement->arena;
    char word[WORD_SIZE], qualifier[2] = "";
    size_t size = strlen(text);
    const char *network;
    bool comma = false;
    char *value, *slash;

    for (; size > 0 && strchr(",;", text[size - 1]) != NULL; size--)
        comma = true;
    if (size > 0 && strchr("+-~?", text[0]) != NULL) {
        qualifier[0] = text[0];
        text++;
        size--;
    }
    if (size == 0 || size >= sizeof word)
        return NULL;
    memcpy(word, text, size);
    word[size] = '\0';
    if (text_starts_with(word, redirect) && host_name_qualified(word + strlen(redirect)))
        return arena_format(arena, "redirect=%s", word + strlen(redirect));
    value = strchr(word, ':');
    if (value == NULL)
        return comma && (text_equal(word, "mx") || text_equal(word, "a") || is_all(word))
                   ? arena_format(arena, "%s%s", qualifier, word)
                   : NULL;
    value++;
    slash = strchr(value, '/');
    if (slash != NULL)
        *slash++ = '\0';
    network = network_term(draft, qualifier, value, slash);
    if (network == NULL && comma && slash == NULL && host_name_qualified(value))
        return arena_format(arena, "%s%s", qualifier, word);
    return network;
}

static bool has_broad_network(const struct spf_term_facts *term)
{
    for (size_t i = 0; i < term->networks.count; i++)
        if (spf_network_is_broad(term->networks.items[i]))
            return true;
    return false;
}

static bool is_dropped(const struct draft *draft, const struct spf_term_facts *term)
{
    const struct spf_wish *wish = draft->wish;

    return (wish->drop_ptr && term->kind == SPF_PTR) || (wish->drop_void && spf_term_is_void(term)) ||
           (wish->drop_broad && has_broad_network(term)) ||
           (wish->drop != NULL && same_text(wish->drop, term->text));
}

/* Hosts whose addresses change without our knowing are named, not numbered. */
static bool is_of_own_hosts(const struct draft *draft, const struct spf_term_facts *term)
{
    const struct list *hosts = observed_hosts(draft->judgement);

    if (term->kind == SPF_A)
        return host_is_own(draft->judgement, term->target);
    if (!same_name(term->target, observed_dns(draft->judgement)->domain) ||
        term->names.value > SPF_MX_NAMES_ALLOWED) /* not all of them were looked at */
        return false;
    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        if (host_receives(host) && !host_is_own(draft->judgement, host->name))
            return false;
    }
    return true;
}

/* Are the addresses of the hosts all that the term says, today? */
static bool stands_for_addresses(const struct draft *draft, const struct spf_term_facts *term)
{
    return (term->kind == SPF_A || term->kind == SPF_MX) && term->depends != YES && term->lost != YES &&
           term->networks.count > 0 && !term->networks_left_out.known && is_of_own_hosts(draft, term);
}

static void add_term(struct draft *draft, const struct spf_term_facts *term)
{
    if (term->text == NULL || term->used != YES)
        return;
    if (is_dropped(draft, term)) {
        draft->weakened = true;
        return;
    }
    if (term->fault != NULL) {
        const char *text = mended(draft, term->text);

        draft->weakened = draft->weakened || text == NULL;
        if (text != NULL && text_starts_with(text, "redirect="))
            draft->redirect = text;
        else if (text != NULL && is_all(text))
            draft->all = text;
        else if (text != NULL)
            keep(draft, text);
        else if (list_add(&draft->lost, draft->judgement->arena, (char *)(uintptr_t)term->text) < 0)
            draft->judgement->failed = true;
    } else if (term->kind == SPF_ALL) {
        draft->all = term->text;
    } else if (term->kind == SPF_REDIRECT) {
        draft->redirect = term->text;
        count(draft, term->total_lookups);
    } else if (draft->wish->hosts_as_addresses && stands_for_addresses(draft, term)) {
        for (size_t i = 0; i < term->networks.count; i++)
            keep_network(draft, term->qualifier, term->networks.items[i]);
    } else if (!list_has_text(&draft->terms, term->text)) {
        keep(draft, term->text);
        count(draft, term->total_lookups);
    }
}

/* The words of a record that was not taken apart, as there are several. */
static void add_words(struct draft *draft, const char *text)
{
    static const char redirect[] = "redirect=";

    while (text != NULL && *text != '\0') {
        size_t size = strcspn(text, " ");
        const char *word = kept(draft->judgement, arena_text_sized(draft->judgement->arena, text, size));

        if (strncasecmp(word, redirect, strlen(redirect)) == 0) /* the end is another one */
            keep(draft, arena_format(draft->judgement->arena, "include:%s", word + strlen(redirect)));
        else if (!is_all(word) && strcasecmp(word, "v=spf1") != 0 && strchr(word, '\\') == NULL)
            keep(draft, word);
        text += size;
        text += strspn(text, " ");
    }
    draft->all = "~all";
}

/* Who takes the domain's mail sends it too, as a rule; large providers by other hosts than those of the MX. */
static void add_exchangers(struct draft *draft)
{
    static const struct {
        const char *domain, *term;
    } providers[] = {
        {"google.com", "include:_spf.google.com"},
        {"googlemail.com", "include:_spf.google.com"},
        {"outlook.com", "include:spf.protection.outlook.com"},
        {"mx.microsoft", "include:spf.protection.outlook.com"},
    };
    const struct list *hosts = observed_hosts(draft->judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        const char *term = "mx";

        for (size_t j = 0; j < sizeof providers / sizeof providers[0]; j++)
            if (name_is_within(host->name, providers[j].domain))
                term = providers[j].term;
        if (host->source == HOST_MX)
            keep(draft, term);
        else if (host->source == HOST_IMPLICIT_MX && host->addresses.count > 0)
            keep(draft, "a");
    }
}

/* Everybody who is known to send, as a start. */
static void add_known(struct draft *draft)
{
    const struct dns_facts *dns = observed_dns(draft->judgement);

    if (dns->null_mx != YES)
        add_exchangers(draft);
    for (size_t i = 0; i < dns->senders.count; i++) {
        const struct host_address_facts *sender = dns->senders.items[i];

        if (sender->address != NULL)
            keep_network(draft, "+", sender->address);
    }
    draft->all = "~all";
}

static void add_present(struct draft *draft)
{
    const struct spf_record_facts *own = spf_own_record(draft->facts);

    if (own != NULL && own->count.value == 1) {
        for (size_t i = 0; i < own->terms.count; i++)
            add_term(draft, own->terms.items[i]);
    } else if (own != NULL && own->count.value > 1) {
        for (size_t i = 0; i < own->texts.count; i++)
            add_words(draft, own->texts.items[i]);
    } else {
        add_known(draft);
    }
}

/* Is there a mechanism that lets somebody in? */
static bool names_senders(const struct draft *draft)
{
    for (size_t i = 0; i < draft->terms.count; i++) {
        const char *term = draft->terms.items[i];

        if (term[0] != '-' && term[strcspn(term, "=:")] != '=')
            return true;
    }
    return draft->redirect != NULL;
}

static void fill(struct draft *draft)
{
    const struct spf_wish *wish = draft->wish;

    draft->lookups = number(0);
    draft->facts = observed_spf(draft->judgement);
    if (wish->nobody) {
        draft->all = "-all";
        return;
    }
    if (wish->address != NULL) /* first: what stands before it could forbid it */
        keep_network(draft, "+", wish->address);
    add_present(draft);
    if (draft->all != NULL)
        draft->redirect = NULL;
    if (wish->close && draft->redirect == NULL && !text_equal(text_or(draft->all, ""), "-all")) {
        draft->weakened = draft->weakened || !text_equal(text_or(draft->all, ""), "~all");
        draft->all = "~all";
    }
    if (draft->weakened && !names_senders(draft)) {
        draft->start = true;
        add_known(draft);
    }
}

/* ---- the record ---- */

static const char *record_text(struct draft *draft)
{
    struct judgement *judgement = draft->judgement;
    struct list parts = {0};
    const char *ends[] = {draft->redirect, draft->all};

    if (list_add(&parts, judgement->arena, (char *)(uintptr_t) "v=spf1") < 0)
        judgement->failed = true;
    for (size_t i = 0; i < draft->terms.count; i++)
        if (list_add(&parts, judgement->arena, draft->terms.items[i]) < 0)
            judgement->failed = true;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends[i] != NULL && list_add(&parts, judgement->arena, (char *)(uintptr_t)ends[i]) < 0)
            judgement->failed = true;
    return kept(judgement, text_join(judgement->arena, &parts, " "));
}

void spf_fix(struct judgement *judgement, struct finding *finding, const char *words,
             const struct spf_wish *wish)
{
    const char *domain = observed_dns(judgement)->domain;
    struct draft draft = {.judgement = judgement, .wish = wish};

    const struct spf_record_facts *own = spf_own_record(observed_spf(judgement));

    /* what nobody saw is not to be replaced */
    if (!host_name_valid(domain) || own == NULL || !own->count.known)
        return;
    fill(&draft);
    if (draft.start) /* words say what the record is behind a semicolon, if at all */
        finding_fix(judgement, finding,
                    "%.*s. Nobody could send then: name everybody who sends for the domain, as a start:\n%s",
                    (int)strcspn(words, ";"), words,
                    txt_record_lines(judgement, domain, record_text(&draft)));
    else
        finding_fix(judgement, finding, "%s:\n%s", words,
                    txt_record_lines(judgement, domain, record_text(&draft)));
    if (draft.lost.count > 0)
        finding_fix(judgement, finding,
                    "Not in there, as it is not clear what was meant: `%s`. Add what it should be",
                    kept(judgement, text_join(judgement->arena, &draft.lost, "`, `")));
}

struct number spf_fixed_lookups(struct judgement *judgement, const struct spf_wish *wish)
{
    struct draft draft = {.judgement = judgement, .wish = wish};

    fill(&draft);
    return draft.lookups;
}
