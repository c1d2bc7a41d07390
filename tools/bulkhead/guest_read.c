/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's kernel file says of itself: arm64 Image, ELF executable, or nothing (raw). */
#include <elf.h>
#include <string.h>

#include "tools/bulkhead/guest.h"

/* The arm64 Image header (Linux: Documentation/arch/arm64/booting.rst). */
#define IMAGE_HEADER      64
#define IMAGE_TEXT_OFFSET 8
#define IMAGE_SIZE        16
#define IMAGE_MAGIC       56
#define HEADER_MOST       (UINT64_C(1) << 40)

/* QEMU's loader keeps the first page of RAM for itself. */
#define RAW_OFFSET 0x80000
#define BOOT_PAGE  4096

static struct guest_part *part_add(struct guest *guest, struct guest_part part)
{
    struct guest_part *to = &guest->parts[guest->count++];

    *to = part;
    if (part.ipa + part.size > guest->high) {
        guest->high = part.ipa + part.size;
    }
    return to;
}

/* An Image says where it wants to be, and how much it needs with what it zeroes itself. Old ones do
 * not, nor does a raw file. */
static const char *read_flat(struct guest *guest, const uint8_t *data, size_t size)
{
    uint64_t offset = RAW_OFFSET;
    uint64_t extent = 0;

    guest->kind = GUEST_RAW;
    if (size >= IMAGE_HEADER && memcmp(data + IMAGE_MAGIC, "ARM\x64", 4) == 0) {
        guest->kind = GUEST_IMAGE;
        memcpy(&extent, data + IMAGE_SIZE, sizeof extent);
    }
    if (extent != 0) {
        memcpy(&offset, data + IMAGE_TEXT_OFFSET, sizeof offset);
        offset += offset < BOOT_PAGE ? BLOCK : 0;
    }
    if (offset > HEADER_MOST || extent > HEADER_MOST) {
        return arena_format(guest->arena,
                            "its arm64 Image header asks for 0x%llx bytes at RAM + 0x%llx; it is "
                            "damaged, copy it again",
                            (unsigned long long)extent, (unsigned long long)offset);
    }
    guest->entry = guest->ram.base + offset;
    part_add(guest, (struct guest_part){.what = "kernel",
                                        .ipa = guest->entry,
                                        .size = extent > size ? extent : size,
                                        .bytes = data,
                                        .byte_count = size});
    return NULL;
}

static const char *elf_check(struct guest *guest, const Elf64_Ehdr *header, size_t size)
{
    if (header->e_ident[EI_CLASS] != ELFCLASS64) {
        return "it is a 32-bit ELF file; guests are 64-bit";
    }
    if (header->e_ident[EI_DATA] != ELFDATA2LSB) {
        return "it is a big-endian ELF file; build it little-endian";
    }
    if (header->e_machine != EM_AARCH64) {
        return arena_format(guest->arena,
                            "it is an ELF file for machine %u, not for AArch64 (%u); build it for "
                            "AArch64",
                            header->e_machine, EM_AARCH64);
    }
    if (header->e_phnum == 0 || header->e_phentsize != sizeof(Elf64_Phdr)) {
        return "it is an ELF file without program headers; link it to an executable";
    }
    if (header->e_phoff > size || header->e_phnum * sizeof(Elf64_Phdr) > size - header->e_phoff) {
        return "its ELF program headers reach beyond the end of the file; copy it again";
    }
    return NULL;
}

static const char *segment_check(const struct guest *guest, const Elf64_Phdr *segment, size_t size)
{
    if (segment->p_offset > size || segment->p_filesz > size - segment->p_offset) {
        return "an ELF segment reaches beyond the end of the file; copy it again";
    }
    if (segment->p_filesz > segment->p_memsz) {
        return "an ELF segment is larger in the file than in memory; link it again";
    }
    if (segment->p_memsz > UINT64_MAX - segment->p_paddr) {
        return "an ELF segment reaches beyond the end of the address space; link it lower";
    }
    if (guest->count > GUEST_PARTS - 6) {
        return "it is an ELF file with more than 9 segments; let the linker put some together";
    }
    return NULL;
}

/* At its physical address; what is zero behind the file's bytes is a part of its own. An entry
 * address is virtual: the guest starts at the physical address of the same place. */
static const char *read_segment(struct guest *guest, const uint8_t *data, size_t size,
                                const Elf64_Phdr *s)
{
    const char *wrong = segment_check(guest, s, size);

    if (wrong != NULL) {
        return wrong;
    }
    if (s->p_filesz != 0) {
        part_add(guest, (struct guest_part){.what = "kernel segment",
                                            .ipa = s->p_paddr,
                                            .size = s->p_filesz,
                                            .bytes = data + s->p_offset,
                                            .byte_count = s->p_filesz});
    }
    if (s->p_memsz > s->p_filesz) {
        part_add(guest, (struct guest_part){.what = "kernel zeroes",
                                            .ipa = s->p_paddr + s->p_filesz,
                                            .size = s->p_memsz - s->p_filesz});
    }
    return NULL;
}

static const char *read_elf(struct guest *guest, const uint8_t *data, size_t size)
{
    Elf64_Ehdr header;

    memcpy(&header, data, sizeof header);
    const char *wrong = elf_check(guest, &header, size);
    guest->kind = GUEST_ELF;
    guest->entry = header.e_entry;
    for (unsigned i = 0; wrong == NULL && i < header.e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, data + header.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type != PT_LOAD || segment.p_memsz == 0) {
            continue;
        }
        wrong = read_segment(guest, data, size, &segment);
        if (header.e_entry - segment.p_vaddr < segment.p_memsz) {
            guest->entry = header.e_entry - segment.p_vaddr + segment.p_paddr;
        }
    }
    return wrong == NULL && guest->count == 0 ? "it is an ELF file with nothing to load" : wrong;
}

/* Forms that a boot loader would unpack first. */
static const struct {
    size_t at;
    size_t length;
    const char *magic;
    const char *is;
} packed[] = {
    {0, 2, "\x1f\x8b", "it is compressed; unpack it with gunzip"},
    {0, 6, "\xfd\x37zXZ\0", "it is compressed; unpack it with unxz"},
    {0, 4, "\x28\xb5\x2f\xfd", "it is compressed; unpack it with unzstd"},
    {0, 4, "\x27\x05\x19\x56", "it is a U-Boot legacy image; take the file that it was made from"},
    {0, 4, "\xd0\x0d\xfe\xed", "it is a device tree or a FIT image; take the kernel inside"},
    {4, 4, "zimg", "it is an EFI image that unpacks itself; take the plain arm64 Image"},
    {36, 4, "\x18\x28\x6f\x01", "it is a 32-bit zImage; guests are 64-bit"},
};

const char *guest_read(struct guest *guest, const uint8_t *data, size_t size)
{
    guest->count = 0;
    guest->high = 0;
    guest->dtb = 0;
    for (unsigned i = 0; i < sizeof packed / sizeof packed[0]; i++) {
        size_t end = packed[i].at + packed[i].length;
        if (size >= end && memcmp(data + packed[i].at, packed[i].magic, packed[i].length) == 0) {
            return packed[i].is;
        }
    }
    if (size >= SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0) {
        return size < sizeof(Elf64_Ehdr)
                   ? "it is an ELF file that ends in its header; copy it again"
                   : read_elf(guest, data, size);
    }
    return read_flat(guest, data, size);
}
