/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the formats of guest images: ELF64, arm64 Image (Linux: arm64/booting.rst), raw. */
#include "cells/vmm/image.h"

#include <stdbool.h>

#include "cells/lib/cache.h"
#include "cells/lib/string.h"

#define RAW_OFFSET          UINT64_C(0x80000)
#define ELF_IDENT           UINT64_C(0x010102464c457f) /* \x7fELF, 64 bits, LE, version 1 */
#define ELF_IDENT_MASK      UINT64_C(0xffffffffffffff)
#define ELF_MACHINE_AARCH64 183
#define ELF_TYPE_EXEC       2
#define ELF_LOAD            1
#define IMAGE_MAGIC         0x644d5241U /* "ARM\x64" */

struct elf_header {
    uint64_t ident[2];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t segments; /* file offset of the program headers */
    uint64_t sections;
    uint32_t flags;
    uint16_t header_size;
    uint16_t segment_size;
    uint16_t segment_count;
    uint16_t section_size, section_count, section_names;
};

struct elf_segment {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t virtual;
    uint64_t physical;
    uint64_t file_size;
    uint64_t memory_size;
    uint64_t align;
};

_Static_assert(sizeof(struct elf_header) == 64, "ELF64");
_Static_assert(sizeof(struct elf_segment) == 56, "ELF64");

struct arm64_header {
    uint32_t code[2];
    uint64_t text_offset;
    uint64_t image_size; /* with what is zeroed at the end; 0 in old images */
    uint64_t flags;
    uint64_t reserved[3];
    uint32_t magic;
    uint32_t reserved5;
};

_Static_assert(sizeof(struct arm64_header) == 64, "arm64 Image");

static bool inside(uint64_t start, uint64_t size, uint64_t base, uint64_t room)
{
    return start >= base && start - base <= room && size <= room - (start - base);
}

/* Copy bytes to a guest-physical address and zero what follows up to memory_size. */
static bool place(const struct ram *ram, uint64_t address, const void *from, size_t bytes,
                  uint64_t memory_size)
{
    uint8_t *to;

    if (bytes > memory_size || !inside(address, memory_size, ram->base, ram->size)) {
        return false;
    }
    to = ram->here + (address - ram->base);
    memcpy(to, from, bytes);
    memset(to + bytes, 0, memory_size - bytes);
    cache_clean(to, memory_size);
    return true;
}

/* An entry address is virtual; the guest starts at the physical address of the same place. */
static void find_entry(const struct elf_header *elf, const struct elf_segment *s, uint64_t *entry)
{
    if (inside(elf->entry, 1, s->virtual, s->memory_size)) {
        *entry = s->physical + (elf->entry - s->virtual);
    }
}

static const char *load_elf(const struct ram *ram, const uint8_t *image, size_t size,
                            uint64_t *entry)
{
    struct elf_header elf;
    bool loaded = false;

    memcpy(&elf, image, sizeof(elf));
    if (elf.type != ELF_TYPE_EXEC || elf.machine != ELF_MACHINE_AARCH64 ||
        elf.segment_size != sizeof(struct elf_segment)) {
        return "it is an ELF file, but not an AArch64 executable";
    }
    *entry = elf.entry;
    for (unsigned i = 0; i < elf.segment_count; i++) {
        struct elf_segment s;
        uint64_t at = elf.segments + i * sizeof(s);

        if (!inside(at, sizeof(s), 0, size)) {
            return "its ELF program headers are outside the file";
        }
        memcpy(&s, image + at, sizeof(s));
        if (s.type != ELF_LOAD || s.memory_size == 0) {
            continue;
        }
        if (!inside(s.offset, s.file_size, 0, size)) {
            return "an ELF segment is outside the file";
        }
        if (!place(ram, s.physical, image + s.offset, s.file_size, s.memory_size)) {
            return "an ELF segment lies outside the RAM of the VM";
        }
        find_entry(&elf, &s, entry);
        loaded = true;
    }
    return loaded ? NULL : "it is an ELF file with nothing to load";
}

static const char *load_arm64(const struct ram *ram, const uint8_t *image, size_t size,
                              uint64_t *entry)
{
    struct arm64_header header;
    uint64_t offset;
    uint64_t extent;

    memcpy(&header, image, sizeof(header));
    offset = header.image_size == 0 ? RAW_OFFSET : header.text_offset;
    extent = header.image_size > size ? header.image_size : size;
    *entry = ram->base + offset;
    if (!inside(offset, extent, 0, ram->size) || !place(ram, *entry, image, size, size)) {
        return "the arm64 Image does not fit into the RAM of the VM";
    }
    return NULL;
}

const char *image_load(const struct ram *ram, const void *image, size_t size, uint64_t *entry)
{
    uint64_t ident = 0;
    uint32_t magic = 0;

    if (size >= sizeof(struct elf_header)) {
        memcpy(&ident, image, sizeof(ident));
        memcpy(&magic, (const uint8_t *)image + offsetof(struct arm64_header, magic),
               sizeof(magic));
    }
    if ((ident & ELF_IDENT_MASK) == ELF_IDENT) {
        return load_elf(ram, image, size, entry);
    }
    if (magic == IMAGE_MAGIC) {
        return load_arm64(ram, image, size, entry);
    }
    *entry = ram->base + RAW_OFFSET;
    return place(ram, *entry, image, size, size) ? NULL : "it does not fit into the RAM of the VM";
}
