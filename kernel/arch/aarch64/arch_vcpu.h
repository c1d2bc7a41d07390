/* SPDX-License-Identifier: Apache-2.0 */
/* What a vCPU is on this machine: its EL1 registers and the state of its virtual CPU interface. */
#pragma once

#include <assert.h>

#include "kernel/lib/types.h"
#include "sysreg.h"

/* The registers of registers.def that a core keeps until another vCPU needs them. */
struct el1_state {
#define EAGER(name, mask, neutral, doc) uint64_t name;
#define LAZY(name, doc)                 uint64_t name;
#define LAZY_IF(feature, name, doc)     uint64_t name;
#define TIMER(name, doc)                uint64_t name;
#include "registers.def"
};

/* What a core is to the machine. */
struct arch_cpu {
    uint64_t mpidr;  /* affinity fields of MPIDR_EL1: its name for firmware and GICv3 */
    uint64_t gic;    /* registers of its private interrupts: distributor or redistributor */
    uint64_t target; /* how GICD_SGIR (GICv2) or ICC_SGI1R_EL1 name it */
    uint64_t window; /* virtual address through which it cleans and zeroes pages */
    /* The guest's timers whose physical interrupts the last vCPU left active, a bit each. */
    uint32_t timers_active;
};

#define GIC_APR_MAX 4
#define GIC_SGIS    16
#define GIC_GROUPS  32

/* The virtual CPU interface while another vCPU is in the core. List registers are not kept: they
 * are folded into vcpu.virqs and chosen anew. */
struct gic_interface {
    uint32_t vmcr;
    uint32_t apr[2][GIC_APR_MAX]; /* group 0, group 1 */
};

struct arch_vcpu {
    struct el1_state el1;
    struct gic_interface interface;
    uint32_t exit_syndrome; /* ESR_EL2 of the exit or fault that waits; 0: no abort */
    uint16_t lr_used;       /* list registers that hold a virtual interrupt */
    uint8_t timer_lr[2];    /* which one holds the virtual and the physical timer's */
    uint16_t self;          /* its bit in the target list of an SGI */
    uint32_t busy;          /* groups of virqs with something for the list registers: vgic.c */
    uint32_t several;       /* of them, those that may have more than one */
    uint64_t exit_address;  /* FAR_EL2 of the exit or fault that waits for its reply */
    /* GICv2: vCPUs whose SGI waits, and of the one in a list register or active, by SGI: vgic.c */
    uint8_t senders[GIC_SGIS];
    uint8_t sender[GIC_SGIS];
    uint16_t best[GIC_GROUPS]; /* of busy groups, how urgent the most urgent one is, and which */
};

struct fp_state {
    uint64_t v[32][2];
    uint64_t fpcr;
    uint64_t fpsr;
};
static_assert(sizeof(struct fp_state) == 528 && offsetof(struct fp_state, fpcr) == 512,
              "fp.S knows this layout");
