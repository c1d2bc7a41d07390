# SPDX-License-Identifier: Apache-2.0
# Unit tests of the RTOS guest: its portable part, on contexts of the build machine.
#   make test-rtos        unit tests of tasks, mutexes, queues, device trees

RTOS_TESTS := $(wildcard tests/unit/rtos/*_test.c)
RTOS_PARTS := $(patsubst %,guests/rtos/%.c,arguments board fdt mutex queue task timer app/histogram) \
    tests/unit/rtos/world.c tests/unit/rtos/tree.c

$(O)/unit/rtos/parts.a: $(patsubst %,$(O)/obj-sanitize/%.o,$(RTOS_PARTS))
	@mkdir -p $(@D)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/unit/rtos/%_test: $(O)/obj-sanitize/tests/unit/rtos/%_test.c.o $(O)/unit/rtos/parts.a
	$(call say,LINK)
	$(Q)$(HOSTCC) $(SANITIZE) -o $@ $^ -lcmocka -lfdt

test-rtos: $(RTOS_TESTS:tests/unit/rtos/%.c=$(O)/unit/rtos/%)
	$(Q)for t in $^; do $$t || exit 1; done

# Before the cells'.
test-cells: | test-rtos

.PHONY: test-rtos
