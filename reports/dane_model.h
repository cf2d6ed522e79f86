/*
 * dane_model.h - how a sender that enforces DANE treats a mail host (RFC 7672 2.2), put together from the facts
 *
 * Senders look up TLSA records only where DNSSEC vouches for the host's addresses, and believe only records that DNSSEC
 * vouches for. Secure records make TLS a must; usable ones must match.
 */
#ifndef OUTPOST_REPORTS_DANE_MODEL_H
#define OUTPOST_REPORTS_DANE_MODEL_H

#include "reports/judgement.h"

enum dane_stance {
    DANE_UNKNOWN = 0,     /* the records were not looked up, or our own lookup went wrong */
    DANE_ABSENT,          /* there are none */
    DANE_DEFERRED,        /* nobody can know whether there are: the sender waits */
    DANE_UNAUTHENTICATED, /* none is usable: TLS is a must, with whoever it is */
    DANE_AUTHENTICATED,   /* one must match */
};

struct dane_view {
    enum dane_stance stance;                   /* as if DNSSEC vouched for it */
    enum known secure;                         /* does it? unknown: not validated */
    const char *insecure;                      /* what is not secure, or was not validated; in words */
    const struct dane_facts *facts;            /* NULL: no lookup */
    const struct dns_question_facts *question; /* of the base domain; may be NULL */
    const struct mail_host_facts *host;
};

/* The TLSA records for port 25 of a mail host. */
struct dane_view dane_view_of(const struct judgement *judgement, const struct mail_host_facts *host);
/* Does mail come to this host, so that port 25 matters? */
bool dane_concerns(const struct judgement *judgement, const struct mail_host_facts *host);
/* Those of a port; NULL: not looked up. */
const struct dane_facts *dane_facts_of(const struct judgement *judgement, const char *host, int64_t port);
const struct dns_question_facts *dane_question(const struct dane_facts *dane);
/* What a fault is when senders would stumble over it: fail; when none looks, info; when nobody validated, warn. */
enum outcome dane_fault(enum known secure);

/* The first usable record of `usage` (-1: any), or NULL. */
const struct tlsa_facts *dane_usable(const struct dane_facts *dane, int64_t usage);
/* What was found for a leaf that an address showed; NULL: it was not looked at. Of several chains, the worst. */
const struct dane_match_facts *dane_match_of(const struct dane_facts *dane, const char *address,
                                             const char *leaf_sha256);
/* The record that matched, or NULL. */
const struct tlsa_facts *dane_matched_record(const struct dane_facts *dane,
                                             const struct dane_match_facts *match);

/* Did one of the chains that were shown match record `index`? */
bool dane_record_matched(const struct dane_facts *dane, size_t index);
/* "3 1 1 ab12..." in `arena`; NULL when out of memory. */
const char *tlsa_text(struct arena *arena, const struct tlsa_facts *record);
/* Each record with what it is good for, as evidence. */
void evidence_tlsa(struct judgement *judgement, struct finding *finding, const struct dane_facts *dane);
/* "_25._tcp.mail.example.org. IN TLSA 3 1 1 ..." for the key of a certificate; NULL when that cannot be said. */
const char *tlsa_line(struct judgement *judgement, const struct dane_facts *dane,
                      const struct certificate_facts *certificate);

/* What a sender that enforces something does with mail for a host. */
struct delivery {
    const char *words; /* NULL: the same as any other sender */
    bool refused;      /* it is known not to deliver, for that reason */
};
struct delivery dane_delivery(const struct judgement *judgement, const struct mail_host_facts *host);

/*
 * Rule 1 of the catalogue, for what is wrong with a certificate that was shown for `host`: users' ports fail, and so does
 * port 25 under an enforced MTA-STS policy. Else it warns there; where usable records exist that senders believe,
 * dane.match decides, and it informs. The expiry of a certificate matters to usage 2 as well.
 */
extern const char certificate_why_dane[]; /* why it informs */
enum outcome certificate_fault(struct judgement *judgement, const struct endpoint_facts *endpoint,
                               const char *host);
enum outcome certificate_age_fault(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                   const char *host, const struct certificate_facts *certificate);

#endif
