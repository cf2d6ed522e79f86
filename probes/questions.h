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

/*
 * The same for questions whose answers are not kept, as guesses: each is handed to `take` as soon as it is there, with
 * the question's index, and is gone afterwards. `take` runs on a task of its own, and fails with a negative errno.
 */
int questions_sift(struct network *network, struct question *questions, size_t count, int64_t deadline,
                   struct arena *arena,
                   int (*take)(void *data, size_t index, const struct dns_answer *answer,
                               struct arena *scratch),
                   void *data);

#endif
