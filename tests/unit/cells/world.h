/* SPDX-License-Identifier: Apache-2.0 */
/* The world that device models see in unit tests: it remembers what it was asked for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct world {
    uint32_t settings[1020]; /* last port_irq_settings */
    uint32_t state[1020];    /* pending 1, active 2 */
    unsigned settings_calls;
    unsigned state_calls;
    bool line;
    unsigned line_calls;
    char console[1024];
    size_t console_length;
    unsigned console_calls;
    unsigned said;
};

extern struct world world;
void world_reset(void);
