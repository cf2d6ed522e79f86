/*
 * issuers.h - certificate authorities: by which names CAA records know them, and whom such records allow
 *
 * Pure functions over facts.
 */
#ifndef OUTPOST_REPORTS_ISSUERS_H
#define OUTPOST_REPORTS_ISSUERS_H

#include "scanner/facts/caa.h"

enum { IDENTITIES_MAX = 8 };

struct issuer {
    const char *organisation; /* as the issuer's name in its certificates begins */
    const char *identities
        [IDENTITIES_MAX]; /* domain names in CAA records that mean it; the first is the one to use */
};

/* Whose certificate says that it was issued by `distinguished_name` ("CN=R10,O=Let's Encrypt,C=US")? NULL:
 * nobody we know. */
const struct issuer *issuer_of(const char *distinguished_name);

/* What records say of one authority. */
enum caa_permission {
    CAA_UNKNOWN = 0, /* they are not known, or not all of them */
    CAA_FREE,        /* they do not limit who may issue */
    CAA_ALLOWED,
    CAA_OTHERS, /* others may, this one may not */
    CAA_NOBODY, /* nobody may */
};
/* `issuer` NULL: an authority whose identities are not known, which is never CAA_ALLOWED. */
enum caa_permission caa_permission(const struct caa_facts *caa, bool wildcard, const struct issuer *issuer);
/* Of the two tags, the one that counts for such a certificate. */
const char *caa_deciding_tag(const struct caa_facts *caa, bool wildcard);

/* Does every authority know the tag? Or is it at least one that IANA has registered? */
bool caa_tag_known(const char *tag);
bool caa_tag_registered(const char *tag);

#endif
