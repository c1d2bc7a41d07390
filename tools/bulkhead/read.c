/* SPDX-License-Identifier: Apache-2.0 */
/* How a device tree becomes the model: every node and property that a description may have. */
#include "tools/bulkhead/read.h"

#include <libfdt.h>
#include <string.h>

#include "tools/bulkhead/tree.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct field board_fields[] = {
    {"model", FORM_TEXT, false, offsetof(struct board, model)},
    {"ram", FORM_RANGES, true, offsetof(struct board, ram)},
    {"reserved", FORM_RANGES, false, offsetof(struct board, reserved)},
    {"load", FORM_NUMBER, true, offsetof(struct board, load)},
    {"psci", FORM_TEXT, true, offsetof(struct board, psci)},
    {"timer-frequency", FORM_NUMBER, true, offsetof(struct board, timer_frequency)},
    {"console", FORM_TEXT, false, offsetof(struct board, console)},
    {"cores", FORM_NUMBERS, false, offsetof(struct board, cores)},
    {"qemu", FORM_TEXT, false, offsetof(struct board, qemu)},
};

static const struct field gic_fields[] = {
    {"distributor", FORM_RANGES, true, offsetof(struct board, distributor)},
    {"cpu-interface", FORM_RANGES, false, offsetof(struct board, cpu_interface)},
    {"hyp-interface", FORM_RANGES, false, offsetof(struct board, hyp_interface)},
    {"guest-interface", FORM_RANGES, false, offsetof(struct board, guest_interface)},
    {"redistributors", FORM_RANGES, false, offsetof(struct board, redistributors)},
    {"maintenance", FORM_NUMBER, true, offsetof(struct board, maintenance)},
    {"hyp-timer", FORM_NUMBER, true, offsetof(struct board, hyp_timer)},
    {"virtual-timer", FORM_NUMBER, true, offsetof(struct board, virt_timer)},
    {"physical-timer", FORM_NUMBER, true, offsetof(struct board, phys_timer)},
};

static const struct field device_fields[] = {
    {"registers", FORM_RANGES, true, offsetof(struct device, registers)},
    {"interrupts", FORM_NUMBERS, false, offsetof(struct device, interrupts)},
    {"edge", FORM_FLAG, false, offsetof(struct device, edge)},
    {"dma", FORM_FLAG, false, offsetof(struct device, dma)},
    {"compatible", FORM_TEXT, false, offsetof(struct device, compatible)},
};

static const struct field kernel_fields[] = {
    {"pool", FORM_NUMBER, false, offsetof(struct system, pool_size)},
};

static const struct field memory_fields[] = {
    {"size", FORM_NUMBER, true, offsetof(struct shared, size)},
    {"uncached", FORM_FLAG, false, offsetof(struct shared, uncached)},
};

static const struct field channel_fields[] = {
    {"size", FORM_NUMBER, true, offsetof(struct shared, size)},
    {"ends", FORM_NAMES, true, offsetof(struct shared, ends)},
};

static const struct field plan_fields[] = {
    {"core", FORM_NUMBER, false, offsetof(struct time_plan, core)},
    {"frame", FORM_NUMBER, true, offsetof(struct time_plan, frame)},
    {"starts", FORM_FLAG, false, offsetof(struct time_plan, starts)},
};

static const struct field window_fields[] = {
    {"at", FORM_NUMBER, true, offsetof(struct window, at)},
    {"length", FORM_NUMBER, true, offsetof(struct window, length)},
    {"cells", FORM_NAMES, false, offsetof(struct window, cells)},
    {"others", FORM_FLAG, false, offsetof(struct window, others)},
};

static const struct field warden_fields[] = {
    {"program", FORM_TEXT, false, offsetof(struct cell, program)},
    {"stack", FORM_NUMBER, false, offsetof(struct cell, stack)},
    {"priority", FORM_NUMBER, false, offsetof(struct cell, priority)},
};

static const struct field native_fields[] = {
    {"program", FORM_TEXT, true, offsetof(struct cell, program)},
    {"priority", FORM_NUMBER, true, offsetof(struct cell, priority)},
    {"core", FORM_NUMBER, false, offsetof(struct cell, core)},
    {"slice", FORM_NUMBER, false, offsetof(struct cell, slice)},
    {"budget", FORM_NUMBERS, false, offsetof(struct cell, budget)},
    {"stack", FORM_NUMBER, false, offsetof(struct cell, stack)},
    {"pool", FORM_NUMBER, false, offsetof(struct cell, pool)},
    {"slots", FORM_NUMBER, false, offsetof(struct cell, slots)},
    {"fp", FORM_FLAG, false, offsetof(struct cell, fp)},
    {"restart", FORM_FLAG, false, offsetof(struct cell, restart)},
    {"sealed", FORM_FLAG, false, offsetof(struct cell, sealed)},
    {"overrun", FORM_TEXT, false, offsetof(struct cell, overrun)},
    {"serves", FORM_NAMES, false, offsetof(struct cell, serves)},
    {"calls", FORM_NAMES, false, offsetof(struct cell, calls)},
    {"badges", FORM_NUMBERS, false, offsetof(struct cell, badges)},
    {"grants", FORM_NAMES, false, offsetof(struct cell, grants)},
    {"awaits", FORM_NAMES, false, offsetof(struct cell, awaits)},
    {"notifies", FORM_NAMES, false, offsetof(struct cell, notifies)},
    {"reads", FORM_NAMES, false, offsetof(struct cell, reads)},
    {"writes", FORM_NAMES, false, offsetof(struct cell, writes)},
    {"devices", FORM_NAMES, false, offsetof(struct cell, devices)},
    {"traces", FORM_NAMES, false, offsetof(struct cell, traces)},
    {"trace-ring", FORM_NUMBER, false, offsetof(struct cell, trace_ring)},
    {"moves", FORM_NAMES, false, offsetof(struct cell, moves)},
    {"moves-to", FORM_NUMBERS, false, offsetof(struct cell, moves_to)},
    {"switches", FORM_NAMES, false, offsetof(struct cell, switches)},
};

static const struct field vm_fields[] = {
    {"guest", FORM_TEXT, true, offsetof(struct cell, guest)},
    {"ram", FORM_NUMBER, true, offsetof(struct cell, ram)},
    {"vmm", FORM_TEXT, true, offsetof(struct cell, vmm)},
    {"priority", FORM_NUMBER, true, offsetof(struct cell, priority)},
    {"core", FORM_NUMBER, false, offsetof(struct cell, core)},
    {"slice", FORM_NUMBER, false, offsetof(struct cell, slice)},
    {"budget", FORM_NUMBERS, false, offsetof(struct cell, budget)},
    {"interrupts", FORM_NUMBER, false, offsetof(struct cell, interrupts)},
    {"gic", FORM_NUMBER, false, offsetof(struct cell, gic)},
    {"cpus", FORM_NUMBER, false, offsetof(struct cell, cpus)},
    {"cores", FORM_NUMBERS, false, offsetof(struct cell, cores)},
    {"calls", FORM_NAMES, false, offsetof(struct cell, calls)},
    {"badges", FORM_NUMBERS, false, offsetof(struct cell, badges)},
    {"grants", FORM_NAMES, false, offsetof(struct cell, grants)},
    {"awaits", FORM_NAMES, false, offsetof(struct cell, awaits)},
    {"notifies", FORM_NAMES, false, offsetof(struct cell, notifies)},
    {"reads", FORM_NAMES, false, offsetof(struct cell, reads)},
    {"writes", FORM_NAMES, false, offsetof(struct cell, writes)},
    {"devices", FORM_NAMES, false, offsetof(struct cell, devices)},
    {"initrd", FORM_TEXT, false, offsetof(struct cell, initrd)},
    {"bootargs", FORM_TEXT, false, offsetof(struct cell, bootargs)},
    {"dtb", FORM_TEXT, false, offsetof(struct cell, dtb)},
    {"restart", FORM_FLAG, false, offsetof(struct cell, restart)},
    {"lines", FORM_NUMBERS, false, offsetof(struct cell, lines)},
    {"line-names", FORM_NAMES, false, offsetof(struct cell, line_names)},
    {"posts-priority", FORM_FLAG, false, offsetof(struct cell, posts)},
    {"pool", FORM_NUMBER, false, offsetof(struct cell, pool)},
    {"slots", FORM_NUMBER, false, offsetof(struct cell, slots)},
};

static const char *const no_children[] = {NULL};
static const char *const root_children[] = {"board",    "kernel", "warden", "memories",
                                            "channels", "cells",  "plans",  NULL};
static const char *const board_children[] = {"gic", "devices", NULL};
static const char *const cell_children[] = {"memory", "values", "caps", NULL};

static void read_device(const struct node *node, void *into)
{
    struct device *device = into;

    device->name = tree_name(node);
    device->path = node->path;
    tree_read(node, device_fields, COUNT(device_fields), device);
    tree_children(node, no_children);
}

static void read_memory(const struct node *node, void *into)
{
    struct shared *shared = into;

    shared->name = tree_name(node);
    shared->path = node->path;
    tree_read(node, memory_fields, COUNT(memory_fields), shared);
    tree_children(node, no_children);
}

static void read_channel(const struct node *node, void *into)
{
    struct shared *shared = into;

    shared->name = tree_name(node);
    shared->path = node->path;
    tree_read(node, channel_fields, COUNT(channel_fields), shared);
    tree_children(node, no_children);
}

/* The object that an extra capability names: "type = what" in its node. */
static const struct {
    const char *name;
    enum bh_type type;
    enum form form;
} extra_kinds[] = {
    {"endpoint", BH_ENDPOINT, FORM_TEXT}, {"signal", BH_SIGNAL, FORM_TEXT},
    {"irq", BH_IRQ, FORM_TEXT},           {"cell", BH_CELL, FORM_TEXT},
    {"thread", BH_THREAD, FORM_TEXT},     {"memory", BH_MEMORY, FORM_TEXT},
    {"line", BH_LINE, FORM_TEXT},         {"pool", BH_POOL, FORM_NUMBER},
    {"ram", BH_MEMORY, FORM_NUMBER},      {"budget", BH_BUDGET, FORM_NUMBER},
    {"core", BH_CORE, FORM_FLAG},
};

static void read_extra(const struct node *node, void *into)
{
    struct extra *extra = into;
    struct field fields[] = {
        {"rights", FORM_NAMES, false, offsetof(struct extra, rights)},
        {"badge", FORM_NUMBER, false, offsetof(struct extra, badge)},
        {"interrupt", FORM_NUMBER, false, offsetof(struct extra, number)},
        {NULL, FORM_FLAG, true, offsetof(struct extra, flag)},
    };
    unsigned kinds = 0;

    extra->name = tree_name(node);
    extra->path = node->path;
    for (unsigned i = 0; i < COUNT(extra_kinds); i++) {
        if (fdt_getprop(node->fdt, node->offset, extra_kinds[i].name, NULL) != NULL) {
            enum form form = extra_kinds[i].form;
            int length = 0;
            if (form == FORM_FLAG) { /* core; is the cell's own, core = <1> another one */
                fdt_getprop(node->fdt, node->offset, extra_kinds[i].name, &length);
                form = length == 0 ? FORM_FLAG : FORM_NUMBER;
            }
            extra->type = extra_kinds[i].type;
            fields[3].name = extra_kinds[i].name;
            fields[3].form = form;
            fields[3].offset = form == FORM_TEXT     ? offsetof(struct extra, target)
                               : form == FORM_NUMBER ? offsetof(struct extra, number)
                                                     : offsetof(struct extra, flag);
            kinds++;
        }
    }
    if (kinds != 1) {
        fault(&node->system->faults, RULE_cap_unknown, node->path,
              "it names %u objects; an extra capability has exactly one of endpoint, signal, irq, "
              "cell, thread, memory, "
              "line (= \"name\"), pool, ram, budget (= <number>), core",
              kinds);
        return;
    }
    tree_read(node, fields, COUNT(fields), extra);
    tree_children(node, no_children);
}

/* Every child of a node becomes a struct of the given size in a list. */
struct children {
    struct list *list;
    size_t size;
    void (*read)(const struct node *node, void *into);
};

static void read_list(const struct node *node, const struct children *children)
{
    struct node child;

    for (bool more = tree_first(node, &child); more; more = tree_next(&child)) {
        void *item = arena_alloc(&node->system->arena, children->size);
        children->read(&child, item);
        list_add(&node->system->arena, children->list, item);
    }
}

static void read_window(const struct node *node, void *into)
{
    struct window *window = into;

    window->name = tree_name(node);
    window->path = node->path;
    tree_read(node, window_fields, COUNT(window_fields), window);
    tree_children(node, no_children);
}

static void read_plan(const struct node *node, void *into)
{
    struct time_plan *plan = into;

    plan->name = tree_name(node);
    plan->path = node->path;
    tree_read(node, plan_fields, COUNT(plan_fields), plan);
    read_list(node, &(struct children){&plan->windows, sizeof(struct window), read_window});
}

static void read_board(const struct node *root)
{
    struct system *system = root->system;
    struct node node;
    struct node child;

    if (!tree_child(root, "board", &node)) {
        fault(&system->faults, RULE_property_missing, "/",
              "there is no board; include one of systems/boards");
        return;
    }
    system->board.path = node.path;
    tree_read(&node, board_fields, COUNT(board_fields), &system->board);
    tree_children(&node, board_children);
    if (tree_child(&node, "gic", &child)) {
        tree_read(&child, gic_fields, COUNT(gic_fields), &system->board);
        tree_children(&child, no_children);
    } else {
        fault(&system->faults, RULE_board_gic, node.path,
              "it has no gic node; describe the interrupt controller");
    }
    if (tree_child(&node, "devices", &child)) {
        tree_read(&child, NULL, 0, NULL);
        read_list(&child,
                  &(struct children){&system->board.devices, sizeof(struct device), read_device});
    }
}

/* The lines of virt's devices that the vmm emulates. */
static uint64_t usual_lines[] = {33, 34};
static struct name usual_line_names[] = {{"uart", "uart"}, {"rtc", "rtc"}};

static void read_cell(const struct node *node, void *into)
{
    struct cell *cell = into;
    struct node child;

    cell->name = tree_name(node);
    cell->path = node->path;
    cell->interrupts = 288;
    cell->core = CORE_UNSAID;
    cell->cpus = 1;
    if (fdt_getprop(node->fdt, node->offset, "guest", NULL) != NULL) {
        cell->kind = CELL_VM;
        tree_read(node, vm_fields, COUNT(vm_fields), cell);
        tree_children(node, no_children);
        if (cell->lines.count == 0 && cell->line_names.count == 0) {
            cell->lines = (struct numbers){usual_lines, COUNT(usual_lines)};
            cell->line_names = (struct names){usual_line_names, COUNT(usual_line_names)};
        }
        return;
    }
    cell->stack = 2 * PAGE;
    cell->slots = 8;
    tree_read(node, native_fields, COUNT(native_fields), cell);
    tree_children(node, cell_children);
    if (tree_child(node, "memory", &child)) {
        tree_entries(&child, &cell->memories);
        tree_children(&child, no_children);
    }
    if (tree_child(node, "values", &child)) {
        tree_entries(&child, &cell->values);
        tree_children(&child, no_children);
    }
    if (tree_child(node, "caps", &child)) {
        tree_read(&child, NULL, 0, NULL);
        read_list(&child, &(struct children){&cell->extras, sizeof(struct extra), read_extra});
    }
}

static void read_warden(const struct node *root)
{
    struct system *system = root->system;
    struct cell *warden = arena_alloc(&system->arena, sizeof *warden);
    struct node node;

    *warden = (struct cell){
        .name = "warden", .path = "/warden", .kind = CELL_WARDEN, .program = "warden"};
    warden->stack = 4 * PAGE;
    warden->priority = 255;
    warden->cpus = 1;
    if (tree_child(root, "warden", &node)) {
        tree_read(&node, warden_fields, COUNT(warden_fields), warden);
        tree_children(&node, no_children);
    }
    list_add(&system->arena, &system->cells, warden);
}

static void read_part(const struct node *root, const char *name, const struct children *children)
{
    struct node node;

    if (tree_child(root, name, &node)) {
        tree_read(&node, NULL, 0, NULL);
        read_list(&node, children);
    }
}

void read_system(struct system *system, const void *fdt, size_t size)
{
    struct node root = {system, fdt, 0, ""};
    struct node node;

    int wrong = fdt_check_full(fdt, size);
    if (wrong != 0) {
        fault(&system->faults, RULE_syntax, system->options->source,
              "the device tree is damaged (%s); build it again", fdt_strerror(wrong));
        return;
    }
    tree_children(&root, root_children);
    read_board(&root);
    if (tree_child(&root, "kernel", &node)) {
        tree_read(&node, kernel_fields, COUNT(kernel_fields), system);
        tree_children(&node, no_children);
    }
    read_warden(&root);
    read_part(&root, "memories",
              &(struct children){&system->shareds, sizeof(struct shared), read_memory});
    read_part(&root, "channels",
              &(struct children){&system->channels, sizeof(struct shared), read_channel});
    read_part(&root, "cells", &(struct children){&system->cells, sizeof(struct cell), read_cell});
    read_part(&root, "plans",
              &(struct children){&system->plans, sizeof(struct time_plan), read_plan});
}
