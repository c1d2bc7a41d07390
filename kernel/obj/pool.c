/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a pool's bytes are cut into blocks and become whole again. */
#include "kernel/obj/pool.h"

#include "kernel/arch/arch.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"

/* A free block; the two links are its first bytes. */
struct pool_block {
    struct pool_block *next, *prev;
};
static_assert(sizeof(struct pool_block) <= 1 << POOL_ORDER_MIN, "links fit the smallest block");

static struct pool_block **pool_list(struct pool *pool, unsigned order)
{
    return &pool->blocks[order - POOL_ORDER_MIN];
}

static void *pool_at(struct pool *pool, uint64_t offset)
{
    return (char *)pool + offset;
}

/* Flip the bit of the pair that holds offset; true if now exactly one of the pair is free. The bits
 * of order k begin behind those of all smaller orders: size/64 - size/2^k bits. */
static ALWAYS_INLINE bool pool_flip(struct pool *pool, uint64_t offset, unsigned order)
{
    uint64_t size = UINT64_C(1) << pool->order;
    uint64_t bit = (size >> POOL_ORDER_MIN) - (size >> order) + (offset >> (order + 1));
    pool->bitmap[bit / 64] ^= UINT64_C(1) << bit % 64;
    return pool->bitmap[bit / 64] >> bit % 64 & 1;
}

static void pool_push(struct pool *pool, uint64_t offset, unsigned order)
{
    struct pool_block *block = pool_at(pool, offset), **head = pool_list(pool, order);
    block->next = *head;
    block->prev = NULL;
    if (*head) {
        (*head)->prev = block;
    }
    *head = block;
}

static void pool_remove(struct pool *pool, struct pool_block *block, unsigned order)
{
    if (block->prev) {
        block->prev->next = block->next;
    } else {
        *pool_list(pool, order) = block->next;
    }
    if (block->next) {
        block->next->prev = block->prev;
    }
}

uint8_t pool_order(uint64_t size)
{
    unsigned order = POOL_ORDER_MIN;
    /* bound: 25 orders */
    while (order < POOL_ORDER_MAX && UINT64_C(1) << order < size) {
        order++;
    }
    return (uint8_t)order;
}

static void block_zero(void *block, uint8_t order)
{
    if (order >= PAGE_SHIFT) {
        arch_zero(block, UINT64_C(1) << order);
    } else {
        words_zero(block, UINT64_C(1) << order);
    }
}

struct pool *pool_init(void *memory, uint8_t order)
{
    struct pool *pool = memory;
    uint64_t bitmap = (UINT64_C(1) << order) / 512;
    uint8_t header = pool_order(sizeof(struct pool) + bitmap);
    ASSERT(header < order);
    block_zero(pool, header);
    pool->order = order;
    pool->bitmap = (uint64_t *)(void *)(pool + 1);
    /* bound: 25 orders */
    for (unsigned k = header; k < order; k++) {
        pool_push(pool, UINT64_C(1) << k, k);
        (void)pool_flip(pool, UINT64_C(1) << k, k);
    }
    pool->free = (UINT64_C(1) << order) - (UINT64_C(1) << header);
    return pool;
}

void *pool_take(struct pool *pool, uint8_t order)
{
    unsigned found = order;
    /* bound: 25 orders */
    while (found < pool->order && !*pool_list(pool, found)) {
        found++;
    }
    if (found >= pool->order) {
        return NULL;
    }
    struct pool_block *block = *pool_list(pool, found);
    uint64_t offset = (uint64_t)((char *)block - (char *)pool);
    pool_remove(pool, block, found);
    (void)pool_flip(pool, offset, found);
    /* bound: 25 orders */
    while (found > order) {
        found--;
        pool_push(pool, offset + (UINT64_C(1) << found), found);
        (void)pool_flip(pool, offset, found);
    }
    pool->free -= UINT64_C(1) << order;
    return block;
}

void *pool_alloc(struct pool *pool, uint8_t order)
{
    void *block = pool_take(pool, order);
    if (block) {
        block_zero(block, order);
    }
    return block;
}

void pool_free(struct pool *pool, void *block, uint8_t order)
{
    uint64_t offset = (uint64_t)((char *)block - (char *)pool);
    unsigned k = order;
    pool->free += UINT64_C(1) << order;
    /* The header keeps its own buddies of every order in use, so the walk ends below
     * pool->order. */
    /* bound: 25 orders */
    while (!pool_flip(pool, offset, k)) {
        pool_remove(pool, pool_at(pool, offset ^ UINT64_C(1) << k), k);
        offset &= ~(UINT64_C(1) << k);
        k++;
        ASSERT(k < pool->order);
    }
    pool_push(pool, offset, k);
}

void pool_adopt(struct pool *pool, struct object *object, enum bh_type type, uint8_t order)
{
    object->type = (uint8_t)type;
    object->order = order;
    object->pool = pool;
    object->next = pool->objects;
    if (pool->objects) {
        pool->objects->prev = object;
    }
    pool->objects = object;
    pool->object_count++;
}

/* Take an object out of the one of its pool's lists that it is in. */
static void pool_unlist(struct object *object)
{
    struct pool *pool = object->pool;
    struct object **head = pool->dead == object ? &pool->dead : &pool->objects;
    if (object->prev) {
        object->prev->next = object->next;
    } else {
        *head = object->next;
    }
    if (object->next) {
        object->next->prev = object->prev;
    }
}

void pool_bury(struct object *object, uint32_t epoch)
{
    struct pool *pool = object->pool;
    pool_unlist(object);
    object->prev = NULL;
    object->next = pool->dead;
    if (pool->dead) {
        pool->dead->prev = object;
    }
    pool->dead = object;
    pool->epoch = epoch;
}

void pool_release(struct object *object, void *block)
{
    struct pool *pool = object->pool;
    pool_unlist(object);
    pool->object_count--;
    pool_free(pool, block, object->order);
}

bool pool_ends(const struct pool *pool)
{
    /* bound: POOL_NESTING, 8 */
    while (pool && !pool->object.dying) {
        pool = pool->object.pool;
    }
    return pool != NULL;
}

status pool_make(struct pool *parent, uint64_t size, struct object **made)
{
    uint8_t order = pool_order(size);
    if (size < PAGE_SIZE || size != UINT64_C(1) << order || order > POOL_CHILD_MAX ||
        parent->nesting + 1 >= POOL_NESTING) {
        return BH_BAD_ARG;
    }
    void *memory = pool_take(parent, order);
    if (!memory) {
        return BH_NO_MEMORY;
    }
    struct pool *pool = pool_init(memory, order);
    pool->nesting = (uint8_t)(parent->nesting + 1);
    pool_adopt(parent, &pool->object, BH_POOL, order);
    *made = &pool->object;
    return BH_OK;
}
