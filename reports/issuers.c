/*
 * issuers.c - certificate authorities: by which names CAA records know them, and whom such records allow
 *
 * The table has what authorities publish in their certification practice statements. "ADD YOUR AUTHORITY
 * HERE": the organisation as it stands in the issuer of its certificates, and the names it answers to.
 * RFC 8659 4.2 (issue), 4.3 (issuewild), 4.1 (critical).
 */
#include "reports/issuers.h"

#include "scanner/base/text.h"

#include <string.h>

static const struct issuer issuers[] = {
    {"Actalis", {"actalis.it"}},
    {"Amazon", {"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}},
    {"Asseco Data Systems", {"certum.pl", "certum.eu"}},
    {"Buypass", {"buypass.com", "buypass.no"}},
    {"Certainly", {"certainly.com"}},
    {"Chunghwa Telecom", {"pki.hinet.net"}},
    {"COMODO CA", {"sectigo.com", "comodoca.com", "comodo.com", "usertrust.com", "trust-provider.com"}},
    {"D-Trust", {"d-trust.net"}},
    {"Deutsche Telekom Security", {"telesec.de"}},
    {"Dhimyotis", {"certigna.fr"}},
    {"DigiCert", {"digicert.com", "thawte.com", "geotrust.com", "rapidssl.com", "symantec.com"}},
    {"Disig", {"disig.sk"}},
    {"eMudhra", {"emsign.com"}},
    {"Entrust", {"entrust.net", "affirmtrust.com"}},
    {"GlobalSign", {"globalsign.com"}},
    {"GoDaddy.com", {"godaddy.com", "starfieldtech.com"}},
    {"Google Trust Services", {"pki.goog"}},
    {"Hellenic Academic and Research Institutions", {"harica.gr"}},
    {"IdenTrust", {"identrust.com"}},
    {"Let's Encrypt", {"letsencrypt.org"}},
    {"Microsec", {"e-szigno.hu"}},
    {"Microsoft Corporation", {"microsoft.com"}},
    {"NETLOCK", {"netlock.hu"}},
    {"QuoVadis", {"quovadisglobal.com", "digicert.com"}},
    {"SECOM Trust Systems", {"secomtrust.net"}},
    {"Sectigo", {"sectigo.com", "comodoca.com", "comodo.com", "usertrust.com", "trust-provider.com"}},
    {"SSL Corp", {"ssl.com"}},
    {"SSL Corporation", {"ssl.com"}},
    {"Starfield Technologies", {"starfieldtech.com", "godaddy.com"}},
    {"SwissSign", {"swisssign.com"}},
    {"TAIWAN-CA", {"twca.com.tw"}},
    {"Telia", {"telia.com"}},
    {"The USERTRUST Network", {"sectigo.com", "usertrust.com", "comodoca.com", "comodo.com"}},
    {"TrustAsia Technologies", {"trustasia.com"}},
    {"Unizeto Technologies", {"certum.pl", "certum.eu"}},
    {"ZeroSSL", {"sectigo.com", "comodoca.com", "comodo.com", "usertrust.com", "trust-provider.com"}},
};

/* ---- who is it? ---- */

/* Behind the value at `at`: the comma or plus sign that ends it, not counting those in quotes. */
static const char *value_end(const char *at)
{
    bool quoted = false;

    for (; *at != '\0' && (quoted || (*at != ',' && *at != '+')); at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

/* The value of O in a name as the facts write it; NULL when it has none. Quotes are left out at its start. */
static const char *organisation(const char *name)
{
    while (*name != '\0') {
        if (text_starts_with(name, "O="))
            return name + (name[2] == '"' ? 3 : 2);
        name = value_end(name);
        name += *name != '\0';
    }
    return NULL;
}

static bool begins_with(const char *text, const char *words)
{
    size_t size = strlen(words);
    char next;

    if (!text_starts_with(text, words))
        return false;
    next = text[size];
    return !((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || (next >= '0' && next <= '9'));
}

const struct issuer *issuer_of(const char *distinguished_name)
{
    const char *name = distinguished_name == NULL ? NULL : organisation(distinguished_name);

    for (size_t i = 0; name != NULL && i < sizeof(issuers) / sizeof(issuers[0]); i++)
        if (begins_with(name, issuers[i].organisation))
            return &issuers[i];
    return NULL;
}

/* ---- whom do the records allow? ---- */

static bool is_among(const char *tag, const char *const *tags, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tag != NULL && text_equal(tag, tags[i]))
            return true;
    return false;
}

bool caa_tag_known(const char *tag)
{
    static const char *const tags[] = {"issue", "issuewild", "iodef"};

    return is_among(tag, tags, sizeof(tags) / sizeof(tags[0]));
}

bool caa_tag_registered(const char *tag)
{
    static const char *const tags[] = {"issuemail", "issuevmc", "contactemail", "contactphone"};

    return caa_tag_known(tag) || is_among(tag, tags, sizeof(tags) / sizeof(tags[0]));
}

static bool has_tag(const struct caa_property_facts *property, const char *tag)
{
    return property->tag != NULL && text_equal(property->tag, tag);
}

const char *caa_deciding_tag(const struct caa_facts *caa, bool wildcard)
{
    for (size_t i = 0; i < caa->properties.count && wildcard; i++)
        if (has_tag(caa->properties.items[i], "issuewild"))
            return "issuewild";
    return "issue";
}

static bool names_issuer(const struct caa_property_facts *property, const struct issuer *issuer)
{
    for (size_t i = 0; issuer != NULL && i < IDENTITIES_MAX && issuer->identities[i] != NULL; i++)
        if (text_same_name(property->issuer, issuer->identities[i]))
            return true;
    return false;
}

enum caa_permission caa_permission(const struct caa_facts *caa, bool wildcard, const struct issuer *issuer)
{
    const char *tag = caa == NULL ? NULL : caa_deciding_tag(caa, wildcard);
    enum caa_permission permission = CAA_FREE;

    if (caa == NULL || caa->ended != YES || !caa->properties.observed || caa->deciding_left_out == YES)
        return CAA_UNKNOWN;
    for (size_t i = 0; i < caa->properties.count; i++) {
        const struct caa_property_facts *property = caa->properties.items[i];

        if (property->critical == YES && !caa_tag_registered(property->tag))
            return CAA_NOBODY;
        if (!has_tag(property, tag))
            continue;
        if (property->issuer == NULL || property->fault != NULL) {
            if (permission == CAA_FREE)
                permission = CAA_NOBODY;
        } else if (names_issuer(property, issuer)) {
            permission = CAA_ALLOWED;
        } else if (permission != CAA_ALLOWED) {
            permission = CAA_OTHERS;
        }
    }
    return permission;
}
