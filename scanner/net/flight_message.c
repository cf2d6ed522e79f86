/*
 * flight_message.c - the handshake messages that a server sends in clear
 *
 *   ServerHello -> TLS 1.3: the end, all else is encrypted (or HelloRetryRequest)
 *               -> below:   Certificate, CertificateStatus, ServerKeyExchange, CertificateRequest, ServerHelloDone
 *
 * RFC 8446 4.1.3, 4.1.4; RFC 5246 7.4; RFC 6066 8; RFC 8422 5.4; RFC 5054 2.5.3; RFC 4279; RFC 5489; RFC 6101 5.6.
 * A message that does not parse breaks the rules; one of a suite or a curve type that is not known is passed over.
 */
#include "scanner/net/flight_message.h"

#include <string.h>

enum {
    HELLO_REQUEST = 0,
    SERVER_HELLO = 2,
    NEW_SESSION_TICKET = 4,
    CERTIFICATE = 11,
    SERVER_KEY_EXCHANGE = 12,
    CERTIFICATE_REQUEST = 13,
    SERVER_HELLO_DONE = 14,
    CERTIFICATE_STATUS = 22,
};

/* The random of a ServerHello that is a HelloRetryRequest: the SHA-256 of its name (RFC 8446 4.1.3). */
static const uint8_t hello_retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* A block for the facts: one that is not all there is none. */
static struct bytes keep_block(struct bytes *in, size_t size)
{
    struct bytes block = take_block(in, size);

    return block.failed ? (struct bytes){0} : block;
}

/* ---- ServerHello ---- */

enum {
    EXTENSION_SUPPORTED_GROUPS = 10,
    EXTENSION_ALPN = 16,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    EXTENSION_COOKIE = 44,
    EXTENSION_KEY_SHARE = 51,
};

/* Extensions that we may offer; those without a flag are facts of their own, or none. */
static const struct {
    uint16_t type;
    unsigned flag;
} offered[] = {
    {0, HELLO_SERVER_NAME},
    {5, HELLO_STATUS_REQUEST},
    {EXTENSION_SUPPORTED_GROUPS, 0}, /* some servers send it back */
    {11, HELLO_POINT_FORMATS},
    {13, 0}, /* signature_algorithms */
    {15, HELLO_HEARTBEAT},
    {EXTENSION_ALPN, 0},
    {18, HELLO_TIMESTAMPS},
    {21, 0}, /* padding */
    {22, HELLO_ENCRYPT_THEN_MAC},
    {23, HELLO_EXTENDED_MASTER_SECRET},
    {35, HELLO_SESSION_TICKET},
    {EXTENSION_SUPPORTED_VERSIONS, 0},
    {45, HELLO_PSK_MODES},
    {EXTENSION_KEY_SHARE, 0},
    {0xff01, HELLO_RENEGOTIATION_INFO},
};

static void note_extension(struct server_flight *flight, uint16_t type, bool retry)
{
    for (size_t i = 0; i < sizeof(offered) / sizeof(offered[0]); i++)
        if (offered[i].type == type) {
            flight->extensions |= offered[i].flag;
            return;
        }
    if (!retry || type != EXTENSION_COOKIE) /* a HelloRetryRequest may bring one unasked */
        flight->unknown_extension = true;
}

/* False: its content does not parse. */
static bool read_extension(struct server_flight *flight, uint16_t type, struct bytes in, bool retry)
{
    uint16_t number;

    note_extension(flight, type, retry);
    switch (type) {
    case EXTENSION_SUPPORTED_VERSIONS:
        number = take_u16(&in);
        if (!in.failed)
            flight->version = number;
        break;
    case EXTENSION_KEY_SHARE:
        flight->group = take_u16(&in);
        flight->group_seen = !in.failed;
        if (!retry)
            take_block(&in, take_u16(&in));
        break;
    case EXTENSION_ALPN:
        number = take_u16(&in);
        if (number != in.size)
            return false;
        flight->protocol = keep_block(&in, take_u8(&in));
        break;
    default:
        return true;
    }
    return !in.failed && in.size == 0;
}

static const char *read_extensions(struct server_flight *flight, struct bytes in, bool retry)
{
    struct bytes list;

    if (in.size == 0)
        return NULL;
    list = take_block(&in, take_u16(&in));
    if (in.failed || in.size > 0)
        return "extensions of ServerHello have a wrong length";
    while (list.size > 0) {
        uint16_t type = take_u16(&list);
        struct bytes content = take_block(&list, take_u16(&list));

        if (list.failed)
            return "extensions of ServerHello have a wrong length";
        if (!read_extension(flight, type, content, retry))
            return "an extension of ServerHello does not parse";
    }
    return NULL;
}

size_t encrypted_extensions_groups(struct bytes body, uint16_t *ret, size_t room)
{
    struct bytes list = take_block(&body, take_u16(&body));
    size_t count = 0;

    if (body.failed || body.size > 0)
        return 0;
    while (list.size > 0) {
        uint16_t type = take_u16(&list);
        struct bytes content = take_block(&list, take_u16(&list));
        struct bytes groups;

        if (list.failed)
            return 0;
        if (type != EXTENSION_SUPPORTED_GROUPS)
            continue;
        groups = take_block(&content, take_u16(&content));
        if (content.failed || content.size > 0 || groups.size % 2 != 0 || groups.size / 2 > room || count > 0)
            return 0;
        while (groups.size > 0)
            ret[count++] = take_u16(&groups);
    }
    return count;
}

static const char *read_server_hello(struct flight_reader *reader, struct bytes in)
{
    struct server_flight *flight = &reader->flight;
    uint16_t version = take_u16(&in);
    struct bytes random = take_block(&in, sizeof(flight->random));
    struct bytes session_id = take_block(&in, take_u8(&in));
    uint16_t suite = take_u16(&in);
    uint8_t compression = take_u8(&in);
    const char *broken;
    bool retry;

    if (in.failed || session_id.size > 32)
        return "ServerHello does not parse";
    if (version < TLS_VERSION_SSL3 || version > TLS_VERSION_1_2)
        return "ServerHello is of an unknown version";
    memcpy(flight->random, random.data, sizeof(flight->random));
    retry = memcmp(flight->random, hello_retry_random, sizeof(hello_retry_random)) == 0;
    flight->hello_seen = true;
    flight->version = flight->legacy_version = version;
    flight->session_id = session_id;
    flight->suite = suite;
    flight->compression = compression;
    broken = read_extensions(flight, in, retry);
    if (broken != NULL)
        return broken;
    if (flight->version < TLS_VERSION_SSL3)
        return "ServerHello is of an unknown version";
    if (flight->version > TLS_VERSION_1_2)
        flight->state = retry ? FLIGHT_HELLO_RETRY : FLIGHT_ENCRYPTED;
    else if (retry)
        return "HelloRetryRequest below TLS 1.3";
    return NULL;
}

/* ---- Certificate and its status ---- */

static const char *read_certificate(struct flight_reader *reader, struct bytes in)
{
    struct server_flight *flight = &reader->flight;
    uint32_t size = take_u24(&in);

    if (in.failed || size != in.size)
        return "Certificate has a wrong length";
    while (in.size > 0) {
        struct bytes certificate = take_block(&in, take_u24(&in));

        if (in.failed || certificate.size == 0)
            return "Certificate does not parse";
        if (flight->chain_count < FLIGHT_CHAIN_MAX)
            flight->chain[flight->chain_count] = certificate;
        flight->chain_count++;
    }
    flight->certificate_seen = true;
    return NULL;
}

static const char *read_certificate_status(struct flight_reader *reader, struct bytes in)
{
    enum { OCSP = 1 };
    uint8_t type = take_u8(&in);
    uint32_t size;

    if (!in.failed && type != OCSP)
        return NULL;
    size = take_u24(&in);
    if (in.failed || size != in.size)
        return "CertificateStatus has a wrong length";
    reader->flight.staple = in;
    return NULL;
}

/* ---- ServerKeyExchange ---- */

static void read_dh(struct server_flight *flight, struct bytes *in)
{
    flight->dh_prime = keep_block(in, take_u16(in));
    flight->dh_generator = keep_block(in, take_u16(in));
    flight->dh_public = keep_block(in, take_u16(in));
}

/* The curve itself in place of its name: RFC 4492 5.4. */
static void skip_explicit_curve(struct bytes *in, bool prime)
{
    enum { TRINOMIAL = 1, PENTANOMIAL = 2 };
    size_t lengths = 1; /* of the field's prime; or of the exponents of its polynomial */

    if (!prime) {
        take_u16(in); /* the field's degree */
        switch (take_u8(in)) {
        case TRINOMIAL:
            break;
        case PENTANOMIAL:
            lengths = 3;
            break;
        default:
            in->failed = true;
        }
    }
    lengths += 5; /* a and b of the curve, its base point, order and cofactor */
    for (size_t i = 0; i < lengths; i++)
        take_block(in, take_u8(in));
}

/* False: a type of curve that nobody has defined. */
static bool read_ecdh(struct server_flight *flight, struct bytes *in)
{
    enum { EXPLICIT_PRIME = 1, EXPLICIT_CHAR2 = 2, NAMED_CURVE = 3 };
    uint8_t type = take_u8(in);

    switch (type) {
    case NAMED_CURVE:
        flight->group = take_u16(in);
        flight->group_seen = !in->failed;
        break;
    case EXPLICIT_PRIME:
    case EXPLICIT_CHAR2:
        flight->explicit_curve = true;
        skip_explicit_curve(in, type == EXPLICIT_PRIME);
        break;
    default:
        return in->failed;
    }
    flight->ec_point = keep_block(in, take_u8(in));
    return true;
}

static void read_rsa(struct server_flight *flight, struct bytes *in)
{
    flight->rsa_modulus = keep_block(in, take_u16(in));
    take_block(in, take_u16(in)); /* exponent */
}

static void skip_srp(struct bytes *in)
{
    take_block(in, take_u16(in)); /* N */
    take_block(in, take_u16(in)); /* g */
    take_block(in, take_u8(in));  /* salt: RFC 5054 2.8.2 */
    take_block(in, take_u16(in)); /* B */
}

/* The parameters; false: of a kind that is not known, so that what follows cannot be read either. */
static bool read_parameters(struct server_flight *flight, const struct tls_suite *suite, struct bytes *in)
{
    switch (suite->key_exchange) {
    case TLS_KX_RSA:
        if (suite->export_grade)
            read_rsa(flight, in);
        return suite->export_grade;
    case TLS_KX_DHE:
        read_dh(flight, in);
        return true;
    case TLS_KX_ECDHE:
        return read_ecdh(flight, in);
    case TLS_KX_PSK:
    case TLS_KX_RSA_PSK:
        take_block(in, take_u16(in)); /* the hint for an identity */
        return true;
    case TLS_KX_DHE_PSK:
        take_block(in, take_u16(in));
        read_dh(flight, in);
        return true;
    case TLS_KX_ECDHE_PSK:
        take_block(in, take_u16(in));
        return read_ecdh(flight, in);
    case TLS_KX_SRP:
        skip_srp(in);
        return true;
    case TLS_KX_NONE:
    case TLS_KX_DH:
    case TLS_KX_ECDH:
    case TLS_KX_KRB5:
    case TLS_KX_GOST:
    case TLS_KX_ECCPWD:
    case TLS_KX_ANY:
        return false;
    }
    return false;
}

/* Are the parameters signed? */
static bool is_signed(const struct tls_suite *suite)
{
    return suite->key_exchange != TLS_KX_RSA_PSK &&
           (suite->authentication == TLS_AUTH_RSA || suite->authentication == TLS_AUTH_DSS ||
            suite->authentication == TLS_AUTH_ECDSA);
}

static const char *read_key_exchange(struct flight_reader *reader, struct bytes in)
{
    struct server_flight *flight = &reader->flight;
    const struct tls_suite *suite = tls_suite_by_code(flight->suite);

    flight->key_exchange_seen = true;
    if (suite == NULL || !read_parameters(flight, suite, &in))
        return NULL;
    if (is_signed(suite)) {
        if (flight->version == TLS_VERSION_1_2) {
            flight->scheme = take_u16(&in);
            flight->scheme_seen = !in.failed;
        }
        take_block(&in, take_u16(&in));
    }
    return in.failed || in.size > 0 ? "ServerKeyExchange does not parse" : NULL;
}

/* ---- CertificateRequest, ServerHelloDone ---- */

static const char *read_certificate_request(struct flight_reader *reader, struct bytes in)
{
    struct server_flight *flight = &reader->flight;
    struct bytes names;

    take_block(&in, take_u8(&in)); /* certificate types */
    if (flight->version == TLS_VERSION_1_2)
        take_block(&in, take_u16(&in)); /* signature algorithms */
    names = take_block(&in, take_u16(&in));
    if (in.failed || in.size > 0)
        return "CertificateRequest does not parse";
    for (; names.size > 0; flight->authority_count++) {
        take_block(&names, take_u16(&names));
        if (names.failed)
            return "CertificateRequest does not parse";
    }
    flight->certificate_request = true;
    return NULL;
}

static const char *read_done(struct flight_reader *reader, struct bytes in)
{
    if (in.size > 0)
        return "ServerHelloDone is not empty";
    reader->flight.state = FLIGHT_COMPLETE;
    return NULL;
}

static const char *pass_over(struct flight_reader *reader, struct bytes in)
{
    (void)reader;
    (void)in;
    return NULL;
}

/* ---- which may come when ---- */

/* In the order in which they come. A NewSessionTicket belongs to a session that is resumed: change_cipher_spec
 * follows it. HelloRequest may come at any time and means nothing here. */
static const struct message {
    uint8_t type;
    const char *(*read)(struct flight_reader *reader, struct bytes body);
} messages[] = {
    {SERVER_HELLO, read_server_hello},        {NEW_SESSION_TICKET, pass_over},
    {CERTIFICATE, read_certificate},          {CERTIFICATE_STATUS, read_certificate_status},
    {SERVER_KEY_EXCHANGE, read_key_exchange}, {CERTIFICATE_REQUEST, read_certificate_request},
    {SERVER_HELLO_DONE, read_done},
};
enum { MESSAGES = sizeof(messages) / sizeof(messages[0]) };

/* Its place in the order, from 1 on; 0: not known. */
static int place_of(uint8_t type)
{
    for (int i = 0; i < MESSAGES; i++)
        if (messages[i].type == type)
            return i + 1;
    return 0;
}

const char *flight_message_expected(const struct flight_reader *reader, uint8_t type)
{
    int place = place_of(type);

    if (type == HELLO_REQUEST)
        return NULL;
    if (place == 0)
        return "a handshake message of an unknown type";
    if (reader->stage == 0 && type != SERVER_HELLO)
        return "a handshake message before ServerHello";
    return place > reader->stage ? NULL : "handshake messages out of order";
}

const char *flight_message_read(struct flight_reader *reader, uint8_t type, struct bytes body)
{
    if (type == HELLO_REQUEST)
        return NULL;
    reader->stage = place_of(type);
    return messages[reader->stage - 1].read(reader, body);
}

/* ---- SSLv2 ---- */

const char *flight_message_ssl2(struct server_flight *flight, struct bytes in)
{
    enum { SERVER_HELLO_V2 = 4, X509 = 1 };
    uint8_t type = take_u8(&in), certificate_type;
    struct bytes certificate, kinds;
    uint16_t version, certificate_size, kinds_size, id_size;

    if (type != SERVER_HELLO_V2) {
        flight->ssl2_error = take_u16(&in);
        if (in.failed)
            return "an SSLv2 error does not parse";
        flight->state = FLIGHT_SSL2;
        return NULL;
    }
    take_u8(&in); /* whether a session was resumed */
    certificate_type = take_u8(&in);
    version = take_u16(&in);
    certificate_size = take_u16(&in);
    kinds_size = take_u16(&in);
    id_size = take_u16(&in);
    certificate = take_block(&in, certificate_size);
    kinds = take_block(&in, kinds_size);
    flight->session_id = keep_block(&in, id_size);
    if (in.failed || kinds_size % 3 != 0)
        return "SSLv2's SERVER-HELLO does not parse";
    flight->hello_seen = true;
    flight->version = flight->legacy_version = version;
    if (certificate.size > 0 && certificate_type == X509) {
        flight->certificate_seen = true;
        flight->chain[0] = certificate;
        flight->chain_count = 1;
    }
    while (kinds.size > 0 &&
           flight->ssl2_kind_count < sizeof(flight->ssl2_kinds) / sizeof(flight->ssl2_kinds[0]))
        flight->ssl2_kinds[flight->ssl2_kind_count++] = take_u24(&kinds);
    flight->state = FLIGHT_SSL2;
    return NULL;
}
