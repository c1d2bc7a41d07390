/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel booted on the fake machine, and calls made in the name of its threads. */
#pragma once

#include "abi/boot.h"
#include "kernel/arch/host/host.h"
#include "kernel/cap/cap.h"
#include "kernel/core/calls.h"

#define MACHINE_POOL     (UINT64_C(1) << 21)
#define MACHINE_SLOTS    64
#define MACHINE_ENTRY    0x400000
#define MACHINE_PRIORITY 100

/* Slots of the warden behind WARDEN_FREE: memory, device, interrupts. */
enum machine_slot {
    SLOT_RAM = WARDEN_FREE, /* MACHINE_RAMS extents of RAM, the last one of more than 2 MiB */
    SLOT_UNCACHED = SLOT_RAM + 8,
    SLOT_DEVICE, /* one page */
    SLOT_WINDOW, /* 2 GiB of device */
    SLOT_IRQ,    /* MACHINE_IRQS of them */
    SLOT_FREE = SLOT_IRQ + 4,
    SLOT_CORES = SLOT_FREE + 8 /* from the second core on, if boot_info has it: not usually */
};
#define MACHINE_RAMS    8
#define MACHINE_IRQS    4
#define MACHINE_EXTENTS (MACHINE_RAMS + 3)
#define MACHINE_INTID   40 /* of the first interrupt; the second is edge-triggered */

extern const struct boot_extent machine_extents[MACHINE_EXTENTS];
extern const struct boot_irq machine_irqs[MACHINE_IRQS];

/* Boot with a seed for the machine's whims. The warden runs on core 0. */
void machine_boot(uint64_t seed);

/* There is no second core. */
extern bool machine_alone;

/* What boot_info says; machine_start boots with it as it is. */
struct boot_info *machine_info(void);
void machine_start(uint64_t seed);

/* All free memory of all pools is zero, but for the links of its blocks. */
void machine_check_free(void);

/* The thread that runs on this core; NULL: none. */
struct thread *machine_current(void);

/* Do what the end of a kernel entry does: words into the registers, the fake core's own checks. */
void machine_leave(struct resume resume);

/* The running thread makes the call in its registers. */
void machine_svc(void);

/* Every core that another one wants something of gets its interrupt, until none is left. */
void machine_pump(void);

/* The kernel's own slot of an index in a thread's table. */
struct slot *machine_slot(const struct thread *thread, uint64_t index);
