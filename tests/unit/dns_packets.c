/*
 * dns_packets.c - DNS packets for tests, from records in zone-file form or from hexadecimal digits
 */
#include "tests/unit/dns_packets.h"

#include "scanner/net/dns_packet.h"
#include "tests/unit/fake_resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_IN = 1 };

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "dns_packets: %s\n", what);
    abort();
}

static void put_name(struct buffer *out, const char *text)
{
    struct dns_name name;

    require(dns_name_from_text(text, &name) == 0, text);
    put_block(out, name.wire, name.size);
}

void packet_begin(struct buffer *out, uint16_t id, uint16_t flags, const char *name, uint16_t type)
{
    put_u16(out, id);
    put_u16(out, flags);
    put_u16(out, name != NULL ? 1 : 0);
    for (int i = 0; i < 3; i++)
        put_u16(out, 0);
    if (name == NULL)
        return;
    put_name(out, name);
    put_u16(out, type);
    put_u16(out, CLASS_IN);
}

static void count_record(struct buffer *out, int section)
{
    unsigned count = (unsigned)out->data[section] << 8 | out->data[section + 1];

    count++;
    out->data[section] = (uint8_t)(count >> 8);
    out->data[section + 1] = (uint8_t)count;
}

void packet_record(struct buffer *out, int section, const char *name, const char *type, uint32_t ttl,
                   const char *text)
{
    struct buffer data = {0};
    uint16_t number = dns_type_number(type);

    if (number == 0 && strncmp(type, "TYPE", 4) == 0)
        number = (uint16_t)strtoul(type + 4, NULL, 10);
    require(number != 0, type);
    require(fake_record_data(type, text, &data) == 0, text);
    put_name(out, name);
    put_u16(out, number);
    put_u16(out, CLASS_IN);
    put_u32(out, ttl);
    put_u16(out, (uint16_t)data.size);
    put_block(out, data.data, data.size);
    buffer_free(&data);
    count_record(out, section);
}

void packet_opt(struct buffer *out, uint8_t extended_code, const char *options)
{
    struct buffer data = {0};

    packet_hex(&data, options);
    put_u8(out, 0);
    put_u16(out, DNS_TYPE_OPT);
    put_u16(out, 1232);
    put_u8(out, extended_code);
    put_u24(out, 0x8000);
    put_u16(out, (uint16_t)data.size);
    put_block(out, data.data, data.size);
    buffer_free(&data);
    count_record(out, PACKET_ADDITIONAL);
}

void packet_hex(struct buffer *out, const char *digits)
{
    while (*digits != '\0') {
        char pair[3] = {digits[0], digits[1], '\0'};
        unsigned long times = 1;
        char *behind = NULL;
        unsigned long value;

        if (*digits == ' ') {
            digits++;
            continue;
        }
        value = strtoul(pair, &behind, 16);
        require(behind == pair + 2, digits);
        digits += 2;
        if (*digits == 'x') {
            times = strtoul(digits + 1, &behind, 10);
            digits = behind;
        }
        while (times-- > 0)
            put_u8(out, (uint8_t)value);
    }
}

bool packet_question(struct bytes packet, char name[1024], uint16_t *ret_type)
{
    size_t offset = DNS_HEADER_SIZE;
    struct dns_name asked;
    const char *why;
    struct bytes in;

    if (packet.size < DNS_HEADER_SIZE || packet.data[5] != 1 ||
        dns_name_take(packet, &offset, false, &asked, &why) < 0)
        return false;
    in = bytes_of(packet.data + offset, packet.size - offset);
    dns_name_format(&asked, name);
    *ret_type = take_u16(&in);
    return !in.failed;
}

bool packet_has_opt(struct bytes packet)
{
    return packet.size >= DNS_HEADER_SIZE && packet.data[11] == 1;
}
