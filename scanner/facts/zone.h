/*
 * zone.h - what can be known of the zone that a domain is in: who serves it, by whose word, and what each of its
 * name servers says
 */
#ifndef OUTPOST_FACTS_ZONE_H
#define OUTPOST_FACTS_ZONE_H

#include "scanner/facts/dns.h"

/* A name server as the zone above or the zone itself names it. */
struct zone_name_facts {
    const char *name;
    struct list glue; /* texts: addresses that came with it */
};
extern const struct shape zone_name_shape;

/* One question to one name server and what it said. */
struct zone_answer_facts {
    const char *type; /* "SOA" */
    enum known tcp;   /* over TCP; else over UDP, with at most 1232 bytes for the answer */
    enum known
        later; /* asked again: the serial numbers differed; when they agreed at last, or after a minute */
    enum dns_outcome outcome;
    struct number rcode;
    const char *reason;       /* of a failure */
    enum known authoritative; /* AA; unknown when nothing came back */
    enum known truncated;     /* there is more over TCP */
    struct list records;      /* texts: of the type asked for, at most 64 */
    struct number milliseconds;
};
extern const struct shape zone_answer_shape;

/* One address of a name server. */
struct zone_server_facts {
    const char *name;
    const char *address;
    enum known contacted;
    const char *reason;  /* why it was not */
    struct list answers; /* zone_answer_facts */
};
extern const struct shape zone_server_shape;

/* The serial number of a SOA record (RFC 1035 3.3.13); false when the answer has none. */
bool zone_answer_serial(const struct zone_answer_facts *answer, int64_t *ret);

struct zone_facts {
    const char *name;                    /* of the zone; NULL: not found */
    const char *reason;                  /* why not */
    const char *file;                    /* the zone file that answered; its name servers were not asked */
    const char *parent;                  /* the zone above */
    const char *parent_server;           /* who spoke for it */
    const char *parent_reason;           /* why its words are not known */
    struct list from_parent;             /* zone_name_facts: whom the zone above refers to */
    struct list from_child;              /* zone_name_facts, without glue: whom the zone itself names */
    const char *child_reason;            /* why its words are not known */
    struct list addressless;             /* texts: name servers without any address */
    struct list servers;                 /* zone_server_facts */
    struct number servers_left_out;      /* name servers over the cap of 8 */
    struct dns_question_facts *random_a; /* of a name that nobody can have published */
    struct dns_question_facts *random_mx;
    struct dns_question_facts *random_txt;
};
extern const struct shape zone_shape;

#endif
