/* SPDX-License-Identifier: Apache-2.0 */
/* Knows whose window it is, and when the next one begins. */
#include "kernel/sched/plan.h"

#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/core/calls.h"
#include "kernel/obj/memory.h"
#include "kernel/sched/deadline.h"

#define LATE_MOST UINT32_MAX /* later than that, the machine stood still */

/* Who comes first in a group, if it is admitted. */
static ALWAYS_INLINE struct alarm *plan_best(const struct cpu *cpu, unsigned group)
{
    return cpu->plan.closed >> group & 1 ? NULL : cpu->groups[group].first;
}

/* Of two places of cpu.best, who comes first, into the one above. From BH_PLAN_GROUPS on they are
 * the groups. */
static ALWAYS_INLINE void plan_match(struct alarm **best, unsigned place)
{
    struct alarm *one = best[2 * place], *other = best[2 * place + 1];
    best[place] = other && (!one || alarm_sooner(other, one)) ? other : one;
}

void plan_changed(struct cpu *cpu, unsigned group)
{
    cpu->best[BH_PLAN_GROUPS + group] = plan_best(cpu, group);
    /* bound: 5, those above */
    for (unsigned place = (BH_PLAN_GROUPS + group) / 2; place != 0; place /= 2) {
        plan_match(cpu->best, place);
    }
}

struct budget *plan_first(const struct cpu *cpu)
{
    struct budget *plain = cpu->plan.closed & 1 ? NULL : cpu->ready.first;
    struct alarm *first = cpu->best[1];
    bool before = first && (!plain || budget_of_alarm(first)->priority >= plain->priority);
    return before ? budget_of_alarm(first) : plain;
}

/* The sooner one's priority, as an alarm says it. */
static uint64_t plan_sooner(uint64_t when, const struct alarm *alarm)
{
    return alarm && alarm->when < when ? alarm->when : when;
}

unsigned plan_second(const struct budget *first)
{
    const struct cpu *cpu = first->cpu;
    bool plain = !(cpu->plan.closed & 1) && cpu->ready.first;
    uint64_t when = PRIORITIES - (plain ? cpu->ready.first->priority : 0u);
    when = plan_sooner(plan_sooner(when, first->alarm.below[0]), first->alarm.below[1]);
    /* bound: 5, those beside its own */
    for (unsigned place = BH_PLAN_GROUPS + first->group; place > 1; place /= 2) {
        when = plan_sooner(when, cpu->best[place ^ 1]);
    }
    return (unsigned)(PRIORITIES - when);
}

void plan_queue(struct budget *budget, bool first)
{
    struct cpu *cpu = budget->cpu;
    struct alarm_queue *group = &cpu->groups[budget->group];
    uint64_t turn = ++cpu->plan.turns;
    group->count = UINT64_MAX / 2 + (first ? -turn : turn);
    alarm_set(group, &budget->alarm, PRIORITIES - budget->priority);
    plan_changed(cpu, budget->group);
    budget->queued = QUEUED_GROUP;
    cpu->resched = 1;
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
    for (unsigned group = 1; group < BH_PLAN_GROUPS; group++) { /* bound: 31 groups */
        cpu->best[BH_PLAN_GROUPS + group] = plan_best(cpu, group);
    }
    for (unsigned place = BH_PLAN_GROUPS - 1; place != 0; place--) { /* bound: 31 places */
        plan_match(cpu->best, place);
    }
    cpu->resched = 1;
}

bool plan_turn(struct cpu *cpu, uint64_t now)
{
    struct plan_state *state = &cpu->plan;
    if (state->boundary == 0 || state->boundary > now) {
        return false;
    }
    struct bh_plan *plan = plan_running(state);
    uint64_t late = now - state->boundary;
    if (plan && late > plan->windows[state->window].late) {
        plan->windows[state->window].late = (uint32_t)late;
    }
    state->window++;
    plan_enter(cpu, late < LATE_MOST ? state->boundary : now);
    return true;
}

status plan_start(struct core *core, struct slot *memory, bool at_once)
{
    struct cpu *cpu = core->cpu;
    struct plan_state *state = &cpu->plan;
    struct slot *place = &core->plans[!state->active];
    status result = cap_bind(place, memory);
    if (result == BH_OK) {
        call_unlock(cpu);
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
