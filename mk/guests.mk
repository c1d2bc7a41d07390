# SPDX-License-Identifier: Apache-2.0
# Guests that are built from source: guests/NAME/*.{c,S}, guests/NAME/*/*.c and its NAME.ld make $(P)/NAME.elf and NAME.bin.
#   make guests           $(O)/$(BUILD)/NAME.{elf,bin} of every guest

GUEST_NAMES := $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard guests/*/*.ld)))))

GUEST_FLAGS := -std=gnu11 -O2 -g -ffreestanding -mgeneral-regs-only -march=armv8-a -mstrict-align -fno-pie \
    -fno-stack-protector -fno-common -fno-asynchronous-unwind-tables -mno-outline-atomics $(WARNINGS) \
    $(FREESTANDING) $(FREESTANDING_gcc) -I.
GUEST_LDFLAGS := -static -z noexecstack -z max-page-size=4096 --build-id=none --no-warn-rwx-segments

$(P)/obj/guests/%.o: guests/%
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CROSS)gcc $(GUEST_FLAGS) $(DEPS) -c -o $@ $<

# What guests have in common with native cells. A guest calls the kernel with another instruction.
$(P)/obj/guests/lib/%.o: cells/lib/%
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CROSS)gcc $(GUEST_FLAGS) $(DEPS) -c -o $@ $<
GUEST_FLAGS += -DKERNEL_CALL='"hvc \#1"'
GUEST_LIB_rtos := $(patsubst %,$(P)/obj/guests/lib/%.o,channel.c copy.S format.c string.c)

# $(call guest_rules,NAME,SOURCES,LINKER SCRIPT)
define guest_rules
$$(P)/$(1).elf: $(2:%=$$(P)/obj/%.o) $$(GUEST_LIB_$(1)) $(3)
	$$(call say,LD)
	$$(Q)$$(CROSS)ld $$(GUEST_LDFLAGS) -T $(3) -o $$@ $(2:%=$$(P)/obj/%.o) $$(GUEST_LIB_$(1))
endef

$(foreach n,$(GUEST_NAMES),$(eval $(call guest_rules,$(n),$(wildcard guests/$(n)/*.c guests/$(n)/*.S guests/$(n)/*/*.c),$(wildcard guests/$(n)/*.ld))))

$(GUEST_NAMES:%=$(P)/%.bin): $(P)/%.bin: $(P)/%.elf
	$(call say,FLAT)
	$(Q)$(CROSS)objcopy -O binary $< $@

GUESTS := $(foreach n,$(GUEST_NAMES),$(P)/$(n).elf $(P)/$(n).bin)
guests: $(GUESTS)
