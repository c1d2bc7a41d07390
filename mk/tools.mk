# SPDX-License-Identifier: Apache-2.0
# Programs of the build machine: the description compiler and the generators of documents.
#   make tools            $(O)/bulkhead

HOST_FLAGS := -std=gnu11 -O2 -g $(WARNINGS) -I. -Ikernel/arch/aarch64

HOST_BULKHEAD := $(wildcard tools/bulkhead/*.c)

$(O)/obj-host/%.o: %
	@mkdir -p $(@D)
	$(call say,HOSTCC)
	$(Q)$(HOSTCC) $(HOST_FLAGS) $(DEPS) -c -o $@ $<

$(O)/bulkhead: $(HOST_BULKHEAD:%=$(O)/obj-host/%.o)
	$(call say,LINK)
	$(Q)$(HOSTCC) -o $@ $^ -lfdt

$(O)/docs-%: $(O)/obj-host/tools/docs/%.c.o
	$(call say,LINK)
	$(Q)$(HOSTCC) -o $@ $^

tools: $(if $(HOST_BULKHEAD),$(O)/bulkhead)

# Generated documents. They are kept in the tree; ./bh check says when one is out of date.
#   make docs             docs/abi.md, docs/bounds.md and docs/registers.md anew
DOCS := $(patsubst tools/docs/%.c,%,$(wildcard tools/docs/*.c))

docs: $(DOCS:%=docs-%) docs-bounds
docs-%: $(O)/docs-%
	$(Q)$< > docs/$*.md

# The same into the output folder, to compare.
docs-fresh: $(DOCS:%=$(O)/docs/%.md) $(O)/docs/bounds.md
$(O)/docs/%.md: $(O)/docs-%
	@mkdir -p $(@D)
	$(Q)$< > $@
$(O)/docs-bounds: tools/docs/bounds $(wildcard tools/docs/bounds.md.in kernel/*/*.[ch] kernel/arch/aarch64/*.[ch])
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\nexec tools/docs/bounds\n' > $@ && chmod +x $@
.PHONY: docs-fresh
