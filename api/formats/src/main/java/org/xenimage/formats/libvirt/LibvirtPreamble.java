package org.xenimage.formats.libvirt;

import org.xenimage.formats.libxl.HeadedWriter;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** How libvirt puts its header and the XML down. */
final class LibvirtPreamble implements HeadedWriter.HeaderForm<LibvirtHeader> {
    @Override
    public Class<LibvirtHeader> header() {
        return LibvirtHeader.class;
    }

    @Override
    public String name() {
        return "libvirt";
    }

    @Override
    public MemorySegment[] encode(
            LibvirtHeader header, Optional<Config> config, ByteRun metadata, Fault place)
            throws IOException {
        if (config.isEmpty())
            throw new CorruptImage(place.problem("is not followed by the XML of the domain"));
        MemorySegment xml = config.get().bytes().all();
        long behind = metadata.length() + header.foreignTail().length();
        if (behind > 0 && (xml.byteSize() == 0 || lastOf(xml) != 0))
            throw new CorruptImage(
                    place.problem("has site metadata, but no NUL that ends the XML before them"));
        long length = xml.byteSize() + behind;
        HeadedWriter.requireLength(length, LibvirtHeader.XML_MAX, "xmlLen", place);
        return new MemorySegment[] {
            header.encode(length), xml, metadata.all(), header.foreignTail().all()
        };
    }

    private static byte lastOf(MemorySegment bytes) {
        return bytes.get(ValueLayout.JAVA_BYTE, bytes.byteSize() - 1);
    }
}
