/* SPDX-License-Identifier: Apache-2.0 */
/* The names of object types and rights, from abi/objects.def. */
#include "tools/bulkhead/rights.h"

#include <strings.h>

static const char *const types[] = {
#define OBJECT(number, NAME, name, doc) [number] = #name,
#define RIGHT(NAME, bit, RIGHT_NAME, doc)
#include "abi/objects.def"
};

static const struct {
    enum bh_type type;
    uint8_t bit;
    const char *name;
} rights[] = {
#define OBJECT(number, NAME, name, doc)   {BH_##NAME, BH_DESTROY, "DESTROY"},
#define RIGHT(NAME, bit, RIGHT_NAME, doc) {BH_##NAME, 1 << bit, #RIGHT_NAME},
#include "abi/objects.def"
};

#define RIGHT_ROWS (sizeof rights / sizeof rights[0])

const char *type_name(enum bh_type type)
{
    return type < sizeof types / sizeof types[0] && types[type] != NULL ? types[type] : "nothing";
}

uint8_t right_find(enum bh_type type, const char *name)
{
    uint8_t all = 0;

    for (unsigned i = 0; i < RIGHT_ROWS; i++) {
        if (rights[i].type == type) {
            all |= rights[i].bit;
            if (strcasecmp(rights[i].name, name) == 0) {
                return rights[i].bit;
            }
        }
    }
    return strcasecmp(name, "all") == 0 ? all : 0;
}

const char *rights_text(struct arena *arena, enum bh_type type, uint8_t mask)
{
    char *text = arena_copy(arena, "");

    for (unsigned i = 0; i < RIGHT_ROWS; i++) {
        if (rights[i].type == type && (mask & rights[i].bit) != 0) {
            text = arena_format(arena, "%s%s%s", text, *text == 0 ? "" : ", ", rights[i].name);
        }
    }
    for (char *c = text; *c != 0; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    }
    return text;
}
