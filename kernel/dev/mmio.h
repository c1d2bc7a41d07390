/* SPDX-License-Identifier: Apache-2.0 */
/* Device register access. */
#pragma once

#include "kernel/lib/types.h"

static ALWAYS_INLINE uint32_t mmio_read32(uint64_t address)
{
    return *(const volatile uint32_t *)(uintptr_t)address;
}

static ALWAYS_INLINE void mmio_write32(uint64_t address, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)address = value;
}

static ALWAYS_INLINE void mmio_write8(uint64_t address, uint8_t value)
{
    *(volatile uint8_t *)(uintptr_t)address = value;
}

static ALWAYS_INLINE uint64_t mmio_read64(uint64_t address)
{
    return *(const volatile uint64_t *)(uintptr_t)address;
}

static ALWAYS_INLINE void mmio_write64(uint64_t address, uint64_t value)
{
    *(volatile uint64_t *)(uintptr_t)address = value;
}
