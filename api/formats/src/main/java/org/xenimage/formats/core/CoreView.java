package org.xenimage.formats.core;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.elf.Segment;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a debugger of Linux wants of a guest: VMCOREINFO, a register note for each vCPU, and segments by virtual address.
 *
 * @param vcpus the contexts
 * @param vmcoreinfo the guest's own note, if it has one
 * @param others segments that are neither kernel image nor direct map, ascending
 * @param image segments of the kernel image, ascending
 * @param direct segments of the direct map, ascending
 */
public record CoreView(
        VcpuContexts vcpus,
        Optional<Vmcoreinfo> vmcoreinfo,
        List<Segment> others,
        List<Segment> image,
        List<Segment> direct) {
    /** The lowest address at which 32-bit Linux puts its direct map: that of a user half of 1 GiB. */
    static final long LOWEST_32 = 0x40000000L;

    /** Where pages that a 32-bit kernel does not map all the time are shown: beyond all its addresses. */
    private static final long BEYOND_32 = 0x100000000L;

    /** What the difference of a direct map is a multiple of, best first. */
    private static final List<Integer> ALIGNMENTS_64 = List.of(30, 21);

    private static final List<Integer> ALIGNMENTS_32 = List.of(27, 22);

    private static final long IMAGE = 0xffffffff80000000L;
    private static final long VSYSCALL = 0xffffffffff600000L;

    /** Mappings beyond the direct map that are kept in memory: what 64 MiB of page-sized pieces need. */
    private static final int OTHERS_MAX = 1 << 20;

    private static final int READABLE = 4;
    private static final Segment NOTHING = load(0, 0, 0, 0);

    /** A run of bytes that are contiguous in virtual memory, in physical memory and in the file. */
    private record Mapping(long virtual, long physical, long bytes) {}

    /**
     * Looks at a guest.
     *
     * @param facts what its stream told
     * @param pages all there are
     * @param offset of the first page in the file
     * @return the view
     * @throws IOException if the pages cannot be read
     */
    public static CoreView of(GuestFacts facts, PageStore pages, long offset) throws IOException {
        VcpuContexts vcpus = VcpuContexts.of(facts);
        List<Mapping> mappings = new ArrayList<>();
        Optional<Paging.Root> root = vcpus.root();
        if (root.isPresent()) {
            new PageTables(
                            pages,
                            facts.pv(),
                            root.get().paging(),
                            (virtual, physical, bytes) -> {
                                Mapping last =
                                        mappings.isEmpty()
                                                ? new Mapping(0, 0, 0)
                                                : mappings.getLast();
                                if (last.bytes() > 0
                                        && last.virtual() + last.bytes() == virtual
                                        && last.physical() + last.bytes() == physical) {
                                    mappings.set(
                                            mappings.size() - 1,
                                            new Mapping(
                                                    last.virtual(),
                                                    last.physical(),
                                                    last.bytes() + bytes));
                                } else if (mappings.size() < OTHERS_MAX) {
                                    mappings.add(new Mapping(virtual, physical, bytes));
                                }
                            })
                    .walk(root.get().top());
        }
        boolean narrow = root.isPresent() && root.get().paging().narrow();
        long pageOffset = pageOffset(mappings, narrow ? ALIGNMENTS_32 : ALIGNMENTS_64, narrow);
        List<Segment> others = new ArrayList<>();
        List<Segment> image = new ArrayList<>();
        var seen = new BitSet();
        for (Mapping mapping : mappings) {
            if (Long.compareUnsigned(mapping.virtual(), IMAGE) >= 0) {
                segments(mapping, pages.runs(), offset, image, Optional.empty());
            } else if (pageOffset == 0 || mapping.virtual() - mapping.physical() != pageOffset) {
                segments(mapping, pages.runs(), offset, others, Optional.of(seen));
            }
        }
        long low =
                narrow && pageOffset != 0 ? lowMemory(mappings, pageOffset) : Long.MAX_VALUE >>> 12;
        List<Segment> direct = new ArrayList<>();
        PageRuns runs = pages.runs();
        for (int run = 0; run < runs.runs(); run++) {
            long first = runs.first(run);
            long end = first + runs.count(run);
            long place = offset - first * 4096 + runs.number(run) * 4096;
            long cut = Math.clamp(low, first, end);
            direct(direct, pageOffset, first, cut, place);
            direct(direct, BEYOND_32, cut, end, place);
        }
        Optional<Vmcoreinfo> vmcoreinfo = Vmcoreinfo.find(pages);
        if (vmcoreinfo.isEmpty()) vmcoreinfo = withinImage(pages, image, offset);
        return new CoreView(
                vcpus,
                vmcoreinfo,
                pageOffset == 0 ? List.of() : others,
                pageOffset == 0 ? List.of() : image,
                direct);
    }

    private static void direct(
            List<Segment> into, long difference, long first, long end, long place) {
        if (first == end) return;
        long physical = first << 12;
        into.add(load(difference + physical, physical, place + physical, (end - first) << 12));
    }

    /** The first frame that is not in the direct map of a 32-bit kernel, which has room for a part of the memory only. */
    private static long lowMemory(List<Mapping> mappings, long pageOffset) {
        long end = 0;
        for (Mapping mapping : mappings) {
            if (mapping.virtual() - mapping.physical() == pageOffset)
                end = Math.max(end, mapping.physical() + mapping.bytes());
        }
        return end >>> 12;
    }

    private static Optional<Vmcoreinfo> withinImage(
            PageStore pages, List<Segment> image, long offset) throws IOException {
        for (Segment segment : image) {
            var found =
                    Vmcoreinfo.find(
                            pages, (segment.offset() - offset) / 4096, segment.length() / 4096);
            if (found.isPresent()) return found;
        }
        return Optional.empty();
    }

    /** The difference that most bytes have; of the largest alignment that any difference has. */
    private static long pageOffset(
            List<Mapping> mappings, List<Integer> alignments, boolean narrow) {
        var differences = new HashMap<Long, Long>();
        for (Mapping mapping : mappings) {
            if (Long.compareUnsigned(mapping.virtual(), IMAGE) >= 0) continue;
            long difference = mapping.virtual() - mapping.physical();
            if (narrow && difference < LOWEST_32) continue;
            differences.merge(difference, mapping.bytes(), Long::sum);
        }
        for (int shift : alignments) {
            long best = 0;
            long bytes = 0;
            for (Map.Entry<Long, Long> one : differences.entrySet()) {
                if ((one.getKey() & ((1L << shift) - 1)) != 0) continue;
                boolean more = one.getValue() > bytes;
                boolean lower =
                        one.getValue() == bytes && Long.compareUnsigned(one.getKey(), best) < 0;
                if (more || lower) {
                    best = one.getKey();
                    bytes = one.getValue();
                }
            }
            if (bytes > 0) return best;
        }
        return 0;
    }

    /** Cuts a mapping into the parts that have pages; a PFN that was seen before is left out, if somebody keeps count. */
    private static void segments(
            Mapping mapping,
            PageRuns runs,
            long offset,
            List<Segment> into,
            Optional<BitSet> seen) {
        long first = mapping.physical() >>> 12;
        long end = first + (mapping.bytes() >>> 12);
        int run = Math.max(0, runs.runAt(first));
        for (; run < runs.runs() && runs.first(run) < end; run++) {
            long from = Math.max(first, runs.first(run));
            long to = Math.min(end, runs.first(run) + runs.count(run));
            if (from >= to) continue;
            if (seen.isEmpty()) {
                add(into, mapping, runs, run, offset, from, to);
                continue;
            }
            BitSet pfns = seen.get();
            long number = runs.number(run) - runs.first(run);
            while (from < to) {
                while (from < to && pfns.get(Math.toIntExact(number + from))) from++;
                long stop = from;
                while (stop < to && !pfns.get(Math.toIntExact(number + stop)))
                    pfns.set(Math.toIntExact(number + stop++));
                if (stop > from) add(into, mapping, runs, run, offset, from, stop);
                from = stop;
            }
        }
    }

    private static void add(
            List<Segment> into,
            Mapping mapping,
            PageRuns runs,
            int run,
            long offset,
            long from,
            long to) {
        if (mapping.virtual() == VSYSCALL) return;
        long virtual = mapping.virtual() + ((from << 12) - mapping.physical());
        long place = offset + (runs.number(run) + from - runs.first(run)) * 4096;
        Segment last = into.isEmpty() ? NOTHING : into.getLast();
        if (last.length() > 0
                && last.virtual() + last.length() == virtual
                && last.physical() + last.length() == from << 12
                && last.offset() + last.length() == place) {
            into.set(
                    into.size() - 1,
                    load(
                            last.virtual(),
                            last.physical(),
                            last.offset(),
                            last.length() + ((to - from) << 12)));
        } else {
            into.add(load(virtual, from << 12, place, (to - from) << 12));
        }
    }

    private static Segment load(long virtual, long physical, long offset, long length) {
        return new Segment(Elf.PT_LOAD, READABLE, offset, virtual, physical, length, 4096);
    }

    /** {@return the notes of the first program header: registers of each vCPU, and VMCOREINFO} */
    public byte[] notes() {
        List<Note> notes = new ArrayList<>();
        for (int vcpu = 0; vcpu < vcpus.count(); vcpu++)
            notes.add(Note.of("CORE", 1, vcpus.prstatus(vcpu)));
        vmcoreinfo.ifPresent(found -> notes.add(found.note()));
        return Note.encode(notes);
    }
}
