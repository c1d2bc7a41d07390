/* SPDX-License-Identifier: Apache-2.0 */
/* vCPU: a thread at EL1/EL0 with its EL1 state and virtual interrupts. */
#pragma once

#include "arch_vcpu.h"
#include "kernel/obj/thread.h"

/* One virtual interrupt. */
struct virq {
    uint8_t priority;
    uint8_t enabled : 1;
    uint8_t level : 1;   /* level-sensitive */
    uint8_t line : 1;    /* level-sensitive: the line is high */
    uint8_t pending : 1; /* edge: latched */
    uint8_t active : 1;
    uint8_t hw : 1;        /* bound to the physical interrupt of the same INTID (virtual timer) */
    uint8_t in_lr : 1;     /* a list register holds its pending and active state */
    uint8_t alternate : 1; /* BH_VIRQ_ALTERNATE */
};

#define VCPU_MAX 8 /* of a cell */

struct vcpu {
    struct thread thread;          /* first */
    _Alignas(32) struct slot page; /* MEMORY: abi/vcpu_page.h */
    struct arch_vcpu arch;         /* EL1 registers, virtual CPU interface: arch_vcpu.h */
    struct bh_vcpu_page *words;    /* where the kernel sees the page */
    struct virq *virqs;
    uint16_t virq_count;
    uint8_t virq_order; /* block of virqs is 1 << order bytes */
    uint8_t index;      /* in its cell: the lowest that was free */
    uint32_t sgis;      /* bits of those that other cores sent; thread.note brings them */
    uint8_t timer_due;  /* a timer's time came while no core held it, and it has not run since */
    struct fp_state fp;
};

/* A native thread with the right to FP. */
struct thread_fp {
    struct thread thread; /* first */
    struct fp_state fp;
};

SLOT_LINKABLE(vcpu, page);

static inline struct vcpu *vcpu_of(struct thread *thread)
{
    return container_of(thread, struct vcpu, thread);
}
