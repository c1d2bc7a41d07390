/* SPDX-License-Identifier: Apache-2.0 */
/* Files, whole: reading and writing them. */
#pragma once

#include <stdio.h>

#include "tools/bulkhead/model.h"

struct bytes {
    const uint8_t *data; /* NULL: could not be read, errno says why */
    size_t size;
};

struct bytes file_load(struct arena *arena, const char *path);

/* The same, and its name in system->read. */
struct bytes file_read(struct system *system, const char *path);

/* What is in an open file, from its start. */
struct bytes file_stream(struct arena *arena, FILE *stream);

/* Ends a file that was written, or could not be opened (NULL); standard output stays open. False,
 * with a sentence on standard error: not all is in it. */
bool file_end(FILE *stream, const char *path);

/* All of data becomes the file. False: a sentence says why not. */
bool file_write(const char *path, const void *data, size_t size);
