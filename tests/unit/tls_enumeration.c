/*
 * tls_enumeration.c - tests of finding all that a server accepts, against OpenSSL's server behind manners of its own
 *
 * What there is to be found is asked of the server in memory, one candidate a hello: no elimination, no network.
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "scanner/net/hello.h"
#include "tests/unit/openssl_server.h"
#include "tests/unit/revocation_answers.h"
#include "tests/unit/tls_peer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

enum { HOUR = 3600 * 1000, ARENA = 8 * 1024 * 1024, TRUTH_MAX = 256 };

#define SOME_SUITES                                                                                          \
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:DHE-RSA-AES128-GCM-"       \
    "SHA256:AES128-SHA"

/* Before an ECDSA suite is picked, more RSA suites are than it takes to ask for signatures beside them. */
#define RSA_SUITES_FIRST                                                                                     \
    "AES128-SHA:AES256-SHA:CAMELLIA128-SHA:CAMELLIA256-SHA:AES128-SHA256:AES256-SHA256:ECDHE-RSA-AES128-"    \
    "SHA:ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-"   \
    "GCM-SHA384"

static struct tls_material *material;
static const struct identity *identity;
static const char *root_file;

static const struct identity *identity_with(enum material_key key)
{
    return material_leaf(material, &(struct recipe){.name = "mail.example.org", .key = key});
}

static void make_material(void)
{
    material = material_new(TLS_PEER_TIME);
    identity = identity_with(MATERIAL_RSA2048);
    root_file = material_root_file(material);
}

static void free_material(void)
{
    material_free(material);
}

TestSuite(tls_enumeration, .init = make_material, .fini = free_material, .timeout = 280);

/* ---- a scan ---- */

struct scan {
    struct tls_peer peer;
    struct endpoint_facts endpoint;
    struct arena *arena;
    int64_t deadline;
    int64_t stop_ms;       /* 0: never */
    enum scan_depth depth; /* DEPTH_QUICK: standard */
    const char *protocol;  /* that the server chooses (ALPN); NULL: it ignores them */
    bool names_it_anyway;  /* whatever is offered */
    bool strict;           /* it refuses all others */
    struct bytes staple;   /* an OCSP response that the server has */
    bool only_13;
    bool needs_share; /* it refuses a hello of TLS 1.3 without a key share, rather than ask for one */
    const struct identity *more[4]; /* certificates with other keys */
    const char *states; /* groups that it has in a handshake, and all when it is asked for them; NULL: all */
    const char *only_suite_13; /* NULL: OpenSSL's */
    const char *only_groups;   /* all that it has for the name that is asked for; NULL: OpenSSL's */
    bool has_other_name;       /* ... and for another, which is known before, it has what `states` says */
    int result;
    int64_t ended;
};

static const char other_name[] = "other.example.org";

static void run_probes(void *argument)
{
    struct scan *scan = argument;
    struct network *network = &scan->peer.network;

    scan->result = endpoint_probe(network, &scan->endpoint, "mail.example.org", scan->deadline, scan->arena);
    if (scan->result == 0 && scan->has_other_name)
        scan->result = endpoint_probe_name(network, &scan->endpoint, other_name, DEPTH_QUICK, scan->deadline,
                                           scan->arena);
    if (scan->result == 0)
        scan->result = tls_enumeration_probe(network, &scan->endpoint, "mail.example.org",
                                             scan->depth != DEPTH_QUICK ? scan->depth : DEPTH_STANDARD,
                                             scan->deadline, scan->arena);
    scan->ended = engine_now(network->engine);
}

static void run_user(void *argument)
{
    struct scan *scan = argument;
    struct engine *engine = scan->peer.network.engine;
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(engine), "scan", &group), 0);
    cr_assert_eq(task_spawn(group, run_probes, scan, "probes"), 0);
    if (scan->stop_ms > 0)
        cr_assert_eq(task_sleep(engine, scan->stop_ms, "the user"), 0);
    else
        cr_assert_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
}

static int choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_size,
                           const unsigned char *offered, unsigned size, void *argument)
{
    const struct scan *scan = argument;
    size_t length = strlen(scan->protocol);

    (void)ssl;
    *ret = (const unsigned char *)scan->protocol;
    *ret_size = (unsigned char)length;
    for (unsigned i = 0; i < size; i += offered[i] + 1U)
        if (offered[i] == length && memcmp(offered + i + 1, scan->protocol, length) == 0)
            return SSL_TLSEXT_ERR_OK;
    return scan->names_it_anyway ? SSL_TLSEXT_ERR_OK
           : scan->strict        ? SSL_TLSEXT_ERR_ALERT_FATAL
                                 : SSL_TLSEXT_ERR_NOACK;
}

static int give_staple(SSL *ssl, void *argument)
{
    const struct bytes *staple = argument;

    cr_assert(
        SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_memdup(staple->data, staple->size), (int)staple->size));
    return SSL_TLSEXT_ERR_OK;
}

static bool is_for_other_name(SSL *ssl)
{
    const unsigned char *name;
    size_t size;

    return SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &name, &size) &&
           size == 5 + strlen(other_name) && memcmp(name + 5, other_name, strlen(other_name)) == 0;
}

/* Behind one address are servers that do not agree, or one that has different groups for different names. */
static int choose_groups(SSL *ssl, int *ret_alert, void *argument)
{
    const struct scan *scan = argument;
    const unsigned char *share;
    size_t size;
    bool shakes_hands = SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_key_share, &share, &size) && size > 2;

    *ret_alert = SSL_AD_HANDSHAKE_FAILURE;
    if (scan->needs_share && !shakes_hands)
        return SSL_CLIENT_HELLO_ERROR;
    if (scan->states != NULL && (scan->has_other_name ? is_for_other_name(ssl) : shakes_hands))
        cr_assert(SSL_set1_groups_list(ssl, scan->states));
    return SSL_CLIENT_HELLO_SUCCESS;
}

/* The caller has set manners and what else differs. `suites` NULL: all that OpenSSL has. */
static void scan_run(struct scan *scan, const char *suites, size_t memory)
{
    SSL_CTX *server = openssl_server_new(material, identity);

    if (suites != NULL)
        cr_assert_eq(SSL_CTX_set_cipher_list(server, suites), 1);
    if (scan->protocol != NULL)
        SSL_CTX_set_alpn_select_cb(server, choose_protocol, scan);
    if (scan->staple.data != NULL)
        cr_assert(SSL_CTX_set_tlsext_status_cb(server, give_staple) &&
                  SSL_CTX_set_tlsext_status_arg(server, &scan->staple));
    if (scan->only_13)
        cr_assert(SSL_CTX_set_min_proto_version(server, TLS1_3_VERSION));
    for (size_t i = 0; i < 4 && scan->more[i] != NULL; i++)
        cr_assert(SSL_CTX_use_certificate(server, scan->more[i]->certificate) &&
                  SSL_CTX_use_PrivateKey(server, scan->more[i]->key) &&
                  SSL_CTX_add1_chain_cert(server, material_intermediate(material)->certificate));
    if (scan->only_suite_13 != NULL)
        cr_assert(SSL_CTX_set_ciphersuites(server, scan->only_suite_13));
    if (scan->only_groups != NULL)
        cr_assert(SSL_CTX_set1_groups_list(server, scan->only_groups));
    SSL_CTX_set_client_hello_cb(server, choose_groups, scan);
    scan->peer.server = server;
    scan->arena = arena_new(memory);
    scan->endpoint.address = "203.0.114.1";
    scan->endpoint.port = number(25);
    scan->endpoint.service = service_name(SERVICE_SMTP);
    if (scan->deadline == 0)
        scan->deadline = 2 * (int64_t)HOUR;
    tls_peer_open(&scan->peer, root_file);
    tls_peer_run(&scan->peer, run_user, scan);
    cr_expect_not(scan->peer.spoken_to_early);
    tls_peer_close(&scan->peer);
}

static void scan_free(struct scan *scan)
{
    SSL_CTX_free(scan->peer.server);
    arena_free(scan->arena);
}

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

static const struct tls_set_facts *set_of(const struct list *sets, const char *version)
{
    for (size_t i = 0; i < sets->count; i++) {
        const struct tls_set_facts *set = sets->items[i];

        if (strcmp(set->version, version) == 0)
            return set;
    }
    return NULL;
}

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
Test(tls_enumeration, groups_that_the_server_names)
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
Test(tls_enumeration, order_of_groups_that_the_server_names)
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
Test(tls_enumeration, needs_a_key_share)
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
Test(tls_enumeration, groups_of_another_name)
{
    struct scan scan = {.only_13 = true,
                        .only_groups = "X25519:P-256",
                        .has_other_name = true,
                        .states = "P-521:X25519:P-256:P-384"};

    scan_run(&scan, NULL, ARENA);
    expect_groups_13(&scan, 2, 0);
    scan_free(&scan);
}

/* What a guest may find, with the time that somebody gives a scan who knows that the server is slow. */
enum { PATIENT = 400 * 1000 };

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
    const struct saying good = {.about = identity}, other = {.about = identity, .broken = true};
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

/* The server as it is, and then with one thing changed: it goes away at one connection after the other. */
static void go_at_any_moment(const struct scan *calm, const char *suites, bool bans)
{
    struct scan whole = *calm;

    scan_run(&whole, suites, ARENA);
    cr_assert_eq(whole.result, 0);
    for (unsigned from = 2; from <= whole.peer.connections; from++) {
        struct scan scan = *calm;

        scan.deadline = PATIENT;
        scan.peer.manners.ban_after = bans ? from : 0;
        scan.peer.manners.closed_from = bans ? 0 : from;
        scan_run(&scan, suites, ARENA);
        cr_assert_eq(scan.result, 0);
        expect_part_of_versions(scan.endpoint.tls->versions, whole.endpoint.tls->versions, from);
        expect_part_of(&scan.endpoint.tls->suites, &whole.endpoint.tls->suites, from);
        expect_part_of(&scan.endpoint.tls->groups, &whole.endpoint.tls->groups, from);
        expect_part_of(&scan.endpoint.tls->schemes, &whole.endpoint.tls->schemes, from);
        scan_free(&scan);
    }
    scan_free(&whole);
}

/* ... and from who has gone, at any moment, it is not, although he goes on with connections that he let in before. */
Test(tls_enumeration, closes_instead_and_for_good)
{
    const struct scan calm = {.peer.manners = {.closes = true, .delay_ms = 100},
                              .only_13 = true,
                              .only_groups = "X25519",
                              .more = {identity_with(MATERIAL_P256), identity_with(MATERIAL_RSA_PSS2048),
                                       identity_with(MATERIAL_ED25519), identity_with(MATERIAL_ED448)}};
    const struct scan two_keys = {.peer.manners = {.closes = true, .delay_ms = 20}, .more = {calm.more[0]}};
    const struct scan slow = {.peer.manners = {.closes = true, .delay_ms = 200}};

    go_at_any_moment(&calm, NULL, false);
    go_at_any_moment(&two_keys, RSA_SUITES_FIRST, false);
    go_at_any_moment(&slow, SOME_SUITES, false);
}

/* Suites of the other key come to light when schemes of the first are known. */
Test(tls_enumeration, banned_with_two_keys)
{
    const struct scan calm = {.peer.manners.delay_ms = 20, .more = {identity_with(MATERIAL_P256)}};

    go_at_any_moment(&calm, RSA_SUITES_FIRST, true);
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

/* Stopped at any moment: it says so, soon, and leaves nothing behind (the pacer would notice). */
Test(tls_enumeration, stopped_anywhere)
{
    for (int64_t stop_ms = 400; stop_ms < 12000; stop_ms += 700) {
        struct scan scan = {.peer.manners.delay_ms = 100, .stop_ms = stop_ms};

        scan_run(&scan, SOME_SUITES, ARENA);
        cr_expect_leq(scan.ended, stop_ms + CLEANUP_GRACE_MS);
        cr_expect(scan.result == -ECANCELED || scan.result == 0, "%d", scan.result);
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

Test(tls_enumeration, few_tasks_stopped_anywhere)
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
Test(tls_enumeration, stopped_at_deep_depth)
{
    for (int64_t stop_ms = 4000; stop_ms < 6500; stop_ms += 50) {
        struct scan scan = {.peer.manners.delay_ms = 100, .depth = DEPTH_DEEP, .stop_ms = stop_ms};

        scan_run(&scan, SOME_SUITES, ARENA);
        cr_expect_leq(scan.ended, stop_ms + CLEANUP_GRACE_MS);
        cr_expect(scan.result == -ECANCELED || scan.result == 0, "%d", scan.result);
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
