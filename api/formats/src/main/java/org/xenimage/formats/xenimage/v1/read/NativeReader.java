package org.xenimage.formats.xenimage.v1.read;

import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.RandomAccessBytes;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.PagesByPfn;
import org.xenimage.image.spi.Progress;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * An image being read through the codec of the stream that it holds; the integrity of the whole is
 * known at the end.
 */
public final class NativeReader implements ImageReader {
    /** Checks the whole once the stream has ended. */
    public interface Check {
        void check(StreamEnd.Ending ending) throws IOException;
    }

    /** The container, read when someone asks. */
    public interface Outside {
        Container read() throws IOException;
    }

    /** The pages, found when someone asks. */
    public interface Pages {
        Optional<PagesByPfn> open() throws IOException;
    }

    /** Begins a copy, if the form can be copied while it is read. */
    public interface Copier {
        Optional<Copy> copyTo(ByteSink sink) throws IOException;
    }

    private final ImageFormat format;
    private final ImageReader stream;
    private final Optional<FileChannel> file;
    private final Outside outside;
    private final Pages pages;
    private final NativeExtras extras;
    private final Check check;
    private final Copier copier;
    private StreamEnd.Ending ending = StreamEnd.Ending.COMPLETE;
    private boolean checked;

    public NativeReader(
            ImageFormat format,
            ImageReader stream,
            Optional<FileChannel> file,
            Outside outside,
            Pages pages,
            NativeExtras extras,
            Check check,
            Copier copier) {
        this.copier = copier;
        this.pages = pages;
        this.extras = extras;
        this.outside = outside;
        this.format = format;
        this.stream = stream;
        this.file = file;
        this.check = check;
    }

    @Override
    public String name() {
        return stream.name();
    }

    @Override
    public Progress progress() {
        return stream.progress();
    }

    @Override
    public Optional<FileChannel> file() {
        return file;
    }

    @Override
    public ImageFormat format() {
        return format;
    }

    @Override
    public SequencedMap<String, String> metadata() throws IOException {
        Container own = outside.read();
        SequencedMap<String, String> texts = MetadataText.texts(own.metadata());
        if (own.partial())
            texts.putIfAbsent(Container.PARTIAL, "the image does not list what is missing");
        return texts;
    }

    @Override
    public Optional<Container> container() throws IOException {
        return Optional.of(outside.read());
    }

    @Override
    public Optional<PagesByPfn> pagesByPfn() throws IOException {
        return pages.open();
    }

    @Override
    public ImageExtras extras() {
        return extras;
    }

    @Override
    public Optional<Copy> copyTo(ByteSink sink) throws IOException {
        return copier.copyTo(sink);
    }

    @Override
    public boolean digested() {
        return true;
    }

    @Override
    public Optional<RandomAccessBytes> byPosition() throws IOException {
        return stream.byPosition();
    }

    @Override
    public boolean advance(ImageSink sink) throws IOException {
        boolean more =
                stream.advance(element -> {
                    if (element instanceof StreamEnd end) ending = end.ending();
                    sink.accept(element);
                });
        if (!more && !checked) {
            checked = true;
            check.check(ending);
        }
        return more;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
