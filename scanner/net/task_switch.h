/*
 * task_switch.h - stacks and the switch between the loop and a task; internal to task.c
 *
 * The one file behind it holds every switch and every annotation for sanitizers and Valgrind. Only loop <->
 * task switches exist, so a fiber is resumed by the loop and paused by itself.
 */
#ifndef OUTPOST_NET_TASK_SWITCH_H
#define OUTPOST_NET_TASK_SWITCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

enum { STACK_SIZE = 256 * 1024, STACK_GUARD_SIZE = 64 * 1024 };

/* The loop's side. */
struct fiber_loop {
    ucontext_t context;
    const void *stack_bottom; /* of the thread, learnt at the first switch */
    size_t stack_size;
};

struct fiber {
    ucontext_t context;
    struct fiber_loop *loop;
    uint8_t *stack; /* lowest usable byte; the guard lies below */
    void *fake_stack;
    unsigned valgrind_id;
    void (*run)(void *argument);
    void *argument;
    bool ended;
};

/* A stack with its guard; 0 or -ENOMEM. */
int stack_map(uint8_t **ret);
void stack_unmap(uint8_t *stack);

/* The fiber will call run(argument) on `stack` when it is resumed for the first time. */
void fiber_prepare(struct fiber *fiber, struct fiber_loop *loop, uint8_t *stack, void (*run)(void *),
                   void *argument);
/* Loop to fiber; comes back when the fiber pauses or has ended. errno is the loop's own again. */
void fiber_resume(struct fiber *fiber);
/* Fiber to loop; comes back when resumed, with errno as it was. */
void fiber_pause(struct fiber *fiber);
/* The stack may be used by another fiber afterwards. */
void fiber_finish(struct fiber *fiber);

#endif
