/*
 * suite_words.c - the words of a fix, given to OpenSSL: what is bad is gone, what is good is left
 *
 * The suites are OpenSSL's own, all that it knows; what of them is bad is asked of the registry.
 */
#include <openssl/ssl.h> /* before judged.h, whose HOST_NAME is a name of a parameter there */

#include "tests/unit/checks_tls.h"

#include "scanner/facts/tls_registry.h"

#include <criterion/criterion.h>
#include <string.h>

#define EVERYTHING "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
enum { TEXT_MAX = 16384 };

/* What OpenSSL makes of a cipher list, in its order, without the suites of TLS 1.3. */
static struct list suites_of(struct arena *arena, const char *list)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    struct list suites = {0};
    STACK_OF(SSL_CIPHER) * ciphers;

    cr_assert(SSL_CTX_set_ciphersuites(context, ""));
    cr_assert(SSL_CTX_set_cipher_list(context, list), "OpenSSL takes nothing of %s", list);
    ciphers = SSL_CTX_get_ciphers(context);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const struct tls_suite *suite =
            tls_suite_by_name(SSL_CIPHER_standard_name(sk_SSL_CIPHER_value(ciphers, i)));

        if (suite != NULL)
            cr_assert_eq(list_add(&suites, arena, (void *)(uintptr_t)suite), 0);
    }
    SSL_CTX_free(context);
    return suites;
}

static const struct tls_suite *suite_at(const struct list *suites, size_t place)
{
    return suites->items[place];
}

static bool has(const struct list *suites, const struct tls_suite *suite)
{
    for (size_t i = 0; i < suites->count; i++)
        if (suites->items[i] == suite)
            return true;
    return false;
}

static bool is_broken(const struct tls_suite *suite)
{
    return suite->strength_bits < 128 || suite->cipher == TLS_CIPHER_RC4 || suite->block_bits == 64;
}

/* Where passwords are sent and encrypt-then-MAC is missing. */
static bool is_bad(const struct tls_suite *suite)
{
    return is_broken(suite) || suite->authentication == TLS_AUTH_NONE || !suite->forward_secrecy ||
           !suite->aead;
}

/* What follows `setting` in the fix of a finding, to the end of its line; NULL: no such line. */
static const char *setting_of(struct arena *arena, const struct finding *finding, const char *setting)
{
    for (size_t i = 0; i < finding->fix.count; i++) {
        const char *fix = finding->fix.items[i], *found = strstr(fix, setting);

        if (found != NULL) {
            found += strlen(setting);
            return arena_format(arena, "%.*s", (int)strcspn(found, "\n"), found);
        }
    }
    return NULL;
}

/* The value of a setting in the fixes of the first check that complains about the port's suites. */
static const char *value_of(struct arena *arena, const char *patches, const char *at, const char *setting)
{
    static const char *const checks[] = {
        "tls.suites.null", "tls.suites.rc4",   "tls.suites.des",
        "tls.suites.3des", "tls.sweet32",      "tls.suites.forward_secrecy",
        "tls.suites.cbc",  "tls.suites.order", "tls.suites.anonymous",
    };
    const struct judgement *judgement = judged(arena, patched_scan(arena, patches));

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        const struct finding *finding = finding_of(judgement, arena_format(arena, "%s%s", checks[i], at));
        const char *value = finding == NULL ? NULL : setting_of(arena, finding, setting);

        if (value != NULL)
            return value;
    }
    cr_assert_fail("no fix says \"%s\" for\n%s", setting, patches);
    return NULL;
}

/* "aNULL, kRSA" as Postfix gives it to OpenSSL. */
static const char *without(struct arena *arena, const char *words)
{
    const char *list = "ALL:COMPLEMENTOFALL";

    for (const char *word = words; *word != '\0';) {
        size_t length = strcspn(word, ", ");

        if (length > 0)
            list = arena_format(arena, "%s:!%.*s", list, (int)length, word);
        word += length;
        word += strspn(word, ", ");
    }
    return arena_format(arena, "%s:@SECLEVEL=0", list);
}

static const char *patch_of(struct arena *arena, const char *endpoint, const struct list *suites)
{
    char *names = arena_alloc(arena, TEXT_MAX);
    size_t length = 0;

    for (size_t i = 0; i < suites->count; i++)
        length += (size_t)snprintf(names + length, TEXT_MAX - length, ", \"%s\"", suite_at(suites, i)->name);
    cr_assert_lt(length, (size_t)TEXT_MAX);
    return arena_format(arena,
                        "%s.tls.suites {\"TLS1.2\": {\"complete\": true, \"order\": \"server\", \"list\": "
                        "[%s%s]}, %s}\n%s.tls.features.encrypt_then_mac false\n",
                        endpoint, GOOD12, names, GOOD13, endpoint);
}

/* What is left of a cipher list, in which nothing of the bad may be and something good must be. */
static void check_gone(const struct list *left, const struct tls_suite *bad, const char *server)
{
    cr_expect(!has(left, bad), "%s keeps %s", server, bad->name);
    cr_expect(has(left, tls_suite_by_name("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")),
              "%s leaves good suites out with %s", server, bad->name);
}

static void check_bad_suite(const struct tls_suite *bad)
{
    struct arena *arena = arena_new(0);
    struct list one = {0}, left;

    cr_assert_eq(list_add(&one, arena, (void *)(uintptr_t)bad), 0);
    left = suites_of(arena, without(arena, value_of(arena, patch_of(arena, "E465", &one), AT465,
                                                    "smtpd_tls_mandatory_exclude_ciphers = ")));
    check_gone(&left, bad, "Postfix");
    left = suites_of(
        arena, arena_format(arena, "%s:@SECLEVEL=0",
                            value_of(arena, patch_of(arena, "E993", &one), AT993, "ssl_cipher_list = ")));
    check_gone(&left, bad, "Dovecot");
    arena_free(arena);
}

/* Each bad suite alone, beside a good one. */
Test(suite_words, each_bad_suite_goes)
{
    struct arena *arena = arena_new(0);
    const struct list all = suites_of(arena, EVERYTHING);
    size_t bad = 0;

    for (size_t i = 0; i < all.count; i++)
        if (is_bad(suite_at(&all, i))) {
            check_bad_suite(suite_at(&all, i));
            bad++;
        }
    cr_expect_gt(bad, (size_t)100, "%zu bad suites", bad);
    arena_free(arena);
}

/* All that OpenSSL knows at once. */
Test(suite_words, all_bad_suites_go)
{
    struct arena *arena = arena_new(0);
    const struct list all = suites_of(arena, EVERYTHING);
    const struct list left =
        suites_of(arena, without(arena, value_of(arena, patch_of(arena, "E465", &all), AT465,
                                                 "smtpd_tls_mandatory_exclude_ciphers = ")));

    cr_expect_gt(left.count, (size_t)0);
    for (size_t i = 0; i < left.count; i++)
        cr_expect(!is_bad(suite_at(&left, i)), "%s is kept", suite_at(&left, i)->name);
    arena_free(arena);
}

/* On port 25 what is broken goes, and old senders keep RSA key exchange and CBC. */
Test(suite_words, port_25_keeps_old_senders)
{
    struct arena *arena = arena_new(0);
    const struct list all = suites_of(arena, EVERYTHING);
    const struct list left = suites_of(arena, without(arena, value_of(arena, patch_of(arena, "E25", &all),
                                                                      AT25, "smtpd_tls_exclude_ciphers = ")));

    for (size_t i = 0; i < all.count; i++)
        cr_expect_eq(has(&left, suite_at(&all, i)), !is_broken(suite_at(&all, i)), "%s",
                     suite_at(&all, i)->name);
    arena_free(arena);
}

/* The order that Postfix is told on port 25: anonymous suites first, as it has them, and no suite without forward
 * secrecy before a good one. */
Test(suite_words, port_25_puts_the_worse_last)
{
    struct arena *arena = arena_new(0);
    const struct list all = suites_of(arena, "HIGH:MEDIUM:!aNULL:@STRENGTH:@SECLEVEL=0");
    const struct finding *finding =
        finding_of(judged(arena, patched_scan(arena, patch_of(arena, "E25", &all))), "tls.suites.order" AT25);
    const char *value = setting_of(arena, finding, "tls_medium_cipherlist = ");
    struct list sorted;
    bool old = false;

    cr_assert_eq(finding->outcome, OUTCOME_WARN);
    cr_assert_not_null(value);
    sorted = suites_of(arena, arena_format(arena, "%s:@SECLEVEL=0", value));
    cr_assert_gt(sorted.count, all.count);
    cr_expect_eq(suite_at(&sorted, 0)->authentication, TLS_AUTH_NONE, "%s", suite_at(&sorted, 0)->name);
    for (size_t i = 0; i < sorted.count; i++) {
        const struct tls_suite *suite = suite_at(&sorted, i);

        cr_expect(!old || !suite->forward_secrecy || !suite->aead, "%s comes behind a worse one",
                  suite->name);
        old = old || !suite->forward_secrecy;
    }
    arena_free(arena);
}
