/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that boot.S and C share; those that C defines are in numbers.c. */
#pragma once

#define CPU_OFFSET 2048 /* of struct cpu in struct cpu_block: the stack is below */

/* What a core that comes later gets from the root pool: stack and struct cpu at its end. */
#define CPU_BLOCK_ORDER 13

/* Registers of UARTs, and the number of the bit that says that there is no room. */
#define UART_DR           0x00 /* PL011 */
#define UART_FR           0x18
#define UART_FR_TXFF      5
#define CADENCE_CR        0x00
#define CADENCE_CR_ON     0x14 /* transmitter and receiver */
#define CADENCE_SR        0x2c
#define CADENCE_SR_TXFULL 4
#define CADENCE_FIFO      0x30

#define CURRENT_EL2         8
#define SCTLR_EL2_OFF       0x30c50830 /* RES1 bits, MMU and caches off */
#define RELOCATION_RELATIVE 1027
