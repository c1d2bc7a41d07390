/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead trace: its options, its files, what it says when something is wrong. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bulkhead/file.h"
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
            char *end;
            *(letter == 'f' ? &wanted->from : &wanted->to) = strtoull(optarg, &end, 10);
            if (*end != 0) {
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
    FILE *stream = fopen(path, "rb");
    struct bytes bytes = {NULL, 0};

    if (stream != NULL) {
        bytes = file_stream(&trace->arena, stream);
        fclose(stream);
    }
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
    bool good = out != NULL;

    if (good) {
        wanted->write(trace, out);
        good = fflush(out) == 0 && ferror(out) == 0;
        good = (out == stdout || fclose(out) == 0) && good;
    }
    if (!good) {
        fprintf(stderr, "bulkhead: %s cannot be written (%s)\n",
                wanted->output == NULL ? "the output" : wanted->output, strerror(errno));
    }
    return good;
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
