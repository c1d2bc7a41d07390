/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own address space: flat, W^X, only what it uses. */
#pragma once

#include "abi/boot.h"
#include "kernel/lib/types.h"

/* Build the tables from the image's symbols and boot_info and switch the MMU and caches on. Runs
 * with
 * the MMU off; every access in it is aligned. Returns NULL, or what is wrong with the board's
 * facts. */
const char *mmu_start(const struct boot_info *info);

/* Boot is over: boot_info is not needed any more. */
void mmu_forget_boot(const struct boot_info *info);

/* Physical address bits of the core (ID_AA64MMFR0_EL1.PARange). */
uint32_t mmu_physical_bits(void);
