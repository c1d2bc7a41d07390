/* SPDX-License-Identifier: Apache-2.0 */
/* Writes docs/registers.md: every register that a guest or a native thread can reach, from the
 * kernel's own table. */
#include <stdlib.h>

#include "tools/docs/text.h"

enum kind {
    KIND_FRAME,
    KIND_EAGER,
    KIND_LAZY,
    KIND_DEVICE,
    KIND_FIRST,
    KIND_CONSTANT,
    KIND_ID,
    KIND_TRAP,
    KIND_HIDDEN,
    KIND_COUNT
};

struct row {
    enum kind kind;
    const char *name;
    const char *first;
    const char *second;
    const char *doc;
};

static const struct row rows[] = {
#define FRAME(name, doc)                       {KIND_FRAME, #name, "", "", doc},
#define EAGER(name, mask, neutral, doc)        {KIND_EAGER, #name, #mask, #neutral, doc},
#define LAZY(name, doc)                        {KIND_LAZY, #name, "", "", doc},
#define CORES(feature)                         " (cores with " #feature ")"
#define LAZY_IF(feature, name, doc)            {KIND_LAZY, #name, "", "", doc CORES(feature)},
#define TIMER(name, doc)                       {KIND_DEVICE, #name, "", "", doc},
#define VGIC(name, doc)                        {KIND_DEVICE, #name, "", "", doc},
#define FIRST(name, doc)                       {KIND_FIRST, #name, "", "", doc},
#define CONSTANT(name, value, doc)             {KIND_CONSTANT, #name, #value, "", doc},
#define ID(name, crm, op2, keep, set)          {KIND_ID, #name, #keep, #set, ""},
#define TRAP(name, key, mask, how, value, doc) {KIND_TRAP, #name, #how, #value, doc},
#define HIDDEN(name, by, doc)                  {KIND_HIDDEN, #name, by, "", doc},
#include "kernel/arch/aarch64/registers.def"
};

struct chapter {
    const char *title;
    const char *text;
    const char *columns[3]; /* headings of first, second and doc; NULL: no such column */
};

static const struct chapter chapters[KIND_COUNT] = {
    [KIND_FRAME] = {"In every frame",
                    "Saved at every entry into the kernel, loaded at every exit.",
                    {NULL, NULL, "what it is"}},
    [KIND_EAGER] = {"Eager",
                    "A guest's value would act on a native thread. When a guest is left its value "
                    "is saved, and the bits of the mask "
                    "get the neutral value; the register is written only where they differ.",
                    {"mask", "neutral", "what it does"}},
    [KIND_LAZY] =
        {"Lazy",
         "Stays in the core, without effect on native threads, until another vCPU needs it.",
         {NULL, NULL, "what it is"}},
    [KIND_DEVICE] = {"Timers and interrupt controller",
                     "Switched together with the lazy registers.",
                     {NULL, NULL, "what it is"}},
    [KIND_FIRST] = {"On first use",
                    "Stays in the core until another thread uses it, which traps.",
                    {NULL, NULL, "what it is"}},
    [KIND_CONSTANT] = {"Constant",
                       "Written at boot; the same for everybody.",
                       {"value", NULL, "effect"}},
    [KIND_ID] = {"ID registers",
                 "A guest reads the hardware's value under the mask `keep`, with `set` added; all "
                 "other ID registers read 0.",
                 {"keep", "set", NULL}},
    [KIND_TRAP] =
        {"Trapped and answered",
         "The kernel answers; a value that is written is ignored unless the row says otherwise.",
         {"answer", "value", "why"}},
    [KIND_HIDDEN] = {"Hidden",
                     "Trapped by a control; UNDEFINED for whoever touches it.",
                     {"trapped by", NULL, "what tells the guest"}},
};

/* A cell: "UINT64_C(0x1)" is shown as 0x1, "~UINT64_C(0)" as all. */
static void print_value(const char *value)
{
    size_t length = strlen(value);

    putchar(' ');
    if (strcmp(value, "~UINT64_C(0)") == 0) {
        fputs("all", stdout);
    } else if (strncmp(value, "UINT64_C(", 9) == 0) {
        printf("`%.*s`", (int)(length - 10), value + 9);
    } else {
        text_cell(value);
    }
    fputs(" |", stdout);
}

static void print_row(const struct chapter *chapter, const struct row *row)
{
    fputs("| `", stdout);
    text_cell(row->name);
    fputs("` |", stdout);
    if (chapter->columns[0] != NULL) {
        print_value(row->first);
    }
    if (chapter->columns[1] != NULL) {
        print_value(row->second);
    }
    if (chapter->columns[2] != NULL) {
        print_value(row->doc);
    }
    putchar('\n');
}

static void print_chapter(enum kind kind)
{
    const struct chapter *chapter = &chapters[kind];

    printf("\n## %s\n\n%s\n\n| register |", chapter->title, chapter->text);
    for (int i = 0; i < 3; i++) {
        if (chapter->columns[i] != NULL) {
            printf(" %s |", chapter->columns[i]);
        }
    }
    fputs("\n|---|", stdout);
    for (int i = 0; i < 3; i++) {
        fputs(chapter->columns[i] != NULL ? "---|" : "", stdout);
    }
    putchar('\n');
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].kind == kind) {
            print_row(chapter, &rows[i]);
        }
    }
}

int main(void)
{
    text_head("EL1 and EL0 registers", "kernel/arch/aarch64/registers.def");
    puts("The closed table of what a guest or a native thread can reach, and how the kernel keeps "
         "cells apart in it.\n"
         "A register that is not here is trapped and UNDEFINED; of a guest's first use of one, and "
         "whenever their number doubles, the\nconsole says `bh: no s3_0_c15_c2_0`: op0, op1, CRn, "
         "CRm "
         "and op2, as assemblers take them.");
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        print_chapter((enum kind)kind);
    }
    return EXIT_SUCCESS;
}
