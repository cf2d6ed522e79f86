/*
 * endpoint.h - an address and a port, scanned once per run, whoever asks
 */
#ifndef OUTPOST_FACTS_ENDPOINT_H
#define OUTPOST_FACTS_ENDPOINT_H

#include "scanner/facts/imap.h"
#include "scanner/facts/pop3.h"
#include "scanner/facts/sieve.h"
#include "scanner/facts/smtp.h"
#include "scanner/facts/tls.h"

enum endpoint_state {
    ENDPOINT_NOT_OBSERVED = 0,
    ENDPOINT_OPEN,          /* it accepted a connection and let us speak */
    ENDPOINT_REFUSED,       /* connection refused */
    ENDPOINT_SILENT,        /* no answer to connect() in time */
    ENDPOINT_UNREACHABLE,   /* the network says so, or we have no route */
    ENDPOINT_TURNED_AWAY,   /* accepted, then 421, 554, BYE or closed before the greeting */
    ENDPOINT_NOT_CONTACTED, /* we did not try: private address, no such family here, scan ended */
};
extern const char *const endpoint_state_values[];

struct endpoint_facts {
    const char *address;
    struct number port;
    const char *service; /* "smtp", "imaps", ...: as targets/settings.h names them */
    struct list hosts;   /* texts: the names that led here */
    enum endpoint_state state;
    const char *reason; /* in words, when not open */
    enum known heard;   /* it sent at least one byte: who only accepts may be a proxy before nobody */
    struct number connect_milliseconds;
    struct smtp_facts *smtp; /* of the four dialogues there is at most one */
    struct imap_facts *imap;
    struct pop3_facts *pop3;
    struct sieve_facts *sieve;
    struct tls_facts *tls;
    struct number connections; /* opened by us */
    struct number aborted;     /* of these, not ended by the protocol's farewell */
    struct number pushbacks;   /* 421 and the like, refused or silent after a success */
    enum known kept_out;       /* it let us in no more, before all was asked */
};
extern const struct shape endpoint_shape;

/* What the dialogues of all services have in common. */
struct dialogue_seen {
    bool began; /* false: there was none, and nothing is known */
    enum known starttls_offered;
    const struct list *capabilities;     /* texts, before TLS; NULL for SMTP, whose own are more than texts */
    const struct list *capabilities_tls; /* the same inside TLS */
    enum dialogue_end end;
    const char *end_stage;
    const char *end_reason;
    const struct list *transcript; /* NULL: none */
};
struct dialogue_seen endpoint_dialogue(const struct endpoint_facts *endpoint);

#endif
