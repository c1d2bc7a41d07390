/* SPDX-License-Identifier: Apache-2.0 */
/* What the device models ask of the world outside them; unit tests have a world of their own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/start.h"

#define PORT_CPUS_MAX 8

/* Finds the capabilities that the functions below use; stops the vmm if one is missing. */
void port_open(const struct start_info *start, uint32_t cpus);

/* Which of the guest's processors is served. */
extern uint32_t port_cpu;

/* The version of the machine's GIC, 2 or 3: a guest can have no other. */
uint32_t port_gic_version(void);

/* Settings of a virtual interrupt of a processor: BH_VIRQ_* and the priority. */
void port_irq_settings(uint32_t cpu, uint32_t irq, uint32_t settings);

/* Set and clear pending (1), active (2) and BH_VIRQ_SENDERS of one; returns the new state. */
uint32_t port_irq_state(uint32_t cpu, uint32_t irq, uint32_t set, uint32_t clear);

/* A processor at its first instruction, as after its reset, and not yet running; let it run; stop
 * it, wherever it is. */
void port_cpu_set(uint32_t cpu, uint64_t entry, uint64_t argument);
void port_cpu_resume(uint32_t cpu);
void port_cpu_suspend(uint32_t cpu);

/* The general registers of the processor that is served, and those of its translation, during an
 * exit. */
struct walk_registers;
uint64_t port_register(unsigned index);
void port_register_set(unsigned index, uint64_t value);
void port_walk_registers(struct walk_registers *registers);

/* The page in which that processor may post priorities (abi/vcpu_page.h); NULL: it may not. */
struct bh_vcpu_page;
volatile struct bh_vcpu_page *port_page(void);

/* Level of a device's interrupt line. Without the line nothing happens: the description gave the
 * guest no such interrupt. */
enum port_line { PORT_LINE_UART, PORT_LINE_RTC, PORT_LINE_COUNT };
void port_line(enum port_line line, bool high);
/* To which processor it goes from now on; PORT_CPUS_MAX: to none for the moment. */
void port_line_to(enum port_line line, uint32_t cpu);

/* Let the board's interrupt of this capability come again. */
void port_irq_ack(uint32_t slot);

/* Text of the guest on its way to or from the console. */
#define PORT_TEXT_MAX 64
struct port_text {
    uint8_t length;
    uint8_t bytes[PORT_TEXT_MAX];
};

/* To the console; false if it has no room now. */
bool port_output(const struct port_text *text);
/* Sentences of the vmm that the console had no room for; true if none is left. */
bool port_flush(void);
/* What the console has for the guest; false, and an empty text, if there is nothing. */
bool port_input(struct port_text *text);
/* How much it takes at once, and how many ticks text without a newline may wait for more. */
uint32_t port_text_max(void);
uint64_t port_text_delay(void);

/* Now, in ticks of a counter that never stops, and how many of them make a second. */
uint64_t port_now(void);
uint64_t port_frequency(void);
/* Now, in seconds since 1970, or since power-on if there is no clock in the system. */
uint64_t port_seconds(void);

/* When a device wants its alarm function to be called: ticks, 0 for never. */
enum port_alarm { PORT_ALARM_SERIAL, PORT_ALARM_RTC, PORT_ALARM_PASSED, PORT_ALARM_COUNT };
void port_alarm(enum port_alarm alarm, uint64_t at);
/* The soonest of them, 0 for none: the deadline of the vmm's next wait. */
extern uint64_t port_wake_at;

/* A sentence of the vmm itself, formatted as by print(); a newline is added. */
__attribute__((format(printf, 1, 2))) void port_say(const char *text, ...);
