/* SPDX-License-Identifier: Apache-2.0 */
/* Text to the console cell: through the channel "tty" if this cell has one (see stream_write()),
 * else by calls of the endpoint "console". */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "abi/start.h"
#include "abi/types.h"

struct stream;

/* Console protocol: a call carries up to 64 bytes of text in its eight words, ended by a NUL if it
 * is shorter. After 64 bytes without a newline at the end the line goes on in the next call. */
#define PRINT_MESSAGE_MAX (8 * BH_MESSAGE_WORDS)

/* Longest text of one print(); what is longer is cut. */
#define PRINT_MAX 256

/* Formats as format() does and sends the text. A console that is rebuilt meanwhile is called again;
 * without a living console the text is lost. */
__attribute__((format(printf, 1, 2))) void print(const char *text, ...);

/* Sends size bytes, none of them NUL, which ends the piece of up to 64 bytes that it is in. */
enum bh_status print_text(const char *text, size_t size);

/* Prints a sentence and stops this cell. */
__attribute__((format(printf, 1, 2), noreturn)) void print_stop(const char *text, ...);

/* The stream "tty", NULL if the cell has none: for reading, and for writing without waiting. */
struct stream *print_stream(void);

/* Called at the start: finds the channel "tty" and the capability "console". */
void print_open(const struct start_info *start);
