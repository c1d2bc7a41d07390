/* SPDX-License-Identifier: Apache-2.0 */
/* Stops a guest that has a device, and kills its vmm when that device wants something: what the vmm
 * has not finished is its successor's. */
#include "tests/target/lab/lab.h"

void cell_main(const struct start_info *start)
{
    uint32_t vmm = start_need_cap(start, "vmm", BH_THREAD);

    lab_sleep(200);
    (void)bh_thread_suspend(start_need_cap(start, "guest", BH_VCPU));
    lab_sleep(200); /* keys come */
    (void)bh_thread_suspend(vmm);
    (void)bh_thread_write(vmm, BH_REG_PC, 0x10); /* nothing is there */
    (void)bh_thread_resume(vmm);
}
