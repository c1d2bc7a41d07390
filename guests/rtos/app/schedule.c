/* SPDX-License-Identifier: Apache-2.0 */
/* Knows periodic tasks that only compute and write down when: task K of the command line has
 * priority pK, released at sK and then every tK microseconds, computes cK and, at priority dK if
 * that is not 0, eK more. */
#include "guests/rtos/app/schedule.h"

#include "guests/rtos/app/app.h"
#include "guests/rtos/arguments.h"
#include "guests/rtos/bulkhead.h"
#include "guests/rtos/print.h"
#include "guests/rtos/task.h"

#define TASKS    8
#define JOBS     10
#define START_MS 20

static struct schedule *schedule;
static uint8_t guest;

static struct work {
    uint8_t number, priority, later;
    uint64_t first, period;  /* us */
    uint64_t compute, after; /* us at priority and at later */
} works[TASKS];

/* Two instructions a round: a thousand of them are a microsecond where one is a nanosecond. */
static void compute(uint64_t us)
{
    uint64_t rounds = us * 500;

    if (rounds != 0) {
        __asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(rounds)::"cc");
    }
}

static uint32_t add_one(uint32_t *word)
{
    return __atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
}

static void note(const struct work *work, unsigned job, enum schedule_kind kind)
{
    uint32_t at = add_one(&schedule->count);

    if (at < SCHEDULE_ENTRIES) {
        schedule->entries[at] =
            (struct schedule_entry){guest, work->number, (uint8_t)job, (uint8_t)kind};
    }
}

/* The running task's priority from now on. */
static void become(uint8_t priority)
{
    uint64_t was = port_lock();

    task_set_priority(task_current, priority);
    task_reschedule();
    port_unlock(was);
}

static uint64_t wait_for_start(void)
{
    uint64_t start = 0;

    while ((start = __atomic_load_n(&schedule->start, __ATOMIC_ACQUIRE)) == 0) {
        (void)task_sleep_until(port_now() + app.frequency / 1000);
    }
    return start;
}

static void work_run(void *argument)
{
    const struct work *work = argument;
    uint64_t start = wait_for_start();

    for (unsigned job = 0; job < JOBS; job++) {
        uint64_t us = work->first + job * work->period;
        (void)task_sleep_until(start + us * app.frequency / 1000000);
        note(work, job, SCHEDULE_BEGIN);
        compute(work->compute);
        if (work->later != 0) {
            become(work->later);
            compute(work->after);
        }
        note(work, job, SCHEDULE_END);
        become(work->priority);
    }
    (void)add_one(&schedule->over);
    (void)task_sleep_until(TIME_NEVER - 1);
}

static uint64_t argument(char letter, unsigned number)
{
    char name[3] = {letter, (char)('0' + number), 0};

    return arguments_number(app.board->arguments, name, 0);
}

static void come_up(void)
{
    if (add_one(&schedule->guests) + 1 == __atomic_load_n(&schedule->wanted, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(&schedule->start, port_now() + app.frequency / 1000 * START_MS,
                         __ATOMIC_RELEASE);
    }
}

void schedule_open(unsigned count)
{
    size_t size = 0;

    schedule = bulkhead_memory("schedule", &size);
    if (schedule == NULL || size < sizeof(*schedule) || count > TASKS) {
        print("tasks: it needs memory 'schedule' to write, and at most %u tasks", TASKS);
        return;
    }
    guest = (uint8_t)arguments_number(app.board->arguments, "guest", 0);
    come_up();
    for (unsigned i = 0; i < count; i++) {
        struct work *work = &works[i];
        *work = (struct work){.number = (uint8_t)i,
                              .priority = (uint8_t)argument('p', i),
                              .later = (uint8_t)argument('d', i),
                              .first = argument('s', i),
                              .period = argument('t', i),
                              .compute = argument('c', i),
                              .after = argument('e', i)};
        (void)task_create("work", work->priority, work_run, work);
    }
}
