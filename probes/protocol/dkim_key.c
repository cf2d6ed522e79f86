/*
 * dkim_key.c - takes DKIM key records apart
 *
 *      strictly, as a verifier does  ->  usable, revoked, or a fault
 *      with a fault: what was meant (dkim_repair.h)  ->  the record as it should be, if the key is all there
 */
#include "probes/protocol/dkim_key.h"

#include "probes/protocol/dkim_material.h"
#include "probes/protocol/dkim_repair.h"
#include "probes/protocol/dkim_tags.h"
#include "probes/protocol/record_fields.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
    TEXT_SHOWN = 4000,
    WORD_SHOWN = 64,
    ITEMS_MAX = 16,
    REMARKS_MAX = 16,
    STRING_NEARLY_FULL = 250, /* forms that take one string cut at 250, 254, 255 */
};

/* One record while it is read. */
struct reading {
    struct arena *arena;
    struct dkim_record_facts *facts;
    struct bytes text;
    size_t strings; /* 0: not known */
    struct list tags;
};

static const struct dkim_tag *tag_named(const struct reading *reading, const char *name)
{
    for (size_t i = 0; i < reading->tags.count; i++) {
        const struct dkim_tag *tag = reading->tags.items[i];

        if (record_is_text(tag->name, name))
            return tag;
    }
    return NULL;
}

static int add_text(struct list *texts, struct arena *arena, const char *text)
{
    return text == NULL ? -ENOMEM : list_add(texts, arena, (void *)(uintptr_t)text);
}

static int set_fault(struct reading *reading, const char *format, struct bytes word)
{
    const char *shown = text_clean(reading->arena, word.data, word.size, WORD_SHOWN);

    if (shown == NULL)
        return -ENOMEM;
    reading->facts->fault = arena_format(reading->arena, "%s \"%s\"", format, shown);
    return reading->facts->fault == NULL ? -ENOMEM : 0;
}

static int add_damage(struct reading *reading, enum dkim_damage damage)
{
    const char *name = dkim_damage_name(damage);

    return list_has_text(&reading->facts->damage, name)
               ? 0
               : add_text(&reading->facts->damage, reading->arena, name);
}

/* ---- the tags ---- */

static int read_remarks(struct reading *reading, bool empty)
{
    struct list *remarks = &reading->facts->remarks;
    int error = 0;

    remarks->observed = true;
    if (empty)
        error = add_text(remarks, reading->arena, "two semicolons have nothing between them");
    for (size_t i = 0; i < reading->tags.count && error == 0 && remarks->count < REMARKS_MAX; i++) {
        const struct dkim_tag *tag = reading->tags.items[i];
        char *name;

        if (tag->name.size == 1 && strchr("vhknpst", tag->name.data[0]) != NULL)
            continue;
        name = text_clean(reading->arena, tag->name.data, tag->name.size, WORD_SHOWN);
        error = name == NULL
                    ? -ENOMEM
                    : add_text(remarks, reading->arena,
                               arena_format(reading->arena, "tag %s: verifiers ignore it%s", name,
                                            strcmp(name, "g") == 0 ? ", it is of an older DKIM" : ""));
    }
    return error;
}

/* "y:s" */
static bool has_item(const struct dkim_tag *tag, const char *wanted)
{
    struct bytes items = tag->value, item;

    while (dkim_take_item(&items, &item))
        if (record_is_text(item, wanted))
            return true;
    return false;
}

static int read_flags(struct reading *reading)
{
    const struct dkim_tag *s = tag_named(reading, "s"), *t = tag_named(reading, "t"),
                          *h = tag_named(reading, "h");
    struct dkim_record_facts *facts = reading->facts;
    struct bytes items = h == NULL ? (struct bytes){0} : h->value, item;
    int error = 0;

    facts->testing = known(t != NULL && has_item(t, "y"));
    facts->strict = known(t != NULL && has_item(t, "s"));
    facts->for_mail = known(s == NULL || has_item(s, "*") || has_item(s, "email"));
    facts->hashes.observed = true;
    while (error == 0 && facts->hashes.count < ITEMS_MAX && dkim_take_item(&items, &item))
        error = add_text(&facts->hashes, reading->arena,
                         text_clean(reading->arena, item.data, item.size, WORD_SHOWN));
    return error;
}

static int read_version(struct reading *reading)
{
    const struct dkim_tag *v = tag_named(reading, "v");

    if (v == NULL)
        return 0;
    if (!record_is_text(v->value, "DKIM1"))
        return set_fault(reading, "verifiers discard a record whose v= is not DKIM1, but", v->value);
    if (v != reading->tags.items[0])
        reading->facts->fault = "v= is there and is not the first tag: verifiers discard the record";
    return 0;
}

/* ---- the key ---- */

static const char *material_fault(const struct dkim_material *material, bool ed25519)
{
    switch (material->kind) {
    case DKIM_MATERIAL_RSA:
        return ed25519 ? "k= says ed25519, and p= holds an RSA key" : NULL;
    case DKIM_MATERIAL_ED25519:
        return ed25519 ? NULL : "p= has the 32 octets of an Ed25519 key, and k=ed25519 is not there";
    case DKIM_MATERIAL_ED25519_WRAPPED:
        return "p= wraps the Ed25519 key as in a certificate, and only its 32 octets belong there";
    case DKIM_MATERIAL_PRIVATE:
        return "p= holds a private key";
    case DKIM_MATERIAL_CUT:
        return "the end of the key in p= is missing";
    case DKIM_MATERIAL_OTHER:
        break;
    }
    return ed25519 ? "p= has not the 32 octets of an Ed25519 key" : "p= holds no RSA key";
}

static int keep_material(struct reading *reading, const struct dkim_material *material)
{
    struct dkim_record_facts *facts = reading->facts;
    const uint8_t *copy = arena_copy(reading->arena, material->key.data, material->key.size);

    if (copy == NULL)
        return -ENOMEM;
    facts->key = bytes_of(copy, material->key.size);
    facts->bits = number((int64_t)material->bits);
    if (material->exponent_known)
        facts->exponent = number(material->exponent);
    return 0;
}

static bool has_white_space(struct bytes value)
{
    for (size_t i = 0; i < value.size; i++)
        if (dkim_is_space(value.data[i]))
            return true;
    return false;
}

static int read_key(struct reading *reading, struct bytes p)
{
    struct dkim_record_facts *facts = reading->facts;
    bool ed25519 = strcmp(facts->key_type, "ed25519") == 0;
    struct dkim_material material;
    enum dkim_base64 state;
    struct bytes octets;
    int error = dkim_base64_read(p, reading->arena, &state, &octets);

    if (error < 0)
        return error;
    if (state == DKIM_BASE64_CUT || state == DKIM_BASE64_BAD) {
        facts->fault = state == DKIM_BASE64_CUT ? "the base64 of p= is cut off"
                                                : "p= has characters that are not base64";
        return 0;
    }
    material = dkim_material_read(octets, !ed25519);
    facts->fault = material_fault(&material, ed25519);
    if (facts->fault != NULL)
        return 0;
    if (state == DKIM_BASE64_UNPADDED)
        error = add_text(&facts->remarks, reading->arena, "the \"=\" at the end of p= is missing");
    if (error == 0 && has_white_space(p))
        error = add_damage(reading, DKIM_WHITE_SPACE);
    return error < 0 ? error : keep_material(reading, &material);
}

static int read_key_tags(struct reading *reading)
{
    const struct dkim_tag *k = tag_named(reading, "k"), *p = tag_named(reading, "p");
    struct dkim_record_facts *facts = reading->facts;

    facts->key_type =
        k == NULL ? "rsa" : text_clean(reading->arena, k->value.data, k->value.size, WORD_SHOWN);
    if (facts->key_type == NULL)
        return -ENOMEM;
    if (facts->fault != NULL)
        return 0;
    if (p == NULL) {
        facts->fault = "p= is missing";
        return 0;
    }
    facts->revoked = known(p->value.size == 0);
    if (facts->revoked == YES)
        return 0;
    if (strcmp(facts->key_type, "rsa") != 0 && strcmp(facts->key_type, "ed25519") != 0)
        return set_fault(reading, "no verifier knows the key type of k=", k->value);
    return read_key(reading, p->value);
}

/* As a verifier reads it. */
static int read_strictly(struct reading *reading)
{
    struct dkim_record_facts *facts = reading->facts;
    bool empty;
    int error = dkim_tags_read(reading->text, reading->arena, &reading->tags, &facts->fault, &empty);

    facts->damage.observed = true;
    if (error == 0)
        error = read_remarks(reading, empty);
    if (error == 0 && facts->fault == NULL)
        error = read_version(reading);
    if (error == 0 && facts->fault == NULL)
        error = read_flags(reading);
    return error < 0 ? error : read_key_tags(reading);
}

/* ---- what was meant ---- */

static int put_record(struct reading *reading, const struct dkim_repair *repair, const char *k, const char *p)
{
    struct arena *arena = reading->arena;
    struct dkim_record_facts *facts = reading->facts;
    const struct {
        const char *before;
        struct bytes value;
    } tags[] = {{"h=", repair->h}, {"s=", repair->s}, {"t=", repair->t}};
    const char *text = arena_text(arena, "v=DKIM1; ");

    for (size_t i = 0; i < sizeof tags / sizeof tags[0] && text != NULL; i++)
        if (tags[i].value.size > 0)
            text = arena_format(arena, "%s%s%.*s; ", text, tags[i].before, (int)tags[i].value.size,
                                (const char *)tags[i].value.data);
    facts->repaired = text == NULL ? NULL : arena_format(arena, "%sk=%s; p=%s", text, k, p);
    return facts->repaired == NULL ? -ENOMEM : 0;
}

/* The digits of p= are whole: is there a key in them? */
static int recover_key(struct reading *reading, struct dkim_repair *repair)
{
    bool ed25519 = record_is_text(repair->k, "ed25519");
    struct dkim_material material;
    enum dkim_base64 state;
    struct bytes octets;
    int error = dkim_base64_read(repair->p, reading->arena, &state, &octets);
    const char *type = "rsa", *p;

    if (error < 0)
        return error;
    if (state != DKIM_BASE64_GOOD || octets.size == 0)
        return 0;
    material = dkim_material_read(octets, !ed25519);
    if (material.kind == DKIM_MATERIAL_ED25519 || material.kind == DKIM_MATERIAL_ED25519_WRAPPED)
        type = "ed25519";
    repair->damage[DKIM_WRAPPED_KEY] = material.kind == DKIM_MATERIAL_ED25519_WRAPPED;
    repair->damage[DKIM_PRIVATE_KEY] |= material.kind == DKIM_MATERIAL_PRIVATE;
    repair->damage[DKIM_TRUNCATED] |= material.kind == DKIM_MATERIAL_CUT;
    if (material.key.data == NULL || repair->damage[DKIM_PRIVATE_KEY])
        return 0;
    repair->damage[DKIM_KEY_TYPE] =
        !record_is_text(repair->k.size == 0 ? bytes_of("rsa", 3) : repair->k, type);
    if (material.kind == DKIM_MATERIAL_ED25519_WRAPPED)
        p = text_base64(reading->arena, material.key.data, material.key.size);
    else
        p = arena_text_sized(reading->arena, (const char *)repair->p.data, repair->p.size);
    return p == NULL ? -ENOMEM : put_record(reading, repair, type, p);
}

/* Damage that was seen; white space is what other damage leaves behind, and where a line was broken says nothing of
 * a key that is cut off. */
static int note_damage(struct reading *reading, struct dkim_repair *repair)
{
    size_t count = 0;
    int error = 0;

    for (int i = DKIM_WHITE_SPACE + 1; i < DKIM_DAMAGES; i++)
        count += repair->damage[i];
    if (count > 0)
        repair->damage[DKIM_WHITE_SPACE] = false;
    if (repair->damage[DKIM_TRUNCATED] && reading->strings == 1 && reading->text.size >= STRING_NEARLY_FULL &&
        reading->text.size <= DKIM_STRING_MAX) {
        repair->damage[DKIM_TRUNCATED] = false;
        repair->damage[DKIM_SECOND_STRING] = true;
    }
    for (int i = 0; i < DKIM_DAMAGES && error == 0; i++)
        if (repair->damage[i])
            error = add_damage(reading, (enum dkim_damage)i);
    return error;
}

static int read_damage(struct reading *reading)
{
    struct dkim_repair repair;
    int error = dkim_repair(reading->text, reading->arena, &repair);

    if (error == 0 && repair.has_p)
        error = recover_key(reading, &repair);
    return error < 0 ? error : note_damage(reading, &repair);
}

/* ---- records ---- */

/* Another version ("v=spf1", "v=DMARC1") says that it is something else. */
static bool is_intended(struct bytes text)
{
    struct bytes start = dkim_trimmed(text);

    if (record_mentions(text, "DKIM1"))
        return true;
    if (start.size > 2 && strncasecmp((const char *)start.data, "v=", 2) == 0)
        return false;
    for (; start.size >= 2; take_u8(&start))
        if (start.data[0] == 'p' && start.data[1] == '=')
            return true;
    return false;
}

static int read_text(struct bytes text, size_t strings, struct arena *arena, struct dkim_record_facts **ret)
{
    struct reading reading = {.arena = arena, .text = text, .strings = strings};
    int error;

    reading.facts = arena_alloc(arena, sizeof *reading.facts);
    if (reading.facts == NULL)
        return -ENOMEM;
    reading.facts->text = text_clean(arena, text.data, text.size, TEXT_SHOWN);
    if (reading.facts->text == NULL)
        return -ENOMEM;
    reading.facts->size = number((int64_t)text.size);
    reading.facts->intended = known(is_intended(text));
    error = read_strictly(&reading);
    if (error == 0 && reading.facts->fault != NULL && reading.facts->intended == YES)
        error = read_damage(&reading);
    if (error == 0)
        *ret = reading.facts;
    return error;
}

int dkim_text_read(struct bytes text, struct arena *arena, struct dkim_record_facts **ret)
{
    return read_text(text, 0, arena, ret);
}

int dkim_record_read(struct bytes data, struct arena *arena, struct dkim_record_facts **ret)
{
    uint8_t *text = arena_alloc(arena, data.size + 1);
    size_t size = 0, strings = 0;

    if (text == NULL)
        return -ENOMEM;
    while (data.size > 0) {
        struct bytes string = take_block(&data, take_u8(&data));

        if (string.failed)
            return -EBADMSG;
        memcpy(text + size, string.data, string.size);
        size += string.size;
        strings++;
    }
    return strings == 0 ? -EBADMSG : read_text(bytes_of(text, size), strings, arena, ret);
}

/* ---- a key in two records ---- */

static int try_join(struct dkim_record_facts *first, const struct dkim_record_facts *second,
                    struct arena *arena)
{
    struct dkim_record_facts *joined = NULL;
    char *text = arena_format(arena, "%s%s", first->text, second->text);
    int error = text == NULL ? -ENOMEM : dkim_text_read(bytes_of(text, strlen(text)), arena, &joined);

    if (error < 0 || joined == NULL || joined->key.data == NULL)
        return error;
    first->repaired = text;
    first->damage = (struct list){0};
    return add_text(&first->damage, arena, dkim_damage_name(DKIM_SEPARATE_RECORDS));
}

int dkim_records_join(const struct list *records, struct arena *arena)
{
    int error = 0;

    for (size_t i = 0; i < records->count && error == 0; i++) {
        struct dkim_record_facts *first = records->items[i];

        if (!list_has_text(&first->damage, dkim_damage_name(DKIM_TRUNCATED)) &&
            !list_has_text(&first->damage, dkim_damage_name(DKIM_SECOND_STRING)))
            continue;
        for (size_t j = 0; j < records->count && error == 0 && first->repaired == NULL; j++)
            if (((const struct dkim_record_facts *)records->items[j])->intended != YES)
                error = try_join(first, records->items[j], arena);
    }
    return error;
}

bool dkim_same_key(const struct dkim_record_facts *a, const struct dkim_record_facts *b)
{
    return a->key.data != NULL && b->key.data != NULL && bytes_equal(a->key, b->key) &&
           strcmp(a->key_type, b->key_type) == 0;
}

/* ---- files ---- */

/* The strings in quotes of the first record, until a line ends outside of parentheses. */
int dkim_file_text(struct bytes file, struct arena *arena, struct bytes *ret_text)
{
    uint8_t *text = arena_alloc(arena, file.size + 1);
    bool quoted = false, open = false, any = false;
    size_t size = 0;

    if (text == NULL)
        return -ENOMEM;
    for (struct bytes rest = file; rest.size > 0;) {
        uint8_t octet = take_u8(&rest);

        if (octet == '"') {
            quoted = !quoted;
            any = true;
        } else if (quoted) {
            if (octet == '\\' && rest.size > 0)
                octet = take_u8(&rest);
            text[size++] = octet;
        } else if (octet == ';') { /* a comment */
            while (rest.size > 0 && rest.data[0] != '\n')
                take_u8(&rest);
        } else if (octet == '(' || octet == ')') {
            open = octet == '(';
        } else if (octet == '\n' && any && !open) {
            break;
        }
    }
    *ret_text = any ? bytes_of(text, size) : dkim_trimmed(file);
    return 0;
}
