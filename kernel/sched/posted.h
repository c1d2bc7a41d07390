/* SPDX-License-Identifier: Apache-2.0 */
/* The priority that a guest posts in its vCPU's page (abi/vcpu_page.h), and what it moves. While
 * such a vCPU's budget is the core's, cpu->resched stays set: every kernel exit looks anew. */
#pragma once

#include "kernel/obj/budget.h"
#include "kernel/obj/vcpu.h"

/* A vCPU got a page or none, or is reset: it posts nothing until it does. */
void posted_reset(struct vcpu *vcpu);

/* A budget got its thread, or its thread a page. */
void posted_bound(struct budget *budget);

/* Let the budget have the priority that its vCPU's page says: one load of each word. */
void posted_look(struct budget *budget);

/* Around a decision of who runs. begin returns the budget whose vCPU posts, after a look, or NULL;
 * end tells the vCPU of the budget that the core turned to who else waits, and has the other one's
 * looked at when its timer is due. */
struct budget *posted_begin(struct cpu *cpu);
void posted_end(struct cpu *cpu, struct budget *before);
