/* SPDX-License-Identifier: Apache-2.0 */
/* A driver cell with a client, that goes wrong when somebody types how. */
#include "cells/lib/call.h"
#include "cells/lib/channel.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/lib/stream.h"

#define NOWHERE UINT64_C(0x7000000000)

static struct channel work;
static uint32_t work_signal;
static uint64_t answered; /* since the start */

static void pointer(void)
{
    *(volatile uint32_t *)NOWHERE = 1;
}

static unsigned __attribute__((noinline)) recurse(unsigned depth)
{
    volatile unsigned used[64];

    used[0] = depth; /* never 0 when it is read */
    return used[0] == 0 ? 0 : recurse(depth + 1) + used[0];
}

static void stack(void)
{
    (void)recurse(1);
}

static void loop(void)
{
    for (;;) {
        __asm__ volatile("");
    }
}

/* Entries and indices that nobody has agreed on. */
static void garbage(void)
{
    for (unsigned i = 0; i < work.length * CHANNEL_ENTRY; i++) {
        work.out[i] = (uint8_t)(i * 37);
    }
    atomic_store(&work.mine->head, UINT32_C(0x80000000));
    (void)bh_signal_send(work_signal);
}

static void obey(char key)
{
    static const struct {
        char key;
        const char *what;
        void (*run)(void);
    } ways[] = {{'p', "bad pointer", pointer},
                {'s', "stack overflow", stack},
                {'l', "endless loop", loop},
                {'g', "garbage in its channel", garbage}};

    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (ways[i].key == key) {
            print("goes wrong: %s\n", ways[i].what);
            ways[i].run();
        }
    }
}

/* What the channel brings goes back; what is typed is obeyed. */
static void serve_signals(void)
{
    struct stream *tty = print_stream();
    uint8_t entry[CHANNEL_ENTRY];
    char key;

    while (channel_receive(&work, entry) == CHANNEL_OK) {
        (void)channel_send(&work, entry); /* there is room: the witness sends one at a time */
    }
    if (channel_wake_needed(&work)) {
        (void)bh_signal_send(work_signal);
    }
    while (stream_read(tty, &key, 1) == 1) {
        obey(key);
    }
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *memory = start_find_memory(start, "work");
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    work_signal = start_need_cap(start, "work", BH_SIGNAL);
    (void)channel_attach(&work, (void *)(uintptr_t)memory->address, memory->size,
                         (unsigned)start_need_value(start, "work-side"));
    print("ready\n");
    serve_signals();
    for (;;) {
        struct bh_received r;

        if (bh_reply_wait(action, &m, &r) != BH_OK) {
            action = BH_WAIT_ONLY;
        } else if (r.event == BH_EVENT_MESSAGE) {
            m = (struct bh_message){{m.w[0] + 1, ++answered}};
            action = BH_REPLY;
        } else {
            serve_signals();
            action = server_refuse(&m, &r);
        }
    }
}
