/*
 * settings.c - defaults of a scan, services and their ports, and the small forms PORT[:SERVICE] and
 * HOST=ADDRESS
 */
#include "targets/settings.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

static const struct {
    enum service service;
    const char *name;
    uint16_t port; /* 0: none of its own */
    bool implicit_tls;
    bool by_default; /* scanned when no --port is given */
} services[] = {
    {SERVICE_SMTP, "smtp", 25, false, true},
    {SERVICE_SUBMISSIONS, "submissions", 465, true, true},
    {SERVICE_SUBMISSION, "submission", 587, false, true},
    {SERVICE_IMAPS, "imaps", 993, true, true},
    {SERVICE_IMAP, "imap", 143, false, false},
    {SERVICE_POP3, "pop3", 110, false, false},
    {SERVICE_POP3S, "pop3s", 995, true, false},
    {SERVICE_SIEVE, "sieve", 4190, false, false},
    {SERVICE_TLS, "tls", 0, true, false},
};
enum { SERVICES = sizeof(services) / sizeof(services[0]) };

const char *service_name(enum service service)
{
    for (size_t i = 0; i < SERVICES; i++)
        if (services[i].service == service)
            return services[i].name;
    return "none";
}

enum service service_by_name(const char *name)
{
    for (size_t i = 0; i < SERVICES; i++)
        if (text_equal(services[i].name, name))
            return services[i].service;
    return SERVICE_NONE;
}

enum service service_of_port(uint16_t port)
{
    for (size_t i = 0; i < SERVICES; i++)
        if (services[i].port == port && port != 0)
            return services[i].service;
    return SERVICE_NONE;
}

bool service_implicit_tls(enum service service)
{
    for (size_t i = 0; i < SERVICES; i++)
        if (services[i].service == service)
            return services[i].implicit_tls;
    return false;
}

void scan_settings_defaults(struct scan_settings *settings)
{
    *settings = (struct scan_settings){
        .depth = DEPTH_STANDARD, .pace = SCAN_PACE_NORMAL, .timeout_ms = INT64_C(180) * 1000, .jobs = 50};
}

int port_parse(const char *word, struct arena *arena, struct port_setting **ret, const char **ret_error)
{
    static const char services_known[] =
        "smtp, submission, submissions, imap, imaps, pop3, pop3s, sieve or tls";
    const char *colon = strchrnul(word, ':');
    char *digits = arena_text_sized(arena, word, (size_t)(colon - word));
    struct port_setting *setting = arena_alloc(arena, sizeof(*setting));
    int64_t port;

    if (digits == NULL || setting == NULL)
        return -ENOMEM;
    if (text_number(digits, 1, UINT16_MAX, &port) < 0)
        return word_wrong(word, "is not a port: write a number from 1 to 65535, or PORT:SERVICE", arena,
                          ret_error);
    setting->port = (uint16_t)port;
    setting->service = *colon == ':' ? service_by_name(colon + 1) : service_of_port(setting->port);
    if (setting->service == SERVICE_NONE) {
        const char *reason = *colon == ':'
                                 ? arena_format(arena, "names no service: it is one of %s", services_known)
                                 : arena_format(arena,
                                                "has no service of its own: say which is there, as %s:smtp "
                                                "(%s)",
                                                digits, services_known);

        return word_wrong(word, reason, arena, ret_error);
    }
    *ret = setting;
    return 0;
}

int override_parse(const char *word, struct arena *arena, struct override **ret, const char **ret_error)
{
    const char *equals = strchr(word, '=');
    struct override *override = arena_alloc(arena, sizeof(*override));
    char *host;
    int result;

    if (override == NULL)
        return -ENOMEM;
    if (equals == NULL)
        return word_wrong(word, "is not HOST=ADDRESS, as mail.example.org=192.0.2.1", arena, ret_error);
    host = arena_text_sized(arena, word, (size_t)(equals - word));
    if (host == NULL)
        return -ENOMEM;
    if (address_parse(equals + 1, &override->address) < 0)
        return word_wrong(word, "has no IPv4 or IPv6 address behind the =", arena, ret_error);
    result = target_name(host, arena, &override->host, NULL, ret_error);
    if (result < 0)
        return result;
    *ret = override;
    return 0;
}

void settings_ports(const struct scan_settings *settings, struct port_list *ret)
{
    enum { MOST = sizeof(ret->ports) / sizeof(ret->ports[0]) };
    struct port_list list = {0};

    for (size_t i = 0; i < settings->ports.count && i < MOST; i++)
        list.ports[list.count++] = *(const struct port_setting *)settings->ports.items[i];
    for (size_t i = 0; settings->ports.count == 0 && i < SERVICES; i++)
        if (services[i].by_default)
            list.ports[list.count++] =
                (struct port_setting){.port = services[i].port, .service = services[i].service};
    *ret = list;
}
