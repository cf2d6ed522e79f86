/*
 * checks_dmarc.c - verdicts on DMARC: the record, the policy, reports, tags that are gone, consistency
 */
#include "tests/unit/judged.h"

#include "reports/dmarc.h"

#include <criterion/criterion.h>
#include <string.h>

#define D "example.org"
#define R "facts.dmarc.steps.0.records.0."
#define NO_RECORD                                                                                            \
    "facts.dmarc.steps.0.result \"absent\"\nfacts.dmarc.steps.0.records []\nfacts.dmarc.destinations []\n"   \
    "facts.dmarc.current.domain.record_at null\nfacts.dmarc.current.domain.policy null\n"                    \
    "facts.dmarc.older.domain.record_at null\nfacts.dmarc.older.domain.policy null\n"
#define FAILED                                                                                               \
    "facts.dmarc.steps.0.result \"failed\"\nfacts.dmarc.steps.0.records absent\n"                            \
    "facts.dmarc.steps.0.question.outcome \"failure\"\nfacts.dmarc.steps.0.question.reason \"SERVFAIL\"\n"   \
    "facts.dmarc.current.domain.decided false\nfacts.dmarc.current.domain.record_at null\n"                  \
    "facts.dmarc.current.domain.policy null\n"
#define FOR_ALL(member, value)                                                                               \
    "facts.dmarc.current.domain." member " " value "\nfacts.dmarc.current.subdomain." member " " value       \
    "\nfacts.dmarc.current.nonexistent." member " " value "\nfacts.dmarc.older.domain." member " " value     \
    "\nfacts.dmarc.older.subdomain." member " " value "\nfacts.dmarc.older.nonexistent." member " " value    \
    "\n"
#define TEXT(text)  R "text \"" text "\"\n"
#define NULL_MX     "facts.dns.null_mx true\n"
#define DESTINATION "facts.dmarc.destinations.0."
#define EXTERNAL                                                                                             \
    DESTINATION "address \"a@reports.test\"\n" DESTINATION "host \"reports.test\"\n" DESTINATION             \
                "external true\n" DESTINATION                                                                \
                "question {\"name\": \"example.org._report._dmarc.reports.test\", \"type\": \"TXT\", "       \
                "\"outcome\": \"nxdomain\"}\n"

Test(checks_dmarc, record)
{
    static const struct verdict_row rows[] = {
        {"", "dmarc.record@" D, OUTCOME_PASS, "The DMARC record of example.org is well formed", NULL},
        {"", "dmarc.record@" D, OUTCOME_PASS, NULL, "the walk ends there: there is no name above"},
        {NO_RECORD, "dmarc.record@" D, OUTCOME_FAIL, "There is no DMARC record",
         "\n  _dmarc.example.org. IN TXT \"v=DMARC1; p=none; rua=mailto:dmarc@example.org\""},
        {NO_RECORD NULL_MX, "dmarc.record@" D, OUTCOME_FAIL, NULL,
         "\n  _dmarc.example.org. IN TXT \"v=DMARC1; p=reject\""},
        {FAILED, "dmarc.record@" D, OUTCOME_NOT_TESTED, "could not be looked up (SERVFAIL)", NULL},
        /* a stored scan that somebody made up */
        {"facts.dmarc.steps.0.records []", "dmarc.record@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {"facts.dmarc.current null", "dmarc.policy@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {"facts.dmarc null", "dmarc.record@" D, OUTCOME_NOT_TESTED, "were not asked for", NULL},
        {"facts.dns.mx.outcome \"nxdomain\"", "dmarc.record@" D, OUTCOME_NOT_APPLICABLE, "does not exist",
         NULL},
        {"facts.dns.domain null\ntarget_kind \"host\"", "dmarc.record@" D, 0, NULL, NULL},
        /* several, or one that does not count */
        {NO_RECORD "facts.dmarc.steps.0.result \"several\"\nfacts.dmarc.steps.0.records [{\"announces\": "
                   "true, \"text\": "
                   "\"v=DMARC1;p=reject\"}, {\"announces\": true}]",
         "dmarc.record@" D, OUTCOME_FAIL,
         "There are 2 DMARC records: receivers discard all of them, and no DMARC applies to its mail",
         "Publish exactly one, this or another, and remove the others:\n"
         "  _dmarc.example.org. IN TXT \"v=DMARC1; p=reject\""},
        {NO_RECORD "facts.dmarc.steps.0.records [{\"text\": \"p=reject; v=DMARC1\", \"announces\": false, "
                   "\"intended\": true}]",
         "dmarc.record@" D, OUTCOME_FAIL, "does not begin with \"v=DMARC1\"",
         "\n  _dmarc.example.org. IN TXT \"v=DMARC1; p=reject\""},
        {NO_RECORD
         "facts.dmarc.steps.0.records [{\"text\": \"\\\"v=DMARC1; p=reject\\\"\", \"announces\": false, "
         "\"intended\": true}]",
         "dmarc.record@" D, OUTCOME_FAIL, "does not begin with",
         "TXT \"v=DMARC1; p=none; rua=mailto:dmarc@example.org\""},
        {NO_RECORD "facts.dmarc.steps.0.records [{\"text\": \"v=DMARC1 p=reject; rua=mailto:x@example.org\", "
                   "\"announces\": false, \"intended\": true}]",
         "dmarc.record@" D, OUTCOME_FAIL, "does not begin with",
         "TXT \"v=DMARC1; p=none; rua=mailto:dmarc@example.org\""},
        /* names of tags have no case */
        {R "faults [\"adkim=x is neither s nor r: r counts\"]\n" TEXT("V=DMARC1; P=reject; ADKIM=x"),
         "dmarc.record@" D, OUTCOME_WARN, NULL, "TXT \"v=DMARC1; p=reject\""},
        /* the parent's */
        {NO_RECORD
         "facts.dmarc.steps.1 {\"domain\": \"org\", \"result\": \"record\", \"records\": [{\"text\": "
         "\"v=DMARC1; p=reject\", \"announces\": true, \"use\": \"as_written\", \"policy\": \"reject\"}]}\n"
         "facts.dmarc.current.domain.record_at \"org\"",
         "dmarc.record@" D, OUTCOME_PASS, "The DMARC record of org is well formed", NULL},
        /* faults */
        {R "use \"unusable\"\n" R
           "faults [\"p=rejct is none of these\"]\n" TEXT("v=DMARC1; p=rejct; adkim=s"),
         "dmarc.record@" D, OUTCOME_FAIL, "has no valid policy and asks for no reports",
         "TXT \"v=DMARC1; p=reject; adkim=s\""},
        {R "use \"as_none\"\n" R "faults [\"sp=quarantin is none of these\"]\n" TEXT(
             "v=DMARC1; p=reject; sp=quarantin; rua=mailto:a@example.org"),
         "dmarc.record@" D, OUTCOME_FAIL, "The policies in the DMARC record of example.org are not valid",
         "TXT \"v=DMARC1; p=reject; sp=quarantine; rua=mailto:a@example.org\""},
        {R "use \"as_none\"\n" R "policy null\n" TEXT("v=DMARC1; rua=mailto:a@example.org"),
         "dmarc.record@" D, OUTCOME_WARN, "has no policy: receivers take none",
         "TXT \"v=DMARC1; p=none; rua=mailto:a@example.org\""},
        {R "faults [\"adkim=x is neither s nor r: r counts\"]\n" TEXT("v=DMARC1;p=reject;adkim=x;"),
         "dmarc.record@" D, OUTCOME_WARN, "A part of the DMARC record of example.org is not valid: adkim=x",
         "TXT \"v=DMARC1; p=reject\""},
        {R "faults [\"p is there twice: receivers differ\"]\n" TEXT("v=DMARC1; p=reject; p=none"),
         "dmarc.record@" D, OUTCOME_WARN, "p is there twice", "TXT \"v=DMARC1; p=reject\""},
        {R "remarks [\"tag x: unknown, receivers ignore it\"]", "dmarc.record@" D, OUTCOME_PASS, NULL,
         "example.org: tag x: unknown"},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_dmarc, policy)
{
    static const struct verdict_row rows[] = {
        {"", "dmarc.policy@" D, OUTCOME_PASS, "The DMARC policy is reject",
         "RFC 9989, mail from a subdomain: reject, by the record of example.org"},
        {NO_RECORD, "dmarc.policy@" D, OUTCOME_NOT_APPLICABLE, "no DMARC policy applies", NULL},
        {FAILED, "dmarc.policy@" D, OUTCOME_NOT_TESTED, "SERVFAIL", NULL},
        {FOR_ALL("policy", "\"none\""), "dmarc.policy@" D, OUTCOME_WARN, "the policy is none",
         "TXT \"v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org\""},
        {FOR_ALL("policy", "\"none\"") NULL_MX, "dmarc.policy@" D, OUTCOME_WARN, NULL,
         "If the domain sends no mail, publish:\n  _dmarc.example.org. IN TXT \"v=DMARC1; p=reject;"},
        {FOR_ALL("policy", "\"quarantine\""), "dmarc.policy@" D, OUTCOME_PASS, "quarantine", NULL},
        /* a record that we would not print: what to change, in words */
        {FOR_ALL("policy", "\"none\"") TEXT("v=DMARC1; p=none; x=\\\\x01"), "dmarc.policy@" D, OUTCOME_WARN,
         NULL, "publish: the record as it is there, with p=quarantine, without t"},
        /* t=y, which RFC 7489 does not know */
        {"facts.dmarc.current.domain.policy \"quarantine\"\n" R
         "testing true\n" TEXT("v=DMARC1; p=reject; t=y"),
         "dmarc.policy@" D, OUTCOME_INFO, "goes to quarantine: t=y", "TXT \"v=DMARC1; p=reject\""},
        {"facts.dmarc.current.domain.policy \"quarantine\"\n" R "testing true", "dmarc.policy@" D,
         OUTCOME_INFO, NULL, "RFC 7489, mail from the domain: reject"},
        {"facts.dmarc.current.domain.policy \"none\"\n" R "testing true\n" R
         "policy \"quarantine\"\n" TEXT("v=DMARC1; p=quarantine; t=y"),
         "dmarc.policy@" D, OUTCOME_WARN, "t=y lowers the policy to none", "TXT \"v=DMARC1; p=quarantine\""},
        /* the Public Suffix List */
        {"facts.dmarc.older.domain.organizational_domain \"org\"", "dmarc.policy@" D, OUTCOME_WARN,
         "see another organizational domain: org instead of example.org", NULL},
        /* the list sees one further up, where there is no record, or further down */
        {"facts.dmarc.steps.1.domain \"a.test\"\nfacts.dmarc.older.domain.organizational_domain \"a.test\"",
         "dmarc.policy@" D, OUTCOME_WARN, NULL,
         "\n  _dmarc.a.test. IN TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@example.org\""},
        {"facts.dmarc.current.domain.organizational_domain \"org\"", "dmarc.policy@" D, OUTCOME_WARN,
         "example.org instead of org",
         "\n  _dmarc.example.org. IN TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@example.org; psd=n\""},
        {"facts.dmarc.older.subdomain.record_at null\nfacts.dmarc.older.subdomain.policy null",
         "dmarc.policy@" D, OUTCOME_WARN, "find another DMARC record, or none",
         "RFC 7489, mail from a subdomain: no policy"},
        {"facts.dmarc.older.domain.organizational_domain null", "dmarc.policy@" D, OUTCOME_PASS, NULL, NULL},
        /* a parent's record: one of our own to be stricter */
        {"facts.dmarc.steps.0.domain \"org\"\n" FOR_ALL("policy", "\"none\"") FOR_ALL("record_at", "\"org\"")
             TEXT("v=DMARC1; p=reject; sp=none; rua=mailto:a@org.test"),
         "dmarc.policy@" D, OUTCOME_WARN, NULL,
         "\n  _dmarc.example.org. IN TXT \"v=DMARC1; p=quarantine; rua=mailto:a@org.test\""},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_dmarc, reporting)
{
    static const struct verdict_row rows[] = {
        {"", "dmarc.reporting@" D, OUTCOME_PASS, "Reports can go to all addresses",
         "rua to dmarc@example.org: reports can go there"},
        {NO_RECORD, "dmarc.reporting@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {FAILED, "dmarc.reporting@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {R "rua []\nfacts.dmarc.destinations []\n" TEXT("v=DMARC1; p=reject"), "dmarc.reporting@" D,
         OUTCOME_WARN, "the DMARC record has no rua",
         "TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@example.org\""},
        {R "rua []\nfacts.dmarc.destinations []\n" NULL_MX, "dmarc.reporting@" D, OUTCOME_INFO, "has no rua",
         NULL},
        {R "rua [{\"uri\": \"nobody\", \"fault\": \"x\"}]\nfacts.dmarc.destinations []\n" NULL_MX TEXT(
             "v=DMARC1; p=reject; rua=nobody"),
         "dmarc.reporting@" D, OUTCOME_FAIL, NULL, "TXT \"v=DMARC1; p=reject\""},
        {R "rua [{\"uri\": \"nobody\", \"fault\": \"has no scheme\"}]\nfacts.dmarc.destinations []\n" TEXT(
             "v=DMARC1; p=reject; rua=nobody"),
         "dmarc.reporting@" D, OUTCOME_FAIL, "rua has no valid mail address",
         "TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@example.org\""},
        {R "rua.1 {\"uri\": \"nobody\", \"fault\": \"has no scheme\"}", "dmarc.reporting@" D, OUTCOME_WARN,
         "is not valid", "rua: nobody has no scheme"},
        {R "rua.1 {\"uri\": \"https://reports.test/\"}", "dmarc.reporting@" D, OUTCOME_PASS, NULL,
         "no mailto: URI"},
        {R "rua.0.size_limit \"10m\"", "dmarc.reporting@" D, OUTCOME_PASS, NULL, "\"!10m\" is gone"},
        /* another organization's */
        {EXTERNAL DESTINATION "authorised true", "dmarc.reporting@" D, OUTCOME_PASS, NULL, "it has agreed"},
        {EXTERNAL DESTINATION "authorised false", "dmarc.reporting@" D, OUTCOME_FAIL,
         "reports.test has not agreed to take them",
         "\n  example.org._report._dmarc.reports.test. IN TXT \"v=DMARC1\""},
        {EXTERNAL DESTINATION "authorised false\n" DESTINATION "tag \"ruf\"", "dmarc.reporting@" D,
         OUTCOME_WARN, NULL, NULL},
        {EXTERNAL, "dmarc.reporting@" D, OUTCOME_NOT_TESTED, "could not be looked up", NULL},
        {EXTERNAL DESTINATION "external null\n" DESTINATION "authorised false", "dmarc.reporting@" D,
         OUTCOME_NOT_TESTED, "it is not known whose reports.test is", NULL},
        {EXTERNAL DESTINATION
         "authorised true\n" DESTINATION
         "replacement [{\"uri\": \"x\", \"address\": \"b@other.test\", \"host\": \"other.test\"}]",
         "dmarc.reporting@" D, OUTCOME_FAIL, "wants them elsewhere", NULL},
        {EXTERNAL DESTINATION
         "authorised true\n" DESTINATION
         "replacement [{\"uri\": \"x\", \"address\": \"b@reports.test\", \"host\": \"reports.test\"}]",
         "dmarc.reporting@" D, OUTCOME_PASS, NULL, NULL},
        /* mail */
        {DESTINATION "takes_mail false", "dmarc.reporting@" D, OUTCOME_FAIL, "example.org takes no mail",
         "Name an address in rua"},
        {DESTINATION "takes_mail null", "dmarc.reporting@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {R "rua.1 {\"uri\": \"mailto:b@x.test\", \"address\": \"b@x.test\", \"host\": \"x.test\"}\n"
           "facts.dmarc.destinations.1 {\"tag\": \"rua\", \"address\": \"b@x.test\", \"host\": \"x.test\", "
           "\"external\": false, \"takes_mail\": false}\n" TEXT(
               "v=DMARC1; p=reject; rua=mailto:dmarc@example.org,mailto:b@x.test; fo=1"),
         "dmarc.reporting@" D, OUTCOME_FAIL, "x.test takes no mail",
         "TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@example.org; fo=1\""},
        /* what is wrong counts more than what is not known */
        {DESTINATION
         "takes_mail null\nfacts.dmarc.destinations.1 {\"tag\": \"rua\", \"address\": \"b@x.test\", "
         "\"host\": \"x.test\", \"external\": false, \"takes_mail\": false}",
         "dmarc.reporting@" D, OUTCOME_FAIL, "x.test takes no mail", NULL},
        {"facts.dmarc.destinations.1 {\"tag\": \"ruf\", \"address\": \"b@x.test\", \"host\": \"x.test\", "
         "\"external\": false, \"takes_mail\": null}",
         "dmarc.reporting@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {"facts.dmarc.destinations []", "dmarc.reporting@" D, OUTCOME_NOT_TESTED, "the scan ended before",
         NULL},
        {"facts.dmarc.destinations_left_out 3", "dmarc.reporting@" D, OUTCOME_NOT_TESTED,
         "than were looked at", NULL},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_dmarc, removed_tags)
{
    static const struct verdict_row rows[] = {
        {"", "dmarc.removed_tags@" D, OUTCOME_PASS, NULL, NULL},
        {NO_RECORD, "dmarc.removed_tags@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {FAILED, "dmarc.removed_tags@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {R "removed [\"pct=100\", \"ri=3600\"]\n" TEXT("v=DMARC1; p=reject; pct=100; ri=3600; fo=1"),
         "dmarc.removed_tags@" D, OUTCOME_INFO, "RFC 9989 removed: pct=100, ri=3600",
         "TXT \"v=DMARC1; p=reject; fo=1\""},
        {R "removed [\"pct=30\"]\nfacts.dmarc.older.domain.percent 30\n" TEXT("v=DMARC1; p=reject; pct=30"),
         "dmarc.removed_tags@" D, OUTCOME_WARN,
         "by RFC 9989 the policy is reject, by RFC 7489 it is reject for 30 % of the mail, quarantine for "
         "the rest",
         "TXT \"v=DMARC1; p=reject\""},
        {R "removed [\"pct=30\"]\nfacts.dmarc.older.domain.percent 30\n" FOR_ALL("policy", "\"none\""),
         "dmarc.removed_tags@" D, OUTCOME_INFO, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

/* Neither SPF nor DKIM is looked up yet: an enforced policy is never called consistent. */
#define NO_DKIM "facts.dkim.selectors []\n"
#define NO_NODE "facts.dkim.node.outcome \"nxdomain\"\nfacts.dkim.node.security \"secure\"\n"
#define NO_SPF  "facts.spf.records.0.count 0\n"
#define SENDS_NOTHING                                                                                        \
    "facts.spf.records.0.terms [{\"text\": \"-all\", \"kind\": \"all\", \"qualifier\": \"-\", \"used\": "    \
    "true}]\n"

Test(checks_dmarc, consistency)
{
    static const struct verdict_row rows[] = {
        {"", "dmarc.consistency@" D, OUTCOME_PASS, NULL, NULL},
        {"facts.spf null", "dmarc.consistency@" D, OUTCOME_PASS, NULL, NULL},
        {NO_DKIM, "dmarc.consistency@" D, OUTCOME_PASS, NULL, NULL},
        {"facts.spf null\n" NO_DKIM, "dmarc.consistency@" D, OUTCOME_NOT_TESTED,
         "passes SPF or DKIM is not known", NULL},
        {"facts.spf.records.0.question.outcome \"failure\"\n" NO_DKIM, "dmarc.consistency@" D,
         OUTCOME_NOT_TESTED, NULL, NULL},
        {NO_SPF NO_DKIM, "dmarc.consistency@" D, OUTCOME_WARN, "without SPF, and no DKIM key is known", NULL},
        {NO_SPF NO_DKIM NO_NODE, "dmarc.consistency@" D, OUTCOME_WARN, "neither SPF nor DKIM is set up",
         NULL},
        /* a name server may deny what has names below it, unless it proves that there are none */
        {NO_SPF NO_DKIM NO_NODE "facts.dkim.node.security \"insecure\"", "dmarc.consistency@" D, OUTCOME_WARN,
         "no DKIM key is known", NULL},
        {"facts.spf.records.0.fault \"unknown mechanism\"\n" NO_DKIM, "dmarc.consistency@" D, OUTCOME_WARN,
         "without SPF", NULL},
        {SENDS_NOTHING, "dmarc.consistency@" D, OUTCOME_PASS, NULL, NULL},
        {SENDS_NOTHING FOR_ALL("policy", "\"quarantine\""), "dmarc.consistency@" D, OUTCOME_INFO,
         "sends no mail, but its DMARC policy is not reject", NULL},
        /* whom an included record lets in is not known */
        {SENDS_NOTHING FOR_ALL("policy",
                               "\"quarantine\"") "facts.spf.records.0.terms.1 {\"text\": \"include:a.test\", "
                                                 "\"kind\": \"include\", \"qualifier\": \"+\", \"used\": "
                                                 "true, \"target\": \"a.test\"}",
         "dmarc.consistency@" D, OUTCOME_PASS, NULL, NULL},
        {NO_RECORD, "dmarc.consistency@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {FAILED, "dmarc.consistency@" D, OUTCOME_NOT_TESTED, "SERVFAIL", NULL},
        {FOR_ALL("policy", "\"none\""), "dmarc.consistency@" D, OUTCOME_PASS, NULL, NULL},
        {NULL_MX, "dmarc.consistency@" D, OUTCOME_PASS, NULL, NULL},
        {NULL_MX FOR_ALL("policy", "\"quarantine\""), "dmarc.consistency@" D, OUTCOME_INFO,
         "takes no mail, but its DMARC policy is not reject", "TXT \"v=DMARC1; p=reject; rua="},
        {"facts.dmarc.current.subdomain.policy \"none\"\nfacts.dmarc.current.nonexistent.policy "
         "\"none\"\n" TEXT("v=DMARC1; p=reject; sp=none"),
         "dmarc.consistency@" D, OUTCOME_WARN, "for subdomains is weaker", "TXT \"v=DMARC1; p=reject\""},
        {"facts.dmarc.current.nonexistent.policy \"quarantine\"\n" TEXT(
             "v=DMARC1; p=reject; sp=reject; np=quarantine"),
         "dmarc.consistency@" D, OUTCOME_WARN, "for names that do not exist is weaker",
         "TXT \"v=DMARC1; p=reject; sp=reject\""},
        {"facts.dmarc.current.nonexistent.policy \"reject\"\n", "dmarc.consistency@" D, OUTCOME_PASS, NULL,
         NULL},
        {FOR_ALL("policy", "\"none\"") R "strict_dkim true", "dmarc.consistency@" D, OUTCOME_INFO,
         "Alignment of DKIM is strict", NULL},
        {FOR_ALL("policy", "\"none\"") R "strict_spf true", "dmarc.consistency@" D, OUTCOME_INFO,
         "Alignment of SPF is strict", NULL},
        {FOR_ALL("policy", "\"none\"") R "strict_spf true\n" R "strict_dkim true", "dmarc.consistency@" D,
         OUTCOME_INFO, "Alignment is strict", NULL},
        /* unknown counts more than what is only worth knowing */
        {"facts.spf null\n" NO_DKIM R "strict_spf true", "dmarc.consistency@" D, OUTCOME_NOT_TESTED, NULL,
         "Alignment of SPF is strict"},
        {FOR_ALL("policy", "\"none\"") "facts.dmarc.current.subdomain.decided false", "dmarc.consistency@" D,
         OUTCOME_NOT_TESTED, "applies to subdomains is not known", NULL},
    };

    CHECK_VERDICTS(rows);
}

/* ---- records to publish ---- */

static const char *changed(struct judgement *judgement, const char *text, const char *tag, const char *value)
{
    const struct dmarc_record_facts record = {.text = text};
    const struct dmarc_change change = {tag, value};

    return dmarc_text_with(judgement, &record, &change, 1);
}

Test(checks_dmarc, changed_records)
{
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged(arena, faultless_scan(arena));

    cr_expect_str_eq(changed(judgement, "v=DMARC1;p=none;rua=mailto:a@b.test;", "p", "reject"),
                     "v=DMARC1; p=reject; rua=mailto:a@b.test");
    cr_expect_str_eq(changed(judgement, "v=DMARC1; fo=1", "p", "none"), "v=DMARC1; p=none; fo=1");
    cr_expect_str_eq(changed(judgement, "v=DMARC1; p=none", "rua", "mailto:a@b.test"),
                     "v=DMARC1; p=none; rua=mailto:a@b.test");
    cr_expect_str_eq(changed(judgement, "v=DMARC1; p=none; SP = none; x=1", "sp", NULL),
                     "v=DMARC1; p=none; x=1");
    /* what we would not print into a zone file */
    cr_expect_null(changed(judgement, "v=DMARC1; p=none\\x0a", "sp", NULL));
    cr_expect_null(changed(judgement, "v=DMARC1; p=none\"; x", "sp", NULL));
    cr_expect_null(changed(judgement, NULL, "sp", NULL));
    arena_free(arena);
}

/* A long record becomes strings, one a line. */
Test(checks_dmarc, long_record)
{
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged(arena, faultless_scan(arena));
    struct finding *finding = (struct finding *)(uintptr_t)finding_of(judgement, "dmarc.record@" D);
    char text[301];
    const char *line, *second;

    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cr_assert_not_null(finding);
    fix_dmarc_record(judgement, finding, "Publish", D, text);
    line = strchr(finding->fix.items[finding->fix.count - 1], '"');
    second = strstr(line, "\"\n    \"");
    cr_assert_not_null(second);
    cr_expect_eq(second - line, 1 + 200);
    cr_expect_str_eq(second + 7 + 99, "a\" )");
    arena_free(arena);
}
