package org.xenimage.cli.extract;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.UnfinishedRound;
import org.xenimage.image.Images;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.page.HexDump;
import org.xenimage.image.page.RoundTracker;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.PagesByPfn;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code xenimage extract pages}. */
@Needs(work = Needs.Work.BRIEF)
@Command(
        name = "pages",
        header = "extract page contents",
        description =
                "Extracts page contents, in the order requested. If a page was sent several "
                        + "times, its last content counts. On a terminal they are printed as hex.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage extract pages web1.save --pfn 0x1a5",
            "  xenimage extract pages web1.save --pfn 0x100-0x1ff,0x300 -o some.bin"
        })
final class ExtractPages extends Subcommand {
    /** The maximum in memory: 16,384 pages are 64 MiB. */
    private static final long PAGES_MAX = 16_384;

    @Parameters(paramLabel = "IMAGE", description = "an image, - for standard input")
    private String image = "-";

    @Option(
            names = "--pfn",
            required = true,
            paramLabel = "PFNS",
            description = "frame numbers and ranges: 0x1a5,512-767")
    private String pfns = "";

    @Option(names = "--hex", description = "print as hex even if the output is not a terminal")
    private boolean hex;

    @Mixin private PartOutput output = new PartOutput();

    @Mixin private KeyOptions keys = new KeyOptions();

    @Override
    public Integer call() throws IOException, CommandFailed {
        PfnRanges wanted = wanted();
        Map<Long, byte[]> pages = read(wanted);
        List<Long> missing = new ArrayList<>();
        for (PfnRanges.Range range : wanted.ranges()) {
            for (long pfn = range.first(); pfn <= range.last(); pfn++)
                if (!pages.containsKey(pfn)) missing.add(pfn);
        }
        if (!missing.isEmpty()) {
            throw new CommandFailed(
                    "%s: has no contents of pfn 0x%x%s"
                            .formatted(
                                    image,
                                    missing.getFirst(),
                                    missing.size() > 1
                                            ? " and " + (missing.size() - 1) + " more"
                                            : ""));
        }
        if (hex || (output.standard() && ProgressLine.isTerminal(1))) print(wanted, pages);
        else write(wanted, pages);
        return 0;
    }

    private PfnRanges wanted() {
        PfnRanges wanted;
        try {
            wanted = PfnRanges.parse(pfns);
        } catch (IllegalArgumentException e) {
            throw misused("--pfn: " + e.getMessage(), e);
        }
        if (wanted.count() > PAGES_MAX || wanted.count() < 0) {
            throw misused("--pfn: at most " + PAGES_MAX + " pages at once");
        }
        return wanted;
    }

    private Map<Long, byte[]> read(PfnRanges wanted) throws IOException {
        Map<Long, byte[]> pages = new HashMap<>();
        var progress = progress();
        try (ImageReader reader = Images.load().open(Inputs.open(image, files()), keys.reading())) {
            Optional<PagesByPfn> indexed = reader.pagesByPfn();
            if (indexed.isPresent()) return lookedUp(wanted, indexed.get());
            var rounds = new RoundTracker();
            Map<Long, Optional<byte[]>> before = new HashMap<>();
            while (reader.advance(
                    element -> {
                        if (element instanceof PageBatch batch)
                            collect(batch, wanted, pages, before);
                        if (rounds.completes(element)) before.clear();
                    })) progress.at(reader.progress());
            if (rounds.unfinished()) {
                before.forEach((pfn, page) -> {
                    pages.remove(pfn);
                    page.ifPresent(bytes -> pages.put(pfn, bytes));
                });
                UnfinishedRound.warn(err(), image);
            }
        } finally {
            progress.done();
        }
        return pages;
    }

    private static Map<Long, byte[]> lookedUp(PfnRanges wanted, PagesByPfn index)
            throws IOException {
        Map<Long, byte[]> pages = new HashMap<>();
        MemorySegment page = Arena.ofAuto().allocate(PageBatch.PAGE_SIZE, 8);
        for (PfnRanges.Range range : wanted.ranges()) {
            for (long pfn = range.first(); pfn <= range.last(); pfn++) {
                if (index.read(pfn, page)) pages.put(pfn, page.toArray(ValueLayout.JAVA_BYTE));
            }
        }
        return pages;
    }

    /** Takes the pages, and what those that change were at the last checkpoint. */
    private static void collect(
            PageBatch batch,
            PfnRanges wanted,
            Map<Long, byte[]> pages,
            Map<Long, Optional<byte[]>> before)
            throws IOException {
        int count = batch.count();
        long page = 0;
        for (int i = 0; i < count; i++) {
            boolean hasData = batch.type(i).hasData();
            long pfn = batch.pfn(i);
            if (wanted.contain(pfn)) {
                before.putIfAbsent(pfn, Optional.ofNullable(pages.get(pfn)));
                if (hasData) {
                    MemorySegment bytes =
                            batch.data().asSlice(page * PageBatch.PAGE_SIZE, PageBatch.PAGE_SIZE);
                    pages.put(pfn, bytes.toArray(ValueLayout.JAVA_BYTE));
                } else {
                    pages.remove(pfn);
                }
            }
            if (hasData) page++;
        }
    }

    private void write(PfnRanges wanted, Map<Long, byte[]> pages) throws IOException {
        try (Output to = output.open()) {
            for (PfnRanges.Range range : wanted.ranges()) {
                for (long pfn = range.first(); pfn <= range.last(); pfn++) {
                    to.sink()
                            .write(
                                    MemorySegment.ofArray(
                                            java.util.Objects.requireNonNull(pages.get(pfn))));
                }
            }
            to.commit();
        }
    }

    private void print(PfnRanges wanted, Map<Long, byte[]> pages) throws IOException {
        var text = new StringBuilder();
        for (PfnRanges.Range range : wanted.ranges()) {
            for (long pfn = range.first(); pfn <= range.last(); pfn++) {
                byte[] bytes = java.util.Objects.requireNonNull(pages.get(pfn));
                HexDump.lines(
                                MemorySegment.ofArray(bytes),
                                0,
                                bytes.length,
                                pfn * PageBatch.PAGE_SIZE)
                        .forEach(line -> text.append(line).append('\n'));
            }
        }
        output.write(text.toString());
    }
}
