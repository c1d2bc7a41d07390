/* SPDX-License-Identifier: Apache-2.0 */
/* The test's side of cells/vmm/port.h. */
#include "tests/unit/cells/world.h"

#include <assert.h>
#include <string.h>

#include "abi/types.h"

struct world world;
uint64_t port_wake_at;
uint32_t port_cpu;

void world_reset(void)
{
    memset(&world, 0, sizeof(world));
    world.now = 1000;
    world.frequency = 1000;
    port_wake_at = 0;
    port_cpu = 0;
}

static void meanwhile(void)
{
    if (world.meanwhile != NULL) {
        world.meanwhile();
    }
}

void port_irq_settings(uint32_t cpu, uint32_t irq, uint32_t settings)
{
    assert(cpu < PORT_CPUS_MAX && irq < 1020);
    world.settings[cpu][irq] = settings;
    world.settings_calls++;
    meanwhile();
}

/* As the kernel on a GICv2; one that is pending without a sender has none here. */
uint32_t port_irq_state(uint32_t cpu, uint32_t irq, uint32_t set, uint32_t clear)
{
    uint32_t *state, now;

    assert(cpu < PORT_CPUS_MAX && irq < 1020);
    assert(irq < 16 || ((set | clear) & ~3U) == 0);
    state = &world.state[cpu][irq];
    *state = (*state | set) & ~((clear & 1) != 0 ? clear | BH_VIRQ_SENDERS : clear);
    if ((clear & BH_VIRQ_SENDERS) != 0 && (*state & BH_VIRQ_SENDERS) == 0) {
        *state &= ~1U;
    }
    world.state_calls++;
    now = *state;
    meanwhile();
    return now;
}

uint64_t port_register(unsigned index)
{
    assert(index < 31);
    return world.registers[index];
}

void port_register_set(unsigned index, uint64_t value)
{
    assert(index < 31);
    world.registers[index] = value;
}

void port_walk_registers(struct walk_registers *registers)
{
    *registers = world.walk;
}

volatile struct bh_vcpu_page *port_page(void)
{
    return world.pages[port_cpu];
}

void port_irq_ack(uint32_t slot)
{
    assert(slot < sizeof(world.acks) / sizeof(world.acks[0]));
    world.acks[slot]++;
}

void port_line(enum port_line line, bool high)
{
    world.line[line] = high;
    world.line_calls++;
}

void port_line_to(enum port_line line, uint32_t cpu)
{
    world.line_cpu[line] = cpu;
    meanwhile();
}

bool port_output(const struct port_text *text)
{
    assert(text->length > 0 && text->length <= WORLD_TEXT);
    if (world.console_full) {
        return false;
    }
    assert(world.console_length + text->length < sizeof(world.console));
    memcpy(world.console + world.console_length, text->bytes, text->length);
    world.console_length += text->length;
    world.console_calls++;
    return true;
}

bool port_input(struct port_text *text)
{
    size_t length = world.typed == NULL ? 0 : strnlen(world.typed, WORLD_TEXT);

    text->length = (uint8_t)length;
    memcpy(text->bytes, world.typed == NULL ? "" : world.typed, length);
    world.typed += length;
    return length > 0;
}

uint32_t port_text_max(void)
{
    return WORLD_TEXT;
}

uint64_t port_text_delay(void)
{
    return 20;
}

uint64_t port_now(void)
{
    return world.now;
}

uint64_t port_frequency(void)
{
    return world.frequency;
}

uint64_t port_seconds(void)
{
    return world.seconds;
}

/* One at a time is enough here. */
void port_alarm(enum port_alarm alarm, uint64_t at)
{
    assert(alarm < PORT_ALARM_COUNT);
    port_wake_at = at;
}

void port_say(const char *text, ...)
{
    (void)text;
    world.said++;
}
