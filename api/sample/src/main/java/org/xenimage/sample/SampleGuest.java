package org.xenimage.sample;

import org.xenimage.image.element.GuestType;

/** The guest types of samples, as {@code xl} distinguishes them. */
public enum SampleGuest {
    /** 64-bit paravirtualised. */
    PV(GuestType.PV, 32),
    /** With hardware virtualisation and an emulator. */
    HVM(GuestType.HVM, 128),
    /**
     * With hardware virtualisation and without an emulator: an HVM stream with a config that says
     * so.
     */
    PVH(GuestType.HVM, 128);

    private final GuestType stream;
    private final int vcpusMax;

    SampleGuest(GuestType stream, int vcpusMax) {
        this.stream = stream;
        this.vcpusMax = vcpusMax;
    }

    /** {@return the guest type in the libxc header} */
    public GuestType stream() {
        return stream;
    }

    /** {@return how many vCPUs a sample of this guest can have} */
    public int vcpusMax() {
        return vcpusMax;
    }

    /** {@return the name in the config and in messages} */
    String configName() {
        return switch (this) {
            case PV -> "pv";
            case HVM -> "hvm";
            case PVH -> "pvh";
        };
    }
}
