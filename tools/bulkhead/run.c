/* SPDX-License-Identifier: Apache-2.0 */
/* Starting an image in the emulator that is the board: one process, which becomes QEMU. */
#define _POSIX_C_SOURCE 200809L
#include "tools/bulkhead/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/bulkhead/build.h"

/* A file that goes with the process, by a name that QEMU can open; NULL: none. */
static const char *image_file(struct system *system, const uint8_t *image)
{
    FILE *file = tmpfile();

    if (file == NULL || fwrite(image, 1, system->file_size, file) != system->file_size ||
        fflush(file) != 0) {
        fprintf(stderr, "bulkhead: no temporary file for the image (%s)\n", strerror(errno));
        return NULL;
    }
    return arena_format(&system->arena, "/dev/fd/%d", fileno(file));
}

/* The words of a text, separated by blanks. */
static void add_words(struct arena *arena, struct list *arguments, const char *text)
{
    char *copy = arena_copy(arena, text);

    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        list_add(arena, arguments, word);
    }
}

bool run_system(struct system *system, const uint8_t *image)
{
    struct arena *arena = &system->arena;
    const struct list *more = &system->options->more;
    struct list arguments = {NULL, 0, 0};

    if (system->board.qemu == NULL) {
        fprintf(stderr, "bulkhead: the board has no property qemu, so no emulator is known to be "
                        "it; build the image and load it on the board, or add the property\n");
        return false;
    }
    const char *file = image_file(system, image);
    if (file == NULL) {
        return false;
    }
    add_words(arena, &arguments, "qemu-system-aarch64 -nographic -net none");
    add_words(arena, &arguments, system->board.qemu);
    if (board_core_count(&system->board) > 1) {
        add_words(arena, &arguments,
                  arena_format(arena, "-smp %u", board_core_count(&system->board)));
    }
    for (unsigned i = 0; i < more->count; i++) {
        list_add(arena, &arguments, more->items[i]);
    }
    add_words(arena, &arguments, "-kernel");
    list_add(arena, &arguments, arena_copy(arena, file));
    list_add(arena, &arguments, NULL);
    execvp(arguments.items[0], (char **)arguments.items);
    fprintf(stderr, "bulkhead: cannot run %s (%s); install the Debian package qemu-system-arm\n",
            (const char *)arguments.items[0], strerror(errno));
    return false;
}
