/*
 * questions.h - several DNS questions side by side, and the texts at one name
 */
#ifndef OUTPOST_PROBES_QUESTIONS_H
#define OUTPOST_PROBES_QUESTIONS_H

#include "scanner/base/list.h"
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

enum { RECORD_TEXTS_MAX = 16 };

/*
 * The TXT records of `label`.`domain`: struct bytes in *ret_texts, each with its strings joined, at most
 * RECORD_TEXTS_MAX; observed when there was an answer. 0, -ECANCELED, -ENOMEM.
 */
int texts_ask(struct network *network, const char *label, const char *domain, int64_t deadline,
              struct arena *arena, struct dns_question_facts **ret_question, struct list *ret_texts);

#endif
