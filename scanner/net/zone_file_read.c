/*
 * zone_file_read.c - a zone file becomes the records of a zone
 *
 *   line --> $ORIGIN, $TTL --> how the next are read
 *        --> owner, TTL, class: here;  type and data: ldns, one record at a time, then our own check of shape
 *   all --> sorted --> one SOA, nothing outside of its zone, no CNAME beside others, signed or not
 *
 * RFC 1035 5.1, RFC 2308 4 ($TTL), RFC 2181 10.1 (CNAME). Where no $ORIGIN stands before the SOA record, its owner is
 * the origin.
 */
#include "scanner/net/zone_file_internal.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/dnssec_records.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TTL_DEFAULT = 3600, TTL_MAX = INT32_MAX, FILE_NAME_SHOWN = 200, KEYS_MAX = 16 };
/* Before the data of a record on the wire whose owner is the root: owner, type, class, TTL, size. */
enum { DATA_OFFSET = 11 };

struct reading {
    const char *file;
    struct arena *arena;
    struct list records; /* struct zone_record, as they stand in the file */
    struct dns_name origin;
    bool has_origin;
    const struct dns_name *owner; /* of the record before */
    uint32_t ttl, default_ttl;
    bool has_default_ttl;
    int line;
    const char *error;
};

static int wrong(struct reading *reading, int line, const char *what)
{
    if (what == NULL)
        return -ENOMEM;
    reading->error = line > 0 ? arena_format(reading->arena, "%s, line %d: %s", reading->file, line, what)
                              : arena_format(reading->arena, "%s: %s", reading->file, what);
    return reading->error != NULL ? -EINVAL : -ENOMEM;
}

static int wrong_here(struct reading *reading, const char *what)
{
    return wrong(reading, reading->line, what);
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

static int take_name(struct reading *reading, const char *word, struct dns_name *ret)
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

static int take_directive(struct reading *reading, char *rest)
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

static int take_owner(struct reading *reading, char **rest, bool is_first_soa)
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
static int take_ttl_and_class(struct reading *reading, char **rest, const char **ret_type)
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
static ldns_status library_read(struct reading *reading, const char *type, const char *data,
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

static int add_record(struct reading *reading, uint16_t type, struct bytes data)
{
    struct zone_record *record;

    if (!dns_type_is_data(type))
        return wrong_here(reading, "a type that no zone can have");
    if (!dns_data_valid(type, data))
        return wrong_here(reading, "data that is not of this type");
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

static int take_data(struct reading *reading, const char *type_word, const char *data)
{
    uint8_t *wire = NULL;
    uint16_t type = 0;
    size_t size = 0;
    ldns_status status = library_read(reading, type_word, data, &wire, &size, &type);
    int error;

    if (status == LDNS_STATUS_MEM_ERR)
        return -ENOMEM;
    if (status != LDNS_STATUS_OK)
        return wrong_here(reading, ldns_get_errorstr_by_id(status));
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

static int take_line(struct reading *reading, char *line)
{
    const char *type;
    char *rest = line;
    int error;

    if (*line == '$')
        return take_directive(reading, rest);
    error = take_owner(reading, &rest, looks_like_soa(line));
    if (error == 0)
        error = take_ttl_and_class(reading, &rest, &type);
    if (error < 0)
        return error;
    if (!reading->has_origin) {
        reading->origin = *reading->owner;
        reading->has_origin = true;
    }
    return take_data(reading, type, rest);
}

static int take_lines(struct reading *reading, struct bytes text)
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

/* ---- the zone ---- */

static int compare(const void *a, const void *b)
{
    const struct zone_record *left = a;
    const struct zone_record *right = b;
    int order = left->owner != right->owner ? dns_name_order(left->owner, right->owner) : 0;

    if (order == 0)
        order = (int)left->type - (int)right->type;
    return order != 0 ? order : left->line - right->line;
}

static bool is_hashed(const struct zone_record *record)
{
    struct bytes data = record->data;

    return record->type == DNS_TYPE_NSEC3 ||
           (record->type == DNS_TYPE_RRSIG && take_u16(&data) == DNS_TYPE_NSEC3);
}

static int sort_records(struct reading *reading, struct zone_file *zone)
{
    size_t count = reading->records.count;

    zone->records = arena_alloc(reading->arena, (count + 1) * sizeof(*zone->records));
    zone->hashed = arena_alloc(reading->arena, (count + 1) * sizeof(*zone->hashed));
    if (zone->records == NULL || zone->hashed == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct zone_record *record = reading->records.items[i];

        if (is_hashed(record))
            zone->hashed[zone->hashed_count++] = *record;
        else
            zone->records[zone->count++] = *record;
    }
    qsort(zone->records, zone->count, sizeof(*zone->records), compare);
    qsort(zone->hashed, zone->hashed_count, sizeof(*zone->hashed), compare);
    return 0;
}

/* The SOA record says where the zone begins. */
static int find_origin(struct reading *reading, struct zone_file *zone)
{
    const struct zone_record *soa = NULL;

    for (size_t i = 0; i < reading->records.count; i++) {
        const struct zone_record *record = reading->records.items[i];

        if (record->type != DNS_SOA)
            continue;
        if (soa != NULL)
            return wrong(reading, record->line, "a second SOA record: a zone has one, and a file one zone");
        soa = record;
    }
    if (soa == NULL)
        return wrong(reading, 0, "no SOA record: it is not the file of a zone");
    zone->origin = *soa->owner;
    zone->name = dns_name_text(reading->arena, soa->owner);
    return zone->name != NULL ? 0 : -ENOMEM;
}

static int check_owners(struct reading *reading, const struct zone_file *zone)
{
    for (size_t i = 0; i < reading->records.count; i++) {
        const struct zone_record *record = reading->records.items[i];
        char name[DNS_NAME_TEXT_SIZE];

        if (!dns_name_within(record->owner, &zone->origin))
            return wrong(reading, record->line,
                         arena_format(reading->arena, "%s is not in the zone %s",
                                      dns_name_format(record->owner, name), zone->name));
    }
    return 0;
}

/* RFC 2181 10.1; RFC 4034 lets signatures and proofs stand beside. */
static int check_aliases(struct reading *reading, const struct zone_file *zone)
{
    for (size_t i = 0; i < zone->count; i++) {
        const struct zone_record *record = &zone->records[i];

        for (size_t j = zone_first(zone->records, zone->count, record->owner);
             record->type == DNS_CNAME && j < zone->count &&
             dns_name_equal(zone->records[j].owner, record->owner);
             j++) {
            const struct zone_record *other = &zone->records[j];

            if (j != i && other->type != DNS_TYPE_RRSIG && other->type != DNS_TYPE_NSEC)
                return wrong(reading, record->line > other->line ? record->line : other->line,
                             "a CNAME record beside another record of the same name");
        }
    }
    return 0;
}

/* ---- keys ---- */

static int note_ds(struct reading *reading, struct zone_file *zone, const struct dnssec_key *key)
{
    uint8_t digest[LDNS_SHA256_DIGEST_LENGTH];
    struct buffer data = {0};
    char *text;

    put_block(&data, zone->origin.wire, zone->origin.size);
    put_block(&data, key->data.data, key->data.size);
    if (data.failed)
        return -ENOMEM;
    ldns_sha256(data.data, (unsigned)data.size, digest);
    buffer_free(&data);
    text = text_hex(reading->arena, digest, sizeof(digest));
    if (text != NULL)
        text = arena_format(reading->arena, "%s%s IN DS %u %u %u %s", zone->name,
                            zone->origin.size > 1 ? "." : "", key->tag, key->algorithm, DNSSEC_DIGEST_SHA256,
                            text);
    return text != NULL ? list_add(&zone->ds, reading->arena, text) : -ENOMEM;
}

static bool keys_are_signed(const struct zone_file *zone)
{
    const struct zone_record *found;
    size_t count = zone_rrset(zone, &zone->origin, DNS_TYPE_RRSIG, &found);

    for (size_t i = 0; i < count; i++) {
        struct bytes data = found[i].data;

        if (take_u16(&data) == DNS_TYPE_DNSKEY)
            return true;
    }
    return false;
}

static int note_keys(struct reading *reading, struct zone_file *zone, bool entry_points)
{
    const struct zone_record *found;
    size_t count = keys_are_signed(zone) ? zone_rrset(zone, &zone->origin, DNS_TYPE_DNSKEY, &found) : 0;
    int error = 0;

    for (size_t i = 0; i < count && i < KEYS_MAX && error == 0; i++) {
        struct dns_record record = {.name = zone->name, .type = DNS_TYPE_DNSKEY, .data = found[i].data};
        struct dnssec_key key;

        if (dnssec_key_read(&record, &key) < 0 || (key.flags & DNSSEC_KEY_ZONE) == 0 ||
            (key.flags & DNSSEC_KEY_REVOKED) != 0 ||
            (entry_points && (key.flags & DNSSEC_KEY_ENTRY_POINT) == 0))
            continue;
        error = list_add(&zone->keys, reading->arena, arena_copy(reading->arena, &record, sizeof(record)));
        if (error == 0)
            error = note_ds(reading, zone, &key);
    }
    return error;
}

static int make_zone(struct reading *reading, struct zone_file *zone)
{
    int error = find_origin(reading, zone);

    if (error == 0)
        error = check_owners(reading, zone);
    if (error == 0)
        error = sort_records(reading, zone);
    if (error == 0)
        error = check_aliases(reading, zone);
    if (error == 0)
        error = note_keys(reading, zone, true);
    if (error == 0 && zone->keys.count == 0) /* one key for everything need not say that it is the entry */
        error = note_keys(reading, zone, false);
    return error;
}

int zone_file_parse(struct bytes text, const char *file, struct arena *arena, struct zone_file **ret,
                    const char **ret_error)
{
    struct reading reading = {.file = file, .arena = arena, .ttl = TTL_DEFAULT};
    struct zone_file *zone = arena_alloc(arena, sizeof(*zone));
    int error = zone != NULL ? take_lines(&reading, text) : -ENOMEM;

    if (error == 0) {
        zone->file = file;
        error = make_zone(&reading, zone);
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

        if (error < 0)
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
