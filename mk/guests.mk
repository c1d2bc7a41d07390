# SPDX-License-Identifier: Apache-2.0
# Guests that are built from source: guests/NAME/*.{c,S} and its NAME.ld make $(B)/NAME.elf and NAME.bin.
#   make guests           $(O)/$(BUILD)/NAME.{elf,bin} of every guest

GUEST_NAMES := $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard guests/*/*.ld)))))

GUEST_FLAGS := -std=gnu11 -O2 -g -ffreestanding -mgeneral-regs-only -march=armv8-a -mstrict-align -fno-pie \
    -fno-stack-protector -fno-common -fno-asynchronous-unwind-tables $(WARNINGS) \
    $(FREESTANDING) $(FREESTANDING_gcc) -I.
GUEST_LDFLAGS := -static -z noexecstack -z max-page-size=4096 --build-id=none --no-warn-rwx-segments

$(B)/obj/guests/%.o: guests/%
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CROSS)gcc $(GUEST_FLAGS) $(DEPS) -c -o $@ $<

# $(call guest_rules,NAME,SOURCES,LINKER SCRIPT)
define guest_rules
$$(B)/$(1).elf: $(2:%=$$(B)/obj/%.o) $(3)
	$$(call say,LD)
	$$(Q)$$(CROSS)ld $$(GUEST_LDFLAGS) -T $(3) -o $$@ $(2:%=$$(B)/obj/%.o)
endef

$(foreach n,$(GUEST_NAMES),$(eval $(call guest_rules,$(n),$(wildcard guests/$(n)/*.c guests/$(n)/*.S),$(wildcard guests/$(n)/*.ld))))

$(GUEST_NAMES:%=$(B)/%.bin): $(B)/%.bin: $(B)/%.elf
	$(call say,FLAT)
	$(Q)$(CROSS)objcopy -O binary $< $@

GUESTS := $(foreach n,$(GUEST_NAMES),$(B)/$(n).elf $(B)/$(n).bin)
guests: $(GUESTS)
