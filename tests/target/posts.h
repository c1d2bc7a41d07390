/* SPDX-License-Identifier: Apache-2.0 */
/* The tasks of posts.dts: for its command lines, and for the model that says in which order they
 * run.
 *
 * TASK(K, P, S, T, C, D, E): number in its guest, its priority there, first release, period and
 * work in microseconds, then a lower priority (0: none) and work at that. */
#define POSTS_FIRST(TASK)               \
    TASK(0, 31, 1000, 20000, 900, 0, 0) \
    TASK(1, 19, 300, 10000, 2100, 0, 0) \
    TASK(2, 7, 100, 20000, 4300, 0, 0)
#define POSTS_SECOND(TASK)                 \
    TASK(0, 31, 700, 20000, 1500, 6, 2600) \
    TASK(1, 20, 2200, 10000, 800, 0, 0)    \
    TASK(2, 10, 200, 20000, 1900, 0, 0)
/* It always posts the maximum: both of its tasks have its ceiling. */
#define POSTS_GREEDY(TASK)              \
    TASK(0, 5, 3600, 20000, 1200, 0, 0) \
    TASK(1, 4, 3700, 20000, 700, 0, 0)

#define POSTS_CEILING_FIRST  100
#define POSTS_CEILING_SECOND 95
#define POSTS_CEILING_GREEDY 80
