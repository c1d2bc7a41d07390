/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how the warden's reports look. */
#include "cells/warden/report.h"

#include <stdarg.h>

#include "cells/lib/fault_words.h"
#include "cells/lib/format.h"
#include "cells/lib/pl011.h"
#include "cells/lib/start.h"

static struct pl011 report_uart;

void report_open(const struct start_info *start)
{
    const struct start_memory *uart = start_find_memory(start, "uart");

    if (uart != NULL && (uart->access & BH_MAP_WRITE) != 0) {
        report_uart.base = (volatile uint32_t *)(uintptr_t)uart->address;
    }
}

void report(const char *text, ...)
{
    char line[256];
    va_list list;

    va_start(list, text);
    format_list(line, sizeof(line), text, list);
    va_end(list);
    if (report_uart.base == NULL) {
        return;
    }
    for (const char *c = line; *c != '\0'; c++) {
        pl011_put(report_uart, *c);
    }
}

void report_fault(const struct plan_cell *cell, const struct bh_fault_words *fault,
                  struct report_outcome outcome)
{
    struct fault_report words;

    fault_words(&words, fault, (cell->flags & PLAN_CELL_VM) != 0);
    report("warden: cell %.32s is stopped by a fault (its number %u); %s\n", cell->name,
           outcome.count, outcome.next);
    report("warden:   what    %s\n", words.what);
    report("warden:   where   pc 0x%lx, lr 0x%lx, sp 0x%lx, psr 0x%lx, syndrome 0x%lx\n",
           (unsigned long)fault->pc, (unsigned long)fault->lr, (unsigned long)fault->sp,
           (unsigned long)fault->psr, (unsigned long)fault->syndrome);
    report("warden:   likely  %s\n", words.likely);
    report("warden:   cure    %s\n", words.cure);
}
