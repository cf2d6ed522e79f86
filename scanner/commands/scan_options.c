/*
 * scan_options.c - the command line of `outpost scan`: words to struct scan_settings
 *
 * What can be wrong with a word is told here, before anything is asked of anybody.
 */
#include "scanner/commands/scan.h"

#include "scanner/base/arena.h"
#include "scanner/base/log.h"
#include "scanner/base/text.h"
#include "scanner/commands/commands.h"
#include "scanner/commands/dkim_option.h"
#include "scanner/net/iterate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMEOUT_SECONDS_MAX = 24 * 60 * 60,
    JOBS_MAX = 2000,
    PORTS_MAX = 64,
    SENDERS_MAX = 64,
    ZONES_MAX = 64
};

enum {
    CODE_HOST = CODE_REPORTING_END,
    CODE_PORT,
    CODE_RESOLVE,
    CODE_SENDER,
    CODE_SELECTOR,
    CODE_DKIM_KEY,
    CODE_ZONE,
    CODE_DEPTH,
    CODE_ALLOW_PRIVATE,
    CODE_RESOLVER,
    CODE_ROOT_HINTS,
    CODE_TRUST_ANCHOR,
    CODE_CA_FILE,
    CODE_BLOCKLISTS,
    CODE_EHLO,
    CODE_CONTROL,
    CODE_SOURCE,
    CODE_PACE,
    CODE_TIMEOUT,
    CODE_JOBS,
};

static const struct option_entry options[] = {
    {"What to scan", "host", CODE_HOST, "HOST",
     "Also scan this mail host, as the name that people type into their mail program. Repeat for more."},
    {NULL, "port", CODE_PORT, "PORT[:SERVICE]",
     "Scan this port instead of 25, 465, 587 and 993; the service is smtp, submission, submissions, imap, "
     "imaps, pop3, pop3s, sieve or tls (any port that speaks TLS at once). Repeat for more."},
    {NULL, "resolve", CODE_RESOLVE, "HOST=ADDRESS",
     "Use this address for HOST, whatever the DNS, or a zone file, says. Repeat for more."},
    {NULL, "zone", CODE_ZONE, "FILE",
     "Answer the names of a zone from this zone file, as its name servers will: a domain before its launch. "
     "Repeat for more."},
    {NULL, "sender", CODE_SENDER, "ADDRESS",
     "An address that sends mail for the domain (SPF, reverse name, blacklists). Repeat for more."},
    {NULL, "selector", CODE_SELECTOR, "NAME",
     "A DKIM selector of the domain, besides the common ones: its key must be there. Repeat for more."},
    {NULL, "dkim-key", CODE_DKIM_KEY, "SELECTOR=FILE",
     "The key that the selector must have: PEM (public or private), or the file that opendkim-genkey or "
     "rspamadm wrote for the zone. Repeat for more."},
    {NULL, "depth", CODE_DEPTH, "quick|standard|deep",
     "quick: one clean session per port; standard (default): also all that a port accepts of TLS, by 25 "
     "hellos or, where it accepts much, more, which its log calls lost connections; deep: also what a server "
     "may count against a client (renegotiation, Ticketbleed, ROBOT)."},
    {NULL, "allow-private", CODE_ALLOW_PRIVATE, NULL,
     "Contact private, loopback and reserved addresses too."},
    {"How to reach it", "resolver", CODE_RESOLVER, "auto|iterate|ADDRESS[:PORT]",
     "Who answers DNS questions. auto (default): the system's resolver if it passes DNSSEC records on, else "
     "the zones' own name servers, from the root down; iterate: these at once; or the resolver with this "
     "address."},
    {NULL, "root-hints", CODE_ROOT_HINTS, "FILE",
     "The name servers of the root, where iteration starts (default: " ITERATE_ROOT_HINTS ")."},
    {NULL, "trust-anchor", CODE_TRUST_ANCHOR, "FILE",
     "Trust the DS or DNSKEY records of the root in this file (a zone file), instead of Debian's "
     "dns-root-data, where DNSSEC begins."},
    {NULL, "ca-file", CODE_CA_FILE, "FILE", "Trust the roots in this file instead of the system's."},
    {NULL, "blocklists", CODE_BLOCKLISTS, "FILE",
     "Ask the blacklists in this file (JSON) instead of the built-in ones."},
    {NULL, "ehlo", CODE_EHLO, "NAME",
     "Name to give in EHLO (default: the name of our address if it leads back to it, else the address)."},
    {NULL, "control", CODE_CONTROL, "HOST",
     "A mail host known to answer on port 25: tells \"they are down\" from \"our port 25 is blocked\"."},
    {NULL, "source", CODE_SOURCE, "ADDRESS", "Connect from this address of ours; once for each family."},
    {NULL, NULL, '4', NULL, "IPv4 only."},
    {NULL, NULL, '6', NULL, "IPv6 only."},
    {NULL, "pace", CODE_PACE, "gentle|normal|fast",
     "How many sessions side by side one port of an address may get: 1, up to 4 (default), up to 8; all of "
     "its ports together three times as many. fast is for your own server."},
    {NULL, "timeout", CODE_TIMEOUT, "SECONDS",
     "The scan of one target ends by then (default 180); what is missing is reported as not tested."},
    {NULL, "jobs", CODE_JOBS, "N", "Targets at a time (default 50)."},
    REPORTING_OPTIONS(
        "Write TARGET.html and TARGET.json there (default: the current folder, unless --html or "
        "--json say where). In file names the : of an address becomes _."),
};

/* ---- options ---- */

static int wrong(struct scan_program *scan, const char *option, const char *error)
{
    usage_error(&scan_command, scan->program, "%s: %s", option, error);
    return -EINVAL;
}

/* The result of a parser of targets/: its message is told. */
static int parsed(struct scan_program *scan, const char *option, int result, const char *error)
{
    if (result == 0)
        return 0;
    return wrong(scan, option, result == -EINVAL && error != NULL ? error : strerrordesc_np(-result));
}

static int one_of(struct scan_program *scan, const char *option, const char *value, const char *const *names,
                  int *ret)
{
    char known[64] = "";
    size_t size = 0;

    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], value) == 0) {
            *ret = i;
            return 0;
        }
        size += (size_t)snprintf(known + size, sizeof(known) - size, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    usage_error(&scan_command, scan->program, "%s %s: it is one of %s", option, value, known);
    return -EINVAL;
}

static int take_host(struct scan_program *scan, const char *value)
{
    const char *name = NULL, *error = NULL;
    struct address address;
    int result;

    if (address_parse(value, &address) == 0)
        return wrong(scan, "--host", "it takes a name; give an address as a target of its own");
    result = target_name(value, scan->arena, &name, NULL, &error);
    result = parsed(scan, "--host", result, error);
    if (result < 0 || list_has_text(&scan->settings.hosts, name))
        return result;
    return list_add(&scan->settings.hosts, scan->arena, arena_text(scan->arena, name));
}

static int take_port(struct scan_program *scan, const char *value)
{
    struct list *ports = &scan->settings.ports;
    struct port_setting *port = NULL;
    const char *error = NULL;
    int result = port_parse(value, scan->arena, &port, &error);

    result = parsed(scan, "--port", result, error);
    if (result < 0)
        return result;
    for (size_t i = 0; i < ports->count; i++) {
        const struct port_setting *other = ports->items[i];

        if (other->port == port->port && other->service != port->service)
            return wrong(scan, "--port", "one port cannot have two services");
        if (other->port == port->port)
            return 0;
    }
    if (ports->count == PORTS_MAX)
        return wrong(scan, "--port", "more than 64 ports");
    return list_add(ports, scan->arena, port);
}

static int take_resolve(struct scan_program *scan, const char *value)
{
    struct override *override = NULL;
    const char *error = NULL;
    int result = override_parse(value, scan->arena, &override, &error);

    result = parsed(scan, "--resolve", result, error);
    return result < 0 ? result : list_add(&scan->settings.overrides, scan->arena, override);
}

static int take_sender(struct scan_program *scan, const char *value)
{
    struct list *senders = &scan->settings.senders;
    struct address address, *sender;

    if (address_parse(value, &address) < 0)
        return wrong(scan, "--sender", "it takes an IPv4 or IPv6 address");
    for (size_t i = 0; i < senders->count; i++)
        if (address_equal(senders->items[i], &address))
            return 0;
    if (senders->count == SENDERS_MAX)
        return wrong(scan, "--sender", "more than 64 addresses");
    sender = list_new_item(senders, scan->arena, sizeof(*sender));
    if (sender == NULL)
        return -ENOMEM;
    *sender = address;
    return 0;
}

static int take_dkim(struct scan_program *scan, int code, const char *value)
{
    bool key = code == CODE_DKIM_KEY;
    const char *error = NULL;
    int result = key ? dkim_key_take(&scan->settings, value, scan->arena, &error)
                     : dkim_selector_take(&scan->settings, value, scan->arena, &error);

    return parsed(scan, key ? "--dkim-key" : "--selector", result, error);
}

/* Read when the run begins: then what is wrong in it is told. */
static int take_zone(struct scan_program *scan, const char *value)
{
    if (scan->settings.zones.count == ZONES_MAX)
        return wrong(scan, "--zone", "more than 64 files");
    return list_add(&scan->settings.zones, scan->arena, arena_text(scan->arena, value));
}

static int take_source(struct scan_program *scan, const char *value)
{
    struct scan_settings *settings = &scan->settings;
    struct address address, *source;

    if (address_parse(value, &address) < 0)
        return wrong(scan, "--source", "it takes an IPv4 or IPv6 address of this machine");
    source = address.family == AF_INET ? &settings->source_ipv4 : &settings->source_ipv6;
    if (source->family != 0 && !address_equal(source, &address))
        return wrong(scan, "--source", "it was given twice for the same family");
    *source = address;
    return 0;
}

/* What servers will read in EHLO: a name or an address literal, nothing else (RFC 5321 4.1.1.1). */
static int take_ehlo(struct scan_program *scan, const char *value)
{
    struct address address;
    const char *error = NULL;
    char text[ADDRESS_TEXT_SIZE];
    int result;

    if (address_parse(value, &address) == 0) {
        scan->settings.ehlo = arena_format(scan->arena, address.family == AF_INET6 ? "[IPv6:%s]" : "[%s]",
                                           address_format(&address, text));
        return scan->settings.ehlo == NULL ? -ENOMEM : 0;
    }
    result = target_name(value, scan->arena, &scan->settings.ehlo, NULL, &error);
    return parsed(scan, "--ehlo", result, error);
}

static int take_control(struct scan_program *scan, const char *value)
{
    const char *error = NULL;
    int result = target_name(value, scan->arena, &scan->settings.control, NULL, &error);

    return parsed(scan, "--control", result, error);
}

/* NULL: the built-in ones. */
static int take_blocklists(struct scan_program *scan, const char *file)
{
    const struct blocklists *lists = NULL;
    const char *error = NULL;
    int result = blocklists_load(file, scan->arena, &lists, &error);

    if (result < 0)
        return result == -ENOMEM ? result : wrong(scan, "--blocklists", error);
    for (size_t i = 0; i < lists->lists.count; i++) {
        const struct blocklist *list = lists->lists.items[i];

        if (list->dead != NULL)
            log_error(scan->program->log, "--blocklists: %s is not asked: %s", list->zone, list->dead);
    }
    scan->settings.blocklists = lists;
    return 0;
}

static int take_depth(struct scan_program *scan, const char *value)
{
    static const char *const names[] = {"quick", "standard", "deep", NULL};
    int place = 0;

    if (one_of(scan, "--depth", value, names, &place) < 0)
        return -EINVAL;
    scan->settings.depth = (enum scan_depth)(DEPTH_QUICK + place);
    return 0;
}

static int take_pace(struct scan_program *scan, const char *value)
{
    static const char *const names[] = {"gentle", "normal", "fast", NULL};
    int place = 0;

    if (one_of(scan, "--pace", value, names, &place) < 0)
        return -EINVAL;
    scan->settings.pace = (enum scan_pace)(SCAN_PACE_GENTLE + place);
    return 0;
}

static int take_number(struct scan_program *scan, const char *option, const char *value, int64_t maximum,
                       int64_t *ret)
{
    const char *error;

    if (text_number(value, 1, maximum, ret) == 0)
        return 0;
    error = arena_format(scan->arena, "it takes a whole number from 1 to %lld", (long long)maximum);
    return error == NULL ? -ENOMEM : wrong(scan, option, error);
}

static int take_timeout(struct scan_program *scan, const char *value)
{
    int64_t seconds;

    if (take_number(scan, "--timeout", value, TIMEOUT_SECONDS_MAX, &seconds) < 0)
        return -EINVAL;
    scan->settings.timeout_ms = seconds * 1000;
    return 0;
}

static int take_jobs(struct scan_program *scan, const char *value)
{
    int64_t jobs;

    if (take_number(scan, "--jobs", value, JOBS_MAX, &jobs) < 0)
        return -EINVAL;
    scan->settings.jobs = (size_t)jobs;
    return 0;
}

static int take_option(void *data, int code, const char *value)
{
    struct scan_program *scan = data;
    struct scan_settings *settings = &scan->settings;

    switch (code) {
    case CODE_HOST:
        return take_host(scan, value);
    case CODE_PORT:
        return take_port(scan, value);
    case CODE_RESOLVE:
        return take_resolve(scan, value);
    case CODE_SENDER:
        return take_sender(scan, value);
    case CODE_SELECTOR:
    case CODE_DKIM_KEY:
        return take_dkim(scan, code, value);
    case CODE_ZONE:
        return take_zone(scan, value);
    case CODE_DEPTH:
        return take_depth(scan, value);
    case CODE_ALLOW_PRIVATE:
        settings->allow_private = true;
        return 0;
    case CODE_RESOLVER:
        settings->resolver = value;
        return 0;
    case CODE_TRUST_ANCHOR:
        settings->trust_anchor = value;
        return 0;
    case CODE_ROOT_HINTS:
        settings->root_hints = value;
        return 0;
    case CODE_CA_FILE:
        settings->ca_file = value;
        return 0;
    case CODE_BLOCKLISTS:
        return take_blocklists(scan, value);
    case CODE_EHLO:
        return take_ehlo(scan, value);
    case CODE_CONTROL:
        return take_control(scan, value);
    case CODE_SOURCE:
        return take_source(scan, value);
    case '4':
        settings->only_ipv4 = true;
        return 0;
    case '6':
        settings->only_ipv6 = true;
        return 0;
    case CODE_PACE:
        return take_pace(scan, value);
    case CODE_TIMEOUT:
        return take_timeout(scan, value);
    case CODE_JOBS:
        return take_jobs(scan, value);
    default:
        return reporting_take(&scan->reporting, code, value);
    }
}

/* Options that contradict each other. */
static int check_options(struct scan_program *scan)
{
    const struct scan_settings *settings = &scan->settings;

    if (settings->only_ipv4 && settings->only_ipv6)
        return wrong(scan, "-4 and -6", "together they leave nothing; without both, both families are used");
    if ((settings->only_ipv4 && settings->source_ipv6.family != 0) ||
        (settings->only_ipv6 && settings->source_ipv4.family != 0))
        return wrong(scan, "--source", "its family is left out by -4 or -6");
    return 0;
}

/* ---- targets ---- */

static void complain(void *data, const char *message)
{
    struct scan_program *scan = data;

    log_error(scan->program->log, "%s", message);
}

static int take_file(struct scan_program *scan, const char *file)
{
    int result = targets_read(file, scan->arena, &scan->settings.targets, complain, scan);

    if (result == -EINVAL)
        return wrong(scan, file, "nothing was scanned, because some lines are no targets");
    if (result < 0)
        log_error(scan->program->log, "cannot read %s: %s", strcmp(file, "-") == 0 ? "standard input" : file,
                  strerrordesc_np(-result));
    return result;
}

static bool is_known_target(const struct list *targets, const struct target *target)
{
    for (size_t i = 0; i < targets->count; i++) {
        const struct target *other = targets->items[i];

        if (other->kind == target->kind && strcmp(other->name, target->name) == 0)
            return true;
    }
    return false;
}

static int take_target(struct scan_program *scan, const char *word)
{
    struct target *target = NULL;
    const char *error = NULL;
    int result;

    if (word[0] == '@')
        return take_file(scan, word + 1);
    result = target_parse(word, scan->arena, &target, &error);
    if (result < 0) {
        usage_error(&scan_command, scan->program, "%s", error == NULL ? strerrordesc_np(-result) : error);
        return result;
    }
    if (is_known_target(&scan->settings.targets, target))
        return 0;
    return list_add(&scan->settings.targets, scan->arena, target);
}

static int compare_names(const void *a, const void *b)
{
    const struct target *const *first = a, *const *second = b;

    return strcmp((*first)->name, (*second)->name);
}

/* A domain and a mail host of the same name would write the same files. */
static int check_names(struct scan_program *scan)
{
    const struct list *targets = &scan->settings.targets;
    struct target **sorted =
        arena_copy(scan->arena, targets->items, targets->count * sizeof(struct target *));

    if (sorted == NULL)
        return -ENOMEM;
    qsort(sorted, targets->count, sizeof(struct target *), compare_names);
    for (size_t i = 1; i < targets->count && scan->reporting.folder != NULL; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            return wrong(scan, sorted[i]->name,
                         "it is given both as a domain and as a mail host, and both reports would have the "
                         "same name");
    return 0;
}

static int take_targets(struct scan_program *scan, int count, char **words)
{
    const struct list *targets = &scan->settings.targets;
    int result = 0;

    if (count == 0) {
        usage_error(&scan_command, scan->program, "which domain? As: outpost scan example.org");
        return -EINVAL;
    }
    for (int i = 0; i < count && result == 0; i++)
        result = take_target(scan, words[i]);
    if (result == 0 && targets->count == 0)
        return wrong(scan, words[0], "there is no target in it");
    if (result == 0)
        result = check_names(scan);
    scan->only = targets->count == 1 ? targets->items[0] : NULL;
    return result;
}

int scan_read_words(struct scan_program *scan, int count, char **words)
{
    int first = options_read(&scan_command, scan->program, count, words, take_option, scan);
    int result;

    if (first < 0)
        return first;
    if (scan->reporting.folder == NULL && scan->reporting.html == NULL && scan->reporting.json == NULL)
        scan->reporting.folder = ".";
    result = check_options(scan);
    if (result == 0 && scan->settings.blocklists == NULL)
        result = take_blocklists(scan, NULL);
    return result < 0 ? result : take_targets(scan, count - first, words + first);
}

const struct command scan_command = {
    .name = "scan",
    .usage = "[OPTION]... TARGET...",
    .summary = "look at mail systems from outside, report what is wrong",
    .text =
        "Finds the mail hosts of each target, talks to them, and says what is wrong, why it matters and what "
        "to change. TARGET is a domain, a mail host (host:NAME), an address, or @FILE: a file with one "
        "target a line (@- reads standard input).\n"
        "\n"
        "Exit status: 0 nothing found at the level of --fail-on, 1 findings, 2 wrong usage, 3 a target "
        "could not be tested, 4 a fault of ours.\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = scan_main,
};
