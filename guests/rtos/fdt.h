/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a flattened device tree (Devicetree Specification 0.4, chapter 5), token by token. Nothing
 * outside the blob is read, whatever is in it; what is malformed is the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fdt {
    const uint8_t *tokens;
    uint32_t size; /* bytes of tokens */
    uint32_t at;
    const char *strings;
    uint32_t strings_size;
};

enum fdt_token { FDT_NODE = 1, FDT_NODE_END = 2, FDT_PROPERTY = 3, FDT_END = 9 };

struct fdt_item {
    const char *name;     /* of a NODE or PROPERTY */
    const uint8_t *value; /* of a PROPERTY */
    uint32_t size;
};

/* False: there is no device tree at blob (aligned to 4, at most limit bytes). */
bool fdt_open(struct fdt *fdt, const void *blob, size_t limit);

enum fdt_token fdt_next(struct fdt *fdt, struct fdt_item *item);

/* One of a property's strings is this. */
bool fdt_has(const struct fdt_item *property, const char *text);

/* The number in so many 32-bit cells from cell index on; 0 if the property is too short. */
uint64_t fdt_number(const struct fdt_item *property, uint32_t index, uint32_t cells);
