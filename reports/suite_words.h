/*
 * suite_words.h - which suites of a port to leave out, or to put last, in the words of OpenSSL's ciphers(1)
 */
#ifndef OUTPOST_REPORTS_SUITE_WORDS_H
#define OUTPOST_REPORTS_SUITE_WORDS_H

#include "reports/tls_ports.h"

/* How much is to be left out; each includes those before it. */
enum suite_zeal {
    SUITES_BROKEN,          /* what protects nobody; on port 25 also what no sender needs */
    SUITES_WITHOUT_SECRECY, /* without forward secrecy */
    SUITES_WITHOUT_AEAD,    /* CBC, where encrypt-then-MAC does not protect it */
};

struct suite_words {
    struct list words; /* texts: "RC4", "kRSA", the worst first */
    bool needed;       /* old senders may have nothing but one of these */
    bool none_left;    /* nothing else was seen up to TLS 1.2 */
    bool incomplete;   /* more is worth leaving out, but then nothing of what was seen would be left */
};
struct suite_words suites_to_leave_out(const struct tls_port *port, enum suite_zeal zeal);

/* All of these moved to the end of a list, the worst last: ":+kRSA:+RC4", or "". */
const char *suites_put_last(const struct tls_port *port);

/* Is every suite without forward secrecy one of ARIA or CCM? Who knows those knows AES-GCM with ECDHE too. */
bool suites_are_exotic(const struct tls_port *port);

#endif
