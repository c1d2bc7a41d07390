/* SPDX-License-Identifier: Apache-2.0 */
/* All registers at once, before and after the kernel was entered (registers.S). */
#pragma once

#include <stdint.h>

#define LAB_REGISTERS 31
#define LAB_FP_WORDS  66

void lab_registers_call(const uint64_t in[LAB_REGISTERS], uint64_t out[LAB_REGISTERS]);
void lab_registers_break(const uint64_t in[LAB_REGISTERS], uint64_t out[LAB_REGISTERS]);
void lab_registers_spin(const uint64_t in[LAB_REGISTERS], uint64_t out[LAB_REGISTERS]);
void lab_fp_fill(uint64_t pattern);
void lab_fp_read(uint64_t out[LAB_FP_WORDS]);
