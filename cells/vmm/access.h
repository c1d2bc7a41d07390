/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's access to a device whose instruction the processor did not describe: load and store of
 * a pair, post- and pre-index. */
#pragma once

#include "abi/types.h"
#include "cells/vmm/vmm.h"

enum access_result {
    ACCESS_DONE,    /* registers are as the instruction leaves them, but for pc */
    ACCESS_NOTHING, /* nothing answers at the address */
    ACCESS_UNKNOWN  /* no instruction that this knows; nothing was done */
};

enum access_result access_perform(struct vmm *vmm, const struct bh_exit_words *exit);
