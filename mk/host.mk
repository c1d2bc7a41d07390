# SPDX-License-Identifier: Apache-2.0
# Tests that run on the build machine: the kernel on kernel/arch/host, under ASan and UBSan.
#   make unit             unit tests of the kernel, each file of tests/unit a program
#   make model            kernel and executable model side by side, MODEL_STEPS random events
#   make coverage         lines and branches of the generic kernel that these two reach; gates 95 and 90 %
#   make mutants          one fault at a time in the kernel: these tests must find it (mutants-some: 10 of them)

MODEL_STEPS ?= 1000000
MODEL_SEED ?= 1

SAN_FLAGS := -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -fno-strict-aliasing $(WARNINGS) -I. -Ikernel/arch/host
# The C library has its own memset and memcpy.
SAN_FLAGS_string := -Dmemset=kernel_memset -Dmemcpy=kernel_memcpy -fno-builtin

# Who could run for ever, or through lists of the kernel that do, counts blocks of code (kernel/arch/host/steps.c).
SAN_COUNT := -fsanitize-coverage=trace-pc

HOST_KERNEL := $(foreach d,core cap obj sched lib arch/host,$(wildcard kernel/$(d)/*.c))

$(patsubst %,$(O)/san/%.o,$(filter-out kernel/arch/%,$(HOST_KERNEL)) $(wildcard proofs/model/diff/compare*.c)): SAN_FLAGS += $(SAN_COUNT)
$(O)/san/%.o: %
	@mkdir -p $(@D)
	$(call say,SANCC)
	$(Q)$(HOSTCC) $(SAN_FLAGS) $(SAN_FLAGS_$(basename $(notdir $<))) $(DEPS) -c -o $@ $<

# What of arch/aarch64 runs on the fake machine: copies beside headers in which the instructions that
# maintain TLBs and caches are the machine's; functions that are also the machine's get another name.
REAL := $(O)/host/aarch64
REAL_HEADERS := $(patsubst %,$(REAL)/%.h,mmu machine barrier sysreg)
REAL_NAMES := stage2_publish stage2_flush stage2_flush_all icache_invalidate page_clean page_zero zero vttbr vmid_count \
    physical_bits pointer physical kernel_end
REAL_FLAGS := $(foreach n,$(REAL_NAMES),-Darch_$(n)=real_$(n)) -include kernel/lib/types.h
REAL_OBJECTS := $(patsubst %,$(REAL)/%.c.o,stage2 window window_page)

$(REAL)/barrier.h $(REAL)/sysreg.h $(REAL)/window_page.c: $(REAL)/%: kernel/arch/host/aarch64/%
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(REAL)/mmu.h $(REAL)/machine.h $(REAL)/stage2.c $(REAL)/window.c: $(REAL)/%: kernel/arch/aarch64/%
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(REAL_OBJECTS): %.o: % $(REAL_HEADERS)
	$(call say,SANCC)
	$(Q)$(HOSTCC) $(SAN_FLAGS) $(SAN_COUNT) $(REAL_FLAGS) $(DEPS) -c -o $@ $<

$(O)/host/kernel.a: $(HOST_KERNEL:%=$(O)/san/%.o) $(O)/san/tests/unit/machine.c.o $(REAL_OBJECTS)
	@mkdir -p $(@D)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^

# tests/unit/x/y_test.c tests kernel/x/y.c (cells, tools and the RTOS have their own chapters).
UNIT_TESTS := $(filter-out tests/unit/arch/aarch64/% tests/unit/cells/% tests/unit/rtos/% tests/unit/tools/%,$(wildcard tests/unit/*/*_test.c tests/unit/*/*/*_test.c))
UNIT_PROGRAMS := $(UNIT_TESTS:tests/unit/%.c=$(O)/host/unit/%)

$(UNIT_PROGRAMS): $(O)/host/unit/%: $(O)/san/tests/unit/%.c.o $(O)/san/tests/unit/world.c.o $(O)/host/kernel.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(HOSTCC) -fsanitize=address,undefined -o $@ $^ -lcmocka

# C files of arch/aarch64 on a core of tests/unit/arch/aarch64: again copies beside headers of its own.
CORE := $(O)/host/core
CORE_HEADERS := $(patsubst kernel/arch/aarch64/%,$(CORE)/%,$(wildcard kernel/arch/aarch64/*.h kernel/arch/aarch64/*.def))
CORE_FLAGS = $(subst kernel/arch/host,$(CORE),$(SAN_FLAGS))
CORE_TESTS := $(patsubst tests/unit/arch/aarch64/%_test.c,%,$(wildcard tests/unit/arch/aarch64/*_test.c))
CORE_PROGRAMS := $(CORE_TESTS:%=$(CORE)/%_test)
CORE_FAKES := $(CORE)/barrier.h $(CORE)/sysreg.h

$(CORE_FAKES): $(CORE)/%: tests/unit/arch/aarch64/fake/%
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(filter-out $(CORE_FAKES),$(CORE_HEADERS)) $(CORE_TESTS:%=$(CORE)/%.c) $(CORE)/change.c: $(CORE)/%: kernel/arch/aarch64/%
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(CORE)/%.o: $(CORE)/%.c $(CORE_HEADERS)
	$(call say,SANCC)
	$(Q)$(HOSTCC) $(CORE_FLAGS) $(DEPS) -c -o $@ $<
$(CORE_TESTS:%=$(CORE)/%_test.o) $(CORE)/core.o $(CORE)/interface.o: $(CORE)/%.o: tests/unit/arch/aarch64/%.c $(CORE_HEADERS)
	$(call say,SANCC)
	$(Q)$(HOSTCC) $(CORE_FLAGS) $(DEPS) -c -o $@ $<
$(CORE)/world_test: $(CORE)/change.o
$(CORE)/vgic_test: $(CORE)/interface.o
$(CORE_PROGRAMS): $(CORE)/%_test: $(CORE)/%_test.o $(CORE)/%.o $(CORE)/core.o
	$(call say,LINK)
	$(Q)$(HOSTCC) -fsanitize=address,undefined -o $@ $^ -lcmocka

unit: $(UNIT_PROGRAMS) $(CORE_PROGRAMS)
	$(Q)tests/unit/run $^

MODEL_SOURCES := $(wildcard proofs/model/*.c proofs/model/diff/*.c)

$(O)/host/model: $(MODEL_SOURCES:%=$(O)/san/%.o) $(O)/host/kernel.a
	$(call say,LINK)
	$(Q)$(HOSTCC) -fsanitize=address,undefined -o $@ $^

$(O)/host/model.objects: $(O)/host/model
	$(Q)echo $(MODEL_SOURCES:%=$(O)/san/%.o) > $@

MUTANTS = proofs/model/mutants $(O) --compile "$(HOSTCC) $(SAN_FLAGS) $(SAN_COUNT)" --real "-I$(REAL) $(REAL_FLAGS)" \
    --core "$(HOSTCC) $(CORE_FLAGS)" \
    --link "$(HOSTCC) -fsanitize=address,undefined"

mutants: $(O)/host/model.objects $(UNIT_PROGRAMS) $(CORE_PROGRAMS)
	$(Q)$(MUTANTS) --all
mutants-some: $(O)/host/model.objects $(UNIT_PROGRAMS) $(CORE_PROGRAMS)
	$(Q)$(MUTANTS) --some 10

model: $(O)/host/model
	$(Q)$(O)/host/model --steps $(MODEL_STEPS) --seed $(MODEL_SEED) --coverage

# ---- coverage ----

COVERAGE_STEPS ?= 300000
COVERED := $(filter kernel/core/% kernel/cap/% kernel/obj/% kernel/sched/%,$(HOST_KERNEL))
COV := $(O)/cov
COV_FLAGS := -std=gnu11 -O0 -g -fno-strict-aliasing $(WARNINGS) -I. -Ikernel/arch/host
COV_REAL := $(patsubst %,$(REAL)/%.c.cov.o,stage2 window window_page)

$(COVERED:%=$(COV)/%.o): COV_FLAGS += --coverage
$(COV)/%.o: %
	@mkdir -p $(@D)
	$(call say,COVCC)
	$(Q)rm -f $(@:.o=.gcda)
	$(Q)$(HOSTCC) $(COV_FLAGS) $(SAN_FLAGS_$(basename $(notdir $<))) $(DEPS) -c -o $@ $<
$(COV_REAL): %.cov.o: % $(REAL_HEADERS)
	$(call say,COVCC)
	$(Q)$(HOSTCC) $(COV_FLAGS) $(REAL_FLAGS) $(DEPS) -c -o $@ $<

$(COV)/kernel.a: $(HOST_KERNEL:%=$(COV)/%.o) $(COV)/tests/unit/machine.c.o $(COV_REAL)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^

COV_UNIT := $(UNIT_TESTS:tests/unit/%.c=$(COV)/unit/%)
$(COV_UNIT): $(COV)/unit/%: $(COV)/tests/unit/%.c.o $(COV)/tests/unit/world.c.o $(COV)/kernel.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(HOSTCC) --coverage -o $@ $^ -lcmocka
$(COV)/model: $(MODEL_SOURCES:%=$(COV)/%.o) $(COV)/kernel.a
	$(call say,LINK)
	$(Q)$(HOSTCC) --coverage -Wl,-u,__gcov_dump -o $@ $^

coverage: $(COV_UNIT) $(COV)/model
	$(Q)find $(COV) -name '*.gcda' -delete
	$(Q)tests/unit/run $(COV_UNIT) > $(COV)/log || { cat $(COV)/log; false; }
	$(Q)$(COV)/model --steps $(COVERAGE_STEPS) --brief > $(COV)/log || { cat $(COV)/log; false; }
	$(Q)tests/coverage $(COV) $(COVERED)

.PHONY: unit model mutants mutants-some coverage
