/* SPDX-License-Identifier: Apache-2.0 */
/* The world of the device models: kernel calls and the console. */
#include "cells/vmm/port.h"

#include <stdarg.h>

#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/format.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "cells/lib/status_name.h"

#define FLUSH_MS 100 /* a prompt without newline is seen this late */

static uint32_t port_vcpu;
static uint32_t port_line;

void port_open(const struct start_info *start)
{
    port_vcpu = start_need_cap(start, "vcpu", BH_VCPU);
    port_line = start_need_cap(start, "uart-line", BH_LINE);
}

/* These calls fail only if the system was not built as described. */
static void need(enum bh_status status, const char *what, uint32_t irq)
{
    if (status != BH_OK) {
        print_stop("virtual interrupt %u: %s: %s", irq, what, status_name(status));
    }
}

void port_irq_settings(uint32_t irq, uint32_t settings)
{
    need(bh_vcpu_irq(port_vcpu, irq, settings), "settings", irq);
}

uint32_t port_irq_state(uint32_t irq, uint32_t set, uint32_t clear)
{
    uint64_t state[1];

    need(bh_vcpu_irq_state(port_vcpu, irq, set, clear, state), "state", irq);
    return (uint32_t)state[0];
}

void port_uart_line(bool high)
{
    need(bh_line_set(port_line, high), "line of the UART", 33);
}

void port_console(const char *text, size_t size)
{
    (void)print_text(text, size); /* a guest without a console runs on, unheard */
}

uint64_t port_flush_time(void)
{
    return counter_after(FLUSH_MS);
}

void port_say(const char *text, ...)
{
    char line[PRINT_MAX];
    va_list list;

    va_start(list, text);
    format_list(line, sizeof(line), text, list);
    va_end(list);
    print("vmm: %s\n", line);
}
