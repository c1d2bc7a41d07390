/* SPDX-License-Identifier: Apache-2.0 */
/* A QEMU plugin that counts how often each instruction in memory is executed, from reset until a
 * text is on the serial line and the processor waits (WFI).
 *
 * Places are physical: whose code it is, the reader learns from the map of the image. Arguments:
 * out=FILE, where "ADDRESS TIMES" is written for each place when the count ends; serial=FILE, where
 * the emulator writes what it sends (-serial file:FILE); until=TEXT; and, if how much comes before
 * an instruction is to be said, too, first=ADDRESS of that. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/plugin/qemu.h"

#define EXPORT __attribute__((visibility("default")))

#define OPCODE_WFI    0xd503207fU
#define FIRST_ADDRESS UINT64_C(0x40000000) /* of the first instruction: the board's boot loader */
#define PLACES        (UINT64_C(1) << 28)  /* 1 GiB of RAM */

EXPORT const int qemu_plugin_version = PLUGIN_VERSION;

/* Counters by (address - FIRST_ADDRESS) / 4: sparse, the host gives memory for what is touched. */
static uint64_t *times;
static const uint8_t *first; /* where the emulator has the memory at FIRST_ADDRESS */
static const char *out_name, *serial_name, *until, *first_text;
static uint64_t first_place; /* 0: none, or it has been executed */
static FILE *serial;
static size_t matched; /* characters of `until` at the end of what was sent */
static bool ended;

static void write_all(void)
{
    FILE *file = fopen(out_name, "w");

    if (file == NULL) {
        perror(out_name);
        return;
    }
    for (uint64_t i = 0; i < PLACES; i++) {
        if (times[i] != 0) {
            fprintf(file, "%#" PRIx64 " %" PRIu64 "\n", FIRST_ADDRESS + i * 4, times[i]);
        }
    }
    fclose(file);
}

/* Reads what has been sent since the last time. A text whose first character is in it only once
 * can be found without going back. */
static bool text_is_there(void)
{
    int c;

    if (serial == NULL) {
        serial = fopen(serial_name, "r");
    }
    if (serial == NULL) {
        return false;
    }
    clearerr(serial);
    while (until[matched] != '\0' && (c = fgetc(serial)) != EOF) {
        matched = c == until[matched] ? matched + 1 : c == until[0];
    }
    return until[matched] == '\0';
}

static void on_wfi(unsigned cpu, void *data)
{
    (void)cpu;
    (void)data;
    if (!ended && text_is_there()) {
        ended = true;
        write_all();
        printf("spread: counted\n");
        fflush(stdout);
    }
}

static void on_first(unsigned cpu, void *data)
{
    uint64_t sum = 0;

    (void)cpu;
    (void)data;
    if (first_place == 0) {
        return;
    }
    first_place = 0;
    for (uint64_t i = 0; i < PLACES; i++) {
        sum += times[i];
    }
    printf("spread: %" PRIu64 " before the first\n", sum);
}

static void on_translate(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        const uint8_t *here = qemu_plugin_insn_haddr(insn);
        uint32_t opcode;
        uint64_t place;

        first = first == NULL ? here : first;
        place = (uint64_t)(here - first) / 4;
        if (here < first || place >= PLACES) {
            fprintf(stderr, "spread: code outside the board's RAM cannot be counted\n");
            exit(1);
        }
        qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD_U64, &times[place], 1);
        if (place == first_place) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_first, CALLBACK_NO_REGISTERS, NULL);
        }
        memcpy(&opcode, qemu_plugin_insn_data(insn), sizeof opcode);
        if (opcode == OPCODE_WFI) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_wfi, CALLBACK_NO_REGISTERS, NULL);
        }
    }
}

static bool read_argument(const char *argument, const char *name, const char **value)
{
    size_t length = strlen(name);

    if (strncmp(argument, name, length) != 0) {
        return false;
    }
    *value = strdup(argument + length);
    return *value != NULL;
}

EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!read_argument(argv[i], "out=", &out_name) &&
            !read_argument(argv[i], "serial=", &serial_name) &&
            !read_argument(argv[i], "until=", &until) &&
            !read_argument(argv[i], "first=", &first_text)) {
            fprintf(stderr, "spread: what is %s?\n", argv[i]);
            return -1;
        }
    }
    if (first_text != NULL) {
        first_place = (strtoull(first_text, NULL, 0) - FIRST_ADDRESS) / 4;
    }
    times = calloc(PLACES, sizeof *times);
    if (times == NULL || out_name == NULL || serial_name == NULL || until == NULL) {
        fprintf(stderr, "spread: needs out=, serial=, until= and memory\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    return 0;
}
