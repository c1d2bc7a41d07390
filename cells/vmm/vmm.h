/* SPDX-License-Identifier: Apache-2.0 */
/* All that a vmm knows about its one guest. */
#pragma once

#include "cells/vmm/gic.h"
#include "cells/vmm/image.h"
#include "cells/vmm/rtc.h"
#include "cells/vmm/uart.h"

struct vmm {
    uint32_t vcpu; /* slot of its capability */
    uint32_t gic_version;
    uint32_t interrupts;
    struct ram ram;
    const struct guest_image *image; /* what the tool prepared, checked */
    bool said_abort;      /* the guest's author was told of an access that nobody answers */
    uint32_t same_faults; /* in a row, at this pc: */
    uint64_t fault_pc;
    struct uart uart;
    struct rtc rtc;
    struct gic gic;
};
