#!/usr/bin/env python3
"""Golden results fit the schema of results, built-in policies, profiles, clients and blacklists theirs; and what does not fit is
refused.

    schema_test.py SOURCE_DIRECTORY
"""
import copy
import glob
import json
import os
import sys

sys.dont_write_bytecode = True


def load(path):
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)


def changed(value, path, new):
    """A copy with one member set; `new` None: removed."""
    value = copy.deepcopy(value)
    target = value
    for step in path[:-1]:
        target = target[step]
    if new is None:
        del target[path[-1]]
    else:
        target[path[-1]] = new
    return value


# One change each that a schema worth its name must refuse.
SCAN_FAULTS = (
    (("schema",), "1"), (("target",), None), (("started",), "yesterday"), (("complete",), "yes"),
    (("extra",), 1), (("outcome",), "good"), (("grade",), "A+"), (("facts", "endpoints", 0, "grade"), "B+"),
    (("facts", "endpoints", 0, "grade_details", "role"), "smtp"), (("facts", "endpoints", 0, "grade_details", "caps"), None),
    (("facts", "endpoints", 0, "grade_details", "protocol", "points"), "90"), (("grades", "dns"), None), (("grades", "mail"), "A"),
    (("policy", "sha256"), "abc"), (("counts", "fail"), 1.5), (("counts", "fail"), None),
    (("findings", 0, "id"), None), (("findings", 0, "outcome"), "failed"), (("findings", 0, "severity"), 3),
    (("findings", 0, "subject", "port"), "25"), (("findings", 0, "subject", "text"), None),
    (("findings", 0, "subject", "colour"), "red"), (("findings", 0, "fix"), "text"), (("findings", 0, "evidence", 0), 7),
    (("grade_reasons",), {}), (("facts", "endpoints", 0, "state"), "half-open"),
    (("facts", "endpoints", 0, "grade"), "Z"), (("facts", "endpoints", 0, "grade"), None),
    (("facts", "endpoints", 0, "port"), "25"), (("facts", "endpoints", 0, "tls", "handshakes", 0, "result"), "done"),
    (("facts", "dns", "mx", "records"), "10 mail"), (("facts", "dns", "hosts", 0, "valid_name"), "yes"),
    (("settings", "timeout"), "180"), (("vantage", "port_25"), True),
)
POLICY_FAULTS = (
    (("schema",), 2), (("name",), None), (("name",), "a b"), (("extra",), 1), (("caps", "info"), {}),
    (("caps", "fail", "high"), "G"), (("caps", "fail", "bad"), "B"), (("essential",), {}),
    (("checks", "cert.name"), {"severity": "bad"}), (("checks", "cert.name"), {"cap": "B"}),
    (("checks", "cert.name"), {"caps": {"pass": "B"}}), (("thresholds", "cert.expiry.days"), 3),
    (("thresholds", "cert.expiry.fail_days"), "7"), (("thresholds", "cert.expiry.fail_days"), -1),
    (("thresholds", "cert.expiry.fail_share"), 2),
    (("tls_caps", "tls10", "mandatory"), "A+"), (("tls_caps", "tls10", "smtp"), "B"), (("tls_caps", "tls1.0"), {}),
    (("profiles",), "rfc-9325"), (("profiles", 0), 7),
)
PROFILE_FAULTS = (
    (("schema",), 2), (("name",), "a b"), (("title",), None), (("levels",), "met"), (("meets",), None), (("extra",), 1),
    (("rules", "suits"), []), (("rules", "versions", 0, "level"), None), (("rules", "versions", 0, "curve"), ["x"]),
    (("rules", "certificates", 0, "bits_below"), "2048"), (("rules", "certificates", 0, "bits"), 2048),
    (("needs",), {}), (("needs",), [{"groups": ["x25519"]}]),
)
CLIENT_FAULTS = (
    (("schema",), 2), (("clients", 0, "id"), "A b"), (("clients", 0, "source"), None), (("clients", 0, "role"), "user"),
    (("clients", 0, "versions", 0), "TLS 1.2"), (("clients", 0, "suites"), None), (("clients", 0, "sni"), "yes"),
    (("clients", 0, "dated"), "today"), (("clients", 0, "colour"), "red"),
)
BLOCKLIST_FAULTS = (
    (("schema",), 2), (("name",), None), (("lists", 0, "zone"), "a.b."), (("lists", 0, "kinds", 0), "mail"),
    (("lists", 0, "tier"), 4), (("lists", 0, "codes"), None), (("lists", 0, "codes", 0, "code"), "192.0.2.1"),
    (("lists", 0, "codes", 0, "meaning"), None), (("lists", 0, "removal"), "http://a.example"), (("lists", 0, "colour"), "red"),
    (("lists", 1, "tests", "domain", "listed"), None), (("dead", 0, "why"), None),
)


def main(root):
    sys.path.insert(0, f"{root}/tests/lab")
    from scanning.schema import complaints

    faults = []
    golden = sorted(glob.glob(f"{root}/tests/golden/scan-*.json"))
    scan_schema, policy_schema = load(f"{root}/reports/schemas/scan-1.json"), load(f"{root}/reports/schemas/policy-1.json")
    policies = sorted(glob.glob(f"{root}/reports/policy/*.json"))
    clients, client_schema = [f"{root}/reports/clients.json"], load(f"{root}/reports/schemas/clients-1.json")
    profiles = sorted(glob.glob(f"{root}/reports/policy/profiles/*.json"))
    profile_schema = load(f"{root}/reports/schemas/profile-1.json")
    blocklists = [f"{root}/targets/blocklists.json", *sorted(glob.glob(f"{root}/tests/lab/blacklists/*.json"))]
    blocklist_schema = load(f"{root}/reports/schemas/blocklists-1.json")
    if not golden or not policies or not profiles:
        faults.append("there are no golden results, no policies or no profiles")
    for paths, schema in ((golden, scan_schema), (policies, policy_schema), (profiles, profile_schema),
                          (clients, client_schema), (blocklists, blocklist_schema)):
        for path in paths:
            faults += [f"{os.path.basename(path)}: {text}" for text in complaints(load(path), schema)]
    for path, schema, list_of_faults in ((f"{root}/tests/golden/scan-broken.json", scan_schema, SCAN_FAULTS),
                                         (policies[0], policy_schema, POLICY_FAULTS),
                                         (profiles[0], profile_schema, PROFILE_FAULTS),
                                         (clients[0], client_schema, CLIENT_FAULTS),
                                         (blocklists[0], blocklist_schema, BLOCKLIST_FAULTS)):
        value = load(path)
        for place, new in list_of_faults:
            if not complaints(changed(value, place, new), schema):
                faults.append(f"{os.path.basename(path)}: {'.'.join(map(str, place))} = {new!r} is not refused")
    # a profile has the name of its file, and the policy names each
    names = [os.path.basename(path).removesuffix(".json") for path in profiles]
    if [load(path)["name"] for path in profiles] != names or sorted(load(policies[0])["profiles"]) != names:
        faults.append("the profiles are not those that the built-in policy names")
    # every threshold and cap of the policy is in its schema
    if set(load(policies[0])["tls_caps"]) != set(policy_schema["properties"]["tls_caps"]["properties"]):
        faults.append("the TLS caps of the built-in policy are not those of the schema")
    names = set(load(policies[0])["thresholds"])
    if names != set(policy_schema["properties"]["thresholds"]["properties"]):
        faults.append("the thresholds of the built-in policy are not those of the schema")
    print("\n".join(faults) or f"{len(golden)} results, {len(policies)} policies, "
                               f"{len(profiles)} profiles, "
                               f"{len(SCAN_FAULTS) + len(POLICY_FAULTS) + len(PROFILE_FAULTS) + len(CLIENT_FAULTS) + len(BLOCKLIST_FAULTS)} "
                               "faults refused")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
