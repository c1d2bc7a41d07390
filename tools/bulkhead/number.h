/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in text: of a trace, of the command line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Digits of the base (10 or 16) from *at on, which goes on behind them. False: there is none, or
 * the number is above most. */
bool number_take(const char **at, unsigned base, uint64_t most, uint64_t *number);

/* A whole word that is a decimal number and no more. */
bool number_read(const char *text, uint64_t most, uint64_t *number);
