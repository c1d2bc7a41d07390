/* SPDX-License-Identifier: Apache-2.0 */
/* UART of the boot console, transmit only, as firmware or boot.S set it up. */
#pragma once

#include "kernel/lib/types.h"

/* type: enum start_device_type (abi/device.h). base 0, or another type: no console, characters go
 * nowhere. */
void uart_init(uint64_t base, uint32_t type);
