/* SPDX-License-Identifier: Apache-2.0 */
/* Text to the board's PL011. */
#pragma once

#include <stdint.h>

#define UART_FR UINT64_C(0x09000018)

void uart_text(const char *text);
void uart_number(uint64_t value);
void uart_hex(uint64_t value);

/* "name=value " */
void uart_field(const char *name, uint64_t value);
