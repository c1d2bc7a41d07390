# SPDX-License-Identifier: Apache-2.0
# Native cells: cells/NAME/*.c with the cell library makes $(P)/NAME.elf; each tests/target/NAME.c and
# tests/bench/NAME.c is a cell of one file (those of tests/target with what is in tests/target/lab).
#   make cells            $(O)/$(BUILD)/NAME.elf of every cell

CELL_NAMES := $(filter-out lib,$(notdir $(patsubst %/,%,$(dir $(wildcard cells/*/*.c)))))
CELL_NAMES := $(sort $(CELL_NAMES))
CELL_LIB := $(wildcard cells/lib/*.c cells/lib/*.S)
CELL_LD := cells/lib/cell.ld

CELL_FLAGS := -std=gnu11 -O2 -g -fomit-frame-pointer -ffreestanding -mgeneral-regs-only -march=armv8-a -fno-pie -fno-stack-protector \
    -fno-common -fno-asynchronous-unwind-tables -fno-strict-aliasing -mfix-cortex-a53-835769 $(WARNINGS) \
    $(FREESTANDING) $(FREESTANDING_gcc) -I.
CELL_LDFLAGS := -static -z noexecstack -z max-page-size=4096 --build-id=none -u _start --fix-cortex-a53-843419

$(P)/obj/cells/%.o: cells/%
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CROSS)gcc $(CELL_FLAGS) $(DEPS) -c -o $@ $<

$(P)/obj/tests/%.o: tests/%
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CROSS)gcc $(CELL_FLAGS) $(DEPS) -c -o $@ $<

$(P)/libcell.a: $(CELL_LIB:%=$(P)/obj/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(CROSS)ar rcs $@ $^

# $(call cell_rules,NAME,SOURCES)
define cell_rules
$$(P)/$(1).elf: $(2:%=$$(P)/obj/%.o) $$(P)/libcell.a $$(CELL_LD)
	@mkdir -p $$(@D)
	$$(call say,LD)
	$$(Q)$$(CROSS)ld $$(CELL_LDFLAGS) -T $$(CELL_LD) -o $$@ $(2:%=$$(P)/obj/%.o) $$(P)/libcell.a
endef

$(foreach n,$(CELL_NAMES),$(eval $(call cell_rules,$(n),$(wildcard cells/$(n)/*.c cells/$(n)/*.S))))

CELLS := $(CELL_NAMES:%=$(P)/%.elf)
cells: $(CELLS)

TARGET_SOURCES := $(wildcard tests/target/*.c)
BENCH_SOURCES := $(wildcard tests/bench/*.c)
TARGET_LAB := $(wildcard tests/target/lab/*.c tests/target/lab/*.S)
# This one is a warden.
TARGET_MORE_frozen := $(patsubst %,cells/warden/%.c,plan make report)
$(foreach s,$(TARGET_SOURCES),$(eval $(call cell_rules,$(s:%.c=%),$(s) $(TARGET_LAB) $(TARGET_MORE_$(basename $(notdir $(s)))))))
BENCH_MORE_objects := $(TARGET_LAB)
BENCH_MORE_cores := $(TARGET_LAB)
$(foreach s,$(BENCH_SOURCES),$(eval $(call cell_rules,$(s:%.c=%),$(s) $(BENCH_MORE_$(basename $(notdir $(s)))))))

TARGET_CELLS := $(TARGET_SOURCES:%.c=$(P)/%.elf)
BENCH_CELLS := $(BENCH_SOURCES:%.c=$(P)/%.elf)
