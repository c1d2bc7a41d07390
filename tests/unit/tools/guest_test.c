/* SPDX-License-Identifier: Apache-2.0 */
/* Guests: each format, where its files go, each way in which one does not fit, and damaged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>

#include "tools/bulkhead/guest.h"

#define RAM UINT64_C(0x40000000)
#define MIB (UINT64_C(1) << 20)

static struct arena arena;

static struct guest guest_new(uint64_t ram)
{
    return (struct guest){.arena = &arena, .ram = {RAM, ram}};
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    arena = (struct arena){NULL};
    return 0;
}

struct program {
    Elf64_Ehdr header;
    Elf64_Phdr segments[3];
    uint8_t code[64];
};

/* Linked at a high virtual address, as kernels are; the third header loads nothing. */
static struct program program(void)
{
    struct program p = {.header = {.e_type = ET_EXEC,
                                   .e_machine = EM_AARCH64,
                                   .e_entry = UINT64_C(0xffff000000101010),
                                   .e_phoff = offsetof(struct program, segments),
                                   .e_phentsize = sizeof(Elf64_Phdr),
                                   .e_phnum = 3}};

    memcpy(p.header.e_ident, ELFMAG, SELFMAG);
    p.header.e_ident[EI_CLASS] = ELFCLASS64;
    p.header.e_ident[EI_DATA] = ELFDATA2LSB;
    for (unsigned i = 0; i < 2; i++) {
        p.segments[i] = (Elf64_Phdr){.p_type = PT_LOAD,
                                     .p_offset = offsetof(struct program, code),
                                     .p_vaddr = UINT64_C(0xffff000000101000) + i * 0x1000,
                                     .p_paddr = RAM + 0x101000 + i * 0x1000,
                                     .p_filesz = 64,
                                     .p_memsz = i == 0 ? 64 : 0x3000};
    }
    p.segments[2].p_type = PT_NOTE;
    return p;
}

static const char *read_program(struct guest *guest, const struct program *p)
{
    const char *wrong = guest_read(guest, (const uint8_t *)p, sizeof *p);

    return wrong == NULL ? guest_check(guest) : wrong;
}

static void refused(const struct program *p, const char *word)
{
    struct guest guest = guest_new(4 * MIB);
    const char *wrong = read_program(&guest, p);

    assert_non_null(wrong);
    assert_non_null(strstr(wrong, word));
}

static void test_elf(void **state)
{
    struct guest guest = guest_new(4 * MIB);
    struct program p = program();

    (void)state;
    assert_null(read_program(&guest, &p));
    assert_int_equal(guest.kind, GUEST_ELF);
    assert_int_equal(guest.entry, RAM + 0x101010);
    assert_int_equal(guest.count, 3);
    assert_int_equal(guest.parts[0].ipa, RAM + 0x101000);
    assert_ptr_equal(guest.parts[1].bytes, p.code);
    assert_int_equal(guest.parts[1].ipa, RAM + 0x102000);
    assert_null(guest.parts[2].bytes);
    assert_int_equal(guest.parts[2].ipa, RAM + 0x102040);
    assert_int_equal(guest.parts[2].size, 0x3000 - 64);
    assert_int_equal(guest.high, RAM + 0x105000);
}

static void test_elf_header(void **state)
{
    struct program p = program();

    (void)state;
    p.header.e_machine = EM_X86_64;
    refused(&p, "machine 62");
    p = program();
    p.header.e_ident[EI_CLASS] = ELFCLASS32;
    refused(&p, "32-bit");
    p = program();
    p.header.e_ident[EI_DATA] = ELFDATA2MSB;
    refused(&p, "big-endian");
    p = program();
    p.header.e_phnum = 0;
    refused(&p, "without program headers");
    p = program();
    p.header.e_phentsize = 32;
    refused(&p, "without program headers");
    p = program();
    p.header.e_phoff = UINT64_MAX - 8;
    refused(&p, "beyond the end");
    p = program();
    p.header.e_phnum = 5;
    refused(&p, "beyond the end");
    p = program();
    p.header.e_entry = RAM + 4 * MIB;
    refused(&p, "entry point");
    p = program();
    p.header.e_entry += 2;
    refused(&p, "entry point");
}

static void test_elf_segments(void **state)
{
    struct program p = program();

    (void)state;
    p.segments[0].p_type = p.segments[1].p_type = PT_NOTE;
    refused(&p, "nothing to load");
    p = program();
    p.segments[0].p_offset = sizeof p;
    refused(&p, "end of the file");
    p = program();
    p.segments[0].p_offset = UINT64_MAX;
    refused(&p, "end of the file");
    p = program();
    p.segments[1].p_memsz = 8;
    refused(&p, "larger in the file");
    p = program();
    p.segments[1].p_memsz = UINT64_MAX - 8;
    refused(&p, "address space");
    p = program();
    p.segments[1].p_paddr = RAM + 4 * MIB - 0x2fff;
    refused(&p, "link it for these");
    p = program();
    p.segments[1].p_paddr = RAM - 1;
    refused(&p, "link it for these");
    p = program();
    p.segments[1].p_paddr = RAM + 0x100fff;
    refused(&p, "share addresses");
}

static void test_elf_many_segments(void **state)
{
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segments[20];
    } many = {.header = program().header};
    struct guest guest = guest_new(4 * MIB);

    (void)state;
    many.header.e_phoff = sizeof many.header;
    many.header.e_phnum = 20;
    for (unsigned i = 0; i < 20; i++) {
        many.segments[i] = (Elf64_Phdr){
            .p_type = PT_LOAD, .p_paddr = RAM + i * 0x1000, .p_filesz = 16, .p_memsz = 32};
    }
    assert_non_null(strstr(guest_read(&guest, (const void *)&many, sizeof many), "segments"));
    many.header.e_phnum = 9;
    assert_null(guest_read(&guest, (const void *)&many, sizeof many));
}

static void test_raw(void **state)
{
    struct guest guest = guest_new(4 * MIB);
    const uint8_t code[100] = {1};

    (void)state;
    assert_null(guest_read(&guest, code, sizeof code));
    assert_null(guest_check(&guest));
    assert_int_equal(guest.kind, GUEST_RAW);
    assert_int_equal(guest.entry, RAM + 0x80000);
    assert_int_equal(guest.parts[0].size, 100);
    guest = guest_new(0x80000 + 99);
    assert_null(guest_read(&guest, code, sizeof code));
    assert_non_null(guest_check(&guest));
    guest = guest_new(0x1000);
    assert_null(guest_read(&guest, code, sizeof code));
    assert_non_null(guest_check(&guest));
}

/* An Image of 0x1000 bytes that asks for size bytes at offset. */
static void make_image(uint8_t image[0x1000], uint64_t offset, uint64_t size)
{
    memset(image, 0, 0x1000);
    memcpy(image + 8, &offset, sizeof offset);
    memcpy(image + 16, &size, sizeof size);
    memcpy(image + 56, "ARM\x64", 4);
}

static void test_image(void **state)
{
    struct guest guest = guest_new(8 * MIB);
    uint8_t image[0x1000];

    (void)state;
    make_image(image, 0, 0x10000);
    assert_null(guest_read(&guest, image, sizeof image));
    assert_null(guest_check(&guest));
    assert_int_equal(guest.kind, GUEST_IMAGE);
    assert_int_equal(guest.entry, RAM + 2 * MIB);
    assert_int_equal(guest.high, RAM + 2 * MIB + 0x10000);
    assert_int_equal(guest.parts[0].byte_count, sizeof image);
    make_image(image, 0x80000, 0x10000);
    assert_null(guest_read(&guest, image, sizeof image));
    assert_int_equal(guest.entry, RAM + 0x80000);
    make_image(image, 0x5000, 0); /* old: neither counts */
    assert_null(guest_read(&guest, image, sizeof image));
    assert_int_equal(guest.entry, RAM + 0x80000);
    assert_int_equal(guest.high, RAM + 0x81000);
    make_image(image, 0, 7 * MIB);
    assert_null(guest_read(&guest, image, sizeof image));
    assert_non_null(guest_check(&guest));
    make_image(image, UINT64_MAX - 8, 16);
    assert_non_null(guest_read(&guest, image, sizeof image));
    make_image(image, 0x80000, UINT64_MAX - 8);
    assert_non_null(guest_read(&guest, image, sizeof image));
}

static void test_packed(void **state)
{
    static const struct {
        size_t at;
        const char *magic;
        size_t length;
        const char *word;
    } rows[] = {{0, "\x1f\x8b", 2, "gunzip"},
                {0, "\xfd\x37zXZ\0", 6, "unxz"},
                {0, "\x28\xb5\x2f\xfd", 4, "unzstd"},
                {0, "\x27\x05\x19\x56", 4, "legacy"},
                {0, "\xd0\x0d\xfe\xed", 4, "device tree"},
                {4, "zimg", 4, "EFI"},
                {36, "\x18\x28\x6f\x01", 4, "32-bit"}};

    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct guest guest = guest_new(4 * MIB);
        uint8_t file[64] = {0};
        memcpy(file + rows[i].at, rows[i].magic, rows[i].length);
        const char *wrong = guest_read(&guest, file, sizeof file);
        assert_non_null(wrong);
        assert_non_null(strstr(wrong, rows[i].word));
    }
}

static struct guest image_in(uint64_t ram, uint64_t size)
{
    static uint8_t image[0x1000];
    struct guest guest = guest_new(ram);

    make_image(image, 0, size);
    assert_null(guest_read(&guest, image, sizeof image));
    assert_null(guest_check(&guest));
    return guest;
}

static const uint8_t bytes[5000] = {7};

/* Where QEMU puts them: half of RAM, at most 128 MiB; the tree 2 MiB aligned behind that. */
static void test_places(void **state)
{
    struct guest guest = image_in(64 * MIB, MIB);

    (void)state;
    assert_null(guest_place_initrd(&guest, bytes, sizeof bytes));
    assert_null(guest_place_dtb(&guest, bytes, 3000));
    assert_int_equal(guest.parts[1].ipa, RAM + 32 * MIB);
    assert_int_equal(guest.dtb, RAM + 34 * MIB);
    assert_int_equal(guest.parts[3].ipa, RAM); /* the copy */
    assert_ptr_equal(guest.parts[3].bytes, guest.parts[2].bytes);
    assert_int_equal(guest.count, 4);

    guest = image_in(1024 * MIB, MIB);
    assert_null(guest_place_initrd(&guest, bytes, sizeof bytes));
    assert_int_equal(guest.parts[1].ipa, RAM + 128 * MIB);

    guest = image_in(64 * MIB, 40 * MIB); /* above the middle */
    assert_null(guest_place_initrd(&guest, bytes, sizeof bytes));
    assert_null(guest_place_dtb(&guest, bytes, 3000));
    assert_int_equal(guest.parts[1].ipa, RAM + 42 * MIB);
    assert_int_equal(guest.dtb, RAM + 44 * MIB);

    guest = image_in(64 * MIB, MIB);
    assert_null(guest_place_dtb(&guest, bytes, 3000));
    assert_int_equal(guest.dtb, RAM + 32 * MIB);
}

/* Where QEMU gives up. */
static void test_tight_places(void **state)
{
    struct guest guest = image_in(4 * MIB, MIB);

    (void)state;
    assert_null(guest_place_dtb(&guest, bytes, 3000));
    assert_int_equal(guest.dtb, RAM + 3 * MIB); /* 2 MiB aligned would be the end of RAM */
    guest = image_in(4 * MIB, 2 * MIB);
    assert_null(guest_place_dtb(&guest, bytes, 3000));
    assert_int_equal(guest.dtb, RAM);
    assert_int_equal(guest.count, 2);
    guest = image_in(4 * MIB, 2 * MIB);
    const char *wrong = guest_place_initrd(&guest, bytes, sizeof bytes);
    assert_non_null(wrong);
    assert_non_null(strstr(wrong, "no room for its initrd of 8 KiB in its ram of 4 MiB"));
    assert_non_null(strstr(wrong, "kernel 0x40200000-0x403fffff"));
}

static void test_elf_tree(void **state)
{
    struct guest guest = guest_new(4 * MIB);
    struct program p = program();

    (void)state;
    assert_null(read_program(&guest, &p));
    assert_null(guest_place_dtb(&guest, bytes, 3000));
    assert_int_equal(guest.dtb, RAM);
    p.segments[0].p_paddr = RAM;
    assert_null(read_program(&guest, &p));
    assert_null(guest_place_dtb(&guest, bytes, 3000));
    assert_int_equal(guest.dtb, RAM + 2 * MIB);
}

/* Headers of every kind with random wounds: no access outside (AddressSanitizer), no overflow, and
 * what is accepted lies in RAM. */
static void test_damaged(void **state)
{
    (void)state;
    srand(1);
    for (unsigned i = 0; i < 30000; i++) {
        struct program p = program();
        uint8_t *copy = malloc(sizeof p);
        size_t size = rand() % 4 == 0 ? (size_t)rand() % (sizeof p + 1) : sizeof p;
        memcpy(copy, &p, sizeof p);
        if (i % 2 == 0) {
            memset(copy, 0, 8);
            memcpy(copy + 56, "ARM\x64", 4);
        }
        for (int k = rand() % 5; k >= 0; k--) {
            copy[(size_t)rand() % (sizeof p - 64)] = (uint8_t)(rand() % 2 == 0 ? 0xff : rand());
        }
        uint8_t *exact = malloc(size == 0 ? 1 : size);
        memcpy(exact, copy, size);
        struct guest guest = guest_new(4 * MIB);
        if (guest_read(&guest, exact, size) == NULL && guest_check(&guest) == NULL) {
            assert_true(guest.entry - RAM < 4 * MIB);
            (void)guest_place_initrd(&guest, bytes, sizeof bytes);
            (void)guest_place_dtb(&guest, bytes, sizeof bytes);
            for (unsigned k = 0; k < guest.count; k++) {
                assert_true(guest.parts[k].ipa - RAM <= 4 * MIB);
                assert_true(guest.parts[k].size <= 4 * MIB - (guest.parts[k].ipa - RAM));
            }
        }
        free(exact);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elf),          cmocka_unit_test(test_elf_header),
        cmocka_unit_test(test_elf_segments), cmocka_unit_test(test_elf_many_segments),
        cmocka_unit_test(test_raw),          cmocka_unit_test(test_image),
        cmocka_unit_test(test_packed),       cmocka_unit_test(test_places),
        cmocka_unit_test(test_tight_places), cmocka_unit_test(test_elf_tree),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, end);
}
