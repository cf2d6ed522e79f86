/*
 * html_chapters.h - the chapters of the HTML report, one file each, and what they tell each other
 */
#ifndef OUTPOST_REPORTS_HTML_CHAPTERS_H
#define OUTPOST_REPORTS_HTML_CHAPTERS_H

#include "reports/html_writer.h"

void page_summary(struct page *page); /* html_summary.c: grade, reasons, counts, what was not tested */
void page_matrix(struct page *page);  /* html_matrix.c: mail host, address, port at a glance */
/* Text with what stands between backquotes as code. */
void page_inline(struct page *page, const char *text);
void page_inline_link(struct page *page, const char *anchor, const char *text);
/* The first sentence of a step, and its first line to copy. */
void page_fix_in_short(struct page *page, const char *step);
void page_findings(struct page *page);  /* html_findings.c */
void page_dns(struct page *page);       /* html_dns.c */
void page_dnssec(struct page *page);    /* html_dnssec.c: the chain of trust, inside of the chapter on DNS */
void page_endpoints(struct page *page); /* html_endpoints.c: sessions, handshakes, capabilities */
void page_tls(struct page *page); /* html_tls.c: versions of each port, grades and where they come from */
void page_certificates(struct page *page); /* html_certificates.c */
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
/* Is this endpoint on the page? Then its anchor, else NULL. */
const char *page_known_endpoint(struct page *page, const struct subject *subject);

#endif
