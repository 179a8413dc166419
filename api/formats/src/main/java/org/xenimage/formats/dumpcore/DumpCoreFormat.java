package org.xenimage.formats.dumpcore;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.SalvageLog;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** What {@code xl dump-core} writes. */
public final class DumpCoreFormat implements ImageFormat {
    /** Called by the service loader. */
    public DumpCoreFormat() {}

    @Override
    public String name() {
        return "dump-core";
    }

    @Override
    public String description() {
        return "Xen dump-core, version 0.1: pages and vCPU contexts of a guest";
    }

    /**
     * An ELF64 core without program headers and with section headers, which Xen puts after the ELF
     * header, and other programs anywhere; {@link #read} checks more.
     */
    @Override
    public Match recognise(MemorySegment first) {
        boolean xen =
                ElfHeader.recognises(first)
                        && first.get(Elf.U64, 24) == 0
                        && first.get(Elf.U16, 56) == 0
                        && ElfHeader.decode(first).sections() >= Elf.HEADER_LENGTH;
        return xen ? Match.SIGNATURE : Match.NO;
    }

    @Override
    public ImageReader read(ByteSource source) throws IOException {
        return DumpCoreReader.open(
                this,
                source,
                source.file()
                        .orElseThrow(() ->
                                new IOException(
                                        Fault.in(source.name())
                                                .problem(
                                                        "is a dump-core, which is read from a file only")
                                                .remedy("give the file's name")
                                                .message())));
    }

    @Override
    public Optional<ImageReader> salvage(ByteSource source, ReadOptions options, SalvageLog log)
            throws IOException {
        var file = source.file();
        if (file.isEmpty()) return Optional.empty();
        try {
            return Optional.of(DumpCoreReader.salvage(this, source, file.get(), log));
        } catch (ImageException e) {
            log.lost(0, source.size().orElse(0), e.fault().message());
            return Optional.empty();
        }
    }

    @Override
    public ImageWriter write(ByteSink sink) {
        return new DumpCoreWriter(sink);
    }
}
