/*
 * record_fields.c - cuts "v=STSv1; id=20261122; more=words" into fields
 */
#include "probes/protocol/record_fields.h"

#include "scanner/base/arena.h"
#include "scanner/base/ascii.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_SIZE = 32, NAME_SHOWN = 64, RECORD_SHOWN = 1000 };

static bool is_space(uint8_t octet)
{
    return octet == ' ' || octet == '\t';
}

struct bytes bytes_trimmed(struct bytes bytes)
{
    while (bytes.size > 0 && is_space(bytes.data[0]))
        take_u8(&bytes);
    while (bytes.size > 0 && is_space(bytes.data[bytes.size - 1]))
        bytes.size--;
    return bytes;
}

bool record_is_text(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_of(text, strlen(text)));
}

static bool announces(struct bytes record, const char *version)
{
    size_t size = strlen(version);

    return record.size > size && memcmp(record.data, version, size) == 0 && record.data[size] == ';';
}

bool record_mentions(struct bytes record, const char *word)
{
    size_t size = strlen(word);

    for (; record.size >= size; take_u8(&record))
        if (strncasecmp((const char *)record.data, word, size) == 0)
            return true;
    return false;
}

bool record_is_name(struct bytes name)
{
    if (name.size == 0 || name.size > NAME_MAX_SIZE || !is_alphanumeric(name.data[0]))
        return false;
    for (size_t i = 1; i < name.size; i++)
        if (!is_alphanumeric(name.data[i]) && name.data[i] != '_' && name.data[i] != '-' &&
            name.data[i] != '.')
            return false;
    return true;
}

bool record_is_value(struct bytes value)
{
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] <= ' ' || value.data[i] >= 0x7f || value.data[i] == '=' || value.data[i] == ';')
            return false;
    return value.size > 0;
}

static int read_fields(struct bytes record, const char *version, struct arena *arena,
                       struct record_opened *opened)
{
    take_block(&record, strlen(version) + 1); /* and the semicolon */
    /* One semicolon may end the record. */
    while (bytes_trimmed(record).size > 0) {
        struct bytes value = bytes_trimmed(take_until(&record, ';'));
        struct bytes whole = value, name = take_until(&value, '=');
        struct record_field *field;

        if (whole.size == 0 || name.size == whole.size || !record_is_name(name)) {
            opened->fault = whole.size == 0           ? "two semicolons have no field between them"
                            : name.size == whole.size ? "a field has no \"=\""
                                                      : "the name of a field is not valid";
            return 0;
        }
        field = list_new_item(&opened->fields, arena, sizeof *field);
        if (field == NULL)
            return -ENOMEM;
        *field = (struct record_field){.name = name, .value = value};
    }
    return 0;
}

int record_open(struct bytes record, const char *version, struct arena *arena, struct record_opened *ret)
{
    struct record_opened opened = {.text = text_clean(arena, record.data, record.size, RECORD_SHOWN),
                                   .announces = announces(record, version),
                                   .intended = record_mentions(record, version + strlen("v="))};
    int error = opened.text != NULL ? 0 : -ENOMEM;

    if (error == 0 && opened.announces)
        error = read_fields(record, version, arena, &opened);
    if (error == 0)
        *ret = opened;
    return error;
}

int record_keep(struct list *texts, struct arena *arena, char *text)
{
    return text == NULL ? -ENOMEM : list_add(texts, arena, text);
}

int record_remark(struct list *remarks, struct arena *arena, struct bytes name, const char *why)
{
    char *shown;

    if (remarks->count >= RECORD_REMARKS_MAX)
        return 0;
    shown = text_clean(arena, name.data, name.size, NAME_SHOWN);
    return shown == NULL ? -ENOMEM
                         : record_keep(remarks, arena, arena_format(arena, "field %s: %s", shown, why));
}
