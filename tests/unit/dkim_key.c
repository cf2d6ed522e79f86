/*
 * dkim_key.c - tests of DKIM key records: bytes in; the key, its fault, its damage and the repaired record out
 *
 * The keys of messages that others signed are read too: files of others, from ../shared/data or $OUTPOST_TEST_DATA,
 * and skipped when they are not there.
 */
#include "probes/protocol/dkim_key.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/public_key.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RSA, 1024 bits: a SubjectPublicKeyInfo in two halves, and the RSAPublicKey in it */
#define HALF_1                                                                                               \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDOIo1N3Ur7ST2lT4YTv9AJnKS5zB6aHCO2O0sRN39OFVeq6eDAN9HmMChu"
#define HALF_2                                                                                               \
    "zofwbRqLp1WBbJoNrTTAF7CJoVnpygWa2LukOaQzlyGsTiJHjFBx7FOod72mfjBLyPhNf6E71ShxGbUk+eFql4wk+EedhRZUa09"    \
    "+Y2t3RKy1lk1ukwIDAQAB"
#define KEY HALF_1 HALF_2
#define RAW                                                                                                  \
    "MIGJAoGBAM4ijU3dSvtJPaVPhhO/0AmcpLnMHpocI7Y7SxE3f04VV6rp4MA30eYwKG7Oh/BtGounVYFsmg2tNMAXsImhWenKBZrYu6" \
    "Q5pDOXIaxOIkeMUHHsU6h3vaZ+MEvI+E1/oTvVKHEZtST54WqXjCT4R52FFlRrT35ja3dErLWWTW6TAgMBAAE="
#define OCTETS  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define WRAPPED "MCowBQYDK2VwAyEA" OCTETS
#define GOOD    "v=DKIM1; k=rsa; p=" KEY
/* the beginning of an RSAPrivateKey; the numbers are none of a key */
#define PRIVATE "MIICXgIBAAKBgQC+ntmL2J5e+a+O+b5Zv/YFRNt9ZI2p50CHikAzUBJM41bI4MagZbqGqZriJDEOu0X9bSUZH/eqsDxE"

static const struct {
    const char *record;
    const char *key;      /* "rsa 1024 65537", "ed25519 256", "revoked", or "-" */
    const char *fault;    /* a part; NULL: none */
    const char *damage;   /* joined with a space */
    const char *repaired; /* NULL: none */
} rows[] = {
    /* what verifiers take */
    {GOOD, "rsa 1024 65537", NULL, "", NULL},
    {GOOD ";", "rsa 1024 65537", NULL, "", NULL},
    {"k=rsa; p=" KEY, "rsa 1024 65537", NULL, "", NULL},
    {"p=" KEY, "rsa 1024 65537", NULL, "", NULL},
    {"v=DKIM1; p=" RAW, "rsa 1024 65537", NULL, "", NULL},
    {"v=DKIM1; k=ed25519; p=" OCTETS, "ed25519 256", NULL, "", NULL},
    {"v = DKIM1 ;\r\n k\t=\trsa ; p = " KEY, "rsa 1024 65537", NULL, "", NULL},
    {"v=DKIM1;; p=" KEY, "rsa 1024 65537", NULL, "", NULL},
    {"v=DKIM1; x=unknown; g=*; n=a note; p=" KEY, "rsa 1024 65537", NULL, "", NULL},
    {"v=DKIM1; k=ed25519; p=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "ed25519 256", NULL, "", NULL},
    {"v=DKIM1; p=" HALF_1 " " HALF_2, "rsa 1024 65537", NULL, "white_space", NULL},
    {"v=DKIM1; p=" HALF_1 "\r\n\t" HALF_2, "rsa 1024 65537", NULL, "white_space", NULL},
    {"v=DKIM1; p=", "revoked", NULL, "", NULL},
    {"v=DKIM1; k=unknown; p=", "revoked", NULL, "", NULL},
    /* what they do not, and nothing that happened to it */
    {"v=DKIM1; k=rsa", "-", "p= is missing", "", NULL},
    {"v=DKIM1; p=" KEY "; p=" KEY, "-", "twice", "", GOOD},
    {"v=DKIM1; p=" KEY "; p=" RAW, "-", "twice", "", NULL},
    {"v=DKIM1; p=AAAA", "-", "p= holds no RSA key", "", NULL},
    {"v=DKIM1; k=ed25519; p=AAAA", "-", "has not the 32 octets", "", NULL},
    {"v=DKIM1; k=dsa; p=AAAA", "-", "no verifier knows the key type of k= \"dsa\"", "", NULL},
    {"v=spf1 -all", "-", "not DKIM1, but \"spf1 -all\"", "", NULL},
    {"v=DMARC1; p=reject", "-", "not DKIM1, but \"DMARC1\"", "", NULL},
    {"hello", "-", "no \"=\"", "", NULL},
    {"", "-", "p= is missing", "", NULL},
    /* damage that can be undone */
    {"\"v=DKIM1; k=rsa; p=" KEY "\"", "-", "name of a tag", "quotes", GOOD},
    {"v=DKIM1; k=rsa; p=" HALF_1 "\" \"" HALF_2, "-", "not base64", "quotes", GOOD},
    {"v=DKIM1; k=rsa; p=\xe2\x80\x9c" KEY "\xe2\x80\x9d", "-", "not printable", "quotes", GOOD},
    {"v=DKIM1\\; k=rsa\\; p=" KEY, "-", "DKIM1", "backslashes", GOOD},
    {"v=DKIM1\\; h=sha256\\; k=rsa\\; t=s\\; p=" KEY, "-", "DKIM1", "backslashes",
     "v=DKIM1; h=sha256; t=s; k=rsa; p=" KEY},
    {"v=DKIM1\\059 k=rsa\\059 p=\\034" KEY "\\034", "-", "DKIM1", "quotes backslashes", GOOD},
    {"v=DKIM1&#59; k=rsa&#x3b; p=" KEY, "-", "DKIM1", "entities", GOOD},
    {"v=DKIM1; k=rsa; p=&quot;" KEY "&quot;", "-", "no \"=\"", "quotes entities", GOOD},
    {"mail._domainkey IN TXT ( \"v=DKIM1; k=rsa; \" \"p=" HALF_1 "\" \"" HALF_2 "\" )", "-", "",
     "quotes owner_name", GOOD},
    {"mail._domainkey.example.org. 3600 IN TXT v=DKIM1; k=rsa; p=" KEY, "-", "", "owner_name", GOOD},
    {"v=DKIM1; k=rsa; p=-----BEGIN PUBLIC KEY-----" HALF_1 "\\n" HALF_2 "\\n-----END PUBLIC KEY-----", "-",
     "base64", "backslashes pem", GOOD},
    {"v=DKIM1; p=-----BEGIN PUBLIC KEY----- " KEY " -----END PUBLIC KEY-----", "-", "base64", "pem", GOOD},
    {"k=rsa; v=DKIM1; p=" KEY, "-", "not the first tag", "version", GOOD},
    {"DKIM1; k=rsa; p=" KEY, "-", "no \"=\"", "version", GOOD},
    {"v=dkim1; k=rsa; p=" KEY, "-", "not DKIM1, but \"dkim1\"", "version", GOOD},
    {"v=DKIM1 k=rsa p=" KEY, "-", "DKIM1", "separators", GOOD},
    {"v=DKIM1, k=rsa, p=" KEY, "-", "DKIM1", "version separators", GOOD},
    {"v=DKIM1; k=RSA; p=" KEY, "-", "k= \"RSA\"", "", GOOD},
    {"v=DKIM1; k=ed25519; p=" KEY, "-", "holds an RSA key", "key_type", GOOD},
    {"v=DKIM1; p=" OCTETS, "-", "k=ed25519 is not there", "key_type", "v=DKIM1; k=ed25519; p=" OCTETS},
    {"v=DKIM1; k=ed25519; p=" WRAPPED, "-", "only its 32 octets", "wrapped_key",
     "v=DKIM1; k=ed25519; p=" OCTETS},
    {"v=DKIM1; k=rsa; p=" HALF_1 "*" HALF_2, "-", "not base64", "characters", GOOD},
    /* damage that cannot */
    {"v=DKIM1; k=rsa; p=" HALF_1, "-", "end of the key", "truncated", NULL},
    {"v=DKIM1; k=rsa; p=" HALF_1 "z", "-", "cut off", "truncated", NULL},
    {"v=DKIM1\\; k=rsa\\; p=" HALF_1, "-", "DKIM1", "backslashes truncated", NULL},
    {"v=DKIM1; k=rsa; p=" PRIVATE, "-", "private key", "private_key", NULL},
    {"v=DKIM1; p=-----BEGIN RSA PRIVATE KEY-----" KEY "-----END RSA PRIVATE KEY-----", "-", "base64",
     "pem private_key", NULL},
};

static const char *key_text(struct arena *arena, const struct dkim_record_facts *record)
{
    if (record->revoked == YES)
        return "revoked";
    if (record->key.data == NULL)
        return "-";
    return record->exponent.known
               ? arena_format(arena, "%s %lld %lld", record->key_type, (long long)record->bits.value,
                              (long long)record->exponent.value)
               : arena_format(arena, "%s %lld", record->key_type, (long long)record->bits.value);
}

static struct dkim_record_facts *read_text(struct arena *arena, const char *text)
{
    struct dkim_record_facts *record = NULL;

    cr_assert_eq(dkim_text_read(bytes_of(text, strlen(text)), arena, &record), 0);
    return record;
}

Test(dkim_key, records)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new(0);
        const struct dkim_record_facts *record = read_text(arena, rows[i].record);

        cr_expect_str_eq(key_text(arena, record), rows[i].key, "row %zu: %s", i, rows[i].record);
        cr_expect((record->fault == NULL) == (rows[i].fault == NULL) &&
                      (record->fault == NULL || strstr(record->fault, rows[i].fault) != NULL),
                  "row %zu: %s: fault %s", i, rows[i].record, record->fault);
        cr_expect_str_eq(text_join(arena, &record->damage, " "), rows[i].damage, "row %zu: %s", i,
                         rows[i].record);
        cr_expect((record->repaired == NULL) == (rows[i].repaired == NULL) &&
                      (record->repaired == NULL || strcmp(record->repaired, rows[i].repaired) == 0),
                  "row %zu: %s: repaired %s", i, rows[i].record, record->repaired);
        arena_free(arena);
    }
}

Test(dkim_key, flags)
{
    static const struct {
        const char *tags;
        enum known testing, strict, for_mail;
        const char *hashes, *remarks;
    } flags[] = {
        {"", NO, NO, YES, "", ""},
        {"t=y;", YES, NO, YES, "", ""},
        {"t=s:y;", YES, YES, YES, "", ""},
        {"t= y : s ;", YES, YES, YES, "", ""},
        {"t=yes;", NO, NO, YES, "", ""},
        {"s=email;", NO, NO, YES, "", ""},
        {"s=*;", NO, NO, YES, "", ""},
        {"s=tlsrpt:email;", NO, NO, YES, "", ""},
        {"s=tlsrpt;", NO, NO, NO, "", ""},
        {"h=sha1;", NO, NO, YES, "sha1", ""},
        {"h=sha1:sha256;", NO, NO, YES, "sha1 sha256", ""},
        {"g=*; x=y;", NO, NO, YES, "",
         "tag g: verifiers ignore it, it is of an older DKIM, tag x: verifiers ignore it"},
    };

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        struct arena *arena = arena_new(0);
        const struct dkim_record_facts *record =
            read_text(arena, arena_format(arena, "v=DKIM1; %s p=%s", flags[i].tags, KEY));

        cr_expect_eq(record->testing, flags[i].testing, "%s", flags[i].tags);
        cr_expect_eq(record->strict, flags[i].strict, "%s", flags[i].tags);
        cr_expect_eq(record->for_mail, flags[i].for_mail, "%s", flags[i].tags);
        cr_expect_str_eq(text_join(arena, &record->hashes, " "), flags[i].hashes);
        cr_expect_str_eq(text_join(arena, &record->remarks, ", "), flags[i].remarks);
        arena_free(arena);
    }
}

/* ---- strings ---- */

static struct bytes rdata(struct arena *arena, const char *const *strings, size_t count)
{
    uint8_t *data = arena_alloc(arena, 4096);
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(strings[i]);

        data[size++] = (uint8_t)length;
        memcpy(data + size, strings[i], length);
        size += length;
    }
    return bytes_of(data, size);
}

Test(dkim_key, strings)
{
    struct arena *arena = arena_new(0);
    const char *two[] = {"v=DKIM1; k=rsa; p=" HALF_1, HALF_2};
    const char *cut[1];
    struct dkim_record_facts *record = NULL;

    cr_assert_eq(dkim_record_read(rdata(arena, two, 2), arena, &record), 0);
    cr_expect_str_eq(key_text(arena, record), "rsa 1024 65537");
    cr_assert_eq(dkim_record_read(rdata(arena, two, 1), arena, &record), 0);
    cr_expect_str_eq(text_join(arena, &record->damage, " "), "truncated",
                     "nothing says that a string is missing");
    cut[0] = arena_format(arena, "v=DKIM1; k=rsa; n=%.*s; p=%s", 255 - 22 - (int)strlen(HALF_1), KEY, HALF_1);
    cr_assert_eq(strlen(cut[0]), 255);
    cr_assert_eq(dkim_record_read(rdata(arena, cut, 1), arena, &record), 0);
    cr_expect_str_eq(text_join(arena, &record->damage, " "), "second_string");
    cr_expect_eq(dkim_record_read(bytes_of("\x05v=DK", 5), arena, &record), -EBADMSG);
    cr_expect_eq(dkim_record_read(bytes_of("", 0), arena, &record), -EBADMSG);
    arena_free(arena);
}

Test(dkim_key, two_records)
{
    struct arena *arena = arena_new(0);
    struct list records = {0};
    struct dkim_record_facts *first = read_text(arena, "v=DKIM1; k=rsa; p=" HALF_1);

    cr_assert_eq(list_add(&records, arena, read_text(arena, HALF_2)), 0);
    cr_assert_eq(list_add(&records, arena, read_text(arena, "v=spf1 -all")), 0);
    cr_assert_eq(list_add(&records, arena, first), 0);
    cr_assert_eq(dkim_records_join(&records, arena), 0);
    cr_expect_str_eq(text_join(arena, &first->damage, " "), "separate_records");
    cr_expect_str_eq(first->repaired, GOOD);
    arena_free(arena);
}

Test(dkim_key, same)
{
    struct arena *arena = arena_new(0);
    const struct dkim_record_facts *key = read_text(arena, GOOD),
                                   *ed = read_text(arena, "k=ed25519; p=" OCTETS);

    cr_expect(dkim_same_key(key, read_text(arena, "p=" RAW)), "SubjectPublicKeyInfo or not");
    cr_expect(!dkim_same_key(key, ed));
    cr_expect(dkim_same_key(ed, ed));
    cr_expect(!dkim_same_key(key, read_text(arena, "p=")));
    cr_expect(!dkim_same_key(read_text(arena, "p="), read_text(arena, "p=")));
    arena_free(arena);
}

/* ---- files ---- */

Test(dkim_key, files)
{
    static const struct {
        const char *file, *text;
    } files[] = {
        {"mail._domainkey\tIN\tTXT\t( \"v=DKIM1; h=sha256; k=rsa; \"\n\t  \"p=" HALF_1 "\"\n\t  \"" HALF_2
         "\" )  ; ----- DKIM key mail for example.org\n",
         "v=DKIM1; h=sha256; k=rsa; p=" KEY},
        {"mail._domainkey IN TXT \"v=DKIM1; k=rsa; p=\" \"" KEY
         "\"\nother._domainkey IN TXT \"v=DKIM1; p=\"\n",
         GOOD},
        {"; a \"comment\"\nmail._domainkey IN TXT ( \"v=DKIM1; \" ; one\n \"p=\" )\n", "v=DKIM1; p="},
        {" \n" GOOD "\n", GOOD},
        {"\"a\\\"b\\;\"", "a\"b;"},
        {"", ""},
    };

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct arena *arena = arena_new(0);
        struct bytes text;

        cr_assert_eq(dkim_file_text(bytes_of(files[i].file, strlen(files[i].file)), arena, &text), 0);
        cr_expect(bytes_equal(text, bytes_of(files[i].text, strlen(files[i].text))), "%s: %.*s",
                  files[i].file, (int)text.size, (const char *)text.data);
        arena_free(arena);
    }
}

/* ---- keys of others ---- */

static char *read_file(struct arena *arena, const char *name)
{
    const char *folder = getenv("OUTPOST_TEST_DATA");
    const char *path =
        arena_format(arena, "%s/dkim/%s", folder != NULL ? folder : SOURCE_DIRECTORY "/../shared/data", name);
    FILE *file = fopen(path, "r");
    char *text = arena_alloc(arena, 64 * 1024);

    if (file == NULL)
        cr_skip_test("skipped, data not there: %s", path);
    cr_assert_lt(fread(text, 1, 64 * 1024 - 1, file), 64 * 1024 - 1);
    fclose(file);
    return text;
}

Test(dkim_key, keys_of_messages)
{
    static const struct {
        const char *file;
        const char *keys; /* of the lines "NAME RECORD" that it begins with */
    } files[] = {
        {"stalwart/001.txt", "ed25519 256, rsa 1024 65537"},
        {"stalwart/002.txt", "rsa 1024 65537"}, /* RFC 8032's and an RSAPublicKey by itself */
        {"stalwart/003.txt", "rsa 1024 65537"},
        {"stalwart/004.txt", "rsa 1024 65537"},
        {"stalwart/005.txt", "rsa 1024 65537"},
        {"stalwart/006.txt", "rsa 1024 65537"},
        {"stalwart-arc/001.txt", "rsa 2048 65537, rsa 1024 65537, rsa 2048 65537"},
        {"stalwart-arc/002.txt", "rsa 1024 65537, ed25519 256"},
    };

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct arena *arena = arena_new(0);
        struct list keys = {0};
        char *rest = read_file(arena, files[i].file), *line;

        while ((line = strsep(&rest, "\n")) != NULL && strstr(line, "._domainkey.") != NULL) {
            const char *text = strchr(line, ' ');

            cr_assert_not_null(text);
            cr_assert_eq(
                list_add(&keys, arena, arena_text(arena, key_text(arena, read_text(arena, text + 1)))), 0);
        }
        cr_expect_str_eq(text_join(arena, &keys, ", "), files[i].keys, "%s", files[i].file);
        arena_free(arena);
    }
}

Test(dkim_key, keys_in_pem)
{
    static const struct {
        const char *file, *key;
    } files[] = {{"mailauth/public-rsa.pem", "rsa 2048 65537"},
                 {"mailauth/public-small.pem", "rsa 512 65537"},
                 {"mailauth/public-ed25519.pem", "ed25519 256"}};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct arena *arena = arena_new(0);
        char *pem = read_file(arena, files[i].file);
        const char *why = NULL;
        struct bytes key;
        bool ed25519;

        cr_assert_eq(public_key_read(bytes_of(pem, strlen(pem)), arena, &key, &ed25519, &why), 0, "%s", why);
        cr_expect_str_eq(
            key_text(arena, read_text(arena, arena_format(arena, "k=%s; p=%s", ed25519 ? "ed25519" : "rsa",
                                                          text_base64(arena, key.data, key.size)))),
            files[i].key, "%s", files[i].file);
        arena_free(arena);
    }
}
