/*
 * sample_judgement.h - a judgement made by hand, rich enough to show every part of a report
 */
#ifndef OUTPOST_TESTS_SAMPLE_JUDGEMENT_H
#define OUTPOST_TESTS_SAMPLE_JUDGEMENT_H

#include "reports/judgement.h"
#include "scanner/base/arena.h"

/* What is said wherever a peer has a word; NULL: harmless words. */
struct sample_words {
    const char *hostile;
};

/* A self-hosted mail system with two hosts: an expired certificate, a missing one, a silent port, ... */
struct judgement *sample_judgement(struct arena *arena, const struct sample_words *words);
/* The same when everything is as it should be. */
struct judgement *sample_faultless(struct arena *arena);
/* The same, but nobody asked what its TLS accepts. */
struct judgement *sample_quick(struct arena *arena);
/* The first again: a policy caps by what no check finds fault with, ports have different remedies, and more sets the
 * grade than a first screen has room for. */
struct judgement *sample_capped(struct arena *arena);
/* Stopped before anything was seen: no grade, no facts. */
struct judgement *sample_empty(struct arena *arena);

#endif
