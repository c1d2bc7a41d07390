/* SPDX-License-Identifier: Apache-2.0 */
/* Writes docs/abi.md: every kernel call and every kind of object, from the tables that the
 * kernel is built of. */
#include <stdlib.h>

#include "tools/docs/text.h"

struct call {
    int number;
    const char *name;
    const char *types;
    const char *rights;
    const char *in;
    const char *out;
    const char *doc;
};

static const struct call calls[] = {
#define CALL(number, name, types, rights, arguments, in, results, out, doc) \
    {number, #name, #types, #rights, #in, #out, doc},
#include "abi/calls.def"
};

struct object_row {
    int number; /* -1: a right of the object above */
    const char *name;
    const char *doc;
};

static const struct object_row objects[] = {
#define OBJECT(number, NAME, name, doc)   {number, #NAME, doc},
#define RIGHT(NAME, bit, RIGHT_NAME, doc) {-1, #RIGHT_NAME, doc},
#include "abi/objects.def"
};

static const struct event_row {
    int number;
    const char *name, *a, *b, *doc;
} events[] = {
#define EVENT(number, NAME, name, a, b, doc) {number, #NAME, #a, #b, doc},
#include "abi/trace.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "(a, b)" to "a, b"; numbered from x0. */
static void print_registers(const char *list)
{
    char copy[128];
    int index = 0;

    (void)snprintf(copy, sizeof copy, "%s", list + 1);
    copy[strlen(copy) - 1] = '\0';
    for (char *name = strtok(copy, ", "); name != NULL; name = strtok(NULL, ", ")) {
        printf("%s`x%d` %s", index == 0 ? "" : ", ", index, name);
        index++;
    }
    if (index == 0) {
        putchar('-');
    }
}

/* "T_THREAD | T_VCPU" to "THREAD or VCPU"; the three special ones in words. */
static void print_types(const char *types)
{
    if (strcmp(types, "T_NONE") == 0) {
        fputs("none", stdout);
    } else if (strcmp(types, "T_ANY") == 0) {
        fputs("any", stdout);
    } else if (strcmp(types, "T_SELF_OR_CELL") == 0) {
        fputs("CELL, or 0 for one's own", stdout);
    } else {
        for (const char *bar; (bar = strstr(types, " | ")) != NULL; types = bar + 3) {
            printf("%.*s or ", (int)(bar - types - 2), types + 2);
        }
        fputs(types + 2, stdout);
    }
}

/* "BH_ENDPOINT_SEND" to "SEND", the last word of each. */
static void print_rights(const char *rights)
{
    char copy[128];

    (void)snprintf(copy, sizeof copy, "%s", rights);
    for (char *right = strtok(copy, " |"); right != NULL; right = strtok(NULL, " |")) {
        const char *word = strrchr(right, '_');
        printf("%s%s", right == copy ? "" : ", ",
               strcmp(right, "0") == 0 ? "-"
               : word == NULL          ? right
                                       : word + 1);
    }
}

static void print_calls(void)
{
    puts("## Calls at a glance\n\n| no. | call | capability in x9 | right |\n|---|---|---|---|");
    for (size_t i = 0; i < COUNT(calls); i++) {
        printf("| %d | [%s](#%s) | ", calls[i].number, calls[i].name, calls[i].name);
        print_types(calls[i].types);
        fputs(" | ", stdout);
        print_rights(calls[i].rights);
        puts(" |");
    }
    puts("\n## Calls\n");
    for (size_t i = 0; i < COUNT(calls); i++) {
        printf("### %s\n\nNumber %d. Capability: ", calls[i].name, calls[i].number);
        print_types(calls[i].types);
        fputs(". Right: ", stdout);
        print_rights(calls[i].rights);
        fputs(".\nIn: ", stdout);
        print_registers(calls[i].in);
        fputs(". Out: ", stdout);
        print_registers(calls[i].out);
        printf(".\n\n%s\n\n", calls[i].doc);
    }
}

static void print_objects(void)
{
    puts("## Objects and rights\n\n"
         "Every type also has the right DESTROY (bit 7).\n\n"
         "| type | number | what it is, what a right allows |\n|---|---|---|");
    for (size_t i = 0; i < COUNT(objects); i++) {
        if (objects[i].number >= 0) {
            printf("| **%s** | %d | %s |\n", objects[i].name, objects[i].number, objects[i].doc);
        } else {
            printf("| | %s | %s |\n", objects[i].name, objects[i].doc);
        }
    }
}

static void print_events(void)
{
    puts("\n## Events of a trace\n\n"
         "Records of the rings (`abi/trace.h`): each is about a thread of a cell under the "
         "trace.\n\n"
         "| event | number | a | b | what happened |\n|---|---|---|---|---|");
    for (size_t i = 0; i < COUNT(events); i++) {
        printf("| %s | %d | %s | %s | %s |\n", events[i].name, events[i].number, events[i].a,
               events[i].b, events[i].doc);
    }
}

/* Copies the members of one enum of abi/types.h with their comments. */
static void print_enum(FILE *types, const char *tag, const char *title)
{
    char line[256];
    char start[64];
    int inside = 0;

    printf("## %s (`enum %s`)\n\n```c\n", title, tag);
    (void)snprintf(start, sizeof start, "enum %s {", tag);
    rewind(types);
    while (fgets(line, sizeof line, types) != NULL) {
        inside = inside || strncmp(line, start, strlen(start)) == 0;
        if (inside) {
            fputs(line, stdout);
        }
        if (inside && strchr(line, '}') != NULL) {
            break;
        }
    }
    puts("```\n");
}

static const char convention[] =
    "A call is `svc #0` from EL0 (a native cell) or `hvc #1` from EL1 (a guest that was given a "
    "capability table).\n\n"
    "| register | in | out |\n|---|---|---|\n"
    "| x8 | call number | status |\n"
    "| x9 | index of the capability that is invoked | badge (`reply_wait`), else 0 |\n"
    "| x0 to x5 | arguments | results |\n"
    "| x0 to x7 | words of a message (`call`, `reply_wait`) | words of the message that came |\n"
    "| x10, x11, x12 | `call`, `reply_wait` only | `reply_wait`: event, capability came |\n\n"
    "A call loses x0 to x17: what is not a result is zero or its own. x18 to x30, SP and the flags "
    "keep their "
    "values.\n"
    "Checks come in this order: number, x9 (NO_CAP, STALE, BAD_TYPE, NO_RIGHT), arguments from "
    "left to right, the state of\n"
    "the objects, memory. A call that fails has done nothing.\n";

struct argument_row {
    const char *call, *made, *types, *rights;
    int place;
    const char *how;
};

static const struct argument_row arguments[] = {
#define ARGUMENT(call, place, types, rights, how) {#call, NULL, #types, #rights, place, #how},
#define CREATION(TYPE, used, b)
#define PART(TYPE, types, rights) {"pool_create", #TYPE, #types, #rights, 2, "NEEDED"},
#include "abi/arguments.def"
};

static void print_arguments(void)
{
    puts("\n## Capabilities as arguments\n\nWhat `x9` must name is with each call; these are the "
         "capabilities that other registers may name, with the right that each needs.\n\n"
         "| call | register | type | right |\n|---|---|---|---|");
    for (size_t i = 0; i < COUNT(arguments); i++) {
        const struct argument_row *row = &arguments[i];
        printf("| %s%s%s | `x%d` | ", row->call, row->made == NULL ? "" : " of a ",
               row->made == NULL ? "" : row->made, row->place);
        print_types(row->types);
        fputs(strcmp(row->how, "OPTIONAL") == 0 ? ", or 0" : "", stdout);
        fputs(strcmp(row->how, "THEIRS") == 0 ? ", of that cell" : "", stdout);
        fputs(" | ", stdout);
        print_rights(row->rights);
        puts(" |");
    }
}

int main(void)
{
    FILE *types = fopen("abi/types.h", "r");

    if (types == NULL) {
        fputs("abi/types.h: cannot be read; run this at the root of the tree\n", stderr);
        return EXIT_FAILURE;
    }
    text_head("The kernel's calls",
              "abi/calls.def, abi/objects.def, abi/trace.def and abi/types.h");
    puts(convention);
    print_calls();
    print_objects();
    print_arguments();
    print_events();
    putchar('\n');
    print_enum(types, "bh_status", "Status");
    print_enum(types, "bh_event", "Events of reply_wait");
    print_enum(types, "bh_action", "Actions of reply_wait");
    print_enum(types, "bh_fault", "Faults");
    print_enum(types, "bh_exit", "Exits of a vCPU");
    print_enum(types, "bh_register", "Registers of a thread");
    fclose(types);
    return EXIT_SUCCESS;
}
