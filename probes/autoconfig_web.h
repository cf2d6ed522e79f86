/*
 * autoconfig_web.h - the files that mail programs look for, asked of web servers side by side
 */
#ifndef OUTPOST_PROBES_AUTOCONFIG_WEB_H
#define OUTPOST_PROBES_AUTOCONFIG_WEB_H

#include "scanner/facts/autoconfig.h"
#include "scanner/net/network.h"
#include "targets/settings.h"

struct question;

struct autoconfig_web {
    struct network *network;
    const struct scan_settings *settings;
    const char *domain;
    int64_t deadline;
    struct arena *arena;
};

/* One place where mail programs look. */
struct autoconfig_search {
    struct autoconfig_place_facts **place; /* filled in */
    bool plain;                            /* by HTTP without TLS */
    const char *host;                      /* NULL: left out */
    const char *path;
    const char *request;              /* sent by POST to Autodiscover; NULL: Mozilla's file is asked for */
    const struct question *questions; /* A and AAAA of the host, answered; NULL: still to be asked */
};

/* 0; -ECANCELED (what came until then is noted); -ENOMEM. */
int autoconfig_web_ask(const struct autoconfig_web *web, const struct autoconfig_search *searches,
                       size_t count);

#endif
