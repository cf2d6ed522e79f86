/*
 * html_tls.c - TLS in the HTML report: which versions each port speaks, its grade and where that comes from
 *
 *   ports x versions  ->  for each port: why this grade, profiles, certificates, what it accepts
 *
 * Ports that accept the same tell it once. What is a class of its own (html_tls_sets.c) is folded when it is long.
 */
#include "reports/display.h"
#include "reports/html_chapters.h"
#include "reports/observed.h"
#include "reports/tls_grade.h"
#include "reports/tls_model.h"
#include "scanner/base/arena.h"

#include <string.h>

static const struct version_column {
    enum tls_version version;
    const char *check;
} versions[] = {
    {TLS_VERSION_SSL2, "tls.ssl2"}, {TLS_VERSION_SSL3, "tls.ssl3"}, {TLS_VERSION_1_0, "tls.tls10"},
    {TLS_VERSION_1_1, "tls.tls11"}, {TLS_VERSION_1_2, "tls.tls12"}, {TLS_VERSION_1_3, "tls.tls13"},
};
enum { VERSIONS = sizeof(versions) / sizeof(*versions) };

static bool is_at(const struct endpoint_facts *endpoint, const char *address, int64_t port)
{
    return endpoint->port.value == port && endpoint->address && address &&
           strcmp(endpoint->address, address) == 0;
}

const struct tls_grade *page_tls_grade(struct page *page, const struct endpoint_facts *endpoint)
{
    const struct list *grades = &page->judgement->endpoint_grades;

    for (size_t i = 0; i < grades->count; i++) {
        const struct endpoint_grade *grade = grades->items[i];

        if (is_at(endpoint, grade->address, grade->port))
            return grade->tls;
    }
    return NULL;
}

const char *page_tls_anchor(struct page *page, const struct endpoint_facts *endpoint)
{
    return page_anchor(page, page_print(page, "tls-%s-%lld", page_keep(page, endpoint->address),
                                        (long long)endpoint->port.value));
}

static void port_name(struct page *page, const struct endpoint_facts *endpoint)
{
    page_element(page, "code", NULL, endpoint->address);
    page_format(page, " port %lld", (long long)endpoint->port.value);
}

/* ---- ports and versions ---- */

static bool is_about(const struct finding *finding, const struct endpoint_facts *endpoint)
{
    return finding->subject.port.known &&
           is_at(endpoint, finding->subject.address, finding->subject.port.value);
}

static const struct finding *finding_about(struct page *page, const struct endpoint_facts *endpoint,
                                           const char *check)
{
    const struct list *findings = &page->judgement->findings;

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = findings->items[i];

        if (strcmp(finding->check->id, check) == 0 && is_about(finding, endpoint))
            return finding;
    }
    return NULL;
}

/* The mark is that of the finding about the version: what a version means depends on the port. */
static void version_mark(struct page *page, const struct endpoint_facts *endpoint,
                         const struct version_column *column)
{
    const struct finding *finding = finding_about(page, endpoint, column->check);
    enum known spoken = tls_speaks(endpoint->tls, column->version);

    if (spoken == UNKNOWN) {
        page_icon(page, OUTCOME_NOT_TESTED);
        page_element(page, "span", "hidden", "not tested");
    } else if (!finding || (spoken == NO && finding->outcome == OUTCOME_PASS)) {
        page_element(page, "span", "muted", spoken == YES ? "offered" : "no");
    } else {
        page_mark(page, finding->outcome, spoken == YES ? "offered" : "missing");
    }
}

static void version_row(struct page *page, const struct endpoint_facts *endpoint,
                        const struct tls_grade *grade)
{
    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_open(page, "a", NULL);
    page_attribute(page, "href", page_print(page, "#%s", page_tls_anchor(page, endpoint)));
    port_name(page, endpoint);
    page_close(page);
    page_close(page);
    page_open(page, "td", NULL);
    page_grade(page, "small-grade", grade->letter);
    page_close(page);
    for (size_t i = 0; i < VERSIONS; i++) {
        page_open(page, "td", NULL);
        version_mark(page, endpoint, &versions[i]);
        page_close(page);
    }
    page_close_block(page);
}

static void version_legend(struct page *page)
{
    static const enum outcome outcomes[] = {OUTCOME_FAIL, OUTCOME_WARN, OUTCOME_INFO, OUTCOME_PASS};

    page_open(page, "p", "legend muted");
    page_text(page, "What the finding about a version says: ");
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++) {
        page_outcome(page, outcomes[i]);
        page_text(page, ", ");
    }
    page_outcome(page, OUTCOME_NOT_TESTED);
    page_text(page, "; \"no\" is as it should be.");
    page_close_block(page);
}

static void version_table(struct page *page, const struct list *endpoints)
{
    static const char *const columns[] = {"Port",    "Grade",   "SSL 2",   "SSL 3", "TLS 1.0",
                                          "TLS 1.1", "TLS 1.2", "TLS 1.3", NULL};

    page_table_open(page, "tls-versions", "versions", "Versions that each port speaks", columns);
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct tls_grade *grade = page_tls_grade(page, endpoints->items[i]);

        if (grade)
            version_row(page, endpoints->items[i], grade);
    }
    page_table_close(page);
    version_legend(page);
}

/* ---- why this grade ---- */

static void part_row(struct page *page, const char *name, const struct tls_score_part *part,
                     const char *weight)
{
    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_text(page, name);
    page_close(page);
    page_cell(page, part->text);
    if (part->points.known)
        page_element(page, "td", "number-cell", page_print(page, "%lld", (long long)part->points.value));
    else
        page_element(page, "td", "muted", "not tested");
    page_element(page, "td", "number-cell", weight);
    page_close_block(page);
}

static void score_table(struct page *page, const struct tls_grade *grade, const char *anchor)
{
    static const char *const columns[] = {"Part", "Made of", "Points", "Weight", NULL};

    page_table_open(page, page_print(page, "%s-score", anchor), "narrow score",
                    grade->score.known ? page_print(page, "Score: %lld of 100", (long long)grade->score.value)
                                       : "Score: too little was tested",
                    columns);
    part_row(page, "Protocol", &grade->protocol, "30 %");
    part_row(page, "Key exchange", &grade->key_exchange, "30 %");
    part_row(page, "Cipher", &grade->cipher, "40 %");
    page_table_close(page);
}

static void cap_line(struct page *page, const struct endpoint_facts *endpoint, const struct tls_cap *cap)
{
    const struct finding *finding = finding_about(page, endpoint, cap->check);

    page_open(page, "li", NULL);
    if (cap->letter) {
        page_element(page, "span", "hidden", "no better than ");
        page_grade(page, "small-grade", cap->letter);
    } else {
        page_element(page, "span", "noted", "noted");
    }
    page_open(page, "span", NULL);
    if (finding)
        page_link(page, page_anchor(page, finding->id), NULL, cap->text);
    else
        page_text(page, cap->text);
    page_close(page);
    page_close(page);
}

static void caps(struct page *page, const struct endpoint_facts *endpoint, const struct tls_grade *grade)
{
    if (grade->caps.count == 0) {
        page_element(page, "p", NULL,
                     grade->letter ? "Nothing caps the grade." : "Nothing that was seen caps the grade.");
        return;
    }
    page_element(page, "p", NULL,
                 "The grade is no better than what caps it; what is only noted costs an A+.");
    page_open(page, "ul", "caps");
    for (size_t i = 0; i < grade->caps.count; i++)
        cap_line(page, endpoint, grade->caps.items[i]);
    page_close_block(page);
}

static void not_known(struct page *page, const struct tls_grade *grade)
{
    if (grade->letter)
        return;
    page_open(page, "p", NULL);
    page_mark(page, OUTCOME_NOT_TESTED, "Not graded");
    page_format(page,
                ": it is no better than %s, and what was not tested could be worse:", grade->no_better_than);
    page_close(page);
    page_open(page, "ul", "bullets");
    for (size_t i = 0; i < grade->untested.count; i++)
        page_element(page, "li", NULL, text_at(&grade->untested, i));
    if (grade->untested.count == 0)
        page_element(page, "li", NULL, "most of it");
    page_close_block(page);
}

static void why(struct page *page, const struct endpoint_facts *endpoint, const struct tls_grade *grade,
                const char *anchor)
{
    page_element(page, "h4", NULL, "Why this grade");
    page_element(
        page, "p", "muted",
        grade->opportunistic ? "Encryption is opportunistic on this port: what is old is better than nothing."
        : is_service(endpoint, "tls")
            ? "Encryption is judged as mandatory: what is spoken on this port is not known, and it may be "
              "passwords."
            : "People send passwords here: encryption is mandatory.");
    not_known(page, grade);
    score_table(page, grade, anchor);
    caps(page, endpoint, grade);
}

/* ---- profiles and certificates ---- */

static void profiles(struct page *page, const struct endpoint_facts *endpoint)
{
    const struct list *findings = &page->judgement->findings;
    bool any = false;

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = findings->items[i];

        if (strcmp(finding->check->id, "tls.profile") != 0 || !finding->subject.profile ||
            !is_about(finding, endpoint))
            continue;
        if (!any) {
            page_element(page, "h4", NULL, "Profiles");
            page_open(page, "ul", "profiles");
        }
        any = true;
        page_open(page, "li", NULL);
        page_icon(page, finding->outcome);
        page_inline_link(page, page_anchor(page, finding->id), finding->title);
        page_close(page);
    }
    if (any)
        page_close_block(page);
}

static const char *key_text(struct page *page, const struct key_facts *key)
{
    if (!key || !key->type)
        return "unknown key";
    if (key->curve)
        return page_print(page, "%s %s", key->type, key->curve);
    if (key->bits.known)
        return page_print(page, "%s %lld bits", key->type, (long long)key->bits.value);
    return key->type;
}

static void certificates_term(struct page *page, const struct tls_facts *tls)
{
    if (tls->certificates.count == 0)
        return;
    page_term_open(page, "Certificates");
    for (size_t i = 0; i < tls->certificates.count; i++) {
        const struct certificate_facts *certificate = tls->certificates.items[i];
        const char *anchor = certificate->sha256 ? page_certificate_anchor(page, certificate->sha256) : NULL;
        const char *text = key_text(page, certificate->key);

        page_text(page, i > 0 ? ", " : NULL);
        if (anchor)
            page_link(page, anchor, NULL, text);
        else
            page_text(page, text);
    }
    page_close(page);
    page_close_block(page);
}

static void costs_term(struct page *page, const struct endpoint_facts *endpoint)
{
    struct number enumerated = endpoint->tls->enumeration_connections;

    if (enumerated.known && endpoint->connections.known)
        page_term(page, "Connections",
                  page_print(page, "%lld, of which %lld enumerated what follows",
                             (long long)endpoint->connections.value, (long long)enumerated.value));
}

static void versions_term(struct page *page, const struct tls_facts *tls)
{
    const char *text = NULL;

    for (size_t i = VERSIONS; i-- > 0;) {
        if (tls_speaks(tls, versions[i].version) == YES)
            text = page_print(
                page, "%s%s%s", text ? text : "", text ? ", " : "",
                page_keep(page, display_version(page->arena,
                                                tls_registry_version_name((uint16_t)versions[i].version))));
    }
    page_term(page, "Versions", page_keep(page, text));
}

static void same_term(struct page *page, const struct endpoint_facts *before)
{
    page_term_open(page, "Everything else");
    page_text(page, "the same as on ");
    page_open(page, "a", NULL);
    page_attribute(page, "href", page_print(page, "#%s", page_tls_anchor(page, before)));
    port_name(page, before);
    page_close(page);
    page_close(page);
    page_close_block(page);
}

/* ---- one port ---- */

static void port_summary(struct page *page, const struct endpoint_facts *endpoint,
                         const struct tls_grade *grade)
{
    const char *score =
        grade->score.known ? page_print(page, "score %lld", (long long)grade->score.value) : "not graded";

    page_open(page, "summary", NULL);
    page_grade(page, "small-grade", grade->letter);
    page_text(page, " ");
    page_open(page, "h3", NULL);
    port_name(page, endpoint);
    page_close(page);
    page_text(page, " ");
    page_element(page, "span", "muted",
                 page_print(page, "%s%s%s%s", endpoint->service ? endpoint->service : "",
                            endpoint->service ? ", " : "", score,
                            grade->caps.count > 0 ? page_print(page, ", %zu %s", grade->caps.count,
                                                               grade->caps.count == 1 ? "remark" : "remarks")
                                                  : ""));
    page_close_block(page);
}

/* The port before this one that accepts the very same. */
static const struct endpoint_facts *told_before(struct page *page, const struct list *endpoints, size_t index)
{
    const struct endpoint_facts *endpoint = endpoints->items[index];

    for (size_t i = 0; i < index; i++) {
        const struct endpoint_facts *before = endpoints->items[i];

        if (page_tls_grade(page, before) && page_tls_same(page, before->tls, endpoint->tls))
            return before;
    }
    return NULL;
}

static void port_section(struct page *page, const struct list *endpoints, size_t index,
                         const struct tls_grade *grade)
{
    const struct endpoint_facts *endpoint = endpoints->items[index];
    const struct endpoint_facts *before = told_before(page, endpoints, index);
    const char *anchor = page_tls_anchor(page, endpoint);

    page_open(page, "section", "endpoint");
    page_attribute(page, "id", anchor);
    page_open(page, "details", NULL);
    port_summary(page, endpoint, grade);
    why(page, endpoint, grade, anchor);
    profiles(page, endpoint);
    page_element(page, "h4", NULL, "What it accepts");
    page_open(page, "dl", "facts");
    versions_term(page, endpoint->tls);
    certificates_term(page, endpoint->tls);
    costs_term(page, endpoint);
    if (before)
        same_term(page, before);
    else
        page_tls_terms(page, endpoint->tls);
    page_close_block(page);
    if (!before)
        page_tls_accepts(page, endpoint, anchor);
    page_close_block(page);
    page_close_block(page);
}

void page_tls(struct page *page)
{
    const struct list *endpoints = page->scan->facts ? &page->scan->facts->endpoints : NULL;
    bool any = false;

    for (size_t i = 0; endpoints && i < endpoints->count && !any; i++)
        any = page_tls_grade(page, endpoints->items[i]) != NULL;
    if (!any)
        return;
    page_open(page, "section", NULL);
    page_attribute(page, "id", "tls");
    page_element(page, "h2", NULL, "TLS");
    page_element(
        page, "p", "intro",
        "The grade of a port is about its TLS alone: a score from versions, key exchange and ciphers, "
        "capped by what is wrong.");
    version_table(page, endpoints);
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct tls_grade *grade = page_tls_grade(page, endpoints->items[i]);

        if (grade)
            port_section(page, endpoints, i, grade);
    }
    page_close_block(page);
}
