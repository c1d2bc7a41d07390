/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the steps from a description to a system. Each works on what the one before has
 * made, so the first that finds a fault is the last. */
#include "tools/bulkhead/compile.h"

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/check.h"
#include "tools/bulkhead/cost.h"
#include "tools/bulkhead/dts.h"
#include "tools/bulkhead/image.h"
#include "tools/bulkhead/place.h"
#include "tools/bulkhead/plan.h"
#include "tools/bulkhead/read.h"

bool compile_tree(struct system *system, struct bytes tree)
{
    if (tree.data != NULL) {
        read_system(system, tree.data, tree.size);
    }
    if (system->faults.count == 0) {
        check_system(system);
    }
    if (system->faults.count == 0) {
        build_system(system);
        image_kernel(system);
    }
    if (system->faults.count == 0) {
        plan_slots(system);
        cost_system(system);
    }
    if (system->faults.count == 0) {
        plan_system(system);
        place_system(system);
    }
    return system->faults.count == 0;
}

bool compile_source(struct system *system)
{
    return compile_tree(system, dts_read(system));
}
