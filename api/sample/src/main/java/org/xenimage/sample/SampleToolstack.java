package org.xenimage.sample;

/** The toolstack that could have saved a sample: it decides what is around the stream. */
public enum SampleToolstack {
    /** {@code xl save}: a header and a config in JSON. */
    XL,
    /** {@code virsh save}: a header and the XML of the domain. */
    LIBVIRT,
    /** xenopsd, of XenServer and XCP-ng: frames around a libxc stream. */
    XENOPSD
}
