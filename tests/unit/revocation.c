/*
 * revocation.c - tests of OCSP responses and CRLs: who signed them, what they are about, whether they still count
 */
#include "scanner/net/revocation.h"

#include "scanner/base/arena.h"
#include "scanner/net/tls.h"
#include "tests/unit/revocation_answers.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <string.h>

enum { NOW = 1924992000 /* 2031-01-01, not the time of the test */, HOUR = 3600, DAY = 24 * HOUR };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define POINT        "http://crl.example/1.crl"

struct world {
    struct arena *arena;
    struct tls_material *material;
    const struct identity *leaf, *other, *stranger, *delegate, *impostor, *late;
    struct certificate_facts *facts;
};

static struct certificate_facts *read_chain(struct world *world, const struct identity *leaf)
{
    struct bytes chain[2] = {material_der(world->material, leaf),
                             material_der(world->material, leaf->issuer)};
    struct certificate_facts *facts = NULL;

    cr_assert_eq(certificate_read(chain, 2, world->arena, &facts), 0);
    return facts;
}

static struct world world_new(void)
{
    struct world world = {.arena = arena_new(0), .material = material_new(NOW)};
    struct tls_material *material = world.material;

    world.leaf = material_leaf(material, &(struct recipe){.name = "mail.example.org", .crl = "URI:" POINT});
    world.other = material_leaf(material, &(struct recipe){.name = "other.example.org"});
    world.stranger =
        material_issue(material, &(struct recipe){.name = "Test Intermediate", .ca = true}, NULL);
    world.delegate =
        material_leaf(material, &(struct recipe){.name = "Responder", .key_usage = "OCSPSigning"});
    world.late = material_leaf(
        material, &(struct recipe){.name = "Responder", .key_usage = "OCSPSigning", .not_after = -HOUR});
    world.impostor = material_leaf(material, &(struct recipe){.name = "mail.example.net"});
    world.facts = read_chain(&world, world.leaf);
    return world;
}

static void world_free(struct world *world)
{
    material_free(world->material);
    arena_free(world->arena);
}

static struct revocation_question question_of(struct world *world)
{
    struct revocation_question question = {0};

    cr_assert_eq(revocation_question_of(world->facts, NOW, &question), 0);
    return question;
}

/* "good", "revoked keyCompromise", "! why it is not known" */
static const char *in_words(struct arena *arena, const struct revocation_answer_facts *answer)
{
    switch (answer->status) {
    case REVOCATION_GOOD:
        return "good";
    case REVOCATION_REVOKED:
        cr_expect_eq(answer->revoked_at.value, NOW - DAY);
        return arena_format(arena, "revoked %s", answer->revocation_reason);
    case REVOCATION_UNKNOWN:
        return "unknown";
    case REVOCATION_NOT_OBSERVED:
        break;
    }
    return arena_format(arena, "! %s", answer->failure);
}

static void expect_answer(struct world *world, const struct saying *saying, bool crl, const char *expected,
                          size_t row)
{
    struct revocation_question question = question_of(world);
    struct bytes der = crl ? crl_new(saying, NOW) : ocsp_response_new(saying, NOW);
    struct revocation_answer_facts answer = {0};
    const char *words;

    cr_assert_eq((crl ? crl_read : ocsp_read)(&question, der, world->arena, &answer), 0);
    words = in_words(world->arena, &answer);
    cr_expect_str_eq(words, expected, "row %zu: %s", row, words);
    cr_expect_eq((answer.status == REVOCATION_NOT_OBSERVED), (answer.failure != NULL), "row %zu", row);
    if (!crl)
        cr_expect(bytes_equal(answer.der, der));
    cr_expect_eq(ERR_peek_error(), 0UL);
    OPENSSL_free((void *)(uintptr_t)der.data);
}

#define NOT_SIGNED "! its signature does not hold, or is not by the certificate's authority"

Test(revocation, ocsp)
{
    struct world world = world_new();
    const struct {
        struct saying saying;
        const char *expected;
    } rows[] = {
        {{.about = world.leaf}, "good"},
        {{.about = world.leaf, .status = V_OCSP_CERTSTATUS_REVOKED}, "revoked keyCompromise"},
        {{.about = world.leaf, .status = V_OCSP_CERTSTATUS_UNKNOWN}, "unknown"},
        {{.about = world.leaf, .digest = "SHA256"}, "good"},
        {{.about = world.leaf, .endless = true}, "good"},
        /* who signed it */
        {{.about = world.leaf, .signer = world.delegate}, "good"},
        {{.about = world.leaf, .signer = world.delegate, .status = V_OCSP_CERTSTATUS_REVOKED},
         "revoked keyCompromise"},
        {{.about = world.leaf, .broken = true}, NOT_SIGNED},
        {{.about = world.leaf, .signer = world.stranger}, NOT_SIGNED}, /* a key of the same name */
        {{.about = world.leaf, .signer = world.impostor}, NOT_SIGNED}, /* another customer of the authority */
        {{.about = world.leaf, .signer = world.late}, NOT_SIGNED},     /* a responder that has expired */
        {{.about = world.leaf, .signer = material_root(world.material)}, NOT_SIGNED},
        /* what it is about */
        {{.about = world.other}, "! it is about another certificate"},
        {{.about = world.other, .status = V_OCSP_CERTSTATUS_REVOKED}, "! it is about another certificate"},
        /* when */
        {{.about = world.leaf, .from = -3 * DAY, .until = -HOUR}, "! it is out of date"},
        {{.about = world.leaf, .from = -3 * DAY, .until = -HOUR, .status = V_OCSP_CERTSTATUS_REVOKED},
         "! it is out of date"},
        {{.about = world.leaf, .from = -3 * DAY, .until = -200}, "good"}, /* clocks differ */
        {{.about = world.leaf, .from = HOUR}, "! it is not true yet"},
        {{.about = world.leaf, .from = 200}, "good"},
        {{.about = world.leaf, .response_status = OCSP_RESPONSE_STATUS_TRYLATER},
         "! the responder says: trylater"},
        {{.about = world.leaf, .response_status = OCSP_RESPONSE_STATUS_UNAUTHORIZED},
         "! the responder says: unauthorized"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        expect_answer(&world, &rows[i].saying, false, rows[i].expected, i);
    world_free(&world);
}

Test(revocation, crl)
{
    struct world world = world_new();
    const struct {
        struct saying saying;
        const char *expected;
    } rows[] = {
        {{.about = world.leaf}, "good"},
        {{.about = world.leaf, .revoked = true}, "revoked keyCompromise"},
        {{.about = world.other, .revoked = true}, "good"}, /* somebody else is on the list */
        {{.about = world.leaf, .endless = true}, "good"},
        /* whose list */
        {{.about = world.leaf, .broken = true}, "! CRL signature failure"},
        {{.about = world.leaf, .signer = world.stranger}, "! CRL signature failure"},
        {{.about = world.leaf, .signer = material_root(world.material)}, "! unable to get certificate CRL"},
        /* a part of it */
        {{.about = world.leaf, .point = POINT}, "good"},
        {{.about = world.leaf, .point = POINT, .revoked = true}, "revoked keyCompromise"},
        {{.about = world.leaf, .point = "http://crl.example/2.crl"}, "! different CRL scope"},
        /* when */
        {{.about = world.leaf, .from = -3 * DAY, .until = -HOUR}, "! it is out of date"},
        {{.about = world.leaf, .from = -3 * DAY, .until = -200}, "good"},
        {{.about = world.leaf, .from = HOUR}, "! it is not true yet"},
        {{.about = world.leaf, .from = 200, .until = DAY, .revoked = true}, "revoked keyCompromise"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        expect_answer(&world, &rows[i].saying, true, rows[i].expected, i);
    world_free(&world);
}

/* A certificate that has expired can have been revoked before, or not. */
Test(revocation, expired_leaf)
{
    struct world world = world_new();

    world.leaf =
        material_leaf(world.material, &(struct recipe){.name = "old.example.org", .not_after = -HOUR});
    world.facts = read_chain(&world, world.leaf);
    expect_answer(&world, &(struct saying){.about = world.leaf}, true, "good", 0);
    expect_answer(&world, &(struct saying){.about = world.leaf, .revoked = true}, true,
                  "revoked keyCompromise", 1);
    expect_answer(&world, &(struct saying){.about = world.leaf}, false, "good", 2);
    world_free(&world);
}

Test(revocation, nonsense)
{
    struct world world = world_new();
    struct revocation_question question = question_of(&world);
    struct bytes good = ocsp_response_new(&(struct saying){.about = world.leaf}, NOW);
    const struct bytes rows[] = {bytes_of("", 0), bytes_of("\x30\x03\x0a\x01", 4),
                                 bytes_of("<html>no such page</html>", 25),
                                 bytes_of(good.data, good.size - 1)};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct revocation_answer_facts answer = {0}, list = {0};

        cr_assert_eq(ocsp_read(&question, rows[i], world.arena, &answer), 0);
        cr_expect_str_eq(answer.failure, "it is no OCSP response");
        cr_assert_eq(crl_read(&question, rows[i], world.arena, &list), 0);
        cr_expect_str_eq(list.failure, "it is no CRL in DER form");
        cr_expect_eq(answer.status + list.status, REVOCATION_NOT_OBSERVED);
    }
    OPENSSL_free((void *)(uintptr_t)good.data);
    world_free(&world);
}

/* Who issued it is found wherever it stands in the chain, and only by its signature. */
Test(revocation, issuer)
{
    struct world world = world_new();
    const struct identity *intermediate = material_intermediate(world.material);
    const struct {
        const struct identity *chain[3];
        size_t count;
        int result;
    } rows[] = {
        {{world.leaf, intermediate}, 2, 0},
        {{world.leaf, material_root(world.material), intermediate}, 3, 0},
        {{world.leaf}, 1, -ENOENT},
        {{world.leaf, material_root(world.material)}, 2, -ENOENT},
        {{world.leaf, world.stranger}, 2, -ENOENT}, /* of the same name */
        {{world.leaf, world.stranger, intermediate}, 3, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct certificate_facts *facts = NULL;
        struct revocation_question question = {0};
        struct bytes chain[3];

        for (size_t j = 0; j < rows[i].count; j++)
            chain[j] = material_der(world.material, rows[i].chain[j]);
        cr_assert_eq(certificate_read(chain, rows[i].count, world.arena, &facts), 0);
        cr_expect_eq(revocation_question_of(facts, NOW, &question), rows[i].result, "row %zu", i);
        if (rows[i].result == 0)
            cr_expect(bytes_equal(question.issuer, material_der(world.material, intermediate)), "row %zu", i);
    }
    world_free(&world);
}

/* The request comes back out of the URL as it went in. */
Test(revocation, request)
{
    struct world world = world_new();
    struct revocation_question question = question_of(&world);
    const struct revocation_question empty = {0};
    const char *with = NULL, *without = NULL;

    cr_assert_eq(ocsp_request_url(&question, "http://ocsp.example", world.arena, &without), 0);
    cr_assert_eq(ocsp_request_url(&question, "http://ocsp.example/", world.arena, &with), 0);
    cr_expect_str_eq(with, without);
    cr_expect(strncmp(with, "http://ocsp.example/M", 21) == 0, "%s", with); /* a SEQUENCE */
    cr_expect_null(strpbrk(with + 20, "/+="));
    cr_expect_eq(ocsp_request_url(&empty, "http://ocsp.example/", world.arena, &with), -EBADMSG);
    world_free(&world);
}

Test(revocation, urls)
{
    struct world world = world_new();
    const struct identity *leaf = material_leaf(
        world.material, &(struct recipe){.name = "a.example", .crl = "URI:http://a/1,URI:http://a/2"});

    cr_expect_eq(world.facts->crl_urls.count, 1);
    cr_expect_str_eq(world.facts->crl_urls.items[0], POINT);
    cr_expect_eq(read_chain(&world, leaf)->crl_urls.count, 2);
    cr_expect(read_chain(&world, world.other)->crl_urls.observed);
    cr_expect_eq(read_chain(&world, world.other)->crl_urls.count, 0);
    world_free(&world);
}
