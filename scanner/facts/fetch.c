/*
 * fetch.c - words for how a request ended
 */
#include "scanner/facts/fetch.h"

#include <stddef.h>

const char *const fetch_result_values[] = {"not_observed", "answered", "refused", "unreached", "certificate",
                                           "too_large",    "slow",     "broken",  NULL};
