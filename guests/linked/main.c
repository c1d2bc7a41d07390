/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that uses the capabilities, memories and interrupts of its start page. */
#include "cells/lib/call.h"
#include "guests/bare/say.h"
#include "guests/start_page.h"

#define GICD UINT64_C(0x08000000)
#define GICC UINT64_C(0x08010000)
#define GICR UINT64_C(0x080a0000)

void linked_main(uint64_t dtb);

static unsigned gic_version;
static const struct start_info *start;

static void check(const char *what, bool ok)
{
    say_result("linked", what, ok);
}

static uint32_t cap(const char *name)
{
    const struct start_cap *row = start_page_cap(start, name);

    return row == NULL ? 0 : row->slot;
}

static uint64_t value(const char *name)
{
    const struct start_value *row = start_page_value(start, name);

    return row == NULL ? 0 : row->value;
}

static void gic_start(void)
{
    gic_version = (sysreg_read("id_aa64pfr0_el1") >> 24 & 0xf) != 0 ? 3 : 2;
    if (gic_version == 3) {
        mmio_write(GICR + 0x14, 0);
        mmio_write(GICD, 0x12);
        sysreg_write(ICC_SRE_EL1, 7);
        sysreg_write(ICC_PMR_EL1, 0xff);
        sysreg_write(ICC_IGRPEN1_EL1, 1);
    } else {
        mmio_write(GICD, 1);
        mmio_write(GICC + 4, 0xff);
        mmio_write(GICC, 1);
    }
}

static void gic_enable(uint32_t irq)
{
    if (gic_version == 3) {
        mmio_write(GICD + 0x80 + irq / 32 * 4, ~0U);
    }
    mmio_write(GICD + 0x100 + irq / 32 * 4, 1U << irq % 32);
}

/* The next interrupt, acknowledged and ended. The processor's own mask is on all the time. */
static uint32_t gic_next(void)
{
    uint32_t irq;

    cpu_wait();
    irq = gic_version == 3 ? (uint32_t)sysreg_read(ICC_IAR1_EL1) : mmio_read(GICC + 0xc);
    if (gic_version == 3) {
        sysreg_write(ICC_EOIR1_EL1, irq);
    } else {
        mmio_write(GICC + 0x10, irq);
    }
    return irq;
}

static void try_call(void)
{
    struct bh_message m = {{40, 2}};

    check("a native cell answers hvc #1",
          bh_call(cap("door"), &m) == BH_OK && m.w[0] == 42 && m.w[1] == 77);
    check("a slot that is empty does not", bh_call((uint32_t)value("slot-first"), &m) == BH_NO_CAP);
}

static void try_signal(void)
{
    uint32_t irq = (uint32_t)value("back");

    check("its interrupt is a shared one", irq >= 32);
    check("a signal is sent", bh_signal_send(cap("go")) == BH_OK);
    gic_enable(irq);
    check("the answer arrives as an interrupt", gic_next() == irq);
    check("and once", bh_signal_send(cap("go")) == BH_OK && gic_next() == irq);
}

static void try_memory(void)
{
    const struct start_memory *facts = start_page_memory(start, "facts");
    const struct start_memory *pipe = start_page_memory(start, "pipe");
    uint32_t irq = (uint32_t)value("pipe");

    check("it only reads the memory", facts->access == BH_MAP_READ);
    check("which a native cell writes", mmio_read(facts->address) == 0xfac75);
    gic_enable(irq);
    mmio_write(pipe->address, 1000);
    check("the channel's other end is woken", bh_signal_send(cap("pipe")) == BH_OK);
    check("and wakes it", gic_next() == irq && irq != value("back"));
    check("through memory of both", mmio_read(pipe->address + 4) == 1001);
    check("it is the second end", value("pipe-side") == 1);
}

void linked_main(uint64_t dtb)
{
    check("x0 is a device tree", mmio_read(dtb) == START_PAGE_DTB_MAGIC);
    check("and the start of RAM", dtb == START_PAGE_DTB);
    start = start_page_find(dtb);
    check("which says where its start page is", start != NULL && start->magic == BH_START_MAGIC);
    gic_start();
    try_call();
    try_signal();
    try_memory();
    say("linked: done\n");
    firmware_call(0x84000008, 0);
}
