/*
 * text.h - the one place where text from a peer is made harmless, and small helpers on texts
 */
#ifndef OUTPOST_BASE_TEXT_H
#define OUTPOST_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * A copy of `size` bytes from a peer as valid UTF-8 without control characters: bytes that are not part of
 * valid UTF-8, C0 and C1 controls, DEL, bidirectional controls, line separators, characters that cannot be
 * seen and noncharacters become \xNN (each byte); a backslash becomes \\ so that the text is unambiguous. At
 * most `limit` bytes of output, then an ellipsis (0: no limit); neither a character nor an escape is cut.
 * NULL only when out of memory. Everything a peer says enters the facts through this function, so every fact
 * text is safe for a terminal, a log, JSON and (after the writer's escaping) HTML.
 */
char *text_clean(struct arena *arena, const void *data, size_t size, size_t limit);
/* The same for a text that should be clean already (from a stored scan): backslashes stay as they are, so a
 * clean text is copied unchanged. */
char *text_clean_again(struct arena *arena, const void *data, size_t size, size_t limit);

/* ASCII only: case does not count. */
bool text_equal(const char *a, const char *b);
bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);
/* Domain names: case and one final dot do not count. */
bool text_same_name(const char *a, const char *b);
/* A whole decimal number in [minimum, maximum]; 0 or -EINVAL / -ERANGE. */
int text_number(const char *text, int64_t minimum, int64_t maximum, int64_t *ret);
/* Seconds since 1970 as "2026-11-22T12:00:00Z" and back; NULL also outside of the years 0 to 9999; 0 or
 * -EINVAL. */
char *text_time(struct arena *arena, int64_t seconds);
int text_parse_time(const char *text, int64_t *ret);
char *text_base64(struct arena *arena, const void *data, size_t size);
/* Writes arena memory to *ret_data; 0, -EINVAL or -ENOMEM. */
int text_parse_base64(struct arena *arena, const char *text, uint8_t **ret_data, size_t *ret_size);
char *text_hex(struct arena *arena, const void *data, size_t size);
/* Joins the texts of a list with `separator`. */
struct list;
char *text_join(struct arena *arena, const struct list *texts, const char *separator);

#endif
