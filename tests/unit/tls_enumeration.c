/*
 * tls_enumeration.c - tests of finding all that a server accepts, against OpenSSL's server behind manners of its own
 *
 * What there is to be found is asked of the server in memory, one candidate a hello: no elimination, no network.
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "scanner/net/hello.h"
#include "tests/unit/revocation_answers.h"
#include "tests/unit/tls_enumeration_scan.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(tls_enumeration, .init = scan_make_material, .fini = scan_free_material, .timeout = 280);

enum { TRUTH_MAX = 256 };

/* ---- the truth ---- */

struct truth {
    const char *names[TRUTH_MAX];
    size_t count;
};

static void truth_add(struct truth *truth, const char *name)
{
    cr_assert_lt(truth->count, TRUTH_MAX);
    truth->names[truth->count++] = name;
}

static const uint16_t curves[] = {0x001d, 0x0017, 0x001e, 0x0018, 0x0019};
static const uint16_t schemes[] = {0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806, 0x0301, 0x0201};

/* Does the server go on after a hello that offers just this? */
static bool is_served(SSL_CTX *server, uint16_t version, uint16_t suite, struct hello_numbers groups,
                      struct hello_numbers signatures)
{
    struct client_hello hello = {.version = version,
                                 .suites = {&suite, 1},
                                 .extensions = HELLO_POINT_FORMATS | HELLO_RENEGOTIATION_INFO,
                                 .groups = groups,
                                 .schemes =
                                     version == TLS_VERSION_1_2 ? signatures : (struct hello_numbers){0}};
    struct buffer out = {0}, answer = {0};
    struct flight_reader reader = {0};
    bool served;

    hello_write(&hello, &out);
    openssl_server_answer(server, bytes_of(out.data, out.size), &answer);
    served = flight_feed(&reader, bytes_of(answer.data, answer.size)) == FLIGHT_COMPLETE;
    flight_free(&reader);
    buffer_free(&out);
    buffer_free(&answer);
    return served;
}

static const struct hello_numbers all_curves = {curves, 5}, all_schemes = {schemes, 8};

static struct truth true_suites(SSL_CTX *server, uint16_t version)
{
    struct truth truth = {0};
    size_t count;
    const struct tls_suite *suites = tls_suites(&count);

    for (size_t i = 0; i < count; i++)
        if (!suites[i].ssl2 && !suites[i].tls13 && !suites[i].signalling &&
            is_served(server, version, (uint16_t)suites[i].code, all_curves, all_schemes))
            truth_add(&truth, suites[i].name);
    return truth;
}

/* Suites that need a group, and a signature. */
enum { ECDHE_RSA = 0xc02f, OLD_ECDHE_RSA = 0xc013 };

static struct truth true_groups(SSL_CTX *server, uint16_t version)
{
    uint16_t suite = version == TLS_VERSION_1_2 ? ECDHE_RSA : OLD_ECDHE_RSA;
    struct truth truth = {0};
    size_t count;
    const struct tls_group *groups = tls_groups(&count);

    for (size_t i = 0; i < count; i++)
        if (groups[i].kind == TLS_GROUP_EC &&
            is_served(server, version, suite, (struct hello_numbers){&groups[i].code, 1}, all_schemes))
            truth_add(&truth, groups[i].name);
    return truth;
}

static struct truth true_schemes(SSL_CTX *server)
{
    struct truth truth = {0};
    size_t count;
    const struct tls_scheme *all = tls_schemes(&count);

    for (size_t i = 0; i < count; i++)
        if (all[i].tls12 && is_served(server, TLS_VERSION_1_2, ECDHE_RSA, all_curves,
                                      (struct hello_numbers){&all[i].code, 1}))
            truth_add(&truth, all[i].name);
    return truth;
}

/* ---- comparing ---- */

/* Only what is true, once each; all of it when the set is said to be complete, a reason when it is not. */
static void expect_honest(const struct tls_set_facts *set, const struct truth *truth, const char *what)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->list.count; i++) {
        size_t found = 0;

        for (size_t j = 0; j < truth->count; j++)
            found += strcmp(truth->names[j], set->list.items[i]) == 0;
        cr_expect_eq(found, 1, "%s %s: %s", set->version, what, (const char *)set->list.items[i]);
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(set->list.items[i], set->list.items[j], "%s %s", set->version, what);
    }
    if (set->complete == YES)
        cr_expect_eq(set->list.count, truth->count, "%s %s: %zu of %zu", set->version, what, set->list.count,
                     truth->count);
    else
        cr_expect_not_null(set->reason, "%s %s", set->version, what);
}

static bool is_complete(const struct tls_set_facts *set)
{
    return set != NULL && set->complete == YES;
}

static bool check_suites(const struct scan *scan, uint16_t version)
{
    const struct truth truth = true_suites(scan->peer.server, version);
    const struct tls_set_facts *found =
        set_of(&scan->endpoint.tls->suites, tls_registry_version_name(version));

    expect_honest(found, &truth, "suites");
    return is_complete(found);
}

static bool check_groups(const struct scan *scan, uint16_t version)
{
    const struct truth truth = true_groups(scan->peer.server, version);
    const struct tls_set_facts *found =
        set_of(&scan->endpoint.tls->groups, tls_registry_version_name(version));

    expect_honest(found, &truth, "groups");
    return is_complete(found);
}

static bool check_schemes(const struct scan *scan)
{
    const struct truth truth = true_schemes(scan->peer.server);
    const struct tls_set_facts *found = set_of(&scan->endpoint.tls->schemes, "TLS1.2");

    expect_honest(found, &truth, "schemes");
    return is_complete(found);
}

/* True: all of it was found. */
static bool expect_truth(const struct scan *scan)
{
    const struct tls_facts *tls = scan->endpoint.tls;
    bool complete = check_schemes(scan) && tls->versions->complete == YES;

    for (uint16_t version = TLS_VERSION_1_0; version <= TLS_VERSION_1_2; version++) {
        complete = check_suites(scan, version) && complete;
        complete = check_groups(scan, version) && complete;
    }
    return complete && is_complete(set_of(&tls->suites, "TLS1.3")) &&
           is_complete(set_of(&tls->groups, "TLS1.3")) && is_complete(set_of(&tls->schemes, "TLS1.3"));
}

static void expect_versions(const struct scan *scan)
{
    static const char *const accepted[] = {"TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"};
    const struct tls_versions_facts *versions = scan->endpoint.tls->versions;

    cr_assert_eq(versions->list.count, 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect_str_eq(versions->list.items[i], accepted[i]);
    cr_assert_eq(versions->refused.count, 2);
    cr_expect_str_eq(versions->refused.items[0], "SSL2");
    cr_expect_str_eq(versions->refused.items[1], "SSL3");
}

/* Something is missing, and of all that is the same is said. */
static void expect_incomplete(const struct tls_facts *tls, const char *reason)
{
    const struct list *all[] = {&tls->suites, &tls->groups, &tls->schemes};
    size_t incomplete = tls->versions->complete == NO;

    if (tls->versions->complete == NO)
        cr_expect_str_eq(tls->versions->reason, reason);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < all[i]->count; j++) {
            const struct tls_set_facts *set = all[i]->items[j];

            incomplete += set->complete != YES;
            if (set->complete != YES)
                cr_expect_str_eq(set->reason, reason, "%s: %s", set->version, set->reason);
        }
    cr_expect_gt(incomplete, 0);
}

/* ---- tests ---- */

/* All that OpenSSL can with one certificate, within a small part of a port's memory. */
Test(tls_enumeration, everything)
{
    struct scan scan = {0};
    const struct tls_set_facts *suites;

    scan_run(&scan, NULL, ARENA);
    cr_assert_eq(scan.result, 0);
    cr_expect(expect_truth(&scan));
    expect_versions(&scan);
    suites = set_of(&scan.endpoint.tls->suites, "TLS1.2");
    cr_expect_gt(suites->list.count, 60, "%zu", suites->list.count);
    cr_expect_str_eq(suites->order, "client");
    cr_expect_eq(scan.endpoint.pushbacks.value, 0);
    cr_expect_eq(scan.endpoint.connections.value, scan.peer.connections);
    cr_expect_lt(scan.endpoint.tls->enumeration_connections.value, scan.peer.connections);
    cr_expect_lt(arena_used(scan.arena), ARENA / 16, "%zu bytes", arena_used(scan.arena));
    scan_free(&scan);
}

/* Whether the server knows the protocol of its service shows on the way: no connection more, but for the server that
 * refuses it. */
Test(tls_enumeration, application_protocol)
{
    static const struct {
        const char *what, *protocol;
        bool names_it_anyway, strict;
        const char *chosen;
        enum known refuses;
        unsigned more; /* connections than to a server that ignores ALPN, or refuses all but its own */
    } cases[] = {
        {"ignores them", NULL, false, false, NULL, NO, 0},
        {"chooses its own", "smtp", false, false, "smtp", NO, 0},
        {"has another", "imap", false, false, NULL, NO, 0},
        {"names what nobody offered", "imap", true, false, NULL, NO, 0},
        {"refuses all but its own", "smtp", false, true, "smtp", YES, 0},
        {"refuses ours", "imap", false, true, NULL, YES, 1},
    };
    unsigned usual[] = {[YES] = 0, [NO] = 0};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scan scan = {.protocol = cases[i].protocol,
                            .names_it_anyway = cases[i].names_it_anyway,
                            .strict = cases[i].strict};
        const struct tls_features_facts *features;

        scan_run(&scan, SOME_SUITES, ARENA);
        cr_assert_eq(scan.result, 0);
        cr_expect(expect_truth(&scan), "%s", cases[i].what);
        features = scan.endpoint.tls->features;
        cr_expect_eq(features->alpn_strict, cases[i].refuses, "%s", cases[i].what);
        if (cases[i].chosen == NULL)
            cr_expect_null(features->alpn, "%s: %s", cases[i].what, features->alpn);
        else
            cr_expect_str_eq(features->alpn, cases[i].chosen, "%s", cases[i].what);
        if (usual[cases[i].refuses] == 0)
            usual[cases[i].refuses] = scan.peer.connections;
        cr_expect_eq(scan.peer.connections, usual[cases[i].refuses] + cases[i].more,
                     "%s: %u connections, usually %u", cases[i].what, scan.peer.connections,
                     usual[cases[i].refuses]);
        scan_free(&scan);
    }
}

/* A greeting that comes late, or in two parts as postscreen's: waited for, and nothing is said before its end. */
Test(tls_enumeration, late_greeting)
{
    static const struct tls_peer_manners late[] = {
        {.teaser_ms = 6 * 1000}, {.teaser_ms = 15 * 1000}, {.delay_ms = 3 * 1000}};

    for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
        struct scan scan = {.peer.manners = late[i], .deadline = PATIENT};

        scan_run(&scan, SOME_SUITES, ARENA);
        cr_assert_eq(scan.result, 0);
        cr_expect(expect_truth(&scan), "late %zu", i);
        cr_expect_eq(scan.endpoint.pushbacks.value, 0);
        scan_free(&scan);
    }
}

static void expect_staple(struct scan *scan, enum known stapled, enum revocation_status status)
{
    const struct tls_facts *tls = scan->endpoint.tls;

    cr_assert_eq(scan->result, 0);
    cr_assert_geq(tls->certificates.count, 1);
    cr_expect_eq(tls->features->ocsp_staple, stapled);
    for (size_t i = 0; i < tls->certificates.count; i++) {
        const struct certificate_facts *certificate = tls->certificates.items[i];

        if (certificate->name == NULL)
            continue;
        cr_expect_eq(certificate->stapled, stapled);
        cr_expect_eq(certificate->staple != NULL, stapled == YES);
        if (certificate->staple != NULL)
            cr_expect_eq(certificate->staple->status, status, "%s", certificate->staple->failure);
    }
}

/* What comes with the certificate, in clear and (TLS 1.3) not. */
Test(tls_enumeration, staple)
{
    const struct saying good = {.about = scan_identity()}, other = {.about = scan_identity(), .broken = true};
    struct scan good_13 = {.staple = ocsp_response_new(&good, TLS_PEER_TIME), .only_13 = true};
    struct scan broken = {.staple = ocsp_response_new(&other, TLS_PEER_TIME)};
    struct scan good_12 = {.staple = good_13.staple}, none = {0}, none_13 = {.only_13 = true};

    scan_run(&good_12, SOME_SUITES, ARENA);
    expect_staple(&good_12, YES, REVOCATION_GOOD);
    scan_run(&good_13, SOME_SUITES, ARENA);
    expect_staple(&good_13, YES, REVOCATION_GOOD);
    scan_run(&broken, SOME_SUITES, ARENA);
    expect_staple(&broken, YES, REVOCATION_NOT_OBSERVED);
    scan_run(&none, SOME_SUITES, ARENA);
    expect_staple(&none, NO, REVOCATION_NOT_OBSERVED);
    scan_run(&none_13, SOME_SUITES, ARENA);
    expect_staple(&none_13, NO, REVOCATION_NOT_OBSERVED);
    OPENSSL_free((void *)(uintptr_t)good_13.staple.data);
    OPENSSL_free((void *)(uintptr_t)broken.staple.data);
    scan_free(&good_12);
    scan_free(&good_13);
    scan_free(&broken);
    scan_free(&none);
    scan_free(&none_13);
}

/* A limit by the minute: waited for, and nothing is lost. */
Test(tls_enumeration, limit_by_the_minute)
{
    struct scan scan = {.peer.manners.limit = 30, .deadline = PATIENT};

    scan_run(&scan, SOME_SUITES, ARENA);
    cr_assert_eq(scan.result, 0);
    cr_expect(expect_truth(&scan));
    expect_versions(&scan);
    cr_expect_gt(scan.peer.turned_away, 0);
    cr_expect_leq(scan.peer.turned_away, 3 * 4 + 1, "%u times", scan.peer.turned_away);
    cr_expect_eq(scan.endpoint.pushbacks.value, scan.peer.turned_away);
    scan_free(&scan);
}

/* The same, and the time of the scan ends before: what is missing is said. */
Test(tls_enumeration, limit_and_little_time)
{
    struct scan scan = {.peer.manners.limit = 30, .deadline = 60 * 1000};

    scan_run(&scan, SOME_SUITES, ARENA);
    cr_assert_eq(scan.result, 0);
    cr_expect_not(expect_truth(&scan));
    expect_incomplete(scan.endpoint.tls, "the server kept us out until the time of the scan was over");
    cr_expect_leq(scan.peer.turned_away, 4 + 1, "%u times", scan.peer.turned_away);
    cr_expect_leq(scan.ended, scan.deadline + CLEANUP_GRACE_MS);
    scan_free(&scan);
}

/* So many side by side and no more: that is learnt, and nothing is lost. */
Test(tls_enumeration, some_at_once)
{
    for (unsigned at_once = 1; at_once < 4; at_once++) {
        struct scan scan = {.peer.manners = {.at_once = at_once, .delay_ms = 50}, .deadline = PATIENT};

        scan_run(&scan, SOME_SUITES, ARENA);
        cr_assert_eq(scan.result, 0);
        cr_expect(expect_truth(&scan), "%u at once", at_once);
        expect_versions(&scan);
        cr_expect_gt(scan.peer.turned_away, 0);
        cr_expect_leq(scan.peer.turned_away, 4 + 2, "%u at once: %u times", at_once, scan.peer.turned_away);
        cr_expect_lt(scan.ended, 60 * 1000, "%u at once: %lld ms", at_once, (long long)scan.ended);
        scan_free(&scan);
    }
}

/* Banned: what was found is kept, and the scan gives up soon. */
static void expect_ban(unsigned after, bool silent)
{
    struct scan scan = {.peer.manners = {.ban_after = after, .ban_is_silent = silent}, .deadline = PATIENT};

    scan_run(&scan, SOME_SUITES, ARENA);
    cr_assert_eq(scan.result, 0);
    cr_expect_eq(scan.peer.connections, after);
    cr_expect_not(expect_truth(&scan), "banned after %u", after);
    cr_expect_gt(scan.endpoint.pushbacks.value, 0);
    expect_incomplete(scan.endpoint.tls, "the server no longer lets us connect");
    cr_expect_lt(scan.ended, 100 * 1000, "banned after %u: %lld ms", after, (long long)scan.ended);
    scan_free(&scan);
}

Test(tls_enumeration, banned)
{
    static const unsigned after[] = {3, 5, 10, 20, 30, 40};

    for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
        expect_ban(after[i], false);
        expect_ban(after[i], true);
    }
}

/* No alert: a closed connection is a refusal from who is still there. */
Test(tls_enumeration, closes_instead)
{
    struct scan scan = {.peer.manners.closes = true};

    scan_run(&scan, SOME_SUITES, ARENA);
    cr_assert_eq(scan.result, 0);
    cr_expect(expect_truth(&scan));
    expect_versions(&scan);
    scan_free(&scan);
}

Test(tls_enumeration, resets_instead)
{
    struct scan scan = {.peer.manners.resets = true};

    scan_run(&scan, SOME_SUITES, ARENA);
    cr_assert_eq(scan.result, 0);
    cr_expect(expect_truth(&scan));
    scan_free(&scan);
}

/* Of the time that a question takes most goes by before its hello, and is spent beside other questions: all that the
 * pacer lets in are always at it. */
Test(tls_enumeration, connections_made_ahead)
{
    enum { DELAY = 100, BEFORE_HELLO = 3 * DELAY, AT_ONCE = 4 };
    struct scan scan = {.peer.manners.delay_ms = DELAY};
    int64_t all_at_work;

    scan_run(&scan, SOME_SUITES, ARENA);
    cr_assert_eq(scan.result, 0);
    cr_expect(expect_truth(&scan));
    all_at_work = (int64_t)scan.peer.connections * BEFORE_HELLO / AT_ONCE;
    cr_expect_lt(scan.ended, all_at_work * 3 / 2, "%u connections, %lld ms", scan.peer.connections,
                 (long long)scan.ended);
    scan_free(&scan);
}

/* A server that closes at once where others wait for a hello: nothing is lost, and few connections are. */
Test(tls_enumeration, no_patience)
{
    struct scan patient = {.peer.manners.delay_ms = 10};
    struct scan scan = {.peer.manners = {.delay_ms = 10, .patience_ms = 1}};

    scan_run(&patient, SOME_SUITES, ARENA);
    scan_run(&scan, SOME_SUITES, ARENA);
    cr_assert_eq(scan.result, 0);
    cr_expect(expect_truth(&scan));
    expect_versions(&scan);
    cr_expect_leq(scan.peer.connections, patient.peer.connections + 4, "%u connections, and %u",
                  scan.peer.connections, patient.peer.connections);
    scan_free(&scan);
    scan_free(&patient);
}

/* It stops in the middle: silence is no refusal. */
Test(tls_enumeration, silent_from_some_moment)
{
    static const unsigned from[] = {3, 4, 8, 15, 25, 40};

    for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
        struct scan scan = {.peer.manners.silent_from = from[i]};

        scan_run(&scan, SOME_SUITES, ARENA);
        cr_assert_eq(scan.result, 0);
        cr_expect_not(expect_truth(&scan), "silent from connection %u on", from[i]);
        cr_expect_eq(scan.endpoint.tls->versions->complete,
                     i < 2 ? NO : scan.endpoint.tls->versions->complete);
        scan_free(&scan);
    }
}

/* Whatever there is no task for is done by whoever wants it, and nobody waits for himself. */
Test(tls_enumeration, few_tasks)
{
    for (size_t tasks = 1; tasks < 16; tasks++)
        for (int gentle = 0; gentle <= 1; gentle++) {
            struct scan scan = {.peer = {.tasks_max = 2 + TLS_PEER_TASKS + tasks,
                                         .gentle = gentle == 1,
                                         .manners.delay_ms = 20}};

            scan_run(&scan, SOME_SUITES, ARENA);
            cr_assert_eq(scan.result, 0);
            cr_expect(expect_truth(&scan), "%zu tasks%s", tasks, gentle ? ", gentle" : "");
            scan_free(&scan);
        }
}

/* Memory ends anywhere: that is an error of ours, or all is said as far as it is known. */
Test(tls_enumeration, out_of_memory_anywhere)
{
    struct scan whole = {0};
    size_t enough;

    scan_run(&whole, SOME_SUITES, ARENA);
    cr_assert_eq(whole.result, 0);
    enough = arena_used(whole.arena);
    scan_free(&whole);
    for (size_t memory = 4096; memory < enough; memory += enough / 23) {
        struct scan scan = {0};

        scan_run(&scan, SOME_SUITES, memory);
        cr_expect_eq(scan.result, -ENOMEM, "%zu of %zu bytes: %d", memory, enough, scan.result);
        scan_free(&scan);
    }
}

/* A server that breaks off when it picks a suite without parameters for it refuses no other suite by that (Dovecot without
 * ssl_dh, which closes). */
Test(tls_enumeration, no_parameters_of_diffie_hellman)
{
    for (int closes = 0; closes <= 1; closes++) {
        struct scan scan = {.lacks_dh = true, .peer.manners.closes = closes == 1};
        const struct tls_set_facts *suites;

        scan_run(&scan, SOME_SUITES, ARENA);
        cr_assert_eq(scan.result, 0);
        cr_expect(expect_truth(&scan), "closes: %d", closes);
        suites = set_of(&scan.endpoint.tls->suites, "TLS1.2");
        cr_assert_eq(suites->list.count, 4);
        cr_expect(list_has_text(&suites->list, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"));
        scan_free(&scan);
    }
}
