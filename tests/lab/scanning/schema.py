"""Validates JSON against the parts of JSON Schema (2020-12) that our schemas use; any other keyword is an error."""
import re

TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
DESCRIPTIONS = {"$schema", "$id", "$defs", "$comment", "title", "description", "format", "contentEncoding",
                "contentMediaType", "examples", "default"}


def complaints(value, schema, root=None, where="$"):
    """What is wrong with a value, one text per fault; [] when it is valid."""
    root = schema if root is None else root
    found = []
    for keyword, argument in schema.items():
        if keyword in DESCRIPTIONS:
            continue
        if keyword not in KEYWORDS:
            raise ValueError(f"{where}: the schema has the keyword '{keyword}', which this validator does not know")
        found += KEYWORDS[keyword](value, argument, schema, root, where)
    return found


def _reference(value, argument, schema, root, where):
    target = root
    for step in argument.removeprefix("#/").split("/"):
        target = target[step]
    return complaints(value, target, root, where)


def _type(value, argument, schema, root, where):
    names = argument if isinstance(argument, list) else [argument]
    return [] if any(TYPES[name](value) for name in names) else [f"{where}: {value!r:.60} is not {' or '.join(names)}"]


def _enum(value, argument, schema, root, where):
    return [] if value in argument else [f"{where}: {value!r:.60} is not one of {argument}"]


def _const(value, argument, schema, root, where):
    return [] if value == argument else [f"{where}: {value!r:.60} is not {argument!r}"]


def _any_of(value, argument, schema, root, where):
    results = [complaints(value, choice, root, where) for choice in argument]
    return [] if [] in results else max(results, key=len)


def _pattern(value, argument, schema, root, where):
    return [] if not isinstance(value, str) or re.search(argument, value) else \
        [f"{where}: {value!r:.60} does not match {argument}"]


def _minimum(value, argument, schema, root, where):
    return [] if not TYPES["number"](value) or value >= argument else [f"{where}: {value} is less than {argument}"]


def _maximum(value, argument, schema, root, where):
    return [] if not TYPES["number"](value) or value <= argument else [f"{where}: {value} is more than {argument}"]


def _required(value, argument, schema, root, where):
    return [f"{where}: '{name}' is missing" for name in argument if isinstance(value, dict) and name not in value]


def _properties(value, argument, schema, root, where):
    if not isinstance(value, dict):
        return []
    return [complaint for name, member in argument.items() if name in value
            for complaint in complaints(value[name], member, root, f"{where}.{name}")]


def _additional_properties(value, argument, schema, root, where):
    if not isinstance(value, dict):
        return []
    extra = [name for name in value if name not in schema.get("properties", {})]
    if argument is False:
        return [f"{where}: '{name}' is not in the schema" for name in extra]
    if argument is True:
        return []
    return [complaint for name in extra for complaint in complaints(value[name], argument, root, f"{where}.{name}")]


def _property_names(value, argument, schema, root, where):
    if not isinstance(value, dict):
        return []
    return [complaint for name in value for complaint in complaints(name, argument, root, f"{where} (name)")]


def _items(value, argument, schema, root, where):
    if not isinstance(value, list):
        return []
    return [complaint for index, item in enumerate(value)
            for complaint in complaints(item, argument, root, f"{where}[{index}]")]


KEYWORDS = {
    "$ref": _reference, "type": _type, "enum": _enum, "const": _const, "anyOf": _any_of, "pattern": _pattern,
    "minimum": _minimum, "maximum": _maximum, "required": _required, "properties": _properties,
    "additionalProperties": _additional_properties, "propertyNames": _property_names, "items": _items,
}
