/*
 * sample_spf.h - SPF facts made by hand: a record that names the MX and includes that of a provider
 */
#ifndef OUTPOST_TESTS_SAMPLE_SPF_H
#define OUTPOST_TESTS_SAMPLE_SPF_H

#include "scanner/facts/spf.h"

struct arena;

/* `host` with its addresses is the only MX of `domain`, and has a record of its own. `words`: a modifier in the provider's
 * record that is somebody else's, or NULL. */
struct spf_facts *sample_spf(struct arena *arena, const char *domain, const char *host, const char *ipv4,
                             const char *ipv6, const char *words);

#endif
