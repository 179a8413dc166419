package org.xenimage.migrate;

import org.xenimage.image.element.ImageSink;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.MsrPolicy;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Severity;
import org.xenimage.image.verify.Verifier;

import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What an image asks of the host that restores it, read without any page contents. Immutable.
 *
 * @param source the name of the image, for messages
 * @param format the format of the image, such as {@code xl}
 * @param outermost the format of what a native image holds: {@code xl}, {@code libvirt}, {@code xenopsd}, {@code libxl}
 *     or {@code libxc}; the format itself of another image
 * @param unfit why no host restores it in any form, or empty
 * @param encrypted whether pages and records are encrypted
 * @param stream the version of its libxc stream; 0 if it has none
 * @param guest the kind of guest
 * @param pageSize in bytes
 * @param xen the release that saved it
 * @param records each type of record of libxl and libxc, in the order of their first appearance
 * @param cpuid the guest's CPUID policy, if the image has one
 * @param msrs the guest's MSR policy, if the image has one
 * @param state the bits of XCR0 that a vCPU ever had set
 * @param vcpuMsrs the MSRs of its vCPUs, by index
 * @param hvmEntries the longest body in bytes of each type of entry of its HVM context, by name, or by typecode in hex
 *     where it has none
 * @param emulators the device models whose state it holds
 * @param vcpus how many vCPUs it has
 * @param memoryKib the most memory that its config gives the guest; 0 if it does not tell
 */
public record ImageNeeds(
        String source,
        String format,
        String outermost,
        String unfit,
        boolean encrypted,
        int stream,
        GuestKind guest,
        int pageSize,
        Optional<XenVersion> xen,
        SequencedMap<RecordType, Seen> records,
        Optional<CpuidPolicy> cpuid,
        Optional<MsrPolicy> msrs,
        long state,
        SortedSet<Long> vcpuMsrs,
        SequencedMap<String, Long> hvmEntries,
        SortedSet<String> emulators,
        long vcpus,
        long memoryKib) {
    /** Copies the collections. */
    public ImageNeeds {
        records = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(records));
        hvmEntries = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(hvmEntries));
        vcpuMsrs = Collections.unmodifiableSortedSet(new TreeSet<>(vcpuMsrs));
        emulators = Collections.unmodifiableSortedSet(new TreeSet<>(emulators));
    }

    /**
     * The records of one type.
     *
     * @param offset of the first in the image, in bytes
     * @param longest body among them, in bytes
     */
    public record Seen(long offset, long longest) {
        Seen and(long length) {
            return new Seen(offset, Math.max(longest, length));
        }
    }

    /**
     * Reads an image to its end. One that breaks the rules of its format is unfit, whatever a host takes.
     *
     * @param image at its beginning
     * @return its needs
     * @throws IOException if it is at fault
     */
    public static ImageNeeds of(ImageReader image) throws IOException {
        var inspection = new NeedsInspection(image);
        var verifier =
                new Verifier(
                        image.name(),
                        Reading.RESTORE,
                        finding -> {
                            if (finding.severity() == Severity.ERROR)
                                inspection.faulty(finding.fault().message());
                        });
        ImageSink both =
                element -> {
                    inspection.accept(element);
                    verifier.accept(element);
                };
        while (image.advance(both)) {}
        verifier.end();
        return inspection.needs();
    }
}
