/*
 * mta_sts_data.c - the lab of postfix-mta-sts-resolver as data: its records and policies, and what that sender
 * makes of each domain
 *
 * dnsmasq.conf.appendix has the TXT records, nginx.conf the policies with status and media type,
 * refdata_strict.tsv the domains with "OK ..." or "NOTFOUND" when testing counts like enforce, refdata.tsv when
 * it does not. Files of others: read from ../shared/data or $OUTPOST_TEST_DATA, skipped when they are not there.
 * What its certificates show is not data, and tested in the lab.
 */
#include "probes/protocol/mta_sts.h"

#include "scanner/base/arena.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct data {
    struct arena *arena;
    const char *records, *sites;
};

static char *read_data(struct arena *arena, const char *name)
{
    const char *folder = getenv("OUTPOST_TEST_DATA");
    const char *path = arena_format(arena, "%s/mta-sts/%s",
                                    folder != NULL ? folder : SOURCE_DIRECTORY "/../shared/data", name);
    FILE *file = fopen(path, "r");
    char *text = arena_alloc(arena, 64 * 1024);

    if (file == NULL)
        return NULL;
    cr_assert_lt(fread(text, 1, 64 * 1024 - 1, file), 64 * 1024 - 1, "%s is larger than it was", path);
    fclose(file);
    return text;
}

/* The text between the quotes behind `mark`, with \n as a line end; NULL when the mark is not there. */
static char *quoted(struct arena *arena, const char *text, const char *end, const char *mark)
{
    const char *at = strstr(text, mark);
    char *result, *out;

    if (at == NULL || (end != NULL && at >= end))
        return NULL;
    at = strchr(at, '"');
    cr_assert_not_null(at);
    out = result = arena_alloc(arena, strlen(at) + 1);
    for (at++; *at != '"'; at++) {
        if (*at == '\\' && at[1] == 'n') {
            *out++ = '\n';
            at++;
        } else {
            *out++ = *at;
        }
    }
    return result;
}

static bool is_announced(const struct data *data, const char *domain)
{
    const char *mark = arena_format(data->arena, "txt-record=_mta-sts.%s,", domain);
    const char *text = quoted(data->arena, data->records, NULL, mark);
    struct mta_sts_record_facts *record;

    if (text == NULL)
        return false;
    cr_assert_eq(mta_sts_record_read(bytes_of(text, strlen(text)), data->arena, &record), 0);
    return record->announces == YES && record->fault == NULL;
}

static bool is_followed(const struct data *data, const char *domain, bool strict)
{
    const char *site = strstr(data->sites, arena_format(data->arena, "server_name mta-sts.%s;", domain));
    const char *end = site == NULL ? NULL : strstr(site + 1, "server_name");
    const char *other = site == NULL ? NULL : strstr(site, "text/html");
    const char *text = site == NULL ? NULL : quoted(data->arena, site, end, "return 200 \"");
    struct mta_sts_policy_facts *policy;

    if (!is_announced(data, domain) || text == NULL || (other != NULL && other < end))
        return false;
    cr_assert_eq(mta_sts_policy_read(bytes_of(text, strlen(text)), data->arena, &policy), 0);
    if (policy->valid != YES)
        return false;
    return policy->mode == MTA_STS_ENFORCE || (strict && policy->mode == MTA_STS_TESTING);
}

/* The domain of a line, without final dot, or NULL for what only that program's interface is about: brackets,
 * ports, names that begin with a dot; and for what its certificate decides. */
static char *domain_of(struct arena *arena, const char *line)
{
    const char *name = strchr(line, ' ');
    char *domain;

    cr_assert_not_null(name, "%s", line);
    domain = arena_text_sized(arena, name + 1, strcspn(name + 1, "\t\n"));
    if (domain[0] == '.' || domain[0] == '[' || strchr(domain, ':') != NULL ||
        strncmp(domain, "bad-cert", 8) == 0)
        return NULL;
    if (domain[strlen(domain) - 1] == '.')
        domain[strlen(domain) - 1] = '\0';
    return domain;
}

static size_t check_rows(const struct data *data, const char *rows, bool strict)
{
    size_t count = 0;

    for (const char *line = rows; *line != '\0'; line += strcspn(line, "\n") + (strchr(line, '\n') != NULL)) {
        const char *domain = domain_of(data->arena, line);
        const char *expected = strchr(line, '\t');

        if (domain == NULL)
            continue;
        cr_assert_not_null(expected);
        cr_expect_eq(is_followed(data, domain, strict), strncmp(expected + 1, "OK", 2) == 0, "%s", domain);
        count++;
    }
    return count;
}

Test(mta_sts_data, expected_outcomes)
{
    struct data data = {.arena = arena_new(0)};
    const char *lax, *strict;

    data.records = read_data(data.arena, "dnsmasq.conf.appendix");
    data.sites = read_data(data.arena, "nginx.conf");
    lax = read_data(data.arena, "refdata.tsv");
    strict = read_data(data.arena, "refdata_strict.tsv");
    if (data.records == NULL || data.sites == NULL || lax == NULL || strict == NULL) {
        arena_free(data.arena);
        fputs("skipped, data not there\n", stderr);
        cr_skip_test("data not there");
    }
    cr_expect_geq(check_rows(&data, lax, false), 10);
    cr_expect_geq(check_rows(&data, strict, true), 10);
    /* not in its tables, but in its lab */
    static const char *const refused[] = {"bad-record3.loc", "bad-policy4.loc", "bad-policy5.loc",
                                          "bad-policy6.loc", "bad-policy7.loc", "bad-policy8.loc",
                                          "no-data.loc"};

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        cr_expect(!is_followed(&data, refused[i], true), "%s", refused[i]);
    cr_expect(is_followed(&data, "fast-expire.loc", true));
    arena_free(data.arena);
}
