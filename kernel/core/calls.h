/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel calls: numbers, dispatch, and what a method gets to see. */
#pragma once

#include "kernel/cap/cap.h"
#include "kernel/core/cpu.h"

enum call_number {
#define CALL(number, name, types, rights, argc, args, resc, results, doc) CALL_##name = number,
#include "abi/calls.def"
    CALL_LIMIT
};

/* Types that a capability may have, as abi/calls.def and abi/arguments.def write them. */
#define OBJECT(number, NAME, name, doc) T_##NAME = TYPE_BIT(number),
#define RIGHT(NAME, bit, RIGHT_NAME, doc)
enum method_types {
#include "abi/objects.def"
    T_NONE = 0,
    T_ANY = TYPE_ANY,
    T_SELF_OR_CELL = 0x8000
};

/* One call being made: check everything, then commit. */
struct request {
    struct thread *current;
    struct cpu *cpu;
    struct slot *cap; /* what x9 names, checked for type and rights; NULL for T_NONE */
    uint64_t word;    /* of cap when it was checked: a call without the lock looks at no other */
    uint64_t other;   /* of argument */
    struct object *object; /* what that is to */
    struct cell *cell;     /* T_SELF_OR_CELL: the cell that is meant */
    struct slot *argument; /* what abi/arguments.def says, checked; NULL: none */
    uint64_t *x;           /* arguments in, results out */
};

/* The methods, in calls_cap.c, calls_thread.c and calls_object.c; one for each row of
 * abi/calls.def. */
#define CALL(number, name, types, rights, argc, args, resc, results, doc) \
    MUST_CHECK status do_##name(struct request *request);
#include "abi/calls.def"

/* A kernel call that a thread of another core is making here. */
void call_arrive(struct thread *thread, struct cpu *cpu);

/* Any call but the two that carry messages, which ipc.c takes first. */
struct resume call_method(struct thread *current, struct cpu *cpu);

/* A call of the thread ends with another status than OK: that is counted and told. */
COLD void call_failed(const struct thread *thread, status result);

static inline void call_ended(const struct thread *thread, status result)
{
    if (unlikely(result != BH_OK)) {
        call_failed(thread, result);
    }
}

/* A method has done what is shared, its call ends with OK, and what it still does belongs to this
 * core: the lock is given back. What other cores want of what is here comes by mail, later. */
void call_unlock(struct cpu *cpu);

/* The capability argument at index in the caller's table. */
MUST_CHECK struct cap_found request_cap(const struct request *request, uint64_t index,
                                        uint32_t types, uint32_t rights);
