/*
 * fetch.h - how a request to a web server ended
 */
#ifndef OUTPOST_FACTS_FETCH_H
#define OUTPOST_FACTS_FETCH_H

enum fetch_result {
    FETCH_NOT_OBSERVED = 0, /* not asked, or ended before there was a result */
    FETCH_ANSWERED,         /* a whole HTTP answer, whatever its status */
    FETCH_REFUSED,          /* connection refused */
    FETCH_UNREACHED,        /* no answer to connect(), or the network says that there is no way */
    FETCH_CERTIFICATE,      /* the certificate is not valid for the host */
    FETCH_TOO_LARGE,
    FETCH_SLOW,   /* connected, and no whole answer in time */
    FETCH_BROKEN, /* TLS or HTTP broke off */
};
extern const char *const fetch_result_values[];

#endif
