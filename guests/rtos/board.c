/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the bindings of the devices that it looks for. */
#include "guests/rtos/board.h"

#include "cells/lib/string.h"
#include "guests/rtos/fdt.h"

enum kind { OTHER, GIC_V2, GIC_V3, UART, TIMER, START, CHOSEN };

static const struct {
    const char *compatible;
    enum kind kind;
} bindings[] = {
    {"arm,cortex-a15-gic", GIC_V2}, {"arm,gic-400", GIC_V2},
    {"arm,gic-v3", GIC_V3},         {"arm,pl011", UART},
    {"arm,armv8-timer", TIMER},     {"bulkhead,start", START},
};

/* What is collected of a child of the root until its end. */
struct node {
    enum kind kind;
    struct fdt_item reg;
    struct fdt_item interrupts;
    struct fdt_item arguments;
};

struct reader {
    struct board *board;
    uint32_t depth; /* of open nodes; 1: the root */
    uint32_t address_cells;
    uint32_t size_cells;
    struct node node;
};

static uint64_t address(const struct reader *reader, uint32_t range)
{
    uint32_t cells = reader->address_cells;

    return fdt_number(&reader->node.reg, range * (cells + reader->size_cells), cells);
}

/* Interrupt n of a node of the GIC's: three cells, PPI or SPI and its number. */
static uint32_t interrupt(const struct reader *reader, uint32_t n)
{
    const struct fdt_item *list = &reader->node.interrupts;

    return (uint32_t)fdt_number(list, 3 * n + 1, 1) + (fdt_number(list, 3 * n, 1) == 1 ? 16 : 32);
}

static void read_gic(struct reader *reader, unsigned version)
{
    struct board *board = reader->board;

    board->gic_version = version;
    board->gicd = address(reader, 0);
    *(version == 2 ? &board->gicc : &board->gicr) = address(reader, 1);
}

static void copy_arguments(struct board *board, const struct fdt_item *property)
{
    size_t length = 0;

    while (length < property->size && length < BOARD_ARGUMENTS - 1 &&
           property->value[length] != '\0') {
        board->arguments[length] = (char)property->value[length];
        length++;
    }
    board->arguments[length] = '\0';
}

static void end_node(struct reader *reader)
{
    struct board *board = reader->board;

    switch (reader->node.kind) {
    case GIC_V2:
        read_gic(reader, 2);
        break;
    case GIC_V3:
        read_gic(reader, 3);
        break;
    case UART:
        board->uart = address(reader, 0);
        board->uart_irq = interrupt(reader, 0);
        break;
    case TIMER:
        board->timer_irq = interrupt(reader, 2);
        break;
    case START:
        board->start = address(reader, 0);
        board->start_size =
            fdt_number(&reader->node.reg, reader->address_cells, reader->size_cells);
        break;
    case CHOSEN:
        copy_arguments(board, &reader->node.arguments);
        break;
    case OTHER:
        break;
    }
}

static enum kind kind_of(const struct fdt_item *compatible)
{
    for (unsigned i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++) {
        if (fdt_has(compatible, bindings[i].compatible)) {
            return bindings[i].kind;
        }
    }
    return OTHER;
}

static void read_property(struct reader *reader, const struct fdt_item *property)
{
    struct node *node = &reader->node;
    const struct {
        const char *name;
        struct fdt_item *item;
    } kept[] = {
        {"reg", &node->reg}, {"interrupts", &node->interrupts}, {"bootargs", &node->arguments}};

    if (reader->depth == 1 && strcmp(property->name, "#address-cells") == 0) {
        reader->address_cells = (uint32_t)fdt_number(property, 0, 1);
    } else if (reader->depth == 1 && strcmp(property->name, "#size-cells") == 0) {
        reader->size_cells = (uint32_t)fdt_number(property, 0, 1);
    } else if (reader->depth == 2 && strcmp(property->name, "compatible") == 0) {
        node->kind = kind_of(property);
    }
    for (unsigned i = 0; reader->depth == 2 && i < sizeof(kept) / sizeof(kept[0]); i++) {
        if (strcmp(property->name, kept[i].name) == 0) {
            *kept[i].item = *property;
        }
    }
}

/* One token of the tree. */
static void take(struct reader *reader, enum fdt_token token, const struct fdt_item *item)
{
    switch (token) {
    case FDT_NODE:
        if (++reader->depth == 2) {
            reader->node =
                (struct node){.kind = strcmp(item->name, "chosen") == 0 ? CHOSEN : OTHER};
        }
        break;
    case FDT_PROPERTY:
        read_property(reader, item);
        break;
    case FDT_NODE_END:
        if (reader->depth-- == 2) {
            end_node(reader);
        }
        break;
    case FDT_END:
        break;
    }
}

bool board_read(struct board *board, const void *tree, size_t limit, unsigned gic_version)
{
    struct reader reader = {.board = board, .address_cells = 2, .size_cells = 2};
    struct fdt fdt;
    struct fdt_item item = {0};
    enum fdt_token token = FDT_NODE;

    *board = (struct board){
        .gic_version = gic_version,
        .gicd = 0x08000000,
        .gicc = 0x08010000,
        .gicr = 0x080a0000,
        .uart = 0x09000000,
        .uart_irq = 33,
        .timer_irq = 27,
    };
    if (!fdt_open(&fdt, tree, limit)) {
        return false;
    }
    while (token != FDT_END) {
        token = fdt_next(&fdt, &item);
        take(&reader, token, &item);
    }
    return true;
}
