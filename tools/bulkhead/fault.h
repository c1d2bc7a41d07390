/* SPDX-License-Identifier: Apache-2.0 */
/* How the tool refuses a description: one sentence with the node, the fact and the cure. */
#pragma once

#include "tools/bulkhead/arena.h"

/* The rules that a description must keep: each has a file in tests/bad that breaks it. */
enum rule {
#define RULE(name, doc) RULE_##name,
#include "tools/bulkhead/rules.def"
    RULE_COUNT
};

/* Where a node is from: "systems/small.dts:22". */
struct source_line {
    const char *path;
    const char *where;
};

struct faults {
    unsigned count;
    struct list lines; /* struct source_line; empty if the description was a .dtb */
};

/* Prints "bulkhead: FILE:LINE: PATH: SENTENCE [rule]" to standard error and counts it. The checks
 * go on, so that one run shows everything that is wrong. */
void fault(struct faults *faults, enum rule rule, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

const char *rule_name(enum rule rule);
const char *rule_doc(enum rule rule);

/* "1.2 MiB": how sizes are written in messages and reports. buffer holds at least SIZE_TEXT
 * bytes. */
#define SIZE_TEXT 24
const char *size_text(char buffer[SIZE_TEXT], unsigned long long size);
