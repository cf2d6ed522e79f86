/*
 * tls_enumeration.h - what the parts of the enumeration share
 *
 *   tls_enumeration.c  the story: what is asked side by side, and what is noted in the end
 *   tls_asking.c       one question at a time: offers as hellos, answers sorted
 *   tls_lines.c        connections that are made before there is a question for them, pushback waited out
 *   tls_suites.c       cipher suites of one version up to TLS 1.2
 *   tls_order.c        ... and their order
 *   tls_parameters.c   groups, signature schemes, Diffie-Hellman
 *   tls_13.c           suites and groups of TLS 1.3
 *   tls_noting.c       what a flight shows besides the pick; all that was found, as facts
 *   tls_behaviour.c    tolerance, names, protocols, the fallback value, early ChangeCipherSpec, heartbeat
 *   tls_resuming.c     full handshakes: resumption, how TLS 1.3 signs
 *   tls_deep.c         --depth deep: renegotiation by the client, Ticketbleed
 *   tls_robot.c        ... and ROBOT
 *
 * The method is elimination: all that is left is offered, the server picks, what it picked is taken off the offer;
 * its refusal ends the list. Silence is no refusal.
 */
#ifndef OUTPOST_PROBES_TLS_ENUMERATION_H
#define OUTPOST_PROBES_TLS_ENUMERATION_H

#include "probes/exchange.h"

/* A set of code points in the order they came. */
struct codes {
    uint16_t *items;
    size_t count;
};
enum { CODES_MAX = 512 };

bool codes_have(const struct codes *codes, uint16_t code);
void codes_add(struct codes *codes,
               uint16_t code); /* unless it is there; `items` has room for all there are */
void codes_remove(struct codes *codes, uint16_t code);
struct enumeration;
/* Those of `all` that were not seen, in the enumeration's arena. 0 or -ENOMEM, which ends the enumeration. */
int enumeration_left(struct enumeration *e, const struct codes *all, const struct codes *seen,
                     struct codes *ret);
struct hello_numbers codes_numbers(const struct codes *codes);

enum { ALERT_PROTOCOL_VERSION = 70, ALERT_UNRECOGNIZED_NAME = 112 };

/* The versions that are enumerated, oldest first. */
enum { ENUMERATED_VERSIONS = 6 };
size_t version_place(uint16_t version);

/* Public values of key exchanges, to see one twice. */
struct search;
struct parameters;
struct seen_value {
    struct bytes value;
};

/* tls_lines.c's own. */
struct question;
struct lines {
    struct question *first_asked;         /* not taken by a line yet */
    size_t asked_count;                   /* of those */
    size_t tasks;                         /* with lines, whatever these do */
    size_t open;                          /* lines without a question yet */
    size_t ready;                         /* ... on which a hello may be said */
    struct wait_queue questions, answers; /* lines wait for the ones, those who ask for the others */
    bool stale;                           /* lines were ready for long, and nobody asked */
    bool impatient;                       /* the server does not wait for a hello */
    bool ended;                           /* with the group */
};

struct version_findings {
    enum known accepted;
    const char *reason;  /* of an acceptance that is not known */
    struct codes suites; /* accepted */
    struct codes groups;
    struct codes schemes;
    enum known suites_complete, groups_complete, schemes_complete;
    const char *suites_reason, *groups_reason, *schemes_reason;
    struct codes stated; /* of the groups, those that are known by the server's own word */
    const char *order;
    enum known ordered; /* the list is in the server's order from the first to the last */
    enum known chacha_priority;
    bool asks_for_shares;       /* of TLS 1.3: a hello without a key share was served */
    uint16_t pick_after_chacha; /* when ChaCha20 was offered before all others; 0: not asked */
    struct parameters *early; /* tls_parameters.c's own: groups and schemes are asked for beside the suites */
    bool groups_ended, schemes_ended;
    struct search *search; /* tls_suites.c's own */
    size_t expected;       /* questions (enumeration_expect) */
};

struct enumeration {
    const struct session *prepared;
    struct network *network;
    struct endpoint_facts *endpoint;
    struct tls_facts *tls;
    struct tls_features_facts *features;
    struct arena *arena; /* of the enumeration: ends with it */
    struct arena *kept;  /* of the endpoint: facts */
    enum scan_depth depth;
    struct task_group *group;
    size_t tasks; /* of the group, that have not ended */
    struct wait_queue idle;
    struct lines lines;
    size_t expected; /* questions that are likely to come */
    size_t ahead; /* of a chain: round trips before the hello of the next, and so lines that keep it going */
    struct semaphore aside; /* strands that are not the longest: half of what the pacer lets in */

    /* How to ask. */
    struct codes suites; /* all below TLS 1.3, weakest first */
    struct codes suites_13;
    struct codes groups; /* below TLS 1.3 */
    struct codes curves; /* of these, the ones that are no Diffie-Hellman groups */
    struct codes groups_13;
    struct codes schemes; /* of TLS 1.2, the usual ones first, then the strongest */
    unsigned extensions;  /* of an ordinary hello */
    bool bare;            /* ... and no extension that is not older than TLS 1.2 */
    size_t suites_limit;  /* of one hello, below TLS 1.3; SIZE_MAX: no limit */

    /* How the server takes it. */
    const char *stopped;          /* why nothing more is asked; NULL: it goes on */
    int failure;                  /* of our own */
    int64_t welcome;              /* when it let us in last */
    bool kept_out;                /* since then it did not */
    bool shut_out;                /* ... and not even let us connect, the last time */
    bool closes;                  /* it refuses by closing the connection: seen, and confirmed */
    bool confirming;              /* ... which somebody is about to */
    bool unconfirmed;             /* ... and nothing was served on a connection begun since */
    int64_t unconfirmed_since;    /* engine's time of the last refusal of that kind */
    size_t connections;           /* for hellos by which sets are found */
    size_t behaviour_connections; /* for other hellos */
    size_t handshake_connections; /* for full handshakes */

    /* What was found. */
    bool keys_shown; /* the handshakes of a client have shown the certificates there are */
    struct version_findings versions[ENUMERATED_VERSIONS];
    const struct list
        *stated_groups;      /* texts: named by the server in a handshake; NULL: it named none (yet) */
    uint16_t first_group_13; /* of TLS 1.3, picked by the server when it could pick any; 0: not known */
    enum known
        keeps_ids; /* below TLS 1.3: a hello without a wish for a ticket was answered with a session id */
    enum known ids_beside_tickets; /* one with a wish was answered with both */
    uint16_t best;                 /* version that the server picks when it may; 0: not known */
    enum known sentinel;
    bool asked_as_nobody, asked_protocol;
    bool
        dh_without_groups; /* Diffie-Hellman was seen by a hello that names none of its groups (RFC 7919 4) */
    uint16_t fallback_refused; /* a version that was refused with TLS_FALLBACK_SCSV, not by its own alert */
    struct tls_resumable *given_13;      /* by the server in a handshake of TLS 1.3 */
    struct list points, publics, moduli; /* seen_value */
};

/* ---- tls_asking.c ---- */

/* A hello in terms of what is offered; zeroed members mean the ordinary. */
struct offer {
    uint16_t version;
    const struct codes *suites; /* NULL: all of the version */
    const struct codes *groups;
    const struct codes *schemes;
    uint16_t signalling; /* one more "suite", at the end; 0: none */
    bool no_name;
    const char *name; /* another than the usual */
    const char *const *protocols;
    unsigned extensions;    /* on top of the ordinary */
    unsigned without;       /* ... and left out of it */
    bool behaviour;         /* asked to see how the server behaves, not to find a set */
    bool first;             /* of the longest chain: others wait */
    bool quiet;             /* what the answer shows is not noted (it was asked under odd terms) */
    struct bytes afterword; /* exchange.h */
};

enum answer {
    ANSWER_SERVED = 1, /* a ServerHello of the version asked for, with a suite that was offered */
    ANSWER_REFUSED,    /* an alert, another version, or the connection closed */
    ANSWER_STOPPED,    /* nothing is known, and nothing more is asked: e->stopped says why */
};

struct reply {
    enum answer answer;
    bool broken; /* SERVED, but the flight was not completed: the server cannot do what it picked */
    struct exchange exchange;
    const struct server_flight *flight;
};

/* Asks until there is an answer. The reply is the caller's to free. */
enum answer enumeration_ask(struct enumeration *e, const struct offer *offer, struct reply *ret);
/* The same for a hello that is made already: sent as it is. `offered` is what a ServerHello may pick; NULL: anything
 * but an answer is unexpected. */
enum answer enumeration_send(struct enumeration *e, struct exchange *exchange, uint16_t version,
                             const struct codes *offered, struct reply *ret);
void reply_free(struct reply *reply);
/* Not the alerts for nothing in common: something of the offer troubled the server. */
bool enumeration_is_odd_refusal(const struct server_flight *flight);
/* Fills the hello of an offer; its lists are in the arena, and its session id points into itself. 0 or -ENOMEM. */
int enumeration_hello(struct enumeration *e, const struct offer *offer, struct client_hello *ret);
/* Is the server still there for a hello that it has served before? */
bool enumeration_control(struct enumeration *e);
/* Taken for a refusal of a server that refuses so: to be confirmed by what is served later, or in the end. */
void enumeration_closed(struct enumeration *e);
/* It answers on a connection that was begun then; one that is older than the refusal confirms nothing. */
void enumeration_served(struct enumeration *e, int64_t connected);
/* Nothing more is asked, and whoever waits to be let in is canceled. */
void enumeration_stop(struct enumeration *e, const char *reason);
/* Stops it for an error of our own; to be canceled by enumeration_stop() is none. */
void enumeration_failed(struct enumeration *e, int error);
/* A connection did not come to what it was for: stops the enumeration when that goes on for too long. */
void enumeration_kept_out(struct enumeration *e, const struct session *session);
void enumeration_let_in(struct enumeration *e);
void enumeration_out_of_memory(struct enumeration *e); /* stops it, too */

/* ---- tls_lines.c ---- */

/* One exchange, on a line that may be there already. It did not begin only if e->stopped says why. */
void enumeration_exchange(struct enumeration *e, struct exchange *exchange);
/* So many questions are likely to come soon from whoever holds `mine`, which says what it said last (at first 0). */
void enumeration_expect(struct enumeration *e, size_t *mine, size_t questions);

/* ---- tls_asking.c again ---- */

/* Runs `run(argument)` beside the others, or at once when there is no task to be had. */
void enumeration_spawn(struct enumeration *e, void (*run)(void *argument), void *argument, const char *what);
/* The same for what need not hurry: it leaves room for the longest strand. */
void enumeration_spawn_aside(struct enumeration *e, void (*run)(void *argument), void *argument,
                             const char *what);

/* ---- tls_noting.c ---- */

/* Everything that a flight shows; `offered`: enum hello_extension. */
void enumeration_note(struct enumeration *e, uint16_t version, const struct server_flight *flight,
                      unsigned offered, bool deflate);
/* All that was found becomes facts, also when it is not all. 0 or -ENOMEM. */
int enumeration_facts(struct enumeration *e);

/* ---- the strands ---- */

/* All suites of a version up to TLS 1.2 and their order; `first` (0: none) was picked before from a full offer. */
void enumerate_suites(struct enumeration *e, uint16_t version, uint16_t first);
/* After the suites: groups, and under TLS 1.2 signature schemes. */
void enumerate_parameters(struct enumeration *e, uint16_t version);
/* When all else is done: what Diffie-Hellman is like for clients that name no groups, and whether values come again. */
void enumerate_diffie_hellman(struct enumeration *e);
/* Groups and schemes of TLS 1.2 beside the suites, when these take long; with what was found of them. */
void enumerate_parameters_early(struct enumeration *e, uint16_t version);
/* After both: whose order counts, and the suites in it. */
void enumerate_order(struct enumeration *e, uint16_t version);
/* When all else is done. */
void enumerate_chacha_priority(struct enumeration *e, uint16_t version);
void enumerate_tls13(struct enumeration *e);
/* A hello without a name, which shows more than that; before the rest of the behaviour. */
void enumerate_unnamed(struct enumeration *e);
void enumerate_behaviour(struct enumeration *e);
/* enumeration_ask(), the first time with a name and a protocol that nobody serves: if the answer is the usual one, it is
 * as good, and shows that the server does not mind (RFC 9325 3.7, 3.8). Later once with the protocol of the service. */
enum answer ask_as_nobody(struct enumeration *e, const struct offer *offer, struct reply *ret);
void enumerate_strictness(struct enumeration *e); /* when all else is done */
void conclude_behaviour(struct enumeration *e);   /* when all else is done */
/* The first hello of all: finds the best version and how much one hello may hold. */
void enumerate_tolerance(struct enumeration *e);
/* A hello of all versions that is as plain as can be: few suites that everybody has one of. 0 or -ENOMEM. */
int enumeration_plain_hello(struct enumeration *e, struct client_hello *ret);
void enumerate_resumption(struct enumeration *e, uint16_t version);
/* ... and whether it resumes. */
void enumerate_schemes_13(struct enumeration *e);
/* What a server may count against a client; when all else is done, and only at DEPTH_DEEP. */
void enumerate_deep(struct enumeration *e);
void enumerate_robot(struct enumeration *e);

#endif
