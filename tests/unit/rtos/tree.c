/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how libfdt writes a small tree. */
#include "tests/unit/rtos/tree.h"

#include <assert.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 4096

static void *blob;

static void ok(int result)
{
    assert(result == 0);
    (void)result;
}

static void text(const char *name, const char *value)
{
    ok(fdt_property(blob, name, value, (int)strlen(value) + 1));
}

static void reg(uint64_t first, uint64_t second)
{
    fdt64_t cells[4] = {cpu_to_fdt64(first), cpu_to_fdt64(0x10000), cpu_to_fdt64(second),
                        cpu_to_fdt64(0x10000)};

    ok(fdt_property(blob, "reg", cells, second == 0 ? 16 : 32));
}

static void interrupt(uint32_t kind, uint32_t number)
{
    fdt32_t cells[3] = {cpu_to_fdt32(kind), cpu_to_fdt32(number), cpu_to_fdt32(4)};

    ok(fdt_property(blob, "interrupts", cells, (int)sizeof(cells)));
}

static void add_gic(unsigned version)
{
    ok(fdt_begin_node(blob, "intc@a000000"));
    text("compatible", version == 3 ? "arm,gic-v3" : "arm,cortex-a15-gic");
    reg(0xa000000, version == 3 ? 0xa100000 : 0xa010000);
    ok(fdt_begin_node(blob, "v2m@8020000")); /* its reg is not the GIC's */
    text("compatible", "arm,gic-v2m-frame");
    reg(0xb000000, 0);
    ok(fdt_end_node(blob));
    ok(fdt_end_node(blob));
}

static void add_devices(void)
{
    static const char uart[] = "arm,pl011\0arm,primecell";
    fdt32_t timers[12];

    ok(fdt_begin_node(blob, "pl011@9100000"));
    interrupt(0, 7);
    reg(0x9100000, 0);
    ok(fdt_property(blob, "compatible", uart, sizeof(uart)));
    ok(fdt_end_node(blob));
    ok(fdt_begin_node(blob, "timer"));
    text("compatible", "arm,armv8-timer");
    for (uint32_t i = 0; i < 4; i++) {
        timers[3 * i] = cpu_to_fdt32(1);
        timers[3 * i + 1] = cpu_to_fdt32(12 + i);
        timers[3 * i + 2] = cpu_to_fdt32(4);
    }
    ok(fdt_property(blob, "interrupts", timers, sizeof(timers)));
    ok(fdt_end_node(blob));
    ok(fdt_begin_node(blob, "bulkhead@c000000"));
    text("compatible", "bulkhead,start");
    reg(TREE_START, 0);
    ok(fdt_end_node(blob));
    ok(fdt_begin_node(blob, "chosen"));
    text("bootargs", "period_us=250 quiet");
    ok(fdt_end_node(blob));
}

uint8_t *tree_make(unsigned gic_version, size_t *size)
{
    uint8_t *exact;

    blob = calloc(1, ROOM);
    ok(fdt_create(blob, ROOM));
    ok(fdt_finish_reservemap(blob));
    ok(fdt_begin_node(blob, ""));
    ok(fdt_property_u32(blob, "#address-cells", 2));
    ok(fdt_property_u32(blob, "#size-cells", 2));
    add_gic(gic_version);
    add_devices();
    ok(fdt_end_node(blob));
    ok(fdt_finish(blob));
    *size = fdt_totalsize(blob);
    exact = malloc(*size);
    memcpy(exact, blob, *size);
    free(blob);
    return exact;
}
