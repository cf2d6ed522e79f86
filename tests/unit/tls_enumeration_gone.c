/*
 * tls_enumeration_gone.c - tests of servers that go away and of scans that are stopped, at any moment: no set is said to be
 * complete that is not
 */
#include "tests/unit/tls_enumeration_scan.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(tls_enumeration_gone, .init = scan_make_material, .fini = scan_free_material, .timeout = 280);

/* A set that is said to be complete has all of the same set of a scan that was not disturbed. */
static void expect_part_of(const struct list *sets, const struct list *whole, unsigned from)
{
    for (size_t i = 0; i < sets->count; i++) {
        const struct tls_set_facts *set = sets->items[i], *all = set_of(whole, set->version);

        cr_assert_not_null(all);
        for (size_t j = 0; j < set->list.count; j++)
            cr_expect(list_has_text(&all->list, set->list.items[j]), "%s: %s", set->version,
                      (const char *)set->list.items[j]);
        if (set->complete == YES)
            cr_expect_eq(set->list.count, all->list.count, "gone from connection %u on, %s: %zu of %zu", from,
                         set->version, set->list.count, all->list.count);
    }
}

static void expect_part_of_versions(const struct tls_versions_facts *versions,
                                    const struct tls_versions_facts *whole, unsigned from)
{
    for (size_t i = 0; i < versions->list.count; i++)
        cr_expect(list_has_text(&whole->list, versions->list.items[i]), "gone from connection %u on, %s",
                  from, (const char *)versions->list.items[i]);
    for (size_t i = 0; i < versions->refused.count; i++)
        cr_expect(list_has_text(&whole->refused, versions->refused.items[i]),
                  "gone from connection %u on, no %s", from, (const char *)versions->refused.items[i]);
    if (versions->complete == YES)
        cr_expect_eq(versions->list.count + versions->refused.count,
                     whole->list.count + whole->refused.count);
}

/* What was seen is what is there, or it was not seen. */
static void expect_known(const struct shape *shape, const void *facts, const void *whole, unsigned from)
{
    for (size_t i = 0; i < shape->count && facts != NULL; i++) {
        const struct fact *fact = &shape->facts[i];
        enum known found, there;

        if (fact->kind != FACT_KNOWN)
            continue;
        memcpy(&found, (const char *)facts + fact->offset, sizeof(found));
        memcpy(&there, (const char *)whole + fact->offset, sizeof(there));
        cr_expect(found == UNKNOWN || found == there, "gone from connection %u on, %s: %d", from, fact->name,
                  (int)found);
    }
}

enum going { BANS, CLOSES, CLOSES_AND_BANS };

/* The server as it is, and then with one thing changed: it goes away at one connection after the other. */
static void go_at_any_moment(const struct scan *calm, const char *suites, enum going going)
{
    struct scan whole = *calm;

    scan_run(&whole, suites, ARENA);
    cr_assert_eq(whole.result, 0);
    for (unsigned from = 2; from <= whole.peer.connections; from++) {
        struct scan scan = *calm;

        scan.deadline = PATIENT;
        scan.peer.manners.ban_after = going == BANS ? from : going == CLOSES_AND_BANS ? from + 2 : 0;
        scan.peer.manners.closed_from = going == BANS ? 0 : from;
        scan_run(&scan, suites, ARENA);
        cr_assert_eq(scan.result, 0);
        expect_part_of_versions(scan.endpoint.tls->versions, whole.endpoint.tls->versions, from);
        expect_part_of(&scan.endpoint.tls->suites, &whole.endpoint.tls->suites, from);
        expect_part_of(&scan.endpoint.tls->groups, &whole.endpoint.tls->groups, from);
        expect_part_of(&scan.endpoint.tls->schemes, &whole.endpoint.tls->schemes, from);
        expect_known(&tls_features_shape, scan.endpoint.tls->features, whole.endpoint.tls->features, from);
        expect_known(&tls_resumption_shape, scan.endpoint.tls->resumption, whole.endpoint.tls->resumption,
                     from);
        scan_free(&scan);
    }
    scan_free(&whole);
}

/* A closed connection is no refusal from who has gone, although he goes on with connections that he let in before. */
Test(tls_enumeration_gone, closes_instead_and_for_good)
{
    const struct scan calm = {.peer.manners = {.closes = true, .delay_ms = 100},
                              .only_13 = true,
                              .only_groups = "X25519",
                              .more = {identity_with(MATERIAL_P256), identity_with(MATERIAL_RSA_PSS2048),
                                       identity_with(MATERIAL_ED25519), identity_with(MATERIAL_ED448)}};
    const struct scan two_keys = {.peer.manners = {.closes = true, .delay_ms = 20}, .more = {calm.more[0]}};
    const struct scan slow = {.peer.manners = {.closes = true, .delay_ms = 200}};

    go_at_any_moment(&calm, NULL, CLOSES);
    go_at_any_moment(&two_keys, RSA_SUITES_FIRST, CLOSES);
    go_at_any_moment(&slow, SOME_SUITES, CLOSES);
}

/* Nor when it could not be confirmed. */
Test(tls_enumeration_gone, closes_and_bans)
{
    const struct scan calm = {.peer.manners = {.closes = true, .delay_ms = 20},
                              .more = {identity_with(MATERIAL_P256)}};
    const struct scan slow = {.peer.manners = {.closes = true, .delay_ms = 200}};

    go_at_any_moment(&calm, RSA_SUITES_FIRST, CLOSES_AND_BANS);
    go_at_any_moment(&slow, SOME_SUITES, CLOSES_AND_BANS);
}

/* Suites of the other key come to light when schemes of the first are known. */
Test(tls_enumeration_gone, banned_with_two_keys)
{
    const struct scan calm = {.peer.manners.delay_ms = 20, .more = {identity_with(MATERIAL_P256)}};

    go_at_any_moment(&calm, RSA_SUITES_FIRST, BANS);
}

/* Stopped at any moment: it says so, soon, and leaves nothing behind (the pacer would notice). */
Test(tls_enumeration_gone, stopped_anywhere)
{
    for (int64_t stop_ms = 400; stop_ms < 12000; stop_ms += 700) {
        struct scan scan = {.peer.manners.delay_ms = 100, .stop_ms = stop_ms};

        scan_run(&scan, SOME_SUITES, ARENA);
        cr_expect_leq(scan.ended, stop_ms + CLEANUP_GRACE_MS);
        cr_expect(scan.result == -ECANCELED || scan.result == 0, "%d", scan.result);
        scan_free(&scan);
    }
}

Test(tls_enumeration_gone, few_tasks_stopped_anywhere)
{
    for (size_t tasks = 1; tasks < 9; tasks += 2)
        for (int64_t stop_ms = 300; stop_ms < 15000; stop_ms += 490) {
            struct scan scan = {.peer = {.tasks_max = 2 + TLS_PEER_TASKS + tasks, .manners.delay_ms = 100},
                                .stop_ms = stop_ms};

            scan_run(&scan, SOME_SUITES, ARENA);
            cr_expect_leq(scan.ended, stop_ms + CLEANUP_GRACE_MS);
            cr_expect(scan.result == -ECANCELED || scan.result == 0, "%d", scan.result);
            scan_free(&scan);
        }
}

/* Deep depth asks one question after the other, without tasks. */
Test(tls_enumeration_gone, stopped_at_deep_depth)
{
    for (int64_t stop_ms = 4000; stop_ms < 6500; stop_ms += 50) {
        struct scan scan = {.peer.manners.delay_ms = 100, .depth = DEPTH_DEEP, .stop_ms = stop_ms};

        scan_run(&scan, SOME_SUITES, ARENA);
        cr_expect_leq(scan.ended, stop_ms + CLEANUP_GRACE_MS);
        cr_expect(scan.result == -ECANCELED || scan.result == 0, "%d", scan.result);
        scan_free(&scan);
    }
}
