/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what must be true of every object, list and thread between two kernel entries. */
#include "kernel/core/check.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/core/psr.h"
#include "kernel/lib/log.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/pool.h"

/* What a thread can set itself, without the kernel: EL0 has instructions for SSBS, DIT and TCO, an
 * indirect branch sets BTYPE, an illegal exception return of EL1 sets IL. */
static const uint64_t reached[2] = {
    PSR_NZCV | PSR_BTYPE | PSR_SSBS | PSR_DIT | PSR_TCO,
    PSR_NZCV | PSR_DAIF | PSR_BTYPE | PSR_SSBS | PSR_IL | PSR_SS | PSR_PAN | PSR_UAO | PSR_DIT |
        PSR_TCO,
};

bool psr_saved(bool vcpu, uint64_t psr)
{
    uint64_t mode = psr & PSR_MODE;
    if (vcpu && mode == PSR_AARCH32) {
        return true; /* it was stopped for that, and is again if it is let go on */
    }
    bool known = mode == PSR_EL0T || (vcpu && (mode == PSR_EL1T || mode == PSR_EL1H));
    return known && (psr & ~(PSR_MODE | reached[vcpu])) == 0;
}

/* Derivation list: links agree, types agree, depth grows by at most one, but behind a slot that is
 * being pruned, and only the first has 0. */
static void check_caps(const struct object *object)
{
    uint32_t before = 0, mappings = 0;
    unsigned most = 0;
    /* bound: debug kernel only */
    for (uint32_t link = object->caps; link; link = link_slot(link)->next) {
        const struct slot *slot = link_slot(link);
        ASSERT(slot_object(slot) == object && slot_type(slot) == object->type);
        ASSERT(slot->prev == before);
        ASSERT(object->dying || (before ? slot->depth >= 1 : slot->depth == 0));
        ASSERT(object->dying || slot->depth <= most);
        if (object->type == BH_MEMORY) {
            mappings += mapping_phase(slot) != MAPPING_NONE;
        }
        most = slot->pruning ? SLOT_DEPTH_MAX : slot->depth + 1u;
        before = link;
    }
    if (object->type == BH_MEMORY) {
        const struct memory *memory = container_of(object, const struct memory, object);
        ASSERT(memory->mappings == mappings && (!memory->sealed || mappings == 1));
    }
}

static void check_table(const struct cell *cell)
{
    uint32_t used = 0;
    ASSERT(cell->table[0].word == 0);
    /* bound: debug kernel only */
    for (uint32_t i = 0; i < cell->slot_count; i++) {
        const struct slot *slot = &cell->table[i];
        used += slot->word != 0;
        ASSERT(!slot_full(slot) || link_pointer(slot->cell) == cell);
    }
    ASSERT(used == cell->used_slots);
    ASSERT((cell->trace.word != 0) == ((cell->marks & MARK_TRACED) != 0));
    ASSERT(cell->fast_count == (cell->trace.word != 0 ? 0 : cell->slot_count));
}

static void check_chain(const struct thread *thread)
{
    if (thread->caller && thread->caller->state == THREAD_AWAY) {
        ASSERT(thread->caller->callee == thread && thread->depth == 1);
        return;
    }
    if (thread->state == THREAD_CALLING) {
        ASSERT(thread->callee && thread->callee->caller == thread);
        ASSERT(thread->callee->depth == thread->depth + 1);
    }
    if (thread->caller) {
        ASSERT(thread->caller->state == THREAD_CALLING && thread->caller->callee == thread);
        ASSERT(thread->state != THREAD_SUSPENDED && thread->state != THREAD_WAITING &&
               thread->state != THREAD_IDLE);
    } else {
        ASSERT(thread->depth == 0);
    }
    ASSERT(thread->depth <= BH_CHAIN_MAX);
}

static void check_budget_of(const struct thread *thread)
{
    const struct budget *budget = thread->budget;
    if (!budget) {
        ASSERT(thread->budget_slot.word == 0);
        return;
    }
    bool active = thread->state == THREAD_READY || thread->state == THREAD_RETRY ||
                  thread->state == THREAD_CALLING;
    ASSERT(budget->thread == thread && slot_object(&thread->budget_slot) == &budget->object);
    ASSERT(budget->cpu == thread->cpu);
    ASSERT(budget->priority <= budget->ceiling);
    ASSERT(budget->priority == budget->ceiling || (budget->timed & TIMED_POSTS));
    ASSERT((budget->queued != QUEUED_NO) == (active && !thread_lent(thread)));
    ASSERT(budget->queued == QUEUED_NO || budget->queued == QUEUED_ASIDE ||
           (budget->queued == QUEUED_REFILL) == ((budget->special & SPECIAL_EXHAUSTED) != 0));
    ASSERT((budget->queued == QUEUED_GROUP) <= (budget->group != 0) &&
           (budget->group != 0) == ((budget->special & SPECIAL_GROUP) != 0));
}

static void check_home(const struct thread *thread)
{
    check_chain(thread);
    ASSERT(thread->at == thread->cpu && !thread->held);
    ASSERT(psr_saved(thread->is_vcpu, thread->frame.psr));
    ASSERT(thread->state != THREAD_IDLE || thread->is_vcpu);
    ASSERT(thread->state != THREAD_WAITING ||
           ((thread->signals == 0 || !thread->budget) && mail_empty(&thread->queue)));
    bool plain = thread->state == THREAD_WAITING && thread->signals == 0 && thread->recv_slot == 0;
    /* a traced thread's wait is never receptive */
    ASSERT(!thread->receptive || plain);
    ASSERT(thread->recv_slot == 0 || thread->state == THREAD_WAITING ||
           thread->state == THREAD_CALLING);
    ASSERT(thread->deadline.when == 0 || thread->state != THREAD_SUSPENDED);
}

/* Only on its core. What is away is another core's. */
static void check_thread(const struct thread *thread)
{
    if (thread->cpu == cpu_this()) {
        check_budget_of(thread);
        if (thread->state != THREAD_AWAY) {
            check_home(thread);
        }
    }
}

static void check_ready(const struct cpu *cpu)
{
    const struct budget *first = NULL;
    /* bound: debug kernel only */
    for (unsigned i = 0; i < PRIORITIES; i++) {
        const struct budget *head = cpu->ready.head[i], *b = head;
        first = head ? head : first;
        ASSERT((cpu->ready.bitmap[i / 64] >> i % 64 & 1) == (head != NULL));
        /* bound: debug kernel only */
        while (b) {
            ASSERT(b->queued == QUEUED_READY && b->priority == i && b->thread);
            ASSERT(b->next->prev == b);
            b = b->next == head ? NULL : b->next;
        }
    }
    ASSERT(cpu->ready.first == first);
}

/* Nothing is sooner than what is above it. One path down, another one at each check. */
static void check_alarms(const struct alarm_queue *queue)
{
    const struct alarm *above = NULL;
    uint64_t path = arch_now();
    /* bound: debug kernel only */
    for (const struct alarm *a = queue->first; a; a = a->below[path & 1]) {
        ASSERT(a->when != 0 && (!above || alarm_sooner(above, a)));
        above = a;
        path >>= 1;
    }
}

/* What a limited budget has, and what comes back to it in order of time, is its amount. */
static void check_limit(const struct budget *budget)
{
    int64_t sum = budget->available;
    if (budget->period == 0 || budget->cpu != cpu_this()) {
        return;
    }
    /* bound: debug kernel only */
    for (unsigned i = 0; i < budget->refill_count; i++) {
        sum += budget->limit->refill[i];
        ASSERT(i == 0 || budget->limit->when[i] >= budget->limit->when[i - 1]);
    }
    ASSERT(sum == budget->amount && budget->available <= budget->amount);
    ASSERT((budget->special & SPECIAL_EXHAUSTED) == (budget->available <= 0));
    bool waits = budget->queued == QUEUED_REFILL && budget->refill_count != 0;
    bool placed = budget->queued == QUEUED_ASIDE || budget->queued == QUEUED_GROUP;
    ASSERT((waits || placed) == (budget->alarm.when != 0));
}

static void check_object(const struct object *object)
{
    check_caps(object);
    if (object->type == BH_CELL) {
        check_table(container_of(object, const struct cell, object));
    } else if (object->type == BH_THREAD || object->type == BH_VCPU) {
        check_thread(container_of(object, const struct thread, object));
    } else if (object->type == BH_BUDGET) {
        check_limit(container_of(object, const struct budget, object));
    }
}

/* Pools as a tree: down into the first object, along the list, up to the pool's own successor. */
static void check_pools(const struct pool *root)
{
    const struct object *object = root->objects;
    /* bound: debug kernel only */
    while (object) {
        check_object(object);
        const struct object *below = object->type == BH_POOL
                                         ? container_of(object, const struct pool, object)->objects
                                         : NULL;
        /* bound: debug kernel only */
        while (!below && object) {
            below = object->next;
            object = below || object->pool == root ? NULL : &object->pool->object;
        }
        object = below;
    }
}

void kernel_check(const struct cpu *cpu)
{
    check_ready(cpu);
    check_pools((const struct pool *)link_base);
    check_alarms(&cpu->deadlines);
    check_alarms(&cpu->refills);
    for (unsigned i = 0; i < BH_PLAN_GROUPS; i++) { /* bound: 32 groups */
        check_alarms(&cpu->groups[i]);
    }
}
