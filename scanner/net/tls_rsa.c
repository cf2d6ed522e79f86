/*
 * tls_rsa.c - encrypting with the RSA key of a certificate, without any padding of OpenSSL's
 */
#include "scanner/net/tls_rsa.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

/* NULL: it does not parse, or the key is of another kind (RSA-PSS keys only sign). */
static EVP_PKEY *key_of(struct bytes certificate)
{
    const unsigned char *der = certificate.data;
    X509 *parsed = d2i_X509(NULL, &der, (long)certificate.size);
    EVP_PKEY *key = parsed != NULL ? X509_get_pubkey(parsed) : NULL;

    X509_free(parsed);
    if (key != NULL && !EVP_PKEY_is_a(key, "RSA")) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

size_t tls_rsa_bits(struct bytes certificate)
{
    EVP_PKEY *key = key_of(certificate);
    int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;

    EVP_PKEY_free(key);
    return bits > 0 ? (size_t)bits : 0;
}

/* What is encrypted takes the place of the block. */
static int encrypt(EVP_PKEY_CTX *context, uint8_t *block, size_t size)
{
    uint8_t *encrypted = malloc(size);
    size_t count = size;
    bool done;

    if (encrypted == NULL)
        return -ENOMEM;
    done = EVP_PKEY_encrypt_init(context) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1 &&
           EVP_PKEY_encrypt(context, encrypted, &count, block, size) == 1 && count == size;
    if (done)
        memcpy(block, encrypted, size);
    free(encrypted);
    return done ? 0 : -EINVAL;
}

int tls_rsa_encrypt(struct bytes certificate, uint8_t *block, size_t size)
{
    EVP_PKEY *key = key_of(certificate);
    EVP_PKEY_CTX *context;
    int result = -EINVAL;

    if (key != NULL && (size_t)EVP_PKEY_get_size(key) == size) {
        context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
        result = context != NULL ? encrypt(context, block, size) : -ENOMEM;
        EVP_PKEY_CTX_free(context);
    }
    EVP_PKEY_free(key);
    ERR_clear_error();
    return result;
}
