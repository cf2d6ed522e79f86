/*
 * record_fields.h - TXT records that begin with a version: "v=STSv1; id=20261122; more=words"
 *
 * The form that MTA-STS (RFC 8461 3.1) and TLS reporting (RFC 8460 3) share; the readers of DKIM and BIMI,
 * whose records are tag lists, use a part of it. Pure.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_RECORD_FIELDS_H
#define OUTPOST_PROBES_PROTOCOL_RECORD_FIELDS_H

#include "scanner/base/bytes.h"
#include "scanner/base/list.h"

struct arena;

enum { RECORD_REMARKS_MAX = 16 };

struct record_field {
    struct bytes name;
    struct bytes value;
};

struct record_opened {
    const char *text;   /* cleaned, at most 1000 bytes of it */
    bool announces;     /* it begins with the version ("v=STSv1") and a semicolon; case counts, spaces too */
    bool intended;      /* the version is somewhere in it, in whatever case */
    struct list fields; /* struct record_field: of one that announces, what stands behind the version */
    const char *fault;  /* what breaks the grammar, in words; the fields before that are there */
};
/* What every such record begins with. 0 or -ENOMEM. */
int record_open(struct bytes record, const char *version, struct arena *arena, struct record_opened *ret);

bool record_mentions(struct bytes record, const char *word); /* somewhere in it, in whatever case */
bool record_is_name(struct bytes name); /* a letter or digit, then up to 31 of these or "_", "-", "." */
/* What an unknown field may hold: visible ASCII but "=" and ";", at least one. */
bool record_is_value(struct bytes value);
bool record_is_text(struct bytes bytes, const char *text); /* equal, with case */
/* Adds a text that was just made: -ENOMEM when it is NULL. */
int record_keep(struct list *texts, struct arena *arena, char *text);
/* Notes "field NAME: WHY"; what is over RECORD_REMARKS_MAX is left out. 0 or -ENOMEM. */
int record_remark(struct list *remarks, struct arena *arena, struct bytes name, const char *why);
struct bytes bytes_trimmed(struct bytes bytes); /* without spaces and tabs at both ends */

#endif
