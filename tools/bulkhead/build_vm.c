/* SPDX-License-Identifier: Apache-2.0 */
/* What a VM has, and what its vmm gets to run it. */
#include "tools/bulkhead/build.h"

/* The line to an interrupt of one of its processors. */
static struct object *line_to(struct system *system, struct cell *vm, struct object *vcpu,
                              uint64_t interrupt)
{
    for (unsigned i = 0; i < system->lines.count; i++) {
        struct object *line = system->lines.items[i];
        if (line->of == vcpu && line->number == interrupt) {
            return line;
        }
    }
    if (interrupt < 32 || interrupt >= vm->interrupts) {
        fault(
            &system->faults, RULE_vm_interrupts, vm->path,
            "it has no virtual interrupt %llu for a line (those below 32 are its processor's); use "
            "32 to %llu, or raise interrupts",
            (unsigned long long)interrupt, (unsigned long long)vm->interrupts - 1);
    }
    struct object *line = arena_alloc(&system->arena, sizeof *line);
    *line = (struct object){
        .type = BH_LINE, .name = vm->name, .cell = vm, .of = vcpu, .number = interrupt};
    line->owner = vm;
    list_add(&system->arena, &system->lines, line);
    return line;
}

struct object *build_line(struct system *system, struct cell *vm, uint64_t interrupt)
{
    return line_to(system, vm, &vm->processors[0].thread, interrupt);
}

/* "vcpu" and "uart-line" of the first processor, "vcpu-1" and "uart-line-1" of the next. */
const char *build_processor_name(struct system *system, const char *name, uint64_t cpu)
{
    return cpu == 0 ? name : arena_format(&system->arena, "%s-%llu", name, (unsigned long long)cpu);
}

static void build_lines(struct system *system, struct cell *vm, struct cell *vmm)
{
    if (vm->lines.count != vm->line_names.count) {
        fault(&system->faults, RULE_vm_interrupts, vm->path,
              "it has %u lines and %u line-names; name every line", vm->lines.count,
              vm->line_names.count);
        return;
    }
    for (unsigned i = 0; i < vm->lines.count; i++) {
        for (unsigned k = 0; k < i; k++) {
            if (vm->lines.items[k] == vm->lines.items[i]) {
                fault(&system->faults, RULE_vm_interrupts, vm->path,
                      "virtual interrupt %llu is line '%s' and line '%s'; give one of them another",
                      (unsigned long long)vm->lines.items[i], vm->line_names.items[k].local,
                      vm->line_names.items[i].local);
            }
        }
        const char *name = arena_format(&system->arena, "%s-line", vm->line_names.items[i].local);
        for (uint64_t cpu = 0; cpu < vm->cpus; cpu++) {
            struct object *line =
                line_to(system, vm, &vm->processors[cpu].thread, vm->lines.items[i]);
            struct cap *cap = build_cap(system, vmm, build_processor_name(system, name, cpu), line);
            cap->rights = BH_LINE_SEND;
        }
    }
}

/* On GICv2 the guest's CPU interface is the hardware's virtual one; on GICv3 it is registers. */
static void build_guest_gic(struct system *system, struct cell *vm, struct cell *vmm)
{
    const struct board *board = &system->board;
    bool two = board->cpu_interface.count != 0 && board->guest_interface.count != 0;

    if (vm->gic == 0) {
        vm->gic = board->redistributors.count != 0 ? 3 : 2;
    }
    if (!(vm->gic == 2 && two) && !(vm->gic == 3 && board->redistributors.count != 0)) {
        fault(&system->faults, RULE_number_range, vm->path,
              "gic is %llu; it must be a version, 2 or 3, that the board's gic node describes",
              (unsigned long long)vm->gic);
        return;
    }
    build_value(system, vmm, "gic", vm->gic);
    if (vm->gic == 2) {
        const struct range *range = &board->guest_interface.items[0];
        if (system->guest_interface == NULL) {
            system->guest_interface = build_memory(system, NULL, "gicv", range->size);
            system->guest_interface->path = board->path;
            system->guest_interface->kind = BH_DEVICE;
            system->guest_interface->place = PLACE_FIXED;
            system->guest_interface->base = range->base;
        }
        build_view_at(system, vm, system->guest_interface,
                      (struct cap){.name = "gicv",
                                   .ipa = GUEST_CPU_INTERFACE,
                                   .access = BH_MAP_READ | BH_MAP_WRITE});
    }
}

static struct cell *vmm_find(struct system *system, const struct cell *vm)
{
    struct cell *vmm = vm->vmm == NULL ? NULL : build_find_cell(system, vm->vmm);

    if (vm->vmm == NULL) {
        return NULL; /* said already: the property is missing */
    }
    if (vmm == NULL || vmm->kind != CELL_NATIVE) {
        fault(&system->faults, RULE_vm_vmm, vm->path,
              "its vmm '%s' is not a native cell (there is %s); add a cell of that name with "
              "program = \"vmm\"",
              vm->vmm, build_cell_names(system));
        return NULL;
    }
    if (vmm->vm != NULL) {
        fault(&system->faults, RULE_vm_vmm, vm->path,
              "its vmm '%s' is already that of %s; every VM has its own", vm->vmm, vmm->vm->path);
        return NULL;
    }
    if (vmm->restart && !vm->restart) {
        fault(&system->faults, RULE_vm_vmm, vm->path,
              "its vmm '%s' has restart, but it has not, so that there is nothing to start it from "
              "again; add restart here, too",
              vm->vmm);
    }
    return vmm;
}

/* The pages of its vCPUs (abi/vcpu_page.h): memory of its pool, which both it and its vmm see. */
static void build_pages(struct system *system, struct cell *vm, struct cell *vmm)
{
    for (uint64_t cpu = 0; cpu < vm->cpus; cpu++) {
        const char *name = build_processor_name(system, "priority", cpu);
        struct memory *page = arena_alloc(&system->arena, sizeof *page);

        *page = (struct memory){.path = vm->path, .use = name, .owner = vm, .size = PAGE};
        page->object = (struct object){
            .type = BH_MEMORY, .name = name, .cell = vm, .owner = vm, .number = PAGE};
        list_add(&system->arena, &system->extras, &page->object);
        list_add(&system->arena, &vm->pages, page);
        build_view(system, vm, name, page, BH_MAP_READ | BH_MAP_WRITE);
        build_view(system, vmm, name, page, BH_MAP_READ | BH_MAP_WRITE);
    }
    build_value(system, vm, "priority", vm->priority);
}

/* The vmm drives the lines of its devices; what others may raise has one place for good. */
static bool is_device_line(const struct cell *vm, uint64_t interrupt)
{
    for (unsigned i = 0; i < vm->lines.count; i++) {
        if (vm->lines.items[i] == interrupt) {
            return true;
        }
    }
    return false;
}

void build_fixed(struct system *system, struct cell *vm)
{
    for (unsigned i = 0; i < system->lines.count && vm->fixed != NULL; i++) {
        const struct object *line = system->lines.items[i];
        if (line->cell == vm && line->number < vm->fixed->number &&
            !is_device_line(vm, line->number)) {
            vm->fixed->number = line->number;
        }
    }
}

void build_vm(struct system *system, struct cell *vm)
{
    if (vm->kind != CELL_VM) {
        return;
    }
    struct cell *vmm = vmm_find(system, vm);
    if (vmm == NULL) {
        return;
    }
    vmm->vm = vm;
    struct endpoint *exits = arena_alloc(&system->arena, sizeof *exits);
    exits->object = (struct object){.type = BH_ENDPOINT,
                                    .name = arena_format(&system->arena, "%s exits", vm->name)};
    exits->server = vmm;
    exits->exits = true;
    list_add(&system->arena, &system->endpoints, exits);
    vm->handler = exits;

    for (uint64_t cpu = 0; cpu < vm->cpus; cpu++) {
        const char *name = build_processor_name(system, "vcpu", cpu);
        build_cap(system, vmm, name, &vm->processors[cpu].thread)->rights =
            BH_VCPU_CONTROL | BH_VCPU_READ;
    }
    build_guest_gic(system, vm, vmm);
    build_passed(system, vm, vmm);
    vm->machine_caps = vm->caps.count;
    vm->next_ipa = GUEST_START + GUEST_START_SIZE;
    build_shared_views(system, vm);
    if (vm->posts) {
        build_pages(system, vm, vmm);
    }
    build_lines(system, vm, vmm);
    build_value(system, vmm, "interrupts", vm->interrupts);
    build_value(system, vmm, "cpus", vm->cpus);
    vm->fixed = build_value(system, vmm, "fixed", vm->interrupts);
}
