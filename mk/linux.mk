# SPDX-License-Identifier: Apache-2.0
# Debian's kernel and an initramfs of its static busybox; only systems that name them need them, and the network.
#   make linux            $(O)/linux/Image, $(O)/linux/initrd and the systems with Linux
#   make system-tests     these, and the systems with Linux of tests/system

LINUX_CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bulkhead/linux

$(O)/linux/busybox: guests/linux/fetch
	@mkdir -p $(@D)
	$(call say,FETCH)
	$(Q)guests/linux/fetch $(LINUX_CACHE)
	$(Q)cp $(LINUX_CACHE)/Image $(@D)/Image && cp $(LINUX_CACHE)/busybox $@

$(O)/linux/Image: $(O)/linux/busybox
	$(Q)touch $@

# The same files give the same bytes: order, owner and times are fixed.
$(O)/linux/initrd: $(O)/linux/busybox $(addprefix guests/linux/,inittab start profile bh-post)
	$(call say,CPIO)
	$(Q)rm -rf $(@D)/root && mkdir -p $(addprefix $(@D)/root/,bin dev etc proc root sys tmp)
	$(Q)cp $(O)/linux/busybox $(@D)/root/bin && cp $(filter guests/%,$^) $(@D)/root/etc
	$(Q)mv $(@D)/root/etc/bh-post $(@D)/root/bin
	$(Q)ln -s busybox $(@D)/root/bin/sh && ln -s bin/busybox $(@D)/root/init && chmod -R go=u-w $(@D)/root
	$(Q)find $(@D)/root -exec touch -h -d @0 {} +
	$(Q)cd $(@D)/root && find . | LC_ALL=C sort | cpio --quiet --reproducible -R 0:0 -H newc -o > ../$(@F)

# The same with one more archive behind it: the workloads of the bench.
$(O)/linux/load: tests/bench/load/load.c
	@mkdir -p $(@D)
	$(call say,CROSSCC)
	$(Q)$(CROSS)gcc -std=gnu11 -O2 $(WARNINGS) -static -o $@ $<

$(O)/linux/initrd-load: $(O)/linux/initrd $(O)/linux/load
	$(call say,CPIO)
	$(Q)rm -rf $(@D)/more && mkdir -p $(@D)/more/bin && cp $(O)/linux/load $(@D)/more/bin
	$(Q)touch -d @0 $(@D)/more/bin/load && cp $< $@
	$(Q)cd $(@D)/more && echo bin/load | cpio --quiet --reproducible -R 0:0 -H newc -o >> ../$(@F)

# A description names them as linux/Image and linux/initrd.
LINUX_FILES := $(B)/linux/Image $(B)/linux/initrd
$(B)/linux/initrd-load: $(B)/%: $(O)/%
	@mkdir -p $(@D)
	$(Q)ln -f $< $@
$(LINUX_FILES): $(B)/%: $(O)/%
	@mkdir -p $(@D)
	$(Q)ln -f $< $@

$(LINUX_SYSTEMS): $(LINUX_FILES)

# The main demo and more: each tests/system/NAME.c is a cell of one file.
LINUX_TEST_SOURCES := $(wildcard tests/system/*.c)
LINUX_TEST_CELLS := $(LINUX_TEST_SOURCES:%.c=$(B)/%.elf)
LINUX_TEST_SYSTEMS := $(patsubst %.dts,$(B)/%.img,$(wildcard tests/system/kill*.dts tests/system/posts*.dts tests/system/cpus*.dts))
$(foreach s,$(LINUX_TEST_SOURCES),$(eval $(call cell_rules,$(s:%.c=%),$(s))))

$(LINUX_TEST_SYSTEMS): $(B)/%.img: %.dts $(IMAGE_PARTS) $(LINUX_TEST_CELLS) $(LINUX_FILES)
	$(image_recipe)

LINUX_LOAD := $(B)/tests/bench/load/load.img
$(LINUX_LOAD): $(B)/%.img: %.dts $(IMAGE_PARTS) $(LINUX_FILES) $(B)/linux/initrd-load
	$(image_recipe)

linux-files: $(LINUX_FILES)
linux-load: $(LINUX_LOAD)
linux: $(LINUX_SYSTEMS)
system-tests: linux $(LINUX_TEST_SYSTEMS)
.PHONY: linux linux-files linux-load
