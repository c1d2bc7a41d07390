/* SPDX-License-Identifier: Apache-2.0 */
/* What memory a native cell sees and where in its space: program, stack, private, shared,
 * devices. */
#include <errno.h>
#include <string.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/file.h"
#include "tools/bulkhead/guest_dtb.h"
#include "tools/bulkhead/partition.h"
#include "tools/bulkhead/sizes.h"

struct memory *build_memory(struct system *system, struct cell *owner, const char *use,
                            uint64_t size)
{
    struct memory *memory = arena_alloc(&system->arena, sizeof *memory);

    memory->object = (struct object){.type = BH_MEMORY, .name = use};
    memory->path = owner == NULL ? "/" : owner->path;
    memory->use = use;
    memory->owner = owner;
    memory->size = size;
    list_add(&system->arena, &system->memories, memory);
    return memory;
}

bool build_size_good(struct system *system, const char *path, const char *name, uint64_t size)
{
    char limit[SIZE_TEXT];

    if (size > kernel_memory_max) {
        fault(&system->faults, RULE_memory_size, path,
              "memory '%s' has 0x%llx bytes, and one memory has at most %s; divide it", name,
              (unsigned long long)size, size_text(limit, kernel_memory_max));
        return false;
    }
    if (size == 0 || size % PAGE != 0) {
        fault(&system->faults, RULE_memory_size, path,
              "memory '%s' has %llu bytes, which is not a number of pages; make it KIB(%llu)", name,
              (unsigned long long)size,
              (unsigned long long)align_up(size == 0 ? 1 : size, PAGE) / 1024);
        return false;
    }
    return true;
}

struct memory *build_ram(struct system *system, struct cell *owner, struct entry as)
{
    bool good = build_size_good(system, as.path, as.name, as.number);
    struct memory *memory = build_memory(system, owner, as.name, good ? as.number : PAGE);

    memory->path = as.path;
    memory->place = PLACE_RAM;
    memory->zero = true;
    memory->aligned = memory->size >= BLOCK;
    return memory;
}

bool build_sealed(const struct cell *cell, const struct cap *cap)
{
    const struct memory *memory = cap->memory;

    return cell->sealed && memory != NULL && memory->owner == cell && memory->kind == BH_RAM &&
           cap->access != 0;
}

static void view_map(struct cell *cell, struct cap *cap, uint64_t ipa, uint32_t access)
{
    cap->ipa = ipa;
    cap->access = access;
    cap->rights = (uint8_t)access; /* the bits of enum bh_access are those of the rights */
    cap->rights |= build_sealed(cell, cap) ? (uint8_t)BH_MEMORY_SEAL : 0;
    if (cell->kind == CELL_WARDEN) {
        cap->memory->boot_ipa = ipa;
        cap->memory->boot_access = access;
    }
}

struct cap *build_view_at(struct system *system, struct cell *cell, struct memory *memory,
                          struct cap as)
{
    struct cap *cap = build_cap(system, cell, as.name, &memory->object);

    cap->memory = memory;
    view_map(cell, cap, as.ipa, as.access);
    return cap;
}

/* A page stays free between any two memories, so that running over the end of one is a fault. */
struct cap *build_view(struct system *system, struct cell *cell, const char *name,
                       struct memory *memory, uint32_t access)
{
    uint64_t alignment = memory->size >= BLOCK ? BLOCK : PAGE;
    uint64_t ipa = align_up(cell->next_ipa, alignment);
    struct cap *cap = build_view_at(system, cell, memory,
                                    (struct cap){.name = name, .ipa = ipa, .access = access});

    cell->next_ipa = ipa + memory->size + PAGE;
    if (cell->kind == CELL_VM && (memory->size > GUEST_RAM || cell->next_ipa > GUEST_RAM)) {
        fault(&system->faults, RULE_number_range, cell->path,
              "its memories need more than the 832 MiB of addresses below its RAM, with '%s'; "
              "make it smaller",
              name);
        cell->next_ipa = GUEST_START;
    }
    if (memory->size > ELF_HIGHEST || cell->next_ipa > 2 * ELF_HIGHEST) {
        fault(&system->faults, RULE_number_range, cell->path,
              "its memories need more than the 512 GiB of address space that a cell has, with "
              "'%s'; make it smaller",
              name);
        cell->next_ipa = ELF_HIGHEST;
    }
    return cap;
}

/* "text", "rodata", "data"; if there are several, the later ones with their number in the file. */
static const char *segment_name(struct system *system, const struct elf *elf, unsigned number)
{
    uint32_t access = elf->segments[number].access;
    const char *name = access & BH_MAP_EXEC ? "text" : access & BH_MAP_WRITE ? "data" : "rodata";

    for (unsigned i = 0; i < number; i++) {
        if (elf->segments[i].access == access) {
            return arena_format(&system->arena, "%s-%u", name, number);
        }
    }
    return name;
}

/* A restarted cell starts with its data as in the file. The warden keeps a copy that nobody else
 * sees, and sees what the cell has made of the original. */
static void build_pristine(struct system *system, struct cell *cell, struct memory *data)
{
    struct cell *warden = system->cells.items[0];
    struct memory *pristine = build_memory(system, warden, "pristine data", data->size);
    const char *text = arena_format(&system->arena, "pristine %s %u", data->use, cell->index);
    struct plan_copy *copy = arena_alloc(&system->arena, sizeof *copy);

    pristine->path = cell->path;
    pristine->place = PLACE_IMAGE;
    pristine->bytes = data->bytes;
    pristine->byte_count = data->byte_count;
    copy->size = data->size;
    copy->from = build_view(system, warden, text, pristine, BH_MAP_READ)->ipa;
    text = arena_format(&system->arena, "%s %u", data->use, cell->index);
    copy->to = build_view(system, warden, text, data, BH_MAP_READ | BH_MAP_WRITE)->ipa;
    list_add(&system->arena, &cell->copies, copy);
}

/* What is in the file lies in the image, in place; what is zero is RAM, but for the warden,
 * which must be complete at boot. */
static void build_segment(struct system *system, struct cell *cell, unsigned number)
{
    const struct elf_segment *segment = &cell->elf.segments[number];
    const char *use = segment_name(system, &cell->elf, number);
    uint64_t size = align_up(segment->size, PAGE);
    uint64_t filled = align_up(segment->byte_count, PAGE);
    uint64_t ipa = segment->address;

    if (cell->kind == CELL_WARDEN) {
        filled = size;
    }
    if (filled != 0) {
        struct memory *memory = build_memory(system, cell, use, filled);
        memory->place = PLACE_IMAGE;
        memory->bytes = segment->bytes;
        memory->byte_count = segment->byte_count;
        build_view_at(system, cell, memory,
                      (struct cap){.name = use, .ipa = ipa, .access = segment->access});
        if (cell_restarts(cell) && (segment->access & BH_MAP_WRITE) != 0) {
            build_pristine(system, cell, memory);
        }
    }
    if (size > filled) {
        const char *name = arena_format(&system->arena, "%s-bss", use);
        struct memory *memory =
            build_ram(system, cell, (struct entry){name, cell->path, size - filled});
        build_view_at(system, cell, memory,
                      (struct cap){.name = name, .ipa = ipa + filled, .access = segment->access});
    }
}

static const char *program_path(struct system *system, const struct cell *cell)
{
    const char *suffix = strchr(cell->program, '.') == NULL ? ".elf" : "";

    return arena_format(&system->arena, "%s/%s%s", system->options->files, cell->program, suffix);
}

void build_program(struct system *system, struct cell *cell)
{
    cell->next_ipa = UINT64_C(0x400000);
    if (cell->program == NULL) {
        return;
    }
    const char *path = program_path(system, cell);
    struct bytes file = file_read(system, path);
    if (file.data == NULL) {
        fault(&system->faults, RULE_program_missing, cell->path,
              "its program '%s' cannot be read (%s: %s); build it, or say with --files where it is",
              cell->program, path, strerror(errno));
        return;
    }
    const char *wrong = elf_read(&cell->elf, file.data, file.size);
    if (wrong != NULL) {
        fault(&system->faults, RULE_program_format, cell->path,
              "its program '%s' cannot be used: %s", path, wrong);
        return;
    }
    for (unsigned i = 0; i < cell->elf.segment_count; i++) {
        build_segment(system, cell, i);
    }
    cell->next_ipa = cell->elf.end + PAGE;
}

struct memory *build_shared(struct system *system, struct shared *shared)
{
    if (shared->memory == NULL) {
        shared->memory =
            build_ram(system, NULL, (struct entry){shared->name, shared->path, shared->size});
        shared->memory->kind = shared->uncached ? BH_UNCACHED : BH_RAM;
    }
    return shared->memory;
}

static void view_shared(struct system *system, struct cell *cell, const struct name *name,
                        uint32_t access)
{
    struct shared *shared = build_find_shared(&system->shareds, name->target);
    const struct time_plan *plan = partition_find(system, name->target);

    if (plan != NULL && access == BH_MAP_READ) {
        build_view(system, cell, name->local, plan->page, access);
        return;
    }
    if (shared == NULL) {
        fault(&system->faults, RULE_memory_unknown, cell->path,
              "it asks for memory '%s', which is not among /memories; add it there with its size",
              name->target);
        return;
    }
    build_view(system, cell, name->local, build_shared(system, shared), access);
}

static void build_stack(struct system *system, struct cell *cell)
{
    struct memory *stack =
        build_ram(system, cell, (struct entry){"stack", cell->path, cell->stack});

    if (cell->kind == CELL_WARDEN) {
        stack->place = PLACE_IMAGE;
        stack->zero = false;
    }
    struct cap *cap = build_view(system, cell, "stack", stack, BH_MAP_READ | BH_MAP_WRITE);
    cell->sp = cap->ipa + stack->size;
}

void build_memories(struct system *system, struct cell *cell)
{
    build_stack(system, cell);
    for (unsigned i = 0; i < cell->memories.count; i++) {
        const struct entry *entry = cell->memories.items[i];
        struct memory *memory =
            build_ram(system, cell, (struct entry){entry->name, cell->path, entry->number});
        build_view(system, cell, entry->name, memory, BH_MAP_READ | BH_MAP_WRITE);
    }
    build_shared_views(system, cell);
}

void build_shared_views(struct system *system, struct cell *cell)
{
    for (unsigned i = 0; i < cell->reads.count; i++) {
        view_shared(system, cell, &cell->reads.items[i], BH_MAP_READ);
    }
    for (unsigned i = 0; i < cell->writes.count; i++) {
        view_shared(system, cell, &cell->writes.items[i], BH_MAP_READ | BH_MAP_WRITE);
    }
}

/* What the start page of a cell lists, with what comes behind it. */
static uint64_t start_size(const struct cell *cell)
{
    size_t size = sizeof(struct start_info);

    for (unsigned i = 0; i < cell->caps.count; i++) {
        const struct cap *cap = cell->caps.items[i];
        size += cap->memory != NULL ? sizeof(struct start_memory) : sizeof(struct start_cap);
    }
    size_t more = cell->kind == CELL_VM ? 2 * GUEST_PARTS : 2; /* RAM comes later */
    size += more * sizeof(struct start_memory) + cell->values.count * sizeof(struct start_value);
    return align_up(size, PAGE);
}

struct cap *build_start_page(struct system *system, struct cell *cell)
{
    if (cell->kind != CELL_WARDEN) {
        cell->slot_first = build_value(system, cell, "slot-first", 0);
        cell->slot_count = build_value(system, cell, "slot-count", 0);
    }
    cell->start = build_memory(system, cell, "start", start_size(cell));
    cell->start->place = PLACE_IMAGE;
    return build_view(system, cell, "start", cell->start, BH_MAP_READ);
}

void build_start(struct system *system, struct cell *cell)
{
    if (cell->kind == CELL_VM) {
        return; /* build_guest has seen to it */
    }
    cell->start_ipa = build_start_page(system, cell)->ipa;
    if (cell->kind == CELL_WARDEN) {
        system->plan = build_memory(system, cell, "plan", PAGE); /* its size comes with the plan */
        system->plan->place = PLACE_IMAGE;
        build_view(system, cell, "plan", system->plan, BH_MAP_READ);
    }
}
