/*
 * autoconfig_xml.c - the files in which mail programs find the servers of a domain, taken apart
 *
 * Mozilla's format as draft-ietf-mailmaint-autoconfig has it, Microsoft's as [MS-OXDSCLI] does. Of an element
 * that is there again the first counts. Kinds of servers that are none of IMAP, POP3 and SMTP are passed over.
 */
#include "probes/protocol/autoconfig_xml.h"

#include "probes/protocol/xml_walk.h"
#include "scanner/base/arena.h"
#include "scanner/base/host_name.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

#define MOZILLA   "clientConfig/emailProvider/"
#define MICROSOFT "Autodiscover/Response/"

enum { VALUE_SHOWN = 255, AUTHENTICATIONS_MAX = 8 };

/* Microsoft's switches, in whatever order they stand in the file. */
struct switches {
    bool ssl_off, no_password, secure_password;
    const char *encryption; /* overrides SSL; NULL: not there */
};

struct reader {
    struct autoconfig_file_facts *file;
    struct arena *arena;
    const char *domain;
    struct autoconfig_server_facts *server; /* the one that is open; NULL: none, or of no interest */
    size_t number;                          /* of servers so far */
    bool incoming, outgoing;                /* one is there that can be used */
    bool needs_both;
    struct switches switches;
    int error; /* -ENOMEM, sticky */
};

static const char *keep(struct reader *reader, const char *text)
{
    if (text == NULL)
        reader->error = -ENOMEM;
    return text;
}

/* A text of the file, made harmless; NULL when it is empty. */
static const char *shown(struct reader *reader, const char *text)
{
    return *text == '\0' ? NULL : keep(reader, text_clean(reader->arena, text, strlen(text), VALUE_SHOWN));
}

static void add_text(struct reader *reader, struct list *list, const char *text)
{
    if (text != NULL && list_add(list, reader->arena, (void *)(uintptr_t)text) < 0)
        reader->error = -ENOMEM;
}

/* "server 2 (imap): there is no port" */
static void add_fault(struct reader *reader, const char *what)
{
    const struct autoconfig_server_facts *server = reader->server;
    struct list *faults = &reader->file->faults;

    if (faults->count >= AUTOCONFIG_FAULTS_MAX)
        return;
    add_text(reader, faults,
             server == NULL || *server->protocol == '\0'
                 ? keep(reader, arena_text(reader->arena, what))
                 : keep(reader, arena_format(reader->arena, "server %zu (%s): %s", reader->number,
                                             server->protocol, what)));
}

/* ---- what servers have in common ---- */

static bool is_host_name(const char *name)
{
    return host_name_labels(bytes_of(name, strlen(name))) > 0;
}

static void open_server(struct reader *reader, const char *protocol)
{
    reader->number++;
    reader->server = NULL;
    reader->switches = (struct switches){0};
    if (protocol == NULL)
        return;
    reader->server = arena_alloc(reader->arena, sizeof(*reader->server));
    if (reader->server == NULL)
        reader->error = -ENOMEM;
    else
        reader->server->protocol = protocol;
}

static void read_host(struct reader *reader, const char *text)
{
    static const char placeholder[] = "%EMAILDOMAIN%";
    const char *at = strstr(text, placeholder);

    if (reader->server->host != NULL)
        return;
    if (at != NULL && reader->domain != NULL) {
        text = keep(reader, arena_format(reader->arena, "%.*s%s%s", (int)(at - text), text, reader->domain,
                                         at + strlen(placeholder)));
        if (text == NULL)
            return;
    }
    reader->server->host = shown(reader, text);
}

static void read_port(struct reader *reader, const char *text)
{
    int64_t port;

    if (reader->server->port.known)
        return;
    if (text_number(text, 1, UINT16_MAX, &port) == 0)
        reader->server->port = number(port);
    else if (*reader->server->protocol != '\0') /* else Exchange's own, or its type is still to come */
        add_fault(reader, "the port is not a number from 1 to 65535");
}

/* The server is complete: it is kept when a mail program could connect to it. */
static void close_server(struct reader *reader)
{
    struct autoconfig_server_facts *server = reader->server;
    struct list *servers = &reader->file->servers;

    if (server == NULL)
        return;
    if (server->host == NULL)
        add_fault(reader, "there is no host name");
    else if (!is_host_name(server->host))
        add_fault(reader, "the host name is not one");
    if (!server->port.known)
        add_fault(reader, "there is no port that can be used");
    if (server->security == AUTOCONFIG_SECURITY_NOT_OBSERVED)
        add_fault(reader, "it does not say how the connection is encrypted");
    reader->server = NULL;
    if (server->host == NULL || !is_host_name(server->host) || !server->port.known)
        return;
    if (text_equal(server->protocol, "smtp"))
        reader->outgoing = true;
    else
        reader->incoming = true;
    if (servers->count >= AUTOCONFIG_SERVERS_MAX)
        reader->file->servers_left_out.value++;
    else if (list_add(servers, reader->arena, server) < 0)
        reader->error = -ENOMEM;
}

/* The last name of a path that begins with `parent`; NULL when it is elsewhere. */
static const char *child_of(const char *path, const char *parent)
{
    size_t size = strlen(parent);

    return strncmp(path, parent, size) == 0 && path[size] == '/' ? path + size + 1 : NULL;
}

static void note_root(struct reader *reader, const char *path)
{
    if (reader->file->root == NULL)
        reader->file->root = shown(reader, path);
}

/* ---- Mozilla ---- */

static void mozilla_open(void *data, const char *path, const char *type)
{
    struct reader *reader = data;
    const char *protocol = NULL;

    note_root(reader, path);
    if (type != NULL && strcmp(path, MOZILLA "incomingServer") == 0)
        protocol = text_equal(type, "imap") ? "imap" : text_equal(type, "pop3") ? "pop3" : NULL;
    else if (type != NULL && strcmp(path, MOZILLA "outgoingServer") == 0)
        protocol = text_equal(type, "smtp") ? "smtp" : NULL;
    else if (strcmp(path, MOZILLA "incomingServer") != 0 && strcmp(path, MOZILLA "outgoingServer") != 0)
        return;
    open_server(reader, protocol);
}

static enum autoconfig_security mozilla_security(const char *text)
{
    if (text_equal(text, "SSL") || text_equal(text, "TLS"))
        return AUTOCONFIG_TLS;
    if (text_equal(text, "STARTTLS"))
        return AUTOCONFIG_STARTTLS;
    return text_equal(text, "plain") ? AUTOCONFIG_PLAIN : AUTOCONFIG_SECURITY_NOT_OBSERVED;
}

static void read_authentication(struct reader *reader, const char *text)
{
    struct list *list = &reader->server->authentication;
    const char *name = shown(reader, text);

    /* names of older versions */
    if (name != NULL && text_equal(name, "plain"))
        name = "password-cleartext";
    else if (name != NULL && text_equal(name, "secure"))
        name = "password-encrypted";
    if (list->count < AUTHENTICATIONS_MAX)
        add_text(reader, list, name);
}

static void mozilla_close(void *data, const char *path, const char *text)
{
    struct reader *reader = data;
    struct autoconfig_server_facts *server = reader->server;
    const char *name = child_of(path, MOZILLA "incomingServer");

    if (name == NULL)
        name = child_of(path, MOZILLA "outgoingServer");
    if (strcmp(path, MOZILLA "incomingServer") == 0 || strcmp(path, MOZILLA "outgoingServer") == 0) {
        if (server != NULL && server->authentication.count == 0)
            add_fault(reader, "it does not say how to log in");
        close_server(reader);
    } else if (server == NULL || name == NULL) {
        return;
    } else if (strcmp(name, "hostname") == 0) {
        read_host(reader, text);
    } else if (strcmp(name, "port") == 0) {
        read_port(reader, text);
    } else if (strcmp(name, "socketType") == 0) {
        if (server->security == AUTOCONFIG_SECURITY_NOT_OBSERVED)
            server->security = mozilla_security(text);
    } else if (strcmp(name, "authentication") == 0) {
        read_authentication(reader, text);
    } else if (strcmp(name, "username") == 0 && server->username == NULL) {
        server->username = shown(reader, text);
    }
}

/* ---- Microsoft ---- */

static void microsoft_open(void *data, const char *path, const char *type)
{
    struct reader *reader = data;

    (void)type;
    note_root(reader, path);
    if (strcmp(path, MICROSOFT "Account/Protocol") == 0)
        open_server(reader, "");
}

static enum autoconfig_security microsoft_security(const struct switches *switches)
{
    const char *encryption = switches->encryption;

    if (encryption == NULL)
        return switches->ssl_off ? AUTOCONFIG_PLAIN : AUTOCONFIG_TLS;
    if (text_equal(encryption, "SSL"))
        return AUTOCONFIG_TLS;
    if (text_equal(encryption, "TLS"))
        return AUTOCONFIG_STARTTLS;
    if (text_equal(encryption, "None"))
        return AUTOCONFIG_PLAIN;
    return text_equal(encryption, "Auto") ? AUTOCONFIG_ANY : AUTOCONFIG_SECURITY_NOT_OBSERVED;
}

static void close_protocol(struct reader *reader)
{
    struct autoconfig_server_facts *server = reader->server;
    const struct switches *switches = &reader->switches;

    if (*server->protocol == '\0') { /* EXCH, EXPR, WEB: Exchange's own */
        reader->server = NULL;
        return;
    }
    server->security = microsoft_security(switches);
    add_text(reader, &server->authentication,
             switches->no_password       ? "none"
             : switches->secure_password ? "NTLM"
                                         : "password-cleartext");
    close_server(reader);
}

static void read_protocol_member(struct reader *reader, const char *name, const char *text)
{
    struct autoconfig_server_facts *server = reader->server;

    if (strcmp(name, "Type") == 0)
        server->protocol = text_equal(text, "IMAP")   ? "imap"
                           : text_equal(text, "POP3") ? "pop3"
                           : text_equal(text, "SMTP") ? "smtp"
                                                      : "";
    else if (strcmp(name, "Server") == 0)
        read_host(reader, text);
    else if (strcmp(name, "Port") == 0)
        read_port(reader, text);
    else if (strcmp(name, "LoginName") == 0)
        server->username = shown(reader, text);
    else if (strcmp(name, "SSL") == 0)
        reader->switches.ssl_off = text_equal(text, "off");
    else if (strcmp(name, "Encryption") == 0)
        reader->switches.encryption = shown(reader, text);
    else if (strcmp(name, "AuthRequired") == 0)
        reader->switches.no_password = text_equal(text, "off");
    else if (strcmp(name, "SPA") == 0)
        reader->switches.secure_password = text_equal(text, "on");
}

static void microsoft_close(void *data, const char *path, const char *text)
{
    struct reader *reader = data;
    struct autoconfig_file_facts *file = reader->file;
    const char *name = child_of(path, MICROSOFT "Account/Protocol");

    if (reader->server != NULL && strcmp(path, MICROSOFT "Account/Protocol") == 0)
        close_protocol(reader);
    else if (reader->server != NULL && name != NULL)
        read_protocol_member(reader, name, text);
    else if (file->message == NULL && strcmp(path, MICROSOFT "Error/Message") == 0)
        file->message = shown(reader, text);
    else if (file->elsewhere == NULL && (strcmp(path, MICROSOFT "Account/RedirectUrl") == 0 ||
                                         strcmp(path, MICROSOFT "Account/RedirectAddr") == 0))
        file->elsewhere = shown(reader, text);
}

/* ---- both ---- */

static int read_file(struct reader *reader, struct bytes document, const struct xml_visitor *visitor,
                     const char *root, struct autoconfig_file_facts **ret)
{
    struct autoconfig_file_facts *file = arena_alloc(reader->arena, sizeof(*file));
    void *copy =
        arena_copy(reader->arena, document.size == 0 ? (const uint8_t *)"" : document.data, document.size);
    const char *fault = NULL;
    bool right;
    int error;

    if (file == NULL || copy == NULL)
        return -ENOMEM;
    file->document = bytes_of(copy, document.size);
    file->servers.observed = file->faults.observed = true;
    file->servers_left_out = number(0);
    reader->file = file;
    error = xml_walk(document, visitor, reader->arena, &fault);
    if (error < 0)
        return error;
    reader->server = NULL;
    if (fault != NULL)
        add_fault(reader, fault);
    right = fault == NULL && file->root != NULL && strcmp(file->root, root) == 0;
    if (right && reader->needs_both && !reader->incoming)
        add_fault(reader, "there is no server for incoming mail that can be used");
    if (right && reader->needs_both && !reader->outgoing)
        add_fault(reader, "there is no server for outgoing mail that can be used");
    file->valid = known(right && reader->incoming && (reader->outgoing || !reader->needs_both));
    if (reader->error < 0)
        return reader->error;
    *ret = file;
    return 0;
}

int autoconfig_mozilla_read(struct bytes document, const char *domain, struct arena *arena,
                            struct autoconfig_file_facts **ret)
{
    struct reader reader = {.arena = arena, .domain = domain, .needs_both = true};
    struct xml_visitor visitor = {
        .attribute = "type", .open = mozilla_open, .close = mozilla_close, .data = &reader};

    return read_file(&reader, document, &visitor, "clientConfig", ret);
}

int autoconfig_microsoft_read(struct bytes document, struct arena *arena, struct autoconfig_file_facts **ret)
{
    struct reader reader = {.arena = arena};
    struct xml_visitor visitor = {
        .attribute = "", .open = microsoft_open, .close = microsoft_close, .data = &reader};

    return read_file(&reader, document, &visitor, "Autodiscover", ret);
}
