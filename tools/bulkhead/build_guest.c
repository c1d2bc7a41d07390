/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a VM: kernel, initrd and device tree, found, laid out and put where its vmm finds
 * them. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/file.h"
#include "tools/bulkhead/guest_dtb.h"

static const char *path_of(struct system *system, const char *name, const char *suffix)
{
    return *name == '/'
               ? arena_format(&system->arena, "%s%s", name, suffix)
               : arena_format(&system->arena, "%s/%s%s", system->options->files, name, suffix);
}

static bool is_file(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* what: "guest", "initrd": how the description calls it. */
static struct bytes read_whole(struct system *system, const struct cell *vm, const char *what,
                               const char *path)
{
    struct bytes file = file_read(system, path);

    if (file.data == NULL || file.size == 0) {
        const char *why = file.data == NULL ? strerror(errno) : "it is empty";
        fault(&system->faults, RULE_program_missing, vm->path,
              "its %s '%s' cannot be read (%s); build it, or say with --files where it is", what,
              path, why);
        file.data = NULL;
    }
    return file;
}

/* The first of NAME, NAME.bin and NAME.elf that is there. */
static struct bytes read_guest(struct system *system, const struct cell *vm)
{
    static const char *const suffixes[] = {"", ".bin", ".elf"};

    for (unsigned i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        const char *path = path_of(system, vm->guest, suffixes[i]);
        if (is_file(path)) {
            return read_whole(system, vm, "guest", path);
        }
    }
    fault(&system->faults, RULE_program_missing, vm->path,
          "its guest '%s' is not there: neither %s, nor that with .bin or .elf; build it, or say "
          "with --files where it is",
          vm->guest, path_of(system, vm->guest, ""));
    return (struct bytes){NULL, 0};
}

static bool place_kernel(struct system *system, struct cell *vm, struct guest *guest)
{
    struct bytes file = read_guest(system, vm);

    if (file.data == NULL) {
        return false;
    }
    const char *wrong = guest_read(guest, file.data, file.size);
    if (wrong != NULL) {
        fault(&system->faults, RULE_guest_format, vm->path, "its guest '%s' cannot be used: %s",
              vm->guest, wrong);
        return false;
    }
    wrong = guest_check(guest);
    if (wrong != NULL) {
        fault(&system->faults, RULE_vm_guest, vm->path, "its guest '%s' does not fit: %s",
              vm->guest, wrong);
    }
    return wrong == NULL;
}

static bool place_initrd(struct system *system, struct cell *vm, struct guest *guest,
                         struct range *where)
{
    if (vm->initrd == NULL) {
        return true;
    }
    if (guest->kind == GUEST_ELF) {
        fault(&system->faults, RULE_guest_initrd, vm->path,
              "it has an initrd '%s', but its guest '%s' is an ELF file, which is not told of one; "
              "use the arm64 Image, or leave the initrd out",
              vm->initrd, vm->guest);
        return false;
    }
    struct bytes file = read_whole(system, vm, "initrd", path_of(system, vm->initrd, ""));
    if (file.data == NULL) {
        return false;
    }
    const char *wrong = guest_place_initrd(guest, file.data, file.size);
    if (wrong != NULL) {
        fault(&system->faults, RULE_vm_guest, vm->path, "%s", wrong);
        return false;
    }
    *where = (struct range){guest->parts[guest->count - 1].ipa, file.size};
    return true;
}

static bool place_dtb(struct system *system, struct cell *vm, struct guest *guest,
                      const struct guest_machine *machine)
{
    struct bytes tree = {NULL, 0};

    if (vm->dtb == NULL) {
        tree = guest_dtb_make(&system->arena, machine);
    } else {
        struct bytes file = read_whole(system, vm, "dtb", path_of(system, vm->dtb, ""));
        if (file.data == NULL) {
            return false;
        }
        tree = guest_dtb_patch(&system->arena, file, machine);
    }
    if (tree.data == NULL) {
        fault(&system->faults, RULE_guest_dtb, vm->path,
              "%s%s%s is not a device tree of at most 2 MiB; %s",
              vm->dtb == NULL ? "with these bootargs its device tree" : "its dtb '",
              vm->dtb == NULL ? "" : vm->dtb, vm->dtb == NULL ? "" : "'",
              vm->dtb == NULL ? "shorten them" : "compile it with dtc -O dtb");
        return false;
    }
    const char *wrong = guest_place_dtb(guest, tree.data, tree.size);
    if (wrong != NULL) {
        fault(&system->faults, RULE_vm_guest, vm->path, "%s", wrong);
    }
    return wrong == NULL;
}

/* Only a VM that has more than its machine is told so. */
static struct range build_guest_start(struct system *system, struct cell *vm)
{
    if (vm->caps.count == vm->machine_caps && vm->values.count == 0) {
        return (struct range){0, 0};
    }
    uint64_t next = vm->next_ipa;
    vm->next_ipa = GUEST_START;
    vm->start_ipa = build_start_page(system, vm)->ipa;
    vm->next_ipa = next;
    if (vm->start->size > GUEST_START_SIZE) {
        fault(&system->faults, RULE_slots_few, vm->path,
              "it has more capabilities and values than a start page of 64 KiB lists; give it "
              "fewer");
    }
    return (struct range){vm->start_ipa, vm->start->size};
}

void build_guest(struct system *system, struct cell *vm)
{
    struct guest *guest = arena_alloc(&system->arena, sizeof *guest);
    struct guest_machine machine = {.ram = {GUEST_RAM, vm->ram},
                                    .gic = vm->gic,
                                    .cpus = (uint32_t)vm->cpus,
                                    .bootargs = vm->bootargs};
    struct cell *vmm = vm->kind != CELL_VM ? NULL : build_find_cell(system, vm->vmm);

    if (vmm == NULL || vmm->vm != vm || !build_size_good(system, vm->path, "ram", vm->ram)) {
        return;
    }
    machine.start = build_guest_start(system, vm);
    guest->arena = &system->arena;
    guest->ram = machine.ram;
    if (place_kernel(system, vm, guest) && place_initrd(system, vm, guest, &machine.initrd) &&
        place_dtb(system, vm, guest, &machine)) {
        vm->layout = guest;
        build_guest_ram(system, vm, vmm);
    }
}
