/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a command line: "name", "name=number", "name=word". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A word of this name is there, with or without a value. */
bool arguments_flag(const char *text, const char *name);

/* The value of name=number (decimal), or what it is when there is none. */
uint64_t arguments_number(const char *text, const char *name, uint64_t otherwise);

/* name=value is there. */
bool arguments_value(const char *text, const char *name, const char *value);
