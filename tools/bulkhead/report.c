/* SPDX-License-Identifier: Apache-2.0 */
/* The report: every byte of RAM, every capability, every interrupt. */
#include "tools/bulkhead/report.h"

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/map.h"
#include "tools/bulkhead/partition.h"
#include "tools/bulkhead/plan.h"
#include "tools/bulkhead/rights.h"
#include "tools/bulkhead/sizes.h"

static const char *access_text(uint32_t access)
{
    static const char *const texts[] = {"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx"};

    return texts[access & 7];
}

static void write_viewers(const struct system *system, const struct memory *memory, FILE *out)
{
    for (unsigned i = 0; i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        for (unsigned k = 0; k < cell->caps.count; k++) {
            const struct cap *cap = cell->caps.items[k];
            if (cap->memory == memory && cap->access != 0) {
                fprintf(out, "  %s %s at 0x%llx", cell->name, access_text(cap->access),
                        (unsigned long long)cap->ipa);
            } else if (cap->object == &memory->object) {
                fprintf(out, "  %s not mapped", cell->name);
            }
        }
    }
}

static void write_row(const struct system *system, const struct map_row *row, FILE *out)
{
    static const char *const kinds[] = {
        [BH_RAM] = "cached", [BH_DEVICE] = "device", [BH_UNCACHED] = "uncached"};
    char size[SIZE_TEXT];

    fprintf(out, "  %012llx-%012llx %10s  %-8s %-14s %-18s", (unsigned long long)row->range.base,
            (unsigned long long)(row->range.base + row->range.size - 1),
            size_text(size, row->range.size),
            row->memory == NULL ? "cached" : kinds[row->memory->kind], row->owner, row->use);
    if (row->memory != NULL) {
        write_viewers(system, row->memory, out);
    }
    fprintf(out, "\n");
}

static void write_map(struct system *system, FILE *out)
{
    struct map map = map_of(system);

    fprintf(out, "Memory: every byte, its owner and use, and who sees it where\n");
    for (unsigned i = 0; i < map.count; i++) {
        write_row(system, &map.rows[i], out);
    }
}

static void write_cap(struct system *system, const struct cap *cap, FILE *out)
{
    if (cap->object == NULL) {
        fprintf(out, "     -  %-20s client with badge %llu\n", cap->name,
                (unsigned long long)cap->badge);
        return;
    }
    fprintf(out, "  %4u  %-20s %-9s %-20s %s", cap->slot, cap->name, type_name(cap->object->type),
            cap->object->name, rights_text(&system->arena, cap->object->type, cap->rights));
    if (cap->badge != 0) {
        fprintf(out, cap->type == BH_IRQ ? ", arrives as bits 0x%llx" : ", badge 0x%llx",
                (unsigned long long)cap->badge);
    }
    fprintf(out, "\n");
}

static void write_cell(struct system *system, const struct cell *cell, FILE *out)
{
    static const char *const kinds[] = {"native cell", "VM cell", "warden"};
    char pool[SIZE_TEXT];
    char need[SIZE_TEXT];

    fprintf(out, "\n%s: %s, priority %llu", cell->name, kinds[cell->kind],
            (unsigned long long)cell->priority);
    if (board_core_count(&system->board) > 1) {
        fprintf(out, ", core %llu", (unsigned long long)cell->core);
    }
    if (cell->slice != 0) {
        fprintf(out, ", slice %llu us", (unsigned long long)cell->slice);
    }
    if (cell->budget.count != 0) {
        fprintf(out, ", at most %llu of every %llu us", (unsigned long long)cell_budget(cell, 0),
                (unsigned long long)cell_budget(cell, 1));
    }
    if (cell->kind != CELL_WARDEN) {
        fprintf(out, ", pool %s (%s taken), %u slots", size_text(pool, cell->pool),
                size_text(need, cell->pool_need + pool_header(cell->pool)), cell->table_slots);
    }
    fprintf(out, "%s%s%s\n", cell->sealed ? ", sealed" : "", cell->fp ? ", floating point" : "",
            !cell->restart          ? ""
            : cell->kind == CELL_VM ? ", restarted by a reset"
                                    : ", restarted after a fault");
    if (cell->kind == CELL_VM) {
        report_guest(system, cell, out);
    }
    for (unsigned i = 0; i < cell->caps.count; i++) {
        write_cap(system, cell->caps.items[i], out);
    }
    for (unsigned i = 0; i < cell->values.count; i++) {
        const struct entry *entry = cell->values.items[i];
        fprintf(out, "        %-20s = %llu\n", entry->name, (unsigned long long)entry->number);
    }
}

static void write_interrupts(const struct system *system, FILE *out)
{
    fprintf(out, "\nInterrupts\n");
    fprintf(out, "  %4llu  kernel: GIC maintenance\n",
            (unsigned long long)system->board.maintenance);
    fprintf(out, "  %4llu  kernel: timer\n", (unsigned long long)system->board.hyp_timer);
    fprintf(out, "  %4llu  kernel: virtual timer of guests\n",
            (unsigned long long)system->board.virt_timer);
    fprintf(out, "  %4llu  kernel: physical timer of guests\n",
            (unsigned long long)system->board.phys_timer);
    for (unsigned i = 0; i < system->irqs.count; i++) {
        const struct irq *irq = system->irqs.items[i];
        fprintf(out, "  %4u  %s: %s, %s\n", irq->intid, irq->owner->name, irq->object.name,
                irq->edge ? "edge" : "level");
    }
}

static void write_warnings(const struct system *system, FILE *out)
{
    for (unsigned i = 0; i < system->board.devices.count; i++) {
        const struct device *device = system->board.devices.items[i];
        if (device->owner == NULL) {
            fprintf(out, "  nobody has device %s\n", device->name);
        } else if (device->dma) {
            fprintf(out,
                    "  device %s can read and write all RAM (no SMMU), sealed or not: every cell "
                    "depends on %s\n",
                    device->name, device->owner->name);
        }
    }
    fprintf(out, "  the warden sees the registers of device %s too, for its reports\n",
            system->board.console == NULL ? "(none)" : system->board.console);
}

static void write_calls(const struct system *system, FILE *out)
{
    fprintf(out, "\nPlan: %u calls of the warden (slots are the warden's)\n", system->ops.count);
    for (unsigned i = 0; i < system->ops.count; i++) {
        const struct plan_op *op = system->ops.items[i];
        fprintf(out, "  %4u  %-15s %4u ", i, call_name(op->call), op->cap);
        for (unsigned k = 0; k < 5; k++) {
            fprintf(out, " %llx", (unsigned long long)op->args[k]);
        }
        fprintf(out, "\n");
    }
}

void report_write(struct system *system, FILE *out)
{
    char image[SIZE_TEXT];
    char pool[SIZE_TEXT];
    char need[SIZE_TEXT];

    fprintf(out, "%s on %s\n", system->options->source,
            system->board.model == NULL ? "a board" : system->board.model);
    fprintf(out, "image %s at 0x%llx; kernel pool %s, of which the plan takes %s\n\n",
            size_text(image, system->image_size), (unsigned long long)system->board.load,
            size_text(pool, system->pool.size),
            size_text(need, system->root_need + pool_header(system->pool.size)));
    write_map(system, out);
    for (unsigned i = 0; i < system->cells.count; i++) {
        write_cell(system, system->cells.items[i], out);
    }
    report_partitions(system, out);
    report_warden(system, out);
    write_interrupts(system, out);
    fprintf(out, "\nNotes\n");
    write_warnings(system, out);
    write_calls(system, out);
}
