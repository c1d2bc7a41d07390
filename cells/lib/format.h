/* SPDX-License-Identifier: Apache-2.0 */
/* Text from values: the small part of printf that the cells use. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* %s %c %u %d %x %% and, for 64 bits, %lu %ld %lx; a width, with 0 or - in front, and .max for %s.
 * Writes at most size - 1 characters and always a final NUL (size > 0). Returns the length written.
 * Anything else after % is printed as it stands, so that a wrong format is seen. */
__attribute__((format(printf, 3, 4))) size_t format(char *to, size_t size, const char *text, ...);
size_t format_list(char *to, size_t size, const char *text, va_list list);
