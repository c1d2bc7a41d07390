/* SPDX-License-Identifier: Apache-2.0 */
/* A core of arch/aarch64 for tests of that folder's C code: a file of system registers that objects
 * to what may not be read or written now, and a count of each instruction. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void core_reset(void);

/* What the kernel's code does. */
uint64_t core_read(const char *name);
void core_write(const char *name, uint64_t value);
void core_instruction(const char *name, uint64_t operand);

/* What a test does. "translation" is what AT will leave in PAR_EL1. */
uint64_t core_get(const char *name);
void core_set(const char *name, uint64_t value);
unsigned core_count(const char *instruction);
/* The value that VTTBR_EL2 had at the last instruction of that name. */
uint64_t core_vttbr_at(const char *instruction);
/* Reading it is an error from now on: it is UNKNOWN. */
void core_unknown(const char *name);
/* How many rules were broken so far; the last one's sentence is printed. */
unsigned core_broken(void);

/* The VTTBR_EL2 of the owner of the EL1 registers, 0: nobody's; set before anything is switched. */
extern uint64_t (*core_owner_vttbr)(void);
/* What an instruction does beside being counted; set before it is executed, NULL: nothing. */
extern void (*core_operation)(const char *name, uint64_t operand);
