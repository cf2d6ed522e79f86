/*
 * mail_clients.h - what mail programs and sending servers offer in TLS, as reports/clients.json has it
 *
 * Each hello was captured from the software or is a published fact; each entry says which (docs/clients.md).
 */
#ifndef OUTPOST_REPORTS_MAIL_CLIENTS_H
#define OUTPOST_REPORTS_MAIL_CLIENTS_H

#include "scanner/facts/endpoint.h"

enum client_role {
    CLIENT_ROLE_UNKNOWN = 0,
    CLIENT_MTA, /* a server that sends to port 25 */
    CLIENT_MUA, /* a mail program of a user */
};

/* What a sending server does when a handshake fails and nothing demands TLS. */
enum client_without_tls { CLIENT_WITHOUT_TLS_UNKNOWN = 0, CLIENT_SENDS_CLEAR, CLIENT_DEFERS };

struct mail_client {
    const char *id;
    const char *name;   /* "Outlook on Windows 7" */
    struct number year; /* it came out */
    enum client_role role;
    const char *source; /* of the hello */
    const char *dated;  /* when it was captured or published, where the source says so */
    const char *note;
    enum client_without_tls without_tls;
    enum known verifies;       /* refuses, or asks its user, when the certificate is not trusted */
    struct number dh_bits_min; /* of finite-field Diffie-Hellman below TLS 1.3 */
    struct number dh_bits_max;
    struct list versions; /* texts, all by IANA's names: oldest first */
    enum known sni;
    enum known alpn;
    struct list suites;  /* in its order */
    struct list groups;  /* empty: it sends no such extension */
    struct list schemes; /* the same */
    struct list shares;  /* groups of its key shares */
};

/* All clients, struct mail_client in the order of the file. 0 or -ENOMEM. */
int mail_clients(struct arena *arena, struct list *ret);
/* Does it come to such a service? Senders to "smtp", users to submission, IMAP, POP3 and ManageSieve. */
bool mail_client_comes(const struct mail_client *client, const struct endpoint_facts *endpoint);

#endif
