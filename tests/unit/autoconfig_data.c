/*
 * autoconfig_data.c - files of Mozilla's own database of providers, as real ones are written
 *
 * Files of others: read from ../shared/data or $OUTPOST_TEST_DATA, skipped when they are not there.
 */
#include "probes/protocol/autoconfig_xml.h"

#include "scanner/base/arena.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tally {
    size_t files, imap, pop3, smtp;
    size_t security[AUTOCONFIG_ANY + 1];
};

static void count_server(struct tally *tally, const char *path, const struct autoconfig_server_facts *server)
{
    tally->imap += strcmp(server->protocol, "imap") == 0;
    tally->pop3 += strcmp(server->protocol, "pop3") == 0;
    tally->smtp += strcmp(server->protocol, "smtp") == 0;
    tally->security[server->security]++;
    cr_expect_not_null(strchr(server->host, '.'), "%s: %s", path, server->host);
    cr_expect_neq(server->security, AUTOCONFIG_SECURITY_NOT_OBSERVED, "%s", path);
    cr_expect_gt(server->authentication.count, 0, "%s: %s", path, server->host);
    cr_expect(server->username != NULL || strcmp(server->protocol, "smtp") == 0, "%s: %s", path,
              server->host);
}

static void check_file(struct tally *tally, const char *path)
{
    struct arena *arena = arena_new(0);
    char *text = arena_alloc(arena, AUTOCONFIG_DOCUMENT_MAX);
    struct autoconfig_file_facts *file = NULL;
    FILE *stream = fopen(path, "r");
    size_t size;

    cr_assert_not_null(stream, "%s", path);
    size = fread(text, 1, AUTOCONFIG_DOCUMENT_MAX, stream);
    fclose(stream);
    cr_assert_eq(autoconfig_mozilla_read(bytes_of(text, size), "example.org", arena, &file), 0);
    cr_expect_str_eq(file->root, "clientConfig", "%s", path);
    cr_expect_eq(file->faults.count, 0, "%s: %s", path,
                 file->faults.count > 0 ? (const char *)file->faults.items[0] : "");
    cr_expect_eq(file->valid, YES, "%s", path);
    cr_expect_eq(file->servers_left_out.value, 0, "%s", path);
    for (size_t i = 0; i < file->servers.count; i++)
        count_server(tally, path, file->servers.items[i]);
    tally->files++;
    arena_free(arena);
}

Test(autoconfig_data, all_files)
{
    const char *folder = getenv("OUTPOST_TEST_DATA");
    char pattern[1024];
    struct tally tally = {0};
    glob_t found = {0};

    (void)snprintf(pattern, sizeof pattern, "%s/autoconfig/*.xml",
                   folder != NULL ? folder : SOURCE_DIRECTORY "/../shared/data");
    if (glob(pattern, 0, NULL, &found) != 0) {
        fputs("skipped, data not there\n", stderr);
        cr_skip_test("data not there");
    }
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_file(&tally, found.gl_pathv[i]);
    globfree(&found);
    /* as grep counts the elements of the files */
    cr_expect_eq(tally.files, 82, "%zu", tally.files);
    cr_expect_eq(tally.imap, 71, "%zu", tally.imap);
    cr_expect_eq(tally.pop3, 82, "%zu", tally.pop3);
    cr_expect_eq(tally.smtp, 101, "%zu", tally.smtp);
    cr_expect_eq(tally.security[AUTOCONFIG_TLS], 172, "%zu", tally.security[AUTOCONFIG_TLS]);
    cr_expect_eq(tally.security[AUTOCONFIG_STARTTLS], 50, "%zu", tally.security[AUTOCONFIG_STARTTLS]);
    cr_expect_eq(tally.security[AUTOCONFIG_PLAIN], 32, "%zu", tally.security[AUTOCONFIG_PLAIN]);
}
