/*
 * tlsa.c - tests of TLSA records: what can be used, and which chains they match; OpenSSL's own table of them when
 * it is there
 */
#include "probes/protocol/tlsa.h"

#include "scanner/base/arena.h"
#include "scanner/net/task.h"
#include "scanner/net/tls.h"
#include "tests/unit/tls_material.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOW = 1795348800, RECORDS_MAX = 8, DATA_MAX = 8192 };

/* ---- records from texts ---- */

/* "3 1 1 ab12": the data is kept in `data`. */
static struct tlsa record_of(const char *text, uint8_t data[static DATA_MAX])
{
    struct tlsa tlsa = {0};
    unsigned numbers[3];
    int size;
    size_t count = 0;

    cr_assert_eq(sscanf(text, "%u %u %u %n", &numbers[0], &numbers[1], &numbers[2], &size), 3, "%s", text);
    tlsa.usage = (uint8_t)numbers[0];
    tlsa.selector = (uint8_t)numbers[1];
    tlsa.matching = (uint8_t)numbers[2];
    for (text += size; isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]); text += 2) {
        unsigned octet;

        cr_assert_lt(count, (size_t)DATA_MAX);
        cr_assert_eq(sscanf(text, "%2x", &octet), 1);
        data[count++] = (uint8_t)octet;
    }
    tlsa.data = bytes_of(data, count);
    return tlsa;
}

#define HEX_32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEX_64 HEX_32 HEX_32

Test(tlsa, parse)
{
    static const uint8_t rdata[] = {3, 1, 2, 0xab, 0xcd};
    struct tlsa tlsa = {.usage = 9};

    for (size_t size = 0; size < 3; size++)
        cr_expect_eq(tlsa_parse(bytes_of(rdata, size), &tlsa), -EBADMSG);
    cr_expect_eq(tlsa.usage, 9);
    cr_assert_eq(tlsa_parse(bytes_of(rdata, 3), &tlsa), 0);
    cr_expect_eq(tlsa.data.size, 0);
    cr_assert_eq(tlsa_parse(bytes_of(rdata, sizeof(rdata)), &tlsa), 0);
    cr_expect(tlsa.usage == 3 && tlsa.selector == 1 && tlsa.matching == 2);
    cr_expect(bytes_equal(tlsa.data, bytes_of(rdata + 3, 2)));
}

/* ---- what can be used ---- */

static const struct {
    const char *records[4];
    const char *between_servers, *by_users; /* u, s (superseded), x for each */
} uses[] = {
    {{"3 1 1 " HEX_32}, "u", "u"},
    {{"3 0 2 " HEX_64}, "u", "u"},
    {{"2 0 1 " HEX_32, "2 1 1 " HEX_32}, "uu", "uu"},
    {{"0 0 1 " HEX_32, "1 1 1 " HEX_32}, "xx", "uu"}, /* RFC 7672 3.1.3 */
    {{"4 1 1 " HEX_32, "255 1 1 " HEX_32, "3 2 1 " HEX_32, "3 1 3 " HEX_32}, "xxxx", "xxxx"},
    {{"3 1 1 " HEX_32 "00", "3 1 1 ab", "3 1 1 ", "3 1 2 " HEX_32}, "xxxx", "xxxx"},
    {{"3 0 0 " HEX_32, "3 1 0 3000", "3 1 0 "}, "xxx", "xxx"}, /* full, and not what it should be */
    /* the strongest digest of one usage and selector; of others, and unusable ones, it does not matter */
    {{"3 1 1 " HEX_32, "3 1 2 " HEX_64, "3 0 1 " HEX_32, "2 1 1 " HEX_32}, "suuu", "suuu"},
    {{"3 1 1 " HEX_32, "3 1 2 " HEX_32, "1 0 1 " HEX_32, "1 0 2 " HEX_64}, "uxxx", "uxsu"},
};

Test(tlsa, use)
{
    static const char letters[] = "?usx";

    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
        static uint8_t data[4][DATA_MAX];
        struct tlsa records[4];
        char between[5] = "", users[5] = "";
        size_t count = 0;

        for (; count < 4 && uses[i].records[count] != NULL; count++)
            records[count] = record_of(uses[i].records[count], data[count]);
        for (size_t j = 0; j < count; j++) {
            const char *reason = "unset";
            enum tlsa_use use = tlsa_use_of(records, count, j, true, &reason);

            cr_expect_eq(reason == NULL, use == TLSA_USABLE);
            between[j] = letters[use];
            users[j] = letters[tlsa_use_of(records, count, j, false, &reason)];
        }
        cr_expect_str_eq(between, uses[i].between_servers, "row %zu: %s", i, between);
        cr_expect_str_eq(users, uses[i].by_users, "row %zu: %s", i, users);
    }
}

/* ---- chains ---- */

struct world {
    struct arena *arena;
    struct tls_material *material;
    struct identity *leaf;
};

static struct world world_new(const struct recipe *recipe)
{
    struct world world = {.arena = arena_new(0), .material = material_new(NOW)};

    world.leaf = material_leaf(world.material, recipe);
    return world;
}

static void world_free(struct world *world)
{
    material_free(world->material);
    arena_free(world->arena);
}

/* The record for a certificate: full, SHA-256 or SHA-512 of all of it or of its key. */
static struct tlsa record_for(struct world *world, uint8_t usage, uint8_t selector, uint8_t matching,
                              const struct identity *identity)
{
    struct bytes what = material_der(world->material, identity);
    unsigned char *key = NULL, digest[EVP_MAX_MD_SIZE];
    unsigned size;

    if (selector == TLSA_KEY) {
        int key_size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(identity->certificate), &key);

        cr_assert_gt(key_size, 0);
        what = bytes_of(arena_copy(world->arena, key, (size_t)key_size), (size_t)key_size);
        OPENSSL_free(key);
    }
    if (matching != TLSA_FULL) {
        cr_assert(EVP_Digest(what.data, what.size, digest, &size,
                             matching == TLSA_SHA256 ? EVP_sha256() : EVP_sha512(), NULL));
        what = bytes_of(arena_copy(world->arena, digest, size), size);
    }
    return (struct tlsa){.usage = usage, .selector = selector, .matching = matching, .data = what};
}

static struct tls_dane_result match(struct world *world, const struct tlsa *records, size_t count,
                                    const char *name, const struct identity *const *chain, size_t chain_count)
{
    struct tls_dane_result result = {.depth = -1};
    struct list names = {0};
    struct bytes ders[8];

    if (name != NULL)
        cr_assert_eq(list_add(&names, world->arena, (void *)(uintptr_t)name), 0);
    for (size_t i = 0; i < chain_count; i++)
        ders[i] = material_der(world->material, chain[i]);
    cr_assert_eq(tls_dane_match(NULL, records, count, &names, ders, chain_count, NOW, world->arena, &result),
                 0);
    return result;
}

#define MATCH(world, record, name, ...)                                                                      \
    match(world, &(record), 1, name, (const struct identity *const[]){__VA_ARGS__},                          \
          sizeof((const struct identity *const[]){__VA_ARGS__}) / sizeof(void *))

/* Usage 3, every selector and matching type: the leaf matches, whatever its name and dates. */
Test(tlsa, matches_the_leaf)
{
    struct world world =
        world_new(&(struct recipe){.name = "other.example", .not_before = -100, .not_after = -1});
    const struct identity *issuer = material_intermediate(world.material);

    for (uint8_t selector = 0; selector < 2; selector++)
        for (uint8_t matching = 0; matching < 3; matching++) {
            struct tlsa right = record_for(&world, TLSA_DANE_EE, selector, matching, world.leaf);
            struct tlsa wrong = record_for(&world, TLSA_DANE_EE, selector, matching, issuer);
            struct tls_dane_result result = MATCH(&world, right, "mail.example", world.leaf);

            cr_expect(tls_dane_data_valid(selector, right.data) == (matching == TLSA_FULL));
            cr_expect(result.matched == YES && result.depth == 0 && result.reason == NULL);
            result = MATCH(&world, wrong, "mail.example", world.leaf, issuer);
            cr_expect(result.matched == NO && strstr(result.reason, "no record matches") != NULL);
        }
    world_free(&world);
}

/* Usage 2: the issuer must be sent (or its whole certificate be the record), names and dates count. */
Test(tlsa, matches_an_issuer)
{
    struct world world = world_new(&(struct recipe){.name = "mail.example"});
    const struct identity *issuer = material_intermediate(world.material),
                          *root = material_root(world.material);
    struct identity *expired = material_leaf(
        world.material, &(struct recipe){.name = "mail.example", .not_before = -100, .not_after = -1});
    struct tlsa key = record_for(&world, TLSA_DANE_TA, TLSA_KEY, TLSA_SHA256, issuer);
    struct tlsa top = record_for(&world, TLSA_DANE_TA, TLSA_CERTIFICATE, TLSA_SHA512, root);
    struct tlsa full = record_for(&world, TLSA_DANE_TA, TLSA_CERTIFICATE, TLSA_FULL, issuer);
    struct tls_dane_result result = MATCH(&world, key, "mail.example", world.leaf, issuer);

    cr_expect(result.matched == YES && result.depth == 1);
    result = MATCH(&world, key, "mail.example", world.leaf);
    cr_expect(result.matched == NO && strstr(result.reason, "no record matches") != NULL);
    result = MATCH(&world, full, "mail.example", world.leaf);
    cr_expect(result.matched == YES && result.depth == 1, "%s", result.reason);
    result = MATCH(&world, top, "mail.example", world.leaf, issuer, root);
    cr_expect(result.matched == YES && result.depth == 2);
    result = MATCH(&world, top, "mail.example", world.leaf, issuer);
    cr_expect_eq(result.matched, NO);
    result = MATCH(&world, key, "mx.example", world.leaf, issuer);
    cr_expect(result.matched == NO && strstr(result.reason, "another name") != NULL, "%s", result.reason);
    result = MATCH(&world, key, "mail.example", expired, issuer);
    cr_expect(result.matched == NO && strstr(result.reason, "expired") != NULL, "%s", result.reason);
    world_free(&world);
}

/* The old key's record and the new one's: either is enough. What cannot be used counts for nothing. */
Test(tlsa, several_records)
{
    struct world world = world_new(&(struct recipe){.name = "mail.example"});
    struct identity *next = material_leaf(world.material, &(struct recipe){.name = "mail.example"});
    const struct tlsa both[] = {
        {.usage = 3, .selector = 1, .matching = 9, .data = bytes_of("x", 1)},
        record_for(&world, TLSA_DANE_EE, TLSA_KEY, TLSA_SHA256, world.leaf),
        record_for(&world, TLSA_DANE_EE, TLSA_KEY, TLSA_SHA256, next),
    };
    const struct identity *const chains[] = {world.leaf, next};

    for (size_t i = 0; i < 2; i++) {
        struct tls_dane_result result = match(&world, both, 3, NULL, &chains[i], 1);

        cr_expect(result.matched == YES && result.record == i + 1);
    }
    world_free(&world);
}

Test(tlsa, unreadable_chain)
{
    struct world world = world_new(&(struct recipe){.name = "mail.example"});
    struct tlsa record = record_for(&world, TLSA_DANE_EE, TLSA_KEY, TLSA_SHA256, world.leaf);
    const struct bytes chain[] = {bytes_of("\x30\x00", 2)};
    struct tls_dane_result result;

    cr_assert_eq(tls_dane_match(NULL, &record, 1, &(struct list){0}, chain, 1, NOW, world.arena, &result), 0);
    cr_expect(result.matched == UNKNOWN && result.reason != NULL);
    cr_assert_eq(tls_dane_match(NULL, &record, 1, &(struct list){0}, NULL, 0, NOW, world.arena, &result), 0);
    cr_expect(result.matched == UNKNOWN && result.reason != NULL);
    world_free(&world);
}

/* ---- OpenSSL's table ---- */

static FILE *open_data(const char *name, char path[static 512])
{
    const char *folder = getenv("OUTPOST_TEST_DATA");

    (void)snprintf(path, 512, "%s/tlsa/%s", folder != NULL ? folder : SOURCE_DIRECTORY "/../shared/data",
                   name);
    return fopen(path, "r");
}

/* The next line that is neither empty nor a comment; false at the end. */
static bool next_line(FILE *in, char line[static 2 * DATA_MAX])
{
    while (fgets(line, 2 * DATA_MAX, in) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[strspn(line, " \t")] != '\0' && line[0] != '#')
            return true;
    }
    return false;
}

static size_t read_certificates(FILE *in, struct arena *arena, size_t count, struct bytes *ders)
{
    for (size_t i = 0; i < count; i++) {
        X509 *certificate = PEM_read_X509(in, NULL, NULL, NULL);
        unsigned char *der = NULL;
        int size = i2d_X509(certificate, &der);

        cr_assert_gt(size, 0);
        ders[i] = bytes_of(arena_copy(arena, der, (size_t)size), (size_t)size);
        OPENSSL_free(der);
        X509_free(certificate);
    }
    return count;
}

static void run_block(FILE *in, const char *head, const struct tls_service *roots, size_t block)
{
    static uint8_t data[RECORDS_MAX][DATA_MAX];
    static char line[2 * DATA_MAX];
    struct arena *arena = arena_new(0);
    struct tlsa records[RECORDS_MAX];
    struct bytes chain[16];
    struct list names = {0};
    struct tls_dane_result result = {.depth = -1};
    size_t count, chain_count;
    unsigned any_name;
    int verdict, depth;

    cr_assert_eq(sscanf(head, "%zu %zu %u %d %d", &count, &chain_count, &any_name, &verdict, &depth), 5, "%s",
                 head);
    cr_assert(count <= RECORDS_MAX && chain_count <= 16);
    for (size_t i = 0; i < count; i++) {
        cr_assert(next_line(in, line));
        records[i] = record_of(line, data[i]);
    }
    read_certificates(in, arena, chain_count, chain);
    cr_assert_eq(list_add(&names, arena, (void *)(uintptr_t) "example.com"), 0);
    cr_assert_eq(tls_dane_match(roots, records, count, &names, chain, chain_count, NOW, arena, &result), 0);
    /* One block wants names with usage 3, which other protocols may ask for; mail servers never do. */
    if (verdict == 62 && records[0].usage == TLSA_DANE_EE)
        verdict = 0;
    cr_expect_eq(result.matched, verdict == 0 ? YES : NO, "block %zu (%s): %s", block, head,
                 result.reason != NULL ? result.reason : "matches");
    if (verdict == 0)
        cr_expect_eq(result.depth, depth, "block %zu: depth %d", block, result.depth);
    arena_free(arena);
}

Test(tlsa, openssl_table)
{
    static char line[2 * DATA_MAX];
    char path[512];
    FILE *roots_file = open_data("danetest.pem", path), *in;
    struct arena *arena = arena_new(0);
    struct tls_service *roots;
    struct engine *engine;
    const char *error;
    size_t blocks = 0;

    if (roots_file == NULL) {
        arena_free(arena);
        cr_skip_test("skipped: %s is not there", path);
    }
    fclose(roots_file);
    cr_assert_eq(engine_new(&(struct engine_options){0}, &engine), 0);
    cr_assert_eq(tls_service_new(engine, path, arena, &roots, &error), 0);
    in = open_data("danetest.in", path);
    cr_assert_not_null(in);
    for (; next_line(in, line); blocks++)
        run_block(in, line, roots, blocks + 1);
    cr_expect_geq(blocks, (size_t)54);
    fclose(in);
    tls_service_free(roots);
    engine_free(engine);
    arena_free(arena);
}
