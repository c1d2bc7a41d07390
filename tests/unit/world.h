/* SPDX-License-Identifier: Apache-2.0 */
/* For unit tests: the warden's calls in one line each, and threads that stand where a test needs
 * them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/obj/core.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/cell_ops.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/irq.h"
#include "kernel/obj/line.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/signal.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/sched/sched.h"
#include "tests/unit/machine.h"

/* Setup and teardown of each test: a freshly booted machine; invariants and TLBs checked at the
 * end. */
int world_setup(void **state);
int world_teardown(void **state);

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

/* The running thread makes a call with x9 = cap and x0.. = arguments; its status (meaningless
 * while it waits). */
#define DO(name, cap, ...) world_call(CALL_##name, cap, (const uint64_t[6]){__VA_ARGS__})
uint64_t world_call(uint64_t number, uint64_t cap, const uint64_t arguments[6]);

/* The same, with all of x0..x12 set by the test. */
uint64_t world_registers(const uint64_t x[13]);

/* x0.. of who made the last call. */
uint64_t world_result(unsigned index);

/* Message calls of the running thread. send, slot, deadline: x10, x11, x12. */
uint64_t world_send(uint64_t endpoint, uint64_t word, uint64_t send, uint64_t slot);
uint64_t world_wait(enum bh_action action, uint64_t word, uint64_t send, uint64_t slot,
                    uint64_t deadline);

/* An empty slot of the warden's table; an object made by the warden in one. */
uint64_t world_slot(void);
uint64_t world_make(enum bh_type type, uint64_t a, uint64_t b, uint64_t c);
struct object *world_object(uint64_t slot);
struct thread *world_thread_at(uint64_t slot);

/* Derive from the warden's slot into a new one, with these rights and badge. */
uint64_t world_derive(uint64_t slot, uint64_t rights, uint64_t badge);

/* A native thread of the warden's cell, suspended, with a budget (priority 0: without). */
uint64_t world_thread(unsigned priority);
/* The same, running from now on until it waits; priority above the warden's. */
uint64_t world_running(unsigned priority);
/* A thread of its own that waits, without a budget (priority 0) or with one. */
uint64_t world_waiting(unsigned priority);
/* An endpoint that a thread serves. */
uint64_t world_endpoint(uint64_t thread);
/* A vCPU in a VM cell of its own, suspended, with a budget (priority 0: without). *cell: its
 * cell's slot. */
uint64_t world_vcpu(unsigned priority, uint64_t *cell);

/* A CORE capability to core 1, which is on. */
uint64_t world_second_core(void);
/* The same as world_thread on core 1, running there. */
uint64_t world_far(unsigned priority);
/* Such a thread that waits, and an endpoint that it serves; the machine is on core 0 then. */
uint64_t world_far_server(unsigned priority, uint64_t *thread);
/* From now on this core does what is done. */
void world_on(unsigned core);

/* The running thread faults or exits with these words. */
void world_fault(uint64_t word);
void world_exit(uint64_t word, uint8_t to_register);
/* Time passes; the timer interrupt comes if it is due. */
void world_time(uint64_t ticks);
/* The interrupt line rises. False: the distributor does not signal it. */
bool world_interrupt(uint32_t intid);

/* The warden's thread. */
struct thread *world_warden(void);
/* What runs is the warden, or a thread in one of its slots. */
#define assert_runs(slot) assert_ptr_equal(machine_current(), world_thread_at(slot))

/* Run something that must halt the machine with these words on its console or a violation. */
#define assert_halts(statement)      \
    do {                             \
        jmp_buf escape;              \
        volatile bool halted = true; \
        host.escape = &escape;       \
        if (setjmp(escape) == 0) {   \
            statement;               \
            halted = false;          \
        }                            \
        host.escape = NULL;          \
        assert_true(halted);         \
    } while (0)
