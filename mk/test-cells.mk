# SPDX-License-Identifier: Apache-2.0
# Unit tests of the cells: what of them needs no kernel, under address and undefined-behaviour sanitizers.
#   make test-cells       unit tests of rings, text, fault words and device models

CELL_TESTS := $(wildcard tests/unit/cells/*_test.c)
CELL_PARTS := $(patsubst %,cells/lib/%.c,channel fault_words format status_name) cells/console/lines.c cells/warden/plan.c cells/warden/restart.c \
    $(patsubst %,cells/vmm/%.c,gic gic_field image psci uart)

$(O)/unit/cells/parts.a: $(patsubst %,$(O)/obj-sanitize/%.o,$(CELL_PARTS) tests/unit/cells/world.c)
	@mkdir -p $(@D)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/unit/cells/%_test: $(O)/obj-sanitize/tests/unit/cells/%_test.c.o $(O)/unit/cells/parts.a
	$(call say,LINK)
	$(Q)$(HOSTCC) $(SANITIZE) -o $@ $^ -lcmocka -lpthread

test-cells: $(CELL_TESTS:tests/unit/cells/%.c=$(O)/unit/cells/%)
	$(Q)for t in $^; do $$t || exit 1; done

.PHONY: test-cells
