/* SPDX-License-Identifier: Apache-2.0 */
/* The warden: builds the system from its plan, then answers for every cell that faults. */
#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/warden/plan.h"
#include "cells/warden/report.h"
#include "cells/warden/restart.h"

/* Faults so far, by index in the plan. */
static unsigned fault_counts[PLAN_CELLS_MAX];

/* When it was built again, in ticks; 0: never. */
static uint64_t built_at[PLAN_CELLS_MAX];

static const struct plan_cell unknown_cell = {.name = "(not in the plan)"};

static const char *const verdicts[] = {
    [RESTART_NEVER] = "all others go on",
    [RESTART_NOW] = "it is restarted, all others go on",
    [RESTART_TOO_OFTEN] = "that is too often, more than 10 times in 10 s: it stays stopped, all "
                          "others go on",
};
_Static_assert(RESTART_MAX == 10 && RESTART_SECONDS == 10, "the sentence says so");

static void rebuild(const struct plan_view *plan, uint32_t index)
{
    restart_cell(plan, &plan->cells[index]);
    built_at[index] = counter_now();
}

static enum bh_action handle_fault(const struct plan_view *plan, const struct bh_message *m,
                                   uint64_t badge)
{
    struct bh_fault_words fault = {m->w[0], m->w[1], m->w[2], m->w[3],
                                   m->w[4], m->w[5], m->w[6], m->w[7]};
    enum restart_verdict verdict;

    if (badge >= plan->cell_count) {
        report_fault(&unknown_cell, &fault, (struct report_outcome){1, verdicts[RESTART_NEVER]});
        return BH_STOP;
    }
    verdict = restart_judge(plan, (uint32_t)badge, counter_now(), counter_frequency());
    report_fault(&plan->cells[badge], &fault,
                 (struct report_outcome){++fault_counts[badge], verdicts[verdict]});
    if (verdict != RESTART_NOW) {
        return BH_STOP;
    }
    restart_take_over(&plan->cells[badge]);
    rebuild(plan, (uint32_t)badge);
    return BH_WAIT_ONLY;
}

/* A cell that uses up its budget is as good as faulted, if its description says so: but not if it
 * was a repair that used most of it. */
static void handle_overrun(const struct plan_view *plan, uint32_t index)
{
    const struct plan_cell *cell = &plan->cells[index];
    uint64_t period = counter_frequency() * cell->period / 1000000;
    enum restart_verdict verdict;

    if (counter_now() - built_at[index] < period) {
        return;
    }
    verdict = restart_judge(plan, index, counter_now(), counter_frequency());
    restart_take_over(cell);
    report_overrun(cell, plan_pc(cell->thread),
                   (struct report_outcome){++fault_counts[index], verdicts[verdict]});
    if (verdict == RESTART_NOW) {
        rebuild(plan, index);
    } else {
        restart_give_up();
    }
}

static void handle_signal(const struct plan_view *plan, uint64_t bits)
{
    for (uint32_t i = 0; i < plan->cell_count; i++) {
        if ((plan->cells[i].overrun_bit & bits) != 0) {
            handle_overrun(plan, i);
        }
    }
}

/* What becomes of who waits for the answer to this event. */
static enum bh_action handle(const struct plan_view *plan, struct bh_message *m,
                             const struct bh_received *r)
{
    switch ((enum bh_event)r->event) {
    case BH_EVENT_FAULT:
        return handle_fault(plan, m, r->badge);
    case BH_EVENT_EXIT:
        report("warden: a vCPU with no vmm needs one (access to 0x%lx); it is stopped\n",
               (unsigned long)m->w[1]);
        break;
    case BH_EVENT_SIGNAL:
        handle_signal(plan, m->w[0]);
        break;
    case BH_EVENT_MESSAGE: /* the one service: another plan of windows */
        *m = (struct bh_message){{plan_switch(plan, r->badge, m->w)}};
        return BH_REPLY;
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

        if (status == BH_OK) {
            action = handle(plan, &m, &r);
        } else { /* NO_CALLER: who waited is gone; BAD_ARG: another thread's fault waits still */
            action = status == BH_BAD_ARG ? BH_STOP : BH_WAIT_ONLY;
        }
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
        plan_execute_last(&plan);
    }
    supervise(&plan);
}
