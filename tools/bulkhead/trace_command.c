/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead trace: its options, its files, what it says when something is wrong. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "tools/bulkhead/file.h"
#include "tools/bulkhead/number.h"
#include "tools/bulkhead/trace.h"

enum { EXIT_GOOD = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct wanted {
    const char *console, *output;
    uint64_t from, to; /* microseconds */
    void (*write)(struct trace *trace, FILE *out);
};

static bool wanted_read(struct wanted *wanted, int count, char **arguments)
{
    static const struct option options[] = {
        {"svg", no_argument, NULL, 's'},          {"json", no_argument, NULL, 'j'},
        {"output", required_argument, NULL, 'o'}, {"from", required_argument, NULL, 'f'},
        {"to", required_argument, NULL, 't'},     {NULL, 0, NULL, 0},
    };
    int letter;

    *wanted = (struct wanted){.write = trace_write_text, .to = UINT64_MAX};
    while ((letter = getopt_long(count, arguments, "o:", options, NULL)) != -1) {
        if (letter == 's' || letter == 'j') {
            wanted->write = letter == 's' ? trace_write_svg : trace_write_json;
        } else if (letter == 'o') {
            wanted->output = optarg;
        } else if (letter == 'f' || letter == 't') {
            if (!number_read(optarg, UINT64_MAX, letter == 'f' ? &wanted->from : &wanted->to)) {
                return false;
            }
        } else {
            return false;
        }
    }
    wanted->console = optind + 1 == count ? arguments[optind] : NULL;
    return wanted->console != NULL;
}

bool trace_open(struct trace *trace, const char *path)
{
    struct bytes bytes = file_load(&trace->arena, path);

    if (bytes.data == NULL) {
        fprintf(stderr, "bulkhead: %s cannot be read (%s)\n", path, strerror(errno));
        return false;
    }
    if (!trace_read(trace, (const char *)bytes.data, bytes.size)) {
        fprintf(stderr, trace->line == 0 ? "bulkhead: %s: " : "bulkhead: %s:%u: ", path,
                trace->line);
        fprintf(stderr, "%s\n", trace->wrong);
        return false;
    }
    return true;
}

static bool cut(struct trace *trace, const struct wanted *wanted)
{
    if (trace_cut(trace, wanted->from, wanted->to)) {
        return true;
    }
    fprintf(stderr, "bulkhead: %s: no record is between --from and --to (microseconds)\n",
            wanted->console);
    return false;
}

static bool write_out(struct trace *trace, const struct wanted *wanted)
{
    FILE *out = wanted->output == NULL ? stdout : fopen(wanted->output, "w");

    if (out != NULL) {
        wanted->write(trace, out);
    }
    return file_end(out, wanted->output == NULL ? "the output" : wanted->output);
}

int trace_command(int count, char **arguments)
{
    struct trace trace = {.frequency = 0};
    struct wanted wanted;

    if (!wanted_read(&wanted, count, arguments)) {
        fputs("usage: bulkhead trace CONSOLE [--svg | --json] [-o FILE] [--from US] [--to US]\n",
              stderr);
        return EXIT_USAGE;
    }
    bool good =
        trace_open(&trace, wanted.console) && cut(&trace, &wanted) && write_out(&trace, &wanted);
    arena_free(&trace.arena);
    return good ? EXIT_GOOD : EXIT_REFUSED;
}
