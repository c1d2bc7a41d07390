/* SPDX-License-Identifier: Apache-2.0 */
/* What the fake machine keeps of a vCPU and of a thread's FP registers. */
#pragma once

#include "kernel/lib/types.h"

#define HOST_EL1_REGISTERS  8
#define HOST_LIST_REGISTERS 4

/* What a fake core is to the machine. */
struct arch_cpu {
    uint32_t kicks;  /* that have not been taken */
    uint64_t window; /* as on the real machine: window.c uses it */
};

/* A list register: one virtual interrupt as the guest's CPU interface sees it. */
struct host_list {
    uint16_t interrupt;
    uint8_t used;
    uint8_t offered; /* it was pending when it was put here */
    uint8_t pending;
    uint8_t active;
    uint8_t priority;
};

struct arch_vcpu {
    uint64_t el1[HOST_EL1_REGISTERS]; /* while no core holds them */
    struct host_list lists[HOST_LIST_REGISTERS];
    uint64_t timer;        /* when its virtual timer fires, 0: never */
    uint8_t exit_read;     /* the exit is a load: the reply's word 0 goes to a register */
    uint8_t exit_register; /* 0..30, or 31: none */
    uint8_t exit_abort;    /* the exit or fault is an access that may be answered by an abort */
    uint8_t resets;        /* how often it was reset, modulo 256 */
};

struct fp_state {
    uint64_t q[64];
    uint64_t fpcr, fpsr;
};
