/*
 * autoconfig.h - what mail programs are promised: by SRV records, by Mozilla's file, by Microsoft's Autodiscover
 *
 *      who says it  ->  "IMAP at mail.example.org port 993, TLS"  ->  does the others' word agree, and the port?
 *
 * For whoever judges by it or shows it: checks/autoconfig.c, checks/autoconfig_consistent.c, html_autoconfig.c.
 */
#ifndef OUTPOST_REPORTS_AUTOCONFIG_H
#define OUTPOST_REPORTS_AUTOCONFIG_H

#include "reports/judgement.h"

/* May be NULL. */
const struct autoconfig_facts *observed_autoconfig(const struct judgement *judgement);

/* ---- places ---- */

enum autoconfig_answer {
    PLACE_UNKNOWN = 0, /* not asked, or nobody knows whose fault the silence is */
    PLACE_ABSENT,      /* no such name, no web server, no such file */
    PLACE_FAULTY,      /* something is there that mail programs cannot use */
    PLACE_PROTECTED,   /* it asks for a password first */
    PLACE_FOUND,
};
/* What a mail program gets from a place (NULL: it was not asked). *ret_words says why it is not a file that it can use. */
enum autoconfig_answer autoconfig_answer(struct judgement *judgement,
                                         const struct autoconfig_place_facts *place, const char *root,
                                         const char **ret_words);
/* The place whose file counts, the first that mail programs find; NULL: there is none. */
const struct autoconfig_place_facts *autoconfig_mozilla(struct judgement *judgement);
const struct autoconfig_place_facts *autoconfig_microsoft(struct judgement *judgement);
#define MOZILLA_ROOT   "clientConfig"
#define MICROSOFT_ROOT "Autodiscover"

/* ---- promises ---- */

enum autoconfig_source { BY_SRV = 0, BY_MOZILLA, BY_MICROSOFT, AUTOCONFIG_SOURCES };
const char *autoconfig_source_name(enum autoconfig_source source); /* "SRV records" */

struct promise {
    enum autoconfig_source source;
    const char *protocol; /* "imap", "pop3", "smtp", "sieve" */
    const char *host;
    int64_t port;
    enum autoconfig_security security;
    const struct autoconfig_server_facts *server; /* NULL: an SRV record */
    const char *service;                          /* of an SRV record: "_imaps._tcp" */
};
/* struct promise, by source. */
struct list autoconfig_promises(struct judgement *judgement);
bool promise_is_same(const struct promise *a, const struct promise *b); /* whoever says it */
const char *security_words(enum autoconfig_security security);          /* "TLS", "STARTTLS" */
const char *protocol_words(const char *protocol);                       /* "IMAP" */
/* "IMAP at mail.example.org port 993 (TLS)" */
const char *promise_words(struct judgement *judgement, const struct promise *promise);
/* The SRV service that stands for a promise: "_imaps._tcp". NULL: none. */
const char *promise_service(const struct promise *promise);
/* Do SRV records say that this service is not offered? */
bool autoconfig_denied(const struct judgement *judgement, const char *service);
/* Is it known, by A and AAAA of a name, that it leads nowhere? */
bool has_no_address(const struct dns_question_facts *a, const struct dns_question_facts *aaaa);
/* Where the host of a promise leads; NULL: it was not looked up. */
const struct autoconfig_host_facts *autoconfig_host(const struct judgement *judgement, const char *name);

#endif
