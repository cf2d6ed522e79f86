/*
 * run.h - a run: many targets, one engine, shared services
 *
 *   targets -> (at most `jobs` at a time) scan.c: dns -> endpoints, ptr -> facts -> on_done
 *
 * Endpoints and PTR names are scanned once per run, whoever asks (scanner/endpoints.c).
 */
#ifndef OUTPOST_SCANNER_RUN_H
#define OUTPOST_SCANNER_RUN_H

#include "scanner/facts/scan.h"
#include "scanner/net/network.h"
#include "targets/settings.h"

struct run;
struct arena;

struct run_progress {
    size_t targets, done, active;
    size_t steps, steps_done; /* of the active targets: DNS questions, endpoints, handshakes known so far */
    const char *now; /* what is being asked: "mail.example.org 192.0.2.1:25: waiting for the greeting" */
    int64_t elapsed_ms;
    size_t connections;
};

/* What the run tells while it goes on; all on the loop's stack, never on a task's. */
struct run_observer {
    void *data;
    /* A target is done. The scan lives in `arena`, which is freed after the call. */
    void (*on_done)(void *data, const struct scan_facts *scan, struct arena *arena);
    /* Something moved: for live progress. May be NULL. */
    void (*on_progress)(void *data, const struct run_progress *progress);
};

/*
 * Makes the services and checks what can be checked before anything is asked. The engine, the settings and
 * the arena outlive the run. 0; -EINVAL, -ENOENT, ... with *ret_error in words (a resolver that is no
 * address, a CA file that cannot be read).
 */
int run_new(struct engine *engine, const struct scan_settings *settings, const struct run_observer *observer,
            struct arena *arena, struct run **ret, const char **ret_error);
/* Resolves our vantage (own addresses, EHLO name, --control), scans all targets, ends everything; this is the
 * one place of engine_run. 0 or a fault of ours. */
int run_execute(struct run *run);
/* From a signal's callback: what runs is cancelled and its partial result delivered through on_done (complete
 * = no). */
void run_stop(struct run *run, const char *reason);
void run_free(struct run *run);

#endif
