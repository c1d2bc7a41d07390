/* SPDX-License-Identifier: Apache-2.0 */
/* 32-bit links: addresses inside the root pool, in units of 32 bytes. */
#pragma once

#include "kernel/cap/slot.h"

extern uintptr_t link_base; /* address of the root pool; set once at boot */

static ALWAYS_INLINE uint32_t link_to(const void *p)
{
    return p ? (uint32_t)(((uintptr_t)p - link_base) >> 5) : 0;
}

static ALWAYS_INLINE void *link_sure(uint32_t link) /* not 0 */
{
    return (void *)(link_base + ((uintptr_t)link << 5));
}

static ALWAYS_INLINE void *link_pointer(uint32_t link)
{
    return link ? link_sure(link) : NULL;
}

static ALWAYS_INLINE struct slot *link_slot(uint32_t link)
{
    return link_pointer(link);
}
