/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's generic part asks of a machine, and what a machine calls in return.
 *
 * Two implementations: arch/aarch64 (EL2) and arch/host (a fake core and MMU for tests). A build
 * has kernel/arch/<machine> in its include path; that folder has arch_vcpu.h (struct arch_vcpu,
 * struct fp_state) and arch_fast.h (the functions marked [fast], as static inline). */
#pragma once

#include "kernel/core/cpu.h"
#include "kernel/lib/status.h"

/* ---- asked of the machine ---- */

/* [fast] static inline struct cpu *cpu_this(void): the core that executes this. */
/* [fast] static inline uint64_t arch_nospec(uint64_t index, uint64_t limit): index if it is below
 * limit, else 0, also under speculation (csel, csdb). */
/* [fast] static inline void arch_relax(void): in a loop that waits for another core. */
/* [fast] void arch_switch_full(struct thread *to, struct cpu *): called when cpu->current
 * changes, before the exit: address space (VTTBR), world (native or guest controls), FP access.
 * Loads the EL1 state of a vCPU that the core does not hold. Does not touch struct frame. */
/* [fast] static inline bool arch_switch_plain(struct cpu *, struct thread *to): the same, where
 * neither cpu->world nor to->heavy says more, if it takes no more than a few instructions; false
 * otherwise, and arch_enter follows. */

/* Enter a thread on the current budget, its words from elsewhere: arch_switch_full
 * at the end of an entry. */
struct resume arch_enter(struct thread *to, const uint64_t *words, struct cpu *cpu);

/* Where the kernel sees a physical address of its own pools and image. */
void *arch_pointer(paddr address);
paddr arch_physical(const void *pointer);
/* The first byte behind the kernel's image (code, data, stack). */
paddr arch_kernel_end(void);

/* VTTBR_EL2 for a root table and VMID. Number of VMIDs that cells may have (255 or 65535). */
uint64_t arch_vttbr(paddr root, uint16_t vmid);
uint32_t arch_vmid_count(void);
/* Bits of a physical address that this machine can map. */
uint32_t arch_physical_bits(void);

/* Stage 2. After valid entries were written (make them visible); after an entry that was valid has
 * been zeroed (break: removes TLB entries for [address, +size), size a block size); all of a
 * VMID. */
void arch_stage2_publish(void);
void arch_stage2_flush(uint64_t vttbr, ipa address, uint64_t size);
void arch_stage2_flush_all(uint64_t vttbr);

/* Caches, one page through the core's window: clean and invalidate to PoC; zero, then the same. */
void arch_page_clean(paddr page);
void arch_page_zero(paddr page);
/* Kernel memory, whole pages or less. */
void arch_zero(void *memory, uint64_t size);
/* A new page table, written by the kernel, walked by hardware: nothing on coherent walkers. */
void arch_icache_invalidate(void);

/* Time: CNTPCT ticks. arch_timer_set arms this core's kernel timer, 0 disarms it. */
uint64_t arch_now(void);
void arch_timer_set(uint64_t deadline);

/* True if an interrupt is pending for this core: a long operation should stop at its preemption
 * point. */
bool arch_preempt_pending(void);

/* vCPU: reset state at EL1; forget a thread whose EL1 or FP state the core may hold (it is dying or
 * being set); write it back but keep nothing (spill). */
void arch_vcpu_reset(struct vcpu *vcpu);
bool arch_vcpu_forget(struct vcpu *vcpu); /* true: the core held it */
void arch_fp_forget(struct thread *thread);
/* Virtual interrupts: before one's settings, pending or active state in vcpu->virqs are read or
 * changed, sync takes it back from a list register if it is in one; afterwards flush puts it into
 * one if it has something to say. Both only act on hardware if the core holds this vCPU.
 * deliverable: one could be taken now. */
void arch_virq_sync(struct vcpu *vcpu, uint32_t interrupt);
void arch_virq_flush(struct vcpu *vcpu, uint32_t interrupt);
/* An edge, where a list register of this core has the interrupt: now pending there. False: not. */
MUST_CHECK bool arch_virq_again(struct vcpu *vcpu, uint32_t interrupt);
bool arch_virq_deliverable(struct vcpu *vcpu);
/* BH_VIRQ_SENDERS for an interrupt that is pending for each of its senders (an SGI of a GICv2),
 * else 0; and between sync and flush a change of one: change[0] is set, change[1] cleared, now the
 * state without its senders; returns the state. */
uint64_t arch_sgi_senders(uint64_t interrupt);
unsigned arch_sgi_change(struct vcpu *vcpu, uint32_t interrupt, const uint64_t change[2],
                         unsigned now);
/* The access or fetch of a vCPU that stopped it in an exit or fault does not work: its EL1 takes a
 * synchronous external abort. Only if it fits: an abort stopped it, not a call or anything else. */
bool arch_abort_fits(const struct vcpu *vcpu);
void arch_vcpu_abort(struct vcpu *vcpu);
/* A register of EL1 (BH_REG_SCTLR and on) of a vCPU of this core that does not run; 0 past the
 * last. */
uint64_t arch_vcpu_register(struct vcpu *vcpu, uint64_t index);
/* When the kernel has to wake a vCPU for its own timers, in CNTPCT ticks; 0: never, or they
 * interrupt the core that has it. */
uint64_t arch_vcpu_deadline(const struct vcpu *vcpu);

/* Physical interrupts (of the distributor that was found at boot). */
void arch_irq_enable(uint32_t intid, bool edge);
void arch_irq_disable(uint32_t intid); /* also deactivates */
void arch_irq_deactivate(uint32_t intid);
uint32_t arch_irq_count(void); /* INTIDs that exist */
/* Software interrupts, and those of the timers and the GIC, are the kernel's own. */
bool arch_irq_own(uint32_t intid);

/* Deliver a shared interrupt to a core; core 0 until this is called. */
void arch_irq_route(uint32_t intid, const struct cpu *cpu);

/* Firmware. Returns only if firmware refuses. */
void arch_power(bool reset);

/* Cores. make: at boot, what is there for a core that comes later: its struct cpu (id is not set)
 * and, below it, its stack, which are the pool's; NULL: no memory. */
struct pool;
struct cpu *arch_cpu_make(struct pool *pool, uint64_t mpidr);
/* Let a core that is off come to cpu_enter; if it cannot be used, it says so on the console and
 * goes off again. BUSY: it is on, or not off yet. DOWN: firmware refuses; that is said, too. */
status arch_cpu_on(struct cpu *cpu);
/* The core that executes this goes off; no thread may have registers left in it. */
NORETURN void arch_cpu_off(void);
/* Let another core come to mail_irq. It sees all that was written before. A core that is not in
 * cpu_enter yet may miss it. */
void arch_cpu_kick(const struct cpu *cpu);
/* A thread leaves this core: EL1 and FP registers that the core holds are written back, and what
 * the thread has written or invalidated is seen by all cores. */
void arch_thread_leave(struct thread *thread);

/* One character to the boot console. */
void arch_putc(char c);
/* Stop this core for good. */
NORETURN void arch_halt(void);

/* Debug builds: assert that the core is set up for this thread as the register table says. */
void arch_check(const struct cpu *cpu, const struct thread *to);

/* ---- called by the machine ---- */

struct boot_info;

/* After the machine has set up stage 1, vectors, GIC and timer: builds the warden from boot_info.
 * Returns who runs first. */
struct resume kernel_start(struct cpu *cpu, const struct boot_info *info);

/* A core has come up after arch_cpu_on: its registers, GIC and timer are set up, nothing runs.
 * Returns who runs first. */
struct resume cpu_enter(struct cpu *cpu);
/* Another core called arch_cpu_kick; interrupts are masked, sched_resume follows. */
void mail_irq(struct cpu *cpu);

/* svc from EL0, hvc #1 from EL1. frame.pc is behind the instruction. */
struct resume entry_call(struct thread *current, struct cpu *cpu);

/* The current thread faulted, or a vCPU needs its vmm. frame.pc is at the instruction (also for
 * hvc: step back). cpu->words holds struct bh_fault_words or bh_exit_words; arch_exit_complete does
 * what the reply asks for. */
struct resume entry_fault(struct thread *current, struct cpu *cpu);
struct resume entry_event(struct thread *current, struct cpu *cpu, enum bh_event event);

/* A physical interrupt was acknowledged and its priority dropped; it is not one of the kernel's
 * own, and irq is its object or NULL. The end of its entry. */
struct resume irq_fire(struct cpu *cpu, struct irq *irq, uint32_t intid);
/* The kernel timer fired: windows, deadlines, slices. True: it fires at once again, and who runs is
 * decided then. */
MUST_CHECK bool time_tick(struct cpu *cpu);
/* A vCPU got a deliverable virtual interrupt: make it ready if it is IDLE. */
void vcpu_wake(struct vcpu *vcpu);
/* The core has the registers of a vCPU no more, nor its timers. */
void vcpu_left(struct vcpu *vcpu);
/* A vCPU executes WFI with nothing deliverable: IDLE. until: its virtual timer in CNTPCT ticks,
 * 0: none. */
void vcpu_idle(struct vcpu *vcpu, uint64_t until);
/* The end of every entry: who runs now. sched_resume decides anew only if something asked for it.
 * Both do the switch; &cpu->idle means that nobody can run: the machine waits for an
 * interrupt in the kernel. */
struct resume sched_next(struct cpu *cpu);
struct resume sched_resume(struct cpu *cpu);
/* The end of arch_enter, if who runs is to be decided anew, or the switch let an abort of a device
 * come: somebody else may run now. */
struct resume sched_entered(struct cpu *cpu, struct thread *thread, const uint64_t *words);

/* Machine side of a BH_EXIT reply with RESUME: write the value to the register of the load, step
 * over the instruction. Called by the generic part with the reply's words. */
void arch_exit_complete(struct vcpu *vcpu, const uint64_t words[8]);
