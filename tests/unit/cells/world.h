/* SPDX-License-Identifier: Apache-2.0 */
/* The world that device models see in unit tests: it remembers what it was asked for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cells/vmm/port.h"
#include "cells/vmm/walk.h"

#define WORLD_TEXT 63 /* bytes of output or input at a time */

struct world {
    uint32_t settings[PORT_CPUS_MAX][1020]; /* last port_irq_settings */
    uint32_t state[PORT_CPUS_MAX][1020];    /* pending 1, active 2, senders from bit 8 on */
    unsigned settings_calls;
    unsigned state_calls;
    void (*meanwhile)(void); /* what the guest's processors do behind each such call; NULL */
    unsigned acks[32];       /* port_irq_ack, by slot */
    bool line[PORT_LINE_COUNT];
    unsigned line_calls;
    uint32_t line_cpu[PORT_LINE_COUNT];
    char console[4096];
    size_t console_length;
    unsigned console_calls;
    bool console_full;  /* port_output has no room */
    const char *typed;  /* what port_input gives, WORLD_TEXT at a time */
    uint64_t now;       /* ticks */
    uint64_t frequency; /* of them in a second: 1000, if a test does not say */
    uint64_t seconds;
    unsigned said;
    uint64_t registers[32];
    struct walk_registers walk;
    struct bh_vcpu_page *pages[PORT_CPUS_MAX];
};

extern struct world world;
void world_reset(void);
