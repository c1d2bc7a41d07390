/* SPDX-License-Identifier: Apache-2.0 */
/* Programs: one that is good, and each way in which one can be bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>

#include "abi/types.h"
#include "tools/bulkhead/elf.h"

struct program {
    Elf64_Ehdr header;
    Elf64_Phdr segments[3];
    uint8_t code[64];
};

static Elf64_Phdr segment(uint64_t address, uint32_t flags, uint64_t filled, uint64_t size)
{
    return (Elf64_Phdr){.p_type = PT_LOAD,
                        .p_flags = flags,
                        .p_offset = offsetof(struct program, code),
                        .p_vaddr = address,
                        .p_filesz = filled,
                        .p_memsz = size};
}

static struct program good(void)
{
    struct program p = {.header = {.e_type = ET_EXEC,
                                   .e_machine = EM_AARCH64,
                                   .e_entry = 0x400010,
                                   .e_phoff = offsetof(struct program, segments),
                                   .e_phentsize = sizeof(Elf64_Phdr),
                                   .e_phnum = 3}};

    memcpy(p.header.e_ident, ELFMAG, SELFMAG);
    p.header.e_ident[EI_CLASS] = ELFCLASS64;
    p.header.e_ident[EI_DATA] = ELFDATA2LSB;
    p.segments[0] = segment(0x400000, PF_R | PF_X, 64, 64);
    p.segments[1] = segment(0x401000, PF_R, 64, 64);
    p.segments[2] = segment(0x402000, PF_R | PF_W, 32, 0x3000);
    return p;
}

/* What the reader says about a copy of exactly this many bytes: a sanitizer sees every overrun. */
static const char *read_copy(const struct program *p, size_t size)
{
    struct elf elf;
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    assert_non_null(copy);
    memcpy(copy, p, size);
    const char *wrong = elf_read(&elf, copy, size);
    free(copy);
    return wrong;
}

static void refused(const struct program *p, const char *word)
{
    const char *wrong = read_copy(p, sizeof *p);

    assert_non_null(wrong);
    assert_non_null(strstr(wrong, word));
}

static void test_good(void **state)
{
    struct program p = good();
    struct elf elf;

    (void)state;
    assert_null(elf_read(&elf, (const uint8_t *)&p, sizeof p));
    assert_int_equal(elf.entry, 0x400010);
    assert_int_equal(elf.segment_count, 3);
    assert_int_equal(elf.segments[0].access, BH_MAP_READ | BH_MAP_EXEC);
    assert_int_equal(elf.segments[1].access, BH_MAP_READ);
    assert_int_equal(elf.segments[2].access, BH_MAP_READ | BH_MAP_WRITE);
    assert_int_equal(elf.segments[2].byte_count, 32);
    assert_int_equal(elf.segments[2].size, 0x3000);
    assert_int_equal(elf.end, 0x405000);
}

static void test_header(void **state)
{
    struct program p = good();

    (void)state;
    p.header.e_machine = EM_X86_64;
    refused(&p, "another machine");
    p = good();
    p.header.e_type = ET_DYN;
    refused(&p, "static");
    p = good();
    p.header.e_ident[EI_DATA] = ELFDATA2MSB;
    refused(&p, "little-endian");
    p = good();
    p.header.e_phnum = 0;
    refused(&p, "no program headers");
    p = good();
    p.header.e_phoff = UINT64_MAX - 8;
    refused(&p, "beyond the end");
    p = good();
    p.header.e_entry = 0x402000;
    refused(&p, "entry point");
    p = good();
    p.header.e_entry = 0x400002;
    refused(&p, "entry point");
}

static void test_segments(void **state)
{
    struct program p = good();

    (void)state;
    p.segments[0].p_flags |= PF_W;
    refused(&p, "writable and executable");
    p = good();
    p.segments[1].p_vaddr = 0x400800;
    refused(&p, "page of 4 KiB");
    p = good();
    p.segments[1].p_vaddr = 0x400000;
    refused(&p, "share a page");
    p = good();
    p.segments[1].p_offset = UINT64_MAX - 8;
    refused(&p, "end of the file");
    p = good();
    p.segments[1].p_filesz = sizeof p;
    refused(&p, "end of the file");
    p = good();
    p.segments[2].p_memsz = 16;
    refused(&p, "larger in the file");
    p = good();
    p.segments[2].p_memsz = UINT64_MAX - 8;
    refused(&p, "outside");
    p = good();
    p.segments[2].p_vaddr = UINT64_C(1) << 47;
    refused(&p, "outside");
    p = good();
    p.segments[1].p_type = PT_INTERP;
    refused(&p, "dynamic linker");
}

static void test_truncated(void **state)
{
    struct program p = good();

    (void)state;
    for (size_t size = 0; size < sizeof p; size++) {
        assert_non_null(read_copy(&p, size));
    }
    assert_null(read_copy(&p, sizeof p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_truncated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
