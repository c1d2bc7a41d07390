/* SPDX-License-Identifier: Apache-2.0 */
/* What the ABI counts with: status codes, event kinds, reply actions, exit and fault words. */
#pragma once

#include <assert.h>
#include <stdint.h>

/* Every call returns one of these in x8. There are never more than 16. */
enum bh_status {
    BH_OK = 0,          /* done */
    BH_BAD_CALL = 1,    /* no call has this number */
    BH_BAD_ARG = 2,     /* an argument is out of range, misaligned, or reserved and not zero */
    BH_NO_CAP = 3,      /* the slot is empty or outside the table */
    BH_BAD_TYPE = 4,    /* the capability names an object of another type */
    BH_NO_RIGHT = 5,    /* the capability lacks a right that the call needs */
    BH_STALE = 6,       /* the object was destroyed or is being destroyed; delete the slot */
    BH_NO_SLOT = 7,     /* the destination slot is outside the table or not empty */
    BH_NO_MEMORY = 8,   /* the pool that pays has no block of this size left */
    BH_BUSY = 9,        /* the object is in use in a way that excludes this call; try again later */
    BH_DOWN = 10,       /* nobody serves this endpoint, or its server died during the call */
    BH_NO_CALLER = 11,  /* the caller died or gave up before the reply */
    BH_CANCELED = 12,   /* the call was cancelled by a holder of CONTROL over the caller */
    BH_DEADLOCK = 13,   /* the call would close a cycle or make a chain longer than 8 */
    BH_OTHER_CORE = 14, /* a call that does not go from this core to that one: see there */
    BH_NO_VMID = 15,    /* every VMID is taken: too many live cells */
    BH_STATUS_COUNT = 16
};

/* What reply_wait returned with, in x10. */
enum bh_event {
    BH_EVENT_MESSAGE =
        0, /* a call: words in x0..x7, badge in x9, x11 = 1 if a capability came with it */
    BH_EVENT_SIGNAL = 1,  /* signal bits in x0 */
    BH_EVENT_FAULT = 2,   /* a thread faulted: struct bh_fault_words in x0..x7, badge in x9 */
    BH_EVENT_EXIT = 3,    /* a vCPU needs its vmm: struct bh_exit_words in x0..x7, badge in x9 */
    BH_EVENT_DEADLINE = 4 /* the deadline of this wait has passed */
};

/* How reply_wait answers who waits for the reply, in x9. */
enum bh_action {
    BH_WAIT_ONLY = 0, /* there is nobody to answer: only wait */
    BH_REPLY = 1,     /* answer a message with x0..x7 (and the capability in x10, if not 0) */
    BH_RESUME = 2,    /* let a faulted thread retry; complete a vCPU's exit and go on */
    BH_BLOCK = 3,     /* as RESUME, but the vCPU first waits for a virtual interrupt */
    BH_STOP = 4,      /* leave the thread or vCPU suspended where it is */
    BH_ABORT = 5      /* a vCPU's access or fetch did not work: EL1 gets an external abort */
};

/* Object types, in the type byte of a capability. */
enum bh_type {
    BH_EMPTY = 0,
#define OBJECT(number, NAME, name, doc) BH_##NAME = number,
#define RIGHT(NAME, bit, RIGHT_NAME, doc)
#include "abi/objects.def"
    BH_TOMBSTONE = 15
};

/* Rights, one byte in a capability; the meaning belongs to the type. */
enum bh_right {
#define OBJECT(number, NAME, name, doc)
#define RIGHT(NAME, bit, RIGHT_NAME, doc) BH_##NAME##_##RIGHT_NAME = 1 << bit,
#include "abi/objects.def"
    BH_DESTROY = 0x80, /* every type: destroy the object */
    BH_ALL = 0xff
};

/* Access of a mapping: the argument of memory_map. */
enum bh_access { BH_MAP_READ = 1, BH_MAP_WRITE = 2, BH_MAP_EXEC = 4 };

/* Attributes of a memory object; they never differ between its mappings. */
enum bh_memory_kind {
    BH_RAM = 0,     /* normal, write-back cacheable, inner shareable */
    BH_DEVICE = 1,  /* Device-nGnRE, never executable */
    BH_UNCACHED = 2 /* normal, non-cacheable: for DMA by devices that do not snoop */
};

/* Operations of memory_clean. */
enum bh_clean { BH_CLEAN = 0 /* clean and invalidate to the point of coherency */, BH_ZERO = 1 };

/* Word 0 of a FAULT event. */
enum bh_fault {
    BH_FAULT_MEMORY = 0,    /* no mapping, or not with this access */
    BH_FAULT_ALIGNMENT = 1, /* misaligned access, SP or PC */
    BH_FAULT_UNDEFINED = 2, /* unknown or privileged instruction, trapped register */
    BH_FAULT_FP = 3,        /* floating point without the right to it */
    BH_FAULT_BREAK = 4,     /* brk instruction */
    BH_FAULT_EXTERNAL = 5,  /* synchronous external abort or SError: the bus refused the access */
    BH_FAULT_AARCH32 = 6,   /* a vCPU entered AArch32 at EL0, which is not offered */
    BH_FAULT_OTHER = 7      /* any other exception class; the syndrome says which */
};

/* Message of a FAULT event, x0..x7. */
struct bh_fault_words {
    uint64_t kind;     /* enum bh_fault */
    uint64_t syndrome; /* ESR_EL2 */
    uint64_t address;  /* virtual address (FAR_EL2); 0 where the class has none */
    uint64_t ipa;      /* page of the access in the cell's space, or BH_NO_IPA */
    uint64_t pc;
    uint64_t sp;
    uint64_t lr;
    uint64_t psr; /* SPSR as it was */
};
static_assert(sizeof(struct bh_fault_words) == 64, "as many words as a message has");
#define BH_NO_IPA (~UINT64_C(0))

/* Word 0 of an EXIT event. */
enum bh_exit {
    BH_EXIT_READ = 0,  /* load from an unmapped address: reply word 0 is the value */
    BH_EXIT_WRITE = 1, /* store to an unmapped address */
    BH_EXIT_ACCESS =
        2, /* load or store whose syndrome is not valid: decode the instruction at pc */
    BH_EXIT_SMCCC =
        3 /* hvc #0 or smc #0: x1..x7 hold the guest's x0..x6; reply words 0..3 go to x0..x3 */
};

/* Message of an EXIT event, x0..x7, for READ, WRITE and ACCESS. */
struct bh_exit_words {
    uint64_t kind;     /* enum bh_exit */
    uint64_t ipa;      /* exact guest physical address */
    uint64_t size;     /* access size in bytes: 1, 2, 4, 8 (0 for ACCESS) */
    uint64_t value;    /* WRITE: what is stored, zero-extended from its size */
    uint64_t pc;       /* guest virtual address of the instruction */
    uint64_t va;       /* guest virtual address of the access */
    uint64_t syndrome; /* ESR_EL2 */
    uint64_t psr;
};

static_assert(sizeof(struct bh_exit_words) == 64, "as many words as a message has");

/* Indices of thread_read and thread_write: 0..30 are x0..x30. */
enum bh_register {
    BH_REG_SP = 31,
    BH_REG_PC = 32,
    BH_REG_PSR = 33,
    BH_REG_TLS = 34,
    BH_REG_SCTLR = 35, /* from here on EL1's, read-only; 0 for a native thread */
    BH_REG_TCR = 36,
    BH_REG_TTBR0 = 37,
    BH_REG_TTBR1 = 38,
    BH_REG_COUNT = 39
};

/* Flags of a new thread: argument b of pool_create for THREAD. */
enum bh_thread_flag { BH_THREAD_FP = 1 /* may use floating point and SIMD; switched lazily */ };

/* Arguments b and c of pool_create for BUDGET; slice, amount and period are ticks below 2^32. */
#define BH_BUDGET_ORDER(priority, slice) ((uint64_t)(slice) << 32 | (uint64_t)(priority))
#define BH_BUDGET_LIMIT(amount, period)  ((uint64_t)(period) << 32 | (uint64_t)(amount))
#define BH_BUDGET_LEAST                  500 /* ticks of an amount: more than it costs */

/* Settings of a virtual interrupt: the argument of vcpu_irq. */
#define BH_VIRQ_ENABLE    0x100 /* enabled; priority in bits 7:0 */
#define BH_VIRQ_LEVEL     0x200 /* level-sensitive; edge-triggered otherwise */
#define BH_VIRQ_ALTERNATE 0x400 /* group 0 of a GICv3 (FIQ), group 1 of a GICv2; else the other */

/* Bits of vcpu_irq_state: those of the vCPUs whose SGI is pending, on a GICv2 */
#define BH_VIRQ_SENDERS 0xff00

#define BH_MESSAGE_WORDS 8
#define BH_CHAIN_MAX     8
static_assert(BH_STATUS_COUNT <= 16, "a status fits four bits");
static_assert(BH_REG_COUNT == BH_REG_TTBR1 + 1, "the last register is the last index");
