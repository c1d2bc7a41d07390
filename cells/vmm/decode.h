/* SPDX-License-Identifier: Apache-2.0 */
/* What a load or store instruction does (Arm ARM C4.1.94): for accesses without a syndrome. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct decoded {
    unsigned size;  /* of each register's access: 1, 2, 4 or 8 bytes */
    unsigned count; /* registers: 1 or 2, at ascending addresses */
    bool write;
    bool sign;        /* a load is sign-extended */
    bool wide;        /* to 64 bits, else to 32 */
    uint8_t data[2];  /* registers, 31: zero */
    uint8_t base;     /* register, never SP */
    int64_t offset;   /* from base to the first access */
    int64_t add_base; /* what base is raised by afterwards */
};

/* False for what is no load or store of general registers, for atomic ones, and for SP as base. */
bool decode_access(uint32_t instruction, struct decoded *decoded);
