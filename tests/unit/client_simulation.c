/*
 * client_simulation.c - the table of clients is sound; what follows from facts made by hand, whole and in part
 */
#include "reports/client_simulation.h"
#include "scanner/base/arena.h"
#include "scanner/facts/tls_registry.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct arena *arena;
static struct list clients;

static void set_up(void)
{
    arena = arena_new(0);
    cr_assert_not_null(arena);
    cr_assert_eq(mail_clients(arena, &clients), 0);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(client_simulation, .init = set_up, .fini = tear_down);

static const struct mail_client *client_named(const char *id)
{
    for (size_t i = 0; i < clients.count; i++) {
        const struct mail_client *client = clients.items[i];

        if (strcmp(client->id, id) == 0)
            return client;
    }
    cr_assert(false, "there is no client %s", id);
    return NULL;
}

/* ---- the table ---- */

static bool known_suite(const char *name)
{
    return tls_suite_by_name(name) != NULL;
}

static bool known_group(const char *name)
{
    return tls_group_by_name(name) != NULL;
}

static bool known_scheme(const char *name)
{
    return tls_scheme_by_name(name) != NULL;
}

static bool known_version(const char *name)
{
    return tls_registry_version(name) != 0;
}

static void check_names(const struct mail_client *client, const struct list *names,
                        bool (*is_known)(const char *))
{
    for (size_t i = 0; i < names->count; i++) {
        cr_assert(is_known(names->items[i]), "%s: %s", client->id, (const char *)names->items[i]);
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(names->items[i], names->items[j], "%s", client->id);
    }
}

Test(client_simulation, every_client_is_whole)
{
    for (size_t i = 0; i < clients.count; i++) {
        const struct mail_client *client = clients.items[i];
        bool tls13 = list_has_text(&client->versions, "TLS1.3");

        cr_assert(client->id != NULL && client->name != NULL && client->source != NULL && client->year.known);
        cr_assert(client->role == CLIENT_MTA || client->role == CLIENT_MUA, "%s", client->id);
        cr_assert(client->role == CLIENT_MTA || client->without_tls == CLIENT_WITHOUT_TLS_UNKNOWN, "%s",
                  client->id);
        cr_assert(client->versions.count > 0 && client->suites.count > 0, "%s", client->id);
        check_names(client, &client->versions, known_version);
        check_names(client, &client->suites, known_suite);
        check_names(client, &client->groups, known_group);
        check_names(client, &client->schemes, known_scheme);
        check_names(client, &client->shares, known_group);
        for (size_t j = 1; j < client->versions.count; j++)
            cr_assert_lt(tls_registry_version(client->versions.items[j - 1]),
                         tls_registry_version(client->versions.items[j]), "%s", client->id);
        cr_assert_eq(tls13, tls_suite_by_name(client->suites.items[0])->tls13, "%s", client->id);
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(client->id, ((const struct mail_client *)clients.items[j])->id);
    }
}

Test(client_simulation, senders_come_to_port_25_and_users_to_the_others)
{
    static const char *const users[] = {"submission", "submissions", "imap", "imaps",
                                        "pop3",       "pop3s",       "sieve"};
    struct endpoint_facts endpoint = {.service = "smtp"};
    const struct mail_client *mta = client_named("postfix-openssl-3.0"),
                             *mua = client_named("thunderbird-153");

    cr_assert(mail_client_comes(mta, &endpoint) && !mail_client_comes(mua, &endpoint));
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        endpoint.service = users[i];
        cr_assert(!mail_client_comes(mta, &endpoint) && mail_client_comes(mua, &endpoint), "%s", users[i]);
    }
    endpoint.service = "tls";
    cr_assert(!mail_client_comes(mta, &endpoint) && !mail_client_comes(mua, &endpoint));
    endpoint.service = NULL;
    cr_assert(!mail_client_comes(mta, &endpoint) && !mail_client_comes(mua, &endpoint));
}

/* ---- facts by hand ---- */

#define RSA   "{\"key\": {\"type\": \"RSA\", \"bits\": 2048}, \"trusted\": true}"
#define ECDSA "{\"key\": {\"type\": \"ECDSA\", \"curve\": \"secp256r1\"}, \"trusted\": true}"
#define SET(version, order, names)                                                                           \
    "\"" version "\": {\"complete\": true, \"ordered\": true, \"order\": " order ", \"list\": [" names "]}"
#define PART(version, names)                                                                                 \
    "\"" version "\": {\"complete\": false, \"reason\": \"pushback\", \"list\": [" names "]}"
#define VERSIONS(names)   "\"versions\": {\"complete\": true, \"list\": [" names "]}"
#define ALL_GROUPS(names) "\"groups\": {" SET("TLS1.2", "null", names) ", " SET("TLS1.3", "null", names) "}"

#define SUITES13 "\"TLS_AES_256_GCM_SHA384\", \"TLS_CHACHA20_POLY1305_SHA256\", \"TLS_AES_128_GCM_SHA256\""
#define SUITES12                                                                                             \
    "\"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\", \"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256\", "           \
    "\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\""
#define CURVES "\"x25519\", \"secp256r1\", \"secp384r1\""

#define MODERN_SETS                                                                                          \
    "\"suites\": {" SET("TLS1.2", "\"server\"", SUITES12) ", " SET("TLS1.3", "\"server\"",                   \
                                                                   SUITES13) "}, " ALL_GROUPS(CURVES)
#define MODERN VERSIONS("\"TLS1.2\", \"TLS1.3\"") ", " MODERN_SETS ", \"certificates\": [" RSA "]"
#define TLS13_ONLY                                                                                           \
    VERSIONS("\"TLS1.3\"")                                                                                   \
    ", \"suites\": {" SET("TLS1.3", "\"server\"",                                                            \
                          SUITES13) "}, " ALL_GROUPS(CURVES) ", \"certificates\": [" RSA "]"
#define ECDSA_SUITE "\"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\""
#define ECDSA_ONLY                                                                                           \
    VERSIONS("\"TLS1.2\"")                                                                                   \
    ", \"suites\": {" SET("TLS1.2", "null", ECDSA_SUITE) "}, " ALL_GROUPS(                                   \
        "\"secp256r1\"") ", \"schemes\": {" SET("TLS1.2", "null",                                            \
                                                "\"ecdsa_secp256r1_sha256\"") "}, \"certificates\": [" ECDSA \
                                                                              "]"
#define OLD_SUITES "\"TLS_RSA_WITH_AES_128_CBC_SHA\", \"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA\""
#define PERMISSIVE                                                                                           \
    VERSIONS("\"TLS1.0\", \"TLS1.2\", \"TLS1.3\"")                                                           \
    ", \"suites\": {" SET("TLS1.0", "\"server\"", OLD_SUITES) ", " SET(                                      \
        "TLS1.2", "\"client\"",                                                                              \
        SUITES12 ", " OLD_SUITES) ", " SET("TLS1.3", "\"client\"",                                           \
                                           SUITES13) "}, " ALL_GROUPS(CURVES) ", \"certificates\": [" RSA    \
                                                                              "]"

static const struct tls_facts *facts_of(const char *members)
{
    char *text = arena_format(arena, "{%s}", members);
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    const char *where = NULL;
    void *facts = NULL;

    cr_assert_not_null(json, "%s at %d in %s", error.text, error.position, text);
    cr_assert_eq(facts_from_json(&tls_shape, json, arena, &facts, &where), 0, "%s in %s", where, text);
    json_decref(json);
    return facts;
}

struct row {
    const char *facts, *client;
    enum known connects;
    const char *version, *suite, *group, *key_type; /* NULL: not known, or none */
    const char *words;                              /* a part of the reason or the warning */
};

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void check_row(const struct row *row)
{
    struct client_outcome outcome = client_simulate(arena, facts_of(row->facts), client_named(row->client));
    const char *words = outcome.reason != NULL ? outcome.reason : outcome.warning;

    cr_assert_eq(outcome.connects, row->connects, "%s: %d, %s\n%s", row->client, outcome.connects,
                 words ? words : "-", row->facts);
    cr_assert(same(outcome.version, row->version) && same(outcome.suite, row->suite) &&
                  same(outcome.group, row->group) && same(outcome.key_type, row->key_type),
              "%s: %s %s %s %s\n%s", row->client, outcome.version, outcome.suite, outcome.group,
              outcome.key_type, row->facts);
    cr_assert((words == NULL) == (row->words == NULL) && (words == NULL || strstr(words, row->words) != NULL),
              "%s: %s\n%s", row->client, words ? words : "-", row->facts);
    cr_assert_eq(outcome.reason != NULL, outcome.connects != YES);
}

#define CHECK(rows)                                                                                          \
    for (size_t i_ = 0; i_ < sizeof(rows) / sizeof((rows)[0]); i_++)                                         \
    check_row(&(rows)[i_])

#define A256     "TLS_AES_256_GCM_SHA384"
#define RSA_A256 "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"

Test(client_simulation, whole_facts)
{
    static const struct row rows[] = {
        {MODERN, "thunderbird-153", YES, "TLS1.3", A256, "x25519", "RSA", NULL},
        {MODERN, "outlook-windows-10", YES, "TLS1.2", RSA_A256, "x25519", "RSA", NULL},
        {MODERN, "apple-mail-16", YES, "TLS1.2", RSA_A256, "secp256r1", "RSA", NULL},
        {MODERN, "outlook-windows-7", NO, NULL, NULL, NULL, NULL,
         "no version in common: it speaks TLS 1.0, the server TLS 1.2, TLS 1.3"},
        {MODERN, "outlook-windows-8.1", NO, NULL, NULL, NULL, NULL, "no cipher suite in common (TLS 1.2)"},
        {TLS13_ONLY, "java-11", YES, "TLS1.3", A256, "secp256r1", "RSA", NULL},
        {TLS13_ONLY, "outlook-windows-10", NO, NULL, NULL, NULL, NULL, "no version in common"},
        {ECDSA_ONLY, "android-7", YES, "TLS1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "secp256r1",
         "ECDSA", NULL},
        {ECDSA_ONLY, "postfix-openssl-1.0.2", YES, "TLS1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
         "secp256r1", "ECDSA", NULL},
        {PERMISSIVE, "outlook-windows-7", YES, "TLS1.0", "TLS_RSA_WITH_AES_128_CBC_SHA", NULL, "RSA", NULL},
        {PERMISSIVE, "outlook-windows-8.1", YES, "TLS1.2", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "secp256r1",
         "RSA", NULL},
        /* The client's order counts: it prefers AES-128. */
        {PERMISSIVE, "thunderbird-91", YES, "TLS1.3", "TLS_AES_128_GCM_SHA256", "x25519", "RSA", NULL},
    };

    CHECK(rows);
}

#define ORDERED(order) "\"suites\": {" SET("TLS1.3", order, SUITES13) "}, " ALL_GROUPS(CURVES)
#define UNORDERED(names)                                                                                     \
    VERSIONS("\"TLS1.3\"")                                                                                   \
    ", \"suites\": {\"TLS1.3\": {\"complete\": true, \"order\": \"server\", \"list\": [" names               \
    "]}}, " ALL_GROUPS(CURVES) ", \"certificates\": [" RSA "]"
#define CHACHA                                                                                               \
    VERSIONS("\"TLS1.2\"")                                                                                   \
    ", \"suites\": {\"TLS1.2\": {\"complete\": true, \"order\": \"server\", \"ordered\": true, "             \
    "\"chacha_priority\": true, "                                                                            \
    "\"list\": [" SUITES12 "]}}, " ALL_GROUPS(CURVES) ", \"certificates\": [" RSA "]"

Test(client_simulation, whose_order_counts)
{
    static const struct row rows[] = {
        {VERSIONS("\"TLS1.3\"") ", " ORDERED("\"server\"") ", \"certificates\": [" RSA "]", "thunderbird-91",
         YES, "TLS1.3", A256, "x25519", "RSA", NULL},
        {VERSIONS("\"TLS1.3\"") ", " ORDERED("\"client\"") ", \"certificates\": [" RSA "]", "thunderbird-91",
         YES, "TLS1.3", "TLS_AES_128_GCM_SHA256", "x25519", "RSA", NULL},
        /* Nobody knows whose: only where both lead to the same is it said. */
        {VERSIONS("\"TLS1.3\"") ", " ORDERED("null") ", \"certificates\": [" RSA "]", "thunderbird-91", YES,
         "TLS1.3", NULL, NULL, NULL, NULL},
        {VERSIONS("\"TLS1.3\"") ", " ORDERED("null") ", \"certificates\": [" RSA "]", "postfix-openssl-3.0",
         YES, "TLS1.3", A256, "x25519", "RSA", NULL},
        /* The server's, but in which order its list is nobody knows. */
        {UNORDERED(SUITES13), "thunderbird-91", YES, "TLS1.3", NULL, NULL, NULL, NULL},
        {UNORDERED("\"TLS_AES_256_GCM_SHA384\""), "thunderbird-91", YES, "TLS1.3", A256, "x25519", "RSA",
         NULL},
        {CHACHA, "android-7", YES, "TLS1.2", RSA_A256, "secp256r1", "RSA", NULL},
    };
    struct mail_client prefers = *client_named("android-7");

    CHECK(rows);
    prefers.suites = (struct list){0};
    cr_assert_eq(
        list_add(&prefers.suites, arena, arena_text(arena, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256")),
        0);
    cr_assert_eq(list_add(&prefers.suites, arena, arena_text(arena, RSA_A256)), 0);
    cr_assert_str_eq(client_simulate(arena, facts_of(CHACHA), &prefers).suite,
                     "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
}

#define VERSIONS_PART "\"versions\": {\"complete\": false, \"reason\": \"pushback\", \"list\": [\"TLS1.2\"]}"
#define SUITES_PART                                                                                          \
    VERSIONS("\"TLS1.2\"")                                                                                   \
    ", \"suites\": {" PART("TLS1.2",                                                                         \
                           "\"" RSA_A256 "\"") "}, " ALL_GROUPS(CURVES) ", \"certificates\": [" RSA "]"
#define GROUPS_PART                                                                                          \
    VERSIONS("\"TLS1.2\"")                                                                                   \
    ", \"suites\": {" SET("TLS1.2", "\"server\"", SUITES12) "}, \"groups\": {" PART(                         \
        "TLS1.2", "\"secp521r1\"") "}, \"certificates\": [" RSA "]"

Test(client_simulation, what_is_missing_is_not_known)
{
    static const struct row rows[] = {
        {"", "thunderbird-153", UNKNOWN, NULL, NULL, NULL, NULL, "not enumerated"},
        {VERSIONS_PART, "outlook-windows-10", UNKNOWN, NULL, NULL, NULL, NULL,
         "cipher suites were not enumerated"},
        {VERSIONS_PART ", " MODERN_SETS, "thunderbird-153", UNKNOWN, NULL, NULL, NULL, NULL,
         "whether the server speaks TLS 1.3 is not known: pushback"},
        {VERSIONS_PART ", " MODERN_SETS, "outlook-windows-7", UNKNOWN, NULL, NULL, NULL, NULL, "TLS 1.0"},
        /* One suite is enough to connect, but another may be preferred. */
        {SUITES_PART, "outlook-windows-10", YES, "TLS1.2", NULL, NULL, NULL, NULL},
        {SUITES_PART, "outlook-windows-8.1", UNKNOWN, NULL, NULL, NULL, NULL, "pushback"},
        {GROUPS_PART, "apple-mail-16", YES, "TLS1.2", RSA_A256, NULL, "RSA", NULL},
        {GROUPS_PART, "android-7", UNKNOWN, NULL, NULL, NULL, NULL, "groups were not observed"},
        /* No certificate, no scheme: how it signs is anybody's guess. */
        {VERSIONS("\"TLS1.2\", \"TLS1.3\"") ", " MODERN_SETS, "thunderbird-153", UNKNOWN, NULL, NULL, NULL,
         NULL, "signs"},
        {VERSIONS("\"TLS1.2\", \"TLS1.3\"") ", " MODERN_SETS ", \"certificates\": [" RSA ", " ECDSA "]",
         "thunderbird-153", YES, "TLS1.3", A256, "x25519", NULL, NULL},
    };

    CHECK(rows);
}

#define WITH(features) MODERN ", \"features\": {" features "}"
#define DHE(bits)                                                                                            \
    VERSIONS("\"TLS1.2\"")                                                                                   \
    ", \"suites\": {" SET("TLS1.2", "null",                                                                  \
                          "\"TLS_DHE_RSA_WITH_AES_256_GCM_SHA384\"") "}, \"certificates\": [" RSA            \
                                                                     "], \"dh\": [{\"bits\": " bits          \
                                                                     ", \"versions\": [\"TLS1.2\"]}]"
#define WEAK_DHE(order, suites)                                                                              \
    VERSIONS("\"TLS1.2\"")                                                                                   \
    ", \"suites\": {" SET("TLS1.2", order,                                                                   \
                          suites) "}, \"certificates\": [" RSA                                               \
                                  "], \"dh\": [{\"bits\": 768, \"versions\": [\"TLS1.2\"]}]"
#define DHE_SUITE         "\"TLS_DHE_RSA_WITH_AES_256_GCM_SHA384\""
#define RSA_SUITE         "\"TLS_RSA_WITH_AES_256_GCM_SHA384\""
#define DHE_OR_RSA(order) WEAK_DHE(order, DHE_SUITE ", " RSA_SUITE)
#define RSA_OR_DHE(order) WEAK_DHE(order, RSA_SUITE ", " DHE_SUITE)
#define SCHEMES(names)                                                                                       \
    MODERN ", \"schemes\": {" SET("TLS1.2", "null", names) ", " SET("TLS1.3", "null", names) "}"
#define UNTRUSTED                                                                                            \
    VERSIONS("\"TLS1.3\"")                                                                                   \
    ", " ORDERED("\"server\"") ", \"certificates\": [{\"key\": {\"type\": \"RSA\"}, \"trusted\": false}]"
#define CURVE_521                                                                                            \
    VERSIONS("\"TLS1.2\"")                                                                                   \
    ", \"suites\": {" SET("TLS1.2", "null", ECDSA_SUITE) "}, " ALL_GROUPS(CURVES) ", \"schemes\": {" SET(    \
        "TLS1.2", "null",                                                                                    \
        "\"ecdsa_secp521r1_sha512\", \"ecdsa_secp256r1_sha256\"") "}, \"certificates\": [{\"key\": "         \
                                                                  "{\"type\": \"ECDSA\", \"curve\": "        \
                                                                  "\"secp521r1\"}, \"trusted\": true}]"
#define FAR_GROUP                                                                                            \
    VERSIONS("\"TLS1.3\"") ", \"suites\": {" SET("TLS1.3", "null", SUITES13) "}, " ALL_GROUPS("\"x448\"")

Test(client_simulation, what_stops_a_client)
{
    static const struct row rows[] = {
        {WITH("\"sni_needed\": true"), "postfix-openssl-3.0", NO, NULL, NULL, NULL, NULL,
         "sends no server name"},
        {WITH("\"sni_needed\": true"), "exchange-2019-server-2019", UNKNOWN, NULL, NULL, NULL, NULL,
         "not known"},
        {WITH("\"sni_needed\": true"), "thunderbird-153", YES, "TLS1.3", A256, "x25519", "RSA", NULL},
        {WITH("\"large_hello\": false"), "exim-openssl-3.5", NO, NULL, NULL, NULL, NULL, "post-quantum"},
        {WITH("\"large_hello\": false"), "exim-openssl-3.0", YES, "TLS1.3", A256, "x25519", "RSA", NULL},
        {WITH("\"suites_max\": 64"), "postfix-openssl-3.0", NO, NULL, NULL, NULL, NULL,
         "as many cipher suites"},
        {WITH("\"suites_max\": 64"), "exim-openssl-3.0", YES, "TLS1.3", A256, "x25519", "RSA", NULL},
        {DHE("768"), "outlook-windows-8.1", NO, NULL, NULL, NULL, NULL, "768 bits, only 1024 or more"},
        {DHE("4096"), "java-8-u161", NO, NULL, NULL, NULL, NULL, "4096 bits, only up to 2048"},
        {DHE("2048"), "java-8-u161", YES, "TLS1.2", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", NULL, "RSA", NULL},
        /* The server does not know what the client takes: it chooses DHE, and that is the end. */
        {DHE_OR_RSA("\"server\""), "outlook-windows-8.1", NO, NULL, NULL, NULL, NULL, "768 bits"},
        {DHE_OR_RSA("null"), "outlook-windows-8.1", NO, NULL, NULL, NULL, NULL, "768 bits"},
        {DHE_OR_RSA("\"server\""), "outlook-windows-10", YES, "TLS1.2", "TLS_RSA_WITH_AES_256_GCM_SHA384",
         NULL, "RSA", NULL},
        {RSA_OR_DHE("null"), "outlook-windows-8.1", UNKNOWN, NULL, NULL, NULL, NULL, "whose order"},
        {RSA_OR_DHE("\"server\""), "outlook-windows-8.1", YES, "TLS1.2", "TLS_RSA_WITH_AES_256_GCM_SHA384",
         NULL, "RSA", NULL},
        {SCHEMES("\"rsa_pss_pss_sha256\""), "outlook-windows-10", NO, NULL, NULL, NULL, NULL,
         "no signature scheme in common"},
        {SCHEMES("\"rsa_pss_rsae_sha512\""), "thunderbird-153", YES, "TLS1.3", A256, "x25519", "RSA", NULL},
        {UNTRUSTED, "thunderbird-153", YES, "TLS1.3", A256, "x25519", "RSA", "does not trust"},
        {UNTRUSTED, "postfix-openssl-3.0", YES, "TLS1.3", A256, "x25519", "RSA", NULL},
        {CURVE_521, "android-8.1", NO, NULL, NULL, NULL, NULL, "does not know the curve"},
        {CURVE_521, "thunderbird-91", YES, "TLS1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "x25519",
         "ECDSA", NULL},
        {FAR_GROUP, "thunderbird-153", NO, NULL, NULL, NULL, NULL,
         "no key exchange group in common (TLS 1.3)"},
    };

    CHECK(rows);
}

Test(client_simulation, a_client_without_extensions)
{
    struct mail_client old = *client_named("outlook-windows-7-tls1.2");
    static const char facts[] = VERSIONS("\"TLS1.2\"") ", \"suites\": {" SET(
        "TLS1.2", "null",
        "\"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA\"") "}, \"groups\": {" SET("TLS1.2", "null",
                                                                         "\"secp521r1\"") "}, \"schemes\": "
                                                                                          "{" SET(
                                                                                              "TLS1.2",
                                                                                              "null",
                                                                                              "\"rsa_"
                                                                                              "pkcs1_"
                                                                                              "sha1\"") "}";

    cr_assert_eq(client_simulate(arena, facts_of(facts), &old).connects, NO);
    old.groups = (struct list){0};
    old.schemes = (struct list){0};
    cr_assert_eq(client_simulate(arena, facts_of(facts), &old).connects, YES);
}

/* ---- what is said of a port ---- */

Test(client_simulation, words)
{
    struct endpoint_facts endpoint = {.service = "smtp"};
    struct client_meeting meeting;
    size_t clear = 0;

    cr_assert_eq(client_meet(arena, &endpoint, &clients, &meeting), 0);
    cr_assert_eq(meeting.results.count, 0u);
    endpoint.tls = (struct tls_facts *)(uintptr_t)facts_of(PERMISSIVE);
    cr_assert_eq(client_meet(arena, &endpoint, &clients, &meeting), 0);
    cr_assert_str_eq(client_meeting_words(arena, &meeting, true),
                     arena_format(arena, "all %zu sending servers connect", meeting.results.count));
    endpoint.tls = (struct tls_facts *)(uintptr_t)facts_of(TLS13_ONLY);
    cr_assert_eq(client_meet(arena, &endpoint, &clients, &meeting), 0);
    cr_assert(strstr(client_meeting_words(arena, &meeting, true),
                     "sending servers connect; not: Postfix up to 3.3 with OpenSSL 1.0.2, Exchange 2016") !=
                  NULL,
              "%s", client_meeting_words(arena, &meeting, true));
    cr_assert_not_null(
        strstr(client_meeting_words(arena, &meeting, false), "sending servers connect, 3 cannot"));
    for (size_t i = 0; i < meeting.results.count; i++) {
        const struct client_result *result = meeting.results.items[i];
        const char *then = client_without_tls_words(result);

        cr_assert_eq(then == NULL, result->outcome.connects == YES);
        clear += then != NULL && strstr(then, "then sends without TLS") != NULL;
    }
    cr_assert_eq(clear, 1u);
    endpoint.service = "imaps";
    endpoint.tls = (struct tls_facts *)(uintptr_t)facts_of(VERSIONS_PART);
    cr_assert_eq(client_meet(arena, &endpoint, &clients, &meeting), 0);
    cr_assert_eq(meeting.unknown, meeting.results.count);
    cr_assert_not_null(
        strstr(client_meeting_words(arena, &meeting, true), "0 of 22 mail programs connect; not known: "));
    endpoint.tls = (struct tls_facts *)(uintptr_t)facts_of(UNTRUSTED);
    cr_assert_eq(client_meet(arena, &endpoint, &clients, &meeting), 0);
    cr_assert_eq(meeting.warned, meeting.connect);
    cr_assert_not_null(
        strstr(client_meeting_words(arena, &meeting, false), " do not trust the certificate, "));
}
