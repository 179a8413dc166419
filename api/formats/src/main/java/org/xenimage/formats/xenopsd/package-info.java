/**
 * The suspend image of xenopsd, which XenServer and XCP-ng write: a signature, then frames.
 *
 * <pre>
 *   0  "XenSavedDomv2-\n", 15 bytes
 *  15  frames, each: i64 type, i64 length, both little-endian; length bytes
 *
 *      0x000f Xenops        an s-expression: time, word_size, vm_str, xs_subtree; the config here
 *      0x00f0 Libxc         length 0; a libxc stream follows, up to its END
 *      0x00f1 Libxl         written by no release; not supported
 *      0x00f2 Libxc_legacy  a legacy libxc stream; not supported
 *      0x0f00 Qemu_trad     the state of qemu-traditional
 *      0x0f01 Qemu_xen      the state of upstream QEMU
 *      0x0f10 Demu          the state of a virtual GPU
 *      0x0f11 Varstored     UEFI variables
 *      0x0f12 Swtpm0        the state of a TPM, of the first release that had one
 *      0x0f13 Swtpm         the state of a TPM
 *      0xffff End           length 0
 * </pre>
 *
 * <p>Frames of other types are kept, as all bodies are, byte for byte. Frames are records of the
 * layer {@code xenopsd}; policies see and may edit or drop them. There is no place for site
 * metadata.
 *
 * <p>Source: xen-api, {@code ocaml/xenopsd/lib/suspend_image.ml} and "Suspend image format" in its
 * documentation.
 *
 * <p>Not supported here: {@code XenSavedDomain} (XenServer 6.2 and older), which has no frames; a
 * frame that announces a legacy stream.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenopsd;
