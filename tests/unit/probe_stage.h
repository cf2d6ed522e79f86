/*
 * probe_stage.h - a probe that asks the DNS, on a task of its own: answers of a table, a virtual clock
 */
#ifndef OUTPOST_TESTS_PROBE_STAGE_H
#define OUTPOST_TESTS_PROBE_STAGE_H

#include "scanner/facts/dns.h"
#include "scanner/net/network.h"
#include "tests/unit/fake_resolver.h"

/* Calls probe(argument) on a task, and cancels it after `stop_after_ms` (0: never); `network` has an engine and a resolver
 * meanwhile. Returns the milliseconds that it took. */
int64_t probe_stage_run(struct network *network, const struct fake_answer *table, size_t count,
                        void (*probe)(void *argument), void *argument, int64_t stop_after_ms);
/* What the table was asked until now, while the probe has the resolver of the stage. */
size_t probe_stage_questions(const struct network *network);
/* Answers in a table of a row: those that have a name, at most `room`. */
size_t probe_stage_answers(const struct fake_answer *table, size_t room);

/* "data", "nxdomain"; "-" for NULL: not asked to the end. */
const char *probe_stage_outcome(const struct dns_question_facts *question);

#endif
