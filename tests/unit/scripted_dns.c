/*
 * scripted_dns.c - name servers that answer from a table
 */
#include "tests/unit/scripted_dns.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/dns_exchange.h"
#include "scanner/net/resolver.h"
#include "tests/unit/dns_packets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLAG_QR = 0x8000, FLAG_AA = 0x0400, TTL = 3600, TEXT_SIZE = 1200 };

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "scripted_dns: %s\n", what);
    abort();
}

static bool question_fits(const char *pattern, const char *name, const char *type)
{
    char wanted[TEXT_SIZE] = "";
    char wanted_type[16] = "";
    int words = sscanf(pattern, "%1023s %15s", wanted, wanted_type);

    if (words == 2 && !text_equal(wanted_type, type))
        return false;
    if (strcmp(wanted, "*") == 0)
        return true;
    if (wanted[0] != '~')
        return text_equal(wanted, name);
    if (text_equal(wanted + 1, name))
        return true;
    size_t size = strlen(wanted); /* with a dot in the place of the ~ */
    size_t whole = strlen(name);

    return whole > size && name[whole - size] == '.' && text_equal(name + whole - size + 1, wanted + 1);
}

static const struct scripted_row *find(const struct scripted_dns *scripted, const char *server,
                                       const char *name, const char *type, const char *asked)
{
    size_t times = 0;

    for (size_t i = 0; i < scripted->asked.count; i++)
        times += strcmp(scripted->asked.items[i], asked) == 0;
    for (size_t i = 0; i < scripted->count; i++)
        if (strcmp(scripted->table[i].server, server) == 0 &&
            (scripted->table[i].times == 0 || times <= scripted->table[i].times) &&
            question_fits(scripted->table[i].question, name, type))
            return &scripted->table[i];
    return NULL;
}

static void put_records(struct buffer *out, int section, const char *const records[])
{
    for (size_t i = 0; i < SCRIPTED_RECORDS_MAX && records[i] != NULL; i++) {
        char owner[TEXT_SIZE];
        char type[16];
        int data = 0;

        require(sscanf(records[i], "%1023s %15s %n", owner, type, &data) == 2 && data > 0, records[i]);
        packet_record(out, section, owner, type, TTL, records[i] + data);
    }
}

static void write_answer(const struct scripted_row *row, struct bytes question, const char *name,
                         uint16_t type, bool truncated, struct buffer *out)
{
    bool opt = packet_has_opt(question);
    uint16_t id = take_u16(&question);
    unsigned flags = FLAG_QR | (row->aa ? FLAG_AA : 0U) | (truncated ? FLAG_TC : 0U) | row->rcode;

    packet_begin(out, id, (uint16_t)flags, name, type);
    if (!truncated) {
        put_records(out, PACKET_ANSWER, row->answer);
        put_records(out, PACKET_AUTHORITY, row->authority);
        put_records(out, PACKET_ADDITIONAL, row->additional);
        if (row->write != NULL)
            row->write(out, name);
    }
    if (opt)
        packet_opt(out, 0, "");
}

static void write_formerr(struct bytes question, struct buffer *out)
{
    put_u16(out, take_u16(&question));
    put_u16(out, FLAG_QR | 1);
    for (int i = 0; i < 4; i++)
        put_u16(out, 0);
}

static int scripted_exchange(struct network *network, const struct dns_server_address *server, bool tcp,
                             struct bytes question, int64_t deadline, struct buffer *answer)
{
    struct scripted_dns *scripted = network->connect_data;
    char address[ADDRESS_TEXT_SIZE];
    char name[1024];
    uint16_t type;
    const struct scripted_row *row;
    int64_t now = engine_now(network->engine);

    address_format(&server->address, address);
    require(packet_question(question, name, &type), "not a question");
    const char *type_text = dns_type_name(type) != NULL ? dns_type_name(type) : "?";
    char *asked = arena_format(scripted->arena, "%s %s %s%s", address, name, type_text, tcp ? " tcp" : "");

    require(asked != NULL && list_add(&scripted->asked, scripted->arena, asked) == 0, "out of memory");
    row = find(scripted, address, name, type_text, asked);
    enum scripted_manner manner = row != NULL ? row->manner : SCRIPTED_SILENT;
    int64_t wait = row != NULL ? row->delay_ms : 0;

    if (manner == SCRIPTED_SILENT || now + wait > deadline) {
        int error = task_sleep(network->engine, deadline - now, "a silent name server");

        return error < 0 ? error : -ETIMEDOUT;
    }
    if (wait > 0 && task_sleep(network->engine, wait, "a slow name server") < 0)
        return -ECANCELED;
    if (manner == SCRIPTED_REFUSED || (manner == SCRIPTED_UDP_ONLY && tcp))
        return -ECONNREFUSED;
    if (manner == SCRIPTED_GARBAGE)
        put_block(answer, question.data, DNS_HEADER_SIZE - 2);
    else if (manner == SCRIPTED_NO_EDNS && packet_has_opt(question))
        write_formerr(question, answer);
    else
        write_answer(row, question, name, type,
                     (manner == SCRIPTED_TRUNCATED || manner == SCRIPTED_UDP_ONLY) && !tcp, answer);
    return 0;
}

void scripted_dns_install(struct scripted_dns *scripted, struct network *network)
{
    network->connect_data = scripted;
    network->dns_exchange = scripted_exchange;
}

size_t scripted_dns_asked(const struct scripted_dns *scripted, const char *prefix)
{
    size_t count = 0;

    for (size_t i = 0; i < scripted->asked.count; i++)
        count += strncmp(scripted->asked.items[i], prefix, strlen(prefix)) == 0;
    return count;
}
