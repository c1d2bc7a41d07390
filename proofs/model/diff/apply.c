/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how each thing that can happen is made to happen to the kernel and to the model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/vcpu_page.h"
#include "abi/plan_page.h"
#include "kernel/core/check.h"
#include "kernel/lib/log.h"
#include "kernel/core/ipc.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/cell_ops.h"
#include "kernel/obj/core.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/irq.h"
#include "kernel/obj/line.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/signal.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/trace.h"
#include "kernel/sched/sched.h"
#include "proofs/model/diff/cores.h"

#define UNITS_MOST  3000 /* more than one interrupted call ever does */
#define DEEP_EVERY  64
#define TOUCHES     8 /* accesses of one event, to two lines that are so far apart */
#define TOUCH_APART 2048

static const struct model_extent *boot_extents(void)
{
    static struct model_extent extents[MACHINE_EXTENTS];
    for (unsigned i = 0; i < MACHINE_EXTENTS; i++) {
        const struct boot_extent *e = &machine_extents[i];
        extents[i] = (struct model_extent){e->base, e->size, (uint8_t)e->kind, e->slot};
    }
    return extents;
}

static struct model_sizes kernel_sizes(uint32_t cores)
{
    return (struct model_sizes){
        .object = {[BH_CELL] = pool_order(sizeof(struct cell)),
                   [BH_MEMORY] = pool_order(sizeof(struct memory)),
                   [BH_THREAD] = pool_order(sizeof(struct thread)),
                   [BH_VCPU] = pool_order(sizeof(struct vcpu)),
                   [BH_ENDPOINT] = pool_order(sizeof(struct endpoint)),
                   [BH_SIGNAL] = pool_order(sizeof(struct signal)),
                   [BH_IRQ] = pool_order(sizeof(struct irq)),
                   [BH_LINE] = pool_order(sizeof(struct line)),
                   [BH_BUDGET] = pool_order(sizeof(struct budget)),
                   [BH_CORE] = pool_order(sizeof(struct core)),
                   [BH_TRACE] = pool_order(sizeof(struct trace))},
        .fp_order = pool_order(sizeof(struct thread_fp)),
        .slot_order = 5,
        .virq_order = 1,
        .limited_order = pool_order(sizeof(struct budget) + offsetof(struct limit, parent)),
        .derived_order = pool_order(sizeof(struct budget) + sizeof(struct limit)),
        .pool_header = sizeof(struct pool),
        .pool_base = HOST_POOL_BASE,
        .vmids = host.vmids,
        .cores = cores,
    };
}
static_assert(sizeof(struct slot) == 1 << 5 && sizeof(struct virq) == 1 << 1, "kernel_sizes");

/* What is in the memory of plans that run, as it was before what happens now: the kernel may have
 * read it and then, in one step, destroyed it, which zeroes it. */
static struct kept {
    int memory;
    struct bh_plan plan;
} kept[HOST_CORES][2];

static void plans_keep(const struct diff *d)
{
    static const enum model_role roles[2] = {ROLE_PLAN, ROLE_PLAN_OTHER};
    for (unsigned i = 0; i < d->model.sizes.cores * 2; i++) {
        struct kept *k = &kept[i / 2][i % 2];
        int core = d->model.plans[i / 2].core;
        k->memory = core ? model_bound(&d->model, core, roles[i % 2]) : 0;
        if (k->memory) {
            k->plan = *(struct bh_plan *)memory_kernel(memory_of(d->objects[k->memory]));
        }
    }
}

static const struct bh_plan *look(void *who, int memory)
{
    const struct diff *d = who;
    for (unsigned i = 0; i < HOST_CORES * 2; i++) {
        if (kept[i / 2][i % 2].memory == memory) {
            return &kept[i / 2][i % 2].plan;
        }
    }
    return memory_kernel(memory_of(d->objects[memory]));
}

/* Half of the runs have one core. */
static uint32_t core_count(uint64_t seed)
{
    return seed % 4 < 2 ? 1 : (uint32_t)(seed % 4);
}

void diff_begin(struct diff *d, struct report *report, uint64_t seed)
{
    uint32_t irqs[2 * MACHINE_IRQS];
    memset(d, 0, sizeof *d);
    d->report = report;
    d->random = seed * 2 + 1;
    d->servers = seed % 3 == 0;
    d->guests = seed % 6 == 0;
    d->timed = seed % 3 == 1;
    machine_alone = true;
    struct boot_info *info = machine_info();
    struct boot_core *cores = (void *)((char *)info + info->core_offset);
    uint32_t slots[MODEL_CORES] = {0};
    info->core_count = core_count(seed);
    for (uint32_t i = 1; i < info->core_count; i++) {
        cores[i].slot = slots[i - 1] = CORE_SLOT(i);
    }
    machine_start(seed);
    for (unsigned i = 0; i < MACHINE_IRQS; i++) {
        irqs[2 * i] = machine_irqs[i].intid;
        irqs[2 * i + 1] = machine_irqs[i].slot;
    }
    struct model_boot boot = {
        .pool_order = pool_order(info->pool_size),
        .irq_table_order = pool_order((HOST_IRQS - 32) * sizeof(void *)),
        .warden_slots = info->warden_slots,
        .warden_priority = (uint32_t)info->warden_priority,
        .entry = info->warden_entry,
        .sp = info->warden_sp,
        .arg = info->warden_arg,
        .extents = boot_extents(),
        .extent_count = MACHINE_EXTENTS,
        .irqs = irqs,
        .irq_count = MACHINE_IRQS,
        .cores = slots,
    };
    struct model_sizes sizes = kernel_sizes(info->core_count);
    model_boot(&d->model, &sizes, &boot);
    d->model.look = look;
    d->model.who = d;
    d->model.now = host.now;
    if (seed % 4 == 0) {
        host.vmids = d->model.sizes.vmids = 6; /* a machine that runs out of them */
    }
    d->rings = seed / 4 % 2;
    d->bare = seed / 8 % 2;
    /* The warden's cell is known; everything else is met in its table. */
    int cell = d->model.cells[1].object;
    d->objects[cell] = &machine_current()->cell->object;
    d->born[cell] = d->model.objects[cell].born;
}

bool diff_say(struct diff *d, const char *what, uint64_t number, uint64_t kernel, uint64_t model)
{
    snprintf(d->report->difference, sizeof d->report->difference,
             "%s (%llu): kernel 0x%llx, model 0x%llx", what, (unsigned long long)number,
             (unsigned long long)kernel, (unsigned long long)model);
    return false;
}

static struct model_thread *running(struct diff *d)
{
    return d->model.current ? &d->model.threads[d->model.objects[d->model.current].part] : NULL;
}

/* ---- calls ---- */

/* Calls whose caller is READY again, behind them, are over. */
static void count_statuses(struct diff *d)
{
    for (int i = 1; i < MODEL_THREADS; i++) {
        const struct model_thread *t = &d->model.threads[i];
        struct pending *p = &d->pending[i];
        bool same = p->object == t->object;
        if (p->object == 0 || (same && (t->state != M_READY || t->pc == p->pc))) {
            continue;
        }
        if (same && p->number < DIFF_CALLS && t->x[8] < DIFF_STATUSES) {
            d->report->coverage[p->number][t->x[8]]++;
        }
        p->object = 0;
    }
}

/* The kernel stopped at a preemption point: the model must be where it is after some number of
 * units; or after all, if the point was behind what counts. */
bool diff_follow(struct diff *d, void (*happen)(struct model *m))
{
    static struct model before;
    before = d->model;
    for (uint64_t tries = 0; tries < UNITS_MOST; tries++) {
        d->model = before;
        d->model.units = tries + 1 < UNITS_MOST ? tries : UINT64_MAX; /* what is not seen: least */
        happen(&d->model);
        d->model.units = UINT64_MAX;
        if (diff_compare(d, true) && diff_spaces(d)) {
            d->report->difference[0] = 0;
            return true;
        }
        if (getenv("DIFF_TELL")) { /* for whoever looks for a difference in an interrupted call */
            fprintf(stderr, "not %llu units: %s\n", (unsigned long long)tries,
                    d->report->difference);
        }
    }
    d->model = before;
    happen(&d->model);
    (void)diff_compare(d, true);
    char last[128];
    snprintf(last, sizeof last, "%.120s", d->report->difference);
    snprintf(d->report->difference, sizeof d->report->difference,
             "a call that stopped at a preemption point left what no number of units leaves; if "
             "all were done: %s",
             last);
    return false;
}

static int model_of(const struct diff *d, const struct object *object)
{
    int found = 1;
    while (found + 1 < MODEL_OBJECTS &&
           (d->objects[found] != object || d->model.objects[found].type == BH_EMPTY ||
            d->born[found] != d->model.objects[found].born)) {
        found++;
    }
    return found;
}

/* How many objects have a memory in this role. */
static int users(const struct model *m, int memory, enum model_role role)
{
    int count = 0;
    for (int i = 1; i < MODEL_OBJECTS && memory != 0; i++) {
        count += m->objects[i].type && model_bound(m, i, role) == memory;
    }
    return count;
}

/* What a cell wrote into the memory of a plan before it starts that. Not what others do to a vCPU's
 * page: whether the kernel looks there before that vCPU runs again is not told. */
static void write_plan(struct diff *d, const struct thread *thread, const struct op *op)
{
    struct slot *slot = cap_slot(thread->cell, op->x[0]);
    bool memory = slot && slot_full(slot) && slot_type(slot) == BH_MEMORY;
    struct bh_plan *plan = memory ? memory_kernel(memory_of(slot_object(slot))) : NULL;
    int object = plan ? model_of(d, slot_object(slot)) : 0;
    uint64_t random = op->x[5] * 2 + 1;
    if (plan && users(&d->model, object, ROLE_PAGE) == 0) {
        plan->count = (uint32_t)(host_random(&random) % 5);
        d->model.objects[object].posted = plan->count; /* the same word */
        for (unsigned i = 0; i < 5; i++) {
            plan->windows[i].length = (uint32_t)(400 + host_random(&random) % 900);
            plan->windows[i].open = (uint32_t)(host_random(&random) % 32) | (i != 3);
        }
    }
}

static bool apply_call(struct diff *d, const struct op *op, bool again)
{
    struct model_thread *t = running(d);
    int part = d->model.objects[t->object].part;
    struct thread *thread = cpu_this()->current;
    for (unsigned i = 0; i < OP_REGISTERS && !again; i++) {
        thread->frame.x[i] = t->x[i] = op->x[i];
    }
    if (!again && op->x[8] == CALL_plan_start) {
        write_plan(d, thread, op);
        plans_keep(d);
    }
    uint64_t number = t->x[8], pc = t->pc, preempted = host.preemptions;
    t->pc += 4;
    d->pending[part] = (struct pending){t->object, number, pc};
    host.polls_left = op->preempt;
    machine_svc();
    if (host.preemptions == preempted) {
        model_call(&d->model);
    } else if (!diff_follow(d, model_call)) {
        return false;
    } else {
        d->report->preempted++;
    }
    d->spaces_changed |= number >= 9 && number <= 25;
    return true;
}

/* ---- other events ---- */

static void apply_fault(struct diff *d, const struct op *op, bool is_exit)
{
    struct cpu *cpu = cpu_this();
    memcpy(cpu->words, op->x, sizeof cpu->words);
    memcpy(d->model.fault, op->x, sizeof d->model.fault);
    struct model_thread *t = running(d);
    struct vcpu *vcpu = vcpu_of(cpu->current);
    if (t->vcpu) {
        t->abortable = op->x[0] & 1;
        vcpu->arch.exit_abort = t->abortable;
    }
    if (is_exit) {
        t->exit_read = op->x[8] < 31;
        t->exit_register = (uint8_t)op->x[8];
        t->timer = op->x[9];
        vcpu->arch.timer = t->timer;
        vcpu->arch.exit_read = t->exit_read;
        vcpu->arch.exit_register = t->exit_register;
        machine_leave(entry_event(cpu->current, cpu, BH_EVENT_EXIT));
        model_exit(&d->model);
    } else {
        machine_leave(entry_fault(cpu->current, cpu));
        model_fault(&d->model);
    }
}

static void apply_interrupt(struct diff *d, uint32_t intid)
{
    if (host_irq_take(intid)) {
        machine_leave(irq_fire(cpu_this(), *irq_entry(cpu_this(), intid), intid));
        model_interrupt(&d->model, intid);
    }
}

static void apply_time(struct diff *d, uint64_t ticks)
{
    uint64_t timer = host.cores[cpu_this()->id].timer;
    host.now += ticks;
    d->model.now = host.now;
    if (timer != 0 && timer <= host.now) {
        while (time_tick(cpu_this())) {
        }
        machine_leave(sched_resume(cpu_this()));
        model_tick(&d->model);
    }
}

static bool apply_guest(struct diff *d, const struct op *op)
{
    struct vcpu *vcpu = vcpu_of(cpu_this()->current);
    if (op->x[1] != 0) {
        if (host_guest_end(vcpu, (uint32_t)op->x[1] - 1)) {
            model_guest_end(&d->model, (uint32_t)op->x[1] - 1);
        }
        return true;
    }
    int taken = host_guest_acknowledge(vcpu);
    if (taken >= 0 && !model_guest_take(&d->model, (uint32_t)taken)) {
        return diff_say(d, "the guest takes an interrupt that is not deliverable", (uint64_t)taken,
                        1, 0);
    }
    return true;
}

/* FP and EL1 registers belong to whoever used them last, however lazily they are switched. */
static bool apply_float(struct diff *d, uint64_t value)
{
    struct model_thread *t = running(d);
    uint64_t *q = NULL, *el1 = &host.cores[cpu_this()->id].el1[2];
    if (host_fp_use(&q) != t->fp) {
        return diff_say(d, "right to floating point", (uint64_t)t->object, !t->fp, t->fp);
    }
    if (t->fp && q[3] != t->fp_value) {
        return diff_say(d, "FP register of a thread", (uint64_t)t->object, q[3], t->fp_value);
    }
    if (t->vcpu && *el1 != t->el1_value) {
        return diff_say(d, "EL1 register of a vCPU", (uint64_t)t->object, *el1, t->el1_value);
    }
    if (t->fp) {
        q[3] = t->fp_value = value;
        model_float(&d->model);
    }
    if (t->vcpu) {
        *el1 = t->el1_value = value;
    }
    return true;
}

/* One access: both agree on whether it faults and where it leads; the value is a possible one. */
static bool touch(struct diff *d, const struct host_use *use)
{
    const struct model_leaf *leaf = model_translate(&d->model, use->address, use->access);
    uint64_t physical = 0, value = 0;
    bool done = host_use(use, &physical, &value);
    if (done != (leaf != NULL)) {
        return diff_say(d, "access is permitted at", use->address, done, leaf != NULL);
    }
    if (!done || leaf->target < HOST_USER_BASE || leaf->kind == BH_DEVICE) {
        return true;
    }
    uint64_t expected = leaf->target + (use->address - leaf->ipa);
    bool cached = leaf->kind == BH_RAM && !use->uncached;
    if (physical != expected) {
        return diff_say(d, "an access leads elsewhere, at", use->address, physical, expected);
    }
    if (use->access == BH_MAP_WRITE) {
        model_wrote(&d->model, physical, cached, use->value);
    } else if (use->access == BH_MAP_EXEC && !model_may_fetch(&d->model, physical, value)) {
        return diff_say(d, "old instruction at", physical, value, 0);
    } else if (use->access == BH_MAP_READ && !model_may_read(&d->model, physical, cached, value)) {
        return diff_say(d, "old data at", physical, value, cached);
    }
    return true;
}

/* A few accesses of one page. A guest whose own MMU is off accesses memory past the cache. */
static bool apply_touch(struct diff *d, const struct op *op)
{
    uint64_t random = op->x[1] | 1;
    for (unsigned i = 0; i < TOUCHES; i++) {
        uint64_t luck = host_random(&random);
        struct host_use use = {.address = op->x[0] + (luck & 1) * TOUCH_APART,
                               .access = UINT64_C(1) << (luck >> 8) % 3,
                               .value = luck >> 16,
                               .uncached = running(d)->vcpu && (luck >> 12) % 4 == 0};
        if (!touch(d, &use)) {
            return false;
        }
    }
    return true;
}

/* A guest posts, in the page that both see; not in one that is another vCPU's, too: see above. */
static void apply_post(struct diff *d, const struct op *op)
{
    int memory = model_bound(&d->model, d->model.current, ROLE_PAGE);
    struct model_object *page = &d->model.objects[memory];
    struct bh_vcpu_page *words = vcpu_of(cpu_this()->current)->words;
    if (users(&d->model, memory, ROLE_PAGE) == 1) {
        words->posted = page->posted = (uint32_t)op->x[0];
        words->interrupt = page->interrupt = (uint32_t)op->x[1];
    }
}

static bool apply_event(struct diff *d, const struct op *op)
{
    switch ((enum op_kind)op->kind) {
    case OP_CALL:
    case OP_AGAIN:
        return apply_call(d, op, op->kind == OP_AGAIN);
    case OP_FAULT:
    case OP_EXIT:
        apply_fault(d, op, op->kind == OP_EXIT);
        return true;
    case OP_INTERRUPT:
        apply_interrupt(d, (uint32_t)op->x[0]);
        return true;
    case OP_TIME:
        apply_time(d, op->x[0]);
        return true;
    case OP_CORE:
        cores_turn(d, (uint32_t)op->x[0]);
        return true;
    case OP_MAIL:
        return cores_mail(d, op);
    case OP_SLEEP:
        vcpu_idle(vcpu_of(cpu_this()->current), op->x[0]);
        machine_leave(sched_resume(cpu_this()));
        model_sleep(&d->model, op->x[0]);
        return true;
    case OP_GUEST:
        return apply_guest(d, op);
    case OP_TOUCH:
        return apply_touch(d, op);
    case OP_FLOAT:
        return apply_float(d, op->x[0]);
    case OP_POST:
        apply_post(d, op);
        return true;
    case OP_KINDS:
        break;
    }
    return true;
}

/* What is in a ring is not modelled, what is in a vCPU's page or a plan is: no ring is either. */
static bool ring_as_page(const struct diff *d, const struct model_thread *t, const uint64_t *x)
{
    const struct model *m = &d->model;
    const struct model_cell *c = &m->cells[m->objects[t->cell].part];
    bool ring = x[8] == CALL_trace_ring, page = x[8] == CALL_vcpu_page || x[8] == CALL_plan_start;
    uint64_t slot = ring ? x[1] : x[0];
    int cap = slot < c->slot_count && c->slots[slot] > 0 ? c->slots[slot] : 0;
    int memory = m->caps[cap].object;
    return (page && m->objects[memory].written) ||
           (ring && (users(m, memory, ROLE_PAGE) || users(m, memory, ROLE_PLAN) ||
                     users(m, memory, ROLE_PLAN_OTHER)));
}

static bool left_out(const struct diff *d, const struct model_thread *t, const uint64_t *x)
{
    bool page = x[8] == CALL_vcpu_page || (x[8] == CALL_plan_start && x[0] != 0);
    bool many =
        d->model.sizes.cores > 1; /* a call that travels finds another state when it comes */
    return ring_as_page(d, t, x) || (many && (d->rings ? page : x[8] == CALL_trace_ring));
}

/* Things that need a certain kind of thread to run do not happen without it (a shortened trace). */
static bool can_happen(struct diff *d, const struct op *op)
{
    const struct model_thread *t = running(d);
    switch ((enum op_kind)op->kind) {
    case OP_INTERRUPT:
        return host.irqs[op->x[0]].core == d->model.core;
    case OP_TIME:
        return true;
    case OP_CORE:
        return cores_can_turn(d, (uint32_t)op->x[0]);
    case OP_MAIL:
        return cores_can_mail(d, (uint32_t)op->x[0]);
    case OP_EXIT:
        return t && t->vcpu;
    case OP_SLEEP:
        return t && t->vcpu && !model_deliverable(t);
    case OP_GUEST:
        return t && t->vcpu && op->x[1] <= t->virq_count;
    case OP_POST:
        return t && model_bound(&d->model, t->object, ROLE_PAGE);
    case OP_CALL:
        return t && !left_out(d, t, op->x);
    case OP_AGAIN:
        return t && !left_out(d, t, t->x);
    case OP_FAULT:
    case OP_TOUCH:
    case OP_FLOAT:
        return t != NULL;
    case OP_KINDS:
        break;
    }
    return false;
}

bool diff_apply(struct diff *d, const struct op *op)
{
    bool off = d->model.posts[d->model.core].power == POWER_OFF;
    if (!can_happen(d, op) || (off && op->kind != OP_CORE && op->kind != OP_MAIL)) {
        return true;
    }
    d->report->kinds[op->kind]++;
    plans_keep(d);
    if (!apply_event(d, op)) {
        return false;
    }
    count_statuses(d);
    bool deep = d->report->steps % DEEP_EVERY == 0;
    if (deep) {
        kernel_check(cpu_this());
        machine_check_free();
        d->report->checks++;
    }
    if (!diff_compare(d, deep) || ((deep || d->spaces_changed) && !diff_spaces(d))) {
        return false;
    }
    d->spaces_changed = false;
    return true;
}
