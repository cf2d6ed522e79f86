/*
 * demo.c - `outpost demo`: starts the lab of real mail servers, scans its domains, says where the reports are
 *
 *   outpost demo  ->  lab run -- outpost demo  ->  (inside, where OUTPOST_LAB_RESOLVER is set)  outpost scan
 */
#include "scanner/commands/commands.h"

#include "scanner/base/arena.h"
#include "scanner/base/list.h"
#include "scanner/base/log.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CODE_OUTPUT_FOLDER = CODE_FIRST, CODE_ALL_FINDINGS, CODE_PLAIN };
enum { LAB_NOT_STARTED = 125 };

static const struct option_entry options[] = {
    {NULL, "output", CODE_OUTPUT_FOLDER, "DIR", "Write the reports there (default: outpost-demo)."},
    {NULL, "verbose", CODE_ALL_FINDINGS, NULL, "Every finding with its evidence."},
    {NULL, "no-color", CODE_PLAIN, NULL, "No colours; NO_COLOR in the environment says the same."},
    HELP_OPTION,
};

struct demo {
    struct program *program;
    struct arena *arena;
    const char *folder;
    bool verbose, no_color;
};

static int take_option(void *data, int code, const char *value)
{
    struct demo *demo = data;

    switch (code) {
    case CODE_OUTPUT_FOLDER:
        demo->folder = value;
        break;
    case CODE_ALL_FINDINGS:
        demo->verbose = true;
        break;
    case CODE_PLAIN:
        demo->no_color = true;
        break;
    default:
        return -EINVAL;
    }
    return 0;
}

/* A growing NULL-terminated list of words for main() or exec. */
static int add_word(struct demo *demo, struct list *words, const char *word)
{
    char *copy = arena_text(demo->arena, word);

    return copy == NULL ? -ENOMEM : list_add(words, demo->arena, copy);
}

static int add_words(struct demo *demo, struct list *words, const char *const *more)
{
    int result = 0;

    for (; *more != NULL && result == 0; more++)
        result = add_word(demo, words, *more);
    if (result == 0 && demo->verbose)
        result = add_word(demo, words, "--verbose");
    if (result == 0 && demo->no_color)
        result = add_word(demo, words, "--no-color");
    return result;
}

/* ---- inside the lab ---- */

static int scan_lab(struct demo *demo, const char *resolver)
{
    const char *ca_file = getenv("OUTPOST_LAB_CA_FILE");
    const char *anchor = getenv("OUTPOST_LAB_TRUST_ANCHOR");
    const char *blocklists = getenv("OUTPOST_LAB_BLOCKLISTS");
    const char *domains = getenv("OUTPOST_LAB_DEMO_DOMAINS");
    const char *const begin[] = {"scan",
                                 "--resolver",
                                 resolver,
                                 "--ca-file",
                                 ca_file == NULL ? "" : ca_file,
                                 "--blocklists",
                                 blocklists == NULL ? "" : blocklists,
                                 "--output",
                                 demo->folder,
                                 anchor == NULL ? NULL : "--trust-anchor",
                                 anchor,
                                 NULL};
    struct list words = {0};
    char *copy, *rest = NULL;
    int result, status;

    if (domains == NULL)
        domains = getenv("OUTPOST_LAB_DOMAINS");
    copy = arena_text(demo->arena, domains == NULL ? "" : domains);
    result = copy == NULL ? -ENOMEM : add_words(demo, &words, begin);
    for (char *name = strtok_r(copy, " ", &rest); name != NULL && result == 0;
         name = strtok_r(NULL, " ", &rest))
        result = add_word(demo, &words, name);
    if (result == 0)
        result = list_add(&words, demo->arena, NULL);
    if (result < 0)
        return EXIT_FAULT;
    status = scan_command.run(demo->program, (int)words.count - 1, (char **)words.items);
    /* The lab has a broken domain in it: that something was found is what a demonstration is for. */
    return status == EXIT_FINDINGS ? EXIT_FINE : status;
}

/* ---- outside ---- */

static bool is_program(const char *path)
{
    return path != NULL && access(path, X_OK) == 0;
}

/* Where this program lies. */
static char *own_path(struct arena *arena)
{
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path));

    return size <= 0 || size == (ssize_t)sizeof(path) ? NULL : arena_text_sized(arena, path, (size_t)size);
}

/* $OUTPOST_LAB, the lab of the installation, or that of the source tree this program was built in. */
static const char *find_lab(struct demo *demo, const char *self)
{
    static const char *const places[] = {"/../share/outpost/lab/lab", "/../../../tests/lab/lab"};
    const char *given = getenv("OUTPOST_LAB");
    int folder = (int)(strrchr(self, '/') - self);

    if (given != NULL && given[0] != '\0')
        return given;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const char *lab = arena_format(demo->arena, "%.*s%s", folder, self, places[i]);

        if (is_program(lab))
            return lab;
    }
    return NULL;
}

/* Until the child has ended. What the keyboard says reaches it too, and it ends in good order; what somebody
 * sent to us alone is passed on. */
static int wait_for(pid_t child, const sigset_t *watched, int *ret_status)
{
    for (;;) {
        siginfo_t happened;
        int status;
        pid_t ended = waitpid(child, &status, WNOHANG);

        if (ended == child) {
            *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAULT;
            return 0;
        }
        if (ended < 0 && errno != EINTR)
            return -errno;
        if (sigwaitinfo(watched, &happened) < 0)
            continue;
        if (happened.si_signo != SIGCHLD && happened.si_code == SI_USER)
            (void)kill(child, happened.si_signo);
    }
}

/* Runs a program and waits for it. Its signals are as if a shell had started it. */
static int run_words(struct demo *demo, char **words, int *ret_status)
{
    posix_spawnattr_t attributes;
    sigset_t watched, before, defaults;
    pid_t child;
    int result = -posix_spawnattr_init(&attributes);

    if (result < 0)
        return result;
    (void)sigemptyset(&watched);
    (void)sigaddset(&watched, SIGINT);
    (void)sigaddset(&watched, SIGTERM);
    (void)sigaddset(&watched, SIGQUIT);
    (void)sigaddset(&watched, SIGCHLD);
    (void)sigemptyset(&defaults);
    (void)sigaddset(&defaults, SIGPIPE);
    (void)sigaddset(&defaults, SIGXFSZ);
    (void)sigprocmask(SIG_BLOCK, &watched, &before);
    (void)posix_spawnattr_setsigdefault(&attributes, &defaults);
    (void)posix_spawnattr_setsigmask(&attributes, &before);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    result = -posix_spawn(&child, words[0], NULL, &attributes, words, environ);
    if (result == 0)
        result = wait_for(child, &watched, ret_status);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)posix_spawnattr_destroy(&attributes);
    if (result < 0)
        log_error(demo->program->log, "cannot run %s: %s", words[0], strerrordesc_np(-result));
    return result;
}

static int start_lab(struct demo *demo)
{
    const char *self = own_path(demo->arena);
    const char *lab = self == NULL ? NULL : find_lab(demo, self);
    const char *const begin[] = {lab, "run", "--", self, "demo", "--output", demo->folder, NULL};
    struct list words = {0};
    int status = EXIT_FAULT;

    if (lab == NULL) {
        log_error(demo->program->log,
                  "the lab is not there: it comes with the installation and the source tree; OUTPOST_LAB may "
                  "name its program");
        return EXIT_USAGE;
    }
    if (geteuid() != 0) {
        log_error(demo->program->log, "the demo needs root, for a network of its own: sudo %s demo", self);
        return EXIT_USAGE;
    }
    if (add_words(demo, &words, begin) < 0 || list_add(&words, demo->arena, NULL) < 0)
        return EXIT_FAULT;
    (void)fprintf(stderr, "Starting the lab: real mail servers in a network of their own\n");
    if (run_words(demo, (char **)words.items, &status) < 0 || status == LAB_NOT_STARTED)
        return EXIT_FAULT;
    return status;
}

static int demo_main(struct program *program, int count, char **words)
{
    struct demo demo = {.program = program, .folder = "outpost-demo"};
    int first = options_read(&demo_command, program, count, words, take_option, &demo);
    const char *resolver = getenv("OUTPOST_LAB_RESOLVER");
    int status;

    if (first == -ECANCELED)
        return EXIT_FINE;
    if (first < 0)
        return EXIT_USAGE;
    if (first < count)
        return usage_error(&demo_command, program, "it takes no %s: it scans the domains of the lab",
                           words[first]);
    demo.arena = arena_new(0);
    if (demo.arena == NULL)
        return EXIT_FAULT;
    status = resolver != NULL && resolver[0] != '\0' ? scan_lab(&demo, resolver) : start_lab(&demo);
    arena_free(demo.arena);
    return status;
}

const struct command demo_command = {
    .name = "demo",
    .usage = "[OPTION]...",
    .summary = "scan a lab of real mail servers on this machine, write its reports",
    .text =
        "Starts a small Internet of real mail servers in a network namespace, scans its domains, and writes "
        "their reports. It needs root, and the servers (Postfix, Dovecot, NSD, Unbound, nginx, rbldnsd); "
        "nothing "
        "outside "
        "the namespace is touched.\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = demo_main,
};
