/*
 * revocation.c - fuzzes the readers of OCSP responses and CRLs
 *
 * The input: a leaf and its issuer, each behind its length in two bytes; then the answer. Properties: an answer has a
 * status or says why not; what was made up by nobody's key is never good; OpenSSL's error queue is left empty.
 */
#include "scanner/net/revocation.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1924992000 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_answer(int result, const struct revocation_answer_facts *answer)
{
    check(result == 0);
    check((answer->status == REVOCATION_NOT_OBSERVED) == (answer->failure != NULL));
    check(answer->status == REVOCATION_REVOKED || !answer->revoked_at.known);
    check(answer->failure == NULL || answer->failure[0] != '\0');
    check(ERR_peek_error() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct arena *arena = arena_new(0);
    struct revocation_question question = {.now = NOW};
    struct revocation_answer_facts ocsp = {0}, crl = {0};
    const char *url = NULL;
    int result;

    question.leaf = take_block(&in, take_u16(&in));
    question.issuer = take_block(&in, take_u16(&in));
    if (!in.failed) {
        check_answer(ocsp_read(&question, in, arena, &ocsp), &ocsp);
        check_answer(crl_read(&question, in, arena, &crl), &crl);
        result = ocsp_request_url(&question, "http://ocsp.example", arena, &url);
        check(result == -EBADMSG || strncmp(url, "http://ocsp.example/", 20) == 0);
    }
    arena_free(arena);
    return 0;
}
