/* SPDX-License-Identifier: Apache-2.0 */
/* What a host test may do with the fake machine: its cores, time, interrupts, caches and
 * mishaps. */
#pragma once

#include <setjmp.h>

#include "kernel/arch/arch.h"
#include "kernel/arch/host/mmu.h"
#include "kernel/obj/vcpu.h"

#define HOST_CORES 3
#define HOST_IRQS  96
#define HOST_TIMER 26 /* the kernel's own interrupt; software interrupts are below 16 */

/* Kernel memory: one buffer that starts at this fake physical address. User memory lies elsewhere
 * and has no bytes at all: the kernel must never touch it. */
#define HOST_KERNEL_BASE UINT64_C(0x3ff00000)
#define HOST_POOL_BASE   UINT64_C(0x40000000)
#define HOST_USER_BASE   UINT64_C(0x80000000)
#define HOST_USER_SIZE   UINT64_C(0x04000000)

/* Where an abort makes a vCPU go on, and the EL1 register that then says where it was. */
#define HOST_ABORT_VECTOR UINT64_C(0x200)
#define HOST_EL1_LINK     2

/* An interrupt line of the fake distributor. */
struct host_irq {
    uint32_t core; /* that it is delivered to */
    uint8_t enabled;
    uint8_t edge;
    uint8_t active;
};

/* The registers of one core that threads share, and what the kernel asked of it. */
struct host_core {
    struct cpu cpu;
    uint64_t vttbr;
    uint8_t tge; /* HCR_EL2.TGE: no guest's stage 1 is in use */
    uint64_t el1[HOST_EL1_REGISTERS];
    uint64_t q[64];
    uint64_t error_windows; /* how often a cell with device mappings was left (rule 29) */
    uint64_t timer;         /* deadline of the kernel timer, 0: off */
    bool on;                /* firmware started it */
    jmp_buf *leave;         /* where a core that goes off ends; NULL: abort */
};

struct host_machine {
    struct host_core cores[HOST_CORES];
    struct host_irq irqs[HOST_IRQS];
    uint64_t now;
    uint64_t creep; /* ticks that go by whenever the kernel looks at the time */
    uint64_t pool_size;
    char *pool;           /* the bytes at HOST_POOL_BASE */
    uint32_t vmids;       /* how many VMIDs the machine has */
    uint32_t polls_left;  /* preemption points passed before one says yes; 0: never */
    uint64_t preemptions; /* how many said yes */
    uint64_t steps;       /* blocks of kernel code since it was last left */
    uint64_t entries;     /* how often it was left */
    uint64_t pages_cleaned, pages_zeroed, icache_invalidations, publishes;
    uint32_t power_calls;
    uint8_t power_reset; /* what the last one asked for */
    bool refuses;        /* firmware starts no core */
    uint64_t whim;       /* state of the random generator of what the machine may do or leave */
    char console[256];   /* last characters that the kernel printed */
    uint32_t console_used;
    jmp_buf *escape; /* where a halt goes instead of ending the process; NULL: abort */
};

extern struct host_machine host;

/* A machine with no state, pool_size bytes of kernel memory (a power of two) and a seed for its
 * whims. */
void host_reset(uint64_t pool_size, uint64_t seed);
/* cpu_this() is this core from now on, for the thread of the test that says so. */
struct cpu *host_use_core(unsigned id);

/* True if this core was kicked since the last time: mail_irq is due. */
bool host_kicked(void);

/* A broken rule of the architecture: prints the sentence and halts. */
NORETURN void host_violation(const char *sentence, uint64_t value);

/* The kernel was left, or is looked at. What it does from here on ends before a number of blocks of
 * code that nothing good needs; what a run needs of it, before a number of these; or that is a
 * violation. */
void host_steps_begin(void);

/* What the machine does without being asked: fills and evictions of TLBs and caches. */
void host_speculate(void);
uint64_t host_whim(void);

/* An access of the thread that runs on this core: read, write (value) or fetch (one bit of
 * BH_MAP_*), as a guest does it whose own MMU is off (uncached), or through the caches. */
struct host_use {
    uint64_t address;
    uint64_t access;
    uint64_t value;
    bool uncached;
};
/* False: stage-2 fault. *value is what was read or fetched, if it is RAM that cells own. */
bool host_use(const struct host_use *use, uint64_t *physical, uint64_t *value);

/* What a cell does with its memory: BH_MAP_READ, WRITE or EXEC at an address, by the thread that
 * runs on this core. False: stage-2 fault. */
bool host_access(uint64_t address, uint64_t access, uint64_t *physical);
bool host_page_dirty(uint64_t physical);

/* Interrupt: true if the distributor would signal it now; it is active from then on. */
bool host_irq_take(uint32_t intid);

/* FP instruction of the running thread. False: it faults. True: q are its registers. */
bool host_fp_use(uint64_t **q);

/* What a guest does with its virtual CPU interface: acknowledge (-1: spurious), end of interrupt
 * (false: it is in no list register). */
int host_guest_acknowledge(struct vcpu *vcpu);
bool host_guest_end(struct vcpu *vcpu, uint32_t interrupt);

/* One step of a small random generator (xorshift64*). */
uint64_t host_random(uint64_t *state);
