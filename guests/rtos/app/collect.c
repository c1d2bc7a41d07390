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
#define NONSENSE       3 /* entries */

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

static uint64_t next_random(uint64_t random)
{
    random ^= random << 13;
    random ^= random >> 7;
    return random ^ random << 17;
}

/* Entries that are nonsense, as long as there is room. */
static void send_nonsense(uint64_t *random)
{
    uint64_t entry[CHANNEL_ENTRY / sizeof(uint64_t)];

    for (unsigned i = 0; i < NONSENSE; i++) {
        for (unsigned n = 0; n < CHANNEL_ENTRY / sizeof(uint64_t); n++) {
            entry[n] = *random = next_random(*random);
        }
        (void)channel_send(&channel, entry);
    }
    wake_reader();
}

/* Over the words of both ends, too. */
static void scribble(uint64_t *random)
{
    for (size_t i = 0; i < channel_size; i++) {
        *random = next_random(*random);
        channel_memory[i] = (uint8_t)*random;
    }
    (void)bh_signal_send(channel_signal);
}

static void locked(void (*act)(uint64_t *random), uint64_t *random)
{
    if (mutex_lock(&lock)) {
        act(random);
        mutex_unlock(&lock);
    }
}

void collect_garbage(void)
{
    uint64_t random = port_now() | 1;

    if (!has_channel) {
        print("it has no channel");
        return;
    }
    locked(send_nonsense, &random);
    (void)task_sleep_until(port_now() + app.frequency / 100); /* let the reader see it */
    locked(scribble, &random);
    print("garbage is in its channel");
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
        if (mutex_lock(&lock)) {
            latest = snapshot;
            post(&snapshot);
            mutex_unlock(&lock);
        }
        if (app.periods != 0 && snapshot.periods >= app.periods) {
            print_summary(&snapshot);
            report_off();
        }
    }
}

void status_print(void)
{
    struct statistics s = {0};
    uint64_t seconds = clock_seconds() % 86400;

    if (mutex_lock(&lock)) {
        s = latest;
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
    /* Not before everybody else has had a chance to start, the console for one. */
    uint64_t next = task_sleep_until(port_now() + app.frequency / 100);

    (void)nothing;
    print("start %lu, GICv%u, counter %lu Hz, kernel calls: %s, arguments: '%s'", report_starts(),
          app.board->gic_version, app.frequency, bulkhead_present() ? "yes" : "no",
          app.board->arguments);
    for (;;) {
        next += STATUS_SECONDS * app.frequency;
        (void)task_sleep_until(next);
        if (!app.quiet) {
            status_print();
        }
    }
}
