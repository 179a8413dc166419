package org.xenimage.tests.testkit;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds small streams in code: {@code StreamBuilder.pv().memory(0, 1).verifyRound(1).whole()}.
 *
 * <p>A guest has 16 pages and one vCPU. First say what encloses the stream, then what it holds, then how it ends.
 */
public final class StreamBuilder {
    /** What {@code xl migrate} sends when the receiver is ready. */
    public static final String GO_AHEAD = "domain is yours, you are cleared to unpause\0";

    /** Page types that Xen names; BROKEN, XALLOC and XTAB have no contents. */
    private static final int[] PAGE_TYPES = {
        0x0, 0x1, 0x2, 0x3, 0x4, 0x9, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf
    };

    private static final int LAST_PFN = 15;

    /** The layer that a stream begins with. */
    public enum Outermost {
        XL,
        LIBVIRT,
        XENOPSD,
        LIBXL,
        LIBXC
    }

    private final boolean pv;
    private int version = 3;
    private int width = 8;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private Outermost outermost = Outermost.XL;
    private byte[] siteMetadata = {};
    private String name;
    private String domain = "";
    private final List<StreamPart> parts = new ArrayList<>();

    private StreamBuilder(boolean pv) {
        this.pv = pv;
        this.name = pv ? "pv" : "hvm";
    }

    /** A 64-bit PV guest, stream version 3, little-endian, in an xl file. */
    public static StreamBuilder pv() {
        return new StreamBuilder(true);
    }

    /** An HVM guest with a qemu, stream version 3, little-endian, in an xl file. */
    public static StreamBuilder hvm() {
        return new StreamBuilder(false);
    }

    /** Another version of the libxc stream. */
    public StreamBuilder version(int number) {
        version = number;
        return named("v" + number);
    }

    /** A 32-bit guest. */
    public StreamBuilder narrow() {
        width = 4;
        return named("32-bit");
    }

    /** Another byte order, in all layers. */
    public StreamBuilder bigEndian() {
        order = ByteOrder.BIG_ENDIAN;
        return named("big-endian");
    }

    /** A stream without the layers around this one. */
    public StreamBuilder from(Outermost layer) {
        outermost = layer;
        return named("bare " + layer);
    }

    /** The name of the domain, in the config of an xl file. */
    public StreamBuilder domain(String called) {
        domain = called;
        return named("domain of " + called.length() + " bytes");
    }

    /** Optional data after the config. */
    public StreamBuilder tail(byte... bytes) {
        siteMetadata = bytes.clone();
        return named("tail");
    }

    /** One PAGE_DATA record with normal pages. */
    public StreamBuilder memory(long... pfns) {
        return pages(pfns);
    }

    /** One PAGE_DATA record with a page of every type. */
    public StreamBuilder everyPageType() {
        long[] entries = new long[PAGE_TYPES.length];
        for (int i = 0; i < entries.length; i++) entries[i] = ((long) PAGE_TYPES[i] << 60) | i;
        return named("every page type").pages(entries);
    }

    /** One PAGE_DATA record. Each page's bytes are its PFN. */
    public StreamBuilder pages(long... entries) {
        head();
        Wire body = wire().u32(entries.length).u32(0);
        for (long entry : entries) body.u64(entry);
        for (long entry : entries) {
            if (((entry >>> 60) & 7) <= 4) body.fill((int) entry, 4096);
        }
        parts.add(framed("PAGE_DATA", 0x01, 16 + 8 * entries.length, body.toArray()));
        return this;
    }

    /** Another libxc record. */
    public StreamBuilder record(String label, int type, byte... body) {
        head();
        parts.add(framed(label, type, 8, body));
        return this;
    }

    /** The round of {@code xl migrate --debug}: all pages again, to be compared. */
    public StreamBuilder verifyRound(long... pfns) {
        return record("VERIFY", 0x0d).named("verify round").pages(pfns);
    }

    /** A Remus checkpoint. */
    public StreamBuilder checkpoint() {
        state();
        record("CHECKPOINT", 0x0e);
        if (withinLibxl()) {
            if (!pv) emulatorContext();
            libxl("CHECKPOINT_END", 0x04);
        }
        return named("checkpoint");
    }

    /** What a COLO primary sends after a checkpoint. */
    public StreamBuilder checkpointState(int control) {
        return libxl("CHECKPOINT_STATE", 0x05, wire().u32(control).u32(0).toArray()).named("COLO");
    }

    /** Another libxl record; where it is is up to the caller. */
    public StreamBuilder libxl(String label, int type, byte... body) {
        parts.add(framed("libxl " + label, type, 8, body));
        return this;
    }

    /** Ends the stream as it should. */
    public BuiltStream complete() {
        state();
        record("END", 0x00);
        if (withinLibxl()) {
            if (!pv) {
                byte[] pairs = "platform/acpi\0001\0".getBytes(StandardCharsets.US_ASCII);
                libxl("EMULATOR_XENSTORE_DATA", 0x02, wire().u32(2).u32(0).bytes(pairs).toArray());
                emulatorContext();
            }
            libxl("END", 0x00);
        }
        if (outermost == Outermost.XENOPSD) {
            if (!pv) frame("Qemu_xen", 0x0f01, wire().fill(0x51, 13).toArray());
            frame("End", 0xffff);
        }
        return new BuiltStream(name, parts);
    }

    /** Ends the stream, and some bytes follow it. */
    public BuiltStream wholeThen(String bytes) {
        List<StreamPart> all = new ArrayList<>(complete().parts());
        all.add(
                new StreamPart(
                        "bytes after the stream", 0, bytes.getBytes(StandardCharsets.ISO_8859_1)));
        return new BuiltStream(name + ", bytes after it", all);
    }

    /** Leaves the stream without END, as a sender does that went away. */
    public BuiltStream unfinished() {
        return new BuiltStream(name + ", unfinished", parts);
    }

    /** A record in its frame, to be put where it does not belong. */
    public StreamPart framed(String label, int type, int header, byte... body) {
        byte[] bytes = wire().u32(type).u32(body.length).bytes(body).pad().toArray();
        return new StreamPart("record " + label, header, bytes);
    }

    /** A frame of xenopsd; its integers are little-endian whatever the stream's are. */
    public StreamBuilder frame(String label, int type, byte... body) {
        parts.add(
                new StreamPart(
                        "record xenopsd " + label,
                        16,
                        Wire.in(ByteOrder.LITTLE_ENDIAN)
                                .u64(type)
                                .u64(body.length)
                                .bytes(body)
                                .toArray()));
        return this;
    }

    private void xenopsdFrames() {
        byte[] record =
                "((time 20261125T22:00:00Z)(word_size 64)(vm_str \"((id %s))\")(xs_subtree ((a b))))"
                        .formatted(domain.isEmpty() ? "web1" : domain)
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] signature = "XenSavedDomv2-\n".getBytes(StandardCharsets.US_ASCII);
        parts.add(
                new StreamPart(
                        "xenopsd signature",
                        31,
                        Wire.in(ByteOrder.LITTLE_ENDIAN)
                                .bytes(signature)
                                .u64(0x000f)
                                .u64(record.length)
                                .toArray()));
        parts.add(new StreamPart("config", 0, record));
        frame("Libxc", 0x00f0);
    }

    private boolean withinLibxl() {
        return outermost != Outermost.LIBXC && outermost != Outermost.XENOPSD;
    }

    private StreamBuilder named(String trait) {
        if (!name.contains(trait)) name += ", " + trait;
        return this;
    }

    private Wire wire() {
        return Wire.in(order);
    }

    private void head() {
        if (!parts.isEmpty()) return;
        if (outermost == Outermost.XL) xlHeader();
        if (outermost == Outermost.LIBVIRT) libvirtHeader();
        if (outermost == Outermost.XENOPSD) xenopsdFrames();
        if (withinLibxl()) {
            parts.add(
                    new StreamPart(
                            "libxl header",
                            16,
                            network().u64(0x4c6962786c466d74L).u32(2).u32(endianness()).toArray()));
            libxl("LIBXC_CONTEXT", 0x01);
        }
        parts.add(
                new StreamPart(
                        "libxc header",
                        40,
                        network()
                                .u64(-1)
                                .u32(0x58454e46)
                                .u32(version)
                                .u16(endianness())
                                .u16(0)
                                .u32(0)
                                .bytes(
                                        wire().u32(pv ? 1 : 2)
                                                .u16(12)
                                                .u16(0)
                                                .u32(4)
                                                .u32(17)
                                                .toArray())
                                .toArray()));
        staticData();
    }

    private void xlHeader() {
        byte[] config =
                "{\n    \"c_info\": {\n        \"type\": \"%s\"%s\n    }\n}\n\0"
                        .formatted(
                                pv ? "pv" : "hvm",
                                domain.isEmpty()
                                        ? ""
                                        : ",\n        \"name\": \"%s\"".formatted(domain))
                        .getBytes(StandardCharsets.US_ASCII);
        int optional = 4 + config.length + siteMetadata.length;
        byte[] magic = "Xen saved domain, xl format\n \0 \r".getBytes(StandardCharsets.US_ASCII);
        parts.add(
                new StreamPart(
                        "xl header",
                        52,
                        wire().bytes(magic)
                                .u32(0x01020304)
                                .u32(3)
                                .u32(0)
                                .u32(optional)
                                .u32(config.length)
                                .toArray()));
        parts.add(new StreamPart("config", 0, config));
        if (siteMetadata.length > 0) parts.add(new StreamPart("tail", 0, siteMetadata));
    }

    /** As libvirt's driver of libxl writes it: the NUL counts as part of the XML. */
    private void libvirtHeader() {
        byte[] xml =
                """
                <domain type='xen' id='3'>
                  <name>%s</name>
                  <os>
                    <type arch='x86_64' machine='%s'>%s</type>
                  </os>
                </domain>
                \0\
                """
                        .formatted(
                                domain.isEmpty() ? "web1" : domain,
                                pv ? "xenpv" : "xenfv",
                                pv ? "linux" : "hvm")
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] magic = "libvirt-xml\n \0 \r".getBytes(StandardCharsets.US_ASCII);
        parts.add(
                new StreamPart(
                        "libvirt header",
                        64,
                        wire().bytes(magic)
                                .u32(2)
                                .u32(xml.length + siteMetadata.length)
                                .fill(0, 40)
                                .toArray()));
        parts.add(new StreamPart("config", 0, xml));
        if (siteMetadata.length > 0) parts.add(new StreamPart("tail", 0, siteMetadata));
    }

    private void staticData() {
        if (pv)
            record(
                    "X86_PV_INFO",
                    0x02,
                    wire().u8(width).u8(width == 8 ? 4 : 3).u16(0).u32(0).toArray());
        if (version >= 3) {
            record("X86_CPUID_POLICY", 0x11, wire().fill(0, 24).toArray());
            record("X86_MSR_POLICY", 0x12, wire().u32(0x8c).u32(0).u64(0).toArray());
            record("STATIC_DATA_END", 0x10);
        }
        if (pv) record("X86_PV_P2M_FRAMES", 0x03, wire().u32(0).u32(LAST_PFN).u64(2).toArray());
    }

    private void state() {
        record("X86_TSC_INFO", 0x08, wire().u32(0).u32(2_000_000).u64(5).u32(0).u32(0).toArray());
        if (pv) {
            record("SHARED_INFO", 0x07, wire().fill(0x5a, 4096).toArray());
            record("X86_PV_VCPU_BASIC", 0x04, vcpu(width == 8 ? 5168 : 2800));
            record("X86_PV_VCPU_EXTENDED", 0x05, vcpu(128));
            record("X86_PV_VCPU_XSAVE", 0x06, vcpu(16 + 8));
            record("X86_PV_VCPU_MSRS", 0x0c, vcpu(16));
        } else {
            Wire header = wire().u16(1).u16(0).u32(24).fill(0, 24);
            record("HVM_CONTEXT", 0x09, header.u16(0).u16(0).u32(0).toArray());
            record("HVM_PARAMS", 0x0a, wire().u32(1).u32(0).u64(1).u64(0xfeff).toArray());
        }
    }

    private byte[] vcpu(int context) {
        return wire().u32(0).u32(0).fill(0x11, context).toArray();
    }

    private void emulatorContext() {
        libxl("EMULATOR_CONTEXT", 0x03, wire().u32(2).u32(0).fill(0x51, 13).toArray());
    }

    private int endianness() {
        return order.equals(ByteOrder.BIG_ENDIAN) ? 1 : 0;
    }

    private static Wire network() {
        return Wire.in(ByteOrder.BIG_ENDIAN);
    }
}
