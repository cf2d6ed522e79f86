/*
 * smtp.c - field tables of SMTP facts
 */
#include "scanner/facts/smtp.h"

#include "scanner/base/text.h"

static const struct fact reply_facts[] = {
    FACT(struct smtp_reply_facts, code, FACT_NUMBER, "three-digit code"),
    FACT(struct smtp_reply_facts, lines, FACT_TEXTS, "text of each line"),
    FACT(struct smtp_reply_facts, milliseconds, FACT_NUMBER, "until the last line had come"),
};
const struct shape smtp_reply_shape =
    SHAPE("smtp_reply", struct smtp_reply_facts, reply_facts, "one SMTP reply");

static const struct fact capability_facts[] = {
    FACT(struct smtp_capability_facts, keyword, FACT_TEXT, "EHLO keyword"),
    FACT(struct smtp_capability_facts, parameter, FACT_TEXT, "its parameters"),
};
const struct shape smtp_capability_shape =
    SHAPE("smtp_capability", struct smtp_capability_facts, capability_facts, "one service extension");

static const struct fact ehlo_facts[] = {
    FACT_OF(struct smtp_ehlo_facts, reply, FACT_OBJECT, &smtp_reply_shape, "the reply"),
    FACT(struct smtp_ehlo_facts, name, FACT_TEXT, "how the server names itself"),
    FACT_OF(struct smtp_ehlo_facts, capabilities, FACT_LIST, &smtp_capability_shape,
            "service extensions offered"),
};
const struct shape smtp_ehlo_shape =
    SHAPE("smtp_ehlo", struct smtp_ehlo_facts, ehlo_facts, "the answer to EHLO");

static const struct fact smtp_facts_table[] = {
    FACT_OF(struct smtp_facts, greeting, FACT_OBJECT, &smtp_reply_shape, "what the server said first"),
    FACT(struct smtp_facts, greeting_name, FACT_TEXT, "name in the greeting"),
    FACT(struct smtp_facts, greeting_pause, FACT_NUMBER, "milliseconds between its first and last line"),
    FACT_OF(struct smtp_facts, ehlo, FACT_OBJECT, &smtp_ehlo_shape, "EHLO before TLS"),
    FACT_OF(struct smtp_facts, helo, FACT_OBJECT, &smtp_reply_shape, "HELO, when EHLO was refused"),
    FACT(struct smtp_facts, starttls_offered, FACT_KNOWN, "EHLO listed STARTTLS"),
    FACT_OF(struct smtp_facts, starttls, FACT_OBJECT, &smtp_reply_shape, "answer to STARTTLS"),
    FACT(struct smtp_facts, starttls_trailing, FACT_BYTES, "clear bytes behind the answer to STARTTLS"),
    FACT(struct smtp_facts, tls, FACT_KNOWN, "a TLS handshake completed"),
    FACT_OF(struct smtp_facts, ehlo_tls, FACT_OBJECT, &smtp_ehlo_shape, "EHLO inside TLS"),
    FACT_OF(struct smtp_facts, quit, FACT_OBJECT, &smtp_reply_shape, "answer to QUIT"),
    FACT_ENUM_OF(struct smtp_facts, end, dialogue_end_values, "how the session ended"),
    FACT(struct smtp_facts, end_stage, FACT_TEXT, "where it ended"),
    FACT(struct smtp_facts, end_reason, FACT_TEXT, "why it ended there"),
    FACT_OF(struct smtp_facts, transcript, FACT_LIST, &dialogue_line_shape, "what was said"),
};
const struct shape smtp_shape = SHAPE("smtp", struct smtp_facts, smtp_facts_table, "one clean SMTP session");

enum known smtp_offers(const struct smtp_ehlo_facts *ehlo, const char *keyword, const char **ret_parameter)
{
    if (ehlo == NULL || !ehlo->capabilities.observed)
        return UNKNOWN;
    for (size_t i = 0; i < ehlo->capabilities.count; i++) {
        const struct smtp_capability_facts *capability = ehlo->capabilities.items[i];

        if (capability->keyword == NULL || !text_equal(capability->keyword, keyword)) /* of a stored scan */
            continue;
        if (ret_parameter != NULL)
            *ret_parameter = capability->parameter;
        return YES;
    }
    return NO;
}
