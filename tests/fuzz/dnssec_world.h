/*
 * dnssec_world.h - the questions of the fuzz harness for validation, and what is true
 */
#ifndef OUTPOST_TESTS_FUZZ_DNSSEC_WORLD_H
#define OUTPOST_TESTS_FUZZ_DNSSEC_WORLD_H

#include "scanner/net/resolver.h"

enum { FUZZ_TIME = 1795348800 }; /* 2026-11-22T12:00:00Z */

/* Printed by dnssec_corpus when it makes a corpus. */
#define FUZZ_ANCHOR                                                                                          \
    ". 3600 IN DS 44296 15 2 791c7fc589c9b56731df094d8dd26e2b55e386a88abd6afec5ead26406abf026\n"

struct fuzz_question {
    const char *name;
    uint16_t type;
    enum dns_outcome outcome;
    const char *text; /* of the one record; NULL: there is none */
    bool is_insecure;
};

static const struct fuzz_question fuzz_questions[] = {
    {"www.example.test", DNS_A, DNS_DATA, "192.0.2.1", false},
    {"any.wild.example.test", DNS_A, DNS_DATA, "192.0.2.3", false},
    {"here.example.test", DNS_A, DNS_DATA, "192.0.2.1", false},
    {"www.old.example.test", DNS_A, DNS_DATA, "192.0.2.6", false},
    {"absent.example.test", DNS_A, DNS_NXDOMAIN, NULL, false},
    {"www.example.test", DNS_MX, DNS_NODATA, NULL, false},
    {"www.none.test", DNS_A, DNS_DATA, "192.0.2.9", true},
    {"absent.test", DNS_A, DNS_NXDOMAIN, NULL, false},
    {"www.test", DNS_MX, DNS_NODATA, NULL, false},
    {"any.wild.test", DNS_A, DNS_DATA, "192.0.2.4", false},
};
enum { FUZZ_QUESTIONS = sizeof(fuzz_questions) / sizeof(fuzz_questions[0]) };

#endif
