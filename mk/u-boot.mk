# SPDX-License-Identifier: Apache-2.0
# U-Boot as a guest: Debian's build for QEMU's virt board, unmodified. Only its test needs it, and the network.
#   make system-tests     images of tests/system: systems whose guests are downloaded

UBOOT_CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bulkhead/u-boot

$(O)/u-boot.bin: guests/linux/fetch
	@mkdir -p $(@D)
	$(call say,FETCH)
	$(Q)guests/linux/fetch $(UBOOT_CACHE) u-boot-qemu:all
	$(Q)cp $(UBOOT_CACHE)/files/usr/lib/u-boot/qemu_arm64/u-boot.bin $@

$(B)/u-boot.bin: $(O)/u-boot.bin
	@mkdir -p $(@D)
	$(Q)ln -f $< $@

UBOOT_SYSTEMS := $(B)/tests/system/u-boot.img $(B)/tests/system/u-boot-gicv2.img
$(UBOOT_SYSTEMS): $(B)/%.img: %.dts $(IMAGE_PARTS) $(B)/u-boot.bin
	$(image_recipe)

system-tests: $(UBOOT_SYSTEMS)
.PHONY: system-tests
