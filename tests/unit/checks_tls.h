/*
 * checks_tls.h - patches for what a port accepts of TLS (see judged.h)
 *
 * The name of a version has a dot, so lists are patched whole. ACCEPTS adds to TLS 1.2 behind one good suite.
 */
#ifndef OUTPOST_TESTS_CHECKS_TLS_H
#define OUTPOST_TESTS_CHECKS_TLS_H

#include "tests/unit/judged.h"

#define A     HOST_NAME "/" IPV4_ADDRESS
#define AT25  "@" A ":25"
#define AT465 "@" A ":465"
#define AT587 "@" A ":587"
#define AT993 "@" A ":993"

#define GOOD12 "\"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\""
#define GOOD13                                                                                               \
    "\"TLS1.3\": {\"complete\": true, \"order\": \"server\", \"list\": [\"TLS_AES_256_GCM_SHA384\"]}"

/* versions: lists of JSON texts */
#define SPEAKS(endpoint, accepted, refused)                                                                  \
    endpoint ".tls.versions {\"complete\": true, \"list\": [" accepted "], \"refused\": [" refused "]}\n"
#define SPEAKS_CUT(endpoint, accepted, refused)                                                              \
    endpoint ".tls.versions {\"complete\": false, \"reason\": \"pushback\", \"list\": [" accepted            \
             "], \"refused\": [" refused "]}\n"
/* a member of suites, groups or schemes */
#define SET(version, list) "\"" version "\": {\"complete\": true, \"list\": [" list "]}"
#define SET_CUT(version, list)                                                                               \
    "\"" version "\": {\"complete\": false, \"reason\": \"pushback\", \"list\": [" list "]}"
#define ORDERED(version, order, list)                                                                        \
    "\"" version "\": {\"complete\": true, \"order\": \"" order "\", \"list\": [" list "]}"
#define SUITES(endpoint, sets)  endpoint ".tls.suites {" sets "}\n"
#define GROUPS(endpoint, sets)  endpoint ".tls.groups {" sets "}\n"
#define SCHEMES(endpoint, sets) endpoint ".tls.schemes {" sets "}\n"
/* one suite more in TLS 1.2; the same where the list is not complete; a list that is not complete */
#define ACCEPTS(endpoint, suite)     SUITES(endpoint, SET("TLS1.2", GOOD12 ", \"" suite "\"") ", " GOOD13)
#define ACCEPTS_CUT(endpoint, suite) SUITES(endpoint, SET_CUT("TLS1.2", GOOD12 ", \"" suite "\"") ", " GOOD13)
#define CUT(endpoint)                SUITES(endpoint, SET_CUT("TLS1.2", GOOD12) ", " GOOD13)
/* an old version with one suite */
#define OLD(endpoint, version, suite)                                                                        \
    SPEAKS(endpoint, "\"" version "\", \"TLS1.2\", \"TLS1.3\"", "")                                          \
    SUITES(endpoint, SET(version, "\"" suite "\"") ", " SET("TLS1.2", GOOD12) ", " GOOD13)
/* a quick scan: one handshake, nothing enumerated */
#define QUICK(endpoint)                                                                                      \
    "settings.depth \"quick\"\n" endpoint ".tls.versions null\n" endpoint ".tls.suites absent\n" endpoint    \
    ".tls.groups absent\n" endpoint ".tls.schemes absent\n" endpoint ".tls.dh absent\n" endpoint             \
    ".tls.resumption null\n" endpoint ".tls.features null\n"
#define TLS13_ONLY(endpoint)                                                                                 \
    SPEAKS(endpoint, "\"TLS1.3\"", "\"SSL2\", \"SSL3\", \"TLS1.0\", \"TLS1.1\", \"TLS1.2\"")                 \
    SUITES(endpoint, GOOD13)
#define REFUSED(endpoint) endpoint ".state \"refused\"\n" endpoint ".smtp null\n" endpoint ".tls null\n"

#endif
