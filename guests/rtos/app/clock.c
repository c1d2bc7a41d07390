/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the native service 'clock' for the time once a second, where the description gave it. */
#include "guests/rtos/app/app.h"

#include "abi/types.h"
#include "cells/lib/clock.h"
#include "guests/rtos/bulkhead.h"
#include "guests/rtos/print.h"
#include "guests/rtos/task.h"

static uint64_t seconds;
static uint64_t answers;

uint64_t clock_seconds(void)
{
    return seconds;
}

uint64_t clock_answers(void)
{
    return answers;
}

static void ask(uint32_t service)
{
    struct clock_now now;

    if (clock_ask(service, &now) == BH_OK) {
        seconds = now.seconds;
        answers++;
    }
}

void clock_run(void *nothing)
{
    uint32_t service = bulkhead_cap("clock", BH_ENDPOINT);
    uint64_t next = port_now();

    (void)nothing;
    for (;;) {
        next = service == 0 ? TIME_NEVER - 1 : next + app.frequency;
        (void)task_sleep_until(next);
        ask(service);
    }
}
