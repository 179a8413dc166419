package org.xenimage.sample;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * The contents of pages that serve nothing: zeros, text, small numbers and noise, by the seed and
 * the PFN.
 */
final class Filler {
    private static final int LINE_COUNT = 64;

    private final SampleImage options;
    private final MemorySegment lines;
    private final int[] lineEnds = new int[LINE_COUNT + 1];

    Filler(SampleImage options) {
        this.options = options;
        SplittableRandom random = options.random(0x6c696e6573L);
        var all = new StringBuilder();
        for (int i = 0; i < LINE_COUNT; i++) {
            int process = random.nextInt(200, 32_000);
            all.append(
                    switch (i % 4) {
                        case 0 -> "sshd[%d]: Accepted publickey for operator".formatted(process);
                        case 1 -> "GET /index.html HTTP/1.1 200 %d".formatted(process * 7);
                        case 2 ->
                                "kernel: audit: type=1400 pid=%d comm=\"sample\""
                                        .formatted(process);
                        default -> "cron[%d]: (root) CMD (run-parts --report)".formatted(process);
                    });
            all.append('\n');
            lineEnds[i + 1] = all.length();
        }
        lines = MemorySegment.ofArray(KernelContents.ascii(all.toString()));
    }

    /** Two pages in five are zero, one in five is text, one in ten numbers, the others noise. */
    void fill(MemorySegment page, long pfn) {
        int kind = (int) Long.remainderUnsigned(options.random(pfn).nextLong(), 10);
        switch (kind) {
            case 0, 1, 2, 3 -> PageContents.ZERO.fill(page, 0);
            case 4, 5 -> text(page, pfn);
            case 6 -> numbers(page, pfn);
            default -> noise(page, pfn);
        }
    }

    /** Lines of logs. */
    void text(MemorySegment page, long pfn) {
        SplittableRandom random = options.random(~pfn);
        long at = 0;
        while (true) {
            int line = random.nextInt(LINE_COUNT);
            int start = lineEnds[line];
            int length = lineEnds[line + 1] - start;
            if (at + length > page.byteSize()) return;
            MemorySegment.copy(lines, start, page, at, length);
            at += length;
        }
    }

    /** Bytes that do not compress. */
    void noise(MemorySegment page, long pfn) {
        SplittableRandom random = options.random(~pfn);
        for (long at = 0; at < page.byteSize(); at += 8) {
            page.set(GuestMemory.U64, at, random.nextLong());
        }
    }

    /** Puts a text down. */
    void put(MemorySegment page, long offset, String text) {
        byte[] bytes = KernelContents.ascii(text);
        long length = Math.min(bytes.length, page.byteSize() - offset);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, page, offset, length);
    }

    /** Small numbers, as in a program's tables. */
    private void numbers(MemorySegment page, long pfn) {
        long number = pfn & 0xfff;
        for (long at = 0; at < page.byteSize(); at += 8) {
            page.set(GuestMemory.U64, at, number);
            number += 3;
        }
    }
}
