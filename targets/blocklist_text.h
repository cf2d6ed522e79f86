/*
 * blocklist_text.h - what stands in the texts of the file of blacklists: zones, and patterns of answers
 */
#ifndef OUTPOST_TARGETS_BLOCKLIST_TEXT_H
#define OUTPOST_TARGETS_BLOCKLIST_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* Labels of letters, digits, hyphens and underscores, 180 characters at most, without a final dot; `hole` (or NULL) may
 * stand for one of them. */
bool blocklist_zone_valid(const char *text, const char *hole);
/* "127.0.0.4-7", "127.0.*.2": the first and the last address; false: it is no pattern within 127.0.0.0/8. */
bool blocklist_pattern_read(const char *text, uint8_t first[static 4], uint8_t last[static 4]);

#endif
