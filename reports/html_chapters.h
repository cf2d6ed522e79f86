/*
 * html_chapters.h - the chapters of the HTML report, one file each, and what they tell each other
 */
#ifndef OUTPOST_REPORTS_HTML_CHAPTERS_H
#define OUTPOST_REPORTS_HTML_CHAPTERS_H

#include "reports/html_writer.h"

void page_summary(struct page *page); /* html_summary.c: grade, reasons, counts, what was not tested */
void page_matrix(struct page *page);  /* html_matrix.c: mail host, address, port at a glance */
/* The first sentence of a step, and its first line to copy. */
void page_fix_in_short(struct page *page, const char *step);
void page_findings(struct page *page); /* html_findings.c */
void page_dns(struct page *page);      /* html_dns.c */
void page_dnssec(struct page *page);   /* html_dnssec.c: the chain of trust, inside of the chapter on DNS */
void page_policies(struct page *page); /* html_policies.c: MTA-STS, TLS-RPT */
bool page_has_policies(const struct page *page); /* is there such a chapter? */
void page_autoconfig(struct page *page); /* html_autoconfig.c: what mail programs find by themselves */
bool page_has_autoconfig(const struct page *page);
void page_spf(struct page *page); /* html_spf.c: the tree of SPF records, and what it makes of addresses */
bool page_has_spf(const struct page *page);   /* is there such a chapter? */
void page_dmarc(struct page *page);           /* html_dmarc.c: the walk, the policies, where reports go */
bool page_has_dmarc(const struct page *page); /* is there such a chapter? */
void page_dkim(struct page *page);            /* html_dkim.c: selectors and their keys */
bool page_has_dkim(const struct page *page);  /* is there such a chapter? */
void page_blacklists(struct page *page);      /* html_dnsbl.c */
bool page_has_blacklists(const struct page *page);
void page_endpoints(struct page *page); /* html_endpoints.c: sessions, handshakes, capabilities */
void page_tls(struct page *page); /* html_tls.c: versions of each port, grades and where they come from */
void page_certificates(struct page *page); /* html_certificates.c */
/* html_dane.c: every TLSA record with what it is good for; as terms, what the records say of a certificate. */
void page_tlsa(struct page *page);
void page_tlsa_terms(struct page *page, const struct certificate_facts *certificate);
/* The grade of a port's TLS; NULL: it spoke none to us. */
const struct tls_grade *page_tls_grade(struct page *page, const struct endpoint_facts *endpoint);
const char *page_tls_anchor(struct page *page, const struct endpoint_facts *endpoint);
/* html_tls_sets.c: groups, signature schemes, Diffie-Hellman, as terms; then suites, and what else the server
 * does. */
void page_tls_terms(struct page *page, const struct tls_facts *tls);
void page_tls_accepts(struct page *page, const struct endpoint_facts *endpoint, const char *anchor);
/* Is it the same as on another port, word for word? */
bool page_tls_same(struct page *page, const struct tls_facts *a, const struct tls_facts *b);
void page_clients(struct page *page);           /* html_clients.c: who would agree on TLS with each port */
bool page_has_clients(const struct page *page); /* is there such a chapter? */
/* Where the certificate of this handshake stands, or NULL. */
const char *page_certificate_anchor(struct page *page, const char *sha256);

#endif
