/*
 * http.c - one GET or POST: who is asked, with which rules, and what came back
 *
 *      URL -> host -> addresses (our resolver; private ones are left out) -> pacer -> libcurl -> response
 *
 * libcurl never resolves, follows, decompresses, authenticates or asks a proxy. It is told the address, and a
 * socket to any other is refused. For MTA-STS (RFC 8461 3.3) and autoconfiguration: the certificate must be
 * valid for the host, a redirect is an answer and not a way.
 */
#include "scanner/net/http.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/http_loop.h"
#include "scanner/net/pacer.h"
#include "scanner/net/resolver.h"
#include "scanner/net/stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ADDRESSES_MAX = 4, /* tried one after the other while they do not answer */
    HEADERS_MAX = 64 * 1024,
    ESTABLISH_TIMEOUT_MS = CONNECT_TIMEOUT_MS + HANDSHAKE_TIMEOUT_MS,
    WORDS_MAX = 300,
    LOCATION_MAX = 2000,            /* whole or useless: somebody may go there */
    STATUS_TOO_MANY_REQUESTS = 429, /* RFC 6585 4 */
};

struct http_service {
    struct network *network;
    struct http_loop *loop;
    char *ca_file; /* NULL: the system's roots */
};

/* One request under way; lives on the stack of the task that asked. */
struct exchange {
    struct http_service *service;
    const struct http_request *request;
    struct arena *arena;
    struct http_response *response;
    CURLU *url;
    const char *host; /* without brackets and final dot */
    uint16_t port;
    struct address addresses[ADDRESSES_MAX];
    size_t addresses_count;

    /* of the attempt */
    const struct address *address;
    CURL *easy;
    struct curl_slist *resolve;
    struct curl_slist *headers;
    struct buffer body;
    size_t header_bytes;
    bool prepared;
    char words[CURL_ERROR_SIZE];
};

/* ---- callbacks of libcurl ---- */

static size_t on_body(char *data, size_t one, size_t size, void *pointer)
{
    struct exchange *exchange = pointer;

    (void)one;
    put_block(&exchange->body, data, size);
    return exchange->body.failed ? 0 : size;
}

static size_t on_header(char *data, size_t one, size_t size, void *pointer)
{
    struct exchange *exchange = pointer;

    (void)data;
    (void)one;
    exchange->header_bytes += size;
    return exchange->header_bytes > HEADERS_MAX ? 0 : size;
}

static curl_socket_t on_open_socket(void *pointer, curlsocktype purpose, struct curl_sockaddr *peer)
{
    struct exchange *exchange = pointer;
    struct network *network = exchange->service->network;
    const struct address *source = peer->family == AF_INET ? &network->source_ipv4 : &network->source_ipv6;
    struct address address;
    struct sockaddr_storage from;
    uint16_t port;
    int fd;

    (void)purpose;
    if (address_from_socket(&peer->addr, &address, &port) < 0 ||
        !address_equal(&address, exchange->address) || port != exchange->port)
        return CURL_SOCKET_BAD;
    fd = socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    if (source->family != 0 &&
        bind(fd, (const struct sockaddr *)&from, address_to_socket(source, 0, &from)) < 0) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    network->connections++;
    return fd;
}

/* Certificates are judged at the engine's time. What is left in OpenSSL's queue by a signature that does not
 * fit would keep libcurl from seeing that the chain, and not the handshake, is at fault. */
static int on_verify(X509_STORE_CTX *context, void *pointer)
{
    const struct exchange *exchange = pointer;
    int result;

    X509_STORE_CTX_set_time(context, 0, engine_wall_seconds(exchange->service->network->engine));
    result = X509_verify_cert(context);
    if (result <= 0)
        ERR_clear_error();
    return result;
}

static CURLcode on_tls_context(CURL *easy, void *context, void *pointer)
{
    (void)easy;
    SSL_CTX_set_cert_verify_callback(context, on_verify, pointer);
    return CURLE_OK;
}

/* ---- the URL ---- */

static bool is_ascii_name(const char *host)
{
    for (; *host != '\0'; host++)
        if ((unsigned char)*host <= ' ' || (unsigned char)*host >= 0x7f)
            return false;
    return true;
}

/* No redirect and no certificate sends us to somebody's mail server, SSH or name server. */
static bool is_web_port(int64_t port)
{
    return port == 80 || port == 443 || port >= 1024;
}

/* One part of the URL in the arena; NULL when there is none (or no memory). */
static const char *url_part(struct exchange *exchange, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    const char *copy;

    if (curl_url_get(exchange->url, part, &text, flags) != CURLUE_OK)
        return NULL;
    copy = arena_text(exchange->arena, text);
    curl_free(text);
    return copy;
}

/* Takes the URL apart; 0, -EINVAL, -ENOMEM. */
static int read_url(struct exchange *exchange)
{
    const char *scheme, *port;
    int64_t number;
    size_t length;
    char *host;

    exchange->url = curl_url();
    if (exchange->url == NULL)
        return -ENOMEM;
    if (exchange->request->body_max == 0)
        return -EINVAL;
    if (curl_url_set(exchange->url, CURLUPART_URL, exchange->request->url, CURLU_DISALLOW_USER) != CURLUE_OK)
        return -EINVAL;
    scheme = url_part(exchange, CURLUPART_SCHEME, 0);
    port = url_part(exchange, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    exchange->host = url_part(exchange, CURLUPART_HOST, 0);
    if (scheme == NULL || port == NULL || exchange->host == NULL)
        return -EINVAL;
    if (!text_equal(scheme, "https") && !(exchange->request->allow_http && text_equal(scheme, "http")))
        return -EINVAL;
    if (text_number(port, 1, UINT16_MAX, &number) < 0 || !is_web_port(number) ||
        !is_ascii_name(exchange->host))
        return -EINVAL;
    exchange->port = (uint16_t)number;
    length = strlen(exchange->host);
    if (length < 2 || exchange->host[length - 1] != '.')
        return 0;
    host = arena_text_sized(exchange->arena, exchange->host, length - 1);
    if (host == NULL || curl_url_set(exchange->url, CURLUPART_HOST, host, 0) != CURLUE_OK)
        return -ENOMEM;
    exchange->host = host;
    return 0;
}

/* ---- the addresses ---- */

static int say(struct exchange *exchange, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int say(struct exchange *exchange, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    exchange->response->error = arena_vformat(exchange->arena, format, arguments);
    va_end(arguments);
    return exchange->response->error == NULL ? -ENOMEM : 0;
}

/* Takes the address if we may contact it; else notes why not. */
static int offer_address(struct exchange *exchange, const struct address *address)
{
    const struct network *network = exchange->service->network;
    enum address_scope scope = address_scope(address);
    char text[ADDRESS_TEXT_SIZE];

    if (scope != SCOPE_GLOBAL && !network->allow_private)
        return say(exchange, "%s is a %s address and is not contacted", address_format(address, text),
                   address_scope_name(scope));
    if (address->family == AF_INET ? !network->ipv4 : !network->ipv6)
        return say(exchange, "no %s here", address->family == AF_INET ? "IPv4" : "IPv6");
    if (exchange->addresses_count < ADDRESSES_MAX)
        exchange->addresses[exchange->addresses_count++] = *address;
    return 0;
}

static int resolve_type(struct exchange *exchange, uint16_t type, int64_t deadline)
{
    struct resolver *resolver = exchange->service->network->resolver;
    struct dns_answer *answer;
    int result = resolver_ask(resolver, exchange->host, type, deadline, exchange->arena, &answer);

    if (result < 0)
        return result;
    switch (answer->outcome) {
    case DNS_NOT_ASKED:
    case DNS_NODATA:
        break;
    case DNS_NXDOMAIN:
        return say(exchange, "the name does not exist");
    case DNS_FAILURE:
        return say(exchange, "the DNS does not answer: %s",
                   answer->reason != NULL ? answer->reason : "failure");
    case DNS_DATA:
        for (size_t i = 0; i < answer->records.count && result == 0; i++) {
            struct address address;

            if (dns_record_address(answer->records.items[i], &address) == 0)
                result = offer_address(exchange, &address);
        }
        break;
    }
    return result;
}

/* Fills exchange->addresses, or response->error when it stays empty. */
static int find_addresses(struct exchange *exchange, int64_t deadline)
{
    const struct http_request *request = exchange->request;
    struct address literal;
    int result;

    if (address_parse(exchange->host, &literal) == 0) {
        if (request->address != NULL && !address_equal(request->address, &literal))
            return -EINVAL;
        return offer_address(exchange, &literal);
    }
    if (request->address != NULL)
        return offer_address(exchange, request->address);
    result = resolve_type(exchange, DNS_A, deadline);
    if (result == 0)
        result = resolve_type(exchange, DNS_AAAA, deadline);
    if (result < 0 || exchange->addresses_count > 0 || exchange->response->error != NULL)
        return result;
    return say(exchange, "the name has no address");
}

/* ---- one attempt ---- */

static bool set_longs(CURL *easy, bool allow_http)
{
    const struct {
        CURLoption option;
        long value;
    } options[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_HTTP09_ALLOWED, 0},
        {CURLOPT_FRESH_CONNECT, 1},
        {CURLOPT_FORBID_REUSE, 1},
        {CURLOPT_CONNECTTIMEOUT_MS, ESTABLISH_TIMEOUT_MS},
    };
    bool good = true;

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        good = good && curl_easy_setopt(easy, options[i].option, options[i].value) == CURLE_OK;
    return good &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, allow_http ? "https,http" : "https") == CURLE_OK;
}

static bool set_trust_and_ways(CURL *easy, const struct http_service *service)
{
    /* Without a CA path libcurl keeps the roots that it has read for the next request; Debian's has one. */
    return curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK &&
           (service->ca_file == NULL ||
            curl_easy_setopt(easy, CURLOPT_CAINFO, service->ca_file) == CURLE_OK) &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "outpost/" OUTPOST_VERSION) == CURLE_OK;
}

static bool set_callbacks(CURL *easy, struct exchange *exchange)
{
    return curl_easy_setopt(easy, CURLOPT_CURLU, exchange->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->words) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange) == CURLE_OK;
}

/* "+host:port:[address]"; the "+" lets the entry age in libcurl's cache. */
static bool set_address(CURL *easy, struct exchange *exchange)
{
    char text[ADDRESS_TEXT_SIZE];
    struct address literal;
    const char *entry;

    if (address_parse(exchange->host, &literal) == 0)
        return true;
    entry = arena_format(exchange->arena, "+%s:%u:[%s]", exchange->host, exchange->port,
                         address_format(exchange->address, text));
    if (entry == NULL)
        return false;
    exchange->resolve = curl_slist_append(NULL, entry);
    return exchange->resolve != NULL &&
           curl_easy_setopt(easy, CURLOPT_RESOLVE, exchange->resolve) == CURLE_OK;
}

/* A header without a value is none. */
static bool add_header(struct exchange *exchange, const char *name, const char *value)
{
    const char *line =
        arena_format(exchange->arena, value != NULL ? "%s: %s" : "%s:%s", name, value != NULL ? value : "");
    struct curl_slist *headers = line == NULL ? NULL : curl_slist_append(exchange->headers, line);

    if (headers != NULL)
        exchange->headers = headers;
    return headers != NULL;
}

static bool set_headers(CURL *easy, struct exchange *exchange)
{
    const struct http_request *request = exchange->request;

    if (!add_header(exchange, "Accept", request->accept))
        return false;
    if (request->post != NULL &&
        (!add_header(exchange, "Content-Type", request->post_type) || !add_header(exchange, "Expect", NULL)))
        return false;
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers) == CURLE_OK;
}

static bool set_post(CURL *easy, const struct http_request *request)
{
    return request->post == NULL ||
           (curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(request->post)) == CURLE_OK &&
            curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->post) == CURLE_OK);
}

/* On the loop's stack: everything that libcurl must know. */
static void prepare(void *argument)
{
    struct exchange *exchange = argument;
    CURL *easy = curl_easy_init();

    exchange->easy = easy;
    exchange->prepared = easy != NULL && set_longs(easy, exchange->request->allow_http) &&
                         set_trust_and_ways(easy, exchange->service) && set_callbacks(easy, exchange) &&
                         set_address(easy, exchange) && set_headers(easy, exchange) &&
                         set_post(easy, exchange->request);
}

static void clean_up(void *argument)
{
    struct exchange *exchange = argument;

    curl_easy_cleanup(exchange->easy);
    curl_slist_free_all(exchange->resolve);
    curl_slist_free_all(exchange->headers);
    buffer_free(&exchange->body);
}

/* ---- what came back ---- */

static const char *cleaned(struct exchange *exchange, const char *text, size_t limit)
{
    return text == NULL ? NULL : text_clean(exchange->arena, text, strlen(text), limit);
}

static int note_response(struct exchange *exchange)
{
    struct http_response *response = exchange->response;
    const char *type = NULL, *location = NULL;
    struct curl_header *challenge = NULL;
    long status = 0;
    void *body;

    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_TYPE, &type);
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_REDIRECT_URL, &location);
    response->status = status;
    response->content_type = cleaned(exchange, type, WORDS_MAX);
    response->location = cleaned(exchange, location, LOCATION_MAX);
    if (curl_easy_header(exchange->easy, "WWW-Authenticate", 0, CURLH_HEADER, -1, &challenge) == CURLHE_OK) {
        response->challenge = cleaned(exchange, challenge->value, WORDS_MAX);
        if (response->challenge == NULL)
            return -ENOMEM;
    }
    body = arena_copy(exchange->arena, exchange->body.size > 0 ? exchange->body.data : (const uint8_t *)"",
                      exchange->body.size);
    response->body = bytes_of(body, exchange->body.size);
    if (body == NULL || (type != NULL && response->content_type == NULL) ||
        (location != NULL && response->location == NULL))
        return -ENOMEM;
    return 0;
}

static int note_no_connection(struct exchange *exchange)
{
    long number = 0;

    (void)curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &number);
    exchange->response->failure = number == ECONNREFUSED ? HTTP_REFUSED : HTTP_UNREACHED;
    return say(exchange, "%s", number != 0 ? stream_error_text((int)-number) : "no connection");
}

/* The time was over: for a connection, or for what should come behind it? */
static int note_late(struct exchange *exchange)
{
    curl_off_t connected = 0;

    (void)curl_easy_getinfo(exchange->easy, CURLINFO_CONNECT_TIME_T, &connected);
    exchange->response->failure = connected > 0 ? HTTP_SLOW : HTTP_UNREACHED;
    return say(exchange, "no answer in time");
}

/* The exchange ended without a response: why, in words. */
static int note_error(struct exchange *exchange, CURLcode code)
{
    const char *words = exchange->words[0] != '\0' ? exchange->words : curl_easy_strerror(code);
    struct http_response *response = exchange->response;

    response->failure = HTTP_TOO_LARGE;
    if (exchange->body.failed)
        return say(exchange, "the answer is larger than %zu bytes", exchange->request->body_max);
    if (exchange->header_bytes > HEADERS_MAX)
        return say(exchange, "the headers of the answer are larger than %d bytes", HEADERS_MAX);
    response->failure = code == CURLE_PEER_FAILED_VERIFICATION ? HTTP_CERTIFICATE : HTTP_BROKEN;
    if (code == CURLE_COULDNT_CONNECT)
        return note_no_connection(exchange);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return note_late(exchange);
    if (code == CURLE_GOT_NOTHING)
        return say(exchange, "the server closed the connection without an answer");
    if (code == CURLE_OUT_OF_MEMORY)
        return -ENOMEM;
    if (code == CURLE_SSL_CONNECT_ERROR) { /* "OpenSSL/...: error:...: words" */
        const char *last = strrchr(words, ':');

        words = cleaned(exchange, last == NULL ? words : last + 1, WORDS_MAX);
        return words == NULL ? -ENOMEM : say(exchange, "the TLS handshake failed: %s", words);
    }
    response->error = cleaned(exchange, words, WORDS_MAX);
    return response->error == NULL ? -ENOMEM : 0;
}

static enum pacer_result pacer_result_of(const struct http_response *response, int result, CURLcode code)
{
    if (result < 0)
        return result == -ETIMEDOUT ? PACER_NO_ANSWER : PACER_NEUTRAL;
    if (response->status == STATUS_TOO_MANY_REQUESTS)
        return PACER_PUSHBACK;
    if (code == CURLE_OK || code == CURLE_PEER_FAILED_VERIFICATION)
        return PACER_SUCCESS;
    return code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT ? PACER_NO_ANSWER
                                                                             : PACER_NEUTRAL;
}

static int perform(struct exchange *exchange, int64_t deadline, CURLcode *ret)
{
    struct engine *engine = exchange->service->network->engine;
    int result;

    exchange->body = (struct buffer){.limit = exchange->request->body_max};
    exchange->header_bytes = 0;
    exchange->words[0] = '\0';
    exchange->resolve = exchange->headers = NULL;
    engine_call_on_loop(engine, prepare, exchange);
    result = exchange->prepared ? http_loop_perform(exchange->service->loop, exchange->easy, deadline, ret)
                                : -ENOMEM;
    if (result == 0)
        result = *ret == CURLE_OK ? note_response(exchange) : note_error(exchange, *ret);
    else if (result == -ETIMEDOUT && note_late(exchange) < 0)
        result = -ENOMEM;
    engine_call_on_loop(engine, clean_up, exchange);
    return result;
}

/* Asks one address. *ret_go_on: nothing came of the connection, another address may be better. */
static int attempt(struct exchange *exchange, int64_t deadline, bool *ret_go_on)
{
    struct pacer *pacer = exchange->service->network->pacer;
    struct pacer_slot *slot = NULL;
    char text[ADDRESS_TEXT_SIZE];
    CURLcode code = CURLE_OK;
    int result;

    exchange->response->address = arena_text(exchange->arena, address_format(exchange->address, text));
    if (exchange->response->address == NULL)
        return -ENOMEM;
    if (pacer != NULL) {
        result = pacer_take(pacer, exchange->address, exchange->port, deadline, &slot);
        if (result == -ETIMEDOUT)
            return say(exchange, "not asked: the server limits us");
        if (result < 0)
            return result;
    }
    exchange->response->error = NULL;
    exchange->response->failure = HTTP_ANSWERED;
    if (exchange->request->timeout_ms > 0)
        deadline = deadline_in(exchange->service->network->engine, exchange->request->timeout_ms, deadline);
    result = perform(exchange, deadline, &code);
    pacer_give(slot, pacer_result_of(exchange->response, result, code));
    *ret_go_on = result == 0 && (code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT);
    return result == -ETIMEDOUT ? 0 : result;
}

/* ---- the service ---- */

static int get(struct exchange *exchange, int64_t deadline)
{
    int result = read_url(exchange);
    bool go_on = true;

    exchange->response->failure = HTTP_NOT_ASKED;
    if (result == 0)
        result = find_addresses(exchange, deadline);
    for (size_t i = 0; i < exchange->addresses_count && result == 0 && go_on; i++) {
        exchange->address = &exchange->addresses[i];
        go_on = false;
        result = attempt(exchange, deadline, &go_on);
    }
    return result;
}

int http_get(struct http_service *service, const struct http_request *request, int64_t deadline,
             struct arena *arena, struct http_response **ret)
{
    struct http_response *response = arena_alloc(arena, sizeof(*response));
    struct exchange exchange = {.service = service, .request = request, .arena = arena, .response = response};
    int64_t before = engine_now(service->network->engine);
    int result;

    if (response == NULL)
        return -ENOMEM;
    result = get(&exchange, deadline);
    curl_url_cleanup(exchange.url);
    if (result < 0)
        return result;
    response->milliseconds = engine_now(service->network->engine) - before;
    *ret = response;
    return 0;
}

int http_service_new(struct network *network, const char *ca_file, struct http_service **ret)
{
    struct http_service *service = calloc(1, sizeof(*service));
    int result = service == NULL ? -ENOMEM : 0;

    if (result == 0 && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        result = -ENOMEM;
    if (result < 0) {
        free(service);
        return result;
    }
    service->network = network;
    service->ca_file = ca_file != NULL ? strdup(ca_file) : NULL;
    if (ca_file != NULL && service->ca_file == NULL)
        result = -ENOMEM;
    else
        result = http_loop_new(network->engine, &service->loop);
    if (result < 0) {
        http_service_free(service);
        return result;
    }
    *ret = service;
    return 0;
}

void http_service_free(struct http_service *service)
{
    if (service == NULL)
        return;
    http_loop_free(service->loop);
    free(service->ca_file);
    free(service);
    curl_global_cleanup();
}
