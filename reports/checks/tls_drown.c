/*
 * tls_drown.c - is the key of a port lent to SSL 2.0 somewhere in this scan?
 *
 * CVE-2016-0800: who can talk SSL 2.0 to any server with an RSA key decrypts recorded connections of every
 * other server with the same key, whatever version those speak. So it is looked for across all ports and hosts.
 */
#include "reports/catalogue.h"
#include "reports/tls_fix.h"
#include "scanner/base/text.h"

/* ---- keys ---- */

static bool is_rsa(const struct certificate_facts *certificate)
{
    return certificate->key != NULL && certificate->key->type != NULL &&
           text_starts_with(certificate->key->type, "RSA");
}

/* Has the port an RSA key? UNKNOWN when there may be one that was not shown. */
static enum known has_rsa(const struct tls_facts *tls)
{
    enum known any = tls->certificates.count > 0 ? NO : UNKNOWN;

    for (size_t i = 0; i < tls->certificates.count; i++) {
        const struct certificate_facts *certificate = tls->certificates.items[i];

        if (is_rsa(certificate))
            return YES;
        if (certificate->key == NULL || certificate->key->type == NULL)
            any = UNKNOWN;
    }
    return any;
}

/* Do two ports show the same RSA key? */
static enum known share_key(const struct tls_facts *a, const struct tls_facts *b)
{
    if (has_rsa(a) == NO || has_rsa(b) == NO)
        return NO;
    if (has_rsa(a) == UNKNOWN || has_rsa(b) == UNKNOWN)
        return UNKNOWN;
    for (size_t i = 0; i < a->certificates.count; i++)
        for (size_t j = 0; j < b->certificates.count; j++) {
            const struct certificate_facts *first = a->certificates.items[i],
                                           *second = b->certificates.items[j];

            if (is_rsa(first) && is_rsa(second) && same_text(first->spki_sha256, second->spki_sha256))
                return YES;
        }
    return NO;
}

/* ---- tls.drown ---- */

struct lenders {
    const struct endpoint_facts *found;   /* speaks SSL 2.0 with the same key */
    const struct endpoint_facts *unknown; /* may do so */
};

static struct lenders lenders_of(const struct tls_port *port)
{
    const struct list *endpoints = observed_endpoints(port->judgement);
    struct lenders lenders = {0};

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *other = endpoints->items[i];
        enum known speaks, shares;

        if (other == port->endpoint || other->tls == NULL)
            continue;
        speaks = tls_speaks(other->tls, TLS_VERSION_SSL2);
        shares = share_key(port->tls, other->tls);
        if (speaks == YES && shares == YES && lenders.found == NULL)
            lenders.found = other;
        else if (speaks != NO && shares != NO && lenders.unknown == NULL)
            lenders.unknown = other;
    }
    return lenders;
}

static const char *place_of(const struct tls_port *port, const struct endpoint_facts *endpoint)
{
    return subject_endpoint(port->judgement, endpoint, NULL).text;
}

static void judge_lent(const struct tls_port *port, const struct endpoint_facts *lender)
{
    struct judgement *judgement = port->judgement;
    struct finding *finding =
        finding_add(judgement, port->check, &port->subject, fail_or_warn(port->endpoint),
                    "DROWN: SSL 2.0 is accepted elsewhere with the same key");

    finding_evidence(judgement, finding, "SSL 2.0 with this RSA key: %s", place_of(port, lender));
    finding_fix(judgement, finding, "Switch SSL 2.0 off at %s, as tls.ssl2 says there",
                place_of(port, lender));
    finding_fix(judgement, finding, "Or give this port a key of its own");
}

static void judge_drown(const struct tls_port *port)
{
    struct judgement *judgement = port->judgement;
    enum known own = tls_speaks(port->tls, TLS_VERSION_SSL2);
    struct lenders lenders = lenders_of(port);

    if (own == YES) {
        /* Counted by tls.ssl2 on this port. */
        struct finding *finding = finding_add(judgement, port->check, &port->subject, OUTCOME_INFO,
                                              "DROWN: SSL 2.0 is accepted (see tls.ssl2)");

        finding_fix(judgement, finding, "What mends tls.ssl2 mends this");
    } else if (has_rsa(port->tls) == NO) {
        port_does_not_apply(port, "the port has no RSA key");
    } else if (lenders.found != NULL) {
        judge_lent(port, lenders.found);
    } else if (own == UNKNOWN) {
        port_untested(port, tls_version_reason(judgement, port->tls));
    } else if (lenders.unknown != NULL) {
        struct finding *finding =
            port_untested(port, "whether SSL 2.0 is accepted elsewhere with the same key is not known");

        finding_evidence(judgement, finding, "not known of %s", place_of(port, lenders.unknown));
    } else {
        finding_add(judgement, port->check, &port->subject, OUTCOME_PASS,
                    "DROWN: SSL 2.0 is accepted nowhere in this scan with this key");
    }
}

static void judge_drown_ports(struct judgement *judgement, const struct check *check)
{
    judge_tls_ports(judgement, check, judge_drown);
}

const struct check check_tls_drown = {
    .id = "tls.drown",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "Not vulnerable to DROWN",
    .why = "A server that speaks SSL 2.0 can be asked to decrypt recorded connections of every other server "
           "that "
           "uses the same RSA key.",
    .reference = "CVE-2016-0800, RFC 6176",
    .explanation =
        "The keys of all ports and hosts of the scan are compared. A port whose RSA key another port uses "
        "with "
        "SSL 2.0 fails (on port 25 it warns), however new its own versions are. Where the port itself speaks "
        "SSL 2.0 it informs, because tls.ssl2 has counted the fault.\n\n"
        "Fix: switch SSL 2.0 off wherever the key is used, as tls.ssl2 says, or use another key there.",
    .judge = judge_drown_ports,
};
