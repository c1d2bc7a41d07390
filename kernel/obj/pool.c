/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a pool's bytes are cut into blocks and become whole again; and that all of its free
 * bytes are zero, but for the links of a free block. So whoever takes memory has no work with it,
 * and what is given back is zeroed at once, a page at a time: the dead leave nothing to be read. */
#include "kernel/obj/pool.h"

#include "kernel/arch/arch.h"
#include "kernel/core/lock.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"

/* A free block; the two links are its first bytes. */
struct pool_block {
    struct pool_block *next, *prev;
};
static_assert(sizeof(struct pool_block) <= 1 << POOL_ORDER_MIN, "links fit the smallest block");

static struct pool_block **pool_list(struct pool *pool, uint64_t order)
{
    return &pool->blocks[order - POOL_ORDER_MIN];
}

static void *pool_at(struct pool *pool, uint64_t offset)
{
    return (char *)pool + offset;
}

/* Flip the bit of the pair with this middle; true if now exactly one of the pair is free. The
 * middle of a pair is that of no other pair, of any order: its number in units of 64 bytes is that
 * of the bit. */
static ALWAYS_INLINE bool pool_flip(struct pool *pool, uint64_t middle)
{
    uint64_t bit = middle >> POOL_ORDER_MIN, *word = &pool->bitmap[bit / 64];
    uint64_t value = *word ^ UINT64_C(1) << bit % 64;
    *word = value;
    return value >> bit % 64 & 1;
}

static void pool_push(struct pool_block **list, struct pool_block *block)
{
    block->next = *list;
    block->prev = NULL;
    if (*list) {
        (*list)->prev = block;
    }
    *list = block;
}

static void pool_remove(struct pool_block **list, struct pool_block *block)
{
    struct pool_block *next = block->next, *prev = block->prev;
    *(prev ? &prev->next : list) = next;
    if (next) {
        next->prev = prev;
    }
    block->next = block->prev = NULL;
}

/* All that is behind the header becomes free blocks; or, of a pool that is whole, nothing. */
static void pool_turn(struct pool *pool)
{
    uint64_t bitmap = (UINT64_C(1) << pool->order) / 512;
    unsigned order = pool_order(sizeof(struct pool) + bitmap);
    pool->free ^= (UINT64_C(1) << pool->order) - (UINT64_C(1) << order);
    ASSERT(order < pool->order);
    /* bound: 25 orders */
    for (; order < pool->order; order++) {
        *pool_list(pool, order) = pool_at(pool, UINT64_C(1) << order);
        (void)pool_flip(pool, UINT64_C(1) << order);
    }
}

struct pool *pool_init(void *memory, uint8_t order)
{
    struct pool *pool = memory;
    pool->order = order;
    *pool_list(pool, order) = memory;
    pool_turn(pool);
    return pool;
}

void *pool_alloc(struct pool *pool, unsigned order)
{
    struct pool_block **list = pool_list(pool, order);
    if (order >= pool->order) {
        return NULL;
    }
    /* bound: 25 orders */
    while (!*list) {
        list++;
    }
    struct pool_block *block = *list;
    uint64_t offset = (uint64_t)((char *)block - (char *)pool), size = UINT64_C(1) << order;
    uint64_t half = size << (list - pool_list(pool, order));
    if (offset == 0) {
        return NULL;
    }
    pool_remove(list, block);
    (void)pool_flip(pool, offset | half);
    /* Below it, offset has no bits: the pairs are flipped faster. */
    uint64_t *words = &pool->bitmap[offset >> (POOL_ORDER_MIN + 6)];
    uint64_t bit = UINT64_C(1) << (offset >> POOL_ORDER_MIN) % 64;
    /* bound: 25 orders */
    while (half != size) { /* the lists on the way are empty */
        half /= 2;
        *--list = pool_at(pool, offset + half);
        words[half >> (POOL_ORDER_MIN + 6)] ^= bit << (half >> POOL_ORDER_MIN) % 64;
    }
    pool->free -= size;
    return block;
}

void pool_free(struct pool *pool, void *block, unsigned order)
{
    uint64_t offset = (uint64_t)((char *)block - (char *)pool), size = UINT64_C(1) << order;
    struct pool_block **list = pool_list(pool, order);
    lock_pass(&pool->takers);
    pool->free += size;
    /* The header keeps its own buddies of every order in use, so the walk ends below
     * pool->order. */
    /* bound: 25 orders */
    while (!pool_flip(pool, offset | size)) {
        pool_remove(list++, pool_at(pool, offset ^ size));
        offset &= ~size;
        size *= 2;
    }
    pool_push(list, pool_at(pool, offset));
    lock_pass(&pool->takers);
}

void pool_wipe(struct pool *pool, void *block, uint64_t size)
{
    uint64_t part = size < PAGE_SIZE ? size : PAGE_SIZE;
    char *end = (char *)block + (size - part);
    arch_zero(end, part);
    pool_free(pool, end, pool_order(part));
}

bool pool_take(struct pool *pool, struct parts *parts)
{
    /* bound: POOL_PARTS, 3 */
    for (unsigned i = 0; i < POOL_PARTS && parts->order[i] != 0; i++) {
        parts->at[i] = pool_alloc(pool, parts->order[i]);
        if (!parts->at[i]) {
            return false;
        }
    }
    return true;
}

void pool_give(struct pool *pool, const struct parts *parts)
{
    /* bound: POOL_PARTS, 3 */
    for (unsigned i = 0; i < POOL_PARTS && parts->at[i]; i++) {
        pool_free(pool, parts->at[i], parts->order[i]);
    }
}

/* An object is in one of its pool's lists. */
static void pool_enlist(struct object **list, struct object *object)
{
    object->next = *list;
    object->link = list;
    if (*list) {
        (*list)->link = &object->next;
    }
    *list = object;
}

static void pool_unlist(struct object *object)
{
    *object->link = object->next;
    if (object->next) {
        object->next->link = object->link;
    }
}

struct object *pool_adopt(struct pool *pool, const struct parts *parts, enum bh_type type,
                          uint64_t header)
{
    struct object *object = (struct object *)((uintptr_t)parts->at[0] + header);
    object->type = (uint8_t)type;
    object->order = parts->order[0];
    object->pool = pool;
    pool_enlist(&pool->objects, object);
    pool->object_count++;
    return object;
}

void *pool_object(struct pool *pool, enum bh_type type, uint64_t size)
{
    struct parts parts = {.order = {pool_order(size)}};
    return pool_take(pool, &parts) ? pool_adopt(pool, &parts, type, 0) : NULL;
}

void pool_bury(struct object *object, uint64_t epoch)
{
    struct pool *pool = object->pool;
    pool_unlist(object);
    pool_enlist(&pool->dead, object);
    pool->epoch = epoch;
}

void pool_release(struct object *object, void *block)
{
    struct pool *pool = object->pool;
    uint8_t order = object->order;
    uint64_t size = UINT64_C(1) << order;
    pool_unlist(object);
    pool->object_count--;
    if (object->type == BH_POOL) {
        pool_turn(block);
        lock_pass(&pool->takers);
        size = sizeof(struct pool);
    }
    arch_zero(block, size);
    pool_free(pool, block, order);
}

bool pool_ends(const struct pool *pool)
{
    /* bound: POOL_NESTING, 8 */
    while (pool && !pool->object.dying) {
        pool = pool->object.pool;
    }
    return pool != NULL;
}
