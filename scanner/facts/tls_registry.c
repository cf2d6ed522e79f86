/*
 * tls_registry.c - look-ups in the tables that the build makes of tls_registry_*.csv
 *
 * IANA's columns are as of autumn 2026: RFC 9847 (discouraged values), RFC 10015 (RSA, DH and DHE key exchange),
 * RFC 10024 (hybrids of ECDHE and ML-KEM). A '-' stands where IANA lists nothing.
 */
#include "scanner/facts/tls_registry_tables.h"

#include <stdio.h>
#include <string.h>

static const struct {
    uint16_t version;
    const char *name;
} version_names[] = {
    {TLS_VERSION_SSL2, "SSL2"},  {TLS_VERSION_SSL3, "SSL3"},  {TLS_VERSION_1_0, "TLS1.0"},
    {TLS_VERSION_1_1, "TLS1.1"}, {TLS_VERSION_1_2, "TLS1.2"}, {TLS_VERSION_1_3, "TLS1.3"},
};

const char *tls_registry_version_name(uint16_t version)
{
    for (size_t i = 0; i < sizeof(version_names) / sizeof(version_names[0]); i++)
        if (version_names[i].version == version)
            return version_names[i].name;
    return NULL;
}

uint16_t tls_registry_version(const char *name)
{
    for (size_t i = 0; i < sizeof(version_names) / sizeof(version_names[0]); i++)
        if (strcmp(version_names[i].name, name) == 0)
            return version_names[i].version;
    return 0;
}

/* ---- cipher suites ---- */

const struct tls_suite *tls_suites(size_t *ret_count)
{
    *ret_count = tls_suites_registered + tls_suites_de_facto + tls_suites_ssl2;
    return tls_suite_table;
}

static const struct tls_suite *suite_among(const struct tls_suite *suites, size_t count, uint32_t code)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;

        if (suites[middle].code == code)
            return &suites[middle];
        if (suites[middle].code < code)
            low = middle + 1;
        else
            count = middle;
    }
    return NULL;
}

const struct tls_suite *tls_suite_by_code(uint32_t code)
{
    const struct tls_suite *suite = suite_among(tls_suite_table, tls_suites_registered, code);

    if (!suite)
        suite = suite_among(tls_suite_table + tls_suites_registered, tls_suites_de_facto, code);
    return suite;
}

const struct tls_suite *tls_suite_ssl2(uint32_t kind)
{
    return suite_among(tls_suite_table + tls_suites_registered + tls_suites_de_facto, tls_suites_ssl2, kind);
}

const struct tls_suite *tls_suite_by_name(const char *name)
{
    size_t low = 0, count;
    const struct tls_suite *suites = tls_suites(&count);

    while (low < count) {
        size_t middle = low + (count - low) / 2;
        const struct tls_suite *suite = &suites[tls_suites_by_name[middle]];
        int order = strcmp(suite->name, name);

        if (order == 0)
            return suite;
        if (order < 0)
            low = middle + 1;
        else
            count = middle;
    }
    return NULL;
}

const char *tls_suite_name(uint32_t code, char unknown[TLS_UNKNOWN_SIZE])
{
    const struct tls_suite *suite = tls_suite_by_code(code);

    if (suite)
        return suite->name;
    snprintf(unknown, TLS_UNKNOWN_SIZE, "0x%04X", code);
    return unknown;
}

/* ---- groups ---- */

const struct tls_group *tls_groups(size_t *ret_count)
{
    *ret_count = tls_group_count;
    return tls_group_table;
}

const struct tls_group *tls_group_by_code(uint16_t code)
{
    for (size_t i = 0; i < tls_group_count; i++)
        if (tls_group_table[i].code == code)
            return &tls_group_table[i];
    return NULL;
}

const struct tls_group *tls_group_by_name(const char *name)
{
    for (size_t i = 0; i < tls_group_count; i++)
        if (strcmp(tls_group_table[i].name, name) == 0)
            return &tls_group_table[i];
    return NULL;
}

/* ---- signature schemes ---- */

const struct tls_scheme *tls_schemes(size_t *ret_count)
{
    *ret_count = tls_scheme_count;
    return tls_scheme_table;
}

const struct tls_scheme *tls_scheme_by_code(uint16_t code)
{
    for (size_t i = 0; i < tls_scheme_count; i++)
        if (tls_scheme_table[i].code == code)
            return &tls_scheme_table[i];
    return NULL;
}

const struct tls_scheme *tls_scheme_by_name(const char *name)
{
    for (size_t i = 0; i < tls_scheme_count; i++)
        if (strcmp(tls_scheme_table[i].name, name) == 0)
            return &tls_scheme_table[i];
    return NULL;
}

/* ---- known Diffie-Hellman primes ---- */

const char *tls_known_prime(const uint8_t *prime, size_t size)
{
    while (size > 0 && prime[0] == 0) {
        prime++;
        size--;
    }
    for (size_t i = 0; i < tls_prime_count; i++)
        if (tls_prime_table[i].size == size && memcmp(tls_prime_table[i].value, prime, size) == 0)
            return tls_prime_table[i].name;
    return NULL;
}
