/*
 * dns_reply.h - what a zone's own name server said: an answer, a referral, or nothing of use
 *
 * Pure. A server is believed in what lies in the zone that it was asked about, and in nothing else.
 */
#ifndef OUTPOST_NET_DNS_REPLY_H
#define OUTPOST_NET_DNS_REPLY_H

#include "scanner/base/list.h"
#include "scanner/net/dns_cache.h"

enum dns_reply_kind {
    DNS_REPLY_ANSWER = 1, /* with authority: records, an alias, or that there is nothing */
    DNS_REPLY_REFERRAL,   /* to a zone below the one asked about, on the way to the name */
    DNS_REPLY_TRUNCATED,
    DNS_REPLY_NO_EDNS,   /* an error without OPT record, as from servers that do not know EDNS */
    DNS_REPLY_CODE,      /* SERVFAIL, REFUSED, ... */
    DNS_REPLY_LAME,      /* the server is not one of this zone: `why` */
    DNS_REPLY_MALFORMED, /* `why` */
};

/* A name server as a referral names it. */
struct dns_reply_server {
    struct dns_name name;
    struct list addresses; /* struct address: glue, if in bailiwick */
};

struct dns_reply {
    enum dns_reply_kind kind;
    const char *why;      /* static */
    struct buffer packet; /* ANSWER: with the records of the zone alone; on the heap */
    struct dns_name zone; /* REFERRAL: the zone referred to */
    uint32_t ttl;         /* of its NS records, the smallest */
    struct list servers;  /* struct dns_reply_server */
};

enum { DNS_REPLY_SERVERS_MAX = 32, DNS_REPLY_ADDRESSES_MAX = 4 /* of each server and family */ };

/*
 * Reads what a server of `zone` said to the question `key`. The lists are in `arena`. 0 or -ENOMEM; after 0
 * the packet is the caller's to free.
 */
int dns_reply_read(struct bytes packet, const struct dns_name *zone, const struct dns_key *key,
                   struct arena *arena, struct dns_reply *ret);

/*
 * The name servers of the root and their addresses from text as root.hints has it: NS records of the root, A
 * and AAAA records of those names, comments behind ';'; other lines do not count. 0 with a list of struct
 * dns_reply_server in `arena`; -EBADMSG when there is no address among them; -ENOMEM.
 */
int dns_hints_parse(const char *text, struct arena *arena, struct list *ret);
/* The same from a file; all failures but -ENOMEM with *ret_error in words. */
int dns_hints_read(const char *file, struct arena *arena, struct list *ret, const char **ret_error);

#endif
