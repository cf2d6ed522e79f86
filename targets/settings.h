/*
 * settings.h - how a scan was asked for: the options of `outpost scan`, as data
 */
#ifndef OUTPOST_TARGETS_SETTINGS_H
#define OUTPOST_TARGETS_SETTINGS_H

#include "targets/blocklists.h"
#include "targets/target.h"

enum scan_depth { DEPTH_QUICK = 1, DEPTH_STANDARD, DEPTH_DEEP };
enum scan_pace { SCAN_PACE_GENTLE = 1, SCAN_PACE_NORMAL, SCAN_PACE_FAST };

enum service {
    SERVICE_NONE = 0,
    SERVICE_SMTP,        /* 25: STARTTLS */
    SERVICE_SUBMISSION,  /* 587: STARTTLS */
    SERVICE_SUBMISSIONS, /* 465: implicit TLS */
    SERVICE_IMAP,        /* 143: STARTTLS */
    SERVICE_IMAPS,       /* 993: implicit TLS */
    SERVICE_POP3,        /* 110: STLS */
    SERVICE_POP3S,       /* 995: implicit TLS */
    SERVICE_SIEVE,       /* 4190: ManageSieve, STARTTLS */
    SERVICE_TLS,         /* any port that speaks TLS at once */
};
const char *service_name(enum service service); /* "smtp", ... */
enum service service_by_name(const char *name); /* SERVICE_NONE when unknown */
enum service service_of_port(uint16_t port);    /* SERVICE_NONE when it has no default */
bool service_implicit_tls(enum service service);

struct port_setting {
    uint16_t port;
    enum service service;
};

/* --resolve HOST=ADDRESS; the address replaces all that DNS says of the host; repeat for more. */
struct override {
    const char *host;
    struct address address;
};

/* --dkim-key SELECTOR=FILE: what the file holds, as the record that it should be published as. */
struct dkim_key_setting {
    const char *selector;
    const char *record;
};

struct scan_settings {
    struct list targets;   /* struct target */
    struct list hosts;     /* texts: --host, A-labels */
    struct list overrides; /* struct override */
    struct list senders;   /* struct address: --sender, each once */
    struct list selectors; /* texts: --selector, and those of dkim_keys, each once */
    struct list dkim_keys; /* struct dkim_key_setting */
    struct list zones;     /* texts: --zone, names of files; read when the run begins (net/zone_file.h) */
    struct list ports;     /* struct port_setting; empty: 25, 465, 587, 993 */
    enum scan_depth depth;
    enum scan_pace pace;
    const char *resolver;     /* "auto" (also NULL), "iterate", or ADDRESS[:PORT] */
    const char *root_hints;   /* where iteration starts; NULL: dns-root-data's */
    const char *trust_anchor; /* NULL: Debian's root anchor; else a file of DS or DNSKEY records */
    const char *ca_file;
    const struct blocklists *blocklists; /* NULL: none is asked */
    const char *ehlo;
    const char *control;                     /* host known to answer on port 25 */
    struct address source_ipv4, source_ipv6; /* family 0: not given */
    bool only_ipv4, only_ipv6;
    bool allow_private;
    int64_t timeout_ms; /* whole target */
    size_t jobs;        /* targets at a time */
};

/* Defaults: standard, normal, 180 s, 50 jobs. */
void scan_settings_defaults(struct scan_settings *settings);

/* PORT[:SERVICE] and HOST=ADDRESS; 0 or -EINVAL with *ret_error in words. */
int port_parse(const char *word, struct arena *arena, struct port_setting **ret, const char **ret_error);
int override_parse(const char *word, struct arena *arena, struct override **ret, const char **ret_error);
/* The ports to scan on a mail host: those asked for, or the defaults. Returns their number; *ret points to
 * them. */
struct port_list {
    struct port_setting ports[64];
    size_t count;
};
void settings_ports(const struct scan_settings *settings, struct port_list *ret);

#endif
