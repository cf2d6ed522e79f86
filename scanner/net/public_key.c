/*
 * public_key.c - reads a key in PEM with OpenSSL, and keeps its public half
 */
#include "scanner/net/public_key.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { ED25519_SIZE = 32 };

/* Nobody is asked for a passphrase. */
static int no_passphrase(char *buffer, int size, int writing, void *data)
{
    (void)buffer;
    (void)size;
    (void)writing;
    *(bool *)data = true;
    return -1;
}

/* A public or a private key; NULL when it is neither. */
static EVP_PKEY *read_key(BIO *pem, bool *ret_encrypted)
{
    EVP_PKEY *key = PEM_read_bio_PUBKEY(pem, NULL, no_passphrase, ret_encrypted);

    if (key == NULL && BIO_reset(pem) == 1)
        key = PEM_read_bio_PrivateKey(pem, NULL, no_passphrase, ret_encrypted);
    return key;
}

static int keep_key(EVP_PKEY *key, struct arena *arena, struct bytes *ret_key, bool *ret_ed25519,
                    const char **ret_error)
{
    uint8_t octets[ED25519_SIZE];
    unsigned char *der = NULL;
    size_t size = sizeof(octets);
    const void *copy;
    int der_size;

    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
        if (EVP_PKEY_get_raw_public_key(key, octets, &size) != 1)
            return -ENOMEM;
        copy = arena_copy(arena, octets, size);
        break;
    case EVP_PKEY_RSA:
        der_size = i2d_PUBKEY(key, &der);
        if (der_size <= 0)
            return -ENOMEM;
        size = (size_t)der_size;
        copy = arena_copy(arena, der, size);
        OPENSSL_free(der);
        break;
    default:
        *ret_error = "the key is neither RSA nor Ed25519";
        return -EINVAL;
    }
    if (copy == NULL)
        return -ENOMEM;
    *ret_key = bytes_of(copy, size);
    *ret_ed25519 = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
    return 0;
}

int public_key_read(struct bytes pem, struct arena *arena, struct bytes *ret_key, bool *ret_ed25519,
                    const char **ret_error)
{
    bool encrypted = false;
    BIO *bio = pem.size > INT_MAX ? NULL : BIO_new_mem_buf(pem.data, (int)pem.size);
    EVP_PKEY *key;
    int result = -EINVAL;

    if (bio == NULL)
        return -ENOMEM;
    key = read_key(bio, &encrypted);
    if (key != NULL)
        result = keep_key(key, arena, ret_key, ret_ed25519, ret_error);
    else
        *ret_error = encrypted ? "the key is encrypted: give its public half"
                               : "there is no key in it that can be read";
    EVP_PKEY_free(key);
    BIO_free(bio);
    ERR_clear_error();
    return result;
}
