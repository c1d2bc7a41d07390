# SPDX-License-Identifier: Apache-2.0
# The kernel: kernel.elf (symbols) and kernel.bin (flat, bss included), with gcc or clang.
#   make kernel           $(O)/$(BUILD)/kernel.{elf,bin}

KERNEL_ARCH := aarch64
# Checks of the kernel as a whole, or none; calls with fast paths, or without.
KERNEL_PARTS_release := release fast
KERNEL_PARTS_debug := debug fast
KERNEL_PARTS_ordinary := debug ordinary

KERNEL_DIRS := core cap obj sched lib dev arch/$(KERNEL_ARCH) $(KERNEL_PARTS_$(BUILD):%=arch/$(KERNEL_ARCH)/%)

# Only debug builds check the kernel as a whole. What assembly knows of C is in none.
KERNEL_NOT_release := %/check.c
KERNEL_NOT := %/numbers.c

KERNEL_SOURCES := $(foreach d,$(KERNEL_DIRS),$(wildcard kernel/$(d)/*.c kernel/$(d)/*.S))
KERNEL_SOURCES := $(filter-out $(KERNEL_NOT) $(KERNEL_NOT_$(BUILD)),$(KERNEL_SOURCES))
KERNEL_LD := kernel/arch/$(KERNEL_ARCH)/kernel.ld

KERNEL_FLAGS := -std=gnu11 -g -ffreestanding -mgeneral-regs-only -march=armv8-a -mharden-sls=all \
    -mstrict-align -fpie -include kernel/lib/hidden.h -mcmodel=tiny -fno-stack-protector -fno-common -fno-asynchronous-unwind-tables \
    -fno-strict-aliasing -ffunction-sections -mno-outline-atomics -fno-delete-null-pointer-checks $(WARNINGS) $(FREESTANDING) \
    -I. -Ikernel/arch/$(KERNEL_ARCH)
KERNEL_FLAGS += $(KERNEL_PARTS_$(BUILD):%=-Ikernel/arch/$(KERNEL_ARCH)/%) -I$(B)/obj # exit_check.inc, fast_calls.inc, numbers.h
# What makes exits and signals is compiled for speed, the rest for size: it is no slower by that, as the bench shows.
KERNEL_FAST := obj/signal sched/sched $(addprefix arch/$(KERNEL_ARCH)/,exception change)
KERNEL_OPTIMISE = $(if $(filter $(KERNEL_FAST:%=kernel/%.c),$<),-O2,-Os)
# gcc compiles the kernel as a whole when it links. Not what kernel.ld places by name; the message path, which would save more
# registers for the sake of rare calls; memset and memcpy, which the compiler may still call then.
KERNEL_ALONE := core/boot core/calls_cap core/ipc dev/uart lib/log lib/string $(addprefix arch/$(KERNEL_ARCH)/,start mmu change)
KERNEL_LTO = $(if $(filter $(KERNEL_ALONE:%=kernel/%.c) %.S,$<),,-flto)
# A return is three instructions (-mharden-sls): what is for size has one. What is rare is not even straight.
KERNEL_RARE := obj/pool obj/memory core/epoch core/mail obj/budget obj/core obj/irq sched/plan sched/deadline $(addprefix arch/$(KERNEL_ARCH)/,inject psci)
KERNEL_SMALL = $(if $(filter -Os,$(KERNEL_OPTIMISE)),-fno-shrink-wrap) \
    $(if $(filter $(KERNEL_RARE:%=kernel/%.c),$<),-fno-guess-branch-probability -fno-move-loop-invariants -fno-expensive-optimizations)
# Where a message is in registers and stays there.
KERNEL_KEEP = $(if $(filter %/change.c,$<),$(addprefix -ffixed-x,2 3 4 5 6 7 9 10 11 14))
# What was tried over all rows and bytes and wins. The first would have every argument copied, for the sake of rare branches.
KERNEL_WITHOUT := -fno-cse-follow-jumps -fno-ipa-icf -fno-early-inlining -fno-inline-functions
KERNEL_FLAGS_gcc = $(KERNEL_LTO) $(KERNEL_SMALL) $(KERNEL_WITHOUT) -fomit-frame-pointer $(FREESTANDING_gcc) \
    -falign-functions=4 -fno-align-loops -fno-align-jumps -fno-align-labels -mfix-cortex-a53-835769
KERNEL_FLAGS_clang = $(FREESTANDING_clang) --target=aarch64-linux-gnu
KERNEL_LDFLAGS := -Os -flto -flto-partition=none -nostdlib -static-pie -Wl,-z,text,-z,noexecstack,-z,max-page-size=4096 \
    -Wl,--gc-sections,--build-id=none,--no-warn-rwx-segments,--fix-cortex-a53-843419

# What assembly knows of C, for both compilers: the size of an array is a number and one.
KERNEL_NUMBERS := $(B)/obj/kernel/arch/$(KERNEL_ARCH)/numbers.c.o
$(KERNEL_NUMBERS): KERNEL_LTO =
$(B)/obj/numbers.h: $(KERNEL_NUMBERS)
	$(call say,NUMBERS)
	$(Q)$(CROSS)nm -S --defined-only $< | while read -r at size kind name; do echo "#define $$name $$((0x$$size - 1))"; done > $@
$(foreach s,$(filter %.S,$(KERNEL_SOURCES)),$(B)/obj/$(s).o $(B)/obj-clang/$(s).o): $(B)/obj/numbers.h

# $(call kernel_rules,SUFFIX,COMPILER,FLAGS): the kernel in one compiler's version.
define kernel_rules
KERNEL_OBJECTS$(1) := $$(KERNEL_SOURCES:%=$$(B)/obj$(1)/%.o)

$$(B)/obj$(1)/kernel/%.o: kernel/% mk/kernel.mk
	@mkdir -p $$(@D)
	$$(call say,CC$(1))
	$$(Q)$(2) $$(KERNEL_FLAGS) $$(KERNEL_OPTIMISE) $$(KERNEL_KEEP) $(3) $$(DEPS) -c -o $$@ $$<

$$(B)/kernel$(1).elf: $$(KERNEL_OBJECTS$(1)) $$(KERNEL_LD)
	$$(call say,LD$(1))
	$$(Q)$$(CROSS)gcc $$(KERNEL_LDFLAGS) -T $$(KERNEL_LD) -Wl,-Map,$$(@:.elf=.map) -o $$@ $$(KERNEL_OBJECTS$(1))

$$(B)/kernel$(1).bin: $$(B)/kernel$(1).elf
	$$(call say,FLAT$(1))
	$$(Q)$$(CROSS)objcopy -O binary --set-section-flags .bss=alloc,load,contents $$< $$@
endef

$(eval $(call kernel_rules,,$(CROSS)gcc,$$(KERNEL_FLAGS_gcc)))
$(eval $(call kernel_rules,-clang,$(CLANG),$$(KERNEL_FLAGS_clang)))

kernel: $(B)/kernel.bin
kernel-clang: $(B)/kernel-clang.bin
