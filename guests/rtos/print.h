/* SPDX-License-Identifier: Apache-2.0 */
/* Formatted lines on the UART. */
#pragma once

void print_open(void);

/* One line, "rtos: " in front, newline behind; at most 160 characters (cells/lib/format.h says what
 * can be formatted). Lines of different tasks do not mix. Not in an interrupt. */
__attribute__((format(printf, 1, 2))) void print(const char *text, ...);

/* The same without asking anybody: for who is about to end the system. */
__attribute__((format(printf, 1, 2))) void print_at_once(const char *text, ...);
