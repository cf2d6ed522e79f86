/*
 * task_guard.c - says which task overflowed its stack, when the guard below it is hit
 *
 * Runs on a signal stack of its own, inside SIGSEGV: only async-signal-safe calls. A library's large frame
 * may jump past the guard, so an address near a stack is reported too, as what it is.
 */
#include "scanner/net/task_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIGNAL_STACK_SIZE = 64 * 1024 };

/* A signal handler has no argument: the one engine it reports about. */
static struct engine *guarded_engine;
static uint8_t signal_stack[SIGNAL_STACK_SIZE];

static void say(const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t written = write(STDERR_FILENO, text, left);

        if (written <= 0)
            return;
        text += written;
        left -= (size_t)written;
    }
}

/* The task whose guard holds `address`, or (`*near`) whose guard is less than a guard's size above it. */
static const struct task *task_of_guard(const struct task_group *group, uintptr_t address, bool *near)
{
    for (const struct task *task = group->first_task; task != NULL; task = task->after) {
        uintptr_t bottom = (uintptr_t)task->fiber.stack;

        if (address < bottom && address >= bottom - 2 * (uintptr_t)STACK_GUARD_SIZE) {
            *near = address < bottom - STACK_GUARD_SIZE;
            return task;
        }
    }
    for (const struct task_group *child = group->first_child; child != NULL; child = child->next_sibling) {
        const struct task *task = task_of_guard(child, address, near);

        if (task != NULL)
            return task;
    }
    return NULL;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    bool near = false;
    const struct task *task = task_of_guard(&guarded_engine->root, (uintptr_t)info->si_addr, &near);

    (void)context;
    if (task != NULL) {
        say("outpost: fault of ours: the task '");
        say(task->name);
        say(near ? "' wrote past the guard of its stack (256 KiB)\n" : "' overflowed its stack (256 KiB)\n");
    }
    signal(number, SIG_DFL); /* the instruction runs again and dies of it */
}

int engine_guard_report(struct engine *engine)
{
    stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof(signal_stack)};
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    guarded_engine = engine;
    sigemptyset(&action.sa_mask);
    if (sigaltstack(&stack, NULL) < 0 || sigaction(SIGSEGV, &action, NULL) < 0)
        return -errno;
    return 0;
}
