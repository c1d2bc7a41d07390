/* SPDX-License-Identifier: Apache-2.0 */
/* The periodic task: how long after its deadline the interrupt's handler was entered. */
#include "guests/rtos/app/app.h"

#include "guests/rtos/task.h"

#define SNAPSHOT_US 100000 /* one snapshot in so many microseconds */
#define START       10     /* periods until the first deadline */

struct histogram app_jitter;

/* The last one is not lost if the queue is full: its receiver waits for it. */
static void send(uint64_t sequence, uint64_t periods, uint64_t misses, bool last)
{
    struct statistics snapshot = {
        .magic = STATISTICS_MAGIC,
        .sequence = sequence,
        .period = app.period_us * 1000,
        .periods = periods,
        .misses = misses,
        .min = app_jitter.min,
        .mean = histogram_mean(&app_jitter),
        .max = app_jitter.max,
    };

    (void)queue_send(&app_statistics, &snapshot, last ? TIME_NEVER : TIME_NOW);
}

void jitter_run(void *nothing)
{
    uint64_t per_snapshot = app.period_us > SNAPSHOT_US ? 1 : SNAPSHOT_US / app.period_us;
    uint64_t deadline = port_now() + app.delay + START * app.period;
    uint64_t misses = 0;
    uint64_t sequence = 0;
    uint64_t next = per_snapshot;

    (void)nothing;
    for (uint64_t done = 0; app.periods == 0 || done < app.periods;) {
        uint64_t late = task_sleep_until(deadline) - deadline;
        uint64_t missed = late / app.period;

        histogram_add(&app_jitter, app_nanoseconds(late));
        misses += missed;
        done += 1 + missed;
        deadline += (1 + missed) * app.period;
        if (done >= next) {
            send(sequence++, done, misses, false);
            next += per_snapshot;
        }
        if (app.periods != 0 && done >= app.periods) {
            send(sequence++, done, misses, true);
        }
    }
    for (;;) {
        (void)task_sleep_until(TIME_NEVER - 1);
    }
}
