/* SPDX-License-Identifier: Apache-2.0 */
/* Kills vmms, through capabilities to their threads: each is built again, and its guest boots
 * again. The capabilities lead nowhere from then on. */
#include "tests/target/lab/lab.h"

static void kill(const char *name, uint32_t thread)
{
    lab_begin(name);
    lab_status("suspend", bh_thread_suspend(thread), BH_OK);
    lab_status("write", bh_thread_write(thread, BH_REG_PC, 0x10), BH_OK); /* nothing is there */
    lab_status("resume", bh_thread_resume(thread), BH_OK);
    for (unsigned i = 0; i < 3000 && bh_thread_suspend(thread) == BH_OK; i++) {
        (void)bh_thread_resume(thread);
        lab_sleep(1);
    }
    lab_status("afterwards", bh_thread_suspend(thread), BH_STALE);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    kill("a vmm that has not begun", start_need_cap(start, "first", BH_THREAD));
    lab_sleep(25); /* the guests count ticks of 10 ms, five of them */
    kill("a vmm whose guest runs", start_need_cap(start, "second", BH_THREAD));
    lab_done();
}
