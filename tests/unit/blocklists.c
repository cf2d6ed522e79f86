/*
 * blocklists.c - tests of the reader of blacklists: what is built in, what a file may say, and what is wrong with one
 */
#include "targets/blocklists.h"

#include "scanner/base/arena.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_OF(lists) "{\"schema\": 1, \"name\": \"mine\", \"lists\": [" lists "]}"
#define ENTRY(more)                                                                                          \
    "{\"zone\": \"bl.example\", \"name\": \"BL\", \"kinds\": [\"ipv4\"], \"tier\": 1, " more "}"
#define CODES "\"codes\": [{\"code\": \"127.0.0.2\", \"meaning\": \"spam\"}]"

static int read_text(struct arena *arena, const char *text, const struct blocklists **ret,
                     const char **ret_error)
{
    return blocklists_read(text, strlen(text), arena, ret, ret_error);
}

static const struct blocklist *find(const struct blocklists *lists, const char *zone,
                                    enum blocklist_kind kind)
{
    for (size_t i = 0; i < lists->lists.count; i++) {
        const struct blocklist *list = lists->lists.items[i];

        if (list->kind == kind && strcmp(list->zone, zone) == 0)
            return list;
    }
    return NULL;
}

/* Every built-in list can be tested or says why not, is alive, and says where to be removed. */
Test(blocklists, builtin)
{
    struct arena *arena = arena_new(0);
    const struct blocklists *lists;
    const struct blocklist *zen;
    const char *error = NULL;

    cr_assert_eq(blocklists_load(NULL, arena, &lists, &error), 0, "%s", error);
    cr_expect_geq(lists->lists.count, 20);
    for (size_t i = 0; i < lists->lists.count; i++) {
        const struct blocklist *list = lists->lists.items[i];

        cr_expect_null(list->dead, "%s", list->zone);
        cr_expect_null(list->key, "%s", list->zone);
        cr_expect_str_eq(list->zone, list->asked);
        cr_expect_not_null(list->removal, "%s", list->zone);
        cr_expect_not_null(list->about, "%s", list->zone);
        cr_expect_not_null(list->test_unlisted, "%s", list->zone);
        cr_expect(list->test_listed != NULL || list->welcome, "%s", list->zone);
        cr_expect_eq(list->tier == 0, list->welcome, "%s", list->zone);
    }
    zen = find(lists, "zen.spamhaus.org", BLOCKLIST_IPV6);
    cr_assert_not_null(zen);
    cr_expect_str_eq(zen->test_listed, "::ffff:127.0.0.2");
    cr_expect_not_null(find(lists, "zen.spamhaus.org", BLOCKLIST_IPV4));
    cr_expect_null(find(lists, "zen.spamhaus.org", BLOCKLIST_DOMAIN));
    /* without a key, or switched off */
    cr_expect_null(find(lists, "zrd.spamhaus.net", BLOCKLIST_DOMAIN));
    cr_expect_null(find(lists, "combined.mail.abusix.zone", BLOCKLIST_IPV4));
    cr_expect_null(find(lists, "hostkarma.junkemailfilter.com", BLOCKLIST_IPV4));
    arena_free(arena);
}

Test(blocklists, file)
{
    static const char text[] = FILE_OF(
        "{\"zone\": \"zen.example\", \"name\": \"Zen\", \"kinds\": [\"ipv6\", \"domain\"], \"tier\": 2, "
        "\"key\": \"abc123\", \"keyed_zone\": \"{key}.zen.dq.example\", \"needs_key\": true, "
        "\"codes\": [{\"code\": \"127.0.*.4-7\", \"meaning\": \"a\\u001b[2Jb\", \"policy\": true}, "
        "{\"bit\": 64, \"meaning\": \"abuse\"}], \"refusals\": [{\"code\": \"127.0.0.1\", \"meaning\": "
        "\"no\"}], "
        "\"tests\": {\"domain\": {\"listed\": \"in.example\", \"unlisted\": null}}, "
        "\"removal\": \"https://zen.example/remove\"}, "
        "{\"zone\": \"spam.DNSBL.sorbs.net\", \"name\": \"SORBS\", \"kinds\": [\"ipv4\"], \"tier\": 1, " CODES
        "}, {\"zone\": \"off.example\", \"name\": \"Off\", \"kinds\": [\"ipv4\"], \"tier\": 1, "
        "\"enabled\": false, " CODES "}");
    struct arena *arena = arena_new(0);
    const struct blocklists *lists;
    const struct blocklist *list;
    const struct blocklist_code *code;
    const char *error = NULL;

    cr_assert_eq(read_text(arena, text, &lists, &error), 0, "%s", error);
    cr_expect_str_eq(lists->name, "mine");
    cr_assert_eq(lists->lists.count, 3); /* nothing of what is built in */
    list = lists->lists.items[0];
    cr_expect_eq(list->kind, BLOCKLIST_IPV6);
    cr_expect_str_eq(list->zone, "zen.example");
    cr_expect_str_eq(list->asked, "abc123.zen.dq.example");
    cr_expect_str_eq(list->test_listed, "::ffff:127.0.0.2");
    cr_expect_eq(list->refusals.count, 1);
    code = list->codes.items[0];
    cr_expect_eq(code->first[2], 0);
    cr_expect_eq(code->last[2], 255);
    cr_expect_eq(code->first[3], 4);
    cr_expect_eq(code->last[3], 7);
    cr_expect(code->policy);
    cr_expect_str_eq(code->meaning, "a\\x1b[2Jb");
    cr_expect_eq(((const struct blocklist_code *)list->codes.items[1])->bit, 64);
    list = lists->lists.items[1];
    cr_expect_eq(list->kind, BLOCKLIST_DOMAIN);
    cr_expect_str_eq(list->test_listed, "in.example");
    cr_expect_null(list->test_unlisted);
    list = lists->lists.items[2];
    cr_expect_str_eq(list->dead, "SORBS was shut down in June 2024");
    arena_free(arena);
}

static const struct {
    const char *text, *error;
} mistakes[] = {
    {"", "line 1: '[' or '{' expected near end of file"},
    {"[]", "the file must be an object"},
    {"{\"schema\": 2}", "schema: must be 1"},
    {"{\"schema\": 1}", "name: is missing"},
    {"{\"schema\": 1, \"schema\": 1}", "line 1: duplicate object key"},
    {"{\"schema\": 1, \"name\": \"a\"}", "lists: must be an array"},
    {"{\"schema\": 1, \"name\": \"a\", \"colour\": 1, \"lists\": []}", "colour: is not known here"},
    {"{\"schema\": 1, \"name\": \"a\", \"a\\u001bb\": 1, \"lists\": []}", "a\\x1bb: is not known here"},
    {"{\"schema\": 1, \"name\": \"a\", \"dead\": [{\"zone\": \"a\"}], \"lists\": []}",
     "dead[0]: must be an object with"},
    {FILE_OF("7"), "lists[0]: must be an object"},
    {FILE_OF("{}"), "lists[0].zone: is missing"},
    {FILE_OF(ENTRY("\"colour\": 1")), "lists[0].colour: is not known here"},
    {FILE_OF("{\"zone\": \"bl.example.\"}"), "lists[0].zone: must be a domain name"},
    {FILE_OF("{\"zone\": \"bl..example\"}"), "lists[0].zone: must be a domain name"},
    {FILE_OF("{\"zone\": \"bl example\"}"), "lists[0].zone: must be a domain name"},
    {FILE_OF(ENTRY("\"codes\": []")), "lists[0].codes: must be an array of codes"},
    {FILE_OF(ENTRY("\"codes\": [{\"code\": \"128.0.0.2\", \"meaning\": \"a\"}]")),
     "lists[0].codes[0].code: must be an address"},
    {FILE_OF(ENTRY("\"codes\": [{\"code\": \"127.0.0\", \"meaning\": \"a\"}]")),
     "lists[0].codes[0].code: must be"},
    {FILE_OF(ENTRY("\"codes\": [{\"code\": \"127.0.0.2.3\", \"meaning\": \"a\"}]")),
     "lists[0].codes[0].code: must be"},
    {FILE_OF(ENTRY("\"codes\": [{\"code\": \"127.0.0.9-2\", \"meaning\": \"a\"}]")),
     "lists[0].codes[0].code: must be"},
    {FILE_OF(ENTRY("\"codes\": [{\"code\": \"127.0.0.256\", \"meaning\": \"a\"}]")),
     "lists[0].codes[0].code: must be"},
    {FILE_OF(ENTRY("\"codes\": [{\"bit\": 3, \"meaning\": \"a\"}]")),
     "lists[0].codes[0].bit: must be 1, 2, 4"},
    {FILE_OF(ENTRY("\"codes\": [{\"meaning\": \"a\"}]")), "lists[0].codes[0]: must have either"},
    {FILE_OF(ENTRY("\"codes\": [{\"code\": \"127.0.0.2\", \"bit\": 2, \"meaning\": \"a\"}]")), "either"},
    {FILE_OF(ENTRY("\"codes\": [{\"code\": \"127.0.0.2\"}]")), "lists[0].codes[0].meaning: is missing"},
    {FILE_OF(ENTRY("\"codes\": [7]")), "lists[0].codes[0]: must be an object"},
    {FILE_OF(ENTRY("\"kinds2\": 1")), "kinds2"},
    {FILE_OF("{\"zone\": \"a\", \"kinds\": [\"ipv4\", \"ipv4\"]}"), "lists[0].kinds: must be"},
    {FILE_OF("{\"zone\": \"a\", \"kinds\": [\"mail\"]}"), "lists[0].kinds: must be"},
    {FILE_OF("{\"zone\": \"a\", \"tier\": 4}"), "lists[0].tier: must be 1, 2 or 3"},
    {FILE_OF("{\"zone\": \"a\", \"name\": \"A\", \"kinds\": [\"ipv4\"], " CODES "}"),
     "lists[0].tier: is missing"},
    {FILE_OF(ENTRY("\"welcome\": true, " CODES)), "lists[0].tier: a welcome list has none"},
    {FILE_OF(ENTRY("\"key\": \"a.b\", " CODES)), "lists[0].key: must be one label"},
    {FILE_OF(ENTRY("\"key\": \"ab\", " CODES)), "lists[0].keyed_zone: is missing"},
    {FILE_OF(ENTRY("\"keyed_zone\": \"a.example\", " CODES)),
     "lists[0].keyed_zone: must be a domain name with {key}"},
    {FILE_OF(ENTRY("\"removal\": \"http://a.example\", " CODES)), "lists[0].removal: must be a link"},
    {FILE_OF(ENTRY("\"removal\": \"https://a.example/\\\"x\", " CODES)), "lists[0].removal: must be a link"},
    {FILE_OF(ENTRY("\"enabled\": 1, " CODES)), "lists[0].enabled: must be true or false"},
    {FILE_OF(ENTRY("\"tests\": [], " CODES)), "lists[0].tests: must be an object"},
    {FILE_OF(ENTRY("\"tests\": {\"ipv5\": {}}, " CODES)), "lists[0].tests.ipv5: must be ipv4"},
    {FILE_OF(ENTRY("\"tests\": {\"ipv4\": {}}, " CODES)), "lists[0].tests.ipv4: must be an object with"},
    {FILE_OF(ENTRY("\"tests\": {\"ipv4\": {\"listed\": \"test\", \"unlisted\": null}}, " CODES)),
     "lists[0].tests.ipv4.listed: must be"},
    {FILE_OF(ENTRY(CODES) ", " ENTRY(CODES)), "lists[1].zone: is there twice"},
};

Test(blocklists, mistakes)
{
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        struct arena *arena = arena_new(0);
        const struct blocklists *lists = NULL;
        const char *error = NULL;

        cr_expect_eq(read_text(arena, mistakes[i].text, &lists, &error), -EINVAL, "%s", mistakes[i].text);
        cr_expect_null(lists);
        cr_assert_not_null(error, "%s", mistakes[i].text);
        cr_expect_not_null(strstr(error, mistakes[i].error), "%s: %s", mistakes[i].text, error);
        arena_free(arena);
    }
}

Test(blocklists, too_deep)
{
    struct arena *arena = arena_new(0);
    const struct blocklists *lists;
    const char *error = NULL;
    char text[200];

    memset(text, '[', sizeof(text));
    cr_expect_eq(blocklists_read(text, sizeof(text), arena, &lists, &error), -EINVAL);
    cr_expect_str_eq(error, "it is nested too deeply");
    arena_free(arena);
}

Test(blocklists, files)
{
    struct arena *arena = arena_new(0);
    const struct blocklists *lists;
    const char *error = NULL;
    char name[] = "/tmp/outpost-blocklists-XXXXXX";
    int descriptor = mkstemp(name);
    char *large = arena_alloc(arena, BLOCKLISTS_SIZE_MAX);

    cr_expect_eq(blocklists_load("/nonexistent/lists", arena, &lists, &error), -ENOENT);
    cr_expect_str_eq(error, "/nonexistent/lists: No such file or directory");
    cr_assert_eq(write(descriptor, "{}", 2), 2);
    cr_expect_eq(blocklists_load(name, arena, &lists, &error), -EINVAL);
    cr_expect_not_null(strstr(error, ": schema: must be 1"), "%s", error);
    memset(large, ' ', BLOCKLISTS_SIZE_MAX);
    cr_assert_eq(write(descriptor, large, BLOCKLISTS_SIZE_MAX), BLOCKLISTS_SIZE_MAX);
    cr_expect_eq(blocklists_load(name, arena, &lists, &error), -EFBIG);
    close(descriptor);
    unlink(name);
    arena_free(arena);
}
