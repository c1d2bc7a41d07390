/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what a trapped system register or system instruction of a guest does (registers.def). */
#include "barrier.h"
#include "exception.h"
#include "kernel/arch/arch.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/log.h"
#include "kernel/obj/vcpu_ops.h"
#include "vgic.h"

#define TRAP_READ    1
#define TRAP_RT(esr) ((esr) >> 5 & 31)
#define KEY_EXACT    KEY(3, 7, 15, 15, 7)
#define KEY_OP0_OP1  KEY(3, 7, 0, 0, 0)
#define KEY_ID       KEY(3, 0, 0, 0, 0)
#define KEY_ID_MASK  KEY(3, 7, 15, 8, 0)
#define RT_ZERO      31u

/* ICC_SGI1R_EL1: targets 15:0, Aff1 23:16, INTID 27:24, Aff2 39:32, IRM 40, RS 47:44,
 * Aff3 55:48. */
#define SGI_INTID(value) ((uint32_t)((value) >> 24 & 15))
#define SGI_OTHERS       (UINT64_C(1) << 40)
#define SGI_CLUSTER      UINT64_C(0x00fff0ff00ff0000)
#define SGI_LIST         UINT64_C(0xffff)

#define CACHE_DATA  2  /* CLIDR_EL1.Ctype from here on: data or unified */
#define MMFR2_CCIDX 20 /* ID_AA64MMFR2_EL1: CCSIDR_EL1 has its wide format */

enum trap_how { RAZ_WI, VALUE, SGI, SET_WAY, ID_REGISTER, UNKNOWN };

struct trap {
    uint32_t key;
    uint32_t mask;
    uint8_t how; /* enum trap_how */
    uint8_t value;
};

static const struct trap traps[] = {
#define TRAP(name, key, mask, how, value, doc) {key, mask, how, value},
#include "registers.def"
    {KEY_ID | TRAP_READ, KEY_ID_MASK | TRAP_READ, ID_REGISTER, 0},
    {0, 0, UNKNOWN, 0},
};

static const struct trap *trap_find(uint32_t syndrome)
{
    const struct trap *trap = traps;
    /* bound: the table of trapped registers, of which the last is any */
    while ((syndrome & trap->mask) != trap->key) {
        trap++;
    }
    return trap;
}

/* To other vCPUs, or to nobody. Their affinities are 0.0.0 and their index. */
static COLD void send_sgi_far(struct vcpu *vcpu, uint64_t value)
{
    uint64_t targets = value & SGI_OTHERS ? ~(uint64_t)vcpu->arch.self : value & SGI_LIST;
    if (!(value & SGI_OTHERS) && (value & SGI_CLUSTER)) {
        targets = 0;
    }
    struct thread *thread = atomic_read_acquire(&vcpu->thread.cell->threads);
    /* bound: 8 vCPUs of a VM */
    for (; thread && targets; thread = atomic_read_acquire(&thread->cell_next)) {
        uint64_t target = UINT64_C(1) << vcpu_of(thread)->index;
        if (targets & target) {
            vcpu_sgi(vcpu_of(thread), SGI_INTID(value));
        }
        targets &= ~target;
    }
}

static void send_sgi(struct vcpu *vcpu, uint64_t value)
{
    if (likely((value & (SGI_OTHERS | SGI_CLUSTER | SGI_LIST)) == vcpu->arch.self)) {
        vcpu_pulse(vcpu, SGI_INTID(value));
    } else {
        send_sgi_far(vcpu, value);
    }
}

/* A set, way or level that the core's data caches do not have is CONSTRAINED UNPREDICTABLE, here at
 * EL2 perhaps UNDEFINED (Arm ARM, DC CISW): a guest's operand is looked at first. */
static bool set_way_exists(uint32_t operand)
{
    uint64_t level = operand >> 1 & 7, selected = sysreg_read(csselr_el1);
    if (level == 7 || (sysreg_read(clidr_el1) >> 3 * level & 7) < CACHE_DATA) {
        return false;
    }
    sysreg_write(csselr_el1, level << 1);
    isb();
    uint64_t size = sysreg_read(ccsidr_el1);
    sysreg_write(csselr_el1, selected);
    bool wide = id_field(sysreg_read(id_aa64mmfr2_el1), MMFR2_CCIDX) != 0;
    uint64_t way_last = size >> 3 & (wide ? 0x1fffff : 0x3ff);
    uint64_t set_last = wide ? size >> 32 & 0xffffff : size >> 13 & 0x7fff;
    unsigned way_shift = way_last != 0 ? (unsigned)__builtin_clz((uint32_t)way_last) : 32;
    uint64_t way = (uint64_t)operand >> way_shift;
    uint64_t set = (operand & ((UINT64_C(1) << way_shift) - 1)) >> ((size & 7) + 4);
    return way <= way_last && set <= set_last;
}

static void set_way(uint32_t operand)
{
    if (set_way_exists(operand)) {
        dc_cisw(operand & ~UINT32_C(1));
        dsb_sy();
    }
}

/* Unknown to the kernel, undefined for the guest. One line for the first of them and then whenever
 * their number doubles: a guest cannot flood the console. It is short: 45 instructions a character.
 */
static COLD void unknown(struct vcpu *vcpu, uint64_t esr)
{
    static uint64_t count;
    count++;
    if ((count & (count - 1)) == 0) {
        log_values("bh: no s#_#_c#_c#_#\n",
                   (uint64_t[]){esr >> 20 & 3, esr >> 14 & 7, esr >> 10 & 15, esr >> 1 & 15,
                                esr >> 17 & 7});
    }
    vcpu->thread.frame.pc -= INSTRUCTION_BYTES;
    guest_inject_undefined(vcpu);
}

struct resume sysreg_trap(struct vcpu *vcpu, struct cpu *cpu, uint64_t esr)
{
    const struct trap *trap = trap_find((uint32_t)esr);
    uint64_t operand = TRAP_RT(esr) == RT_ZERO ? 0 : vcpu->thread.frame.x[TRAP_RT(esr)];
    vcpu->thread.frame.pc += INSTRUCTION_BYTES;
    if (likely(trap->how == SGI)) {
        send_sgi(vcpu, operand);
    } else if (trap->how == SET_WAY) {
        set_way((uint32_t)operand);
    } else if (trap->how == UNKNOWN) {
        unknown(vcpu, esr);
    } else if ((esr & TRAP_READ) && TRAP_RT(esr) != RT_ZERO) {
        unsigned crm = esr >> 1 & 7, op2 = esr >> 17 & 7;
        bool id = trap->how == ID_REGISTER;
        vcpu->thread.frame.x[TRAP_RT(esr)] = id ? id_register(crm, op2) : trap->value;
    }
    return sched_resume(cpu); /* it may post another priority than before */
}
