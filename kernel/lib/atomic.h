/* SPDX-License-Identifier: Apache-2.0 */
/* The memory orders that cores agree by. What a core reads with acquire it sees with all that the
 * writer did before its release (Arm ARM B2.3). Macros: they serve words of any width. */
#pragma once

#define atomic_read(place)                 __atomic_load_n(place, __ATOMIC_RELAXED)
#define atomic_read_acquire(place)         __atomic_load_n(place, __ATOMIC_ACQUIRE)
#define atomic_write(place, value)         __atomic_store_n(place, value, __ATOMIC_RELAXED)
#define atomic_write_release(place, value) __atomic_store_n(place, value, __ATOMIC_RELEASE)

/* The value before. */
#define atomic_add(place, value)  __atomic_fetch_add(place, value, __ATOMIC_RELAXED)
#define atomic_or(place, bits)    __atomic_fetch_or(place, bits, __ATOMIC_ACQ_REL)
#define atomic_take(place, value) __atomic_exchange_n(place, value, __ATOMIC_ACQ_REL)

/* If *place is *expected: value takes its place, true. Else *expected is what is there; may fail
 * for no reason. */
#define atomic_replace(place, expected, value) \
    __atomic_compare_exchange_n(place, expected, value, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)

/* Everything before is seen by all cores before anything after. */
#define atomic_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)
