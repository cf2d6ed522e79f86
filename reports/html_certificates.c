/*
 * html_certificates.c - every certificate that was shown, once, with the places that showed it
 *
 * Four ports of two addresses usually show the same one or two certificates. A chain that differs on one port
 * (an intermediate missing there) is an entry of its own.
 */
#include "reports/display.h"
#include "reports/html_chapters.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

/* A certificate with its chain, and who showed it. */
struct shown {
    const struct certificate_facts *certificate;
    struct list places; /* struct place */
};

struct place {
    const struct endpoint_facts *endpoint;
    const char *name; /* asked for, may be NULL */
};

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_chain(const struct certificate_facts *a, const struct certificate_facts *b)
{
    if (!same(a->sha256, b->sha256) || a->trusted != b->trusted || a->chain.count != b->chain.count ||
        a->verify_errors.count != b->verify_errors.count)
        return false;
    for (size_t i = 0; i < a->chain.count; i++) {
        if (!same(((const struct chain_certificate_facts *)a->chain.items[i])->sha256,
                  ((const struct chain_certificate_facts *)b->chain.items[i])->sha256))
            return false;
    }
    return true;
}

static int note_shown(struct page *page, struct list *all, const struct certificate_facts *certificate,
                      const struct endpoint_facts *endpoint)
{
    struct shown *shown = NULL;
    struct place *place;

    for (size_t i = 0; i < all->count && !shown; i++) {
        struct shown *candidate = all->items[i];

        if (same_chain(candidate->certificate, certificate))
            shown = candidate;
    }
    if (!shown) {
        shown = list_new_item(all, page->arena, sizeof(*shown));
        if (!shown)
            return -1;
        shown->certificate = certificate;
    }
    place = list_new_item(&shown->places, page->arena, sizeof(*place));
    if (!place)
        return -1;
    place->endpoint = endpoint;
    place->name = certificate->name;
    return 0;
}

static struct list all_shown(struct page *page)
{
    const struct observed_facts *facts = page->scan->facts;
    struct list all = {.observed = true};

    for (size_t i = 0; facts && i < facts->endpoints.count; i++) {
        const struct endpoint_facts *endpoint = facts->endpoints.items[i];

        for (size_t j = 0; endpoint->tls && j < endpoint->tls->certificates.count; j++) {
            if (note_shown(page, &all, endpoint->tls->certificates.items[j], endpoint) < 0)
                page->failed = true;
        }
    }
    return all;
}

static const char *leaf_anchor(struct page *page, const char *sha256)
{
    return page_anchor(page, page_print(page, "certificate-%.16s", sha256));
}

const char *page_certificate_anchor(struct page *page, const char *sha256)
{
    const struct observed_facts *facts = page->scan->facts;

    for (size_t i = 0; facts && i < facts->endpoints.count; i++) {
        const struct tls_facts *tls = ((const struct endpoint_facts *)facts->endpoints.items[i])->tls;

        for (size_t j = 0; tls && j < tls->certificates.count; j++) {
            const struct certificate_facts *certificate = tls->certificates.items[j];

            if (same(certificate->sha256, sha256))
                return leaf_anchor(page, sha256);
        }
    }
    return NULL;
}

static const char *key_text(struct page *page, const struct key_facts *key)
{
    if (!key || !key->type)
        return NULL;
    if (key->curve)
        return page_print(page, "%s, %s", key->type, key->curve);
    if (key->bits.known)
        return page_print(page, "%s, %lld bits", key->type, (long long)key->bits.value);
    return key->type;
}

static const char *validity_text(struct page *page, const struct certificate_facts *certificate)
{
    int64_t now = page->scan->started.value;

    if (!page->scan->started.known || !certificate->not_after.known)
        return NULL;
    if (certificate->not_before.known && now < certificate->not_before.value)
        return page_print(
            page, "not yet valid at the scan, begins %s later",
            page_keep(page, display_days(page->arena, (certificate->not_before.value - now) / 86400 + 1)));
    if (now > certificate->not_after.value)
        return page_print(
            page, "expired %s before the scan",
            page_keep(page, display_days(page->arena, (now - certificate->not_after.value) / 86400)));
    return page_print(
        page, "%s left at the scan",
        page_keep(page, display_days(page->arena, (certificate->not_after.value - now) / 86400)));
}

static void validity(struct page *page, const struct certificate_facts *certificate)
{
    const char *left = validity_text(page, certificate);

    if (!certificate->not_before.known && !certificate->not_after.known)
        return;
    page_term_open(page, "Valid");
    if (certificate->not_before.known) {
        page_text(page, "from ");
        page_time(page, certificate->not_before.value, false);
    }
    if (certificate->not_after.known) {
        page_text(page, certificate->not_before.known ? " until " : "until ");
        page_time(page, certificate->not_after.value, false);
    }
    if (left) {
        page_text(page, ", ");
        page_element(page, "strong", NULL, left);
    }
    page_close(page);
    page_close_block(page);
}

static void trust(struct page *page, const struct certificate_facts *certificate)
{
    if (certificate->trusted != UNKNOWN)
        page_term(page, "Leads to a trusted root", display_known(certificate->trusted));
    for (size_t i = 0; i < certificate->verify_errors.count; i++) {
        const struct verify_error_facts *error = certificate->verify_errors.items[i];

        if (error->depth.known)
            page_term(page, "Verification says",
                      page_print(page, "%s (certificate %lld of the chain)", error->text ? error->text : "",
                                 (long long)error->depth.value + 1));
        else
            page_term(page, "Verification says", error->text);
    }
    if (certificate->path.count > 0)
        page_term(page, "Path that was built",
                  page_keep(page, text_join(page->arena, &certificate->path, " \xe2\x86\x90 ")));
}

static void names(struct page *page, const char *term, const struct list *texts)
{
    if (!texts->observed)
        return;
    page_term_open(page, term);
    if (texts->count == 0)
        page_text(page, "none");
    for (size_t i = 0; i < texts->count; i++) {
        if (i > 0)
            page_text(page, ", ");
        page_element(page, "code", NULL, text_at(texts, i));
    }
    page_close(page);
    page_close_block(page);
}

/* The places in words: each address and port with the names asked for. */
static void places_term(struct page *page, const struct shown *shown)
{
    page_term_open(page, "Shown by");
    for (size_t i = 0; i < shown->places.count; i++) {
        const struct place *place = shown->places.items[i];
        const struct endpoint_facts *endpoint = place->endpoint;

        if (i > 0)
            page_void(page, "br", NULL);
        page_open(page, "a", NULL);
        page_attribute(
            page, "href",
            page_print(page, "#%s",
                       page_endpoint_anchor(page, page_keep(page, endpoint->address), endpoint->port.value)));
        page_element(page, "code", NULL, endpoint->address);
        page_format(page, " port %lld", (long long)endpoint->port.value);
        page_close(page);
        if (place->name) {
            page_element(page, "span", "muted", " for ");
            page_element(page, "code", NULL, place->name);
        } else {
            page_element(page, "span", "muted", " without a name");
        }
    }
    page_close(page);
    page_close_block(page);
}

static void chain_row(struct page *page, size_t position, const struct chain_certificate_facts *link)
{
    page_row_open(page, NULL);
    page_element(page, "td", "number-cell", page_print(page, "%zu", position));
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_text(page, link->subject ? link->subject : "not observed");
    page_close(page);
    page_cell(page, link->issuer);
    page_cell(page, key_text(page, link->key));
    page_cell(page, link->signature);
    page_open(page, "td", NULL);
    if (link->not_after.known)
        page_time(page, link->not_after.value, false);
    else
        page_text(page, "not observed");
    page_close(page);
    page_close_block(page);
}

static void pem(struct page *page, const struct list *chain)
{
    page_open(page, "pre", "pem");
    page_open(page, "code", NULL);
    for (size_t i = 0; i < chain->count; i++) {
        const struct chain_certificate_facts *link = chain->items[i];
        const char *base64;

        if (!link->der.data)
            continue;
        base64 = page_keep(page, text_base64(page->arena, link->der.data, link->der.size));
        page_text(page, "-----BEGIN CERTIFICATE-----\n");
        for (size_t at = 0, length = strlen(base64); at < length; at += 64)
            page_format(page, "%.64s\n", base64 + at);
        page_text(page, "-----END CERTIFICATE-----\n");
    }
    page_close(page);
    page_close_block(page);
}

static void chain(struct page *page, const char *anchor, const struct certificate_facts *certificate)
{
    static const char *const columns[] = {"Position",  "Subject",     "Issuer", "Key",
                                          "Signature", "Valid until", NULL};
    bool any_der = false;

    if (certificate->chain.count == 0)
        return;
    page_fold_open(page, NULL, page_print(page, "Chain as it was sent (%zu)", certificate->chain.count));
    page_table_open(page, page_print(page, "%s-chain", anchor), NULL, "Certificates as they were sent",
                    columns);
    for (size_t i = 0; i < certificate->chain.count; i++) {
        const struct chain_certificate_facts *link = certificate->chain.items[i];

        chain_row(page, i + 1, link);
        any_der = any_der || link->der.data;
    }
    page_table_close(page);
    if (certificate->chain_left_out.known && certificate->chain_left_out.value > 0)
        page_element(page, "p", "muted",
                     page_print(page, "%lld more were sent and left out.",
                                (long long)certificate->chain_left_out.value));
    page_close_block(page);
    if (!any_der)
        return;
    page_fold_open(page, "pem-fold", "PEM");
    pem(page, &certificate->chain);
    page_close_block(page);
}

static const char *leaf_title(const struct certificate_facts *certificate)
{
    if (certificate->sans.count > 0)
        return text_at(&certificate->sans, 0);
    if (certificate->common_name)
        return certificate->common_name;
    return certificate->subject ? certificate->subject : "a certificate without a name";
}

static void certificate_section(struct page *page, const struct shown *shown, const char *anchor)
{
    const struct certificate_facts *certificate = shown->certificate;
    const char *key = key_text(page, certificate->key);

    page_open(page, "section", "certificate");
    page_attribute(page, "id", anchor);
    page_open(page, "h3", NULL);
    page_element(page, "code", NULL, leaf_title(certificate));
    if (key) {
        page_text(page, " ");
        page_element(page, "span", "muted", key);
    }
    page_close(page);
    page_open(page, "dl", "facts");
    validity(page, certificate);
    names(page, "Names", &certificate->sans);
    page_term(page, "Subject", certificate->subject);
    page_term(page, "Issuer", certificate->issuer);
    page_term(page, "Signature", certificate->signature);
    trust(page, certificate);
    page_tlsa_terms(page, certificate);
    if (certificate->must_staple != UNKNOWN)
        page_term(page, "OCSP must-staple", display_known(certificate->must_staple));
    if (certificate->server_auth == NO)
        page_term(page, "For TLS servers", "no");
    if (certificate->scts.known)
        page_term(page, "Certificate Transparency",
                  page_print(page, "%lld timestamps", (long long)certificate->scts.value));
    page_term_code(page, "SHA-256 of the certificate", certificate->sha256);
    page_term_code(page, "SHA-256 of the public key", certificate->spki_sha256);
    places_term(page, shown);
    page_close_block(page);
    chain(page, anchor, certificate);
    page_close_block(page);
}

void page_certificates(struct page *page)
{
    struct list all = all_shown(page);

    if (all.count == 0)
        return;
    page_open(page, "section", NULL);
    page_attribute(page, "id", "certificates");
    page_element(page, "h2", NULL, "Certificates");
    for (size_t i = 0; i < all.count; i++) {
        const struct shown *shown = all.items[i];
        const char *anchor = shown->certificate->sha256 ? leaf_anchor(page, shown->certificate->sha256)
                                                        : page_print(page, "certificate-%zu", i + 1);
        size_t before = 0;

        for (size_t j = 0; j < i; j++)
            before +=
                same(((const struct shown *)all.items[j])->certificate->sha256, shown->certificate->sha256);
        if (before > 0 && shown->certificate->sha256)
            anchor = page_print(page, "%s-%zu", anchor, before + 1);
        certificate_section(page, shown, anchor);
    }
    page_close_block(page);
}
