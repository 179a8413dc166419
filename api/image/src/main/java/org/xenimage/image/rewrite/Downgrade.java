package org.xenimage.image.rewrite;

import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * Makes a libxc stream of version 3 one of version 2, which Xen 4.6 to 4.13 read (libxc-migration-stream, revision 3).
 *
 * <p>Version 3, of Xen 4.14, brought STATIC_DATA_END and the CPUID and MSR policies before it; the headers and all
 * other records are the same. What is lost is the guest's own CPUID and MSR policy: an older Xen gives the guest
 * what its config and that host have. A stream of version 2 stays the same, byte for byte. Immutable; safe for
 * several threads.
 */
public final class Downgrade implements ImageTransform {
    /** The version that it writes. */
    public static final int VERSION = 2;

    private static final Set<RecordType> SINCE_VERSION_3 =
            Set.of(
                    RecordType.STATIC_DATA_END,
                    RecordType.X86_CPUID_POLICY,
                    RecordType.X86_MSR_POLICY);

    /** A downgrade to version 2. */
    public Downgrade() {}

    /**
     * What becomes of an element.
     *
     * @param element of a stream of version 2 or 3
     * @return the same element, the header with the older version, or nothing if version 2 has no such record
     */
    public Optional<ImageElement> apply(ImageElement element) {
        if (element instanceof LibxcHeader header && header.version() > VERSION)
            return Optional.of(header.withVersion(VERSION));
        return element instanceof RecordFrame frame && SINCE_VERSION_3.contains(frame.type())
                ? Optional.empty()
                : Optional.of(element);
    }

    @Override
    public void accept(ImageElement element, ImageSink down) throws IOException {
        Optional<ImageElement> made = apply(element);
        if (made.isPresent()) down.accept(made.get());
    }
}
