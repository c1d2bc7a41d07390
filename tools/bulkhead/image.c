/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of the image: kernel, boot_info, plan, start pages, programs.
 *
 * All structures are written as they are in memory: host and target are both little-endian and
 * 64-bit. */
#include "tools/bulkhead/image.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/file.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structures are copied into the image");

/* The arm64 Image header (Linux: Documentation/arch/arm64/booting.rst). */
#define HEADER_SIZE       64
#define HEADER_TEXT       8
#define HEADER_IMAGE_SIZE 16
#define HEADER_MAGIC      56
static_assert(BH_BOOT_RES2 == 32 && BH_BOOT_RES3 == 40, "res2 and res3 of the Image header");

void image_kernel(struct system *system)
{
    const char *path = system->options->kernel;
    struct bytes file = file_read(system, path);

    if (file.data == NULL) {
        fault(&system->faults, RULE_program_missing, "/kernel",
              "'%s' cannot be read (%s); build the kernel, or say with --kernel where it is", path,
              strerror(errno));
    } else if (file.size < HEADER_SIZE || memcmp(file.data + HEADER_MAGIC, "ARM\x64", 4) != 0) {
        fault(&system->faults, RULE_kernel_format, "/kernel",
              "'%s' has no arm64 Image header; use the flat kernel.bin", path);
    } else {
        system->kernel = file.data;
        system->kernel_size = file.size;
        memcpy(&system->kernel_resident, file.data + BH_BOOT_RES3, sizeof system->kernel_resident);
        if (system->kernel_resident == 0 || system->kernel_resident > file.size ||
            system->kernel_resident % PAGE != 0) {
            system->kernel_resident = align_up(file.size, PAGE); /* keeps all of it */
        }
    }
}

static void copy_name(char to[BH_NAME_MAX], const char *name)
{
    size_t length = strlen(name);

    memcpy(to, name, length < BH_NAME_MAX ? length : BH_NAME_MAX - 1);
}

static struct start_cap cap_row(const struct cap *cap)
{
    struct start_cap row = {
        .slot = cap->object == NULL ? 0 : cap->slot, .type = cap->type, .badge = cap->badge};

    copy_name(row.name, cap->name);
    return row;
}

static struct start_memory memory_row(const struct cap *cap)
{
    struct start_memory row = {
        .address = cap->ipa, .size = cap->memory->size, .slot = cap->slot, .access = cap->access};

    copy_name(row.name, cap->name);
    return row;
}

static void write_start(const struct cell *cell, uint8_t *page)
{
    struct start_info info = {.magic = BH_START_MAGIC};
    uint32_t at = sizeof info;

    copy_name(info.cell, cell->name);
    info.cap_offset = at;
    for (unsigned i = 0; i < cell->caps.count; i++) {
        const struct cap *cap = cell->caps.items[i];
        if (cap->memory == NULL) {
            struct start_cap row = cap_row(cap);
            memcpy(page + at, &row, sizeof row);
            at += (uint32_t)sizeof row;
            info.cap_count++;
        }
    }
    info.memory_offset = at;
    for (unsigned i = 0; i < cell->caps.count; i++) {
        const struct cap *cap = cell->caps.items[i];
        if (cap->memory != NULL) {
            struct start_memory row = memory_row(cap);
            memcpy(page + at, &row, sizeof row);
            at += (uint32_t)sizeof row;
            info.memory_count++;
        }
    }
    info.value_offset = at;
    info.value_count = cell->values.count;
    for (unsigned i = 0; i < cell->values.count; i++) {
        const struct entry *entry = cell->values.items[i];
        struct start_value row = {.value = entry->number};
        copy_name(row.name, entry->name);
        memcpy(page + at, &row, sizeof row);
        at += (uint32_t)sizeof row;
    }
    assert(at <= cell->start->size);
    memcpy(page, &info, sizeof info);
}

/* Rows of a table at an offset; what comes behind them. */
static uint32_t write_rows(uint8_t *page, uint32_t offset, const struct list *rows, size_t size)
{
    for (unsigned i = 0; i < rows->count; i++) {
        memcpy(page + offset + i * size, rows->items[i], size);
    }
    return offset + (uint32_t)(rows->count * size);
}

static void write_plan(const struct system *system, uint8_t *page)
{
    uint32_t cells = (uint32_t)(system->cells.count * sizeof(struct plan_cell));
    struct plan plan = {
        .magic = BH_PLAN_MAGIC,
        .version = BH_PLAN_VERSION,
        .cell_count = system->cells.count,
        .cell_offset = sizeof plan,
        .op_count = system->ops.count,
        .op_offset = (uint32_t)sizeof plan + cells,
        .copy_count = system->copies.count,
        .endpoint = system->fault_endpoint.object.slot,
        .last_count = system->last_ops,
        .switch_count = system->switches.count,
    };

    memcpy(page + plan.cell_offset, system->plan_cells, cells);
    plan.copy_offset = write_rows(page, plan.op_offset, &system->ops, sizeof(struct plan_op));
    plan.switch_offset =
        write_rows(page, plan.copy_offset, &system->copies, sizeof(struct plan_copy));
    plan.size = write_rows(page, plan.switch_offset, &system->switches, sizeof(struct plan_switch));
    assert(plan.size <= system->plan->size);
    memcpy(page, &plan, sizeof plan);
}

static int by_base(const void *a, const void *b)
{
    const struct boot_extent *x = a;
    const struct boot_extent *y = b;

    return x->base < y->base ? -1 : x->base > y->base ? 1 : 0;
}

static uint32_t write_extents(const struct system *system, struct boot_extent *extents)
{
    for (unsigned i = 0; i < system->memories.count; i++) {
        const struct memory *memory = system->memories.items[i];
        extents[i] = (struct boot_extent){
            .base = memory->base,
            .size = memory->size,
            .kind = memory->kind,
            .slot = memory->object.slot,
            .ipa = memory->boot_ipa,
            .access = memory->boot_access,
        };
    }
    qsort(extents, system->memories.count, sizeof *extents, by_base);
    return system->memories.count;
}

static uint64_t first_base(const struct ranges *ranges)
{
    return ranges->count == 0 ? 0 : ranges->items[0].base;
}

static struct boot_gic gic_of(const struct board *board)
{
    return (struct boot_gic){
        .gicd = first_base(&board->distributor),
        .gicc = first_base(&board->cpu_interface),
        .gich = first_base(&board->hyp_interface),
        .gicr = first_base(&board->redistributors),
        .gicr_size = board->redistributors.count == 0 ? 0 : board->redistributors.items[0].size,
        .maintenance = (uint32_t)board->maintenance,
        .hyp_timer = (uint32_t)board->hyp_timer,
        .virt_timer = (uint32_t)board->virt_timer,
        .phys_timer = (uint32_t)board->phys_timer,
    };
}

static void write_console(const struct system *system, struct boot_info *info)
{
    const char *name = system->board.console;
    const struct device *device = name == NULL ? NULL : build_find_device(system, name);
    enum start_device_type type = START_PL011;

    if (device != NULL) {
        (void)build_device_type(device, &type);
        info->uart = first_base(&device->registers);
        info->uart_type = type;
    }
}

static void write_info(const struct system *system, uint8_t *page)
{
    const struct cell *warden = system->cells.items[0];
    struct boot_info info = {
        .magic = BH_BOOT_MAGIC,
        .version = BH_BOOT_VERSION,
        .load = system->board.load,
        .image_size = system->image_size,
        .gic = gic_of(&system->board),
        .pool_base = system->pool.base,
        .pool_size = system->pool.size,
        .psci_smc = strcmp(system->board.psci, "smc") == 0,
        .extent_offset = sizeof info,
        .irq_count = system->irqs.count,
        .core_count = board_core_count(&system->board),
        .warden_slots = system->warden_slots,
        .warden_entry = warden->elf.entry,
        .warden_sp = warden->sp,
        .warden_arg = warden->start_ipa,
        .warden_priority = warden->priority,
    };

    write_console(system, &info);
    info.extent_count =
        write_extents(system, (struct boot_extent *)(void *)(page + info.extent_offset));
    info.irq_offset = info.extent_offset + info.extent_count * (uint32_t)sizeof(struct boot_extent);
    for (unsigned i = 0; i < system->irqs.count; i++) {
        const struct irq *irq = system->irqs.items[i];
        struct boot_irq row = {.intid = irq->intid, .slot = irq->object.slot, .edge = irq->edge};
        memcpy(page + info.irq_offset + i * sizeof row, &row, sizeof row);
    }
    info.core_offset = info.irq_offset + info.irq_count * (uint32_t)sizeof(struct boot_irq);
    for (unsigned i = 0; i < info.core_count; i++) {
        struct boot_core row = {.mpidr = board_core_mpidr(&system->board, i),
                                .slot = i == 0 ? WARDEN_CORE : system->cores[i].slot};
        memcpy(page + info.core_offset + i * sizeof row, &row, sizeof row);
    }
    info.size = info.core_offset + info.core_count * (uint32_t)sizeof(struct boot_core);
    memcpy(page, &info, sizeof info);
}

/* text_offset is what QEMU and U-Boot add to the base of RAM, or to the next 2 MiB above. */
static void write_header(const struct system *system, uint8_t *image, uint64_t info)
{
    uint64_t ram = first_base(&system->board.ram) & ~(BLOCK - 1);
    uint64_t text_offset = system->board.load - ram;

    memcpy(image + HEADER_TEXT, &text_offset, sizeof text_offset);
    memcpy(image + HEADER_IMAGE_SIZE, &system->image_size, sizeof system->image_size);
    memcpy(image + BH_BOOT_RES2, &info, sizeof info);
}

const uint8_t *image_make(struct system *system)
{
    uint64_t info = align_up(system->kernel_size, PAGE);
    uint8_t *image = arena_alloc(&system->arena, system->image_size);

    memcpy(image, system->kernel, system->kernel_size);
    write_header(system, image, info);
    write_info(system, image + info);
    for (unsigned i = 0; i < system->memories.count; i++) {
        const struct memory *memory = system->memories.items[i];
        if (memory->place == PLACE_IMAGE && memory->bytes != NULL) {
            memcpy(image + (memory->base - system->board.load), memory->bytes, memory->byte_count);
        }
    }
    write_plan(system, image + (system->plan->base - system->board.load));
    for (unsigned i = 0; i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        if (cell->start != NULL) {
            write_start(cell, image + (cell->start->base - system->board.load));
        }
    }
    return image;
}
