/* SPDX-License-Identifier: Apache-2.0 */
/* Text to the console cell. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "abi/start.h"
#include "abi/types.h"

/* Console protocol: a call carries up to 64 bytes of text in its eight words, ended by a NUL if it
 * is shorter. After 64 bytes without a newline at the end the line goes on in the next call. */
#define PRINT_MESSAGE_MAX (8 * BH_MESSAGE_WORDS)

/* Longest text of one print(); what is longer is cut. */
#define PRINT_MAX 256

/* Formats as format() does and sends the text. Without a living console the text is lost. */
__attribute__((format(printf, 1, 2))) void print(const char *text, ...);

/* Sends size bytes, none of them NUL, which ends the piece of up to 64 bytes that it is in. */
enum bh_status print_text(const char *text, size_t size);

/* Prints a sentence and stops this cell. */
__attribute__((format(printf, 1, 2), noreturn)) void print_stop(const char *text, ...);

/* Called at the start: finds the capability named "console". */
void print_open(const struct start_info *start);
