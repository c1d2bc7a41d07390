/* SPDX-License-Identifier: Apache-2.0 */
/* The image's first bytes and everything before C: EL2, load address, caches off, relocation.
 *
 * Entry contract (Linux Documentation/arm64/booting.rst, U-Boot booti): EL2, all interrupts
 * wherever they are, MMU off or on with the image mapped flat, image clean to the point of
 * coherency. */
#include "numbers.h"
#include "offsets.h"

    .section .head, "ax"
    .global image_start
    .hidden image_start
image_start:
head:
    b boot                  /* code0 */
    .long 0                 /* code1 */
    .quad 0                 /* text_offset, written by the host tool */
    .quad image_end - head  /* image_size; the host tool writes the whole image's */
    .quad 0x2               /* flags: little-endian, 4 KiB pages */
    .quad 0                 /* res2: offset of boot_info, written by the host tool */
    .quad image_boot - head /* res3: from here on only boot needs the kernel's image */
    .quad 0
    .ascii "ARM\x64"
    .long 0

    .section .boot.entry, "ax"

/* x19 = image, x20 = boot_info, x21 = UART or 0, x22 = its status register, x23 = the bit there
 * that says that there is no room, x24 = its data register. They stay until C. */
boot:
    msr daifset, #15
    msr spsel, #1
    adr x19, head
    ldr x20, [x19, #32]
    cbz x20, stop           /* not packed by the tool: nothing is known, not even a UART */
    add x20, x20, x19
    ldr w0, [x20]
    mov w1, #BOOT_MAGIC_LOW
    movk w1, #BOOT_MAGIC_HIGH, lsl #16
    cmp w0, w1
    b.ne stop
    ldr x21, [x20, #BOOT_UART]
    bl uart_begin

    mrs x0, CurrentEL
    cmp x0, #CURRENT_EL2
    adr x0, text_not_el2
    b.ne fail
    ldr x1, [x20, #BOOT_LOAD]
    cmp x1, x19
    b.ne fail_load

    /* What the loader left dirty reaches memory; with the MMU off nothing of it is cached. */
    bl image_clean
    mov w0, #(SCTLR_EL2_OFF & 0xffff)
    movk w0, #(SCTLR_EL2_OFF >> 16), lsl #16
    msr sctlr_el2, x0
    isb
    msr hcr_el2, xzr        /* E2H = 0: EL1 names mean EL1 registers; C code sets the rest */
    isb
    bl image_clean
    ic iallu
    dsb sy
    isb
    adr x0, text_el2
    bl puts
    adr x0, text_load
    bl puts

    /* The image is linked at 0: add its address to every pointer in it. */
    adrp x1, relocations_start
    add x1, x1, :lo12:relocations_start
    adrp x2, relocations_end
    add x2, x2, :lo12:relocations_end
1:  cmp x1, x2
    b.hs 2f
    ldp x3, x4, [x1], #16
    ldr x5, [x1], #8
    cmp x4, #RELOCATION_RELATIVE
    adr x0, text_relocation
    b.ne fail
    add x5, x5, x19
    str x5, [x19, x3]
    b 1b
2:  adrp x0, cpu_blocks + CPU_OFFSET /* struct cpu of this core; the stack ends below it */
    add x0, x0, :lo12:cpu_blocks + CPU_OFFSET
    msr tpidr_el2, x0
    mov sp, x0
    adrp x1, vectors
    add x1, x1, :lo12:vectors
    msr vbar_el2, x1
    isb
    mov x1, x20
    mov x29, #0
    bl start
    adr x30, kernel_exit
    b mmu_forget_boot

/* Clean and invalidate the image to the point of coherency. Changes x0-x3. */
image_clean:
    mrs x0, ctr_el0
    ubfx x0, x0, #16, #4    /* DminLine: log2 of words */
    mov x1, #4
    lsl x1, x1, x0
    adrp x2, image_end
    add x2, x2, :lo12:image_end
    mov x3, x19
1:  dc civac, x3            /* two lines a round: the image ends with a page */
    add x3, x3, x1
    dc civac, x3
    add x3, x3, x1
    cmp x3, x2
    b.lo 1b
    dsb sy
    ret
    dsb nsh
    isb

fail_load:
    adr x0, text_not_there
    bl puts
    mov x0, x1
    bl put_hex
    adr x0, text_but
    bl puts
    mov x0, x19
    bl put_hex
    adr x0, text_end
fail:
    bl puts
stop:
    wfe
    b stop

/* Print the character in w2 when the transmitter has room, or after a while: it may be off. Changes
 * x5, x6 and the flags. */
    .macro put_character
    mov w5, #0x100000
8:  ldr w6, [x21, x22]
    tst w6, w23
    b.eq 9f
    subs w5, w5, #1
    b.ne 8b
9:  str w2, [x21, x24]
    .endm

/* Set x22 to x24. A Cadence UART comes up with its transmitter off. Changes x0. */
uart_begin:
    mov x22, #UART_FR
    mov w23, #(1 << UART_FR_TXFF)
    mov x24, #UART_DR
    ldr w0, [x20, #BOOT_UART_TYPE]
    cmp w0, #BOOT_CADENCE
    b.ne 1f
    mov x22, #CADENCE_SR
    mov w23, #(1 << CADENCE_SR_TXFULL)
    mov x24, #CADENCE_FIFO
    cbz x21, 1f
    mov w0, #CADENCE_CR_ON
    str w0, [x21, #CADENCE_CR]
1:  ret
    dsb nsh
    isb

/* Print the text at x0. Changes x0, x2, x5, x6. */
puts:
    cbz x21, 2f
1:  ldrb w2, [x0], #1
    cbz w2, 2f
    put_character
    b 1b
2:  ret
    dsb nsh
    isb

/* Print x0 in hexadecimal. Changes x0, x2-x6. */
put_hex:
    mov x3, #60
1:  lsr x2, x0, x3
    and x2, x2, #15
    cmp x2, #10
    add x4, x2, #'0'
    add x2, x2, #'a' - 10
    csel x2, x4, x2, lo
    cbz x21, 2f
    put_character
2:  subs x3, x3, #4
    b.ge 1b
    ret
    dsb nsh
    isb

text_el2:        .asciz "bh: 1 entered at EL2\r\n"
text_load:       .asciz "bh: 2 image in place, caches clean\r\n"
text_not_el2:    .ascii "bh: not entered at EL2; QEMU needs -M virt,virtualization=on, "
                 .asciz "U-Boot must start at EL2\r\n"
text_not_there:  .asciz "bh: this image must be loaded at 0x"
text_but:        .asciz " but is at 0x"
text_end:        .asciz "; it was built for another board or the loader ignored text_offset\r\n"
text_relocation: .ascii "bh: the image has a relocation that is not R_AARCH64_RELATIVE; "
                 .asciz "build it again\r\n"
    .balign 4
