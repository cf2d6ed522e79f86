/*
 * judged.c - scans made by hand for tests of the judge: a faultless one, and what a line of patches makes of
 * it
 */
#include "tests/unit/judged.h"

#include "reports/judge.h"
#include "reports/policy.h"
#include "scanner/base/text.h"
#include "tests/unit/judged_dane.h"
#include "tests/unit/judged_dkim.h"
#include "tests/unit/judged_dmarc.h"
#include "tests/unit/judged_dnssec.h"
#include "tests/unit/sample_dnsbl.h"
#include "tests/unit/sample_spf.h"
#include "tests/unit/sample_zone.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ISSUER "CN=R10,O=Let's Encrypt,C=US"

/* ---- building ---- */

static void *must(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

static void add(struct list *list, struct arena *arena, const void *item)
{
    if (list_add(list, arena, (void *)(uintptr_t)item) < 0)
        abort();
}

#define NEW(list, arena, type) ((type *)must(list_new_item(list, arena, sizeof(type))))
#define MAKE(arena, type)      ((type *)must(arena_alloc(arena, sizeof(type))))

static struct dns_question_facts *question(struct arena *arena, const char *name, const char *type,
                                           const char *record)
{
    struct dns_question_facts *question = MAKE(arena, struct dns_question_facts);

    question->name = name;
    question->type = type;
    question->outcome = DNS_DATA;
    question->rcode = number(0);
    question->ttl = number(3600);
    question->milliseconds = number(3);
    question->security = DNS_SECURE;
    question->server = "11.9.0.53:53";
    question->aliases.observed = true;
    add(&question->records, arena, record);
    return question;
}

static void add_address(struct mail_host_facts *host, struct arena *arena, const char *text)
{
    struct host_address_facts *address = NEW(&host->addresses, arena, struct host_address_facts);

    address->address = text;
    address->source = "dns";
    address->scope = "global";
    address->contacted = YES;
}

static struct dns_facts *dns(struct arena *arena)
{
    struct dns_facts *dns = MAKE(arena, struct dns_facts);
    struct mail_exchanger_facts *exchanger = NEW(&dns->exchangers, arena, struct mail_exchanger_facts);
    struct mail_host_facts *host = NEW(&dns->hosts, arena, struct mail_host_facts);

    dns->domain = "example.org";
    dns->mx = question(arena, "example.org", "MX", "10 " HOST_NAME ".");
    dns->null_mx = NO;
    dns->hosts_left_out = number(0);
    exchanger->preference = host->preference = number(10);
    exchanger->host = host->name = HOST_NAME;
    host->source = HOST_MX;
    host->asked_for = NO;
    host->valid_name = YES;
    host->literal = NO;
    host->a = question(arena, HOST_NAME, "A", IPV4_ADDRESS);
    host->aaaa = question(arena, HOST_NAME, "AAAA", IPV6_ADDRESS);
    add_address(host, arena, IPV4_ADDRESS);
    add_address(host, arena, IPV6_ADDRESS);
    return dns;
}

static struct ptr_facts *ptr(struct arena *arena, const char *address, const char *type)
{
    struct ptr_facts *ptr = MAKE(arena, struct ptr_facts);
    struct ptr_name_facts *name = NEW(&ptr->names, arena, struct ptr_name_facts);

    ptr->address = address;
    ptr->question = question(arena, "25.1.10.11.in-addr.arpa", "PTR", HOST_NAME ".");
    ptr->names_left_out = number(0);
    name->name = HOST_NAME;
    name->forward = question(arena, HOST_NAME, type, address);
    name->confirmed = YES;
    return ptr;
}

static struct smtp_reply_facts *reply(struct arena *arena, int64_t code, const char *line)
{
    struct smtp_reply_facts *reply = MAKE(arena, struct smtp_reply_facts);

    reply->code = number(code);
    reply->milliseconds = number(4);
    add(&reply->lines, arena, line);
    return reply;
}

static struct smtp_ehlo_facts *ehlo(struct arena *arena, bool starttls, bool login)
{
    static const struct {
        const char *keyword, *parameter;
    } always[] = {{"PIPELINING", NULL}, {"SIZE", "52428800"}, {"8BITMIME", NULL}};
    struct smtp_ehlo_facts *ehlo = MAKE(arena, struct smtp_ehlo_facts);
    struct smtp_capability_facts *capability;

    ehlo->reply = reply(arena, 250, HOST_NAME);
    ehlo->name = HOST_NAME;
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        capability = NEW(&ehlo->capabilities, arena, struct smtp_capability_facts);
        capability->keyword = always[i].keyword;
        capability->parameter = always[i].parameter;
    }
    if (starttls)
        NEW(&ehlo->capabilities, arena, struct smtp_capability_facts)->keyword = "STARTTLS";
    if (login) {
        capability = NEW(&ehlo->capabilities, arena, struct smtp_capability_facts);
        capability->keyword = "AUTH";
        capability->parameter = "PLAIN LOGIN";
    }
    return ehlo;
}

static struct smtp_facts *smtp(struct arena *arena, int port)
{
    struct smtp_facts *smtp = MAKE(arena, struct smtp_facts);

    smtp->greeting = reply(arena, 220, HOST_NAME " ESMTP");
    smtp->greeting_name = HOST_NAME;
    smtp->greeting_pause = number(0);
    if (port != 465) {
        smtp->ehlo = ehlo(arena, true, false);
        smtp->starttls_offered = YES;
        smtp->starttls = reply(arena, 220, "2.0.0 Ready to start TLS");
    }
    smtp->tls = YES;
    smtp->ehlo_tls = ehlo(arena, false, port != 25);
    smtp->quit = reply(arena, 221, "2.0.0 Bye");
    smtp->end = DIALOGUE_COMPLETE;
    smtp->transcript.observed = true;
    return smtp;
}

static struct imap_facts *imap(struct arena *arena)
{
    struct imap_facts *imap = MAKE(arena, struct imap_facts);

    imap->greeting = IMAP_GREETING_OK;
    imap->greeting_text = "Dovecot ready.";
    imap->tls = YES;
    add(&imap->capabilities_tls, arena, "IMAP4REV1");
    add(&imap->capabilities_tls, arena, "AUTH=PLAIN");
    imap->logout = YES;
    imap->end = DIALOGUE_COMPLETE;
    imap->transcript.observed = true;
    return imap;
}

static struct key_facts *key(struct arena *arena, bool rsa)
{
    struct key_facts *key = MAKE(arena, struct key_facts);

    key->type = rsa ? "RSA" : "ECDSA";
    key->bits = number(rsa ? 2048 : 256);
    key->curve = rsa ? NULL : "secp256r1";
    if (rsa) {
        key->rsa_exponent = number(65537);
        key->roca = NO;
    }
    return key;
}

static void add_sent(struct certificate_facts *certificate, struct arena *arena, const char *subject,
                     const char *issuer, bool rsa)
{
    struct chain_certificate_facts *sent = NEW(&certificate->chain, arena, struct chain_certificate_facts);

    sent->der = bytes_of("\x30\x00", 2);
    sent->subject = subject;
    sent->issuer = issuer;
    sent->key = key(arena, rsa);
    sent->signature = "sha256WithRSAEncryption";
    sent->self_issued = NO;
}

static void add_certificate(struct tls_facts *tls, struct arena *arena, bool rsa)
{
    struct certificate_facts *certificate = NEW(&tls->certificates, arena, struct certificate_facts);

    certificate->name = HOST_NAME;
    certificate->key = key(arena, rsa);
    certificate->sha256 = rsa ? "aaaa" : "eeee";
    certificate->spki_sha256 = rsa ? "a5a5" : "e5e5";
    certificate->subject = "CN=" HOST_NAME;
    certificate->issuer = ISSUER;
    certificate->not_before = number(SCAN_TIME - 10 * DAY_SECONDS);
    certificate->not_after = number(SCAN_TIME + 80 * DAY_SECONDS - 1);
    add(&certificate->sans, arena, HOST_NAME);
    certificate->sans_left_out = number(0);
    certificate->signature = "sha256WithRSAEncryption";
    certificate->must_staple = NO;
    certificate->server_auth = YES;
    certificate->scts = number(2);
    certificate->ocsp_urls.observed = certificate->ca_issuer_urls.observed = true;
    certificate->crl_urls.observed = true;
    certificate->stapled = NO;
    certificate->trusted = YES;
    certificate->verify_errors.observed = true;
    add(&certificate->path, arena, "CN=" HOST_NAME);
    add(&certificate->path, arena, ISSUER);
    add(&certificate->path, arena, "CN=Root X1");
    add_sent(certificate, arena, "CN=" HOST_NAME, ISSUER, rsa);
    add_sent(certificate, arena, ISSUER, "CN=Root X1", true);
    certificate->chain_left_out = number(0);
}

/* ---- what an enumeration notes ---- */

static void add_texts(struct list *list, struct arena *arena, const char *texts)
{
    list->observed = true;
    while (*texts != '\0') {
        size_t size = strcspn(texts, " ");

        add(list, arena, must(arena_text_sized(arena, texts, size)));
        texts += size + (texts[size] == ' ');
    }
}

static void add_set(struct list *sets, struct arena *arena, const char *version, const char *order,
                    const char *texts)
{
    struct tls_set_facts *set = NEW(sets, arena, struct tls_set_facts);

    set->version = version;
    set->complete = YES;
    set->order = order;
    add_texts(&set->list, arena, texts);
}

static struct tls_features_facts *features(struct arena *arena, const char *alpn)
{
    struct tls_features_facts *features = MAKE(arena, struct tls_features_facts);

    features->secure_renegotiation = features->extended_master_secret = YES;
    features->compression = NO;
    features->fallback_scsv = features->downgrade_sentinel = YES;
    features->ecdh_reuse = NO;
    features->client_certificate = features->ocsp_staple = NO;
    features->alpn = alpn;
    features->alpn_strict = features->sni_strict = YES;
    features->sni_needed = NO;
    features->no_name_sha256 = "eeee";
    features->client_renegotiation = features->insecure_renegotiation = NO;
    features->client_renegotiations = number(0);
    features->grease = features->unknown_version = features->large_hello = features->split_hello = YES;
    features->intolerances.observed = true;
    features->heartbeat = features->heartbleed = features->ccs_injection = NO;
    return features;
}

static void enumerate(struct tls_facts *tls, struct arena *arena, const char *alpn)
{
    tls->versions = MAKE(arena, struct tls_versions_facts);
    tls->versions->complete = YES;
    add_texts(&tls->versions->list, arena, "TLS1.2 TLS1.3");
    add_texts(&tls->versions->refused, arena, "SSL2 SSL3 TLS1.0 TLS1.1");
    add_set(&tls->suites, arena, "TLS1.2", "server",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 "
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 "
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    add_set(&tls->suites, arena, "TLS1.3", "server",
            "TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_GCM_SHA256");
    add_set(&tls->groups, arena, "TLS1.2", NULL, "x25519 secp256r1 secp384r1");
    add_set(&tls->groups, arena, "TLS1.3", NULL, "X25519MLKEM768 x25519 secp256r1 secp384r1");
    add_set(&tls->schemes, arena, "TLS1.2", NULL,
            "ecdsa_secp256r1_sha256 rsa_pss_rsae_sha256 rsa_pkcs1_sha256");
    add_set(&tls->schemes, arena, "TLS1.3", NULL, "ecdsa_secp256r1_sha256 rsa_pss_rsae_sha256");
    tls->dh.observed = true;
    tls->resumption = MAKE(arena, struct tls_resumption_facts);
    tls->resumption->session_id = NO;
    tls->resumption->ticket = tls->resumption->psk = YES;
    tls->resumption->ticket_lifetime = number(7200);
    tls->resumption->early_data = number(0);
    tls->features = features(arena, alpn);
    tls->enumeration_connections = number(30);
}

static struct tls_facts *tls(struct arena *arena, const char *alpn)
{
    struct tls_facts *tls = MAKE(arena, struct tls_facts);

    for (int i = 0; i < 2; i++) {
        struct tls_handshake_facts *handshake = NEW(&tls->handshakes, arena, struct tls_handshake_facts);
        bool rsa = i == 1;

        handshake->name = HOST_NAME;
        handshake->key_type = rsa ? "RSA" : NULL;
        handshake->result = TLS_COMPLETE;
        handshake->version = "TLS1.3";
        handshake->suite = "TLS_AES_256_GCM_SHA384";
        handshake->group = "x25519";
        handshake->signature = rsa ? "rsa_pss_rsae_sha256" : "ecdsa_secp256r1_sha256";
        handshake->milliseconds = number(9);
        handshake->leaf_sha256 = rsa ? "aaaa" : "eeee";
        add_certificate(tls, arena, rsa);
    }
    enumerate(tls, arena, alpn);
    return tls;
}

static void add_endpoint(struct observed_facts *observed, struct arena *arena, const char *address, int port,
                         const char *service)
{
    struct endpoint_facts *endpoint = NEW(&observed->endpoints, arena, struct endpoint_facts);

    endpoint->address = address;
    endpoint->port = number(port);
    endpoint->service = service;
    add(&endpoint->hosts, arena, HOST_NAME);
    endpoint->state = ENDPOINT_OPEN;
    endpoint->heard = YES;
    endpoint->connect_milliseconds = number(2);
    if (port == 993)
        endpoint->imap = imap(arena);
    else
        endpoint->smtp = smtp(arena, port);
    endpoint->tls = tls(arena, port == 993 ? "imap" : NULL);
    endpoint->connections = number(32);
    endpoint->aborted = number(0);
    endpoint->pushbacks = number(0);
}

static void add_caa(struct observed_facts *observed, struct arena *arena)
{
    struct caa_facts *caa = NEW(&observed->caa, arena, struct caa_facts);
    struct caa_property_facts *property = NEW(&caa->properties, arena, struct caa_property_facts);
    struct dns_question_facts *of_host = question(arena, HOST_NAME, "CAA", "");

    of_host->outcome = DNS_NODATA;
    of_host->records.count = 0;
    of_host->ttl.known = false;
    caa->name = HOST_NAME;
    add(&caa->questions, arena, of_host);
    add(&caa->questions, arena, question(arena, "example.org", "CAA", "0 issue \"letsencrypt.org\""));
    caa->ended = YES;
    caa->found_at = "example.org";
    property->flags = number(0);
    property->critical = NO;
    property->tag = "issue";
    property->value = property->issuer = "letsencrypt.org";
    property->parameters.observed = true;
    caa->left_out = number(0);
    caa->deciding_left_out = NO;
}

static struct observed_facts *observed(struct arena *arena)
{
    static const char *const addresses[] = {IPV4_ADDRESS, IPV6_ADDRESS};
    struct observed_facts *observed = MAKE(arena, struct observed_facts);

    observed->dns = dns(arena);
    observed->dnssec = faultless_dnssec(arena);
    observed->helo.observed = true;
    judged_add_dane(observed, arena);
    judged_add_dkim(observed, arena);
    judged_add_dmarc(observed, arena);
    add_caa(observed, arena);
    observed->revocations.observed = true;
    add(&observed->ptr, arena, ptr(arena, IPV4_ADDRESS, "A"));
    add(&observed->ptr, arena, ptr(arena, IPV6_ADDRESS, "AAAA"));
    for (size_t i = 0; i < 2; i++) {
        add_endpoint(observed, arena, addresses[i], 25, "smtp");
        add_endpoint(observed, arena, addresses[i], 465, "submissions");
        add_endpoint(observed, arena, addresses[i], 587, "submission");
        add_endpoint(observed, arena, addresses[i], 993, "imaps");
    }
    return observed;
}

struct scan_facts *faultless_scan(struct arena *arena)
{
    struct scan_facts *scan = MAKE(arena, struct scan_facts);

    scan->schema = number(1);
    scan->generator = MAKE(arena, struct generator_facts);
    scan->generator->name = "outpost";
    scan->generator->version = "0.1.0";
    scan->target = "example.org";
    scan->target_kind = "domain";
    scan->started = number(SCAN_TIME);
    scan->finished = number(SCAN_TIME + 3);
    scan->complete = YES;
    scan->settings = MAKE(arena, struct settings_facts);
    scan->settings->depth = "standard";
    scan->settings->pace = "normal";
    scan->settings->resolver = "11.9.0.53:53";
    scan->settings->roots = "system";
    scan->settings->timeout = number(180);
    scan->settings->overrides.observed = true;
    scan->settings->ports.observed = true;
    scan->vantage = MAKE(arena, struct vantage_facts);
    add(&scan->vantage->addresses, arena, "11.9.0.7");
    add(&scan->vantage->addresses, arena, "2a11:11:900::7");
    scan->vantage->ehlo = "probe.example.net";
    scan->vantage->ipv4 = scan->vantage->ipv6 = YES;
    scan->vantage->port_25 = PORT_25_OPEN;
    scan->vantage->port_25_evidence = "mail.example.org 11.10.1.25:25 answered";
    scan->vantage->port_25_ipv6 = PORT_25_OPEN;
    scan->vantage->port_25_ipv6_evidence = "mail.example.org 2a11:11:1001::25:25 answered";
    scan->facts = observed(arena);
    scan->facts->zone = faultless_zone(arena);
    scan->facts->dnsbl = sample_dnsbl(arena, scan->target, IPV4_ADDRESS, IPV6_ADDRESS);
    scan->facts->spf = sample_spf(arena, scan->target, HOST_NAME, IPV4_ADDRESS, IPV6_ADDRESS, NULL);
    return scan;
}

/* ---- patching ---- */

/* The path behind a short name; a full path stays as it is. */
static char *full_path(struct arena *arena, const char *path)
{
    static const struct {
        const char *prefix, *place;
    } short_names[] = {
        {"E25", "facts.endpoints.0"},
        {"E465", "facts.endpoints.1"},
        {"E587", "facts.endpoints.2"},
        {"E993", "facts.endpoints.3"},
        {"F25", "facts.endpoints.4"},
        {"F465", "facts.endpoints.5"},
        {"F587", "facts.endpoints.6"},
        {"F993", "facts.endpoints.7"},
        {"HOST", "facts.dns.hosts.0"},
        {"DANE", "facts.dane.0"},
        {"DKIM", "facts.dkim.selectors.0"},
        {"DKEY", "facts.dkim.selectors.0.records.0"},
        {"CAA", "facts.caa.0"},
        {"NS1", "facts.zone.servers.0"},
        {"NS2", "facts.zone.servers.1"},
        {"CERT25", "facts.endpoints.0.tls.certificates.0"},
        {"CERT465", "facts.endpoints.1.tls.certificates.0"},
        {"CERT587", "facts.endpoints.2.tls.certificates.0"},
        {"CERT993", "facts.endpoints.3.tls.certificates.0"},
        {"RSA25", "facts.endpoints.0.tls.certificates.1"},
        {"RSA465", "facts.endpoints.1.tls.certificates.1"},
        {"RSA993", "facts.endpoints.3.tls.certificates.1"},
    };
    size_t size = strcspn(path, ".");

    for (size_t i = 0; i < sizeof(short_names) / sizeof(short_names[0]); i++)
        if (strlen(short_names[i].prefix) == size && strncmp(short_names[i].prefix, path, size) == 0)
            return must(arena_format(arena, "%s%s", short_names[i].place, path + size));
    return must(arena_text(arena, path));
}

/* A name whose dots were written as "~" has them back. */
static char *with_dots(char *name)
{
    for (char *at = name; *at != '\0'; at++)
        if (*at == '~')
            *at = '.';
    return name;
}

static json_t *step(json_t *json, char *name)
{
    return json_is_array(json) ? json_array_get(json, (size_t)strtoul(name, NULL, 10))
                               : json_object_get(json, with_dots(name));
}

static void apply(struct arena *arena, json_t *json, const char *line)
{
    size_t size = strcspn(line, " ");
    char *path = full_path(arena, must(arena_text_sized(arena, line, size)));
    const char *value = line[size] == ' ' ? line + size + 1 : "";
    char *name = path, *dot;
    json_t *new_value;

    while ((dot = strchr(name, '.')) != NULL) {
        *dot = '\0';
        json = step(json, name);
        cr_assert_not_null(json, "patch goes nowhere: %s (at %s)", line, name);
        name = dot + 1;
    }
    with_dots(name);
    if (strcmp(value, "absent") == 0) {
        if (json_is_array(json))
            cr_assert_eq(json_array_remove(json, (size_t)strtoul(name, NULL, 10)), 0,
                         "patch removes nothing: %s", line);
        else
            cr_assert_eq(json_object_del(json, name), 0, "patch removes nothing: %s", line);
        return;
    }
    new_value = json_loads(value, JSON_DECODE_ANY, NULL);
    cr_assert_not_null(new_value, "patch without a JSON value: %s", line);
    if (json_is_array(json)) {
        size_t index = (size_t)strtoul(name, NULL, 10);

        if (index == json_array_size(json))
            cr_assert_eq(json_array_append_new(json, new_value), 0);
        else
            cr_assert_eq(json_array_set_new(json, index, new_value), 0, "patch goes nowhere: %s", line);
    } else {
        cr_assert_eq(json_object_set_new(json, name, new_value), 0, "patch goes nowhere: %s", line);
    }
}

struct scan_facts *patched_scan(struct arena *arena, const char *patches)
{
    json_t *json = must(facts_to_json(&scan_shape, faultless_scan(arena)));
    const char *where = NULL;
    void *scan = NULL;

    while (patches != NULL && *patches != '\0') {
        size_t size = strcspn(patches, "\n");

        if (size > 0)
            apply(arena, json, must(arena_text_sized(arena, patches, size)));
        patches += size + (patches[size] == '\n');
    }
    cr_assert_eq(facts_from_json(&scan_shape, json, arena, &scan, &where), 0, "patched to nonsense: %s",
                 where == NULL ? "?" : where);
    json_decref(json);
    return scan;
}

/* ---- judging ---- */

struct judgement *judged(struct arena *arena, const struct scan_facts *scan)
{
    const struct policy *policy;
    struct judgement *judgement = NULL;
    const char *error = NULL;

    cr_assert_eq(policy_load(NULL, arena, &policy, &error), 0, "%s", error == NULL ? "?" : error);
    cr_assert_eq(judge(scan, policy, arena, &judgement), 0);
    return judgement;
}

const struct finding *finding_of(const struct judgement *judgement, const char *id)
{
    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (strcmp(finding->id, id) == 0)
            return finding;
    }
    return NULL;
}

static bool has_line(const struct list *lines, const char *part)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strstr(lines->items[i], part) != NULL)
            return true;
    return false;
}

static void print_lines(const struct finding *finding)
{
    for (size_t i = 0; i < finding->evidence.count; i++)
        printf("    evidence: %s\n", (const char *)finding->evidence.items[i]);
    for (size_t i = 0; i < finding->fix.count; i++)
        printf("    fix: %s\n", (const char *)finding->fix.items[i]);
}

static void check_row(const char *table, size_t index, const struct verdict_row *row)
{
    struct arena *arena = must(arena_new(0));
    struct judgement *judgement = judged(arena, patched_scan(arena, row->patches));
    const struct finding *finding = finding_of(judgement, row->id);

    if (row->outcome == 0) {
        cr_expect_null(finding, "%s[%zu]: %s should not be there", table, index, row->id);
    } else if (finding == NULL) {
        cr_expect(false, "%s[%zu]: there is no finding %s", table, index, row->id);
    } else {
        cr_expect_eq(finding->outcome, row->outcome, "%s[%zu]: %s is %s (%s), not %s", table, index, row->id,
                     outcome_name(finding->outcome), finding->title, outcome_name(row->outcome));
        cr_expect(row->title == NULL || strstr(finding->title, row->title) != NULL,
                  "%s[%zu]: %s: the title is \"%s\"", table, index, row->id, finding->title);
        if (row->line != NULL && !has_line(&finding->evidence, row->line) &&
            !has_line(&finding->fix, row->line)) {
            cr_expect(false, "%s[%zu]: %s: no line says \"%s\"", table, index, row->id, row->line);
            print_lines(finding);
        }
    }
    arena_free(arena);
}

void check_verdicts(const char *table, const struct verdict_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_row(table, i, &rows[i]);
}
