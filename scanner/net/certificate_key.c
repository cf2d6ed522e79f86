/*
 * certificate_key.c - facts of a public key: type, size, curve, RSA exponent, ROCA
 */
#include "scanner/net/certificate_parts.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/tls_names.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <string.h>

/* A larger modulus is no key that anybody can use (OpenSSL refuses it too), only work for us. */
enum { RSA_BITS_MAX = 16384, NAME_MAX_BYTES = 80 };

/* Is `residue` among the powers of 65537 modulo `prime`? */
static bool is_power_of_65537(unsigned residue, unsigned prime)
{
    unsigned power = 1;

    do {
        if (power == residue)
            return true;
        power = power * (65537 % prime) % prime;
    } while (power != 1);
    return false;
}

/*
 * The faulty library of CVE-2017-15361 made primes of the form k * M + (65537^a mod M) with M the product of
 * the first primes; a product of two such is a power of 65537 modulo each of them. A random modulus passes
 * this test for the 38 odd primes up to 167 once in about 2^28. (Nemec et al., "The Return of Coppersmith's
 * Attack", 2017)
 */
static bool has_roca_fingerprint(const BIGNUM *modulus)
{
    static const unsigned char primes[] = {3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                           47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                           107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

    for (size_t i = 0; i < sizeof(primes); i++) {
        BN_ULONG residue = BN_mod_word(modulus, primes[i]);

        if (residue == (BN_ULONG)-1 || !is_power_of_65537((unsigned)residue, primes[i]))
            return false;
    }
    return true;
}

static void read_rsa(const EVP_PKEY *key, struct key_facts *facts)
{
    BIGNUM *modulus = NULL, *exponent = NULL;

    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) && BN_num_bits(exponent) <= 63)
        facts->rsa_exponent = number((int64_t)BN_get_word(exponent));
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) && BN_num_bits(modulus) <= RSA_BITS_MAX)
        facts->roca = known(has_roca_fingerprint(modulus));
    BN_free(modulus);
    BN_free(exponent);
}

/* A curve that has no name in TLS keeps the one OpenSSL gives it. */
static const char *read_curve(const EVP_PKEY *key, struct arena *arena)
{
    char name[NAME_MAX_BYTES];
    const char *group;

    if (!EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name), NULL))
        return "explicit parameters";
    group = tls_group_name(OBJ_txt2nid(name));
    return group != NULL ? group : text_clean(arena, name, strlen(name), 0);
}

struct key_facts *certificate_key_read(const X509 *certificate, struct arena *arena)
{
    struct key_facts *facts = arena_alloc(arena, sizeof(*facts));
    const EVP_PKEY *key = X509_get0_pubkey(certificate);

    if (facts == NULL)
        return NULL;
    facts->type = "other";
    if (key == NULL)
        return facts; /* an algorithm OpenSSL does not know, or a key that is none */
    facts->bits = number(EVP_PKEY_get_bits(key));
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        facts->type = "RSA";
        read_rsa(key, facts);
        break;
    case EVP_PKEY_RSA_PSS:
        facts->type = "RSA-PSS";
        read_rsa(key, facts);
        break;
    case EVP_PKEY_EC:
        facts->type = "ECDSA";
        facts->curve = read_curve(key, arena);
        if (facts->curve == NULL)
            return NULL;
        break;
    case EVP_PKEY_ED25519:
        facts->type = "Ed25519";
        break;
    case EVP_PKEY_ED448:
        facts->type = "Ed448";
        break;
    case EVP_PKEY_DSA:
        facts->type = "DSA";
        break;
    default:
        break;
    }
    return facts;
}
