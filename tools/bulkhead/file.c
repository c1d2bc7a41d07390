/* SPDX-License-Identifier: Apache-2.0 */
/* Files, whole: reading and writing them. */
#include "tools/bulkhead/file.h"

#include <errno.h>
#include <string.h>

/* A pipe has no size, and that of a folder is none. */
struct bytes file_stream(struct arena *arena, FILE *stream)
{
    uint8_t *data = NULL;
    size_t size = 0, room = 0, got = 1;

    rewind(stream);
    while (got != 0) {
        if (size == room) {
            uint8_t *more = arena_alloc(arena, room = room == 0 ? 65536 : 2 * room);
            if (size != 0) {
                memcpy(more, data, size);
            }
            data = more;
        }
        got = fread(data + size, 1, room - size, stream);
        size += got;
    }
    return ferror(stream) != 0 ? (struct bytes){NULL, 0} : (struct bytes){data, size};
}

struct bytes file_load(struct arena *arena, const char *path)
{
    struct bytes bytes = {NULL, 0};
    FILE *stream = fopen(path, "rb");

    if (stream != NULL) {
        bytes = file_stream(arena, stream);
        int error = errno;
        fclose(stream);
        errno = error;
    }
    return bytes;
}

struct bytes file_read(struct system *system, const char *path)
{
    list_add(&system->arena, &system->read, arena_copy(&system->arena, path));
    return file_load(&system->arena, path);
}

bool file_end(FILE *stream, const char *path)
{
    bool good = stream != NULL && fflush(stream) == 0 && ferror(stream) == 0;
    int error = errno;

    if (stream != NULL && stream != stdout && fclose(stream) != 0 && good) {
        good = false;
        error = errno;
    }
    if (!good) {
        fprintf(stderr, "bulkhead: %s cannot be written (%s)\n", path, strerror(error));
    }
    return good;
}

bool file_write(const char *path, const void *data, size_t size)
{
    FILE *stream = fopen(path, "wb");

    if (stream != NULL) {
        fwrite(data, 1, size, stream);
    }
    return file_end(stream, path);
}
