/*
 * autoconfig.h - what can be known of how mail programs find the servers of a domain by themselves
 *
 * SRV records (RFC 6186, 8314, 5804), Mozilla's configuration file, Microsoft's Autodiscover.
 */
#ifndef OUTPOST_FACTS_AUTOCONFIG_H
#define OUTPOST_FACTS_AUTOCONFIG_H

#include "scanner/facts/dns.h"
#include "scanner/facts/fetch.h"

/* One SRV record (RFC 2782). */
struct srv_target_facts {
    struct number priority;
    struct number weight;
    struct number port;
    const char *host; /* no final dot; ".": the service is not offered */
};
extern const struct shape srv_target_shape;

struct srv_facts {
    const char *service; /* "_imaps._tcp" */
    struct dns_question_facts *question;
    struct list targets; /* srv_target_facts by priority, the heaviest first; at most 8 */
};
extern const struct shape srv_shape;

enum autoconfig_security {
    AUTOCONFIG_SECURITY_NOT_OBSERVED = 0, /* not said, or in words that nobody knows */
    AUTOCONFIG_TLS,                       /* from the first byte */
    AUTOCONFIG_STARTTLS,
    AUTOCONFIG_PLAIN,
    AUTOCONFIG_ANY, /* the mail program is to find out */
};
extern const char *const autoconfig_security_values[];

/* A server, as a file describes it. */
struct autoconfig_server_facts {
    const char *protocol; /* "imap", "pop3", "smtp" */
    const char *host;
    struct number port;
    enum autoconfig_security security;
    struct list authentication; /* texts, as Mozilla names them: "password-cleartext" */
    const char *username;       /* as the file says it: "%EMAILADDRESS%" */
};
extern const struct shape autoconfig_server_shape;

/* A file taken apart. */
struct autoconfig_file_facts {
    const char *root; /* its outermost element: what kind of file it is; NULL: it has none */
    enum known valid; /* XML to its end, and mail programs find servers in it */
    struct list servers;
    struct number servers_left_out; /* over 16 */
    struct list faults;             /* texts, at most 16: what mail programs stumble over */
    const char *message;            /* Autodiscover: the error that it reports, in its words */
    const char *elsewhere;          /* Autodiscover: the address or URL that it refers to */
    struct bytes document;          /* the whole, at most 64 KiB */
};
extern const struct shape autoconfig_file_shape;

/* One request to one address. */
struct autoconfig_fetch_facts {
    const char *url;
    const char *address;
    struct number port;
    enum known contacted;
    enum fetch_result result;
    const char *reason; /* in words, of all but an answer */
    struct number status;
    const char *content_type;
    const char *location;  /* of a redirect */
    const char *challenge; /* the WWW-Authenticate header: it asks for a password */
    struct number size;
    struct number milliseconds;
};
extern const struct shape autoconfig_fetch_shape;

/* A place where mail programs look, and the way from there to a file. */
struct autoconfig_place_facts {
    const char *host;
    struct dns_question_facts *a;
    struct dns_question_facts *aaaa;
    struct list fetches; /* autoconfig_fetch_facts in their order: addresses tried, redirects followed */
    const char *reason;  /* why there was no fetch, or no more: "no IPv4 here", "more than 3 redirects" */
    struct autoconfig_file_facts *file;
};
extern const struct shape autoconfig_place_shape;

/* Where a name leads that one of them gives to mail programs. */
struct autoconfig_host_facts {
    const char *name;
    struct dns_question_facts *a;
    struct dns_question_facts *aaaa;
};
extern const struct shape autoconfig_host_shape;

struct autoconfig_facts {
    const char *address; /* the address that the files were asked for: outpost@DOMAIN */
    struct list srv;     /* srv_facts */
    struct autoconfig_place_facts *mozilla_host;       /* autoconfig.DOMAIN */
    struct autoconfig_place_facts *mozilla_well_known; /* the domain's own web site */
    struct autoconfig_place_facts *mozilla_host_http;  /* plain HTTP: asked only when HTTPS gave nothing */
    struct autoconfig_place_facts *mozilla_well_known_http;
    struct autoconfig_place_facts *microsoft_host;   /* autodiscover.DOMAIN */
    struct autoconfig_place_facts *microsoft_domain; /* the domain's own web site */
    struct autoconfig_place_facts *microsoft_srv;    /* the target of _autodiscover._tcp */
    struct list hosts;                               /* autoconfig_host_facts: names given, at most 16 */
};
extern const struct shape autoconfig_shape;

#endif
