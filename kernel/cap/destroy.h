/* SPDX-License-Identifier: Apache-2.0 */
/* The end of objects, in bounded steps. */
#pragma once

#include "kernel/cap/cap.h"
#include "kernel/obj/pool.h"

/* Destroy the object that mine names: OK; AGAIN at a preemption point; MOVE: another core has to go
 * on. mine stays until the end, so that the call can be made again. */
MUST_CHECK status object_destroy(struct slot *mine);

/* Free what died in a pool as soon as no core can be using it: MOVE until then. Before anything is
 * made of the pool's memory, or said about it. */
status objects_free(struct pool *pool);
static ALWAYS_INLINE status object_settle(struct pool *pool)
{
    return pool->dead ? objects_free(pool) : BH_OK;
}
