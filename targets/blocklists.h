/*
 * blocklists.h - the blacklists and welcome lists that are asked, and what their answers mean, as data
 *
 * Built in (blocklists.json), or from a file (--blocklists). RFC 5782.
 */
#ifndef OUTPOST_TARGETS_BLOCKLISTS_H
#define OUTPOST_TARGETS_BLOCKLISTS_H

#include "scanner/base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* What is looked up in a list. */
enum blocklist_kind { BLOCKLIST_IPV4 = 1, BLOCKLIST_IPV6, BLOCKLIST_DOMAIN };
const char *blocklist_kind_name(enum blocklist_kind kind); /* "ipv4", "ipv6", "domain" */

/* What an A record means: "127.0.0.4-7", "127.0.*.2", or one bit of the last octet. */
struct blocklist_code {
    uint8_t first[4], last[4];
    uint8_t bit; /* 0: by octets */
    bool policy; /* no word of spam: an address that is not meant to send mail directly */
    const char *meaning;
};

/* One zone, asked for one kind of thing. */
struct blocklist {
    const char *zone;  /* as everybody knows it */
    const char *asked; /* the same, or that of one's own key, which no report may show */
    const char *key;   /* NULL: none */
    const char *name;
    enum blocklist_kind kind;
    int64_t tier;                /* 1: many receivers reject by it; 2: some; 3: few. 0 for a welcome list */
    bool welcome;                /* who is listed is a good sender */
    struct list codes, refusals; /* struct blocklist_code */
    const char *test_listed, *test_unlisted; /* an address or a name (RFC 5782 5); NULL: it has none */
    const char *removal;                     /* https:// link; NULL: none */
    const char *access;                      /* the same: how a resolver or key is registered */
    const char *about;                       /* one sentence; may be NULL */
    const char *dead;                        /* why it is not asked any more; NULL: it is */
};

struct blocklists {
    const char *name;  /* "blocklists-2026", or the file's */
    struct list lists; /* struct blocklist: one for each zone and kind */
};

enum { BLOCKLISTS_MAX = 128, BLOCKLISTS_SIZE_MAX = 256 * 1024 };

/* Never on a task's stack (JSON). 0; -ENOMEM; else (-EINVAL, -ENOENT, ...) with *ret_error in words, which name the place
 * in the JSON. `file` NULL: the built-in ones. */
int blocklists_load(const char *file, struct arena *arena, const struct blocklists **ret,
                    const char **ret_error);
/* The same from a text. */
int blocklists_read(const char *text, size_t size, struct arena *arena, const struct blocklists **ret,
                    const char **ret_error);

#endif
