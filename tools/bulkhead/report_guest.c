/* SPDX-License-Identifier: Apache-2.0 */
/* The report's part about a VM: what its guest starts with, and its virtual interrupts. */
#include "tools/bulkhead/build.h"
#include "tools/bulkhead/report.h"

static void write_layout(const struct guest *guest, FILE *out)
{
    static const char *const kinds[] = {
        [GUEST_IMAGE] = "arm64 Image", [GUEST_ELF] = "ELF executable", [GUEST_RAW] = "raw binary"};
    char size[SIZE_TEXT];

    fprintf(out, "        guest: %s, entry 0x%llx, device tree 0x%llx\n", kinds[guest->kind],
            (unsigned long long)guest->entry, (unsigned long long)guest->dtb);
    for (unsigned i = 0; i < guest->count; i++) {
        const struct guest_part *part = &guest->parts[i];
        fprintf(out, "        0x%09llx-0x%09llx %10s  %s%s\n", (unsigned long long)part->ipa,
                (unsigned long long)(part->ipa + part->size - 1), size_text(size, part->size),
                part->what, part->in_place ? ", in place" : "");
    }
}

static void write_devices(const struct system *system, const struct cell *vm, FILE *out)
{
    for (unsigned i = 0; i < vm->devices.count; i++) {
        const struct device *device = build_find_device(system, vm->devices.items[i].target);
        for (unsigned k = 0; k < device->interrupts.count; k++) {
            fprintf(out, "        interrupt %llu: device '%s' of the board\n",
                    (unsigned long long)device->interrupts.items[k], device->name);
        }
    }
}

void report_guest(const struct system *system, const struct cell *vm, FILE *out)
{
    if (vm->layout != NULL) {
        write_layout(vm->layout, out);
    }
    for (unsigned i = 0; i < vm->lines.count; i++) {
        fprintf(out, "        interrupt %llu: line '%s' of %s\n",
                (unsigned long long)vm->lines.items[i], vm->line_names.items[i].local, vm->vmm);
    }
    write_devices(system, vm, out);
    for (unsigned i = 0; i < system->pulses.count; i++) {
        const struct pulse *pulse = system->pulses.items[i];
        if (pulse->line->owner == vm) {
            fprintf(out, "        interrupt %llu: signal '%s'\n",
                    (unsigned long long)pulse->line->number, pulse->signal.name);
        }
    }
}
