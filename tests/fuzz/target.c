/*
 * target.c - fuzzes the words a user may write: targets, names, ports, overrides
 *
 * What was taken is a proper name or address, and is taken again with the same result; what was refused has a
 * reason in words.
 */
#include "targets/target.h"

#include "scanner/base/arena.h"
#include "targets/settings.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void require_reason(int result, const char *error)
{
    require(result == 0 || (error != NULL && error[0] != '\0'));
}

static void check_name(const char *name)
{
    require(strlen(name) >= 1 && strlen(name) <= 253);
    require(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(name));
    require(name[0] != '.' && name[strlen(name) - 1] != '.' && strstr(name, "..") == NULL);
}

static void check_target(struct arena *arena, const struct target *target)
{
    struct target *again = NULL;
    const char *error = NULL, *name = NULL, *display = NULL;

    if (target->kind == TARGET_ADDRESS) {
        require(target_parse(target->name, arena, &again, &error) == 0);
        require(again->kind == TARGET_ADDRESS && address_equal(&again->address, &target->address));
        return;
    }
    check_name(target->name);
    require(target_name(target->name, arena, &name, &display, &error) == 0);
    require(strcmp(name, target->name) == 0);
    require((display == NULL) == (target->display == NULL));
    require(display == NULL || strcmp(display, target->display) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    const char *word = arena_text_sized(arena, (const char *)data, size);
    struct target *target = NULL;
    struct port_setting *port = NULL;
    struct override *override = NULL;
    const char *error = NULL;
    int result;

    result = target_parse(word, arena, &target, &error);
    require_reason(result, error);
    if (result == 0)
        check_target(arena, target);
    error = NULL;
    result = port_parse(word, arena, &port, &error);
    require_reason(result, error);
    require(result < 0 || (port->port > 0 && port->service != SERVICE_NONE));
    error = NULL;
    result = override_parse(word, arena, &override, &error);
    require_reason(result, error);
    if (result == 0)
        check_name(override->host);
    arena_free(arena);
    return 0;
}
