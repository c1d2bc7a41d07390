/* SPDX-License-Identifier: Apache-2.0 */
/* Floating point on first use; the rest of world.c is declared in arch_fast.h and arch.h. */
#pragma once

#include "kernel/core/cpu.h"

/* The current thread used FP while another owns the registers: give them to it. False: it has no
 * right. */
bool fp_take(struct cpu *cpu, struct thread *thread) MUST_CHECK;

/* Set the core up for its idle thread: an empty address space of VMID 0, an EL2 program. */
void world_init(struct cpu *cpu);

/* To a thread whose EL1 registers the core holds if it is a vCPU. Tells what it was told, and
 * leaves x2-x7, x9-x11 and x14 as they are. */
struct resume world_change(struct thread *to, const uint64_t *words);
