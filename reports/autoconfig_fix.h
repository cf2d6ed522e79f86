/*
 * autoconfig_fix.h - what to publish for mail programs, made of the ports that this scan saw working
 */
#ifndef OUTPOST_REPORTS_AUTOCONFIG_FIX_H
#define OUTPOST_REPORTS_AUTOCONFIG_FIX_H

#include "reports/judgement.h"

/* Adds the SRV records as lines of a zone file, as a step of the fix. */
void fix_autoconfig_srv(struct judgement *judgement, struct finding *finding, const char *what);
/* Adds Mozilla's file and where it belongs. */
void fix_autoconfig_mozilla(struct judgement *judgement, struct finding *finding, const char *what);
/* Adds the part of an Autodiscover answer that names the servers. */
void fix_autoconfig_microsoft(struct judgement *judgement, struct finding *finding, const char *what);

#endif
