/*
 * blocklist_text.c - zones and patterns of answers, as the file of blacklists writes them
 */
#include "targets/blocklist_text.h"

#include "scanner/base/text.h"

#include <string.h>

enum {
    ZONE_MAX = 180, /* 64 octets of an IPv6 address fit before it */
    LABEL_MAX = 63
};

bool blocklist_zone_valid(const char *text, const char *hole)
{
    size_t label = 0, size = strlen(text);

    if (size == 0 || size > ZONE_MAX)
        return false;
    for (const char *at = text; *at != '\0'; at++) {
        bool letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');

        if (hole != NULL && label == 0 && strncmp(at, hole, strlen(hole)) == 0) {
            at += strlen(hole) - 1;
            label++;
        } else if (*at == '.' && label > 0 && at[1] != '\0') {
            label = 0;
        } else if (!letter && (*at < '0' || *at > '9') && *at != '-' && *at != '_') {
            return false;
        } else if (++label > LABEL_MAX) {
            return false;
        }
    }
    return true;
}

/* "N", "N-M" or "*" */
static bool read_octet(const char *text, size_t size, uint8_t *ret_first, uint8_t *ret_last)
{
    char copy[8];
    char *hyphen;
    int64_t first, last;

    if (size == 0 || size >= sizeof(copy))
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (strcmp(copy, "*") == 0) {
        *ret_first = 0;
        *ret_last = UINT8_MAX;
        return true;
    }
    hyphen = strchr(copy, '-');
    if (hyphen != NULL)
        *hyphen = '\0';
    if (text_number(copy, 0, UINT8_MAX, &first) < 0)
        return false;
    last = first;
    if (hyphen != NULL && text_number(hyphen + 1, first, UINT8_MAX, &last) < 0)
        return false;
    *ret_first = (uint8_t)first;
    *ret_last = (uint8_t)last;
    return true;
}

bool blocklist_pattern_read(const char *text, uint8_t first[static 4], uint8_t last[static 4])
{
    for (size_t i = 0; i < 4; i++) {
        size_t size = strcspn(text, ".");

        if (!read_octet(text, size, &first[i], &last[i]) || (text[size] == '.') != (i < 3))
            return false;
        text += size + (i < 3 ? 1 : 0);
    }
    return first[0] == 127 && last[0] == 127;
}
