/*
 * fetch.c - what a response by HTTP, or none, says of the server
 */
#include "probes/fetch.h"

enum fetch_result fetch_result_of(const struct network *network, const struct http_response *response,
                                  int64_t deadline, const char *late, const char **ret_reason)
{
    bool slow = response->failure == HTTP_SLOW || response->failure == HTTP_UNREACHED;

    if (slow && engine_now(network->engine) >= deadline) {
        *ret_reason = late;
        return FETCH_NOT_OBSERVED;
    }
    *ret_reason = response->error;
    switch (response->failure) {
    case HTTP_ANSWERED:
        return FETCH_ANSWERED;
    case HTTP_NOT_ASKED:
        return FETCH_NOT_OBSERVED;
    case HTTP_REFUSED:
        return FETCH_REFUSED;
    case HTTP_UNREACHED:
        return FETCH_UNREACHED;
    case HTTP_CERTIFICATE:
        return FETCH_CERTIFICATE;
    case HTTP_TOO_LARGE:
        return FETCH_TOO_LARGE;
    case HTTP_SLOW:
        return FETCH_SLOW;
    case HTTP_BROKEN:
        return FETCH_BROKEN;
    }
    return FETCH_NOT_OBSERVED;
}
