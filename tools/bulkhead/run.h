/* SPDX-License-Identifier: Apache-2.0 */
/* Starting an image in the emulator that is the board. */
#pragma once

#include "tools/bulkhead/model.h"

/* Runs QEMU as the board's qemu property says, on this terminal, with further options of the
 * command line. Returns only if that cannot be: false, and a sentence was printed. */
bool run_system(struct system *system, const uint8_t *image);
