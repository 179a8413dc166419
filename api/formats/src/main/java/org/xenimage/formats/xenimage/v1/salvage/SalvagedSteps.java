package org.xenimage.formats.xenimage.v1.salvage;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.salvage.SparseBytes;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.io.HeapBounds;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The steps of a recipe (section 5): where in the stream contents belong. Read from the recipe; or
 * where that is gone, made again from the entries of the PAGE_DATA records in the skeleton. 32
 * bytes for each step.
 */
final class SalvagedSteps {
    /** The steps that are kept: those of a guest of a TiB with the smallest heap. */
    private static final int STEPS_MAX = HeapBounds.here().entries(32);

    private long[] streams = new long[16];
    private long[] skeletons = new long[16];
    private long[] contentsBefore = new long[16];
    private int[] entries = new int[16];
    private int[] contents = new int[16];
    private int count;
    private long stream;
    private long skeleton;
    private long content;

    static SalvagedSteps ofRecipe(SparseBytes recipe, long skeletonLength) throws IOException {
        var steps = new SalvagedSteps();
        MemorySegment step = Arena.ofAuto().allocate(Native.STEP_LENGTH, 8);
        for (long at = 0; at + Native.STEP_LENGTH <= recipe.length(); at += Native.STEP_LENGTH) {
            recipe.read(at, step);
            long literal = step.get(Elf.U64, 0);
            int entries = step.get(Elf.U32, 8);
            int contents = step.get(Elf.U32, 12);
            if (literal < 0 || entries < 0 || contents < 0 || contents > entries) break;
            if (8L * entries > literal || 8L * entries > Native.LITERAL_MAX) break;
            boolean last = at + 2L * Native.STEP_LENGTH > recipe.length();
            if (literal == 0 && contents == 0 && !last) break; // a hole of the file
            if (steps.count == STEPS_MAX) break;
            steps.add(literal, entries, contents);
            if (steps.skeleton > skeletonLength) break;
        }
        return steps;
    }

    static SalvagedSteps ofSkeleton(SparseBytes skeleton) throws IOException {
        var steps = new SalvagedSteps();
        MemorySegment head = Arena.ofAuto().allocate(LibxcHeader.LENGTH, 8);
        long at = 0;
        while (!isHeader(skeleton, at, head)) {
            at++;
            if (at > Math.min(skeleton.length(), 64L << 20)) {
                steps.add(skeleton.length(), 0, 0);
                return steps;
            }
        }
        ByteOrder order =
                (head.get(ValueLayout.JAVA_BYTE, 17) & 1) == 0
                        ? ByteOrder.LITTLE_ENDIAN
                        : ByteOrder.BIG_ENDIAN;
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        ValueLayout.OfLong u64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
        at += LibxcHeader.LENGTH;
        while (skeleton.intact(at, 8)) {
            skeleton.read(at, head.asSlice(0, 8));
            int type = head.get(u32, 0);
            long body = Integer.toUnsignedLong(head.get(u32, 4));
            if (body > RecordFrame.BODY_LENGTH_MAX) break;
            if (type != RecordType.PAGE_DATA.code() || body == 0) {
                at += RecordFrame.paddedLength(body);
                continue;
            }
            if (!skeleton.intact(at, PageBatch.FIXED_LENGTH)) break;
            skeleton.read(at, head.asSlice(0, PageBatch.FIXED_LENGTH));
            long entries = Integer.toUnsignedLong(head.get(u32, 8));
            if (entries > (body - 8) / 8) break;
            long table = at + PageBatch.FIXED_LENGTH;
            if (!skeleton.intact(table, 8 * entries)) break;
            MemorySegment words = Arena.ofAuto().allocate(Math.max(8, 8 * entries), 8);
            skeleton.read(table, words.asSlice(0, 8 * entries));
            int contents = 0;
            for (long i = 0; i < entries; i++)
                if (new PageEntry(words.get(u64, 8 * i)).hasData()) contents++;
            if (body != 8 + 8 * entries + (long) contents * PageBatch.PAGE_SIZE) {
                at += RecordFrame.paddedLength(body);
                continue;
            }
            at = table + 8 * entries;
            steps.add(at - steps.skeleton, (int) entries, contents);
        }
        steps.add(Math.max(0, skeleton.length() - steps.skeleton), 0, 0);
        return steps;
    }

    private static boolean isHeader(SparseBytes skeleton, long at, MemorySegment head)
            throws IOException {
        if (!skeleton.intact(at, LibxcHeader.LENGTH)) return false;
        skeleton.read(at, head);
        return org.xenimage.image.element.LibxcHeader.recognises(head);
    }

    private void add(long literal, int stepEntries, int stepContents) {
        if (count == streams.length) {
            streams = Arrays.copyOf(streams, count * 2);
            skeletons = Arrays.copyOf(skeletons, count * 2);
            contentsBefore = Arrays.copyOf(contentsBefore, count * 2);
            entries = Arrays.copyOf(entries, count * 2);
            contents = Arrays.copyOf(contents, count * 2);
        }
        streams[count] = stream;
        skeletons[count] = skeleton;
        contentsBefore[count] = content;
        entries[count] = stepEntries;
        contents[count++] = stepContents;
        stream += literal + (long) stepContents * Native.PAGE;
        skeleton += literal;
        content += stepContents;
    }

    /** The bytes of the stream. */
    long length() {
        return stream;
    }

    /** The step that an offset of the stream belongs to. */
    int at(long offset) {
        int found = Arrays.binarySearch(streams, 0, count, offset);
        if (found < 0) return -found - 2;
        while (found + 1 < count && streams[found + 1] == offset) found++;
        return found;
    }

    long stream(int step) {
        return streams[step];
    }

    long skeleton(int step) {
        return skeletons[step];
    }

    long literal(int step) {
        return (step + 1 < count ? skeletons[step + 1] : skeleton) - skeletons[step];
    }

    int entries(int step) {
        return entries[step];
    }

    int contents(int step) {
        return contents[step];
    }

    long contentsBefore(int step) {
        return contentsBefore[step];
    }
}
