/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the build machine's contexts: guests/rtos/port.h for unit tests. */
#include "tests/unit/rtos/world.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "guests/rtos/port.h"
#include "guests/rtos/timer.h"

#define STACK 65536
#define TRACE 4096

static ucontext_t outside;
static ucontext_t contexts[TASK_MAX];
static unsigned char stacks[TASK_MAX][STACK];
static struct {
    void (*entry)(void *);
    void *argument;
} starts[TASK_MAX];
static unsigned context_count;
static unsigned guard_count;

static uint64_t now, alarm_at, latency;
static bool locked, interrupted;
static unsigned posted;
static char trace[TRACE];

static ucontext_t *context_of(const struct task *task)
{
    return &contexts[task->frame.x[0]];
}

static void begin(unsigned index)
{
    locked = false;
    starts[index].entry(starts[index].argument);
    abort(); /* a task returned */
}

void port_prepare(struct task *task, void (*entry)(void *), void *argument, uint8_t *stack_top)
{
    unsigned index = context_count++;
    ucontext_t *context = &contexts[index];

    assert((uintptr_t)stack_top % 16 == 0);
    starts[index].entry = entry;
    starts[index].argument = argument;
    task->frame.x[0] = index;
    getcontext(context);
    context->uc_stack.ss_sp = stacks[index];
    context->uc_stack.ss_size = STACK;
    makecontext(context, (void (*)(void))begin, 1, index);
}

uint64_t port_lock(void)
{
    bool was = locked;

    locked = true;
    return was;
}

void port_unlock(uint64_t was)
{
    assert(locked);
    locked = was != 0;
}

void port_post(unsigned priority)
{
    posted = priority;
}

void port_post_interrupt(void)
{
    posted = WORLD_INTERRUPT;
}

unsigned world_posted(void)
{
    return posted;
}

bool port_in_interrupt(void)
{
    return interrupted;
}

/* Each context comes back as it left: locked. */
void port_switch(void)
{
    struct task *from = task_current;
    struct task *to;

    assert(locked && !interrupted);
    to = task_pick();
    if (to != from) {
        swapcontext(context_of(from), context_of(to));
    }
    locked = true;
}

uint64_t port_now(void)
{
    return now;
}

void port_alarm(uint64_t deadline)
{
    assert(locked || interrupted || task_current == NULL);
    alarm_at = deadline;
}

void port_guard(uint8_t *page)
{
    assert((uintptr_t)page % TASK_PAGE == 0);
    guard_count++;
}

void world_interrupt(void (*handler)(void))
{
    assert(!locked && !interrupted);
    interrupted = true;
    handler();
    interrupted = false;
    locked = true;
    port_switch();
    locked = false;
}

static void ring(void)
{
    uint64_t entry = alarm_at + latency > now ? alarm_at + latency : now;

    now = entry;
    timer_interrupt(entry);
}

void port_idle(void)
{
    if (alarm_at == TIME_NEVER) {
        setcontext(&outside);
    }
    world_interrupt(ring);
}

void world_work(uint64_t ticks)
{
    while (ticks > 0) {
        uint64_t step = alarm_at == TIME_NEVER || alarm_at > now + ticks ? ticks
                        : alarm_at > now                                 ? alarm_at - now
                                                                         : 0;

        now += step;
        ticks -= step;
        if (now >= alarm_at) {
            world_interrupt(ring);
        }
    }
}

void world_end(void)
{
    (void)port_lock();
    (void)task_block(NULL, TIME_NEVER);
    abort();
}

void world_open(void)
{
    context_count = 0;
    guard_count = 0;
    now = 0;
    latency = 0;
    alarm_at = TIME_NEVER;
    trace[0] = '\0';
    task_open();
}

void world_run(void)
{
    swapcontext(&outside, context_of(task_pick())); /* port_idle() comes back */
    locked = false;
}

void world_set_latency(uint64_t ticks)
{
    latency = ticks;
}

void world_note(const char *text)
{
    assert(strlen(trace) + strlen(text) + 2 < TRACE);
    strcat(trace, text);
    strcat(trace, " ");
}

const char *world_trace(void)
{
    return trace;
}

unsigned world_guards(void)
{
    return guard_count;
}
