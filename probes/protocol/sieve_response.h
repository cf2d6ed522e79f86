/*
 * sieve_response.h - responses of a ManageSieve server, fed as they come (RFC 5804 1.2, 1.3, 1.7, 4)
 *
 *      "IMPLEMENTATION" "Example 1.0"      a capability: a keyword, perhaps with a value
 *      "SASL" {5}                          ... of which the octets of a literal follow,
 *      PLAIN                               and then the rest of its line
 *      "STARTTLS"
 *      OK (TAG "x") "ready"                OK, NO or BYE end the response: a code and a text may follow
 *
 * Pure: no clock, no network. What is not a response is a result here (SIEVE_RESPONSE_BROKEN), never an
 * error.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_SIEVE_RESPONSE_H
#define OUTPOST_PROBES_PROTOCOL_SIEVE_RESPONSE_H

#include "scanner/facts/sieve.h"

enum { SIEVE_LITERAL_MAX = 4096, SIEVE_LINES_MAX = 512, SIEVE_WORDS_MAX = 32 };

enum sieve_response_state {
    SIEVE_RESPONSE_MORE = 1, /* feed the next line */
    SIEVE_RESPONSE_LITERAL,  /* feed `literal` octets, then the rest of the line */
    SIEVE_RESPONSE_COMPLETE,
    SIEVE_RESPONSE_BROKEN, /* not a response; `broken` says why */
};

enum sieve_status {
    SIEVE_STATUS_NONE = 0,
    SIEVE_STATUS_OK,
    SIEVE_STATUS_NO,
    SIEVE_STATUS_BYE,
};

/* Zeroed before the first line of a response. */
struct sieve_response {
    struct list capabilities; /* texts as "SASL PLAIN"; observed when it ends with OK */
    enum sieve_status status;
    const char *code; /* upper case: "TRYLATER"; NULL when there is none */
    const char *text; /* "BYE (TRYLATER) too many connections"; of a broken response the line that broke it */
    const char *broken;
    size_t literal; /* octets to be fed next */

    struct list words; /* of a line that is not at its end: inner matters of the parser */
    enum sieve_response_state state;
    size_t lines;
};

/* Takes one line without its line end or, after SIEVE_RESPONSE_LITERAL, the octets of the literal. 0 or
 * -ENOMEM. After COMPLETE or BROKEN the response is done. */
int sieve_response_feed(struct sieve_response *response, struct bytes in, struct arena *arena,
                        enum sieve_response_state *ret);

/* Does the rest of a line have to come, so that the next line would not be understood by itself? */
bool sieve_response_within_line(const struct sieve_response *response);

/* What a first response is as a greeting (RFC 5804 1.7). */
enum sieve_greeting sieve_greeting_kind(const struct sieve_response *response);

#endif
