package org.xenimage.sample;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.EmulatorContext;
import org.xenimage.image.record.End;
import org.xenimage.image.record.LibxcContext;
import org.xenimage.image.record.LibxlEnd;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.XenRecord;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A valid save file of xl, libvirt or xenopsd made from nothing: what to make, and the making of it.
 *
 * <p>The same options give the same bytes, on any machine and in every release that keeps the
 * formats. Pages are made on demand: an image of a terabyte takes a few mebibytes of memory. The
 * image is that of a suspended Linux guest:
 *
 * <ul>
 *   <li>Registers of each vCPU: in the kernel's code, on a stack, with page tables of four levels.
 *   <li>Page tables: all memory at 0xffff888000000000, the kernel at 0xffffffff81000000, one
 *       process at 0x400000; of a PV guest with entries normalised to PFNs, its tables read-only.
 *   <li>A PV guest's p2m, start info, rings of xenstore and console; an HVM guest's platform.
 *   <li>A banner, a VMCOREINFO note, zero pages, text, noise, and {@link #markers}.
 * </ul>
 *
 * <p>It has no kernel that runs. Restored, its vCPUs wait for events for ever.
 *
 * <p>Immutable, and safe for use by several threads.
 *
 * @param guest its kind
 * @param memoryMiB its memory in MiB, 1 to {@link #MEMORY_MAX}; with many vCPUs it must be more
 *     than 1
 * @param vcpus how many, from 1
 * @param seed of page contents, register values, UUID and MAC address
 * @param name of the domain
 * @param devices whether the config has a network interface and a disk; a host that lacks the
 *     bridge or the disk restores only a sample without
 * @param toolstack that could have saved it
 */
public record SampleImage(
        SampleGuest guest,
        int memoryMiB,
        int vcpus,
        long seed,
        String name,
        boolean devices,
        SampleToolstack toolstack) {
    /** The most memory that a sample can have, in MiB: one TiB. */
    public static final int MEMORY_MAX = 1 << 20;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.+:@-]{1,128}");
    private static final int XEN_MAJOR = 4;
    private static final int XEN_MINOR = 17;

    /** Checks the options. */
    public SampleImage {
        if (memoryMiB < 1 || memoryMiB > MEMORY_MAX) {
            throw refused("memory of 1 to " + MEMORY_MAX + " MiB", Integer.toString(memoryMiB));
        }
        if (vcpus < 1 || vcpus > guest.vcpusMax()) {
            String expected = "1 to %d vCPUs as a %s guest".formatted(guest.vcpusMax(), guest);
            throw refused(expected, Integer.toString(vcpus));
        }
        if (!NAME.matcher(name).matches()) {
            throw refused("a domain name of 1 to 128 letters, digits and _.+:@-", name);
        }
    }

    /**
     * A sample of 64 MiB with one vCPU.
     *
     * @param guest its kind
     * @return the options
     */
    public static SampleImage of(SampleGuest guest) {
        return new SampleImage(
                guest, 64, 1, 1, "sample-" + guest.configName(), true, SampleToolstack.XL);
    }

    /**
     * With other memory.
     *
     * @param mebibytes how much
     * @return other options
     */
    public SampleImage withMemoryMiB(int mebibytes) {
        return new SampleImage(guest, mebibytes, vcpus, seed, name, devices, toolstack);
    }

    /**
     * With more or fewer vCPUs.
     *
     * @param count how many
     * @return other options
     */
    public SampleImage withVcpus(int count) {
        return new SampleImage(guest, memoryMiB, count, seed, name, devices, toolstack);
    }

    /**
     * With other contents.
     *
     * @param other seed
     * @return other options
     */
    public SampleImage withSeed(long other) {
        return new SampleImage(guest, memoryMiB, vcpus, other, name, devices, toolstack);
    }

    /**
     * With another name.
     *
     * @param other name of the domain
     * @return other options
     */
    public SampleImage withName(String other) {
        return new SampleImage(guest, memoryMiB, vcpus, seed, other, devices, toolstack);
    }

    /**
     * With or without a network interface and a disk.
     *
     * @param present whether the config has them
     * @return other options
     */
    public SampleImage withDevices(boolean present) {
        return new SampleImage(guest, memoryMiB, vcpus, seed, name, present, toolstack);
    }

    /**
     * As another toolstack saves it.
     *
     * @param other toolstack
     * @return other options
     */
    public SampleImage withToolstack(SampleToolstack other) {
        return new SampleImage(guest, memoryMiB, vcpus, seed, name, devices, other);
    }

    /** {@return the domain's UUID, which depends on the seed alone} */
    public UUID uuid() {
        SplittableRandom random = random(0x75756964);
        long high = (random.nextLong() & ~0xf000L) | 0x4000;
        long low = (random.nextLong() & ~(3L << 62)) | (1L << 63);
        return new UUID(high, low);
    }

    /**
     * The texts that wait in the pages to be found.
     *
     * @return the markers in no order; at least one of them is {@link Marker#split}
     * @throws IllegalArgumentException as {@link #writeTo}
     */
    public List<Marker> markers() {
        return memory().markers();
    }

    /**
     * Makes the image: passes on its elements in stream order, and then the end.
     *
     * @param sink accepts the elements; a page batch is valid during the call that passes it
     * @throws IllegalArgumentException if the memory is too small for the vCPUs, before any element
     *     is passed on
     * @throws IOException if the sink refuses an element
     */
    public void writeTo(ImageSink sink) throws IOException {
        GuestMemory memory = memory();
        GuestState state =
                switch (memory) {
                    case PvMemory pv -> new PvState(this, pv);
                    case HvmMemory hvm -> new HvmState(this, hvm);
                };
        ByteOrder order = RecordContext.X86_64.order();
        ByteRun none = ByteRun.of(MemorySegment.NULL);
        switch (toolstack) {
            case XL -> {
                sink.accept(XlHeader.plain());
                sink.accept(Config.of(DomainConfig.of(this)));
            }
            case LIBVIRT -> {
                sink.accept(LibvirtHeader.plain());
                sink.accept(Config.ofDomain(DomainDescription.of(this)));
            }
            case XENOPSD -> {
                sink.accept(XenopsdHeader.plain());
                sink.accept(Config.ofSuspended(DomainDescription.suspended(this)));
            }
        }
        boolean libxl = toolstack != SampleToolstack.XENOPSD;
        if (libxl) {
            sink.accept(new SiteMetadata(Fault.NO_OFFSET, none, order));
            sink.accept(new LibxlHeader(Fault.NO_OFFSET, LibxlHeader.VERSION, 0));
            put(sink, new LibxcContext());
        } else {
            frame(sink, RecordType.XENOPSD_LIBXC, MemorySegment.NULL);
        }
        sink.accept(libxcHeader());
        for (XenRecord record : state.beforePages()) put(sink, record);
        new PageStream(memory).writeTo(sink);
        for (XenRecord record : state.afterPages()) put(sink, record);
        put(sink, new End());
        for (XenRecord record : state.emulator()) {
            if (libxl) put(sink, record);
            else if (record instanceof EmulatorContext emulator) frame(sink, emulator);
        }
        if (libxl) put(sink, new LibxlEnd());
        else frame(sink, RecordType.XENOPSD_END, MemorySegment.NULL);
        sink.accept(new StreamEnd(Fault.NO_OFFSET, StreamEnd.Ending.COMPLETE, none));
        sink.end();
    }

    /** Random numbers that depend on the seed and on what they are for. */
    SplittableRandom random(long purpose) {
        return new SplittableRandom(seed * 0x9e3779b97f4a7c15L ^ purpose);
    }

    private GuestMemory memory() {
        return switch (guest) {
            case PV -> new PvMemory(this);
            case HVM, PVH -> new HvmMemory(this);
        };
    }

    private LibxcHeader libxcHeader() {
        return new LibxcHeader(
                Fault.NO_OFFSET,
                LibxcHeader.VERSION_MAX,
                (short) 0,
                (short) 0,
                0,
                guest.stream().code(),
                (short) LibxcHeader.PAGE_SHIFT,
                (short) 0,
                XEN_MAJOR,
                XEN_MINOR);
    }

    private static void frame(ImageSink sink, EmulatorContext emulator) throws IOException {
        byte[] body = emulator.encode(RecordContext.X86_64);
        frame(sink, RecordType.QEMU_XEN, MemorySegment.ofArray(body).asSlice(8));
    }

    private static void frame(ImageSink sink, RecordType type, MemorySegment body)
            throws IOException {
        sink.accept(RecordFrame.of(type, RecordContext.X86_64, body));
    }

    private static void put(ImageSink sink, XenRecord record) throws IOException {
        sink.accept(RecordFrame.of(record, RecordContext.X86_64));
    }

    private static IllegalArgumentException refused(String expected, String found) {
        return new IllegalArgumentException("a sample has " + expected + ", found " + found);
    }
}
