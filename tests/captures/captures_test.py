#!/usr/bin/env python3
"""Each captured hello says what its entry in reports/clients.json says; docs/clients.md names every client and source.

    captures_test.py SOURCE_DIRECTORY
"""
import glob
import json
import os
import sys

sys.dont_write_bytecode = True


def main(root):
    sys.path.insert(0, f"{root}/tests/tools")
    import capture_hello

    with open(f"{root}/reports/clients.json", encoding="utf-8") as stream:
        clients = {client["id"]: client for client in json.load(stream)["clients"]}
    captures = sorted(glob.glob(f"{root}/tests/captures/*.hex"))
    faults = []
    for path in captures:
        name = os.path.basename(path)[:-len(".hex")]
        with open(path, encoding="ascii") as stream:
            hello = capture_hello.parse(bytes.fromhex("".join(stream.read().split())))
        client = clients.get(name, {})
        # Which older versions a client takes is not in an old hello, and it may offer what it then refuses (its note).
        faults += [f"{name}: {member}" for member in hello if member != "versions" and client.get(member) != hello[member]]
        if client.get("versions", [None])[-1] != hello["versions"][-1]:
            faults.append(f"{name}: versions")
    captured = {name for name, client in clients.items() if client["source"].startswith("captured from ")}
    faults += [f"{name}: there is no capture" for name in captured - {os.path.basename(path)[:-4] for path in captures}]
    with open(f"{root}/docs/clients.md", encoding="utf-8") as stream:
        documented = stream.read()
    faults += [f"docs/clients.md lacks {client['name']}" for client in clients.values()
               if f"| {client['name']} | {client['source']}" not in documented]
    print("\n".join(faults) or f"{len(captures)} captured hellos are as their entries say")
    return 1 if faults or not captures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
