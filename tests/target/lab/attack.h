/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that makes random calls with what is in its cell's table: for million.c. */
#pragma once

#include "tests/target/lab/lab.h"

#define ATTACK_SLOTS      256             /* of its table; most arguments are below 48 */
#define ATTACK_PAIR(type) (2u * (type)-1) /* the first of two slots with that type */

/* At the bottom of an attacker's page. Its calls may zero it, so that some are not counted. */
struct attack {
    uint64_t random, calls, wrong;
    uint64_t statuses[BH_STATUS_COUNT];
};

/* The thread: arg is the address of its struct attack. It needs text, constants and stack only. */
__attribute__((noreturn)) void attack_main(uint64_t arg);
