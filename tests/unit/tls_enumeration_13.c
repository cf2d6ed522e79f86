/*
 * tls_enumeration_13.c - tests of finding what a server accepts of TLS 1.3: by its word, and when it wants a key share
 */
#include "tests/unit/tls_enumeration_scan.h"

#include <criterion/criterion.h>

TestSuite(tls_enumeration_13, .init = scan_make_material, .fini = scan_free_material, .timeout = 280);

static void expect_groups_13(const struct scan *scan, size_t count, size_t stated)
{
    static const char *const groups[] = {
        "x25519",    "secp256r1", "x448",     "secp384r1",
        "secp521r1", "ffdhe2048", "ffdhe3072"}; /* tests/unit/openssl_server.c */
    const struct tls_set_facts *set = set_of(&scan->endpoint.tls->groups, "TLS1.3");

    cr_assert_eq(scan->result, 0);
    cr_assert_not_null(set);
    cr_expect_eq(set->complete, YES);
    cr_assert_eq(set->list.count, count);
    for (size_t i = 0; i < count; i++)
        cr_expect(list_has_text(&set->list, groups[i]), "%s", groups[i]);
    cr_expect_eq(set->stated.count, stated);
    for (size_t i = 0; i < set->stated.count; i++)
        cr_expect(list_has_text(&set->list, set->stated.items[i]), "%s", (const char *)set->stated.items[i]);
}

/* A server that names its groups need not be asked for each; one that names others than it takes is. */
Test(tls_enumeration_13, groups_that_the_server_names)
{
    struct scan names = {.only_13 = true};
    struct scan picks_others = {.only_13 = true, .states = "X25519:P-256"};
    struct scan takes_more = {.only_13 = true, .states = "X25519:P-256:P-384:P-521"};

    scan_run(&names, NULL, ARENA);
    expect_groups_13(&names, 7, 3);
    scan_run(&picks_others, NULL, ARENA);
    expect_groups_13(&picks_others, 7, 0);
    cr_expect_eq(picks_others.peer.connections, names.peer.connections + 3, "%u and %u",
                 picks_others.peer.connections, names.peer.connections);
    scan_run(&takes_more, NULL, ARENA);
    expect_groups_13(&takes_more, 7, 0);
    scan_free(&names);
    scan_free(&picks_others);
    scan_free(&takes_more);
}

/* They come in its order, as those do that it picked in its own. */
Test(tls_enumeration_13, order_of_groups_that_the_server_names)
{
    struct scan scan = {.only_13 = true, .only_groups = "X25519:P-256:ffdhe3072:X448:P-384:ffdhe2048:P-521"};
    const struct tls_set_facts *set;

    scan_run(&scan, NULL, ARENA);
    expect_groups_13(&scan, 7, 3);
    set = set_of(&scan.endpoint.tls->groups, "TLS1.3");
    cr_assert_eq(set->stated.count, 3);
    cr_expect_str_eq(set->stated.items[0], "secp384r1");
    cr_expect_str_eq(set->stated.items[1], "ffdhe2048");
    cr_expect_str_eq(set->stated.items[2], "secp521r1");
    for (size_t i = 0; i < 3; i++)
        cr_expect_str_eq(set->list.items[4 + i], set->stated.items[i]);
    scan_free(&scan);
}

/* It refuses not what is offered but how: its sets are what was picked and what it names, and nobody knows what else. */
Test(tls_enumeration_13, needs_a_key_share)
{
    static const char *const suites[] = {"TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384"};

    for (size_t i = 0; i < 2; i++) {
        struct scan scan = {.only_13 = true, .needs_share = true, .only_suite_13 = suites[i]};
        const struct tls_facts *tls;
        const struct tls_set_facts *sets[2];

        scan_run(&scan, NULL, ARENA);
        cr_assert_eq(scan.result, 0);
        tls = scan.endpoint.tls;
        cr_expect(list_has_text(&tls->versions->list, "TLS1.3"), "%s", suites[i]);
        sets[0] = set_of(&tls->suites, "TLS1.3");
        sets[1] = set_of(&tls->groups, "TLS1.3");
        for (size_t j = 0; j < 2; j++) {
            cr_assert_not_null(sets[j]);
            cr_assert_eq(sets[j]->list.count, 1 + sets[j]->stated.count);
            cr_expect_str_eq(sets[j]->list.items[0], j == 0 ? suites[i] : "x25519");
            cr_expect_eq(sets[j]->complete, NO);
            cr_expect_not_null(sets[j]->reason);
        }
        scan_free(&scan);
    }
}

/* What it names for one name says nothing of another. */
Test(tls_enumeration_13, groups_of_another_name)
{
    struct scan scan = {.only_13 = true,
                        .only_groups = "X25519:P-256",
                        .has_other_name = true,
                        .states = "P-521:X25519:P-256:P-384"};

    scan_run(&scan, NULL, ARENA);
    expect_groups_13(&scan, 2, 0);
    scan_free(&scan);
}
