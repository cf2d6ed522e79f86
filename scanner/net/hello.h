/*
 * hello.h - ClientHellos made by hand, and the server's answer as far as it comes in clear
 *
 *   hello_write() -> bytes for the wire -> the server's flight -> flight_feed() -> struct server_flight
 *
 * Pure: no cryptography, no waiting. A hello may be one that no library would send (SSLv2's format, any suite, any
 * group, no extensions, GREASE, odd sizes, records split anywhere). Of the answer everything is read that crosses
 * the wire before keys are needed: alerts, ServerHello, HelloRetryRequest, and below TLS 1.3 also Certificate,
 * CertificateStatus, ServerKeyExchange, CertificateRequest and ServerHelloDone; records and messages may be split
 * and joined in any way. RFC 8446 4, RFC 5246 7.4, RFC 6101, RFC 6066, RFC 7919, RFC 8422, RFC 8701; SSLv2: "The SSL
 * Protocol" (Hickman, 1995), RFC 6176.
 */
#ifndef OUTPOST_NET_HELLO_H
#define OUTPOST_NET_HELLO_H

#include "scanner/base/bytes.h"
#include "scanner/facts/tls_registry.h"

/* Extensions that are on or off in a hello, and echoed or not in an answer. */
enum hello_extension {
    HELLO_EXTENDED_MASTER_SECRET = 1 << 0, /* 23 */
    HELLO_ENCRYPT_THEN_MAC = 1 << 1,       /* 22 */
    HELLO_RENEGOTIATION_INFO = 1 << 2,     /* 0xff01, empty */
    HELLO_SESSION_TICKET = 1 << 3,         /* 35; with `ticket` */
    HELLO_STATUS_REQUEST = 1 << 4,         /* 5 */
    HELLO_TIMESTAMPS = 1 << 5,             /* 18, signed_certificate_timestamp */
    HELLO_HEARTBEAT = 1 << 6,              /* 15, peer_allowed_to_send */
    HELLO_POINT_FORMATS = 1 << 7,          /* 11, uncompressed */
    HELLO_GREASE = 1 << 8, /* RFC 8701: a value in suites, groups, schemes, versions and two extensions */
    HELLO_SERVER_NAME = 1 << 9, /* answers only: the server acknowledged the name */
    HELLO_PSK_MODES = 1 << 10,  /* 45, psk_dhe_ke */
};

struct hello_numbers {
    const uint16_t *codes;
    size_t count;
};

struct client_hello {
    uint16_t version;        /* legacy_version: 0x0300 to 0x0303 (0x0303 for TLS 1.3, too) */
    uint16_t record_version; /* 0: 0x0301, or 0x0300 for an SSLv3 hello */
    uint8_t random[32];
    struct bytes session_id;      /* at most 32 bytes */
    struct hello_numbers suites;  /* in the order given; signalling values are the caller's to add */
    bool deflate;                 /* offer DEFLATE beside null compression */
    bool no_extensions;           /* nothing at all behind the compression methods */
    const char *name;             /* SNI; NULL: none */
    unsigned extensions;          /* enum hello_extension */
    struct hello_numbers groups;  /* supported_groups; count 0: no such extension */
    struct hello_numbers schemes; /* signature_algorithms; count 0: none */
    struct hello_numbers certificate_schemes; /* signature_algorithms_cert (RFC 8446 4.2.3); count 0: none */
    struct hello_numbers versions;            /* supported_versions; count 0: none */
    bool key_share; /* the extension, with `shares` (none: an empty list, asks for HelloRetryRequest) */
    struct hello_numbers
        shares;          /* a share for each of these: hello_share(); those it does not know are left out */
    struct bytes ticket; /* content of session_ticket */
    const char *const *protocols; /* ALPN; NULL-terminated; NULL: none */
    size_t
        pad_to; /* the handshake message with its header is padded (RFC 7685) to at least this size; 0: not */
    size_t record_size; /* at most so many bytes of the message in one record; 0: 16384 */
};

/* Appends the records of the hello. Failure (over the buffer's limit, more than fits the format) is `out->failed`. */
void hello_write(const struct client_hello *hello, struct buffer *out);
/* Appends an SSLv2 CLIENT-HELLO that offers these cipher kinds (24 bits each), with a challenge of 16 bytes. */
void hello_write_ssl2(const uint32_t *kinds, size_t count, const uint8_t challenge[16], struct buffer *out);
/* A key share that is valid on the wire (a real public value whose secret nobody needs): x25519, x448, secp256r1,
 * secp384r1, secp521r1, brainpool and SM2 in TLS 1.3, ffdhe; for a hybrid or ML-KEM group one of the right length that
 * decodes. Empty: not known. */
struct bytes hello_share(uint16_t group);

/* ---- the answer ---- */

enum flight_state {
    FLIGHT_MORE = 0,    /* not complete yet */
    FLIGHT_HELLO_RETRY, /* TLS 1.3 HelloRetryRequest: suite and group */
    FLIGHT_ENCRYPTED, /* what follows is encrypted: TLS 1.3 ServerHello; below it a session that is resumed */
    FLIGHT_COMPLETE,  /* through ServerHelloDone */
    FLIGHT_ALERT, /* a fatal alert or close_notify (for other warnings: flight_end); what came before is kept */
    FLIGHT_SSL2,    /* an SSLv2 SERVER-HELLO, or its error */
    FLIGHT_NOT_TLS, /* the first bytes are no TLS record (an SMTP reply in clear, for example) */
    FLIGHT_GARBLED, /* TLS, but against its rules; `broken` says how */
};

enum { FLIGHT_CHAIN_MAX = 10, FLIGHT_SIZE_MAX = 64 * 1024 };

struct server_flight {
    enum flight_state state;
    const char *broken; /* static text */
    bool alert_seen;    /* also of a warning that ended nothing */
    uint8_t alert_level, alert;
    bool warning_unrecognized_name; /* warning alert 112 came before the ServerHello */
    bool hello_seen;
    uint16_t record_version; /* of the first record */
    uint16_t version;        /* the one selected (supported_versions counts) */
    uint16_t legacy_version;
    uint8_t random[32];
    struct bytes session_id;
    uint16_t suite;
    uint8_t compression;
    unsigned extensions;    /* echoed: enum hello_extension */
    bool unknown_extension; /* one that we never offer */
    struct bytes protocol;  /* ALPN's choice */
    bool group_seen;
    uint16_t group; /* HelloRetryRequest, key_share, or ServerKeyExchange's named curve */
    struct bytes chain[FLIGHT_CHAIN_MAX];
    size_t chain_count; /* all that came, may be larger than FLIGHT_CHAIN_MAX */
    bool certificate_seen;
    struct bytes staple; /* OCSPResponse of CertificateStatus */
    bool key_exchange_seen;
    struct bytes dh_prime, dh_generator, dh_public; /* of a DHE or anonymous DH suite */
    struct bytes rsa_modulus;                       /* ephemeral key of an export suite */
    struct bytes ec_point;
    bool explicit_curve; /* explicit_prime or explicit_char2 instead of a named curve */
    bool scheme_seen;    /* TLS 1.2 */
    uint16_t scheme;
    bool certificate_request;
    size_t authority_count; /* distinguished names in it */
    /* SSLv2: certificate in chain[0], connection id in session_id; an error is one when no hello was seen */
    uint32_t ssl2_kinds[16];
    size_t ssl2_kind_count; /* at most 16 */
    uint16_t ssl2_error;
};

/* Reads an answer piece by piece. Zeroed memory is a reader at its begin; it owns what it has gathered. How
 * ServerKeyExchange is read depends on the suite, as the registry knows it; of one unknown it is skipped. */
struct flight_reader {
    struct server_flight flight; /* complete once the state is final; points into the reader's memory */
    bool ssl2;                   /* an answer to an SSLv2 hello is expected: set by the caller */
    /* Ours, and then the state is no fact about the server. -ENOMEM; -EMSGSIZE: more than FLIGHT_SIZE_MAX. */
    int error;
    size_t received; /* bytes taken in */
    /* the rest is the reader's own */
    struct buffer handshake; /* messages without record headers; its memory does not move */
    size_t parsed;           /* bytes of it */
    int stage;               /* how far the flight is */
    uint8_t header[5];       /* of the record under way */
    size_t header_size, record_left;
    bool ssl2_record; /* the answer came in SSLv2's format */
    bool alert_begun; /* the second byte of an alert is to come */
    uint8_t alert_half;
    bool warned; /* by an alert, and nothing came since */
};

/* Takes in what was received. The state; not FLIGHT_MORE: read no further (later calls change nothing). Time and
 * memory are linear in the bytes, which are at most FLIGHT_SIZE_MAX. */
enum flight_state flight_feed(struct flight_reader *reader, struct bytes in);
/* Nothing more will come: the connection is closed, or time is over. FLIGHT_ALERT when a warning was all there was
 * since; else the state as it is. */
enum flight_state flight_end(struct flight_reader *reader);
void flight_free(struct flight_reader *reader);

/* The groups that a server names in EncryptedExtensions (its body, in clear), which are those it takes, the preferred
 * first (RFC 8446 4.2.7, 4.3.1): how many, at most `room`; 0: it names none, more, or it does not parse. */
size_t encrypted_extensions_groups(struct bytes body, uint16_t *ret, size_t room);

#endif
