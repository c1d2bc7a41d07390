# SPDX-License-Identifier: Apache-2.0
# Programs and images of the tests that run in QEMU, and of the bench.
#   make tests            every cell and image of tests/target and tests/bench

tests: test-programs $(TARGET_SYSTEMS) $(B)/small.shim.img $(B)/small-gicv2.shim.img
test-programs: $(TARGET_CELLS)
bench-programs: $(BENCH_CELLS) $(BENCH_SYSTEMS)

# The plugins that count what QEMU executes. QEMU resolves the interface when it loads them.
$(O)/count.so $(O)/spread.so $(O)/bounds.so: $(O)/%.so: tests/bench/plugin/%.c
	@mkdir -p $(@D)
	$(call say,PLUGIN)
	$(Q)$(HOSTCC) $(HOST_FLAGS) -fPIC -shared -fvisibility=hidden $(DEPS) -o $@ $<

bench-programs: $(O)/count.so $(O)/spread.so $(O)/bounds.so
