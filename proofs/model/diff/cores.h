/* SPDX-License-Identifier: Apache-2.0 */
/* The differential test on many cores: how things move from one to another, and how that looks. */
#pragma once

#include "proofs/model/diff/diff.h"

/* Slots of a core, of its first thread and of that one's budget, in the warden's table. */
#define CORE_SLOT(core)        ((uint32_t)(MACHINE_SLOTS + 2 - 3 * (core)))
#define CORE_THREAD_SLOT(core) (CORE_SLOT(core) - 1)
#define CORE_BUDGET_SLOT(core) (CORE_SLOT(core) - 2)

/* Things happen on this core from now on; it takes its timer's interrupt if that is due. */
void cores_turn(struct diff *d, uint32_t core);
bool cores_can_turn(const struct diff *d, uint32_t core);
/* The core takes the interrupt by which others ask for attention. */
bool cores_mail(struct diff *d, const struct op *op);
bool cores_can_mail(const struct diff *d, uint32_t core);

/* Nobody runs anywhere, and nothing is on its way. */
bool cores_idle(const struct diff *d);

/* What of this is next; false: something else. */
bool cores_choose(struct diff *d, struct op *op);

bool cores_same(struct diff *d);
/* What a thread is on its way for; its place in the queue of a server. */
bool cores_thread_same(struct diff *d, const struct model_thread *t, const struct thread *k);
