/* SPDX-License-Identifier: Apache-2.0 */
/* A description that says everything, with random faults put into it: the tool refuses or accepts
 * it, and nothing else; where it accepts, nothing overlaps. Sanitizers watch. */
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <elf.h>
#include <libfdt.h>

#include "tools/bulkhead/compile.h"
#include "tools/bulkhead/draw.h"
#include "tools/bulkhead/dts.h"
#include "tools/bulkhead/image.h"
#include "tools/bulkhead/map.h"
#include "tools/bulkhead/report.h"

#define ROUNDS    4000
#define TREE_ROOM 65536
#define LARGE     (UINT64_C(64) << 20) /* an image beyond this is not made */

static char folder[] = "/tmp/bulkhead-XXXXXX";
static struct options options = {.source = "tests/target/description.dts", .files = folder};
static struct arena arena;
static uint8_t *base; /* the good tree */
static FILE *nowhere;
static uint32_t random_state = 1;

static unsigned dice(unsigned sides)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % sides;
}

/* ---- what the description names ---- */

static void save(const char *name, const void *data, size_t size)
{
    assert_true(file_write(arena_format(&arena, "%s/%s", folder, name), data, size));
}

static void save_program(const char *name)
{
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segments[2];
        uint8_t bytes[64];
    } p = {.header = {.e_type = ET_EXEC,
                      .e_machine = EM_AARCH64,
                      .e_entry = 0x400000,
                      .e_phoff = sizeof(Elf64_Ehdr),
                      .e_phentsize = sizeof(Elf64_Phdr),
                      .e_phnum = 2}};

    memcpy(p.header.e_ident, ELFMAG "\2\1\1", SELFMAG + 3);
    for (unsigned i = 0; i < 2; i++) {
        p.segments[i] = (Elf64_Phdr){.p_type = PT_LOAD,
                                     .p_flags = i == 0 ? PF_R | PF_X : PF_R | PF_W,
                                     .p_offset = offsetof(__typeof__(p), bytes),
                                     .p_vaddr = 0x400000 + i * 0x1000,
                                     .p_filesz = sizeof p.bytes,
                                     .p_memsz = 0x2000 * i + 64};
    }
    save(name, &p, sizeof p);
}

static int prepare(void **state)
{
    static const char *const programs[] = {"warden.elf", "console.elf", "echo.elf", "client.elf",
                                           "vmm.elf"};
    static uint8_t kernel[8192];
    struct system system = {.options = &options};

    (void)state;
    assert_non_null(mkdtemp(folder));
    for (unsigned i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        save_program(programs[i]);
    }
    memcpy(kernel + 56, "ARM\x64", 4);
    save("kernel.bin", kernel, sizeof kernel);
    save("bare.bin", kernel, 4096);
    options.kernel = arena_format(&arena, "%s/kernel.bin", folder);
    list_add(&arena, &options.defines, arena_copy(&arena, "-Isystems"));
    struct bytes tree = dts_read(&system);
    assert_non_null(tree.data);
    base = malloc(TREE_ROOM);
    assert_int_equal(fdt_open_into(tree.data, base, TREE_ROOM), 0);
    arena_free(&system.arena);
    nowhere = fopen("/dev/null", "w");
    return nowhere == NULL;
}

static int finish(void **state)
{
    (void)state;
    fclose(nowhere);
    free(base);
    assert_int_equal(system(arena_format(&arena, "rm -r %s", folder)), 0);
    arena_free(&arena);
    return 0;
}

/* ---- random faults ---- */

static int some_node(const void *tree)
{
    int count = 0;
    int node = 0;

    for (int at = 0; at >= 0; at = fdt_next_node(tree, at, NULL)) {
        if (dice((unsigned)++count) == 0) {
            node = at;
        }
    }
    return node;
}

/* A property of the node, or -1 if it has none. */
static int some_property(const void *tree, int node)
{
    int count = 0;
    int chosen = -1;
    int property;

    fdt_for_each_property_offset(property, tree, node)
    {
        if (dice((unsigned)++count) == 0) {
            chosen = property;
        }
    }
    return chosen;
}

static void set_number(void *tree, int node, const char *name)
{
    static const uint64_t numbers[] = {0,
                                       1,
                                       2,
                                       3,
                                       15,
                                       31,
                                       32,
                                       64,
                                       255,
                                       256,
                                       1000,
                                       1020,
                                       4095,
                                       4096,
                                       8192,
                                       1 << 20,
                                       1 << 21,
                                       1 << 28,
                                       UINT32_MAX,
                                       0x40000000,
                                       0x40200000,
                                       UINT64_C(1) << 36,
                                       UINT64_C(1) << 48,
                                       UINT64_MAX - 4095,
                                       UINT64_MAX};
    uint64_t number = numbers[dice(sizeof numbers / sizeof numbers[0])];

    if (number <= UINT32_MAX && dice(4) != 0) {
        (void)fdt_setprop_u32(tree, node, name, (uint32_t)number);
    } else {
        (void)fdt_setprop_u64(tree, node, name, number);
    }
    for (unsigned more = dice(3); more > 0; more--) {
        (void)fdt_appendprop_u64(tree, node, name, numbers[dice(8)] << 12);
    }
}

static void set_text(void *tree, int node, const char *name)
{
    static const char *const texts[] = {"console", "echo",
                                        "server",  "other",
                                        "vmm",     "vm",
                                        "go",      "stop",
                                        "ring",    "dma",
                                        "uart",    "rtc",
                                        "pipe",    "client",
                                        "bare",    "warden",
                                        "",        "=",
                                        "a=",      "=b",
                                        "go=go",   "abcdefghijklmnopqrstuvwxyz012345",
                                        "send",    "all",
                                        "destroy", "hvc",
                                        "smc",     "../x",
                                        "%s%n"};
    char value[128] = "";
    int length = 0;

    for (unsigned more = 1 + dice(3); more > 0; more--) {
        const char *text = texts[dice(sizeof texts / sizeof texts[0])];
        length += snprintf(value + length, sizeof value - (size_t)length, "%s", text) + 1;
    }
    (void)fdt_setprop(tree, node, name, value, length);
}

/* The property of another node, in this one. */
static void move_property(void *tree, int node)
{
    uint8_t value[256];
    int from = some_node(tree);
    int property = some_property(tree, from);
    int length = 0;
    const char *name = NULL;
    const void *data = property < 0 ? NULL : fdt_getprop_by_offset(tree, property, &name, &length);

    if (data != NULL && length <= (int)sizeof value) {
        char copy[64];
        snprintf(copy, sizeof copy, "%s", name);
        memcpy(value, data, (size_t)length);
        (void)fdt_setprop(tree, node, copy, value, length);
    }
}

static void mutate(void *tree)
{
    int node = some_node(tree);
    int property = some_property(tree, node);
    const char *found = "restart";
    char name[64];

    if (property >= 0) {
        (void)fdt_getprop_by_offset(tree, property, &found, NULL);
    }
    snprintf(name, sizeof name, "%s", found);
    switch (dice(8)) {
    case 0:
        (void)fdt_delprop(tree, node, name);
        break;
    case 1:
        if (node != 0 && dice(4) == 0) {
            (void)fdt_del_node(tree, node);
        }
        break;
    case 2:
    case 3:
        set_text(tree, node, name);
        break;
    case 4:
        move_property(tree, node);
        break;
    case 5:
        (void)fdt_add_subnode(tree, node, dice(2) == 0 ? "caps" : "new");
        break;
    default:
        set_number(tree, node, name);
        break;
    }
}

/* ---- what must hold ---- */

static void expect_sound(struct system *system)
{
    struct map map = map_of(system);

    for (unsigned i = 1; i < map.count; i++) {
        const struct range *before = &map.rows[i - 1].range;
        assert_true(before->size != 0 && before->base + before->size <= map.rows[i].range.base);
    }
    report_write(system, nowhere);
    draw_system(system, nowhere);
    if (system->image_size < LARGE) {
        assert_non_null(image_make(system));
    }
}

static bool try(const void *tree)
{
    struct system system = {.options = &options};
    bool good = compile_tree(&system, (struct bytes){tree, TREE_ROOM});

    if (good) {
        expect_sound(&system);
    }
    arena_free(&system.arena);
    return good;
}

static void test_good(void **state)
{
    (void)state;
    assert_true(try(base));
}

static void test_mutations(void **state)
{
    uint8_t *tree = malloc(TREE_ROOM);
    unsigned accepted = 0;
    int errors = dup(STDERR_FILENO);

    (void)state;
    assert_non_null(tree);
    fflush(stderr);
    assert_true(dup2(fileno(nowhere), STDERR_FILENO) >= 0);
    for (unsigned round = 0; round < ROUNDS; round++) {
        memcpy(tree, base, TREE_ROOM);
        for (unsigned count = 1 + dice(3); count > 0; count--) {
            mutate(tree);
        }
        accepted += try(tree);
    }
    assert_true(dup2(errors, STDERR_FILENO) >= 0);
    close(errors);
    free(tree);
    assert_in_range(accepted, ROUNDS / 20, ROUNDS - ROUNDS / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_mutations),
    };

    return cmocka_run_group_tests(tests, prepare, finish);
}
