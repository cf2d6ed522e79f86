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

static SSL_CTX *client_context_new(enum tls_key_type key_type)
{
    const char *schemes = key_types[key_type].schemes;
    SSL_CTX *context = tls_context_new(TLS_client_method(), key_types[key_type].suites);

    if (context == NULL)
        return NULL;
    SSL_CTX_set_cert_verify_callback(context, accept_any_chain, NULL);
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

/* The chain as DER, on the heap. */
struct shown {
    struct bytes chain[CHAIN_MAX];
    size_t count;
    size_t left_out;
};

static void shown_free(struct shown *shown)
{
    for (size_t i = 0; i < shown->count; i++)
        OPENSSL_free((void *)(uintptr_t)shown->chain[i].data);
}

static int shown_read(STACK_OF(X509) * chain, struct shown *ret)
{
    struct shown shown = {0};
    size_t count = (size_t)sk_X509_num(chain);

    for (; shown.count < count && shown.count < CHAIN_MAX; shown.count++) {
        unsigned char *der = NULL;
        int size = i2d_X509(sk_X509_value(chain, (int)shown.count), &der);

        if (size <= 0) {
            shown_free(&shown);
            return -ENOMEM;
        }
        shown.chain[shown.count] = bytes_of(der, (size_t)size);
    }
    shown.left_out = count - shown.count;
    *ret = shown;
    return 0;
}

static bool is_chain(const struct certificate_facts *certificate, const struct shown *shown)
{
    if (certificate->chain.count != shown->count ||
        certificate->chain_left_out.value != (int64_t)shown->left_out)
        return false;
    for (size_t i = 0; i < shown->count; i++) {
        const struct chain_certificate_facts *item = certificate->chain.items[i];

        if (!bytes_equal(item->der, shown->chain[i]))
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
static const struct certificate_facts *find_chain(const struct list *certificates, const char *name,
                                                  const struct shown *shown)
{
    const struct certificate_facts *found = NULL;

    for (size_t i = 0; i < certificates->count; i++) {
        const struct certificate_facts *certificate = certificates->items[i];

        if ((found == NULL || is_for(certificate, name)) && is_chain(certificate, shown))
            found = certificate;
        if (found != NULL && is_for(found, name))
            break;
    }
    return found;
}

/* The same chain for another name: all but the name is shared with the facts that are there, so that hundreds
 * of names on one server cost little. */
static struct certificate_facts *share_chain(const struct certificate_facts *known, const char *name,
                                             struct arena *arena)
{
    struct certificate_facts *certificate = arena_copy(arena, known, sizeof(*known));

    if (certificate == NULL)
        return NULL;
    certificate->name = name;
    certificate->versions = (struct list){0};
    return certificate;
}

static int read_chain(struct tls_service *service, STACK_OF(X509) * chain, const struct shown *shown,
                      const struct list *certificates, struct arena *arena, struct certificate_facts **ret)
{
    struct certificate_facts *certificate;
    int result = certificate_read_beside(certificates, shown->chain, shown->count, arena, &certificate);

    if (result < 0)
        return result;
    certificate->chain_left_out = number((int64_t)shown->left_out);
    result =
        tls_verify_chain(service->roots, chain, engine_wall_seconds(service->engine), arena, certificate);
    if (result == 0)
        *ret = certificate;
    return result;
}

/* The facts of the chain: those noted before for the same name, or new ones. */
static int note_chain(struct tls_service *service, STACK_OF(X509) * chain, const char *name,
                      struct arena *arena, struct list *certificates, const struct certificate_facts **ret)
{
    const struct certificate_facts *before;
    struct certificate_facts *certificate = NULL;
    struct shown shown;
    int result = shown_read(chain, &shown);

    if (result < 0)
        return result;
    before = find_chain(certificates, name, &shown);
    if (before == NULL)
        result = read_chain(service, chain, &shown, certificates, arena, &certificate);
    shown_free(&shown);
    if (result < 0)
        return result == -EBADMSG ? 0 : result; /* no fact can be had of it */
    if (before != NULL && is_for(before, name)) {
        *ret = before;
        return 0;
    }
    if (before != NULL)
        certificate = share_chain(before, name, arena);
    if (certificate == NULL || list_add(certificates, arena, certificate) < 0)
        return -ENOMEM;
    certificate->name = name;
    *ret = certificate;
    return 0;
}

static int note_certificate(struct tls_service *service, const struct tls_session *session,
                            struct arena *arena, struct tls_facts *facts,
                            struct tls_handshake_facts *handshake)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(session->ssl);
    const struct certificate_facts *certificate = NULL;
    int result = 0;

    if (chain != NULL && sk_X509_num(chain) > 0)
        result = note_chain(service, chain, handshake->name, arena, &facts->certificates, &certificate);
    if (certificate != NULL)
        handshake->leaf_sha256 = certificate->sha256;
    return result;
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
    if (result < 0) {
        semaphore_give(service->engine, &service->handshakes);
        note_not_tried(handshake, result);
        return result;
    }
    result = tls_session_drive(session, deadline);
    semaphore_give(service->engine, &service->handshakes);
    handshake->milliseconds = number(engine_now(service->engine) - begin);
    noted = tls_note_outcome(session, result, arena, handshake);
    if (noted == 0)
        noted = note_certificate(service, session, arena, facts, handshake);
    return noted < 0 ? noted : result;
}
