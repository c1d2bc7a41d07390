/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that uses the capabilities, memories and interrupts of its start page. */
#include <stdbool.h>

#include "abi/start.h"
#include "cells/lib/call.h"
#include "guests/bare/sysreg.h"

#define UART      UINT64_C(0x09000000)
#define GICD      UINT64_C(0x08000000)
#define GICC      UINT64_C(0x08010000)
#define GICR      UINT64_C(0x080a0000)
#define RAM       UINT64_C(0x40000000)
#define DTB_MAGIC 0xedfe0dd0U /* big-endian d00dfeed */

void linked_main(uint64_t dtb);

static unsigned gic_version;
static const struct start_info *start;

static void say(const char *text)
{
    for (; *text != '\0'; text++) {
        mmio_write(UART, (unsigned char)*text);
    }
}

static void check(const char *what, bool ok)
{
    say(ok ? "linked: ok: " : "linked: WRONG: ");
    say(what);
    say("\n");
}

static bool same(const char *a, const char *b)
{
    for (; *a != '\0' && *a == *b; a++, b++) {
    }
    return *a == *b;
}

/* The big-endian word at an address. */
static uint32_t word(uint64_t at)
{
    return __builtin_bswap32(mmio_read(at));
}

/* The address in the node that is compatible with "bulkhead,start": its reg is the property behind
 * this value. */
static uint64_t find_start(uint64_t dtb)
{
    uint64_t end = dtb + word(dtb + 4);

    for (uint64_t at = dtb + word(dtb + 8); at + 64 < end; at += 4) {
        if (same((const char *)at, "bulkhead,start")) {
            return (uint64_t)word(at + 16 + 12) << 32 | word(at + 16 + 16);
        }
    }
    return 0;
}

static uint32_t cap(const char *name)
{
    const struct start_cap *row = (const void *)((const char *)start + start->cap_offset);

    for (uint32_t i = 0; i < start->cap_count; i++) {
        if (same(row[i].name, name)) {
            return row[i].slot;
        }
    }
    return 0;
}

static const struct start_memory *memory(const char *name)
{
    const struct start_memory *row = (const void *)((const char *)start + start->memory_offset);

    for (uint32_t i = 0; i < start->memory_count; i++) {
        if (same(row[i].name, name)) {
            return &row[i];
        }
    }
    check(name, false);
    return row;
}

static uint64_t value(const char *name)
{
    const struct start_value *row = (const void *)((const char *)start + start->value_offset);

    for (uint32_t i = 0; i < start->value_count; i++) {
        if (same(row[i].name, name)) {
            return row[i].value;
        }
    }
    return 0;
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
    const struct start_memory *facts = memory("facts");
    const struct start_memory *pipe = memory("pipe");
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
    check("x0 is a device tree", mmio_read(dtb) == DTB_MAGIC);
    check("and the start of RAM", dtb == RAM);
    start = (const struct start_info *)find_start(dtb);
    check("which says where its start page is", start != 0 && start->magic == BH_START_MAGIC);
    gic_start();
    try_call();
    try_signal();
    try_memory();
    say("linked: done\n");
    firmware_call(0x84000008, 0);
}
