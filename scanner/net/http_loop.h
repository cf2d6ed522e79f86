/*
 * http_loop.h - curl_easy_perform() for tasks: transfers of libcurl on the engine's loop
 */
#ifndef OUTPOST_NET_HTTP_LOOP_H
#define OUTPOST_NET_HTTP_LOOP_H

#include "scanner/net/task.h"

#include <curl/curl.h>

struct http_loop;

int http_loop_new(struct engine *engine, struct http_loop **ret);
/* No transfer may be under way. NULL is allowed. */
void http_loop_free(struct http_loop *loop);
/*
 * Performs the transfer; called on a task. 0 with curl's result in *ret; -ETIMEDOUT, -ECANCELED, -ENOMEM,
 * -EAGAIN. Whatever it returns, libcurl has let go of `easy`. CURLOPT_PRIVATE is used here.
 */
int http_loop_perform(struct http_loop *loop, CURL *easy, int64_t deadline, CURLcode *ret);

#endif
