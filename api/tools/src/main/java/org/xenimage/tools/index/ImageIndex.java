package org.xenimage.tools.index;

import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.HeapBounds;
import org.xenimage.image.io.RandomAccessBytes;
import org.xenimage.image.page.RoundTracker;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * An image of any format, opened for random access to all its parts.
 *
 * <p>Opening reads everything except page contents, in one pass: 8 MiB for a 4 GiB guest. If an
 * image is truncated or damaged, the part before the fault is opened, and {@link #fault} returns
 * the fault; an image that is damaged in its first header cannot be opened. Of a checkpointed stream
 * that ends within a round, the last checkpoint is opened. Elements other than
 * page batches are valid while the index is open. For one thread at a time, which may be
 * interrupted; closing it closes the source.
 */
public final class ImageIndex implements Closeable {
    /** The elements that are kept: a whole image has a hundred, a long checkpointed stream is cut. */
    public static final int ELEMENTS_MAX = Math.min(100_000, HeapBounds.here().entries(400));

    private final String name;
    private final OptionalLong size;
    private final ImageReader reader;
    private final RandomAccessBytes passed;
    private final UninterruptedBytes bytes;
    private final PageLocations table;
    private final List<ImageElement> elements = new ArrayList<>();
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private long pageRecords;
    private long missing;
    private final RoundTracker rounds = new RoundTracker();

    /** How many elements and records of pages there were at the last checkpoint. */
    private int markedElements;

    private long markedRecords;
    private boolean unfinished;
    private Optional<Fault> fault = Optional.empty();

    private ImageIndex(
            String name, OptionalLong size, ImageReader reader, RandomAccessBytes bytes) {
        this.name = name;
        this.size = size;
        this.reader = reader;
        this.passed = bytes;
        this.bytes = new UninterruptedBytes(bytes);
        this.table = new PageLocations();
    }

    /**
     * Opens an image.
     *
     * @param images that know its format
     * @param source at its beginning; closed with the index, or if opening fails
     * @return the index
     * @throws IOException if this is not an image, or one that can only be read forwards
     */
    public static ImageIndex open(Images images, ByteSource source) throws IOException {
        return open(images, source, ReadOptions.DEFAULT);
    }

    /**
     * Opens an image, with keys.
     *
     * @param images that know its format
     * @param source at its beginning; closed with the index, or if opening fails
     * @param reading keys, if it is encrypted
     * @return the index
     * @throws IOException if this is not an image, or one that can only be read forwards
     */
    public static ImageIndex open(Images images, ByteSource source, ReadOptions reading)
            throws IOException {
        ImageReader reader = images.open(source, reading);
        try {
            Optional<ImageIndex> index = of(reader, source.name(), source.size());
            if (index.isEmpty()) {
                throw new IOException(
                        source.name()
                                + ": is read forwards only, and has no parts to look up; put it into a file"
                                + " first, a streamed image by xenimage convert");
            }
            return index.get();
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    /**
     * Opens an image that a reader is at the beginning of.
     *
     * @param reader of it; closed with the index, or if there is none
     * @return the index; empty if the image can only be read forwards
     * @throws IOException if it cannot be read
     */
    public static Optional<ImageIndex> of(ImageReader reader) throws IOException {
        try {
            Optional<ImageIndex> index = of(reader, reader.name(), OptionalLong.empty());
            if (index.isEmpty()) reader.close();
            return index;
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private static Optional<ImageIndex> of(ImageReader reader, String name, OptionalLong size)
            throws IOException {
        Optional<RandomAccessBytes> bytes = reader.byPosition();
        if (bytes.isEmpty()) return Optional.empty();
        ImageIndex index = new ImageIndex(name, size, reader, bytes.get());
        try {
            index.pass();
        } catch (IOException | RuntimeException | Error e) {
            index.table.close();
            throw e;
        }
        return Optional.of(index);
    }

    private void pass() throws IOException {
        try {
            while (reader.advance(this::note)) {}
        } catch (ImageException e) {
            if (elements.isEmpty()) throw e;
            fault = Optional.of(e.fault());
        }
        if (rounds.unfinished()) dropRound();
        table.seal();
    }

    /** The guest is that of the last checkpoint, and the round after it is not shown. */
    private void dropRound() throws IOException {
        table.backToMark();
        List<ImageElement> since = elements.subList(markedElements, elements.size());
        since.removeIf(RecordFrame.class::isInstance);
        pageRecords = markedRecords;
        missing = 0;
        unfinished = true;
    }

    private void note(ImageElement element) throws IOException {
        keep(element);
        if (!rounds.completes(element)) return;
        table.mark();
        markedElements = elements.size();
        markedRecords = pageRecords;
    }

    private void keep(ImageElement element) throws IOException {
        if (elements.size() >= ELEMENTS_MAX) {
            throw new LimitExceeded(
                    Fault.in(name)
                            .at(element.offset())
                            .element(element.label())
                            .problem("is one element more than an index can hold")
                            .expected("at most " + ELEMENTS_MAX));
        }
        switch (element) {
            case PageBatch batch -> pages(batch);
            case LibxcHeader header -> {
                order = header.order();
                elements.add(header);
            }
            case XlHeader _,
                    LibvirtHeader _,
                    XenopsdHeader _,
                    Config _,
                    SiteMetadata _,
                    LibxlHeader _,
                    StreamEnd _ ->
                    elements.add(element.detach());
            case RecordFrame frame -> elements.add(copyOf(frame));
            case TrailingBytes trailing -> trailing(trailing);
        }
    }

    private void pages(PageBatch batch) throws IOException {
        pageRecords++;
        batch.dataCount();
        long at = batch.contentsOffset();
        long end = passed.length();
        for (int i = 0; i < batch.count(); i++) {
            long entry = batch.entry(i);
            if (!new PageEntry(entry).hasData()) {
                table.put(entry, at);
            } else if (at + PageBatch.PAGE_SIZE <= end) {
                table.put(entry, at);
                at += PageBatch.PAGE_SIZE;
            } else {
                missing++; // the file ends before; the reader will say so when it continues
            }
        }
    }

    private RecordFrame copyOf(RecordFrame frame) throws IOException {
        if (frame.offset() == Fault.NO_OFFSET) return frame.detach();
        ByteRun copyOf =
                ByteRun.at(
                        bytes,
                        name,
                        frame.label(),
                        frame.offset(),
                        RecordFrame.paddedLength(frame.bodyLength()));
        return new RecordFrame(
                name, frame.offset(), frame.type(), frame.bodyLength(), frame.context(), copyOf);
    }

    /** Bytes after the stream come in pieces of any length, and are kept as one. */
    private void trailing(TrailingBytes found) {
        long from = found.offset();
        if (elements.getLast() instanceof TrailingBytes before) {
            from = before.offset();
            elements.removeLast();
        }
        long length = found.offset() + found.bytes().length() - from;
        elements.add(new TrailingBytes(from, ByteRun.at(bytes, name, found.label(), from, length)));
    }

    /** {@return the name of the source} */
    public String name() {
        return name;
    }

    /** {@return the size of the source in bytes, where it is known} */
    public OptionalLong size() {
        return size;
    }

    /** {@return the format of the image} */
    public ImageFormat format() {
        return reader.format();
    }

    /**
     * The metadata of the image.
     *
     * @return as {@link ImageReader#metadata}
     * @throws IOException if it cannot be read
     */
    public SequencedMap<String, String> metadata() throws IOException {
        return reader.metadata();
    }

    /** {@return what the image has apart from its elements, such as sections of sites} */
    public ImageExtras extras() {
        return reader.extras();
    }

    /** {@return why the image ends before its end, if it does: what precedes is here} */
    public Optional<Fault> fault() {
        return fault;
    }

    /**
     * Whether the image ends within a round of a checkpointed stream. Its pages and records are then
     * those of the last checkpoint, to which a receiver goes back.
     *
     * @return whether a round was left out
     */
    public boolean unfinishedRound() {
        return unfinished;
    }

    /** {@return the pages that the image lists, but whose contents are cut off} */
    public long missingPages() {
        return missing;
    }

    /** {@return how many records of page data there are} */
    public long pageRecords() {
        return pageRecords;
    }

    /** {@return all elements in the order of the stream, except for batches of pages and an unfinished round} */
    public List<ImageElement> elements() {
        return Collections.unmodifiableList(elements);
    }

    /**
     * The first element of a kind.
     *
     * @param kind such as {@link Config}
     * @param <T> the kind
     * @return the element, if there is one
     */
    public <T extends ImageElement> Optional<T> first(Class<T> kind) {
        return elements.stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }

    /** {@return the pages} */
    public PageIndex pages() {
        return new PageIndex(name, bytes, table, order);
    }

    @Override
    public void close() throws IOException {
        bytes.close();
        table.close();
        reader.close();
    }
}
