/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual CPU interface of a core and its timers' physical interrupts, as IHI 0069 has them,
 * for tests of vgic.c: the registers of dev/gic.h, and a guest that takes and ends interrupts. */
#pragma once

#include "kernel/dev/gic.h"
#include "timer.h"

enum { INTERFACE_VIRTUAL = 27, INTERFACE_PHYSICAL = 29 }; /* INTIDs of the machine's timers */
#define INTERFACE_NONE GIC_SPECIAL
#define INTERFACE_IDLE 0x100u /* less urgent than all priorities */

extern uint64_t interface_lrs[GIC_LR_MAX];
/* Those timers of the vCPU in the core that ask for their interrupts. */
extern const bool *interface_due;
extern bool interface_active[TIMER_COUNT]; /* their physical interrupts */
extern unsigned interface_activations;     /* by registers of the distributor */

void interface_reset(void);
/* What that vCPU's guest had taken is gone. */
void interface_forget(const struct gic_interface *interface);

/* The maintenance interrupt is due (ICH_MISR_EL2). */
bool interface_maintenance(void);
/* The guest has taken as many as there are list registers, and more wait. It is seen when it ends
 * one; a timer's only when one more is left. */
bool interface_full(void);

/* How many the guest has taken and not ended, and the last one's priority. */
unsigned interface_taken(void);
unsigned interface_running(void);
/* The list register that the guest would take now; GIC_LR_MAX: none. */
unsigned interface_next(void);
/* The guest reads ICC_IAR1_EL1. */
uint32_t interface_take(void);
/* The guest drops the priority of the last one that it has taken (ICC_EOIR1_EL1), and deactivates
 * one (with EOImode = 0 the same write, else ICC_DIR_EL1). */
uint32_t interface_drop(void);
void interface_deactivate(uint32_t intid);

static inline bool interface_ended(uint64_t value)
{
    return (value & (LR_PENDING | LR_ACTIVE)) == 0;
}

static inline unsigned interface_priority(uint64_t value)
{
    return value >> 48 & 0xff;
}
