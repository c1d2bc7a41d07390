/* SPDX-License-Identifier: Apache-2.0 */
/* Tests what is said of a core that the board has only in its description. */
#include "tests/target/lab/lab.h"

#define ON 3

void cell_main(const struct start_info *start)
{
    lab_open(start);
    const struct start_cap *cap = start_find_cap(start, "core2");
    lab_begin("cores.firmware_refuses");
    lab_status("on", bh_core_power(cap->slot, ON), BH_DOWN);
    lab_status("on again", bh_core_power(cap->slot, ON), BH_DOWN);
    lab_end();
    lab_done();
}
