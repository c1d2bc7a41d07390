/* SPDX-License-Identifier: Apache-2.0 */
/* Arm PL011 UART, transmit only, as firmware or QEMU set it up. */
#pragma once

#include "kernel/lib/types.h"

/* base 0: no console, characters go nowhere. */
void pl011_init(uint64_t base);
