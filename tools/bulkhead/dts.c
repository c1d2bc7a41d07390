/* SPDX-License-Identifier: Apache-2.0 */
/* How a .dts becomes a device tree: cpp and dtc, as programs, and where each node was written. */
#define _POSIX_C_SOURCE 200809L
#include "tools/bulkhead/dts.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDT_MAGIC_BYTES "\xd0\x0d\xfe\xed"

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
static bool run_dtc(struct system *system, const char *form, FILE *input, FILE *output)
{
    struct arena *arena = &system->arena;
    static const char *const fixed[] = {"dtc", "-qq", "-I", "dts", "-i"};
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
    if (strcmp(form, "dts") == 0) {
        list_add(arena, &arguments, arena_copy(arena, "-T"));
    }
    list_add(arena, &arguments, arena_copy(arena, "-O"));
    list_add(arena, &arguments, arena_copy(arena, form));
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

/* Where a node is from, for messages. What cpp has read is named as cpp names it; dtc names what it
 * includes itself as seen from the source's folder. */
static void line_add(struct system *system, const char *path, const char *where)
{
    struct arena *arena = &system->arena;
    struct source_line *line = arena_alloc(arena, sizeof *line);
    const char *last = strrchr(where, ' ');
    const char *folder = folder_of(arena, system->options->source);
    const char *name = last == NULL ? where : last + 1;

    const char *file = arena_format(arena, "%.*s", (int)strcspn(name, ":"), name);

    line->path = arena_copy(arena, path);
    line->where = *name == '/' || strcmp(folder, ".") == 0 || list_has_text(&system->read, file)
                      ? arena_copy(arena, name)
                      : arena_format(arena, "%s/%s", folder, name);
    list_add(arena, &system->faults.lines, line);
}

/* The source as dtc writes it out again: a comment
 * with file and line behind each "name {", nested as the nodes are. */
static void read_lines(struct system *system, FILE *text)
{
    char line[4096];
    char name[256];
    char where[4096];
    char *path = arena_copy(&system->arena, "");

    rewind(text);
    while (fgets(line, sizeof line, text) != NULL) {
        if (sscanf(line, " %255[^ \t\n=;{] { /* %4095[^*\n]", name, where) == 2) {
            bool root = strcmp(name, "/") == 0;
            path = arena_format(&system->arena, "%s%s%s", path, root ? "" : "/", root ? "" : name);
            where[strcspn(where, "\n")] = 0;
            where[strlen(where) - 1] = 0; /* the blank before the end of the comment */
            line_add(system, path, where);
        } else if (strncmp(line + strspn(line, "\t"), "};", 2) == 0 && strrchr(path, '/') != NULL) {
            *strrchr(path, '/') = 0;
        }
    }
}

/* The temporary files of a compilation: preprocessed, tree, and with the origin of every line. */
struct passes {
    FILE *text;
    FILE *tree;
    FILE *lines;
};

static struct bytes compile(struct system *system, const struct passes *passes)
{
    struct bytes bytes = {NULL, 0};

    if (passes->text == NULL || passes->tree == NULL || passes->lines == NULL) {
        fault(&system->faults, RULE_syntax, system->options->source, "no temporary file (%s)",
              strerror(errno));
    } else if (!run_cpp(system, passes->text) ||
               !run_dtc(system, "dtb", passes->text, passes->tree)) {
        fault(&system->faults, RULE_syntax, system->options->source,
              "the source is not a device tree; the lines above say where");
    } else {
        bytes = file_stream(&system->arena, passes->tree);
        read_markers(system, passes->text);
        if (run_dtc(system, "dts", passes->text, passes->lines)) {
            read_lines(system, passes->lines);
        }
    }
    return bytes;
}

static struct bytes compile_source(struct system *system)
{
    struct passes passes = {tmpfile(), tmpfile(), tmpfile()};
    FILE *const files[] = {passes.text, passes.tree, passes.lines};
    struct bytes bytes = compile(system, &passes);

    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (files[i] != NULL) {
            fclose(files[i]);
        }
    }
    return bytes;
}

struct bytes dts_read(struct system *system)
{
    struct bytes bytes = file_read(system, system->options->source);

    if (bytes.data == NULL) {
        fault(&system->faults, RULE_syntax, system->options->source, "it cannot be read (%s)",
              strerror(errno));
    } else if (bytes.size < 4 || memcmp(bytes.data, FDT_MAGIC_BYTES, 4) != 0) {
        bytes = compile_source(system);
    }
    return bytes;
}
