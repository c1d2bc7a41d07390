# SPDX-License-Identifier: Apache-2.0
# System images: a description and everything that it may name, put together by the host tool.
#   make systems          $(O)/$(BUILD)/NAME.img of every systems/NAME.dts but those with Linux (make linux)

SYSTEM_SOURCES := $(wildcard systems/*.dts)
SYSTEMS := $(SYSTEM_SOURCES:systems/%.dts=$(B)/%.img)
LINUX_SYSTEMS := $(patsubst systems/%.dts,$(B)/%.img,$(shell grep -lE '"linux/Image"|"demo.dts"' $(SYSTEM_SOURCES)))
TARGET_SYSTEMS := $(patsubst %.dts,$(B)/%.img,$(wildcard tests/target/*.dts))
BENCH_SYSTEMS := $(patsubst %.dts,$(B)/%.img,$(wildcard tests/bench/*.dts))

IMAGE_PARTS := $(O)/bulkhead $(B)/kernel.bin $(CELLS) $(GUESTS)

define image_recipe
@mkdir -p $(@D)
$(call say,IMAGE)
$(Q)$(O)/bulkhead build -I systems --kernel $(B)/kernel.bin --files $(P) --deps $@.d -o $@ $<
endef

$(SYSTEMS): $(B)/%.img: systems/%.dts $(IMAGE_PARTS)
	$(image_recipe)
$(TARGET_SYSTEMS): $(B)/%.img: %.dts $(IMAGE_PARTS) $(TARGET_CELLS)
	$(image_recipe)
$(BENCH_SYSTEMS): $(B)/%.img: %.dts $(IMAGE_PARTS) $(BENCH_CELLS)
	$(image_recipe)

systems: $(filter-out $(LINUX_SYSTEMS),$(SYSTEMS))
