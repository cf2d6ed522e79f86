/*
 * dkim_option.c - the selectors and keys that are given on the command line
 *
 * A key is in PEM, public or private, or in the file that opendkim-genkey or rspamadm wrote for the zone. It is read
 * once, before anything is asked of anybody, and kept as the record that it should be published as.
 */
#include "scanner/commands/dkim_option.h"

#include "probes/protocol/dkim_key.h"
#include "scanner/base/arena.h"
#include "scanner/base/file.h"
#include "scanner/base/text.h"
#include "scanner/net/public_key.h"

#include <errno.h>
#include <string.h>

enum { SELECTORS_MAX = 64, SELECTOR_SIZE_MAX = 150, LABEL_MAX = 63, FILE_MAX = 64 * 1024 };

/* ---- selectors ---- */

/* Labels of letters, digits, hyphens and, as some have it, underscores. */
static bool is_selector(const char *word, size_t size)
{
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        char c = word[i];

        if (c == '.') {
            if (length == 0)
                return false;
            length = 0;
        } else if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' &&
                   c != '_') {
            return false;
        } else if (++length > LABEL_MAX) {
            return false;
        }
    }
    return length > 0 && size <= SELECTOR_SIZE_MAX;
}

static int add_selector(struct scan_settings *settings, const char *name, struct arena *arena,
                        const char **ret_error)
{
    if (name == NULL)
        return -ENOMEM;
    if (list_has_text(&settings->selectors, name))
        return 0;
    if (settings->selectors.count == SELECTORS_MAX) {
        *ret_error = "more than 64 selectors";
        return -EINVAL;
    }
    return list_add(&settings->selectors, arena, (void *)(uintptr_t)name);
}

int dkim_selector_take(struct scan_settings *settings, const char *word, struct arena *arena,
                       const char **ret_error)
{
    if (!is_selector(word, strlen(word)))
        return word_wrong(word, "is no selector: it is the name before ._domainkey, as mail", arena,
                          ret_error);
    return add_selector(settings, arena_text(arena, word), arena, ret_error);
}

/* ---- files ---- */

static int cannot_use(const char *path, const char *why, struct arena *arena, const char **ret_error)
{
    return word_wrong(path, arena_format(arena, "cannot be used: %s", why), arena, ret_error);
}

static int read_file(const char *path, struct arena *arena, struct bytes *ret, const char **ret_error)
{
    int error = file_read(path, FILE_MAX, arena, ret);

    if (error == 0 || error == -ENOMEM)
        return error;
    return cannot_use(path, error == -EFBIG ? "it is larger than 64 KiB" : strerrordesc_np(-error), arena,
                      ret_error);
}

static bool is_pem(struct bytes file)
{
    return file.size > 0 && memmem(file.data, file.size, "-----BEGIN", strlen("-----BEGIN")) != NULL;
}

/* "v=DKIM1; k=rsa; p=..." of a key in PEM. */
static int record_of_pem(struct bytes file, struct arena *arena, const char **ret_record,
                         const char **ret_error)
{
    struct bytes key;
    bool ed25519;
    int error = public_key_read(file, arena, &key, &ed25519, ret_error);
    const char *base64;

    if (error < 0)
        return error;
    base64 = text_base64(arena, key.data, key.size);
    *ret_record = base64 == NULL
                      ? NULL
                      : arena_format(arena, "v=DKIM1; k=%s; p=%s", ed25519 ? "ed25519" : "rsa", base64);
    return *ret_record == NULL ? -ENOMEM : 0;
}

/* The record in a file for the zone, as a verifier would have it. */
static int record_of_zone(struct bytes file, struct arena *arena, const char **ret_record,
                          const char **ret_error)
{
    struct dkim_record_facts *facts = NULL;
    struct bytes text = {0};
    int error = dkim_file_text(file, arena, &text);

    if (error == 0)
        error = dkim_text_read(text, arena, &facts);
    if (error < 0 || facts == NULL)
        return error;
    *ret_record = facts->repaired != NULL ? facts->repaired : facts->text;
    if (facts->key.data != NULL || facts->repaired != NULL)
        return 0;
    *ret_error = facts->intended != YES ? "it is neither a key in PEM nor a DKIM record"
                 : facts->fault != NULL ? facts->fault
                                        : "the key in it is revoked";
    return -EINVAL;
}

static int read_record(const char *path, struct arena *arena, const char **ret_record, const char **ret_error)
{
    const char *why = NULL;
    struct bytes file = {0};
    int error = read_file(path, arena, &file, ret_error);

    if (error < 0)
        return error;
    error = is_pem(file) ? record_of_pem(file, arena, ret_record, &why)
                         : record_of_zone(file, arena, ret_record, &why);
    if (file.size > 0) /* it may be a private key */
        explicit_bzero((void *)(uintptr_t)file.data, file.size);
    return error == -EINVAL ? cannot_use(path, why, arena, ret_error) : error;
}

static bool has_key(const struct scan_settings *settings, const char *selector)
{
    for (size_t i = 0; i < settings->dkim_keys.count; i++)
        if (text_equal(((const struct dkim_key_setting *)settings->dkim_keys.items[i])->selector, selector))
            return true;
    return false;
}

int dkim_key_take(struct scan_settings *settings, const char *word, struct arena *arena,
                  const char **ret_error)
{
    const char *equals = strchr(word, '=');
    struct dkim_key_setting *setting = arena_alloc(arena, sizeof(*setting));
    int error;

    if (equals == NULL || equals[1] == '\0' || !is_selector(word, (size_t)(equals - word)))
        return word_wrong(word, "is not SELECTOR=FILE, as mail=mail.txt", arena, ret_error);
    if (setting == NULL)
        return -ENOMEM;
    setting->selector = arena_text_sized(arena, word, (size_t)(equals - word));
    if (setting->selector == NULL)
        return -ENOMEM;
    if (has_key(settings, setting->selector))
        return word_wrong(word, "is a second key for this selector", arena, ret_error);
    error = read_record(equals + 1, arena, &setting->record, ret_error);
    if (error == 0)
        error = add_selector(settings, setting->selector, arena, ret_error);
    return error < 0 ? error : list_add(&settings->dkim_keys, arena, setting);
}
