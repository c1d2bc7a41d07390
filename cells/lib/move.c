/* SPDX-License-Identifier: Apache-2.0 */
/* Knows by which names the tool gives what `moves` says, and how a thread is moved. */
#include "cells/lib/move.h"

#include <stddef.h>

#include "cells/lib/call.h"
#include "cells/lib/format.h"
#include "cells/lib/start.h"

/* Time on a core is a budget NAME@CORE; value NAME is the home. */
static bool find_times(struct move_thread *thread, const struct start_info *start, const char *name)
{
    bool any = false;

    for (unsigned core = 0; core < MOVE_CORES; core++) {
        char time[BH_NAME_MAX];
        (void)format(time, sizeof(time), "%s@%u", name, core);
        const struct start_cap *cap = start_find_cap(start, time);
        thread->time[core] = cap != NULL && cap->type == BH_BUDGET ? cap->slot : 0;
        any = any || thread->time[core] != 0;
    }
    return any;
}

void move_open(struct move *move, const struct start_info *start)
{
    move->count = 0;
    for (uint32_t i = 0; i < start->cap_count && move->count < MOVE_THREADS; i++) {
        const struct start_cap *cap = start_cap_at(start, i);
        struct move_thread *thread = &move->threads[move->count];
        if ((cap->type == BH_THREAD || cap->type == BH_VCPU) &&
            find_times(thread, start, cap->name)) {
            thread->thread = cap->slot;
            thread->home = (uint8_t)start_value_or(start, cap->name, 0);
            thread->at = thread->home;
            move->count++;
        }
    }
}

enum bh_status move_thread(struct move_thread *thread, unsigned core)
{
    enum bh_status status;

    if (core >= MOVE_CORES || thread->time[core] == 0) {
        return BH_NO_RIGHT;
    }
    status = thread->at == core ? BH_OK : bh_thread_budget(thread->thread, thread->time[core]);
    thread->at = status == BH_OK ? (uint8_t)core : thread->at;
    return status;
}

unsigned move_pack(struct move *move, unsigned from, unsigned to)
{
    unsigned left = 0;

    for (unsigned i = 0; i < move->count; i++) {
        struct move_thread *thread = &move->threads[i];
        left += thread->at == from && from != to && move_thread(thread, to) != BH_OK;
    }
    return left;
}

unsigned move_unpack(struct move *move, unsigned home)
{
    unsigned left = 0;

    for (unsigned i = 0; i < move->count; i++) {
        struct move_thread *thread = &move->threads[i];
        left += thread->home == home && move_thread(thread, home) != BH_OK;
    }
    return left;
}
