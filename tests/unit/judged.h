/*
 * judged.h - scans made by hand for tests of the judge: a faultless one, and what a line of patches makes of
 * it
 *
 * A patch is a path into the scan's JSON and the new value ("absent" removes the member):
 *
 *     E25.smtp.starttls_offered false
 *
 * A member with dots in its name is written with "~": E25.tls.suites.TLS1~2.list.
 *
 * E25, E465, E587 and E993 stand for the endpoints of the IPv4 address, F25 ... for those of the IPv6
 * address, HOST for the mail host, DANE for its TLSA records of port 25, CAA for its CAA records, DKIM for a
 * selector and DKEY for its key record, NS1 and NS2 for the
 * addresses of the name servers (answers: 0 SOA, 1 SOA over TCP, 2 MX, 3 TXT, 4 DNSKEY), CERT25 ... for the
 * ECDSA certificate of an IPv4 port and RSA25 ... for its RSA certificate.
 */
#ifndef OUTPOST_TESTS_JUDGED_H
#define OUTPOST_TESTS_JUDGED_H

#include "reports/judgement.h"
#include "scanner/base/arena.h"

#define HOST_NAME    "mail.example.org"
#define IPV4_ADDRESS "11.10.1.25"
#define IPV6_ADDRESS "2a11:11:1001::25"

enum { SCAN_TIME = 1795348800, DAY_SECONDS = 86400 }; /* 2026-11-22T12:00:00Z */

/* example.org with one mail host on two addresses and four ports each, everything as it should be. */
struct scan_facts *faultless_scan(struct arena *arena);
/* The same with patches, one a line; a patch that goes nowhere fails the test. */
struct scan_facts *patched_scan(struct arena *arena, const char *patches);
/* The judgement of a scan by the built-in policy. */
struct judgement *judged(struct arena *arena, const struct scan_facts *scan);
/* The finding with this id; NULL when there is none. */
const struct finding *finding_of(const struct judgement *judgement, const char *id);

/* A table of verdicts: what the patches make of one finding. */
struct verdict_row {
    const char *patches;
    const char *id;
    enum outcome outcome; /* 0: there must be no such finding */
    const char *title;    /* a part of the title; NULL: any */
    const char *line;     /* a part of the evidence or the fix; NULL: any */
};
void check_verdicts(const char *table, const struct verdict_row *rows, size_t count);
#define CHECK_VERDICTS(rows) check_verdicts(#rows, rows, sizeof(rows) / sizeof((rows)[0]))

#endif
