/* SPDX-License-Identifier: Apache-2.0 */
/* What the hostile test programs share: results on the console, slots, objects, threads, cells.
 *
 * A program prints "PASS name" or "FAIL name: why" for each of its tests and DONE at the end.
 * Its cell is the one of systems/test.dts.in. Threads and cells that it makes see its whole
 * image (text, data, bss), each in its own space, so that what they find out is simply written
 * to variables. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"

#define LAB_PAGE  4096u
#define LAB_STACK 4096u

/* What the description gave, by slot. */
struct lab {
    const struct start_info *start;
    uint32_t pool;   /* CREATE, INFO */
    uint32_t self;   /* this cell: GRANT, THREAD, INFO */
    uint32_t thread; /* the first thread: CONTROL, READ, BIND */
    uint32_t core;   /* SCHED, POWER */
    uint32_t door;   /* an endpoint that the first thread serves, all rights */
    uint32_t signal; /* a signal that reaches the first thread, all rights, unbadged */
};
extern struct lab lab;

/* Find all that, make door and signal. Call it first. */
void lab_open(const struct start_info *start);

/* One test: begin, any number of expectations (the first that fails is reported), end. */
void lab_begin(const char *name);
__attribute__((format(printf, 2, 3))) bool lab_expect(bool good, const char *why, ...);
void lab_end(void);
/* The whole program: says DONE and waits for ever. */
__attribute__((noreturn)) void lab_done(void);

/* The status that a call must have. */
bool lab_status(const char *what, enum bh_status got, enum bh_status want);

/* Set-up that the test is not about: a status other than OK ends the program with a sentence. */
void lab_need(const char *what, enum bh_status status);

/* Slots of this cell's table: a free one; give one back, deleting what is in it. */
uint32_t lab_slot(void);
void lab_drop(uint32_t slot);

/* Objects; each returns the slot of the new capability. */
uint32_t lab_create(uint32_t pool, enum bh_type type, const uint64_t args[3]);
uint32_t lab_child_pool(uint64_t bytes);
uint32_t lab_make(uint32_t pool, enum bh_type type); /* ENDPOINT, SIGNAL */
uint32_t lab_budget(uint32_t pool, uint64_t priority);
uint32_t lab_derive(uint32_t cap, uint64_t rights, uint64_t badge);
/* The description's RAM of this many bytes (8, 16 or 32 KiB), zeroed: all rights but DESTROY. */
uint32_t lab_ram(uint64_t bytes);
/* Map a memory capability of this cell at a fresh address. */
void *lab_map(uint32_t memory, uint32_t access);

/* A cell with this program's image in its slots 1 to lab_image_slots(), at the same addresses. */
uint32_t lab_cell(uint32_t pool, uint64_t slots, bool vm);
uint32_t lab_image_slots(void);

/* What a new thread is. */
struct lab_spec {
    uint32_t pool;
    uint32_t cell;
    uint64_t priority;
    uint64_t flags;   /* enum bh_thread_flag */
    uint32_t handler; /* endpoint of its faults, 0: none */
    void (*entry)(uint64_t arg);
    uint64_t arg;
    void *stack;       /* LAB_STACK bytes */
    uint64_t home;     /* its core */
    uint32_t home_cap; /* CORE with SCHED for that; 0: core 0 */
};
struct lab_thread {
    uint32_t thread;
    uint32_t budget;
};

/* Make a thread with its budget, ready to run; entry must not return. */
struct lab_thread lab_thread(const struct lab_spec *spec);
/* The same, and let it run. */
struct lab_thread lab_run(const struct lab_spec *spec);
/* Destroy both. */
void lab_thread_end(struct lab_thread thread);
/* A fresh start of an existing thread that is suspended. */
void lab_restart(struct lab_thread thread, void (*entry)(uint64_t arg), uint64_t arg, void *stack);

/* Wait for an event, at most this long; an event of DEADLINE says that none came. */
enum bh_status lab_wait(enum bh_action action, struct bh_message *m, struct bh_received *r,
                        uint64_t milliseconds);
/* Wait until all of these bits of lab.signal have come; false: not in time. */
bool lab_wait_bits(uint64_t bits, uint64_t milliseconds);
/* Let everything of lower priority run for a while. */
void lab_sleep(uint64_t milliseconds);

/* CORE capabilities "core", "core1" and so on; how many there are. */
#define LAB_CORES 8
unsigned lab_cores(uint32_t cores[LAB_CORES]);

/* Kernel memory and slots in use, to compare. */
struct lab_account {
    uint64_t pool_free, pool_objects, vmids, slots, threads;
};
struct lab_account lab_account(void);
bool lab_account_same(struct lab_account a, struct lab_account b);

/* Pseudo-random numbers (xorshift64*, Vigna 2016); the state must not be 0. */
uint64_t lab_random(uint64_t *state);
