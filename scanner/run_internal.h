/*
 * run_internal.h - what run.c, scan.c, endpoints.c and vantage.c share
 */
#ifndef OUTPOST_SCANNER_RUN_INTERNAL_H
#define OUTPOST_SCANNER_RUN_INTERNAL_H

#include "scanner/resolver_choice.h"
#include "scanner/run.h"

struct dnsbl_service;
struct endpoint_service;

struct run {
    struct engine *engine;
    const struct scan_settings *settings;
    const struct run_observer *observer;
    struct arena *arena;
    struct resolver *dns;   /* that of the network validates what this one says */
    struct list zone_files; /* struct zone_file: what the network's asks before it */
    struct network network;
    struct resolver *iterator;        /* for those who refuse that resolver; NULL: there is none beside it */
    struct resolver_choice resolvers; /* until one of them has been chosen; empty when there is no choice */
    struct settings_facts *settings_facts;
    struct vantage_facts *vantage; /* grows while the run goes on; each scan gets a copy */
    struct port_list ports;

    struct task_group *targets;  /* one task per target that is being scanned */
    struct task_group *services; /* work that belongs to nobody who asked */
    struct endpoint_service *endpoints;
    struct dnsbl_service *dnsbl; /* NULL: no blacklist is asked */
    size_t endpoint_memory;      /* of each address and port */
    struct semaphore jobs;
    struct semaphore delivery;       /* one target at a time tells the observer */
    struct semaphore guessing;       /* so many targets at a time guess selectors */
    bool name_pending;               /* our own name, for EHLO, is being looked up */
    struct wait_queue name_known;    /* conversations that begin with it */
    bool control_pending;            /* the --control host has not been heard yet */
    struct wait_queue control_heard; /* targets whose judgement depends on it */

    const char *stop_reason; /* set by run_stop */
    int64_t started_ms;
    struct run_progress progress;
    int result; /* the first fault of ours */
};

/* ---- vantage.c ---- */

/* Our own addresses and the families that lead out; no packet is sent. */
int vantage_routes(struct run *run);
/* The name we give in EHLO: --ehlo, our address's forward-confirmed PTR name, or the address literal. On a
 * task. */
int vantage_name(struct run *run);
/* Waits until that name is known. 0; -ETIMEDOUT, -ECANCELED. */
int vantage_wait_name(struct run *run, int64_t deadline);
/* Asks the --control host on port 25, when there is one. On a task. */
int vantage_control(struct run *run);
/* Notes what is known of our way out on port 25 by this family; an answer that somebody gave stays. */
void vantage_note_port_25(struct run *run, int family, enum port_25 port_25, const char *evidence);

/* ---- endpoints.c ---- */

int endpoint_service_new(struct run *run, struct endpoint_service **ret);
void endpoint_service_free(struct endpoint_service *service);

/* One asker's interest in an endpoint: holds it in memory until released. */
struct endpoint_ask;

/*
 * Waits until the endpoint has been scanned for each of `names` (texts, may be empty: no name), by this or an
 * earlier asker. Whatever is known by then, also when the deadline came or the task was cancelled first, is
 * what endpoint_ask_view shows. 0; -ETIMEDOUT, -ECANCELED (and *ret is set as well);
 * -ENOSPC: this endpoint has no memory left for more names (and *ret is set); -ENOMEM.
 */
int endpoint_ask(struct endpoint_service *service, const struct address *address, struct port_setting port,
                 const struct list *names, int64_t deadline, struct endpoint_ask **ret);
/* The endpoint's facts as far as they concern these names: a new struct in `arena` that shares the parts
 * below. Valid until the ask is released. NULL when out of memory. */
struct endpoint_facts *endpoint_ask_view(const struct endpoint_ask *ask, const struct list *names,
                                         struct arena *arena);
/* NULL is allowed. */
void endpoint_ask_release(struct endpoint_ask *ask);
/* "mail.example.org 192.0.2.1:25" of the endpoint that has been under way for longest; NULL: none. */
const char *endpoint_service_oldest(const struct endpoint_service *service);

/* ---- scan.c ---- */

/* Scans one target and tells the observer. On a task of its own. */
int scan_target(struct run *run, const struct target *target);

#endif
