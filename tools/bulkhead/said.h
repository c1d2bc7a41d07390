/* SPDX-License-Identifier: Apache-2.0 */
/* What a description says, as it was read: board, memories, extra capabilities. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/types.h"
#include "tools/bulkhead/arena.h"

#define PAGE  UINT64_C(4096)
#define BLOCK (UINT64_C(2) << 20)

struct range {
    uint64_t base;
    uint64_t size;
};

struct ranges {
    struct range *items;
    unsigned count;
};

struct numbers {
    uint64_t *items;
    unsigned count;
};

/* "local=target" in a list of names; without '=' both are the same. */
struct name {
    const char *local;
    const char *target;
};

struct names {
    struct name *items;
    unsigned count;
};

/* name = <number>: a value for a program, or a private memory and its size. */
struct entry {
    const char *name;
    const char *path;
    uint64_t number;
};

struct cell;
struct irq;
struct memory;

struct device {
    const char *name;
    const char *path;
    struct ranges registers;   /* said */
    struct numbers interrupts; /* said */
    bool edge;                 /* said */
    bool dma;                  /* said */
    const char *compatible;    /* said */
    struct cell *owner;
    struct memory **memories; /* one for each register range, once asked for */
};

struct board {
    const char *path;
    const char *model;
    struct ranges ram;
    struct ranges reserved;
    uint64_t load;
    uint64_t timer_frequency;
    const char *psci;
    const char *qemu;    /* options of the emulator that is this board */
    const char *console; /* device of the boot ladder and of the warden's reports */
    struct ranges distributor, cpu_interface, hyp_interface, guest_interface, redistributors;
    struct numbers cores; /* one: how many; more: the MPIDR of each; none: one core */
    uint64_t maintenance, hyp_timer, virt_timer, phys_timer;
    struct list devices;
};

/* Memory that several cells see. */
struct shared {
    const char *name;
    const char *path;
    uint64_t size;
    bool uncached;
    struct names ends; /* of a channel */
    struct memory *memory;
};

/* A part of a plan's frame, and who may run then: microseconds. */
struct window {
    const char *name;
    const char *path;
    uint64_t at, length;
    struct names cells;
    bool others; /* all that have no window on this core */
};

/* A node below /plans: cyclic time partitions of a core. */
struct time_plan {
    const char *name;
    const char *path;
    uint64_t core, frame;
    bool starts;
    struct list windows; /* struct window, in the order of time once they are checked */
    struct memory *page; /* struct bh_plan */
    bool used;           /* it starts, or some cell may switch to it */
};

/* A node below caps { }: an extra capability. */
struct extra {
    const char *name;
    const char *path;
    const char *target;
    uint64_t number;
    enum bh_type type;
    bool flag;
    uint64_t badge;
    struct names rights;
};

struct options {
    const char *source; /* .dts or .dtb */
    const char *image;
    const char *kernel;
    const char *files; /* folder of programs and guests */
    const char *deps;
    const char *report;
    const char *trace;   /* console text to compare with */
    uint64_t limit;      /* nanoseconds that a cell may be behind its window */
    bool busy;           /* traced cells never wait */
    struct list defines; /* -D and -I for cpp */
    struct list more;    /* what stands behind -- : for the emulator */
};
