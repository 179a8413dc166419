package org.xenimage.sample;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.XenRecord;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A small image, kept whole: pages by PFN, decoded records, and a walk of its page tables. */
final class KeptImage implements ImageSink {
    static final long FRAME_MASK = (1L << 52) - (1L << 12);
    private static final long PRESENT = 1;
    private static final long LARGE = 1 << 7;

    private final Map<Long, PageType> types = new HashMap<>();
    private final Map<Long, byte[]> pages = new HashMap<>();
    private final List<XenRecord> records = new ArrayList<>();
    private final List<Integer> batches = new ArrayList<>();
    private final List<String> labels = new ArrayList<>();
    private Optional<Config> config = Optional.empty();
    private long lastPfn = -1;
    private boolean ascending = true;

    static KeptImage of(SampleImage sample) throws IOException {
        var image = new KeptImage();
        sample.writeTo(image);
        return image;
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        labels.add(element.label());
        switch (element) {
            case Config found -> config = Optional.of(found);
            case RecordFrame frame -> records.add(frame.decode());
            case PageBatch batch -> keep(batch);
            case XlHeader _,
                    LibvirtHeader _,
                    XenopsdHeader _,
                    SiteMetadata _,
                    LibxlHeader _,
                    LibxcHeader _ -> {}
            case StreamEnd _, TrailingBytes _ -> {}
        }
    }

    private void keep(PageBatch batch) throws IOException {
        batches.add(batch.count());
        MemorySegment data = batch.data();
        long at = 0;
        for (int i = 0; i < batch.count(); i++) {
            long pfn = batch.pfn(i);
            ascending &= pfn > lastPfn;
            lastPfn = pfn;
            types.put(pfn, batch.type(i));
            if (!batch.type(i).hasData()) continue;
            MemorySegment page = data.asSlice(at, PageBatch.PAGE_SIZE);
            pages.put(pfn, page.toArray(ValueLayout.JAVA_BYTE));
            at += PageBatch.PAGE_SIZE;
        }
    }

    Config config() {
        return config.orElseThrow();
    }

    List<String> labels() {
        return labels;
    }

    List<Integer> batches() {
        return batches;
    }

    boolean ascending() {
        return ascending;
    }

    Map<Long, PageType> types() {
        return types;
    }

    boolean hasPage(long pfn) {
        return pages.containsKey(pfn);
    }

    PageType type(long pfn) {
        return Optional.ofNullable(types.get(pfn)).orElseThrow();
    }

    MemorySegment page(long pfn) {
        byte[] page = Optional.ofNullable(pages.get(pfn)).orElseThrow();
        return MemorySegment.ofArray(page);
    }

    long word(long pfn, long offset) {
        return page(pfn).get(GuestMemory.U64, offset);
    }

    List<XenRecord> records(RecordType type) {
        return records.stream().filter(record -> record.type().equals(type)).toList();
    }

    XenRecord record(RecordType type) {
        return records(type).getFirst();
    }

    /** The physical address that a table of level 4 gives a virtual one, as the CPU finds it. */
    Optional<Long> walk(long root, long address) {
        long table = root;
        for (int level = 4; level >= 1; level--) {
            long entry = word(table, 8L * GuestMemory.slot(address, level));
            if ((entry & PRESENT) == 0) return Optional.empty();
            long mask = (1L << (12 + 9 * (level - 1))) - 1;
            if (level == 1 || (entry & LARGE) != 0) {
                return Optional.of((entry & FRAME_MASK & ~mask) | (address & mask));
            }
            table = (entry & FRAME_MASK) >>> 12;
        }
        throw new AssertionError("four levels");
    }

    /** Bytes at a virtual address. */
    byte[] read(long root, long address, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            long physical = walk(root, address + i).orElseThrow();
            bytes[i] = page(physical >>> 12).get(ValueLayout.JAVA_BYTE, physical & 0xfff);
        }
        return bytes;
    }

    /** Takes each entry that is present, of all tables below a root, once. */
    void eachEntry(long root, int level, EntryVisitor visitor) {
        visit(root, level, new HashMap<>(), visitor);
    }

    private void visit(long table, int level, Map<Long, Integer> seen, EntryVisitor visitor) {
        if (seen.put(table, level) != null) return;
        for (int slot = 0; slot < GuestMemory.ENTRIES; slot++) {
            long entry = word(table, 8L * slot);
            if ((entry & PRESENT) == 0) continue;
            boolean large = level > 1 && (entry & LARGE) != 0;
            visitor.entry(level, slot, entry, large);
            if (level > 1 && !large) visit((entry & FRAME_MASK) >>> 12, level - 1, seen, visitor);
        }
    }

    /** Looks at an entry. */
    @FunctionalInterface
    interface EntryVisitor {
        void entry(int level, int slot, long entry, boolean large);
    }
}
