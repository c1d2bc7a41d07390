/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how the warden's reports look. */
#include "cells/warden/report.h"

#include <stdarg.h>

#include "cells/lib/fault_words.h"
#include "cells/lib/format.h"
#include "cells/lib/start.h"
#include "cells/lib/uart.h"

static const struct uart_driver *report_driver; /* NULL: there is no UART, or an unknown one */
static uart_registers *report_uart;

void report_open(const struct start_info *start)
{
    const struct start_memory *uart = start_find_memory(start, "uart");

    if (uart != NULL && (uart->access & BH_MAP_WRITE) != 0) {
        report_uart = (uart_registers *)(uintptr_t)uart->address;
        report_driver = uart_find(start_value_or(start, "uart-type", START_PL011));
    }
}

void report(const char *text, ...)
{
    char line[256];
    va_list list;

    va_start(list, text);
    format_list(line, sizeof(line), text, list);
    va_end(list);
    if (report_driver != NULL) {
        uart_print(report_driver, report_uart, line);
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

void report_overrun(const struct plan_cell *cell, uint64_t pc, struct report_outcome outcome)
{
    report("warden: cell %.32s used up its budget (its number %u); %s\n", cell->name, outcome.count,
           outcome.next);
    report("warden:   what    %u us of CPU time in %u us were not enough\n", cell->amount,
           cell->period);
    report("warden:   where   pc 0x%lx\n", (unsigned long)pc);
    report("warden:   likely  an endless loop there, or in what called it\n");
    report("warden:   cure    end the loop; if the work is right, a larger budget\n");
}
