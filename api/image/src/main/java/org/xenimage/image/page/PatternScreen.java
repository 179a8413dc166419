package org.xenimage.image.page;

import org.xenimage.image.element.PageBatch;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Looks for several patterns at once, and says of each in which pages an occurrence may begin.
 *
 * <p>The bytes are loaded once, 16 KiB at a time, into an array that stays in the cache nearest to the core. Over it go
 * two kinds of test. Patterns that are few or short are looked for one after the other, each by two of its bytes, whose
 * distance is such that no word need be shifted: a multiple of 8, or that plus 1 in a second copy. Those that are many
 * and long enough are looked for together: any of them covers a word of 4 bytes whose place is a multiple of the
 * stride, and one table says of each such word whether it stands in one of them. Measured on one core of a server, in
 * nanoseconds for each KiB: loading 25, a pattern by two bytes 25, the table 170, 80, 38 or 18 for a stride of 4, 8, 16
 * or 32. The choice between the two is made once, by these figures.
 *
 * <p>What a test finds is compared with the pattern, so that a page is marked where an occurrence does begin. Never
 * quadratic: if comparing has cost more than a page should, the page is marked unseen, for the search that follows. So
 * marks are complete, and nearly always exact.
 *
 * <p>Occurrences are those in the bytes as they are stored, one page after the other; who looks for some in an order of
 * his own looks at the seams himself. For one thread.
 */
final class PatternScreen {
    private static final int PAGE_SIZE = PageBatch.PAGE_SIZE;
    private static final int PIECE = WordBuffer.PIECE;
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = ONES << 7;

    /** Words in a block: long enough for vectors, short enough to look at twice. */
    private static final int BLOCK = 64;

    /** The greatest distance of the two bytes, in words. */
    private static final int REACH = 8;

    /** Bytes that comparing may read for each page, per pattern or for all in the table, before the page is marked. */
    private static final int WORK_MAX = 4 * PAGE_SIZE;

    /** What a comparison costs at least, in bytes compared by a warm machine. */
    private static final int WORK_AT_LEAST = 128;

    /** Bytes of a word of the table. */
    private static final int GRAM = Integer.BYTES;

    private static final int GOLDEN_RATIO = 0x9E3779B1;

    /** Strides of the table, and what it costs with them, in the unit of a pair. */
    private static final int[] STRIDES = {32, 16, 8, 4};

    private static final double[] STRIDE_COSTS = {0.7, 1.5, 3.2, 7};

    private final List<PagePattern> patterns;
    private final List<Pair> pairs = new ArrayList<>();
    private final Grams grams;
    private final WordBuffer plain = new WordBuffer();

    /** The same bytes from the second one on; empty if no pattern asks for it. */
    private final WordBuffer[] shifted;

    private MemorySegment data = MemorySegment.NULL;
    private BitSet[] begins = {};

    /** Two bytes of a pattern, at one place and at another so many words, and perhaps one byte, further on. */
    private record Pair(int pattern, int place, int words, boolean odd, long here, long there) {}

    /** The words of all patterns that are looked for together; no patterns, no table. */
    private static final class Grams {
        private final int stride;
        private final int shift;
        private final int multiplier;
        private final byte[] slots;
        private final int[] heads;
        private final int[] next;
        private final int[] words;
        private final int[] patterns;
        private final int[] places;
        private final int[] members;

        Grams(List<PagePattern> all, int[] members, int stride) {
            this.stride = stride;
            this.members = members;
            int count = members.length * stride;
            next = new int[count + 1];
            words = new int[count + 1];
            patterns = new int[count + 1];
            places = new int[count + 1];
            int entry = 0;
            for (int member : members) {
                byte[] bytes = all.get(member).shared();
                int base = WindowFilter.bestBase(bytes, stride, GRAM);
                for (int k = base; k < base + stride; k++) {
                    entry++;
                    words[entry] = word(bytes, k);
                    patterns[entry] = member;
                    places[entry] = k;
                }
            }
            int bits = 12;
            while (bits < 16 && 1 << bits < 64 * count) bits++;
            shift = Integer.SIZE - bits;
            slots = new byte[1 << bits];
            heads = new int[1 << bits];
            multiplier = multiplier(count);
            for (int e = count; e > 0; e--) {
                int slot = slot(words[e]);
                next[e] = heads[slot];
                heads[slot] = e;
                slots[slot] = 1;
            }
        }

        private static int word(byte[] bytes, int at) {
            int word = 0;
            for (int i = GRAM - 1; i >= 0; i--) word = word << 8 | (bytes[at + i] & 0xff);
            return word;
        }

        /** One that leaves the slots of words free which fill pages. */
        private int multiplier(int count) {
            int tried = GOLDEN_RATIO;
            for (int attempt = 0; attempt < 64; attempt++) {
                boolean free = true;
                for (int e = 1; e <= count && free; e++) free = leavesFree(words[e], tried);
                if (free) return tried;
                tried = (tried * GOLDEN_RATIO + 2) | 1;
            }
            return GOLDEN_RATIO;
        }

        private boolean leavesFree(int word, int tried) {
            for (long common : WindowFilter.COMMON) {
                int low = (int) common;
                if (word != low && (word * tried) >>> shift == (low * tried) >>> shift)
                    return false;
            }
            return true;
        }

        int slot(int word) {
            return (word * multiplier) >>> shift;
        }

        /** The first word from one on, by eight, of which one of eight is marked; or the end. */
        int seek(long[] in, int from, int end) {
            byte[] table = slots;
            int mask = table.length - 1;
            int m = multiplier;
            int s = shift;
            if (stride == GRAM) {
                for (int i = from; i < end; i += 4) {
                    long a = in[i];
                    long b = in[i + 1];
                    long c = in[i + 2];
                    long d = in[i + 3];
                    int any =
                            table[((int) a * m) >>> s & mask]
                                    | table[((int) (a >>> 32) * m) >>> s & mask]
                                    | table[((int) b * m) >>> s & mask]
                                    | table[((int) (b >>> 32) * m) >>> s & mask]
                                    | table[((int) c * m) >>> s & mask]
                                    | table[((int) (c >>> 32) * m) >>> s & mask]
                                    | table[((int) d * m) >>> s & mask]
                                    | table[((int) (d >>> 32) * m) >>> s & mask];
                    if (any != 0) return i;
                }
                return end;
            }
            int step = stride / Long.BYTES;
            for (int i = from; i < end; i += 8 * step) {
                int any =
                        table[((int) in[i] * m) >>> s & mask]
                                | table[((int) in[i + step] * m) >>> s & mask]
                                | table[((int) in[i + 2 * step] * m) >>> s & mask]
                                | table[((int) in[i + 3 * step] * m) >>> s & mask]
                                | table[((int) in[i + 4 * step] * m) >>> s & mask]
                                | table[((int) in[i + 5 * step] * m) >>> s & mask]
                                | table[((int) in[i + 6 * step] * m) >>> s & mask]
                                | table[((int) in[i + 7 * step] * m) >>> s & mask];
                if (any != 0) return i;
            }
            return end;
        }

        /** How many words {@link #seek} looks at in one step. */
        int block() {
            return stride == GRAM ? 4 : stride;
        }
    }

    /**
     * Chooses how to look for some patterns.
     *
     * @param patterns each of them once
     */
    PatternScreen(List<PagePattern> patterns) {
        this.patterns = List.copyOf(patterns);
        int stride = stride();
        int[] together = stride == 0 ? new int[0] : members(stride);
        grams = new Grams(this.patterns, together, stride);
        for (int i = 0; i < this.patterns.size(); i++)
            if (Arrays.binarySearch(together, i) < 0) pairs.add(pair(i));
        shifted =
                pairs.stream().anyMatch(Pair::odd)
                        ? new WordBuffer[] {new WordBuffer()}
                        : new WordBuffer[0];
    }

    /** The stride of the table with which all costs least, or 0 if that is to have none. */
    private int stride() {
        int best = 0;
        double least = patterns.size();
        for (int i = 0; i < STRIDES.length; i++) {
            double cost = STRIDE_COSTS[i] + patterns.size() - members(STRIDES[i]).length;
            if (cost < least) {
                least = cost;
                best = STRIDES[i];
            }
        }
        return best;
    }

    /** The patterns that a table of a stride can find, in ascending order. */
    private int[] members(int stride) {
        int[] found = new int[patterns.size()];
        int count = 0;
        for (int i = 0; i < found.length; i++) {
            byte[] bytes = patterns.get(i).shared();
            if (bytes.length < stride + GRAM - 1) continue;
            if (WindowFilter.bestBase(bytes, stride, GRAM) >= 0) found[count++] = i;
        }
        return Arrays.copyOf(found, count);
    }

    /** The rarest two bytes that stand at a good distance; in a second copy only if there is no other way. */
    private Pair pair(int index) {
        byte[] bytes = patterns.get(index).shared();
        if (bytes.length == 1) return pair(index, 0, 0);
        int best = -1;
        int place = 0;
        int distance = 1;
        int first = bytes.length > Long.BYTES ? 0 : 1; // the remainder by 8
        for (int by = first == 0 ? 8 : 1; by <= REACH * Long.BYTES; by += 8) {
            for (int k = 0; k + by < bytes.length; k++) {
                int worth = ByteFilter.rarity(bytes[k]);
                if (bytes[k + by] != bytes[k]) worth += ByteFilter.rarity(bytes[k + by]);
                if (worth <= best) continue;
                best = worth;
                place = k;
                distance = by;
            }
        }
        return pair(index, place, distance);
    }

    private Pair pair(int index, int place, int distance) {
        byte[] bytes = patterns.get(index).shared();
        return new Pair(
                index,
                place,
                distance / Long.BYTES,
                distance % Long.BYTES == 1,
                (bytes[place] & 0xff) * ONES,
                (bytes[place + distance] & 0xff) * ONES);
    }

    /**
     * Marks the pages in which occurrences begin that touch some pages.
     *
     * @param contents of all pages, one after the other
     * @param from the first page that is looked at
     * @param to the end of these, exclusive
     * @param marks for each pattern, those found so far
     */
    void mark(MemorySegment contents, int from, int to, BitSet[] marks) {
        data = contents;
        begins = marks;
        long end = (long) to * PAGE_SIZE;
        for (long at = (long) from * PAGE_SIZE; at < end; at += PIECE) {
            int length = (int) Math.min(PIECE, end - at);
            int reach = length + (REACH + 1) * Long.BYTES;
            plain.load(data, at, data.byteSize(), reach, 0);
            for (WordBuffer one : shifted) one.load(data, at + 1, data.byteSize(), reach, 0);
            for (Pair pair : pairs) markPair(pair, at, length / Long.BYTES);
            if (grams.members.length > 0) markGrams(at, length / Long.BYTES);
        }
    }

    private void markPair(Pair pair, long at, int words) {
        long[] first = plain.words();
        long[] second = pair.odd() ? shifted[0].words() : first;
        int pattern = pair.pattern();
        int length = patterns.get(pattern).length();
        BitSet marked = begins[pattern];
        int page = -1;
        int work = 0;
        int word = 0;
        while (true) {
            word = seek(first, second, pair.words(), pair.here(), pair.there(), word, words);
            if (word == words) return;
            long x = (first[word] ^ pair.here()) | (second[word + pair.words()] ^ pair.there());
            // Exact, unlike the test in the loops, whose borrow may mark a byte above a true one.
            long candidates = ~(((x & ~HIGHS) + ~HIGHS) | x | ~HIGHS);
            long here = at + (long) word * Long.BYTES - pair.place();
            word++;
            for (; candidates != 0; candidates &= candidates - 1) {
                long start = here + (Long.numberOfTrailingZeros(candidates) >>> 3);
                if (start < 0 || start + length > data.byteSize()) continue;
                if (start / PAGE_SIZE != page) {
                    page = (int) (start / PAGE_SIZE);
                    work = 0;
                }
                if (!marked.get(page)) work += compare(pattern, start);
                if (work > WORK_MAX) marked.set(page);
                if (!marked.get(page)) continue;
                // Nothing more is to be known of this page.
                long next = ((page + 1L) * PAGE_SIZE + pair.place() - at) / Long.BYTES;
                if (next < word) continue; // it begins in the word that is looked at
                word = (int) Math.min(words, next);
                break;
            }
        }
    }

    /** The first word at which both bytes stand, or the end. */
    private static int seek(
            long[] first, long[] second, int ahead, long here, long there, int from, int end) {
        int i = from;
        while (end - i >= BLOCK) {
            long any = 0;
            for (int k = i; k < i + BLOCK; k++) {
                long x = (first[k] ^ here) | (second[k + ahead] ^ there);
                any |= (x - ONES) & ~x;
            }
            if ((any & HIGHS) != 0) break;
            i += BLOCK;
        }
        for (; i < end; i++) {
            long x = (first[i] ^ here) | (second[i + ahead] ^ there);
            if (((x - ONES) & ~x & HIGHS) != 0) return i;
        }
        return end;
    }

    /** Marks the page in which an occurrence begins, if it is one; {@return what it cost to know} */
    private int compare(int pattern, long start) {
        PagePattern sought = patterns.get(pattern);
        long same =
                MemorySegment.mismatch(
                        data, start, start + sought.length(), sought.segment(), 0, sought.length());
        if (same < 0) begins[pattern].set((int) (start / PAGE_SIZE));
        return WORK_AT_LEAST + (int) Math.max(0, same);
    }

    private void markGrams(long at, int words) {
        long[] in = plain.words();
        int block = grams.block();
        int step = Math.max(1, grams.stride / Long.BYTES);
        int work = 0;
        int page = -1;
        for (int i = grams.seek(in, 0, words); i < words; i = grams.seek(in, i, words)) {
            int here = (int) ((at + (long) i * Long.BYTES) / PAGE_SIZE);
            if (here != page) work = 0;
            page = here;
            for (int k = i; k < i + block; k += step) {
                long place = at + (long) k * Long.BYTES;
                work += gram((int) in[k], place);
                if (grams.stride == GRAM) work += gram((int) (in[k] >>> 32), place + GRAM);
            }
            i += block;
            if (work <= WORK_MAX) continue;
            for (int member : grams.members) begins[member].set(Math.max(0, page - 1), page + 1);
            i = (int) Math.min(words, ((page + 1L) * PAGE_SIZE - at) / Long.BYTES);
        }
    }

    /** A word of the contents; {@return what it cost to know whose it is} */
    private int gram(int word, long place) {
        int work = 0;
        for (int e = grams.heads[grams.slot(word)]; e != 0; e = grams.next[e]) {
            work++;
            if (grams.words[e] != word) continue;
            int pattern = grams.patterns[e];
            long start = place - grams.places[e];
            if (start < 0 || start + patterns.get(pattern).length() > data.byteSize()) continue;
            if (!begins[pattern].get((int) (start / PAGE_SIZE))) work += compare(pattern, start);
        }
        return work;
    }
}
