/*
 * caa_record.c - tests of CAA records: data in, facts as a text out ("issue ca.example a=b ! fault")
 */
#include "probes/protocol/caa_record.h"

#include "scanner/base/arena.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define GRAMMAR    " ! the domain name of an authority must come first, then a semicolon or nothing"
#define PARAMETERS " ! behind the semicolon there must be parameters: name=value"

static const struct {
    int flags;
    const char *tag;
    const char *value;
    const char *expected;
} rows[] = {
    {0, "issue", "ca.example", "issue ca.example"},
    {0, "ISSUE", "CA.Example", "issue ca.example"},
    {0, "issuewild", "ca.example", "issuewild ca.example"},
    {0, "issue", "localca", "issue localca"},
    {0, "issue", "xn--bcher-kva.example", "issue xn--bcher-kva.example"},
    /* nobody */
    {0, "issue", ";", "issue -"},
    {0, "issue", "", "issue -"},
    {0, "issue", " \t ; \t", "issue -"},
    /* parameters (RFC 8659 4.2) */
    {0, "issue", "ca.example;", "issue ca.example"},
    {0, "issue", "\tca.example ; account=230123", "issue ca.example account=230123"},
    {0, "issue", "ca.example; Policy = ev ; x-1=", "issue ca.example policy=ev x-1="},
    {0, "issue", "; policy=ev", "issue - policy=ev"},
    {0, "issue", "ca.example; a=b=c,d\"e", "issue ca.example a=b=c,d\"e"},
    {0, "issue", "ca.example; a=b;", "issue - a=b" PARAMETERS},
    {0, "issue", "ca.example; a", "issue -" PARAMETERS},
    {0, "issue", "ca.example; -a=b", "issue -" PARAMETERS},
    {0, "issue", "ca.example;; a=b", "issue -" PARAMETERS},
    {0, "issue", "ca.example; a=b c=d", "issue - a=b ! there must be a semicolon between parameters"},
    {0, "issue", "ca.example; a=\xc3\xa9", "issue - a= ! there must be a semicolon between parameters"},
    /* what is no domain name */
    {0, "issue", "%%%%%", "issue -" GRAMMAR},
    {0, "issue", "ca.example.", "issue -" GRAMMAR},
    {0, "issue", ".example", "issue -" GRAMMAR},
    {0, "issue", "ca..example", "issue -" GRAMMAR},
    {0, "issue", "-ca.example", "issue -" GRAMMAR},
    {0, "issue", "ca-.example", "issue -" GRAMMAR},
    {0, "issue", "ca.example a=b", "issue -" GRAMMAR},
    {0, "issue", "https://ca.example", "issue -" GRAMMAR},
    {0, "issue", "\"ca.example\"", "issue -" GRAMMAR},
    {0, "issue", "<script>alert('x')</script>", "issue -" GRAMMAR},
    {0, "issue", "ca_1.example", "issue -" GRAMMAR},
    /* RFC 8657 */
    {0, "issue", "ca.example; accounturi=https://ca.example/acct/1; validationmethods=dns-01,http-01",
     "issue ca.example accounturi=https://ca.example/acct/1 validationmethods=dns-01,http-01"},
    {0, "issue", "ca.example; validationmethods=", "issue ca.example validationmethods="},
    {0, "issue", "ca.example; accounturi=12345", "issue ca.example accounturi=12345 ! accounturi is no URI"},
    {0, "issue", "ca.example; accounturi=https://a/1; accounturi=https://a/2",
     "issue ca.example accounturi=https://a/1 accounturi=https://a/2 ! more than one accounturi"},
    {0, "issue", "ca.example; validationmethods=dns-01; validationmethods=http-01",
     "issue ca.example validationmethods=dns-01 validationmethods=http-01 ! more than one validationmethods"},
    {0, "issue", "ca.example; validationmethods=dns_01",
     "issue ca.example validationmethods=dns_01 ! validationmethods is no list of methods with commas "
     "between them"},
    {0, "issue", "ca.example; validationmethods=dns-01,",
     "issue ca.example validationmethods=dns-01, ! validationmethods is no list of methods with commas "
     "between them"},
    /* other tags */
    {0, "issuemail", "ca.example", "issuemail ca.example"},
    {0, "issuevmc", ";", "issuevmc -"},
    {0, "iodef", "mailto:security@example.org", "iodef -"},
    {0, "iodef", "https://iodef.example.org/", "iodef -"},
    {0, "iodef", "security@example.org", "iodef - ! it must be a mailto:, http: or https: URL"},
    {0, "iodef", "mailto:", "iodef - ! it must be a mailto:, http: or https: URL"},
    {0, "iodef", "mailto:a b", "iodef - ! it must be a mailto:, http: or https: URL"},
    {0, "contactemail", "a@example.org", "contactemail -"},
    {128, "tbs", "unknown", "critical tbs -"},
    {130, "tbs", "unknown", "critical tbs -"},
    {64, "tbs", "unknown", "tbs -"},
    {0, "t\n", "x", "t\\x0a -"},
};

static void put_property(struct buffer *out, const struct caa_property_facts *property)
{
    put_format(out, "%s%s %s", property->critical == YES ? "critical " : "", property->tag,
               property->issuer != NULL ? property->issuer : "-");
    for (size_t i = 0; i < property->parameters.count; i++) {
        const struct caa_parameter_facts *parameter = property->parameters.items[i];

        put_format(out, " %s=%s", parameter->name, parameter->value);
    }
    if (property->fault != NULL)
        put_format(out, " ! %s", property->fault);
    put_u8(out, '\0');
}

Test(caa_record, table)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(0);
        struct caa_property_facts *property = NULL;
        struct buffer data = {0}, text = {0};

        put_u8(&data, (uint8_t)rows[i].flags);
        put_u8(&data, (uint8_t)strlen(rows[i].tag));
        put_text(&data, rows[i].tag);
        put_text(&data, rows[i].value);
        cr_assert_eq(caa_record_read(bytes_of(data.data, data.size), arena, &property), 0, "row %zu", i);
        cr_expect_eq(property->flags.value, rows[i].flags);
        put_property(&text, property);
        cr_expect_str_eq((const char *)text.data, rows[i].expected, "row %zu (%s): %s", i, rows[i].value,
                         (const char *)text.data);
        buffer_free(&data);
        buffer_free(&text);
        arena_free(arena);
    }
}

/* Without a tag there is no property. */
Test(caa_record, no_tag)
{
    static const struct bytes data[] = {
        {.data = (const uint8_t *)"", .size = 0},
        {.data = (const uint8_t *)"\0", .size = 1},
        {.data = (const uint8_t *)"\0\0x", .size = 3},
        {.data = (const uint8_t *)"\0\6issue", .size = 7},
    };
    struct arena *arena = arena_new(0);
    struct caa_property_facts *property = NULL;

    for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
        cr_expect_eq(caa_record_read(data[i], arena, &property), -EBADMSG, "row %zu", i);
    cr_expect_null(property);
    arena_free(arena);
}

/* No more than 32 parameters are kept. */
Test(caa_record, many_parameters)
{
    struct arena *arena = arena_new(0);
    struct caa_property_facts *property = NULL;
    struct buffer data = {0};

    put_block(&data, "\0\5issueca.example;a=b", 20);
    for (int i = 0; i < 100; i++)
        put_text(&data, ";a=b");
    cr_assert_eq(caa_record_read(bytes_of(data.data, data.size), arena, &property), 0);
    cr_expect_eq(property->parameters.count, 32);
    cr_expect_null(property->fault);
    cr_expect_str_eq(property->issuer, "ca.example");
    buffer_free(&data);
    arena_free(arena);
}
