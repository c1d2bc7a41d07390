/* SPDX-License-Identifier: Apache-2.0 */
/* A guest whose processors never wait, and post the priorities that somebody else wants of them. */
#include "guests/poster/poster.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/start.h"
#include "abi/vcpu_page.h"
#include "cells/lib/call.h"
#include "guests/bare/sysreg.h"

#define START  UINT64_C(0x0c000000)
#define STACK  4096
#define PAUSE  100000 /* of a second: a longer one is others' time */
#define CPU_ON UINT64_C(0xc4000003)

void poster_main(uint32_t cpu);
void poster_enter(void);

static uint8_t second_stack[STACK] __attribute__((aligned(16)));

static bool same(const char *a, const char *b)
{
    for (; *a != '\0' && *a == *b; a++, b++) {
    }
    return *a == *b;
}

static uint64_t memory(const char *name)
{
    const struct start_info *start = (const struct start_info *)START;
    const struct start_memory *row = (const void *)((const char *)start + start->memory_offset);

    for (uint32_t i = 0; i < start->memory_count; i++) {
        if (same(row[i].name, name)) {
            return row[i].address;
        }
    }
    return 0;
}

static void post(uint32_t priority, bool by_device, uint64_t page)
{
    uint64_t at = by_device ? BH_VCPU_REGISTERS : page;

    mmio_write(at + offsetof(struct bh_vcpu_page, interrupt), priority);
    mmio_write(at + offsetof(struct bh_vcpu_page, posted), priority);
    if (!by_device && priority < mmio_read(at + offsetof(struct bh_vcpu_page, waiting))) {
        (void)bh_yield(0);
    }
}

void poster_main(uint32_t cpu)
{
    volatile struct poster_shares *shares = (volatile struct poster_shares *)memory("shares");
    uint64_t page = memory(cpu == 0 ? "priority" : "priority-1");
    uint64_t pause = sysreg_read("cntfrq_el0") / PAUSE, last = sysreg_read("cntvct_el0");

    if (cpu == 0) {
        (void)firmware_call_3(CPU_ON, 1, (uint64_t)poster_enter, (uint64_t)second_stack + STACK);
    }
    for (;;) {
        uint64_t now = sysreg_read("cntvct_el0");
        uint32_t want = shares->want[cpu];

        shares->ran[cpu] += now - last < pause ? now - last : 0;
        last = now;
        if (want != shares->posted[cpu]) {
            shares->posted[cpu] = want;
            post(want, shares->by_device != 0, page);
            shares->registers[cpu] = mmio_read(shares->by_device != 0 ? page : BH_VCPU_REGISTERS);
        }
    }
}
