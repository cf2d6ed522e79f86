/*
 * checks_dnsbl.c - verdicts on blacklists, and on what only concerns addresses that send
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define D     "example.org"
#define A     HOST_NAME "/" IPV4_ADDRESS
#define B     HOST_NAME "/" IPV6_ADDRESS
#define OTHER "11.30.1.2"
#define SENDER(address)                                                                                      \
    "facts.dns.senders [{\"address\": \"" address "\", \"source\": \"sender\", \"scope\": \"global\"}]\n"
#define LIST(zone, kind, tier, more)                                                                         \
    "{\"zone\": \"" zone "\", \"name\": \"The " zone "\", \"kind\": \"" kind "\", \"tier\": " tier           \
    ", \"welcome\": false, " more "}"
#define GOOD         "\"usable\": true, \"removal\": \"https://a.bl/remove\""
#define REFUSED      "\"usable\": false, \"fault\": \"refused\", \"reason\": \"public resolver\""
#define PARKED       "\"usable\": false, \"fault\": \"lists_all\", \"reason\": \"it answers everything\""
#define CODE(policy) "{\"code\": \"127.0.0.2\", \"meaning\": \"sent spam\", \"policy\": " policy "}"
#define LISTED(zone, policy)                                                                                 \
    "{\"zone\": \"" zone                                                                                     \
    "\", \"result\": \"listed\", \"codes\": [" CODE(policy) "], \"texts\": [\"since 2026\"]}"
#define CLEAN(zone)            "{\"zone\": \"" zone "\", \"result\": \"clean\"}"
#define SUBJECT(name, kind, l) "{\"name\": \"" name "\", \"kind\": \"" kind "\", \"lookups\": [" l "]}"
#define DNSBL(lists, subjects)                                                                               \
    "facts.dnsbl {\"source\": \"lists\", \"lists\": [" lists "], \"subjects\": [" subjects                   \
    "], \"left_out\": [\"" IPV6_ADDRESS "\"]}\n"
#define ONE(tier, policy)                                                                                    \
    DNSBL(LIST("a.bl", "ipv4", tier, GOOD) ", " LIST("b.bl", "ipv4", "1", GOOD),                             \
          SUBJECT(IPV4_ADDRESS, "ipv4", LISTED("a.bl", policy) ", " CLEAN("b.bl")))

/* Nothing says that the MX also sends. */
#define RECEIVER "facts.spf null\n"

Test(checks_dnsbl, address)
{
    static const struct verdict_row address[] = {
        {"", "dnsbl.address@" A, OUTCOME_PASS, "on no blacklist", NULL},
        {"facts.dnsbl null", "dnsbl.address@" A, OUTCOME_NOT_TESTED, "no blacklist was asked about it", NULL},
        {DNSBL(LIST("a.bl", "ipv4", "1", GOOD), SUBJECT(IPV4_ADDRESS, "ipv4", CLEAN("a.bl"))),
         "dnsbl.address@" A, OUTCOME_PASS, IPV4_ADDRESS " is on no blacklist",
         "not listed by 1 of 1 blacklists"},
        {DNSBL(LIST("a.bl", "ipv4", "1", GOOD), SUBJECT(IPV4_ADDRESS, "ipv4", CLEAN("a.bl"))),
         "dnsbl.address@" B, OUTCOME_NOT_TESTED, "left out", NULL},
        /* an MX only receives */
        {RECEIVER ONE("1", "false"), "dnsbl.address@" A, OUTCOME_INFO, "is listed by The a.bl",
         "If this address also sends mail, have it judged as a sender's: `--sender " IPV4_ADDRESS "`"},
        {RECEIVER ONE("1", "false"), "dnsbl.address@" A, OUTCOME_INFO, NULL,
         "The a.bl (a.bl): 127.0.0.2, sent spam"},
        {RECEIVER ONE("1", "false"), "dnsbl.address@" A, OUTCOME_INFO, NULL, "a.bl says: since 2026"},
        {RECEIVER ONE("1", "false"), "dnsbl.address@" A, OUTCOME_INFO, NULL, "listed by 1 of 2 blacklists"},
        {RECEIVER ONE("1", "true"), "dnsbl.address@" A, OUTCOME_INFO, NULL, "sends no mail directly"},
        /* what SPF names sends */
        {ONE("1", "false"), "dnsbl.address@" A, OUTCOME_FAIL, NULL, "the domain's SPF record names it"},
        /* a sender is what its lists' tiers say */
        {SENDER(IPV4_ADDRESS) ONE("1", "false"), "dnsbl.address@" A, OUTCOME_FAIL, "is listed by The a.bl",
         "Have it removed from The a.bl:\n  https://a.bl/remove"},
        {SENDER(IPV4_ADDRESS) ONE("1", "false"), "dnsbl.address@" A, OUTCOME_FAIL, NULL,
         "given with --sender"},
        {SENDER(IPV4_ADDRESS) ONE("1", "true"), "dnsbl.address@" A, OUTCOME_FAIL, NULL,
         "relayhost = [smtp.provider.example]:587"},
        {SENDER(IPV4_ADDRESS) ONE("2", "false"), "dnsbl.address@" A, OUTCOME_WARN, NULL, NULL},
        {SENDER(IPV4_ADDRESS) ONE("3", "false"), "dnsbl.address@" A, OUTCOME_INFO, NULL, NULL},
        {SENDER(IPV4_ADDRESS) ONE("null", "false"), "dnsbl.address@" A, OUTCOME_INFO, NULL, NULL},
        {SENDER(OTHER)
             DNSBL(LIST("a.bl", "ipv4", "1", GOOD), SUBJECT(OTHER, "ipv4", LISTED("a.bl", "false"))),
         "dnsbl.address@" OTHER, OUTCOME_FAIL, OTHER " is listed by The a.bl", NULL},
        {SENDER(OTHER) "facts.dns.senders.0.scope \"private\"", "dnsbl.address@" OTHER,
         OUTCOME_NOT_APPLICABLE, "not public", NULL},
        /* what a list of no use says is no listing, nor its absence */
        {SENDER(IPV4_ADDRESS)
             DNSBL(LIST("a.bl", "ipv4", "1", PARKED), SUBJECT(IPV4_ADDRESS, "ipv4", LISTED("a.bl", "false"))),
         "dnsbl.address@" A, OUTCOME_NOT_TESTED, "no blacklist could be used", NULL},
        {DNSBL(LIST("a.bl", "ipv4", "1", PARKED) ", " LIST("b.bl", "ipv4", "1", GOOD),
               SUBJECT(IPV4_ADDRESS, "ipv4", LISTED("a.bl", "false") ", " CLEAN("b.bl"))),
         "dnsbl.address@" A, OUTCOME_PASS, NULL, "not listed by 1 of 2 blacklists; 1 could not be used"},
        {DNSBL(LIST("a.bl", "ipv4", "1", GOOD), SUBJECT(IPV4_ADDRESS, "ipv4", "")), "dnsbl.address@" A,
         OUTCOME_NOT_TESTED, NULL, NULL},
        {DNSBL(LIST("a.bl", "ipv6", "1", GOOD), SUBJECT(IPV4_ADDRESS, "ipv4", "")), "dnsbl.address@" A,
         OUTCOME_NOT_TESTED, "no blacklist for this kind", NULL},
        /* a welcome list is good news, and no blacklist */
        {SENDER(IPV4_ADDRESS) DNSBL(
             LIST("a.bl", "ipv4", "1", GOOD) ", {\"zone\": \"w.wl\", \"name\": \"W\", \"kind\": \"ipv4\", "
                                             "\"welcome\": true, \"usable\": true}",
             SUBJECT(IPV4_ADDRESS, "ipv4", CLEAN("a.bl") ", " LISTED("w.wl", "false"))),
         "dnsbl.address@" A, OUTCOME_PASS, "on no blacklist", "welcome list W (w.wl): 127.0.0.2"},
    };

    CHECK_VERDICTS(address);
}

Test(checks_dnsbl, domain)
{
#define NAMES(tier, lookup) DNSBL(LIST("n.bl", "domain", tier, GOOD), SUBJECT(D, "domain", lookup))
    static const struct verdict_row domain[] = {
        {"", "dnsbl.domain@" D, OUTCOME_PASS, "on no blacklist", NULL},
        {"facts.dnsbl null", "dnsbl.domain@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {NAMES("1", CLEAN("n.bl")), "dnsbl.domain@" D, OUTCOME_PASS, D " is on no blacklist", NULL},
        {NAMES("1", LISTED("n.bl", "false")), "dnsbl.domain@" D, OUTCOME_FAIL, "is listed by The n.bl",
         "First find why"},
        {NAMES("2", LISTED("n.bl", "false")), "dnsbl.domain@" D, OUTCOME_WARN, NULL, NULL},
        {NAMES("3", LISTED("n.bl", "false")), "dnsbl.domain@" D, OUTCOME_INFO, NULL, NULL},
        {"facts.dns.domain null\ntarget_kind \"host\"", "dnsbl.domain@" D, 0, NULL, NULL},
    };

    CHECK_VERDICTS(domain);
}

Test(checks_dnsbl, usable)
{
#define TWO(first, second)                                                                                   \
    DNSBL(LIST("a.bl", "ipv4", "1", first) ", " LIST("b.bl", "ipv6", "1", second), SUBJECT(D, "domain", ""))
    static const struct verdict_row usable[] = {
        {"", "dnsbl.usable@" D, OUTCOME_PASS, "All 3 lists", NULL},
        {"facts.dnsbl null", "dnsbl.usable@" D, OUTCOME_NOT_TESTED, "no blacklist was asked", NULL},
        {"facts.dnsbl {\"source\": \"lists\", \"lists\": [], \"subjects\": []}", "dnsbl.usable@" D,
         OUTCOME_NOT_APPLICABLE, "nothing to look up", NULL},
        {DNSBL("", SUBJECT(D, "domain", "")), "dnsbl.usable@" D, OUTCOME_NOT_APPLICABLE,
         "there is no list to ask", NULL},
        {TWO(GOOD, GOOD), "dnsbl.usable@" D, OUTCOME_PASS, "All 2 lists", "1 addresses were left out"},
        {TWO(GOOD, REFUSED), "dnsbl.usable@" D, OUTCOME_INFO, "1 of 2 lists could not be used",
         "The b.bl (b.bl) for IPv6: public resolver"},
        {TWO(GOOD, REFUSED), "dnsbl.usable@" D, OUTCOME_INFO, NULL, "--resolver iterate"},
        {TWO(GOOD, REFUSED), "scan.vantage@" D, OUTCOME_INFO, "1 of the blacklists refuse our resolver",
         NULL},
        {TWO(GOOD, PARKED), "scan.vantage@" D, OUTCOME_PASS, NULL, NULL},
        {TWO(GOOD, PARKED), "dnsbl.usable@" D, OUTCOME_INFO, NULL, "postscreen_dnsbl_sites"},
        {TWO("\"usable\": true, \"iterated\": true", GOOD), "dnsbl.usable@" D, OUTCOME_PASS, NULL,
         "1 refused the resolver and were asked by iteration"},
        {TWO(PARKED, REFUSED), "dnsbl.usable@" D, OUTCOME_NOT_TESTED, "none of 2 lists",
         "The a.bl (a.bl): it answers everything"},
    };

    CHECK_VERDICTS(usable);
}

#define PTR0      "facts.ptr.0."
#define NO_NAME   PTR0 "question.outcome \"nxdomain\"\n" PTR0 "names []\n"
#define OF_SENDER "facts.ptr.0.address \"" OTHER "\"\n" SENDER(OTHER)

/* Reverse names: what informs for an MX fails for a sender. */
Test(checks_dnsbl, reverse_names)
{
    static const struct verdict_row reverse[] = {
        {RECEIVER NO_NAME, "ptr.present@" A, OUTCOME_INFO, NULL,
         "25.1.10.11.in-addr.arpa. IN PTR mail.example.org."},
        {SENDER(IPV4_ADDRESS) NO_NAME, "ptr.present@" A, OUTCOME_FAIL, "has no reverse name",
         "given with --sender"},
        {SENDER(IPV4_ADDRESS) NO_NAME, "ptr.present@" A, OUTCOME_FAIL, NULL,
         "Ask the provider of " IPV4_ADDRESS
         " to set its reverse name to that of the server, as mail.example.org"},
        {SENDER(IPV4_ADDRESS) PTR0 "names.1 {\"name\": \"two.example.org\"}", "ptr.present@" A, OUTCOME_WARN,
         "2 reverse names", NULL},
        {SENDER(IPV4_ADDRESS) PTR0 "question.outcome \"failure\"", "ptr.present@" A, OUTCOME_NOT_TESTED, NULL,
         NULL},
        {SENDER(OTHER), "ptr.present@" OTHER, OUTCOME_NOT_TESTED, NULL, NULL},
        {OF_SENDER, "ptr.present@" OTHER, OUTCOME_PASS, NULL, NULL},
        {OF_SENDER NO_NAME, "ptr.present@" OTHER, OUTCOME_FAIL, NULL,
         "2.1.30.11.in-addr.arpa. IN PTR out.example.org.\n  out.example.org. IN A 11.30.1.2"},
        {OF_SENDER PTR0 "names.0.confirmed false", "ptr.forward@" OTHER, OUTCOME_FAIL, "does not lead back",
         "Publish the way back:\n  mail.example.org. IN A 11.30.1.2"},
        {RECEIVER PTR0 "names.0.confirmed false", "ptr.forward@" A, OUTCOME_INFO, NULL, NULL},
        {OF_SENDER PTR0 "names.0.name \"11-30-1-2.dyn.provider.example\"", "ptr.generic@" OTHER, OUTCOME_WARN,
         "looks like a customer line's", "given with --sender"},
        {RECEIVER PTR0 "names.0.name \"11-10-1-25.provider.example\"", "ptr.generic@" A, OUTCOME_INFO, NULL,
         NULL},
        {OF_SENDER "facts.dns.senders.0.scope \"private\"", "ptr.present@" OTHER, OUTCOME_NOT_APPLICABLE,
         NULL, NULL},
        /* the name in EHLO need not be the reverse name, but some filters want it of a sender */
        {RECEIVER PTR0 "names.0.name \"other.example.org\"", "helo.name@" A ":25", OUTCOME_PASS, NULL, NULL},
        {SENDER(IPV4_ADDRESS), "helo.name@" A ":25", OUTCOME_PASS, NULL, NULL},
        {SENDER(IPV4_ADDRESS) PTR0 "names.0.name \"other.example.org\"", "helo.name@" A ":25", OUTCOME_INFO,
         "is not its reverse name", NULL},
    };

    CHECK_VERDICTS(reverse);
}
