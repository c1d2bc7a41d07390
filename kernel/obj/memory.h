/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: a physical extent, and the mapping that each capability to it may hold. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/obj/cell.h"

struct memory {
    struct object object;
    paddr base;
    uint64_t size;     /* bytes, whole pages */
    uint32_t mappings; /* capabilities that have one, complete or not */
    uint8_t kind;      /* enum bh_memory_kind */
    uint8_t cleaning;  /* the last mapping is gone, caches are being cleaned: no new mapping yet */
    uint8_t pooled;    /* its bytes are a block of the object's own pool: pool memory */
    uint8_t sealed;    /* its one mapping is the last one before it is zeroed */
};

/* The badge of a MEMORY capability is its mapping: ipa in bits 38:12 and this. While MAPPING or
 * UNMAPPING, the first slot.progress pages are mapped.
 *
 *   NONE --memory_map--> MAPPING --all pages--> MAPPED --unmap--> UNMAPPING --none left--> NONE
 *                           |  no memory, occupied                ^  |  last mapping of RAM
 *                           '-------------------------------------'  '--> CLEANING --> NONE
 */
enum mapping_phase {
    MAPPING_NONE = 0,
    MAPPING_GROWING = 1,
    MAPPING_DONE = 2,
    MAPPING_SHRINKING = 3,
    MAPPING_CLEANING = 4
};
#define MAPPING_ACCESS        UINT64_C(0x7)
#define MAPPING_PHASE_SHIFT   3
#define MAPPING_PHASE         (UINT64_C(0x7) << MAPPING_PHASE_SHIFT)
#define MAPPING_FAILURE_SHIFT 6 /* why a MAPPING turned to UNMAPPING: a bh_status, 0: on request */
#define MAPPING_FAILURE       (UINT64_C(0xf) << MAPPING_FAILURE_SHIFT)
#define MAPPING_IPA           (((UINT64_C(1) << IPA_BITS) - 1) & ~(PAGE_SIZE - 1))

static_assert(((MAPPING_ACCESS | MAPPING_PHASE | MAPPING_FAILURE) & MAPPING_IPA) == 0,
              "fields of one word");
static_assert((BH_STATUS_COUNT - 1) << MAPPING_FAILURE_SHIFT <= (int)MAPPING_FAILURE,
              "every status fits");

#define MAPPING_PAGES 0x7fffff /* slot.progress counts them */
/* The largest extent. */
#define MEMORY_MAX ((uint64_t)MAPPING_PAGES << PAGE_SHIFT)
/* Pool memory: one block. */
#define MEMORY_POOL_MAX (UINT64_C(8) << PAGE_SHIFT)

static inline struct memory *memory_of(struct object *object)
{
    return container_of(object, struct memory, object);
}

static inline enum mapping_phase mapping_phase(const struct slot *s)
{
    return (enum mapping_phase)((s->badge & MAPPING_PHASE) >> MAPPING_PHASE_SHIFT);
}

/* Map the slot's memory at address in the space of the slot's cell; continue if interrupted. */
status memory_map(struct slot *slot, ipa address, uint64_t access);

/* Take the slot's mapping away, whatever phase it is in; then comes cleaning, after a pause. */
status memory_unmap(struct slot *slot);

/* Seal a slot's memory for the slot's cell. */
MUST_CHECK status memory_seal(struct slot *slot);

/* Clean, or zero and clean, from *from (bytes, page-aligned) to the end; *from moves along. */
status memory_clean(struct memory *memory, bool zero, uint64_t *from);

/* Make an object for a physical extent, from pool. NULL: no memory. */
struct memory *memory_make(struct pool *pool, paddr base, uint64_t size, enum bh_memory_kind kind);

/* Pool memory is zeroed RAM that is a block of the pool: the kernel reads and writes it, too. What
 * is in it may change at any time: whoever maps it is not trusted. Where the kernel sees it;
 * NULL: it is no pool memory. */
void *memory_kernel(const struct memory *memory);

void memory_free(struct memory *memory);
