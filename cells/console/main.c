/* SPDX-License-Identifier: Apache-2.0 */
/* The console: owns the UART and prints the lines of its clients under their names. */
#include "cells/console/lines.h"
#include "cells/console/output.h"
#include "cells/lib/call.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/lib/string.h"

#define CLIENTS_MAX 64

static struct output console_output;
static struct lines_client console_clients[CLIENTS_MAX + 1]; /* the last: whoever is not listed */
static unsigned console_client_count;

static void put(void *context, char c)
{
    output_put(context, c);
}

static struct lines console_lines = {.put = put, .context = &console_output};

/* The rows of the start page that have no slot: each names the client that calls with its badge. */
static void find_clients(const struct start_info *start)
{
    for (uint32_t i = 0; i < start->cap_count && console_client_count < CLIENTS_MAX; i++) {
        const struct start_cap *cap = start_cap_at(start, i);

        if (cap->type == BH_ENDPOINT && cap->slot == 0) {
            console_clients[console_client_count++] =
                (struct lines_client){.name = cap->name, .badge = cap->badge};
        }
    }
    console_clients[console_client_count].name = "(not listed)";
}

static struct lines_client *find_client(uint64_t badge)
{
    struct lines_client *client = console_clients;

    while (client < &console_clients[console_client_count] && client->badge != badge) {
        client++;
    }
    return client;
}

static void accept(const struct bh_message *m, uint64_t badge)
{
    char text[PRINT_MESSAGE_MAX];
    size_t size;

    memcpy(text, m->w, sizeof(text));
    size = strnlen(text, sizeof(text));
    lines_accept(&console_lines, find_client(badge), text, size,
                 size == sizeof(text) && text[size - 1] != '\n');
    output_drain(&console_output);
}

static enum bh_action handle(struct bh_message *m, const struct bh_received *r, uint32_t irq)
{
    if (r->event == BH_EVENT_MESSAGE) {
        accept(m, r->badge);
        *m = (struct bh_message){{BH_OK}};
        return BH_REPLY;
    }
    if (r->event == BH_EVENT_SIGNAL) {
        output_drain(&console_output);
        (void)bh_irq_ack(irq); /* the slot was checked when the cell started */
    }
    return server_refuse(m, r);
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *uart = start_need_memory(start, "uart", BH_MAP_READ | BH_MAP_WRITE);
    uint32_t irq = start_need_cap(start, "uart-irq", BH_IRQ);
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    find_clients(start);
    output_open(&console_output, (volatile uint32_t *)(uintptr_t)uart->address);
    for (;;) {
        struct bh_received r;

        /* The only status but OK: NO_CALLER, when the client has died meanwhile. */
        action = bh_reply_wait(action, &m, &r) == BH_OK ? handle(&m, &r, irq) : BH_WAIT_ONLY;
    }
}
