/*
 * txt_record.h - a TXT record as a line of a zone file, to be copied
 */
#ifndef OUTPOST_REPORTS_TXT_RECORD_H
#define OUTPOST_REPORTS_TXT_RECORD_H

#include "reports/judgement.h"

/*
 * "  mail._domainkey.example.org. IN TXT ( "v=DKIM1; ... " "..." )": split into strings of less than 255 bytes, one a
 * line, and indented as lines of a fix are. NULL: `owner` is not a name that somebody may paste into a zone.
 */
const char *txt_record_lines(struct judgement *judgement, const char *owner, const char *text);

#endif
