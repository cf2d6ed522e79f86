/*
 * terminal_clients.c - on a terminal: which mail clients would agree on TLS with each port
 */
#include "reports/terminal_writer.h"

#include "reports/client_simulation.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"

#include <string.h>

/* One line for each port: who would agree on TLS with it. */
void terminal_clients(struct terminal *terminal)
{
    const struct observed_facts *facts = terminal->judgement->scan->facts;
    const struct list *all = policy_clients(terminal->judgement->policy);
    bool told = false;

    if (!facts)
        return;
    for (size_t i = 0; i < facts->endpoints.count; i++) {
        const struct endpoint_facts *endpoint = facts->endpoints.items[i];
        struct client_meeting meeting;
        const char *words;

        if (client_meet(terminal->arena, endpoint, all, &meeting) < 0 || meeting.results.count == 0)
            continue;
        words = client_meeting_words(terminal->arena, &meeting, true);
        if (!told)
            terminal_heading(terminal, "Which clients connect (computed)");
        told = true;
        terminal_wrapped(terminal, 0, 2, NULL,
                         arena_format(terminal->arena,
                                      strchr(endpoint->address ? endpoint->address : "", ':')
                                          ? "[%s]:%lld: %s"
                                          : "%s:%lld: %s",
                                      endpoint->address ? endpoint->address : "?",
                                      (long long)endpoint->port.value, words ? words : ""),
                         SIZE_MAX);
    }
    if (told)
        terminal_end_line(terminal);
}
