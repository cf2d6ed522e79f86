/*
 * catalogue.c - finds a check by its id
 */
#include "reports/catalogue.h"

#include <string.h>

#define LIST_CHECK(name) &check_##name,
static const struct check *const catalogue[] = {CHECKS(LIST_CHECK)};
#undef LIST_CHECK

enum { CATALOGUE_SIZE = sizeof(catalogue) / sizeof(catalogue[0]) };

const struct check *const *checks_all(size_t *ret_count)
{
    *ret_count = CATALOGUE_SIZE;
    return catalogue;
}

const struct check *check_find(const char *id)
{
    size_t first = 0, end = CATALOGUE_SIZE;

    while (first < end) {
        size_t middle = first + (end - first) / 2;
        int order = strcmp(id, catalogue[middle]->id);

        if (order == 0)
            return catalogue[middle];
        if (order < 0)
            end = middle;
        else
            first = middle + 1;
    }
    return NULL;
}
