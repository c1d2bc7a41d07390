/* SPDX-License-Identifier: Apache-2.0 */
/* Time of day: whole seconds from a device that counts them, the rest from the counter. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct time {
    uint64_t frequency; /* ticks of the counter in a second */
    uint64_t seconds;   /* when this second since 1970 began, */
    uint64_t ticks;     /* the counter was here */
};

/* A device that says these whole seconds has just been read, at this tick. */
void time_read(struct time *time, uint64_t seconds, uint64_t ticks);

/* This second began at this tick: the device's interrupt says so. */
void time_edge(struct time *time, uint64_t seconds, uint64_t ticks);

/* Without a device: the counter alone goes on. */
void time_count(struct time *time, uint64_t ticks);

/* Nanoseconds of the second that was read or counted last. */
uint64_t time_nanoseconds(const struct time *time, uint64_t ticks);

/* "2026-11-21 07:30:00" of seconds since 1970; up to the year 9999. */
#define TIME_TEXT 20
void time_text(char text[TIME_TEXT], uint64_t seconds);
