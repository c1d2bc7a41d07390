/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a core changes between native threads and guests: the order of HCR_EL2 and VTTBR_EL2,
 * the EL1 registers that act on EL0, the lazy rest of EL1, FP.
 *
 * Invariant (errata on speculative address translation, A53 1530924 and its kin): VTTBR_EL2 names
 * another cell than the owner of the EL1 registers only while HCR_EL2.TGE = 1. So a guest is left
 * by HCR, isb, VTTBR and entered by VTTBR, isb, HCR. */
#include "world.h"

#include "arch_fast.h"
#include "barrier.h"
#include "kernel/arch/arch.h"
#include "kernel/core/psr.h"
#include "kernel/dev/gic.h"
#include "kernel/lib/log.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/trace.h"
#include "kernel/obj/vcpu.h"
#include "machine.h"
#include "sysreg.h"
#include "timer.h"
#include "vgic.h"

void fp_save(struct fp_state *state);
void fp_load(const struct fp_state *state);
uint64_t serror_window(void);
extern char idle_wait[];

#define SCTLR_EL1_RESET UINT64_C(0x30d00800)
#define MPIDR_RES1      UINT64_C(0x80000000)
/* VMID 0, and a table beyond VTCR_EL2.PS (44 bits): every walk is an address size fault. */
#define VTTBR_NOWHERE (UINT64_C(1) << 47)

static struct cell idle_cell;

/* ---- FP ---- */

static void fp_set(struct cpu *cpu, bool open)
{
    sysreg_write(cptr_el2, open ? CPTR_OPEN : CPTR_CLOSED);
    cpu->world = (uint8_t)((cpu->world & ~WORLD_FP) | (open ? WORLD_FP : 0));
}

bool fp_take(struct cpu *cpu, struct thread *thread)
{
    if (!thread->fp) {
        return false;
    }
    fp_set(cpu, true);
    isb();
    if (cpu->fp_owner) {
        fp_save(cpu->fp_owner->fp);
        cpu->fp_owner->heavy &= (uint8_t)~HEAVY_FP;
    }
    fp_load(thread->fp);
    cpu->fp_owner = thread;
    thread->heavy |= HEAVY_FP;
    return true;
}

/* An owner of NULL is nobody's match. */
static void fp_drop(struct cpu *cpu)
{
    cpu->fp_owner->heavy &= (uint8_t)~HEAVY_FP;
    cpu->fp_owner = NULL;
    fp_set(cpu, false);
}

void arch_fp_forget(struct thread *thread)
{
    struct cpu *cpu = cpu_this();
    if (cpu->fp_owner == thread) {
        fp_drop(cpu);
    }
}

/* ---- EL1 ---- */

static NOINLINE void el1_save(struct vcpu *vcpu)
{
    struct el1_state *el1 = &vcpu->arch.el1;
#define TIMER(name, doc) const uint64_t name = sysreg_read(name);
#include "registers.def"
    timer_stop();
#define TIMER(name, doc) el1->name = name;
#define LAZY(name, doc)  const uint64_t name = sysreg_read(name);
#include "registers.def"
#define LAZY(name, doc)             el1->name = name;
#define LAZY_IF(feature, name, doc) el1->name = machine.feature ? sysreg_read(name) : 0;
#include "registers.def"
    vgic_save(vcpu);
}

/* Without what acts on EL0, which follows when the guest is entered. */
static void el1_load(struct vcpu *vcpu)
{
    const struct el1_state *el1 = &vcpu->arch.el1;
#define LAZY(name, doc) uint64_t name = el1->name;
#include "registers.def"
#define LAZY(name, doc) IN_REGISTER(name);
#include "registers.def"
#define LAZY(name, doc)  sysreg_write(name, name);
#define TIMER(name, doc) sysreg_write(name, el1->name);
#define LAZY_IF(feature, name, doc)    \
    if (machine.feature) {             \
        sysreg_write(name, el1->name); \
    }
#include "registers.def"
    isb(); /* vgic_load() looks whether they are due */
    vgic_load(vcpu);
}

/* Another vCPU of the cell, which shares its VMID, may have left TLB entries and instructions of
 * its own in this core, whoever was in it since: ASIDs are a processor's own. Other cores have
 * their own record; what a guest invalidates reaches them all (HCR_EL2.FB). */
static void el1_flush_siblings(const struct cpu *cpu, const struct vcpu *to)
{
    struct cell *cell = to->thread.cell;
    if (cell->vcpu_last[cpu->id] != to->index) {
        cell->vcpu_last[cpu->id] = to->index;
        sysreg_write(vttbr_el2, cell->vttbr);
        isb();
        tlbi_vmalle1();
        ic_iallu();
        dsb_nsh();
    }
}

/* Another vCPU's EL1 registers into the core. TGE = 1. */
static COLD void el1_switch(struct cpu *cpu, struct vcpu *vcpu)
{
    struct vcpu *from = cpu->el1_owner;
    cpu->el1_owner = vcpu;
    if (from) {
        el1_save(from);
        from->thread.heavy |= HEAVY_AWAY;
        vcpu_left(from);
    }
    el1_load(vcpu);
    isb();
    el1_flush_siblings(cpu, vcpu);
    vcpu->thread.heavy &= (uint8_t)~HEAVY_AWAY;
}

/* ---- change of thread ---- */

/* Leave a cell that maps devices: an abort that its stores caused must not hit whoever runs
 * next. */
static COLD void serror_charge(struct thread *thread)
{
    (void)atomic_add(&thread->cell->fault_count, 1u);
    log_values("bh: SError: a store to a device was refused; its thread is stopped, pc 0x%\n",
               &thread->frame.pc);
    thread_suspend(thread);
}

/* The caller of this takes WORLD_DEVICES away. */
static ALWAYS_INLINE void devices_leave(const struct cpu *cpu)
{
    if (unlikely(serror_window() != 0)) {
        serror_charge(cpu->device_thread);
    }
}

/* The core is in no guest any more; it may still hold one's EL1 registers. */
static COLD void guest_put(struct cpu *cpu)
{
    unsigned marks = cpu->world & (WORLD_DEVICES | WORLD_TRACED);
    if (cpu->world & WORLD_GUEST) {
        (void)world_change(&cpu->idle, NULL);
        cpu->world |= (uint8_t)marks;
    }
}

/* Device mappings or a trace on one side, or a vCPU that is not in the core. */
static COLD void world_change_slow(struct thread *to, struct cpu *cpu)
{
    if ((cpu->world & WORLD_DEVICES) && cpu->device_thread->cell != to->cell) {
        devices_leave(cpu);
    }
    if (to->heavy & HEAVY_AWAY) {
        guest_put(cpu);
        el1_switch(cpu, vcpu_of(to));
    }
    (void)world_change(to, NULL);
    cpu->world |= to->cell->marks;
    cpu->device_thread = to;
    if ((cpu->world & WORLD_TRACED) || cpu->traced) {
        trace_switch(cpu, to);
    }
}

/* Devices or a trace on one side, or a vCPU that is not in the core; or what else is asked for. */
static ALWAYS_INLINE bool world_rare(const struct cpu *cpu, const struct thread *to, unsigned flags)
{
    uint32_t marks = CPU_FLAGS(to->cell->marks, 0), heavy = CPU_FLAGS(to->heavy, 0);
    return ((CPU_STATE(cpu) | marks | heavy) & flags) != 0;
}

void arch_switch_full(struct thread *to, struct cpu *cpu)
{
    if (world_rare(cpu, to, WORLD_RARE)) {
        world_change_slow(to, cpu);
    } else {
        (void)world_change(to, NULL);
    }
}

/* To a cell that maps devices, from one that does not. */
static COLD struct resume devices_enter(struct thread *to, const uint64_t *words, struct cpu *cpu)
{
    struct resume entered = world_change(to, words);
    cpu->world |= WORLD_DEVICES;
    cpu->device_thread = entered.thread;
    return entered;
}

static COLD struct resume enter_rare(struct thread *to, const uint64_t *words, struct cpu *cpu)
{
    world_change_slow(to, cpu);
    return sched_entered(cpu, to, words);
}

/* From a cell that maps devices, and nothing else is rare but perhaps the cell that comes. */
static COLD struct resume devices_exit(struct thread *to, const uint64_t *words, struct cpu *cpu)
{
    if (cpu->device_thread->cell != to->cell) {
        devices_leave(cpu);
    }
    cpu->world &= (uint8_t)~WORLD_DEVICES;
    if ((cpu->world | cpu->resched | to->heavy) == 0 && arch_switch_plain(cpu, to)) {
        return (struct resume){to, words};
    }
    return cpu->resched | to->cell->marks ? enter_rare(to, words, cpu) : world_change(to, words);
}

struct resume arch_enter(struct thread *to, const uint64_t *words, struct cpu *cpu)
{
    const uint32_t rare = WORLD_RARE | CPU_FLAGS(0, 0xff);
    if (likely(!world_rare(cpu, to, rare))) {
        return world_change(to, words);
    }
    uint32_t others = (CPU_STATE(cpu) | CPU_FLAGS(to->heavy, 0)) & rare;
    if (others == 0 && to->cell->marks == MARK_DEVICES) {
        return devices_enter(to, words, cpu);
    }
    return others == CPU_FLAGS(WORLD_DEVICES, 0) ? devices_exit(to, words, cpu)
                                                 : enter_rare(to, words, cpu);
}

/* Reset state: MMU and caches off, counters readable, nothing pending (Arm ARM D1.9.1). */
void arch_vcpu_reset(struct vcpu *vcpu)
{
    vcpu->arch.el1.sctlr_el1 = SCTLR_EL1_RESET;
    vcpu->arch.el1.vmpidr_el2 = MPIDR_RES1 | vcpu->index;
    vcpu->arch.self = (uint16_t)(1u << vcpu->index);
    vgic_reset(vcpu);
}

static void el1_drop(struct cpu *cpu)
{
    vgic_forget(cpu->el1_owner);
    cpu->el1_owner->thread.heavy |= HEAVY_AWAY;
    cpu->el1_owner = NULL;
}

/* The vCPU is suspended or dies; another core's call may have done that while it ran here. Its
 * translations go too: a sibling, or itself after a reset, may give the same ASIDs another
 * meaning. */
bool arch_vcpu_forget(struct vcpu *vcpu)
{
    struct cpu *cpu = cpu_this();
    bool held = cpu->el1_owner == vcpu;
    if (held) {
        guest_put(cpu);
        timer_stop();
        el1_drop(cpu);
    }
    arch_stage2_flush_all(vcpu->thread.cell->vttbr);
    return held;
}

COLD void arch_thread_leave(struct thread *thread)
{
    struct cpu *cpu = cpu_this();
    if ((cpu->world & WORLD_DEVICES) && cpu->device_thread == thread) {
        devices_leave(cpu);
        cpu->world &= (uint8_t)~WORLD_DEVICES;
    }
    if (cpu->el1_owner == (void *)thread) {
        guest_put(cpu);
        el1_save(cpu->el1_owner);
        el1_drop(cpu);
        vcpu_left(vcpu_of(thread));
    }
    if (cpu->fp_owner == thread) {
        fp_set(cpu, true);
        isb();
        fp_save(thread->fp);
        fp_drop(cpu);
    }
    dsb_ish(); /* its stores, cache and TLB operations are done before it goes on elsewhere */
}

COLD void world_init(struct cpu *cpu)
{
    idle_cell.vttbr = VTTBR_NOWHERE;
    cpu->idle.cell = &idle_cell;
    cpu->idle.frame.pc = (uint64_t)(uintptr_t)idle_wait;
    cpu->idle.frame.psr = PSR_EL2H | PSR_DAIF;
    cpu->world = 0;
    sysreg_write(vttbr_el2, idle_cell.vttbr);
}
