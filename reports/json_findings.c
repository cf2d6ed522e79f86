/*
 * json_findings.c - findings as JSON, each written once
 *
 * A thousand domains on one host have nearly all their findings in common, and each is half a kilobyte: what was written
 * once is found again by the SHA-256 of all that it is made of.
 */
#include "reports/json_parts.h"
#include "reports/report.h"
#include "scanner/base/bytes.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { REMEMBERED_MAX = 4096, LEVELS_ABOVE = 2, INDENT = 2 };

struct piece {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    char *text; /* NULL: nothing yet */
};

struct json_memory {
    struct piece pieces[REMEMBERED_MAX];
};

/* Members are set one behind the other; -1 of any is noted and looked at once. */
void json_part_set(json_t *object, const char *name, json_t *value, bool *failed)
{
    if (json_object_set_new(object, name, value) < 0)
        *failed = true;
}

json_t *json_part_whole(json_t *json, bool failed)
{
    if (!failed)
        return json;
    json_decref(json);
    return NULL;
}

json_t *json_part_texts(const struct list *texts)
{
    json_t *array = json_array();
    bool failed = array == NULL;

    for (size_t i = 0; i < texts->count && !failed; i++)
        failed = json_array_append_new(array, json_string(texts->items[i])) < 0;
    return json_part_whole(array, failed);
}

static json_t *subject_json(const struct subject *subject)
{
    json_t *json = json_object();
    bool failed = json == NULL;
    const struct {
        const char *name, *text;
    } before[] = {{"domain", subject->domain}, {"host", subject->host}, {"address", subject->address}},
      after[] = {{"selector", subject->selector}, {"list", subject->list},
                 {"server", subject->server},     {"profile", subject->profile},
                 {"key_type", subject->key_type}, {"text", subject->text}};

    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
        if (before[i].text != NULL)
            json_part_set(json, before[i].name, json_string(before[i].text), &failed);
    if (subject->port.known)
        json_part_set(json, "port", json_integer(subject->port.value), &failed);
    for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++)
        if (after[i].text != NULL)
            json_part_set(json, after[i].name, json_string(after[i].text), &failed);
    return json_part_whole(json, failed);
}

static json_t *finding_json(const struct finding *finding)
{
    json_t *json = json_object();
    bool failed = json == NULL;

    json_part_set(json, "id", json_string(finding->id), &failed);
    json_part_set(json, "check", json_string(finding->check->id), &failed);
    json_part_set(json, "outcome", json_string(outcome_name(finding->outcome)), &failed);
    json_part_set(json, "severity", json_string(severity_name(finding->severity)), &failed);
    json_part_set(json, "subject", subject_json(&finding->subject), &failed);
    json_part_set(json, "title", json_string(finding->title), &failed);
    json_part_set(json, "why", json_string(finding->why), &failed);
    json_part_set(json, "evidence", json_part_texts(&finding->evidence), &failed);
    json_part_set(json, "fix", json_part_texts(&finding->fix), &failed);
    json_part_set(json, "reference", json_string(finding->reference), &failed);
    return json_part_whole(json, failed);
}

/* ---- what was written before ---- */

/* Texts one behind the other, so that no two findings look the same. */
static void put_part(struct buffer *out, const char *text)
{
    put_u32(out, text == NULL ? UINT32_MAX : (uint32_t)strlen(text));
    if (text != NULL)
        put_text(out, text);
}

static void put_parts(struct buffer *out, const struct list *texts)
{
    put_u32(out, (uint32_t)texts->count);
    for (size_t i = 0; i < texts->count; i++)
        put_part(out, texts->items[i]);
}

static void put_finding(struct buffer *out, const struct finding *finding)
{
    const struct subject *subject = &finding->subject;
    const char *const texts[] = {finding->id,        finding->check->id, finding->title,  finding->why,
                                 finding->reference, subject->domain,    subject->host,   subject->address,
                                 subject->selector,  subject->list,      subject->server, subject->profile,
                                 subject->key_type,  subject->text};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        put_part(out, texts[i]);
    put_u8(out, (uint8_t)finding->outcome);
    put_u8(out, (uint8_t)finding->severity);
    put_u32(out, subject->port.known ? (uint32_t)subject->port.value : UINT32_MAX);
    put_parts(out, &finding->evidence);
    put_parts(out, &finding->fix);
}

static struct piece *piece_of(struct json_memory *memory, const struct finding *finding, bool one_line,
                              uint8_t digest[static SHA256_DIGEST_LENGTH])
{
    struct buffer whole = {0};
    bool hashed;

    if (memory == NULL)
        return NULL;
    put_u8(&whole, one_line);
    put_finding(&whole, finding);
    hashed = !whole.failed && SHA256(whole.data, whole.size, digest) != NULL;
    buffer_free(&whole);
    return hashed ? &memory->pieces[(digest[0] << 8 | digest[1]) % REMEMBERED_MAX] : NULL;
}

static void put_indented(struct buffer *out, const char *text)
{
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        put_block(out, text, (size_t)(end - text) + 1);
        for (int i = 0; i < LEVELS_ABOVE * INDENT; i++)
            put_u8(out, ' ');
    }
    put_text(out, text);
}

/* In JSON no text has a line break in it, so one level in is one level in. malloc'd, or NULL. */
static char *finding_text(const struct finding *finding, bool one_line)
{
    json_t *json = finding_json(finding);
    char *text = json == NULL ? NULL : json_dumps(json, one_line ? JSON_COMPACT : JSON_INDENT(INDENT));
    struct buffer indented = {0};

    json_decref(json);
    if (text == NULL || one_line)
        return text;
    put_indented(&indented, text);
    put_u8(&indented, '\0');
    free(text);
    if (!indented.failed)
        return (char *)indented.data;
    buffer_free(&indented);
    return NULL;
}

static void write_finding(const struct finding *finding, bool one_line, struct json_memory *memory,
                          struct buffer *out)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    struct piece *piece = piece_of(memory, finding, one_line, digest);
    char *text;

    if (piece != NULL && piece->text != NULL && memcmp(piece->digest, digest, sizeof(digest)) == 0) {
        put_text(out, piece->text);
        return;
    }
    text = finding_text(finding, one_line);
    if (text == NULL) {
        out->failed = true;
        return;
    }
    put_text(out, text);
    if (piece == NULL) {
        free(text);
        return;
    }
    free(piece->text);
    piece->text = text;
    memcpy(piece->digest, digest, sizeof(digest));
}

void json_part_findings(const struct judgement *judgement, bool one_line, struct json_memory *memory,
                        struct buffer *out)
{
    const struct list *findings = &judgement->findings;

    put_text(out, "[");
    for (size_t i = 0; i < findings->count && !out->failed; i++) {
        put_text(out, i == 0 ? "" : ",");
        put_text(out, one_line ? "" : "\n    ");
        write_finding(findings->items[i], one_line, memory, out);
    }
    put_text(out, one_line || findings->count == 0 ? "]" : "\n  ]");
}

/* ---- life ---- */

struct json_memory *json_memory_new(void)
{
    return calloc(1, sizeof(struct json_memory));
}

void json_memory_free(struct json_memory *memory)
{
    for (size_t i = 0; memory != NULL && i < REMEMBERED_MAX; i++)
        free(memory->pieces[i].text);
    free(memory);
}
