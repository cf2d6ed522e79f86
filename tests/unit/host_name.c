/*
 * host_name.c - tests of what may be the name of a host
 */
#include "scanner/base/host_name.h"

#include <criterion/criterion.h>
#include <string.h>

#define LABEL_62 "0123456789abcdefghijklmnopqrstuvwxyz-0123456789abcdefghijklmno"
#define NAME_251 LABEL_62 "." LABEL_62 "." LABEL_62 "." LABEL_62

Test(host_name, labels)
{
    static const struct {
        const char *name;
        size_t labels;
    } rows[] = {
        {"example.org", 2},
        {"MX-1.Example.ORG", 3},
        {"localhost", 1},
        {"a", 1},
        {"192.0.2.1", 4}, /* whether it is an address, others know */
        {LABEL_62 "a.org", 2},
        {NAME_251 ".a", 5},
        {"xn--mnchen-3ya.example", 2},
        {"", 0},
        {".", 0},
        {"example.org.", 0},
        {".example.org", 0},
        {"mx..example.org", 0},
        {"-mx.example.org", 0},
        {"mx-.example.org", 0},
        {"mx.example.org-", 0},
        {"-", 0},
        {"_dmarc.example.org", 0},
        {"mx example.org", 0},
        {"m\xc3\xbcnchen.example", 0},
        {LABEL_62 "ab.org", 0},
        {NAME_251 ".ab", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(host_name_labels(bytes_of(rows[i].name, strlen(rows[i].name))), rows[i].labels, "%s",
                     rows[i].name);
    cr_expect_eq(host_name_labels((struct bytes){0}), 0);
    cr_expect_eq(host_name_labels(bytes_of("a\0b", 3)), 0);
}
