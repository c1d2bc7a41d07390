/* SPDX-License-Identifier: Apache-2.0 */
/* The device tree of a guest: nodes, names and flags as QEMU's virt board has them. */
#include "tools/bulkhead/guest_dtb.h"

#include <libfdt.h>
#include <string.h>

/* Phandles. */
enum { NO_PHANDLE, PHANDLE_GIC, PHANDLE_CLOCK };

/* Cells of an interrupt: kind, number, flags. */
enum { IRQ_SPI = 0, IRQ_PPI = 1, IRQ_LEVEL = 4, IRQ_CORE0 = 0x100 };

/* A tree being written; the first error stays. */
struct writer {
    void *fdt;
    int error;
};

static void check(struct writer *w, int result)
{
    if (w->error == 0) {
        w->error = result;
    }
}

static void begin(struct writer *w, const char *name)
{
    check(w, fdt_begin_node(w->fdt, name));
}

static void end(struct writer *w)
{
    check(w, fdt_end_node(w->fdt));
}

static void bytes(struct writer *w, const char *name, const void *data, size_t size)
{
    check(w, fdt_property(w->fdt, name, data, (int)size));
}

static void text(struct writer *w, const char *name, const char *value)
{
    bytes(w, name, value, strlen(value) + 1);
}

static void flag(struct writer *w, const char *name)
{
    bytes(w, name, "", 0);
}

static void cells(struct writer *w, const char *name, const uint32_t *values, unsigned count)
{
    fdt32_t big[16];

    for (unsigned i = 0; i < count; i++) {
        big[i] = cpu_to_fdt32(values[i]);
    }
    bytes(w, name, big, count * sizeof big[0]);
}

static void cell(struct writer *w, const char *name, uint32_t value)
{
    cells(w, name, &value, 1);
}

static void number(struct writer *w, const char *name, uint64_t value)
{
    cells(w, name, (const uint32_t[]){(uint32_t)(value >> 32), (uint32_t)value}, 2);
}

/* Several strings in one property: a literal with "\0" between them. */
#define TEXTS(w, name, literal) bytes(w, name, literal, sizeof(literal))

static void reg(struct writer *w, const struct range *ranges, unsigned count)
{
    uint32_t values[8];

    for (unsigned i = 0; i < count; i++) {
        values[4 * i] = (uint32_t)(ranges[i].base >> 32);
        values[4 * i + 1] = (uint32_t)ranges[i].base;
        values[4 * i + 2] = (uint32_t)(ranges[i].size >> 32);
        values[4 * i + 3] = (uint32_t)ranges[i].size;
    }
    cells(w, "reg", values, 4 * count);
}

static void write_psci(struct writer *w)
{
    begin(w, "psci");
    TEXTS(w, "compatible", "arm,psci-1.0\0arm,psci-0.2\0arm,psci");
    text(w, "method", "hvc");
    cell(w, "cpu_suspend", 0xc4000001);
    cell(w, "cpu_off", 0x84000002);
    cell(w, "cpu_on", 0xc4000003);
    cell(w, "migrate", 0xc4000005);
    end(w);
}

static void write_cpus(struct writer *w, const struct guest_machine *machine)
{
    char name[16];

    begin(w, "cpus");
    cell(w, "#address-cells", 1);
    cell(w, "#size-cells", 0);
    for (uint32_t i = 0; i < machine->cpus; i++) {
        snprintf(name, sizeof name, "cpu@%u", i);
        begin(w, name);
        text(w, "device_type", "cpu");
        text(w, "compatible", "arm,armv8");
        text(w, "enable-method", "psci");
        cell(w, "reg", i);
        end(w);
    }
    end(w);
}

static void write_memory(struct writer *w, const struct guest_machine *machine)
{
    begin(w, "memory@40000000");
    text(w, "device_type", "memory");
    reg(w, &machine->ram, 1);
    end(w);
}

static void write_gic(struct writer *w, const struct guest_machine *machine)
{
    static const struct range two[] = {{0x08000000, 0x10000}, {0x08010000, 0x10000}};
    const struct range three[] = {{0x08000000, 0x10000}, {0x080a0000, 0x20000 * machine->cpus}};

    begin(w, "intc@8000000");
    text(w, "compatible", machine->gic == 2 ? "arm,cortex-a15-gic" : "arm,gic-v3");
    reg(w, machine->gic == 2 ? two : three, 2);
    flag(w, "interrupt-controller");
    cell(w, "#interrupt-cells", 3);
    cell(w, "#address-cells", 0);
    cell(w, "phandle", PHANDLE_GIC);
    end(w);
}

/* Secure, EL1 physical, virtual and EL2 timer; GICv2 also names the cores. */
static void write_timer(struct writer *w, const struct guest_machine *machine)
{
    static const uint32_t ppis[] = {13, 14, 11, 10};
    uint32_t cores = (uint32_t)IRQ_CORE0 * ((1U << machine->cpus) - 1);
    uint32_t values[12];

    for (unsigned i = 0; i < 4; i++) {
        values[3 * i] = IRQ_PPI;
        values[3 * i + 1] = ppis[i];
        values[3 * i + 2] = IRQ_LEVEL | (machine->gic == 2 ? cores : 0);
    }
    begin(w, "timer");
    TEXTS(w, "compatible", "arm,armv8-timer\0arm,armv7-timer");
    flag(w, "always-on");
    cells(w, "interrupts", values, 12);
    end(w);
}

static void write_clock(struct writer *w)
{
    begin(w, "apb-pclk");
    text(w, "compatible", "fixed-clock");
    text(w, "clock-output-names", "clk24mhz");
    cell(w, "clock-frequency", 24000000);
    cell(w, "#clock-cells", 0);
    cell(w, "phandle", PHANDLE_CLOCK);
    end(w);
}

static void write_uart(struct writer *w)
{
    begin(w, "pl011@9000000");
    TEXTS(w, "compatible", "arm,pl011\0arm,primecell");
    reg(w, &(struct range){0x09000000, 0x1000}, 1);
    cells(w, "interrupts", (const uint32_t[]){IRQ_SPI, 1, IRQ_LEVEL}, 3);
    cells(w, "clocks", (const uint32_t[]){PHANDLE_CLOCK, PHANDLE_CLOCK}, 2);
    TEXTS(w, "clock-names", "uartclk\0apb_pclk");
    end(w);
}

static void write_rtc(struct writer *w)
{
    begin(w, "pl031@9010000");
    TEXTS(w, "compatible", "arm,pl031\0arm,primecell");
    reg(w, &(struct range){0x09010000, 0x1000}, 1);
    cells(w, "interrupts", (const uint32_t[]){IRQ_SPI, 2, IRQ_LEVEL}, 3);
    cell(w, "clocks", PHANDLE_CLOCK);
    text(w, "clock-names", "apb_pclk");
    end(w);
}

static void write_start(struct writer *w, const struct guest_machine *machine)
{
    char name[32];

    snprintf(name, sizeof name, "bulkhead@%llx", (unsigned long long)machine->start.base);
    begin(w, name);
    text(w, "compatible", "bulkhead,start");
    reg(w, &machine->start, 1);
    end(w);
}

static void write_chosen(struct writer *w, const struct guest_machine *machine)
{
    begin(w, "chosen");
    text(w, "stdout-path", "/pl011@9000000");
    if (machine->bootargs != NULL) {
        text(w, "bootargs", machine->bootargs);
    }
    if (machine->initrd.size != 0) {
        number(w, "linux,initrd-start", machine->initrd.base);
        number(w, "linux,initrd-end", machine->initrd.base + machine->initrd.size);
    }
    end(w);
}

struct bytes guest_dtb_make(struct arena *arena, const struct guest_machine *machine)
{
    struct writer w = {.fdt = arena_alloc(arena, DTB_MOST)};

    check(&w, fdt_create(w.fdt, (int)DTB_MOST));
    check(&w, fdt_finish_reservemap(w.fdt));
    begin(&w, "");
    text(&w, "model", "linux,dummy-virt");
    text(&w, "compatible", "linux,dummy-virt");
    cell(&w, "#address-cells", 2);
    cell(&w, "#size-cells", 2);
    cell(&w, "interrupt-parent", PHANDLE_GIC);
    write_chosen(&w, machine);
    write_memory(&w, machine);
    write_cpus(&w, machine);
    write_psci(&w);
    write_gic(&w, machine);
    write_timer(&w, machine);
    write_clock(&w);
    write_uart(&w);
    write_rtc(&w);
    if (machine->start.size != 0) {
        write_start(&w, machine);
    }
    end(&w);
    check(&w, fdt_finish(w.fdt));
    return w.error == 0 ? (struct bytes){w.fdt, fdt_totalsize(w.fdt)} : (struct bytes){NULL, 0};
}

static void patch_chosen(struct writer *w, const struct guest_machine *machine)
{
    int node = fdt_path_offset(w->fdt, "/chosen");

    node = node >= 0 ? node : fdt_add_subnode(w->fdt, 0, "chosen");
    check(w, node < 0 ? node : 0);
    if (w->error == 0 && machine->bootargs != NULL) {
        int length = (int)strlen(machine->bootargs) + 1;
        check(w, fdt_setprop(w->fdt, node, "bootargs", machine->bootargs, length));
    }
    if (w->error == 0 && machine->initrd.size != 0) {
        uint64_t last = machine->initrd.base + machine->initrd.size;
        check(w, fdt_setprop_u64(w->fdt, node, "linux,initrd-start", machine->initrd.base));
        check(w, fdt_setprop_u64(w->fdt, node, "linux,initrd-end", last));
    }
}

/* Address or size as 1 or 2 cells, as the root of the tree says. */
static void patch_number(fdt32_t **at, int count, uint64_t value)
{
    if (count == 2) {
        *(*at)++ = cpu_to_fdt32((uint32_t)(value >> 32));
    }
    *(*at)++ = cpu_to_fdt32((uint32_t)value);
}

/* The machine has this RAM and no other. */
static void patch_memory(struct writer *w, const struct guest_machine *machine)
{
    int addresses = fdt_address_cells(w->fdt, 0) == 1 ? 1 : 2;
    int sizes = fdt_size_cells(w->fdt, 0) == 2 ? 2 : 1;
    fdt32_t reg[4];
    fdt32_t *last = reg;
    int node;

    do {
        node = fdt_node_offset_by_prop_value(w->fdt, -1, "device_type", "memory", 7);
        check(w, node >= 0 ? fdt_del_node(w->fdt, node) : 0);
    } while (node >= 0 && w->error == 0);
    patch_number(&last, addresses, machine->ram.base);
    patch_number(&last, sizes, machine->ram.size);
    node = fdt_add_subnode(w->fdt, 0, "memory@40000000");
    check(w, node < 0 ? node : 0);
    if (w->error == 0) {
        check(w, fdt_setprop(w->fdt, node, "reg", reg, (int)((last - reg) * 4)));
        check(w, fdt_setprop(w->fdt, node, "device_type", "memory", 7));
    }
}

struct bytes guest_dtb_patch(struct arena *arena, struct bytes tree,
                             const struct guest_machine *machine)
{
    struct writer w = {.fdt = arena_alloc(arena, DTB_MOST)};

    check(&w, fdt_check_full(tree.data, tree.size));
    if (w.error == 0) {
        check(&w, fdt_open_into(tree.data, w.fdt, (int)DTB_MOST));
    }
    if (w.error == 0) {
        patch_memory(&w, machine);
    }
    if (w.error == 0 && (machine->bootargs != NULL || machine->initrd.size != 0)) {
        patch_chosen(&w, machine);
    }
    if (w.error == 0) {
        check(&w, fdt_pack(w.fdt));
    }
    return w.error == 0 ? (struct bytes){w.fdt, fdt_totalsize(w.fdt)} : (struct bytes){NULL, 0};
}
