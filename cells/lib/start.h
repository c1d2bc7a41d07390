/* SPDX-License-Identifier: Apache-2.0 */
/* Finding by name what the description gave this cell. */
#pragma once

#include "abi/start.h"
#include "abi/types.h"

/* The program: called once, on the cell's first thread. When it returns, the thread waits for ever
 * and refuses what comes. */
void cell_main(const struct start_info *start);

/* What the tool says about a name, NULL if it gave nothing of that name. A server's rows about its
 * clients (slot 0) are not capabilities: start_cap_at() has them. */
const struct start_cap *start_find_cap(const struct start_info *start, const char *name);
const struct start_memory *start_find_memory(const struct start_info *start, const char *name);
const struct start_value *start_find_value(const struct start_info *start, const char *name);

/* The same for what a program cannot do without: a sentence on the console and the end of the cell
 * if it is not there, or a capability of another type (enum bh_type), or memory with less. */
uint32_t start_need_cap(const struct start_info *start, const char *name, uint32_t type);
const struct start_memory *start_need_memory(const struct start_info *start, const char *name,
                                             uint32_t access);
uint64_t start_need_value(const struct start_info *start, const char *name);

/* A value, or what it is when the description does not say. */
uint64_t start_value_or(const struct start_info *start, const char *name, uint64_t otherwise);

/* Row i of the capabilities and of the memories, for programs that look through all of them. */
const struct start_cap *start_cap_at(const struct start_info *start, uint32_t i);
const struct start_memory *start_memory_at(const struct start_info *start, uint32_t i);

/* Called by _start. */
__attribute__((noreturn)) void start_cell(const struct start_info *start);
