/* SPDX-License-Identifier: Apache-2.0 */
/* A small shell on the channel tty, to test the console: repeats lines, floods, hangs, lies. */
#include "cells/lib/call.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/lib/stream.h"
#include "cells/lib/string.h"

#define FLOOD 20000
#define WILD  0x10 /* no program is here */

static const struct start_info *page;

static char line[64];
static size_t length;

static void flood(void)
{
    for (unsigned i = 1; i <= FLOOD; i++) {
        print("flood %u\n", i);
    }
    print("flooded\n");
}

/* Short for the client, long for the terminal. */
static void blank(void)
{
    static char newlines[2000];

    memset(newlines, '\n', sizeof(newlines));
    (void)print_text(newlines, sizeof(newlines));
    print("blanked\n");
}

static void rest(void)
{
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    }
}

static void hang(void)
{
    print("hangs\n");
    rest();
}

/* Everything that could move the cursor to others' lines, and a channel whose index is nonsense. */
static void hostile(void)
{
    struct stream *tty = print_stream();

    print("\x1b[2J\x1b[H\x1b[99Dforged: line\x1b[5A\x9b"
          "2K\rwarden: forged\x1b"
          "c\n");
    print("\x1b[31mred");
    for (unsigned i = 0; i < 1000; i++) {
        atomic_store(&tty->channel.mine->head, i * 0x01234567U);
        (void)bh_signal_send(tty->signal);
    }
    atomic_store(&tty->channel.mine->head, 0x80000000U);
    (void)bh_signal_send(tty->signal);
    rest();
}

/* A wild jump in the driver; then text goes on, by channel and by call. */
static void kill(void)
{
    uint32_t victim = start_need_cap(page, "victim", BH_THREAD);
    struct bh_message m = {{0}};

    (void)bh_thread_suspend(victim);
    (void)bh_thread_write(victim, BH_REG_PC, WILD);
    (void)bh_thread_resume(victim);
    print("goes on\n");
    memcpy(m.w, "called\n", 7);
    print("call: %u\n", (unsigned)bh_call(start_need_cap(page, "door", BH_ENDPOINT), &m));
}

static void run(void)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } commands[] = {
        {"flood", flood}, {"blank", blank}, {"hang", hang}, {"hostile", hostile}, {"kill", kill}};

    line[length] = '\0';
    print("\nheard '%s'\n", line);
    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(line, commands[i].name) == 0) {
            commands[i].run();
        }
    }
    length = 0;
    print("> ");
}

static void accept(char c)
{
    if (c == '\r') {
        run();
    } else if (c == 0x7f && length > 0) {
        length--;
        print("\b \b");
    } else if (length < sizeof(line) - 1) {
        line[length++] = c;
        print("%c", c);
    }
}

void cell_main(const struct start_info *start)
{
    struct stream *tty = print_stream();

    page = start;
    print("> ");
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        char text[16];
        size_t size;

        while ((size = stream_read(tty, text, sizeof(text))) > 0) {
            for (size_t i = 0; i < size; i++) {
                accept(text[i]);
            }
        }
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    }
}
