/*
 * caa_record.c - fuzzes the reader of CAA records: the input is the data of one
 *
 * Properties: only data without a tag is refused; a tag and a value are always there; who may issue is a name
 * of labels, and never said by a value that breaks the grammar; texts are harmless.
 */
#include "probes/protocol/caa_record.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_issuer(const char *issuer)
{
    size_t size = strlen(issuer);

    check(size > 0 && strspn(issuer, "abcdefghijklmnopqrstuvwxyz0123456789-.") == size);
    check(issuer[0] != '.' && issuer[0] != '-' && issuer[size - 1] != '.' && issuer[size - 1] != '-');
    check(strstr(issuer, "..") == NULL);
}

static void check_property(const struct caa_property_facts *property)
{
    check(property->flags.known && property->flags.value >= 0 && property->flags.value <= 255);
    check(property->critical == known(property->flags.value >= 128));
    check(property->tag != NULL && property->tag[0] != '\0' && property->value != NULL);
    if (property->issuer != NULL)
        check_issuer(property->issuer);
    for (size_t i = 0; i < property->parameters.count; i++) {
        const struct caa_parameter_facts *parameter = property->parameters.items[i];

        check(parameter->name[0] != '\0' && parameter->name[0] != '-');
        check(strpbrk(parameter->value, " ;") == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct caa_property_facts *property = NULL;
    bool has_tag = size >= 3 && data[1] > 0 && size - 2 >= data[1];
    int result = caa_record_read(bytes_of(data, size), arena, &property);

    check(result == (has_tag ? 0 : -EBADMSG));
    if (result == 0)
        check_property(property);
    arena_free(arena);
    return 0;
}
