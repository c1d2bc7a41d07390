/* SPDX-License-Identifier: Apache-2.0 */
/* What all kernel objects have in common: type, pool, capabilities, and how they die. */
#pragma once

#include "kernel/cap/slot.h"

struct pool;
struct parts;

/*   LIVE --object_destroy--> DYING (every use is STALE) --without effect on others--> STOPPED
 *   --all capabilities gone--> DEAD --no core uses it any more--> memory back to pool */
enum object_dying { OBJECT_LIVE, OBJECT_DYING, OBJECT_STOPPED, OBJECT_DEAD };

struct object {
    uint8_t type;   /* enum bh_type */
    uint8_t dying;  /* enum object_dying; not LIVE: no use, no derive; only destroy goes on */
    uint8_t frozen; /* a revoke was interrupted: so many more derivations are refused with BUSY */
    uint8_t order;  /* its block is 1 << order bytes */
    uint32_t caps;  /* first slot of the derivation list, as a link */
    struct pool *pool; /* where its bytes return to; NULL for objects inside the kernel image */
    struct object *next, **link; /* the pool's objects, newest first; what points to this one */
};
static_assert(sizeof(struct object) == 32, "half a cache line before an object's own fields");
