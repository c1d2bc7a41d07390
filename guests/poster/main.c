/* SPDX-License-Identifier: Apache-2.0 */
/* A guest whose processors never wait, and post the priorities that somebody else wants of them. */
#include "guests/poster/poster.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/vcpu_page.h"
#include "cells/lib/call.h"
#include "guests/start_page.h"

#define STACK  4096
#define PAUSE  100000 /* of a second: a longer one is others' time */
#define CPU_ON UINT64_C(0xc4000003)

void poster_main(uint32_t cpu);
void poster_enter(void);

static uint8_t second_stack[STACK] __attribute__((aligned(16)));

/* Where a memory is; 0: the guest has none of this name. */
static uint64_t place(const struct start_info *start, const char *name)
{
    const struct start_memory *memory = start_page_memory(start, name);

    return memory == NULL ? 0 : memory->address;
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
    const struct start_info *start = start_page_find(START_PAGE_DTB);
    volatile struct poster_shares *shares = (volatile struct poster_shares *)place(start, "shares");
    uint64_t page = place(start, cpu == 0 ? "priority" : "priority-1");
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
