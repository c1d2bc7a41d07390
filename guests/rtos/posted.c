/* SPDX-License-Identifier: Apache-2.0 */
/* Knows where the hypervisor reads the priority of the running task (abi/vcpu_page.h). Task
 * priority 31 is this guest's ceiling, 1 is 30 below it; the idle task's is 0. */
#include "abi/vcpu_page.h"
#include "cells/lib/call.h"
#include "guests/rtos/bulkhead.h"
#include "guests/rtos/port.h"
#include "guests/rtos/task.h"

static volatile struct bh_vcpu_page *page;
static uint32_t ceiling;
static bool always_most;

void posted_open(bool greedy)
{
    size_t size = 0;

    always_most = greedy;
    ceiling = (uint32_t)bulkhead_value("priority", 0);
    page = bulkhead_memory("priority", &size);
}

void port_post_interrupt(void)
{
    if (page != NULL) {
        page->posted = BH_POSTED_CEILING;
    }
}

void port_post(unsigned priority)
{
    uint32_t below = TASK_PRIORITIES - 1 - priority;

    if (page == NULL) {
        return;
    }
    uint32_t posted = priority == 0 || below > ceiling ? 0 : ceiling - below;
    posted = always_most ? UINT32_MAX : posted;
    page->posted = posted;
    if (posted < page->waiting) {
        (void)bh_yield(0);
    }
}
