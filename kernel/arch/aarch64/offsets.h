/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets and numbers that assembly uses; exception.c and start.c assert that C agrees. */
#pragma once

#define FRAME_X(n)   (8 * (n))
#define FRAME_X30_SP 240
#define FRAME_PC_PSR 256
#define FRAME_TLS    272

#define ESR_EC_SHIFT 26
#define ESR_EC_SVC   0x15

#define BOOT_MAGIC 0x622d6862 /* boot_info.magic, low 32 bits */
#define BOOT_LOAD  16
#define BOOT_UART  32

#define CPU_OFFSET 3072 /* of struct cpu in struct cpu_block: the stack is below */

#define UART_FR      0x18 /* PL011: flags */
#define UART_FR_TXFF 5

#define CURRENT_EL2         8
#define SCTLR_EL2_OFF       0x30c50830 /* RES1 bits, MMU and caches off */
#define RELOCATION_RELATIVE 1027
