/*
 * tls_verify.c - does a chain lead to a trusted root? (RFC 5280 6)
 *
 * Only what the server sent and the roots are used, nothing is fetched: a missing intermediate shows as
 * errors 20 and 21, as it does to a client that has not met it before. The callback notes every error and
 * lets OpenSSL go on, so that one scan tells all that is wrong. Names are judged elsewhere.
 */
#include "scanner/net/tls_verify.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/certificate_parts.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <string.h>

enum { ERRORS_MAX = 32, DEPTH_LIMIT = 20 };

struct verification {
    struct arena *arena;
    struct certificate_facts *facts;
    bool broken; /* something else than a date */
    bool out_of_memory;
};

static void note_error(struct verification *verification, int depth, int code)
{
    struct list *errors = &verification->facts->verify_errors;
    const char *text = X509_verify_cert_error_string(code);
    struct verify_error_facts *error;

    if (errors->count == ERRORS_MAX)
        return;
    error = list_new_item(errors, verification->arena, sizeof(*error));
    if (error == NULL) {
        verification->out_of_memory = true;
        return;
    }
    error->depth = number(depth);
    error->code = number(code);
    error->text = text_clean(verification->arena, text, strlen(text), 0);
    verification->out_of_memory |= error->text == NULL;
}

/* A date is a matter of its own (renewal cures it), except of a root: then nothing leads to a trusted one. */
static bool is_date_error(X509_STORE_CTX *context, int depth, int code)
{
    if (code != X509_V_ERR_CERT_NOT_YET_VALID && code != X509_V_ERR_CERT_HAS_EXPIRED)
        return false;
    return depth == 0 || depth < sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1;
}

static int on_certificate(int fine, X509_STORE_CTX *context)
{
    struct verification *verification = X509_STORE_CTX_get_app_data(context);
    int code = X509_STORE_CTX_get_error(context);
    int depth = X509_STORE_CTX_get_error_depth(context);

    if (!fine) {
        note_error(verification, depth, code);
        verification->broken |= !is_date_error(context, depth, code);
    }
    return 1;
}

static int note_path(const STACK_OF(X509) * path, struct arena *arena, struct certificate_facts *facts)
{
    for (int i = 0; i < sk_X509_num(path); i++) {
        const char *name = certificate_name_text(X509_get_subject_name(sk_X509_value(path, i)), arena);

        if (name == NULL || list_add(&facts->path, arena, (void *)(uintptr_t)name) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int verify(X509_STORE_CTX *context, int64_t now, struct verification *verification)
{
    X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);

    if (!X509_STORE_CTX_set_default(context, "ssl_server"))
        return -ENOMEM;
    X509_VERIFY_PARAM_set_time(parameters, now);
    X509_VERIFY_PARAM_set_depth(parameters, DEPTH_LIMIT);
    X509_STORE_CTX_set_app_data(context, verification);
    X509_STORE_CTX_set_verify_cb(context, on_certificate);
    if (X509_verify_cert(context) <= 0) { /* not one of the errors that the callback passed over */
        note_error(verification, X509_STORE_CTX_get_error_depth(context), X509_STORE_CTX_get_error(context));
        verification->broken = true;
    }
    if (X509_STORE_CTX_get_error(context) == X509_V_ERR_OUT_OF_MEM)
        return -ENOMEM;
    verification->facts->trusted = known(!verification->broken);
    return note_path(X509_STORE_CTX_get0_chain(context), verification->arena, verification->facts);
}

int tls_verify_chain(X509_STORE *store, STACK_OF(X509) * chain, int64_t now, struct arena *arena,
                     struct certificate_facts *facts)
{
    struct verification verification = {.arena = arena, .facts = facts};
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    int result = -ENOMEM;

    facts->verify_errors.observed = true;
    if (context != NULL && X509_STORE_CTX_init(context, store, sk_X509_value(chain, 0), chain))
        result = verify(context, now, &verification);
    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return verification.out_of_memory ? -ENOMEM : result;
}
