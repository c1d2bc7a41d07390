/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of a description before anything is made from it: the board, and all numbers. */
#include "tools/bulkhead/check.h"

#include <string.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/partition.h"

/* Microseconds. The kernel counts slices in 32 bits and periods in 31, of at most 1 GHz. */
#define SLICE_MAX  4000000
#define PERIOD_MAX 2000000

#define CELLS_MAX 254u /* 8-bit VMIDs, less that of nobody and the warden's */

#define INTERRUPT_SHARED 32u /* INTIDs below belong to each core */
#define INTERRUPT_END    1020u
#define PHYSICAL_END     (UINT64_C(1) << 48)

/* A piece of the physical address space and who says that it is there. */
struct piece {
    struct range range;
    const char *path;
    const char *name;
};

static bool range_good(const struct range *range)
{
    return range->size != 0 && (range->base | range->size) % PAGE == 0 &&
           range->base < PHYSICAL_END && range->size <= PHYSICAL_END - range->base;
}

static bool range_meets(const struct range *a, const struct range *b)
{
    return a->base < b->base + b->size && b->base < a->base + a->size;
}

static void pieces_add(struct system *system, struct list *pieces, const struct ranges *ranges,
                       struct piece about)
{
    for (unsigned i = 0; i < ranges->count; i++) {
        struct piece *piece = arena_alloc(&system->arena, sizeof *piece);
        *piece = about;
        piece->range = ranges->items[i];
        if (!range_good(&piece->range)) {
            fault(&system->faults,
                  strcmp(about.name, "ram") == 0 ? RULE_board_ram : RULE_board_overlap, about.path,
                  "%s at 0x%llx of 0x%llx bytes is empty, not in whole pages of 4 KiB, or above "
                  "2^48; correct it from the "
                  "board's manual",
                  about.name, (unsigned long long)piece->range.base,
                  (unsigned long long)piece->range.size);
            continue;
        }
        list_add(&system->arena, pieces, piece);
    }
}

static void check_pieces(struct system *system, const struct list *pieces)
{
    for (unsigned i = 0; i < pieces->count; i++) {
        const struct piece *a = pieces->items[i];
        for (unsigned k = 0; k < i; k++) {
            const struct piece *b = pieces->items[k];
            if (range_meets(&a->range, &b->range)) {
                bool ram = strcmp(a->name, "ram") == 0 && strcmp(b->name, "ram") == 0;
                fault(&system->faults, ram ? RULE_board_ram : RULE_board_overlap, a->path,
                      "%s at 0x%llx and %s of %s at 0x%llx overlap; one of them is wrong", a->name,
                      (unsigned long long)a->range.base, b->name, b->path,
                      (unsigned long long)b->range.base);
            }
        }
    }
}

static void check_map(struct system *system)
{
    const struct board *board = &system->board;
    struct list pieces = {NULL, 0, 0};

    pieces_add(system, &pieces, &board->ram, (struct piece){.path = board->path, .name = "ram"});
    struct piece gic = {.path = arena_format(&system->arena, "%s/gic", board->path),
                        .name = "distributor"};
    pieces_add(system, &pieces, &board->distributor, gic);
    gic.name = "cpu-interface";
    pieces_add(system, &pieces, &board->cpu_interface, gic);
    gic.name = "hyp-interface";
    pieces_add(system, &pieces, &board->hyp_interface, gic);
    gic.name = "guest-interface";
    pieces_add(system, &pieces, &board->guest_interface, gic);
    gic.name = "redistributors";
    pieces_add(system, &pieces, &board->redistributors, gic);
    for (unsigned i = 0; i < board->devices.count; i++) {
        const struct device *device = board->devices.items[i];
        pieces_add(system, &pieces, &device->registers,
                   (struct piece){.path = device->path, .name = "registers"});
    }
    check_pieces(system, &pieces);
}

static void check_load(struct system *system)
{
    const struct board *board = &system->board;

    const struct range load = {board->load, PAGE};

    for (unsigned i = 0; i < board->reserved.count; i++) {
        const struct range *reserved = &board->reserved.items[i];
        if (!range_good(reserved)) {
            fault(&system->faults, RULE_board_ram, board->path,
                  "reserved range %u is empty or not in whole pages of 4 KiB; round it up", i);
        } else if (range_meets(&load, reserved)) {
            fault(&system->faults, RULE_board_ram, board->path,
                  "load is 0x%llx, which the reserved range at 0x%llx leaves to the firmware; one "
                  "of them is wrong",
                  (unsigned long long)board->load, (unsigned long long)reserved->base);
        }
    }
    for (unsigned i = 0; i < board->ram.count; i++) {
        if (board->load % PAGE == 0 && board->load != 0 &&
            range_meets(&load, &board->ram.items[i])) {
            return;
        }
    }
    fault(&system->faults, RULE_board_ram, board->path,
          "load is 0x%llx, which is not a page of RAM (nor may it be page 0); it is where the "
          "firmware puts the image "
          "(RAM base + 512 KiB for QEMU)",
          (unsigned long long)board->load);
}

static void check_interfaces(struct system *system)
{
    const struct board *board = &system->board;

    if (board->cpu_interface.count == 0 && board->redistributors.count == 0) {
        fault(&system->faults, RULE_board_gic, board->path,
              "its gic has neither a cpu-interface (GICv2) nor redistributors (GICv3); add what "
              "the board has");
    }
    if (board->cpu_interface.count != 0 && board->hyp_interface.count == 0) {
        fault(&system->faults, RULE_board_gic, board->path,
              "its gic has a cpu-interface but no hyp-interface; without the virtualisation "
              "extension it cannot be used");
    }
    if (board->guest_interface.count != 0 &&
        board->guest_interface.items[0].size > GUEST_INTERFACE_MOST) {
        fault(&system->faults, RULE_board_gic, board->path,
              "its gic has a guest-interface of 0x%llx bytes, and a guest has room for 0x%llx "
              "where it looks for it; correct it from the board's manual",
              (unsigned long long)board->guest_interface.items[0].size,
              (unsigned long long)GUEST_INTERFACE_MOST);
    }
}

static void check_gic(struct system *system)
{
    const struct board *board = &system->board;
    const uint64_t timers[] = {board->maintenance, board->hyp_timer, board->virt_timer,
                               board->phys_timer};

    check_interfaces(system);
    for (unsigned i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
        if (timers[i] < 16 || timers[i] >= INTERRUPT_SHARED) {
            fault(&system->faults, RULE_board_gic, board->path,
                  "its gic has maintenance, hyp-timer, virtual-timer or physical-timer %llu, which "
                  "is not an INTID of a core (16 to 31)",
                  (unsigned long long)timers[i]);
        }
        for (unsigned k = 0; k < i; k++) {
            if (timers[k] == timers[i]) {
                fault(&system->faults, RULE_board_gic, board->path,
                      "its gic has INTID %llu for two of maintenance, hyp-timer, virtual-timer and "
                      "physical-timer; each has its own, correct one from the board's manual",
                      (unsigned long long)timers[i]);
            }
        }
    }
}

/* Who named this interrupt of a device, its number at, before. NULL: nobody. */
static const struct device *interrupt_user(const struct board *board, const struct device *of,
                                           unsigned at)
{
    for (unsigned i = 0; i < board->devices.count; i++) {
        const struct device *device = board->devices.items[i];
        unsigned count = device == of ? at : device->interrupts.count;
        for (unsigned k = 0; k < count; k++) {
            if (device->interrupts.items[k] == of->interrupts.items[at]) {
                return device;
            }
        }
        if (device == of) {
            break;
        }
    }
    return NULL;
}

static void check_interrupts(struct system *system, const struct device *device)
{
    for (unsigned i = 0; i < device->interrupts.count; i++) {
        uint64_t interrupt = device->interrupts.items[i];
        const struct device *other = interrupt_user(&system->board, device, i);
        if (interrupt < INTERRUPT_SHARED || interrupt >= INTERRUPT_END) {
            fault(&system->faults, RULE_interrupt_shared, device->path,
                  "interrupt %llu is not a device's: they are 32 to 1019, and SPI n of a manual is "
                  "%u + n",
                  (unsigned long long)interrupt, INTERRUPT_SHARED);
        }
        if (other == device) {
            fault(&system->faults, RULE_interrupt_shared, device->path,
                  "interrupt %llu is there twice; leave one of them out",
                  (unsigned long long)interrupt);
        } else if (other != NULL) {
            fault(&system->faults, RULE_interrupt_shared, device->path,
                  "interrupt %llu is also that of %s; correct one, or make them one device",
                  (unsigned long long)interrupt, other->path);
        }
    }
}

/* The device that kernel and warden print on. */
static void check_console(struct system *system, const struct device *device)
{
    const struct board *board = &system->board;
    enum start_device_type type;

    if (device == NULL) {
        fault(&system->faults, RULE_device_unknown, board->path,
              "its console '%s' is not among its devices; add it there, or leave console out",
              board->console);
    } else if (device->compatible != NULL &&
               (!build_device_type(device, &type) || type > START_CADENCE)) {
        fault(&system->faults, RULE_device_unknown, board->path,
              "its console '%s' is \"%s\", and the kernel drives \"arm,pl011\" and "
              "\"cdns,uart-r1p12\"; name another device, or leave console out",
              board->console, device->compatible);
    }
}

static void check_board(struct system *system)
{
    const struct board *board = &system->board;

    if (board->path == NULL) {
        return;
    }
    check_map(system);
    check_load(system);
    check_gic(system);
    check_cores(system);
    if (board->psci != NULL && strcmp(board->psci, "smc") != 0 && strcmp(board->psci, "hvc") != 0) {
        fault(&system->faults, RULE_property_type, board->path,
              "psci is \"%s\"; it is \"smc\" or \"hvc\"", board->psci);
    }
    if (board->timer_frequency < 1000000 || board->timer_frequency > 1000000000) {
        fault(&system->faults, RULE_number_range, board->path,
              "timer-frequency is %llu; it is the counter's frequency in Hz, 1 MHz to 1 GHz",
              (unsigned long long)board->timer_frequency);
    }
    if (board->console != NULL) {
        check_console(system, build_find_device(system, board->console));
    }
    for (unsigned i = 0; i < board->devices.count; i++) {
        check_interrupts(system, board->devices.items[i]);
    }
}

static void check_vm(struct system *system, const struct cell *vm)
{
    if (vm->cpus < 1 || vm->cpus > VM_CPUS_MAX) {
        fault(&system->faults, RULE_vm_cpus, vm->path, "cpus is %llu; a VM has 1 to %u processors",
              (unsigned long long)vm->cpus, VM_CPUS_MAX);
    }
    if (vm->cores.count != 0 && vm->cores.count != vm->cpus) {
        fault(&system->faults, RULE_vm_cpus, vm->path,
              "cores names %u cores for %llu processors; name one for each, or say core for all",
              vm->cores.count, (unsigned long long)vm->cpus);
    }
    if (vm->interrupts < 32 || vm->interrupts > 1020) {
        fault(&system->faults, RULE_vm_interrupts, vm->path,
              "it has %llu virtual interrupts; a VM has 32 to 1020",
              (unsigned long long)vm->interrupts);
    }
}

static void check_budget(struct system *system, const struct cell *cell)
{
    uint64_t amount = cell_budget(cell, 0), period = cell_budget(cell, 1);
    uint64_t least = board_least(&system->board, BH_BUDGET_LEAST);

    if (cell->budget.count != 2) {
        fault(&system->faults, RULE_budget_range, cell->path,
              "its budget has %u numbers; it is an amount and a period, budget = <2000 10000>",
              cell->budget.count);
    } else if (amount < least || amount > period || period > PERIOD_MAX) {
        fault(
            &system->faults, RULE_budget_range, cell->path,
            "its budget is %llu of every %llu microseconds; the amount is %llu or more, the period "
            "no shorter than the amount and at most 2 seconds",
            (unsigned long long)amount, (unsigned long long)period, (unsigned long long)least);
    }
}

static void check_overrun(struct system *system, const struct cell *cell)
{
    if (strcmp(cell->overrun, "restart") != 0) {
        fault(&system->faults, RULE_overrun_restart, cell->path,
              "overrun is \"%s\"; write \"restart\", or leave it out: then the cell waits for more "
              "time when its budget is used up",
              cell->overrun);
    } else if (!cell->restart || cell->budget.count == 0) {
        fault(&system->faults, RULE_overrun_restart, cell->path,
              "it is to be restarted when its budget is used up, but has no %s; add it, or leave "
              "overrun out",
              cell->restart ? "budget" : "restart");
    }
}

static void check_restart(struct system *system, const struct cell *cell)
{
    if (cell->sealed && cell->restart) {
        fault(&system->faults, RULE_sealed_restart, cell->path,
              "it is sealed and to be restarted, but all that it is, its program too, is zeroed "
              "when it ends; leave one of them out");
    }
    if (cell->overrun != NULL) {
        check_overrun(system, cell);
    }
}

static void check_cell(struct system *system, const struct cell *cell)
{
    const struct cell *warden = system->cells.items[0];

    if (cell->priority > 255) {
        fault(&system->faults, RULE_priority_range, cell->path,
              "its priority is %llu; priorities are 0 (lowest) to 255",
              (unsigned long long)cell->priority);
    } else if (cell->priority > warden->priority) {
        fault(&system->faults, RULE_priority_range, cell->path,
              "its priority is %llu, above the warden's %llu, which must be able to stop it; lower "
              "it, or raise the warden's",
              (unsigned long long)cell->priority, (unsigned long long)warden->priority);
    }
    if (cell->slice > SLICE_MAX) {
        fault(&system->faults, RULE_number_range, cell->path,
              "its slice is %llu microseconds; the longest is 4 seconds, and leaving it out means "
              "none",
              (unsigned long long)cell->slice);
    }
    if (cell->budget.count != 0) {
        check_budget(system, cell);
    }
    if (cell->badges.count != 0 && cell->badges.count != cell->calls.count) {
        fault(&system->faults, RULE_number_range, cell->path,
              "it has %u badges for %u calls; give each call one", cell->badges.count,
              cell->calls.count);
    }
    for (unsigned i = 0; i < cell->badges.count; i++) {
        if (cell->badges.items[i] == 0) {
            fault(&system->faults, RULE_number_range, cell->path,
                  "badge %u is 0, which means none; badges start at 1", i);
        }
    }
    check_restart(system, cell);
    if (cell->kind == CELL_VM) {
        check_vm(system, cell);
    }
}

static void check_cells(struct system *system)
{
    if (system->cells.count - 1 > CELLS_MAX) {
        fault(&system->faults, RULE_number_range, "/cells",
              "there are %u cells, and the smallest Arm cores can isolate %u; put some programs "
              "together",
              system->cells.count - 1, CELLS_MAX);
    }
    for (unsigned i = 1; i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        if (strcmp(cell->name, "warden") == 0) {
            fault(&system->faults, RULE_name_duplicate, cell->path,
                  "the name 'warden' is taken by the cell that builds the system; rename it");
        }
    }
}

void check_system(struct system *system)
{
    check_board(system);
    check_cells(system);
    for (unsigned i = 0; i < system->cells.count; i++) {
        check_cell(system, system->cells.items[i]);
    }
    partition_check(system);
}
