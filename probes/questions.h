/*
 * questions.h - several DNS questions side by side
 */
#ifndef OUTPOST_PROBES_QUESTIONS_H
#define OUTPOST_PROBES_QUESTIONS_H

#include "scanner/net/network.h"
#include "scanner/net/resolver.h"

struct question {
    const char *name;
    uint16_t type;
    struct dns_answer *answer;        /* NULL: stopped, or not a name that can be asked for */
    struct dns_question_facts *facts; /* of the answer */
};

/*
 * Asks all of them at once and returns when each is answered, each with the patience of DNS_TIMEOUT_MS.
 * 0; -ECANCELED (what was answered until then is there); -ENOMEM.
 */
int questions_ask(struct network *network, struct question *questions, size_t count, int64_t deadline,
                  struct arena *arena);

#endif
