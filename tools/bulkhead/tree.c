/* SPDX-License-Identifier: Apache-2.0 */
/* How properties of the device tree become fields of the model, driven by tables. */
#include "tools/bulkhead/tree.h"

#include <libfdt.h>
#include <string.h>

/* One property as it is in the tree. */
struct property {
    const char *name;
    const uint8_t *data;
    unsigned size;
};

static uint64_t big_endian(const uint8_t *data, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        value = value << 8 | data[i];
    }
    return value;
}

static bool text_good(const struct property *p)
{
    return p->size > 1 && p->data[p->size - 1] == 0 && p->data[0] != 0;
}

static bool read_flag(const struct node *node, const struct property *p, void *field)
{
    (void)node;
    *(bool *)field = true;
    return p->size == 0;
}

static bool read_number(const struct node *node, const struct property *p, void *field)
{
    (void)node;
    *(uint64_t *)field = p->size == 4 || p->size == 8 ? big_endian(p->data, p->size) : 0;
    return p->size == 4 || p->size == 8;
}

static bool read_numbers(const struct node *node, const struct property *p, void *field)
{
    struct numbers *numbers = field;

    numbers->count = p->size / 4;
    numbers->items = arena_alloc(&node->system->arena, numbers->count * sizeof(uint64_t));
    for (unsigned i = 0; i < numbers->count; i++) {
        numbers->items[i] = big_endian(p->data + 4 * (size_t)i, 4);
    }
    return p->size >= 4 && p->size % 4 == 0;
}

static bool read_ranges(const struct node *node, const struct property *p, void *field)
{
    struct ranges *ranges = field;

    ranges->count = p->size / 16;
    ranges->items = arena_alloc(&node->system->arena, ranges->count * sizeof(struct range));
    for (unsigned i = 0; i < ranges->count; i++) {
        ranges->items[i].base = big_endian(p->data + 16 * (size_t)i, 8);
        ranges->items[i].size = big_endian(p->data + 16 * (size_t)i + 8, 8);
    }
    return p->size >= 16 && p->size % 16 == 0;
}

static bool read_text(const struct node *node, const struct property *p, void *field)
{
    (void)node;
    if (!text_good(p) || strlen((const char *)p->data) + 1 != p->size) {
        return false;
    }
    *(const char **)field = (const char *)p->data;
    return true;
}

/* False: a part of it is empty. */
static bool name_split(const struct node *node, const char *text, struct name *name)
{
    const char *equals = strchr(text, '=');

    name->local = text;
    name->target = text;
    if (equals != NULL) {
        name->local = arena_format(&node->system->arena, "%.*s", (int)(equals - text), text);
        name->target = equals + 1;
    }
    if (strlen(name->local) >= BH_NAME_MAX || strlen(name->target) >= BH_NAME_MAX) {
        fault(&node->system->faults, RULE_name_long, node->path,
              "name '%s' is longer than %d characters; shorten it", text, BH_NAME_MAX - 1);
    }
    return *name->local != 0 && *name->target != 0;
}

static bool read_names(const struct node *node, const struct property *p, void *field)
{
    struct names *names = field;
    unsigned count = 0;

    names->count = 0;
    if (!text_good(p)) {
        return false;
    }
    for (unsigned at = 0; at < p->size; at++) {
        count += p->data[at] == 0;
    }
    names->items = arena_alloc(&node->system->arena, count * sizeof(struct name));
    const char *text = (const char *)p->data;
    for (unsigned i = 0; i < count; i++) {
        if (!name_split(node, text, &names->items[names->count++])) {
            return false;
        }
        text += strlen(text) + 1;
    }
    return true;
}

static const struct {
    bool (*read)(const struct node *node, const struct property *p, void *field);
    const char *sentence;
} forms[] = {
    [FORM_FLAG] = {read_flag, "has no value; write just its name"},
    [FORM_NUMBER] = {read_number, "is one number: <1> or, above 4 GiB, /bits/ 64 <1>"},
    [FORM_NUMBERS] = {read_numbers, "is a list of numbers: <1 2 3>"},
    [FORM_RANGES] = {read_ranges,
                     "is a list of 64-bit pairs of base and size: /bits/ 64 <0x40000000 0x1000>"},
    [FORM_TEXT] = {read_text, "is one string in quotes, not empty"},
    [FORM_NAMES] =
        {read_names,
         "is a list of strings in quotes, separated by commas, none empty, nor one side of a ="},
};

static bool property_at(const struct node *node, int offset, struct property *p)
{
    int size = 0;

    p->data = fdt_getprop_by_offset(node->fdt, offset, &p->name, &size);
    if (p->data == NULL || p->name == NULL || size < 0) {
        return false;
    }
    p->size = (unsigned)size;
    return true;
}

static const struct field *field_find(const struct field *fields, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

/* "a, b and c": what the reader may have meant. */
static const char *field_names(const struct node *node, const struct field *fields, unsigned count)
{
    const char *text = count == 0 ? "no properties" : "";

    for (unsigned i = 0; i < count; i++) {
        const char *between = i == 0 ? "" : i + 1 == count ? " and " : ", ";
        text = arena_format(&node->system->arena, "%s%s%s", text, between, fields[i].name);
    }
    return text;
}

void tree_read(const struct node *node, const struct field *fields, unsigned count, void *target)
{
    struct faults *faults = &node->system->faults;
    struct property p;
    int offset;

    fdt_for_each_property_offset(offset, node->fdt, node->offset)
    {
        if (!property_at(node, offset, &p)) {
            continue;
        }
        const struct field *field = field_find(fields, count, p.name);
        if (fdt_getprop(node->fdt, node->offset, p.name, NULL) != p.data) {
            fault(faults, RULE_property_type, node->path,
                  "property '%s' is there twice; leave one of them out", p.name);
        } else if (field == NULL) {
            fault(faults, RULE_property_unknown, node->path,
                  "property '%s' is unknown here; this node has %s", p.name,
                  field_names(node, fields, count));
        } else if (!forms[field->form].read(node, &p, (char *)target + field->offset)) {
            fault(faults, RULE_property_type, node->path, "property '%s' %s", p.name,
                  forms[field->form].sentence);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (fields[i].needed &&
            fdt_getprop(node->fdt, node->offset, fields[i].name, NULL) == NULL) {
            fault(faults, RULE_property_missing, node->path, "property '%s' is missing; it %s",
                  fields[i].name, forms[fields[i].form].sentence);
        }
    }
}

void tree_children(const struct node *node, const char *const *children)
{
    struct node child;

    for (bool more = tree_first(node, &child); more; more = tree_next(&child)) {
        const char *const *name = children;
        while (*name != NULL && strcmp(*name, tree_name(&child)) != 0) {
            name++;
        }
        if (*name == NULL) {
            fault(&node->system->faults, RULE_property_unknown, child.path,
                  "a node of this name has no meaning here; see docs/description.md");
        }
    }
}

void tree_entries(const struct node *node, struct list *entries)
{
    struct arena *arena = &node->system->arena;
    struct property p;
    int offset;

    fdt_for_each_property_offset(offset, node->fdt, node->offset)
    {
        if (!property_at(node, offset, &p)) {
            continue;
        }
        struct entry *entry = arena_alloc(arena, sizeof *entry);
        entry->name = p.name;
        entry->path = node->path;
        if (!read_number(node, &p, &entry->number)) {
            fault(&node->system->faults, RULE_property_type, node->path, "property '%s' %s", p.name,
                  forms[FORM_NUMBER].sentence);
        }
        if (strlen(p.name) >= BH_NAME_MAX) {
            fault(&node->system->faults, RULE_name_long, node->path,
                  "name '%s' is longer than %d characters; shorten it", p.name, BH_NAME_MAX - 1);
        }
        list_add(arena, entries, entry);
    }
}

const char *tree_name(const struct node *node)
{
    const char *name = fdt_get_name(node->fdt, node->offset, NULL);
    return name == NULL ? "" : name;
}

static bool tree_set(const struct node *parent, struct node *child, int offset, const char *prefix)
{
    *child = *parent;
    child->offset = offset;
    if (offset < 0) {
        return false;
    }
    child->path = arena_format(&parent->system->arena, "%s/%s", prefix, tree_name(child));
    if (strlen(tree_name(child)) >= BH_NAME_MAX) {
        fault(&parent->system->faults, RULE_name_long, child->path,
              "the name is longer than %d characters; shorten it", BH_NAME_MAX - 1);
    }
    return true;
}

bool tree_child(const struct node *parent, const char *name, struct node *child)
{
    return tree_set(parent, child, fdt_subnode_offset(parent->fdt, parent->offset, name),
                    parent->path);
}

bool tree_first(const struct node *parent, struct node *child)
{
    return tree_set(parent, child, fdt_first_subnode(parent->fdt, parent->offset), parent->path);
}

bool tree_next(struct node *child)
{
    int length = (int)(strrchr(child->path, '/') - child->path);
    const char *prefix = arena_format(&child->system->arena, "%.*s", length, child->path);
    struct node from = *child;
    return tree_set(&from, child, fdt_next_subnode(child->fdt, child->offset), prefix);
}
