/*
 * tls_grade.c - the grade of the TLS that a port offers, as tls_grade.h says
 *
 *   faults, findings about the certificate  ->  caps  \
 *                                                      >  letter, or what it is no better than
 *   protocol, key exchange, cipher          ->  score /
 */
#include "reports/tls_grade.h"

#include "reports/observed.h"
#include "reports/policy.h"
#include "reports/tls_faults.h"
#include "scanner/base/arena.h"

#include <stdlib.h>
#include <string.h>

/* ---- letters ---- */

static int rank(const char *letter)
{
    static const char *const order[] = {"A+", "A", "A-", "B", "C", "D", "E", "F"};

    for (int i = 0; letter != NULL && i < (int)(sizeof(order) / sizeof(order[0])); i++)
        if (strcmp(letter, order[i]) == 0)
            return i;
    return -1;
}

bool tls_is_worse(const char *a, const char *b)
{
    return rank(a) > rank(b);
}

const char *tls_worse(const char *a, const char *b)
{
    return tls_is_worse(b, a) ? b : a;
}

const char *tls_role_name(const struct tls_grade *grade)
{
    return grade->opportunistic ? "opportunistic" : "mandatory";
}

static const char *score_letter(int64_t score)
{
    return score >= 80   ? "A"
           : score >= 65 ? "B"
           : score >= 50 ? "C"
           : score >= 35 ? "D"
           : score >= 20 ? "E"
                         : "F";
}

/* ---- caps ---- */

static void add_cap(const struct tls_view *view, struct tls_grade *grade, struct tls_cap cap)
{
    struct tls_cap *added = list_new_item(&grade->caps, view->judgement->arena, sizeof(*added));

    if (added == NULL)
        view->judgement->failed = true;
    else
        *added = cap;
}

/* The worst first; those of one letter stay in the order of the rules. */
static void sort_caps(struct list *caps)
{
    for (size_t i = 1; i < caps->count; i++)
        for (size_t j = i; j > 0; j--) {
            struct tls_cap *before = caps->items[j - 1], *cap = caps->items[j];

            if (!tls_is_worse(cap->letter, before->letter))
                break;
            caps->items[j - 1] = cap;
            caps->items[j] = before;
        }
}

static void add_untested(const struct tls_view *view, struct tls_grade *grade, const char *reason)
{
    if (reason == NULL || list_has_text(&grade->untested, reason))
        return;
    if (list_add(&grade->untested, view->judgement->arena, (void *)(uintptr_t)reason) < 0)
        view->judgement->failed = true;
}

static bool is_about(const struct finding *finding, const struct endpoint_facts *endpoint)
{
    return finding->subject.port.known && endpoint->port.known &&
           finding->subject.port.value == endpoint->port.value &&
           same_text(finding->subject.address, endpoint->address);
}

static struct tls_cap *cap_named(const struct list *caps, const char *name)
{
    for (size_t i = 0; i < caps->count; i++) {
        struct tls_cap *cap = caps->items[i];

        if (strcmp(cap->name, name) == 0)
            return cap;
    }
    return NULL;
}

/* Whom the certificate names, who signed it and when it ends matters only where clients look at it. */
static bool certificate_counts(const struct tls_view *view, const char *check)
{
    if (strncmp(check, "cert.", 5) != 0)
        return false;
    return !view->opportunistic || strcmp(check, "cert.key") == 0 || strcmp(check, "cert.signature") == 0;
}

static void add_certificate_caps(const struct tls_view *view, struct tls_grade *grade)
{
    const struct list *findings = &view->judgement->findings;

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = findings->items[i];
        struct tls_cap *known;

        if (finding->cap == NULL || !is_about(finding, view->endpoint) ||
            !certificate_counts(view, finding->check->id))
            continue;
        known = cap_named(&grade->caps, finding->check->id);
        if (known == NULL)
            add_cap(view, grade,
                    (struct tls_cap){.name = finding->check->id,
                                     .letter = finding->cap,
                                     .text = finding->title,
                                     .check = finding->check->id});
        else
            known->letter = tls_worse(known->letter, finding->cap);
    }
}

/* Adds what is known; returns the worst that what is not known may come to. */
static const char *add_faults(const struct tls_view *view, struct tls_grade *grade)
{
    const char *possible = NULL;
    size_t count;
    const struct tls_fault *faults = tls_faults_all(&count);

    for (size_t i = 0; i < count; i++) {
        const char *letter = policy_tls_cap(view->judgement->policy, faults[i].name, view->opportunistic);
        struct tls_fault_answer answer = faults[i].look(view, &faults[i]);

        switch (answer.known) {
        case YES:
            add_cap(view, grade,
                    (struct tls_cap){.name = faults[i].name,
                                     .letter = letter,
                                     .text = answer.text,
                                     .check = text_or(answer.check, faults[i].check)});
            break;
        case UNKNOWN:
            if (!faults[i].optional)
                possible = tls_worse(possible, letter);
            break;
        case NO:
            break;
        }
    }
    return possible;
}

/* What a worse fault of the same check says already is left out, unless the policy weighs it more. */
static void drop_weaker(struct list *caps)
{
    size_t count, kept_count = 0;
    const struct tls_fault *faults = tls_faults_all(&count);

    for (size_t i = 0; i < caps->count; i++) {
        struct tls_cap *cap = caps->items[i];
        const struct tls_cap *worse = NULL;

        for (size_t j = 0; j < count && worse == NULL; j++)
            if (faults[j].weaker != NULL && strcmp(faults[j].weaker, cap->name) == 0)
                worse = cap_named(caps, faults[j].name);
        if (worse == NULL || tls_is_worse(cap->letter, worse->letter))
            caps->items[kept_count++] = cap;
    }
    caps->count = kept_count;
}

/* Names what is not known and could lower the grade below `letter`. */
static void name_untested(const struct tls_view *view, struct tls_grade *grade, const char *letter)
{
    size_t count;
    const struct tls_fault *faults = tls_faults_all(&count);

    for (size_t i = 0; i < count; i++) {
        struct tls_fault_answer answer;

        if (faults[i].optional ||
            !tls_is_worse(policy_tls_cap(view->judgement->policy, faults[i].name, view->opportunistic),
                          letter))
            continue;
        answer = faults[i].look(view, &faults[i]);
        if (answer.known == UNKNOWN)
            add_untested(view, grade, answer.reason);
    }
    add_untested(view, grade, grade->protocol.reason);
    add_untested(view, grade, grade->key_exchange.reason);
    add_untested(view, grade, grade->cipher.reason);
}

/* ---- score ---- */

static const struct tls_score_part *weakest_part(const struct tls_grade *grade)
{
    const struct tls_score_part *weakest = &grade->protocol;

    if (grade->key_exchange.points.known && grade->key_exchange.points.value < weakest->points.value)
        weakest = &grade->key_exchange;
    if (grade->cipher.points.known && grade->cipher.points.value < weakest->points.value)
        weakest = &grade->cipher;
    return weakest;
}

static void score(const struct tls_view *view, struct tls_grade *grade)
{
    int64_t protocol, key_exchange, cipher;

    grade->protocol = tls_score_protocol(view);
    grade->key_exchange = tls_score_key_exchange(view);
    grade->cipher = tls_score_cipher(view);
    if (grade->protocol.points.known && grade->protocol.points.value == 0)
        grade->score = number(0); /* nothing but SSL 2, whose suites are not looked at */
    if (!grade->protocol.points.known || !grade->key_exchange.points.known || !grade->cipher.points.known)
        return;
    protocol = grade->protocol.points.value;
    key_exchange = grade->key_exchange.points.value;
    cipher = grade->cipher.points.value;
    grade->score = number(protocol == 0 || key_exchange == 0 || cipher == 0
                              ? 0
                              : (30 * protocol + 30 * key_exchange + 40 * cipher) / 100);
}

/* A score that nothing else explains stands among the caps, with the check about its weakest part. */
static void add_score_cap(const struct tls_view *view, struct tls_grade *grade, const char *worst_cap)
{
    const char *letter = score_letter(grade->score.value);
    const struct tls_score_part *weakest = weakest_part(grade);

    if (!tls_is_worse(letter, "A") || !tls_is_worse(letter, worst_cap))
        return;
    add_cap(view, grade,
            (struct tls_cap){
                .name = "score",
                .letter = letter,
                .text = kept(view->judgement,
                             arena_format(view->judgement->arena, "The score of %lld makes it a %s",
                                          (long long)grade->score.value, letter)),
                .check = weakest->check != NULL ? weakest->check : "tls.handshake",
            });
}

/* ---- the letter ---- */

/* An A+ is proven: nothing is noted, and what has to be there was seen. */
static bool is_exceptional(const struct tls_view *view, const struct tls_grade *grade)
{
    bool old = tls_speaks_any(view->tls, TLS_VERSION_SSL2, TLS_VERSION_1_2) != NO;

    return grade->caps.count == 0 && tls_speaks(view->tls, TLS_VERSION_1_3) == YES &&
           (!old || tls_features(view->tls)->extended_master_secret == YES);
}

static void decide(const struct tls_view *view, struct tls_grade *grade, const char *possible)
{
    const char *letter = "A";

    for (size_t i = 0; i < grade->caps.count; i++)
        letter = tls_worse(letter, ((const struct tls_cap *)grade->caps.items[i])->letter);
    if (grade->score.known) {
        add_score_cap(view, grade, letter);
        letter = tls_worse(letter, score_letter(grade->score.value));
    } else {
        possible = "F";
    }
    sort_caps(&grade->caps);
    if (tls_is_worse(possible, letter)) {
        grade->no_better_than = letter;
        grade->no_worse_than = possible;
        name_untested(view, grade, letter);
    } else {
        grade->letter = strcmp(letter, "A") == 0 && is_exceptional(view, grade) ? "A+" : letter;
    }
}

const struct tls_grade *tls_grade_of(struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    struct tls_view view = {.judgement = judgement,
                            .endpoint = endpoint,
                            .tls = endpoint->tls,
                            .opportunistic = is_opportunistic(endpoint)};
    struct tls_grade *grade;
    const char *possible;

    if (endpoint->tls == NULL || tls_speaks_any(endpoint->tls, TLS_VERSION_SSL2, TLS_VERSION_1_3) != YES)
        return NULL;
    grade = arena_alloc(judgement->arena, sizeof(*grade));
    if (grade == NULL) {
        judgement->failed = true;
        return NULL;
    }
    view.suites = tls_suites_accepted(judgement, endpoint->tls, TLS_VERSION_SSL3, TLS_VERSION_1_3, NULL);
    grade->opportunistic = view.opportunistic;
    grade->caps.observed = grade->untested.observed = true;
    add_certificate_caps(&view, grade);
    possible = add_faults(&view, grade);
    drop_weaker(&grade->caps);
    score(&view, grade);
    decide(&view, grade, possible);
    return grade;
}

/* ---- what findings cap ---- */

/* The overall grade knows no "A-". */
static const char *area_letter(const char *letter)
{
    return tls_is_worse(letter, "A-") ? letter : NULL;
}

static void weigh(const struct judgement *judgement, struct finding *finding, const struct tls_grade *grade)
{
    size_t count;
    const struct tls_fault *faults = tls_faults_all(&count);
    const char *letter = NULL;
    bool weighed = false;

    for (size_t i = 0; i < count; i++) {
        const struct tls_cap *cap = cap_named(&grade->caps, faults[i].name);

        if (cap == NULL || strcmp(cap->check, finding->check->id) != 0)
            continue;
        weighed = true;
        letter = tls_worse(letter, cap->letter);
    }
    if (weighed && !policy_names_cap(judgement->policy, finding))
        finding->cap = area_letter(letter);
}

void tls_grade_weighs(struct judgement *judgement, const struct endpoint_facts *endpoint,
                      const struct tls_grade *grade)
{
    for (size_t i = 0; i < judgement->findings.count; i++) {
        struct finding *finding = judgement->findings.items[i];

        if ((finding->outcome == OUTCOME_FAIL || finding->outcome == OUTCOME_WARN) &&
            is_about(finding, endpoint))
            weigh(judgement, finding, grade);
    }
}
