/*
 * tls_rpt.h - what can be known of TLS reporting (RFC 8460): the record that says where reports go
 */
#ifndef OUTPOST_FACTS_TLS_RPT_H
#define OUTPOST_FACTS_TLS_RPT_H

#include "scanner/facts/dns.h"

/* One TXT record at _smtp._tls, taken apart (RFC 8460 3). */
struct tls_rpt_record_facts {
    const char *text;
    enum known announces; /* it begins with "v=TLSRPTv1;": senders pass over all others */
    enum known intended;  /* it names the version somewhere, in whatever case */
    struct list rua;      /* texts: the URIs that reports can go to, at most 16 */
    const char *fault;    /* what breaks the grammar, in words; NULL: nothing, or not looked for */
    struct list remarks;  /* texts: what senders ignore */
};
extern const struct shape tls_rpt_record_shape;

struct tls_rpt_facts {
    struct dns_question_facts *question; /* TXT of _smtp._tls.DOMAIN */
    struct list records;                 /* tls_rpt_record_facts, at most 16 */
};
extern const struct shape tls_rpt_shape;

#endif
