package org.xenimage.image.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class PatternScanTest {
    private static final int[] LENGTHS = lengths();

    private final PatternScan scan = new PatternScan();

    private static int[] lengths() {
        int[] lengths = new int[64 + 12];
        for (int i = 0; i < 64; i++) lengths[i] = i + 1;
        int[] more = {65, 70, 71, 72, 100, 127, 255, 1000, 2048, 4090, 4095, 4096};
        System.arraycopy(more, 0, lengths, 64, more.length);
        return lengths;
    }

    @Test
    void patternOfEveryLengthIsFoundAtEveryAlignment() {
        Random random = new Random(1);
        byte[] text = new byte[26_000];
        for (int length : LENGTHS) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            PagePattern pattern = PagePattern.of(bytes);
            random.nextBytes(text);
            for (int at = 0; at < 72; at++) {
                byte[] planted = text.clone();
                int near = 16_384 - 40 + at;
                int[] places = {at, near + length, planted.length - length - at};
                for (int place : places) System.arraycopy(bytes, 0, planted, place, length);
                List<Long> expected = Batches.occurrences(planted, 0, planted.length, bytes);
                MemorySegment segment = MemorySegment.ofArray(planted);
                assertEquals(
                        expected,
                        Batches.scanned(scan, pattern, segment, 0, planted.length),
                        "length " + length);
            }
        }
    }

    @Test
    void occurrencesLieWithinTheRangeWhereverItBeginsAndEnds() {
        Random random = new Random(2);
        for (int length : new int[] {1, 2, 3, 8, 14, 15, 22, 23, 24, 38, 39, 40, 71, 90}) {
            byte[] bytes = Batches.bytes(random, length, 20);
            byte[] text = new byte[600];
            for (int at = 0; at + length <= text.length; at += length)
                System.arraycopy(bytes, 0, text, at, length);
            MemorySegment segment = MemorySegment.ofArray(text);
            PagePattern pattern = PagePattern.of(bytes);
            for (int from = 0; from < 100; from++) {
                for (int to = text.length - 100; to <= text.length; to += 23) {
                    assertEquals(
                            Batches.occurrences(text, from, to, bytes),
                            Batches.scanned(scan, pattern, segment, from, to),
                            length + " bytes, " + from + " to " + to);
                }
            }
        }
    }

    @Test
    void overlappingOccurrencesAreAllFoundInDataOfFewValues() {
        Random random = new Random(3);
        for (int round = 0; round < 3_000; round++) {
            int values = 1 + random.nextInt(3);
            byte[] text = Batches.bytes(random, 1 + random.nextInt(3_000), values);
            int length = 1 + random.nextInt(Math.min(text.length, round % 10 == 0 ? 500 : 40));
            int at = random.nextInt(text.length - length + 1);
            byte[] bytes = Arrays.copyOfRange(text, at, at + length);
            if (random.nextInt(3) == 0) bytes[random.nextInt(length)] = 'z';
            assertEquals(
                    Batches.occurrences(text, 0, text.length, bytes),
                    Batches.scanned(
                            scan,
                            PagePattern.of(bytes),
                            MemorySegment.ofArray(text),
                            0,
                            text.length));
        }
    }

    @Test
    void repetitiveDataIsSearchedByTheLinearMethodWithTheSameResult() {
        for (int period : new int[] {1, 2, 3, 7, 8, 9, 16, 31, 40}) {
            byte[] text = new byte[60_000];
            for (int i = 0; i < text.length; i++) text[i] = (byte) ('a' + i % period);
            for (int broken = 5_000; broken < text.length; broken += 4_999) text[broken] = '!';
            for (int length : new int[] {2, 16, 64, 300, 4_000, 4_096}) {
                byte[] bytes = Arrays.copyOf(text, length);
                assertEquals(
                        Batches.occurrences(text, 0, text.length, bytes),
                        Batches.scanned(
                                scan,
                                PagePattern.of(bytes),
                                MemorySegment.ofArray(text),
                                0,
                                text.length),
                        "period " + period + ", " + length + " bytes");
            }
        }
    }

    @Test
    void workStaysWithinALinearBoundOnTheWorstData() {
        byte[] text = new byte[1 << 17];
        for (int length : new int[] {2, 3, 8, 16, 64, 512, PagePattern.LENGTH_MAX}) {
            for (int period : new int[] {1, 2, 7, 8, 1000}) {
                byte[] bytes = new byte[length];
                for (int i = 0; i < length; i++) bytes[i] = (byte) (i % period);
                bytes[length - 1] ^= 1;
                // The pattern again and again, wherever a filter may look, and each time without
                // one byte.
                for (int i = 0; i < text.length; i++) text[i] = (byte) (i % period);
                MemorySegment segment = MemorySegment.ofArray(text);
                for (int broken = length; broken <= 16 * length; broken *= 4) {
                    for (int i = length / 2; i < text.length; i += broken) text[i] = 77;
                    for (byte[] sought : List.of(bytes, Arrays.copyOf(text, length))) {
                        Batches.scanned(scan, PagePattern.of(sought), segment, 0, text.length);
                        long bound = (PatternScan.WORK_PER_POSITION + 1L) * text.length;
                        assertTrue(scan.work() <= bound, length + " bytes, period " + period);
                    }
                }
            }
        }
    }

    @Test
    void positionsPassedOverAreNotReported() {
        Random random = new Random(4);
        for (int round = 0; round < 600; round++) {
            int length = 1 + random.nextInt(60);
            byte[] bytes = Batches.bytes(random, length, 1 + random.nextInt(2));
            byte[] text = Batches.bytes(random, 20_000, 2);
            for (int i = 0; i < 50; i++) {
                System.arraycopy(bytes, 0, text, random.nextInt(text.length - length), length);
            }
            int pass = 1 + random.nextInt(round % 2 == 0 ? 100 : 20_000);
            List<Long> expected = new ArrayList<>();
            for (int at = 0; at + length <= text.length; ) {
                boolean found = Batches.standsAt(text, at, bytes);
                if (found) expected.add((long) at);
                at += found ? pass : 1;
            }
            List<Long> found = new ArrayList<>();
            scan.over(PagePattern.of(bytes), MemorySegment.ofArray(text), 0, text.length);
            for (long at = scan.next(); at != PagePattern.NONE; at = scan.next()) {
                found.add(at);
                scan.skipTo(at + pass);
            }
            assertEquals(expected, found);
        }
    }

    @Test
    void nativeAndHeapMemoryAreSearchedAlike() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(50_001).asSlice(1);
            PagePattern pattern = PagePattern.ofText("-----BEGIN RSA PRIVATE KEY-----");
            bytes.asSlice(44_444).copyFrom(pattern.segment());
            assertEquals(44_444, pattern.find(bytes, 0, bytes.byteSize()));
            assertEquals(PagePattern.NONE, pattern.find(bytes, 44_445, bytes.byteSize()));
        }
    }

    @Test
    void rangeOutsideOfTheSegmentIsRefused() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[10]);
        PagePattern pattern = PagePattern.ofText("x");
        assertThrows(IndexOutOfBoundsException.class, () -> scan.over(pattern, bytes, 0, 11));
        assertThrows(IndexOutOfBoundsException.class, () -> scan.over(pattern, bytes, -1, 5));
        assertEquals(PagePattern.NONE, scan.next());
    }
}
