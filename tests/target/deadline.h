/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs of deadline_worker.c, in microseconds of the counter. */
#pragma once

#define DEADLINE_PERIOD  10000
#define DEADLINE_ENDLESS 1000000000
/* Jobs 3, 8, 9 and 10 are left out by a worker that is late. */
#define DEADLINE_JOBS                                                           \
    {                                                                           \
        3000, 9800, 14000, 0, 1000, 9000, 2000, 35000, 0, 0, 0, 5000, 100, 9900 \
    }
#define DEADLINE_COUNT 14 /* the job behind them never ends */
