/* SPDX-License-Identifier: Apache-2.0 */
/* What a program file says about its segments. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENTS 16
#define ELF_LOWEST   UINT64_C(0x1000)    /* address 0 is never mapped */
#define ELF_HIGHEST  (UINT64_C(1) << 38) /* memories follow */

struct elf_segment {
    uint64_t address;
    uint64_t size;        /* bytes in memory */
    const uint8_t *bytes; /* in the file */
    uint64_t byte_count;
    uint32_t access; /* enum bh_access */
};

struct elf {
    uint64_t entry;
    struct elf_segment segments[ELF_SEGMENTS]; /* by address, disjoint in pages */
    unsigned segment_count;
    uint64_t end; /* first page above all of them */
};

/* Reads a program. NULL if it is good, else a sentence that says what is wrong. Looks at no byte
 * outside [data, +size). */
const char *elf_read(struct elf *elf, const uint8_t *data, size_t size);
