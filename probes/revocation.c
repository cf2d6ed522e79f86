/*
 * revocation.c - were the certificates that the ports show revoked?
 *
 *      a staple that says so  ->  nothing to ask
 *      else  OCSP responder (GET)  ->  else  the authority's list of revoked certificates (CRL)
 *
 * RFC 6960 A.1, RFC 5280 4.2.1.13. Only trusted certificates are asked about, each leaf once, at most 16; two URLs of
 * each kind. Answers of one run are shared (http_cache.h). What cannot be had or verified is noted and says nothing.
 * Judged in reports/checks/revocation.c.
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/http_cache.h"
#include "scanner/net/revocation.h"

#include <errno.h>

enum {
    LEAVES_MAX = 16,
    URLS_ASKED = 2,
    RESPONSE_MAX = 64 * 1024,
    CRL_MAX = 8 * 1024 * 1024,
    PATIENCE_MS = 35000, /* for one answer: a little more than the cache has itself */
    HTTP_OK = 200,
};

struct inquiry {
    struct network *network;
    struct arena *arena;
    int64_t deadline;
    const struct certificate_facts *certificate;
    struct revocation_question question;
    struct revocation_facts *facts;
};

static bool is_settled(const struct revocation_answer_facts *answer)
{
    return answer != NULL && (answer->status == REVOCATION_GOOD || answer->status == REVOCATION_REVOKED);
}

static struct revocation_answer_facts *add_answer(struct inquiry *inquiry, const char *source,
                                                  const char *url)
{
    struct revocation_answer_facts *answer =
        list_new_item(&inquiry->facts->answers, inquiry->arena, sizeof(*answer));

    if (answer != NULL) {
        answer->source = source;
        answer->url = url;
    }
    return answer;
}

/* ---- one answer ---- */

struct reading {
    struct inquiry *inquiry;
    struct bytes body;
    bool crl;
    struct revocation_answer_facts *answer;
    int result;
};

/* On the loop's stack: a list may be large. */
static void read_body(void *argument)
{
    struct reading *reading = argument;

    reading->result = (reading->crl ? crl_read : ocsp_read)(&reading->inquiry->question, reading->body,
                                                            reading->inquiry->arena, reading->answer);
}

static int read_response(struct inquiry *inquiry, const struct http_response *response, bool crl,
                         struct revocation_answer_facts *answer)
{
    struct reading reading = {.inquiry = inquiry, .body = response->body, .crl = crl, .answer = answer};

    if (response->error != NULL)
        answer->failure = arena_text(inquiry->arena, response->error);
    else if (response->status != HTTP_OK)
        answer->failure =
            arena_format(inquiry->arena, "it was answered with HTTP status %d", (int)response->status);
    else
        engine_call_on_loop(inquiry->network->engine, read_body, &reading);
    if (answer->failure == NULL && answer->status == REVOCATION_NOT_OBSERVED)
        return -ENOMEM;
    return reading.result;
}

static const char *error_words(int error)
{
    switch (error) {
    case -ETIMEDOUT:
        return "no answer in time";
    case -ECANCELED:
        return "the scan ended before";
    case -EAGAIN:
        return "too much was under way here";
    default:
        return "it is no URL that can be fetched";
    }
}

/* Asks one URL; `shown` is what the certificate has of it. 0, -ECANCELED, -ENOMEM. */
static int ask_url(struct inquiry *inquiry, bool crl, const char *shown, const char *url, bool *ret_settled)
{
    struct revocation_answer_facts *answer = add_answer(inquiry, crl ? "CRL" : "OCSP", shown);
    struct network *network = inquiry->network;
    struct http_cached *cached = NULL;
    int result;

    if (answer == NULL)
        return -ENOMEM;
    result = http_cache_get(network->http_cache, url, crl ? CRL_MAX : RESPONSE_MAX,
                            deadline_in(network->engine, PATIENCE_MS, inquiry->deadline), &cached);
    if (result == 0)
        result = read_response(inquiry, http_cached_response(cached), crl, answer);
    else
        answer->failure = error_words(result);
    http_cache_release(cached);
    *ret_settled = is_settled(answer);
    return result == -ECANCELED || result == -ENOMEM ? result : 0;
}

/* ---- one certificate ---- */

static int ask_responders(struct inquiry *inquiry, bool *ret_settled)
{
    const struct list *urls = &inquiry->certificate->ocsp_urls;
    int result = 0;

    for (size_t i = 0; i < urls->count && i < URLS_ASKED && !*ret_settled && result == 0; i++) {
        const char *url = NULL;

        result = ocsp_request_url(&inquiry->question, urls->items[i], inquiry->arena, &url);
        if (result == 0)
            result = ask_url(inquiry, false, urls->items[i], url, ret_settled);
        else if (result == -EBADMSG) /* a certificate that OpenSSL makes no request of */
            result = 0;
    }
    return result;
}

static int ask_lists(struct inquiry *inquiry, bool *ret_settled)
{
    const struct list *urls = &inquiry->certificate->crl_urls;
    int result = 0;

    for (size_t i = 0; i < urls->count && i < URLS_ASKED && !*ret_settled && result == 0; i++)
        result = ask_url(inquiry, true, urls->items[i], urls->items[i], ret_settled);
    return result;
}

static int inquire(struct inquiry *inquiry)
{
    const struct certificate_facts *certificate = inquiry->certificate;
    struct revocation_answer_facts *answer;
    bool settled = false;
    int result;

    if (revocation_question_of(certificate, engine_wall_seconds(inquiry->network->engine),
                               &inquiry->question) < 0) {
        answer = add_answer(inquiry, certificate->ocsp_urls.count > 0 ? "OCSP" : "CRL", NULL);
        if (answer == NULL)
            return -ENOMEM;
        answer->failure = "the issuer's certificate, which an answer is verified with, was not sent";
        return 0;
    }
    result = ask_responders(inquiry, &settled);
    return result < 0 ? result : ask_lists(inquiry, &settled);
}

/* ---- all of them ---- */

static bool is_noted(const struct list *revocations, const char *sha256)
{
    for (size_t i = 0; i < revocations->count; i++) {
        const struct revocation_facts *facts = revocations->items[i];

        if (text_equal(facts->sha256, sha256))
            return true;
    }
    return false;
}

/* Has some port shown the answer with the certificate? */
static bool is_stapled(const struct list *endpoints, const char *sha256)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        for (size_t j = 0; endpoint->tls != NULL && j < endpoint->tls->certificates.count; j++) {
            const struct certificate_facts *certificate = endpoint->tls->certificates.items[j];

            if (certificate->sha256 != NULL && text_equal(certificate->sha256, sha256) &&
                is_settled(certificate->staple))
                return true;
        }
    }
    return false;
}

static int probe_certificate(struct inquiry *inquiry, const struct list *endpoints, struct list *ret)
{
    const struct certificate_facts *certificate = inquiry->certificate;

    if (certificate->trusted != YES || certificate->sha256 == NULL || ret->count >= LEAVES_MAX ||
        certificate->ocsp_urls.count + certificate->crl_urls.count == 0 ||
        is_noted(ret, certificate->sha256) || is_stapled(endpoints, certificate->sha256))
        return 0;
    inquiry->facts = list_new_item(ret, inquiry->arena, sizeof(*inquiry->facts));
    if (inquiry->facts == NULL)
        return -ENOMEM;
    inquiry->facts->sha256 = certificate->sha256;
    inquiry->facts->answers.observed = true;
    return inquire(inquiry);
}

int revocation_probe(struct network *network, const struct list *endpoints, int64_t deadline,
                     struct arena *arena, struct list *ret)
{
    int result = 0;

    ret->observed = true;
    for (size_t i = 0; i < endpoints->count && result == 0; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        for (size_t j = 0; endpoint->tls != NULL && j < endpoint->tls->certificates.count && result == 0;
             j++) {
            struct inquiry inquiry = {.network = network,
                                      .arena = arena,
                                      .deadline = deadline,
                                      .certificate = endpoint->tls->certificates.items[j]};

            result = probe_certificate(&inquiry, endpoints, ret);
        }
    }
    return result == -ECANCELED ? 0 : result; /* a probe that was stopped hands over what it has */
}
