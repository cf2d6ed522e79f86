/*
 * schema.c - the JSON Schema of what `outpost scan` writes (reports/schemas/scan-1.json)
 *
 * The part that holds facts comes from the field tables, the part that holds the judgement from here; both
 * stand in the order in which report_json() writes them.
 */
#include "reports/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The judgement's members, and what they are made of. */
static const char judgement_properties[] =
    "{\"policy\": {\"$ref\": \"#/$defs/policy\"},"
    " \"outcome\": {\"$ref\": \"#/$defs/outcome\"},"
    " \"grade\": {\"$ref\": \"#/$defs/grade\"},"
    " \"no_better_than\": {\"$ref\": \"#/$defs/grade\","
    "   \"description\": \"where TLS that was not tested leaves no grade: what it can be at best; else "
    "null\"},"
    " \"grades\": {\"$ref\": \"#/$defs/grades\"},"
    " \"grade_reasons\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/grade_reason\"},"
    "   \"description\": \"the findings that set the grade, or what it is no better than, the worst first\"},"
    " \"counts\": {\"$ref\": \"#/$defs/counts\"},"
    " \"findings\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/finding\"},"
    "   \"description\": \"by outcome, severity and id\"}}";

static const char judgement_definitions[] =
    "{\"outcome\": {\"enum\": [\"fail\", \"warn\", \"info\", \"pass\", \"not_applicable\", \"not_tested\"],"
    "   \"description\": \"in order of weight\"},"
    " \"severity\": {\"enum\": [\"critical\", \"high\", \"medium\", \"low\", \"none\"],"
    "   \"description\": \"how bad a failure would be\"},"
    " \"grade\": {\"enum\": [\"A\", \"B\", \"C\", \"D\", \"E\", \"F\", null],"
    "   \"description\": \"null: too little could be tested\"},"
    " \"tls_grade\": {\"enum\": [\"A+\", \"A\", \"A-\", \"B\", \"C\", \"D\", \"E\", \"F\", null],"
    "   \"description\": \"of the TLS of a port; null: too little was tested, or it spoke no TLS\"},"
    " \"tls_score_part\": {\"type\": \"object\","
    "   \"properties\": {\"points\": {\"type\": [\"integer\", \"null\"], \"description\": \"0 to 100\"},"
    "     \"seen\": {\"type\": [\"string\", \"null\"], \"description\": \"what it was made of\"}},"
    "   \"required\": [\"points\", \"seen\"], \"additionalProperties\": false},"
    " \"tls_cap\": {\"type\": \"object\","
    "   \"properties\": {\"name\": {\"type\": \"string\", \"description\": \"as the policy names it\"},"
    "     \"grade\": {\"enum\": [\"A\", \"A-\", \"B\", \"C\", \"D\", \"E\", \"F\", null],"
    "       \"description\": \"null: it caps nothing, but there is no A+\"},"
    "     \"text\": {\"type\": \"string\"},"
    "     \"check\": {\"type\": \"string\", \"description\": \"the check that tells more\"}},"
    "   \"required\": [\"name\", \"grade\", \"text\", \"check\"], \"additionalProperties\": false},"
    " \"grade_details\": {\"type\": [\"object\", \"null\"], \"description\": \"where the grade of its TLS "
    "comes "
    "from\","
    "   \"properties\": {\"role\": {\"enum\": [\"opportunistic\", \"mandatory\"]},"
    "     \"score\": {\"type\": [\"integer\", \"null\"], \"description\": \"30 % protocol, 30 % key "
    "exchange, 40 % "
    "cipher\"},"
    "     \"protocol\": {\"$ref\": \"#/$defs/tls_score_part\"},"
    "     \"key_exchange\": {\"$ref\": \"#/$defs/tls_score_part\"},"
    "     \"cipher\": {\"$ref\": \"#/$defs/tls_score_part\"},"
    "     \"caps\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/tls_cap\"},"
    "       \"description\": \"the worst first\"},"
    "     \"no_better_than\": {\"$ref\": \"#/$defs/tls_grade\","
    "       \"description\": \"when there is no grade: what it can be at best\"},"
    "     \"untested\": {\"type\": \"array\", \"items\": {\"type\": \"string\"},"
    "       \"description\": \"what could still lower it\"}},"
    "   \"required\": [\"role\", \"score\", \"protocol\", \"key_exchange\", \"cipher\", \"caps\", "
    "\"no_better_than\","
    "     \"untested\"],"
    "   \"additionalProperties\": false},"
    " \"policy\": {\"type\": \"object\", \"description\": \"what it was judged by\","
    "   \"properties\": {\"name\": {\"type\": \"string\"},"
    "     \"sha256\": {\"type\": \"string\", \"pattern\": \"^[0-9a-f]{64}$\"}},"
    "   \"required\": [\"name\", \"sha256\"], \"additionalProperties\": false},"
    " \"grades\": {\"type\": \"object\", \"description\": \"by area\","
    "   \"properties\": {\"transport\": {\"$ref\": \"#/$defs/grade\"},"
    "     \"authentication\": {\"$ref\": \"#/$defs/grade\"}, \"reachability\": {\"$ref\": \"#/$defs/grade\"},"
    "     \"dns\": {\"$ref\": \"#/$defs/grade\"}},"
    "   \"required\": [\"transport\", \"authentication\", \"reachability\", \"dns\"],"
    "   \"additionalProperties\": false},"
    " \"grade_reason\": {\"type\": \"object\","
    "   \"properties\": {\"check\": {\"type\": \"string\"}, \"subject\": {\"type\": \"string\"},"
    "     \"cap\": {\"$ref\": \"#/$defs/grade\"}},"
    "   \"required\": [\"check\", \"subject\", \"cap\"], \"additionalProperties\": false},"
    " \"client\": {\"type\": \"object\","
    "   \"description\": \"whether this client would agree on TLS, computed and not tried\","
    "   \"properties\": {\"id\": {\"type\": \"string\"}, \"name\": {\"type\": \"string\"},"
    "     \"connects\": {\"type\": [\"boolean\", \"null\"]}, \"version\": {\"type\": [\"string\", \"null\"]},"
    "     \"suite\": {\"type\": [\"string\", \"null\"]}, \"group\": {\"type\": [\"string\", \"null\"]},"
    "     \"key_type\": {\"type\": [\"string\", \"null\"]}, \"reason\": {\"type\": [\"string\", \"null\"]}},"
    "   \"required\": [\"id\", \"name\", \"connects\", \"version\", \"suite\", \"group\", \"key_type\", "
    "\"reason\"],"
    "   \"additionalProperties\": false},"
    " \"counts\": {\"type\": \"object\", \"description\": \"findings by outcome\","
    "   \"properties\": {\"fail\": {\"type\": \"integer\"}, \"warn\": {\"type\": \"integer\"},"
    "     \"info\": {\"type\": \"integer\"}, \"pass\": {\"type\": \"integer\"},"
    "     \"not_applicable\": {\"type\": \"integer\"}, \"not_tested\": {\"type\": \"integer\"}},"
    "   \"required\": [\"fail\", \"warn\", \"info\", \"pass\", \"not_applicable\", \"not_tested\"],"
    "   \"additionalProperties\": false},"
    " \"subject\": {\"type\": \"object\", \"description\": \"what a finding is about: the members that "
    "apply\","
    "   \"properties\": {\"domain\": {\"type\": \"string\"}, \"host\": {\"type\": \"string\"},"
    "     \"address\": {\"type\": \"string\"}, \"port\": {\"type\": \"integer\"},"
    "     \"selector\": {\"type\": \"string\"}, \"list\": {\"type\": \"string\"},"
    "     \"server\": {\"type\": \"string\"}, \"profile\": {\"type\": \"string\"},"
    "     \"key_type\": {\"type\": \"string\"}, \"text\": {\"type\": \"string\"}},"
    "   \"required\": [\"text\"], \"additionalProperties\": false},"
    " \"finding\": {\"type\": \"object\","
    "   \"properties\": {\"id\": {\"type\": \"string\", \"description\": \"stable from scan to scan\"},"
    "     \"check\": {\"type\": \"string\"}, \"outcome\": {\"$ref\": \"#/$defs/outcome\"},"
    "     \"severity\": {\"$ref\": \"#/$defs/severity\"}, \"subject\": {\"$ref\": \"#/$defs/subject\"},"
    "     \"title\": {\"type\": \"string\"}, \"why\": {\"type\": \"string\"},"
    "     \"evidence\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}},"
    "     \"fix\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}},"
    "     \"reference\": {\"type\": \"string\"}},"
    "   \"required\": [\"id\", \"check\", \"outcome\", \"severity\", \"subject\", \"title\", \"why\", "
    "\"evidence\","
    "     \"fix\", \"reference\"],"
    "   \"additionalProperties\": false}}";

/* Sets the member anew at the end of the object, so that it stands behind what was added before. */
static int move_to_end(json_t *object, const char *name)
{
    json_t *value = json_incref(json_object_get(object, name));

    if (value == NULL || json_object_del(object, name) < 0)
        return -ENOMEM;
    return json_object_set_new(object, name, value);
}

static int require_all(json_t *required, json_t *properties)
{
    const char *name;
    json_t *value;

    json_object_foreach(properties, name,
                        value) if (json_array_append_new(required, json_string(name)) < 0) return -ENOMEM;
    return 0;
}

/* The grade of an endpoint with where it comes from, and how clients fare with it, behind its reason. */
static int add_endpoint_grade(json_t *definitions)
{
    json_t *endpoint = json_object_get(definitions, "endpoint");
    json_t *properties = json_object_get(endpoint, "properties"), *ordered = json_object(), *value;
    const char *name;
    int result = ordered == NULL ? -ENOMEM : 0;

    json_object_foreach(properties, name, value)
    {
        if (result == 0)
            result = json_object_set(ordered, name, value);
        if (result == 0 && strcmp(name, "reason") == 0) {
            result = json_object_set_new(ordered, "grade", json_pack("{s:s}", "$ref", "#/$defs/tls_grade"));
            if (result == 0)
                result = json_object_set_new(ordered, "grade_details",
                                             json_pack("{s:s}", "$ref", "#/$defs/grade_details"));
            if (result == 0)
                result = json_object_set_new(
                    ordered, "clients",
                    json_pack("{s:s, s:{s:s}}", "type", "array", "items", "$ref", "#/$defs/client"));
        }
    }
    if (result < 0 || json_object_set_new(endpoint, "properties", ordered) < 0 ||
        json_array_append_new(json_object_get(endpoint, "required"), json_string("grade")) < 0 ||
        json_array_append_new(json_object_get(endpoint, "required"), json_string("grade_details")) < 0)
        return -ENOMEM;
    return 0;
}

/* Puts the judgement's members before "facts", which stands last. */
static int add_judgement(json_t *definitions)
{
    json_t *scan = json_object_get(definitions, "scan");
    json_t *properties = json_object_get(scan, "properties");
    json_t *members = json_loads(judgement_properties, 0, NULL),
           *made_of = json_loads(judgement_definitions, 0, NULL);
    int result = members == NULL || made_of == NULL ||
                         require_all(json_object_get(scan, "required"), members) < 0 ||
                         json_object_update(properties, members) < 0 ||
                         move_to_end(properties, "facts") < 0 || json_object_update(definitions, made_of) < 0
                     ? -ENOMEM
                     : 0;

    json_decref(members);
    json_decref(made_of);
    return result;
}

int report_schema(char **ret, size_t *ret_size)
{
    json_t *definitions = json_object(), *reference = facts_schema(&scan_shape, definitions), *schema = NULL;
    char *text = NULL, *with_newline;

    if (reference != NULL && add_judgement(definitions) == 0 && add_endpoint_grade(definitions) == 0)
        schema =
            json_pack("{s:s, s:s, s:s, s:O, s:O}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                      "title", "Outpost scan, version 1", "description",
                      "What outpost scan writes: one scan of one target, and its judgement.", "$ref",
                      json_object_get(reference, "$ref"), "$defs", definitions);
    if (schema != NULL)
        text = json_dumps(schema, JSON_INDENT(2));
    json_decref(schema);
    json_decref(reference);
    json_decref(definitions);
    if (text == NULL)
        return -ENOMEM;
    *ret_size = strlen(text) + 1;
    with_newline = realloc(text, *ret_size + 1);
    if (with_newline == NULL) {
        free(text);
        return -ENOMEM;
    }
    memcpy(with_newline + *ret_size - 1, "\n", 2);
    *ret = with_newline;
    return 0;
}
