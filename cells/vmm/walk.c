/* SPDX-License-Identifier: Apache-2.0 */
/* Knows stage 1 of VMSAv8-64 translation (Arm ARM D8.2): granules of 4, 16 and 64 KiB, 48 bits. */
#include "cells/vmm/walk.h"

#include "cells/lib/cache.h"
#include "cells/lib/string.h"

#define SCTLR_M        (UINT64_C(1) << 0)
#define SCTLR_EE       (UINT64_C(1) << 25)
#define DESCRIPTOR_ON  UINT64_C(1)
#define DESCRIPTOR_MAP UINT64_C(2) /* a table, or on the last level a page */
#define ADDRESS_MASK   UINT64_C(0xffffffffffff)
#define TXSZ_MIN       16 /* of TCR.TxSZ */
#define TXSZ_MAX       48
#define LAST_LEVEL     3

/* One half of the address space: TCR_EL1 has a set of fields for each. */
struct half {
    unsigned size;    /* TxSZ */
    unsigned granule; /* bits of an offset in a page; 0: reserved */
    bool off;         /* EPDx */
    bool tagged;      /* TBIx: bits 63 to 56 are not looked at */
};

static struct half half_of(uint64_t tcr, bool upper)
{
    static const uint8_t granules[2][4] = {{12, 16, 14, 0}, {0, 14, 12, 16}};

    if (upper) {
        return (struct half){.size = tcr >> 16 & 0x3f,
                             .granule = granules[1][tcr >> 30 & 3],
                             .off = (tcr >> 23 & 1) != 0,
                             .tagged = (tcr >> 38 & 1) != 0};
    }
    return (struct half){.size = tcr & 0x3f,
                         .granule = granules[0][tcr >> 14 & 3],
                         .off = (tcr >> 7 & 1) != 0,
                         .tagged = (tcr >> 37 & 1) != 0};
}

/* The bits above the half's size must all be those of the half. */
static bool is_canonical(const struct half *half, bool upper, uint64_t address)
{
    uint64_t top = half->tagged ? UINT64_MAX >> 8 : UINT64_MAX;
    uint64_t above = top & ~(UINT64_MAX >> half->size);

    return (address & above) == (upper ? above : 0);
}

bool walk_read(const struct ram *ram, uint64_t ipa, unsigned size, uint64_t *value)
{
    const uint8_t *at = ram_at(ram, ipa, size);

    if (at == NULL || ipa % size != 0) {
        return false;
    }
    cache_clean(at, size);
    *value = 0;
    memcpy(value, at, size);
    return true;
}

static bool read_descriptor(const struct ram *ram, const struct walk_registers *registers,
                            uint64_t ipa, uint64_t *descriptor)
{
    if (!walk_read(ram, ipa, sizeof(*descriptor), descriptor)) {
        return false;
    }
    if ((registers->sctlr & SCTLR_EE) != 0) {
        *descriptor = __builtin_bswap64(*descriptor);
    }
    return (*descriptor & DESCRIPTOR_ON) != 0;
}

/* Blocks are on level 2, with pages of 4 KiB also on level 1. */
static bool is_leaf(const struct half *half, unsigned level, uint64_t descriptor, bool *leaf)
{
    bool map = (descriptor & DESCRIPTOR_MAP) != 0;

    *leaf = level == LAST_LEVEL ? map : !map;
    return *leaf ? level == LAST_LEVEL || level == 2 || (level == 1 && half->granule == 12)
                 : level != LAST_LEVEL;
}

/* From the first level that the size needs; its table may be shorter than a page. */
static bool walk_tables(const struct ram *ram, const struct walk_registers *registers,
                        const struct half *half, uint64_t address, uint64_t *ipa)
{
    unsigned stride = half->granule - 3;
    unsigned bits = 64 - half->size;
    unsigned level = LAST_LEVEL + 1 - (bits - half->granule + stride - 1) / stride;
    unsigned shift = half->granule + stride * (LAST_LEVEL - level);
    uint64_t table = registers->ttbr[address >> 55 & 1] & ADDRESS_MASK;

    table &= ~((UINT64_C(8) << (bits - shift)) - 1);
    for (bool leaf = false; !leaf; level++, shift -= stride, bits = shift + stride) {
        uint64_t index = address >> shift & ((UINT64_C(1) << (bits - shift)) - 1);
        uint64_t descriptor;

        if (!read_descriptor(ram, registers, table + index * 8, &descriptor) ||
            !is_leaf(half, level, descriptor, &leaf)) {
            return false;
        }
        table = descriptor & ADDRESS_MASK & ~((UINT64_C(1) << (leaf ? shift : half->granule)) - 1);
        *ipa = table | (address & ((UINT64_C(1) << shift) - 1));
    }
    return true;
}

bool walk_address(const struct ram *ram, const struct walk_registers *registers, uint64_t address,
                  uint64_t *ipa)
{
    bool upper = (address >> 55 & 1) != 0;
    struct half half = half_of(registers->tcr, upper);

    if ((registers->sctlr & SCTLR_M) == 0) {
        *ipa = address & ADDRESS_MASK;
        return true;
    }
    if (half.off || half.granule == 0 || half.size < TXSZ_MIN || half.size > TXSZ_MAX ||
        64 - half.size <= half.granule || !is_canonical(&half, upper, address)) {
        return false;
    }
    return walk_tables(ram, registers, &half, address, ipa);
}
