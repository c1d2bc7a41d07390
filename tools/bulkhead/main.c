/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: bulkhead check | build | run | draw | gantt | compare | rules |
 * trace. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tools/bulkhead/compare.h"
#include "tools/bulkhead/compile.h"
#include "tools/bulkhead/draw.h"
#include "tools/bulkhead/file.h"
#include "tools/bulkhead/image.h"
#include "tools/bulkhead/number.h"
#include "tools/bulkhead/partition.h"
#include "tools/bulkhead/report.h"
#include "tools/bulkhead/run.h"
#include "tools/bulkhead/trace.h"

#define LIMIT_MOST 1000000000 /* nanoseconds */

enum { EXIT_GOOD = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: bulkhead check SYSTEM.dts [options]            say what is wrong, or print the report\n"
    "       bulkhead build SYSTEM.dts -o IMAGE [options]   one bootable image from a description\n"
    "       bulkhead run SYSTEM.dts [options] [-- MORE]    build it and start it in QEMU\n"
    "       bulkhead draw SYSTEM.dts -o FILE.svg [options] a picture of it\n"
    "       bulkhead gantt SYSTEM.dts -o FILE.svg [options] its plans of time, as a picture\n"
    "       bulkhead compare SYSTEM.dts -t CONSOLE [--busy] [--limit NS] [options]\n"
    "                                                      whether cells ran in their windows\n"
    "       bulkhead rules                                 what a description must keep\n"
    "       bulkhead trace CONSOLE [--svg | --json] [-o FILE]  what cells did, from a console's "
    "text\n"
    "\n"
    "  -k, --kernel FILE   flat kernel (default: kernel.bin in the folder of programs)\n"
    "  -f, --files DIR     folder of programs and guests (default: .); also --cells\n"
    "  -r, --report FILE   write the report there\n"
    "  -d, --deps FILE     write the files that the image was made from there, for make\n"
    "  -t, --trace FILE    the console's text, with the lines of a tracer\n"
    "  -b, --busy          the traced cells never wait: their windows are theirs to the end\n"
    "  -l, --limit NS      nanoseconds that may be missing or too much (default: 4000)\n"
    "  -D NAME[=VALUE]     define a macro in the description\n"
    "  -I DIR              look for included files there as well\n";

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"kernel", required_argument, NULL, 'k'},
    {"files", required_argument, NULL, 'f'},
    {"cells", required_argument, NULL, 'f'},
    {"report", required_argument, NULL, 'r'},
    {"deps", required_argument, NULL, 'd'},
    {"trace", required_argument, NULL, 't'},
    {"busy", no_argument, NULL, 'b'},
    {"limit", required_argument, NULL, 'l'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool option_set(struct arena *arena, struct options *options, int letter)
{
    switch (letter) {
    case 'o':
        options->image = optarg;
        return true;
    case 'k':
        options->kernel = optarg;
        return true;
    case 'f':
        options->files = optarg;
        return true;
    case 'r':
        options->report = optarg;
        return true;
    case 'd':
        options->deps = optarg;
        return true;
    case 't':
        options->trace = optarg;
        return true;
    case 'b':
        options->busy = true;
        return true;
    case 'l':
        return number_read(optarg, LIMIT_MOST, &options->limit);
    case 'D':
        list_add(arena, &options->defines, arena_format(arena, "-D%s", optarg));
        return true;
    case 'I':
        list_add(arena, &options->defines, arena_format(arena, "-I%s", optarg));
        return true;
    default:
        return false;
    }
}

static bool options_read(struct arena *arena, struct options *options, int count, char **arguments)
{
    int letter;

    options->files = ".";
    options->limit = 4000;
    while ((letter = getopt_long(count, arguments, "o:k:f:r:d:t:bl:D:I:h", long_options, NULL)) !=
           -1) {
        if (!option_set(arena, options, letter)) {
            return false;
        }
    }
    if (count == optind) {
        return false;
    }
    options->source = arguments[optind++];
    if (optind < count && arguments[optind][0] != '-') { /* what stands behind -- are options */
        return false;
    }
    for (; optind < count; optind++) {
        list_add(arena, &options->more, arguments[optind]);
    }
    if (options->kernel == NULL) {
        options->kernel = arena_format(arena, "%s/kernel.bin", options->files);
    }
    return true;
}

/* What write writes, in a file. */
static bool save_text(struct system *system, const char *path,
                      void (*write)(struct system *system, FILE *out))
{
    FILE *stream = fopen(path, "w");

    if (stream != NULL) {
        write(system, stream);
    }
    return file_end(stream, path);
}

static bool save_deps(struct system *system)
{
    const struct options *options = system->options;
    const char *text = arena_format(
        &system->arena, "%s:", options->image == NULL ? options->source : options->image);

    for (unsigned i = 0; i < system->read.count; i++) {
        text =
            arena_format(&system->arena, "%s \\\n  %s", text, (const char *)system->read.items[i]);
    }
    text = arena_format(&system->arena, "%s\n", text);
    return file_write(options->deps, text, strlen(text));
}

static bool do_check(struct system *system)
{
    report_write(system, stdout);
    return file_end(stdout, "the report");
}

static bool do_build(struct system *system)
{
    return file_write(system->options->image, image_make(system), system->file_size);
}

static bool do_run(struct system *system)
{
    return run_system(system, image_make(system));
}

static bool do_draw(struct system *system)
{
    return save_text(system, system->options->image, draw_system);
}

static bool do_gantt(struct system *system)
{
    if (system->plans.count == 0) {
        fprintf(stderr, "bulkhead: %s has no plans; a node /plans has them\n",
                system->options->source);
        return false;
    }
    return save_text(system, system->options->image, draw_partitions);
}

static bool do_compare(struct system *system)
{
    struct trace trace = {.frequency = 0};

    if (system->options->trace == NULL) {
        fputs("bulkhead: there is nothing to compare with; --trace CONSOLE names it\n", stderr);
        return false;
    }
    bool good = trace_open(&trace, system->options->trace) &&
                compare_system(system, &trace, stdout) && file_end(stdout, "the table");
    arena_free(&trace.arena);
    return good;
}

struct command {
    const char *name;
    bool (*finish)(struct system *system); /* with a system that has no fault; false: exit 1 */
    bool output;                           /* needs -o */
    bool more;                             /* takes options behind -- */
};

static const struct command commands[] = {
    {"check", do_check, false, false}, {"build", do_build, true, false},
    {"run", do_run, false, true},      {"draw", do_draw, true, false},
    {"gantt", do_gantt, true, false},  {"compare", do_compare, false, false},
};

static bool finish(struct system *system, const struct command *command)
{
    const struct options *options = system->options;

    return (options->report == NULL || save_text(system, options->report, report_write)) &&
           (options->deps == NULL || save_deps(system)) && command->finish(system);
}

static int print_rules(void)
{
    for (unsigned i = 0; i < RULE_COUNT; i++) {
        printf("%-18s %s\n", rule_name((enum rule)i), rule_doc((enum rule)i));
    }
    return EXIT_GOOD;
}

static int describe(int count, char **arguments, const struct command *command)
{
    struct options options = {.source = NULL};
    struct system system = {.options = &options};
    int result = EXIT_REFUSED;

    if (!options_read(&system.arena, &options, count, arguments) ||
        (command->output && options.image == NULL) || (!command->more && options.more.count != 0)) {
        fputs(usage, stderr);
        result = EXIT_USAGE;
    } else if (compile_source(&system)) {
        result = finish(&system, command) ? EXIT_GOOD : EXIT_REFUSED;
    } else {
        fprintf(stderr, "bulkhead: %s refused: %u fault%s\n", options.source, system.faults.count,
                system.faults.count == 1 ? "" : "s");
    }
    arena_free(&system.arena);
    return result;
}

int main(int count, char **arguments)
{
    const char *command = count > 1 ? arguments[1] : "";

    if (strcmp(command, "rules") == 0) {
        return print_rules();
    }
    if (strcmp(command, "trace") == 0) {
        return trace_command(count - 1, arguments + 1);
    }
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(command, commands[i].name) == 0) {
            return describe(count - 1, arguments + 1, &commands[i]);
        }
    }
    fputs(usage, strcmp(command, "--help") == 0 ? stdout : stderr);
    return strcmp(command, "--help") == 0 ? EXIT_GOOD : EXIT_USAGE;
}
