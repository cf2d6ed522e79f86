/*
 * html_endpoints.c - the conversations: what each port said, its capabilities, handshakes and the transcript
 */
#include "reports/display.h"
#include "reports/html_chapters.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

static const char *milliseconds(struct page *page, struct number number)
{
    return number.known ? page_print(page, "%lld ms", (long long)number.value) : NULL;
}

static const char *joined(struct page *page, const struct list *texts, const char *separator)
{
    if (!texts->observed)
        return NULL;
    if (texts->count == 0)
        return "none";
    return page_keep(page, text_join(page->arena, texts, separator));
}

static const char *state_text(struct page *page, const struct endpoint_facts *endpoint)
{
    const char *state =
        endpoint->state == ENDPOINT_NOT_OBSERVED ? "not observed" : endpoint_state_values[endpoint->state];

    if (!endpoint->reason)
        return state;
    return page_print(page, "%s: %s", state, endpoint->reason);
}

static const char *end_text(struct page *page, enum dialogue_end end, const char *stage, const char *reason)
{
    const char *how = NULL;

    switch (end) {
    case DIALOGUE_NOT_OBSERVED:
        return NULL;
    case DIALOGUE_COMPLETE:
        return "complete, with a farewell";
    case DIALOGUE_CLOSED:
        how = "the server closed the connection";
        break;
    case DIALOGUE_RESET:
        how = "the server reset the connection";
        break;
    case DIALOGUE_TIMEOUT:
        how = "the server stayed silent";
        break;
    case DIALOGUE_TURNED_AWAY:
        how = "the server asked us to leave";
        break;
    case DIALOGUE_PROTOCOL:
        how = "the server broke the protocol";
        break;
    case DIALOGUE_TLS:
        how = "the handshake failed";
        break;
    case DIALOGUE_CANCELED:
        how = "we stopped";
        break;
    }
    return page_print(page, "%s%s%s%s%s", page_keep(page, how), stage ? ", at " : "", stage ? stage : "",
                      reason ? ": " : "", reason ? reason : "");
}

static void connections_term(struct page *page, const struct endpoint_facts *endpoint)
{
    if (!endpoint->connections.known)
        return;
    page_term_open(page, "Connections");
    page_format(page, "%lld opened", (long long)endpoint->connections.value);
    if (endpoint->aborted.known)
        page_format(page, ", %lld ended without a farewell", (long long)endpoint->aborted.value);
    if (endpoint->pushbacks.known)
        page_format(page, ", %lld pushed back", (long long)endpoint->pushbacks.value);
    page_close(page);
    page_close_block(page);
}

static const char *reply_text(struct page *page, const struct smtp_reply_facts *reply)
{
    const char *lines;

    if (!reply || !reply->code.known)
        return NULL;
    lines = page_keep(page, text_join(page->arena, &reply->lines, " / "));
    return page_print(page, "%lld %s", (long long)reply->code.value, lines);
}

static void trailing_term(struct page *page, struct bytes trailing)
{
    if (trailing.data && trailing.size > 0)
        page_term_code(page, "Clear text behind the answer to STARTTLS",
                       page_keep(page, text_clean(page->arena, trailing.data, trailing.size, 0)));
}

static void smtp_terms(struct page *page, const struct smtp_facts *smtp)
{
    page_term_code(page, "Greeting", reply_text(page, smtp->greeting));
    if (smtp->greeting)
        page_term(page, "Time to greet", milliseconds(page, smtp->greeting->milliseconds));
    if (smtp->greeting_pause.known && smtp->greeting_pause.value >= 1000)
        page_term(page, "Pause inside the greeting", milliseconds(page, smtp->greeting_pause));
    if (smtp->ehlo || smtp->ehlo_tls)
        page_term_code(page, "Names itself", smtp->ehlo ? smtp->ehlo->name : smtp->ehlo_tls->name);
    if (smtp->starttls_offered != UNKNOWN)
        page_term(page, "STARTTLS offered", display_known(smtp->starttls_offered));
    page_term_code(page, "Answer to STARTTLS", reply_text(page, smtp->starttls));
    trailing_term(page, smtp->starttls_trailing);
    page_term(page, "Session", end_text(page, smtp->end, smtp->end_stage, smtp->end_reason));
}

static void imap_terms(struct page *page, const struct imap_facts *imap)
{
    page_term_code(page, "Greeting", imap->greeting_text);
    page_term(page, "Time to greet", milliseconds(page, imap->greeting_milliseconds));
    if (imap->starttls_offered != UNKNOWN)
        page_term(page, "STARTTLS offered", display_known(imap->starttls_offered));
    if (imap->login_disabled != UNKNOWN)
        page_term(page, "Login refused before TLS", display_known(imap->login_disabled));
    page_term_code(page, "Answer to STARTTLS", imap->starttls);
    trailing_term(page, imap->starttls_trailing);
    page_term(page, "Session", end_text(page, imap->end, imap->end_stage, imap->end_reason));
}

static void pop3_terms(struct page *page, const struct pop3_facts *pop3)
{
    page_term_code(page, "Greeting", pop3->greeting_text);
    page_term(page, "Time to greet", milliseconds(page, pop3->greeting_milliseconds));
    if (pop3->starttls_offered != UNKNOWN)
        page_term(page, "STLS offered", display_known(pop3->starttls_offered));
    if (pop3->user_offered != UNKNOWN)
        page_term(page, "Password taken before TLS (USER)", display_known(pop3->user_offered));
    page_term_code(page, "SASL before TLS", joined(page, &pop3->mechanisms, " "));
    page_term_code(page, "SASL inside TLS", joined(page, &pop3->mechanisms_tls, " "));
    page_term_code(page, "Answer to STLS", pop3->starttls);
    trailing_term(page, pop3->starttls_trailing);
    page_term(page, "Session", end_text(page, pop3->end, pop3->end_stage, pop3->end_reason));
}

static void sieve_terms(struct page *page, const struct sieve_facts *sieve)
{
    page_term_code(page, "Greeting", sieve->greeting_text);
    page_term(page, "Time to greet", milliseconds(page, sieve->greeting_milliseconds));
    if (sieve->starttls_offered != UNKNOWN)
        page_term(page, "STARTTLS offered", display_known(sieve->starttls_offered));
    page_term_code(page, "SASL before TLS", joined(page, &sieve->mechanisms, " "));
    page_term_code(page, "SASL inside TLS", joined(page, &sieve->mechanisms_tls, " "));
    page_term_code(page, "Answer to STARTTLS", sieve->starttls);
    trailing_term(page, sieve->starttls_trailing);
    page_term(page, "Session", end_text(page, sieve->end, sieve->end_stage, sieve->end_reason));
}

static const char *handshake_result(struct page *page, const struct tls_handshake_facts *handshake)
{
    const char *result = NULL;

    switch (handshake->result) {
    case TLS_NOT_OBSERVED:
        return "not observed";
    case TLS_COMPLETE:
        return "complete";
    case TLS_REFUSED:
        result = "refused";
        break;
    case TLS_CLOSED:
        result = "connection closed";
        break;
    case TLS_GARBLED:
        result = "garbled";
        break;
    case TLS_SILENT:
        result = "no answer in time";
        break;
    case TLS_CANCELED:
        result = "we stopped";
        break;
    }
    if (handshake->alert)
        return page_print(page, "%s with the alert %s", page_keep(page, result), handshake->alert);
    if (handshake->reason)
        return page_print(page, "%s: %s", page_keep(page, result), handshake->reason);
    return result;
}

static void handshake_row(struct page *page, const struct tls_handshake_facts *handshake)
{
    const char *certificate =
        handshake->leaf_sha256 ? page_certificate_anchor(page, handshake->leaf_sha256) : NULL;

    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    if (handshake->name)
        page_element(page, "code", NULL, handshake->name);
    else
        page_text(page, "no name");
    if (handshake->key_type)
        page_element(page, "span", "muted", page_print(page, ", %s only", handshake->key_type));
    page_close(page);
    page_cell(page, handshake_result(page, handshake));
    page_cell(page,
              handshake->version ? page_keep(page, display_version(page->arena, handshake->version)) : NULL);
    page_cell_code(page, handshake->suite);
    page_cell_code(page, handshake->group);
    page_cell_code(page, handshake->signature);
    page_open(page, "td", certificate ? NULL : "muted");
    if (certificate)
        page_link(page, certificate, NULL, page_print(page, "%.8s", handshake->leaf_sha256));
    else
        page_text(page, "not observed");
    page_close(page);
    page_cell(page, milliseconds(page, handshake->milliseconds));
    page_close_block(page);
}

static void handshakes(struct page *page, const char *anchor, const struct tls_facts *tls)
{
    static const char *const columns[] = {
        "Asked for", "Result", "Version", "Cipher suite", "Group", "Signature", "Certificate", "Time", NULL};

    if (!tls || tls->handshakes.count == 0)
        return;
    page_table_open(page, page_print(page, "%s-handshakes", anchor), "handshakes", "TLS handshakes", columns);
    for (size_t i = 0; i < tls->handshakes.count; i++)
        handshake_row(page, tls->handshakes.items[i]);
    page_table_close(page);
}

/* "SIZE 10240000" as one text each. */
static void smtp_capabilities(struct page *page, const struct smtp_ehlo_facts *ehlo, struct list *texts)
{
    if (!ehlo)
        return;
    texts->observed = true;
    for (size_t i = 0; i < ehlo->capabilities.count; i++) {
        const struct smtp_capability_facts *capability = ehlo->capabilities.items[i];
        char *text =
            arena_format(page->arena, "%s%s%s", capability->keyword, capability->parameter ? " " : "",
                         capability->parameter ? capability->parameter : "");

        if (!text || list_add(texts, page->arena, text) < 0)
            page->failed = true;
    }
}

/* What one of the two lists has and the other lacks is worth seeing: both stand side by side. */
static void capabilities(struct page *page, const char *anchor, const struct list *before,
                         const struct list *inside)
{
    static const char *const columns[] = {"Capability", "Before TLS", "Inside TLS", NULL};

    if (before->count + inside->count == 0)
        return;
    page_table_open(page, page_print(page, "%s-capabilities", anchor), "narrow",
                    "Capabilities that the server lists", columns);
    for (size_t pass = 0; pass < 2; pass++) {
        const struct list *texts = pass == 0 ? before : inside;

        for (size_t i = 0; i < texts->count; i++) {
            bool is_before = list_has_text(before, texts->items[i]);

            if (pass == 1 && is_before)
                continue;
            page_row_open(page, NULL);
            page_open(page, "th", NULL);
            page_attribute(page, "scope", "row");
            page_element(page, "code", NULL, text_at(texts, i));
            page_close(page);
            page_cell(page, before->observed ? (is_before ? "yes" : "no") : NULL);
            page_cell(page,
                      inside->observed ? (list_has_text(inside, texts->items[i]) ? "yes" : "no") : NULL);
            page_close_block(page);
        }
    }
    page_table_close(page);
}

static void transcript(struct page *page, const char *anchor, const struct list *lines)
{
    static const char *const columns[] = {"ms", "Who", "What", NULL};

    if (lines->count == 0)
        return;
    page_table_open(page, page_print(page, "%s-transcript", anchor), "transcript",
                    "Transcript: who said what, in milliseconds since we connected", columns);
    for (size_t i = 0; i < lines->count; i++) {
        const struct dialogue_line *line = lines->items[i];

        page_row_open(page, line->who && strcmp(line->who, "note") == 0 ? "note" : NULL);
        page_element(page, "td", "number-cell",
                     line->milliseconds.known ? page_print(page, "%lld", (long long)line->milliseconds.value)
                                              : "");
        page_cell(page, line->who);
        page_open(page, "td", NULL);
        page_element(page, "code", NULL, line->text);
        page_close(page);
        page_close_block(page);
    }
    page_table_close(page);
}

/* "open, 3 connections": what one wants to know before unfolding. */
static const char *in_short(struct page *page, const struct endpoint_facts *endpoint)
{
    const char *state =
        endpoint->state == ENDPOINT_NOT_OBSERVED ? "not observed" : endpoint_state_values[endpoint->state];
    int64_t connections = endpoint->connections.value;

    if (!endpoint->connections.known)
        return state;
    return page_print(page, "%s, %lld %s", state, (long long)connections,
                      connections == 1 ? "connection" : "connections");
}

static void endpoint_summary(struct page *page, const struct endpoint_facts *endpoint)
{
    page_open(page, "summary", NULL);
    page_open(page, "h3", NULL);
    page_element(page, "code", NULL, endpoint->address);
    page_format(page, " port %lld", (long long)endpoint->port.value);
    page_close(page);
    page_text(page, " ");
    page_element(page, "span", "muted",
                 page_print(page, "%s%s%s", endpoint->service ? endpoint->service : "",
                            endpoint->service ? ", " : "", in_short(page, endpoint)));
    page_close_block(page);
}

static void endpoint_terms(struct page *page, const struct endpoint_facts *endpoint)
{
    page_open(page, "dl", "facts");
    page_term_code(page, "Reached as", joined(page, &endpoint->hosts, ", "));
    page_term(page, "State", state_text(page, endpoint));
    page_term(page, "Time to connect", milliseconds(page, endpoint->connect_milliseconds));
    connections_term(page, endpoint);
    if (endpoint->smtp)
        smtp_terms(page, endpoint->smtp);
    if (endpoint->imap)
        imap_terms(page, endpoint->imap);
    if (endpoint->pop3)
        pop3_terms(page, endpoint->pop3);
    if (endpoint->sieve)
        sieve_terms(page, endpoint->sieve);
    page_close_block(page);
}

static void endpoint_section(struct page *page, const struct endpoint_facts *endpoint)
{
    const char *anchor = page_endpoint_anchor(page, page_keep(page, endpoint->address), endpoint->port.value);
    struct dialogue_seen seen = endpoint_dialogue(endpoint);
    struct list before = {.observed = false};
    struct list inside = {.observed = false};

    page_open(page, "section", "endpoint");
    page_attribute(page, "id", anchor);
    page_open(page, "details", NULL);
    endpoint_summary(page, endpoint);
    endpoint_terms(page, endpoint);
    if (endpoint->smtp) {
        smtp_capabilities(page, endpoint->smtp->ehlo, &before);
        smtp_capabilities(page, endpoint->smtp->ehlo_tls, &inside);
    } else if (seen.capabilities) {
        before = *seen.capabilities;
        inside = *seen.capabilities_tls;
    }
    handshakes(page, anchor, endpoint->tls);
    capabilities(page, anchor, &before, &inside);
    if (seen.transcript)
        transcript(page, anchor, seen.transcript);
    page_close_block(page);
    page_close_block(page);
}

void page_endpoints(struct page *page)
{
    const struct observed_facts *facts = page->scan->facts;

    if (!facts || facts->endpoints.count == 0)
        return;
    page_open(page, "section", NULL);
    page_attribute(page, "id", "endpoints");
    page_element(page, "h2", NULL, "Conversations");
    for (size_t i = 0; i < facts->endpoints.count; i++)
        endpoint_section(page, facts->endpoints.items[i]);
    page_close_block(page);
}
