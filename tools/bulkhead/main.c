/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: bulkhead build | check | rules. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/check.h"
#include "tools/bulkhead/cost.h"
#include "tools/bulkhead/dts.h"
#include "tools/bulkhead/image.h"
#include "tools/bulkhead/place.h"
#include "tools/bulkhead/plan.h"
#include "tools/bulkhead/read.h"
#include "tools/bulkhead/report.h"

enum { EXIT_GOOD = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: bulkhead build SYSTEM.dts -o IMAGE [options]   one bootable image from a description\n"
    "       bulkhead check SYSTEM.dts [options]            only say what is wrong, or print the "
    "report\n"
    "       bulkhead rules                                 what a description must keep\n"
    "\n"
    "  -k, --kernel FILE   flat kernel (default: kernel.bin in the folder of programs)\n"
    "  -f, --files DIR     folder of programs and guests (default: .); also --cells\n"
    "  -r, --report FILE   write the report there\n"
    "  -d, --deps FILE     write the files that the image was made from there, for make\n"
    "  -D NAME[=VALUE]     define a macro in the description\n"
    "  -I DIR              look for included files there as well\n";

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'}, {"kernel", required_argument, NULL, 'k'},
    {"files", required_argument, NULL, 'f'},  {"cells", required_argument, NULL, 'f'},
    {"report", required_argument, NULL, 'r'}, {"deps", required_argument, NULL, 'd'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
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
    while ((letter = getopt_long(count, arguments, "o:k:f:r:d:D:I:h", long_options, NULL)) != -1) {
        if (!option_set(arena, options, letter)) {
            return false;
        }
    }
    if (count - optind != 1) {
        return false;
    }
    options->source = arguments[optind];
    if (options->kernel == NULL) {
        options->kernel = arena_format(arena, "%s/kernel.bin", options->files);
    }
    return true;
}

/* Each step works on what the one before has made, so the first that finds a fault is the last. */
static bool compile(struct system *system)
{
    struct bytes tree = dts_read(system);

    if (tree.data != NULL) {
        read_system(system, tree.data, tree.size);
    }
    if (system->faults.count == 0) {
        check_system(system);
    }
    if (system->faults.count == 0) {
        build_system(system);
        image_kernel(system);
    }
    if (system->faults.count == 0) {
        plan_slots(system);
        cost_system(system);
    }
    if (system->faults.count == 0) {
        plan_system(system);
        place_system(system);
    }
    return system->faults.count == 0;
}

static bool save(const struct system *system, const char *path, const void *data, size_t size)
{
    (void)system;
    if (file_write(path, data, size)) {
        return true;
    }
    fprintf(stderr, "bulkhead: %s cannot be written (%s)\n", path, strerror(errno));
    return false;
}

static bool save_report(struct system *system)
{
    FILE *stream = fopen(system->options->report, "w");

    if (stream == NULL) {
        fprintf(stderr, "bulkhead: %s cannot be written (%s)\n", system->options->report,
                strerror(errno));
        return false;
    }
    report_write(system, stream);
    return fclose(stream) == 0;
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
    return save(system, options->deps, text, strlen(text));
}

static int finish(struct system *system, bool build)
{
    const struct options *options = system->options;
    bool good = true;

    if (build) {
        good = save(system, options->image, image_make(system), system->file_size);
    } else {
        report_write(system, stdout);
    }
    if (good && options->report != NULL) {
        good = save_report(system);
    }
    if (good && options->deps != NULL) {
        good = save_deps(system);
    }
    return good ? EXIT_GOOD : EXIT_REFUSED;
}

static int print_rules(void)
{
    for (unsigned i = 0; i < RULE_COUNT; i++) {
        printf("%-18s %s\n", rule_name((enum rule)i), rule_doc((enum rule)i));
    }
    return EXIT_GOOD;
}

static int describe(int count, char **arguments, bool build)
{
    struct options options = {.source = NULL};
    struct system system = {.options = &options};
    int result = EXIT_USAGE;

    if (!options_read(&system.arena, &options, count, arguments) ||
        (build && options.image == NULL)) {
        fputs(usage, stderr);
    } else if (compile(&system)) {
        result = finish(&system, build);
    } else {
        fprintf(stderr, "bulkhead: %s refused: %u fault%s\n", options.source, system.faults.count,
                system.faults.count == 1 ? "" : "s");
        result = EXIT_REFUSED;
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
    if (strcmp(command, "build") == 0 || strcmp(command, "check") == 0) {
        return describe(count - 1, arguments + 1, strcmp(command, "build") == 0);
    }
    fputs(usage, strcmp(command, "--help") == 0 ? stdout : stderr);
    return strcmp(command, "--help") == 0 ? EXIT_GOOD : EXIT_USAGE;
}
