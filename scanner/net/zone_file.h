/*
 * zone_file.h - zones that are not published yet, and the resolver that answers from their files
 *
 *   validator (dnssec.h) --> names of the files' zones: as their name servers would answer
 *                        --> everything else, and what the files delegate: the resolver behind it, the DNS
 *
 * It stands inside of the validator, so that an answer from a file is secure only as it will be in the DNS: by the
 * DS records of the published zone above, or, where that has none yet, by the file's own keys, and says so.
 */
#ifndef OUTPOST_NET_ZONE_FILE_H
#define OUTPOST_NET_ZONE_FILE_H

#include "scanner/net/dns_packet.h"
#include "scanner/net/resolver.h"

struct zone_record {
    const struct dns_name *owner; /* lower case */
    uint16_t type;
    uint32_t ttl;
    struct bytes data;
    int line;
};

struct zone_file {
    const char *file; /* its name, clean */
    struct dns_name origin;
    const char *name;            /* the origin as text */
    struct zone_record *records; /* by owner as RFC 4034 6.1 orders them, then type; besides NSEC3 */
    size_t count;
    struct zone_record *hashed; /* NSEC3 and its signatures, in the same order */
    size_t hashed_count;
    struct list keys; /* dns_record: DNSKEY of the origin, if they are signed; else empty: an unsigned zone */
    struct list ds;   /* texts: the DS records, SHA-256, that the zone above has to have for these keys */
};

enum { ZONE_FILE_SIZE_MAX = 4 * 1024 * 1024, ZONE_FILE_RECORDS_MAX = 50000 };

/*
 * Reads a zone file. Not on a task: a record takes ldns a quarter of a megabyte of stack. `file` stands in what is
 * wrong: "FILE, line 3: ...". 0; -EINVAL with *ret_error in words; -ENOMEM.
 */
int zone_file_parse(struct bytes text, const char *file, struct arena *arena, struct zone_file **ret,
                    const char **ret_error);
/* The files of these names, each of another zone, as a list of struct zone_file. As above; also what opening and
 * reading a file can end in, with *ret_error. */
int zone_files_read(const struct list *names, struct arena *arena, struct list *ret, const char **ret_error);

/*
 * What a name server of the zone says, as a packet behind `out` (AA set, signatures and proofs when there are). The
 * name is within the zone. A chain of aliases ends where it leaves the zone. *ret_elsewhere, and no packet, when the
 * zone delegates the name. 0, -ENOMEM; -EMSGSIZE: more than fits into a packet.
 */
int zone_file_answer(const struct zone_file *zone, const struct dns_name *name, uint16_t type,
                     struct buffer *out, bool *ret_elsewhere);
/* Is a question for this name and type for the servers below a cut of the zone? */
bool zone_file_delegates(const struct zone_file *zone, const struct dns_name *name, uint16_t type);

/* Of these files, the one whose zone the question is for: that of the deepest zone, if it does not delegate the
 * name; NULL: the DNS. DS records are a matter of the zone above. */
const struct zone_file *zone_files_find(const struct list *files, const struct dns_name *name, uint16_t type);
/* The same by text; also NULL when it is no name. */
const struct zone_file *zone_files_holding(const struct list *files, const char *name, uint16_t type);
/* The file whose zone begins at this name, or NULL. */
const struct zone_file *zone_files_at(const struct list *files, const struct dns_name *name);
/* Does the zone of a file begin below this name? */
bool zone_files_below(const struct list *files, const struct dns_name *name);

/* A resolver in `arena` that asks the files first; `inner`, the list and the arena outlive it. 0 or -ENOMEM. */
int zone_files_resolver(struct resolver *inner, const struct list *files, struct arena *arena,
                        struct resolver **ret);

#endif
