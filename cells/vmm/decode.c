/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the encodings of load and store pairs, and of load and store with a 9-bit immediate. The
 * other forms come with a syndrome, or are not for devices. */
#include "cells/vmm/decode.h"

#define SP 31

enum index { INDEX_NONE, INDEX_POST, INDEX_OFFSET, INDEX_PRE };

static uint32_t field(uint32_t instruction, unsigned high, unsigned low)
{
    return instruction >> low & ((2U << (high - low)) - 1);
}

static int64_t signed_field(uint32_t instruction, unsigned high, unsigned low)
{
    uint32_t bits = high - low + 1;
    int64_t value = field(instruction, high, low);

    return value >> (bits - 1) != 0 ? value - (INT64_C(1) << bits) : value;
}

static void set_index(struct decoded *decoded, enum index index, int64_t immediate)
{
    decoded->offset = index == INDEX_POST ? 0 : immediate;
    decoded->add_base = index == INDEX_POST || index == INDEX_PRE ? immediate : 0;
}

/* LDP, LDPSW, LDNP, STP, STNP: C6.2 and C4.1.94.9 on. */
static bool decode_pair(uint32_t instruction, struct decoded *decoded)
{
    uint32_t opc = field(instruction, 31, 30);

    decoded->write = field(instruction, 22, 22) == 0;
    if (opc == 3 || (opc == 1 && decoded->write)) {
        return false;
    }
    decoded->count = 2;
    decoded->size = opc == 2 ? 8 : 4;
    decoded->sign = opc == 1;
    decoded->wide = opc != 0;
    decoded->data[1] = (uint8_t)field(instruction, 14, 10);
    set_index(decoded, (enum index)field(instruction, 24, 23),
              signed_field(instruction, 21, 15) * decoded->size);
    return true;
}

/* LDUR, LDTR, LDR and their like with post- or pre-index: C4.1.94.14 on. */
static bool decode_single(uint32_t instruction, struct decoded *decoded)
{
    uint32_t size = field(instruction, 31, 30);
    uint32_t opc = field(instruction, 23, 22);

    if (field(instruction, 25, 24) != 0 || field(instruction, 21, 21) != 0 ||
        (opc == 2 && size == 3) || (opc == 3 && size >= 2)) {
        return false;
    }
    decoded->count = 1;
    decoded->size = 1U << size;
    decoded->write = opc == 0;
    decoded->sign = opc >= 2;
    decoded->wide = opc == 2 || size == 3;
    set_index(decoded, (enum index)field(instruction, 11, 10), signed_field(instruction, 20, 12));
    return true;
}

bool decode_access(uint32_t instruction, struct decoded *decoded)
{
    bool known = false;

    *decoded = (struct decoded){
        .data = {(uint8_t)field(instruction, 4, 0), 0},
        .base = (uint8_t)field(instruction, 9, 5),
    };
    if (decoded->base == SP || field(instruction, 26, 26) != 0) { /* stack; SIMD */
        return false;
    }
    switch (field(instruction, 29, 27)) {
    case 5:
        known = field(instruction, 25, 25) == 0 && decode_pair(instruction, decoded);
        break;
    case 7:
        known = decode_single(instruction, decoded);
        break;
    default:
        break;
    }
    return known;
}
