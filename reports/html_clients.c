/*
 * html_clients.c - which mail programs and sending servers would agree on TLS with each port
 *
 * Ports that give the same answers stand together. What all can reach is folded away.
 */
#include "reports/client_simulation.h"
#include "reports/display.h"
#include "reports/html_chapters.h"
#include "reports/observed.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"
#include "scanner/facts/tls_registry.h"

#include <string.h>

/* Ports where every client fares the same. */
struct ports {
    struct client_meeting meeting; /* of the first */
    struct list endpoints;         /* endpoint_facts */
};

static bool same_or_none(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_outcome(const struct client_outcome *a, const struct client_outcome *b)
{
    return a->connects == b->connects && same_or_none(a->version, b->version) &&
           same_or_none(a->suite, b->suite) && same_or_none(a->group, b->group) &&
           same_or_none(a->key_type, b->key_type) && same_or_none(a->reason, b->reason) &&
           same_or_none(a->warning, b->warning);
}

static bool same_meeting(const struct client_meeting *a, const struct client_meeting *b)
{
    if (a->results.count != b->results.count)
        return false;
    for (size_t i = 0; i < a->results.count; i++) {
        const struct client_result *one = a->results.items[i], *other = b->results.items[i];

        if (one->client != other->client || !same_outcome(&one->outcome, &other->outcome))
            return false;
    }
    return true;
}

static int note_meeting(struct page *page, struct list *all, const struct client_meeting *meeting)
{
    struct ports *ports = NULL;

    for (size_t i = 0; i < all->count && ports == NULL; i++) {
        struct ports *candidate = all->items[i];

        if (same_meeting(&candidate->meeting, meeting))
            ports = candidate;
    }
    if (ports == NULL) {
        ports = list_new_item(all, page->arena, sizeof(*ports));
        if (ports == NULL)
            return -1;
        ports->meeting = *meeting;
    }
    return list_add(&ports->endpoints, page->arena, (void *)(uintptr_t)meeting->endpoint);
}

/* struct ports; none when nothing was enumerated. */
static struct list all_ports(struct page *page)
{
    const struct observed_facts *facts = page->scan->facts;
    struct list all = {0};

    if (!page_has_clients(page))
        return all;
    for (size_t i = 0; !page->failed && i < facts->endpoints.count; i++) {
        struct client_meeting meeting;

        if (client_meet(page->arena, facts->endpoints.items[i], policy_clients(page->judgement->policy),
                        &meeting) < 0 ||
            (meeting.results.count > 0 && note_meeting(page, &all, &meeting) < 0))
            page->failed = true;
    }
    return all;
}

bool page_has_clients(const struct page *page)
{
    const struct observed_facts *facts = page->scan->facts;

    for (size_t i = 0; facts != NULL && i < facts->endpoints.count; i++) {
        const struct endpoint_facts *endpoint = facts->endpoints.items[i];

        if (endpoint->tls != NULL && endpoint->tls->versions != NULL &&
            (is_smtp_family(endpoint) || is_mailbox_family(endpoint)))
            return true;
    }
    return false;
}

static const char *port_text(struct page *page, const struct endpoint_facts *endpoint)
{
    const char *address = text_or(endpoint->address, "an unknown address");

    return page_print(page, strchr(address, ':') != NULL ? "[%s]:%lld" : "%s:%lld", address,
                      (long long)endpoint->port.value);
}

static const char *ports_text(struct page *page, const struct list *endpoints)
{
    const char *text = "";

    for (size_t i = 0; i < endpoints->count; i++)
        text = page_print(page, "%s%s%s", text, i > 0 ? ", " : "", port_text(page, endpoints->items[i]));
    return text;
}

static enum outcome shape_of(const struct client_outcome *outcome)
{
    switch (outcome->connects) {
    case YES:
        return outcome->warning != NULL ? OUTCOME_WARN : OUTCOME_PASS;
    case NO:
        return OUTCOME_INFO;
    case UNKNOWN:
        break;
    }
    return OUTCOME_NOT_TESTED;
}

static void answer_cell(struct page *page, const struct client_outcome *outcome)
{
    enum outcome shape = shape_of(outcome);

    page_open(page, "td", NULL);
    page_open(page, "span", page_print(page, "outcome %s", outcome_name(shape)));
    page_icon(page, shape);
    page_text(page, outcome->connects == YES  ? "connects"
                    : outcome->connects == NO ? "does not"
                                              : "not known");
    page_close(page);
    if (outcome->warning != NULL)
        page_format(page, ", but %s", outcome->warning);
    page_close(page);
}

static void part_cell(struct page *page, const char *text)
{
    if (text != NULL)
        page_cell_code(page, text);
    else
        page_element(page, "td", "muted", "not known");
}

static void result_row(struct page *page, const struct client_result *result)
{
    const struct client_outcome *outcome = &result->outcome;
    const struct tls_suite *suite = tls_suite_by_name(text_or(outcome->suite, ""));
    const char *then = client_without_tls_words(result);

    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_text(page, result->client->name);
    page_close(page);
    answer_cell(page, outcome);
    if (outcome->connects == YES) {
        page_cell(page, page_keep(page, display_version(page->arena, outcome->version)));
        part_cell(page, outcome->suite);
        if (suite != NULL && suite->key_exchange != TLS_KX_ECDHE && suite->key_exchange != TLS_KX_ANY)
            page_cell(page, "none");
        else
            part_cell(page, outcome->group);
        part_cell(page, outcome->key_type);
    } else {
        page_open(page, "td", NULL);
        page_attribute(page, "colspan", "4");
        page_text(page, outcome->reason);
        if (then != NULL)
            page_format(page, "; %s", then);
        page_close(page);
    }
    page_close_block(page);
}

static void ports_fold(struct page *page, const struct ports *ports, size_t index)
{
    const struct client_meeting *meeting = &ports->meeting;
    const char *words = page_keep(page, client_meeting_words(page->arena, meeting, false));
    const char *where = ports_text(page, &ports->endpoints);

    page_open(page, "details", NULL);
    if (meeting->connect < meeting->results.count || meeting->warned > 0)
        page_attribute(page, "open", "open");
    page_element(page, "summary", NULL, page_print(page, "%s: %s", where, words));
    page_table_open(page, page_print(page, "clients-%zu", index + 1), "clients",
                    page_print(page, "What each client would agree on with %s", where),
                    (const char *const[]){"Client", "TLS", "Version", "Cipher suite", "Group", "Key", NULL});
    for (size_t i = 0; i < meeting->results.count; i++)
        result_row(page, meeting->results.items[i]);
    page_table_close(page);
    page_close_block(page);
}

void page_clients(struct page *page)
{
    struct list all = all_ports(page);

    if (all.count == 0)
        return;
    page_open(page, "section", NULL);
    page_attribute(page, "id", "clients");
    page_element(page, "h2", NULL, "Which clients connect");
    page_element(
        page, "p", NULL,
        "Computed from what each port accepts and from what these programs are known to offer; none of "
        "them was run. Old ones that cannot connect are no fault by themselves: whoever still has users "
        "with one should know.");
    for (size_t i = 0; i < all.count; i++)
        ports_fold(page, all.items[i], i);
    page_close_block(page);
}
