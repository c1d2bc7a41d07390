/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which bucket a value is in. */
#include "guests/rtos/app/histogram.h"

#define SUB_BITS 5

_Static_assert(HISTOGRAM_SUB == 1 << SUB_BITS, "buckets to a power of two");

static unsigned bucket_of(uint64_t value)
{
    unsigned exponent;

    if (value < HISTOGRAM_SUB) {
        return (unsigned)value;
    }
    if (value > UINT32_MAX) {
        return HISTOGRAM_BUCKETS - 1;
    }
    exponent = 63U - (unsigned)__builtin_clzll(value);
    return (exponent - SUB_BITS + 1) * HISTOGRAM_SUB +
           (unsigned)(value >> (exponent - SUB_BITS) & (HISTOGRAM_SUB - 1));
}

void histogram_open(struct histogram *histogram)
{
    *histogram = (struct histogram){.min = UINT64_MAX};
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->count++;
    histogram->sum += value;
    histogram->min = value < histogram->min ? value : histogram->min;
    histogram->max = value > histogram->max ? value : histogram->max;
    histogram->buckets[bucket_of(value)]++;
}

uint64_t histogram_mean(const struct histogram *histogram)
{
    return histogram->count == 0 ? 0 : histogram->sum / histogram->count;
}

uint64_t histogram_low(unsigned bucket)
{
    unsigned octave = bucket / HISTOGRAM_SUB;
    uint64_t sub = bucket % HISTOGRAM_SUB;

    return octave == 0 ? sub : (HISTOGRAM_SUB + sub) << (octave - 1);
}
