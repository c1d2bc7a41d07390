/* SPDX-License-Identifier: Apache-2.0 */
/* Pool: kernel memory as a buddy allocator over one block of a power of two. */
#pragma once

#include "kernel/obj/object.h"

#define POOL_ORDER_MIN 6  /* smallest block: 64 bytes, a cache line */
#define POOL_ORDER_MAX 30 /* largest pool: 1 GiB */
#define POOL_CHILD_MAX 22 /* largest pool made by a call */
#define POOL_NESTING   8  /* pools inside pools */

struct pool_block;

/* Lives at the start of its own block, followed by the bitmap: one bit for each pair of buddies of
 * each order, 1 while exactly one of the two is free. */
struct pool {
    struct object object;
    struct object *objects; /* what was created from it, newest first */
    struct object *dead;    /* what was, and can be freed after the epoch */
    uint64_t epoch;         /* after which no core uses any of the dead */
    uint64_t free;          /* bytes */
    uint32_t object_count;
    uint8_t order;   /* the pool is 1 << order bytes, header included */
    uint8_t nesting; /* 0: root pool */
    uint8_t takers;  /* cores that hold parts of it while others have the lock */
    struct pool_block *blocks[POOL_ORDER_MAX + 1 - POOL_ORDER_MIN]; /* its own: never empty */
    uint64_t bitmap[];
};

static inline struct pool *pool_of(struct object *object)
{
    return container_of(object, struct pool, object);
}

/* Make a pool of the block at memory, 1 << order bytes that are all zero, aligned to 64. */
struct pool *pool_init(void *memory, uint8_t order);

/* The smallest order whose block holds size bytes. */
#define POOL_ORDER(size) (64 - (unsigned)__builtin_clzll(((size)-1) | ((1 << POOL_ORDER_MIN) - 1)))
static inline uint8_t pool_order(uint64_t size)
{
    unsigned order = POOL_ORDER(size);
    return (uint8_t)(order < POOL_ORDER_MAX ? order : POOL_ORDER_MAX);
}

/* A zeroed block of 1 << order bytes, aligned to its size counted from the pool's start; NULL if
 * there is none. At most one step per order. */
void *pool_alloc(struct pool *pool, unsigned order);
/* Give back a block that is all zero. Others may have the lock before and after. */
void pool_free(struct pool *pool, void *block, unsigned order);
/* Zero and give back the end of a block of which size bytes are left, at most a page; what is left
 * then. Others may have the lock meanwhile: what names it says so before. */
void pool_wipe(struct pool *pool, void *block, uint64_t size);

/* What an object is made of: the block with its header, and what it has besides. */
#define POOL_PARTS 3
struct parts {
    uint8_t order[POOL_PARTS]; /* of the blocks; 0: no more */
    void *at[POOL_PARTS];
};

/* Take them; false: no memory. Give back those that were taken: others may have the lock. */
bool pool_take(struct pool *pool, struct parts *parts);
void pool_give(struct pool *pool, const struct parts *parts);

/* Give what was made of them its header, at so many bytes, and enter it into the pool's list; take
 * it out and free its block. */
struct object *pool_adopt(struct pool *pool, const struct parts *parts, enum bh_type type,
                          uint64_t header);
void pool_release(struct object *object, void *block);

/* A fresh object that begins with its header, the rest zero; NULL: no memory. */
void *pool_object(struct pool *pool, enum bh_type type, uint64_t size);

/* An object that nobody names any more, but that other cores may use until the epoch is over. */
void pool_bury(struct object *object, uint64_t epoch);

/* True while the pool or one that it lies in is being destroyed: nothing more may be created in
 * it. */
bool pool_ends(const struct pool *pool);
