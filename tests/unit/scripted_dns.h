/*
 * scripted_dns.h - name servers that answer from a table, behind the seam of dns_exchange (network.h)
 *
 *      static const struct scripted_row table[] = {
 *          {"198.41.0.4", "~org", .authority = {"org NS a.org"}, .additional = {"a.org A 199.19.56.1"}},
 *          {"199.19.56.1", "example.org MX", .aa = true, .answer = {"example.org MX 10 mail.example.org"}},
 *      };
 *
 * The first row that fits is taken: the server's address, then the name and perhaps the type ("~org" is that name
 * and all below it, "*" any). Who is in no row is silent.
 */
#ifndef OUTPOST_TESTS_SCRIPTED_DNS_H
#define OUTPOST_TESTS_SCRIPTED_DNS_H

#include "scanner/base/list.h"
#include "scanner/net/network.h"

enum { SCRIPTED_RECORDS_MAX = 24 };

enum scripted_manner {
    SCRIPTED_PLAIN = 0,
    SCRIPTED_TRUNCATED, /* over UDP; whole over TCP */
    SCRIPTED_NO_EDNS,   /* FORMERR without a record for questions with OPT */
    SCRIPTED_REFUSED,   /* nothing listens */
    SCRIPTED_SILENT,
    SCRIPTED_UDP_ONLY, /* TCP is refused */
    SCRIPTED_GARBAGE,  /* not a packet */
};

struct scripted_row {
    const char *server;
    const char *question;
    enum scripted_manner manner;
    bool aa;
    uint8_t rcode;
    int64_t delay_ms;
    size_t times; /* the first so many times that the server is asked this; 0: always */
    const char *answer[SCRIPTED_RECORDS_MAX]; /* "owner TYPE data" */
    const char *authority[SCRIPTED_RECORDS_MAX];
    const char *additional[SCRIPTED_RECORDS_MAX];
    /* may write the packet instead: adds records behind header and question */
    void (*write)(struct buffer *out, const char *name);
};

struct scripted_dns {
    const struct scripted_row *table;
    size_t count;
    struct arena *arena;
    struct list asked; /* texts, in order: "198.41.0.4 example.org MX", with " tcp" behind */
};

/* Sets the seam; the caller keeps both. */
void scripted_dns_install(struct scripted_dns *scripted, struct network *network);
/* How many questions began with this: "198.41.0.4 " or "198.41.0.4 example.org MX". */
size_t scripted_dns_asked(const struct scripted_dns *scripted, const char *prefix);

#endif
