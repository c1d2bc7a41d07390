/* SPDX-License-Identifier: Apache-2.0 */
/* What a program file says about its segments: 64-bit ELF, little-endian, AArch64, static. */
#include "tools/bulkhead/elf.h"

#include <elf.h>
#include <string.h>

#include "abi/types.h"

#define ELF_PAGE UINT64_C(4096)

static uint64_t page_up(uint64_t value)
{
    return (value + ELF_PAGE - 1) & ~(ELF_PAGE - 1);
}

static const char *header_check(const Elf64_Ehdr *header)
{
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
        return "it is not an ELF file";
    }
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB) {
        return "it is not a 64-bit little-endian ELF file";
    }
    if (header->e_machine != EM_AARCH64) {
        return "it is an ELF file for another machine than AArch64";
    }
    if (header->e_type != ET_EXEC) {
        return "it is not a static executable (link it with -static -no-pie)";
    }
    if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0) {
        return "it has no program headers";
    }
    return NULL;
}

static const char *segment_check(const Elf64_Phdr *header, size_t size)
{
    if (header->p_offset > size || header->p_filesz > size - header->p_offset) {
        return "a segment reaches beyond the end of the file";
    }
    if (header->p_filesz > header->p_memsz) {
        return "a segment is larger in the file than in memory";
    }
    if (header->p_vaddr % ELF_PAGE != 0) {
        return "a segment does not start on a page of 4 KiB (link it with the cells' linker "
               "script)";
    }
    if (header->p_vaddr < ELF_LOWEST || header->p_vaddr > ELF_HIGHEST ||
        header->p_memsz > ELF_HIGHEST || header->p_vaddr + header->p_memsz > ELF_HIGHEST)
        return "a segment is outside 0x1000 to 2^38";
    if ((header->p_flags & (PF_W | PF_X)) == (PF_W | PF_X)) {
        return "a segment is writable and executable";
    }
    return NULL;
}

static const char *segment_add(struct elf *elf, const Elf64_Phdr *header, const uint8_t *data)
{
    if (elf->segment_count == ELF_SEGMENTS) {
        return "it has more than 16 segments";
    }
    if (elf->segment_count != 0 && header->p_vaddr < elf->end) {
        return "its segments are not in the order of their addresses, or share a page";
    }

    struct elf_segment *segment = &elf->segments[elf->segment_count++];
    segment->address = header->p_vaddr;
    segment->size = header->p_memsz;
    segment->bytes = data + header->p_offset;
    segment->byte_count = header->p_filesz;
    segment->access = BH_MAP_READ | (header->p_flags & PF_W ? (uint32_t)BH_MAP_WRITE : 0) |
                      (header->p_flags & PF_X ? (uint32_t)BH_MAP_EXEC : 0);
    elf->end = page_up(header->p_vaddr + header->p_memsz);
    return NULL;
}

static bool entry_good(const struct elf *elf)
{
    for (unsigned i = 0; i < elf->segment_count; i++) {
        const struct elf_segment *s = &elf->segments[i];
        if (s->access & BH_MAP_EXEC && elf->entry >= s->address &&
            elf->entry - s->address < s->size) {
            return elf->entry % 4 == 0;
        }
    }
    return false;
}

/* One program header; those that nothing is loaded from are passed over. */
static const char *header_read(struct elf *elf, const uint8_t *data, size_t size, uint64_t at)
{
    Elf64_Phdr header;

    memcpy(&header, data + at, sizeof header);
    if (header.p_type == PT_INTERP || header.p_type == PT_DYNAMIC) {
        return "it needs a dynamic linker (link it with -static -no-pie)";
    }
    if (header.p_type != PT_LOAD || header.p_memsz == 0) {
        return NULL;
    }
    const char *wrong = segment_check(&header, size);
    return wrong != NULL ? wrong : segment_add(elf, &header, data);
}

const char *elf_read(struct elf *elf, const uint8_t *data, size_t size)
{
    Elf64_Ehdr header;

    memset(elf, 0, sizeof *elf);
    if (size < sizeof header) {
        return "it is not an ELF file";
    }
    memcpy(&header, data, sizeof header);
    const char *wrong = header_check(&header);
    if (wrong != NULL) {
        return wrong;
    }
    uint64_t table = (uint64_t)header.e_phnum * sizeof(Elf64_Phdr);
    if (header.e_phoff > size || table > size - header.e_phoff) {
        return "its program headers reach beyond the end of the file";
    }
    elf->entry = header.e_entry;
    for (uint64_t at = 0; at < table && wrong == NULL; at += sizeof(Elf64_Phdr)) {
        wrong = header_read(elf, data, size, header.e_phoff + at);
    }
    return wrong == NULL && !entry_good(elf) ? "its entry point is not in an executable segment"
                                             : wrong;
}
