/*
 * blocklists.c - fuzzes the reader of blacklists
 *
 * What was taken can be asked: every name that a list leads to is short enough, no key is in what a report shows, and
 * every code has a meaning. What was refused has a reason in words.
 */
#include "targets/blocklists.h"

#include "probes/protocol/dnsbl.h"
#include "scanner/base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_codes(const struct list *codes)
{
    for (size_t i = 0; i < codes->count; i++) {
        const struct blocklist_code *code = codes->items[i];

        require(code->meaning != NULL && code->meaning[0] != '\0');
        require(code->bit != 0 || (code->first[0] == 127 && code->last[0] == 127));
        for (size_t j = 0; j < 4; j++)
            require(code->first[j] <= code->last[j]);
    }
}

static void check_name(const struct blocklist *list, const char *subject, struct arena *arena)
{
    const char *name = dnsbl_name(list, subject, arena);

    require(strlen(name) <= 253 && strstr(name, "..") == NULL && name[strlen(name) - 1] != '.');
}

static void check_list(const struct blocklist *list, struct arena *arena)
{
    static const char *const subjects[] = {[BLOCKLIST_IPV4] = "203.0.114.255",
                                           [BLOCKLIST_IPV6] = "2a01:4f8::1",
                                           [BLOCKLIST_DOMAIN] = "example.org"};

    require(list->zone != NULL && list->asked != NULL && list->name != NULL);
    require(list->codes.count > 0 && list->welcome == (list->tier == 0));
    require(list->removal == NULL || strncmp(list->removal, "https://", 8) == 0);
    require(list->key != NULL || list->asked == list->zone);
    check_codes(&list->codes);
    check_codes(&list->refusals);
    check_name(list, subjects[list->kind], arena);
    if (list->test_listed != NULL)
        check_name(list, list->test_listed, arena);
    if (list->test_unlisted != NULL)
        check_name(list, list->test_unlisted, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    const struct blocklists *lists = NULL;
    const char *error = NULL;
    int result = blocklists_read((const char *)data, size, arena, &lists, &error);

    require(result == 0 || (result == -EINVAL && error != NULL && error[0] != '\0'));
    for (size_t i = 0; result == 0 && i < lists->lists.count; i++)
        check_list(lists->lists.items[i], arena);
    arena_free(arena);
    return 0;
}
