/*
 * bimi.h - BIMI as text: the record, the logo, the certificate for it (draft-brand-indicators-for-message-
 * identification, draft-svg-tiny-ps-abrotman)
 *
 *      v=BIMI1; l=https://example.org/logo.svg; a=https://example.org/logo.pem
 *
 * Pure. What breaks the rules is a fact, never an error.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_BIMI_H
#define OUTPOST_PROBES_PROTOCOL_BIMI_H

#include "scanner/facts/bimi.h"

enum {
    BIMI_LOGO_MAX = 32 * 1024, /* what the draft recommends at most */
    BIMI_AUTHORITY_MAX = 256 * 1024,
    BIMI_FAULTS_MAX = 16,
    BIMI_CHAIN_MAX = 8,
};

/* Takes one TXT record, its strings joined, apart. 0 or -ENOMEM. */
int bimi_record_read(struct bytes record, struct arena *arena, struct bimi_record_facts **ret);
/* Reads a logo of at most BIMI_LOGO_MAX bytes: nothing is fetched, a document type is not looked at, nesting is
 * capped. 0 or -ENOMEM. */
int bimi_logo_read(struct bytes file, struct arena *arena, struct bimi_logo_facts **ret);
/* The certificates of a PEM file as DER, at most BIMI_CHAIN_MAX. 0 or -ENOMEM. */
int bimi_certificates_read(struct bytes file, struct arena *arena, struct bytes chain[static BIMI_CHAIN_MAX],
                           size_t *ret_count);

#endif
