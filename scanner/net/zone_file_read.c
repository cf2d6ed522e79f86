/*
 * zone_file_read.c - a zone file becomes the records of a zone
 *
 *   line --> $ORIGIN, $TTL --> how the next are read
 *        --> owner, TTL, class: here;  type and data: ldns, one record at a time, then our own check of shape
 *   all --> zone_file_make.c
 *
 * RFC 1035 5.1, RFC 2308 4 ($TTL). Where no $ORIGIN stands before the SOA record, its owner is the origin.
 */
#include "scanner/net/zone_file_internal.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TTL_DEFAULT = 3600, TTL_MAX = INT32_MAX, FILE_NAME_SHOWN = 200, TYPE_SHOWN = 20 };
/* Before the data of a record on the wire whose owner is the root: owner, type, class, TTL, size. */
enum { DATA_OFFSET = 11 };

static int wrong_here(struct zone_reading *reading, const char *what)
{
    return zone_wrong(reading, reading->line, what);
}

/* ---- words ---- */

/* The next word, cut off by a NUL; NULL: none. Blanks behind a backslash or in quotes belong to it. */
static char *take_word(char **rest)
{
    char *word = *rest + strspn(*rest, " ");
    bool quoted = false;
    char *end;

    if (*word == '\0')
        return NULL;
    for (end = word; *end != '\0' && (quoted || *end != ' '); end++) {
        if (*end == '\\' && end[1] != '\0')
            end++;
        else if (*end == '"')
            quoted = !quoted;
    }
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

static bool ends_with_dot(const char *word)
{
    size_t size = strlen(word);
    size_t backslashes = 0;

    if (size == 0 || word[size - 1] != '.')
        return false;
    while (backslashes < size - 1 && word[size - 2 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 0;
}

static int take_name(struct zone_reading *reading, const char *word, struct dns_name *ret)
{
    bool at = strcmp(word, "@") == 0;
    struct dns_name name;

    if ((at || !ends_with_dot(word)) && !reading->has_origin)
        return wrong_here(reading, "a name without its final dot, and no $ORIGIN before it");
    if (at) {
        *ret = reading->origin;
        return 0;
    }
    if (dns_name_from_text(word, &name) < 0)
        return wrong_here(reading, "not a domain name");
    if (!ends_with_dot(word)) {
        size_t size = (size_t)name.size - 1 + reading->origin.size;

        if (size > DNS_NAME_SIZE)
            return wrong_here(reading, "a name that is too long together with the origin");
        memcpy(name.wire + name.size - 1, reading->origin.wire, reading->origin.size);
        name.size = (uint8_t)size;
    }
    dns_name_lower(&name);
    *ret = name;
    return 0;
}

/* "3600", "1h30m" */
static bool read_ttl(const char *word, uint32_t *ret)
{
    static const char units[] = "smhdw";
    static const int64_t seconds[] = {1, 60, 3600, 86400, 604800};
    int64_t sum = 0;

    if (*word == '\0')
        return false;
    while (*word != '\0') {
        int64_t value = 0;
        const char *unit;

        if (*word < '0' || *word > '9')
            return false;
        for (; *word >= '0' && *word <= '9' && value <= TTL_MAX; word++)
            value = 10 * value + (*word - '0');
        unit = *word != '\0' ? strchr(units, *word | 0x20) : units;
        if (unit == NULL || value > TTL_MAX)
            return false;
        sum += value * seconds[unit - units];
        if (sum > TTL_MAX)
            return false;
        word += *word != '\0';
    }
    *ret = (uint32_t)sum;
    return true;
}

/* ---- lines ---- */

static int take_directive(struct zone_reading *reading, char *rest)
{
    const char *directive = take_word(&rest);
    const char *value = take_word(&rest);

    if (text_equal(directive, "$INCLUDE") || text_equal(directive, "$GENERATE"))
        return wrong_here(reading,
                          "$INCLUDE and $GENERATE are not understood: let your name server write the whole "
                          "zone out (named-compilezone, nsd-checkzone -p)");
    if (value == NULL || take_word(&rest) != NULL)
        return wrong_here(reading, "a line with $ takes one value: $ORIGIN NAME, $TTL SECONDS");
    if (text_equal(directive, "$ORIGIN")) {
        int error = take_name(reading, value, &reading->origin);

        reading->has_origin |= error == 0;
        return error;
    }
    if (!text_equal(directive, "$TTL"))
        return wrong_here(reading, "not one of $ORIGIN and $TTL");
    if (!read_ttl(value, &reading->default_ttl))
        return wrong_here(reading, "not a time to live in seconds");
    reading->has_default_ttl = true;
    return 0;
}

static int take_owner(struct zone_reading *reading, char **rest, bool is_first_soa)
{
    struct dns_name name;
    struct dns_name *copy;
    int error;

    if (**rest == ' ')
        return reading->owner != NULL ? 0 : wrong_here(reading, "the first record has no owner");
    if (!reading->has_origin && !is_first_soa)
        return wrong_here(reading, "neither $ORIGIN nor a SOA record stands before it");
    error = take_name(reading, take_word(rest), &name);
    if (error < 0)
        return error;
    if (reading->owner != NULL && dns_name_equal(reading->owner, &name))
        return 0;
    copy = arena_copy(reading->arena, &name, sizeof(name));
    if (copy == NULL)
        return -ENOMEM;
    reading->owner = copy;
    return 0;
}

/* TTL and class, either first, either may be missing; *ret_type is the word behind them. */
static int take_ttl_and_class(struct zone_reading *reading, char **rest, const char **ret_type)
{
    bool ttl = false;
    bool class = false;
    char *word;

    for (word = take_word(rest); word != NULL; word = take_word(rest)) {
        if (!ttl && *word >= '0' && *word <= '9') {
            if (!read_ttl(word, &reading->ttl))
                return wrong_here(reading, "not a time to live in seconds");
            ttl = true;
        } else if (!class && text_equal(word, "IN")) {
            class = true;
        } else if (text_equal(word, "CH") || text_equal(word, "HS") || text_equal(word, "CS")) {
            return wrong_here(reading, "a class other than IN");
        } else {
            break;
        }
    }
    if (word == NULL)
        return wrong_here(reading, "a record without a type");
    if (!ttl && reading->has_default_ttl)
        reading->ttl = reading->default_ttl;
    *ret_type = word;
    return 0;
}

/* Type and data by ldns; the owner is the root's, for names of any length are ours to read. */
static ldns_status library_read(struct zone_reading *reading, const char *type, const char *data,
                                uint8_t **ret_wire, size_t *ret_size, uint16_t *ret_type)
{
    ldns_rdf *origin = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, reading->origin.size, reading->origin.wire);
    struct buffer text = {0};
    ldns_rr *record = NULL;
    ldns_status status = LDNS_STATUS_MEM_ERR;

    put_format(&text, ". %u IN %s %s", reading->ttl, type, data);
    put_u8(&text, '\0');
    if (!text.failed && origin != NULL)
        status = ldns_rr_new_frm_str(&record, (const char *)text.data, reading->ttl, origin, NULL);
    if (status == LDNS_STATUS_OK) {
        *ret_type = (uint16_t)ldns_rr_get_type(record);
        status = ldns_rr2wire(ret_wire, record, LDNS_SECTION_ANSWER, ret_size);
        ldns_rr_free(record);
    }
    ldns_rdf_deep_free(origin);
    buffer_free(&text);
    return status;
}

/* A zone transfer ends with the SOA record that it began with. */
static bool ends_transfer(const struct zone_reading *reading, uint16_t type, struct bytes data)
{
    const struct zone_record *first = reading->records.count > 0 ? reading->records.items[0] : NULL;

    return type == DNS_SOA && first != NULL && first->type == DNS_SOA && bytes_equal(first->data, data) &&
           dns_name_equal(first->owner, reading->owner);
}

static int add_record(struct zone_reading *reading, uint16_t type, struct bytes data)
{
    struct zone_record *record;

    if (!dns_type_is_data(type))
        return wrong_here(reading, "a type that no zone can have");
    if (!dns_data_valid(type, data))
        return wrong_here(reading, "data that is not of this type");
    if (ends_transfer(reading, type, data))
        return 0;
    if (reading->records.count == ZONE_FILE_RECORDS_MAX)
        return wrong_here(reading, "more than 50000 records");
    record = list_new_item(&reading->records, reading->arena, sizeof(*record));
    if (record == NULL)
        return -ENOMEM;
    *record = (struct zone_record){
        .owner = reading->owner,
        .type = type,
        .ttl = reading->ttl,
        .data = bytes_of(arena_copy(reading->arena, data.data, data.size), data.size),
        .line = reading->line,
    };
    return record->data.data != NULL || data.size == 0 ? 0 : -ENOMEM;
}

static int wrong_data(struct zone_reading *reading, const char *type, ldns_status status)
{
    const char *shown = text_clean(reading->arena, type, strlen(type), TYPE_SHOWN);

    return wrong_here(reading, shown == NULL ? NULL
                                             : arena_format(reading->arena, "%s: %s", shown,
                                                            ldns_get_errorstr_by_id(status)));
}

/* RFC 8659 4.1.1: the value of a CAA record may stand without quotes, which ldns does not read. */
static const char *with_quotes(struct zone_reading *reading, const char *type, const char *data)
{
    size_t size = strlen(data);
    size_t start;

    while (size > 0 && data[size - 1] == ' ')
        size--;
    for (start = size; start > 0 && data[start - 1] != ' ';)
        start--;
    if (!text_equal(type, "CAA") || strpbrk(data, "\"#") != NULL || start == 0)
        return data;
    return arena_format(reading->arena, "%.*s\"%.*s\"", (int)start, data, (int)(size - start), data + start);
}

static int take_data(struct zone_reading *reading, const char *type_word, const char *data)
{
    const char *text = with_quotes(reading, type_word, data);
    uint8_t *wire = NULL;
    uint16_t type = 0;
    size_t size = 0;
    ldns_status status =
        text == NULL ? LDNS_STATUS_MEM_ERR : library_read(reading, type_word, text, &wire, &size, &type);
    int error;

    if (status == LDNS_STATUS_MEM_ERR)
        return -ENOMEM;
    if (status != LDNS_STATUS_OK)
        return wrong_data(reading, type_word, status);
    error = size < DATA_OFFSET ? wrong_here(reading, "data that is not of this type")
                               : add_record(reading, type, bytes_of(wire + DATA_OFFSET, size - DATA_OFFSET));
    LDNS_FREE(wire);
    return error;
}

/* Without an origin only a SOA record can stand, and is it. */
static bool looks_like_soa(const char *line)
{
    const char *word = line;

    if (*line == ' ')
        return false;
    for (int i = 0; i < 4; i++) {
        size_t size = strcspn(word, " ");

        if (i > 0 && size == 3 && strncasecmp(word, "SOA", 3) == 0)
            return true;
        word += size;
        word += strspn(word, " ");
    }
    return false;
}

static int take_line(struct zone_reading *reading, char *line)
{
    const char *type = NULL;
    char *rest = line;
    int error;

    if (*line == '$')
        return take_directive(reading, rest);
    error = take_owner(reading, &rest, looks_like_soa(line));
    if (error == 0)
        error = take_ttl_and_class(reading, &rest, &type);
    if (type == NULL)
        return error;
    if (!reading->has_origin) {
        reading->origin = *reading->owner;
        reading->has_origin = true;
    }
    return take_data(reading, type, rest);
}

static int take_lines(struct zone_reading *reading, struct bytes text)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf}; /* of UTF-8, as some editors leave it */
    size_t skip = text.size >= sizeof(mark) && memcmp(text.data, mark, sizeof(mark)) == 0 ? sizeof(mark) : 0;
    struct zone_text lines = {.rest = bytes_of(text.data + skip, text.size - skip), .line = 1};
    struct buffer line = {0};
    const char *why = NULL;
    int error;

    while ((error = zone_text_next(&lines, &line, &reading->line, &why)) > 0) {
        error = take_line(reading, (char *)line.data);
        if (error < 0)
            break;
    }
    buffer_free(&line);
    return error == -EBADMSG ? wrong_here(reading, why != NULL ? why : "a record of more than 60 KiB")
                             : error;
}

int zone_file_parse(struct bytes text, const char *file, struct arena *arena, struct zone_file **ret,
                    const char **ret_error)
{
    struct zone_reading reading = {.file = file, .arena = arena, .ttl = TTL_DEFAULT};
    struct zone_file *zone = arena_alloc(arena, sizeof(*zone));
    int error = zone != NULL ? take_lines(&reading, text) : -ENOMEM;

    if (error == 0) {
        zone->file = file;
        error = zone_make(&reading, zone);
    }
    if (error == -EINVAL)
        *ret_error = reading.error;
    if (error == 0)
        *ret = zone;
    return error;
}

/* ---- files ---- */

/* The whole of a file, malloc'd. */
static int read_text(const char *name, char **ret, size_t *ret_size)
{
    FILE *input = fopen(name, "re");
    char *text = NULL;
    int error = 0;

    if (input == NULL)
        return -errno;
    text = malloc(ZONE_FILE_SIZE_MAX + 1);
    *ret_size = text != NULL ? fread(text, 1, ZONE_FILE_SIZE_MAX + 1, input) : 0;
    if (text == NULL)
        error = -ENOMEM;
    else if (ferror(input))
        error = errno != 0 ? -errno : -EIO;
    else if (*ret_size > ZONE_FILE_SIZE_MAX)
        error = -EFBIG;
    (void)fclose(input);
    if (error < 0)
        free(text);
    else
        *ret = text;
    return error;
}

static int read_one(const char *name, struct arena *arena, struct zone_file **ret, const char **ret_error)
{
    const char *shown = text_clean(arena, name, strlen(name), FILE_NAME_SHOWN);
    char *text = NULL;
    size_t size = 0;
    int error = shown != NULL ? read_text(name, &text, &size) : -ENOMEM;

    if (error == -ENOMEM)
        return error;
    if (error == -EFBIG)
        *ret_error = arena_format(arena, "%s is larger than 4 MiB", shown);
    else if (error < 0)
        *ret_error = arena_format(arena, "%s cannot be read: %s", shown, strerrordesc_np(-error));
    else
        error = zone_file_parse(bytes_of(text, size), shown, arena, ret, ret_error);
    free(text);
    return error;
}

int zone_files_read(const struct list *names, struct arena *arena, struct list *ret, const char **ret_error)
{
    struct list files = {.observed = true};

    for (size_t i = 0; i < names->count; i++) {
        const struct zone_file *other;
        struct zone_file *zone = NULL;
        int error = read_one(names->items[i], arena, &zone, ret_error);

        if (zone == NULL)
            return error;
        other = zone_files_at(&files, &zone->origin);
        if (other != NULL) {
            *ret_error =
                arena_format(arena, "%s: the zone %s is in %s already", zone->file, zone->name, other->file);
            return *ret_error != NULL ? -EINVAL : -ENOMEM;
        }
        if (list_add(&files, arena, zone) < 0)
            return -ENOMEM;
    }
    *ret = files;
    return 0;
}
