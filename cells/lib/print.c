/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the console protocol from the client's side. */
#include "cells/lib/print.h"

#include "cells/lib/arch/sysreg.h"
#include "cells/lib/call.h"
#include "cells/lib/format.h"
#include "cells/lib/start.h"
#include "cells/lib/stream.h"
#include "cells/lib/string.h"

#define PRINT_TRIES 3 /* of a call whose server dies under it and is rebuilt */

static uint32_t print_endpoint;
static struct stream print_tty;
static bool print_has_tty;

void print_open(const struct start_info *start)
{
    const struct start_cap *console;

    if (start->magic != BH_START_MAGIC) {
        return;
    }
    console = start_find_cap(start, "console");
    print_endpoint = console == NULL ? 0 : console->slot;
    print_has_tty = stream_open(&print_tty, start, "tty");
}

struct stream *print_stream(void)
{
    return print_has_tty ? &print_tty : NULL;
}

static enum bh_status call_console(const char *text, size_t size)
{
    enum bh_status status = BH_DOWN;

    for (unsigned i = 0; i < PRINT_TRIES && status == BH_DOWN; i++) {
        struct bh_message m = {{0}};

        memcpy(m.w, text, size);
        status = bh_call(print_endpoint, &m);
    }
    return status;
}

enum bh_status print_text(const char *text, size_t size)
{
    enum bh_status status = BH_OK;

    if (print_has_tty) {
        return stream_write(&print_tty, text, size);
    }
    while (size > 0 && status == BH_OK) {
        size_t part = size < PRINT_MESSAGE_MAX ? size : PRINT_MESSAGE_MAX;

        status = call_console(text, part);
        text += part;
        size -= part;
    }
    return status;
}

static void print_list(const char *text, va_list list)
{
    char line[PRINT_MAX];
    size_t size = format_list(line, sizeof(line), text, list);

    (void)print_text(line, size); /* nobody could be told */
}

void print(const char *text, ...)
{
    va_list list;

    va_start(list, text);
    print_list(text, list);
    va_end(list);
}

void print_stop(const char *text, ...)
{
    va_list list;

    va_start(list, text);
    print_list(text, list);
    va_end(list);
    print("\n");
    cell_break();
}
