/* SPDX-License-Identifier: Apache-2.0 */
/* Knows whose window it is, and when the next one begins. */
#include "kernel/sched/plan.h"

#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/obj/memory.h"
#include "kernel/sched/deadline.h"

#define LATE_MOST UINT32_MAX /* later than that, the machine stood still */

struct budget *plan_first(const struct cpu *cpu)
{
    struct budget *plain = cpu->plan.closed & 1 ? NULL : cpu->ready.first;
    struct alarm *first = NULL;
    for (unsigned i = 1; i < BH_PLAN_GROUPS; i++) { /* bound: 31 groups */
        struct alarm *alarm = cpu->groups[i].first;
        bool shut = cpu->plan.closed >> i & 1;
        if (alarm && !shut && (!first || alarm_sooner(alarm, first))) {
            first = alarm;
        }
    }
    bool before = first && (!plain || budget_of_alarm(first)->priority >= plain->priority);
    return before ? budget_of_alarm(first) : plain;
}

void plan_queue(struct budget *budget, uint64_t order)
{
    struct alarm_queue *group = &budget->cpu->groups[budget->group];
    group->count = order;
    alarm_set(group, &budget->alarm, PRIORITIES - budget->priority);
    budget->queued = QUEUED_GROUP;
    budget->cpu->resched = 1;
}

void plan_prepare(struct cpu *cpu)
{
    cpu->plan.always = TIMED_PLAN;
    cpu->timed |= TIMED_PLAN;
}

/* What the holder of the memory wrote, and may be changing: every word is read once, and whatever
 * it says does. */
static struct bh_plan *plan_running(const struct plan_state *state)
{
    const struct object *memory = slot_object(&state->core->plans[state->active]);
    return memory ? memory_kernel(container_of(memory, const struct memory, object)) : NULL;
}

/* The window that the state says begins, or the frame's first one. */
static void plan_enter(struct cpu *cpu, uint64_t when)
{
    struct plan_state *state = &cpu->plan;
    struct bh_plan *plan = plan_running(state);
    if (!plan || state->window >= BH_PLAN_WINDOWS || state->window >= plan->count) {
        state->window = 0;
        state->active ^= state->change;
        state->change = 0;
        plan = plan_running(state);
    }
    state->boundary = 0;
    state->closed = 0;
    if (plan) {
        struct bh_window *window = &plan->windows[state->window];
        uint32_t length = __atomic_load_n(&window->length, __ATOMIC_RELAXED);
        state->boundary = when + (length < BH_WINDOW_LEAST ? BH_WINDOW_LEAST : length);
        state->closed = ~window->open;
        window->turns++;
    }
    cpu->resched = 1;
}

void plan_turn(struct cpu *cpu, uint64_t now)
{
    struct plan_state *state = &cpu->plan;
    if (state->boundary == 0 || state->boundary > now) {
        return;
    }
    struct bh_plan *plan = plan_running(state);
    uint64_t late = now - state->boundary;
    if (plan && late > plan->windows[state->window].late) {
        plan->windows[state->window].late = (uint32_t)late;
    }
    state->window++;
    plan_enter(cpu, late < LATE_MOST ? state->boundary : now);
}

status plan_start(struct core *core, struct slot *memory, bool at_once)
{
    struct cpu *cpu = core->cpu;
    struct plan_state *state = &cpu->plan;
    struct slot *place = &core->plans[!state->active];
    status result = cap_bind(place, memory);
    if (result == BH_OK) {
        plan_prepare(cpu);
        state->core = core;
        state->change = 1;
        if (at_once || state->boundary == 0) {
            state->window = UINT8_MAX; /* behind the last one */
            plan_enter(cpu, arch_now());
            deadline_arm(cpu);
        }
    }
    return result;
}
