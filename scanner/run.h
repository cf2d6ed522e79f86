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

/* What the run tells while it goes on; all on the loop's stack, never on a task's. */
struct run_observer {
    void *data;
    /* A target is done. The scan lives in `arena`, which is freed after the call. */
    void (*on_done)(void *data, const struct scan_facts *scan, struct arena *arena);
    /* Something moved: for live progress. May be NULL. */
    void (*on_progress)(void *data, const struct run_progress *progress);
};

struct run_progress {
    size_t targets, done, active;
    size_t steps, steps_done; /* of the active targets: DNS questions, endpoints, handshakes known so far */
    const char *now; /* what is being asked: "mail.example.org 192.0.2.1:25: waiting for the greeting" */
    int64_t elapsed_ms;
    size_t connections;
};

/*
 * Makes the services, resolves our vantage (own addresses, EHLO name, --control), scans all targets, ends
 * everything. Blocks until done: this is the one place of engine_run. `engine` is made by the caller (main or
 * a test). 0; or a fault of ours with *ret_error in words.
 */
int run_scan(struct engine *engine, const struct scan_settings *settings, const struct run_observer *observer,
             struct arena *arena, const char **ret_error);

/* From a signal's callback: what runs is cancelled and its partial result delivered through on_done (complete
 * = no). */
void run_stop(struct run *run, const char *reason);

#endif
