/*
 * zone_file_internal.h - what the modules of zone files share
 *
 *   zone_file_text.c    text -> lines of one record each: comments, brackets, quotes
 *   zone_file_read.c    lines -> records; what is wrong, by file and line
 *   zone_file_make.c    records -> struct zone_file
 *   zone_file_proof.c   NSEC and NSEC3 records for what is not there
 *   zone_file_answer.c  question -> packet
 *   zone_file.c         the resolver
 */
#ifndef OUTPOST_NET_ZONE_FILE_INTERNAL_H
#define OUTPOST_NET_ZONE_FILE_INTERNAL_H

#include "scanner/net/zone_file.h"

/* ---- zone_file_text.c ---- */

enum { ZONE_LINE_MAX = 60 * 1024 };

struct zone_text {
    struct bytes rest;
    int line; /* of the next byte */
};

/* The next line that is not empty: without comments and brackets, ended by a NUL, in `out`; *ret_number is that of
 * its first byte. 1; 0 at the end; -EBADMSG with *ret_number, and *ret_why static (NULL: it is too long). */
int zone_text_next(struct zone_text *text, struct buffer *out, int *ret_number, const char **ret_why);

/* ---- zone_file_read.c, zone_file_make.c ---- */

struct zone_reading {
    const char *file;
    struct arena *arena;
    struct list records; /* struct zone_record, as they stand in the file */
    struct dns_name origin;
    bool has_origin;
    const struct dns_name *owner; /* of the record before */
    uint32_t ttl, default_ttl;
    bool has_default_ttl;
    int line;
    const char *error;
};

/* What is wrong there, or (line 0) with the whole file, becomes reading->error; -EINVAL or -ENOMEM. */
int zone_wrong(struct zone_reading *reading, int line, const char *what);
/* 0; -EINVAL, -ENOMEM. */
int zone_make(struct zone_reading *reading, struct zone_file *zone);

/* ---- records of a zone ---- */

/* The first record whose owner is not before `name`. */
size_t zone_first(const struct zone_record *records, size_t count, const struct dns_name *name);
/* The records of a type at a name: their number, and the first of them. */
size_t zone_rrset(const struct zone_file *zone, const struct dns_name *name, uint16_t type,
                  const struct zone_record **ret);
/* Is there a record at the name or below it? */
bool zone_has_name(const struct zone_file *zone, const struct dns_name *name);

/* ---- an answer that is being made ---- */

struct zone_section {
    struct buffer out;
    unsigned count;
};

struct zone_reply {
    const struct zone_file *zone;
    struct zone_section answer, authority;
    unsigned rcode;
};

/* The records of a type at `source`, as those of `owner`, with the signatures over them. */
void zone_put_rrset(struct zone_section *section, const struct zone_file *zone, const struct dns_name *source,
                    uint16_t type, const struct dns_name *owner);
void zone_put_record(struct zone_section *section, const struct dns_name *owner,
                     const struct zone_record *record, uint32_t ttl);

/* ---- zone_file_proof.c ---- */

/* Proofs that `name`, of which `encloser` is the closest name that is there, has not what was asked for: records in
 * the authority section. */
void zone_prove_nothing(struct zone_reply *reply, const struct dns_name *name,
                        const struct dns_name *encloser);

#endif
