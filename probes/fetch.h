/*
 * fetch.h - what a response by HTTP, or none, says of the server
 */
#ifndef OUTPOST_PROBES_FETCH_H
#define OUTPOST_PROBES_FETCH_H

#include "scanner/facts/fetch.h"
#include "scanner/net/http.h"

/*
 * How the request ended; *ret_reason: why there was no answer, in words. What was late because our own time was over, by
 * `deadline`, is no fault of the server: FETCH_NOT_OBSERVED, for the reason `late`.
 */
enum fetch_result fetch_result_of(const struct network *network, const struct http_response *response,
                                  int64_t deadline, const char *late, const char **ret_reason);

#endif
