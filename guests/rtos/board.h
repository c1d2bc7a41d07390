/* SPDX-License-Identifier: Apache-2.0 */
/* Which machine this is: from its device tree, or what QEMU's virt has where there is none. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARD_ARGUMENTS 256

struct board {
    unsigned gic_version; /* 2 or 3 */
    uint64_t gicd;
    uint64_t gicc; /* GICv2 */
    uint64_t gicr; /* GICv3: of this processor */
    uint64_t uart; /* PL011 */
    uint32_t uart_irq;
    uint32_t timer_irq; /* of the virtual timer */
    uint64_t start;     /* struct start_info of abi/start.h; 0: no kernel calls */
    uint64_t start_size;
    char arguments[BOARD_ARGUMENTS]; /* /chosen: bootargs */
};

/* gic_version: what the processor's ID register says, where no device tree says anything. True if
 * there is a device tree. */
bool board_read(struct board *board, const void *tree, size_t limit, unsigned gic_version);
