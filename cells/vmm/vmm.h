/* SPDX-License-Identifier: Apache-2.0 */
/* All that a vmm knows about its one guest. */
#pragma once

#include "cells/vmm/gic.h"
#include "cells/vmm/image.h"
#include "cells/vmm/passed.h"
#include "cells/vmm/port.h"
#include "cells/vmm/rtc.h"
#include "cells/vmm/uart.h"

/* Faults of a processor in a row, and where. */
struct same_faults {
    uint32_t count;
    uint64_t pc;
};

struct device;

struct vmm {
    const struct device
        *last; /* that the guest used and that is always there; or NULL: platform.c */
    struct ram ram;
    const struct guest_image *image; /* what the tool prepared, checked */
    uint32_t on;                     /* bit n: processor n is on */
    bool said_abort; /* the guest's author was told of an access that nobody answers */
    struct same_faults same_faults[PORT_CPUS_MAX];
    struct uart uart;
    struct rtc rtc;
    struct gic gic;
    struct passed passed;
};
