/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how the driver moves from core to core, in which order mail arrives, and how a core goes on
 * and off. */
#include "proofs/model/diff/cores.h"

#include <setjmp.h>
#include <string.h>

#include "kernel/obj/core.h"
#include "kernel/sched/deadline.h"
#include "kernel/sched/sched.h"

static bool kicked(uint32_t core)
{
    return host.cores[core].cpu.arch.kicks != 0;
}

bool cores_can_turn(const struct diff *d, uint32_t core)
{
    return core < d->model.sizes.cores && core != d->model.core &&
           d->model.posts[core].power != POWER_OFF;
}

void cores_turn(struct diff *d, uint32_t core)
{
    struct cpu *cpu = host_use_core(core);
    uint64_t timer = host.cores[core].timer;
    model_use_core(&d->model, core);
    if (cpu->power == CPU_COMING) {
        (void)host_kicked(); /* the interrupt is not pending in a core that starts */
        machine_leave(cpu_enter(cpu));
        model_enter(&d->model);
    } else if (timer != 0 && timer <= host.now) {
        while (time_tick(cpu)) {
        }
        machine_leave(sched_resume(cpu));
        model_tick(&d->model);
    }
}

bool cores_can_mail(const struct diff *d, uint32_t core)
{
    uint8_t power = core < d->model.sizes.cores ? d->model.posts[core].power : POWER_OFF;
    return power != POWER_OFF && power != POWER_COMING && kicked(core);
}

/* A core that goes off does not come back from there. */
static void mail_here(struct cpu *cpu)
{
    jmp_buf left;
    struct host_core *core = &host.cores[cpu->id];
    core->leave = &left;
    if (setjmp(left) == 0) {
        mail_irq(cpu);
        machine_leave(sched_resume(cpu));
    }
    host.polls_left = 0;
    host.cores[cpu_this()->id].leave = NULL;
}

bool cores_mail(struct diff *d, const struct op *op)
{
    uint32_t id = (uint32_t)op->x[0];
    if (id != d->model.core) {
        cores_turn(d, id);
    }
    uint64_t preempted = host.preemptions;
    (void)host_kicked();
    host.polls_left = op->preempt;
    mail_here(&host.cores[id].cpu);
    d->spaces_changed = true;
    if (host.preemptions != preempted) {
        d->report->preempted++;
        return diff_follow(d, model_mail);
    }
    model_mail(&d->model);
    return true;
}

static bool core_runs(const struct diff *d, uint32_t core)
{
    const struct model *m = &d->model;
    return (core == m->core ? m->current : m->cores[core].current) != 0;
}

bool cores_idle(const struct diff *d)
{
    bool idle = true;
    for (uint32_t i = 0; i < d->model.sizes.cores; i++) {
        idle = idle && !core_runs(d, i) && !model_mail_waits(&d->model, i);
    }
    return idle;
}

/* ---- what is next ---- */

enum stage { POWER, TURN, COME, MAKE_THREAD, MAKE_BUDGET, BIND, RESUME, STAGES };

static void call(struct op *op, uint64_t number, uint64_t cap, const uint64_t arguments[5])
{
    *op = (struct op){.kind = OP_CALL};
    memcpy(op->x, arguments, 5 * sizeof op->x[0]);
    op->x[8] = number;
    op->x[9] = cap;
}

#define STEP(number, cap, ...) call(op, number, cap, (const uint64_t[5]){__VA_ARGS__})

/* The warden, on core 0, starts a core and a thread there. */
static void stage_call(struct op *op, enum stage stage, uint32_t core)
{
    switch (stage) {
    case POWER:
        STEP(CALL_core_power, CORE_SLOT(core), 3);
        break;
    case TURN:
        *op = (struct op){.kind = OP_CORE, .x = {core}};
        break;
    case COME: /* the call is made again, and finds the core on */
        *op = (struct op){.kind = OP_AGAIN};
        break;
    case MAKE_THREAD:
        STEP(CALL_pool_create, WARDEN_POOL, BH_THREAD, CORE_THREAD_SLOT(core), WARDEN_CELL, 0,
             core);
        break;
    case MAKE_BUDGET:
        STEP(CALL_pool_create, WARDEN_POOL, BH_BUDGET, CORE_BUDGET_SLOT(core), CORE_SLOT(core),
             MACHINE_PRIORITY);
        break;
    case BIND:
        STEP(CALL_thread_budget, CORE_THREAD_SLOT(core), CORE_BUDGET_SLOT(core));
        break;
    case RESUME:
        STEP(CALL_thread_resume, CORE_THREAD_SLOT(core), 0);
        break;
    case STAGES:
        break;
    }
}

static bool mail_next(struct diff *d, struct op *op)
{
    uint32_t cores = d->model.sizes.cores, first = (uint32_t)diff_random(d, cores);
    for (uint32_t i = 0; i < cores; i++) {
        uint32_t core = (first + i) % cores;
        if (cores_can_mail(d, core)) {
            *op = (struct op){.kind = OP_MAIL, .x = {core}};
            op->preempt = diff_random(d, 4) ? 0 : 1 + (uint32_t)diff_random(d, 6);
            return true;
        }
    }
    return false;
}

static bool turn_next(struct diff *d, struct op *op, uint32_t core)
{
    *op = (struct op){.kind = OP_CORE, .x = {core}};
    return cores_can_turn(d, core);
}

/* All cores are started first, one after the other; each call there and back. */
static bool start_next(struct diff *d, struct op *op)
{
    uint32_t core = 1 + d->started / STAGES;
    if (core >= d->model.sizes.cores) {
        return false;
    }
    if (mail_next(d, op)) {
        op->preempt = 0;
        return true;
    }
    if (d->model.core != 0) {
        return turn_next(d, op, 0);
    }
    stage_call(op, (enum stage)(d->started % STAGES), core);
    d->started += d->bare && d->started % STAGES == COME ? STAGES - COME : 1;
    return true;
}

bool cores_choose(struct diff *d, struct op *op)
{
    uint32_t cores = d->model.sizes.cores;
    if (cores == 1) {
        return false;
    }
    if (d->model.posts[d->model.core].power == POWER_OFF) {
        return turn_next(d, op, 0);
    }
    if (start_next(d, op)) {
        return true;
    }
    bool runs = d->model.current != 0;
    if (diff_random(d, 6) < (runs ? 2 : 4) && mail_next(d, op)) {
        return true;
    }
    uint32_t other = (uint32_t)((d->model.core + 1 + diff_random(d, cores - 1)) % cores);
    return diff_random(d, runs ? 8 : core_runs(d, other) ? 2 : 6) == 0 && turn_next(d, op, other);
}
