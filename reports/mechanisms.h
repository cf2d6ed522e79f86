/*
 * mechanisms.h - ways to log in (SASL mechanisms) that a server offers
 */
#ifndef OUTPOST_REPORTS_MECHANISMS_H
#define OUTPOST_REPORTS_MECHANISMS_H

#include "scanner/base/list.h"
#include "scanner/facts/smtp.h"

struct arena;

enum mechanism_kind {
    MECHANISM_PASSWORD = 1, /* PLAIN, LOGIN: the password itself; fine inside TLS */
    MECHANISM_OUTDATED, /* CRAM-MD5, DIGEST-MD5, NTLM: weak, and the server has to keep the password readable
                         */
    MECHANISM_OTHER,    /* SCRAM-*, GSSAPI, EXTERNAL, OAUTHBEARER, ...: no reusable secret on the wire */
};
enum mechanism_kind mechanism_kind_of(const char *mechanism);

/* Texts: what an answer to EHLO lists behind AUTH, also in the form "AUTH=PLAIN" of old clients. Observed
 * when there was an answer. */
struct list smtp_mechanisms(struct arena *arena, const struct smtp_ehlo_facts *ehlo);
/* Texts: the X of each AUTH=X among IMAP capabilities. */
struct list imap_mechanisms(struct arena *arena, const struct list *capabilities);
/* "plain login scram-sha-256": what is offered without what is outdated, as Dovecot's auth_mechanisms and
 * Cyrus' mech_list want it; "plain login" when nothing else is left. */
const char *mechanisms_to_keep(struct arena *arena, const struct list *mechanisms); /* NULL: no memory */
/* Those of one kind. */
struct list mechanisms_of_kind(struct arena *arena, const struct list *mechanisms, enum mechanism_kind kind);

#endif
