/*
 * mail_clients.c - reads reports/clients.json, which the build embeds
 */
#include "reports/mail_clients.h"

#include "reports/observed.h"

#include <errno.h>
#include <stdlib.h>

extern const char clients_json[]; /* made by the build from reports/clients.json */

static const char *const role_values[] = {"unknown", "mta", "mua", NULL};
static const char *const without_tls_values[] = {"unknown", "clear", "defers", NULL};

static const struct fact client_facts[] = {
    FACT(struct mail_client, id, FACT_TEXT, "stable name"),
    FACT(struct mail_client, name, FACT_TEXT, "name for people"),
    FACT(struct mail_client, year, FACT_NUMBER, "year it came out"),
    FACT_ENUM_OF(struct mail_client, role, role_values, "who it is"),
    FACT(struct mail_client, source, FACT_TEXT, "where its hello is from"),
    FACT(struct mail_client, dated, FACT_TEXT, "day the hello was captured or published"),
    FACT(struct mail_client, note, FACT_TEXT, "what else is to be known of the entry"),
    FACT_ENUM_OF(struct mail_client, without_tls, without_tls_values, "what it does when TLS fails"),
    FACT(struct mail_client, verifies, FACT_KNOWN, "an untrusted certificate stops it or its user"),
    FACT(struct mail_client, dh_bits_min, FACT_NUMBER, "smallest prime it takes"),
    FACT(struct mail_client, dh_bits_max, FACT_NUMBER, "largest prime it takes"),
    FACT(struct mail_client, versions, FACT_TEXTS, "versions it speaks"),
    FACT(struct mail_client, sni, FACT_KNOWN, "it names the server"),
    FACT(struct mail_client, alpn, FACT_KNOWN, "it names a protocol"),
    FACT(struct mail_client, suites, FACT_TEXTS, "cipher suites in its order"),
    FACT(struct mail_client, groups, FACT_TEXTS, "groups in its order"),
    FACT(struct mail_client, schemes, FACT_TEXTS, "signature schemes in its order"),
    FACT(struct mail_client, shares, FACT_TEXTS, "groups of its key shares"),
};
static const struct shape client_shape =
    SHAPE("client", struct mail_client, client_facts, "a mail program or a sending server");

struct client_file {
    struct number schema;
    struct list clients;
};
static const struct fact file_facts[] = {
    FACT(struct client_file, schema, FACT_NUMBER, "1"),
    FACT_OF(struct client_file, clients, FACT_LIST, &client_shape, "the clients"),
};
static const struct shape file_shape = SHAPE("clients", struct client_file, file_facts, "clients.json");

int mail_clients(struct arena *arena, struct list *ret)
{
    json_t *json = json_loads(clients_json, 0, NULL);
    const struct client_file *file;
    const char *where = NULL;
    void *facts = NULL;
    int result = json == NULL ? -ENOMEM : facts_from_json(&file_shape, json, arena, &facts, &where);

    json_decref(json);
    /* The file is ours: every test that reaches this finds the mistake. */
    if (result == -EINVAL)
        abort();
    if (result < 0)
        return result;
    file = facts;
    *ret = file->clients;
    return 0;
}

bool mail_client_comes(const struct mail_client *client, const struct endpoint_facts *endpoint)
{
    switch (client->role) {
    case CLIENT_ROLE_UNKNOWN:
        break;
    case CLIENT_MTA:
        return is_service(endpoint, "smtp");
    case CLIENT_MUA:
        return (is_smtp_family(endpoint) && !is_service(endpoint, "smtp")) || is_mailbox_family(endpoint);
    }
    return false;
}
