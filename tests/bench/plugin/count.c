/* SPDX-License-Identifier: Apache-2.0 */
/* A QEMU plugin that counts what is executed between two marks (tests/bench/mark.h): instructions,
 * and those among them that silicon charges for.
 *
 * Arguments: out=FILE; at=ADDRESS:NUMBER for a path that begins with the instruction at an address
 * (interrupt vectors, where no mark can stand). All these paths end together: one interrupt has one
 * end; end=ADDRESS:NUMBER for one that ends before the instruction at an address; steps=FILE for
 * every instruction of the third execution of each path. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/mark.h"
#include "tests/bench/plugin/decode.h"
#include "tests/bench/plugin/qemu.h"

#define EXPORT __attribute__((visibility("default")))
#define AT_MAX 8
#define CORES  8 /* QEMU's virt board with a GICv2 has no more */

EXPORT const int qemu_plugin_version = PLUGIN_VERSION;

/* What has been executed since the machine started. */
static uint64_t now[COUNT_KINDS];

/* Per core: TLBIs since its last DSB. */
static unsigned tlbi_open[CORES];

/* An instruction. */
struct step {
    uint64_t address;
    uint32_t opcode;
    enum count_kind kind;
};

#define STEPS_MAX   0x40000
#define STEPS_WHICH 3 /* by then nothing lazy is done for the first time */

/* One path: where it began, if it has, and what its executions cost. */
struct path {
    bool open;
    uint64_t begin[COUNT_KINDS];
    uint64_t sum[COUNT_KINDS];
    uint64_t times;
    uint64_t min;
    uint64_t max;
    bool interrupt;            /* begins at an address */
    const struct step **steps; /* of the third execution, in order */
    unsigned step_count;
};
static struct path paths[MARK_COUNT];

/* Where a path begins, or ends, without a mark. */
struct place {
    uint64_t address;
    unsigned number;
};

struct places {
    struct place place[AT_MAX];
    unsigned count;
};
static struct places begins, ends;

#define REGION_MAX 64

/* The executions of MARK_REGION one by one: instructions and marks. */
static uint64_t regions[REGION_MAX];
static unsigned region_count;
static char out_name[512] = "count.txt", steps_name[512];
static unsigned __int128 recorded; /* bit n: path n is open, and its steps are wanted */

static void path_begin(struct path *path)
{
    path->open = true;
    if (steps_name[0] != '\0' && path->times < STEPS_WHICH) {
        recorded |= (unsigned __int128)1 << (path - paths);
        path->step_count = 0;
    }
    memcpy(path->begin, now, sizeof now);
}

static void path_close(struct path *path)
{
    path->open = false;
    recorded &= ~((unsigned __int128)1 << (path - paths));
}

static void interrupts_close(void)
{
    for (unsigned i = 0; i < begins.count; i++) {
        path_close(&paths[begins.place[i].number]);
    }
}

static void path_end(struct path *path)
{
    uint64_t instructions = now[COUNT_INSTRUCTIONS] - path->begin[COUNT_INSTRUCTIONS];

    if (!path->open) {
        return;
    }
    path_close(path);
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
    path_close(path);
    now[COUNT_MARKS]++;
}

/* The instruction at a watched address. */
static void on_address(unsigned cpu, void *data)
{
    uintptr_t address = (uintptr_t)data;

    (void)cpu;
    for (unsigned i = 0; i < begins.count; i++) {
        if (begins.place[i].address == address) {
            path_begin(&paths[begins.place[i].number]);
        }
    }
    for (unsigned i = 0; i < ends.count; i++) {
        if (ends.place[i].address == address) {
            path_end(&paths[ends.place[i].number]);
        }
    }
}

/* What a core with such an erratum adds: the TLBIs behind the last DSB, and this DSB, again (Arm
 * Cortex-A76 1286807, Cortex-A55 2441007). */
static void count_errata(unsigned cpu, enum count_kind kind)
{
    unsigned *open = &tlbi_open[cpu % CORES];

    if (kind == COUNT_TLBI) {
        ++*open;
    } else if (kind == COUNT_DSB && *open != 0) {
        now[COUNT_ERRATA] += *open + 1;
        *open = 0;
    }
}

static void record(struct path *path, const struct step *step)
{
    if (path->steps == NULL) {
        path->steps = malloc(STEPS_MAX * sizeof path->steps[0]);
    }
    if (path->steps != NULL && path->step_count < STEPS_MAX) {
        path->steps[path->step_count++] = step;
    }
}

static void on_execute(unsigned cpu, void *data)
{
    const struct step *step = data;

    now[COUNT_INSTRUCTIONS]++;
    now[COUNT_FAR] += cpu != 0;
    now[step->kind]++;
    count_errata(cpu, step->kind);
    for (unsigned path = 0; recorded >> path != 0; path++) {
        if (recorded >> path & 1) {
            record(&paths[path], step);
        }
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

static bool is_among(const struct places *places, uint64_t address)
{
    for (unsigned i = 0; i < places->count; i++) {
        if (places->place[i].address == address) {
            return true;
        }
    }
    return false;
}

static void watch_address(struct qemu_plugin_insn *insn)
{
    uint64_t address = qemu_plugin_insn_vaddr(insn);

    if (is_among(&begins, address) || is_among(&ends, address)) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_address, CALLBACK_NO_REGISTERS,
                                               (void *)(uintptr_t)address);
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

/* One line per instruction: path, address, opcode. */
static void steps_write(void)
{
    FILE *file = fopen(steps_name, "w");

    if (file == NULL) {
        perror(steps_name);
        return;
    }
    for (unsigned number = 0; number < MARK_COUNT; number++) {
        for (unsigned i = 0; i < paths[number].step_count; i++) {
            const struct step *step = paths[number].steps[i];
            fprintf(file, "%u %" PRIx64 " %08x\n", number, step->address, step->opcode);
        }
    }
    fclose(file);
}

/* One line per path: number, times, min, max, then the sum of every kind. Then one line per
 * region. */
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
    fclose(file);
    if (steps_name[0] != '\0') {
        steps_write();
    }
}

/* ADDRESS:NUMBER */
static bool read_place(struct places *places, const char *text)
{
    struct place *place = &places->place[places->count];
    char *end;

    if (places->count == AT_MAX) {
        return false;
    }
    places->count++;
    place->address = strtoull(text, &end, 0);
    place->number = (unsigned)strtoul(end + (*end == ':'), NULL, 0) % MARK_COUNT;
    return *end == ':';
}

static bool read_argument(const char *argument)
{
    if (strncmp(argument, "out=", 4) == 0) {
        (void)snprintf(out_name, sizeof out_name, "%s", argument + 4);
        return true;
    }
    if (strncmp(argument, "steps=", 6) == 0) {
        (void)snprintf(steps_name, sizeof steps_name, "%s", argument + 6);
        return true;
    }
    if (strncmp(argument, "at=", 3) == 0 && read_place(&begins, argument + 3)) {
        paths[begins.place[begins.count - 1].number].interrupt = true;
        return true;
    }
    return strncmp(argument, "end=", 4) == 0 && read_place(&ends, argument + 4);
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
