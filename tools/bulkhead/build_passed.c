/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of the board that a VM has itself: registers where they are, interrupts as numbered. */
#include "tools/bulkhead/build.h"
#include "tools/bulkhead/guest_dtb.h"

#define ADDRESSES (UINT64_C(1) << 39) /* that a cell has */

bool build_is_passed(const struct system *system, const struct cell *vm, uint64_t interrupt)
{
    for (unsigned i = 0; i < vm->devices.count; i++) {
        const struct device *device = build_find_device(system, vm->devices.items[i].target);
        for (unsigned k = 0; device != NULL && k < device->interrupts.count; k++) {
            if (device->interrupts.items[k] == interrupt) {
                return true;
            }
        }
    }
    return false;
}

/* What the guest finds there, so that a device cannot be; NULL: it can. */
static const char *what_is_at(const struct cell *vm, const struct range *registers)
{
    const struct {
        struct range range;
        const char *what;
    } places[] = {{{0x08000000, 0x01000000}, "its interrupt controller is"},
                  {{0x0b000000, GUEST_RAM - 0x0b000000}, "its memories are"},
                  {{GUEST_RAM, vm->ram}, "its RAM is"},
                  {{ADDRESSES, ~UINT64_C(0) - ADDRESSES}, "no cell has addresses"}};

    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct range *place = &places[i].range;
        if (registers->base < place->base + place->size &&
            place->base < registers->base + registers->size) {
            return places[i].what;
        }
    }
    return NULL;
}

static void pass_registers(struct system *system, struct cell *vm, const struct device *device,
                           const char *name)
{
    for (unsigned i = 0; i < device->registers.count; i++) {
        const struct range *range = &device->registers.items[i];
        const char *local = i == 0 ? name : arena_format(&system->arena, "%s-%u", name, i);
        const char *what = what_is_at(vm, range);
        if (what != NULL) {
            fault(&system->faults, RULE_vm_device, vm->path,
                  "its device '%s' is at 0x%llx, where %s; give it to a native cell", device->name,
                  (unsigned long long)range->base, what);
            continue;
        }
        build_view_at(
            system, vm, device->memories[i],
            (struct cap){.name = local, .ipa = range->base, .access = BH_MAP_READ | BH_MAP_WRITE});
    }
}

static void check_passed(struct system *system, const struct cell *vm, const struct device *device)
{
    if (device->dma) {
        fault(&system->faults, RULE_vm_device, vm->path,
              "its device '%s' writes to memory by itself (dma), at addresses of the board, which "
              "are not the guest's; give it to a native cell",
              device->name);
    }
    for (unsigned i = 0; i < device->interrupts.count; i++) {
        if (device->interrupts.items[i] >= vm->interrupts) {
            fault(&system->faults, RULE_vm_interrupts, vm->path,
                  "its device '%s' has interrupt %llu, and it has only %llu; raise interrupts",
                  device->name, (unsigned long long)device->interrupts.items[i],
                  (unsigned long long)vm->interrupts);
        }
    }
}

void build_passed(struct system *system, struct cell *vm, struct cell *vmm)
{
    for (unsigned i = 0; i < vm->devices.count; i++) {
        const struct name *name = &vm->devices.items[i];
        const struct device *device = build_device(system, vm, name->target);
        if (device != NULL) {
            check_passed(system, vm, device);
            pass_registers(system, vm, device, name->local);
            build_irqs(system, vmm, device, name->local, false);
        }
    }
}
