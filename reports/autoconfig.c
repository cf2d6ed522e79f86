/*
 * autoconfig.c - what mail programs are promised: by SRV records, by Mozilla's file, by Microsoft's Autodiscover
 *
 * RFC 6186 3, RFC 8314 5.1 and RFC 5804 for the services, draft-ietf-mailmaint-autoconfig for the order of places.
 */
#include "reports/autoconfig.h"

#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

const struct autoconfig_facts *observed_autoconfig(const struct judgement *judgement)
{
    const struct observed_facts *facts = judgement->scan->facts;

    return facts == NULL ? NULL : facts->autoconfig;
}

/* ---- places ---- */

static const char *status_words(struct judgement *judgement, const struct autoconfig_fetch_facts *fetch)
{
    return kept(judgement,
                arena_format(judgement->arena, "HTTP status %lld", (long long)fetch->status.value));
}

static bool is_missing(int64_t status)
{
    return status == 404 || status == 410 || status == 405; /* 405: a web site that takes no POST */
}

static enum autoconfig_answer answer_of_file(struct judgement *judgement,
                                             const struct autoconfig_file_facts *file, const char *root,
                                             const char **ret_words)
{
    if (!same_text(file->root, root)) {
        *ret_words = kept(judgement, arena_format(judgement->arena, "it answers with something else (%s)",
                                                  file->root == NULL ? "no XML" : file->root));
        return PLACE_ABSENT;
    }
    if (file->valid == YES)
        return PLACE_FOUND;
    *ret_words = file->faults.count > 0 ? file->faults.items[0]
                                        : text_or(file->message, "it names no server for IMAP, POP3 or SMTP");
    return PLACE_FAULTY;
}

static enum autoconfig_answer answer_of_fetch(struct judgement *judgement,
                                              const struct autoconfig_place_facts *place,
                                              const struct autoconfig_fetch_facts *last, const char *root,
                                              const char **ret_words)
{
    *ret_words = text_or(last->reason, "no answer");
    switch (last->result) {
    case FETCH_NOT_OBSERVED:
        return PLACE_UNKNOWN;
    case FETCH_REFUSED:
    case FETCH_UNREACHED:
        return PLACE_ABSENT;
    case FETCH_CERTIFICATE:
        *ret_words =
            kept(judgement, arena_format(judgement->arena, "its certificate is not valid for it (%s)",
                                         text_or(last->reason, "no reason noted")));
        return PLACE_FAULTY;
    case FETCH_TOO_LARGE:
    case FETCH_SLOW:
    case FETCH_BROKEN:
        return PLACE_FAULTY;
    case FETCH_ANSWERED:
        break;
    }
    if (place->file != NULL)
        return answer_of_file(judgement, place->file, root, ret_words);
    *ret_words = place->reason != NULL ? place->reason : status_words(judgement, last);
    if (last->status.value == 401)
        return PLACE_PROTECTED;
    return is_missing(last->status.value) ? PLACE_ABSENT : PLACE_FAULTY;
}

bool has_no_address(const struct dns_question_facts *a, const struct dns_question_facts *aaaa)
{
    return question_denied(a) && question_denied(aaaa) && !question_lost(a) && !question_lost(aaaa);
}

enum autoconfig_answer autoconfig_answer(struct judgement *judgement,
                                         const struct autoconfig_place_facts *place, const char *root,
                                         const char **ret_words)
{
    if (place == NULL) {
        *ret_words = "it was not asked";
        return PLACE_UNKNOWN;
    }
    if (place->fetches.count > 0)
        return answer_of_fetch(judgement, place, place->fetches.items[place->fetches.count - 1], root,
                               ret_words);
    *ret_words = "it has no address";
    if (has_no_address(place->a, place->aaaa))
        return PLACE_ABSENT;
    *ret_words = place->reason != NULL ? place->reason
                                       : question_failure(question_lost(place->a) ? place->a : place->aaaa);
    return PLACE_UNKNOWN;
}

static const struct autoconfig_place_facts *first_found(struct judgement *judgement,
                                                        const struct autoconfig_place_facts *const *places,
                                                        size_t count, const char *root)
{
    const char *words;

    for (size_t i = 0; i < count; i++)
        if (autoconfig_answer(judgement, places[i], root, &words) == PLACE_FOUND)
            return places[i];
    return NULL;
}

const struct autoconfig_place_facts *autoconfig_mozilla(struct judgement *judgement)
{
    const struct autoconfig_facts *facts = observed_autoconfig(judgement);

    if (facts == NULL)
        return NULL;
    return first_found(judgement,
                       (const struct autoconfig_place_facts *const[]){
                           facts->mozilla_host, facts->mozilla_well_known, facts->mozilla_host_http,
                           facts->mozilla_well_known_http},
                       4, MOZILLA_ROOT);
}

/* In Outlook's order: the domain itself comes first. */
const struct autoconfig_place_facts *autoconfig_microsoft(struct judgement *judgement)
{
    const struct autoconfig_facts *facts = observed_autoconfig(judgement);

    if (facts == NULL)
        return NULL;
    return first_found(judgement,
                       (const struct autoconfig_place_facts *const[]){
                           facts->microsoft_domain, facts->microsoft_host, facts->microsoft_srv},
                       3, MICROSOFT_ROOT);
}

/* ---- promises ---- */

static const struct {
    const char *service, *protocol;
    enum autoconfig_security security;
} services[] = {
    {"_submissions._tcp", "smtp", AUTOCONFIG_TLS}, {"_submission._tcp", "smtp", AUTOCONFIG_STARTTLS},
    {"_imaps._tcp", "imap", AUTOCONFIG_TLS},       {"_imap._tcp", "imap", AUTOCONFIG_STARTTLS},
    {"_pop3s._tcp", "pop3", AUTOCONFIG_TLS},       {"_pop3._tcp", "pop3", AUTOCONFIG_STARTTLS},
    {"_sieve._tcp", "sieve", AUTOCONFIG_STARTTLS}};
enum {
    SERVICES = sizeof(services) / sizeof(services[0]),
    PROMISES_MAX = 128, /* more than a probe notes: a stored scan may be anybody's */
};

const char *autoconfig_source_name(enum autoconfig_source source)
{
    switch (source) {
    case BY_SRV:
        return "the SRV records";
    case BY_MOZILLA:
        return "Mozilla's file";
    case BY_MICROSOFT:
        return "Autodiscover";
    case AUTOCONFIG_SOURCES:
        break;
    }
    return "?";
}

static void add_promise(struct judgement *judgement, struct list *promises, struct promise promise)
{
    struct promise *item;

    if (promise.host == NULL || promise.protocol == NULL || promise.port <= 0 ||
        promises->count >= PROMISES_MAX)
        return;
    item = list_new_item(promises, judgement->arena, sizeof(*item));
    if (item == NULL)
        judgement->failed = true;
    else
        *item = promise;
}

static void add_records(struct judgement *judgement, struct list *promises, const struct srv_facts *srv)
{
    for (size_t i = 0; i < SERVICES; i++) {
        if (!same_text(services[i].service, srv->service))
            continue;
        for (size_t j = 0; j < srv->targets.count; j++) {
            const struct srv_target_facts *target = srv->targets.items[j];

            if (!same_text(target->host, "."))
                add_promise(judgement, promises,
                            (struct promise){.source = BY_SRV,
                                             .protocol = services[i].protocol,
                                             .host = target->host,
                                             .port = target->port.value,
                                             .security = services[i].security,
                                             .service = services[i].service});
        }
    }
}

static void add_servers(struct judgement *judgement, struct list *promises, enum autoconfig_source source,
                        const struct autoconfig_place_facts *place)
{
    for (size_t i = 0; place != NULL && i < place->file->servers.count; i++) {
        const struct autoconfig_server_facts *server = place->file->servers.items[i];

        add_promise(judgement, promises,
                    (struct promise){.source = source,
                                     .protocol = server->protocol,
                                     .host = server->host,
                                     .port = server->port.value,
                                     .security = server->security,
                                     .server = server});
    }
}

struct list autoconfig_promises(struct judgement *judgement)
{
    const struct autoconfig_facts *facts = observed_autoconfig(judgement);
    struct list promises = {0};

    if (facts == NULL)
        return promises;
    for (size_t i = 0; i < facts->srv.count; i++)
        add_records(judgement, &promises, facts->srv.items[i]);
    add_servers(judgement, &promises, BY_MOZILLA, autoconfig_mozilla(judgement));
    add_servers(judgement, &promises, BY_MICROSOFT, autoconfig_microsoft(judgement));
    return promises;
}

bool promise_is_same(const struct promise *a, const struct promise *b)
{
    return same_text(a->protocol, b->protocol) && same_name(a->host, b->host) && a->port == b->port &&
           a->security == b->security;
}

const char *security_words(enum autoconfig_security security)
{
    switch (security) {
    case AUTOCONFIG_TLS:
        return "TLS";
    case AUTOCONFIG_STARTTLS:
        return "STARTTLS";
    case AUTOCONFIG_PLAIN:
        return "no encryption";
    case AUTOCONFIG_ANY:
        return "any encryption";
    case AUTOCONFIG_SECURITY_NOT_OBSERVED:
        break;
    }
    return "encryption not said";
}

const char *protocol_words(const char *protocol)
{
    static const char *const names[][2] = {
        {"imap", "IMAP"}, {"pop3", "POP3"}, {"smtp", "SMTP"}, {"sieve", "ManageSieve"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (same_text(protocol, names[i][0]))
            return names[i][1];
    return "another protocol";
}

const char *promise_words(struct judgement *judgement, const struct promise *promise)
{
    return kept(judgement,
                arena_format(judgement->arena, "%s at %s port %lld (%s)", protocol_words(promise->protocol),
                             promise->host, (long long)promise->port, security_words(promise->security)));
}

const char *promise_service(const struct promise *promise)
{
    enum autoconfig_security security =
        promise->security == AUTOCONFIG_TLS ? AUTOCONFIG_TLS : AUTOCONFIG_STARTTLS;

    for (size_t i = 0; i < SERVICES; i++)
        if (same_text(services[i].protocol, promise->protocol) && services[i].security == security)
            return services[i].service;
    return NULL;
}

bool autoconfig_denied(const struct judgement *judgement, const char *service)
{
    const struct autoconfig_facts *facts = observed_autoconfig(judgement);

    for (size_t i = 0; facts != NULL && i < facts->srv.count; i++) {
        const struct srv_facts *srv = facts->srv.items[i];

        if (same_text(srv->service, service) && srv->targets.count > 0 &&
            same_text(((const struct srv_target_facts *)srv->targets.items[0])->host, "."))
            return true;
    }
    return false;
}

const struct autoconfig_host_facts *autoconfig_host(const struct judgement *judgement, const char *name)
{
    const struct autoconfig_facts *facts = observed_autoconfig(judgement);

    for (size_t i = 0; facts != NULL && i < facts->hosts.count; i++) {
        const struct autoconfig_host_facts *host = facts->hosts.items[i];

        if (same_name(host->name, name))
            return host;
    }
    return NULL;
}
