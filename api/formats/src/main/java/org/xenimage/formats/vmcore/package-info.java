/**
 * ELF cores as kdump leaves them in {@code /proc/vmcore}: registers, VMCOREINFO, and memory by virtual and physical
 * address, for debuggers that know nothing of Xen. Written, never read.
 *
 * <p>Not supported here: reading; the ELF32 form; filtering and compression, which are makedumpfile's; the p2m of a PV
 * guest, without which crash opens no core of one.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.vmcore;
