/*
 * authentication.h - what other checks ask of SPF and DKIM: does mail of the domain have a chance to pass DMARC?
 *
 * Each answer is yes, no, or not known.
 */
#ifndef OUTPOST_REPORTS_AUTHENTICATION_H
#define OUTPOST_REPORTS_AUTHENTICATION_H

#include "reports/judgement.h"

enum known domain_has_spf(const struct judgement *judgement); /* exactly one record, one that can be used */
enum known domain_sends_nothing(const struct judgement *judgement); /* SPF authorises nobody: "v=spf1 -all" */
enum known
domain_dkim_key_found(const struct judgement *judgement); /* under one of the selectors asked for */

#endif
