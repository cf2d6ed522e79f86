"""The rules of the house that a program can see. A rule takes the tree and yields (path, line, message).

DESIGN.md's contract is told in docs/architecture.md; each rule has its bad example in self_test.py.
"""
import os
import re

from source import called

RULES = []


def rule(function):
    RULES.append(function)
    return function


def every_call(sources, names, message):
    for source in sources:
        for line, name in source.calls(names):
            yield source.path, line, message.format(name)


# Layers: a file may include what is of its own layer and of those named here.
LAYERS = (
    ("scanner/base/", ()),
    ("scanner/facts/", ("scanner/base/",)),
    ("targets/", ("scanner/facts/", "scanner/base/")),
    ("scanner/net/", ("targets/", "scanner/facts/", "scanner/base/")),
    ("probes/protocol/", ("scanner/net/", "targets/", "scanner/facts/", "scanner/base/")),
    ("probes/", ("probes/protocol/", "scanner/net/", "targets/", "scanner/facts/", "scanner/base/")),
    ("reports/", ("scanner/facts/", "scanner/base/")),
    ("scanner/commands/", ("",)),
    ("scanner/main.c", ("",)),
    ("tests/", ("",)),
    ("scanner/", ("probes/", "scanner/net/", "targets/", "scanner/facts/", "scanner/base/")),
)
# What stands outside the house is let in through one door.
DOORS = (
    (r"ares(_\w+)?\.h", ("scanner/net/",), "c-ares"),
    (r"ldns/.*", ("scanner/net/", "tests/"), "ldns"),
    (r"curl/.*", ("scanner/net/http",), "libcurl"),
    (r"openssl/ssl\.h", ("scanner/net/tls", "scanner/net/http.c", "tests/"), "OpenSSL's connections"),
    (r"libxml/.*", ("probes/protocol/xml_walk.c", "probes/protocol/bimi_logo.c", "reports/html", "tests/"), "libxml2"),
    (r"ucontext\.h", ("scanner/net/task_switch.", "tests/bench/"), "stack switching"),
    (r"uv\.h", ("scanner/net/", "scanner/main.c", "scanner/commands/", "scanner/run.c", "tests/"), "libuv"),
    (r"netdb\.h", (), "the system's (blocking) resolver"),
)


def layer_of(path):
    return next(((own, below) for own, below in LAYERS if path.startswith(own)), (None, ()))


@rule
def layers(tree):
    """Include arrows only point down."""
    for source in tree.sources:
        own, below = layer_of(source.path)
        for line, word in source.includes:
            name = word[1:-1]
            if word[0] == '"':
                target = layer_of(name)[0]
                if target not in (None, own) and not any(target == name_below or not name_below for name_below in below):
                    yield source.path, line, f"{own} may not include {name}: an arrow only points down"
            for pattern, doors, what in DOORS:
                if re.fullmatch(pattern, name) and not source.path.startswith(doors or ("-",)):
                    yield source.path, line, f"{what} is not used here, so {name} is not included"


# Folders whose files need each other one way only. Elsewhere some are one thing in several files: the engine in
# scanner/net, a run and its scans, the enumeration in probes; list and text, a command and its options know each other.
ONE_WAY = ("targets", "scanner/facts", "probes/protocol", "reports", "reports/checks")


def needs(sources):
    """{file: {file that it needs: (path, line, how)}}, a file being a .c with the header of its name. It needs whose
    header it includes, and whose functions it calls, whichever header declares them."""
    owner = {source.path[:-2] for source in sources if source.path.endswith(".c")}
    includes = {source.path: source.includes for source in sources}
    defined = {function.name: source.path[:-2] for source in sources for function in source.functions if not function.static}
    found = {name: {} for name in owner}

    def add(name, other, *where):
        if other in owner and other != name:
            found[name].setdefault(other, where)

    def add_includes(name, path, seen):
        for line, word in includes.get(path, ()):
            header = word[1:-1]
            add(name, header[:-2], path, line, f"includes {os.path.basename(header)}")
            if header[:-2] not in owner and header not in seen:  # a header of nobody's passes on what it includes
                add_includes(name, header, seen | {header})

    for source in sources:
        name = source.path[:-2]
        if name in owner:
            add_includes(name, source.path, set())
            own = {function.name for function in source.functions}
            for function in source.functions:
                for callee in sorted(called(function) - own):
                    add(name, defined.get(callee), source.path, function.line, f"calls {callee}()")
    return found


def shortest_circle(graph, start):
    """The files from `start` on that lead back to it, among those that sort behind it; or None."""
    ways = [[start]]
    seen = set()
    for way in ways:
        for other in sorted(graph[way[-1]]):
            if other == start:
                return way
            if other > start and other not in seen:
                seen.add(other)
                ways.append(way + [other])
    return None


@rule
def circles(tree):
    """Files of a folder need each other one way only: no circles of includes or calls."""
    for folder in ONE_WAY:
        graph = needs([source for source in tree.program if os.path.dirname(source.path) == folder])
        for start in sorted(graph):
            way = shortest_circle(graph, start)
            if way:
                steps = [graph[name][other] for name, other in zip(way, way[1:] + [start])]
                told = ", ".join(f"{os.path.basename(name)} {how}" for name, (_, _, how) in zip(way, steps))
                yield steps[0][0], steps[0][1], f"a circle: {told}"


@rule
def include_paths(tree):
    """Includes with quotes are written from the project's root."""
    for source in tree.sources:
        for line, word in source.includes:
            if word[0] == '"' and not tree.exists(word[1:-1]):
                yield source.path, line, f"{word[1:-1]} is not a path from the project's root"


@rule
def header_comment(tree):
    """Every file says first what it is for."""
    for source in tree.sources:
        name = os.path.basename(source.path)
        if not re.match(r"/\*\n \* %s - \S" % re.escape(name), source.text):
            yield source.path, 1, f'begins with a comment "{name} - what it is for"'


BANNED = {
    "strcpy strcat sprintf vsprintf strncpy strncat gets": "has no idea of the size",
    "strtok atoi atol atoll atof": "hides errors or state",
    "strerror": "returns a static buffer, which does not survive a wait; strerrordesc_np() does",
    "inet_ntoa gmtime localtime ctime asctime strsignal getservbyname getprotobyname":
        "returns a static buffer, which does not survive a wait",
    "gethostbyname gethostbyaddr getaddrinfo getnameinfo": "asks the DNS behind the resolver's back, and blocks",
    "system popen": "runs a shell",
    "sleep usleep nanosleep select pause": "blocks the loop; tasks wait with task.h",
    "alloca setjmp sigsetjmp longjmp siglongjmp": "does not go with stacks of our own",
    "rand srand random drand48": "is no source of random numbers",
    "tmpnam mktemp tempnam": "opens a race",
}


@rule
def banned_functions(tree):
    """Functions with a known better."""
    for names, why in BANNED.items():
        yield from every_call(tree.sources, names.replace(" ", "|"), "{}() " + why)
    for source in tree.sources:
        for found in re.finditer(r"(?<![\w.>])poll\s*\((?![^;]*, 0\))", source.code):
            yield source.path, source.line_of(found.start()), "poll() blocks the loop; only a look (timeout 0) is allowed"


@rule
def arena_only(tree):
    """Probes, parsers and checks take memory from the arena they are given."""
    sources = [source for source in tree.sources if source.path.startswith(("probes/", "reports/checks/"))]
    yield from every_call(sources, "malloc|calloc|realloc|strdup|strndup|asprintf|free", "{}(): facts live in the arena")


@rule
def sockets(tree):
    """Descriptors of the network belong to scanner/net."""
    allowed = ("scanner/net/", "scanner/vantage.c")  # the latter only asks the kernel which address it would use
    sources = [source for source in tree.program if not source.path.startswith(allowed)]
    yield from every_call(sources, "socket|socketpair|connect|bind|listen|accept4?|recv|recvfrom|recvmsg|send|sendto|sendmsg",
                          "{}(): sockets are opened in scanner/net only")


@rule
def exits(tree):
    """A program ends by cancel and join, so that nothing is lost or leaked."""
    sources = [source for source in tree.program if source.path not in ("scanner/main.c", "scanner/net/task_switch.c")]
    yield from every_call(sources, "exit|_exit|_Exit|quick_exit", "{}(): only main ends the program")


@rule
def time_is_an_input(tree):
    """Code asks the engine for the time; a test or a stored scan has another one."""
    sources = [source for source in tree.program if source.path not in ("scanner/base/clock.c", "scanner/net/engine.c")]
    yield from every_call(sources, "time|clock_gettime|gettimeofday|timespec_get|uv_hrtime|uv_now",
                          "{}(): ask the engine, or take the time as an argument")


@rule
def environment(tree):
    """What a scan does is in its settings: only commands read the environment (proxies, resolvers, roots)."""
    sources = [source for source in tree.program if not source.path.startswith(("scanner/commands/", "scanner/main.c"))]
    yield from every_call(sources, "getenv|secure_getenv|setenv|putenv|unsetenv", "{}(): only commands know the environment")


@rule
def one_loop(tree):
    """uv_run stands once."""
    places = [(source.path, line) for source in tree.program for line, _ in source.calls("uv_run")]
    if len(places) != 1:
        where = ", ".join(f"{path}:{line}" for path, line in places) or "nowhere"
        yield "scanner/net", 1, f"uv_run stands exactly once, here: {where}"


@rule
def handles_on_the_heap(tree):
    """A libuv handle outlives the function that closes it."""
    for source in tree.sources:
        for function in source.functions:
            for found in re.finditer(r"^\s*(?:struct )?(uv_\w+_t)\s+\w+(?:\[\w*\])?\s*[;=]", function.body, re.M):
                if found.group(1) not in ("uv_buf_t", "uv_rusage_t", "uv_timespec_t", "uv_stat_t"):
                    yield source.path, function.line, f"{function.name}(): a {found.group(1)} on the stack; handles live on the heap"


@rule
def switching(tree):
    """One file holds all stack switching and annotations."""
    names = r"swapcontext|makecontext|getcontext|setcontext|__(?:sanitizer|asan|lsan)_\w+|VALGRIND_\w+"
    sources = [source for source in tree.sources if not source.path.startswith(("scanner/net/task_switch.c", "tests/bench/"))]
    yield from every_call(sources, names, "{}() is called in scanner/net/task_switch.c only")


@rule
def openssl_driver(tree):
    """One function drives OpenSSL: error queue cleared before, read after, no wait between."""
    places = {}
    for source in tree.program:
        for line, name in source.calls(r"SSL_(?:read|write|peek|do_handshake|accept|connect|shutdown)(?:_ex)?"):
            function = source.function_at(line)
            places.setdefault((source.path, function.name if function else "?"), []).append((line, name))
    keep = max(places, key=lambda place: len(places[place]), default=None)
    for (path, function), calls in places.items():
        if (path, function) != keep or not path.startswith("scanner/net/"):
            for line, name in calls:
                yield path, line, f"{function}() calls {name}(); OpenSSL is driven by one function of scanner/net"


# The calls that wait. What calls one of them waits as well.
WAITS = {"task_wait", "task_sleep", "task_yield", "task_group_join", "task_group_end", "semaphore_take", "io_wait",
         "resolver_ask", "engine_call_on_loop"}
# Where a library (or the loop) is told whom to call.
REGISTRATIONS = (
    r"\bCURLM?OPT_\w+FUNCTION,\s*&?(\w+)",
    r"\buv_\w+_start\s*\([^;]*?,\s*&?(\w+)\s*[,)]",
    r"\buv_(?:close|async_init)\s*\([^;]*?,\s*&?(\w+)\s*\)",
    r"\bares_(?:send|query|search)\s*\([^;]*?,\s*&?(\w+)\s*,[^,;]*\)",
    r"\bsock_state_cb\s*=\s*&?(\w+)",
    r"\bBIO_meth_set_\w+\s*\([^,;]*,\s*&?(\w+)\s*\)",
    r"\bSSL_(?:CTX_)?set_\w*(?:verify|callback|cb)\w*\s*\([^;]*?[(,]\s*&?(\w+)\s*[,)]",
    r"\bX509_STORE(?:_CTX)?_set_\w+\s*\([^,;]*,\s*&?(\w+)\s*\)",
    r"\b(?:qsort|bsearch)\s*\([^;]*,\s*&?(\w+)\s*\)",
    r"\bqsort_r\s*\([^;]*,\s*&?(\w+)\s*,[^,;]*\)",
    r"\bengine_call_on_loop\s*\([^,;]*,\s*&?(\w+)\s*,",
    r"\bsa_(?:handler|sigaction)\s*=\s*&?(\w+)",
    r"\.(?:on_done|on_progress)\s*=\s*&?(\w+)",
)


def waiting_functions(tree):
    """The functions of the program that wait, by (path, name) where static and by name where not."""
    known = [(source, function) for source in tree.program for function in source.functions]
    waiting = {name: name for name in WAITS}
    grown = True
    while grown:
        grown = False
        for source, function in known:
            key = (source.path, function.name) if function.static else function.name
            if key in waiting:
                continue
            reason = next((name for name in sorted(called(function))
                           if (source.path, name) in waiting or name in waiting), None)
            if reason:
                waiting[key] = reason
                grown = True
    return waiting


@rule
def waits_in_callbacks(tree):
    """Nobody waits while a library's frame is below."""
    waiting = waiting_functions(tree)
    for source in tree.program:
        names = {name for pattern in REGISTRATIONS for name in re.findall(pattern, source.code)}
        for function in source.functions:
            reason = waiting.get((source.path, function.name)) or waiting.get(function.name)
            if function.name in names and reason:
                yield source.path, function.line, f"{function.name}() is called by a library, and waits (it calls {reason}())"


FLAGS = ("-Wvla", "-Wframe-larger-than=8192", "-fstack-clash-protection", "-Wswitch-enum", "-Werror")


@rule
def compiler_flags(tree):
    """Frames stay under 8 KiB and touch every page; warnings stop the build, everywhere."""
    settings = tree.read("cmake/compiler.cmake")
    for flag in FLAGS:
        if flag not in settings:
            yield "cmake/compiler.cmake", 1, f"{flag} is missing"
    for source in tree.sources:
        for found in re.finditer(r"#\s*pragma\s+(?:GCC|clang)\s+diagnostic|\bNOLINT(?!(?:NEXTLINE)?\([\w.,-]+\)(?: -|:) )", source.text):
            yield source.path, source.line_of(found.start()), "warnings are mended, not silenced (NOLINT needs a rule and a reason)"


@rule
def unfinished(tree):
    """Nothing is left for later in the code."""
    for source in tree.sources:
        for found in re.finditer(r"\b(TODO|FIXME|XXX|HACK)\b", source.text):
            yield source.path, source.line_of(found.start()), f"{found.group(1)}: finish it, or file an issue"


@rule
def sizes(tree):
    """A file fits in a head, a function on two screens."""
    for source in tree.program:
        lines = source.text.count("\n")
        if lines > 700:
            yield source.path, 1, f"{lines} lines, more than 700"
        for function in source.functions:
            if function.length > 90:
                yield source.path, function.line, f"{function.name}() has {function.length} lines, more than 90"


@rule
def machine_paths(tree):
    """No path of the machine it was written on."""
    pattern = re.compile(r"(?<![\w.])(/home/\w+/|/Users/\w+/|%s/)" % re.escape(tree.root))
    for path, text in tree.texts():
        for found in pattern.finditer(text):
            yield path, text.count("\n", 0, found.start()) + 1, f"{found.group(1)} is a path of one machine"


@rule
def check_ids(tree):
    """Ids of checks are those of the catalogue, each once, in order."""
    listed = [line for line in tree.read("tests/lint/check-ids.txt").splitlines() if line and line[0] != "#"]
    if listed != sorted(set(listed)):
        yield "tests/lint/check-ids.txt", 1, "ids are sorted and unique"
    seen = {}
    for source in tree.sources:
        if not source.path.startswith("reports/"):
            continue
        for found in re.finditer(r'\.id\s*=\s*"([^"]*)"', source.text):
            name, line = found.group(1), source.line_of(found.start())
            if name not in listed:
                yield source.path, line, f"{name} is not an id of the catalogue (tests/lint/check-ids.txt)"
            if name in seen:
                yield source.path, line, f"{name} stands in {seen[name]} already"
            seen[name] = source.path
