/* SPDX-License-Identifier: Apache-2.0 */
/* Files: reading, writing, and turning a .dts into a device tree with cpp and dtc. */
#pragma once

#include <stdio.h>

#include "tools/bulkhead/model.h"

struct bytes {
    const uint8_t *data; /* NULL: could not be read, errno says why */
    size_t size;
};

/* The whole file, and its name in system->read. */
struct bytes file_read(struct system *system, const char *path);

/* True if all of data is in the file. */
bool file_write(const char *path, const void *data, size_t size);

/* The device tree of the description: the file itself if it is one already, otherwise what cpp
 * and dtc make of it. data is NULL after a fault. */
struct bytes file_description(struct system *system);
