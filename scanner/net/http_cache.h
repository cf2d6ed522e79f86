/*
 * http_cache.h - what many ask for and is the same for all: each URL is fetched once in a run
 *
 * For lists of revoked certificates and the like. Who asks while an answer is under way waits for it; a failure is an
 * answer as well. Old answers are forgotten when they take too much memory.
 */
#ifndef OUTPOST_NET_HTTP_CACHE_H
#define OUTPOST_NET_HTTP_CACHE_H

#include "scanner/net/http.h"

struct http_cache;
struct http_cached;

/* Fetches run as tasks of `group`, which ends before the cache is freed. 0 or -ENOMEM. */
int http_cache_new(struct network *network, struct task_group *group, struct http_cache **ret);
void http_cache_free(struct http_cache *cache);

/* As http_get() with http:// allowed and a time of its own. *ret is the caller's until released. 0; -ETIMEDOUT,
 * -ECANCELED, -ENOMEM, -EAGAIN (too many tasks), -EINVAL (not a URL that is fetched). */
int http_cache_get(struct http_cache *cache, const char *url, size_t body_max, int64_t deadline,
                   struct http_cached **ret);
const struct http_response *http_cached_response(const struct http_cached *cached);
/* NULL is allowed. */
void http_cache_release(struct http_cached *cached);

#endif
