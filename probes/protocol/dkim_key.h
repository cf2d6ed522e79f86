/*
 * dkim_key.h - DKIM key records (RFC 6376 3.6.1, RFC 8301, RFC 8463)
 *
 *      mail._domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEF..." "...IDAQAB" )
 *
 * Pure. What keeps a verifier from using a record is a fact, never an error; what can be read of it all the same is
 * the repaired record.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_DKIM_KEY_H
#define OUTPOST_PROBES_PROTOCOL_DKIM_KEY_H

#include "scanner/facts/dkim.h"

enum { DKIM_STRING_MAX = 255, DKIM_RECORDS_MAX = 16 };

/* Takes the data of one TXT record, its strings, apart. 0, -EBADMSG (no such data) or -ENOMEM. */
int dkim_record_read(struct bytes data, struct arena *arena, struct dkim_record_facts **ret);
/* The same for a record that is a text. 0 or -ENOMEM. */
int dkim_text_read(struct bytes text, struct arena *arena, struct dkim_record_facts **ret);
/* Of all records of one name (dkim_record_facts): a key whose second half is a record of its own is put together. 0
 * or -ENOMEM. */
int dkim_records_join(const struct list *records, struct arena *arena);

bool dkim_same_key(const struct dkim_record_facts *a, const struct dkim_record_facts *b);

/*
 * The record in a file that a program wrote for an administrator: the strings of a line of a zone file, in quotes and
 * perhaps in parentheses, or the record by itself. *ret_text is empty when there is neither. 0 or -ENOMEM.
 */
int dkim_file_text(struct bytes file, struct arena *arena, struct bytes *ret_text);

#endif
