/* SPDX-License-Identifier: Apache-2.0 */
/* Moving other cells' threads and virtual processors between cores: the property `moves`. Policy is
 * the program's; these functions only do what it decides, and never wait. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/start.h"
#include "abi/types.h"

#define MOVE_CORES   8
#define MOVE_THREADS 32

/* One that may move. */
struct move_thread {
    uint32_t thread;           /* slot */
    uint32_t time[MOVE_CORES]; /* slot of its time on each core; 0: it cannot be there */
    uint8_t home, at;          /* where it belongs, and where it is */
};

struct move {
    struct move_thread threads[MOVE_THREADS];
    unsigned count;
};

/* All that the description lets this cell move; each is at home. What is beyond MOVE_THREADS stays
 * where it is. */
void move_open(struct move *move, const struct start_info *start);

/* Move one. OK too if it is there already. BUSY: it is in the middle of a call or exit, try again
 * soon. NO_RIGHT: it has no time on that core; OTHER_CORE: the core is off. */
enum bh_status move_thread(struct move_thread *thread, unsigned core);

/* Move all that are on one core to another (pack), or back to this core all whose home it is
 * (unpack). The number of those that have not moved: wait a moment and call it again until that is
 * 0, or for good as many as cannot. Between cores that run, nothing is lost meanwhile. */
unsigned move_pack(struct move *move, unsigned from, unsigned to);
unsigned move_unpack(struct move *move, unsigned home);
