/* SPDX-License-Identifier: Apache-2.0 */
/* Smallest, mean, greatest and a histogram of times in nanoseconds. Buckets have a width of 1 up to
 * 32, then 32 of equal width to each power of two: about 3 % of the value. */
#pragma once

#include <stdint.h>

#define HISTOGRAM_SUB     32 /* buckets to a power of two */
#define HISTOGRAM_BUCKETS ((32 - 5 + 1) * HISTOGRAM_SUB)

struct histogram {
    uint64_t count;
    uint64_t sum;
    uint64_t min;
    uint64_t max;
    uint32_t buckets[HISTOGRAM_BUCKETS]; /* the last one also has all above 2^32 */
};

void histogram_open(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t value);
uint64_t histogram_mean(const struct histogram *histogram);

/* The smallest value of a bucket; of the next one, it is the first that is not in it. */
uint64_t histogram_low(unsigned bucket);
