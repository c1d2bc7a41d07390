/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what memory holds and what the caches hold of it. */
#include "kernel/arch/host/cache.h"

#include <string.h>

#include "kernel/arch/host/host.h"

#define LINES        256u
#define INSTRUCTIONS 32u
#define COLOURS      4u /* of the instruction cache's index: virtual address bits 13:12 */

struct line {
    uint64_t address;
    uint64_t value;
    bool used, dirty;
};

struct instruction {
    uint64_t address;
    uint64_t value;
    uint8_t colour;
    bool used;
};

static uint64_t memory[HOST_USER_SIZE / CACHE_LINE_BYTES];
static struct line lines[LINES];
static struct instruction instructions[HOST_CORES][INSTRUCTIONS];

static uint64_t line_address(uint64_t address)
{
    return address & ~(uint64_t)(CACHE_LINE_BYTES - 1);
}

bool cache_covers(uint64_t address)
{
    return address - HOST_USER_BASE < HOST_USER_SIZE;
}

static uint64_t *memory_word(uint64_t address)
{
    return &memory[(address - HOST_USER_BASE) / CACHE_LINE_BYTES];
}

void cache_reset(void)
{
    memset(memory, 0, sizeof memory);
    memset(lines, 0, sizeof lines);
    memset(instructions, 0, sizeof instructions);
}

/* ---- data ---- */

static struct line *line_place(uint64_t address)
{
    uint64_t number = address / CACHE_LINE_BYTES;
    return &lines[(number ^ number >> 8) % LINES];
}

static struct line *line_find(uint64_t address)
{
    struct line *line = line_place(address);
    return line->used && line->address == line_address(address) ? line : NULL;
}

static void line_evict(struct line *line)
{
    if (line->used && line->dirty) {
        *memory_word(line->address) = line->value;
    }
    line->used = false;
}

static struct line *line_fill(uint64_t address)
{
    struct line *line = line_find(address);
    if (!line) {
        line = line_place(address);
        line_evict(line);
        *line = (struct line){line_address(address), *memory_word(address), true, false};
    }
    return line;
}

uint64_t cache_read(uint64_t address, bool cacheable)
{
    return cacheable ? line_fill(address)->value : *memory_word(address);
}

void cache_write(uint64_t address, bool cacheable, uint64_t value)
{
    if (cacheable) {
        struct line *line = line_fill(address);
        line->value = value;
        line->dirty = true;
    } else {
        *memory_word(address) = value;
    }
}

void cache_clean(uint64_t address)
{
    struct line *line = line_find(address);
    if (line) {
        line_evict(line);
    }
}

void cache_zero(uint64_t address)
{
    cache_write(address, true, 0);
}

void cache_fill(uint64_t address)
{
    (void)line_fill(address);
}

bool cache_page_dirty(uint64_t page)
{
    for (uint64_t at = page; at < page + PAGE_SIZE; at += CACHE_LINE_BYTES) {
        const struct line *line = line_find(at);
        if (line && line->dirty) {
            return true;
        }
    }
    return false;
}

/* ---- instructions ---- */

static uint8_t colour_of(uint64_t virtual)
{
    return (uint8_t)(virtual >> PAGE_SHIFT) % COLOURS;
}

/* What a miss gets: the data cache may be asked on the way to memory, or not. */
static uint64_t fetched(uint64_t address)
{
    const struct line *line = line_find(address);
    return line && host_whim() % 2 ? line->value : *memory_word(address);
}

uint64_t cache_fetch(unsigned core, uint64_t virtual, uint64_t address)
{
    struct instruction *cache = instructions[core];
    for (unsigned i = 0; i < INSTRUCTIONS; i++) {
        if (cache[i].used && cache[i].address == line_address(address) &&
            cache[i].colour == colour_of(virtual)) {
            return cache[i].value;
        }
    }
    struct instruction *place = &cache[host_whim() % INSTRUCTIONS];
    *place =
        (struct instruction){line_address(address), fetched(address), colour_of(virtual), true};
    return place->value;
}

void cache_forget_instructions(unsigned core)
{
    memset(instructions[core], 0, sizeof instructions[core]);
}

/* ---- whims ---- */

/* Some line that a translation in some TLB leads to. */
static void speculate_line(void)
{
    struct mmu_entry leaf;
    if (!mmu_any_leaf(&leaf)) {
        return;
    }
    uint64_t luck = host_whim();
    uint64_t virtual = leaf.address +
                       luck % (leaf.size < 8 * PAGE_SIZE ? leaf.size : 8 * PAGE_SIZE);
    uint64_t address = walk_output(&leaf, virtual);
    enum bh_memory_kind kind = walk_kind(leaf.value);
    if (kind == BH_DEVICE || !cache_covers(address)) {
        return;
    }
    if (walk_permits(leaf.value, BH_MAP_EXEC) && (luck >> 40) % 2) {
        (void)cache_fetch((unsigned)(luck >> 32) % HOST_CORES, virtual, address);
    } else if (kind == BH_RAM) {
        cache_fill(address);
    }
}

void cache_speculate(void)
{
    speculate_line();
    line_evict(&lines[host_whim() % LINES]);
}
