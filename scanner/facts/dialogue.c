/*
 * dialogue.c - field tables of transcripts
 */
#include "scanner/facts/dialogue.h"

static const struct fact line_facts[] = {
    FACT(struct dialogue_line, milliseconds, FACT_NUMBER, "since the connection was begun"),
    FACT(struct dialogue_line, who, FACT_TEXT, "server, client, or note"),
    FACT(struct dialogue_line, text, FACT_TEXT, "what was said"),
};
const struct shape dialogue_line_shape =
    SHAPE("dialogue_line", struct dialogue_line, line_facts, "one line of a transcript");

const char *const dialogue_end_values[] = {"not_observed", "complete", "closed", "reset",    "timeout",
                                           "turned_away",  "protocol", "tls",    "canceled", NULL};
