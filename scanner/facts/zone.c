/*
 * zone.c - field tables of zone facts
 */
#include "scanner/facts/zone.h"

#include "scanner/base/text.h"

#include <string.h>

static const struct fact name_facts[] = {
    FACT(struct zone_name_facts, name, FACT_TEXT, "a name server"),
    FACT(struct zone_name_facts, glue, FACT_TEXTS, "its addresses as the zone above gives them"),
};
const struct shape zone_name_shape =
    SHAPE("zone_name", struct zone_name_facts, name_facts, "a name server as a zone names it");

static const struct fact answer_facts[] = {
    FACT(struct zone_answer_facts, type, FACT_TEXT, "the record type asked for"),
    FACT(struct zone_answer_facts, tcp, FACT_KNOWN, "asked over TCP"),
    FACT(struct zone_answer_facts, later, FACT_KNOWN,
         "asked again, as the serial numbers differed: until they agreed, or for a minute"),
    FACT_ENUM_OF(struct zone_answer_facts, outcome, dns_outcome_values, "how the question ended"),
    FACT(struct zone_answer_facts, rcode, FACT_NUMBER, "response code of the answer"),
    FACT(struct zone_answer_facts, reason, FACT_TEXT, "why there was no usable answer"),
    FACT(struct zone_answer_facts, authoritative, FACT_KNOWN, "the server says that it has authority"),
    FACT(struct zone_answer_facts, truncated, FACT_KNOWN, "the answer does not fit and waits on TCP"),
    FACT(struct zone_answer_facts, records, FACT_TEXTS, "data of the records, as a zone file writes it"),
    FACT(struct zone_answer_facts, milliseconds, FACT_NUMBER, "time to the answer"),
};
const struct shape zone_answer_shape =
    SHAPE("zone_answer", struct zone_answer_facts, answer_facts, "what one name server said to one question");

static const struct fact server_facts[] = {
    FACT(struct zone_server_facts, name, FACT_TEXT, "the name server"),
    FACT(struct zone_server_facts, address, FACT_TEXT, "one of its addresses"),
    FACT(struct zone_server_facts, contacted, FACT_KNOWN, "it was asked"),
    FACT(struct zone_server_facts, reason, FACT_TEXT, "why it was not asked"),
    FACT_OF(struct zone_server_facts, answers, FACT_LIST, &zone_answer_shape, "what it said"),
};
const struct shape zone_server_shape =
    SHAPE("zone_server", struct zone_server_facts, server_facts, "one address of a name server");

static const struct fact zone_facts_table[] = {
    FACT(struct zone_facts, name, FACT_TEXT, "the zone that the domain is in"),
    FACT(struct zone_facts, reason, FACT_TEXT, "why it was not found"),
    FACT(struct zone_facts, file, FACT_TEXT, "the zone file that answered in the place of its name servers"),
    FACT(struct zone_facts, parent, FACT_TEXT, "the zone above"),
    FACT(struct zone_facts, parent_server, FACT_TEXT, "the name server that spoke for the zone above"),
    FACT(struct zone_facts, parent_reason, FACT_TEXT, "why it is not known whom the zone above names"),
    FACT_OF(struct zone_facts, from_parent, FACT_LIST, &zone_name_shape, "whom the zone above names"),
    FACT_OF(struct zone_facts, from_child, FACT_LIST, &zone_name_shape, "whom the zone itself names"),
    FACT(struct zone_facts, child_reason, FACT_TEXT, "why it is not known whom the zone itself names"),
    FACT(struct zone_facts, addressless, FACT_TEXTS, "name servers without an address"),
    FACT_OF(struct zone_facts, servers, FACT_LIST, &zone_server_shape, "each address of the name servers"),
    FACT(struct zone_facts, servers_left_out, FACT_NUMBER, "name servers over the limit of 8, not asked"),
    FACT_OF(struct zone_facts, random_a, FACT_OBJECT, &dns_question_shape, "A of a name made up at random"),
    FACT_OF(struct zone_facts, random_mx, FACT_OBJECT, &dns_question_shape, "MX of that name"),
    FACT_OF(struct zone_facts, random_txt, FACT_OBJECT, &dns_question_shape, "TXT of that name"),
};
const struct shape zone_shape =
    SHAPE("zone", struct zone_facts, zone_facts_table, "the zone of the domain and its name servers");

bool zone_answer_serial(const struct zone_answer_facts *answer, int64_t *ret)
{
    const char *record = answer->records.count > 0 ? answer->records.items[0] : NULL;
    char word[sizeof("4294967295")];
    size_t size;

    if (answer->outcome != DNS_DATA || record == NULL)
        return false;
    for (int i = 0; i < 2; i++) { /* the names before it */
        record += strcspn(record, " ");
        record += strspn(record, " ");
    }
    size = strcspn(record, " ");
    if (size >= sizeof(word))
        return false;
    memcpy(word, record, size);
    word[size] = '\0';
    return text_number(word, 0, UINT32_MAX, ret) == 0;
}
