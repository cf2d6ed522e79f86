/*
 * endpoint.h - an address and a port, scanned once per run, whoever asks
 */
#ifndef OUTPOST_FACTS_ENDPOINT_H
#define OUTPOST_FACTS_ENDPOINT_H

#include "scanner/facts/imap.h"
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
    const char *service; /* "smtp", "submission", "submissions", "imap", "imaps", "tls" */
    struct list hosts;   /* texts: the names that led here */
    enum endpoint_state state;
    const char *reason; /* in words, when not open */
    struct number connect_milliseconds;
    struct smtp_facts *smtp;
    struct imap_facts *imap;
    struct tls_facts *tls;
    struct number connections; /* opened by us */
    struct number aborted;     /* of these, not ended by the protocol's farewell */
    struct number pushbacks;   /* 421 and the like, refused or silent after a success */
};
extern const struct shape endpoint_shape;

#endif
