/* SPDX-License-Identifier: Apache-2.0 */
/* How the tool refuses a description: one sentence with the node, the fact and the cure. */
#include "tools/bulkhead/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *doc;
} rules[RULE_COUNT] = {
#define RULE(name, doc) [RULE_##name] = {#name, doc},
#include "tools/bulkhead/rules.def"
};

/* The line of a node, or of the nearest one around it. */
static const char *line_of(const struct faults *faults, const char *path)
{
    const char *where = NULL;
    size_t best = 0;

    for (unsigned i = 0; i < faults->lines.count; i++) {
        const struct source_line *line = faults->lines.items[i];
        size_t length = strlen(line->path);
        if (length > best && strncmp(line->path, path, length) == 0 &&
            (path[length] == 0 || path[length] == '/')) {
            best = length;
            where = line->where;
        }
    }
    return where;
}

void fault(struct faults *faults, enum rule rule, const char *path, const char *format, ...)
{
    va_list list;

    const char *where = line_of(faults, path);
    faults->count++;
    fprintf(stderr, "bulkhead: %s%s%s: ", where == NULL ? "" : where, where == NULL ? "" : ": ",
            path);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fprintf(stderr, " [%s]\n", rules[rule].name);
}

const char *rule_name(enum rule rule)
{
    return rules[rule].name;
}

const char *rule_doc(enum rule rule)
{
    return rules[rule].doc;
}

const char *size_text(char buffer[SIZE_TEXT], unsigned long long size)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    unsigned long long tenths = 0;

    while (size >= 1024) {
        tenths = size % 1024 * 10 / 1024;
        size /= 1024;
        unit++;
    }
    if (tenths != 0) {
        snprintf(buffer, SIZE_TEXT, "%llu.%llu %s", size, tenths, units[unit]);
    } else {
        snprintf(buffer, SIZE_TEXT, "%llu %s", size, units[unit]);
    }
    return buffer;
}
