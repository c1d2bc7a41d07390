/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a core goes from one thread to another whose registers it has.
 *
 * The makefile keeps the compiler away from x2-x7, x9-x11 and x14, as fast.S has a message in them.
 */
#include "arch_fast.h"
#include "barrier.h"
#include "kernel/obj/vcpu.h"
#include "world.h"

/* Keep the values of the registers that act on EL0 and put the neutral ones there. */
static ALWAYS_INLINE void guest_leave(struct el1_state *el1)
{
    sysreg_write(hcr_el2, LITERAL(HCR_NATIVE));
    isb();
    IN_REGISTER(el1);
#define EAGER(name, mask, neutral, doc) const uint64_t name = sysreg_read(name);
#include "registers.def"
#define EAGER(name, mask, neutral, doc) el1->name = name;
#include "registers.def"
#define EAGER(name, mask, neutral, doc) sysreg_write(name, (neutral) != 0 ? LITERAL(neutral) : 0);
#include "registers.def"
}

/* Undo what guest_leave did, then VTTBR, isb, HCR. */
static ALWAYS_INLINE void guest_enter(const struct el1_state *el1, uint64_t vttbr)
{
    IN_REGISTER(el1);
#define EAGER(name, mask, neutral, doc) uint64_t name = el1->name;
#include "registers.def"
#define EAGER(name, mask, neutral, doc) IN_REGISTER(name);
#include "registers.def"
#define EAGER(name, mask, neutral, doc) sysreg_write(name, name);
#include "registers.def"
    sysreg_write(vttbr_el2, vttbr);
    isb();
    sysreg_write(hcr_el2, LITERAL(HCR_GUEST));
}

struct resume world_change(struct thread *to, const uint64_t *words)
{
    struct cpu *cpu = cpu_this();
    unsigned world = cpu->world, heavy = to->heavy, changes = world ^ heavy, fp = heavy & WORLD_FP;
    if (changes & WORLD_FP) {
        sysreg_write(cptr_el2, LITERAL(CPTR_CLOSED) ^ fp * (CPTR_TFP / WORLD_FP));
    }
    cpu->world = (uint8_t)heavy;
    if (!(heavy & WORLD_GUEST)) {
        if (likely(world & WORLD_GUEST)) {
            guest_leave(&cpu->el1_owner->arch.el1);
        }
        sysreg_write(vttbr_el2, to->cell->vttbr);
    } else if (changes & WORLD_GUEST) {
        guest_enter(&vcpu_of(to)->arch.el1, to->cell->vttbr);
    }
    return (struct resume){to, words};
}
