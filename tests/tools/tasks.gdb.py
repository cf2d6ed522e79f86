# tasks.gdb.py - gdb command "tasks": every task of a stopped outpost, what it waits for, and its stack
#
#   gdb -p PID -x tests/tools/tasks.gdb.py -ex tasks -ex detach -ex quit
#
# A parked task's registers are in its ucontext: they are put in place for one backtrace and then restored, so the process must be
# live (not a core file). The engine is the one that engine_guard_report() was told of, or "tasks EXPRESSION".
import gdb

REGISTERS = {"r12": 4, "r13": 5, "r14": 6, "r15": 7, "rbp": 10, "rbx": 11, "rsp": 15, "rip": 16}


def tasks_of(group):
    task = group["first_task"]
    while task != 0:
        yield task.dereference()
        task = task["after"]
    child = group["first_child"]
    while child != 0:
        yield from tasks_of(child.dereference())
        child = child["next_sibling"]


def backtrace_of(task):
    registers = task["fiber"]["context"]["uc_mcontext"]["gregs"]
    frame = gdb.newest_frame()
    frame.select()
    saved = {name: int(gdb.parse_and_eval("$" + name)) for name in REGISTERS}
    try:
        for name, index in REGISTERS.items():
            gdb.execute("set $%s = %d" % (name, int(registers[index])), to_string=True)
        return gdb.execute("backtrace 20", to_string=True)
    finally:
        for name, value in saved.items():
            gdb.execute("set $%s = %d" % (name, value), to_string=True)


class Tasks(gdb.Command):
    """tasks [ENGINE]: every task, what it waits for, and its stack."""

    def __init__(self):
        super().__init__("tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        engine = gdb.parse_and_eval(argument or "'task_guard.c'::guarded_engine")
        waiting = int(gdb.parse_and_eval("TASK_WAITING"))
        for task in tasks_of(engine["root"]):
            if int(task["state"]) != waiting:
                print("== %s: runs or is ready" % task["name"].string())
                continue
            print("== %s: waits for %s" % (task["name"].string(), task["what"].string()))
            print(backtrace_of(task))


Tasks()
