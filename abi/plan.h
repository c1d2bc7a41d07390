/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled description: the kernel calls that build the system, for the warden to make in
 * order.
 *
 * The plan is the list of calls itself, so that what the warden does, what the tool reports and
 * what an independent reader derives are the same thing. It sits in a memory of the warden named
 * "plan". */
#pragma once

#include <assert.h>
#include <stdint.h>

#define BH_PLAN_MAGIC   UINT64_C(0x6e616c702d6862) /* "bh-plan" */
#define BH_PLAN_VERSION 4

/* One call: number (abi/calls.def), the warden's slot for x9, x0..x5. Or PLAN_WRITE, which is not
 * the kernel's: the warden writes the 64-bit word args[1] at address args[0] of its space. */
#define PLAN_WRITE 0x10000u
struct plan_op {
    uint32_t call;
    uint32_t cap;
    uint64_t args[6];
};

/* One cell; its handler badge is its index in the array. */
struct plan_cell {
    char name[32];
    uint32_t first_op; /* the calls that build it, from its pool on */
    uint32_t op_count;
    uint32_t pool; /* the warden's slots of its pool, cell, first thread and that one's budget */
    uint32_t cell;
    uint32_t thread;
    uint32_t budget;
    uint32_t flags;      /* enum plan_cell_flag */
    uint32_t first_copy; /* what makes its writable data as new */
    uint32_t copy_count;
    uint32_t overrun; /* the warden's slot of the signal of its used-up budget, 0: none */
    uint64_t overrun_bit;
    uint32_t amount; /* its budget, in microseconds */
    uint32_t period;
};

enum plan_cell_flag {
    PLAN_CELL_VM = 1,
    PLAN_CELL_RESTART = 2 /* built again after a fault; its budget is not of its pool */
};

/* Bytes to copy before a cell is built again: addresses in the warden's space. */
struct plan_copy {
    uint64_t to;
    uint64_t from;
    uint64_t size;
};

/* A cell may have the warden switch a core to a plan of windows (struct bh_plan). */
struct plan_switch {
    uint32_t cell; /* its index, and its badge at the fault endpoint */
    uint32_t core; /* the warden's slots of the core, and of the memory with the plan */
    uint32_t page;
    uint32_t reserved;
};

/* Such a cell calls the fault endpoint: word 0 is a row of the table of switches, one of its own;
 * word 1: enum plan_switch_when. Word 0 of the answer: status of plan_start; NO_RIGHT if the row is
 * not its. */
enum plan_switch_when { PLAN_SWITCH_AT_END = 0, PLAN_SWITCH_AT_ONCE = 1 };

struct plan {
    uint64_t magic;
    uint32_t version;
    uint32_t size;                    /* bytes with its tables */
    uint32_t cell_count, cell_offset; /* offsets count from the start of the plan */
    uint32_t op_count, op_offset;
    uint32_t copy_count, copy_offset;
    uint32_t endpoint; /* the warden's slot of its fault endpoint; the first ops make and bind it */
    uint32_t last_count; /* ops at the end that are made only once the warden has said that the
                          * system is built: windows that do not admit it may begin */
    uint32_t switch_count, switch_offset;
};
static_assert(sizeof(struct plan_switch) == 16, "written by the tool, read by the warden");
static_assert(sizeof(struct plan_op) == 56, "written by the tool, read by the warden");
static_assert(sizeof(struct plan_cell) == 88, "written by the tool, read by the warden");
static_assert(sizeof(struct plan_copy) == 24, "written by the tool, read by the warden");
