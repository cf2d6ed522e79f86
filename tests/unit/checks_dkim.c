/*
 * checks_dkim.c - verdicts on DKIM keys
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define D             "example.org"
#define MAIL          D "#mail"
#define GIVEN         "DKIM.given true\n"
#define NONE          "facts.dkim.selectors []\n"
#define Q             "DKIM.question."
#define GONE          "DKIM.records []\n" Q "outcome \"nxdomain\"\n"
#define FAULT         "DKEY.key null\nDKEY.bits null\nDKEY.revoked null\nDKEY.fault \"no base64\"\n"
#define BROKEN(kinds) FAULT "DKEY.damage [" kinds "]\n"
#define SECOND                                                                                               \
    "facts.dkim.selectors.0.records.1 {\"text\": \"v=DKIM1; p=\", \"intended\": true, \"revoked\": true, "   \
    "\"damage\": []}\n"
#define OTHER(type, rest)                                                                                    \
    "facts.dkim.selectors.1 {\"name\": \"other\", \"given\": true, \"question\": {\"name\": "                \
    "\"other._domainkey.example.org\", \"type\": \"TXT\", \"outcome\": \"data\"}, \"records\": [{\"text\": " \
    "\"v=DKIM1\", \"intended\": true, \"revoked\": false, \"for_mail\": true, \"key_type\": \"" type         \
    "\", \"bits\": 256, \"key\": \"MAA=\"" rest "}]}\n"
#define EXPECTED                                                                                             \
    "DKIM.expected {\"text\": \"v=DKIM1; k=rsa; p=QUJD\", \"key_type\": \"rsa\", \"bits\": 2048, \"key\": "  \
    "\"QUJD\"}\n"
#define RECORD "  mail._domainkey.example.org. IN TXT \"v=DKIM1; k=rsa; p=QUJD\""

Test(checks_dkim, key)
{
    static const struct verdict_row key[] = {
        {"", "dkim.key@" MAIL, OUTCOME_PASS, "mail has a key (RSA 2048)", "a selector of docker-mailserver"},
        {GIVEN, "dkim.key@" MAIL, OUTCOME_PASS, NULL, NULL},
        {"DKEY.remarks [\"tag x: verifiers ignore it\"]", "dkim.key@" MAIL, OUTCOME_PASS, NULL, "tag x"},
        {GIVEN GONE, "dkim.key@" MAIL, OUTCOME_FAIL, "no key under the selector mail",
         "setup config dkim keysize 2048 selector mail domain example.org"},
        {GIVEN GONE EXPECTED, "dkim.key@" MAIL, OUTCOME_FAIL, NULL, RECORD},
        {GIVEN GONE Q "security \"bogus\"", "dkim.key@" MAIL, OUTCOME_NOT_TESTED, "bogus", NULL},
        {GIVEN "DKEY.intended false", "dkim.key@" MAIL, OUTCOME_FAIL, "no key under", NULL},
        {GIVEN "DKIM.records []\n" Q "outcome \"failure\"\n" Q "reason \"SERVFAIL\"", "dkim.key@" MAIL,
         OUTCOME_NOT_TESTED, "SERVFAIL", NULL},
        {GONE Q "aliases [\"mail.onmicrosoft.example\"]\nDKIM.provider \"Microsoft 365\"", "dkim.key@" MAIL,
         OUTCOME_WARN, "leads to no key", "switch DKIM on there"},
        {GIVEN GONE Q "aliases [\"mail.elsewhere.example\"]\n", "dkim.key@" MAIL, OUTCOME_FAIL,
         "leads to no key", "the alias leads to mail.elsewhere.example"},
        {SECOND, "dkim.key@" MAIL, OUTCOME_FAIL, "has 2 keys", "remove the others"},
        {FAULT, "dkim.key@" MAIL, OUTCOME_FAIL, "no base64", NULL},
        {FAULT EXPECTED, "dkim.key@" MAIL, OUTCOME_FAIL, NULL, RECORD},
        {FAULT "DKEY.repaired \"v=DKIM1; k=rsa; p=QUJD\"", "dkim.key@" MAIL, OUTCOME_FAIL, NULL, RECORD},
        {BROKEN("\"quotes\""), "dkim.key@" MAIL, OUTCOME_NOT_APPLICABLE, "dkim.damage", NULL},
        {"DKEY.revoked true\nDKEY.key null\nDKEY.bits null", "dkim.key@" MAIL, OUTCOME_INFO, "revoked", NULL},
        {GIVEN "DKEY.revoked true\nDKEY.key null\nDKEY.bits null", "dkim.key@" MAIL, OUTCOME_FAIL, "revoked",
         "no longer count"},
        {"DKEY.for_mail false", "dkim.key@" MAIL, OUTCOME_FAIL, "not for mail", "`s=`"},
        {"DKIM.wildcard true\n" GIVEN, "dkim.key@" MAIL, OUTCOME_PASS, NULL, "a wildcard"},
        {NONE, "dkim.key@" D, OUTCOME_NOT_TESTED, "others below _domainkey: name yours with --selector",
         "70 common selectors were asked for"},
        {NONE "facts.dkim.node.outcome \"nxdomain\"", "dkim.key@" D, OUTCOME_NOT_TESTED,
         "no common selector has a key: name yours", NULL},
        {NONE "facts.dkim.node.outcome \"nxdomain\"\nfacts.dkim.node.security \"secure\"", "dkim.key@" D,
         OUTCOME_NOT_TESTED, "DNSSEC proves", NULL},
        {NONE "facts.dkim.common_lost 3", "dkim.key@" D, OUTCOME_NOT_TESTED, "(3 gave no answer)", NULL},
        {NONE "facts.dkim.node.outcome \"failure\"\nfacts.dkim.node.reason \"timeout\"", "dkim.key@" D,
         OUTCOME_NOT_TESTED, "timeout", NULL},
        {NONE "facts.dkim.random_records [{\"text\": \"v=spf1 -all\", \"intended\": false}]", "dkim.key@" D,
         OUTCOME_NOT_TESTED, "a wildcard answers for every selector", NULL},
        {NONE
         "facts.dkim.random_records [{\"text\": \"v=DKIM1; p=\", \"intended\": true, \"revoked\": true}]",
         "dkim.key@" D, OUTCOME_INFO, "signs nothing", NULL},
        {"facts.dkim absent", "dkim.key@" D, OUTCOME_NOT_TESTED, "it was not asked", NULL},
        {"", "dkim.key@" D, 0, NULL, NULL},
        {NONE "facts.dns.domain null\ntarget_kind \"host\"", "dkim.key@" D, 0, NULL, NULL},
        {"facts.dns.mx.outcome \"nxdomain\"", "dkim.key@" MAIL, 0, NULL, NULL},
        {"facts.dns.mx.outcome \"nxdomain\"", "dkim.key@" D, OUTCOME_NOT_APPLICABLE, "does not exist", NULL},
    };

    CHECK_VERDICTS(key);
}

#define BITS(bits) "DKEY.bits " bits "\n"

Test(checks_dkim, strength)
{
    static const struct verdict_row strength[] = {
        {"", "dkim.strength@" MAIL, OUTCOME_PASS, "RSA 2048", "public exponent 65537"},
        {BITS("4096"), "dkim.strength@" MAIL, OUTCOME_PASS, NULL, NULL},
        {BITS("4097"), "dkim.strength@" MAIL, OUTCOME_WARN, "need not verify", NULL},
        {BITS("2047"), "dkim.strength@" MAIL, OUTCOME_WARN, "RSA 2047: 2048 bits or more",
         "another selector"},
        {BITS("1024"), "dkim.strength@" MAIL, OUTCOME_WARN, NULL,
         "opendkim-genkey -b 2048 -s mail-2048 -d example.org"},
        {BITS("1023"), "dkim.strength@" MAIL, OUTCOME_FAIL, "must not accept", NULL},
        {"DKEY.exponent 1", "dkim.strength@" MAIL, OUTCOME_FAIL, "exponent", NULL},
        {"DKEY.exponent 4", "dkim.strength@" MAIL, OUTCOME_FAIL, "exponent", NULL},
        {"DKEY.exponent 3", "dkim.strength@" MAIL, OUTCOME_PASS, NULL, NULL},
        {"DKEY.hashes [\"sha1\"]", "dkim.strength@" MAIL, OUTCOME_FAIL, "no hash", "`h=`"},
        {"DKEY.hashes [\"sha1\"]\nDKEY.text \"v=DKIM1; h=sha1; p=QUJD\"", "dkim.strength@" MAIL, OUTCOME_FAIL,
         NULL, "IN TXT \"v=DKIM1; p=QUJD\""},
        {"DKEY.hashes [\"sha1\", \"sha256\"]", "dkim.strength@" MAIL, OUTCOME_PASS, NULL, "h=sha1:sha256"},
        {OTHER("ed25519", ""), "dkim.strength@" D "#other", OUTCOME_PASS, "Ed25519", NULL},
        {OTHER("ed25519", "") GONE, "dkim.strength@" D "#other", OUTCOME_WARN,
         "no RSA key was found beside it", "selector other-rsa domain example.org"},
        {FAULT, "dkim.strength@" MAIL, 0, NULL, NULL},
        {SECOND, "dkim.strength@" MAIL, 0, NULL, NULL},
    };

    CHECK_VERDICTS(strength);
}

Test(checks_dkim, testing)
{
    static const struct verdict_row testing[] = {
        {"", "dkim.testing@" MAIL, OUTCOME_PASS, "in earnest", NULL},
        {"DKEY.testing true", "dkim.testing@" MAIL, OUTCOME_WARN, "t=y", "Take `y` out of `t=`"},
        {"DKEY.testing true\nDKEY.text \"v=DKIM1; t=y; p=QUJD\"", "dkim.testing@" MAIL, OUTCOME_WARN, NULL,
         "  mail._domainkey.example.org. IN TXT \"v=DKIM1; p=QUJD\""},
        {"DKEY.testing true\nDKEY.strict true\nDKEY.text \"v=DKIM1; p=QUJD; t = y:s\"", "dkim.testing@" MAIL,
         OUTCOME_WARN, NULL, "\"v=DKIM1; p=QUJD; t=s; \""},
        {"DKEY.testing true\nDKEY.text null", "dkim.testing@" MAIL, OUTCOME_WARN, NULL, NULL},
        {"DKEY.strict true", "dkim.testing@" MAIL, OUTCOME_INFO, "t=s", NULL},
        {"DKEY.strict true\nDKEY.testing true", "dkim.testing@" MAIL, OUTCOME_WARN, NULL, NULL},
        {FAULT, "dkim.testing@" MAIL, 0, NULL, NULL},
    };

    CHECK_VERDICTS(testing);
}

Test(checks_dkim, expected)
{
    static const struct verdict_row expected[] = {
        {"", "dkim.expected@" MAIL, 0, NULL, NULL},
        {EXPECTED "DKIM.matches true", "dkim.expected@" MAIL, OUTCOME_PASS, "is the one that was given",
         NULL},
        {EXPECTED "DKIM.matches false", "dkim.expected@" MAIL, OUTCOME_FAIL, "is not the one", RECORD},
        /* the zone of a provider is nothing that the reader can publish in */
        {EXPECTED "DKIM.matches false\n" Q "aliases [\"mail.onmicrosoft.example\"]", "dkim.expected@" MAIL,
         OUTCOME_FAIL, "is not the one", RECORD},
        {EXPECTED "DKIM.matches false\n" BROKEN("\"pem\""), "dkim.expected@" MAIL, OUTCOME_NOT_APPLICABLE,
         "dkim.damage", NULL},
        {EXPECTED GONE, "dkim.expected@" MAIL, OUTCOME_NOT_APPLICABLE, "dkim.key", NULL},
        {EXPECTED "DKIM.records []\n" Q "outcome \"failure\"", "dkim.expected@" MAIL, OUTCOME_NOT_TESTED,
         "could not be looked up", NULL},
    };

    CHECK_VERDICTS(expected);
}

/* 250 and more bytes */
#define TENTH "0123456789abcdefghijklmno"
#define LONG  TENTH TENTH TENTH TENTH TENTH TENTH TENTH TENTH

Test(checks_dkim, damage)
{
    static const struct verdict_row damage[] = {
        {"", "dkim.damage@" MAIL, OUTCOME_PASS, "came whole", NULL},
        {"DKEY.damage [\"white_space\"]", "dkim.damage@" MAIL, OUTCOME_INFO, "white space inside", NULL},
        {BROKEN("\"quotes\", \"backslashes\"") "DKEY.repaired \"v=DKIM1; k=rsa; p=QUJD\"",
         "dkim.damage@" MAIL, OUTCOME_FAIL, "is damaged: the quotes of a zone file", RECORD},
        {BROKEN("\"quotes\", \"backslashes\""), "dkim.damage@" MAIL, OUTCOME_FAIL, NULL,
         "backslashes stand before the semicolons"},
        {BROKEN("\"owner_name\", \"truncated\""), "dkim.damage@" MAIL, OUTCOME_FAIL,
         "the end of the key is missing", "copy the whole record again"},
        {BROKEN("\"second_string\"") EXPECTED, "dkim.damage@" MAIL, OUTCOME_FAIL, "only the first string",
         RECORD},
        {BROKEN("\"private_key\"") "DKEY.repaired \"v=DKIM1; k=rsa; p=QUJD\"", "dkim.damage@" MAIL,
         OUTCOME_FAIL, "the private key", "Remove the record at once"},
        {BROKEN("\"pem\"") "DKEY.repaired \"" LONG "tail\"", "dkim.damage@" MAIL, OUTCOME_FAIL, "PEM",
         "  mail._domainkey.example.org. IN TXT (\n    \"" LONG "\"\n    \"tail\" )"},
        {BROKEN("\"pem\"") "DKEY.repaired \"v=DKIM1; p=QUJD\"\n" Q "aliases [\"key.provider.example\"]",
         "dkim.damage@" MAIL, OUTCOME_FAIL, NULL, "  key.provider.example. IN TXT \"v=DKIM1; p=QUJD\""},
        {BROKEN("\"something new\""), "dkim.damage@" MAIL, OUTCOME_FAIL, "something new", NULL},
        {FAULT, "dkim.damage@" MAIL, 0, NULL, NULL},
        {GONE, "dkim.damage@" MAIL, 0, NULL, NULL},
        /* the other half is no key by itself, so there is one record that is meant to be one */
        {"DKEY.intended false\nfacts.dkim.selectors.0.records.1 {\"text\": \"v=DKIM1; p=MII\", \"intended\": "
         "true, "
         "\"fault\": \"cut\", \"damage\": [\"separate_records\"], \"repaired\": \"v=DKIM1; k=rsa; p=QUJD\"}",
         "dkim.damage@" MAIL, OUTCOME_FAIL, "a record of its own", RECORD},
    };

    CHECK_VERDICTS(damage);
}
