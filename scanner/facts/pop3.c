/*
 * pop3.c - field table of POP3 facts
 */
#include "scanner/facts/pop3.h"

static const char *const greeting_values[] = {"not_observed", "ok", "error", "other", NULL};

static const struct fact pop3_facts_table[] = {
    FACT_ENUM_OF(struct pop3_facts, greeting, greeting_values, "kind of the greeting"),
    FACT(struct pop3_facts, greeting_text, FACT_TEXT, "text of the greeting"),
    FACT(struct pop3_facts, greeting_milliseconds, FACT_NUMBER, "time to the greeting"),
    FACT(struct pop3_facts, capabilities, FACT_TEXTS, "capabilities before TLS"),
    FACT(struct pop3_facts, starttls_offered, FACT_KNOWN,
         "STLS is among them (no also when CAPA is refused)"),
    FACT(struct pop3_facts, user_offered, FACT_KNOWN, "USER is among them"),
    FACT(struct pop3_facts, mechanisms, FACT_TEXTS, "SASL mechanisms before TLS"),
    FACT(struct pop3_facts, starttls, FACT_TEXT, "answer to STLS"),
    FACT(struct pop3_facts, starttls_trailing, FACT_BYTES, "clear bytes behind the answer to STLS"),
    FACT(struct pop3_facts, tls, FACT_KNOWN, "a TLS handshake completed"),
    FACT(struct pop3_facts, capabilities_tls, FACT_TEXTS, "capabilities inside TLS"),
    FACT(struct pop3_facts, mechanisms_tls, FACT_TEXTS, "SASL mechanisms inside TLS"),
    FACT(struct pop3_facts, quit, FACT_KNOWN, "QUIT was answered with +OK"),
    FACT_ENUM_OF(struct pop3_facts, end, dialogue_end_values, "how the session ended"),
    FACT(struct pop3_facts, end_stage, FACT_TEXT, "where it ended"),
    FACT(struct pop3_facts, end_reason, FACT_TEXT, "why it ended there"),
    FACT_OF(struct pop3_facts, transcript, FACT_LIST, &dialogue_line_shape, "what was said"),
};
const struct shape pop3_shape = SHAPE("pop3", struct pop3_facts, pop3_facts_table, "one clean POP3 session");
