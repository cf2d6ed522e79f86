/*
 * tls.c - handshakes as a client, and the certificates they show
 *
 *      semaphore -> tls_session_drive() -> tls_outcome.c (handshake) -> certificate.c, tls_verify.c (chain)
 *
 * Everything that OpenSSL can speak is offered: TLS 1.0 to 1.3 (RFC 2246 to 8446), security level 0, all
 * suites, groups and signature schemes. Verification is no part of the handshake: it comes after, once per
 * chain (tls_verify.c).
 */
#include "scanner/net/tls.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/revocation.h"
#include "scanner/net/tls_internal.h"
#include "scanner/net/tls_verify.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each holds a slot for as long as its server is silent, so there must be more of them than silent servers of
 * a run; each costs some 50 KiB. */
enum { HANDSHAKES_MAX = 200, KEY_TYPES = TLS_KEY_ECDSA + 1 };

struct tls_resumable {
    SSL_SESSION *session;
};

struct tls_service {
    struct engine *engine;
    X509_STORE *roots;
    SSL_CTX *contexts[KEY_TYPES];
    struct semaphore handshakes;
};

/* ---- contexts ---- */

static const struct {
    const char *name;
    const char *suites;  /* below TLS 1.3 */
    const char *schemes; /* NULL: OpenSSL's own list */
} key_types[KEY_TYPES] = {
    [TLS_KEY_ANY] = {NULL, "ALL:COMPLEMENTOFALL:@SECLEVEL=0", NULL},
    [TLS_KEY_RSA] =
        {"RSA", "aRSA:@SECLEVEL=0",
         "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256:"
         "rsa_pss_pss_sha384:rsa_pss_pss_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512:"
         "RSA+SHA224:rsa_pkcs1_sha1"},
    [TLS_KEY_ECDSA] = {"ECDSA", "aECDSA:@SECLEVEL=0",
                       "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ECDSA+SHA224:"
                       "ECDSA+SHA1"},
};

/* The chain is looked at after the handshake. */
static int accept_any_chain(X509_STORE_CTX *context, void *data)
{
    (void)context;
    (void)data;
    return 1;
}

/* With TLS 1.3 there may be several, each for one use: any will do. A copy, as OpenSSL makes the original unusable
 * when the server closes without close_notify, which says nothing of the session (RFC 5246 7.2.1). */
static int on_new_session(SSL *ssl, SSL_SESSION *given)
{
    struct tls_session *session = SSL_get_app_data(ssl);

    if (!session->keep_resumable)
        return 0;
    SSL_SESSION_free(session->resumable);
    session->resumable = SSL_SESSION_dup(given);
    return 0; /* the original stays OpenSSL's */
}

static SSL_CTX *client_context_new(enum tls_key_type key_type)
{
    const char *schemes = key_types[key_type].schemes;
    SSL_CTX *context = tls_context_new(TLS_client_method(), key_types[key_type].suites);

    if (context == NULL)
        return NULL;
    SSL_CTX_set_cert_verify_callback(context, accept_any_chain, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, on_new_session);
    if (schemes == NULL || SSL_CTX_set1_sigalgs_list(context, (char *)(uintptr_t)schemes))
        return context;
    SSL_CTX_free(context);
    return NULL;
}

/* ---- service ---- */

/* Where systems keep their roots in one file; Debian's first. */
static const char *const root_files[] = {"/etc/ssl/certs/ca-certificates.crt",
                                         "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                         "/etc/ssl/cert.pem"};

static int load_file(X509_STORE *roots, const char *file, struct arena *arena, const char **ret_error)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    int result = fd < 0 ? -errno : 0;

    if (fd >= 0)
        close(fd);
    if (result < 0) {
        *ret_error = arena_format(arena, "cannot read the roots in %s: %s", file, strerrordesc_np(-result));
        return result == -ENOENT ? -ENOENT : -EINVAL;
    }
    if (!X509_STORE_load_file(roots, file)) {
        *ret_error = arena_format(arena, "%s holds no certificates in PEM form", file);
        return -EINVAL;
    }
    return 0;
}

static int load_roots(X509_STORE *roots, const char *ca_file, struct arena *arena, const char **ret_error)
{
    if (ca_file != NULL)
        return load_file(roots, ca_file, arena, ret_error);
    for (size_t i = 0; i < sizeof(root_files) / sizeof(root_files[0]); i++)
        if (access(root_files[i], R_OK) == 0)
            return load_file(roots, root_files[i], arena, ret_error);
    *ret_error =
        arena_text(arena, "this system has no trusted roots: install ca-certificates, or name a file of "
                          "roots with --ca-file");
    return -ENOENT;
}

int tls_service_new(struct engine *engine, const char *ca_file, struct arena *arena, struct tls_service **ret,
                    const char **ret_error)
{
    struct tls_service *service = calloc(1, sizeof(*service));
    int result = -EINVAL;

    if (service == NULL)
        return -ENOMEM;
    service->engine = engine;
    service->handshakes.free = HANDSHAKES_MAX;
    service->roots = X509_STORE_new();
    for (size_t i = 0; i < KEY_TYPES; i++)
        service->contexts[i] = client_context_new((enum tls_key_type)i);
    if (service->roots != NULL && service->contexts[TLS_KEY_ANY] != NULL &&
        service->contexts[TLS_KEY_RSA] != NULL && service->contexts[TLS_KEY_ECDSA] != NULL)
        result = load_roots(service->roots, ca_file, arena, ret_error);
    else
        *ret_error = "OpenSSL cannot be set up to offer all that it knows";
    ERR_clear_error();
    if (result < 0) {
        tls_service_free(service);
        return result;
    }
    *ret = service;
    return 0;
}

X509_STORE *tls_service_roots(const struct tls_service *service)
{
    return service->roots;
}

void tls_service_free(struct tls_service *service)
{
    if (service == NULL)
        return;
    for (size_t i = 0; i < KEY_TYPES; i++)
        SSL_CTX_free(service->contexts[i]);
    X509_STORE_free(service->roots);
    free(service);
}

/* ---- the certificate that was shown ---- */

static bool is_chain(const struct certificate_facts *certificate, const struct bytes *chain, size_t count,
                     size_t total)
{
    if (certificate->chain.count != count || certificate->chain_left_out.value != (int64_t)(total - count))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct chain_certificate_facts *item = certificate->chain.items[i];

        if (!bytes_equal(item->der, chain[i]))
            return false;
    }
    return true;
}

static bool is_for(const struct certificate_facts *certificate, const char *name)
{
    return name == NULL ? certificate->name == NULL
                        : certificate->name != NULL && text_same_name(certificate->name, name);
}

/* The facts of the same chain: those for this name if there are any, else those for another. */
static struct certificate_facts *find_chain(const struct list *certificates, const char *name,
                                            const struct bytes *chain, size_t count, size_t total)
{
    struct certificate_facts *found = NULL;

    for (size_t i = 0; i < certificates->count; i++) {
        struct certificate_facts *certificate = certificates->items[i];

        if ((found == NULL || is_for(certificate, name)) && is_chain(certificate, chain, count, total))
            found = certificate;
        if (found != NULL && is_for(found, name))
            break;
    }
    return found;
}

static void free_parsed(STACK_OF(X509) * chain)
{
    sk_X509_pop_free(chain, X509_free);
}

/* What does not parse is left out: verification goes on without it. */
static STACK_OF(X509) * parse_chain(const struct bytes *chain, size_t count)
{
    STACK_OF(X509) *parsed = sk_X509_new_null();

    for (size_t i = 0; parsed != NULL && i < count; i++) {
        const unsigned char *der = chain[i].data;
        X509 *certificate = d2i_X509(NULL, &der, (long)chain[i].size);

        if (certificate != NULL && !sk_X509_push(parsed, certificate)) {
            X509_free(certificate);
            free_parsed(parsed);
            parsed = NULL;
        }
    }
    ERR_clear_error();
    return parsed;
}

/* New facts. `parsed` may hold more than is kept of the chain: verification sees all of it; NULL: it holds what is
 * kept. */
static int read_chain(struct tls_service *service, STACK_OF(X509) * parsed, const struct bytes *chain,
                      size_t count, const struct list *certificates, struct arena *arena,
                      struct certificate_facts **ret)
{
    STACK_OF(X509) *own = parsed == NULL ? parse_chain(chain, count) : NULL;
    struct certificate_facts *certificate;
    int result = parsed == NULL && own == NULL ? -ENOMEM : 0;

    if (result == 0)
        result = certificate_read_beside(certificates, chain, count, arena, &certificate);
    if (result == 0)
        result = tls_verify_chain(service->roots, parsed != NULL ? parsed : own,
                                  engine_wall_seconds(service->engine), arena, certificate);
    free_parsed(own);
    if (result == 0)
        *ret = certificate;
    return result;
}

/* The same chain for another name shares all but the name with the facts that are there, so that hundreds of names
 * on one server cost little. */
static int note_chain(struct tls_service *service, STACK_OF(X509) * parsed, const struct bytes *chain,
                      size_t count, size_t total, const char *name, struct arena *arena,
                      struct list *certificates, struct certificate_facts **ret)
{
    struct certificate_facts *before = find_chain(certificates, name, chain, count, total);
    struct certificate_facts *certificate = NULL;
    int result = 0;

    *ret = before != NULL && is_for(before, name) ? before : NULL;
    if (*ret != NULL)
        return 0;
    if (before == NULL)
        result = read_chain(service, parsed, chain, count, certificates, arena, &certificate);
    else
        certificate = arena_copy(arena, before, sizeof(*before));
    if (result < 0)
        return result == -EBADMSG ? 0 : result; /* no fact can be had of it */
    if (certificate == NULL || list_add(certificates, arena, certificate) < 0)
        return -ENOMEM;
    certificate->name = name;
    certificate->chain_left_out = number((int64_t)(total - count));
    certificate->versions = (struct list){0};
    *ret = certificate;
    return 0;
}

int tls_note_chain(struct tls_service *service, const struct bytes *chain, size_t count, size_t total,
                   const char *name, struct arena *arena, struct list *certificates,
                   struct certificate_facts **ret)
{
    return note_chain(service, NULL, chain, count, total, name, arena, certificates, ret);
}

int tls_note_staple(struct tls_service *service, struct bytes response, struct arena *arena,
                    struct certificate_facts *certificate)
{
    struct revocation_question question;
    struct revocation_answer_facts *answer;
    int result = 0;

    if (response.size == 0) {
        if (certificate->stapled == UNKNOWN)
            certificate->stapled = NO;
        return 0;
    }
    certificate->stapled = YES;
    if (certificate->staple != NULL &&
        (certificate->staple->failure == NULL || bytes_equal(certificate->staple->der, response)))
        return 0;
    answer = arena_alloc(arena, sizeof(*answer));
    if (answer == NULL)
        return -ENOMEM;
    answer->source = "staple";
    if (revocation_question_of(certificate, engine_wall_seconds(service->engine), &question) < 0)
        answer->failure = "the issuer's certificate, which it is verified with, was not sent";
    else
        result = ocsp_read(&question, response, arena, answer);
    if (result == 0)
        certificate->staple = answer;
    return result;
}

/* The chain as DER, on the heap. */
static int shown_read(STACK_OF(X509) * chain, struct bytes shown[CHAIN_MAX], size_t *ret_count)
{
    size_t count = 0;

    for (; count < (size_t)sk_X509_num(chain) && count < CHAIN_MAX; count++) {
        unsigned char *der = NULL;
        int size = i2d_X509(sk_X509_value(chain, (int)count), &der);

        if (size <= 0) {
            *ret_count = count;
            return -ENOMEM;
        }
        shown[count] = bytes_of(der, (size_t)size);
    }
    *ret_count = count;
    return 0;
}

/* The OCSP response that came with the certificate; empty: none. */
static struct bytes staple_of(SSL *ssl)
{
    const unsigned char *response = NULL;
    long size = SSL_get_tlsext_status_ocsp_resp(ssl, &response);

    return size > 0 ? bytes_of(response, (size_t)size) : (struct bytes){0};
}

static int note_certificate(struct tls_service *service, const struct tls_session *session,
                            struct arena *arena, struct tls_facts *facts,
                            struct tls_handshake_facts *handshake)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(session->ssl);
    struct certificate_facts *certificate = NULL;
    struct bytes shown[CHAIN_MAX];
    size_t count = 0, total;
    int result;

    if (chain == NULL || sk_X509_num(chain) == 0)
        return 0;
    total = (size_t)sk_X509_num(chain);
    result = shown_read(chain, shown, &count);
    if (result == 0)
        result = note_chain(service, chain, shown, count, total, handshake->name, arena, &facts->certificates,
                            &certificate);
    for (size_t i = 0; i < count; i++)
        OPENSSL_free((void *)(uintptr_t)shown[i].data);
    if (certificate == NULL)
        return result;
    handshake->leaf_sha256 = certificate->sha256;
    if (result == 0 && SSL_get_tlsext_status_type(session->ssl) == TLSEXT_STATUSTYPE_ocsp &&
        !SSL_session_reused(session->ssl))
        result = tls_note_staple(service, staple_of(session->ssl), arena, certificate);
    if (handshake->version == NULL || list_has_text(&certificate->versions, handshake->version))
        return result;
    return list_add(&certificate->versions, arena, (void *)(uintptr_t)handshake->version);
}

/* ---- sessions to resume ---- */

struct tls_resumable *stream_take_resumable(struct stream *stream)
{
    struct tls_session *session = stream_session(stream);
    struct tls_resumable *resumable;

    if (session == NULL || session->resumable == NULL)
        return NULL;
    resumable = calloc(1, sizeof(*resumable));
    if (resumable == NULL)
        return NULL;
    resumable->session = session->resumable;
    session->resumable = NULL;
    return resumable;
}

bool stream_has_resumable(const struct stream *stream)
{
    const struct tls_session *session = stream_session(stream);

    return session != NULL && session->resumable != NULL;
}

void tls_resumable_free(struct tls_resumable *resumable)
{
    if (resumable == NULL)
        return;
    SSL_SESSION_free(resumable->session);
    free(resumable);
}

bool tls_resumable_has_ticket(const struct tls_resumable *resumable)
{
    return SSL_SESSION_has_ticket(resumable->session);
}

bool tls_resumable_has_id(const struct tls_resumable *resumable)
{
    unsigned size = 0;

    SSL_SESSION_get_id(resumable->session, &size);
    return size > 0;
}

int64_t tls_resumable_lifetime(const struct tls_resumable *resumable)
{
    return (int64_t)SSL_SESSION_get_ticket_lifetime_hint(resumable->session);
}

int64_t tls_resumable_early_data(const struct tls_resumable *resumable)
{
    return SSL_SESSION_get_max_early_data(resumable->session);
}

struct bytes tls_resumable_ticket(const struct tls_resumable *resumable)
{
    const unsigned char *ticket = NULL;
    size_t size = 0;

    SSL_SESSION_get0_ticket(resumable->session, &ticket, &size);
    return bytes_of(ticket, size);
}

/* ---- handshakes ---- */

/* Without a slot nothing was tried. */
static void note_not_tried(struct tls_handshake_facts *handshake, int error)
{
    handshake->result = error == -ENOMEM ? TLS_NOT_OBSERVED : TLS_CANCELED;
    handshake->reason = error == -ETIMEDOUT ? "not tried: too many handshakes were under way here"
                        : error == -ENOMEM  ? "not tried: out of memory"
                                            : "we stopped: the scan ended";
}

/* What differs from the context. 0, -ENOMEM, or -EINVAL for a list that OpenSSL does not take. */
static int apply_options(struct tls_session *session, const struct tls_options *options)
{
    SSL *ssl = session->ssl;

    session->keep_resumable = options->keep_session;
    if (options->version != 0 && (!SSL_set_min_proto_version(ssl, options->version) ||
                                  !SSL_set_max_proto_version(ssl, options->version)))
        return -EINVAL;
    if (options->schemes != NULL && !SSL_set1_sigalgs_list(ssl, (char *)(uintptr_t)options->schemes))
        return -EINVAL;
    if (options->ask_staple && !SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp))
        return -ENOMEM;
    if (options->share_p256 && !tls_share_p256(ssl))
        return -ENOMEM;
    if (options->no_ticket)
        SSL_set_options(ssl, SSL_OP_NO_TICKET);
    if (options->resume != NULL && !SSL_set_session(ssl, options->resume->session))
        return -ENOMEM;
    return 0;
}

int tls_handshake(struct stream *stream, struct tls_service *service, const struct tls_options *options,
                  int64_t deadline, struct arena *arena, struct tls_facts *facts)
{
    struct tls_handshake_facts *handshake = list_new_item(&facts->handshakes, arena, sizeof(*handshake));
    struct tls_session *session;
    int64_t begin;
    int result, noted;

    if (handshake == NULL)
        return -ENOMEM;
    handshake->name = arena_text(arena, options->name);
    if (handshake->name == NULL && options->name != NULL)
        return -ENOMEM;
    handshake->key_type = key_types[options->key_type].name;
    stream_discard_pending(stream); /* whatever it is, it came in clear */
    result =
        semaphore_take(service->engine, &service->handshakes, deadline, "its turn to make a TLS handshake");
    if (result < 0) {
        note_not_tried(handshake, result);
        return result;
    }
    begin = engine_now(service->engine);
    result = tls_session_start(stream, service->contexts[options->key_type], false, options->name, &session);
    if (result == 0)
        result = apply_options(session, options);
    if (result < 0) {
        semaphore_give(service->engine, &service->handshakes);
        note_not_tried(handshake, result);
        return result;
    }
    result = tls_session_drive(session, deadline);
    semaphore_give(service->engine, &service->handshakes);
    handshake->milliseconds = number(engine_now(service->engine) - begin);
    noted = tls_note_outcome(session, result, arena, handshake);
    if (options->resume != NULL && result == 0)
        handshake->resumed = known(SSL_session_reused(session->ssl));
    if (noted == 0 && !options->skip_certificate)
        noted = note_certificate(service, session, arena, facts, handshake);
    return noted < 0 ? noted : result;
}
