/*
 * caa_record.h - the data of a CAA record and the grammar of its value (RFC 8659 4, RFC 8657)
 */
#ifndef OUTPOST_PROBES_PROTOCOL_CAA_RECORD_H
#define OUTPOST_PROBES_PROTOCOL_CAA_RECORD_H

#include "scanner/facts/caa.h"

struct arena;

enum { DNS_CAA = 257 };

/*
 * Reads the RDATA of one record. A value that breaks the grammar of its tag is a fact (`fault`); -EBADMSG
 * only when there is no tag. *ret is a new object in `arena`, written on success only. 0, -EBADMSG, -ENOMEM.
 */
int caa_record_read(struct bytes data, struct arena *arena, struct caa_property_facts **ret);

/* Does the property say who may issue, or forbid it? */
bool caa_property_decides(const struct caa_property_facts *property);

#endif
