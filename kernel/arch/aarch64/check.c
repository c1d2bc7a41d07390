/* SPDX-License-Identifier: Apache-2.0 */
/* Debug builds: knows what the core must look like at every return to a thread (registers.def). */
#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/core/check.h"
#include "kernel/core/lock.h"
#include "kernel/obj/vcpu.h"
#include "kernel/lib/log.h"
#include "machine.h"
#include "sysreg.h"

/* Traps of extensions that this core may not have: their bits then read 0. */
#define HCR_OPTIONAL (HCR_TLOR | HCR_TERR)

#define CHECK_EVERY 64 /* exits */

struct resume exit_check(struct resume exit);

/* Registers that never change, whoever runs. */
static void check_constant(void)
{
#define CONSTANT(name, value, doc) ASSERT(sysreg_read(name) == (value));
#include "registers.def"
    ASSERT(sysreg_read(vtcr_el2) == machine.vtcr);
}

/* What acts on EL0 is neutral, whatever a guest left. */
static void check_native(const struct cpu *cpu, const struct thread *to)
{
    ASSERT(!(cpu->world & WORLD_GUEST));
    ASSERT((sysreg_read(hcr_el2) | HCR_OPTIONAL) == HCR_NATIVE);
#define EAGER(name, mask, neutral, doc) ASSERT(((sysreg_read(name) ^ (neutral)) & (mask)) == 0);
#include "registers.def"
    ASSERT(to == &cpu->idle || psr_saved(false, to->frame.psr));
}

static void check_guest(const struct cpu *cpu, const struct thread *to)
{
    ASSERT(cpu->world & WORLD_GUEST);
    ASSERT((sysreg_read(hcr_el2) | HCR_OPTIONAL) == HCR_GUEST);
    ASSERT(&cpu->el1_owner->thread == to);
    ASSERT(psr_saved(true, to->frame.psr));
}

void arch_check(const struct cpu *cpu, const struct thread *to)
{
    bool open = cpu->world & WORLD_FP;
    check_constant();
    ASSERT(cpu->current == to);
    ASSERT(to == &cpu->idle || (to->state == THREAD_READY && cpu->budget)); /* fast.S */
    ASSERT(sysreg_read(vttbr_el2) == to->cell->vttbr);
    ASSERT(sysreg_read(cptr_el2) == (open ? CPTR_OPEN : CPTR_CLOSED));
    ASSERT(!open || (cpu->fp_owner == to && to->fp));
    if (to->is_vcpu) {
        check_guest(cpu, to);
    } else {
        check_native(cpu, to);
    }
}

/* Called by entry.S before every exception return of a debug build. The whole kernel is looked at
 * now and then: it takes as long as there are capabilities. With the configuration lock, so that
 * other cores do not change it. */
struct resume exit_check(struct resume exit)
{
    static unsigned exits;
    arch_check(cpu_this(), exit.thread);
    if (++exits % CHECK_EVERY == 0) {
        lock_take();
        kernel_check(cpu_this());
        lock_release();
    }
    return exit;
}
