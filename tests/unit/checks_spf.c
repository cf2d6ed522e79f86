/*
 * checks_spf.c - verdicts on SPF: what a change in the facts makes of one finding
 *
 * The faultless scan has "v=spf1 mx include:_spf.provider.example ~all" (sample_spf.c): records 0 and 1, terms 0 to 2.
 */
#include "tests/unit/judged.h"

#include "reports/senders.h"
#include "reports/txt_record.h"

#include <criterion/criterion.h>
#include <string.h>

#define D     "example.org"
#define OWN   "facts.spf.records.0."
#define OTHER "facts.spf.records.1."
#define LINE  D ". IN TXT "
#define GOOD  LINE "\"v=spf1 mx include:_spf.provider.example ~all\""
#define GONE  "facts.spf null\n"
#define LOST                                                                                                 \
    OWN "count null\n" OWN "texts absent\n" OWN "terms absent\n" OWN                                         \
        "question {\"name\": \"example.org\", \"type\": "                                                    \
        "\"TXT\", \"outcome\": \"failure\", \"reason\": \"timeout\"}"
#define NONE                                                                                                 \
    OWN "count 0\n" OWN "texts []\n" OWN "terms absent\n" OWN                                                \
        "question {\"name\": \"example.org\", \"type\": "                                                    \
        "\"TXT\", \"outcome\": \"nodata\"}\n"
#define TWO                                                                                                  \
    OWN "count 2\n" OWN "texts [\"v=spf1 mx -all\", \"v=spf1 ip4:11.0.0.1 include:a.example ?all\"]\n" OWN   \
        "terms absent\n"
#define NULL_MX "facts.dns.null_mx true\nfacts.dns.hosts []\n"
#define SENDER                                                                                               \
    "facts.dns.senders [{\"address\": \"11.20.0.1\", \"source\": \"sender\", \"scope\": \"global\"}]\n"      \
    "facts.spf.results [{\"identity\": \"mailfrom\", \"domain\": \"example.org\", \"address\": "             \
    "\"11.20.0.1\", "
/* In the place of mx. */
#define TERM(json) OWN "terms.0 " json "\n"

Test(checks_spf, record)
{
    static const struct verdict_row rows[] = {
        {"", "spf.record@" D, OUTCOME_PASS, "exactly one", "TXT example.org: v=spf1 mx"},
        {GONE, "spf.record@" D, OUTCOME_NOT_TESTED, "it was not asked", NULL},
        {LOST, "spf.record@" D, OUTCOME_NOT_TESTED, "timeout", NULL},
        {NONE, "spf.record@" D, OUTCOME_FAIL, "There is no SPF record", LINE "\"v=spf1 mx ~all\""},
        {NONE OWN "texts [\"v=spf1;mx\"]", "spf.record@" D, OUTCOME_FAIL, "does not begin with",
         "TXT example.org: v=spf1;mx"},
        /* a provider's MX is not what it sends by; without an MX there is the domain's own address */
        {NONE "HOST.name \"aspmx.l.google.com\"", "spf.record@" D, OUTCOME_FAIL, NULL,
         LINE "\"v=spf1 include:_spf.google.com ~all\""},
        {NONE "HOST.name \"example-org.mail.protection.outlook.com\"", "spf.record@" D, OUTCOME_FAIL, NULL,
         LINE "\"v=spf1 include:spf.protection.outlook.com ~all\""},
        {NONE "HOST.source \"implicit_mx\"\nHOST.name \"example.org\"", "spf.record@" D, OUTCOME_FAIL, NULL,
         LINE "\"v=spf1 a ~all\""},
        {NONE NULL_MX, "spf.record@" D, OUTCOME_FAIL, NULL, LINE "\"v=spf1 -all\""},
        {NONE OWN "question.outcome \"nxdomain\"", "spf.record@" D, OUTCOME_NOT_APPLICABLE, "does not exist",
         NULL},
        {NONE SENDER "\"result\": \"none\"}]", "spf.record@" D, OUTCOME_FAIL, NULL,
         LINE "\"v=spf1 mx ip4:11.20.0.1 ~all\""},
        {TWO, "spf.record@" D, OUTCOME_FAIL, "2 SPF records",
         LINE "\"v=spf1 mx ip4:11.0.0.1 include:a.example ~all\""},
        {OWN "count 2\n" OWN
             "texts [\"v=spf1 redirect=_spf.b.example\", \"v=spf1 include:a.example -all\"]\n" OWN
             "terms absent\n",
         "spf.record@" D, OUTCOME_FAIL, NULL,
         LINE "\"v=spf1 include:_spf.b.example include:a.example ~all\""},
        {OWN "size 451", "spf.record@" D, OUTCOME_WARN, "451 bytes", "Move a part"},
        {OWN "size 450", "spf.record@" D, OUTCOME_PASS, NULL, NULL},
        {"facts.spf.type_99 {\"name\": \"example.org\", \"type\": \"SPF\", \"outcome\": \"data\", "
         "\"records\": "
         "[\"v=spf1\"]}",
         "spf.record@" D, OUTCOME_INFO, "type SPF", "Remove"},
        {"facts.dns.domain null\ntarget_kind \"host\"", "spf.record@" D, 0, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_spf, syntax)
{
    static const struct verdict_row rows[] = {
        {"", "spf.syntax@" D, OUTCOME_PASS, "valid", NULL},
        {LOST, "spf.syntax@" D, OUTCOME_NOT_TESTED, "timeout", NULL},
        {NONE, "spf.syntax@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {TWO, "spf.syntax@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {OWN
         "fault \"no good\"\n" TERM("{\"text\": \"a:11.0.0.1/24\", \"used\": true, \"fault\": \"no good\", "
                                    "\"position\": 7}"),
         "spf.syntax@" D, OUTCOME_FAIL, "no good",
         LINE "\"v=spf1 ip4:11.0.0.1/24 include:_spf.provider.example ~all\""},
        {OWN
         "fault \"no good\"\n" TERM("{\"text\": \"ip:2001:db8::1,\", \"used\": true, \"fault\": \"no good\", "
                                    "\"position\": 7}"),
         "spf.syntax@" D, OUTCOME_FAIL, "no good",
         LINE "\"v=spf1 ip6:2001:db8::1 include:_spf.provider.example ~all\""},
        {OWN "fault \"no good\"\n" TERM(
             "{\"text\": \"mx,\", \"used\": true, \"fault\": \"no good\", \"position\": 9}"),
         "spf.syntax@" D, OUTCOME_FAIL, "no good", GOOD},
        {OWN "fault \"no good\"\n" TERM(
             "{\"text\": \"nonsense:\\\"$(x)\", \"used\": true, \"fault\": \"no good\", "
             "\"position\": 9}"),
         "spf.syntax@" D, OUTCOME_FAIL, "no good", LINE "\"v=spf1 include:_spf.provider.example ~all\""},
        /* what is left out is said */
        {OWN "fault \"no good\"\n" TERM("{\"text\": \"include:_spf.a.example,\", \"used\": true, "
                                        "\"fault\": \"no good\", \"position\": 9}"),
         "spf.syntax@" D, OUTCOME_FAIL, "no good",
         "Not in there, as it is not clear what was meant: `include:_spf.a.example,`"},
        {OWN "fault \"no good\"\n" OWN "terms.2 {\"text\": \"-ALL;\", \"used\": true, \"fault\": "
             "\"no good\", \"position\": 9}",
         "spf.syntax@" D, OUTCOME_FAIL, "no good", LINE "\"v=spf1 mx include:_spf.provider.example -ALL\""},
        {TERM("{\"text\": \"ip4=11.0.0.1\", \"kind\": \"unknown_modifier\", \"used\": true, \"lookups\": 0}"),
         "spf.syntax@" D, OUTCOME_WARN, "ip4=11.0.0.1", LINE "\"v=spf1 include:_spf.provider.example ~all\""},
        {TERM("{\"text\": \"moo=cow\", \"kind\": \"unknown_modifier\", \"used\": true, \"lookups\": 0}"),
         "spf.syntax@" D, OUTCOME_PASS, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_spf, all)
{
    static const struct verdict_row rows[] = {
        {"", "spf.all@" D, OUTCOME_PASS, "~all", NULL},
        {OWN "terms.2.qualifier \"-\"\n" OWN "terms.2.text \"-all\"", "spf.all@" D, OUTCOME_PASS, "-all",
         NULL},
        {OWN "terms.2.qualifier \"+\"\n" OWN "terms.2.text \"+all\"", "spf.all@" D, OUTCOME_FAIL, "everybody",
         GOOD},
        {OWN "terms.2.qualifier \"?\"\n" OWN "terms.2.text \"?all\"", "spf.all@" D, OUTCOME_WARN, "?all",
         GOOD},
        {OWN "terms [{\"text\": \"?all\", \"kind\": \"all\", \"qualifier\": \"?\", \"used\": true}]",
         "spf.all@" D, OUTCOME_WARN, "?all", "Publish it with an end. Nobody could send then"},
        {OWN "terms [{\"text\": \"-all\", \"kind\": \"all\", \"qualifier\": \"-\", \"used\": true}, "
             "{\"text\": \"mx\", "
             "\"kind\": \"mx\", \"qualifier\": \"+\", \"used\": false}]",
         "spf.all@" D, OUTCOME_WARN, "never looked at",
         "without it the record is:\n  " LINE "\"v=spf1 -all\""},
        {OTHER "terms.2.qualifier \"+\"\n" OTHER "terms.2.text \"all\"", "spf.all@" D, OUTCOME_FAIL,
         "_spf.provider.example", "Leave out"},
        {OTHER "terms.2.qualifier \"+\"\n" OWN "terms.1.qualifier \"?\"", "spf.all@" D, OUTCOME_PASS, NULL,
         NULL},
        {OWN "terms.2 {\"text\": \"ip4:11.0.0.1\", \"kind\": \"ip4\", \"qualifier\": \"+\", \"used\": true}",
         "spf.all@" D, OUTCOME_WARN, "no end",
         LINE "\"v=spf1 mx include:_spf.provider.example ip4:11.0.0.1 ~all\""},
        /* a redirect: what the other record ends with */
        {OWN "terms.2 {\"text\": \"redirect=_spf.provider.example\", \"kind\": \"redirect\", \"used\": true, "
             "\"target\": "
             "\"_spf.provider.example\"}",
         "spf.all@" D, OUTCOME_PASS, "~all", NULL},
        {OWN
         "terms.2 {\"text\": \"redirect=gone.example\", \"kind\": \"redirect\", \"used\": true, \"target\": "
         "\"gone.example\"}",
         "spf.all@" D, OUTCOME_NOT_TESTED, "redirects", NULL},
        {OWN
         "terms.2 {\"text\": \"redirect=example.org\", \"kind\": \"redirect\", \"used\": true, \"target\": "
         "\"example.org\"}",
         "spf.all@" D, OUTCOME_NOT_TESTED, "redirects", NULL},
        {OWN "terms.1.used false", "spf.all@" D, OUTCOME_WARN, "never looked at", LINE "\"v=spf1 mx ~all\""},
        /* takes no mail */
        {NULL_MX, "spf.all@" D, OUTCOME_WARN, "does not forbid", LINE "\"v=spf1 -all\""},
        {NULL_MX OWN "terms [{\"text\": \"-all\", \"kind\": \"all\", \"qualifier\": \"-\", \"used\": true}]",
         "spf.all@" D, OUTCOME_PASS, "-all", NULL},
        {NULL_MX OWN "terms [{\"text\": \"redirect=_spf.provider.example\", \"kind\": \"redirect\", "
                     "\"used\": true, \"target\": \"_spf.provider.example\"}]\n" OTHER
                     "terms [{\"text\": \"-all\", \"kind\": \"all\", \"qualifier\": \"-\", \"used\": true}]",
         "spf.all@" D, OUTCOME_PASS, "-all", NULL},
        {NULL_MX OWN "terms [{\"text\": \"include:a.example\", \"kind\": \"include\", \"qualifier\": \"+\", "
                     "\"used\": true, \"target\": \"a.example\"}, {\"text\": \"-all\", \"kind\": \"all\", "
                     "\"qualifier\": \"-\", \"used\": true}]",
         "spf.all@" D, OUTCOME_PASS, "-all", NULL},
        {"facts.dns.mx.outcome \"nxdomain\"\nfacts.dns.mx.security \"bogus\"", "spf.all@" D, OUTCOME_PASS,
         "~all", NULL},
        {NULL_MX SENDER "\"result\": \"pass\"}]", "spf.all@" D, OUTCOME_PASS, "~all", NULL},
        {NONE, "spf.all@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_spf, ptr)
{
    static const struct verdict_row rows[] = {
        {"", "spf.ptr@" D, OUTCOME_PASS, NULL, NULL},
        {TERM("{\"text\": \"ptr\", \"kind\": \"ptr\", \"qualifier\": \"+\", \"used\": true}"), "spf.ptr@" D,
         OUTCOME_WARN, "uses ptr", LINE "\"v=spf1 include:_spf.provider.example ~all\""},
        /* the fix of a record with nothing else in it is not to forbid all mail */
        {OWN "terms [{\"text\": \"ptr\", \"kind\": \"ptr\", \"qualifier\": \"+\", \"used\": true}, "
             "{\"text\": \"-all\", "
             "\"kind\": \"all\", \"qualifier\": \"-\", \"used\": true}]",
         "spf.ptr@" D, OUTCOME_WARN, "uses ptr",
         "Nobody could send then: name everybody who sends for the domain, as a start:\n  " LINE
         "\"v=spf1 mx ~all\""},
        {OWN "terms [{\"text\": \"ptr\", \"kind\": \"ptr\", \"qualifier\": \"+\", \"used\": true}, "
             "{\"text\": \"exp=a.example\", "
             "\"kind\": \"exp\", \"used\": true}, {\"text\": \"-all\", \"kind\": \"all\", \"qualifier\": "
             "\"-\", \"used\": true}]",
         "spf.ptr@" D, OUTCOME_WARN, "uses ptr", LINE "\"v=spf1 exp=a.example mx ~all\""},
        {OTHER "terms.1.kind \"ptr\"", "spf.ptr@" D, OUTCOME_INFO, "_spf.provider.example", NULL},
        {GONE, "spf.ptr@" D, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_spf, breadth)
{
    static const struct verdict_row rows[] = {
        {"", "spf.breadth@" D, OUTCOME_PASS, NULL, "258 IPv4 addresses"},
        {OWN "terms.0.networks [\"11.0.0.0/16\"]", "spf.breadth@" D, OUTCOME_WARN, "11.0.0.0/16",
         LINE "\"v=spf1 include:_spf.provider.example ~all\""},
        {OWN "terms.0.networks [\"11.0.0.0/17\"]", "spf.breadth@" D, OUTCOME_PASS, NULL, NULL},
        {OWN "terms.0.networks [\"11.0.0.0/9\"]", "spf.breadth@" D, OUTCOME_WARN, NULL, NULL},
        {OWN "terms.0.networks [\"12.0.0.0/16\", \"11.0.0.0/8\"]", "spf.breadth@" D, OUTCOME_FAIL,
         "11.0.0.0/8", NULL},
        {OWN "terms.0.networks [\"2000::/16\"]", "spf.breadth@" D, OUTCOME_FAIL, "2000::/16", NULL},
        {OWN "terms.0.networks [\"2a00::/31\"]", "spf.breadth@" D, OUTCOME_WARN, NULL, NULL},
        {OWN "terms.0.networks [\"2a00::/32\"]", "spf.breadth@" D, OUTCOME_PASS, NULL, NULL},
        {OWN "terms.0.networks [\"0.0.0.0/0\"]\n" OWN "terms.0.qualifier \"-\"", "spf.breadth@" D,
         OUTCOME_PASS, NULL, NULL},
        {OTHER "terms.0.networks [\"11.0.0.0/14\"]", "spf.breadth@" D, OUTCOME_INFO, "11.0.0.0/14",
         "Leave out"},
        {OTHER "terms.0.networks [\"0.0.0.0/1\"]", "spf.breadth@" D, OUTCOME_FAIL, "0.0.0.0/1", "Leave out"},
        /* one of the records is not known: neither good nor bad */
        {"facts.spf.complete false\nfacts.spf.incomplete_reason \"no luck\"", "spf.breadth@" D,
         OUTCOME_NOT_TESTED, "no luck", NULL},
        {"facts.spf.complete false\n" OWN "terms.0.networks [\"11.0.0.0/8\"]", "spf.breadth@" D, OUTCOME_FAIL,
         NULL, "Not everything is known"},
        {OTHER "terms.1.kind \"exists\"", "spf.breadth@" D, OUTCOME_PASS, NULL, "lets in who it finds"},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_spf, lookups)
{
    static const struct verdict_row rows[] = {
        {"", "spf.lookups@" D, OUTCOME_PASS, "3 of 10", "include:_spf.provider.example: 2"},
        {OWN "lookups 10", "spf.lookups@" D, OUTCOME_PASS, "10 of 10", NULL},
        {OWN "lookups 11", "spf.lookups@" D, OUTCOME_FAIL, "takes 11 terms",
         LINE "\"v=spf1 ip4:11.10.1.25 ip6:2a11:11:1001::25 include:_spf.provider.example ~all\""},
        {OWN "lookups 11", "spf.lookups@" D, OUTCOME_FAIL, NULL, "the record costs 2"},
        {OWN "lookups 13\n" OWN "terms.1.total_lookups 12", "spf.lookups@" D, OUTCOME_FAIL, NULL,
         "costs 12: leave it out"},
        {OWN "lookups null\n" OWN "terms.1.total_lookups null", "spf.lookups@" D, OUTCOME_FAIL, "circle",
         "without end"},
        {OWN "terms.0.names 11", "spf.lookups@" D, OUTCOME_FAIL, "11 mail hosts", "in place of `mx`"},
        {"facts.spf.complete false\nfacts.spf.incomplete_reason \"no luck\"", "spf.lookups@" D,
         OUTCOME_NOT_TESTED, "3 are known, and no luck", NULL},
        {"facts.spf.complete false\n" OWN "lookups 11", "spf.lookups@" D, OUTCOME_FAIL, NULL,
         "Not everything is known"},
        {LOST, "spf.lookups@" D, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

#define DEAD                                                                                                 \
    "{\"text\": \"a:gone.example\", \"kind\": \"a\", \"qualifier\": \"+\", \"used\": true, \"target\": "     \
    "\"gone.example\", \"depends\": false, \"lookups\": 1, \"total_lookups\": 1, \"void_ipv4\": 1, "         \
    "\"void_ipv6\": 1, "                                                                                     \
    "\"answer\": \"there is no name gone.example\"}"

Test(checks_spf, void_lookups)
{
    static const struct verdict_row rows[] = {
        {"", "spf.void_lookups@" D, OUTCOME_PASS, "finds something", NULL},
        {OWN "void_ipv4 2\n" OWN "void_ipv6 2\n" TERM(DEAD), "spf.void_lookups@" D, OUTCOME_PASS,
         "No more terms", "there is no name"},
        {OWN "void_ipv4 3\n" OWN "void_ipv6 3\n" TERM(DEAD), "spf.void_lookups@" D, OUTCOME_FAIL, "3 terms",
         LINE "\"v=spf1 include:_spf.provider.example ~all\""},
        {OWN "void_ipv4 0\n" OWN "void_ipv6 3\n" OWN "terms.0.void_ipv6 1", "spf.void_lookups@" D,
         OUTCOME_WARN, "with an IPv6 address", "ip4:11.10.1.25"},
        /* addresses of somebody else's hosts change: they keep their names */
        {OWN "void_ipv6 3\n" OWN "terms.0.void_ipv6 1\nHOST.name \"mx.provider.example\"",
         "spf.void_lookups@" D, OUTCOME_WARN, "with an IPv6 address", GOOD},
        {OWN
         "void_ipv6 3\n" TERM("{\"text\": \"a:out.provider.example\", \"kind\": \"a\", \"qualifier\": \"+\", "
                              "\"used\": true, \"target\": \"out.provider.example\", \"depends\": false, "
                              "\"lookups\": 1, \"total_lookups\": 1, \"networks\": [\"11.0.0.1\"], "
                              "\"void_ipv4\": 0, \"void_ipv6\": 1}"),
         "spf.void_lookups@" D, OUTCOME_WARN, NULL,
         LINE "\"v=spf1 a:out.provider.example include:_spf.provider.example ~all\""},
        {OWN "void_ipv4 null", "spf.void_lookups@" D, OUTCOME_NOT_TESTED, "circle", NULL},
        {"facts.spf.complete false\nfacts.spf.incomplete_reason \"no luck\"", "spf.void_lookups@" D,
         OUTCOME_NOT_TESTED, "no luck", NULL},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_spf, includes)
{
    static const struct verdict_row rows[] = {
        {"", "spf.includes@" D, OUTCOME_PASS, NULL, "TXT _spf.provider.example: v=spf1"},
        {OWN "terms.1.kind \"ip4\"", "spf.includes@" D, OUTCOME_NOT_APPLICABLE, "leads to no other", NULL},
        {OTHER "count 0\n" OTHER "terms absent", "spf.includes@" D, OUTCOME_FAIL, "has no SPF record",
         LINE "\"v=spf1 mx ~all\""},
        {OTHER
         "count 0\n" OTHER "terms absent\n" OWN
         "terms [{\"text\": \"redirect=_spf.provider.example\", \"kind\": \"redirect\", \"used\": true, "
         "\"target\": \"_spf.provider.example\"}]",
         "spf.includes@" D, OUTCOME_FAIL, "has no SPF record",
         "Correct the name, or leave the term out. Nobody could send then"},
        {OTHER "count 0\n" OTHER "terms absent\n" OTHER "question.outcome \"nxdomain\"", "spf.includes@" D,
         OUTCOME_FAIL, "does not exist", NULL},
        {OTHER "count 2\n" OTHER "terms absent", "spf.includes@" D, OUTCOME_FAIL, "2 SPF records", NULL},
        {OTHER "fault \"no good\"", "spf.includes@" D, OUTCOME_FAIL, "not valid: no good", NULL},
        {OTHER "loop true", "spf.includes@" D, OUTCOME_FAIL, "back to itself", NULL},
        {OTHER "count null\n" OTHER "terms absent\n" OTHER
               "question {\"outcome\": \"failure\", \"reason\": \"SERVFAIL\"}",
         "spf.includes@" D, OUTCOME_NOT_TESTED, "SERVFAIL", NULL},
        {OTHER "count 0\n" OTHER "terms absent\n" OWN "terms.1.depends true", "spf.includes@" D, OUTCOME_INFO,
         "has no SPF record", NULL},
        /* not ours: whose it is */
        {OTHER "terms.1 {\"text\": \"include:deep.example\", \"kind\": \"include\", \"qualifier\": \"+\", "
               "\"used\": true, "
               "\"target\": \"deep.example\", \"answer\": \"no name can be made of it\"}",
         "spf.includes@" D, OUTCOME_FAIL, "no name can be made", "its operator"},
        {NONE, "spf.includes@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_spf, senders)
{
    static const struct verdict_row rows[] = {
        {"", "spf.senders@mail.example.org/11.10.1.25", OUTCOME_PASS, "lets 11.10.1.25 send",
         "decided by mx"},
        {"", "spf.senders@mail.example.org/2a11:11:1001::25", OUTCOME_PASS, NULL, NULL},
        {"facts.spf.results.0.result \"softfail\"", "spf.senders@mail.example.org/11.10.1.25", OUTCOME_INFO,
         "softfail", LINE "\"v=spf1 ip4:11.10.1.25 mx include:_spf.provider.example ~all\""},
        {"facts.spf.results.0.result \"temperror\"\nfacts.spf.results.0.reason \"A of x: timeout\"",
         "spf.senders@mail.example.org/11.10.1.25", OUTCOME_NOT_TESTED, "timeout", NULL},
        {GONE, "spf.senders@mail.example.org/11.10.1.25", OUTCOME_NOT_TESTED, "it was not evaluated", NULL},
        {SENDER "\"result\": \"pass\", \"term\": \"mx\", \"record\": \"example.org\"}]",
         "spf.senders@11.20.0.1", OUTCOME_PASS, NULL, "decided by mx in the record of example.org"},
        {SENDER "\"result\": \"fail\", \"explanation\": \"go away\"}]", "spf.senders@11.20.0.1", OUTCOME_FAIL,
         "does not let 11.20.0.1 send",
         LINE "\"v=spf1 ip4:11.20.0.1 mx include:_spf.provider.example ~all\""},
        {SENDER "\"result\": \"fail\", \"explanation\": \"go away\"}]", "spf.senders@11.20.0.1", OUTCOME_FAIL,
         NULL, "who is refused: go away"},
        {SENDER "\"result\": \"neutral\"}]", "spf.senders@11.20.0.1", OUTCOME_FAIL, "neutral", NULL},
        {SENDER "\"result\": \"permerror\", \"reason\": \"no good\"}]", "spf.senders@11.20.0.1", OUTCOME_FAIL,
         "permerror", "comes first"},
        {SENDER "\"result\": \"temperror\"}]", "spf.senders@11.20.0.1", OUTCOME_NOT_TESTED, NULL, NULL},
        {NULL_MX, "spf.senders@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

/* Nobody saw the record: none is told to be put in its place. */
Test(checks_spf, record_unknown)
{
    struct arena *arena = arena_new(0);
    struct judgement *judgement =
        judged(arena, patched_scan(arena, LOST "\n" SENDER "\"result\": \"fail\"}]"));
    const struct finding *finding = finding_of(judgement, "spf.senders@11.20.0.1");

    cr_assert_not_null(finding);
    cr_expect_eq(finding->outcome, OUTCOME_FAIL);
    cr_expect_eq(finding->fix.count, 0);
    arena_free(arena);
}

#define HELO "facts.spf.helo.0."

Test(checks_spf, helo)
{
    static const struct verdict_row rows[] = {
        {"", "spf.helo@mail.example.org", OUTCOME_PASS, "mail.example.org",
         "TXT mail.example.org: v=spf1 a -all"},
        {HELO "texts []\n" HELO "results absent", "spf.helo@mail.example.org", OUTCOME_INFO, "no SPF record",
         "mail.example.org. IN TXT \"v=spf1 a -all\""},
        /* the domain's own record is never replaced by one for a server */
        {HELO "name \"example.org\"\n" HELO "texts []\n" HELO "results absent", "spf.helo@example.org",
         OUTCOME_INFO, "no SPF record", "The name is the domain itself"},
        {HELO "name \"example.org\"\n" HELO "results.0.result \"softfail\"", "spf.helo@example.org",
         OUTCOME_FAIL, "softfail", LINE "\"v=spf1 ip4:11.10.1.25 mx include:_spf.provider.example ~all\""},
        {HELO "results.0.result \"softfail\"", "spf.helo@mail.example.org", OUTCOME_FAIL, "softfail",
         "in place of the record of the name:\n  mail.example.org. IN TXT \"v=spf1 a -all\""},
        {HELO "question {\"outcome\": \"failure\", \"reason\": \"timeout\"}", "spf.helo@mail.example.org",
         OUTCOME_NOT_TESTED, "timeout", NULL},
        /* named by "mx": it sends */
        {HELO "results.0.result \"fail\"", "spf.helo@mail.example.org", OUTCOME_FAIL,
         "does not let 11.10.1.25", NULL},
        /* named by nobody: it may only receive */
        {HELO "results.0.result \"fail\"\nfacts.spf.results []", "spf.helo@mail.example.org", OUTCOME_INFO,
         NULL, NULL},
        {HELO "results.1.result \"permerror\"\n" HELO "results.1.reason \"no good\"",
         "spf.helo@mail.example.org", OUTCOME_FAIL, "no good", NULL},
        {HELO "results.1.result \"temperror\"", "spf.helo@mail.example.org", OUTCOME_NOT_TESTED, NULL, NULL},
        {"facts.spf.helo []", "spf.helo@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {GONE, "spf.helo@" D, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

/* ---- who counts as a sender ---- */

Test(checks_spf, address_sends)
{
    static const struct {
        const char *network;
        bool sends;
    } rows[] = {
        {"\"11.10.1.25\"", true},   {"\"11.10.1.0/24\"", true},  {"\"11.10.0.0/23\"", false},
        {"\"2a11:11::/64\"", true}, {"\"2a11:11::/63\"", false}, {"null", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new(0);
        const char *patch = arena_format(arena, "facts.spf.results.0.network %s", rows[i].network);
        struct judgement *judgement = judged(arena, patched_scan(arena, patch));

        cr_expect_eq(address_sends(judgement, "11.10.1.25") != NULL, rows[i].sends, "%s", rows[i].network);
        cr_expect_null(address_sends(judgement, "11.10.1.26"));
        arena_free(arena);
    }
}

/* ---- a record in several strings ---- */

Test(checks_spf, zone_line)
{
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged(arena, faultless_scan(arena));
    struct buffer record = {0};
    const char *line, *at;
    size_t strings = 0, total = 0;

    put_text(&record, "v=spf1");
    for (int i = 0; i < 40; i++)
        put_format(&record, " ip4:192.0.2.%d", i);
    put_format(&record, " a:%0300d.example \\\"quoted -all", 7);
    put_u8(&record, '\0');
    line = txt_record_lines(judgement, "example.org", (const char *)record.data);
    cr_expect_eq(strncmp(line, "  example.org. IN TXT (\n    \"v=spf1 ip4:192.0.2.0 ", 50), 0, "%s", line);
    for (at = strchr(line, '"'); at != NULL; at = strchr(at, '"')) {
        size_t size = 0;

        for (at++; *at != '\0' && *at != '"'; size++)
            at += *at == '\\' && at[1] != '\0' ? 2 : 1;
        cr_expect_leq(size, (size_t)255);
        cr_assert_eq(*at++, '"');
        total += size;
        strings++;
    }
    cr_expect_eq(strings, 5, "%zu", strings);
    cr_expect_gt(total, (size_t)850);
    buffer_free(&record);
    arena_free(arena);
}
