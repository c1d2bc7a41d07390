/* SPDX-License-Identifier: Apache-2.0 */
/* The world of the device models: kernel calls, the console, and the clock. */
#include "cells/vmm/port.h"

#include <stdarg.h>

#include "abi/vcpu_page.h"
#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/format.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "cells/lib/status_name.h"
#include "cells/lib/stream.h"
#include "cells/lib/string.h"
#include "cells/vmm/walk.h"

#define CLOCK_NOW 0
#define SAID_MAX  1024

_Static_assert(PORT_TEXT_MAX >= STREAM_TEXT_MAX && PORT_TEXT_MAX >= PRINT_MESSAGE_MAX,
               "texts of either kind fit");

uint64_t port_wake_at;
uint32_t port_cpu;

/* A line has an end at every processor, and a place for those that lead nowhere. */
struct line {
    uint32_t slots[PORT_CPUS_MAX + 1]; /* 0: the guest has no such interrupt */
    uint32_t cpu;
    bool high;
};

static struct {
    uint32_t vcpus[PORT_CPUS_MAX];
    struct bh_vcpu_page *pages[PORT_CPUS_MAX];
    struct line lines[PORT_LINE_COUNT];
    uint64_t alarms[PORT_ALARM_COUNT];
    char said[SAID_MAX]; /* the vmm's own sentences that the console had no room for */
    size_t said_length;
    uint32_t clock;   /* endpoint, 0: none */
    bool clock_asked; /* and it has answered: */
    uint64_t epoch;   /* seconds since 1970 when the counter was 0 */
} port;

static uint32_t find_slot(const struct start_info *start, const char *name, uint32_t type)
{
    const struct start_cap *cap = start_find_cap(start, name);

    return cap == NULL ? 0 : start_need_cap(start, name, type);
}

/* The first processor's is called NAME, the others' NAME-1 and so on. */
static const char *name_of(char text[BH_NAME_MAX], const char *name, uint32_t cpu)
{
    return cpu == 0 ? name : (format(text, BH_NAME_MAX, "%s-%u", name, cpu), text);
}

void port_open(const struct start_info *start, uint32_t cpus)
{
    char text[BH_NAME_MAX];
    const struct start_memory *page;

    for (uint32_t i = 0; i < cpus; i++) {
        port.vcpus[i] = start_need_cap(start, name_of(text, "vcpu", i), BH_VCPU);
        page = start_find_memory(start, name_of(text, "priority", i));
        port.pages[i] = page == NULL ? NULL : (struct bh_vcpu_page *)(uintptr_t)page->address;
        port.lines[PORT_LINE_UART].slots[i] =
            start_need_cap(start, name_of(text, "uart-line", i), BH_LINE);
        port.lines[PORT_LINE_RTC].slots[i] =
            find_slot(start, name_of(text, "rtc-line", i), BH_LINE);
    }
    port.clock = find_slot(start, "clock", BH_ENDPOINT);
}

/* These calls fail only if the system was not built as described. */
static void need(enum bh_status status, const char *what, uint32_t number)
{
    if (status != BH_OK) {
        print_stop("%s %u: %s", what, number, status_name(status));
    }
}

/* Only a GICv2 says who sent an SGI. */
uint32_t port_gic_version(void)
{
    uint64_t state[1];

    return bh_vcpu_irq_state(port.vcpus[0], 0, 0, BH_VIRQ_SENDERS, state) == BH_OK ? 2 : 3;
}

void port_irq_settings(uint32_t cpu, uint32_t irq, uint32_t settings)
{
    need(bh_vcpu_irq(port.vcpus[cpu], irq, settings), "settings of virtual interrupt", irq);
}

uint32_t port_irq_state(uint32_t cpu, uint32_t irq, uint32_t set, uint32_t clear)
{
    uint64_t state[1];

    need(bh_vcpu_irq_state(port.vcpus[cpu], irq, set, clear, state), "state of virtual interrupt",
         irq);
    return (uint32_t)state[0];
}

void port_irq_ack(uint32_t slot)
{
    need(bh_irq_ack(slot), "interrupt of slot", slot);
}

void port_cpu_set(uint32_t cpu, uint64_t entry, uint64_t argument)
{
    need(bh_thread_set(port.vcpus[cpu], entry, 0, argument), "reset of processor", cpu);
}

void port_cpu_resume(uint32_t cpu)
{
    need(bh_thread_resume(port.vcpus[cpu]), "start of processor", cpu);
}

void port_cpu_suspend(uint32_t cpu)
{
    need(bh_thread_suspend(port.vcpus[cpu]), "stop of processor", cpu);
}

volatile struct bh_vcpu_page *port_page(void)
{
    return port.pages[port_cpu];
}

static void read_registers(uint32_t first, uint64_t values[6])
{
    need(bh_thread_read(port.vcpus[port_cpu], first, values), "register", first);
}

uint64_t port_register(unsigned index)
{
    uint64_t values[6];

    read_registers(index, values);
    return values[0];
}

void port_register_set(unsigned index, uint64_t value)
{
    need(bh_thread_write(port.vcpus[port_cpu], index, value), "register", index);
}

void port_walk_registers(struct walk_registers *registers)
{
    uint64_t values[6];

    read_registers(BH_REG_SCTLR, values);
    *registers = (struct walk_registers){values[0], values[1], {values[2], values[3]}};
}

static void line_drive(const struct line *line, bool high)
{
    if (line->slots[line->cpu] != 0) {
        need(bh_line_set(line->slots[line->cpu], high), "line", (uint32_t)(line - port.lines));
    }
}

void port_line(enum port_line line, bool high)
{
    port.lines[line].high = high;
    line_drive(&port.lines[line], high);
}

void port_line_to(enum port_line line, uint32_t cpu)
{
    struct line *l = &port.lines[line];

    if (l->high) {
        line_drive(l, false);
    }
    l->cpu = cpu;
    if (l->high) {
        line_drive(l, true);
    }
}

bool port_flush(void)
{
    size_t done;

    if (port.said_length > 0) {
        done = stream_try_write(print_stream(), port.said, port.said_length);
        port.said_length -= done;
        memmove(port.said, port.said + done, port.said_length);
    }
    return port.said_length == 0;
}

bool port_output(const struct port_text *text)
{
    struct stream *tty = print_stream();

    if (tty == NULL) {
        (void)print_text((const char *)text->bytes, text->length); /* maybe unheard */
        return true;
    }
    return port_flush() &&
           stream_try_write(tty, (const char *)text->bytes, text->length) == text->length;
}

bool port_input(struct port_text *text)
{
    struct stream *tty = print_stream();

    text->length =
        (uint8_t)(tty == NULL ? 0 : stream_read(tty, (char *)text->bytes, PORT_TEXT_MAX));
    return text->length > 0;
}

/* As much as a channel has in an entry, or a call in its words. */
uint32_t port_text_max(void)
{
    return print_stream() == NULL ? PRINT_MESSAGE_MAX : STREAM_TEXT_MAX;
}

/* The console takes a message for a prompt if it ends without a newline: that is to be rare. */
uint64_t port_text_delay(void)
{
    return counter_frequency() / (print_stream() == NULL ? 10 : 50);
}

uint64_t port_now(void)
{
    return counter_now();
}

uint64_t port_frequency(void)
{
    return counter_frequency();
}

uint64_t port_seconds(void)
{
    uint64_t since = counter_now() / counter_frequency();

    if (port.clock != 0 && !port.clock_asked) {
        struct bh_message m = {{CLOCK_NOW}};
        port.clock_asked = bh_call(port.clock, &m) == BH_OK && m.w[0] == 0;
        port.epoch = port.clock_asked ? m.w[1] - since : 0;
    }
    return port.epoch + since;
}

void port_alarm(enum port_alarm alarm, uint64_t at)
{
    port.alarms[alarm] = at;
    port_wake_at = 0;
    for (unsigned i = 0; i < PORT_ALARM_COUNT; i++) {
        if (port.alarms[i] != 0 && (port_wake_at == 0 || port.alarms[i] < port_wake_at)) {
            port_wake_at = port.alarms[i];
        }
    }
}

/* The vmm owes its guest an answer, so it cannot wait for room. */
static void say_later(const char *text, size_t size)
{
    size_t room = SAID_MAX - port.said_length;
    size_t part = size < room ? size : room;

    memcpy(port.said + port.said_length, text, part);
    port.said_length += part;
    (void)port_flush();
}

void port_say(const char *text, ...)
{
    char line[PRINT_MAX] = "vmm: ";
    size_t length = strlen(line);
    va_list list;

    va_start(list, text);
    length += format_list(line + length, sizeof(line) - length - 1, text, list);
    va_end(list);
    line[length++] = '\n';
    if (print_stream() == NULL) {
        (void)print_text(line, length);
    } else {
        say_later(line, length);
    }
}
