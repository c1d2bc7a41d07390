# SPDX-License-Identifier: Apache-2.0
# The same images behind a shim that fills every register with junk first (tests/target/shim).
#   make out/release/small.shim.img   any image of the tree: NAME.shim.img beside NAME.img

SHIM_BYTES := 65536 # where the image starts in the file: IMAGE_OFFSET of shim.S

$(B)/shim.elf: tests/target/shim/shim.S
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CROSS)gcc -nostdlib -static -march=armv8-a -Wl,-Ttext=0,-e,0,--build-id=none -o $@ $<

$(B)/%.shim.img: $(B)/shim.elf $(B)/%.img
	@mkdir -p $(@D)
	$(call say,SHIM)
	$(Q)$(CROSS)objcopy -O binary $< $@ && truncate -s $(SHIM_BYTES) $@ && cat $(word 2,$^) >> $@
