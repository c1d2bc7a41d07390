/* SPDX-License-Identifier: Apache-2.0 */
/* What the victim of kill_anywhere.c does, call by call. */
#pragma once

#include <stdint.h>

#include "cells/lib/call.h"

#define PRIVATE_AT UINT64_C(0x20000000)
#define RW         (BH_MAP_READ | BH_MAP_WRITE)
#define FAR        (UINT64_C(1) << 40) /* ticks: never */

enum priorities { NESTED = 70, SERVICE = 65, CLIENT = 63, DOOR = 61, VICTIM = 60, PEER = 58 };
enum { ABOVE = 150 };

/* The victim's table behind its image. */
enum inside {
    IN_POOL = 16,
    IN_CELL,
    IN_CORE,
    IN_PRIVATE,
    IN_SHARED,
    IN_PEER,
    IN_SERVICE,
    IN_DOOR,
    IN_SERVER,
    IN_KILLER,
    IN_RECEIVED, /* of its server */
    F0,          /* free from here on: what the script makes */
    F1,
    F2,
    F3,
    F4,
    F5,
    F6,
    F7,
    F8,
    F9,
    F10,
    F11
};

struct step {
    uint64_t number, cap, args[6];
    enum bh_status want;
};

#define DO(name, cap, ...)                        \
    {                                             \
        BH_CALL_##name, cap, {__VA_ARGS__}, BH_OK \
    }
#define MAKE(type, slot, ...)        DO(pool_create, IN_POOL, BH_##type, slot, __VA_ARGS__)
#define SEND(endpoint, cap, receive) DO(call, endpoint, cap, receive)

static const struct step steps[] = {
    /* capabilities */
    DO(cap_derive, IN_PEER, 0, F0, BH_SIGNAL_SEND, 0),
    DO(cap_derive, F0, 0, F1, BH_SIGNAL_SEND, 0),
    DO(cap_revoke, F0),
    DO(cap_delete, 0, F0),
    /* memory, as a driver uses it: map, work, tell the peer, wait for it, unmap */
    DO(memory_map, 0, IN_PRIVATE, PRIVATE_AT, RW),
    DO(memory_clean, IN_PRIVATE, BH_ZERO, 0),
    DO(signal_send, IN_PEER),
    DO(reply_wait, FAR),
    DO(memory_unmap, 0, IN_PRIVATE),
    /* messages with capabilities, out and in */
    SEND(IN_SERVICE, IN_SHARED, F9),
    DO(cap_delete, 0, F9),
    SEND(IN_DOOR, 0, 0),
    DO(reply_wait, 30),
    /* a cell of its own, whose thread faults at once: its handler is the victim's server */
    MAKE(CELL, F0, 16),
    MAKE(THREAD, F1, F0),
    MAKE(BUDGET, F2, IN_CORE, NESTED),
    DO(cap_derive, IN_SHARED, F0, 1, RW),
    DO(memory_map, F0, 1, 0x1000, RW),
    DO(thread_handler, F1, IN_DOOR),
    DO(thread_budget, F1, F2),
    DO(thread_set, F1, 0x1000, 0, 0),
    DO(thread_resume, F1),
    /* what is bound to what */
    MAKE(ENDPOINT, F3),
    DO(endpoint_bind, F3, IN_SERVER),
    SEND(F3, 0, 0),
    MAKE(SIGNAL, F4),
    DO(signal_bind, F4, IN_SERVER),
    DO(signal_send, F4),
    DO(thread_suspend, IN_SERVER),
    DO(thread_read, IN_SERVER, 0),
    DO(thread_resume, IN_SERVER),
    DO(thread_cancel, IN_SERVER),
    /* a guest that never runs, with an interrupt pending */
    MAKE(CELL, F5, 16, 1),
    MAKE(VCPU, F6, F5, 40),
    MAKE(LINE, F7, F6, 33),
    MAKE(SIGNAL, F8),
    DO(signal_bind, F8, F7),
    DO(vcpu_irq, F6, 33, BH_VIRQ_ENABLE | 0x80),
    DO(signal_send, F8),
    DO(vcpu_irq_state, F6, 33, 0, 0),
    DO(line_set, F7, 1),
    DO(yield, 0),
    /* pools in pools, and all ends */
    MAKE(POOL, F10, 4096),
    DO(pool_create, F10, BH_SIGNAL, F11),
    DO(object_destroy, F10),
    DO(cap_delete, 0, F11),
    DO(object_destroy, F0),
    DO(cap_delete, 0, F1),
    DO(object_destroy, F2),
    DO(object_destroy, F3),
    DO(object_destroy, F4),
    DO(object_destroy, F5),
    DO(cap_delete, 0, F6),
    DO(object_destroy, F7),
    DO(object_destroy, F8),
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))
