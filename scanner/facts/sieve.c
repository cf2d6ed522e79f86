/*
 * sieve.c - field table of ManageSieve facts
 */
#include "scanner/facts/sieve.h"

static const char *const greeting_values[] = {"not_observed", "ok", "no", "bye", "other", NULL};

static const struct fact sieve_facts_table[] = {
    FACT_ENUM_OF(struct sieve_facts, greeting, greeting_values, "kind of the greeting"),
    FACT(struct sieve_facts, greeting_text, FACT_TEXT, "text of the greeting"),
    FACT(struct sieve_facts, greeting_milliseconds, FACT_NUMBER, "time to the greeting"),
    FACT(struct sieve_facts, capabilities, FACT_TEXTS, "capabilities before TLS"),
    FACT(struct sieve_facts, starttls_offered, FACT_KNOWN, "STARTTLS is among them"),
    FACT(struct sieve_facts, mechanisms, FACT_TEXTS, "SASL mechanisms before TLS"),
    FACT(struct sieve_facts, starttls, FACT_TEXT, "answer to STARTTLS"),
    FACT(struct sieve_facts, starttls_trailing, FACT_BYTES, "clear bytes behind the answer to STARTTLS"),
    FACT(struct sieve_facts, tls, FACT_KNOWN, "a TLS handshake completed"),
    FACT(struct sieve_facts, capabilities_tls, FACT_TEXTS, "capabilities inside TLS"),
    FACT(struct sieve_facts, mechanisms_tls, FACT_TEXTS, "SASL mechanisms inside TLS"),
    FACT(struct sieve_facts, logout, FACT_KNOWN, "LOGOUT was answered with OK"),
    FACT_ENUM_OF(struct sieve_facts, end, dialogue_end_values, "how the session ended"),
    FACT(struct sieve_facts, end_stage, FACT_TEXT, "where it ended"),
    FACT(struct sieve_facts, end_reason, FACT_TEXT, "why it ended there"),
    FACT_OF(struct sieve_facts, transcript, FACT_LIST, &dialogue_line_shape, "what was said"),
};
const struct shape sieve_shape =
    SHAPE("sieve", struct sieve_facts, sieve_facts_table, "one clean ManageSieve session");
