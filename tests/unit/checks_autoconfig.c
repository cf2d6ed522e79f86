/*
 * checks_autoconfig.c - verdicts on what mail programs find by themselves
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define D "example.org"
#define H HOST_NAME

#define QUESTION(name, type, outcome)                                                                        \
    "{\"name\": \"" name "\", \"type\": \"" type "\", \"outcome\": \"" outcome "\"}"
#define NONE(name, type) QUESTION(name, type, "nxdomain")
#define HERE(name, address)                                                                                  \
    "{\"name\": \"" name "\", \"a\": {\"name\": \"" name                                                     \
    "\", \"type\": \"A\", \"outcome\": \"data\", \"records\": [\"" address "\"]}, \"aaaa\": "                \
    "{\"name\": \"" name "\", \"type\": \"AAAA\", \"outcome\": \"nodata\"}}"
#define SRV(service, targets)                                                                                \
    "{\"service\": \"" service "\", \"question\": {\"name\": \"" service                                     \
    ".example.org\", \"type\": \"SRV\", "                                                                    \
    "\"outcome\": \"data\"}, \"targets\": [" targets "]}"
#define NO_SRV(service)                                                                                      \
    "{\"service\": \"" service "\", \"question\": " NONE(service ".example.org", "SRV") ", \"targets\": []}"
#define TARGET(port, host) "{\"priority\": 0, \"weight\": 1, \"port\": " port ", \"host\": \"" host "\"}"
#define ABSENT(host)                                                                                         \
    "{\"host\": \"" host "\", \"a\": " NONE(host, "A") ", \"aaaa\": " NONE(host, "AAAA") ", \"fetches\": "   \
                                                                                         "[]}"
#define PLACE(host, fetch, file)                                                                             \
    "{\"host\": \"" host                                                                                     \
    "\", \"a\": {\"outcome\": \"data\"}, \"aaaa\": {\"outcome\": \"nodata\"}, \"fetches\": "                 \
    "[{\"url\": \"https://" host                                                                             \
    "/x\", \"address\": \"11.20.1.80\", \"port\": 443, \"contacted\": true, " fetch "}], \"file\": " file    \
    "}"
#define STATUS(code) "\"result\": \"answered\", \"status\": " code
#define SERVER(protocol, host, port, security)                                                               \
    "{\"protocol\": \"" protocol "\", \"host\": \"" host "\", \"port\": " port ", \"security\": \"" security \
    "\", \"authentication\": [\"password-cleartext\"], \"username\": \"%EMAILADDRESS%\"}"
#define FILE_OF(root, servers)                                                                               \
    "{\"root\": \"" root "\", \"valid\": true, \"servers\": [" servers                                       \
    "], \"servers_left_out\": 0, \"faults\": []}"
#define IMAP SERVER("imap", H, "993", "tls")
#define SMTP SERVER("smtp", H, "465", "tls")

#define AUTOCONFIG(srv, mozilla, microsoft, hosts)                                                           \
    "facts.autoconfig {\"address\": \"outpost@example.org\", \"srv\": [" srv "], \"mozilla_host\": " mozilla \
    ", \"mozilla_well_known\": " ABSENT("example.org") ", \"microsoft_host\": " microsoft                    \
                                                       ", \"microsoft_domain\": " ABSENT(                    \
                                                           "example.org") ", \"hosts\": [" hosts "]}\n"
#define OUR       HERE(H, IPV4_ADDRESS)
#define RECORDS   SRV("_imaps._tcp", TARGET("993", H)) ", " SRV("_submissions._tcp", TARGET("465", H))
#define NO_MOZ    ABSENT("autoconfig.example.org")
#define NO_MS     ABSENT("autodiscover.example.org")
#define MOZ(list) PLACE("autoconfig.example.org", STATUS("200"), FILE_OF("clientConfig", list))
#define MS(list)  PLACE("autodiscover.example.org", STATUS("200"), FILE_OF("Autodiscover", list))
#define GOOD      AUTOCONFIG(RECORDS, MOZ(IMAP ", " SMTP), MS(IMAP ", " SMTP), OUR)
#define NOTHING   AUTOCONFIG(NO_SRV("_imaps._tcp"), NO_MOZ, NO_MS, "")
#define A         "facts.autoconfig."
#define HOST      A "mozilla_host."
#define FETCH     HOST "fetches.0."
#define FILE_     HOST "file."

Test(checks_autoconfig, srv)
{
    static const struct verdict_row srv[] = {
        {GOOD, "autoconfig.srv@" D, OUTCOME_PASS, NULL, "_imaps._tcp.example.org"},
        {NOTHING, "autoconfig.srv@" D, OUTCOME_INFO, "No SRV records",
         "_submissions._tcp.example.org. IN SRV 0 1 465 mail.example.org.\n  _submission._tcp.example.org. "
         "IN SRV 10 1 "
         "587 mail.example.org.\n  _imaps._tcp.example.org. IN SRV 0 1 993 mail.example.org."},
        /* what is not known is not there to be published */
        {NOTHING "facts.endpoints []", "autoconfig.srv@" D, OUTCOME_INFO, NULL,
         "_imaps._tcp.example.org. IN SRV 0 1 993 <mail host>."},
        {"", "autoconfig.srv@" D, OUTCOME_NOT_TESTED, "it was not asked", NULL},
        {NOTHING A "srv.0.question.outcome \"failure\"\n" A "srv.0.question.reason \"SERVFAIL\"",
         "autoconfig.srv@" D, OUTCOME_NOT_TESTED, "SERVFAIL", NULL},
        {NOTHING A "srv.0.question.security \"bogus\"", "autoconfig.srv@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {AUTOCONFIG(SRV("_imap._tcp", TARGET("0", ".")), NO_MOZ, NO_MS, ""), "autoconfig.srv@" D,
         OUTCOME_INFO, "offered nothing", NULL},
        {AUTOCONFIG(SRV("_imap._tcp", TARGET("0", ".") ", " TARGET("143", H)), NO_MOZ, NO_MS, OUR),
         "autoconfig.srv@" D, OUTCOME_WARN, "another one where", NULL},
        {GOOD A "srv.0.targets.0.port 0", "autoconfig.srv@" D, OUTCOME_WARN, "port 0 at mail.example.org",
         NULL},
        {GOOD A "hosts.0.a.aliases [\"a.example.net\", \"real.example.net\"]", "autoconfig.srv@" D,
         OUTCOME_WARN, "_imaps._tcp: mail.example.org is an alias of real.example.net",
         "_imaps._tcp.example.org. IN SRV 0 1 993 real.example.net."},
        {GOOD A "hosts.0.a.outcome \"nxdomain\"", "autoconfig.srv@" D, OUTCOME_FAIL,
         "mail.example.org has no address", NULL},
        {GOOD A "hosts.0.a.outcome \"failure\"", "autoconfig.srv@" D, OUTCOME_PASS, NULL, NULL},
        {GOOD "facts.dns.null_mx true", "autoconfig.srv@" D, OUTCOME_NOT_APPLICABLE, "takes no mail", NULL},
        {GOOD "facts.dns.domain null\ntarget_kind \"host\"", "autoconfig.srv@" D, 0, NULL, NULL},
    };

    CHECK_VERDICTS(srv);
}

#define WILDCARD "facts.zone.random_a {\"name\": \"x.example.org\", \"type\": \"A\", \"outcome\": \"data\"}\n"

Test(checks_autoconfig, mozilla)
{
    static const struct verdict_row mozilla[] = {
        {GOOD, "autoconfig.mozilla@" D, OUTCOME_PASS, "is at https://autoconfig.example.org/x",
         "https://autoconfig.example.org/x at 11.20.1.80: a file that mail programs can use"},
        {NOTHING, "autoconfig.mozilla@" D, OUTCOME_INFO, "no configuration file",
         "<incomingServer type=\"imap\">\n        <hostname>mail.example.org</hostname>\n        "
         "<port>993</port>\n        "
         "<socketType>SSL</socketType>"},
        {NOTHING "facts.endpoints []", "autoconfig.mozilla@" D, OUTCOME_INFO, NULL,
         "<hostname>MAIL HOST</hostname>"},
        {"", "autoconfig.mozilla@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {GOOD FILE_ "faults [\"server 1 (imap): no\", \"two\"]", "autoconfig.mozilla@" D, OUTCOME_WARN,
         "has faults: server 1 (imap): no", "two"},
        {GOOD FILE_ "valid false\n" FILE_ "faults [\"line 4: cut\"]", "autoconfig.mozilla@" D, OUTCOME_FAIL,
         "cannot read Mozilla's configuration file: line 4: cut", "<domain>example.org</domain>"},
        {GOOD FILE_ "root \"html\"\n" FILE_ "valid false", "autoconfig.mozilla@" D, OUTCOME_INFO, NULL,
         "it answers with something else (html)"},
        {GOOD FILE_ "root null\n" FILE_ "valid false", "autoconfig.mozilla@" D, OUTCOME_INFO, NULL,
         "(no XML)"},
        {GOOD HOST "file null\n" FETCH "status 404", "autoconfig.mozilla@" D, OUTCOME_INFO, NULL,
         "HTTP status 404"},
        {GOOD HOST "file null\n" FETCH "status 500", "autoconfig.mozilla@" D, OUTCOME_WARN, "HTTP status 500",
         NULL},
        {GOOD HOST "file null\n" FETCH "status 401", "autoconfig.mozilla@" D, OUTCOME_WARN, "HTTP status 401",
         NULL},
        {GOOD HOST "file null\n" FETCH "status 301\n" HOST "reason \"there are more than 3 redirects\"",
         "autoconfig.mozilla@" D, OUTCOME_WARN, "more than 3 redirects", NULL},
        /* what is behind a redirect that we could not follow is not known */
        {GOOD HOST "file null\n" HOST
                   "fetches.1 {\"url\": \"https://six.example.net/\", \"port\": 443, \"contacted\": "
                   "false, \"reason\": \"no IPv6 here\"}\n" FETCH "status 301",
         "autoconfig.mozilla@" D, OUTCOME_NOT_TESTED, "no IPv6 here", "https://six.example.net/: no IPv6"},
        {GOOD HOST "file null\n" FETCH "result \"certificate\"\n" FETCH "reason \"no alternative name\"",
         "autoconfig.mozilla@" D, OUTCOME_WARN, "its certificate is not valid for it (no alternative name)",
         NULL},
        /* the name is there because every name is */
        {GOOD WILDCARD HOST "file null\n" FETCH "result \"certificate\"", "autoconfig.mozilla@" D,
         OUTCOME_INFO, NULL, "its certificate is not valid"},
        {GOOD HOST "file null\n" FETCH "result \"slow\"\n" FETCH "reason \"no answer in time\"",
         "autoconfig.mozilla@" D, OUTCOME_WARN, "no answer in time", NULL},
        {GOOD HOST "file null\n" FETCH "result \"refused\"\n" FETCH "reason \"connection refused\"",
         "autoconfig.mozilla@" D, OUTCOME_INFO, NULL, "connection refused"},
        {GOOD HOST "file null\n" FETCH "result null\n" FETCH "reason \"the time of the scan was over\"",
         "autoconfig.mozilla@" D, OUTCOME_NOT_TESTED, "the time of the scan was over", NULL},
        {GOOD HOST "fetches []\n" HOST "file null\n" HOST "reason \"private address\"",
         "autoconfig.mozilla@" D, OUTCOME_NOT_TESTED, "private address", NULL},
        {NOTHING HOST "a.outcome \"failure\"\n" HOST "a.reason \"timeout\"", "autoconfig.mozilla@" D,
         OUTCOME_NOT_TESTED, "timeout", NULL},
        {NOTHING HOST "a.security \"bogus\"", "autoconfig.mozilla@" D, OUTCOME_NOT_TESTED, "bogus", NULL},
        /* the web site of the domain */
        {NOTHING A "mozilla_well_known " PLACE("example.org", STATUS("200"), FILE_OF("clientConfig", IMAP)),
         "autoconfig.mozilla@" D, OUTCOME_PASS, "is at https://example.org/x", NULL},
        {NOTHING A "mozilla_well_known " PLACE("example.org", "\"result\": \"certificate\"", "null"),
         "autoconfig.mozilla@" D, OUTCOME_INFO, NULL, "its certificate is not valid"},
        {NOTHING A
         "mozilla_host_http " PLACE("autoconfig.example.org", STATUS("200"), FILE_OF("clientConfig", IMAP)),
         "autoconfig.mozilla@" D, OUTCOME_WARN, "only without HTTPS", "https://autoconfig.example.org/mail/"},
    };

    CHECK_VERDICTS(mozilla);
}

#define DISCOVER A "microsoft_host."

Test(checks_autoconfig, microsoft)
{
    static const struct verdict_row microsoft[] = {
        {GOOD, "autoconfig.microsoft@" D, OUTCOME_PASS, "answers at https://autodiscover.example.org/x",
         NULL},
        {NOTHING, "autoconfig.microsoft@" D, OUTCOME_INFO, "There is no Autodiscover", NULL},
        {"", "autoconfig.microsoft@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {GOOD DISCOVER "file null\n" DISCOVER "fetches.0.status 401", "autoconfig.microsoft@" D, OUTCOME_INFO,
         "asks for a password", NULL},
        {GOOD DISCOVER "file null\n" DISCOVER "fetches.0.status 404", "autoconfig.microsoft@" D, OUTCOME_INFO,
         "There is no Autodiscover", "HTTP status 404"},
        {GOOD DISCOVER "file.valid false\n" DISCOVER "file.message \"No such user\"",
         "autoconfig.microsoft@" D, OUTCOME_INFO, "names no server: No such user", NULL},
        {GOOD DISCOVER "file.valid false\n" DISCOVER "file.elsewhere \"a@example.net\"",
         "autoconfig.microsoft@" D, OUTCOME_INFO, "refers to a@example.net", NULL},
        {GOOD DISCOVER "file null\n" DISCOVER "fetches.0.result \"certificate\"", "autoconfig.microsoft@" D,
         OUTCOME_INFO, "its certificate is not valid", NULL},
        /* the web site of the domain: one page behind a password, and all of them */
        {NOTHING A "microsoft_domain " PLACE("example.org", STATUS("401"), "null"), "autoconfig.microsoft@" D,
         OUTCOME_INFO, "asks for a password", NULL},
        {NOTHING A
         "microsoft_domain " PLACE("example.org", STATUS("401"), "null") "\n" A "mozilla_well_known " PLACE(
             "example.org", STATUS("401"), "null"),
         "autoconfig.microsoft@" D, OUTCOME_INFO, "There is no Autodiscover", "HTTP status 401"},
        /* as Microsoft 365 has it: the certificate is its own, and the way leads over plain HTTP */
        {GOOD DISCOVER "file null\n" DISCOVER "fetches.0.result \"certificate\"\n" DISCOVER
                       "a.aliases [\"autodiscover.outlook.example\"]",
         "autoconfig.microsoft@" D, OUTCOME_NOT_TESTED,
         "is an alias of autodiscover.outlook.example, and has nothing by HTTPS", NULL},
        {GOOD WILDCARD DISCOVER "file null\n" DISCOVER "fetches.0.result \"certificate\"\n" DISCOVER
                                "a.aliases [\"example.org\"]",
         "autoconfig.microsoft@" D, OUTCOME_INFO, "There is no Autodiscover", NULL},
        {NOTHING DISCOVER "a.outcome \"failure\"", "autoconfig.microsoft@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {NOTHING A "microsoft_srv " PLACE("pox.example.net", STATUS("200"), FILE_OF("Autodiscover", IMAP)),
         "autoconfig.microsoft@" D, OUTCOME_PASS, "https://pox.example.net/x", NULL},
    };

    CHECK_VERDICTS(microsoft);
}

#define C            "autoconfig.consistent@" D
#define FIRST_SERVER FILE_ "servers.0."
#define MS_SERVER    DISCOVER "file.servers.0."

#define DEAD(port)                                                                                           \
    port ".state \"refused\"\n" port ".reason \"connection refused\"\n" port ".tls null\n" port ".imap "     \
         "null\n"

Test(checks_autoconfig, promises_and_ports)
{
    static const struct verdict_row promises[] = {
        {GOOD, C, OUTCOME_PASS, NULL, NULL},
        {NOTHING, C, OUTCOME_NOT_APPLICABLE, "promised nothing", NULL},
        {"", C, OUTCOME_NOT_TESTED, NULL, NULL},
        {NOTHING HOST "a.outcome \"failure\"", C, OUTCOME_NOT_TESTED, NULL, NULL},
        {GOOD FIRST_SERVER "security \"plain\"", C, OUTCOME_FAIL,
         "Mozilla's file: IMAP at mail.example.org port 993 (no encryption): without encryption",
         "<clientConfig"},
        {GOOD FIRST_SERVER "security \"starttls\"", C, OUTCOME_FAIL, "TLS from the first byte, and STARTTLS",
         "993: TLS by the SRV records, STARTTLS by Mozilla's file"},
        {GOOD FIRST_SERVER "security \"any\"", C, OUTCOME_PASS, NULL, NULL},
        {AUTOCONFIG("", MOZ(SERVER("smtp", H, "587", "tls")), NO_MS, OUR), C, OUTCOME_FAIL,
         "begins in clear text", NULL},
        {AUTOCONFIG("", MOZ(SERVER("smtp", H, "587", "starttls")), NO_MS, OUR), C, OUTCOME_PASS, NULL, NULL},
        {AUTOCONFIG("", MOZ(SERVER("smtp", H, "587", "starttls")), NO_MS,
                    OUR) "E587.smtp.starttls_offered false\n"
                         "E587.tls null",
         C, OUTCOME_FAIL, "does not offer STARTTLS", NULL},
        {AUTOCONFIG("", MOZ(SERVER("imap", H, "465", "tls")), NO_MS, OUR), C, OUTCOME_FAIL,
         "for another service (submissions)", NULL},
        /* an address where nobody is is passed over; nobody anywhere is another thing */
        {GOOD DEAD("E993"), C, OUTCOME_PASS, NULL, NULL},
        {GOOD DEAD("E993") DEAD("F993"), C, OUTCOME_FAIL,
         "nobody is there (2a11:11:1001::25: connection refused)",
         "<Type>IMAP</Type>\n    <Server>MAIL HOST</Server>"},
        /* silence is not absence */
        {GOOD "E993.state \"silent\"\nE993.tls null\nE993.imap null\nF993.state \"silent\"\nF993.tls null\n"
              "F993.imap null\n",
         C, OUTCOME_NOT_TESTED, NULL, "Mozilla's file: IMAP at mail.example.org port 993 (TLS): not tested"},
        {GOOD "E993.state \"not_contacted\"\nE993.reason \"no IPv4 here\"\nE993.tls null\nE993.imap null\n",
         C, OUTCOME_PASS, NULL, NULL},
        {GOOD "CERT993.sans [\"www.example.net\"]", C, OUTCOME_FAIL, "does not cover mail.example.org", NULL},
        /* RFC 6186 6: for an SRV record the domain will do */
        {AUTOCONFIG(RECORDS, NO_MOZ, NO_MS,
                    OUR) "CERT993.sans [\"example.org\"]\nCERT465.sans [\"example.org\"]",
         C, OUTCOME_PASS, NULL, NULL},
        {AUTOCONFIG(RECORDS, NO_MOZ, NO_MS, OUR) "CERT993.sans [\"example.net\"]", C, OUTCOME_FAIL,
         "does not cover mail.example.org, nor example.org", NULL},
        {AUTOCONFIG(SRV("_imap._tcp", TARGET("143", H)), NO_MOZ, NO_MS, OUR), C, OUTCOME_NOT_TESTED,
         "(--port 143 does)", NULL},
        {AUTOCONFIG(SRV("_imaps._tcp", TARGET("993", "imap.example.net")), NO_MOZ, NO_MS,
                    HERE("imap.example.net", "11.99.1.1")),
         C, OUTCOME_NOT_TESTED, "(--host imap.example.net does)", NULL},
        /* another name of a host that was scanned: which certificate it has for that name nobody looked */
        {AUTOCONFIG(SRV("_imaps._tcp", TARGET("993", "imap.example.org")), NO_MOZ, NO_MS,
                    HERE("imap.example.org", IPV4_ADDRESS)),
         C, OUTCOME_NOT_TESTED, "which certificate is shown for imap.example.org", NULL},
        {AUTOCONFIG(SRV("_imaps._tcp", TARGET("993", "imap.example.org")), NO_MOZ, NO_MS,
                    HERE("imap.example.org", IPV4_ADDRESS)) "CERT993.sans [\"mail.example.org\", "
                                                            "\"imap.example.org\"]",
         C, OUTCOME_PASS, NULL, NULL},
        {AUTOCONFIG(SRV("_imaps._tcp", TARGET("993", "imap.example.org")), NO_MOZ, NO_MS,
                    HERE("imap.example.org", "")) A "hosts.0.a " NONE("imap.example.org", "A"),
         C, OUTCOME_FAIL, "imap.example.org has no address", NULL},
    };

    CHECK_VERDICTS(promises);
}

Test(checks_autoconfig, sources)
{
    static const struct verdict_row sources[] = {
        /* two ports that both work, and one that does not */
        {AUTOCONFIG(RECORDS, MOZ(IMAP ", " SERVER("smtp", H, "587", "starttls")), NO_MS, OUR), C,
         OUTCOME_INFO,
         "SMTP: mail.example.org port 465 by the SRV records, mail.example.org port 587 by Mozilla's file",
         NULL},
        {AUTOCONFIG(
             RECORDS, MOZ(IMAP ", " SERVER("smtp", H, "587", "starttls")), NO_MS,
             OUR) "E587.state \"silent\"\n"
                  "E587.smtp null\nE587.tls null\nF587.state \"silent\"\nF587.smtp null\nF587.tls null\n",
         C, OUTCOME_WARN, "SMTP: mail.example.org port 465 by the SRV records",
         "_submissions._tcp.example.org. IN SRV 0 1 465 mail"},
        {AUTOCONFIG(RECORDS, MOZ(SERVER("imap", "imap.example.net", "993", "tls")), NO_MS, OUR), C,
         OUTCOME_WARN,
         "IMAP: mail.example.org port 993 by the SRV records, imap.example.net port 993 by Mozilla's file",
         "imap.example.net could not be looked up"},
        /* one in common is enough */
        {AUTOCONFIG(RECORDS, MOZ(SMTP ", " SERVER("smtp", H, "587", "starttls")), NO_MS, OUR), C,
         OUTCOME_PASS, NULL, NULL},
        {AUTOCONFIG(SRV("_imaps._tcp", TARGET("0", ".")), MOZ(IMAP), NO_MS, OUR), C, OUTCOME_WARN,
         "by the SRV records (_imaps._tcp) it is not offered", NULL},
        {AUTOCONFIG(SRV("_imap._tcp", TARGET("0", ".")), MOZ(IMAP), NO_MS, OUR), C, OUTCOME_PASS, NULL, NULL},
        {GOOD MS_SERVER "authentication [\"NTLM\"]", C, OUTCOME_WARN,
         "Autodiscover wants NTLM (SPA), which Mozilla's file does not know", "<SPA>off</SPA>"},
        {GOOD MS_SERVER "authentication [\"none\"]", C, OUTCOME_WARN, "wants no password", NULL},
        {GOOD MS_SERVER "username \"outpost\"", C, OUTCOME_WARN,
         "log in with their address by Mozilla's file, with what stands before the @ by Autodiscover", NULL},
        {GOOD MS_SERVER "username \"outpost@example.org\"", C, OUTCOME_PASS, NULL, NULL},
        {GOOD MS_SERVER "username \"EXAMPLE\\\\outpost\"", C, OUTCOME_PASS, NULL, NULL},
        {GOOD MS_SERVER "security \"starttls\"", C, OUTCOME_FAIL, "Autodiscover: IMAP", NULL},
    };

    CHECK_VERDICTS(sources);
}
