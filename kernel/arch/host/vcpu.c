/* SPDX-License-Identifier: Apache-2.0 */
/* Knows whose EL1 and FP registers a fake core holds, and what is in its list registers. */
#include "kernel/obj/vcpu.h"

#include <string.h>

#include "arch_fast.h"
#include "kernel/arch/host/host.h"
#include "kernel/obj/trace.h"

static void lists_fill(struct vcpu *vcpu);
static void lists_fold(struct vcpu *vcpu);

static struct host_core *core_of_cpu(const struct cpu *cpu)
{
    return &host.cores[cpu->id];
}

/* ---- switch ---- */

static void el1_save(struct cpu *cpu)
{
    if (cpu->el1_owner) {
        memcpy(cpu->el1_owner->arch.el1, core_of_cpu(cpu)->el1, sizeof cpu->el1_owner->arch.el1);
    }
    cpu->el1_owner = NULL;
}

static void el1_load(struct cpu *cpu, struct vcpu *vcpu)
{
    if (cpu->el1_owner != vcpu) {
        el1_save(cpu);
        memcpy(core_of_cpu(cpu)->el1, vcpu->arch.el1, sizeof vcpu->arch.el1);
        cpu->el1_owner = vcpu;
    }
}

void host_switch(struct cpu *cpu, struct thread *to)
{
    if (trace_on(to) || cpu->traced) {
        trace_switch(cpu, to);
    }
    if ((cpu->world & WORLD_DEVICES) && core_of_cpu(cpu)->vttbr != to->cell->vttbr) {
        core_of_cpu(cpu)->error_windows++;
    }
    core_of_cpu(cpu)->vttbr = to->cell->vttbr;
    core_of_cpu(cpu)->tge = !to->is_vcpu;
    cpu->world = (uint8_t)((to->is_vcpu ? WORLD_GUEST : 0) | to->cell->marks |
                           (cpu->fp_owner == to ? WORLD_FP : 0));
    if (to->is_vcpu) {
        el1_load(cpu, vcpu_of(to));
        lists_fill(vcpu_of(to));
    }
}

struct resume arch_enter(struct thread *to, const uint64_t *words, struct cpu *cpu)
{
    host_switch(cpu, to);
    return sched_entered(cpu, to, words);
}

void arch_vcpu_reset(struct vcpu *vcpu)
{
    uint8_t resets = (uint8_t)(vcpu->arch.resets + 1);
    memset(&vcpu->arch, 0, sizeof vcpu->arch);
    vcpu->arch.resets = resets;
}

bool arch_vcpu_forget(struct vcpu *vcpu)
{
    bool held = false;
    for (unsigned i = 0; i < HOST_CORES; i++) {
        if (host.cores[i].cpu.el1_owner == vcpu) {
            host.cores[i].cpu.el1_owner = NULL;
            held = true;
        }
    }
    return held;
}

/* ---- floating point ---- */

void arch_fp_forget(struct thread *thread)
{
    for (unsigned i = 0; i < HOST_CORES; i++) {
        if (host.cores[i].cpu.fp_owner == thread) {
            host.cores[i].cpu.fp_owner = NULL;
            host.cores[i].cpu.world &= (uint8_t)~WORLD_FP;
        }
    }
}

void arch_thread_leave(struct thread *thread)
{
    struct cpu *cpu = host_cpu;
    if (cpu->el1_owner == (void *)thread) {
        lists_fold(cpu->el1_owner);
        el1_save(cpu);
        cpu->world &= (uint8_t)~WORLD_GUEST;
    }
    if (cpu->fp_owner == thread) {
        memcpy(thread->fp->q, core_of_cpu(cpu)->q, sizeof thread->fp->q);
        cpu->fp_owner = NULL;
        cpu->world &= (uint8_t)~WORLD_FP;
    }
}

bool host_fp_use(uint64_t **q)
{
    struct cpu *cpu = host_cpu;
    struct host_core *core = core_of_cpu(cpu);
    struct thread *thread = cpu->current;
    *q = core->q;
    if (!thread->fp) {
        return false;
    }
    if (!(cpu->world & WORLD_FP)) {
        if (cpu->fp_owner) {
            memcpy(cpu->fp_owner->fp->q, core->q, sizeof core->q);
        }
        memcpy(core->q, thread->fp->q, sizeof core->q);
        cpu->fp_owner = thread;
        cpu->world |= WORLD_FP;
    }
    return true;
}

/* ---- virtual interrupts ---- */

static bool virq_pending(const struct virq *virq)
{
    return virq->pending || (virq->level && virq->line);
}

static bool virq_deliverable(const struct virq *virq)
{
    return virq->enabled && virq_pending(virq) && !virq->active;
}

static void lists_fold(struct vcpu *vcpu)
{
    for (unsigned i = 0; i < HOST_LIST_REGISTERS; i++) {
        struct host_list *list = &vcpu->arch.lists[i];
        if (!list->used) {
            continue;
        }
        struct virq *virq = &vcpu->virqs[list->interrupt];
        virq->active = list->active != 0;
        if (list->offered && !list->pending) {
            virq->pending = 0; /* taken; a level that is still high shows through the line */
        }
        virq->in_lr = 0;
        list->used = 0;
    }
}

/* The most urgent interrupt that is in no list register and matters to the guest; -1: none. */
static int virq_best(const struct vcpu *vcpu)
{
    int best = -1;
    for (int i = 0; i < vcpu->virq_count; i++) {
        const struct virq *virq = &vcpu->virqs[i];
        bool matters = virq->active || virq_deliverable(virq);
        if (matters && !virq->in_lr && (best < 0 || virq->priority < vcpu->virqs[best].priority)) {
            best = i;
        }
    }
    return best;
}

static void lists_fill(struct vcpu *vcpu)
{
    lists_fold(vcpu);
    for (unsigned i = 0; i < HOST_LIST_REGISTERS; i++) {
        int best = virq_best(vcpu);
        if (best < 0) {
            return;
        }
        struct virq *virq = &vcpu->virqs[best];
        virq->in_lr = 1;
        vcpu->arch.lists[i] = (struct host_list){
            .interrupt = (uint16_t)best,
            .used = 1,
            .offered = virq_pending(virq) && virq->enabled,
            .pending = virq_pending(virq) && virq->enabled,
            .active = virq->active,
            .priority = virq->priority,
        };
    }
}

void arch_virq_sync(struct vcpu *vcpu, uint32_t interrupt)
{
    (void)interrupt; /* all of them: a harder test of what the kernel may assume */
    lists_fold(vcpu);
}

void arch_virq_flush(struct vcpu *vcpu, uint32_t interrupt)
{
    (void)interrupt;
    lists_fill(vcpu);
}

bool arch_virq_again(struct vcpu *vcpu, uint32_t interrupt)
{
    struct virq *virq = &vcpu->virqs[interrupt];
    for (unsigned i = 0; i < HOST_LIST_REGISTERS && virq->in_lr && virq->enabled; i++) {
        struct host_list *list = &vcpu->arch.lists[i];
        if (list->used && list->interrupt == interrupt) {
            virq->pending = 1;
            list->offered = list->pending = 1;
            return true;
        }
    }
    return false;
}

bool arch_virq_deliverable(struct vcpu *vcpu)
{
    lists_fold(vcpu);
    bool found = false;
    for (unsigned i = 0; i < vcpu->virq_count && !found; i++) {
        found = virq_deliverable(&vcpu->virqs[i]);
    }
    lists_fill(vcpu);
    return found;
}

uint64_t arch_sgi_senders(uint64_t interrupt)
{
    (void)interrupt;
    return 0;
}

unsigned arch_sgi_change(struct vcpu *vcpu, uint32_t interrupt, const uint64_t change[2],
                         unsigned now)
{
    (void)vcpu, (void)interrupt, (void)change;
    return now;
}

uint64_t arch_vcpu_deadline(const struct vcpu *vcpu)
{
    return vcpu->arch.timer;
}

int host_guest_acknowledge(struct vcpu *vcpu)
{
    struct host_list *best = NULL;
    for (unsigned i = 0; i < HOST_LIST_REGISTERS; i++) {
        struct host_list *list = &vcpu->arch.lists[i];
        if (list->used && list->pending && !list->active &&
            (!best || list->priority < best->priority)) {
            best = list;
        }
    }
    if (!best) {
        return -1;
    }
    best->pending = 0;
    best->active = 1;
    return best->interrupt;
}

bool host_guest_end(struct vcpu *vcpu, uint32_t interrupt)
{
    for (unsigned i = 0; i < HOST_LIST_REGISTERS; i++) {
        struct host_list *list = &vcpu->arch.lists[i];
        if (list->used && list->interrupt == interrupt && list->active) {
            list->active = 0;
            return true;
        }
    }
    return false;
}

void arch_exit_complete(struct vcpu *vcpu, const uint64_t words[8])
{
    struct frame *frame = &vcpu->thread.frame;
    if (vcpu->arch.exit_read && vcpu->arch.exit_register < 31) {
        frame->x[vcpu->arch.exit_register] = words[0];
    }
    frame->pc += 4;
}

/* EL1 registers of a vCPU, wherever they are. */
static uint64_t *el1_of(const struct vcpu *vcpu)
{
    struct host_core *core = core_of_cpu(vcpu->thread.cpu);
    return core->cpu.el1_owner == vcpu ? core->el1 : ((struct vcpu *)(uintptr_t)vcpu)->arch.el1;
}

bool arch_abort_fits(const struct vcpu *vcpu)
{
    return vcpu->arch.exit_abort;
}

void arch_vcpu_abort(struct vcpu *vcpu)
{
    el1_of(vcpu)[HOST_EL1_LINK] = vcpu->thread.frame.pc;
    vcpu->thread.frame.pc = HOST_ABORT_VECTOR;
}

uint64_t arch_vcpu_register(struct vcpu *vcpu, uint64_t index)
{
    return index < BH_REG_COUNT ? el1_of(vcpu)[index - BH_REG_SCTLR] : 0;
}

void arch_check(const struct cpu *cpu, const struct thread *to)
{
    bool fits = to == &cpu->idle ||
                (host.cores[cpu->id].vttbr == to->cell->vttbr &&
                 (!to->is_vcpu || cpu->el1_owner == (const struct vcpu *)(const void *)to) &&
                 ((cpu->world & WORLD_FP) != 0) == (cpu->fp_owner == to));
    if (!fits) {
        host_violation("a core is not set up for the thread that it runs", cpu->id);
    }
}
