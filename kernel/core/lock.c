/* SPDX-License-Identifier: Apache-2.0 */
/* Knows whose turn it is to change what all cores share. */
#include "kernel/core/lock.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/lib/atomic.h"

static struct {
    uint32_t next;  /* ticket of who comes next */
    uint32_t owner; /* ticket that is served */
} tickets;

NOINLINE void lock_take(void)
{
    uint32_t mine = atomic_add(&tickets.next, 1u);
    /* bound: 7 cores, each one hold */
    while (atomic_read_acquire(&tickets.owner) != mine) {
        arch_relax();
    }
}

NOINLINE void lock_release(void)
{
    uint32_t *owner = &tickets.owner;
    atomic_write_release(owner, *owner + 1);
}

bool lock_wanted(void)
{
    return atomic_read(&tickets.next) - tickets.owner > 1;
}

static COLD void lock_lend(uint8_t *users)
{
    ++*users;
    lock_release();
    lock_take();
    --*users;
    cpu_this()->work = ARCH_ENTRY_WORK;
}

NOINLINE void lock_pass(uint8_t *users)
{
    if (unlikely(lock_wanted())) {
        lock_lend(users);
    }
}

/* Not inlined, as taking and giving back: here tests/bench/bounds looks. */
NOINLINE bool lock_pause(uint32_t work)
{
    struct cpu *cpu = cpu_this();
    cpu->work += work;
    return cpu->early || LOCK_PASSED(cpu) || arch_preempt_pending() || lock_wanted();
}
