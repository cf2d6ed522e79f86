/*
 * vantage.c - where we look from: our addresses, the name we give, whether port 25 lets us out
 */
#include "scanner/run_internal.h"

#include "probes/probe.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/resolver.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* The address the system would use for `to`: a datagram socket is connected, no packet is sent. */
static int route_to(const char *to, const struct address *source, struct address *ret)
{
    struct sockaddr_storage name;
    socklen_t size;
    struct address address;
    int result = address_parse(to, &address);
    int fd;

    if (result < 0)
        return result;
    fd = socket(address.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    size = source->family != 0 ? address_to_socket(source, 0, &name) : 0;
    if (size > 0 && bind(fd, (struct sockaddr *)&name, size) < 0)
        result = -errno;
    size = address_to_socket(&address, 25, &name);
    if (result == 0 && connect(fd, (struct sockaddr *)&name, size) < 0)
        result = -errno;
    size = sizeof(name);
    if (result == 0 && getsockname(fd, (struct sockaddr *)&name, &size) < 0)
        result = -errno;
    close(fd);
    return result < 0 ? result : address_from_socket((struct sockaddr *)&name, ret, NULL);
}

/* One family: a way out exists when there is a route to the Internet and our side of it is not a link-local
 * address. */
static int vantage_family(struct run *run, const char *far, const struct address *source, bool forbidden,
                          bool *ret_usable, enum known *ret_known)
{
    struct address own;
    char text[ADDRESS_TEXT_SIZE];

    *ret_usable = false;
    *ret_known = NO;
    if (route_to(far, source, &own) < 0 || address_scope(&own) == SCOPE_LINK_LOCAL)
        return 0;
    *ret_known = YES;
    *ret_usable = !forbidden;
    if (forbidden)
        return 0;
    return list_add(&run->vantage->addresses, run->arena, arena_text(run->arena, address_format(&own, text)));
}

int vantage_routes(struct run *run)
{
    const struct scan_settings *settings = run->settings;
    struct network *network = &run->network;
    int result;

    /* a.root-servers.net: any address that is far away would do */
    result = vantage_family(run, "198.41.0.4", &settings->source_ipv4, settings->only_ipv6, &network->ipv4,
                            &run->vantage->ipv4);
    if (result == 0)
        result = vantage_family(run, "2001:503:ba3e::2:30", &settings->source_ipv6, settings->only_ipv4,
                                &network->ipv6, &run->vantage->ipv6);
    network->source_ipv4 = settings->source_ipv4;
    network->source_ipv6 = settings->source_ipv6;
    if (settings->allow_private) {
        /* on a host or network without a way out, its own neighbours can still be looked at */
        network->ipv4 = !settings->only_ipv6;
        network->ipv6 = !settings->only_ipv4;
    }
    return result;
}

int vantage_name(struct run *run)
{
    struct list *addresses = &run->vantage->addresses;
    int64_t deadline = deadline_in(run->engine, DNS_TIMEOUT_MS, DEADLINE_NEVER);
    struct network network = run->network;

    /* without validation: servers do it themselves, if they do, and conversations wait for the name */
    network.resolver = run->dns;
    run->vantage->ehlo = run->settings->ehlo;
    for (size_t i = 0; i < addresses->count && run->vantage->ehlo == NULL; i++) {
        struct ptr_facts *ptr = NULL;
        struct address address;
        int result = address_parse(addresses->items[i], &address);

        if (result == 0 && address_scope(&address) == SCOPE_GLOBAL)
            result = ptr_probe(&network, &address, deadline, run->arena, &ptr);
        if (result < 0 && result != -ETIMEDOUT)
            return result;
        for (size_t j = 0; ptr != NULL && j < ptr->names.count && run->vantage->ehlo == NULL; j++) {
            const struct ptr_name_facts *name = ptr->names.items[j];

            if (name->confirmed == YES)
                run->vantage->ehlo = name->name;
        }
    }
    if (run->vantage->ehlo == NULL) { /* RFC 5321 4.1.3 */
        const char *own = addresses->count > 0 ? addresses->items[0] : "127.0.0.1";
        struct address address;

        if (address_parse(own, &address) < 0)
            return -EINVAL;
        run->vantage->ehlo = arena_format(run->arena, address.family == AF_INET6 ? "[IPv6:%s]" : "[%s]", own);
    }
    run->network.ehlo = run->vantage->ehlo;
    return run->network.ehlo != NULL ? 0 : -ENOMEM;
}

int vantage_wait_name(struct run *run, int64_t deadline)
{
    int result = 0;

    while (run->name_pending && result == 0)
        result = task_wait(run->engine, &run->name_known, deadline, "our own name, for EHLO");
    if (result == 0 && run->network.ehlo == NULL)
        result = -ECANCELED; /* looking it up was ended, or failed: then the run says why */
    return result;
}

/* ---- our way out on port 25 ---- */

static enum port_25 port_25_of(const struct run *run, int family)
{
    return family == AF_INET6 ? run->vantage->port_25_ipv6 : run->vantage->port_25;
}

void vantage_note_port_25(struct run *run, int family, enum port_25 port_25, const char *evidence)
{
    struct vantage_facts *vantage = run->vantage;

    if (port_25_of(run, family) == PORT_25_OPEN)
        return;
    if (family == AF_INET6) {
        vantage->port_25_ipv6 = port_25;
        vantage->port_25_ipv6_evidence = evidence;
    } else {
        vantage->port_25 = port_25;
        vantage->port_25_evidence = evidence;
    }
}

/* What the control host's addresses of one family showed, unless one answered. */
struct control_heard {
    size_t tried;
    bool undecided;
};

static int control_ask(struct run *run, const struct address *address, int64_t deadline,
                       struct control_heard *heard)
{
    const struct port_setting smtp = {.port = 25, .service = SERVICE_SMTP};
    struct endpoint_ask *ask = NULL;
    struct list names = {0};
    int result = endpoint_ask(run->endpoints, address, smtp, &names, deadline, &ask); /* notes an answer */

    endpoint_ask_release(ask);
    heard->tried++;
    heard->undecided |= result == -ETIMEDOUT;
    return result == -ETIMEDOUT ? 0 : result;
}

static int control_ask_family(struct run *run, const struct dns_facts *dns, int family, int64_t deadline,
                              struct control_heard *heard)
{
    for (size_t i = 0; i < dns->hosts.count; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        for (size_t j = 0; j < host->addresses.count && port_25_of(run, family) != PORT_25_OPEN; j++) {
            const struct host_address_facts *facts = host->addresses.items[j];
            struct address address;
            int result;

            if (facts->contacted == NO || address_parse(facts->address, &address) < 0 ||
                address.family != family)
                continue;
            result = control_ask(run, &address, deadline, heard);
            if (result < 0)
                return result;
        }
    }
    return 0;
}

static void control_conclude(struct run *run, int family, const struct control_heard *heard)
{
    const char *control = run->settings->control;

    if (heard->tried == 0)
        vantage_note_port_25(run, family, PORT_25_NOT_OBSERVED,
                             arena_format(run->arena,
                                          "the control host %s has no %s address that could be asked",
                                          control, family == AF_INET6 ? "IPv6" : "IPv4"));
    else if (heard->undecided)
        vantage_note_port_25(
            run, family, PORT_25_NOT_OBSERVED,
            arena_format(run->arena, "the control host %s could not be heard in time", control));
    else
        vantage_note_port_25(
            run, family, PORT_25_BLOCKED,
            arena_format(run->arena, "the control host %s does not answer on port 25 either", control));
}

int vantage_control(struct run *run)
{
    static const int families[] = {AF_INET, AF_INET6};
    const char *control = run->settings->control;
    const struct target target = {.kind = TARGET_HOST, .name = control};
    const struct scan_settings plain = {.depth = DEPTH_QUICK, .allow_private = run->settings->allow_private};
    struct dns_facts *dns;
    int64_t deadline;
    int result;

    if (control == NULL)
        return 0;
    result = vantage_wait_name(run, DEADLINE_NEVER);
    if (result < 0)
        return result;
    deadline = deadline_in(run->engine, GREETING_TIMEOUT_MS, DEADLINE_NEVER);
    result = dns_probe(&run->network, &target, &plain, deadline, run->arena, &dns);
    if (result < 0)
        return result;
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        struct control_heard heard = {0};

        result = control_ask_family(run, dns, families[i], deadline, &heard);
        if (result < 0)
            return result;
        control_conclude(run, families[i], &heard);
    }
    return 0;
}
