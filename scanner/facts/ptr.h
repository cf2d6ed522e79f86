/*
 * ptr.h - what can be known of reverse DNS: names of an address, and whether they lead back to it
 */
#ifndef OUTPOST_FACTS_PTR_H
#define OUTPOST_FACTS_PTR_H

#include "scanner/facts/dns.h"

struct ptr_name_facts {
    const char *name;
    struct dns_question_facts *forward; /* A or AAAA, by the family of the address */
    enum known confirmed; /* the address is among the forward answer; unknown when that failed */
};
extern const struct shape ptr_name_shape;

struct ptr_facts {
    const char *address;
    struct dns_question_facts *question;
    struct list names;            /* ptr_name_facts, at most 8 */
    struct number names_left_out; /* over that: nobody asked where they lead */
};
extern const struct shape ptr_shape;

#endif
