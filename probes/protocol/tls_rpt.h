/*
 * tls_rpt.h - the record that says where reports of TLS failures go (RFC 8460 3)
 *
 *      v=TLSRPTv1; rua=mailto:tls@example.org,https://reports.example.net/tls
 *
 * Pure. What breaks the grammar is a fact, never an error.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_TLS_RPT_H
#define OUTPOST_PROBES_PROTOCOL_TLS_RPT_H

#include "scanner/facts/tls_rpt.h"

enum { TLS_RPT_URIS_MAX = 16 };

/* Takes one TXT record, its strings joined, apart. 0 or -ENOMEM. */
int tls_rpt_record_read(struct bytes record, struct arena *arena, struct tls_rpt_record_facts **ret);

#endif
