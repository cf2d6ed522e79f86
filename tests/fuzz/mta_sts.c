/*
 * mta_sts.c - fuzzes MTA-STS: the input is a TXT record, and a policy file
 *
 * Properties: what is kept stays within its limits; a valid policy has all it needs, a faulty one says why;
 * a pattern is a host name, perhaps behind "*."; the same file with CRLF for LF means the same.
 */
#include "probes/protocol/mta_sts.h"

#include "scanner/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_record(struct bytes input, struct arena *arena)
{
    struct mta_sts_record_facts *record = NULL;

    check(mta_sts_record_read(input, arena, &record) == 0);
    check(record->announces != UNKNOWN && record->intended != UNKNOWN);
    check(record->announces == NO || record->intended == YES);
    if (record->announces == NO)
        check(record->id == NULL && record->fault == NULL);
    else
        check(record->id != NULL || record->fault != NULL);
    if (record->id != NULL)
        check(strlen(record->id) >= 1 && strlen(record->id) <= 32);
    check(record->remarks.count <= 16);
}

static void check_patterns(const struct mta_sts_policy_facts *policy)
{
    for (size_t i = 0; i < policy->mx.count; i++) {
        const char *pattern = policy->mx.items[i];

        if (strncmp(pattern, "*.", 2) == 0)
            pattern += 2;
        check(pattern[0] != '\0' && strpbrk(pattern, "* :_/\\") == NULL);
        check(strstr(pattern, "..") == NULL && pattern[0] != '.' && pattern[strlen(pattern) - 1] != '.');
    }
}

static struct mta_sts_policy_facts *check_policy(struct bytes input, struct arena *arena)
{
    struct mta_sts_policy_facts *policy = NULL;

    check(mta_sts_policy_read(input, arena, &policy) == 0);
    check(policy->valid == known(policy->faults.count == 0));
    if (policy->valid == YES) {
        check(strcmp(policy->version, "STSv1") == 0);
        check(policy->mode != MTA_STS_MODE_NOT_OBSERVED);
        check(policy->mode == MTA_STS_NONE || policy->mx.count > 0);
        check(policy->max_age.known && policy->max_age.value >= 0 &&
              policy->max_age.value <= MTA_STS_MAX_AGE);
    }
    check(policy->mx.count <= MTA_STS_PATTERNS_MAX && policy->faults.count <= MTA_STS_NOTES_MAX);
    check(policy->remarks.count <= MTA_STS_NOTES_MAX && policy->lines.count <= MTA_STS_LINES_KEPT);
    check_patterns(policy);
    return policy;
}

static void check_line_ends(struct bytes input, struct arena *arena)
{
    const struct mta_sts_policy_facts *policy = check_policy(input, arena), *other;
    struct buffer copy = {0};

    for (size_t i = 0; i < input.size; i++) {
        if (input.data[i] == '\n' && (i == 0 || input.data[i - 1] != '\r'))
            put_u8(&copy, '\r');
        put_u8(&copy, input.data[i]);
    }
    other = check_policy(bytes_of(copy.data, copy.size), arena);
    check(other->valid == policy->valid && other->mode == policy->mode &&
          other->max_age.value == policy->max_age.value && other->mx.count == policy->mx.count);
    buffer_free(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct bytes input = bytes_of(data, size < MTA_STS_FILE_MAX ? size : MTA_STS_FILE_MAX);

    check_record(input, arena);
    check_line_ends(input, arena);
    arena_free(arena);
    return 0;
}
