/* SPDX-License-Identifier: Apache-2.0 */
/* Predicts in which order the jobs of posts.h begin and end on one core, by their priorities alone,
 * and compares that with what they wrote. Knows nothing of guests, budgets or interrupts. */
#include "tests/target/posts.h"

#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "guests/rtos/app/schedule.h"

#define JOBS      10
#define TASKS     8
#define GUESTS    3
#define HIGHEST   31 /* of a guest's own priorities: its ceiling */
#define EVENTS    (TASKS * JOBS * 2)
#define LEAST_GAP 30 /* us between two events of the model that any kernel keeps apart */
#define LOOK_MS   10
#define LOOKS     100

struct model_task {
    uint8_t guest, number;
    uint32_t priority[2]; /* of the whole system, for the two parts of a job */
    uint32_t work[2];     /* us */
    uint32_t first, period;
    uint32_t job, part, left; /* where it is */
};

struct model_event {
    struct schedule_entry entry;
    uint32_t at; /* us */
};

#define POSTED(ceiling, own) ((own) == 0 ? 0 : (ceiling)-HIGHEST + (own))
#define OF(guest, ceiling, K, P, S, T, C, D, E) \
    {guest, K, {POSTED(ceiling, P), POSTED(ceiling, D)}, {C, E}, S, T, 0, 0, 0},
#define FIRST(...)  OF(0, POSTS_CEILING_FIRST, __VA_ARGS__)
#define SECOND(...) OF(1, POSTS_CEILING_SECOND, __VA_ARGS__)
#define GREEDY(K, P, S, T, C, D, E) \
    {2, K, {POSTS_CEILING_GREEDY, POSTS_CEILING_GREEDY}, {C, E}, S, T, 0, 0, 0},

static struct model_task tasks[TASKS] = {POSTS_FIRST(FIRST) POSTS_SECOND(SECOND)
                                             POSTS_GREEDY(GREEDY)};
static struct model_event events[EVENTS];
static unsigned event_count;

static uint32_t release(const struct model_task *t)
{
    return t->job == JOBS ? UINT32_MAX : t->first + t->job * t->period;
}

static void event(const struct model_task *t, enum schedule_kind kind, uint32_t now)
{
    events[event_count++] =
        (struct model_event){{t->guest, t->number, (uint8_t)t->job, (uint8_t)kind}, now};
}

/* The most urgent of the released ones; equals, which only the greedy guest has, in the order of
 * its own priorities, which is that of the table. */
static struct model_task *most_urgent(uint32_t now)
{
    struct model_task *best = NULL;

    for (unsigned i = 0; i < TASKS; i++) {
        struct model_task *t = &tasks[i];
        if (release(t) <= now &&
            (best == NULL || t->priority[t->part] > best->priority[best->part])) {
            best = t;
        }
    }
    return best;
}

static uint32_t next_release(uint32_t now)
{
    uint32_t next = UINT32_MAX;

    for (unsigned i = 0; i < TASKS; i++) {
        uint32_t at = release(&tasks[i]);
        next = at > now && at < next ? at : next;
    }
    return next;
}

/* One piece of running, until the part is over or somebody is released. */
static uint32_t run(struct model_task *t, uint32_t now)
{
    if (t->left == 0) {
        if (t->part == 0) {
            event(t, SCHEDULE_BEGIN, now);
        }
        t->left = t->work[t->part];
    }
    uint32_t until = next_release(now);
    uint32_t piece = until - now < t->left ? until - now : t->left;
    t->left -= piece;
    now += piece;
    if (t->left == 0 && t->part == 0 && t->priority[1] != 0 && t->work[1] != 0) {
        t->part = 1;
    } else if (t->left == 0) {
        event(t, SCHEDULE_END, now);
        t->part = 0;
        t->job++;
    }
    return now;
}

static void predict(void)
{
    uint32_t now = 0;

    while (now != UINT32_MAX) {
        struct model_task *t = most_urgent(now);
        now = t == NULL ? next_release(now) : run(t, now);
    }
}

/* Events that come close together could come in any order: the table would be a bad one. An end and
 * the begin of who waited for it are in order. */
static unsigned too_close(void)
{
    unsigned count = 0;

    for (unsigned i = 1; i < event_count; i++) {
        bool waited = events[i - 1].entry.kind == SCHEDULE_END;
        count += !waited && events[i].at - events[i - 1].at < LEAST_GAP;
    }
    return count;
}

static bool same(const struct schedule_entry *a, const struct schedule_entry *b)
{
    return a->guest == b->guest && a->task == b->task && a->job == b->job && a->kind == b->kind;
}

static void compare(const struct schedule *schedule)
{
    unsigned i = 0;

    while (i < event_count && i < schedule->count &&
           same(&schedule->entries[i], &events[i].entry)) {
        i++;
    }
    if (i == event_count && schedule->count == event_count && too_close() == 0) {
        print("PASS posts.order: %u events of %u tasks of %u guests\n", i, TASKS, GUESTS);
        return;
    }
    const struct schedule_entry *was = &schedule->entries[i], *is = &events[i].entry;
    print("FAIL posts.order: event %u of %u (%u): guest %u task %u job %u kind %u, predicted guest "
          "%u task %u job %u kind %u at %u us; %u too close\n",
          i, event_count, schedule->count, was->guest, was->task, was->job, was->kind, is->guest,
          is->task, is->job, is->kind, events[i].at, too_close());
}

static void sleep_ms(uint64_t ms)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){0, 0, counter_after(ms)});
}

void cell_main(const struct start_info *start)
{
    struct schedule *schedule = (struct schedule *)(uintptr_t)start_need_memory(
                                    start, "schedule", BH_MAP_READ | BH_MAP_WRITE)
                                    ->address;

    print_open(start);
    __atomic_store_n(&schedule->wanted, GUESTS, __ATOMIC_RELEASE);
    predict();
    for (unsigned i = 0; i < LOOKS; i++) {
        sleep_ms(LOOK_MS);
        if (__atomic_load_n(&schedule->over, __ATOMIC_ACQUIRE) == TASKS) {
            break;
        }
    }
    compare(schedule);
    for (;;) {
        sleep_ms(1000);
    }
}
