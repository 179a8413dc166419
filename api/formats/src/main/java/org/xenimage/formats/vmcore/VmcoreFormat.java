package org.xenimage.formats.vmcore;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** What a kernel's kdump leaves. */
public final class VmcoreFormat implements ImageFormat {
    /** Called by the service loader. */
    public VmcoreFormat() {}

    @Override
    public String name() {
        return "vmcore";
    }

    @Override
    public String description() {
        return "ELF core as kdump leaves it, for debuggers of Linux; written only";
    }

    /**
     * The core of a guest cannot be distinguished from that of any other kernel, and it lacks what
     * an image needs.
     */
    @Override
    public Match recognise(MemorySegment first) {
        return Match.NO;
    }

    @Override
    public boolean writeOnly() {
        return true;
    }

    @Override
    public ImageReader read(ByteSource source) throws IOException {
        throw new IOException(
                Fault.in(source.name())
                        .problem("cannot be read: the vmcore format is write-only")
                        .remedy("use the image that it was made from")
                        .message());
    }

    @Override
    public ImageWriter write(ByteSink sink) {
        return new VmcoreWriter(sink);
    }
}
