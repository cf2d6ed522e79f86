/*
 * sample_judgement.c - a judgement made by hand, rich enough to show every part of a report
 */
#include "tests/unit/sample_judgement.h"

#include "reports/tls_grade.h"
#include "scanner/base/text.h"
#include "tests/unit/judged_dnssec.h"

#include <stdlib.h>
#include <string.h>

enum { DAY = 86400 };
static const int64_t scan_time = 1795348800; /* 2026-11-22T12:00:00Z */

static const struct check check_mx_present = {
    .id = "dns.mx", .severity = SEVERITY_CRITICAL, .area = AREA_DNS};
static const struct check check_mx_resolves = {
    .id = "dns.mx.resolves", .severity = SEVERITY_HIGH, .area = AREA_DNS};
static const struct check check_mx_null = {
    .id = "dns.mx.null", .severity = SEVERITY_MEDIUM, .area = AREA_DNS};
static const struct check check_expiry = {
    .id = "cert.expiry", .severity = SEVERITY_CRITICAL, .area = AREA_TRANSPORT};
static const struct check check_name = {.id = "cert.name", .severity = SEVERITY_HIGH, .area = AREA_TRANSPORT};
static const struct check check_chain = {
    .id = "cert.chain", .severity = SEVERITY_MEDIUM, .area = AREA_TRANSPORT};
static const struct check check_key = {.id = "cert.key", .severity = SEVERITY_HIGH, .area = AREA_TRANSPORT};
static const struct check check_handshake = {
    .id = "tls.handshake", .severity = SEVERITY_CRITICAL, .area = AREA_TRANSPORT};
static const struct check check_profile = {
    .id = "tls.profile", .severity = SEVERITY_NONE, .area = AREA_TRANSPORT};
static const struct check check_starttls = {
    .id = "smtp.starttls", .severity = SEVERITY_CRITICAL, .area = AREA_TRANSPORT};
static const struct check check_auth_plaintext = {
    .id = "smtp.auth_plaintext", .severity = SEVERITY_CRITICAL, .area = AREA_TRANSPORT};
static const struct check check_reachable = {
    .id = "smtp.reachable", .severity = SEVERITY_CRITICAL, .area = AREA_REACHABILITY};
static const struct check check_greeting = {
    .id = "smtp.greeting", .severity = SEVERITY_MEDIUM, .area = AREA_REACHABILITY};
static const struct check check_ptr = {
    .id = "ptr.forward", .severity = SEVERITY_HIGH, .area = AREA_REACHABILITY};
static const struct check check_helo = {
    .id = "helo.name", .severity = SEVERITY_MEDIUM, .area = AREA_REACHABILITY};
static const struct check check_ipv6 = {
    .id = "ipv6.mx", .severity = SEVERITY_HIGH, .area = AREA_REACHABILITY};
static const struct check check_outlook = {
    .id = "delivery.outlook", .severity = SEVERITY_NONE, .area = AREA_REACHABILITY};
static const struct check check_vantage = {
    .id = "scan.vantage", .severity = SEVERITY_NONE, .area = AREA_NONE};

static void *must(void *pointer)
{
    if (!pointer)
        abort();
    return pointer;
}

static void add(struct list *list, struct arena *arena, const void *item)
{
    if (list_add(list, arena, (void *)(uintptr_t)item) < 0)
        abort();
}

/* "a|b|c" as a list of texts. */
static void add_texts(struct list *list, struct arena *arena, const char *texts)
{
    list->observed = true;
    while (texts && *texts) {
        size_t length = strcspn(texts, "|");

        add(list, arena, must(arena_text_sized(arena, texts, length)));
        texts += length + (texts[length] == '|');
    }
}

struct row {
    const struct check *check;
    enum outcome outcome;
    const char *host, *address;
    int64_t port;
    const char *title, *why, *evidence, *fix, *reference;
};

/* `profile` may be NULL. */
static void add_finding_of(struct judgement *judgement, const struct row *row, const char *profile)
{
    struct arena *arena = judgement->arena;
    struct finding *finding = must(list_new_item(&judgement->findings, arena, sizeof(*finding)));
    struct subject *subject = &finding->subject;
    const char *domain = judgement->scan->target;
    const char *port = row->port ? arena_format(arena, ":%lld", (long long)row->port) : "";

    finding->check = row->check;
    finding->outcome = row->outcome;
    finding->severity = row->check->severity;
    finding->title = row->title;
    finding->why = row->why;
    finding->reference = row->reference;
    add_texts(&finding->evidence, arena, row->evidence);
    add_texts(&finding->fix, arena, row->fix);
    subject->host = row->host;
    subject->address = row->address;
    subject->domain = row->host || row->address ? NULL : domain;
    if (row->port)
        subject->port = number(row->port);
    if (row->port && row->address)
        subject->text = must(arena_format(arena, strchr(row->address, ':') ? "%s [%s]:%lld" : "%s %s:%lld",
                                          row->host, row->address, (long long)row->port));
    else
        subject->text = row->address ? row->address : row->host ? row->host : domain;
    subject->profile = profile;
    finding->id = must(arena_format(arena, "%s@%s%s%s%s%s%s", row->check->id, row->host ? row->host : "",
                                    row->address ? "/" : "", row->address ? row->address : "", port,
                                    profile ? "#" : "", profile ? profile : ""));
    judgement->counts[row->outcome]++;
}

static void add_finding(struct judgement *judgement, const struct row *row)
{
    add_finding_of(judgement, row, NULL);
}

#define MAIL "mail.xn--bcher-kva.example"
#define MX2  "mx2.provider.example"
#define V4   "192.0.2.25"
#define V6   "2001:db8:42::25"
#define MX2A "198.51.100.9"

static const int64_t ports[] = {25, 465, 587, 993};
static const char *const addresses[] = {V4, V6};

/* The same words for every port of both addresses. */
static void add_everywhere(struct judgement *judgement, struct row row, const char *profile)
{
    for (size_t a = 0; a < 2; a++) {
        for (size_t p = 0; p < 4; p++) {
            row.address = addresses[a];
            row.port = ports[p];
            row.host = MAIL;
            add_finding_of(judgement, &row, profile);
        }
    }
}

static const struct row failures[] = {
    {&check_expiry, OUTCOME_FAIL, MAIL, V4, 993, "The certificate has expired",
     "Mail programs refuse to connect, or teach people to click warnings away.",
     "not after 2026-11-10T08:12:44Z, 12 days before the scan|ports 465 and 587 show one that is valid until "
     "2027-01-09",
     "The new certificate is there, but Dovecot still serves the old one. Reload it: `systemctl reload "
     "dovecot`|"
     "Make the renewal do this by itself:\n  # /etc/letsencrypt/renewal-hooks/deploy/dovecot\n  #!/bin/sh\n  "
     "systemctl reload dovecot postfix",
     "RFC 5280 section 4.1.2.5"},
    {&check_expiry, OUTCOME_FAIL, MAIL, V6, 993, "The certificate has expired",
     "Mail programs refuse to connect, or teach people to click warnings away.",
     "not after 2026-11-10T08:12:44Z, 12 days before the scan|ports 465 and 587 show one that is valid until "
     "2027-01-09",
     "The new certificate is there, but Dovecot still serves the old one. Reload it: `systemctl reload "
     "dovecot`|"
     "Make the renewal do this by itself:\n  # /etc/letsencrypt/renewal-hooks/deploy/dovecot\n  #!/bin/sh\n  "
     "systemctl reload dovecot postfix",
     "RFC 5280 section 4.1.2.5"},
    {&check_auth_plaintext, OUTCOME_FAIL, MAIL, V4, 587, "Passwords can be sent before encryption",
     "A mail program that is set up wrongly sends the password through the network in clear text.",
     "250-AUTH PLAIN LOGIN was offered before STARTTLS",
     "In Postfix's main.cf:\n  smtpd_tls_auth_only = yes\nthen run `postfix reload`.",
     "RFC 4954 section 4; RFC 8314 3.1"},
    {&check_ptr, OUTCOME_FAIL, NULL, V6, 0, "The reverse name does not lead back to the address",
     "Large receivers refuse mail from addresses whose reverse name is not confirmed.",
     "PTR of 2001:db8:42::25 is static.25.42.db8.provider.example|AAAA of static.25.42.db8.provider.example: "
     "no "
     "such name (NXDOMAIN)",
     "Ask the provider of the address (or use its panel) to set the reverse name:\n  "
     "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.4.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR "
     "mail.xn--bcher-kva.example.",
     "RFC 1912 section 2.1"},
};

static const struct row warnings[] = {
    {&check_chain, OUTCOME_WARN, MAIL, V4, 25, "The chain holds a certificate that nobody needs",
     "It costs every sender a few hundred bytes and may confuse old software.",
     "4 certificates were sent; CN=ISRG Root X1 is the root itself",
     "Point `smtpd_tls_chain_files` at `fullchain.pem` without the root.", "RFC 8446 section 4.4.2"},
    {&check_chain, OUTCOME_WARN, MAIL, V6, 25, "The chain holds a certificate that nobody needs",
     "It costs every sender a few hundred bytes and may confuse old software.",
     "4 certificates were sent; CN=ISRG Root X1 is the root itself",
     "Point `smtpd_tls_chain_files` at `fullchain.pem` without the root.", "RFC 8446 section 4.4.2"},
    {&check_helo, OUTCOME_WARN, MAIL, V4, 465, "The server gives itself another name on this port",
     "Receivers compare this name with the reverse name; one name everywhere keeps them calm.",
     "EHLO answer begins with localhost.localdomain|port 25 says mail.xn--bcher-kva.example",
     "Set one name for all services in main.cf:\n  myhostname = mail.xn--bcher-kva.example",
     "RFC 5321 section 4.1.1.1"},
    {&check_name, OUTCOME_WARN, MX2, MX2A, 25, "The certificate does not cover mx2.provider.example",
     "Senders that check names (MTA-STS, some banks) will not deliver here.",
     "covers: shared7.provider.example, *.shared.provider.example",
     "Ask the provider of the backup mail host for a certificate that covers `mx2.provider.example`.",
     "RFC 9525 section 6.3"},
};

static const struct row remarks[] = {
    {&check_greeting, OUTCOME_INFO, MAIL, V4, 25, "The server makes senders wait before it greets",
     "This keeps bots away and costs real senders nothing but time.", "greeting after 6021 ms", NULL,
     "RFC 5321 section 4.5.3.2.1"},
    {&check_outlook, OUTCOME_INFO, NULL, NULL, 0, "What senders would do here today",
     "Each kind of sender judges differently; this is what they would make of it.",
     "a plain sender: delivered, encrypted|a sender with MTA-STS: delivered, encrypted (no policy is "
     "published)|a sender with DANE: delivered, encrypted (no TLSA record)|a sender with IPv6 only: "
     "delivered",
     NULL, NULL},
    {&check_vantage, OUTCOME_INFO, NULL, NULL, 0, "Our own network lets port 25 out",
     "Without that nothing could be said about port 25.", "control.example.net answered on port 25", NULL,
     NULL},
};

static const struct row open_questions[] = {
    {&check_reachable, OUTCOME_NOT_TESTED, MX2, "2001:db8:77::9", 25,
     "Whether mx2.provider.example takes mail over IPv6",
     "A host that is published but does not answer delays mail.",
     "no answer to connect() within 10 s, and nothing else answered on port 25 over IPv6", NULL,
     "RFC 5321 section 5.1"},
    {&check_starttls, OUTCOME_NOT_TESTED, MX2, "2001:db8:77::9", 25, "STARTTLS of the silent port",
     "Without STARTTLS mail crosses the network in clear text.", "the port did not answer", NULL, "RFC 3207"},
};

static const struct row passes[] = {
    {&check_mx_present, OUTCOME_PASS, NULL, NULL, 0, "The domain names its mail hosts",
     "Without MX records senders guess.", "10 mail.xn--bcher-kva.example|20 mx2.provider.example", NULL,
     "RFC 5321 section 5.1"},
    {&check_mx_resolves, OUTCOME_PASS, MAIL, NULL, 0, "The mail host has addresses",
     "A mail host without an address takes no mail.", "192.0.2.25|2001:db8:42::25", NULL,
     "RFC 5321 section 5.1"},
    {&check_mx_resolves, OUTCOME_PASS, MX2, NULL, 0, "The mail host has addresses",
     "A mail host without an address takes no mail.", "198.51.100.9|2001:db8:77::9", NULL,
     "RFC 5321 section 5.1"},
    {&check_ptr, OUTCOME_PASS, NULL, V4, 0, "The reverse name leads back to the address",
     "Large receivers refuse mail from addresses whose reverse name is not confirmed.",
     "PTR of 192.0.2.25 is mail.xn--bcher-kva.example", NULL, "RFC 1912 section 2.1"},
    {&check_ipv6, OUTCOME_PASS, MAIL, NULL, 0, "The mail host answers over IPv6",
     "More and more senders have no IPv4 address of their own.", "2001:db8:42::25 port 25 is open", NULL,
     NULL},
};

static const struct row elsewhere[] = {
    {&check_mx_null, OUTCOME_NOT_APPLICABLE, NULL, NULL, 0, "There is no null MX",
     "A null MX says that a domain takes no mail.", NULL, NULL, "RFC 7505"},
};

#define ADD_ROWS(judgement, rows)                                                                            \
    for (size_t row_ = 0; row_ < sizeof(rows) / sizeof((rows)[0]); row_++)                                   \
    add_finding(judgement, &(rows)[row_])

static struct dns_question_facts *question(struct arena *arena, const char *name, const char *type,
                                           enum dns_outcome outcome, const char *records)
{
    struct dns_question_facts *question = must(arena_alloc(arena, sizeof(*question)));

    question->name = name;
    question->type = type;
    question->outcome = outcome;
    question->server = "192.0.2.53:53";
    question->milliseconds = number(14);
    question->authenticated = known(outcome == DNS_DATA);
    if (outcome == DNS_DATA)
        question->ttl = number(3600);
    add_texts(&question->records, arena, records);
    return question;
}

static void add_address(struct mail_host_facts *host, struct arena *arena, const char *text)
{
    struct host_address_facts *address = must(list_new_item(&host->addresses, arena, sizeof(*address)));

    address->address = text;
    address->source = "dns";
    address->scope = "global";
    address->contacted = YES;
}

static struct mail_host_facts *add_host(struct dns_facts *dns, struct arena *arena, const char *name,
                                        int64_t preference, const char *v4, const char *v6)
{
    struct mail_host_facts *host = must(list_new_item(&dns->hosts, arena, sizeof(*host)));

    host->name = name;
    host->source = HOST_MX;
    host->preference = number(preference);
    host->valid_name = YES;
    host->literal = NO;
    host->a = question(arena, name, "A", DNS_DATA, v4);
    host->aaaa = question(arena, name, "AAAA", DNS_DATA, v6);
    add_address(host, arena, v4);
    add_address(host, arena, v6);
    return host;
}

static void add_ptr(struct observed_facts *facts, struct arena *arena, const char *address,
                    const char *reverse, const char *name, enum known confirmed)
{
    struct ptr_facts *ptr = must(list_new_item(&facts->ptr, arena, sizeof(*ptr)));
    struct ptr_name_facts *found;

    ptr->address = address;
    ptr->question = question(arena, reverse, "PTR", name ? DNS_DATA : DNS_NXDOMAIN, name);
    ptr->names.observed = true;
    if (!name)
        return;
    found = must(list_new_item(&ptr->names, arena, sizeof(*found)));
    found->name = name;
    found->confirmed = confirmed;
    found->forward = question(arena, name, strchr(address, ':') ? "AAAA" : "A",
                              confirmed == YES ? DNS_DATA : DNS_NXDOMAIN, confirmed == YES ? address : NULL);
}

/* Some 32 bytes in hex that differ for different texts. */
static const char *fingerprint(struct arena *arena, const char *of)
{
    uint8_t octets[32] = {0};
    unsigned int state = 2166136261U;

    for (; *of; of++)
        state = (state ^ (unsigned char)*of) * 16777619U;
    for (size_t i = 0; i < sizeof(octets); i++) {
        state = state * 1664525U + 1013904223U;
        octets[i] = (uint8_t)(state >> 24);
    }
    return must(text_hex(arena, octets, sizeof(octets)));
}

static void add_link(struct certificate_facts *certificate, struct arena *arena, const char *subject,
                     const char *issuer, int64_t not_after, bool leaf)
{
    struct chain_certificate_facts *link = must(list_new_item(&certificate->chain, arena, sizeof(*link)));
    uint8_t der[300];

    for (size_t i = 0; i < sizeof(der); i++)
        der[i] = (uint8_t)(i * 37 + (size_t)subject[3]);
    link->der = bytes_of(must(arena_copy(arena, der, sizeof(der))), sizeof(der));
    link->subject = subject;
    link->issuer = issuer;
    link->not_after = number(not_after);
    link->key = certificate->key;
    link->signature = "sha256WithRSAEncryption";
    link->sha256 = leaf ? certificate->sha256 : fingerprint(arena, subject);
}

static void add_certificate(struct tls_facts *tls, struct arena *arena, const char *name,
                            const char *key_type, int64_t days_left, const char *sans)
{
    struct certificate_facts *certificate =
        must(list_new_item(&tls->certificates, arena, sizeof(*certificate)));
    bool rsa = strcmp(key_type, "RSA") == 0;
    struct verify_error_facts *error;

    certificate->name = name;
    certificate->key = must(arena_alloc(arena, sizeof(*certificate->key)));
    certificate->key->type = key_type;
    certificate->key->bits = number(rsa ? 2048 : 256);
    certificate->key->curve = rsa ? NULL : "secp256r1";
    certificate->sha256 =
        fingerprint(arena, must(arena_format(arena, "%s %s %lld", name, key_type, (long long)days_left)));
    certificate->spki_sha256 = fingerprint(arena, key_type);
    certificate->subject = must(arena_format(arena, "CN=%s", name));
    certificate->issuer = "CN=R11,O=Let's Encrypt,C=US";
    certificate->not_after = number(scan_time + days_left * DAY);
    certificate->not_before = number(scan_time + (days_left - (days_left > 80 ? 300 : 90)) * DAY);
    certificate->signature = "sha256WithRSAEncryption";
    certificate->must_staple = NO;
    certificate->server_auth = YES;
    certificate->scts = number(2);
    certificate->trusted = YES;
    add_texts(&certificate->sans, arena, sans);
    if (days_left < 0) {
        error = must(list_new_item(&certificate->verify_errors, arena, sizeof(*error)));
        error->depth = number(0);
        error->code = number(10);
        error->text = "certificate has expired";
    }
    add_texts(&certificate->path, arena, "CN=mail|CN=R11,O=Let's Encrypt,C=US|CN=ISRG Root X1");
    add_link(certificate, arena, certificate->subject, certificate->issuer, certificate->not_after.value,
             true);
    add_link(certificate, arena, "CN=R11,O=Let's Encrypt,C=US", "CN=ISRG Root X1", scan_time + 108 * DAY,
             false);
}

static void add_handshake(struct tls_facts *tls, struct arena *arena, const char *name, const char *key_type,
                          size_t certificate)
{
    struct tls_handshake_facts *handshake = must(list_new_item(&tls->handshakes, arena, sizeof(*handshake)));

    handshake->name = name;
    handshake->key_type = key_type;
    handshake->milliseconds = number(31);
    if (certificate == SIZE_MAX) {
        handshake->result = TLS_REFUSED;
        handshake->alert = "handshake_failure";
        return;
    }
    handshake->result = TLS_COMPLETE;
    handshake->version = "TLS1.3";
    handshake->suite = "TLS_AES_256_GCM_SHA384";
    handshake->group = "x25519";
    handshake->signature = "rsa_pss_rsae_sha256";
    handshake->leaf_sha256 = ((struct certificate_facts *)tls->certificates.items[certificate])->sha256;
}

/* ---- what was enumerated ---- */

static void add_set(struct list *sets, struct arena *arena, const char *version, const char *order,
                    const char *texts)
{
    struct tls_set_facts *set = must(list_new_item(sets, arena, sizeof(*set)));

    set->version = version;
    set->complete = YES;
    set->order = order;
    set->ordered = known(order != NULL && strcmp(order, "server") == 0);
    add_texts(&set->list, arena, texts);
}

static void enumerate(struct tls_facts *tls, struct arena *arena, const char *accepted, const char *refused)
{
    tls->versions = must(arena_alloc(arena, sizeof(*tls->versions)));
    tls->versions->complete = YES;
    add_texts(&tls->versions->list, arena, accepted);
    add_texts(&tls->versions->refused, arena, refused);
    add_set(&tls->suites, arena, "TLS1.3", "server",
            "TLS_AES_256_GCM_SHA384|TLS_CHACHA20_POLY1305_SHA256|TLS_AES_128_GCM_SHA256");
    add_set(&tls->groups, arena, "TLS1.3", NULL, "X25519MLKEM768|x25519|secp256r1");
    add_set(&tls->schemes, arena, "TLS1.3", NULL, "ecdsa_secp256r1_sha256|rsa_pss_rsae_sha256");
    tls->enumeration_connections = number(31);
    tls->resumption = must(arena_alloc(arena, sizeof(*tls->resumption)));
    tls->resumption->ticket = tls->resumption->psk = YES;
    tls->resumption->session_id = NO;
    tls->resumption->ticket_lifetime = number(7200);
    tls->resumption->early_data = number(0);
    tls->features = must(arena_alloc(arena, sizeof(*tls->features)));
    tls->features->secure_renegotiation = tls->features->extended_master_secret = YES;
    tls->features->compression = tls->features->heartbleed = tls->features->ccs_injection = NO;
    tls->features->grease = tls->features->large_hello = tls->features->split_hello = YES;
    tls->features->client_renegotiation = NO;
    tls->features->suites_max = number(128);
}

static void enumerate_modern(struct tls_facts *tls, struct arena *arena)
{
    enumerate(tls, arena, "TLS1.2|TLS1.3", "SSL2|SSL3|TLS1.0|TLS1.1");
    add_set(&tls->suites, arena, "TLS1.2", "server",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384|TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384|"
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256|TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256|"
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256|TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    add_set(&tls->groups, arena, "TLS1.2", NULL, "x25519|secp256r1");
    add_set(&tls->schemes, arena, "TLS1.2", NULL,
            "ecdsa_secp256r1_sha256|rsa_pss_rsae_sha256|rsa_pkcs1_sha256");
}

/* With something of every strength, and a parameter that is too small. */
static void enumerate_permissive(struct tls_facts *tls, struct arena *arena)
{
    struct tls_dh_facts *dh;

    enumerate(tls, arena, "TLS1.0|TLS1.2|TLS1.3", "SSL2|SSL3|TLS1.1");
    add_set(&tls->suites, arena, "TLS1.2", "client",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384|TLS_DHE_RSA_WITH_AES_256_GCM_SHA384|"
            "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384|TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA|"
            "TLS_RSA_WITH_AES_256_GCM_SHA384|TLS_RSA_WITH_AES_128_CBC_SHA|TLS_RSA_WITH_3DES_EDE_CBC_SHA|"
            "TLS_RSA_WITH_RC4_128_SHA|TLS_RSA_WITH_DES_CBC_SHA|TLS_ECDH_anon_WITH_AES_128_CBC_SHA|"
            "0xCAFE");
    add_set(&tls->suites, arena, "TLS1.0", NULL, "TLS_RSA_WITH_3DES_EDE_CBC_SHA");
    add_set(&tls->groups, arena, "TLS1.2", NULL, "secp256r1|secp192r1");
    add_set(&tls->schemes, arena, "TLS1.2", NULL, "rsa_pkcs1_sha256|rsa_pkcs1_sha1");
    dh = must(list_new_item(&tls->dh, arena, sizeof(*dh)));
    dh->bits = number(1024);
    dh->prime_name = "RFC 2409 group 2 (1024 bits)";
    dh->generator = number(2);
    dh->reused = NO;
    add_texts(&dh->versions, arena, "TLS1.2");
}

/* Stopped by the server in the middle of it. */
static void enumerate_cut_short(struct tls_facts *tls, struct arena *arena)
{
    struct tls_set_facts *set;

    enumerate(tls, arena, "TLS1.2|TLS1.3", "SSL2|SSL3");
    tls->versions->complete = NO;
    tls->versions->reason = "pushback";
    add_set(&tls->suites, arena, "TLS1.2", NULL, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
    set = tls->suites.items[1];
    set->complete = NO;
    set->reason = "pushback";
}

static void say(struct list *transcript, struct arena *arena, int64_t at, const char *who, const char *text)
{
    struct dialogue_line *line = must(list_new_item(transcript, arena, sizeof(*line)));

    line->milliseconds = number(at);
    line->who = who;
    line->text = text;
}

static struct smtp_reply_facts *reply(struct arena *arena, int64_t code, const char *lines)
{
    struct smtp_reply_facts *reply = must(arena_alloc(arena, sizeof(*reply)));

    reply->code = number(code);
    reply->milliseconds = number(12);
    add_texts(&reply->lines, arena, lines);
    return reply;
}

static struct smtp_ehlo_facts *ehlo(struct arena *arena, const char *name, const char *keywords)
{
    struct smtp_ehlo_facts *ehlo = must(arena_alloc(arena, sizeof(*ehlo)));
    struct list texts = {.observed = false};

    ehlo->name = name;
    ehlo->reply = reply(arena, 250, keywords);
    add_texts(&texts, arena, keywords);
    for (size_t i = 0; i < texts.count; i++) {
        struct smtp_capability_facts *capability =
            must(list_new_item(&ehlo->capabilities, arena, sizeof(*capability)));
        const char *text = texts.items[i];
        const char *space = strchr(text, ' ');

        capability->keyword =
            must(arena_text_sized(arena, text, space ? (size_t)(space - text) : strlen(text)));
        capability->parameter = space ? space + 1 : NULL;
    }
    return ehlo;
}

static void smtp_session(struct endpoint_facts *endpoint, struct arena *arena, const char *banner)
{
    struct smtp_facts *smtp = must(arena_alloc(arena, sizeof(*smtp)));
    bool implicit = endpoint->port.value == 465;

    endpoint->smtp = smtp;
    smtp->greeting = reply(arena, 220, banner);
    smtp->greeting_name = MAIL;
    smtp->tls = YES;
    say(&smtp->transcript, arena, 11, "note", "connected");
    say(&smtp->transcript, arena, 6021, "server", must(arena_format(arena, "220 %s", banner)));
    say(&smtp->transcript, arena, 6021, "client", "EHLO probe.example.net");
    if (!implicit) {
        smtp->ehlo =
            ehlo(arena, MAIL,
                 endpoint->port.value == 587 ? "PIPELINING|SIZE 52428800|AUTH PLAIN LOGIN|STARTTLS|8BITMIME"
                                             : "PIPELINING|SIZE 52428800|STARTTLS|8BITMIME");
        smtp->starttls_offered = YES;
        smtp->starttls = reply(arena, 220, "2.0.0 Ready to start TLS");
        say(&smtp->transcript, arena, 6035, "server", "250-STARTTLS");
        say(&smtp->transcript, arena, 6035, "client", "STARTTLS");
        say(&smtp->transcript, arena, 6047, "server", "220 2.0.0 Ready to start TLS");
        say(&smtp->transcript, arena, 6078, "note", "TLS1.3 with TLS_AES_256_GCM_SHA384");
    }
    smtp->ehlo_tls = ehlo(arena, MAIL, "PIPELINING|SIZE 52428800|AUTH PLAIN LOGIN|8BITMIME|CHUNKING");
    smtp->quit = reply(arena, 221, "2.0.0 Bye");
    smtp->end = DIALOGUE_COMPLETE;
    say(&smtp->transcript, arena, 6120, "client", "QUIT");
    say(&smtp->transcript, arena, 6133, "server", "221 2.0.0 Bye");
}

static void imap_session(struct endpoint_facts *endpoint, struct arena *arena)
{
    struct imap_facts *imap = must(arena_alloc(arena, sizeof(*imap)));

    endpoint->imap = imap;
    imap->greeting = IMAP_GREETING_OK;
    imap->greeting_text = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] Dovecot ready.";
    imap->greeting_milliseconds = number(19);
    imap->tls = YES;
    add_texts(&imap->capabilities_tls, arena, "IMAP4REV1|SASL-IR|LOGIN-REFERRALS|ID|ENABLE|IDLE|AUTH=PLAIN");
    imap->logout = YES;
    imap->end = DIALOGUE_CLOSED;
    imap->end_stage = "LOGOUT";
    say(&imap->transcript, arena, 44, "server", imap->greeting_text);
    say(&imap->transcript, arena, 45, "client", "a1 LOGOUT");
}

static struct endpoint_facts *add_endpoint(struct observed_facts *facts, struct arena *arena,
                                           const char *host, const char *address, int64_t port)
{
    struct endpoint_facts *endpoint = must(list_new_item(&facts->endpoints, arena, sizeof(*endpoint)));

    endpoint->address = address;
    endpoint->port = number(port);
    endpoint->service = port == 25    ? "smtp"
                        : port == 465 ? "submissions"
                        : port == 587 ? "submission"
                                      : "imaps";
    endpoint->state = ENDPOINT_OPEN;
    endpoint->heard = YES;
    endpoint->connect_milliseconds = number(11);
    endpoint->connections = number(34);
    endpoint->aborted = number(0);
    endpoint->pushbacks = number(0);
    add_texts(&endpoint->hosts, arena, host);
    return endpoint;
}

static void add_endpoints(struct observed_facts *facts, struct arena *arena, const char *banner,
                          bool faultless)
{
    for (size_t a = 0; a < 2; a++) {
        for (size_t p = 0; p < 4; p++) {
            struct endpoint_facts *endpoint = add_endpoint(facts, arena, MAIL, addresses[a], ports[p]);
            bool expired = ports[p] == 993 && !faultless;

            endpoint->tls = must(arena_alloc(arena, sizeof(*endpoint->tls)));
            add_certificate(endpoint->tls, arena, MAIL, "RSA", expired ? -12 : 48,
                            "mail.xn--bcher-kva.example|imap.xn--bcher-kva.example|mail.second.example");
            if (!expired)
                add_certificate(endpoint->tls, arena, MAIL, "ECDSA", 48, MAIL);
            add_handshake(endpoint->tls, arena, MAIL, "RSA", 0);
            add_handshake(endpoint->tls, arena, MAIL, "ECDSA", expired ? SIZE_MAX : 1);
            if (expired)
                enumerate_permissive(endpoint->tls, arena);
            else
                enumerate_modern(endpoint->tls, arena);
            if (ports[p] == 993)
                imap_session(endpoint, arena);
            else
                smtp_session(endpoint, arena, banner);
        }
    }
}

static void add_backup(struct observed_facts *facts, struct arena *arena)
{
    struct endpoint_facts *endpoint = add_endpoint(facts, arena, MX2, MX2A, 25);

    endpoint->tls = must(arena_alloc(arena, sizeof(*endpoint->tls)));
    add_certificate(endpoint->tls, arena, MX2, "RSA", 203,
                    "shared7.provider.example|*.shared.provider.example");
    add_handshake(endpoint->tls, arena, MX2, "RSA", 0);
    enumerate_cut_short(endpoint->tls, arena);
    smtp_session(endpoint, arena, "mx2.provider.example ESMTP");
    endpoint = add_endpoint(facts, arena, MX2, "2001:db8:77::9", 25);
    endpoint->state = ENDPOINT_SILENT;
    endpoint->reason = "no answer to connect() within 10 s";
    endpoint->connect_milliseconds.known = false;
    endpoint->connections = number(1);
}

static struct scan_facts *sample_scan(struct arena *arena)
{
    struct scan_facts *scan = must(arena_alloc(arena, sizeof(*scan)));

    scan->schema = number(1);
    scan->generator = must(arena_alloc(arena, sizeof(*scan->generator)));
    scan->generator->name = "outpost";
    scan->generator->version = "0.1.0";
    scan->target = "xn--bcher-kva.example";
    scan->target_display = "b\xc3\xbc"
                           "cher.example";
    scan->target_kind = "domain";
    scan->started = number(scan_time);
    scan->finished = number(scan_time + 41);
    scan->complete = YES;
    scan->settings = must(arena_alloc(arena, sizeof(*scan->settings)));
    scan->settings->depth = "standard";
    scan->settings->pace = "normal";
    scan->settings->resolver = "192.0.2.53:53 (from /etc/resolv.conf)";
    scan->settings->roots = "system";
    scan->settings->timeout = number(180);
    add_texts(&scan->settings->ports, arena, "25:smtp|465:submissions|587:submission|993:imaps");
    add_texts(&scan->settings->overrides, arena, "");
    scan->vantage = must(arena_alloc(arena, sizeof(*scan->vantage)));
    add_texts(&scan->vantage->addresses, arena, "203.0.113.7|2001:db8:99::7");
    scan->vantage->ehlo = "probe.example.net";
    scan->vantage->ipv4 = YES;
    scan->vantage->ipv6 = YES;
    scan->vantage->port_25 = PORT_25_OPEN;
    scan->vantage->port_25_evidence = "control.example.net answered on port 25";
    return scan;
}

static void sample_dns(struct observed_facts *facts, struct arena *arena, const char *domain)
{
    struct mail_host_facts *host;

    facts->dns = must(arena_alloc(arena, sizeof(*facts->dns)));
    facts->dns->domain = domain;
    facts->dnssec = faultless_dnssec(arena);
    facts->dns->mx = question(arena, domain, "MX", DNS_DATA, "10 " MAIL ".|20 " MX2 ".");
    facts->dns->null_mx = NO;
    host = add_host(facts->dns, arena, MAIL, 10, V4, V6);
    host->display = "mail.b\xc3\xbc"
                    "cher.example";
    add_host(facts->dns, arena, MX2, 20, MX2A, "2001:db8:77::9");
    add_ptr(facts, arena, V4, "25.2.0.192.in-addr.arpa", MAIL, YES);
    add_ptr(facts, arena, V6, "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.4.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
            "static.25.42.db8.provider.example", NO);
    add_ptr(facts, arena, MX2A, "9.100.51.198.in-addr.arpa", NULL, UNKNOWN);
}

static struct judgement *new_judgement(struct arena *arena, struct scan_facts *scan)
{
    struct judgement *judgement = must(arena_alloc(arena, sizeof(*judgement)));

    judgement->arena = arena;
    judgement->scan = scan;
    judgement->findings.observed = true;
    return judgement;
}

static void add_reason(struct judgement *judgement, const char *id, const char *cap)
{
    struct grade_reason *reason =
        must(list_new_item(&judgement->grade_reasons, judgement->arena, sizeof(*reason)));

    reason->cap = cap;
    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (strcmp(finding->id, id) == 0)
            reason->finding = finding;
    }
    must((void *)(uintptr_t)reason->finding);
}

/* ---- grades ---- */

static void add_cap(struct tls_grade *grade, struct arena *arena, const char *name, const char *letter,
                    const char *text, const char *check)
{
    struct tls_cap *cap = must(list_new_item(&grade->caps, arena, sizeof(*cap)));

    *cap = (struct tls_cap){.name = name, .letter = letter, .text = text, .check = check};
}

static struct tls_grade *modern_grade(struct arena *arena, bool opportunistic)
{
    struct tls_grade *grade = must(arena_alloc(arena, sizeof(*grade)));

    *grade = (struct tls_grade){
        .letter = "A+",
        .opportunistic = opportunistic,
        .score = number(93),
        .protocol = {.points = number(100), .text = "TLS 1.2 to TLS 1.3"},
        .key_exchange = {.points = number(90), .text = "certificate with RSA 2048 bits", .check = "cert.key"},
        .cipher = {.points = number(90), .text = "128 to 256 bits"},
        .caps = {.observed = true},
        .untested = {.observed = true},
    };
    return grade;
}

static struct tls_grade *permissive_grade(struct arena *arena)
{
    struct tls_grade *grade = modern_grade(arena, false);

    grade->letter = "E";
    grade->score = number(0);
    grade->protocol = (struct tls_score_part){.points = number(95), .text = "TLS 1.0 to TLS 1.3"};
    grade->key_exchange =
        (struct tls_score_part){.points = number(0), .text = "suites without authentication"};
    grade->cipher = (struct tls_score_part){.points = number(60), .text = "56 to 256 bits"};
    add_cap(grade, arena, "des", "E", "DES is accepted: TLS_RSA_WITH_DES_CBC_SHA", "tls.suites.des");
    add_cap(grade, arena, "cert.expiry", "E", "The certificate has expired", "cert.expiry");
    add_cap(grade, arena, "rc4", "C", "RC4 is accepted: TLS_RSA_WITH_RC4_128_SHA", "tls.suites.rc4");
    add_cap(grade, arena, "tls10", "B", "TLS 1.0 is offered", "tls.tls10");
    add_cap(
        grade, arena, "cbc", NULL,
        "Suites without authenticated encryption (AEAD) are accepted: TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, "
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_AES_128_CBC_SHA and 4 more",
        "tls.suites.cbc");
    return grade;
}

static struct tls_grade *grade_cut_short(struct arena *arena)
{
    struct tls_grade *grade = modern_grade(arena, true);

    grade->letter = NULL;
    grade->no_better_than = "A-";
    grade->score.known = false;
    grade->protocol = (struct tls_score_part){.reason = "not every version was asked for (pushback)"};
    grade->cipher = (struct tls_score_part){.reason = "not all suites of TLS1.2 are known (pushback)"};
    add_cap(grade, arena, "no_secure_renegotiation", "A-", "Renegotiation is not protected (RFC 5746)",
            "tls.renegotiation");
    add_texts(&grade->untested, arena,
              "not every version was asked for (pushback)|not all suites of TLS1.2 are known (pushback)");
    return grade;
}

static void add_endpoint_grade(struct judgement *judgement, const char *address, int64_t port,
                               const struct tls_grade *tls)
{
    struct endpoint_grade *grade =
        must(list_new_item(&judgement->endpoint_grades, judgement->arena, sizeof(*grade)));

    grade->address = address;
    grade->port = port;
    grade->tls = tls;
}

static void add_profiles(struct judgement *judgement)
{
    add_everywhere(judgement,
                   (struct row){.check = &check_profile,
                                .outcome = OUTCOME_INFO,
                                .title = "Does not meet Mozilla modern 6.0",
                                .why = "Auditors and partners ask for one of these.",
                                .evidence = "not met: versions: TLS1.2",
                                .reference = "Mozilla Server Side TLS 6.0, modern"},
                   "mozilla-modern-6.0");
    add_everywhere(judgement,
                   (struct row){.check = &check_profile,
                                .outcome = OUTCOME_PASS,
                                .title = "Meets NCSC-NL 2025-05: sufficient",
                                .why = "Auditors and partners ask for one of these.",
                                .reference = "NCSC-NL, IT Security Guidelines for TLS, 2025-05"},
                   "ncsc-nl-2025-05");
}

static void add_passes(struct judgement *judgement)
{
    ADD_ROWS(judgement, passes);
    add_everywhere(judgement,
                   (struct row){.check = &check_handshake,
                                .outcome = OUTCOME_PASS,
                                .title = "A TLS handshake completes",
                                .why = "Without it nothing that follows is encrypted.",
                                .evidence = "TLS1.3, TLS_AES_256_GCM_SHA384, x25519",
                                .reference = "RFC 8446"},
                   NULL);
    add_everywhere(judgement,
                   (struct row){.check = &check_key,
                                .outcome = OUTCOME_PASS,
                                .title = "The certificate's key is strong",
                                .why = "A weak key can be computed by others.",
                                .evidence = "RSA, 2048 bits",
                                .reference = "RFC 8301 section 3.2, appendix A.1"},
                   NULL);
}

struct judgement *sample_judgement(struct arena *arena, const struct sample_words *words)
{
    struct scan_facts *scan = sample_scan(arena);
    struct judgement *judgement = new_judgement(arena, scan);
    const char *hostile = words ? words->hostile : NULL;

    scan->facts = must(arena_alloc(arena, sizeof(*scan->facts)));
    sample_dns(scan->facts, arena, scan->target);
    add_endpoints(scan->facts, arena, hostile ? hostile : MAIL " ESMTP Postfix (Debian/GNU)", false);
    add_backup(scan->facts, arena);
    ADD_ROWS(judgement, failures);
    ADD_ROWS(judgement, warnings);
    if (hostile)
        add_finding(judgement, &(struct row){.check = &check_greeting,
                                             .outcome = OUTCOME_WARN,
                                             .host = MAIL,
                                             .address = V6,
                                             .port = 25,
                                             .title = hostile,
                                             .why = hostile,
                                             .evidence = hostile,
                                             .fix = hostile,
                                             .reference = hostile});
    ADD_ROWS(judgement, remarks);
    add_profiles(judgement);
    add_passes(judgement);
    ADD_ROWS(judgement, elsewhere);
    ADD_ROWS(judgement, open_questions);
    judgement->outcome = OUTCOME_FAIL;
    judgement->grade = "E";
    judgement->area_grades[AREA_TRANSPORT] = "E";
    judgement->area_grades[AREA_REACHABILITY] = "C";
    judgement->area_grades[AREA_DNS] = "A";
    add_reason(judgement, "cert.expiry@" MAIL "/" V4 ":993", "E");
    add_reason(judgement, "cert.expiry@" MAIL "/" V6 ":993", "E");
    add_reason(judgement, "smtp.auth_plaintext@" MAIL "/" V4 ":587", "E");
    add_reason(judgement, "ptr.forward@/" V6, "C");
    for (size_t a = 0; a < 2; a++) {
        for (size_t p = 0; p < 4; p++)
            add_endpoint_grade(judgement, addresses[a], ports[p],
                               ports[p] == 993 ? permissive_grade(arena)
                                               : modern_grade(arena, ports[p] == 25));
    }
    add_endpoint_grade(judgement, MX2A, 25, grade_cut_short(arena));
    add_endpoint_grade(judgement, "2001:db8:77::9", 25, NULL);
    return judgement;
}

struct judgement *sample_faultless(struct arena *arena)
{
    struct scan_facts *scan = sample_scan(arena);
    struct judgement *judgement = new_judgement(arena, scan);

    scan->facts = must(arena_alloc(arena, sizeof(*scan->facts)));
    sample_dns(scan->facts, arena, scan->target);
    add_endpoints(scan->facts, arena, MAIL " ESMTP", true);
    ADD_ROWS(judgement, remarks);
    add_passes(judgement);
    judgement->outcome = OUTCOME_INFO;
    judgement->grade = "A";
    for (size_t area = AREA_TRANSPORT; area < AREA_NONE; area++)
        judgement->area_grades[area] = "A";
    for (size_t a = 0; a < 2; a++) {
        for (size_t p = 0; p < 4; p++)
            add_endpoint_grade(judgement, addresses[a], ports[p], modern_grade(arena, ports[p] == 25));
    }
    return judgement;
}

struct judgement *sample_empty(struct arena *arena)
{
    struct scan_facts *scan = must(arena_alloc(arena, sizeof(*scan)));
    struct judgement *judgement = new_judgement(arena, scan);

    scan->target = "example.org";
    scan->complete = NO;
    scan->incomplete_reason = "stopped by a signal";
    judgement->outcome = OUTCOME_NOT_TESTED;
    return judgement;
}
