/* SPDX-License-Identifier: Apache-2.0 */
/* The application: what its tasks share. Files: jitter.c, collect.c, commands.c, clock.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cells/lib/statistics.h"
#include "guests/rtos/app/histogram.h"
#include "guests/rtos/board.h"
#include "guests/rtos/queue.h"

/* Priorities of the tasks. */
enum { VICTIM = 31, JITTER = 30, COLLECT = 20, COMMANDS = 15, STATUS = 10, CLOCK = 5 };

/* What the command line says, and what follows from it. */
struct app {
    const struct board *board;
    uint64_t frequency; /* of the counter, Hz */
    uint64_t period_us;
    uint64_t period;  /* the same in ticks */
    uint64_t delay;   /* ticks before the first one */
    uint64_t periods; /* then it reports and ends; 0: never */
    bool quiet;       /* no line every few seconds */
};

extern struct app app;
extern struct queue app_statistics; /* jitter to collect: struct statistics */
extern struct histogram app_jitter;

/* Reads the command line and creates the tasks. */
void app_start(const struct board *board);

/* The tasks. */
void jitter_run(void *nothing);
void collect_run(void *nothing);
void status_run(void *nothing);
void clock_run(void *nothing);
void commands_run(void *nothing);
void victim_run(void *nothing);

/* Before the tasks run. */
void collect_open(void);
void commands_open(const struct board *board);

/* Tasks of the command line, which write down when they run. */
void schedule_open(unsigned count);

/* Nonsense into the channel, if there is one; then over all of its memory. */
void collect_garbage(void);

/* A line about everything, at once. */
void status_print(void);

/* Seconds since 1970 of the last answer of the service 'clock', and how many there were. */
uint64_t clock_seconds(void);
uint64_t clock_answers(void);

uint64_t app_nanoseconds(uint64_t ticks);
