/* SPDX-License-Identifier: Apache-2.0 */
/* Two processors that load, store and call firmware at random, and find all well after it. */
#include <stddef.h>

#include "guests/bare/say.h"

#define UART_CR  (UART + 0x30)
#define RTC      UINT64_C(0x09010000)
#define VIRTIO   UINT64_C(0x0a000000)
#define GICD     UINT64_C(0x08000000)
#define ACCESSES 4000 /* of each processor */
#define FORMS    16
#define NORMAL \
    0x405 /* block: not cached, so that misaligned accesses are none of the MMU's business */
#define CPU_ON   UINT64_C(0xc4000003)
#define OFF      UINT64_C(0x84000008)
#define SUSPEND  1
#define RESERVED (UINT64_C(1) << 31)                        /* of a power state: it is refused */
#define ENDS     (1U << 2 | 1U << 8 | 1U << 9 | 1U << 0x12) /* CPU_OFF, OFF, RESET, RESET2 */

void rude_main(uint64_t cpu);
void rude_enter(void);

static uint64_t table[512] __attribute__((aligned(4096)));
static volatile bool other_done;

static const struct {
    uint64_t base, size;
} places[] = {
    {GICD, 0x1000},       {GICD, 0x10000},  {0x080a0000, 0x10000}, {0x080a0000, 0x50000},
    {UART, 0x100},        {UART, 0x1000},   {RTC, 0x40},           {RTC, 0x2000},
    {VIRTIO, 0x5000},     {0x0b000000, 16}, {0x0b000000, 0x2000},  {0x07fff000, 0x1000},
    {0x3ffff000, 0x1000},
};

static uint64_t random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void mmu_on(void)
{
    table[0] = NORMAL;
    table[1] = UINT64_C(0x40000000) | NORMAL;
    sysreg_write("mair_el1", 0x4400);
    sysreg_write("tcr_el1", 25 | UINT64_C(1) << 23); /* 39 bits, only the lower half */
    sysreg_write("ttbr0_el1", (uint64_t)table);
    tlb_flush();
    sysreg_write("sctlr_el1", sysreg_read("sctlr_el1") | 1);
}

#define ACCESS(text) __asm__ volatile(text : "+r"(at), "+r"(value), "+r"(second) : : "memory")

static void access(uint64_t at, uint64_t value, unsigned form)
{
    uint64_t second = ~value;

    switch (form) {
    case 0:
        ACCESS("ldrb %w1, [%0]");
        break;
    case 1:
        ACCESS("ldrsh %1, [%0]");
        break;
    case 2:
        ACCESS("ldr %w1, [%0]");
        break;
    case 3:
        ACCESS("ldr %1, [%0]");
        break;
    case 4:
        ACCESS("strb %w1, [%0]");
        break;
    case 5:
        ACCESS("strh %w1, [%0]");
        break;
    case 6:
        ACCESS("str %w1, [%0]");
        break;
    case 7:
        ACCESS("str %1, [%0]");
        break;
    case 8:
        ACCESS("ldp %1, %2, [%0]");
        break;
    case 9:
        ACCESS("stp %w1, %w2, [%0], #8");
        break;
    case 10:
        ACCESS("ldpsw %1, %2, [%0, #-8]!");
        break;
    case 11:
        ACCESS("str %1, [%0], #-256");
        break;
    case 12:
        ACCESS("ldrsb %w1, [%0, #255]!");
        break;
    case 13:
        ACCESS("ldxr %1, [%0]");
        break;
    case 14:
        ACCESS("dc zva, %0");
        break;
    default:
        ACCESS("stp %1, %2, [%0, #-512]");
        break;
    }
}

static void touch(uint64_t *state)
{
    unsigned place = (unsigned)(random(state) % (sizeof(places) / sizeof(places[0])));
    uint64_t at = places[place].base + random(state) % places[place].size;
    uint64_t kind = random(state), value = random(state);

    if ((kind & 3) != 0) {
        at &= ~UINT64_C(7);
    }
    value = (kind >> 2 & 3) == 0 ? 0 : (kind >> 2 & 3) == 1 ? ~UINT64_C(0) : value;
    access(at, value, (unsigned)(kind >> 4) % FORMS);
}

static void call(uint64_t *state)
{
    static const uint32_t owners[] = {0x84000000, 0xc4000000, 0x80000000, 0x8600ff00, 0xc2000000};
    uint64_t number = random(state) % 32, argument = random(state) >> random(state) % 64;
    uint64_t function = owners[random(state) % 5] | number;

    if ((ENDS >> number & 1) == 0) {
        firmware_call_3(function, number == SUSPEND ? argument | RESERVED : argument,
                        random(state) >> random(state) % 64, random(state));
    }
}

static void check(const char *what, bool ok)
{
    say("\n"); /* what was sent at random has no end */
    say_result("rude", what, ok);
}

static void look(void)
{
    mmio_write(UART_CR, 0x301); /* no loop-back */
    check("UART", mmio_read(UART + 0xfe0) == 0x11);
    check("clock", mmio_read(RTC + 0xfe0) == 0x31);
    check("transports", mmio_read(VIRTIO) == 0x74726976 && mmio_read(VIRTIO + 8) == 0);
    check("flash", mmio_read(0x1000) == ~0U);
    mmio_write_byte(GICD + 0x421, 0x50);
    mmio_write(GICD + 0x104, 2);
    check("distributor",
          (mmio_read(GICD + 0x420) >> 8 & 0xff) == 0x50 && (mmio_read(GICD + 0x104) & 2) != 0);
    check("firmware", firmware_call(0x84000000, 0) == 0x10001);
    say("rude: done\n");
    firmware_call(OFF, 0);
}

void rude_main(uint64_t cpu)
{
    uint64_t state = 0x9e3779b97f4a7c15 + cpu;

    if (cpu == 0) {
        (void)firmware_call_3(CPU_ON, 1, (uint64_t)rude_enter, 1);
    }
    mmu_on();
    for (uint32_t i = 0; i < ACCESSES; i++) {
        touch(&state);
        if (i % 8 == 0) {
            call(&state);
        }
    }
    if (cpu == 1) { /* nobody else writes it */
        other_done = true;
    }
    while (cpu == 1 || !other_done) {
        cpu_pause();
    }
    look();
}
