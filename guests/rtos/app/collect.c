/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the snapshots from their queue, keeps the last one under a mutex, and sends each into the
 * channel 'stats' if the description gave one; at the end prints what it knows. */
#include "guests/rtos/app/app.h"

#include "abi/types.h"
#include "cells/lib/call.h"
#include "cells/lib/channel.h"
#include "guests/rtos/bulkhead.h"
#include "guests/rtos/mutex.h"
#include "guests/rtos/print.h"
#include "guests/rtos/report.h"
#include "guests/rtos/task.h"

#define STATUS_SECONDS 5

static struct mutex lock;
static struct statistics latest;
static uint64_t posted; /* entries that went into the channel */

static bool has_channel;
static struct channel channel;
static uint8_t *channel_memory;
static size_t channel_size;
static uint32_t channel_signal;

void collect_open(void)
{
    channel_memory = bulkhead_memory("stats", &channel_size);
    channel_signal = bulkhead_cap("stats", BH_SIGNAL);
    has_channel = channel_memory != NULL && channel_signal != 0 &&
                  channel_attach(&channel, channel_memory, channel_size,
                                 (unsigned)bulkhead_value("stats-side", 0));
    mutex_open(&lock);
}

static void wake_reader(void)
{
    if (channel_wake_needed(&channel)) {
        (void)bh_signal_send(channel_signal);
    }
}

/* A reader that is down or slow misses entries. */
static void post(const struct statistics *snapshot)
{
    if (has_channel) {
        posted += channel_send(&channel, snapshot) == CHANNEL_OK;
        wake_reader();
    }
}

void collect_garbage(void)
{
    uint64_t random = port_now() | 1;

    for (size_t i = 0; has_channel && i < channel_size; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        channel_memory[i] = (uint8_t)random;
    }
    if (has_channel) {
        (void)bh_signal_send(channel_signal);
    }
    print(has_channel ? "its channel is full of garbage now" : "it has no channel");
}

static void print_summary(const struct statistics *s)
{
    print("jitter periods=%lu misses=%lu min=%lu mean=%lu max=%lu ns", s->periods, s->misses,
          s->min, s->mean, s->max);
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (app_jitter.buckets[i] != 0) {
            print("hist %lu %lu %u", histogram_low(i), histogram_low(i + 1) - 1,
                  app_jitter.buckets[i]);
        }
    }
}

void collect_run(void *nothing)
{
    struct statistics snapshot;

    (void)nothing;
    while (queue_receive(&app_statistics, &snapshot, TIME_NEVER)) {
        bool locked = mutex_lock(&lock);

        latest = snapshot;
        if (locked) {
            mutex_unlock(&lock);
        }
        post(&snapshot);
        if (app.periods != 0 && snapshot.periods >= app.periods) {
            print_summary(&snapshot);
            report_off();
        }
    }
}

void status_print(void)
{
    bool locked = mutex_lock(&lock);
    struct statistics s = latest;
    uint64_t seconds = clock_seconds() % 86400;

    if (locked) {
        mutex_unlock(&lock);
    }
    print("%lu periods of %lu us, %lu missed, entry after %lu to %lu ns, mean %lu; %lu posted",
          s.periods, app.period_us, s.misses, s.min, s.max, s.mean, posted);
    if (clock_answers() != 0) {
        print("the clock service says %02lu:%02lu:%02lu UTC, answer %lu", seconds / 3600,
              seconds / 60 % 60, seconds % 60, clock_answers());
    }
}

void status_run(void *nothing)
{
    uint64_t next = port_now();

    (void)nothing;
    for (;;) {
        next += STATUS_SECONDS * app.frequency;
        (void)task_sleep_until(next);
        if (!app.quiet) {
            status_print();
        }
    }
}
