/* SPDX-License-Identifier: Apache-2.0 */
/* Files, whole: reading and writing them. */
#pragma once

#include <stdio.h>

#include "tools/bulkhead/model.h"

struct bytes {
    const uint8_t *data; /* NULL: could not be read, errno says why */
    size_t size;
};

/* The whole file, and its name in system->read. */
struct bytes file_read(struct system *system, const char *path);

/* What is in an open file, from its start. */
struct bytes file_stream(struct arena *arena, FILE *stream);

/* True if all of data is in the file. */
bool file_write(const char *path, const void *data, size_t size);
