/*
 * task_switch.c - stacks and the switch between the loop and a task
 *
 * ucontext as in QEMU's block layer. The libraries of Debian are not built with stack-clash probes and have
 * frames of up to 33 KiB (vfwprintf): hence a guard of 64 KiB, not of one page.
 *
 * AddressSanitizer follows a switch only when told (start_switch_fiber before, finish_switch_fiber after);
 * left out, false reports appear after the first longjmp or exit in a task. LeakSanitizer sees pointers held
 * by a waiting task only when its stack is a root.
 */
#include "scanner/net/task_switch.h"

#include <errno.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) /* clang does not define __SANITIZE_ADDRESS__ */
#define WITH_ASAN 1
#endif
#endif

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define WITH_VALGRIND 1
#endif
#endif

int stack_map(uint8_t **ret)
{
    uint8_t *memory = mmap(NULL, STACK_GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return -ENOMEM;
    if (mprotect(memory, STACK_GUARD_SIZE, PROT_NONE) < 0) { /* vm.max_map_count is reached */
        munmap(memory, STACK_GUARD_SIZE + STACK_SIZE);
        return -ENOMEM;
    }
#ifdef WITH_ASAN
    __lsan_register_root_region(memory + STACK_GUARD_SIZE, STACK_SIZE);
#endif
    *ret = memory + STACK_GUARD_SIZE;
    return 0;
}

void stack_unmap(uint8_t *stack)
{
    if (stack == NULL)
        return;
#ifdef WITH_ASAN
    __lsan_unregister_root_region(stack, STACK_SIZE);
    __asan_unpoison_memory_region(stack, STACK_SIZE);
#endif
    munmap(stack - STACK_GUARD_SIZE, STACK_GUARD_SIZE + STACK_SIZE);
}

/* ---- annotations around a switch ---- */

static void leave_loop(struct fiber *fiber, void **fake_stack)
{
#ifdef WITH_ASAN
    __sanitizer_start_switch_fiber(fake_stack, fiber->stack, STACK_SIZE);
#else
    (void)fiber;
    (void)fake_stack;
#endif
}

static void arrive_at_loop(void *fake_stack)
{
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(fake_stack, NULL, NULL);
#else
    (void)fake_stack;
#endif
}

static void leave_fiber(struct fiber *fiber)
{
#ifdef WITH_ASAN
    /* NULL at the last exit frees the fake stack; otherwise it would leak with each task */
    __sanitizer_start_switch_fiber(fiber->ended ? NULL : &fiber->fake_stack, fiber->loop->stack_bottom,
                                   fiber->loop->stack_size);
#else
    (void)fiber;
#endif
}

static void arrive_at_fiber(struct fiber *fiber, void *fake_stack)
{
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(fake_stack, &fiber->loop->stack_bottom, &fiber->loop->stack_size);
#else
    (void)fiber;
    (void)fake_stack;
#endif
}

/* ---- switching ---- */

/* makecontext passes ints only; the pointer comes in two halves. No local whose address is taken: ASan has
 * not been told yet where we are. */
static void fiber_entry(unsigned high, unsigned low)
{
    struct fiber *fiber = (struct fiber *)(((uintptr_t)high << 32) | (uintptr_t)low);

    arrive_at_fiber(fiber, NULL);
    fiber->run(fiber->argument);
    fiber->ended = true;
    leave_fiber(fiber);
    setcontext(&fiber->loop->context);
}

/* In a function of its own: getcontext returns twice as far as the compiler knows. */
static void context_make(struct fiber *fiber)
{
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack;
    fiber->context.uc_stack.ss_size = STACK_SIZE;
    fiber->context.uc_link = NULL;
    makecontext(&fiber->context, (void (*)(void))fiber_entry, 2, (unsigned)((uintptr_t)fiber >> 32),
                (unsigned)((uintptr_t)fiber & 0xffffffffU));
}

void fiber_prepare(struct fiber *fiber, struct fiber_loop *loop, uint8_t *stack, void (*run)(void *),
                   void *argument)
{
    *fiber = (struct fiber){.loop = loop, .stack = stack, .run = run, .argument = argument};
#ifdef WITH_ASAN
    __asan_unpoison_memory_region(stack, STACK_SIZE); /* its last user may have left traces */
#endif
#ifdef WITH_VALGRIND
    fiber->valgrind_id = VALGRIND_STACK_REGISTER(stack, stack + STACK_SIZE);
#endif
    context_make(fiber);
}

void fiber_resume(struct fiber *fiber)
{
    void *fake_stack = NULL;
    int saved = errno;

    leave_loop(fiber, &fake_stack);
    swapcontext(&fiber->loop->context, &fiber->context);
    arrive_at_loop(fake_stack);
    errno = saved;
}

void fiber_pause(struct fiber *fiber)
{
    int saved = errno;

    leave_fiber(fiber);
    swapcontext(&fiber->context, &fiber->loop->context);
    arrive_at_fiber(fiber, fiber->fake_stack);
    errno = saved;
}

void fiber_finish(struct fiber *fiber)
{
#ifdef WITH_VALGRIND
    VALGRIND_STACK_DEREGISTER(fiber->valgrind_id);
#endif
    fiber->stack = NULL;
}
