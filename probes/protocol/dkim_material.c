/*
 * dkim_material.c - reads the public key of a DKIM key record
 */
#include "probes/protocol/dkim_material.h"

#include "probes/protocol/dkim_tags.h"
#include "scanner/base/arena.h"

#include <errno.h>
#include <string.h>

enum { DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_OID = 0x06, DER_SEQUENCE = 0x30 };

/* ---- DER ---- */

/* Takes a tag and a length: that of the content. Failed: another tag, or a length that no key has. */
static size_t take_header(struct bytes *in, uint8_t tag)
{
    size_t size;

    if (take_u8(in) != tag)
        in->failed = true;
    size = take_u8(in);
    if (size == 0x81)
        return take_u8(in);
    if (size == 0x82)
        return take_u16(in);
    if (size >= 0x80)
        in->failed = true;
    return size;
}

static struct bytes take_element(struct bytes *in, uint8_t tag)
{
    size_t size = take_header(in, tag);

    return take_block(in, size);
}

/* A positive integer without its leading zero; failed when it is none. */
static struct bytes take_integer(struct bytes *in)
{
    struct bytes integer = take_element(in, DER_INTEGER);

    if (!integer.failed && (integer.size == 0 || integer.data[0] >= 0x80))
        integer.failed = true;
    while (integer.size > 1 && integer.data[0] == 0)
        take_u8(&integer);
    return integer;
}

static size_t bit_length(struct bytes integer)
{
    size_t bits = integer.size * 8;

    for (uint8_t mask = 0x80; mask != 0 && (integer.data[0] & mask) == 0; mask >>= 1)
        bits--;
    return bits;
}

/* RSAPublicKey: a sequence of modulus and exponent. False: it is something else. */
static bool read_rsa(struct bytes octets, struct dkim_material *ret)
{
    struct bytes rest = octets, key = take_element(&rest, DER_SEQUENCE);
    struct bytes modulus = take_integer(&key), exponent = take_integer(&key);
    struct dkim_material material = {.kind = DKIM_MATERIAL_RSA};

    if (rest.failed || modulus.failed || exponent.failed || key.size > 0)
        return false;
    material.key = bytes_of(octets.data, octets.size - rest.size);
    material.bits = bit_length(modulus);
    material.exponent_known = bit_length(exponent) <= 63;
    for (size_t i = 0; i < exponent.size && material.exponent_known; i++)
        material.exponent = material.exponent << 8 | exponent.data[i];
    if (material.bits == 0 || material.bits > DKIM_RSA_BITS_MAX)
        return false;
    *ret = material;
    return true;
}

/* SubjectPublicKeyInfo. */
static bool read_wrapped(struct bytes octets, struct dkim_material *ret)
{
    static const uint8_t rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
    static const uint8_t ed25519[] = {0x2b, 0x65, 0x70};
    struct bytes info = take_element(&octets, DER_SEQUENCE);
    struct bytes algorithm = take_element(&info, DER_SEQUENCE);
    struct bytes oid = take_element(&algorithm, DER_OID);
    struct bytes key = take_element(&info, DER_BIT_STRING);

    if (oid.failed || key.failed || take_u8(&key) != 0 || key.failed)
        return false;
    if (bytes_equal(oid, bytes_of(rsa, sizeof rsa)))
        return read_rsa(key, ret);
    if (!bytes_equal(oid, bytes_of(ed25519, sizeof ed25519)) || key.size != DKIM_ED25519_SIZE)
        return false;
    *ret = (struct dkim_material){
        .kind = DKIM_MATERIAL_ED25519_WRAPPED, .key = key, .bits = DKIM_ED25519_SIZE * 8};
    return true;
}

/* RSAPrivateKey and PrivateKeyInfo begin with their version, a small integer, and more follows; also when the rest is
 * cut off. */
static bool is_private(struct bytes octets)
{
    (void)take_header(&octets, DER_SEQUENCE);
    return !octets.failed && octets.size > DKIM_ED25519_SIZE && octets.data[0] == DER_INTEGER &&
           octets.data[1] == 1 && octets.data[2] <= 1;
}

static bool is_cut(struct bytes octets)
{
    size_t size = take_header(&octets, DER_SEQUENCE);

    return !octets.failed && size > octets.size;
}

struct dkim_material dkim_material_read(struct bytes octets, bool rsa_meant)
{
    struct dkim_material material = {.kind = DKIM_MATERIAL_OTHER};
    /* so begins every RSA key that is worth the name */
    bool rsa_begins = octets.size > 1 && octets.data[0] == DER_SEQUENCE && octets.data[1] >> 2 == 0x80 >> 2;

    if (octets.size == DKIM_ED25519_SIZE && !(rsa_meant && rsa_begins))
        return (struct dkim_material){
            .kind = DKIM_MATERIAL_ED25519, .key = octets, .bits = DKIM_ED25519_SIZE * 8};
    if (read_rsa(octets, &material) || read_wrapped(octets, &material))
        return material;
    if (is_private(octets))
        material.kind = DKIM_MATERIAL_PRIVATE;
    else if (is_cut(octets))
        material.kind = DKIM_MATERIAL_CUT;
    return material;
}

/* ---- base64 ---- */

static int digit_of(uint8_t octet)
{
    if (octet >= 'A' && octet <= 'Z')
        return octet - 'A';
    if (octet >= 'a' && octet <= 'z')
        return octet - 'a' + 26;
    if (octet >= '0' && octet <= '9')
        return octet - '0' + 52;
    return octet == '+' ? 62 : octet == '/' ? 63 : -1;
}

int dkim_base64_read(struct bytes text, struct arena *arena, enum dkim_base64 *ret_state,
                     struct bytes *ret_octets)
{
    uint8_t *octets = arena_alloc(arena, text.size + 1);
    size_t digits = 0, padding = 0, size = 0;
    uint32_t group = 0;

    if (octets == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < text.size; i++) {
        int digit = digit_of(text.data[i]);

        if (dkim_is_space(text.data[i]))
            continue;
        if (text.data[i] == '=') {
            padding++;
            continue;
        }
        if (digit < 0 || padding > 0) {
            *ret_state = DKIM_BASE64_BAD;
            return 0;
        }
        group = (group << 6 | (uint32_t)digit) & 0xffffff;
        if (++digits % 4 != 1)
            octets[size++] = (uint8_t)(group >> (6 - 2 * ((digits + 3) % 4)));
    }
    if (digits % 4 == 1 || padding > 2) {
        *ret_state = digits % 4 == 1 ? DKIM_BASE64_CUT : DKIM_BASE64_BAD;
        return 0;
    }
    *ret_state = (digits + padding) % 4 == 0 ? DKIM_BASE64_GOOD : DKIM_BASE64_UNPADDED;
    *ret_octets = bytes_of(octets, size);
    return 0;
}
