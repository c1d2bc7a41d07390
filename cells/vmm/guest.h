/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's life: its start, its firmware calls, its resets and its end. */
#pragma once

#include "abi/types.h"
#include "cells/lib/call.h"
#include "cells/vmm/vmm.h"

/* Everything as after power-on, and the guest at its first instruction. The vCPU is suspended. */
void guest_start(struct vmm *vmm);

/* What becomes of the guest after an exit that its devices do not answer, or a fault. The results
 * of a firmware call are in m. */
enum bh_action guest_firmware_call(struct vmm *vmm, struct bh_message *m);
enum bh_action guest_access(struct vmm *vmm, const struct bh_message *m);
enum bh_action guest_fault(struct vmm *vmm, const struct bh_message *m);
