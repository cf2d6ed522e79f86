/*
 * autoconfig_xml.c - tables of files for mail programs: what they say, what is wrong with them, and hostile ones
 */
#include "probes/protocol/autoconfig_xml.h"

#include "probes/protocol/xml_walk.h"
#include "scanner/base/arena.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>

/* "valid; imap mail.example.org:993 tls password-cleartext as %EMAILADDRESS%; fault: ..." */
static char *told(struct arena *arena, const struct autoconfig_file_facts *file)
{
    struct buffer text = {0};
    char *copy;

    put_format(&text, "%s%s; ", file->root == NULL ? "" : file->root,
               file->valid == YES ? " valid" : " invalid");
    for (size_t i = 0; i < file->servers.count; i++) {
        const struct autoconfig_server_facts *server = file->servers.items[i];

        put_format(&text, "%s %s:%d %s", server->protocol, server->host, (int)server->port.value,
                   autoconfig_security_values[server->security]);
        for (size_t j = 0; j < server->authentication.count; j++)
            put_format(&text, " %s", (const char *)server->authentication.items[j]);
        put_format(&text, "%s%s; ", server->username == NULL ? "" : " as ",
                   server->username == NULL ? "" : server->username);
    }
    for (size_t i = 0; i < file->faults.count; i++)
        put_format(&text, "fault: %s; ", (const char *)file->faults.items[i]);
    if (file->message != NULL)
        put_format(&text, "message: %s; ", file->message);
    if (file->elsewhere != NULL)
        put_format(&text, "elsewhere: %s; ", file->elsewhere);
    put_u8(&text, '\0');
    copy = arena_text(arena, (const char *)text.data);
    buffer_free(&text);
    return copy;
}

struct row {
    const char *document, *expected;
    size_t size; /* 0: up to the NUL */
};

static void check_rows(const char *table, const struct row *rows, size_t count, bool microsoft)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *arena = arena_new(0);
        struct autoconfig_file_facts *file = NULL;
        struct bytes document =
            bytes_of(rows[i].document, rows[i].size > 0 ? rows[i].size : strlen(rows[i].document));
        const char *text;

        cr_assert_eq(microsoft ? autoconfig_microsoft_read(document, arena, &file)
                               : autoconfig_mozilla_read(document, "example.org", arena, &file),
                     0);
        text = told(arena, file);
        cr_expect_str_eq(text, rows[i].expected, "%s[%zu]: %s", table, i, text);
        cr_expect(bytes_equal(file->document, document));
        arena_free(arena);
    }
}

#define SERVER(element, type, host, port, socket, rest)                                                      \
    "<" element " type=\"" type "\"><hostname>" host "</hostname><port>" port "</port><socketType>" socket   \
    "</socketType>" rest "</" element ">"
#define CLEAR    "<authentication>password-cleartext</authentication>"
#define IN(rest) SERVER("incomingServer", "imap", "mail.example.org", "993", "SSL", rest)
#define OUT      SERVER("outgoingServer", "smtp", "mail.example.org", "465", "SSL", CLEAR)
#define CONFIG(inner)                                                                                        \
    "<clientConfig version=\"1.1\"><emailProvider id=\"x\">" inner "</emailProvider></clientConfig>"
#define BOTH                                                                                                 \
    "imap mail.example.org:993 tls password-cleartext; smtp mail.example.org:465 tls password-cleartext; "
#define ONLY_OUT "smtp mail.example.org:465 tls password-cleartext; "
#define NO_IN    "fault: there is no server for incoming mail that can be used; "
#define NO_OUT   "fault: there is no server for outgoing mail that can be used; "

Test(autoconfig_xml, mozilla)
{
    static const struct row rows[] = {
        {CONFIG(IN(CLEAR) OUT), "clientConfig valid; " BOTH, 0},
        {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a comment -->\n" CONFIG(IN(CLEAR) "\n" OUT) "\n",
         "clientConfig valid; " BOTH, 0},
        /* blanks, CDATA, predefined entities, a namespace, other elements around */
        {"<a:clientConfig xmlns:a=\"urn:x\">" CONFIG("") "</a:clientConfig>",
         "clientConfig invalid; " NO_IN NO_OUT, 0},
        {"<a:clientConfig xmlns:a=\"urn:x\"><a:emailProvider>" IN(CLEAR
                                                                  "<username> %EMAIL&#65;DDRESS% </username>")
             OUT "</a:emailProvider><webMail><x/></webMail></a:clientConfig>",
         "clientConfig valid; imap mail.example.org:993 tls password-cleartext as %EMAILADDRESS%; " ONLY_OUT,
         0},
        {CONFIG(SERVER("incomingServer", "IMAP", "\n <![CDATA[a&b]]> ", "143", "STARTTLS", CLEAR) OUT),
         "clientConfig invalid; " ONLY_OUT "fault: server 1 (imap): the host name is not one; " NO_IN, 0},
        {CONFIG(SERVER("incomingServer", "pop3", "pop.%EMAILDOMAIN%", "110", "starttls",
                       "<authentication>OAuth2</authentication>" CLEAR "<pop3><x>1</x></pop3>") OUT),
         "clientConfig valid; pop3 pop.example.org:110 starttls OAuth2 password-cleartext; " ONLY_OUT, 0},
        {CONFIG(SERVER("incomingServer", "imap", "mail.example.org", "143", "plain",
                       "<authentication>secure</authentication>") OUT),
         "clientConfig valid; imap mail.example.org:143 plain password-encrypted; " ONLY_OUT, 0},
        /* of what is there again the first counts; kinds that are not known are passed over */
        {CONFIG(IN("<hostname>other.example.org</hostname><port>1</port><socketType>plain</socketType>" CLEAR)
                    SERVER("incomingServer", "jmap", "a", "b", "c", "") OUT),
         "clientConfig valid; " BOTH, 0},
        /* faults */
        {CONFIG(IN("") OUT),
         "clientConfig valid; imap mail.example.org:993 tls; " ONLY_OUT
         "fault: server 1 (imap): it does not say how to log in; ",
         0},
        {CONFIG("<incomingServer type=\"imap\">" CLEAR "</incomingServer>" OUT),
         "clientConfig invalid; " ONLY_OUT
         "fault: server 1 (imap): there is no host name; fault: server 1 (imap): "
         "there is no port that can be used; fault: server 1 (imap): it does not say how the connection is "
         "encrypted; " NO_IN,
         0},
        {CONFIG(SERVER("incomingServer", "imap", "mail.example.org", "65536", "SSL3", CLEAR) OUT),
         "clientConfig invalid; " ONLY_OUT "fault: server 1 (imap): the port is not a number from 1 to "
         "65535; fault: server 1 (imap): there is no port "
         "that can be used; fault: server 1 (imap): it does not say how the connection is encrypted; " NO_IN,
         0},
        {CONFIG(IN(CLEAR)), "clientConfig invalid; imap mail.example.org:993 tls password-cleartext; " NO_OUT,
         0},
        {"<clientConfig/>", "clientConfig invalid; " NO_IN NO_OUT, 0},
        /* something else */
        {"<html><body/></html>", "html invalid; ", 0},
        {"<html><body><p>not <br> closed</body></html>",
         "html invalid; fault: line 1: Opening and ending tag mismatch: br line 1 and body; ", 0},
        {"not found", " invalid; fault: line 1: Start tag expected, '<' not found; ", 0},
        {"", " invalid; fault: it is empty; ", 0},
        /* servers in front of a fault are seen, and mail programs do not see them */
        {"<clientConfig><emailProvider>" IN(CLEAR) OUT,
         "clientConfig invalid; " BOTH "fault: line 1: Premature end of data in tag emailProvider line 1; ",
         0},
    };

    check_rows("mozilla", rows, sizeof rows / sizeof rows[0], false);
}

#define PROTOCOL(type, rest)                                                                                 \
    "<Protocol><Type>" type "</Type><Server>mail.example.org</Server><Port>993</Port>" rest "</Protocol>"
#define ANSWER(inner)                                                                                        \
    "<Autodiscover "                                                                                         \
    "xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006\"><Response "            \
    "xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\">" inner       \
    "</Response></Autodiscover>"
#define ACCOUNT(inner)                                                                                       \
    ANSWER("<Account><AccountType>email</AccountType><Action>settings</Action>" inner "</Account>")
#define MAIL "imap mail.example.org:993 "

Test(autoconfig_xml, microsoft)
{
    static const struct row rows[] = {
        {ACCOUNT(PROTOCOL("IMAP", "<SSL>on</SSL><LoginName>outpost@example.org</LoginName>")),
         "Autodiscover valid; " MAIL "tls password-cleartext as outpost@example.org; ", 0},
        {ACCOUNT(PROTOCOL("imap", "")), "Autodiscover valid; " MAIL "tls password-cleartext; ", 0},
        {ACCOUNT(PROTOCOL("IMAP", "<SSL>off</SSL>")),
         "Autodiscover valid; " MAIL "plain password-cleartext; ", 0},
        {ACCOUNT(PROTOCOL("IMAP", "<SSL>off</SSL><Encryption>SSL</Encryption>")),
         "Autodiscover valid; " MAIL "tls password-cleartext; ", 0},
        {ACCOUNT(PROTOCOL("IMAP", "<SSL>on</SSL><Encryption>TLS</Encryption><SPA>on</SPA>")),
         "Autodiscover valid; " MAIL "starttls NTLM; ", 0},
        {ACCOUNT(PROTOCOL("IMAP", "<Encryption>None</Encryption><AuthRequired>off</AuthRequired>")),
         "Autodiscover valid; " MAIL "plain none; ", 0},
        {ACCOUNT(PROTOCOL("IMAP", "<Encryption>Auto</Encryption>")),
         "Autodiscover valid; " MAIL "any password-cleartext; ", 0},
        {ACCOUNT(PROTOCOL("IMAP", "<Encryption>Rot13</Encryption>")),
         "Autodiscover valid; " MAIL
         "not_observed password-cleartext; fault: server 1 (imap): it does not say how "
         "the connection is encrypted; ",
         0},
        /* the type may stand behind what depends on it; Exchange's own are passed over */
        {ACCOUNT(
             "<Protocol><Type>EXCH</Type><Server>x</Server><Port>0</Port></"
             "Protocol><Protocol><Server>smtp.example.org</"
             "Server>"
             "<Port>587</Port><Encryption>TLS</Encryption><Type>SMTP</Type></Protocol>" PROTOCOL("POP3", "")),
         "Autodiscover valid; smtp smtp.example.org:587 starttls password-cleartext; pop3 "
         "mail.example.org:993 tls "
         "password-cleartext; ",
         0},
        {ACCOUNT("<Protocol><Type>SMTP</Type></Protocol>"),
         "Autodiscover invalid; fault: server 1 (smtp): there is no host name; fault: server 1 (smtp): there "
         "is no "
         "port that can be used; ",
         0},
        {ANSWER("<Error Time=\"1\" Id=\"2\"><ErrorCode>500</ErrorCode><Message>No such "
                "\x01user</Message></Error>"),
         "Autodiscover invalid; fault: line 1: PCDATA invalid Char value 1; ", 0},
        {ANSWER("<Error><ErrorCode>500</ErrorCode><Message>No such user</Message></Error>"),
         "Autodiscover invalid; message: No such user; ", 0},
        {ANSWER(
             "<Account><Action>redirectUrl</Action><RedirectUrl>https://x.example/</RedirectUrl></Account>"),
         "Autodiscover invalid; elsewhere: https://x.example/; ", 0},
        {ANSWER("<Account><RedirectAddr>a@x.example</RedirectAddr></Account>"),
         "Autodiscover invalid; elsewhere: a@x.example; ", 0},
    };

    check_rows("microsoft", rows, sizeof rows / sizeof rows[0], true);
}

#define NO_TYPES(root) root " invalid; fault: it has a document type declaration, which is not read; "

#define NAME "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

Test(autoconfig_xml, hostile)
{
    static const struct row rows[] = {
        /* a billion laughs, a file, a URL, parameter entities: never read */
        {"<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>" CONFIG(
             "&c;"),
         NO_TYPES("a"), 0},
        {"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM "
         "\"file:///etc/passwd\">]><clientConfig>&x;</clientConfig>",
         NO_TYPES("a"), 0},
        {"<!DOCTYPE clientConfig SYSTEM \"http://example.org/x.dtd\"><clientConfig/>",
         NO_TYPES("clientConfig"), 0},
        {"<!DOCTYPE a [<!ENTITY % x SYSTEM \"http://example.org/x\">%x;]><a/>", NO_TYPES("a"), 0},
        {"<!DOCTYPE html>\n<html><body>It works</body></html>", NO_TYPES("html"), 0},
        {"<clientConfig>&unknown;</clientConfig>",
         "clientConfig invalid; fault: line 1: Entity 'unknown' not defined; ", 0},
        /* UTF-16 hides no declaration */
        {"\xff\xfe<\0!\0D\0O\0C\0T\0Y\0P\0E\0 \0a\0>\0<\0a\0/\0>\0", NO_TYPES("a"), 32},
        {"\xff\xfe<\0a\0/\0>\0", "a invalid; ", 10},
        {"<a><" NAME NAME NAME NAME "/></a>", "a invalid; fault: the names of its elements are too long; ",
         0},
        /* bytes that are not what the declaration says */
        {"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>\xe9</a>",
         "a invalid; fault: line 1: Input is not proper UTF-8, indicate encoding !; ", 0},
        {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>", "a invalid; ", 0},
        {"<?xml version=\"1.0\" encoding=\"nonsense\"?><a/>",
         " invalid; fault: line 1: Unsupported encoding nonsense; ", 0},
        /* terminal escapes do not get through */
        {CONFIG(IN("<username>\xc2\x9b"
                   "31m\\</username>" CLEAR) OUT),
         "clientConfig valid; imap mail.example.org:993 tls password-cleartext as "
         "\\xc2\\x9b31m\\\\; " ONLY_OUT,
         0},
        {"<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a></a></a></a></"
         "a></a></a></a></a>",
         "a invalid; fault: its elements are nested too deep; ", 0},
    };

    check_rows("hostile", rows, sizeof rows / sizeof rows[0], false);
}

/* What a server sends makes nobody write on our terminal. */
Test(autoconfig_xml, silence)
{
    static const char file[] = "<?xml version=\"1.0\" encoding=\"EUC-JP\"?><a>\xff\xfe\x81</a>";
    struct arena *arena = arena_new(0);
    struct autoconfig_file_facts *facts;

    cr_redirect_stderr();
    cr_assert_eq(autoconfig_mozilla_read(bytes_of(file, sizeof file - 1), "example.org", arena, &facts), 0);
    (void)fprintf(stderr, "silence");
    (void)fflush(stderr);
    cr_assert_stderr_eq_str("silence");
    arena_free(arena);
}

/* Repeats `what` until the document is as large as one may be. */
static void fill(struct buffer *document, const char *what)
{
    while (document->size + strlen(what) < AUTOCONFIG_DOCUMENT_MAX)
        put_text(document, what);
}

Test(autoconfig_xml, as_large_as_may_be)
{
    static const struct {
        const char *head, *repeated, *tail;
        const char *expected; /* begins with it */
    } rows[] = {
        {"<a>", "<b>", "", "a invalid; fault: its elements are nested too deep"},
        {"<a x=\"", "0123456789", "\"/>", "a invalid; "},
        {"<a><", "verylongname", "/></a>", "a invalid; fault: line 1: "},
        {"<a ", "y", "=\"1\"/>", " invalid; fault: line 1: "},
        {"<clientConfig><emailProvider>", IN(CLEAR), OUT "</emailProvider></clientConfig>",
         "clientConfig valid; imap"},
        {"<clientConfig><emailProvider>", "<incomingServer type=\"imap\"/>",
         "</emailProvider></clientConfig>",
         "clientConfig invalid; fault: server 1 (imap): it does not say how to log in"},
        {"<a>", "text ", "</a>", "a invalid; "},
        {"<a><!--", "comment ", "--></a>", "a invalid; "},
        {"<a>", "&amp;", "</a>", "a invalid; "},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new(4 * 1024 * 1024);
        struct autoconfig_file_facts *file = NULL;
        struct buffer document = {0};

        put_text(&document, rows[i].head);
        fill(&document, rows[i].repeated);
        put_text(&document, rows[i].tail);
        cr_assert_eq(
            autoconfig_mozilla_read(bytes_of(document.data, document.size), "example.org", arena, &file), 0);
        cr_expect_eq(strncmp(told(arena, file), rows[i].expected, strlen(rows[i].expected)), 0,
                     "row %zu: %.200s", i, told(arena, file));
        cr_expect_leq(file->servers.count, AUTOCONFIG_SERVERS_MAX);
        cr_expect_leq(file->faults.count, AUTOCONFIG_FAULTS_MAX);
        if (i == 4)
            cr_expect_gt(file->servers_left_out.value, 100);
        buffer_free(&document);
        arena_free(arena);
    }
}

static void count_open(void *data, const char *path, const char *value)
{
    struct buffer *seen = data;

    put_format(seen, "+%s(%s)", path, value == NULL ? "" : value);
}

static void count_close(void *data, const char *path, const char *text)
{
    struct buffer *seen = data;

    put_format(seen, "-%s[%s]", path, text);
}

Test(autoconfig_xml, walk)
{
    static const char document[] = "<a> 1 <b k=\"v&lt;\" p:k=\"no\" xmlns:p=\"u\">2</b> 3 <c/>\n4 </a>";
    struct arena *arena = arena_new(0);
    struct buffer seen = {0};
    struct xml_visitor visitor = {.attribute = "k", .open = count_open, .close = count_close, .data = &seen};
    const char *fault = "none yet";

    cr_assert_eq(xml_walk(bytes_of(document, strlen(document)), &visitor, arena, &fault), 0);
    put_u8(&seen, '\0');
    cr_expect_null(fault);
    cr_expect_str_eq((const char *)seen.data, "+a()+a/b(v<)-a/b[2]+a/c()-a/c[]-a[4]");
    buffer_free(&seen);
    arena_free(arena);
}
