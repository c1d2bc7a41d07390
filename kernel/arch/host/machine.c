/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the fake machine: its cores, kernel memory, time, caches, interrupts and console. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arch_fast.h"
#include "kernel/arch/host/cache.h"
#include "kernel/arch/host/host.h"
#include "kernel/arch/host/maintenance.h"

#define PHYSICAL_BITS 40
#define VMID_SHIFT    48
#define POOL_ALIGN    (UINT64_C(1) << 21)

struct host_machine host;
_Thread_local struct cpu *host_cpu;

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

static struct cell idle_cell;

void host_reset(uint64_t pool_size, uint64_t seed)
{
    jmp_buf *escape = host.escape;
    memset(&host, 0, sizeof host);
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
        cpu->idle.cell = &idle_cell;
        host.cores[i].tge = 1;
    }
    host.whim = seed | 1;
    mmu_reset();
    cache_reset();
    maintenance_reset();
    host.cores[0].on = true;
    host_use_core(0);
}

struct cpu *host_use_core(unsigned id)
{
    if (host_cpu) {
        host_cpu->idling = host_cpu->current == &host_cpu->idle;
    }
    host_cpu = &host.cores[id].cpu;
    host_cpu->idling = 0;
    return host_cpu;
}

uint64_t host_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

uint64_t host_whim(void)
{
    return host_random(&host.whim);
}

void host_speculate(void)
{
    mmu_speculate();
    cache_speculate();
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

/* ---- cores ---- */

/* The fake cores are there from the beginning; MPIDRs count up. */
struct cpu *arch_cpu_make(struct pool *pool, uint64_t mpidr)
{
    (void)pool;
    return &host.cores[mpidr % HOST_CORES].cpu;
}

status arch_cpu_on(struct cpu *cpu)
{
    struct host_core *core = &host.cores[cpu->id];
    if (host.refuses) {
        return BH_DOWN;
    }
    if (core->on) {
        return BH_BUSY;
    }
    core->on = true;
    return BH_OK;
}

void arch_cpu_off(void)
{
    struct host_core *core = &host.cores[host_cpu->id];
    if (host_cpu->el1_owner || host_cpu->fp_owner) {
        host_violation("a core goes off with registers of a thread in it", host_cpu->id);
    }
    core->on = false;
    core->timer = 0;
    if (core->leave) {
        longjmp(*core->leave, 1);
    }
    arch_halt();
}

void arch_cpu_kick(const struct cpu *cpu)
{
    __atomic_add_fetch(&host.cores[cpu->id].cpu.arch.kicks, 1, __ATOMIC_SEQ_CST);
}

bool host_kicked(void)
{
    return __atomic_exchange_n(&host_cpu->arch.kicks, 0, __ATOMIC_SEQ_CST) != 0;
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
    maintenance_begin(); /* the table is new */
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
    maintenance_begin();
    real_stage2_publish();
    maintenance_end();
    mmu_check_break();
}

void arch_stage2_flush(uint64_t vttbr, ipa address, uint64_t size)
{
    mmu_check_break();
    maintenance_begin();
    real_stage2_flush(vttbr, address, size);
    maintenance_end();
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
    walk_forget((uint16_t)(vttbr >> VMID_SHIFT));
    maintenance_begin();
    real_stage2_flush_all(vttbr);
    maintenance_end();
}

/* ---- caches ---- */

static bool in_pool(paddr page)
{
    return page.raw - HOST_POOL_BASE < host.pool_size;
}

static void page_check(paddr page)
{
    if ((!cache_covers(page.raw) && !in_pool(page)) || !is_aligned(page.raw, PAGE_SIZE)) {
        host_violation("cache maintenance of what is not a page of RAM", page.raw);
    }
    maintenance_begin();
}

void arch_page_clean(paddr page)
{
    host.pages_cleaned++;
    page_check(page);
    real_page_clean(page);
    maintenance_end();
}

void arch_zero(void *pages, uint64_t size)
{
    memset(pages, 0, size);
    maintenance_zeroed(arch_physical(pages).raw);
}

void arch_page_zero(paddr page)
{
    host.pages_zeroed++;
    page_check(page);
    real_page_zero(page);
    maintenance_end();
}

void arch_icache_invalidate(void)
{
    host.icache_invalidations++;
    maintenance_begin();
    real_icache_invalidate();
    maintenance_end();
}

bool host_page_dirty(uint64_t physical)
{
    return cache_covers(physical) && cache_page_dirty(physical & ~(PAGE_SIZE - 1));
}

bool host_use(const struct host_use *use, uint64_t *physical, uint64_t *value)
{
    const struct host_core *core = &host.cores[host_cpu->id];
    struct mmu_entry leaf = {0};
    bool permitted = mmu_translate(host_cpu->id, core->vttbr, use->address, use->access, &leaf);
    *physical = leaf.where ? walk_output(&leaf, use->address) : *physical;
    if (!permitted || !cache_covers(*physical)) {
        return permitted;
    }
    bool cacheable = walk_kind(leaf.value) == BH_RAM && !use->uncached;
    if (use->access & BH_MAP_WRITE) {
        cache_write(*physical, cacheable, use->value);
    } else if (use->access & BH_MAP_EXEC) {
        *value = cache_fetch(host_cpu->id, use->address, *physical);
    } else {
        *value = cache_read(*physical, cacheable);
    }
    return true;
}

bool host_access(uint64_t address, uint64_t access, uint64_t *physical)
{
    uint64_t value;
    struct host_use use = {.address = address, .access = access, .value = address};
    return host_use(&use, physical, &value);
}

/* ---- time and interrupts ---- */

uint64_t arch_now(void)
{
    return host.now += host.creep;
}

void arch_timer_set(uint64_t deadline)
{
    host.cores[host_cpu->id].timer = deadline;
}

bool arch_preempt_pending(void)
{
    host_speculate();
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
    if (arch_irq_own(intid)) {
        host_violation("an interrupt of the kernel's own is disabled", intid);
    }
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

void arch_irq_route(uint32_t intid, const struct cpu *cpu)
{
    irq_line(intid)->core = cpu->id;
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
