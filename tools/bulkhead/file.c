/* SPDX-License-Identifier: Apache-2.0 */
/* Files, whole: reading and writing them. */
#include "tools/bulkhead/file.h"

#include <errno.h>

struct bytes file_stream(struct arena *arena, FILE *stream)
{
    struct bytes bytes = {NULL, 0};

    if (fseek(stream, 0, SEEK_END) != 0) {
        return bytes;
    }
    long size = ftell(stream);
    if (size < 0 || fseek(stream, 0, SEEK_SET) != 0) {
        return bytes;
    }
    uint8_t *data = arena_alloc(arena, (size_t)size + 1);
    bytes.size = fread(data, 1, (size_t)size, stream);
    bytes.data = data;
    return bytes;
}

struct bytes file_read(struct system *system, const char *path)
{
    struct bytes bytes = {NULL, 0};

    FILE *stream = fopen(path, "rb");
    list_add(&system->arena, &system->read, arena_copy(&system->arena, path));
    if (stream != NULL) {
        bytes = file_stream(&system->arena, stream);
        int error = errno;
        fclose(stream);
        errno = error;
    }
    return bytes;
}

bool file_write(const char *path, const void *data, size_t size)
{
    FILE *stream = fopen(path, "wb");

    if (stream == NULL) {
        return false;
    }
    bool good = fwrite(data, 1, size, stream) == size;
    return fclose(stream) == 0 && good;
}
