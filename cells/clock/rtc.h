/* SPDX-License-Identifier: Apache-2.0 */
/* Real-time clocks: devices that count seconds, one row for each kind. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef volatile uint32_t rtc_registers;

struct rtc_driver {
    /* From any state (rule 23): it runs, nothing is pending, and if it can it interrupts when the
     * next second begins. */
    void (*open)(rtc_registers *base);
    uint32_t (*seconds)(rtc_registers *base); /* since 1970 */
    /* Takes the interrupt away for good. False if there was none. */
    bool (*quiet)(rtc_registers *base);
};

/* By the value "rtc-type" (abi/start.h); NULL for an unknown one. */
const struct rtc_driver *rtc_find(uint64_t type);
