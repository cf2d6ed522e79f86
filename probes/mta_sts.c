/*
 * mta_sts.c - the policy that a domain publishes for senders that insist on TLS (RFC 8461 3)
 *
 *   TXT _mta-sts.example.org  ->  A and AAAA of mta-sts.example.org
 *                             ->  GET https://mta-sts.example.org/.well-known/mta-sts.txt, of each address
 *
 * As a sender does it, but of every address and not of the first that answers: HTTPS with a certificate valid
 * for the policy host, no redirect followed, at most 64 KiB within a minute. Without a record nobody looks for
 * a policy. Judged in reports/checks/mta_sts.c.
 */
#include "probes/protocol/mta_sts.h"
#include "probes/contact.h"
#include "probes/fetch.h"
#include "probes/probe.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/http.h"

#include <errno.h>
#include <string.h>

enum {
    ADDRESSES_MAX = 8, /* of each family */
    ADDRESSES_NOTED = 16,
    FETCH_TIMEOUT_MS = 60000, /* RFC 8461 3.3 */
};

struct lookup {
    struct network *network;
    const struct scan_settings *settings;
    struct arena *arena;
    int64_t deadline;
    struct mta_sts_facts *facts;
};

/* One address under way. */
struct fetch {
    struct lookup *lookup;
    struct mta_sts_fetch_facts *facts;
    struct address address;
    struct http_response *response;
    int error;
};

/* ---- the record ---- */

static int find_records(struct lookup *lookup, const char *domain)
{
    struct mta_sts_facts *facts = lookup->facts;
    struct list texts = {0};
    int error = texts_ask(lookup->network, "_mta-sts", domain, lookup->deadline, lookup->arena,
                          &facts->question, &texts);

    facts->records.observed = texts.observed;
    for (size_t i = 0; i < texts.count && error == 0; i++) {
        struct mta_sts_record_facts *record;

        error = mta_sts_record_read(*(const struct bytes *)texts.items[i], lookup->arena, &record);
        if (error == 0)
            error = list_add(&facts->records, lookup->arena, record);
    }
    return error;
}

/* Was any record meant to announce a policy? Then the policy is looked at, so that one scan shows all that is
 * wrong. */
static bool is_intended(const struct mta_sts_facts *facts)
{
    for (size_t i = 0; i < facts->records.count; i++)
        if (((const struct mta_sts_record_facts *)facts->records.items[i])->intended == YES)
            return true;
    return false;
}

/* ---- addresses of the policy host ---- */

static int add_address(struct lookup *lookup, const struct address *address, const char *source)
{
    struct list *fetches = &lookup->facts->fetches;
    struct mta_sts_fetch_facts *fetch;
    char text[ADDRESS_TEXT_SIZE];
    size_t before = 0;

    address_format(address, text);
    for (size_t i = 0; i < fetches->count; i++) {
        const char *other = ((const struct mta_sts_fetch_facts *)fetches->items[i])->address;

        if (strcmp(other, text) == 0)
            return 0;
        before += (strchr(other, ':') != NULL) == (address->family == AF_INET6);
    }
    if (before >= ADDRESSES_NOTED)
        return 0;
    fetch = list_new_item(fetches, lookup->arena, sizeof *fetch);
    if (fetch == NULL)
        return -ENOMEM;
    fetch->address = arena_text(lookup->arena, text);
    fetch->source = source;
    fetch->scope = address_scope_name(address_scope(address));
    fetch->reason = contact_refusal(lookup->network, lookup->settings, address);
    if (fetch->reason == NULL && before >= ADDRESSES_MAX)
        fetch->reason = "more than 8 addresses";
    fetch->contacted = known(fetch->reason == NULL);
    return fetch->address == NULL ? -ENOMEM : 0;
}

/* --resolve takes the place of the DNS. */
static int add_overrides(struct lookup *lookup, bool *ret_any)
{
    *ret_any = false;
    for (size_t i = 0; i < lookup->settings->overrides.count; i++) {
        const struct override *override = lookup->settings->overrides.items[i];

        if (!text_same_name(override->host, lookup->facts->host))
            continue;
        *ret_any = true;
        if (add_address(lookup, &override->address, "override") < 0)
            return -ENOMEM;
    }
    return 0;
}

static int find_addresses(struct lookup *lookup, const char *domain)
{
    struct mta_sts_facts *facts = lookup->facts;
    struct question questions[] = {{.type = DNS_A}, {.type = DNS_AAAA}};
    bool overridden;
    int error;

    facts->host = arena_format(lookup->arena, "mta-sts.%s", domain);
    if (facts->host == NULL)
        return -ENOMEM;
    facts->fetches.observed = facts->policies.observed = true;
    error = add_overrides(lookup, &overridden);
    if (error < 0 || overridden)
        return error;
    questions[0].name = questions[1].name = facts->host;
    error = questions_ask(lookup->network, questions, 2, lookup->deadline, lookup->arena);
    facts->a = questions[0].facts;
    facts->aaaa = questions[1].facts;
    for (size_t i = 0; i < 2 && error == 0; i++) {
        const struct dns_answer *answer = questions[i].answer;

        for (size_t j = 0; answer != NULL && j < answer->records.count && error == 0; j++) {
            struct address address;

            if (dns_record_address(answer->records.items[j], &address) == 0)
                error = add_address(lookup, &address, "dns");
        }
    }
    return error;
}

/* ---- the policy ---- */

static void note_response(struct fetch *fetch)
{
    struct mta_sts_fetch_facts *facts = fetch->facts;
    const struct http_response *response = fetch->response;

    facts->result = fetch_result_of(fetch->lookup->network, response, fetch->lookup->deadline,
                                    "the time of the scan was over", &facts->reason);
    facts->milliseconds = number(response->milliseconds);
    if (facts->result != FETCH_ANSWERED)
        return;
    facts->status = number(response->status);
    facts->content_type = response->content_type;
    facts->location = response->location;
    facts->size = number((int64_t)response->body.size);
}

static void fetch_run(void *argument)
{
    struct fetch *fetch = argument;
    struct lookup *lookup = fetch->lookup;
    struct http_request request = {
        .address = &fetch->address, .body_max = MTA_STS_FILE_MAX, .timeout_ms = FETCH_TIMEOUT_MS};

    request.url = arena_format(lookup->arena, "https://%s/.well-known/mta-sts.txt", lookup->facts->host);
    if (request.url == NULL) {
        fetch->error = -ENOMEM;
        return;
    }
    fetch->error =
        http_get(lookup->network->http, &request, lookup->deadline, lookup->arena, &fetch->response);
    if (fetch->error == 0)
        note_response(fetch);
    else if (fetch->error == -ECANCELED)
        fetch->facts->reason = "the scan was stopped";
    else if (fetch->error == -EINVAL) { /* a name of which no URL can be made */
        fetch->facts->reason = "the name of the policy host is not one for a URL";
        fetch->facts->contacted = NO;
        fetch->error = 0;
    }
}

/* Which of the policies the answer holds; a new file is taken apart. */
static int note_policy(struct lookup *lookup, struct fetch *fetch)
{
    struct list *policies = &lookup->facts->policies;
    struct mta_sts_policy_facts *policy;
    int error;

    if (fetch->response == NULL || fetch->response->failure != HTTP_ANSWERED ||
        fetch->response->status != 200)
        return 0;
    for (size_t i = 0; i < policies->count; i++) {
        policy = policies->items[i];
        if (bytes_equal(policy->file, fetch->response->body)) {
            fetch->facts->policy = number((int64_t)i);
            return 0;
        }
    }
    error = mta_sts_policy_read(fetch->response->body, lookup->arena, &policy);
    if (error == 0)
        error = list_add(policies, lookup->arena, policy);
    if (error == 0)
        fetch->facts->policy = number((int64_t)policies->count - 1);
    return error;
}

static int start_fetches(struct task_group *group, struct fetch *fetches, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int error;

        if (fetches[i].facts->contacted != YES)
            continue;
        error = task_spawn(group, fetch_run, &fetches[i], "policy of %.80s at %s",
                           fetches[i].lookup->facts->host, fetches[i].facts->address);
        if (error == -EAGAIN) /* too many tasks: one after the other then */
            fetch_run(&fetches[i]);
        else if (error < 0)
            return error;
    }
    return task_group_join(group, DEADLINE_NEVER);
}

/* Asks all addresses side by side. */
static int fetch_policies(struct lookup *lookup)
{
    const struct list *all = &lookup->facts->fetches;
    struct fetch *fetches = arena_alloc(lookup->arena, (all->count + 1) * sizeof *fetches);
    struct task_group *group;
    int error;

    if (fetches == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < all->count; i++) {
        fetches[i] = (struct fetch){.lookup = lookup, .facts = all->items[i]};
        if (address_parse(fetches[i].facts->address, &fetches[i].address) < 0)
            return -EINVAL;
    }
    error = task_group_new(engine_root(lookup->network->engine), "mta-sts policy", &group);
    if (error < 0)
        return error;
    error = start_fetches(group, fetches, all->count);
    task_group_end(group);
    for (size_t i = 0; i < all->count; i++) {
        int noted = note_policy(lookup, &fetches[i]);

        if (error == 0)
            error = noted < 0 ? noted : fetches[i].error;
    }
    return error;
}

int mta_sts_probe(struct network *network, const struct scan_settings *settings, const char *domain,
                  int64_t deadline, struct arena *arena, struct mta_sts_facts **ret)
{
    struct mta_sts_facts *facts = arena_alloc(arena, sizeof *facts);
    struct lookup lookup = {
        .network = network, .settings = settings, .arena = arena, .deadline = deadline, .facts = facts};
    int error;

    if (facts == NULL)
        return -ENOMEM;
    error = find_records(&lookup, domain);
    if (error == 0 && is_intended(facts)) {
        error = find_addresses(&lookup, domain);
        if (error == 0)
            error = fetch_policies(&lookup);
    }
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = facts;
    return 0;
}
