/* SPDX-License-Identifier: Apache-2.0 */
/* Where the guest's own translation tables put an address. They are the guest's: nothing in them is
 * believed, and a walk has at most four steps. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cells/vmm/ram.h"

/* EL1's registers of the same names. */
struct walk_registers {
    uint64_t sctlr;
    uint64_t tcr;
    uint64_t ttbr[2];
};

/* False if there is no translation, or the tables are not in RAM. */
bool walk_address(const struct ram *ram, const struct walk_registers *registers, uint64_t address,
                  uint64_t *ipa);

/* Little-endian data of the guest, 4 or 8 bytes at a multiple of that, past all caches: the guest
 * may run without them. False if it is not in RAM. */
bool walk_read(const struct ram *ram, uint64_t ipa, unsigned size, uint64_t *value);
