package org.xenimage.tools.salvage;

import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.UnsupportedFormat;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.page.PfnSet;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.SalvageLog;
import org.xenimage.image.spi.WriteOptions;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The recovery of one image, in two passes: the first finds out what there is, the second makes a native image of it.
 *
 * <p>Two, because the native image lists what is missing before its content. Memory:
 * {@link PfnSet}, and what the format needs.
 */
public final class Salvage {
    private static final int LOSSES_KEPT = 1000;
    private static final int LINES_TOLD = 200;

    private final Opener opener;
    private final ImageFormat format;
    private final ReadOptions reading;
    private final SalvageReport report;
    private final boolean intact;

    /** Opens the image again each time. */
    @FunctionalInterface
    public interface Opener {
        /**
         * Opens the image.
         *
         * @return the source, at its beginning, a file
         * @throws IOException if it cannot be opened
         */
        ByteSource open() throws IOException;
    }

    private Salvage(
            Opener opener,
            ImageFormat format,
            ReadOptions reading,
            SalvageReport report,
            boolean intact) {
        this.intact = intact;
        this.opener = opener;
        this.reading = reading;
        this.format = format;
        this.report = report;
    }

    /**
     * Finds out what can be recovered.
     *
     * @param images the available formats
     * @param opener of the image
     * @param assumed the format to read it as; if empty, the one that recognises it, or else the one that recovers most
     * @param options such as keys, for an image that is encrypted
     * @return the outcome of the first pass
     * @throws IOException if no format can recover anything, no key fits, or the file cannot be read
     */
    public static Salvage survey(
            Images images, Opener opener, Optional<ImageFormat> assumed, ReadOptions options)
            throws IOException {
        List<ImageFormat> candidates = new ArrayList<>();
        Optional<UnsupportedFormat> foreign = Optional.empty();
        if (assumed.isPresent()) {
            candidates.add(assumed.get());
        } else {
            try (ByteSource source = opener.open()) {
                candidates.add(images.recognise(source));
            } catch (UnsupportedFormat e) {
                foreign = Optional.of(e);
                candidates.addAll(images.formats());
            } catch (ImageException e) {
                candidates.addAll(images.formats());
            }
        }
        Optional<Salvage> best = Optional.empty();
        for (ImageFormat candidate : candidates) {
            Optional<SalvageReport> complete = intact(candidate, opener, options);
            SalvageReport report =
                    complete.isPresent() ? complete.get() : survey(candidate, opener, options);
            var found = new Salvage(opener, candidate, options, report, complete.isPresent());
            if (best.isEmpty() || found.weight() > best.get().weight()) best = Optional.of(found);
        }
        if (foreign.isPresent() && best.stream().noneMatch(found -> found.report.anything()))
            throw foreign.get();
        return best.orElseThrow(() -> new IOException("there are no formats"));
    }

    private long weight() {
        return report.anything() ? 1 + report.pages() : 0;
    }

    /**
     * The report on an image with a digest of its content that is not damaged at all. It is rewritten
     * as it is, with what belongs to the content as a whole, such as signatures.
     */
    private static Optional<SalvageReport> intact(
            ImageFormat format, Opener opener, ReadOptions options) throws IOException {
        try (ByteSource source = opener.open()) {
            if (format.recognise(source.peek(ByteSource.PEEK_MAX)) == ImageFormat.Match.NO)
                return Optional.empty();
            return intact(format, format.read(source, options));
        } catch (ImageException e) {
            return Optional.empty();
        }
    }

    private static Optional<SalvageReport> intact(ImageFormat format, ImageReader opened)
            throws IOException {
        try (ImageReader reader = opened) {
            if (!reader.digested()) return Optional.empty();
            var tally = new Tally(format.name());
            boolean[] complete = {true};
            while (reader.advance(
                    element -> {
                        if (element instanceof StreamEnd end)
                            complete[0] = end.ending() == StreamEnd.Ending.COMPLETE;
                        tally.accept(element);
                        ImageSink.DISCARD.accept(element); // what is not read is not checked
                    })) {}
            reader.extras().check();
            return complete[0] ? Optional.of(tally.report()) : Optional.empty();
        }
    }

    private static SalvageReport survey(ImageFormat format, Opener opener, ReadOptions options)
            throws IOException {
        try (ByteSource source = opener.open()) {
            var tally = new Tally(format.name());
            Optional<ImageReader> reader = format.salvage(source, options, tally);
            if (reader.isPresent()) reader.get().drainTo(tally);
            return tally.report();
        }
    }

    /** {@return what is recovered and what is not} */
    public SalvageReport report() {
        return report;
    }

    /**
     * Writes what is recovered.
     *
     * @param writer the native format, in either form
     * @param sink takes the image; stays open
     * @param options for the writer
     * @return remarks for people who open the image, one per line
     * @throws IOException if nothing is recovered, or the image cannot be written
     */
    public List<String> write(ImageFormat writer, ByteSink sink, WriteOptions options)
            throws IOException {
        if (!report.anything()) {
            throw new CorruptImage(
                    Fault.in(sink.name())
                            .problem("cannot be made: no part of the image is intact"));
        }
        if (intact) {
            try (ByteSource source = opener.open();
                    ImageReader reader = format.read(source, reading)) {
                Rewrite all = Rewrite.of(reader).unguarded().with(_ -> options);
                boolean same = reader.format().name().equals(writer.name());
                return same ? all.to(sink) : all.to(writer, sink);
            }
        }
        try (ByteSource source = opener.open()) {
            ImageReader reader =
                    format.salvage(source, reading, new Tally(format.name()))
                            .orElseThrow(() -> new IOException(format.name()));
            WriteOptions marked = options;
            for (var known : reader.metadata().entrySet())
                marked = marked.withMetadata(known.getKey(), known.getValue());
            if (!report.intact())
                marked = marked.withMetadata(Container.PARTIAL, text(report.missing()));
            WriteOptions all = marked;
            return Rewrite.of(reader).unguarded().with(_ -> all).to(writer, sink);
        }
    }

    private static String text(List<String> lines) {
        if (lines.size() <= LINES_TOLD) return String.join("\n", lines);
        return String.join("\n", lines.subList(0, LINES_TOLD))
                + "\nand "
                + (lines.size() - LINES_TOLD)
                + " more";
    }

    /** Counts what is recovered and what is not. */
    private static final class Tally implements SalvageLog, ImageSink {
        private final String format;
        private final SequencedMap<String, Long> elements = new LinkedHashMap<>();
        private final PfnSet pages = new PfnSet();
        private final PfnSet missing = new PfnSet();
        private final List<SalvageReport.Loss> losses = new ArrayList<>();
        private final List<String> added = new ArrayList<>();

        /** Elements that were put in and are still to come. */
        private final Set<ImageElement> made = Collections.newSetFromMap(new IdentityHashMap<>());

        private long lossCount;
        private long bytesLost;

        Tally(String format) {
            this.format = format;
        }

        @Override
        public void accept(ImageElement element) throws IOException {
            if (element instanceof SiteMetadata metadata && metadata.isEmpty()) return;
            if (made.remove(element)) return;
            elements.merge(element.label(), 1L, Long::sum);
            if (!(element instanceof PageBatch batch)) return;
            for (int i = 0; i < batch.count(); i++) {
                long entry = batch.entry(i);
                if (!new PageEntry(entry).hasData()) continue;
                pages.add(new PageEntry(entry).pfn());
                missing.remove(new PageEntry(entry).pfn());
            }
        }

        @Override
        public void lost(long offset, long bytes, String what) {
            lossCount++;
            bytesLost += bytes;
            if (losses.size() < LOSSES_KEPT)
                losses.add(new SalvageReport.Loss(offset, bytes, what));
        }

        @Override
        public void lostPage(long pfn) throws LimitExceeded {
            missing.add(pfn);
        }

        @Override
        public void made(ImageElement element) {
            made.add(element);
        }

        @Override
        public void added(String what) {
            if (added.size() < LOSSES_KEPT) added.add(what);
        }

        SalvageReport report() {
            return new SalvageReport(
                    format,
                    elements,
                    pages.size(),
                    losses,
                    lossCount,
                    bytesLost,
                    missing.ranges(LOSSES_KEPT),
                    missing.size(),
                    added);
        }
    }
}
