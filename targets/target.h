/*
 * target.h - what the user asked for, as data; nothing here touches the network
 */
#ifndef OUTPOST_TARGETS_TARGET_H
#define OUTPOST_TARGETS_TARGET_H

#include "scanner/base/address.h"
#include "scanner/base/list.h"

#include <stdint.h>

struct arena;

enum target_kind { TARGET_DOMAIN = 1, TARGET_HOST, TARGET_ADDRESS };

/* A name with a leading "host:" or one given by --host is a host; an address is an address; any other name is
 * a domain. */
struct target {
    enum target_kind kind;
    const char *name;       /* A-label, lower case, no final dot; or the address as RFC 5952 writes it */
    const char *display;    /* U-label when it differs, else NULL */
    struct address address; /* of TARGET_ADDRESS */
    const char *origin;     /* "domains.txt:12" when it is from a file, else NULL */
};

/*
 * One target from a word of the command line: "example.org", "bücher.example", "host:mail.example.org",
 * "192.0.2.1", "[2001:db8::1]", "IPv6:...". 0; -EINVAL with *ret_error in words (arena); -ENOMEM. IDNA 2008
 * by libidn2 (non-transitional).
 */
int target_parse(const char *word, struct arena *arena, struct target **ret, const char **ret_error);

/* A host or domain name by itself (for --host, --control, ...): A-label and, when it differs, U-label. */
int target_name(const char *word, struct arena *arena, const char **ret_name, const char **ret_display,
                const char **ret_error);

/* For whoever reads words of a user: *ret_error becomes the word, made harmless and in quotes, and `reason`
 * (NULL: out of memory); -EINVAL or -ENOMEM. */
int word_wrong(const char *word, const char *reason, struct arena *arena, const char **ret_error);

/*
 * Targets of a file, one per line; "#" begins a comment (whole line or behind white space), empty lines are
 * skipped, CRLF is fine, duplicates are dropped. Every bad line is told to `complain` (file, line number,
 * text) and fails the whole in the end with -EINVAL. -ENOENT, -EACCES, ... when it cannot be read ("-" is
 * standard input).
 */
int targets_read(const char *file, struct arena *arena, struct list *targets,
                 void (*complain)(void *data, const char *message), void *data);

#endif
