/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the command line and which tasks there are. */
#include "guests/rtos/app/app.h"

#include "guests/bare/sysreg.h"
#include "guests/rtos/arguments.h"
#include "guests/rtos/print.h"
#include "guests/rtos/report.h"
#include "guests/rtos/task.h"

#define SNAPSHOTS     16
#define LOAD          1 /* priority, above the idle task's */
#define PERIOD_US     1000
#define PERIOD_MAX_US 1000000
#define NANOSECONDS   UINT64_C(1000000000)

struct app app;
struct queue app_statistics;

static struct statistics statistics_buffer[SNAPSHOTS];

static const struct {
    const char *name;
    unsigned priority;
    void (*run)(void *nothing);
} tasks[] = {
    {"victim", VICTIM, victim_run},    {"jitter", JITTER, jitter_run},
    {"collect", COLLECT, collect_run}, {"commands", COMMANDS, commands_run},
    {"status", STATUS, status_run},    {"clock", CLOCK, clock_run},
};

uint64_t app_nanoseconds(uint64_t ticks)
{
    return ticks * NANOSECONDS / app.frequency;
}

static void read_arguments(const char *text)
{
    app.frequency = sysreg_read("cntfrq_el0");
    app.period_us = arguments_number(text, "period_us", PERIOD_US);
    if (app.period_us == 0 || app.period_us > PERIOD_MAX_US) {
        print("period_us must be 1 to %u; it is %u now", PERIOD_MAX_US, PERIOD_US);
        app.period_us = PERIOD_US;
    }
    app.period = app.frequency * app.period_us / 1000000;
    app.delay = app.frequency / 1000 * arguments_number(text, "start_ms", 0);
    app.periods = arguments_number(text, "periods", 0);
    app.quiet = arguments_flag(text, "quiet");
}

/* Takes the time that nobody else wants. */
static void load_run(void *nothing)
{
    (void)nothing;
    for (;;) {
        __asm__ volatile("");
    }
}

void app_start(const struct board *board)
{
    app.board = board;
    read_arguments(board->arguments);
    if (arguments_flag(board->arguments, "tasks")) {
        schedule_open((unsigned)arguments_number(board->arguments, "tasks", 0));
        return;
    }
    histogram_open(&app_jitter);
    queue_open(&app_statistics, statistics_buffer, sizeof(struct statistics), SNAPSHOTS);
    collect_open();
    commands_open(board);
    for (unsigned i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
        if (task_create(tasks[i].name, tasks[i].priority, tasks[i].run, NULL) == NULL) {
            print("no room for task '%s'", tasks[i].name);
            report_off();
        }
    }
    if (arguments_flag(board->arguments, "busy")) {
        (void)task_create("load", LOAD, load_run, NULL);
    }
}
