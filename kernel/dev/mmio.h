/* SPDX-License-Identifier: Apache-2.0 */
/* Device register access. */
#pragma once

#include "kernel/lib/types.h"

/* mmio_read8, mmio_write8, mmio_read32, mmio_write32, mmio_read64, mmio_write64. */
#define MMIO(bits)                                                                     \
    static ALWAYS_INLINE uint##bits##_t mmio_read##bits(uint64_t address)              \
    {                                                                                  \
        return *(const volatile uint##bits##_t *)(uintptr_t)address;                   \
    }                                                                                  \
    static ALWAYS_INLINE void mmio_write##bits(uint64_t address, uint##bits##_t value) \
    {                                                                                  \
        *(volatile uint##bits##_t *)(uintptr_t)address = value;                        \
    }
MMIO(8)
MMIO(32)
MMIO(64)
#undef MMIO
