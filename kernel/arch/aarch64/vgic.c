/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how virtual interrupts get into list registers and back (IHI 0069, 6; IHI 0048, 5).
 *
 * The truth about a virtual interrupt is in vcpu.virqs, except while in_lr is set: then its pending
 * and active state is in a list register. What is pending while it is disabled always stays in
 * virqs. A timer's interrupt has HW = 1: its physical interrupt is active from the kernel's
 * acknowledge until the guest ends the virtual one, and comes again only then. */
#include "vgic.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/dev/gic.h"
#include "kernel/dev/gicd.h"
#include "kernel/lib/log.h"
#include "kernel/obj/vcpu_ops.h"

#define NO_LR    0xffu
#define GIC_FULL (GIC_UNDERFLOW | GIC_LRENP)
#define GIC_MORE (GIC_FULL | GIC_NO_PENDING)
#define REFILL   2u  /* virtual interrupts chosen in one step; one, if that takes long */
#define GROUP    32u /* virqs that one bit of arch.busy and one word of arch.best stand for */
#define PRIORITY_ACTIVE \
    (-256) /* active ones come before all pending ones: their end must be seen */
#define PRIORITY_NONE 256
#define VMCR_GROUPS   3u /* any of them is enabled: the priority mask counts */
#define SENDERS_SHIFT 8  /* of BH_VIRQ_SENDERS */

#define KEY(urgency, intid) ((unsigned)((urgency)-PRIORITY_ACTIVE) * GROUP + (intid) % GROUP)
#define KEY_NONE            KEY(PRIORITY_NONE, 0u)

static_assert(1020 / GROUP < sizeof(uint32_t) * 8 && 1020 / GROUP < GIC_GROUPS &&
                  GIC_GROUPS <= GROUP,
              "arch.busy and arch.best have room for every group, a key for its number");

static const uint32_t timer_virq[TIMER_COUNT] = {
    [TIMER_VIRTUAL] = GUEST_PPI_VIRTUAL,
    [TIMER_PHYSICAL] = GUEST_PPI_PHYSICAL,
};

static bool in_core(const struct vcpu *vcpu)
{
    return cpu_this()->el1_owner == vcpu;
}

static enum guest_timer timer_of(uint32_t intid)
{
    return intid == GUEST_PPI_VIRTUAL ? TIMER_VIRTUAL : TIMER_PHYSICAL;
}

static ALWAYS_INLINE bool is_pending(const struct virq *virq)
{
    return virq->pending || (virq->level && virq->line);
}

/* ---- list registers ---- */

uint64_t arch_sgi_senders(uint64_t interrupt)
{
    return gic_is_v2() && interrupt < GIC_SGIS ? BH_VIRQ_SENDERS : 0;
}

static ALWAYS_INLINE uint64_t lr_common(const struct virq *virq, uint32_t intid)
{
    return (virq->alternate ? 0 : LR_USUAL) | LR_PRIORITY(virq->priority) | intid;
}

static uint64_t lr_timer(const struct virq *virq, uint32_t intid)
{
    return lr_common(virq, intid) | LR_HW | LR_PHYSICAL(timer_intids.guest[timer_of(intid)]);
}

/* GICv2: an SGI goes in for one of its senders; the next one's when that has been ended. */
static COLD uint64_t sgi_fill(struct vcpu *vcpu, uint32_t intid, uint64_t value)
{
    uint8_t *waiting = &vcpu->arch.senders[intid];
    if ((value & LR_PENDING) && *waiting != 0) {
        vcpu->arch.sender[intid] = (uint8_t)__builtin_ctz(*waiting);
        *waiting &= (uint8_t)(*waiting - 1);
    }
    return value | LR_SENDER(vcpu->arch.sender[intid]) | (*waiting != 0 ? LR_EOI : 0);
}

/* How urgent a virtual interrupt outside the list registers is; PRIORITY_NONE: it has nothing to
 * say. */
static ALWAYS_INLINE int urgency(const struct virq *virq)
{
    if (virq->in_lr) {
        return PRIORITY_NONE;
    }
    if (virq->active) {
        return virq->priority + PRIORITY_ACTIVE;
    }
    return virq->enabled && is_pending(virq) ? virq->priority : PRIORITY_NONE;
}

static void group_set(struct arch_vcpu *arch, uint32_t group, unsigned best)
{
    uint32_t bit = UINT32_C(1) << group;
    arch->best[group] = (uint16_t)best;
    if (best < KEY_NONE) {
        arch->busy |= bit;
    } else {
        arch->busy &= ~bit;
        arch->several &= ~bit;
    }
}

/* Find the most urgent one of a group anew. */
static void group_look(struct vcpu *vcpu, uint32_t group)
{
    uint32_t first = group * GROUP;
    uint32_t end = first + GROUP < vcpu->virq_count ? first + GROUP : vcpu->virq_count;
    unsigned best = KEY_NONE;
    /* bound: 32 interrupts of a group */
    for (uint32_t i = first; i < end; i++) {
        unsigned key = KEY(urgency(&vcpu->virqs[i]), i);
        best = key < best ? key : best;
    }
    group_set(&vcpu->arch, group, best);
}

/* A virtual interrupt became more or less urgent. For each group with a bit in arch.busy, arch.best
 * is exact; the others have nothing outside the list registers. Without a bit in arch.several, the
 * best one is the only one. */
static void urgency_changed(struct vcpu *vcpu, uint32_t intid)
{
    struct arch_vcpu *arch = &vcpu->arch;
    uint32_t group = intid / GROUP, bit = UINT32_C(1) << group;
    unsigned key = KEY(urgency(&vcpu->virqs[intid]), intid);
    unsigned before = arch->busy & bit ? arch->best[group] : KEY_NONE;
    bool was_best = before < KEY_NONE && before % GROUP == intid % GROUP;
    if (was_best && key > before && (arch->several & bit)) {
        group_look(vcpu, group);
        return;
    }
    if (before < KEY_NONE && !was_best && key < KEY_NONE) {
        arch->several |= bit;
    }
    if (was_best || key < before) {
        group_set(arch, group, key);
    }
}

/* One that is active is not pending there as well: something more urgent may wait outside when it
 * ends. */
static void lr_fill(struct vcpu *vcpu, unsigned index, uint32_t intid)
{
    struct virq *virq = &vcpu->virqs[intid];
    uint64_t value = virq->active ? LR_ACTIVE : LR_PENDING;
    virq->in_lr = 1;
    if (unlikely(vcpu->arch.busy != 0)) { /* else it was not among those that wait */
        urgency_changed(vcpu, intid);
    }
    if (virq->hw) {
        value |= lr_timer(virq, intid);
        vcpu->arch.timer_lr[timer_of(intid)] = (uint8_t)index;
    } else {
        value |= lr_common(virq, intid);
        value |= virq->level || virq->active || vcpu->arch.busy != 0 ? LR_EOI : 0;
        if (unlikely(gic_is_v2()) && intid < GIC_SGIS) {
            value = sgi_fill(vcpu, intid, value);
        }
    }
    vcpu->arch.lr_used |= (uint16_t)(1u << index);
    gic_lr_write(index, value);
}

static COLD void sgi_fold(struct vcpu *vcpu, uint64_t value)
{
    uint8_t *waiting = &vcpu->arch.senders[LR_INTID(value)];
    *waiting |= (uint8_t)(value & LR_PENDING ? 1u << LR_SENDER_OF(value) : 0);
    vcpu->virqs[LR_INTID(value)].pending = *waiting != 0;
}

/* Take a list register's state back into virqs. */
static void lr_fold(struct vcpu *vcpu, unsigned index)
{
    uint64_t value = gic_lr_read(index);
    struct virq *virq = &vcpu->virqs[LR_INTID(value)];
    virq->in_lr = 0;
    if (virq->hw || (virq->enabled && !virq->active)) { /* else it went in active */
        virq->pending = (value & LR_PENDING) && (virq->hw || virq->pending || !virq->level);
    }
    virq->active = (value & LR_ACTIVE) != 0;
    if (unlikely(gic_is_v2()) && LR_INTID(value) < GIC_SGIS) {
        sgi_fold(vcpu, value);
    }
    vcpu->arch.lr_used &= (uint16_t) ~(1u << index);
    urgency_changed(vcpu, LR_INTID(value));
    if (value & (LR_PENDING | LR_ACTIVE | LR_EOI)) { /* else it counts as empty already */
        gic_lr_write(index, 0);
    }
}

/* Which list register holds an interrupt that is in one, and its value. */
static unsigned lr_of(const struct vcpu *vcpu, uint32_t intid, uint64_t *value)
{
    unsigned used = vcpu->arch.lr_used;
    /* bound: 16 list registers */
    while (LR_INTID(*value = gic_lr_read((unsigned)__builtin_ctz(used))) != intid) {
        used &= used - 1;
        ASSERT(used != 0);
    }
    return (unsigned)__builtin_ctz(used);
}

/* A list register is pending, and more urgent than that. */
static bool lr_deliverable(const struct vcpu *vcpu, uint32_t threshold)
{
    /* bound: 16 list registers */
    for (unsigned used = vcpu->arch.lr_used; used != 0; used &= used - 1) {
        uint64_t value = gic_lr_read((unsigned)__builtin_ctz(used));
        if ((value & (LR_PENDING | LR_ACTIVE)) == LR_PENDING && (value >> 48 & 0xff) < threshold) {
            return true;
        }
    }
    return false;
}

/* A list register that the guest has emptied, or that was never used; NO_LR if all are busy. */
static unsigned lr_free(struct vcpu *vcpu)
{
    uint32_t empty = gic_lr_empty() & ((1u << gic_lr_count) - 1);
    if (empty == 0) {
        return NO_LR;
    }
    unsigned index = (unsigned)__builtin_ctz(empty);
    if (vcpu->arch.lr_used & 1u << index) {
        lr_fold(vcpu, index);
    }
    return index;
}

/* ---- choice ---- */

/* A guest that masked its timer after it fired: the interrupt went away, let the physical one
 * come again. */
static void timer_settle(struct vcpu *vcpu, enum guest_timer timer)
{
    struct virq *virq = &vcpu->virqs[timer_virq[timer]];
    if (virq->hw && virq->pending && !virq->in_lr && !virq->active &&
        (timers_asserted() >> timer & 1) == 0) {
        virq->pending = 0;
        urgency_changed(vcpu, timer_virq[timer]);
        arch_irq_deactivate(timer_intids.guest[timer]);
    }
}

/* The most urgent one outside the list registers; *best is PRIORITY_NONE if there is none. */
static uint32_t best_virq(const struct vcpu *vcpu, int *best)
{
    const uint16_t *bests = vcpu->arch.best;
    unsigned least = KEY_NONE;
    /* bound: 32 groups of interrupts, those that have a busy one */
    for (uint32_t left = vcpu->arch.busy; left != 0; left &= left - 1) {
        unsigned group = (unsigned)__builtin_ctz(left);
        unsigned key = bests[group] / GROUP * GROUP + group;
        least = key < least ? key : least;
    }
    *best = (int)(least / GROUP) + PRIORITY_ACTIVE;
    return least % GROUP * GROUP + bests[least % GROUP] % GROUP;
}

/* Fill list registers. If there is more, ask for maintenance when none of them is pending: those
 * that the guest has taken must not keep a more urgent one away. All in use: when one is left. */
static void refill(struct vcpu *vcpu)
{
    int best;
    uint32_t control = GIC_VIRTUAL_ON;
    timer_settle(vcpu, TIMER_VIRTUAL);
    timer_settle(vcpu, TIMER_PHYSICAL);
    /* bound: REFILL, 2 */
    for (unsigned room = REFILL; vcpu->arch.busy != 0; room = vcpu->arch.several ? 0 : room - 1) {
        unsigned index = room > 0 ? lr_free(vcpu) : NO_LR;
        if (index == NO_LR) {
            control |= room > 0 && !lr_deliverable(vcpu, PRIORITY_NONE) ? GIC_FULL : GIC_MORE;
            break;
        }
        lr_fill(vcpu, index, best_virq(vcpu, &best));
    }
    gic_set_control(control);
}

/* The same at the end of an entry that did something else. Where many wait it takes long, so it is
 * left to the maintenance interrupt that the guest takes as it begins. */
static void refill_soon(struct vcpu *vcpu)
{
    if (unlikely(vcpu->arch.several != 0)) {
        gic_set_control(GIC_VIRTUAL_ON | GIC_MORE);
    } else {
        refill(vcpu);
    }
}

/* Ends of interrupts that were in no list register: the most urgent active ones are over. */
static void settle_ends(struct vcpu *vcpu)
{
    int best;
    if (!(gic_control() & GIC_LRENP)) {
        return;
    }
    /* bound: 31, the width of the counter */
    for (uint32_t ends = GIC_EOI_COUNT(gic_control()); ends > 0; ends--) {
        uint32_t intid = best_virq(vcpu, &best);
        if (best >= 0) {
            break;
        }
        struct virq *virq = &vcpu->virqs[intid];
        virq->active = 0;
        if (virq->hw) {
            virq->pending = 0;
            arch_irq_deactivate(timer_intids.guest[timer_of(intid)]);
        }
        urgency_changed(vcpu, intid);
    }
    gic_set_control(GIC_VIRTUAL_ON);
}

/* Take all list registers back; or those of which the guest has not ended it, stay. */
static void fold(struct vcpu *vcpu, bool stay)
{
    settle_ends(vcpu);
    /* bound: 16 list registers */
    for (unsigned used = vcpu->arch.lr_used; used != 0; used &= used - 1) {
        unsigned index = (unsigned)__builtin_ctz(used);
        if (!stay || !(gic_lr_read(index) & (LR_PENDING | LR_ACTIVE))) {
            lr_fold(vcpu, index);
        }
    }
}

/* Give one interrupt a list register; if they are busy or others wait for one, which may have been
 * this one's, choose anew. */
static void deliver(struct vcpu *vcpu, uint32_t intid)
{
    unsigned index = vcpu->arch.busy == 0 ? lr_free(vcpu) : NO_LR;
    if (likely(index != NO_LR)) {
        lr_fill(vcpu, index, intid);
    } else {
        urgency_changed(vcpu, intid);
        fold(vcpu, false);
        refill_soon(vcpu);
    }
}

/* The physical interrupt is active while the virtual one is pending or active. */
static unsigned timers_active(const struct vcpu *vcpu)
{
    const struct virq *first = &vcpu->virqs[GUEST_PPI_VIRTUAL];
    const struct virq *second = &vcpu->virqs[GUEST_PPI_PHYSICAL];
    return (unsigned)(first->pending || first->active) << TIMER_VIRTUAL |
           (unsigned)(second->pending || second->active) << TIMER_PHYSICAL;
}

static void timers_set_active(unsigned those, unsigned active)
{
    /* bound: 2 timers */
    for (; those != 0; those &= those - 1) {
        unsigned timer = (unsigned)__builtin_ctz(those);
        if (timer_intids.guest[timer] != 0) {
            gicd_set_active(timer_intids.guest[timer], active >> timer & 1);
        }
    }
}

void arch_virq_sync(struct vcpu *vcpu, uint32_t interrupt)
{
    if (vcpu->virqs[interrupt].in_lr && in_core(vcpu)) {
        uint64_t value;
        lr_fold(vcpu, lr_of(vcpu, interrupt, &value));
    }
}

bool arch_virq_again(struct vcpu *vcpu, uint32_t interrupt)
{
    const struct virq *virq = &vcpu->virqs[interrupt];
    bool there = virq->in_lr && virq->enabled && !virq->level && !virq->hw && !virq->active;
    if (there && in_core(vcpu) && arch_sgi_senders(interrupt) == 0) {
        uint64_t value;
        unsigned index = lr_of(vcpu, interrupt, &value);
        if (likely(!(value & LR_ACTIVE))) {
            gic_lr_write(index, value | LR_PENDING);
            return true;
        }
    }
    return false;
}

/* Without a sender it is vCPU 0's, and all senders are meant. */
COLD unsigned arch_sgi_change(struct vcpu *vcpu, uint32_t interrupt, const uint64_t change[2],
                              unsigned now)
{
    unsigned senders = vcpu->arch.senders[interrupt] | (unsigned)change[0] >> SENDERS_SHIFT;
    senders |= (change[0] & (BH_VIRQ_SENDERS | 1)) == 1 ? 1 : 0;
    senders &= change[1] & 1 ? 0 : ~((unsigned)change[1] >> SENDERS_SHIFT);
    vcpu->arch.senders[interrupt] = (uint8_t)senders;
    return (now & 2) | (senders != 0) | senders << SENDERS_SHIFT;
}

void arch_virq_flush(struct vcpu *vcpu, uint32_t interrupt)
{
    const struct virq *virq = &vcpu->virqs[interrupt];
    bool here = in_core(vcpu);
    if (here && virq->hw) {
        timer_settle(vcpu, timer_of(interrupt));
        timers_set_active(1u << timer_of(interrupt), timers_active(vcpu));
    }
    if (here && (urgency(virq) != PRIORITY_NONE || vcpu->arch.busy != 0)) {
        deliver(vcpu, interrupt);
    } else {
        urgency_changed(vcpu, interrupt);
    }
}

/* ---- vCPU in and out ---- */

void vgic_save(struct vcpu *vcpu)
{
    fold(vcpu, false);
    cpu_this()->arch.timers_active = timers_active(vcpu);
    gic_save(&vcpu->arch.interface);
}

/* Timers that are due when their vCPU comes: as their interrupts would be, without taking them. */
static COLD void timers_take(struct vcpu *vcpu, unsigned due)
{
    /* bound: 2 timers */
    for (; due != 0; due &= due - 1) {
        uint32_t intid = timer_virq[__builtin_ctz(due)];
        vcpu->virqs[intid].pending |= vcpu->virqs[intid].hw;
        urgency_changed(vcpu, intid);
    }
}

void vgic_load(struct vcpu *vcpu)
{
    unsigned active = timers_active(vcpu), due = timers_asserted() & ~active;
    gic_load(&vcpu->arch.interface);
    if (unlikely(due != 0)) {
        timers_take(vcpu, due);
    }
    unsigned changed = (active | due) ^ cpu_this()->arch.timers_active;
    if (unlikely(changed != 0)) {
        timers_set_active(changed, active | due);
    }
    if (vcpu->arch.busy != 0) {
        refill_soon(vcpu);
    } else {
        gic_set_control(GIC_VIRTUAL_ON);
    }
}

void vgic_forget(const struct vcpu *vcpu)
{
    gic_set_control(0);
    /* bound: 16 list registers */
    for (unsigned used = vcpu->arch.lr_used; used != 0; used &= used - 1) {
        gic_lr_write((unsigned)__builtin_ctz(used), 0);
    }
    timers_set_active((1u << TIMER_COUNT) - 1, 0);
    cpu_this()->arch.timers_active = 0;
}

void vgic_reset(struct vcpu *vcpu)
{
    /* bound: 2 timers */
    for (unsigned i = 0; i < TIMER_COUNT; i++) {
        vcpu->virqs[timer_virq[i]].level = 1;
        vcpu->virqs[timer_virq[i]].hw = timer_intids.guest[i] != 0;
    }
}

/* ---- events ---- */

void vgic_timer(struct vcpu *vcpu, enum guest_timer timer)
{
    uint32_t intid = timer_virq[timer];
    struct virq *virq = &vcpu->virqs[intid];
    /* In a list register: the guest has ended the last one, the physical interrupt came again. */
    if (likely(virq->in_lr && virq->enabled && vcpu->arch.busy == 0)) {
        gic_lr_write(vcpu->arch.timer_lr[timer], lr_timer(virq, intid) | LR_PENDING);
    } else {
        vcpu_pulse(vcpu, intid);
    }
}

/* Nothing outside the list registers is more urgent than what is in them. */
void vgic_maintenance(struct vcpu *vcpu)
{
    fold(vcpu, true);
    refill(vcpu);
}

/* ---- what WFI waits for ---- */

bool arch_virq_deliverable(struct vcpu *vcpu)
{
    int best;
    bool here = in_core(vcpu);
    uint32_t vmcr = here ? gic_vmcr() : vcpu->arch.interface.vmcr;
    uint32_t threshold = vmcr & VMCR_GROUPS ? vmcr >> 24 : 0;
    if (here && lr_deliverable(vcpu, threshold)) {
        return true;
    }
    (void)best_virq(vcpu, &best);
    return best < (int)threshold; /* one that is active may hide others */
}
