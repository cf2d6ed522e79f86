/*
 * http.h - HTTPS (and plain HTTP where allowed) by libcurl's multi interface on our loop
 *
 * Names are resolved by our resolver and addresses checked (private ones are not contacted); proxy variables
 * are ignored.
 */
#ifndef OUTPOST_NET_HTTP_H
#define OUTPOST_NET_HTTP_H

#include "scanner/net/network.h"

#include "scanner/base/bytes.h"

struct arena;
struct http_service;

int http_service_new(struct network *network, const char *ca_file, struct http_service **ret);
void http_service_free(struct http_service *service);

struct http_request {
    const char *url;               /* https://host[:port]/path; port 80, 443, or from 1024 on */
    const struct address *address; /* connect here; NULL: resolve the host, first address that may be used */
    size_t body_max;               /* bytes; more is an error */
    int64_t timeout_ms;            /* of an exchange, once the pacer lets it begin; 0: until the deadline */
    bool allow_http;               /* http:// too */
    const char *accept;            /* Accept header, NULL: none */
    const char *post;              /* what is sent by POST; NULL: GET */
    const char *post_type;         /* its Content-Type */
};

/* Why there is no response. */
enum http_failure {
    HTTP_ANSWERED = 0,
    HTTP_NOT_ASKED, /* no address that may be contacted, or the server limits us */
    HTTP_REFUSED,
    HTTP_UNREACHED, /* no answer to connect() in time, or the network says that there is no way */
    HTTP_CERTIFICATE,
    HTTP_TOO_LARGE,
    HTTP_SLOW,   /* connected, and no whole response in time */
    HTTP_BROKEN, /* TLS or HTTP broke off */
};

struct http_response {
    int64_t status;
    const char *content_type; /* cleaned; NULL: none */
    const char *location;     /* of a redirect, which is never followed; cleaned, and cut when very long */
    const char *challenge;    /* the first WWW-Authenticate header, cleaned; NULL: none */
    struct bytes body;
    int64_t milliseconds;
    const char *address; /* whom we talked to */
    const char *error;   /* in words when there is no response */
    enum http_failure failure;
};

/* Called on a task. 0 (also when response->error is set), -ECANCELED, -ENOMEM, -EINVAL (not a URL we fetch).
 */
int http_get(struct http_service *service, const struct http_request *request, int64_t deadline,
             struct arena *arena, struct http_response **ret);

#endif
