/*
 * sample_parts.h - what the sample judgement is made of: facts, findings, and the names in both
 */
#ifndef OUTPOST_TESTS_SAMPLE_PARTS_H
#define OUTPOST_TESTS_SAMPLE_PARTS_H

#include "reports/judgement.h"
#include "scanner/base/arena.h"

#define MAIL "mail.xn--bcher-kva.example"
#define MX2  "mx2.provider.example"
#define V4   "192.0.2.25"
#define V6   "2001:db8:42::25"
#define MX2A "198.51.100.9"

/* Ports and addresses of MAIL. */
enum { SAMPLE_PORTS = 4, SAMPLE_ADDRESSES = 2 };
extern const int64_t sample_ports[SAMPLE_PORTS];
extern const char *const sample_addresses[SAMPLE_ADDRESSES];

/* ---- sample_parts.c ---- */

/* Not NULL, or the test ends. */
void *must(void *pointer);
/* "a|b|c" as a list of texts. */
void add_texts(struct list *list, struct arena *arena, const char *texts);

/* ---- sample_scan.c ---- */

/* `banner` is what MAIL says, `hostile` words in a policy, or NULL; `faultless`: without the backup and policies, and
 * nothing has expired. */
struct scan_facts *sample_scan(struct arena *arena, const char *banner, const char *hostile, bool faultless);

/* ---- sample_findings.c ---- */

/* `hostile`: words of one finding more, or NULL. */
void sample_findings(struct judgement *judgement, const char *hostile);
void sample_findings_faultless(struct judgement *judgement);

#endif
