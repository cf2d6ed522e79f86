/*
 * tls_registry_tables.h - what cmake/tls_registry.cmake makes of tls_registry_*.csv; for tls_registry.c only
 */
#ifndef OUTPOST_FACTS_TLS_REGISTRY_TABLES_H
#define OUTPOST_FACTS_TLS_REGISTRY_TABLES_H

#include "scanner/facts/tls_registry.h"

struct tls_prime {
    const char *name;
    size_t size;
    const char *value; /* big endian, no leading zeros */
};

/* IANA's suites, then de-facto ones, then SSLv2's kinds: each run in order of its codes. */
extern const struct tls_suite tls_suite_table[];
extern const uint16_t tls_suites_by_name[]; /* positions in that table, in the order of the names */
extern const size_t tls_suites_registered, tls_suites_de_facto, tls_suites_ssl2;
extern const struct tls_group tls_group_table[];
extern const size_t tls_group_count;
extern const struct tls_scheme tls_scheme_table[];
extern const size_t tls_scheme_count;
extern const struct tls_prime tls_prime_table[];
extern const size_t tls_prime_count;

#endif
