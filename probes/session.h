/*
 * session.h - one connection of a scan, from the pacer's slot to the farewell
 *
 *   slot -> connect -> dialogue: open up to TLS -> converse inside -> leave -> close -> slot back
 *
 * The same dialogue serves the clean session, whose facts become those of the endpoint, and the handshakes
 * that follow it: these only open and leave. Functions that talk return true to go on; false means that the
 * session is over, and `end`, `end_stage` and `end_reason` already say why. A session whose end is not
 * set was not cut short.
 */
#ifndef OUTPOST_PROBES_SESSION_H
#define OUTPOST_PROBES_SESSION_H

#include "probes/probe.h"
#include "scanner/net/pacer.h"
#include "scanner/net/stream.h"
#include "scanner/net/tls.h"

struct session {
    struct network *network;
    struct endpoint_facts *endpoint;
    struct arena *arena;     /* of the dialogue: the endpoint's own, or thrown away */
    struct arena *tls_arena; /* of handshakes and certificates, which are kept */
    struct address address;
    uint16_t port;
    enum service service;
    struct tls_options tls;
    int64_t deadline; /* of the whole target */

    struct smtp_facts *smtp; /* where an SMTP dialogue is noted: the endpoint's own, or thrown away */
    struct imap_facts *imap; /* the same for the others */
    struct pop3_facts *pop3;
    struct sieve_facts *sieve;
    struct list *transcript;               /* NULL: none is kept */
    struct tls_handshake_facts *handshake; /* of this session; NULL: none was begun */
    struct tls_facts *aside; /* where handshakes are noted instead of in the endpoint; NULL: there */
    /* Called in the place of the handshake (exchange.c); NULL: OpenSSL makes it. */
    bool (*instead)(struct session *session);
    struct exchange *exchange; /* its own */
    /* Called inside TLS, in the place of what the clean session asks; NULL: nothing is. */
    void (*inside)(struct session *session);
    void *inside_data;
    struct tls_resumable *resumable; /* what the server gave, if tls.keep_session; the caller's to free */

    struct pacer_slot *slot; /* NULL: session_connect() takes one */
    struct stream *stream;   /* NULL: not connected */
    int64_t started;         /* engine's time when connect() was called */
    int64_t spoke;           /* ... of our last word */
    const char *stage;       /* the command that was sent ("EHLO"), in lower case what comes by itself
                              ("greeting") */
    unsigned commands;       /* sent so far (the number in the tag of IMAP) */
    bool connected;          /* the connection came to be, whatever became of it */
    bool greeted;            /* the greeting is complete: we may speak */
    bool answer_due;         /* we spoke and have not heard the end of the answer */
    bool listing;            /* ... of which a list has begun (POP3) */
    bool dead;               /* nothing more can be said on this connection */
    bool served;             /* the server let us speak */
    bool pushback;           /* it asked us to come back later */
    bool inconclusive;       /* how it ended does not say whether we are welcome */
    bool farewell;           /* ended as the protocol wants it, by us or by the server */
    enum dialogue_end end;
    const char *end_stage;
    const char *end_reason;
    int failure; /* of our own: 0, -ECANCELED, -ENOMEM */
};

/* What the protocols differ in. */
struct dialogue {
    /* Up to and including the TLS handshake and, on implicit TLS, the greeting inside. False also when there
     * is no TLS to be had, with nothing wrong otherwise. */
    bool (*open)(struct session *session);
    /* What the clean session asks inside TLS. */
    void (*converse)(struct session *session);
    /* Says farewell if it may, and notes how the session ended. Shielded: works when canceled, too. */
    void (*leave)(struct session *session);
};
extern const struct dialogue smtp_dialogue;  /* smtp.c: SMTP, submission, with STARTTLS or implicit TLS */
extern const struct dialogue imap_dialogue;  /* imap.c: IMAP, with STARTTLS or implicit TLS */
extern const struct dialogue pop3_dialogue;  /* pop3.c: POP3, with STLS or implicit TLS */
extern const struct dialogue sieve_dialogue; /* sieve.c: ManageSieve with STARTTLS */

/* What all sessions with an endpoint have in common; -EINVAL when the endpoint is none. */
int session_prepare(struct session *session, struct network *network, struct endpoint_facts *endpoint,
                    const char *host, int64_t deadline, struct arena *arena);
/* From the slot to the farewell. `clean`: what is said becomes the facts of the endpoint; else it is thrown
 * away, and nothing is asked inside TLS. 0, or a failure of our own. */
int session_run(struct session *session, bool clean);
/* The same, not clean: what is said on the way is forgotten; of its texts end_reason stays, when the server turned us
 * away. */
int session_run_aside(struct session *session);

/* Waits for a slot and connects; notes in the endpoint what became of that. */
bool session_connect(struct session *session);
/* Makes the connection TLS; notes handshake and certificate in the endpoint. */
bool session_handshake(struct session *session);
/* One line from the server, into the transcript too. `limit_ms` is what `deadline` stands for, in words. */
bool session_read_line(struct session *session, int64_t deadline, int64_t limit_ms, struct bytes *ret);
/* Exactly `size` bytes from the server, in arena memory. A failure leaves half of them read: the connection
 * is dead then. */
bool session_read_block(struct session *session, size_t size, int64_t deadline, int64_t limit_ms,
                        struct bytes *ret);
/* Sends one command and begins the stage that waits for its answer. */
bool session_say(struct session *session, const char *stage, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Bytes that came in clear behind the answer to STARTTLS: noted, at most 512, and thrown away (RFC 3207). */
bool session_discard_trailing(struct session *session, struct bytes *ret);
/* Has the server said something that nobody asked for? */
bool session_has_input(struct session *session);
/* Says farewell if it may, shielded, and notes the end of a session that was not cut short. `say_goodbye`:
 * did the server answer it? */
void session_leave(struct session *session, bool (*say_goodbye)(struct session *session));
/* Closes the connection and gives the slot back with how it went. */
void session_close(struct session *session);

/* Was this name sent in it (NULL: none)? */
bool handshake_is_for(const struct tls_handshake_facts *handshake, const char *name);
/* The groups that the server named (texts) in one of these handshakes with this name (NULL: with none), as it may have
 * others for others; NULL: in none. */
const struct list *stated_groups(const struct tls_facts *tls, const char *name);

/* A line of the transcript about what happened. */
void session_note(struct session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Notes the end of the session, if none is noted yet. All return false. */
bool session_over(struct session *session, enum dialogue_end end, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool session_turned_away(struct session *session, const char *said);
bool session_out_of_memory(struct session *session);

enum { TRAILING_KEPT = 512 };

#endif
