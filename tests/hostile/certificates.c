/*
 * certificates.c - what scripted servers show in a handshake, made once and when first asked for
 */
#include "tests/hostile/certificates.h"

#include "scanner/net/tls.h"
#include "tests/hostile/script.h"
#include "tests/unit/tls_material.h"

#include <stdio.h>
#include <stdlib.h>

enum { SETS = 64, DAY = 86400 };

struct certificates {
    struct tls_material *material;
    const char *root_file;
    struct tls_server *servers[SETS]; /* by the sets shown */
};

struct certificates *certificates_new(int64_t now)
{
    struct certificates *certificates = calloc(1, sizeof *certificates);

    if (certificates == NULL)
        abort();
    certificates->material = material_new(now);
    certificates->root_file = material_root_file(certificates->material);
    return certificates;
}

void certificates_free(struct certificates *certificates)
{
    if (certificates == NULL)
        return;
    for (size_t i = 0; i < SETS; i++)
        tls_server_free(certificates->servers[i]);
    material_free(certificates->material);
    free(certificates);
}

const char *certificates_root_file(struct certificates *certificates)
{
    return certificates->root_file;
}

static const struct {
    enum certificate_set set;
    struct recipe recipe;
} kinds[] = {
    {CERTIFICATE_ECDSA, {.name = "mail.example.org"}},
    {CERTIFICATE_RSA, {.name = "mail.example.org", .key = MATERIAL_RSA2048}},
    {CERTIFICATE_EXPIRED, {.name = "mail.example.org", .not_before = -100 * DAY, .not_after = -10 * DAY}},
    {CERTIFICATE_WRONG_NAME, {.name = "www.example.net"}},
    {CERTIFICATE_UNTRUSTED, {.name = "mail.example.org"}},
};

static void show(struct certificates *certificates, struct tls_server **server, size_t kind)
{
    struct tls_material *material = certificates->material;
    struct identity *leaf = kinds[kind].set == CERTIFICATE_UNTRUSTED
                                ? material_issue(material, &kinds[kind].recipe, NULL)
                                : material_leaf(material, &kinds[kind].recipe);
    const char *chain = material_chain_file(material, leaf);
    const char *key = material_key_file(material, leaf);
    int error = *server == NULL ? tls_server_new(chain, key, server) : tls_server_add(*server, chain, key);

    if (error < 0)
        abort();
}

struct tls_server *certificates_server(struct certificates *certificates, unsigned sets)
{
    struct tls_server **server = &certificates->servers[sets % SETS];

    if (*server != NULL)
        return *server;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (sets & kinds[i].set)
            show(certificates, server, i);
    if ((sets & TLS_OLDEST_1_0) && tls_server_limit(*server, "TLS1.0", "TLS1.1") < 0)
        abort();
    return *server;
}
