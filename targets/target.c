/*
 * target.c - from a word of the user to a target; nothing here touches the network
 *
 * Names are host names in the sense of RFC 1123 2.1 (letters, digits, hyphens); internationalised ones are
 * converted by IDNA 2008 (RFC 5890 ff.), with the mapping of UTS 46 so that case does not count.
 */
#include "targets/target.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <idn2.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_SIZE = 253, LABEL_MAX_SIZE = 63, WORD_MAX_SIZE = 1000, SHOWN_MAX_SIZE = 80 };

int word_wrong(const char *word, const char *reason, struct arena *arena, const char **ret_error)
{
    const char *shown = text_clean_again(arena, word, strlen(word), SHOWN_MAX_SIZE);
    const char *error =
        shown == NULL || reason == NULL ? NULL : arena_format(arena, "\"%s\" %s", shown, reason);

    if (error == NULL)
        return -ENOMEM;
    *ret_error = error;
    return -EINVAL;
}

/* ---- names ---- */

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

static bool has_a_label(const char *text)
{
    const char *dot;

    while (!text_starts_with(text, "xn--")) {
        dot = strchr(text, '.');
        if (dot == NULL)
            return false;
        text = dot + 1;
    }
    return true;
}

/* The letters of an ordinary name are only put in lower case: libidn2 would refuse names that exist, such as
 * those with hyphens in third and fourth place. */
static int to_ascii(const char *word, size_t size, struct arena *arena, char **ret, const char **ret_error)
{
    char *name = arena_text_sized(arena, word, size);
    uint8_t *converted;
    int result;

    if (name == NULL)
        return -ENOMEM;
    if (is_ascii(name) && !has_a_label(name)) {
        for (char *at = name; *at != '\0'; at++)
            if (*at >= 'A' && *at <= 'Z')
                *at = (char)(*at - 'A' + 'a');
        *ret = name;
        return 0;
    }
    result = idn2_lookup_u8((const uint8_t *)name, &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (result == IDN2_MALLOC)
        return -ENOMEM;
    if (result == IDN2_TOO_BIG_LABEL)
        return word_wrong(word, "has a label longer than 63 characters", arena, ret_error);
    if (result == IDN2_TOO_BIG_DOMAIN)
        return word_wrong(word, "is longer than a name can be (253 characters)", arena, ret_error);
    if (result != IDN2_OK)
        return word_wrong(word,
                          arena_format(arena, "is not an internationalised name: %s", idn2_strerror(result)),
                          arena, ret_error);
    name = arena_text(arena, (const char *)converted);
    idn2_free(converted);
    if (name == NULL)
        return -ENOMEM;
    *ret = name;
    return 0;
}

/* The internationalised form where it differs, else NULL. */
static int to_display(const char *name, struct arena *arena, const char **ret)
{
    const char *display = NULL;
    char *converted;

    if (has_a_label(name) && idn2_to_unicode_8z8z(name, &converted, 0) == IDN2_OK) {
        bool differs = strcmp(converted, name) != 0;

        if (differs)
            display = text_clean(arena, converted, strlen(converted), 0);
        idn2_free(converted);
        if (differs && display == NULL)
            return -ENOMEM;
    }
    *ret = display;
    return 0;
}

static int check_label(const char *word, const char *label, size_t size, struct arena *arena,
                       const char **ret_error)
{
    if (size == 0)
        return word_wrong(word, "has an empty label (two dots, or a dot at its beginning)", arena, ret_error);
    if (size > LABEL_MAX_SIZE)
        return word_wrong(word, "has a label longer than 63 characters", arena, ret_error);
    if (label[0] == '-' || label[size - 1] == '-')
        return word_wrong(word, "has a label that begins or ends with a hyphen", arena, ret_error);
    for (size_t i = 0; i < size; i++) {
        char character = label[i];

        if (character == '_')
            return word_wrong(
                word, "has an underscore: that is a name of DNS records, not of a domain or a mail host",
                arena, ret_error);
        if ((character < 'a' || character > 'z') && (character < '0' || character > '9') && character != '-')
            return word_wrong(word, "is neither a name nor an address", arena, ret_error);
    }
    return 0;
}

static int check_name(const char *word, const char *name, struct arena *arena, const char **ret_error)
{
    const char *label = name, *end;

    if (strlen(name) > NAME_MAX_SIZE)
        return word_wrong(word, "is longer than a name can be (253 characters)", arena, ret_error);
    for (;; label = end + 1) {
        int result;

        end = strchrnul(label, '.');
        result = check_label(word, label, (size_t)(end - label), arena, ret_error);
        if (result < 0)
            return result;
        if (*end == '\0')
            break;
    }
    /* No top-level domain is a number (RFC 3696 2): such a word was meant as an address. */
    if (strspn(label, "0123456789") == strlen(label))
        return word_wrong(word, "is not a complete address, and no name ends with a number", arena,
                          ret_error);
    return 0;
}

int target_name(const char *word, struct arena *arena, const char **ret_name, const char **ret_display,
                const char **ret_error)
{
    size_t size = strlen(word);
    const char *display = NULL;
    char *name = NULL;
    int result;

    if (size == 0)
        return word_wrong(word, "is empty", arena, ret_error);
    if (size > WORD_MAX_SIZE)
        return word_wrong(word, "is longer than a name can be (253 characters)", arena, ret_error);
    if (size > 1 && word[size - 1] == '.')
        size--;
    result = to_ascii(word, size, arena, &name, ret_error);
    if (result == 0)
        result = check_name(word, name, arena, ret_error);
    if (result == 0)
        result = to_display(name, arena, &display);
    if (result < 0)
        return result;
    *ret_name = name;
    if (ret_display != NULL)
        *ret_display = display;
    return 0;
}

/* ---- targets ---- */

/* The name or address inside of a URL, a mail address, a name with a port, ...; NULL when there is none. */
static const char *inner_name(const char *word, struct arena *arena)
{
    const char *begin = strstr(word, "://");
    const char *end, *at, *name, *error;
    struct address address;
    char *inner;

    begin = begin != NULL ? begin + 3 : text_starts_with(word, "mailto:") ? word + 7 : word;
    end = begin + strcspn(begin, "/?#");
    at = memrchr(begin, '@', (size_t)(end - begin));
    begin = at != NULL ? at + 1 : begin;
    if (text_starts_with(begin, "*."))
        begin += 2;
    if (*begin == '[' && memchr(begin, ']', (size_t)(end - begin)) != NULL)
        end = strchr(begin, ']') + 1;
    else if (memchr(begin, ':', (size_t)(end - begin)) == memrchr(begin, ':', (size_t)(end - begin)))
        end = begin + strcspn(begin, ":/?#");
    inner = arena_text_sized(arena, begin, (size_t)(end - begin));
    if (inner == NULL || strcmp(inner, word) == 0)
        return NULL;
    if (address_parse(inner, &address) < 0 && target_name(inner, arena, &name, NULL, &error) < 0)
        return NULL;
    return inner;
}

/* A word with characters that no name has: says what it looks like, and what may have been meant. */
static int check_form(const char *word, struct arena *arena, const char **ret_error)
{
    const char *inner, *what;

    what = strstr(word, "://") != NULL ? "is a URL"
           : strchr(word, '@') != NULL ? "is a mail address"
           : strchr(word, '/') != NULL ? "is neither a name nor an address"
           : strchr(word, '*') != NULL ? "is a wildcard"
           : strchr(word, ':') != NULL ? "is neither a name nor an address (a port is given with --port)"
                                       : NULL;
    if (what == NULL)
        return 0;
    inner = inner_name(word, arena);
    if (inner != NULL)
        what = arena_format(arena, "%s: did you mean %s?", what, inner);
    return word_wrong(word, what, arena, ret_error);
}

static int address_target(const struct address *address, struct arena *arena, struct target *target)
{
    char text[ADDRESS_TEXT_SIZE];

    target->kind = TARGET_ADDRESS;
    target->address = *address;
    target->name = arena_text(arena, address_format(address, text));
    return target->name == NULL ? -ENOMEM : 0;
}

static int name_target(const char *word, enum target_kind kind, struct arena *arena, struct target *target,
                       const char **ret_error)
{
    int result = check_form(word, arena, ret_error);

    if (result == 0)
        result = target_name(word, arena, &target->name, &target->display, ret_error);
    if (result < 0)
        return result;
    target->kind = kind;
    if (kind == TARGET_DOMAIN && strchr(target->name, '.') == NULL)
        return word_wrong(
            word,
            arena_format(arena, "is a single word, not a domain; if it is a mail host of yours, say host:%s",
                         target->name),
            arena, ret_error);
    return 0;
}

int target_parse(const char *word, struct arena *arena, struct target **ret, const char **ret_error)
{
    struct target *target = arena_alloc(arena, sizeof(*target));
    enum target_kind kind = TARGET_DOMAIN;
    const char *name = word;
    struct address address;
    int result;

    if (target == NULL)
        return -ENOMEM;
    if (text_starts_with(word, "host:")) {
        kind = TARGET_HOST;
        name += strlen("host:");
    }
    if (address_parse(name, &address) == 0)
        result = address_target(&address, arena, target);
    else
        result = name_target(name, kind, arena, target, ret_error);
    if (result < 0)
        return result;
    *ret = target;
    return 0;
}

/* ---- files of targets ---- */

enum { COMPLAINTS_MAX = 20 };

struct file_reading {
    const char *name; /* as shown in messages */
    struct arena *arena;
    struct list *targets;
    void (*complain)(void *data, const char *message);
    void *data;
    void *known; /* tsearch tree of all targets so far */
    size_t line, bad;
};

static int compare_targets(const void *a, const void *b)
{
    const struct target *first = a, *second = b;
    int names = strcmp(first->name, second->name);

    return names != 0 ? names : (int)first->kind - (int)second->kind;
}

/* Adds what is not there yet. */
static int add_target(struct file_reading *reading, struct target *target)
{
    struct target **found = tsearch(target, &reading->known, compare_targets);

    if (found == NULL)
        return -ENOMEM;
    return *found == target ? list_add(reading->targets, reading->arena, target) : 0;
}

static int complain_of_line(struct file_reading *reading, const char *error)
{
    const char *message = arena_format(reading->arena, "%s:%zu: %s", reading->name, reading->line, error);

    if (message == NULL)
        return -ENOMEM;
    if (++reading->bad <= COMPLAINTS_MAX)
        reading->complain(reading->data, message);
    return 0;
}

/* Cuts a comment and white space at both ends. */
static char *trim(char *line)
{
    static const char white[] = " \t\r\v\f";
    size_t size;

    line += strspn(line, white);
    for (char *at = line; *at != '\0'; at++)
        if (*at == '#' && (at == line || strchr(white, at[-1]) != NULL))
            *at = '\0';
    for (size = strlen(line); size > 0 && strchr(white, line[size - 1]) != NULL; size--)
        line[size - 1] = '\0';
    return line;
}

static int read_line(struct file_reading *reading, char *line)
{
    const char *error;
    struct target *target;
    int result;

    line = trim(line);
    if (*line == '\0')
        return 0;
    if (strpbrk(line, " \t\v\f") != NULL)
        return complain_of_line(reading, "more than one word: write one target per line");
    result = target_parse(line, reading->arena, &target, &error);
    if (result == -EINVAL)
        return complain_of_line(reading, error);
    if (result < 0)
        return result;
    target->origin = arena_format(reading->arena, "%s:%zu", reading->name, reading->line);
    return target->origin == NULL ? -ENOMEM : add_target(reading, target);
}

/* The next line without its end, into a buffer of WORD_MAX_SIZE + 1. Returns false at the end of the file; a
 * line that is too long or has a NUL is told in *ret_error and read over. */
static bool next_line(FILE *file, char *line, const char **ret_error)
{
    size_t size = 0;
    int character = getc_unlocked(file);

    *ret_error = NULL;
    if (character == EOF)
        return false;
    for (; character != EOF && character != '\n'; character = getc_unlocked(file)) {
        if (character == '\0')
            *ret_error = "has a NUL byte: is this a text file?";
        else if (size == WORD_MAX_SIZE)
            *ret_error = *ret_error == NULL ? "is longer than 1000 bytes: is this a text file?" : *ret_error;
        else
            line[size++] = (char)character;
    }
    line[size] = '\0';
    return true;
}

static int read_lines(struct file_reading *reading, FILE *file)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    char line[WORD_MAX_SIZE + 1];
    const char *error;
    int result = 0;

    while (result == 0 && next_line(file, line, &error)) {
        bool marked = reading->line++ == 0 && text_starts_with(line, byte_order_mark);

        result = error != NULL ? complain_of_line(reading, error)
                               : read_line(reading, line + (marked ? strlen(byte_order_mark) : 0));
    }
    if (result == 0 && ferror(file))
        result = -errno;
    return result;
}

static void keep(void *target)
{
    (void)target; /* it lives in the arena */
}

int targets_read(const char *file, struct arena *arena, struct list *targets,
                 void (*complain)(void *data, const char *message), void *data)
{
    bool standard_input = strcmp(file, "-") == 0;
    struct file_reading reading = {.arena = arena, .targets = targets, .complain = complain, .data = data};
    FILE *from = standard_input ? stdin : fopen(file, "re");
    int result = 0;

    if (from == NULL)
        return -errno;
    reading.name = standard_input ? "standard input" : text_clean_again(arena, file, strlen(file), 0);
    if (reading.name == NULL)
        result = -ENOMEM;
    for (size_t i = 0; result == 0 && i < targets->count; i++)
        if (tsearch(targets->items[i], &reading.known, compare_targets) == NULL)
            result = -ENOMEM;
    if (result == 0)
        result = read_lines(&reading, from);
    if (result == 0 && reading.bad > COMPLAINTS_MAX) {
        const char *message = arena_format(arena, "%s: %zu more lines are not targets", reading.name,
                                           reading.bad - COMPLAINTS_MAX);

        if (message != NULL)
            complain(data, message);
    }
    if (result == 0 && reading.bad > 0)
        result = -EINVAL;
    tdestroy(reading.known, keep);
    if (!standard_input)
        (void)fclose(from);
    return result;
}
