/*
 * autoconfig_fix.c - what to publish for mail programs, made of the ports that this scan saw working
 *
 * TLS from the first byte comes before STARTTLS (RFC 8314); where no port was seen a placeholder stands for it.
 */
#include "reports/autoconfig_fix.h"

#include "reports/autoconfig.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

/* The ports that mail programs use, the better one of each protocol first. */
static const struct {
    const char *service, *protocol, *socket;
    int port, priority;
} offers[] = {{"_submissions._tcp", "smtp", "SSL", 465, 0}, {"_submission._tcp", "smtp", "STARTTLS", 587, 10},
              {"_imaps._tcp", "imap", "SSL", 993, 0},       {"_imap._tcp", "imap", "STARTTLS", 143, 10},
              {"_pop3s._tcp", "pop3", "SSL", 995, 20},      {"_pop3._tcp", "pop3", "STARTTLS", 110, 30}};
enum { OFFERS = sizeof(offers) / sizeof(offers[0]) };

static const char placeholder[] = "<mail host>", xml_placeholder[] = "MAIL HOST";

/* The name of a host where this port was seen to work with TLS; NULL: none. */
static const char *host_with(struct judgement *judgement, int port)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        const struct tls_handshake_facts *handshake = first_handshake(endpoint->tls, NULL);
        struct list names;

        if (endpoint->port.value != port || endpoint->state != ENDPOINT_OPEN || handshake == NULL ||
            handshake->result != TLS_COMPLETE)
            continue;
        names = endpoint_names(judgement, endpoint);
        for (size_t j = 0; j < names.count; j++)
            if (host_name_valid(names.items[j]))
                return names.items[j];
    }
    return NULL;
}

static const char *more(struct judgement *judgement, const char *text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static const char *more(struct judgement *judgement, const char *text, const char *format, ...)
{
    va_list arguments;
    const char *added;

    va_start(arguments, format);
    added = kept(judgement, arena_vformat(judgement->arena, format, arguments));
    va_end(arguments);
    return kept(judgement, arena_format(judgement->arena, "%s%s", text, added));
}

void fix_autoconfig_srv(struct judgement *judgement, struct finding *finding, const char *what)
{
    const char *domain = observed_dns(judgement)->domain;
    const char *lines = "";

    if (!host_name_valid(domain))
        return;
    for (size_t i = 0; i < OFFERS; i++) {
        const char *host = host_with(judgement, offers[i].port);

        if (host != NULL)
            lines = more(judgement, lines, "\n  %s.%s. IN SRV %d 1 %d %s.", offers[i].service, domain,
                         offers[i].priority, offers[i].port, host);
    }
    if (*lines == '\0')
        lines = more(judgement, "",
                     "\n  _submissions._tcp.%s. IN SRV 0 1 465 %s.\n  _imaps._tcp.%s. IN SRV 0 1 993 %s.",
                     domain, placeholder, domain, placeholder);
    finding_fix(judgement, finding, "%s:%s", what, lines);
}

static const char *server_lines(struct judgement *judgement, const char *text, size_t offer, const char *host)
{
    bool outgoing = same_text(offers[offer].protocol, "smtp");
    const char *element = outgoing ? "outgoingServer" : "incomingServer";

    return more(
        judgement, text,
        "\n      <%s type=\"%s\">\n        <hostname>%s</hostname>\n        <port>%d</port>\n"
        "        <socketType>%s</socketType>\n        <authentication>password-cleartext</authentication>\n"
        "        <username>%%EMAILADDRESS%%</username>\n      </%s>",
        element, offers[offer].protocol, host, offers[offer].port, offers[offer].socket, element);
}

void fix_autoconfig_mozilla(struct judgement *judgement, struct finding *finding, const char *what)
{
    /* incoming servers come first in the file */
    static const size_t order[] = {2, 3, 0, 1};
    const char *domain = observed_dns(judgement)->domain;
    const char *servers = "";

    if (!host_name_valid(domain))
        return;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        const char *host = host_with(judgement, offers[order[i]].port);

        if (host != NULL)
            servers = server_lines(judgement, servers, order[i], host);
    }
    if (*servers == '\0')
        servers =
            server_lines(judgement, server_lines(judgement, "", 2, xml_placeholder), 0, xml_placeholder);
    finding_fix(
        judgement, finding,
        "%s at `https://autoconfig.%s/mail/config-v1.1.xml`, as text/xml:\n  <?xml version=\"1.0\" "
        "encoding=\"UTF-8\"?>\n  <clientConfig version=\"1.1\">\n    <emailProvider id=\"%s\">\n      "
        "<domain>%s</domain>%s\n    </emailProvider>\n  </clientConfig>",
        what, domain, domain, domain, servers);
}

void fix_autoconfig_microsoft(struct judgement *judgement, struct finding *finding, const char *what)
{
    static const size_t order[] = {2, 0};
    const char *protocols = "";

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        const char *host = host_with(judgement, offers[order[i]].port);

        protocols =
            more(judgement, protocols,
                 "\n  <Protocol>\n    <Type>%s</Type>\n    <Server>%s</Server>\n    <Port>%d</Port>\n"
                 "    <SSL>on</SSL>\n    <SPA>off</SPA>\n    <AuthRequired>on</AuthRequired>\n  </Protocol>",
                 protocol_words(offers[order[i]].protocol), host == NULL ? xml_placeholder : host,
                 offers[order[i]].port);
    }
    finding_fix(judgement, finding, "%s:%s", what, protocols);
}
