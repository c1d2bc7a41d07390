/* SPDX-License-Identifier: Apache-2.0 */
/* Which A64 instructions are counted apart, by their opcodes (Arm ARM C4.1). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tests/bench/mark.h"

/* What is counted; COUNT_OTHER is the instructions that belong to none of the kinds before it. */
enum count_kind {
    COUNT_INSTRUCTIONS,
    COUNT_MRS,
    COUNT_MSR,
    COUNT_BARRIERS, /* but DSB */
    COUNT_DSB,
    COUNT_TLBI,
    COUNT_CACHE,
    COUNT_OTHER,
    COUNT_LOADS, /* accesses of at most 8 bytes: a pair counts twice */
    COUNT_STORES,
    COUNT_DEVICE, /* of these, to devices */
    COUNT_FAR,    /* of the instructions, those of other cores than the first */
    COUNT_ERRATA, /* those that a core would add that must execute TLBI and DSB twice */
    COUNT_MARKS,
    COUNT_KINDS
};

struct decode_row {
    uint32_t mask;
    uint32_t value;
    enum count_kind kind;
};

/* The mark that an instruction is, 0 if it is none: MOVZ XZR, #imm16. */
static inline unsigned decode_mark(uint32_t opcode)
{
    unsigned imm = opcode >> 5 & 0xffff;
    unsigned way = imm & ~(MARK_COUNT - 1U);

    return (opcode & 0xffe0001f) == 0xd280001f && way >= MARK_BEGIN && way % MARK_BEGIN == 0 ? imm
                                                                                             : 0;
}

static inline enum count_kind decode_kind(uint32_t opcode)
{
    static const struct decode_row rows[] = {
        {0xfff00000, 0xd5300000, COUNT_MRS},      /* MRS: op0 2 or 3, L = 1 */
        {0xfff00000, 0xd5100000, COUNT_MSR},      /* MSR (register) */
        {0xfff8f01f, 0xd500401f, COUNT_MSR},      /* MSR (immediate) */
        {0xfffff0ff, 0xd503309f, COUNT_DSB},      /* before the row that it is one of */
        {0xfffff01f, 0xd503301f, COUNT_BARRIERS}, /* CLREX, DSB, DMB, ISB, SB */
        {0xfff8f000, 0xd5088000, COUNT_TLBI},     /* SYS, CRn = 8 */
        {0xfff8f000, 0xd5087000, COUNT_CACHE},    /* SYS, CRn = 7: IC, DC, AT */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((opcode & rows[i].mask) == rows[i].value) {
            return rows[i].kind;
        }
    }
    return COUNT_OTHER;
}
