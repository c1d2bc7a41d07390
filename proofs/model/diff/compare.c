/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what the kernel's state means in the model's terms, and says where they differ. */
#include <string.h>

#include "abi/vcpu_page.h"
#include "kernel/core/psr.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/cell_ops.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/irq.h"
#include "kernel/obj/line.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/signal.h"
#include "kernel/obj/trace.h"
#include "proofs/model/diff/cores.h"
#include "proofs/model/diff/same.h"

#define NUMBER_CELL 1000u /* slot 7 of the cell that is object 12 is told as 12007 */

static const uint8_t thread_states[] = {
    [M_SUSPENDED] = THREAD_SUSPENDED, [M_READY] = THREAD_READY,     [M_RETRY] = THREAD_RETRY,
    [M_CALLING] = THREAD_CALLING,     [M_WAITING] = THREAD_WAITING, [M_IDLE] = THREAD_IDLE,
    [M_AWAY] = THREAD_AWAY,
};

unsigned same_state(unsigned state)
{
    return thread_states[state];
}

static struct object *kernel_object(const struct diff *d, int object)
{
    return object ? d->objects[object] : NULL;
}

static struct thread *kernel_thread(const struct diff *d, int object)
{
    return object ? thread_of(d->objects[object]) : NULL;
}

/* A new object is met in the slot that names it; from then on it must stay the same. */
static bool object_meet(struct diff *d, int object, struct object *kernel)
{
    const struct model_object *o = &d->model.objects[object];
    if (d->born[object] != o->born) {
        d->objects[object] = kernel;
        d->born[object] = o->born;
        SAME("type of an object", object, kernel->type, o->type);
        SAME("order of an object", object, kernel->pool ? kernel->order : 0,
             o->pool ? o->order : 0);
    }
    SAME("object of a capability", object, (uintptr_t)kernel, (uintptr_t)d->objects[object]);
    return true;
}

static bool mapping_same(struct diff *d, const struct slot *slot, const struct model_cap *c,
                         uint32_t place)
{
    SAME("phase of a mapping in slot", place, mapping_phase(slot), c->phase);
    if (c->phase != PHASE_NONE) {
        SAME("address of a mapping in slot", place, slot->badge & MAPPING_IPA, c->ipa);
        SAME("access of a mapping in slot", place, slot->badge & MAPPING_ACCESS, c->access);
    }
    return true;
}

static bool slot_same(struct diff *d, const struct slot *slot, int cap, uint32_t place)
{
    if (cap <= 0) {
        SAME("word of an empty slot or tombstone", place, slot->word,
             cap == 0 ? 0 : SLOT_TOMBSTONE);
        return true;
    }
    const struct model_cap *c = &d->model.caps[cap];
    SAME("a slot is full", place, slot_full(slot), 1);
    if (!object_meet(d, c->object, slot_object(slot))) {
        return false;
    }
    SAME("type in slot", place, slot_type(slot), d->model.objects[c->object].type);
    SAME("rights in slot", place, slot_rights(slot), c->rights);
    if (slot_type(slot) == BH_MEMORY) {
        return mapping_same(d, slot, c, place);
    }
    SAME("badge in slot", place, slot->badge, c->badge);
    return true;
}

static bool binding_same(struct diff *d, const struct slot *slot, int object, enum model_role role)
{
    return slot_same(d, slot, d->model.objects[object].binding[role], (uint32_t)role);
}

static bool cell_same(struct diff *d, const struct model_cell *c)
{
    const struct cell *cell = cell_of(kernel_object(d, c->object));
    SAME("slots of a cell", c->object, cell->slot_count, c->slot_count);
    SAME("table of a cell", c->object, cell->table != NULL, 1);
    for (uint32_t i = 0; i < c->slot_count; i++) {
        if (!slot_same(d, &cell->table[i], c->slots[i], (uint32_t)c->object * NUMBER_CELL + i)) {
            return false;
        }
    }
    SAME("faults of a cell", c->object, cell->fault_count, c->faults);
    SAME("kind of a cell", c->object, cell->vm, c->vm);
    SAME("sealed cell", c->object, cell->sealed, c->sealed);
    SAME("refused calls of a cell", c->object, cell->refused, c->refused);
    SAME("time of a cell", c->object, cell->time, c->time);
    SAME("traced cell", c->object, (cell->marks & MARK_TRACED) != 0,
         d->model.objects[c->object].binding[ROLE_WATCH] != 0);
    return binding_same(d, &cell->trace, c->object, ROLE_WATCH);
}

static bool registers_same(struct diff *d, const struct thread *k, const struct model_thread *t)
{
    for (unsigned i = 0; i < 31; i++) {
        SAME("register x", i, k->frame.x[i], t->x[i]);
    }
    SAME("pc of thread", t->object, k->frame.pc, t->pc);
    SAME("sp of thread", t->object, k->frame.sp, t->sp);
    SAME("psr of thread", t->object, k->frame.psr, t->psr);
    SAME("tls of thread", t->object, k->frame.tls, t->tls);
    return true;
}

static bool vcpu_same(struct diff *d, const struct model_thread *t)
{
    struct vcpu *k = vcpu_of(kernel_thread(d, t->object));
    SAME("vCPU whose timer is due", t->object, k->timer_due, t->timer_due);
    return binding_same(d, &k->page, t->object, ROLE_PAGE);
}

/* The call, fault or exit that it is in. */
static bool call_same(struct diff *d, const struct model_thread *t, const struct thread *k)
{
    bool sends = t->state == M_AWAY && t->mail == TRAVEL_SEND;
    if (t->state == M_CALLING) {
        SAME("callee of thread", t->object, (uintptr_t)k->callee,
             (uintptr_t)kernel_thread(d, t->callee));
    }
    if (t->state == M_CALLING || t->state == M_RETRY || sends) {
        SAME("what a thread awaits", t->object, k->awaits,
             t->awaits | (sends && t->callee ? AWAITS_REMOTE : 0));
    }
    if (t->state == M_CALLING || t->state == M_WAITING || (sends && t->callee)) {
        SAME("receive slot of thread", t->object, k->recv_slot, t->accept);
    }
    return true;
}

static bool thread_same(struct diff *d, const struct model_thread *t)
{
    const struct thread *k = kernel_thread(d, t->object);
    SAME("memory of a thread is its own", t->object, k->cpu != NULL, 1);
    SAME("state of thread", t->object, k->state, thread_states[t->state]);
    SAME("caller of thread", t->object, (uintptr_t)k->caller,
         (uintptr_t)kernel_thread(d, t->caller));
    SAME("depth of thread", t->object, k->depth, model_depth(&d->model, t->object));
    SAME("signals of thread", t->object, k->signals, t->signals);
    SAME("deadline of thread", t->object, k->deadline.when, t->deadline);
    int budget = model_bound(&d->model, t->object, ROLE_BUDGET);
    SAME("budget of thread", t->object, k->budget ? (uintptr_t)&k->budget->object : 0,
         (uintptr_t)kernel_object(d, budget));
    SAME("core of thread", t->object, k->cpu->id, t->core);
    return binding_same(d, &k->handler, t->object, ROLE_HANDLER) &&
           binding_same(d, &k->budget_slot, t->object, ROLE_BUDGET) &&
           (!t->vcpu || vcpu_same(d, t)) && call_same(d, t, k) && registers_same(d, k, t) &&
           cores_thread_same(d, t, k);
}

static bool virqs_same(struct diff *d, const struct model_thread *t)
{
    struct vcpu *vcpu = vcpu_of(kernel_thread(d, t->object));
    SAME("virtual interrupts of vCPU", t->object, vcpu->virq_count, t->virq_count);
    SAME("array of virtual interrupts", t->object, vcpu->virqs != NULL, 1);
    arch_virq_sync(vcpu, 0);
    for (uint32_t i = 0; i < t->virq_count; i++) {
        const struct virq *k = &vcpu->virqs[i];
        const struct model_virq *v = &t->virqs[i];
        SAME("virtual interrupt", i,
             k->priority | k->enabled << 8 | k->level << 9 | k->line << 10 | k->pending << 11 |
                 k->active << 12 | k->alternate << 13,
             v->priority | v->enabled << 8 | v->level << 9 | v->line << 10 | v->pending << 11 |
                 v->active << 12 | v->alternate << 13);
    }
    arch_virq_flush(vcpu, 0);
    return true;
}

static bool limit_same(struct diff *d, const struct budget *k, int object)
{
    const struct model_object *o = &d->model.objects[object];
    SAME("available time of budget", object, k->available, model_available(o));
    SAME("refills of budget", object, k->refill_count, o->refill_count);
    for (int i = 0; i < o->refill_count; i++) {
        SAME("time of a refill", i, k->limit->when[i], o->refills[i].when);
        SAME("ticks of a refill", i, k->limit->refill[i], o->refills[i].ticks);
    }
    SAME("budget waits for a refill", object, k->queued == QUEUED_REFILL, o->refill_born != 0);
    SAME("how deep a budget is derived", object, k->nesting, o->nesting);
    if (o->nesting != 0) {
        SAME("share of the parent", object, k->limit->share, o->share);
        if (!binding_same(d, &k->limit->parent, object, ROLE_PARENT)) {
            return false;
        }
    }
    return binding_same(d, &k->limit->signal, object, ROLE_EXHAUSTED);
}

static bool page_same(struct diff *d, int object, const struct bh_vcpu_page *page)
{
    const struct model_object *o = &d->model.objects[object];
    SAME("posted in page", object, page->posted, o->posted);
    SAME("interrupt in page", object, page->interrupt, o->interrupt);
    SAME("waiting in page", object, page->waiting, o->waiting);
    return true;
}

static bool rings_same(struct diff *d, const struct trace *trace, int object)
{
    for (unsigned i = 0; i < MODEL_CORES; i++) {
        if (!binding_same(d, &trace->rings[i].memory, object, (enum model_role)(ROLE_RING + i))) {
            return false;
        }
    }
    return true;
}

static bool object_same(struct diff *d, int object)
{
    const struct model_object *o = &d->model.objects[object];
    struct object *k = kernel_object(d, object);
    SAME("pool of an object", object, (uintptr_t)k->pool, (uintptr_t)kernel_object(d, o->pool));
    SAME("dying object", object, k->dying != OBJECT_LIVE, o->dying);
    SAME("stopped object", object, k->dying >= OBJECT_STOPPED, o->stopped);
    SAME("frozen object", object, k->frozen, o->frozen);
    SAME("dead object", object, k->dying == OBJECT_DEAD, o->buried != 0);
    if (o->buried) {
        return true;
    }
    switch ((unsigned)o->type) {
    case BH_POOL:
        SAME("free bytes of pool", object, container_of(k, struct pool, object)->free,
             d->model.pools[o->part].bytes_free);
        return true;
    case BH_MEMORY:
        SAME("base of memory", object, memory_of(k)->base.raw, o->base);
        SAME("size of memory", object, memory_of(k)->size, o->size);
        SAME("kind of memory", object, memory_of(k)->kind, o->kind);
        SAME("pool memory", object, memory_of(k)->pooled, o->pooled);
        if (o->pooled && !o->written && !page_same(d, object, memory_kernel(memory_of(k)))) {
            return false;
        }
        SAME("cleaning of memory", object, memory_of(k)->cleaning, o->cleaning);
        SAME("sealed memory", object, memory_of(k)->sealed, o->sealed);
        return true;
    case BH_TRACE:
        return rings_same(d, trace_of(k), object);
    case BH_ENDPOINT:
        return binding_same(d, &endpoint_of(k)->server, object, ROLE_SERVER);
    case BH_SIGNAL:
        return binding_same(d, &signal_of(k)->target, object, ROLE_TARGET);
    case BH_IRQ:
        SAME("active interrupt", irq_of(k)->intid, irq_of(k)->active, o->active);
        SAME("enabled interrupt", irq_of(k)->intid, host.irqs[irq_of(k)->intid].enabled,
             o->binding[ROLE_IRQ] != 0);
        SAME("interrupt active in the distributor", irq_of(k)->intid,
             host.irqs[irq_of(k)->intid].active, o->active);
        SAME("core of an interrupt", irq_of(k)->intid, irq_of(k)->cpu->id, o->core);
        return binding_same(d, &irq_of(k)->signal, object, ROLE_IRQ);
    case BH_LINE:
        SAME("wishes of a line", object, line_of(k)->wish, o->wish);
        SAME("where a line's mail went", object, line_of(k)->at ? line_of(k)->at->id + 1 : 0,
             o->after);
        return binding_same(d, &line_of(k)->vcpu, object, ROLE_LINE);
    case BH_BUDGET:
        SAME("priority of budget", object, budget_of(k)->priority, o->priority);
        SAME("ceiling of budget", object, budget_of(k)->ceiling, o->ceiling);
        SAME("slice of budget", object, budget_of(k)->slice, o->slice);
        SAME("what is left of the slice", object, budget_of(k)->left, o->left);
        SAME("amount of budget", object, budget_of(k)->amount, o->amount);
        SAME("period of budget", object, budget_of(k)->period, o->period);
        SAME("group of budget", object, budget_of(k)->group, o->group);
        return o->period == 0 || limit_same(d, budget_of(k), object);
    default:
        return true;
    }
}

/* ---- who runs ---- */

static bool ready_same(struct diff *d, const struct cpu *cpu)
{
    const struct model *m = &d->model;
    const struct budget *next[PRIORITIES] = {0};
    uint64_t bitmap[PRIORITIES / 64] = {0};
    for (int i = 0; i < m->ready_count; i++) {
        const struct budget *budget = budget_of(kernel_object(d, m->ready[i]));
        if (m->objects[m->ready[i]].core != cpu->id) {
            continue;
        }
        if (budget->group != 0) {
            SAME("budget in its group", m->ready[i], budget->queued, QUEUED_GROUP);
            continue;
        }
        unsigned p = budget->priority;
        const struct budget *expected = next[p] ? next[p] : cpu->ready.head[p];
        SAME("order of ready budgets of priority", p, (uintptr_t)expected, (uintptr_t)budget);
        next[p] = budget->next;
        bitmap[p / 64] |= UINT64_C(1) << p % 64;
    }
    for (unsigned p = 0; p < PRIORITIES / 64; p++) {
        SAME("priorities with ready budgets", p, cpu->ready.bitmap[p], bitmap[p]);
        for (uint64_t left = bitmap[p]; left; left &= left - 1) {
            unsigned priority = p * 64 + (unsigned)__builtin_ctzll(left);
            SAME("end of the ready queue of priority", priority, (uintptr_t)next[priority],
                 (uintptr_t)cpu->ready.head[priority]);
        }
    }
    return true;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static bool plan_same(struct diff *d, const struct cpu *cpu)
{
    const struct model_plan *p = &d->model.plans[cpu->id];
    SAME("groups that are admitted", cpu->id, ~cpu->plan.closed, p->ever ? p->open : UINT32_MAX);
    SAME("end of the window", cpu->id, cpu->plan.boundary, p->boundary);
    SAME("a plan that comes", cpu->id, cpu->plan.change, p->change);
    return true;
}

/* The first moment that a core must not miss. */
static uint64_t next_moment(const struct diff *d, const struct cpu *cpu)
{
    uint64_t first = sooner(cpu->stop, d->model.plans[cpu->id].boundary);
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        const struct model_object *o = &d->model.objects[i];
        bool waits =
            o->type == BH_BUDGET && o->refill_born && o->refill_count && o->core == cpu->id;
        first = waits ? sooner(first, o->refills[0].when) : first;
    }
    return first;
}

static uint64_t next_deadline(const struct diff *d, const struct cpu *cpu, uint64_t first)
{
    for (int i = 1; i < MODEL_THREADS; i++) {
        const struct model_thread *t = &d->model.threads[i];
        first = t->object && t->core == cpu->id ? sooner(first, t->deadline) : first;
    }
    return first;
}

/* The kernel's timer may ring early, never late. */
static bool timer_same(struct diff *d, const struct cpu *cpu)
{
    uint64_t first = next_deadline(d, cpu, next_moment(d, cpu));
    uint64_t timer = host.cores[cpu->id].timer;
    if (cpu->power == CPU_ON && first != 0 && (timer == 0 || timer > first)) {
        return diff_say(d, "the kernel timer rings too late", cpu->id, timer, first);
    }
    return true;
}

static bool core_same(struct diff *d)
{
    SAME("free VMIDs", 0, cell_vmids_free(), model_vmids_free(&d->model));
    for (uint32_t i = 0; i < d->model.sizes.cores; i++) {
        const struct cpu *cpu = &host.cores[i].cpu;
        if (!ready_same(d, cpu) || !plan_same(d, cpu) || !timer_same(d, cpu)) {
            return false;
        }
    }
    return cores_same(d);
}

/* ---- now and then ---- */

/* The kernel's list of an object's capabilities, read as a tree, is the model's tree. */
static bool lineage_same(struct diff *d, int object)
{
    int parents[MODEL_LINEAGE + 1] = {0};
    unsigned count = 0;
    for (const struct slot *slot = link_slot(kernel_object(d, object)->caps); slot;
         slot = link_slot(slot->next)) {
        count++;
    }
    for (int i = 1; i < MODEL_CAPS; i++) {
        count -= d->model.caps[i].object == object;
    }
    SAME("number of capabilities to object", object, count, 0);
    if (d->model.objects[object].dying) {
        return true; /* they are being taken out from the front */
    }
    const struct slot *slot = link_slot(kernel_object(d, object)->caps);
    for (int cap = model_cap_first(&d->model, object, 0); slot; slot = link_slot(slot->next)) {
        SAME("depth of a capability", cap, slot->depth, d->model.caps[cap].depth);
        for (unsigned depth = slot->depth; depth <= MODEL_LINEAGE; depth++) {
            parents[depth] = cap; /* also that of what is deeper by more than one */
        }
        const struct model_cap *c = &d->model.caps[cap];
        SAME("parent of a capability", cap, slot->depth ? parents[slot->depth - 1] : 0, c->parent);
        SAME("place of a capability", cap, slot->cell ? (uintptr_t)link_pointer(slot->cell) : 0,
             c->place > 0 ? (uintptr_t)kernel_object(d, c->holder) : 0);
        cap = model_cap_after(&d->model, cap);
    }
    return true;
}

static bool pool_same(struct diff *d, int object)
{
    const struct pool *pool = container_of(kernel_object(d, object), struct pool, object);
    SAME("objects of pool", object, pool->object_count, model_pool_objects(&d->model, object));
    return true;
}

/* RAM that nobody maps is clean: whoever gets it next reads what is in memory (rule 26). */
static bool memory_clean_same(struct diff *d, int object)
{
    const struct model_object *o = &d->model.objects[object];
    const struct memory *memory = memory_of(kernel_object(d, object));
    if (o->type != BH_MEMORY || o->kind != BH_RAM || memory->mappings != 0) {
        return true;
    }
    for (uint64_t at = 0; at < o->size; at += PAGE_SIZE) {
        SAME("dirty page of memory that is not mapped", object, host_page_dirty(o->base + at), 0);
    }
    return true;
}

static bool alive(const struct diff *d, int object)
{
    return object && !d->model.objects[object].buried;
}

static bool deep_same(struct diff *d)
{
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        if (d->model.objects[i].type == BH_EMPTY || d->model.objects[i].buried) {
            continue;
        }
        if (!memory_clean_same(d, i) || !lineage_same(d, i) ||
            (d->model.objects[i].type == BH_POOL && !pool_same(d, i))) {
            return false;
        }
    }
    for (int i = 1; i < MODEL_THREADS; i++) {
        if (alive(d, d->model.threads[i].object) && d->model.threads[i].vcpu &&
            !virqs_same(d, &d->model.threads[i])) {
            return false;
        }
    }
    return true;
}

/* First the cells that are known, then those that have been met in the tables of these. */
static bool cells_same(struct diff *d)
{
    bool done[MODEL_CELLS] = {false};
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 1; i < MODEL_CELLS; i++) {
            int object = d->model.cells[i].object;
            if (!alive(d, object) || done[i] || d->born[object] != d->model.objects[object].born) {
                continue;
            }
            done[i] = true;
            if (!cell_same(d, &d->model.cells[i])) {
                return false;
            }
        }
    }
    return true;
}

bool diff_compare(struct diff *d, bool deep)
{
    host_steps_begin();
    if (!cells_same(d)) {
        return false;
    }
    for (int i = 1; i < MODEL_THREADS; i++) {
        if (alive(d, d->model.threads[i].object) && !thread_same(d, &d->model.threads[i])) {
            return false;
        }
    }
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        if (d->model.objects[i].type && !object_same(d, i)) {
            return false;
        }
    }
    return core_same(d) && (!deep || deep_same(d));
}
