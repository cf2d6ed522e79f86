/*
 * dkim_repair.h - what was meant by a key record that no verifier can read (RFC 6376 3.6.1)
 *
 * A record is made by a program, and carried into a zone by hand: quotes of a zone file are pasted into a form,
 * semicolons are escaped twice, the second string is left behind. This finds the tags all the same, and says what
 * was in the way. Pure.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_DKIM_REPAIR_H
#define OUTPOST_PROBES_PROTOCOL_DKIM_REPAIR_H

#include "scanner/base/bytes.h"
#include "scanner/base/list.h"

struct arena;

enum dkim_damage {
    DKIM_WHITE_SPACE,      /* white space inside of the key: allowed, and a sign of a wrong split */
    DKIM_QUOTES,           /* the quotes of a zone file are part of the text */
    DKIM_BACKSLASHES,      /* as in "v=DKIM1\; " */
    DKIM_ENTITIES,         /* as in "v=DKIM1&#59;" */
    DKIM_OWNER_NAME,       /* the whole line of a zone file was pasted */
    DKIM_PEM,              /* "-----BEGIN PUBLIC KEY-----" */
    DKIM_VERSION,          /* v= is not the first tag, or "v=" is not there, or not what it says */
    DKIM_SEPARATORS,       /* semicolons are missing */
    DKIM_CHARACTERS,       /* characters that base64 does not have */
    DKIM_KEY_TYPE,         /* k= is that of another key */
    DKIM_WRAPPED_KEY,      /* Ed25519 in a SubjectPublicKeyInfo */
    DKIM_TRUNCATED,        /* the end of the key is missing */
    DKIM_SECOND_STRING,    /* that, and what is there fills one string */
    DKIM_SEPARATE_RECORDS, /* that, and it is there as a record of its own */
    DKIM_PRIVATE_KEY,      /* p= holds a private key */
    DKIM_DAMAGES,
};
const char *dkim_damage_name(enum dkim_damage damage); /* "white_space", ... */

struct dkim_repair {
    bool damage[DKIM_DAMAGES];
    struct bytes k, h, s, t; /* values, empty: not there */
    struct bytes p;          /* nothing but digits of base64 and the padding that they need */
    bool has_p;
};

/* 0 or -ENOMEM. */
int dkim_repair(struct bytes text, struct arena *arena, struct dkim_repair *ret);

#endif
