package org.xenimage.migrate;

import org.xenimage.image.Images;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.UnsupportedVersion;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageFormat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * What one side of a move can take: a host, or this program.
 *
 * <p>Kept as a JSON file, which {@code docs/capabilities.md} of this module specifies key by key. What is an empty
 * optional here is not stated: {@link Negotiation#negotiate} does not judge it, and says so. Immutable.
 *
 * @param name of the side, for messages
 * @param xen the release of Xen
 * @param formats the formats of images that it reads, such as {@code xl}
 * @param streams the versions of the libxc stream that it reads
 * @param guests the kinds of guests that it runs
 * @param records the records that it knows, of libxl and libxc
 * @param emulators the device models whose state it restores, such as {@code qemu_xen}
 * @param hvmEntries the longest bodies in bytes of entries of an HVM context, by name, where it takes no longer ones
 * @param pv the most that it gives PV guests
 * @param hvm the most that it gives HVM and PVH guests
 * @param hardware the features of its processors as {@code xl info} shows them, where there is no policy
 * @param vcpuMsrs the MSRs that the state of a vCPU may have, by index
 * @param pageSizes in bytes
 * @param wire how it takes a stream from this program on its other end
 * @param limits of sizes
 * @param unknown the keys of the file that this release does not know
 */
public record HostCapabilities(
        String name,
        Optional<XenVersion> xen,
        SortedSet<String> formats,
        SortedSet<Integer> streams,
        Optional<Set<GuestKind>> guests,
        Optional<Set<RecordType>> records,
        Optional<SortedSet<String>> emulators,
        SequencedMap<String, Long> hvmEntries,
        Optional<CpuLimits> pv,
        Optional<CpuLimits> hvm,
        Optional<CpuidPolicy> hardware,
        Optional<SortedSet<Long>> vcpuMsrs,
        SortedSet<Integer> pageSizes,
        Transfer wire,
        Sizes limits,
        List<String> unknown) {
    /**
     * How a side takes a stream from this program.
     *
     * @param compression such as {@code zstd}
     * @param encryption such as {@code aes-256-gcm}
     * @param checksums such as {@code sha-256}
     * @param channels how many connections at most
     * @param resume whether it goes on after a break
     */
    public record Transfer(
            SortedSet<String> compression,
            SortedSet<String> encryption,
            SortedSet<String> checksums,
            int channels,
            boolean resume) {}

    /**
     * Sizes of sizes; each may be not stated.
     *
     * @param vcpus of one guest
     * @param memoryKib of one guest
     * @param recordBytes of the body of one record
     */
    public record Sizes(OptionalLong vcpus, OptionalLong memoryKib, OptionalLong recordBytes) {
        /** No limit is stated. */
        public static final Sizes NONE =
                new Sizes(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
    }

    /**
     * Reads a file of capabilities.
     *
     * @param text in UTF-8, at most {@link #LENGTH_MAX} bytes
     * @param source its name, for messages
     * @return what it states
     * @throws ImageException if it is not such a file, is newer than this release, or is too large
     */
    public static HostCapabilities read(byte[] text, String source) throws ImageException {
        return new HostCapabilitiesReader(source).read(text);
    }

    /** The encryption of native images. */
    static final String ENCRYPTION = "aes-256-gcm";

    /** The most bytes of a file of capabilities, and of the output of a program of Xen. */
    public static final int LENGTH_MAX = 1 << 20;

    /**
     * What a release of Xen takes, whatever the processor.
     *
     * @param version the release
     * @return the capabilities
     * @throws ImageException an {@link UnsupportedVersion} if this release of Xenimage does not know it
     */
    public static HostCapabilities ofXen(XenVersion version) throws ImageException {
        return KnownXen.required(version, Fault.in("Xen " + version));
    }

    /**
     * What a host takes, by what its own programs print.
     *
     * @param xlInfo the output of {@code xl info}
     * @param xenCpuid the output of {@code xen-cpuid -p}, or empty
     * @param source the name of the former, for messages
     * @return the capabilities
     * @throws ImageException if a text is not such output, or the release of Xen is not known
     */
    public static HostCapabilities ofHost(String xlInfo, String xenCpuid, String source)
            throws ImageException {
        return new HostReport(source).read(xlInfo, xenCpuid);
    }

    /**
     * What this program reads.
     *
     * @param images the formats
     * @return the capabilities
     */
    public static HostCapabilities ofProgram(Images images) {
        return KnownXen.program(images.formats().stream().map(ImageFormat::name).toList());
    }

    /**
     * The most that guests of a kind get here.
     *
     * @param kind of guest
     * @return the policy, if it is stated
     */
    public Optional<CpuLimits> cpu(GuestKind kind) {
        return kind.paravirtualised() ? pv : hvm;
    }

    /**
     * The same under another name.
     *
     * @param other the name
     * @return the capabilities
     */
    public HostCapabilities named(String other) {
        return new HostCapabilities(
                other,
                xen,
                formats,
                streams,
                guests,
                records,
                emulators,
                hvmEntries,
                pv,
                hvm,
                hardware,
                vcpuMsrs,
                pageSizes,
                wire,
                limits,
                unknown);
    }

    /** {@return the text of a file of capabilities, which {@link #read} takes} */
    public String toJson() {
        return HostCapabilitiesWriter.write(this);
    }

    /** {@return the MSRs in X86_MSR_POLICY of such guests, by index, with the bits they may have} */
    Optional<SortedMap<Long, Long>> msrs(GuestKind kind) {
        return cpu(kind).flatMap(CpuLimits::msrs);
    }
}
