/**
 * The save file of libvirt's libxl driver, which {@code virsh save} and a managed save write: a
 * header of 64 bytes, the XML of the domain, and a libxl stream.
 *
 * <pre>
 *   0  magic "libvirt-xml\n \0 \r", u32 version, u32 xmlLen, u32[10] unused: see {@link
 *      org.xenimage.image.element.LibvirtHeader}
 *  64  the XML and its NUL, and up to xmlLen bytes that libvirt does not look at
 *      the libxl stream, which libvirt hands to libxl
 * </pre>
 *
 * <p>Integers of the header are in the order of the host that saved; either order is read. The XML
 * is the config of the image. Site metadata is behind its NUL, as it is behind the config of an xl
 * file.
 *
 * <p>Source: libvirt, {@code src/libxl/libxl_conf.h} ({@code libxlSavefileHeader}), {@code
 * src/libxl/libxl_driver.c} ({@code libxlDoDomainSave}) and {@code src/libxl/libxl_domain.c}
 * ({@code libxlDomainSaveImageOpen}).
 *
 * <p>Not supported here: version 1, which has a legacy stream (Xen 4.5 and older); the cookie of
 * {@code virsh migrate}, whose stream has no such header.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.libvirt;
