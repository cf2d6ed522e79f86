/*
 * sample_findings.c - the findings of the sample judgement
 */
#include "tests/unit/sample_parts.h"

#include <string.h>

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

/* The same words for every port of both addresses. */
static void add_everywhere(struct judgement *judgement, struct row row, const char *profile)
{
    for (size_t a = 0; a < SAMPLE_ADDRESSES; a++) {
        for (size_t p = 0; p < SAMPLE_PORTS; p++) {
            row.address = sample_addresses[a];
            row.port = sample_ports[p];
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

void sample_findings(struct judgement *judgement, const char *hostile)
{
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
}

void sample_findings_faultless(struct judgement *judgement)
{
    ADD_ROWS(judgement, remarks);
    add_passes(judgement);
}
