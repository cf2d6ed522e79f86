/*
 * sample_dnsbl.h - a domain and two addresses that are on no blacklist, for tests of the judge and of reports
 */
#ifndef OUTPOST_TESTS_SAMPLE_DNSBL_H
#define OUTPOST_TESTS_SAMPLE_DNSBL_H

#include "scanner/facts/dnsbl.h"

struct arena;

/* Lists: 0 zen.example for IPv4, 1 the same for IPv6, 2 names.example. Subjects: 0 the domain, 1 `ipv4`, 2 `ipv6`. */
struct dnsbl_facts *sample_dnsbl(struct arena *arena, const char *domain, const char *ipv4, const char *ipv6);
/* The list's word against the subject, with this reason of its own. */
void sample_dnsbl_listed(struct dnsbl_facts *facts, struct arena *arena, size_t subject, const char *text);

#endif
