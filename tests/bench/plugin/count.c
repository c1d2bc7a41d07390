/* SPDX-License-Identifier: Apache-2.0 */
/* A QEMU plugin that counts what is executed between two marks (tests/bench/mark.h): instructions,
 * and those among them that silicon charges for.
 *
 * Arguments: out=FILE; at=ADDRESS:NUMBER for a path that begins with the instruction at an address
 * (interrupt vectors, where no mark can stand). All these paths end together: one interrupt has one
 * end; path=NUMBER for a path of which every instruction of the third execution is written. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/mark.h"
#include "tests/bench/plugin/decode.h"
#include "tests/bench/plugin/qemu.h"

#define EXPORT __attribute__((visibility("default")))
#define AT_MAX 8

EXPORT const int qemu_plugin_version = PLUGIN_VERSION;

/* What has been executed since the machine started. */
static uint64_t now[COUNT_KINDS];

/* One path: where it began, if it has, and what its executions cost. */
struct path {
    bool open;
    uint64_t begin[COUNT_KINDS];
    uint64_t sum[COUNT_KINDS];
    uint64_t times;
    uint64_t min;
    uint64_t max;
    bool interrupt; /* begins at an address */
};
static struct path paths[MARK_COUNT];

static struct {
    uint64_t address;
    unsigned number;
} at[AT_MAX];
static unsigned at_count;

/* The instructions of one execution of one path, in order. */
#define STEPS_MAX 0x10000
#define STEPS_WHICH \
    3 /* the caches of QEMU and of the kernel do not matter, but what is lazy does */

struct step {
    uint64_t address;
    uint32_t opcode;
    enum count_kind kind;
};
static const struct step *steps[STEPS_MAX];
static unsigned step_count, steps_of;

#define REGION_MAX 64

/* The executions of MARK_REGION one by one: instructions and marks. */
static uint64_t regions[REGION_MAX];
static unsigned region_count;
static char out_name[512] = "count.txt";

static void path_begin(struct path *path)
{
    path->open = true;
    if (path == &paths[steps_of] && path->times < STEPS_WHICH) {
        step_count = 0;
    }
    memcpy(path->begin, now, sizeof now);
}

static void interrupts_close(void)
{
    for (unsigned i = 0; i < at_count; i++) {
        paths[at[i].number].open = false;
    }
}

static void path_end(struct path *path)
{
    uint64_t instructions = now[COUNT_INSTRUCTIONS] - path->begin[COUNT_INSTRUCTIONS];

    if (!path->open) {
        return;
    }
    path->open = false;
    if (path->interrupt) {
        interrupts_close();
    }
    if (path == &paths[MARK_REGION] && region_count < REGION_MAX) {
        regions[region_count++] = instructions + now[COUNT_MARKS] - path->begin[COUNT_MARKS];
    }
    for (int kind = 0; kind < COUNT_KINDS; kind++) {
        path->sum[kind] += now[kind] - path->begin[kind];
    }
    path->min = path->times == 0 || instructions < path->min ? instructions : path->min;
    path->max = instructions > path->max ? instructions : path->max;
    path->times++;
}

static void on_mark(unsigned cpu, void *data)
{
    uintptr_t mark = (uintptr_t)data;
    struct path *path = &paths[mark % MARK_COUNT];

    (void)cpu;
    if (mark < MARK_END) {
        now[COUNT_MARKS]++;
        path_begin(path);
        return;
    }
    if (mark < MARK_CANCEL) {
        path_end(path);
    }
    path->open = false;
    now[COUNT_MARKS]++;
}

/* The instruction at a watched address. */
static void on_address(unsigned cpu, void *data)
{
    uintptr_t address = (uintptr_t)data;

    (void)cpu;
    for (unsigned i = 0; i < at_count; i++) {
        if (at[i].address == address) {
            path_begin(&paths[at[i].number]);
        }
    }
}

static void on_execute(unsigned cpu, void *data)
{
    const struct step *step = data;

    now[COUNT_INSTRUCTIONS]++;
    now[COUNT_FAR] += cpu != 0;
    now[step->kind]++;
    if (paths[steps_of].open && paths[steps_of].times < STEPS_WHICH && step_count < STEPS_MAX) {
        steps[step_count++] = step;
    }
}

static void on_memory(unsigned cpu, uint32_t info, uint64_t address, void *data)
{
    struct qemu_plugin_hwaddr *hardware = qemu_plugin_get_hwaddr(info, address);

    (void)cpu;
    (void)data;
    now[qemu_plugin_mem_is_store(info) ? COUNT_STORES : COUNT_LOADS]++;
    if (hardware != NULL && qemu_plugin_hwaddr_is_io(hardware)) {
        now[COUNT_DEVICE]++;
    }
}

/* It stays: QEMU may translate the instruction again, and the old block be executed once more. */
static struct step *step_make(struct qemu_plugin_insn *insn, uint32_t opcode)
{
    struct step *step = malloc(sizeof *step);

    if (step == NULL) {
        abort();
    }
    *step = (struct step){qemu_plugin_insn_vaddr(insn), opcode, decode_kind(opcode)};
    return step;
}

static void watch_address(struct qemu_plugin_insn *insn)
{
    for (unsigned i = 0; i < at_count; i++) {
        if (qemu_plugin_insn_vaddr(insn) == at[i].address) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_address, CALLBACK_NO_REGISTERS,
                                                   (void *)(uintptr_t)at[i].address);
            return;
        }
    }
}

static void on_translate(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        uint32_t opcode;
        unsigned mark;

        memcpy(&opcode, qemu_plugin_insn_data(insn), sizeof opcode);
        mark = decode_mark(opcode);
        if (mark != 0) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, CALLBACK_NO_REGISTERS,
                                                   (void *)(uintptr_t)mark);
            continue;
        }
        watch_address(insn);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_execute, CALLBACK_NO_REGISTERS,
                                               step_make(insn, opcode));
        qemu_plugin_register_vcpu_mem_cb(insn, on_memory, CALLBACK_NO_REGISTERS, MEMORY_ALL, NULL);
    }
}

/* One line per path: number, times, min, max, then the sum of every kind. Then one line per
 * region, and one per instruction of the path that was asked for. */
static void on_exit_write(plugin_id id, void *data)
{
    FILE *file = fopen(out_name, "w");

    (void)id;
    (void)data;
    if (file == NULL) {
        perror(out_name);
        return;
    }
    for (unsigned number = 0; number < MARK_COUNT; number++) {
        const struct path *path = &paths[number];

        if (path->times > 0) {
            fprintf(file, "%u %" PRIu64 " %" PRIu64 " %" PRIu64, number, path->times, path->min,
                    path->max);
            for (int kind = 0; kind < COUNT_KINDS; kind++) {
                fprintf(file, " %" PRIu64, path->sum[kind]);
            }
            fputc('\n', file);
        }
    }
    for (unsigned i = 0; i < region_count; i++) {
        fprintf(file, "region %u %" PRIu64 "\n", i, regions[i]);
    }
    for (unsigned i = 0; i < step_count; i++) {
        fprintf(file, "step %" PRIx64 " %08x\n", steps[i]->address, steps[i]->opcode);
    }
    fclose(file);
}

static bool read_argument(const char *argument)
{
    if (strncmp(argument, "out=", 4) == 0) {
        (void)snprintf(out_name, sizeof out_name, "%s", argument + 4);
        return true;
    }
    if (strncmp(argument, "path=", 5) == 0) {
        steps_of = (unsigned)strtoul(argument + 5, NULL, 0) % MARK_COUNT;
        return steps_of != 0;
    }
    if (strncmp(argument, "at=", 3) == 0 && at_count < AT_MAX) {
        char *end;

        at[at_count].address = strtoull(argument + 3, &end, 0);
        at[at_count].number = (unsigned)strtoul(end + 1, NULL, 0) % MARK_COUNT;
        paths[at[at_count].number].interrupt = true;
        at_count++;
        return *end == ':';
    }
    return false;
}

EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!read_argument(argv[i])) {
            fprintf(stderr, "count: what is %s?\n", argv[i]);
            return -1;
        }
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit_write, NULL);
    return 0;
}
