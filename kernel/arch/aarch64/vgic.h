/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual interrupts of vCPUs and the list registers of the core; see arch.h for arch_virq_*. */
#pragma once

#include "kernel/obj/vcpu.h"
#include "timer.h"

/* The vCPU in the core leaves it: fold its list registers into virqs, keep its interface. */
void vgic_save(struct vcpu *vcpu);
/* A vCPU enters the core: its interface, the active state of its timers' physical interrupts, its
 * best virtual interrupts. Its timer registers are loaded. */
void vgic_load(struct vcpu *vcpu);
/* Nobody's state stays in the core. */
void vgic_forget(const struct vcpu *vcpu);

/* A new vCPU: its timers are bound to the physical ones. */
void vgic_reset(struct vcpu *vcpu);

/* The physical interrupt of a timer of the vCPU in the core was acknowledged; it stays active until
 * the guest ends the virtual one. */
void vgic_timer(struct vcpu *vcpu, enum guest_timer timer);
/* A list register needs attention: an ended level interrupt, or more pending than list
 * registers. */
void vgic_maintenance(struct vcpu *vcpu);
