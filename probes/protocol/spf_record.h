/*
 * spf_record.h - the record that says who may send mail for a domain (RFC 7208 4.5, 4.6.1, 12)
 *
 *      v=spf1 mx a:mail.example.org/28 ip6:2001:db8::/32 include:_spf.example.net ~all
 *
 * Pure. What breaks the grammar is a fact of the term, never an error, and the terms behind it are read too.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_SPF_RECORD_H
#define OUTPOST_PROBES_PROTOCOL_SPF_RECORD_H

#include "scanner/base/address.h"
#include "scanner/base/bytes.h"
#include "scanner/base/list.h"
#include "scanner/facts/spf.h"
#include "scanner/net/resolver.h"

struct arena;

/* Terms over this are a fault: no receiver reads a record of that size twice. */
enum { SPF_TERMS_MAX = 1000 };

struct spf_term {
    struct bytes text; /* a part of the record, as it stands */
    enum spf_kind kind;
    char qualifier;         /* '+', '-', '~', '?'; of modifiers '+' */
    struct bytes domain;    /* domain-spec or macro-string; without data when there is none */
    struct address address; /* of ip4 and ip6 */
    unsigned prefix_ipv4;   /* of ip4, a, mx: how many bits count */
    unsigned prefix_ipv6;   /* of ip6, a, mx */
    const char *fault;      /* what breaks the grammar, in words; static */
    size_t position;        /* of the fault, from the start of the record */
};

struct spf_record {
    struct list terms;          /* struct spf_term, in order */
    const struct spf_term *bad; /* the first with a fault, or NULL */
    const struct spf_term *all; /* the first of each, or NULL */
    const struct spf_term *redirect;
    const struct spf_term *exp;
};

/* Is it an SPF record: "v=spf1", in whatever case, and a space or the end behind it? */
bool spf_announces(struct bytes record);
/* Is it none, and looks as if somebody meant it to be one? */
bool spf_intended(struct bytes record);
/* The only SPF record among the TXT records of an answer; *ret holds nothing unless *ret_count is 1. 0 or -ENOMEM. */
int spf_select(const struct dns_answer *answer, struct arena *arena, struct bytes *ret, size_t *ret_count);

/* Takes apart a record that announces itself; terms point into it. 0 or -ENOMEM. */
int spf_record_read(struct bytes record, struct arena *arena, struct spf_record **ret);

/* Does it ask the DNS, so that it counts among the ten (RFC 7208 4.6.4)? */
bool spf_asks(enum spf_kind kind);
/* Can an evaluation come to it? Not behind "all"; a redirect not beside "all". */
bool spf_term_used(const struct spf_record *record, const struct spf_term *term);
bool spf_is_modifier(enum spf_kind kind);
/* The result of a mechanism that matches. */
enum spf_result spf_qualified(char qualifier);

#endif
