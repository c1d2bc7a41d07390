/* SPDX-License-Identifier: Apache-2.0 */
/* Files: reading, writing, and turning a .dts into a device tree with cpp and dtc. */
#define _POSIX_C_SOURCE 200809L
#include "tools/bulkhead/file.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDT_MAGIC_BYTES "\xd0\x0d\xfe\xed"

static struct bytes stream_read(struct arena *arena, FILE *stream)
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
        bytes = stream_read(&system->arena, stream);
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

/* Runs a program with the given standard input (NULL: none) and output; true if it ends with 0. */
static bool run(char *const *arguments, FILE *input, FILE *output)
{
    int state = 0;

    pid_t child = fork();
    if (child == 0) {
        if ((input == NULL || dup2(fileno(input), STDIN_FILENO) >= 0) &&
            dup2(fileno(output), STDOUT_FILENO) >= 0) {
            execvp(arguments[0], arguments);
        }
        _exit(127);
    }
    if (child < 0 || waitpid(child, &state, 0) != child) {
        return false;
    }
    if (WIFEXITED(state) && WEXITSTATUS(state) == 127) {
        fprintf(
            stderr,
            "bulkhead: cannot run %s; install the Debian packages cpp and device-tree-compiler\n",
            arguments[0]);
    }
    return WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

static bool list_has_text(const struct list *list, const char *text)
{
    for (unsigned i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? arena_copy(arena, ".")
                         : arena_format(arena, "%.*s", (int)(slash - path), path);
}

/* Sizes in a description are KIB(4), MIB(64): dtc computes with 64 bits. */
static bool run_cpp(struct system *system, FILE *output)
{
    struct arena *arena = &system->arena;
    static const char *const fixed[] = {"cpp",
                                        "-nostdinc",
                                        "-undef",
                                        "-x",
                                        "assembler-with-cpp",
                                        "-DKIB(n)=((n)*1024)",
                                        "-DMIB(n)=((n)*1024*1024)",
                                        "-DGIB(n)=((n)*1024*1024*1024)"};
    struct list arguments = {NULL, 0, 0};

    for (unsigned i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        list_add(arena, &arguments, arena_copy(arena, fixed[i]));
    }
    for (unsigned i = 0; i < system->options->defines.count; i++) {
        list_add(arena, &arguments, system->options->defines.items[i]);
    }
    list_add(arena, &arguments, arena_copy(arena, system->options->source));
    list_add(arena, &arguments, NULL);
    return run((char *const *)arguments.items, NULL, output);
}

/* /include/ looks where #include does: beside the source, then in the folders of -I. */
static bool run_dtc(struct system *system, FILE *input, FILE *output)
{
    struct arena *arena = &system->arena;
    static const char *const fixed[] = {"dtc", "-qq", "-I", "dts", "-O", "dtb", "-i"};
    const struct list *defines = &system->options->defines;
    struct list arguments = {NULL, 0, 0};

    for (unsigned i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        list_add(arena, &arguments, arena_copy(arena, fixed[i]));
    }
    list_add(arena, &arguments, folder_of(arena, system->options->source));
    for (unsigned i = 0; i < defines->count; i++) {
        const char *define = defines->items[i];
        if (strncmp(define, "-I", 2) == 0) {
            list_add(arena, &arguments, arena_format(arena, "-i%s", define + 2));
        }
    }
    list_add(arena, &arguments, arena_copy(arena, "-"));
    list_add(arena, &arguments, NULL);
    rewind(input);
    return run((char *const *)arguments.items, input, output);
}

/* cpp says where each line is from: # 1 "file". */
static void read_markers(struct system *system, FILE *text)
{
    char line[4096];
    char name[4096];

    rewind(text);
    while (fgets(line, sizeof line, text) != NULL) {
        if (sscanf(line, "# %*u \"%4095[^\"<]\"", name) == 1 &&
            !list_has_text(&system->read, name)) {
            list_add(&system->arena, &system->read, arena_copy(&system->arena, name));
        }
    }
}

static struct bytes compile(struct system *system)
{
    struct bytes bytes = {NULL, 0};
    FILE *text = tmpfile();
    FILE *tree = tmpfile();

    if (text == NULL || tree == NULL) {
        fault(&system->faults, RULE_syntax, system->options->source, "no temporary file (%s)",
              strerror(errno));
    } else if (!run_cpp(system, text) || !run_dtc(system, text, tree)) {
        fault(&system->faults, RULE_syntax, system->options->source,
              "the source is not a device tree; the lines above say where");
    } else {
        bytes = stream_read(&system->arena, tree);
        read_markers(system, text);
    }
    if (text != NULL) {
        fclose(text);
    }
    if (tree != NULL) {
        fclose(tree);
    }
    return bytes;
}

struct bytes file_description(struct system *system)
{
    struct bytes bytes = file_read(system, system->options->source);

    if (bytes.data == NULL) {
        fault(&system->faults, RULE_syntax, system->options->source, "it cannot be read (%s)",
              strerror(errno));
    } else if (bytes.size < 4 || memcmp(bytes.data, FDT_MAGIC_BYTES, 4) != 0) {
        bytes = compile(system);
    }
    return bytes;
}
