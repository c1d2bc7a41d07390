/* SPDX-License-Identifier: Apache-2.0 */
/* The calls on capabilities, memory and mappings. */
#include "kernel/arch/arch.h"
#include "kernel/cap/destroy.h"
#include "kernel/core/calls.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/pool.h"
#include "kernel/sched/sched.h"

#define MINTABLE (TYPE_BIT(BH_ENDPOINT) | TYPE_BIT(BH_SIGNAL))
static_assert((int)BH_ENDPOINT_MINT == (int)BH_SIGNAL_MINT, "one check for both");
static_assert((int)BH_MEMORY_READ == (int)BH_MAP_READ &&
                  (int)BH_MEMORY_WRITE == (int)BH_MAP_WRITE &&
                  (int)BH_MEMORY_EXEC == (int)BH_MAP_EXEC,
              "rights and access compare bit by bit");

static status derive_check(const struct slot *parent, uint64_t rights, uint64_t badge)
{
    if (rights > BH_ALL) {
        return BH_BAD_ARG;
    }
    if (rights & ~(uint64_t)slot_rights(parent)) {
        return BH_NO_RIGHT;
    }
    if (badge == 0) {
        return BH_OK;
    }
    if (!(MINTABLE & TYPE_BIT(slot_type(parent)))) {
        return BH_BAD_ARG;
    }
    if (!(slot_rights(parent) & BH_ENDPOINT_MINT)) {
        return BH_NO_RIGHT;
    }
    return parent->badge == 0 ? BH_OK : BH_BAD_ARG;
}

status do_cap_derive(struct request *request)
{
    const uint64_t *x = request->x;
    struct slot *parent = request->cap;
    struct cell *cell =
        request->argument ? cell_of(slot_object(request->argument)) : request->current->cell;
    struct slot *child = cap_find_empty(cell, x[1]);
    status result = child ? derive_check(parent, x[2], x[3]) : BH_NO_SLOT;
    if (result != BH_OK || cap_closed(parent)) {
        return result != BH_OK ? result : BH_BUSY;
    }
    struct cap_terms terms = {x[2], x[3] != 0 ? x[3] : cap_terms_of(parent).badge};
    cap_put_child(child, cell, parent, terms);
    return BH_OK;
}

status do_cap_delete(struct request *request)
{
    struct slot *slot = cap_slot(request->cell, request->x[0]);
    if (slot->word == 0) {
        return BH_NO_CAP;
    }
    return slot_full(slot) ? cap_prune(slot, true) : cap_remove(slot, 0);
}

status do_cap_revoke(struct request *request)
{
    return cap_prune(request->cap, false);
}

status do_cap_identify(struct request *request)
{
    const struct slot *cap = request->cap;
    bool own = slot_type(cap) == BH_ENDPOINT &&
               endpoint_server(endpoint_of(slot_object(cap))) == request->current;
    request->x[0] = slot_type(cap);
    request->x[1] = slot_rights(cap);
    request->x[2] = own ? cap->badge : 0;
    return BH_OK;
}

status do_cap_restrict(struct request *request)
{
    struct slot *cap = request->cap;
    uint64_t kept = request->x[0];
    if (kept > BH_ALL) {
        return BH_BAD_ARG;
    }
    bool mapped = slot_type(cap) == BH_MEMORY && mapping_phase(cap) != MAPPING_NONE;
    if (mapped && (cap->badge & MAPPING_ACCESS & ~kept) != 0) {
        return BH_BUSY;
    }
    cap->word = slot_pack(slot_type(cap), slot_rights(cap) & kept, slot_object(cap));
    return BH_OK;
}

static bool pool_encloses(const struct object *object, const struct pool *pool)
{
    /* bound: POOL_NESTING, 8 */
    for (; pool; pool = pool->object.pool) {
        if (&pool->object == object) {
            return true;
        }
    }
    return false;
}

/* True if thread would destroy what it runs in. */
static bool object_holds(const struct object *object, const struct thread *thread)
{
    if (object->type != BH_POOL) {
        return object == &thread->object || object == &thread->cell->object;
    }
    return pool_encloses(object, thread->object.pool) ||
           pool_encloses(object, thread->cell->object.pool);
}

status do_object_destroy(struct request *request)
{
    if (object_holds(request->object, request->current)) {
        return BH_BAD_ARG;
    }
    return object_destroy(request->cap);
}

/* ---- memory ---- */

status do_memory_split(struct request *request)
{
    struct memory *memory = memory_of(request->object);
    uint64_t offset = request->x[2];
    if (slot_object(request->argument) != &memory->object.pool->object) {
        return BH_BAD_ARG;
    }
    struct slot *slot = cap_find_empty(request->current->cell, request->x[1]);
    status result = slot ? object_settle(memory->object.pool) : BH_NO_SLOT;
    if (result != BH_OK) {
        return result;
    }
    if (!is_aligned(offset, PAGE_SIZE) || offset - 1 >= memory->size - 1 || memory->pooled) {
        return BH_BAD_ARG;
    }
    if (memory->mappings != 0 || (request->cap->next | request->cap->prev) != 0) {
        return BH_BUSY;
    }
    struct memory *rest = memory_make(memory->object.pool, (paddr){memory->base.raw + offset},
                                      memory->size - offset, (enum bh_memory_kind)memory->kind);
    if (!rest) {
        return BH_NO_MEMORY;
    }
    memory->size = offset;
    cap_put_first(slot, request->current->cell, &rest->object, slot_rights(request->cap));
    return BH_OK;
}

static status map_check(const struct request *request, const struct slot *slot)
{
    const struct memory *memory = memory_of(slot_object(slot));
    uint64_t address = request->x[1], access = request->x[2];
    uint64_t limit = UINT64_C(1) << IPA_BITS;
    if (!is_aligned(address, PAGE_SIZE) || address >= limit || memory->size > limit - address) {
        return BH_BAD_ARG;
    }
    if (access > (BH_MAP_READ | BH_MAP_WRITE | BH_MAP_EXEC) || !(access & BH_MAP_READ)) {
        return BH_BAD_ARG;
    }
    bool writable_code = (access & BH_MAP_WRITE) && (access & BH_MAP_EXEC) && !request->cell->vm;
    bool device_code = memory->kind == BH_DEVICE && (access & BH_MAP_EXEC);
    if (writable_code || device_code) {
        return BH_BAD_ARG;
    }
    return access & ~(uint64_t)slot_rights(slot) ? BH_NO_RIGHT : BH_OK;
}

status do_memory_map(struct request *request)
{
    status result = map_check(request, request->argument);
    if (result == BH_OK) {
        result = object_settle(request->cell->object.pool);
    }
    return result == BH_OK ? memory_map(request->argument, (ipa){request->x[1]}, request->x[2])
                           : result;
}

status do_memory_unmap(struct request *request)
{
    return memory_unmap(request->argument);
}

COLD status do_memory_seal(struct request *request)
{
    return memory_seal(request->argument);
}

status do_memory_clean(struct request *request)
{
    struct memory *memory = memory_of(request->object);
    uint64_t operation = request->x[0], from = request->x[1];
    if (operation > BH_ZERO || !is_aligned(from, PAGE_SIZE) || from >= memory->size ||
        memory->kind == BH_DEVICE) {
        return BH_BAD_ARG;
    }
    if (memory->sealed) {
        return BH_BUSY;
    }
    return memory_clean(memory, operation == BH_ZERO, &request->x[1]);
}

status do_memory_info(struct request *request)
{
    const struct slot *cap = request->cap;
    const struct memory *memory = memory_of(slot_object(cap));
    bool mapped = mapping_phase(cap) == MAPPING_DONE;
    request->x[0] = memory->size;
    request->x[1] = memory->kind;
    request->x[2] = mapped ? cap->badge & MAPPING_IPA : 0;
    request->x[3] = mapped ? cap->badge & MAPPING_ACCESS : 0;
    return BH_OK;
}
