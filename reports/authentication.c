/*
 * authentication.c - what other checks ask of SPF and DKIM
 *
 * Neither is looked up in a scan, so nothing is known of them.
 */
#include "reports/authentication.h"

enum known domain_has_spf(const struct judgement *judgement)
{
    (void)judgement;
    return UNKNOWN;
}

enum known domain_sends_nothing(const struct judgement *judgement)
{
    (void)judgement;
    return UNKNOWN;
}

enum known domain_dkim_key_found(const struct judgement *judgement)
{
    (void)judgement;
    return UNKNOWN;
}
