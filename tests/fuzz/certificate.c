/*
 * certificate.c - fuzzes certificate_read() and the verification of what it can read
 *
 * The input is a chain: each certificate behind its length in two bytes; the rest is the last one.
 */
#include "scanner/base/arena.h"
#include "scanner/net/tls.h"
#include "scanner/net/tls_verify.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

enum { CHAIN_FUZZED = 12, NOW = 1795348800 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is whole: texts that are always there, and lists that can be walked. */
static void look(const struct certificate_facts *facts, size_t count)
{
    size_t texts = 0;

    assert(facts->chain.count == (count > CHAIN_MAX ? CHAIN_MAX : count));
    assert(facts->key != NULL && facts->key->type != NULL);
    assert(strlen(facts->sha256) == 64);
    assert(facts->subject != NULL && facts->issuer != NULL);
    for (size_t i = 0; i < facts->sans.count; i++)
        texts += strlen(facts->sans.items[i]);
    for (size_t i = 0; i < facts->ocsp_urls.count; i++)
        texts += strlen(facts->ocsp_urls.items[i]);
    for (size_t i = 0; i < facts->path.count; i++)
        texts += strlen(facts->path.items[i]);
    assert(texts < SIZE_MAX);
}

static void verify(const struct bytes *chain, size_t count, struct arena *arena,
                   struct certificate_facts *facts)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    X509_STORE *store = X509_STORE_new();

    for (size_t i = 0; i < count; i++) {
        const unsigned char *in = chain[i].data;
        X509 *certificate = d2i_X509(NULL, &in, (long)chain[i].size);

        if (certificate != NULL)
            assert(sk_X509_push(stack, certificate) > 0);
    }
    assert(tls_verify_chain(store, stack, NOW, arena, facts) == 0);
    assert(facts->trusted == NO); /* there is no root */
    assert(ERR_peek_error() == 0);
    X509_STORE_free(store);
    sk_X509_pop_free(stack, X509_free);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct bytes in = bytes_of(data, size);
    struct bytes chain[CHAIN_FUZZED];
    struct certificate_facts *facts = NULL;
    size_t count = 0;

    while (count < CHAIN_FUZZED && in.size > 2) {
        size_t length = take_u16(&in);

        chain[count++] = take_block(&in, length < in.size ? length : in.size);
    }
    if (certificate_read(chain, count, arena, &facts) == 0) {
        verify(chain, count, arena, facts);
        look(facts, count);
    } else {
        assert(facts == NULL);
    }
    assert(ERR_peek_error() == 0);
    arena_free(arena);
    return 0;
}
