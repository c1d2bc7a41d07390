/* SPDX-License-Identifier: Apache-2.0 */
/* The console: owns the UART, shows what its clients write, and passes on what is typed. */
#include "cells/console/clients.h"
#include "cells/console/keys.h"
#include "cells/console/terminal.h"
#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/lib/status_name.h"
#include "cells/lib/string.h"

#define TICK_MS     50 /* unfinished lines are shown after one to two of these */
#define AT_ONCE     1  /* a deadline that has passed */
#define INPUT_BATCH 64

struct console {
    struct terminal terminal;
    struct screen screen;
    struct clients clients;
    struct keys keys;
    uint32_t irq;      /* capability */
    uint64_t irq_bits; /* that arrive with it */
    uint32_t power;    /* capability, 0: none */
    bool more;         /* streams have text left */
    bool typed;        /* there may be more input */
    uint64_t tick;     /* when to look at unfinished lines again, 0: never */
};

static struct console console;

static void put(void *context, const char *text, size_t size)
{
    terminal_put(context, text, size);
}

static size_t room(void *context)
{
    return terminal_room(context);
}

static void accept_call(const struct bh_message *m, uint64_t badge)
{
    char text[PRINT_MESSAGE_MAX];

    memcpy(text, m->w, sizeof(text));
    clients_call(&console.clients, badge, text, strnlen(text, sizeof(text)));
}

static void switch_off(void)
{
    enum bh_status status = BH_NO_CAP;

    console.keys.quit = false;
    clients_say(&console.clients, "the machine goes off");
    terminal_finish(&console.terminal);
    if (console.power != 0) {
        status = bh_core_power(console.power, 0);
    }
    clients_say(&console.clients, "it does not: %s%s", status_name(status),
                console.power == 0 ? "; give me caps { power { core; }; }" : "");
}

/* Everything that has come, a batch at a time. */
static void take_input(void)
{
    char text[INPUT_BATCH];
    size_t size = console.terminal.driver->receive(console.terminal.base, text, sizeof(text));

    keys_type(&console.keys, text, size);
    console.typed = size == sizeof(text);
    if (console.keys.quit) {
        switch_off();
    }
}

static void accept_signal(uint64_t bits)
{
    if ((bits & console.irq_bits) != 0) {
        console.terminal.driver->clear(console.terminal.base);
        take_input();
        terminal_drain(&console.terminal);
        (void)bh_irq_ack(console.irq); /* the slot was checked when the cell started */
    }
    clients_signal(&console.clients, bits);
    console.more = clients_turn(&console.clients);
}

static enum bh_action handle(struct bh_message *m, const struct bh_received *r)
{
    switch ((enum bh_event)r->event) {
    case BH_EVENT_MESSAGE:
        accept_call(m, r->badge);
        *m = (struct bh_message){{BH_OK}};
        return BH_REPLY;
    case BH_EVENT_SIGNAL:
        accept_signal(m->w[0]);
        return BH_WAIT_ONLY;
    case BH_EVENT_DEADLINE:
        if (console.typed) {
            take_input();
        }
        console.more = clients_turn(&console.clients);
        return BH_WAIT_ONLY;
    case BH_EVENT_FAULT:
    case BH_EVENT_EXIT:
        break;
    }
    return server_refuse(m, r);
}

/* Before the console waits. */
static void finish_turn(void)
{
    if (console.tick != 0 && counter_now() >= console.tick) {
        console.tick = 0;
        (void)clients_tick(&console.clients);
    }
    screen_settle(&console.screen);
    if (console.tick == 0 && clients_wait(&console.clients)) {
        console.tick = counter_after(TICK_MS);
    }
    terminal_drain(&console.terminal);
}

/* Work that waits for nothing. Text that waits for room goes on with the UART's interrupt. */
static bool is_busy(void)
{
    return console.typed || (console.more && terminal_room(&console.terminal) >= CLIENTS_ROOM);
}

static void serve(void)
{
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    for (;;) {
        struct bh_received r;
        struct bh_wait wait = {0};
        enum bh_status status;

        finish_turn();
        wait.deadline = is_busy() ? AT_ONCE : console.tick;
        status = bh_reply_wait_with(action, &m, &r, wait);
        /* The only other status: NO_CALLER, when the client has died meanwhile. */
        action = status == BH_OK ? handle(&m, &r) : BH_WAIT_ONLY;
    }
}

static uint32_t find_power(const struct start_info *start)
{
    for (uint32_t i = 0; i < start->cap_count; i++) {
        const struct start_cap *cap = start_cap_at(start, i);

        if (cap->type == BH_CORE && cap->slot != 0) {
            return cap->slot;
        }
    }
    return 0;
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *uart = start_need_memory(start, "uart", BH_MAP_READ | BH_MAP_WRITE);
    const struct uart_driver *driver = uart_find(start_value_or(start, "uart-type", START_PL011));

    if (driver == NULL) {
        cell_break(); /* nobody can be told */
    }
    console.irq = start_need_cap(start, "uart-irq", BH_IRQ);
    console.irq_bits = start_need_value(start, "uart-irq");
    console.power = find_power(start);
    console.screen = (struct screen){.put = put, .context = &console.terminal};
    console.clients.screen = &console.screen;
    console.clients.room = room;
    console.keys.clients = &console.clients;
    terminal_open(&console.terminal, driver, (uart_registers *)(uintptr_t)uart->address);
    (void)bh_irq_ack(console.irq); /* a driver that died may have left it active */
    clients_open(&console.clients, start, start_value_or(start, "colours", 1) != 0);
    serve();
}
