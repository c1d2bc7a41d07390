/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own small types: addresses that cannot be mixed up, and attributes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/types.h"

/* Physical address. */
typedef struct {
    uint64_t raw;
} paddr;

/* Address in a cell's space (stage-2 input). */
typedef struct {
    uint64_t raw;
} ipa;

#define PAGE_SHIFT 12
#define PAGE_SIZE  (UINT64_C(1) << PAGE_SHIFT)
#define IPA_BITS   39 /* every cell's space: three levels, one root page */

#define MUST_CHECK __attribute__((warn_unused_result))
/* A struct of two words that functions return: with -mstrict-align gcc keeps one in registers only
 * if it is aligned as a pair. */
#define PAIR          __attribute__((aligned(16)))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NORETURN      __attribute__((noreturn))
#define NOINLINE      __attribute__((noinline))
#define COLD          __attribute__((cold, noinline))
/* Gone when the first cell runs: its memory belongs to cells then. */
#define BOOT_ONLY   __attribute__((section(".boot.text"), cold, noinline))
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
/* By way of an integer: a few callers test the pointer only after they have counted back from
 * it. */
#define container_of(ptr, type, member) ((type *)((uintptr_t)(ptr)-offsetof(type, member)))

static inline bool is_aligned(uint64_t value, uint64_t power)
{
    return (value & (power - 1)) == 0;
}
