/* SPDX-License-Identifier: Apache-2.0 */
/* How properties of the device tree become fields of the model, driven by tables. */
#pragma once

#include "tools/bulkhead/model.h"

/* Form of a property, and the type of the field that it fills. */
enum form {
    FORM_FLAG,    /* present or not: bool */
    FORM_NUMBER,  /* one 32-bit or 64-bit number: uint64_t */
    FORM_NUMBERS, /* 32-bit numbers: struct numbers */
    FORM_RANGES,  /* pairs of 64-bit base and size: struct ranges */
    FORM_TEXT,    /* one string: const char * */
    FORM_NAMES    /* strings, each "name" or "local=name": struct names */
};

struct field {
    const char *name;
    enum form form;
    bool needed;
    size_t offset; /* of the field */
};

/* A node being read. */
struct node {
    struct system *system;
    const void *fdt;
    int offset;
    const char *path;
};

/* Fill target from the node's properties. Anything that the table does not list is a fault, and
 * so is a child node whose name is not in children (names, NULL at the end; NULL: any child may
 * be there). */
void tree_read(const struct node *node, const struct field *fields, unsigned count, void *target);
void tree_children(const struct node *node, const char *const *children);

/* All properties are "name = <number>": list of struct entry. */
void tree_entries(const struct node *node, struct list *entries);

bool tree_child(const struct node *parent, const char *name, struct node *child);
/* for (bool more = tree_first(&parent, &child); more; more = tree_next(&child)) */
bool tree_first(const struct node *parent, struct node *child);
bool tree_next(struct node *child);

const char *tree_name(const struct node *node);
