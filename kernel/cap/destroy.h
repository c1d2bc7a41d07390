/* SPDX-License-Identifier: Apache-2.0 */
/* The end of objects, in bounded steps. */
#pragma once

#include "kernel/cap/cap.h"

/* True if thread would destroy what it runs in. */
bool object_holds(const struct object *object, const struct thread *thread);

/* Destroy the object that mine names: OK; AGAIN at a preemption point; MOVE: another core has to go
 * on. mine stays until the end, so that the call can be made again. */
MUST_CHECK status object_destroy(struct slot *mine);

/* Free what died in a pool as soon as no core can be using it: MOVE until then. Before anything is
 * made of the pool's memory, or said about it. */
struct pool;
status object_settle(struct pool *pool);
