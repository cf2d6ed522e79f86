/*
 * tls.h - OpenSSL as a client, driven without ever waiting inside it
 *
 * The service holds the roots (loaded once) and the contexts. A handshake is made with everything allowed
 * that OpenSSL can still speak (security level 0): what was agreed is a fact, whether it is good is judged
 * elsewhere.
 */
#ifndef OUTPOST_NET_TLS_H
#define OUTPOST_NET_TLS_H

#include "scanner/facts/tls.h"
#include "scanner/net/stream.h"

struct tls_service;

/* `ca_file` NULL: the system's roots. 0; -ENOENT, -EINVAL with *ret_error (arena memory) in words; -ENOMEM.
 */
int tls_service_new(struct engine *engine, const char *ca_file, struct arena *arena, struct tls_service **ret,
                    const char **ret_error);
void tls_service_free(struct tls_service *service);

enum tls_key_type { TLS_KEY_ANY = 0, TLS_KEY_RSA, TLS_KEY_ECDSA };

/* What a server gave us to resume a session with, taken off a stream whose session has ended or is about to. */
struct tls_resumable;

struct tls_options {
    const char *name; /* SNI; NULL: none */
    enum tls_key_type
        key_type; /* only such certificates are acceptable (suites below TLS 1.3, signature schemes in all) */
    uint16_t version;    /* only this one (enum tls_version); 0: all */
    const char *schemes; /* only these signature schemes, as OpenSSL's lists have them; NULL: see key_type */
    bool keep_session;   /* what the server gives for resumption is kept: stream_take_resumable() */
    bool ask_staple;     /* an OCSP response is asked for: some servers do not bear that */
    bool
        skip_certificate; /* the chain is not noted: reading and verifying it is most of what a handshake costs us */
    bool no_ticket; /* tickets are not asked for, so that session ids show (below TLS 1.3) */
    bool
        share_p256; /* the key share is one of secp256r1, not of x25519: who prefers another names all it takes */
    struct tls_resumable *resume; /* offered to the server; stays the caller's; NULL: none */
};

/* What the server gave so far on this stream, or NULL; the caller's to free. With TLS 1.3 it comes after the handshake,
 * with whatever is read next. */
struct tls_resumable *stream_take_resumable(struct stream *stream);
bool stream_has_resumable(const struct stream *stream);
void tls_resumable_free(struct tls_resumable *resumable);
bool tls_resumable_has_ticket(const struct tls_resumable *resumable);
bool tls_resumable_has_id(const struct tls_resumable *resumable);
/* Seconds that the server says; bytes of early data that it allows (0: none). */
int64_t tls_resumable_lifetime(const struct tls_resumable *resumable);
int64_t tls_resumable_early_data(const struct tls_resumable *resumable);

/* The ticket (RFC 5077) as the server gave it; empty: none. Lives as long as the resumable. */
struct bytes tls_resumable_ticket(const struct tls_resumable *resumable);

/*
 * One more handshake on a stream that is TLS below 1.3, asked for by us (RFC 5246 7.4.1.2), and not begun before all that
 * has arrived is taken in. 0; -ECONNREFUSED: the server answered with an alert, its "no" among them; -EPIPE, -ECONNRESET,
 * -ETIMEDOUT, -ECANCELED; -EPROTO: TLS broke, or this is no stream to do it on. After a failure the stream is of no use.
 */
int stream_tls_renegotiate(struct stream *stream, int64_t deadline);
/* Did the server show in its handshake that it has RFC 5746? */
bool stream_tls_has_rfc5746(const struct stream *stream);

/* The chain that a server showed in a flight read by hand (DER, leaf first; `count` of `total` are here): found among
 * `certificates` or added there, verified as by tls_handshake(). *ret is NULL when the leaf does not parse. 0 or
 * -ENOMEM. */
int tls_note_chain(struct tls_service *service, const struct bytes *chain, size_t count, size_t total,
                   const char *name, struct arena *arena, struct list *certificates,
                   struct certificate_facts **ret);

/* What came with a certificate to a hello that asked for an OCSP response (nothing, when it is empty), verified: noted
 * with the certificate, unless one is there that says more. 0 or -ENOMEM. */
int tls_note_staple(struct tls_service *service, struct bytes response, struct arena *arena,
                    struct certificate_facts *certificate);

/*
 * Makes the stream TLS. Appends a handshake (always) and the certificate shown (when one was) to `facts`, in
 * `arena`; the chain is verified against the roots at the wall clock's time and every error is noted, and
 * none ends the handshake. 0: TLS is up. -ECANCELED, -ETIMEDOUT, -ECONNRESET, -EPIPE, -EPROTO: it is not (the
 * handshake facts say why). Unconsumed clear bytes of the stream must have been discarded by the caller; the
 * handshake semaphore is taken inside.
 */
int tls_handshake(struct stream *stream, struct tls_service *service, const struct tls_options *options,
                  int64_t deadline, struct arena *arena, struct tls_facts *facts);

/* The server side, for scripted peers: PEM files; 0, -EINVAL (not the certificate and its key), -ENOMEM. */
struct tls_server;
int tls_server_new(const char *certificate_chain_file, const char *key_file, struct tls_server **ret);
/* One more certificate, of another key type. 0 or -EINVAL. */
int tls_server_add(struct tls_server *server, const char *certificate_chain_file, const char *key_file);
/* Speaks only versions from `oldest` to `newest`, as "TLS1.0"; NULL: no limit. 0 or -EINVAL. */
int tls_server_limit(struct tls_server *server, const char *oldest, const char *newest);
void tls_server_free(struct tls_server *server);
/* Makes the stream TLS. Errors as tls_handshake; bytes received already belong to the handshake. */
int tls_accept(struct stream *stream, struct tls_server *server, int64_t deadline);

/* The SHA-256 of some bytes in hex, as all facts have it; NULL: out of memory. */
const char *digest_text(const void *data, size_t size, struct arena *arena);

enum { CHAIN_MAX = 10 }; /* certificates of a chain that are kept */

/* Facts of a chain (DER, leaf first), without verification. Pure; never waits. 0, -EBADMSG (the leaf does not
 * parse), -ENOMEM. */
int certificate_read(const struct bytes *chain, size_t count, struct arena *arena,
                     struct certificate_facts **ret);
/* The same; issuers that one of the chains in `before` has too (certificate_facts in the same arena) are shared
 * with it. */
int certificate_read_beside(const struct list *before, const struct bytes *chain, size_t count,
                            struct arena *arena, struct certificate_facts **ret);

#endif
