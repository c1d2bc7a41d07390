/* SPDX-License-Identifier: Apache-2.0 */
/* The RAM of a VM, what lies in it from boot on, and what its vmm copies there at each start.
 *
 * A guest that starts once needs no second copy of its files: large ones are pieces of the system
 * image that are mapped into its RAM, with free RAM around them. Guest and vmm see all extents side
 * by side. */
#include <string.h>

#include "abi/guest.h"
#include "tools/bulkhead/build.h"
#include "tools/bulkhead/guest_dtb.h"

/* Large enough for blocks of its own in the image: 2 MiB at most are lost around it. */
#define IN_PLACE_LEAST (UINT64_C(512) << 10)

/* RAM that grows by one extent after the other. */
struct growing {
    struct cell *vm, *vmm;
    uint64_t at;   /* guest-physical */
    uint64_t here; /* what to add for the vmm's address */
    unsigned count;
};

static void grow(struct system *system, struct growing *ram, struct memory *memory)
{
    uint32_t write = BH_MAP_READ | BH_MAP_WRITE;
    const char *name = ram->count == 0 ? "ram" : arena_format(&system->arena, "ram-%u", ram->count);

    build_view_at(system, ram->vm, memory,
                  (struct cap){.name = name, .ipa = ram->at, .access = write | BH_MAP_EXEC});
    build_view_at(system, ram->vmm, memory,
                  (struct cap){.name = name, .ipa = ram->at + ram->here, .access = write});
    ram->at += memory->size;
    ram->count++;
}

/* Not cleared: no cell has run before, and a guest finds on hardware what firmware left there,
 * too. */
static void grow_free(struct system *system, struct growing *ram, uint64_t to)
{
    if (to > ram->at) {
        struct entry as = {"ram", ram->vm->path, to - ram->at};
        struct memory *memory = build_ram(system, ram->vm, as);
        memory->zero = false;
        grow(system, ram, memory);
    }
}

/* An extent of the image up to 'to', with all parts that lie in it. */
static void grow_filled(struct system *system, struct growing *ram, uint64_t to)
{
    struct memory *memory = build_memory(system, ram->vm, "ram, filled", to - ram->at);
    uint8_t *bytes = arena_alloc(&system->arena, memory->size);

    for (unsigned i = 0; i < ram->vm->layout->count; i++) {
        struct guest_part *part = &ram->vm->layout->parts[i];
        uint64_t offset = part->ipa - ram->at;
        if (part->bytes != NULL && part->ipa >= ram->at && offset < memory->size &&
            part->byte_count <= memory->size - offset) {
            part->in_place = true;
            memcpy(bytes + offset, part->bytes, part->byte_count);
            uint64_t end = offset + part->byte_count;
            memory->byte_count = end > memory->byte_count ? end : memory->byte_count;
        }
    }
    memory->place = PLACE_IMAGE;
    memory->aligned = true;
    memory->rough = true;
    memory->bytes = bytes;
    grow(system, ram, memory);
}

/* The whole blocks of a large part; of another, none. */
static struct range blocks_of(const struct guest_part *part)
{
    uint64_t base = part->ipa & ~(BLOCK - 1);
    bool large = part->bytes != NULL && part->byte_count >= IN_PLACE_LEAST;

    return (struct range){base, large ? align_up(part->ipa + part->byte_count, BLOCK) - base : 0};
}

/* The blocks of the lowest large part from 'at' on, and of those that share one with it. Size 0:
 * there is none. */
static struct range next_filled(const struct guest *guest, uint64_t at)
{
    struct range next = {UINT64_MAX, 0};
    bool more = true;

    for (unsigned i = 0; i < guest->count; i++) {
        struct range blocks = blocks_of(&guest->parts[i]);
        if (blocks.size != 0 && blocks.base >= at && blocks.base < next.base) {
            next = blocks;
        }
    }
    while (more) {
        more = false;
        for (unsigned i = 0; i < guest->count; i++) {
            struct range blocks = blocks_of(&guest->parts[i]);
            uint64_t end = blocks.base + blocks.size;
            if (blocks.base - next.base < next.size && end > next.base + next.size) {
                next.size = end - next.base;
                more = true;
            }
        }
    }
    return next;
}

static void build_extents(struct system *system, struct cell *vm, struct cell *vmm)
{
    uint64_t here = align_up(vmm->next_ipa, BLOCK);
    struct growing ram = {.vm = vm, .vmm = vmm, .at = GUEST_RAM, .here = here - GUEST_RAM};
    uint64_t end = GUEST_RAM + vm->ram;
    struct range filled;

    while (!vm->restart && (filled = next_filled(vm->layout, ram.at)).size != 0) {
        uint64_t last = filled.base + filled.size;
        grow_free(system, &ram, filled.base);
        grow_filled(system, &ram, last < end ? last : end);
    }
    grow_free(system, &ram, end);
    vmm->next_ipa = here + vm->ram + PAGE;
    build_value(system, vmm, "ram-base", GUEST_RAM);
    build_value(system, vmm, "ram-size", vm->ram);
}

/* The header that the vmm reads, the pieces, and then their bytes, each from a page's start on. A
 * copy of the device tree has the same bytes. */
static void build_pieces(struct system *system, struct cell *vmm, const struct guest *guest)
{
    struct guest_image head = {.magic = BH_GUEST_MAGIC,
                               .entry = guest->entry,
                               .dtb = guest->dtb,
                               .in_place = !vmm->vm->restart};
    struct guest_piece pieces[GUEST_PARTS] = {{0, 0, 0}};
    const uint8_t *bytes[GUEST_PARTS] = {NULL};
    uint64_t size = align_up(sizeof head + sizeof pieces, PAGE);

    for (unsigned i = 0; i < guest->count; i++) {
        const struct guest_part *part = &guest->parts[i];
        uint32_t n = head.piece_count;
        if (part->in_place) {
            continue;
        }
        bytes[n] = part->bytes;
        pieces[n] = (struct guest_piece){part->ipa, part->size, 0};
        if (n > 0 && part->bytes != NULL && part->bytes == bytes[n - 1]) {
            pieces[n] = (struct guest_piece){part->ipa, part->byte_count, pieces[n - 1].offset};
        } else if (part->bytes != NULL) {
            pieces[n] = (struct guest_piece){part->ipa, part->byte_count, size};
            size += align_up(part->byte_count, PAGE);
        }
        head.piece_count++;
    }
    uint8_t *data = arena_alloc(&system->arena, size);
    memcpy(data, &head, sizeof head);
    memcpy(data + sizeof head, pieces, sizeof pieces);
    for (unsigned i = 0; i < head.piece_count; i++) {
        if (bytes[i] != NULL) {
            memcpy(data + pieces[i].offset, bytes[i], pieces[i].size);
        }
    }
    struct memory *image = build_memory(system, vmm, "image", size);
    image->place = PLACE_IMAGE;
    image->aligned = size >= BLOCK;
    image->bytes = data;
    image->byte_count = size;
    build_view(system, vmm, "image", image, BH_MAP_READ);
}

void build_guest_ram(struct system *system, struct cell *vm, struct cell *vmm)
{
    build_extents(system, vm, vmm);
    build_pieces(system, vmm, vm->layout);
}
