/*
 * grade.c - from findings to letters, as grade.h says
 */
#include "reports/grade.h"

#include "reports/observed.h"
#include "reports/policy.h"
#include "reports/tls_grade.h"
#include "scanner/base/arena.h"

#include <errno.h>
#include <string.h>

static bool was_tested(const struct finding *finding)
{
    switch (finding->outcome) {
    case OUTCOME_FAIL:
    case OUTCOME_WARN:
    case OUTCOME_INFO:
    case OUTCOME_PASS:
        return true;
    case OUTCOME_NOT_APPLICABLE:
    case OUTCOME_NOT_TESTED:
        break;
    }
    return false;
}

/* ---- areas ---- */

/* What is known of one check in an area. */
struct progress {
    bool concerned; /* some finding is not "does not apply" */
    bool tested;
};

static struct progress progress_of(const struct judgement *judgement, const struct check *check)
{
    struct progress progress = {0};

    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (finding->check != check)
            continue;
        progress.concerned = progress.concerned || finding->outcome != OUTCOME_NOT_APPLICABLE;
        progress.tested = progress.tested || was_tested(finding);
    }
    return progress;
}

/* To be on no blacklist is not to be reached: a listing costs a grade, its absence earns none by itself. */
static bool earns(const struct check *check)
{
    return strncmp(check->id, "dnsbl.", strlen("dnsbl.")) != 0;
}

/* Was enough of the area tested to say that it is faultless? */
static bool area_tested(const struct judgement *judgement, enum area area)
{
    size_t count;
    const struct check *const *checks = checks_all(&count);
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        struct progress progress;

        if (checks[i]->area != area)
            continue;
        progress = progress_of(judgement, checks[i]);
        any = any || (progress.tested && earns(checks[i]));
        if (progress.concerned && !progress.tested && policy_essential(judgement->policy, checks[i]))
            return false;
    }
    return any;
}

/* Does the area concern the target at all? */
static bool area_concerned(const struct judgement *judgement, enum area area)
{
    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (finding->check->area == area && earns(finding->check) &&
            finding->outcome != OUTCOME_NOT_APPLICABLE)
            return true;
    }
    return false;
}

/* What the TLS of a port caps transport at: "A+" and "A-" are an A there. */
static const char *endpoint_cap(const struct endpoint_grade *endpoint)
{
    const char *bound = endpoint->tls == NULL ? NULL : tls_grade_bound(endpoint->tls);

    return tls_is_worse(bound, "A-") ? bound : NULL;
}

/* What is not known of one port's TLS; `letter` is NULL when it leaves nothing open. */
struct open_port {
    const char *letter; /* what it could come to */
    const char *reason;
};

/* Did the scan end before the port had its turn? */
static bool was_cut_off(const struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    return judgement->scan->complete == NO &&
           (endpoint->state == ENDPOINT_NOT_OBSERVED || endpoint->state == ENDPOINT_NOT_CONTACTED);
}

static struct open_port open_port(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                  const struct tls_grade *grade)
{
    enum outcome outcome = OUTCOME_NOT_TESTED;
    const char *reason;

    if (grade != NULL)
        return (struct open_port){.letter = grade->no_worse_than,
                                  .reason = grade->untested.count > 0 ? grade->untested.items[0] : NULL};
    /* Who does not answer need not be there; who answers and has TLS was not seen to speak it. */
    if (!has_answered(endpoint) && !was_cut_off(judgement, endpoint))
        return (struct open_port){0};
    reason = tls_missing(judgement, endpoint, &outcome);
    if (reason == NULL)
        reason = certificate_missing(judgement, endpoint, NULL, &outcome);
    return outcome == OUTCOME_NOT_TESTED ? (struct open_port){.letter = "F", .reason = reason}
                                         : (struct open_port){0};
}

/* Could the TLS of a port that has no grade still be worse than `letter`? Notes what was not tested. */
static bool could_be_worse(struct judgement *judgement, const char *letter)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_grade *endpoint = judgement->endpoint_grades.items[i];
        struct open_port open = open_port(judgement, endpoints->items[i], endpoint->tls);

        if (tls_is_worse(open.letter, tls_worse(letter, "A-"))) {
            judgement->untested = open.reason;
            return true;
        }
    }
    return false;
}

/* By what is known: what was not tested of TLS may still be worse. */
static const char *area_grade(const struct judgement *judgement, enum area area)
{
    const char *worst = NULL;

    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (finding->check->area == area)
            worst = tls_worse(worst, finding->cap);
    }
    for (size_t i = 0; area == AREA_TRANSPORT && i < judgement->endpoint_grades.count; i++)
        worst = tls_worse(worst, endpoint_cap(judgement->endpoint_grades.items[i]));
    if (worst != NULL)
        return worst;
    return area_tested(judgement, area) ? "A" : NULL;
}

static void grade_areas(struct judgement *judgement)
{
    const char **transport = &judgement->area_grades[AREA_TRANSPORT];
    bool whole = true;

    for (enum area area = AREA_TRANSPORT; area < AREA_NONE; area++) {
        const char *letter = area_grade(judgement, area);

        judgement->area_grades[area] = letter;
        judgement->grade = tls_worse(judgement->grade, letter);
        if (letter == NULL && area_concerned(judgement, area))
            whole = false;
    }
    if (!whole && judgement->grade != NULL && strcmp(judgement->grade, "A") == 0)
        judgement->grade = NULL;
    if (judgement->grade != NULL && could_be_worse(judgement, judgement->grade)) {
        judgement->no_better_than = judgement->grade;
        judgement->grade = NULL;
    }
    if (*transport != NULL && could_be_worse(judgement, *transport)) {
        judgement->transport_no_better_than = *transport;
        *transport = NULL;
    }
}

/* ---- reasons ---- */

static int add_reason(struct judgement *judgement, const struct finding *finding, const char *cap,
                      const struct tls_cap *fault)
{
    struct grade_reason *reason = list_new_item(&judgement->grade_reasons, judgement->arena, sizeof(*reason));

    if (reason == NULL)
        return -ENOMEM;
    reason->finding = finding;
    reason->cap = cap;
    reason->fault = fault;
    return 0;
}

static bool is_about(const struct finding *finding, const struct endpoint_grade *endpoint)
{
    return finding->subject.port.known && finding->subject.port.value == endpoint->port &&
           same_text(finding->subject.address, endpoint->address);
}

static const struct finding *finding_about(const struct judgement *judgement,
                                           const struct endpoint_grade *endpoint, const char *check)
{
    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (strcmp(finding->check->id, check) == 0 && is_about(finding, endpoint))
            return finding;
    }
    return NULL;
}

static bool is_explained(const struct judgement *judgement, const struct endpoint_grade *endpoint)
{
    for (size_t i = 0; i < judgement->grade_reasons.count; i++) {
        const struct finding *finding =
            ((const struct grade_reason *)judgement->grade_reasons.items[i])->finding;

        if (finding->check->area == AREA_TRANSPORT && is_about(finding, endpoint))
            return true;
    }
    return false;
}

/* The finding that tells more of what a port's TLS grade comes from, if none caps as much by itself. */
static int explain_endpoint(struct judgement *judgement, const struct endpoint_grade *endpoint)
{
    const char *cap = endpoint_cap(endpoint);
    const struct tls_cap *worst;
    const struct finding *finding;

    if (cap == NULL || strcmp(cap, grade_bound(judgement)) != 0 || is_explained(judgement, endpoint))
        return 0;
    worst = endpoint->tls->caps.items[0];
    finding = finding_about(judgement, endpoint, worst->check);
    if (finding == NULL)
        finding = finding_about(judgement, endpoint, "tls.handshake");
    if (finding == NULL)
        return 0;
    return add_reason(judgement, finding, cap,
                      finding->outcome == OUTCOME_FAIL || finding->outcome == OUTCOME_WARN ? NULL : worst);
}

static int add_reasons(struct judgement *judgement)
{
    const char *bound = grade_bound(judgement);

    judgement->grade_reasons.observed = true;
    if (bound == NULL || strcmp(bound, "A") == 0)
        return 0;
    /* The findings are sorted: the worst come first. */
    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (finding->check->area != AREA_NONE && finding->cap != NULL && strcmp(finding->cap, bound) == 0 &&
            add_reason(judgement, finding, finding->cap, NULL) < 0)
            return -ENOMEM;
    }
    for (size_t i = 0; i < judgement->endpoint_grades.count; i++)
        if (explain_endpoint(judgement, judgement->endpoint_grades.items[i]) < 0)
            return -ENOMEM;
    return 0;
}

/* ---- endpoints ---- */

static int grade_endpoints(struct judgement *judgement)
{
    const struct list *endpoints = observed_endpoints(judgement);

    judgement->endpoint_grades.observed = true;
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct endpoint_grade *item =
            list_new_item(&judgement->endpoint_grades, judgement->arena, sizeof(*item));

        if (item == NULL)
            return -ENOMEM;
        item->address = endpoint->address;
        item->port = endpoint->port.value;
        item->tls = tls_grade_of(judgement, endpoint);
        if (item->tls != NULL)
            tls_grade_weighs(judgement, endpoint, item->tls);
        if (judgement->failed)
            return -ENOMEM;
    }
    return 0;
}

/* ---- outcome ---- */

static enum outcome overall_outcome(const struct judgement *judgement)
{
    if (judgement->counts[OUTCOME_FAIL] > 0)
        return OUTCOME_FAIL;
    if (judgement->counts[OUTCOME_WARN] > 0)
        return OUTCOME_WARN;
    /* Nothing is wrong as far as was seen; that says something only if enough was seen. */
    if (grade_bound(judgement) == NULL)
        return OUTCOME_NOT_TESTED;
    return judgement->counts[OUTCOME_INFO] > 0 ? OUTCOME_INFO : OUTCOME_PASS;
}

int grade(struct judgement *judgement)
{
    if (grade_endpoints(judgement) < 0)
        return -ENOMEM;
    grade_areas(judgement);
    judgement->outcome = overall_outcome(judgement);
    return add_reasons(judgement);
}
