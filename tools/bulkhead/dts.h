/* SPDX-License-Identifier: Apache-2.0 */
/* How a .dts becomes a device tree: cpp and dtc, as programs, and where each node was written. */
#pragma once

#include "tools/bulkhead/file.h"

/* The device tree of the description: the file itself if it is one already, otherwise what cpp
 * and dtc make of it. data is NULL after a fault. */
struct bytes dts_read(struct system *system);
