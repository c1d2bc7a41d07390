/* SPDX-License-Identifier: Apache-2.0 */
/* The warden: builds the system from its plan, then answers for every cell that faults. */
#include "cells/lib/call.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/warden/plan.h"
#include "cells/warden/report.h"

/* Faults so far, by index in the plan. */
static unsigned fault_counts[PLAN_CELLS_MAX];

static const struct plan_cell unknown_cell = {.name = "(not in the plan)"};

static void handle_fault(const struct plan_view *plan, const struct bh_message *m, uint64_t badge)
{
    struct bh_fault_words fault = {m->w[0], m->w[1], m->w[2], m->w[3],
                                   m->w[4], m->w[5], m->w[6], m->w[7]};

    if (badge < plan->cell_count) {
        report_fault(&plan->cells[badge], &fault, ++fault_counts[badge]);
    } else {
        report_fault(&unknown_cell, &fault, 1);
    }
}

/* What becomes of who waits for the answer to this event. */
static enum bh_action handle(const struct plan_view *plan, struct bh_message *m,
                             const struct bh_received *r)
{
    switch ((enum bh_event)r->event) {
    case BH_EVENT_FAULT:
        handle_fault(plan, m, r->badge);
        break;
    case BH_EVENT_EXIT:
        report("warden: a vCPU with no vmm needs one (access to 0x%lx); it is stopped\n",
               (unsigned long)m->w[1]);
        break;
    case BH_EVENT_MESSAGE: /* the warden offers no service */
    case BH_EVENT_SIGNAL:
    case BH_EVENT_DEADLINE:
        break;
    }
    return server_refuse(m, r);
}

static void supervise(const struct plan_view *plan)
{
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    for (;;) {
        struct bh_received r;
        enum bh_status status = bh_reply_wait(action, &m, &r);

        /* NO_CALLER: who waited is gone. Nothing else can go wrong with these arguments. */
        action = status == BH_OK ? handle(plan, &m, &r) : BH_WAIT_ONLY;
    }
}

void cell_main(const struct start_info *start)
{
    struct plan_view plan = {0};

    report_open(start);
    if (plan_open(&plan, start)) {
        struct plan_failures failed = plan_execute(&plan);

        report("warden: %u cells built, %u failed\n", plan.cell_count - failed.cells, failed.cells);
        if (failed.calls != 0) {
            report("warden: %u calls that connect, start or freeze the cells failed, too\n",
                   failed.calls);
        }
    }
    supervise(&plan);
}
