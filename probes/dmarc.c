/*
 * dmarc.c - the DMARC records on the way up from the domain (RFC 9989 4.10), and whether reports may go where the
 * one that applies sends them (RFC 9990)
 *
 *   TXT of _dmarc.mail.example.org, _dmarc.example.org, _dmarc.org            all at once
 *      -> the record that applies; it names reports@example.net
 *   TXT of example.org._report._dmarc.example.net: does it agree?             all at once
 *   TXT of _dmarc.example.net, _dmarc.net: whose is it?
 *   MX, A, AAAA of example.net: does it take mail?
 *
 * Two round trips, however long the name is and however many the addresses. Judged in reports/checks/dmarc.c.
 */
#include "probes/probe.h"
#include "probes/protocol/dmarc_record.h"
#include "probes/protocol/dmarc_walk.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum { DESTINATIONS_MAX = 8, NAME_MAX_SIZE = 253 };

/* Of one destination: the walk, whether it agreed, MX, A, AAAA. */
enum { Q_AGREED = DMARC_WALK_MAX, Q_MX, Q_A, Q_AAAA, QUESTIONS };

struct reporting {
    struct dmarc_facts *facts;
    struct arena *arena;
    const char *record_at;
    const char *organizational_domain;       /* of record_at; NULL: not known */
    struct question (*questions)[QUESTIONS]; /* for each destination; without a name: not asked */
};

/* ---- the walk ---- */

static int walk_questions(const char *domain, struct arena *arena, struct question *questions,
                          size_t *ret_count)
{
    const char *names[DMARC_WALK_MAX];
    size_t count = dmarc_walk_names(domain, names);

    for (size_t i = 0; i < count; i++) {
        questions[i] = (struct question){.name = arena_format(arena, "_dmarc.%s", names[i]), .type = DNS_TXT};
        if (questions[i].name == NULL)
            return -ENOMEM;
    }
    *ret_count = count;
    return 0;
}

static int walk_steps(const char *domain, const struct question *questions, struct arena *arena,
                      struct list *steps)
{
    const char *names[DMARC_WALK_MAX];
    size_t count = dmarc_walk_names(domain, names);

    for (size_t i = 0; i < count; i++) {
        struct dmarc_step_facts *step;

        if (dmarc_step_read(names[i], questions[i].answer, arena, &step) < 0)
            return -ENOMEM;
        step->question = questions[i].facts;
        if (list_add(steps, arena, step) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Is the name in the DNS? Its MX question tells. */
static enum known domain_exists(const struct dns_facts *dns)
{
    const struct dns_question_facts *mx = dns->mx;

    if (mx == NULL || mx->outcome == DNS_NOT_ASKED || mx->outcome == DNS_FAILURE ||
        (mx->outcome == DNS_NXDOMAIN && mx->security == DNS_BOGUS))
        return UNKNOWN;
    return known(mx->outcome != DNS_NXDOMAIN);
}

static int walk(struct network *network, const struct dns_facts *dns, int64_t deadline, struct arena *arena,
                struct dmarc_facts *facts)
{
    struct question questions[DMARC_WALK_MAX];
    size_t count;
    int error = walk_questions(dns->domain, arena, questions, &count);
    int stopped = error < 0 ? error : questions_ask(network, questions, count, deadline, arena);

    if (stopped == -ENOMEM)
        return stopped;
    error = walk_steps(dns->domain, questions, arena, &facts->steps);
    if (error == 0)
        error = dmarc_decide(facts, domain_exists(dns), arena);
    return error < 0 ? error : stopped;
}

/* ---- where reports go ---- */

static int add_destinations(struct reporting *reporting, const char *tag, const struct list *uris)
{
    struct dmarc_facts *facts = reporting->facts;

    for (size_t i = 0; i < uris->count; i++) {
        const struct dmarc_uri_facts *uri = uris->items[i];
        struct dmarc_destination_facts *destination;

        if (uri->address == NULL)
            continue;
        if (facts->destinations.count == DESTINATIONS_MAX) {
            facts->destinations_left_out.value++;
            continue;
        }
        destination = list_new_item(&facts->destinations, reporting->arena, sizeof *destination);
        if (destination == NULL)
            return -ENOMEM;
        destination->tag = tag;
        destination->address = uri->address;
        destination->host = uri->host;
    }
    return 0;
}

static int destination_questions(struct reporting *reporting,
                                 const struct dmarc_destination_facts *destination,
                                 struct question *questions)
{
    size_t count;
    char *agreed;

    questions[Q_MX] = (struct question){.name = destination->host, .type = DNS_MX};
    questions[Q_A] = (struct question){.name = destination->host, .type = DNS_A};
    questions[Q_AAAA] = (struct question){.name = destination->host, .type = DNS_AAAA};
    if (text_same_name(destination->host, reporting->record_at))
        return 0;
    agreed = arena_format(reporting->arena, "%s._report._dmarc.%s", reporting->record_at, destination->host);
    if (agreed == NULL || walk_questions(destination->host, reporting->arena, questions, &count) < 0)
        return -ENOMEM;
    if (strlen(agreed) <= NAME_MAX_SIZE) /* else nobody can agree */
        questions[Q_AGREED] = (struct question){.name = agreed, .type = DNS_TXT};
    return 0;
}

/* Asks all that have a name, side by side, and hands the answers back to where they belong. */
static int ask_all(struct reporting *reporting, struct network *network, int64_t deadline)
{
    size_t total = reporting->facts->destinations.count * QUESTIONS, count = 0;
    struct question *all = reporting->questions[0];
    struct question *asked = arena_alloc(reporting->arena, total * sizeof *asked);
    int error;

    if (asked == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < total; i++)
        if (all[i].name != NULL)
            asked[count++] = all[i];
    error = questions_ask(network, asked, count, deadline, reporting->arena);
    count = 0;
    for (size_t i = 0; i < total; i++)
        if (all[i].name != NULL)
            all[i] = asked[count++];
    return error;
}

/* No answer, or a denial that receivers do not believe. */
static bool is_lost(const struct dns_answer *answer)
{
    return answer == NULL || answer->outcome == DNS_NOT_ASKED || answer->outcome == DNS_FAILURE ||
           (answer->outcome != DNS_DATA && answer->security == DNS_BOGUS);
}

static enum known has_address(const struct question *questions)
{
    enum known has = NO;

    for (size_t i = Q_A; i <= Q_AAAA; i++) {
        const struct dns_answer *answer = questions[i].answer;

        if (is_lost(answer))
            has = UNKNOWN;
        else if (answer->outcome == DNS_DATA)
            return YES;
    }
    return has;
}

static enum known takes_mail(const struct question *questions, struct arena *arena)
{
    const struct dns_answer *mx = questions[Q_MX].answer;

    if (is_lost(mx))
        return UNKNOWN;
    switch (mx->outcome) {
    case DNS_NOT_ASKED:
    case DNS_FAILURE:
        return UNKNOWN;
    case DNS_NXDOMAIN:
        return NO;
    case DNS_NODATA:
        return has_address(questions);
    case DNS_DATA:
        break;
    }
    for (size_t i = 0; i < mx->records.count; i++) {
        uint16_t preference;
        const char *host;

        if (dns_record_mx(mx->records.items[i], arena, &preference, &host) == 0 && strcmp(host, ".") != 0)
            return YES;
    }
    return NO; /* a null MX (RFC 7505) */
}

/* Whose the destination is. */
static int note_owner(struct reporting *reporting, const struct question *questions,
                      struct dmarc_destination_facts *destination)
{
    struct dmarc_discovery discovery;
    struct list steps = {0};

    if (text_same_name(destination->host, reporting->record_at)) {
        destination->external = NO;
        destination->organizational_domain = reporting->organizational_domain;
        return 0;
    }
    if (walk_steps(destination->host, questions, reporting->arena, &steps) < 0 ||
        dmarc_discover(destination->host, &steps, reporting->arena, &discovery) < 0)
        return -ENOMEM;
    destination->organizational_domain = discovery.organizational_domain;
    if (discovery.organizational_domain != NULL && reporting->organizational_domain != NULL)
        destination->external =
            known(!text_same_name(discovery.organizational_domain, reporting->organizational_domain));
    return 0;
}

/* Any record that begins like one of DMARC agrees (RFC 9990). */
static int note_agreement(struct reporting *reporting, const struct question *question,
                          struct dmarc_destination_facts *destination)
{
    struct dmarc_step_facts *agreement;

    if (destination->external == NO)
        return 0;
    if (question->name == NULL) {
        destination->authorised = NO;
        return 0;
    }
    destination->question = question->facts;
    if (dmarc_step_read(destination->host, question->answer, reporting->arena, &agreement) < 0)
        return -ENOMEM;
    if (agreement->result == DMARC_STEP_FAILED)
        return 0;
    destination->authorised = known(agreement->result != DMARC_STEP_ABSENT);
    for (size_t i = 0; i < agreement->records.count; i++) {
        const struct dmarc_record_facts *record = agreement->records.items[i];

        if (record->announces == YES && destination->replacement.count == 0)
            destination->replacement = record->rua;
    }
    return 0;
}

static int note_destination(struct reporting *reporting, const struct question *questions,
                            struct dmarc_destination_facts *destination)
{
    destination->mx = questions[Q_MX].facts;
    destination->a = questions[Q_A].facts;
    destination->aaaa = questions[Q_AAAA].facts;
    destination->takes_mail = takes_mail(questions, reporting->arena);
    if (note_owner(reporting, questions, destination) < 0)
        return -ENOMEM;
    return note_agreement(reporting, &questions[Q_AGREED], destination);
}

/* The record that applies to the domain; NULL: none, or not known. */
static const struct dmarc_record_facts *record_of(const struct dmarc_facts *facts)
{
    const char *record_at = facts->current->domain->record_at;

    for (size_t i = 0; record_at != NULL && i < facts->steps.count; i++) {
        const struct dmarc_step_facts *step = facts->steps.items[i];

        if (text_same_name(step->domain, record_at))
            return dmarc_step_record(step);
    }
    return NULL;
}

static int look_at_destinations(struct reporting *reporting, struct network *network, int64_t deadline)
{
    struct list *destinations = &reporting->facts->destinations;
    int error = 0, stopped;

    reporting->questions = arena_alloc(reporting->arena, DESTINATIONS_MAX * sizeof *reporting->questions);
    if (reporting->questions == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < destinations->count && error == 0; i++)
        error = destination_questions(reporting, destinations->items[i], reporting->questions[i]);
    stopped = error < 0 ? error : ask_all(reporting, network, deadline);
    if (stopped == -ENOMEM)
        return stopped;
    for (size_t i = 0; i < destinations->count && error == 0; i++)
        error = note_destination(reporting, reporting->questions[i], destinations->items[i]);
    return error < 0 ? error : stopped;
}

static int reports(struct network *network, int64_t deadline, struct arena *arena, struct dmarc_facts *facts)
{
    const struct dmarc_record_facts *record = record_of(facts);
    struct reporting reporting = {.facts = facts, .arena = arena};
    struct dmarc_discovery discovery;

    if (record == NULL || record->use == DMARC_UNUSABLE)
        return 0;
    reporting.record_at = facts->current->domain->record_at;
    if (dmarc_discover(reporting.record_at, &facts->steps, arena, &discovery) < 0)
        return -ENOMEM;
    reporting.organizational_domain = discovery.organizational_domain;
    facts->destinations.observed = true;
    facts->destinations_left_out = number(0);
    if (add_destinations(&reporting, "rua", &record->rua) < 0 ||
        add_destinations(&reporting, "ruf", &record->ruf) < 0)
        return -ENOMEM;
    return facts->destinations.count == 0 ? 0 : look_at_destinations(&reporting, network, deadline);
}

int dmarc_probe(struct network *network, const struct dns_facts *dns, int64_t deadline, struct arena *arena,
                struct dmarc_facts **ret)
{
    struct dmarc_facts *facts = arena_alloc(arena, sizeof *facts);
    int error;

    if (facts == NULL)
        return -ENOMEM;
    error = walk(network, dns, deadline, arena, facts);
    if (error == 0)
        error = reports(network, deadline, arena, facts);
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = facts;
    return 0;
}
