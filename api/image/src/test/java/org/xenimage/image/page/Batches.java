package org.xenimage.image.page;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.PageType;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Batches made page by page, and what a plain search finds in them. */
final class Batches {
    static final int PAGE_SIZE = PageBatch.PAGE_SIZE;

    private final List<Long> entries = new ArrayList<>();
    private final List<byte[]> pages = new ArrayList<>();

    static Batches empty() {
        return new Batches();
    }

    Batches page(long pfn, byte[] bytes) {
        return page(PageType.NOTAB, pfn, bytes);
    }

    Batches page(PageType type, long pfn, byte[] bytes) {
        entries.add(PageEntry.of(type, pfn).word());
        pages.add(bytes);
        return this;
    }

    Batches without(PageType type, long pfn) {
        entries.add(PageEntry.of(type, pfn).word());
        return this;
    }

    PageBatch batch() {
        return batch(ByteOrder.LITTLE_ENDIAN);
    }

    PageBatch batch(ByteOrder order) {
        byte[] data = new byte[pages.size() * PAGE_SIZE];
        for (int i = 0; i < pages.size(); i++)
            System.arraycopy(pages.get(i), 0, data, i * PAGE_SIZE, PAGE_SIZE);
        long[] words = entries.stream().mapToLong(Long::longValue).toArray();
        return PageBatch.of(order, words, MemorySegment.ofArray(data));
    }

    /** Bytes of few values, so that short patterns occur and long ones nearly do. */
    static byte[] bytes(Random random, int length, int values) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte) ('a' + random.nextInt(values));
        return bytes;
    }

    static byte[] filled(int value) {
        byte[] bytes = new byte[PAGE_SIZE];
        java.util.Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    static boolean standsAt(byte[] text, int at, byte[] pattern) {
        if (at < 0 || at + pattern.length > text.length) return false;
        for (int i = 0; i < pattern.length; i++) if (text[at + i] != pattern[i]) return false;
        return true;
    }

    static List<Long> occurrences(byte[] text, int from, int to, byte[] pattern) {
        List<Long> found = new ArrayList<>();
        for (int at = from; at + pattern.length <= to; at++) {
            if (standsAt(text, at, pattern)) found.add((long) at);
        }
        return found;
    }

    static List<Long> scanned(
            PatternScan scan, PagePattern pattern, MemorySegment text, long from, long to) {
        List<Long> found = new ArrayList<>();
        scan.over(pattern, text, from, to);
        for (long at = scan.next(); at != PagePattern.NONE; at = scan.next()) found.add(at);
        return found;
    }

    static byte[] contents(PageBatch batch) throws java.io.IOException {
        return batch.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }
}
