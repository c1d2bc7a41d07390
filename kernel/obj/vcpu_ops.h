/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual interrupts as the vmm and lines see them. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/obj/vcpu.h"

/* vcpu_irq and vcpu_irq_state of abi/calls.def; change[0] is set, change[1] cleared. */
status vcpu_irq(struct vcpu *vcpu, uint64_t interrupt, uint64_t settings);
status vcpu_irq_state(struct vcpu *vcpu, uint64_t interrupt, const uint64_t change[2],
                      uint64_t *state);

/* A vCPU of the same cell, on whatever core, sends it this SGI. */
void vcpu_sgi(struct vcpu *vcpu, uint32_t sgi);
/* The note of its thread has come to its core. */
void vcpu_note(struct vcpu *vcpu);

/* An interrupt below virq_count is pending once, whatever its trigger. */
void vcpu_pulse(struct vcpu *vcpu, uint32_t interrupt);
/* The line of an interrupt below virq_count goes high or low. */
void vcpu_line(struct vcpu *vcpu, uint32_t interrupt, bool high);
