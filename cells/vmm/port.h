/* SPDX-License-Identifier: Apache-2.0 */
/* What the device models ask of the world outside them; unit tests have a world of their own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/start.h"

/* Finds the capabilities that the functions below use; stops the vmm if one is missing. */
void port_open(const struct start_info *start);

/* Settings of a virtual interrupt: BH_VIRQ_* and the priority. */
void port_irq_settings(uint32_t irq, uint32_t settings);

/* Set and clear pending (1) and active (2) of a virtual interrupt; returns the new state. */
uint32_t port_irq_state(uint32_t irq, uint32_t set, uint32_t clear);

/* Level of the UART's interrupt line. */
void port_uart_line(bool high);

/* Guest output to the console. */
void port_console(const char *text, size_t size);

/* When text that the guest has not ended by a newline is to be shown: CNTPCT ticks. */
uint64_t port_flush_time(void);

/* A sentence of the vmm itself, formatted as by print(); a newline is added. */
__attribute__((format(printf, 1, 2))) void port_say(const char *text, ...);
