package org.xenimage.formats.xenimage.v1.salvage;

import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.salvage.SparseBytes;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/** A section of a damaged file that is stored unchanged, up to the end of the file. */
record SalvagedSection(
        String name, FileChannel file, ElfSection section, long length, SumCheck sums)
        implements SparseBytes {
    static SalvagedSection of(String name, FileChannel file, ElfSection section, SumCheck sums)
            throws IOException {
        long there = Math.max(0, Math.min(section.length(), file.size() - section.offset()));
        return new SalvagedSection(name, file, section, there, sums);
    }

    /** Whether the file ends within the section. */
    boolean cut() {
        return length < section.length();
    }

    @Override
    public boolean intact(long offset, long bytes) throws IOException {
        return bytes >= 0
                && offset <= length - bytes
                && sums.intact(section.offset() + offset, bytes);
    }

    @Override
    public long nextWhole(long offset) throws IOException {
        long at = section.offset() + offset;
        while (at < section.offset() + length && !sums.intact(at, 1)) at = sums.after(at);
        return Math.min(at - section.offset(), length);
    }

    @Override
    public void read(long offset, MemorySegment into) throws IOException {
        Spill.readAt(file, section.offset() + offset, into);
    }
}
