/*
 * sample_scan.c - the facts of the sample judgement: DNS, sessions, handshakes, certificates, what was enumerated
 */
#include "tests/unit/sample_dnsbl.h"
#include "tests/unit/sample_parts.h"
#include "tests/unit/sample_spf.h"

#include "scanner/base/text.h"
#include "tests/unit/judged_dmarc.h"
#include "tests/unit/judged_dnssec.h"

#include <string.h>

enum { DAY = 86400 };
static const int64_t scan_time = 1795348800; /* 2026-11-22T12:00:00Z */

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
    add_texts(&((struct tls_set_facts *)tls->groups.items[0])->stated, arena, "x25519|secp256r1");
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
    for (size_t a = 0; a < SAMPLE_ADDRESSES; a++) {
        for (size_t p = 0; p < SAMPLE_PORTS; p++) {
            struct endpoint_facts *endpoint =
                add_endpoint(facts, arena, MAIL, sample_addresses[a], sample_ports[p]);
            bool expired = sample_ports[p] == 993 && !faultless;

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
            if (sample_ports[p] == 993)
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

static struct scan_facts *new_scan(struct arena *arena)
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

static void add_dns(struct observed_facts *facts, struct arena *arena, const char *domain)
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

/* A record, and a policy that one of two addresses gives; `words` are somebody else's. */
static void sample_policies(struct observed_facts *facts, struct arena *arena, const char *domain,
                            const char *words)
{
    struct mta_sts_facts *sts = facts->mta_sts = must(arena_alloc(arena, sizeof(*sts)));
    struct mta_sts_record_facts *record = must(list_new_item(&sts->records, arena, sizeof(*record)));
    struct mta_sts_policy_facts *policy = must(list_new_item(&sts->policies, arena, sizeof(*policy)));
    struct mta_sts_fetch_facts *good = must(list_new_item(&sts->fetches, arena, sizeof(*good)));
    struct mta_sts_fetch_facts *dead = must(list_new_item(&sts->fetches, arena, sizeof(*dead)));
    struct tls_rpt_facts *rpt = facts->tls_rpt = must(arena_alloc(arena, sizeof(*rpt)));
    struct tls_rpt_record_facts *report = must(list_new_item(&rpt->records, arena, sizeof(*report)));

    sts->host = must(arena_format(arena, "mta-sts.%s", domain));
    sts->question = question(arena, must(arena_format(arena, "_mta-sts.%s", domain)), "TXT", DNS_DATA,
                             "\"v=STSv1; id=20261101;\"");
    record->text = "v=STSv1; id=20261101;";
    *good = (struct mta_sts_fetch_facts){.address = "192.0.2.80",
                                         .contacted = YES,
                                         .result = FETCH_ANSWERED,
                                         .status = number(200),
                                         .content_type = "text/plain",
                                         .policy = number(0),
                                         .milliseconds = number(41)};
    *dead = (struct mta_sts_fetch_facts){.address = "2001:db8:42::80",
                                         .contacted = YES,
                                         .result = FETCH_REFUSED,
                                         .reason = "connection refused"};
    add_texts(&policy->lines, arena, "version: STSv1|mode: testing|mx: " MAIL "|max_age: 604800");
    if (words)
        must(list_add(&policy->lines, arena, (void *)(uintptr_t)words) == 0 ? policy : NULL);
    report->text = must(arena_format(arena, "v=TLSRPTv1; rua=mailto:tls@%s", domain));
}

/* Two sources that agree on IMAP; one of them sends users to a name that is somebody else's words. */
static void sample_autoconfig(struct observed_facts *facts, struct arena *arena, const char *domain,
                              const char *words)
{
    struct autoconfig_facts *autoconfig = facts->autoconfig = must(arena_alloc(arena, sizeof(*autoconfig)));
    struct srv_facts *srv = must(list_new_item(&autoconfig->srv, arena, sizeof(*srv)));
    struct srv_target_facts *target = must(list_new_item(&srv->targets, arena, sizeof(*target)));
    struct autoconfig_place_facts *place = must(arena_alloc(arena, sizeof(*place)));
    struct autoconfig_fetch_facts *fetch = must(list_new_item(&place->fetches, arena, sizeof(*fetch)));
    struct autoconfig_file_facts *file = place->file = must(arena_alloc(arena, sizeof(*file)));
    struct autoconfig_server_facts *imap = must(list_new_item(&file->servers, arena, sizeof(*imap)));
    struct autoconfig_server_facts *smtp = must(list_new_item(&file->servers, arena, sizeof(*smtp)));

    autoconfig->address = must(arena_format(arena, "outpost@%s", domain));
    srv->service = "_imaps._tcp";
    srv->question = question(arena, must(arena_format(arena, "_imaps._tcp.%s", domain)), "SRV", DNS_DATA,
                             "0 1 993 " MAIL ".");
    *target = (struct srv_target_facts){
        .priority = number(0), .weight = number(1), .port = number(993), .host = MAIL};
    autoconfig->mozilla_host = place;
    place->host = must(arena_format(arena, "autoconfig.%s", domain));
    *fetch = (struct autoconfig_fetch_facts){.url = "https://autoconfig.example/mail/config-v1.1.xml",
                                             .address = "192.0.2.80",
                                             .port = number(443),
                                             .contacted = YES,
                                             .result = FETCH_ANSWERED,
                                             .status = number(200)};
    file->root = "clientConfig";
    file->valid = YES;
    *imap = (struct autoconfig_server_facts){
        .protocol = "imap", .host = MAIL, .port = number(993), .security = AUTOCONFIG_TLS};
    *smtp = (struct autoconfig_server_facts){.protocol = "smtp",
                                             .host = words != NULL ? words : MAIL,
                                             .port = number(587),
                                             .security = AUTOCONFIG_STARTTLS};
}

/* A good key that was given, and a damaged one behind an alias; `words` are somebody else's. */
static void sample_dkim(struct observed_facts *facts, struct arena *arena, const char *words)
{
    struct dkim_facts *dkim = facts->dkim = must(arena_alloc(arena, sizeof(*dkim)));
    struct dkim_selector_facts *mail = must(list_new_item(&dkim->selectors, arena, sizeof(*mail)));
    struct dkim_selector_facts *google = must(list_new_item(&dkim->selectors, arena, sizeof(*google)));
    struct dkim_record_facts *good = must(list_new_item(&mail->records, arena, sizeof(*good)));
    struct dkim_record_facts *bad = must(list_new_item(&google->records, arena, sizeof(*bad)));

    *good = (struct dkim_record_facts){.text = "v=DKIM1; t=s; p=MIIB",
                                       .intended = YES,
                                       .key_type = "rsa",
                                       .bits = number(2048),
                                       .revoked = NO,
                                       .testing = NO,
                                       .strict = YES,
                                       .for_mail = YES};
    mail->name = "mail";
    mail->given = mail->matches = YES;
    mail->expected = good;
    mail->question = question(arena, "mail._domainkey.example", "TXT", DNS_DATA, "v=DKIM1; t=s; p=MIIB");
    *bad = (struct dkim_record_facts){.text = words == NULL ? "v=DKIM1" : words,
                                      .intended = YES,
                                      .fault = "p= has characters that are not base64"};
    add_texts(&bad->damage, arena, "quotes");
    google->name = "google";
    google->given = NO;
    google->used_by = "Google Workspace";
    google->provider = "Google Workspace";
    google->question = question(arena, "google._domainkey.example", "TXT", DNS_DATA, "v=DKIM1");
    add_texts(&google->question->aliases, arena, "key.googlehosted.com");
}

struct scan_facts *sample_scan(struct arena *arena, const char *banner, const char *hostile, bool faultless)
{
    struct scan_facts *scan = new_scan(arena);

    scan->facts = must(arena_alloc(arena, sizeof(*scan->facts)));
    add_dns(scan->facts, arena, scan->target);
    add_endpoints(scan->facts, arena, banner, faultless);
    if (!faultless)
        add_backup(scan->facts, arena);
    sample_policies(scan->facts, arena, scan->target, hostile);
    sample_autoconfig(scan->facts, arena, scan->target, hostile);
    sample_dkim(scan->facts, arena, hostile);
    judged_add_dmarc(scan->facts, arena);
    scan->facts->dnsbl = sample_dnsbl(arena, scan->target, V4, V6);
    if (!faultless) {
        struct dnsbl_list_facts *ipv6 = scan->facts->dnsbl->lists.items[1];

        sample_dnsbl_listed(scan->facts->dnsbl, arena, 1, hostile != NULL ? hostile : "sent spam today");
        ipv6->usable = NO;
        ipv6->fault = DNSBL_REFUSED;
        ipv6->reason = hostile != NULL ? hostile : "it does not answer public resolvers";
    }
    scan->facts->spf = sample_spf(arena, scan->target, MAIL, V4, V6, hostile);
    return scan;
}
