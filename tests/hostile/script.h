/*
 * script.h - a strange server as a text file (the grammar is at the head of player.c)
 */
#ifndef OUTPOST_TESTS_HOSTILE_SCRIPT_H
#define OUTPOST_TESTS_HOSTILE_SCRIPT_H

#include "scanner/base/bytes.h"
#include "scanner/base/list.h"
#include "targets/settings.h"

struct arena;

enum step_kind {
    STEP_SEND = 1, /* bytes */
    STEP_SEND_SLOWLY,
    STEP_EXPECT,       /* a line that matches the pattern */
    STEP_EXPECT_BYTES, /* anything; taken in */
    STEP_WAIT,
    STEP_TLS,
    STEP_TLS_FAILS,
    STEP_CLOSE,
    STEP_RESET,
    STEP_REPEAT,
    STEP_REFUSE, /* the connection is refused; only at the beginning */
    STEP_SILENT, /* ... or not answered */
};

/* What the server shows in a handshake; any of them together. */
enum certificate_set {
    CERTIFICATE_ECDSA = 1,
    CERTIFICATE_RSA = 2,
    CERTIFICATE_EXPIRED = 4,    /* ECDSA */
    CERTIFICATE_WRONG_NAME = 8, /* ECDSA */
    CERTIFICATE_UNTRUSTED = 16, /* ECDSA, self-signed */
    TLS_OLDEST_1_0 = 32,        /* speaks TLS 1.0 to 1.1 only */
};

struct step {
    enum step_kind kind;
    unsigned line;
    struct bytes data;     /* SEND, SEND_SLOWLY */
    const char *pattern;   /* EXPECT */
    int64_t number;        /* WAIT: milliseconds; SEND_SLOWLY: bytes per second; REPEAT: times */
    unsigned certificates; /* TLS: of certificate_set */
    size_t end;            /* REPEAT: the step behind its last */
};

/* What is played on connection `number`; 0: on all that have no section of their own. */
struct section {
    unsigned number;
    unsigned line;
    struct step *steps;
    size_t count;
};

enum expectation_kind { EXPECT_FACT = 1, EXPECT_VERDICT };

struct expectation {
    enum expectation_kind kind;
    unsigned line;
    const char *what;  /* a path, or a check id */
    const char *value; /* a pattern */
};

struct script {
    const char *file;
    const char *name;
    enum service service;
    uint16_t port;
    const char *host; /* what the client asks for */
    enum scan_depth depth;
    int64_t timeout_ms;       /* of the whole scan */
    int64_t stop_ms;          /* the scan is stopped then; 0: never */
    struct list sections;     /* struct section */
    struct list expectations; /* struct expectation */
};

/* 0; -EINVAL or what reading says, with *ret_error (arena) "FILE:LINE: what is wrong"; -ENOMEM. */
int script_read(const char *file, struct arena *arena, struct script **ret, const char **ret_error);
int script_parse(const char *text, const char *file, struct arena *arena, struct script **ret,
                 const char **ret_error);
/* What is played on connection `number` (from 1): its own section, else the one for all, else the last. */
const struct section *script_section(const struct script *script, unsigned number);

#endif
