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
            byte[] octets = new byte[length];
            random.nextBytes(octets);
            PagePattern pattern = PagePattern.of(octets);
            random.nextBytes(text);
            for (int at = 0; at < 72; at++) {
                byte[] planted = text.clone();
                int near = 16_384 - 40 + at;
                int[] places = {at, near + length, planted.length - length - at};
                for (int place : places) System.arraycopy(octets, 0, planted, place, length);
                List<Long> expected = Batches.occurrences(planted, 0, planted.length, octets);
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
            byte[] octets = Batches.octets(random, length, 20);
            byte[] text = new byte[600];
            for (int at = 0; at + length <= text.length; at += length)
                System.arraycopy(octets, 0, text, at, length);
            MemorySegment segment = MemorySegment.ofArray(text);
            PagePattern pattern = PagePattern.of(octets);
            for (int from = 0; from < 100; from++) {
                for (int to = text.length - 100; to <= text.length; to += 23) {
                    assertEquals(
                            Batches.occurrences(text, from, to, octets),
                            Batches.scanned(scan, pattern, segment, from, to),
                            length + " octets, " + from + " to " + to);
                }
            }
        }
    }

    @Test
    void overlappingOccurrencesAreAllFoundInDataOfFewValues() {
        Random random = new Random(3);
        for (int round = 0; round < 3_000; round++) {
            int values = 1 + random.nextInt(3);
            byte[] text = Batches.octets(random, 1 + random.nextInt(3_000), values);
            int length = 1 + random.nextInt(Math.min(text.length, round % 10 == 0 ? 500 : 40));
            int at = random.nextInt(text.length - length + 1);
            byte[] octets = Arrays.copyOfRange(text, at, at + length);
            if (random.nextInt(3) == 0) octets[random.nextInt(length)] = 'z';
            assertEquals(
                    Batches.occurrences(text, 0, text.length, octets),
                    Batches.scanned(
                            scan,
                            PagePattern.of(octets),
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
                byte[] octets = Arrays.copyOf(text, length);
                assertEquals(
                        Batches.occurrences(text, 0, text.length, octets),
                        Batches.scanned(
                                scan,
                                PagePattern.of(octets),
                                MemorySegment.ofArray(text),
                                0,
                                text.length),
                        "period " + period + ", " + length + " octets");
            }
        }
    }

    @Test
    void workStaysWithinALinearBoundOnTheWorstData() {
        byte[] text = new byte[1 << 17];
        for (int length : new int[] {2, 3, 8, 16, 64, 512, PagePattern.LENGTH_MAX}) {
            for (int period : new int[] {1, 2, 7, 8, 1000}) {
                byte[] octets = new byte[length];
                for (int i = 0; i < length; i++) octets[i] = (byte) (i % period);
                octets[length - 1] ^= 1;
                // The pattern again and again, wherever a filter may look, and each time without
                // one octet.
                for (int i = 0; i < text.length; i++) text[i] = (byte) (i % period);
                MemorySegment segment = MemorySegment.ofArray(text);
                for (int broken = length; broken <= 16 * length; broken *= 4) {
                    for (int i = length / 2; i < text.length; i += broken) text[i] = 77;
                    for (byte[] sought : List.of(octets, Arrays.copyOf(text, length))) {
                        Batches.scanned(scan, PagePattern.of(sought), segment, 0, text.length);
                        long bound = (PatternScan.WORK_PER_POSITION + 1L) * text.length;
                        assertTrue(scan.work() <= bound, length + " octets, period " + period);
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
            byte[] octets = Batches.octets(random, length, 1 + random.nextInt(2));
            byte[] text = Batches.octets(random, 20_000, 2);
            for (int i = 0; i < 50; i++) {
                System.arraycopy(octets, 0, text, random.nextInt(text.length - length), length);
            }
            int pass = 1 + random.nextInt(round % 2 == 0 ? 100 : 20_000);
            List<Long> expected = new ArrayList<>();
            for (int at = 0; at + length <= text.length; ) {
                boolean found = Batches.standsAt(text, at, octets);
                if (found) expected.add((long) at);
                at += found ? pass : 1;
            }
            List<Long> found = new ArrayList<>();
            scan.over(PagePattern.of(octets), MemorySegment.ofArray(text), 0, text.length);
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
            MemorySegment octets = arena.allocate(50_001).asSlice(1);
            PagePattern pattern = PagePattern.ofText("-----BEGIN RSA PRIVATE KEY-----");
            octets.asSlice(44_444).copyFrom(pattern.segment());
            assertEquals(44_444, pattern.find(octets, 0, octets.byteSize()));
            assertEquals(PagePattern.NONE, pattern.find(octets, 44_445, octets.byteSize()));
        }
    }

    @Test
    void rangeOutsideOfTheSegmentIsRefused() {
        MemorySegment octets = MemorySegment.ofArray(new byte[10]);
        PagePattern pattern = PagePattern.ofText("x");
        assertThrows(IndexOutOfBoundsException.class, () -> scan.over(pattern, octets, 0, 11));
        assertThrows(IndexOutOfBoundsException.class, () -> scan.over(pattern, octets, -1, 5));
        assertEquals(PagePattern.NONE, scan.next());
    }
}
