"""Each rule catches its bad example, and lets the good one pass."""
import os
import subprocess
import tempfile

import libraries
from rules import RULES

FLAGS = "-Wvla -Wframe-larger-than=8192 -fstack-clash-protection -Wswitch-enum -Werror"
# A project in which there is nothing to complain about.
GOOD = {
    "cmake/compiler.cmake": FLAGS,
    "tests/lint/check-ids.txt": "# ids\ncert.name\ndns.mx\n",
    "scanner/net/task.c": """/*
 * task.c - tasks
 */
#include "scanner/base/text.h"

int engine_run(struct engine *engine)
{
    return uv_run(engine->loop, UV_RUN_DEFAULT);
}
""",
    "scanner/base/text.h": "/*\n * text.h - strcpy(a, b) in a comment is none\n */\n",
    "scanner/net/dns.c": """/*
 * dns.c - questions
 */
static void on_answer(void *argument)
{
    wait_queue_wake(argument, "task_wait(", 1);
}

int dns_ask(struct dns *dns)
{
    ares_send(dns->channel, dns->packet, dns->size, on_answer, dns);
    poll(&dns->look, 1, 0);
    return task_wait(dns->engine, &dns->queue, 0, "an answer");
}

static int ssl_step(SSL *ssl, int what)
{
    return what ? SSL_read(ssl, NULL, 0) : SSL_write(ssl, NULL, 0);
}

int dns_connect(struct network *network)
{
    return network->connect(network, strerror_r(1, NULL, 0));
}
""",
    "reports/checks/dns.c": """/*
 * dns.c - checks
 */
const struct check check_mx = {.id = "dns.mx"};
""",
    "reports/policy.h": "/*\n * policy.h - policies\n */\nint policy_read(void);\n",
    "reports/policy_parts.h": '/*\n * policy_parts.h - their parts\n */\n#include "reports/policy.h"\nint policy_caps(void);\n',
    "reports/policy.c": """/*
 * policy.c - policies
 */
#include "reports/policy_parts.h"

int policy_read(void)
{
    return policy_caps();
}
""",
    "reports/policy_caps.c": """/*
 * policy_caps.c - caps, with a function of its own that is called like one of another file
 */
static int policy_read(void)
{
    return 1;
}

int policy_caps(void)
{
    return policy_read();
}
""",
}
# Rule, what is changed in the good project, and words of the complaint.
BAD = (
    ("layers", {"scanner/base/a.h": '/*\n * a.h - a\n */\n#include "scanner/net/task.h"\n'}, "may not include"),
    ("layers", {"reports/a.c": '/*\n * a.c - a\n */\n#include "scanner/net/dns.h"\n'}, "may not include"),
    ("layers", {"probes/protocol/a.c": '/*\n * a.c - a\n */\n#include "probes/probe.h"\n'}, "may not include"),
    ("layers", {"scanner/run.c": '/*\n * run.c - a\n */\n#include "reports/report.h"\n'}, "may not include"),
    ("layers", {"probes/a.c": "/*\n * a.c - a\n */\n#include <ares.h>\n"}, "c-ares is not used here"),
    ("layers", {"scanner/net/a.c": "/*\n * a.c - a\n */\n#include <ucontext.h>\n"}, "stack switching"),
    ("layers", {"scanner/net/a.c": "/*\n * a.c - a\n */\n#include <netdb.h>\n"}, "blocking"),
    ("circles", {"reports/a.h": "", "reports/a.c": '#include "reports/b.h"\n',
                 "reports/b.h": "", "reports/b.c": '#include "reports/a.h"\n'}, "a circle: a includes b.h, b includes a.h"),
    ("circles", {"reports/a.h": "", "reports/a.c": '#include "reports/parts.h"\n', "reports/parts.h": '#include "reports/b.h"\n',
                 "reports/b.h": '#include "reports/c.h"\n', "reports/b.c": "", "reports/c.h": "",
                 "reports/c.c": '#include "reports/a.h"\n'}, "a includes b.h, b includes c.h, c includes a.h"),
    ("circles", {"reports/policy_caps.c": "int policy_caps(void)\n{\n    return policy_read();\n}\n"},
     "policy calls policy_caps(), policy_caps calls policy_read()"),
    ("include_paths", {"scanner/net/a.c": '/*\n * a.c - a\n */\n#include "task.h"\n'}, "project's root"),
    ("header_comment", {"scanner/net/a.c": "int a;\n"}, "begins with"),
    ("header_comment", {"scanner/net/a.c": "/*\n * b.c - another name\n */\n"}, "begins with"),
    ("header_comment", {"scanner/net/a.c": ""}, "begins with"),
    ("banned_functions", {"scanner/net/a.c": "int a(void)\n{\n    strcpy(a, b);\n}\n"}, "strcpy()"),
    ("banned_functions", {"tests/a.c": "int a(void)\n{\n    return !strerror (1);\n}\n"}, "strerror()"),
    ("banned_functions", {"scanner/net/a.c": "int a(void)\n{\n    return poll(b, 1, 10);\n}\n"}, "poll()"),
    ("arena_only", {"probes/a.c": "int a(void)\n{\n    free(b);\n}\n"}, "free()"),
    ("sockets", {"probes/a.c": "int a(void)\n{\n    socket(1, 2, 3);\n}\n"}, "socket()"),
    ("exits", {"probes/a.c": "int a(void)\n{\n    exit(1);\n}\n"}, "exit()"),
    ("time_is_an_input", {"reports/a.c": "int a(void)\n{\n    return time(NULL);\n}\n"}, "time()"),
    ("environment", {"scanner/net/a.c": "int a(void)\n{\n    return !getenv(b);\n}\n"}, "getenv()"),
    ("one_loop", {"scanner/net/task.c": "/*\n * task.c - a\n */\n"}, "nowhere"),
    ("one_loop", {"scanner/net/a.c": "int a(void)\n{\n    uv_run(b, c);\n}\n"}, "a.c:3"),
    ("handles_on_the_heap", {"scanner/net/a.c": "int a(void)\n{\n    uv_timer_t timer;\n    b();\n}\n"}, "uv_timer_t on the stack"),
    ("switching", {"scanner/net/task.c": "int a(void)\n{\n    swapcontext(a, b);\n}\n"}, "swapcontext()"),
    ("switching", {"tests/a.c": "int a(void)\n{\n    __lsan_disable();\n}\n"}, "__lsan_disable()"),
    ("openssl_driver", {"scanner/net/a.c": "int a(void)\n{\n    SSL_do_handshake(b);\n}\n"}, "SSL_do_handshake()"),
    ("openssl_driver", {"scanner/net/dns.c": "/*\n * dns.c - a\n */\n", "probes/a.c": "int a(void)\n{\n    SSL_read(b);\n}\n"}, "SSL_read()"),
    ("waits_in_callbacks", {"scanner/net/a.c": """static void helper(void)
{
    task_sleep(engine, 1, "");
}

static size_t on_body(char *data)
{
    helper();
}

int a(void)
{
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
}
"""}, "on_body() is called by a library, and waits (it calls helper())"),
    ("waits_in_callbacks", {"scanner/net/a.c": "void on_time(uv_timer_t *t)\n{\n    dns_ask(t);\n}\n\nint a(void)\n{\n"
                            "    uv_timer_start(timer, on_time, 1, 0);\n}\n"}, "on_time()"),
    ("waits_in_callbacks", {"scanner/net/a.c": "static int b_write(BIO *b)\n{\n    io_wait(b);\n}\n\nint a(void)\n{\n"
                            "    BIO_meth_set_write(method, b_write);\n}\n"}, "b_write()"),
    ("compiler_flags", {"cmake/compiler.cmake": FLAGS.replace("-Wvla", "")}, "-Wvla is missing"),
    ("compiler_flags", {"scanner/net/a.c": '#pragma GCC diagnostic ignored "-Wall"\n'}, "silenced"),
    ("compiler_flags", {"scanner/net/a.c": "int a; // NOLINT\n"}, "silenced"),
    ("unfinished", {"tests/a.c": "/* TODO: more */\n"}, "finish it"),
    ("sizes", {"probes/a.c": "\n" * 701}, "701 lines"),
    ("sizes", {"probes/a.c": "int a(void)\n{\n" + "    b();\n" * 90 + "}\n"}, "a() has"),
    ("machine_paths", {"docs/a.md": "see {home}notes\n"}, "one machine"),
    ("machine_paths", {"run": "cd {root}/build\n"}, "one machine"),
    ("check_ids", {"reports/checks/a.c": '{.id = "dns.nonsense"}\n'}, "not an id"),
    ("check_ids", {"reports/checks/a.c": '{.id = "dns.mx"}\n'}, "already"),
    ("check_ids", {"tests/lint/check-ids.txt": "dns.mx\ncert.name\n"}, "sorted"),
)
VARIABLES = (
    ("int counter;\nint next(void) { return ++counter; }\n", ["counter"]),
    ("int next(void) { static int counter = 7; return ++counter; }\n", ["counter.0"]),
    ("int next(void) { static _Thread_local char text[9]; return text[0]++; }\n", ["text.0"]),
    ('const char *const names[] = {"a", "b"};\nstatic const int n = 1;\nconst int *at(void) { return &n; }\n', []),
)


def complaints_of(tree_type, name, files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**GOOD, **files}.items():
            place = os.path.join(root, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8") as file:
                file.write(text.replace("{root}", root).replace("{home}", "/home" + "/someone/"))
        tree = tree_type(root)
        return [message for rule in RULES if rule.__name__ == name for _, _, message in rule(tree)]


def variables_of(text):
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "a.c"), os.path.join(folder, "a.o")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        subprocess.run(["cc", "-fPIE", "-c", source, "-o", target], check=True)
        table = subprocess.run(["objdump", "-t", target], check=True, capture_output=True, text=True).stdout
    return [name for _, name in libraries.mutable_symbols(table)]


def run(tree_type):
    failures = []
    for rule in RULES:
        found = complaints_of(tree_type, rule.__name__, {})
        if found:
            failures.append(f"{rule.__name__} complains about what is good: {found[0]}")
        if rule.__name__ not in {name for name, _, _ in BAD}:
            failures.append(f"{rule.__name__} has no bad example")
    for name, files, words in BAD:
        found = complaints_of(tree_type, name, files)
        if not any(words in message for message in found):
            failures.append(f"{name} does not see that {words!r} in {sorted(files)}: {found}")
    for text, names in VARIABLES:
        found = variables_of(text)
        if found != names:
            failures.append(f"variables {found} instead of {names} in {text!r}")
    for failure in failures:
        print(failure)
    print(f"{len(BAD)} bad examples, {len(VARIABLES)} objects, {len(failures)} failures")
    return 1 if failures else 0
