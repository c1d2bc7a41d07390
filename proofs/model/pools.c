/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel memory: blocks of powers of two. A request takes the smallest free block that is large
 * enough, the one freed last, and halves it; a freed block joins its buddy if that is free too. */
#include "proofs/model/parts.h"

#define SMALLEST 6u

uint8_t order_of(uint64_t bytes)
{
    uint8_t order = SMALLEST;
    while (UINT64_C(1) << order < bytes) {
        order++;
    }
    return order;
}

static void block_add(struct model *m, struct model_pool *p, uint8_t order, uint32_t offset)
{
    p->blocks[p->block_count++] = (struct model_block){++m->stamp, offset, order};
    p->bytes_free += UINT64_C(1) << order;
}

static struct model_block block_remove(struct model_pool *p, int index)
{
    struct model_block block = p->blocks[index];
    p->blocks[index] = p->blocks[--p->block_count];
    p->bytes_free -= UINT64_C(1) << block.order;
    return block;
}

/* Its own data comes first: a header and a bitmap of a bit for each pair of smallest blocks. */
void m_pool_begin(struct model_pool *p, uint8_t order, uint64_t header)
{
    uint8_t used = order_of(header + (UINT64_C(1) << order) / 512);
    p->order = order;
    p->block_count = 0;
    p->bytes_free = 0;
    for (uint8_t k = used; k < order; k++) {
        p->blocks[p->block_count++] = (struct model_block){0, UINT32_C(1) << k, k};
        p->bytes_free += UINT64_C(1) << k;
    }
}

static int block_best(const struct model_pool *p, uint8_t order)
{
    int best = -1;
    for (int i = 0; i < p->block_count; i++) {
        const struct model_block *b = &p->blocks[i], *o = &p->blocks[best < 0 ? i : best];
        bool better =
            best < 0 || b->order < o->order || (b->order == o->order && b->born > o->born);
        if (b->order >= order && better) {
            best = i;
        }
    }
    return best;
}

bool m_pool_take(struct model *m, int pool, uint8_t order, uint32_t *offset)
{
    struct model_pool *p = m_pool_part(m, pool);
    int best = block_best(p, order);
    if (best < 0) {
        return false;
    }
    struct model_block block = block_remove(p, best);
    while (block.order > order) {
        block.order--;
        block_add(m, p, block.order, block.offset + (UINT32_C(1) << block.order));
    }
    *offset = block.offset;
    return true;
}

void m_pool_give(struct model *m, int pool, uint8_t order, uint32_t offset)
{
    struct model_pool *p = m_pool_part(m, pool);
    for (int i = 0; i < p->block_count; i++) {
        if (p->blocks[i].order == order && p->blocks[i].offset == (offset ^ UINT32_C(1) << order)) {
            (void)block_remove(p, i);
            m_pool_give(m, pool, (uint8_t)(order + 1), offset & ~(UINT32_C(1) << order));
            return;
        }
    }
    block_add(m, p, order, offset);
}
