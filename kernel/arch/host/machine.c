/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the fake machine: its cores, kernel memory, time, caches, interrupts and console. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arch_fast.h"
#include "kernel/arch/host/host.h"

#define USER_PAGES    (HOST_USER_SIZE / PAGE_SIZE)
#define PHYSICAL_BITS 40
#define POOL_ALIGN    (UINT64_C(1) << 21)

struct host_machine host;
struct cpu *host_cpu;

/* Kernel memory, aligned like the fake physical address, so that blocks of a pool are aligned
 * alike. */
static char *pool_bytes(uint64_t size)
{
    static char *bytes;
    static uint64_t bytes_size;
    if (size > bytes_size) {
        char *raw = mmap(NULL, size + POOL_ALIGN, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (raw == MAP_FAILED) {
            abort();
        }
        bytes = raw + (POOL_ALIGN - (uintptr_t)raw % POOL_ALIGN);
        bytes_size = size;
    }
    memset(bytes, 0xa5, size); /* nothing may rely on zeroed memory */
    return bytes;
}

void host_reset(uint64_t pool_size, uint64_t seed)
{
    static uint8_t dirty[USER_PAGES];
    jmp_buf *escape = host.escape;
    memset(&host, 0, sizeof host);
    memset(dirty, 0, sizeof dirty);
    host.dirty = dirty;
    host.escape = escape;
    host.pool = pool_bytes(pool_size);
    host.pool_size = pool_size;
    host.vmids = 255;
    host.now = 1000;
    for (unsigned i = 0; i < HOST_CORES; i++) {
        struct cpu *cpu = &host.cores[i].cpu;
        cpu->id = i;
        cpu->current = &cpu->idle;
        cpu->idle.cpu = cpu;
    }
    mmu_reset(seed);
    host_use_core(0);
}

struct cpu *host_use_core(unsigned id)
{
    host_cpu = &host.cores[id].cpu;
    return host_cpu;
}

uint64_t host_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

void host_violation(const char *sentence, uint64_t value)
{
    if (!host.escape) {
        fprintf(stderr, "\nhost machine: %s: 0x%llx\n", sentence, (unsigned long long)value);
    }
    arch_halt();
}

void arch_halt(void)
{
    if (host.escape) {
        longjmp(*host.escape, 1);
    }
    fprintf(stderr, "%.*s\n", (int)host.console_used, host.console);
    abort();
}

void arch_putc(char c)
{
    if (host.console_used == sizeof host.console) {
        memmove(host.console, host.console + 1, sizeof host.console - 1);
        host.console_used--;
    }
    host.console[host.console_used++] = c;
}

void arch_power(bool reset)
{
    host.power_calls++;
    host.power_reset = reset;
}

/* ---- memory ---- */

void *arch_pointer(paddr address)
{
    if (address.raw - HOST_POOL_BASE >= host.pool_size) {
        host_violation("the kernel touches memory that is not its own", address.raw);
    }
    return host.pool + (address.raw - HOST_POOL_BASE);
}

paddr arch_physical(const void *pointer)
{
    uint64_t offset = (uint64_t)((const char *)pointer - host.pool);
    if (offset >= host.pool_size) {
        host_violation("the kernel asks for the physical address of what is not in a pool", offset);
    }
    return (paddr){HOST_POOL_BASE + offset};
}

paddr arch_kernel_end(void)
{
    return (paddr){HOST_KERNEL_BASE + PAGE_SIZE};
}

uint64_t arch_vttbr(paddr root, uint16_t vmid)
{
    return mmu_root(root.raw, vmid);
}

uint32_t arch_vmid_count(void)
{
    return host.vmids;
}

uint32_t arch_physical_bits(void)
{
    return PHYSICAL_BITS;
}

void arch_stage2_publish(void)
{
    host.publishes++;
    mmu_check_break();
    mmu_speculate();
}

void arch_stage2_flush(uint64_t vttbr, ipa address, uint64_t size)
{
    mmu_flush(vttbr, address.raw, size);
}

void arch_stage2_flush_all(uint64_t vttbr)
{
    for (unsigned i = 0; i < HOST_CORES; i++) {
        const struct host_core *core = &host.cores[i];
        if (core->vttbr == vttbr && core->cpu.current != &core->cpu.idle &&
            core->cpu.current->cell->vttbr == vttbr) {
            host_violation("a space is taken down while a core runs in it", vttbr);
        }
    }
    mmu_flush_all(vttbr);
}

/* ---- caches ---- */

static uint8_t *page_dirty(uint64_t physical)
{
    uint64_t page = (physical - HOST_USER_BASE) / PAGE_SIZE;
    return page < USER_PAGES ? &host.dirty[page] : NULL;
}

bool host_page_dirty(uint64_t physical)
{
    const uint8_t *dirty = page_dirty(physical);
    return dirty && *dirty;
}

static bool in_pool(paddr page)
{
    return page.raw - HOST_POOL_BASE < host.pool_size;
}

static void page_clean(paddr page)
{
    uint8_t *dirty = page_dirty(page.raw);
    if ((!dirty && !in_pool(page)) || !is_aligned(page.raw, PAGE_SIZE)) {
        host_violation("cache maintenance of what is not a page of RAM", page.raw);
    }
    if (dirty) {
        *dirty = 0;
    }
    mmu_speculate();
}

void arch_page_clean(paddr page)
{
    host.pages_cleaned++;
    page_clean(page);
}

void arch_page_zero(paddr page)
{
    host.pages_zeroed++;
    page_clean(page);
    if (in_pool(page)) {
        memset(arch_pointer(page), 0, PAGE_SIZE);
    }
}

void arch_icache_invalidate(void)
{
    host.icache_invalidations++;
}

bool host_access(uint64_t address, uint64_t access, uint64_t *physical)
{
    const struct host_core *core = &host.cores[host_cpu->id];
    if (!mmu_access(host_cpu->id, core->vttbr, address, access, physical)) {
        return false;
    }
    uint8_t *dirty = page_dirty(*physical);
    if (dirty && (access & BH_MAP_WRITE)) {
        *dirty = 1;
    }
    return true;
}

/* ---- time and interrupts ---- */

uint64_t arch_now(void)
{
    return host.now;
}

void arch_timer_set(uint64_t deadline)
{
    host.cores[host_cpu->id].timer = deadline;
}

bool arch_preempt_pending(void)
{
    mmu_speculate();
    if (host.polls_left > 1) {
        host.polls_left--;
        return false;
    }
    host.preemptions += host.polls_left;
    return host.polls_left != 0; /* and so it stays until the core leaves the kernel */
}

static struct host_irq *irq_line(uint32_t intid)
{
    if (intid >= HOST_IRQS) {
        host_violation("the distributor has no such interrupt", intid);
    }
    return &host.irqs[intid];
}

void arch_irq_enable(uint32_t intid, bool edge)
{
    irq_line(intid)->enabled = 1;
    irq_line(intid)->edge = edge;
}

void arch_irq_disable(uint32_t intid)
{
    irq_line(intid)->enabled = 0;
    irq_line(intid)->active = 0;
}

void arch_irq_deactivate(uint32_t intid)
{
    if (!irq_line(intid)->active) {
        host_violation("an interrupt is deactivated that is not active", intid);
    }
    irq_line(intid)->active = 0;
}

bool arch_irq_own(uint32_t intid)
{
    return intid < 16 || intid == HOST_TIMER;
}

uint32_t arch_irq_count(void)
{
    return HOST_IRQS;
}

bool host_irq_take(uint32_t intid)
{
    struct host_irq *line = irq_line(intid);
    if (!line->enabled || line->active) {
        return false;
    }
    line->active = 1;
    return true;
}
