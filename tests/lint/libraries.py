"""Objects with a memory: variables of static storage in our static libraries."""
import re
import subprocess

# Member of the library, symbol, reason. Everything else belongs to an object that is passed as an argument.
ALLOWED = (
    ("task_guard.c.o", "guarded_engine|signal_stack", "a signal handler has no argument"),
)

WRITABLE = re.compile(r"^\.(data|bss|tdata|tbss|common)|^\*COM\*$")
SYMBOL = re.compile(r"^[0-9a-f]+ [lgu!w ][^\t]{6} (?P<section>\S+)\t[0-9a-f]+\s+(?:\.hidden )?(?P<name>\S+)$")


def mutable_symbols(table):
    """(member, symbol) of every writable variable in the output of objdump -t."""
    member = "?"
    for line in table.splitlines():
        if ":     file format" in line:
            member = line.split(":")[0]
        found = SYMBOL.match(line)
        # Constant tables with addresses inside are written once, by the loader, and read-only after that.
        if not found or found.group("section").startswith(".data.rel.ro"):
            continue
        if WRITABLE.match(found.group("section")) and not found.group("name").startswith("."):
            yield member, found.group("name")


def examine(libraries):
    for library in libraries:
        table = subprocess.run(["objdump", "-t", library], capture_output=True, text=True, check=True).stdout
        for member, name in mutable_symbols(table):
            if not any(member == allowed and re.fullmatch(symbol, name) for allowed, symbol, _ in ALLOWED):
                yield library, 1, f"{member}: {name} is a variable outside main; state belongs to an object"
