/*
 * imap.c - field table of IMAP facts
 */
#include "scanner/facts/imap.h"

static const char *const greeting_values[] = {"not_observed", "ok", "preauth", "bye", "other", NULL};

static const struct fact imap_facts_table[] = {
    FACT_ENUM_OF(struct imap_facts, greeting, greeting_values, "kind of the greeting"),
    FACT(struct imap_facts, greeting_text, FACT_TEXT, "text of the greeting"),
    FACT(struct imap_facts, greeting_milliseconds, FACT_NUMBER, "time to the greeting"),
    FACT(struct imap_facts, capabilities, FACT_TEXTS, "capabilities before TLS"),
    FACT(struct imap_facts, starttls_offered, FACT_KNOWN, "STARTTLS is among them"),
    FACT(struct imap_facts, login_disabled, FACT_KNOWN, "LOGINDISABLED is among them"),
    FACT(struct imap_facts, starttls, FACT_TEXT, "answer to STARTTLS"),
    FACT(struct imap_facts, starttls_trailing, FACT_BYTES, "clear bytes behind the answer to STARTTLS"),
    FACT(struct imap_facts, tls, FACT_KNOWN, "a TLS handshake completed"),
    FACT(struct imap_facts, capabilities_tls, FACT_TEXTS, "capabilities inside TLS"),
    FACT(struct imap_facts, logout, FACT_KNOWN, "LOGOUT was answered with OK"),
    FACT_ENUM_OF(struct imap_facts, end, dialogue_end_values, "how the session ended"),
    FACT(struct imap_facts, end_stage, FACT_TEXT, "where it ended"),
    FACT(struct imap_facts, end_reason, FACT_TEXT, "why it ended there"),
    FACT_OF(struct imap_facts, transcript, FACT_LIST, &dialogue_line_shape, "what was said"),
};
const struct shape imap_shape = SHAPE("imap", struct imap_facts, imap_facts_table, "one clean IMAP session");
