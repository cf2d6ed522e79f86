/*
 * script.c - reads a script (the grammar is at the head of player.c)
 */
#include "tests/hostile/script.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 512, NESTING_MAX = 4, FILE_MAX_SIZE = 256 * 1024, BYTES_MAX = 64 * 1024 };

struct reader {
    struct arena *arena;
    struct script *script;
    struct section *section; /* NULL before the first */
    struct step *open[NESTING_MAX];
    size_t nesting;
    unsigned line;
    const char *error; /* the first */
};

static void wrong(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void wrong(struct reader *reader, const char *format, ...)
{
    va_list arguments;
    char *what;

    if (reader->error != NULL)
        return;
    va_start(arguments, format);
    what = arena_vformat(reader->arena, format, arguments);
    va_end(arguments);
    reader->error = arena_format(reader->arena, "%s:%u: %s", reader->script->file, reader->line,
                                 what == NULL ? "out of memory" : what);
}

/* The next word of a line; "" at its end. */
static const char *take_word(char **line)
{
    char *word = *line + strspn(*line, " \t");
    size_t size = strcspn(word, " \t");

    *line = word + size;
    if (**line != '\0')
        *(*line)++ = '\0';
    return word;
}

static int64_t take_number(struct reader *reader, char **line, int64_t minimum, int64_t maximum)
{
    const char *word = take_word(line);
    int64_t value = minimum;

    if (text_number(word, minimum, maximum, &value) < 0)
        wrong(reader, "\"%s\" is not a number from %lld to %lld", word, (long long)minimum,
              (long long)maximum);
    return value;
}

/* Seconds with up to three decimals, as milliseconds. */
static int64_t take_seconds(struct reader *reader, char **line)
{
    const char *word = take_word(line);
    char *end;
    double seconds = strtod(word, &end);

    if (end == word || *end != '\0' || !(seconds >= 0) || seconds > 86400) {
        wrong(reader, "\"%s\" is not a number of seconds", word);
        return 0;
    }
    return (int64_t)(seconds * 1000 + 0.5);
}

static int hex_digit(char digit)
{
    const char *found = digit == '\0' ? NULL : strchr("0123456789abcdef", digit);

    return found == NULL ? -1 : (int)(found - "0123456789abcdef");
}

/* The byte behind a backslash; *text stands behind it. */
static uint8_t unescape(struct reader *reader, const char **text)
{
    static const char letters[][2] = {{'r', '\r'}, {'n', '\n'},   {'t', '\t'},
                                      {'0', '\0'}, {'e', '\033'}, {'\\', '\\'}};
    char letter = **text;

    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i][0] == letter) {
            (*text)++;
            return (uint8_t)letters[i][1];
        }
    if (letter == 'x' && hex_digit((*text)[1]) >= 0 && hex_digit((*text)[2]) >= 0) {
        uint8_t value = (uint8_t)(16 * hex_digit((*text)[1]) + hex_digit((*text)[2]));

        *text += 3;
        return value;
    }
    wrong(reader, "a backslash is followed by none of r n t 0 e \\ xNN");
    return 0;
}

/* The rest of a line as bytes; white space before it does not count. */
static struct bytes take_bytes(struct reader *reader, char **line, const char *line_end)
{
    const char *text = *line + strspn(*line, " \t");
    struct buffer bytes = {.limit = BYTES_MAX};
    uint8_t *copy;
    size_t size;

    while (*text != '\0') {
        char letter = *text++;

        put_u8(&bytes, letter == '\\' ? unescape(reader, &text) : (uint8_t)letter);
        if (reader->error != NULL)
            break;
    }
    put_text(&bytes, line_end);
    size = bytes.size;
    copy = arena_copy(reader->arena, bytes.data, size);
    if (copy == NULL || bytes.failed)
        wrong(reader, "out of memory");
    buffer_free(&bytes);
    *line += strlen(*line);
    return bytes_of(copy, size);
}

/* Bytes that look like nothing, the same each time. */
static struct bytes make_noise(struct reader *reader, int64_t size)
{
    uint8_t *noise = arena_alloc(reader->arena, (size_t)size);
    uint32_t state = 2463534242;

    if (noise == NULL) {
        wrong(reader, "out of memory");
        return (struct bytes){0};
    }
    for (int64_t i = 0; i < size; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        noise[i] = (uint8_t)state;
    }
    return bytes_of(noise, (size_t)size);
}

static unsigned take_certificates(struct reader *reader, char **line)
{
    static const struct {
        const char *word;
        enum certificate_set set;
    } words[] = {
        {"ecdsa", CERTIFICATE_ECDSA},         {"rsa", CERTIFICATE_RSA},
        {"expired", CERTIFICATE_EXPIRED},     {"wrong-name", CERTIFICATE_WRONG_NAME},
        {"untrusted", CERTIFICATE_UNTRUSTED}, {"old", TLS_OLDEST_1_0},
    };
    unsigned sets = 0;

    for (const char *word = take_word(line); *word != '\0'; word = take_word(line)) {
        size_t i = 0;

        while (i < sizeof words / sizeof words[0] && strcmp(words[i].word, word) != 0)
            i++;
        if (i == sizeof words / sizeof words[0])
            wrong(reader, "\"%s\" is none of ecdsa rsa expired wrong-name untrusted old", word);
        else
            sets |= words[i].set;
    }
    return (sets & ~(unsigned)TLS_OLDEST_1_0) == 0 ? sets | CERTIFICATE_ECDSA : sets;
}

/* ---- steps ---- */

static struct step *add_step(struct reader *reader, enum step_kind kind)
{
    struct section *section = reader->section;
    struct step *step;

    if (section == NULL) {
        wrong(reader, "a step stands before the first \"connection\"");
        return NULL;
    }
    if (section->count == STEPS_MAX) {
        wrong(reader, "a connection has more than %d steps", STEPS_MAX);
        return NULL;
    }
    step = &section->steps[section->count++];
    step->kind = kind;
    step->line = reader->line;
    return step;
}

static void read_tls(struct reader *reader, enum step_kind kind, char *line)
{
    struct step *step = add_step(reader, kind);

    if (step != NULL)
        step->certificates = take_certificates(reader, &line);
}

static void read_pattern(struct reader *reader, char *line)
{
    struct step *step = add_step(reader, STEP_EXPECT);

    if (step == NULL)
        return;
    step->pattern = arena_text(reader->arena, line + strspn(line, " \t"));
    if (step->pattern == NULL || *step->pattern == '\0')
        wrong(reader, "expect needs a pattern");
}

static void read_repeat(struct reader *reader, char *line)
{
    struct step *step = add_step(reader, STEP_REPEAT);

    if (step == NULL)
        return;
    step->number = take_number(reader, &line, 0, 1000000);
    if (reader->nesting == NESTING_MAX)
        wrong(reader, "more than %d repeats inside each other", NESTING_MAX);
    else
        reader->open[reader->nesting++] = step;
}

static void read_end(struct reader *reader)
{
    if (reader->section == NULL || reader->nesting == 0)
        wrong(reader, "\"end\" without \"repeat\"");
    else
        reader->open[--reader->nesting]->end = reader->section->count;
}

static void read_send(struct reader *reader, char *line, const char *line_end)
{
    struct step *step = add_step(reader, STEP_SEND);

    if (step != NULL)
        step->data = take_bytes(reader, &line, line_end);
}

static void read_send_slowly(struct reader *reader, char *line)
{
    struct step *step = add_step(reader, STEP_SEND_SLOWLY);

    if (step == NULL)
        return;
    step->number = take_number(reader, &line, 1, 1000);
    step->data = take_bytes(reader, &line, "\r\n");
}

static void read_noise(struct reader *reader, char *line)
{
    struct step *step = add_step(reader, STEP_SEND);

    if (step != NULL)
        step->data = make_noise(reader, take_number(reader, &line, 1, BYTES_MAX));
}

static void read_wait(struct reader *reader, char *line)
{
    struct step *step = add_step(reader, STEP_WAIT);

    if (step != NULL)
        step->number = take_seconds(reader, &line);
}

static bool read_step(struct reader *reader, const char *word, char *line)
{
    static const struct {
        const char *word;
        enum step_kind kind;
    } plain[] = {
        {"expect-bytes", STEP_EXPECT_BYTES},
        {"close", STEP_CLOSE},
        {"reset", STEP_RESET},
        {"refuse", STEP_REFUSE},
        {"silent", STEP_SILENT},
    };

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (strcmp(word, plain[i].word) == 0) {
            (void)add_step(reader, plain[i].kind);
            return true;
        }
    if (strcmp(word, "send") == 0)
        read_send(reader, line, "\r\n");
    else if (strcmp(word, "send-raw") == 0)
        read_send(reader, line, "");
    else if (strcmp(word, "send-slowly") == 0)
        read_send_slowly(reader, line);
    else if (strcmp(word, "noise") == 0)
        read_noise(reader, line);
    else if (strcmp(word, "expect") == 0)
        read_pattern(reader, line);
    else if (strcmp(word, "wait") == 0)
        read_wait(reader, line);
    else if (strcmp(word, "tls") == 0)
        read_tls(reader, STEP_TLS, line);
    else if (strcmp(word, "tls-fails") == 0)
        read_tls(reader, STEP_TLS_FAILS, line);
    else if (strcmp(word, "repeat") == 0)
        read_repeat(reader, line);
    else if (strcmp(word, "end") == 0)
        read_end(reader);
    else
        return false;
    return true;
}

/* ---- everything else ---- */

static void read_connection(struct reader *reader, char *line)
{
    const char *word = take_word(&line);
    int64_t number = 0;

    if (reader->nesting > 0)
        wrong(reader, "a \"repeat\" is open at the end of a connection");
    reader->nesting = 0;
    if (*word != '\0' && text_number(word, 1, 1000, &number) < 0)
        wrong(reader, "\"%s\" is not the number of a connection", word);
    reader->section = list_new_item(&reader->script->sections, reader->arena, sizeof *reader->section);
    if (reader->section == NULL) {
        wrong(reader, "out of memory");
        return;
    }
    reader->section->number = (unsigned)number;
    reader->section->line = reader->line;
    reader->section->steps = arena_alloc(reader->arena, STEPS_MAX * sizeof(struct step));
    if (reader->section->steps == NULL) {
        wrong(reader, "out of memory");
        reader->section = NULL;
    }
}

static void read_expectation(struct reader *reader, enum expectation_kind kind, char *line)
{
    struct expectation *expectation =
        list_new_item(&reader->script->expectations, reader->arena, sizeof *expectation);

    if (expectation == NULL) {
        wrong(reader, "out of memory");
        return;
    }
    expectation->kind = kind;
    expectation->line = reader->line;
    expectation->what = arena_text(reader->arena, take_word(&line));
    expectation->value = arena_text(reader->arena, line + strspn(line, " \t"));
    if (expectation->what == NULL || *expectation->what == '\0' || expectation->value == NULL ||
        *expectation->value == '\0')
        wrong(reader, "a fact or verdict needs a name and a value");
}

static void read_service(struct reader *reader, char *line)
{
    static const struct {
        enum service service;
        uint16_t port;
    } ports[] = {
        {SERVICE_SMTP, 25},   {SERVICE_SUBMISSION, 587}, {SERVICE_SUBMISSIONS, 465},
        {SERVICE_IMAP, 143},  {SERVICE_IMAPS, 993},      {SERVICE_POP3, 110},
        {SERVICE_POP3S, 995}, {SERVICE_SIEVE, 4190},     {SERVICE_TLS, 443},
    };
    const char *word = take_word(&line);

    reader->script->service = service_by_name(word);
    if (reader->script->service == SERVICE_NONE)
        wrong(reader, "\"%s\" is not a service", word);
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
        if (ports[i].service == reader->script->service)
            reader->script->port = ports[i].port;
}

static void read_depth(struct reader *reader, char *line)
{
    const char *word = take_word(&line);

    if (strcmp(word, "quick") == 0)
        reader->script->depth = DEPTH_QUICK;
    else if (strcmp(word, "standard") == 0)
        reader->script->depth = DEPTH_STANDARD;
    else
        wrong(reader, "\"%s\" is neither quick nor standard", word);
}

static bool read_setting(struct reader *reader, const char *word, char *line)
{
    struct script *script = reader->script;

    if (strcmp(word, "name") == 0)
        script->name = arena_text(reader->arena, line + strspn(line, " \t"));
    else if (strcmp(word, "service") == 0)
        read_service(reader, line);
    else if (strcmp(word, "host") == 0)
        script->host = arena_text(reader->arena, take_word(&line));
    else if (strcmp(word, "depth") == 0)
        read_depth(reader, line);
    else if (strcmp(word, "timeout") == 0)
        script->timeout_ms = take_seconds(reader, &line);
    else if (strcmp(word, "stop") == 0)
        script->stop_ms = take_seconds(reader, &line);
    else if (strcmp(word, "connection") == 0)
        read_connection(reader, line);
    else if (strcmp(word, "fact") == 0)
        read_expectation(reader, EXPECT_FACT, line);
    else if (strcmp(word, "verdict") == 0)
        read_expectation(reader, EXPECT_VERDICT, line);
    else
        return false;
    return true;
}

static void read_line(struct reader *reader, char *line)
{
    const char *word = take_word(&line);

    if (*word == '\0' || *word == '#')
        return;
    if (!read_setting(reader, word, line) && !read_step(reader, word, line))
        wrong(reader, "\"%s\" is no word of a script", word);
}

static void read_lines(struct reader *reader, char *text)
{
    while (text != NULL && reader->error == NULL) {
        char *line = strsep(&text, "\n");
        size_t size = strlen(line);

        reader->line++;
        if (size > 0 && line[size - 1] == '\r')
            line[size - 1] = '\0';
        read_line(reader, line);
    }
    if (reader->nesting > 0)
        wrong(reader, "a \"repeat\" is open at the end");
    if (reader->script->sections.count == 0)
        wrong(reader, "there is no \"connection\"");
    if (reader->script->name == NULL)
        wrong(reader, "there is no \"name\"");
}

int script_parse(const char *text, const char *file, struct arena *arena, struct script **ret,
                 const char **ret_error)
{
    struct script *script = arena_alloc(arena, sizeof *script);
    struct reader reader = {.arena = arena, .script = script};
    char *copy = arena_text(arena, text);

    if (script == NULL || copy == NULL)
        return -ENOMEM;
    *script = (struct script){.file = file,
                              .service = SERVICE_SMTP,
                              .port = 25,
                              .host = "mail.example.org",
                              .depth = DEPTH_QUICK,
                              .timeout_ms = INT64_C(180) * 1000};
    read_lines(&reader, copy);
    if (reader.error != NULL) {
        *ret_error = reader.error;
        return -EINVAL;
    }
    *ret = script;
    return 0;
}

int script_read(const char *file, struct arena *arena, struct script **ret, const char **ret_error)
{
    FILE *from = fopen(file, "r");
    char *text = arena_alloc(arena, FILE_MAX_SIZE);
    const char *name = arena_text(arena, file);
    int error = from == NULL ? -errno : 0;

    if (from != NULL && text != NULL) {
        size_t size = fread(text, 1, FILE_MAX_SIZE - 1, from);

        if (ferror(from) || size == FILE_MAX_SIZE - 1 || strlen(text) != size)
            error = -EIO;
    }
    if (from != NULL)
        (void)fclose(from);
    if (text == NULL || name == NULL)
        return -ENOMEM;
    if (error < 0) {
        *ret_error = arena_format(arena, "%s: %s", file, strerrordesc_np(-error));
        return error;
    }
    return script_parse(text, name, arena, ret, ret_error);
}

const struct section *script_section(const struct script *script, unsigned number)
{
    const struct section *found = script->sections.items[script->sections.count - 1];

    for (size_t i = 0; i < script->sections.count; i++) {
        const struct section *section = script->sections.items[i];

        if (section->number == number)
            return section;
        if (section->number == 0)
            found = section;
    }
    return found;
}
