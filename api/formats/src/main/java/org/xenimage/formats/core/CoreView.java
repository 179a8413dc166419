package org.xenimage.formats.core;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.elf.Segment;
import org.xenimage.image.paging.Paging;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a debugger of Linux wants of a guest: VMCOREINFO, a register note for each vCPU, and
 * segments by virtual address.
 *
 * <p>The page tables to walk are those of a vCPU; or, where the vCPUs are gone or run on tables of
 * a process that lack the kernel, those that VMCOREINFO names ({@code swapper_pg_dir},
 * {@code phys_base}); or a page that its type says is a top table. Of several the ones that map
 * most of the memory are taken. If there are none, the view is {@link #blind}: the pages are at
 * addresses that no guest has, so that a debugger answers with an error and not with other memory.
 *
 * @param vcpus the contexts
 * @param vmcoreinfo the guest's own note, if it has one
 * @param others segments that are neither kernel image nor direct map, ascending; without a physical address, as in
 *     {@code /proc/kcore}: every page has one in the direct map
 * @param image segments of the kernel image, ascending
 * @param direct segments of the direct map, ascending
 * @param blind why there is no virtual memory; empty if there is
 * @param dropped mappings beyond the direct map for which there was no memory
 */
public record CoreView(
        VcpuContexts vcpus,
        Optional<Vmcoreinfo> vmcoreinfo,
        List<Segment> others,
        List<Segment> image,
        List<Segment> direct,
        Optional<String> blind,
        long dropped) {
    /** {@code p_paddr} of a segment whose pages have their physical address in another one. */
    static final long NO_PHYSICAL = -1;

    /** Where pages that a 32-bit kernel does not map all the time are shown: beyond all its addresses. */
    private static final long BEYOND_32 = 0x100000000L;

    /** The location of all pages if their addresses are unknown: no x86 has addresses there. */
    static final long NOWHERE = 1L << 60;

    /** What the difference of a direct map is a multiple of, best first. */
    private static final List<Integer> ALIGNMENTS_64 = List.of(30, 21);

    private static final List<Integer> ALIGNMENTS_32 = List.of(27, 22);

    private static final long IMAGE = 0xffffffff80000000L;
    private static final long VSYSCALL = 0xffffffffff600000L;

    /** Mappings beyond the direct map that are kept in memory: what 64 MiB of page-sized pieces need. */
    private static final int OTHERS_MAX = 1 << 20;

    /** Tables that are walked to find the best ones, of each kind. */
    private static final int WALKS_MAX = 4;

    private static final int READABLE = 4;
    private static final int NT_FILE = 0x46494c45;
    private static final Segment NOTHING = load(0, 0, 0, 0);

    /** A run of bytes that are contiguous in virtual memory, in physical memory and in the file. */
    private record Mapping(long virtual, long physical, long bytes) {}

    /** What a walk found. */
    private record Tables(
            List<Mapping> mappings, boolean narrow, long pageOffset, long covered, long dropped) {
        static final Tables NONE = new Tables(List.of(), false, 0, 0, 0);
    }

    /**
     * Examines a guest.
     *
     * @param facts from its stream
     * @param frames the machine frames that its page tables hold, if it is of a PV guest's dump-core
     * @param pages all there are
     * @param offset of the first page in the file
     * @return the view
     * @throws IOException if the pages cannot be read
     */
    public static CoreView of(GuestFacts facts, CoreFrames frames, PageStore pages, long offset)
            throws IOException {
        VcpuContexts vcpus = VcpuContexts.of(facts);
        Optional<Vmcoreinfo> vmcoreinfo = Vmcoreinfo.find(pages);
        long enough = pages.runs().pages() * PageStore.PAGE / 2;
        Tables best = Tables.NONE;
        List<Paging.Root> candidates = candidates(facts, frames, pages, vcpus, vmcoreinfo);
        for (Paging.Root root : candidates) {
            Tables found = walk(facts, frames, pages, root);
            if (found.covered() > best.covered()) best = found;
            if (best.covered() > 0 && best.covered() >= enough) break;
        }
        boolean narrow = best.narrow();
        long pageOffset = best.pageOffset();
        List<Segment> others = new ArrayList<>();
        List<Segment> image = new ArrayList<>();
        var seen = new BitSet();
        for (Mapping mapping : best.mappings()) {
            if (Long.compareUnsigned(mapping.virtual(), IMAGE) >= 0) {
                segments(mapping, pages.runs(), offset, image, Optional.empty());
            } else if (pageOffset == 0 || mapping.virtual() - mapping.physical() != pageOffset) {
                segments(mapping, pages.runs(), offset, others, Optional.of(seen));
            }
        }
        others.replaceAll(CoreView::withoutPhysical);
        if (vmcoreinfo.flatMap(note -> note.value("NUMBER(phys_base)")).isPresent())
            image.replaceAll(CoreView::withoutPhysical);
        boolean unpaged = vcpus.count() > 0 && candidates.isEmpty() && !facts.core();
        boolean seeing = best.covered() > 0;
        long difference = pageOffset != 0 || unpaged ? pageOffset : NOWHERE;
        long low =
                narrow && pageOffset != 0
                        ? lowMemory(best.mappings(), pageOffset)
                        : Long.MAX_VALUE >>> 12;
        List<Segment> direct = new ArrayList<>();
        PageRuns runs = pages.runs();
        for (int run = 0; run < runs.runs(); run++) {
            long first = runs.first(run);
            long end = first + runs.count(run);
            long place = offset - first * 4096 + runs.number(run) * 4096;
            long cut = Math.clamp(low, first, end);
            direct(direct, difference, first, cut, place);
            direct(direct, BEYOND_32, cut, end, place);
        }
        if (vmcoreinfo.isEmpty()) vmcoreinfo = withinImage(pages, image, offset);
        return new CoreView(
                vcpus,
                vmcoreinfo,
                others,
                image,
                direct,
                seeing || unpaged ? Optional.empty() : Optional.of(why(candidates, pages)),
                best.dropped());
    }

    private static String why(List<Paging.Root> candidates, PageStore pages) {
        if (pages.runs().pages() == 0) return "the image has no pages";
        return candidates.isEmpty()
                ? "the image has no vCPU, no VMCOREINFO and no page types that show where the page tables are"
                : "the page tables of the vCPUs map no memory that the image has";
    }

    /** Top tables to try, the likeliest first. */
    private static List<Paging.Root> candidates(
            GuestFacts facts,
            CoreFrames frames,
            PageStore pages,
            VcpuContexts vcpus,
            Optional<Vmcoreinfo> vmcoreinfo)
            throws IOException {
        Set<Paging.Root> all = new LinkedHashSet<>();
        vcpus.roots().stream().distinct().limit(WALKS_MAX).forEach(all::add);
        if (vmcoreinfo.isPresent()) {
            for (Paging.Root root : vmcoreinfo.get().roots()) {
                long mfn = frames.mfn(root.top() >>> 12);
                if (mfn >= 0)
                    all.add(new Paging.Root(root.paging(), (mfn << 12) | (root.top() & 0xfff)));
            }
        }
        if (!frames.any()) {
            Paging paging = facts.guestWidth() == 4 ? Paging.PAE : Paging.LEVELS_4;
            fullest(facts.topTables(), pages)
                    .forEach(pfn -> all.add(new Paging.Root(paging, pfn << 12)));
        }
        return List.copyOf(all);
    }

    /** The tables with most entries in their upper half, which is the kernel's. */
    private static List<Long> fullest(List<Long> pfns, PageStore pages) throws IOException {
        MemorySegment table = Arena.ofAuto().allocate(PageStore.PAGE, 8);
        List<long[]> counted = new ArrayList<>();
        for (long pfn : pfns) {
            long number = pages.runs().find(pfn);
            if (number == PageRuns.NONE) continue;
            pages.read(number, table);
            long entries = 0;
            for (long at = PageStore.PAGE / 2; at < PageStore.PAGE; at += 8)
                entries += table.get(Elf.U64, at) & 1;
            counted.add(new long[] {pfn, entries});
        }
        // a stable sort: of equal ones those that came first, the pinned ones
        counted.sort(Comparator.comparingLong(one -> -one[1]));
        return counted.stream().limit(WALKS_MAX).map(one -> one[0]).toList();
    }

    private static Tables walk(
            GuestFacts facts, CoreFrames frames, PageStore pages, Paging.Root root)
            throws IOException {
        var mappings = new Mappings();
        new PageTables(pages, frames, facts.pv(), root.paging(), mappings::add).walk(root.top());
        List<Mapping> all = mappings.all;
        boolean narrow = root.paging().narrow();
        long pageOffset = pageOffset(all, narrow ? ALIGNMENTS_32 : ALIGNMENTS_64, narrow);
        long covered = 0;
        for (Mapping mapping : all) {
            boolean image = !narrow && Long.compareUnsigned(mapping.virtual(), IMAGE) >= 0;
            boolean direct =
                    pageOffset != 0 && mapping.virtual() - mapping.physical() == pageOffset;
            if (image || direct) covered += there(mapping, pages.runs());
        }
        return new Tables(all, narrow, pageOffset, covered, mappings.dropped);
    }

    /** The bytes of a mapping for which there are pages. */
    private static long there(Mapping mapping, PageRuns runs) {
        long first = mapping.physical() >>> 12;
        long end = first + (mapping.bytes() >>> 12);
        long pages = 0;
        for (int run = Math.max(0, runs.runAt(first));
                run < runs.runs() && runs.first(run) < end;
                run++) {
            long from = Math.max(first, runs.first(run));
            long to = Math.min(end, runs.first(run) + runs.count(run));
            pages += Math.max(0, to - from);
        }
        return pages << 12;
    }

    /** Collects what a walk meets, and joins what follows one another. */
    private static final class Mappings {
        private final List<Mapping> all = new ArrayList<>();
        private long dropped;

        void add(long virtual, long physical, long bytes) {
            Mapping last = all.isEmpty() ? new Mapping(0, 0, 0) : all.getLast();
            if (last.bytes() > 0
                    && last.virtual() + last.bytes() == virtual
                    && last.physical() + last.bytes() == physical) {
                all.set(
                        all.size() - 1,
                        new Mapping(last.virtual(), last.physical(), last.bytes() + bytes));
            } else if (all.size() < OTHERS_MAX) {
                all.add(new Mapping(virtual, physical, bytes));
            } else {
                dropped++;
            }
        }
    }

    private static Segment withoutPhysical(Segment load) {
        return new Segment(
                load.type(),
                load.flags(),
                load.offset(),
                load.virtual(),
                NO_PHYSICAL,
                load.length(),
                load.alignment());
    }

    private static void direct(
            List<Segment> into, long difference, long first, long end, long place) {
        if (first == end) return;
        long physical = first << 12;
        into.add(load(difference + physical, physical, place + physical, (end - first) << 12));
    }

    /**
     * The first frame that is not in the direct map of a 32-bit kernel, which has room for a part of the memory only.
     */
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
            if (narrow && difference < Paging.LOWEST_32) continue;
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

    /**
     * Cuts a mapping into the parts that have pages; a PFN that was seen before is omitted, if
     * someone keeps count.
     */
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

    /**
     * What whoever opens the file in a debugger should know.
     *
     * @return a line each; none if all is there
     */
    public List<String> remarks() {
        List<String> all = new ArrayList<>();
        blind.ifPresent(why ->
                all.add(
                        "debuggers find no virtual memory in it: %s; they can read physical addresses"
                                .formatted(why)));
        if (dropped > 0)
            all.add(
                    "debuggers do not find %d mappings beyond the direct map: there are more than %d"
                            .formatted(dropped, OTHERS_MAX));
        return all;
    }

    /**
     * The notes of the first program header: registers of each vCPU, and VMCOREINFO.
     *
     * @param partial whether pages were lost
     * @return their bytes
     */
    public byte[] notes(boolean partial) {
        List<Note> notes = new ArrayList<>();
        for (int vcpu = 0; vcpu < vcpus.count(); vcpu++)
            notes.add(Note.of("CORE", 1, vcpus.prstatus(vcpu)));
        if (partial || blind.isPresent()) notes.add(mappedFiles());
        vmcoreinfo.ifPresent(found -> notes.add(found.note()));
        return Note.encode(notes);
    }

    /**
     * An NT_FILE with one file that maps a page where there are no addresses. gdb takes addresses
     * that no segment has from vmlinux, that is, it shows the values of the build for those of the
     * guest, unless a core tells its mapped files; then it says that it cannot access the memory.
     * The file's name is what gdb warns with when it opens the core.
     */
    private Note mappedFiles() {
        String name =
                blind.map(why -> "no virtual memory: " + why)
                        .orElse("pages were lost; gdb does not take their contents from vmlinux");
        byte[] text = (name + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[16 + 24 + text.length];
        MemorySegment to = MemorySegment.ofArray(body);
        to.set(Elf.U64, 0, 1);
        to.set(Elf.U64, 8, PageStore.PAGE);
        to.set(Elf.U64, 16, NOWHERE - PageStore.PAGE);
        to.set(Elf.U64, 24, NOWHERE);
        System.arraycopy(text, 0, body, 40, text.length);
        return Note.of("CORE", NT_FILE, body);
    }
}
