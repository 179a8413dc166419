package org.xenimage.image.rewrite;

import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.PendingFile;
import org.xenimage.image.io.WriteFailed;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.Progress;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.verify.Guard;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * One rewrite of an image: reader, guard, transform, writer.
 *
 * <pre>{@code
 * try (ImageReader web1 = Images.load().open(Path.of("web1.save"))) {
 *     Rewrite.of(web1).through(transform).to(Path.of("web2.save"));
 * }
 * }</pre>
 *
 * <p>It always preserves what belongs to the image apart from its elements (metadata, the
 * provenance chain, compression, encryption, sections that this release does not know), if the
 * output format can hold it. A native image with a provenance chain gets a statement about what
 * changed, so that the chain stays valid; {@link WriteOptions#withoutProvenance} ends the chain
 * instead. A rewrite into the image's own format that changes nothing gives the same bytes, from a file
 * or a pipe.
 *
 * <p>A {@link Guard} follows the reader, so that a faulty image is refused as such;
 * {@link #unguarded} takes it away for formats and images that cannot be whole. A {@link Watcher}
 * is called between elements, and stops the rewrite by throwing. Immutable; it ends with one of the
 * {@code to} methods or {@link #into}, and reads the reader to its end; with {@link #upToEnd} to
 * the end of the image, after which the sender of a live stream waits. The reader stays the
 * caller's.
 */
public final class Rewrite {
    private static final int COPY_STEP = 1 << 20;

    private final ImageReader source;
    private final Optional<ImageTransform> guard;
    private final ImageTransform transform;
    private final WriteOptions options;
    private final Optional<UnaryOperator<ImageSink>> gate;
    private final Watcher watcher;
    private final boolean lossAllowed;
    private final boolean upToEnd;
    private final Optional<SectionEditor> editor;

    /** Looks on while an image is rewritten. */
    @FunctionalInterface
    public interface Watcher {
        /**
         * Called between elements, on the thread of the rewrite.
         *
         * @param progress how far the image was read
         * @throws IOException to stop the rewrite
         */
        void at(Progress progress) throws IOException;
    }

    private Rewrite(
            ImageReader source,
            Optional<ImageTransform> guard,
            ImageTransform transform,
            WriteOptions options,
            Optional<UnaryOperator<ImageSink>> gate,
            Watcher watcher,
            boolean lossAllowed,
            boolean upToEnd,
            Optional<SectionEditor> editor) {
        this.source = source;
        this.guard = guard;
        this.transform = transform;
        this.options = options;
        this.gate = gate;
        this.watcher = watcher;
        this.lossAllowed = lossAllowed;
        this.upToEnd = upToEnd;
        this.editor = editor;
    }

    /**
     * A rewrite that changes nothing yet.
     *
     * @param source the image, at its beginning
     * @return the rewrite
     */
    public static Rewrite of(ImageReader source) {
        return new Rewrite(
                source,
                Optional.of(Guard.ofImage(source.name())),
                ImageTransform.IDENTITY,
                WriteOptions.DEFAULT,
                Optional.empty(),
                _ -> {},
                false,
                false,
                Optional.empty());
    }

    /** {@return the image} */
    public ImageReader source() {
        return source;
    }

    /**
     * With one more transform, after the existing ones.
     *
     * @param next takes what they pass on
     * @return the rewrite with it
     */
    public Rewrite through(ImageTransform next) {
        ImageTransform all =
                !changes()
                        ? next
                        : next.equals(ImageTransform.IDENTITY)
                                ? transform
                                : transform.andThen(next);
        return new Rewrite(
                source, guard, all, options, gate, watcher, lossAllowed, upToEnd, editor);
    }

    /**
     * With a different guard after the reader, such as one that shows where an edited dump is at
     * fault.
     *
     * @param instead of the usual one
     * @return the rewrite with it
     */
    public Rewrite guardedBy(ImageTransform instead) {
        return new Rewrite(
                source,
                Optional.of(instead),
                transform,
                options,
                gate,
                watcher,
                lossAllowed,
                upToEnd,
                editor);
    }

    /**
     * Without a guard: for images that cannot keep the rules of a stream, such as cores and what was salvaged.
     *
     * @return the rewrite without it
     */
    public Rewrite unguarded() {
        return new Rewrite(
                source,
                Optional.empty(),
                transform,
                options,
                gate,
                watcher,
                lossAllowed,
                upToEnd,
                editor);
    }

    /**
     * With other choices for the writer.
     *
     * @param choice given the choices so far
     * @return the rewrite with them
     */
    public Rewrite with(UnaryOperator<WriteOptions> choice) {
        return new Rewrite(
                source,
                guard,
                transform,
                choice.apply(options),
                gate,
                watcher,
                lossAllowed,
                upToEnd,
                editor);
    }

    /**
     * With a gate in front of the writer, which may hold elements back until the transform has ended.
     *
     * @param before makes the gate, given what it opens to
     * @return the rewrite with it
     */
    public Rewrite behind(UnaryOperator<ImageSink> before) {
        return new Rewrite(
                source,
                guard,
                transform,
                options,
                Optional.of(before),
                watcher,
                lossAllowed,
                upToEnd,
                editor);
    }

    /**
     * With a watcher.
     *
     * @param other instead of the one before
     * @return the rewrite with it
     */
    public Rewrite watchedBy(Watcher other) {
        return new Rewrite(
                source, guard, transform, options, gate, other, lossAllowed, upToEnd, editor);
    }

    /**
     * With leave to make an image that Xen cannot restore.
     *
     * @return the rewrite with it
     */
    public Rewrite allowingLoss() {
        return new Rewrite(source, guard, transform, options, gate, watcher, true, upToEnd, editor);
    }

    /**
     * Reading no further than the image's end record, and with no trailing bytes: for a stream whose sender waits there
     * for an answer. A format with a digest of its content is read to the end of its container, which follows at once.
     *
     * @return the rewrite that stops there
     */
    public Rewrite upToEnd() {
        return new Rewrite(
                source, guard, transform, options, gate, watcher, lossAllowed, true, editor);
    }

    /**
     * With an editor of the sections of sites.
     *
     * @param edits is told what is written, and asked for its change when the image ends
     * @return the rewrite with it
     */
    public Rewrite editing(SectionEditor edits) {
        return new Rewrite(
                source,
                guard,
                transform,
                options,
                gate,
                watcher,
                lossAllowed,
                upToEnd,
                Optional.of(edits));
    }

    private void told(ImageFormat target) {
        editor.ifPresent(edits -> edits.begin(source, target));
    }

    private boolean changes() {
        return !transform.equals(ImageTransform.IDENTITY);
    }

    /**
     * Whether the only choice is the text of a statement, which an unchanged image does not need.
     */
    private boolean plain() {
        WriteOptions words =
                options.statement()
                        .map(WriteOptions.DEFAULT::withStatement)
                        .orElse(WriteOptions.DEFAULT);
        return options.equals(words);
    }

    /**
     * Writes a file in the format of the image. It appears complete or not at all.
     *
     * @param place which must not exist
     * @throws IOException if the image is at fault or refused, or the file cannot be written
     */
    public void to(Path place) throws IOException {
        try (PendingFile file = PendingFile.create(place, false)) {
            to(file.sink());
            file.deliver();
        }
    }

    /**
     * Writes the format of the image.
     *
     * @param sink takes the image; stays open
     * @return remarks for people who open it, one per line: {@link ImageWriter#remarks}
     * @throws IOException if the image is at fault or refused, or the sink does not take it
     */
    public List<String> to(ByteSink sink) throws IOException {
        Optional<FileChannel> file = source.file();
        boolean same = !changes() && plain() && gate.isEmpty() && !upToEnd;
        if (same && file.isPresent() && source.container().isPresent()) {
            into(ImageSink.DISCARD);
            copy(source.name(), file.get(), sink);
            return List.of();
        }
        Optional<ImageReader.Copy> copy =
                same && file.isEmpty() ? source.copyTo(sink) : Optional.empty();
        if (copy.isPresent()) {
            into(ImageSink.DISCARD);
            copy.get().finish();
            return List.of();
        }
        return to(source.format(), sink);
    }

    /**
     * Writes a format that holds all that the image has.
     *
     * @param format to write
     * @param sink takes the image; stays open
     * @return remarks for people who open it, one per line: {@link ImageWriter#remarks}
     * @throws IOException if the image is at fault or refused, or the sink does not take it
     */
    public List<String> to(ImageFormat format, ByteSink sink) throws IOException {
        try (ImageWriter writer = writer(format, sink.leftOpen())) {
            into(writer);
            return writer.remarks();
        } catch (WriteFailed e) {
            throw e.to(sink.name());
        }
    }

    /**
     * Begins the image that {@link #into} is to complete, for a caller that must decide itself when
     * a writer that was not ended is closed, which tells a receiver that the image is refused.
     *
     * @param format to write
     * @param sink takes the image; closed with the writer
     * @return a writer that preserves what the image has apart from its elements
     */
    public ImageWriter writer(ImageFormat format, ByteSink sink) {
        told(format);
        return format.write(sink, carrying(options));
    }

    /**
     * Writes what a conversion makes.
     *
     * @param conversion planned for the format of the image
     * @param sink takes the image; stays open
     * @return remarks for people who open it, one per line: {@link ImageWriter#remarks}
     * @throws IOException if the image is at fault or refused, a loss was not allowed, or the sink
     *     does not take the image
     */
    public List<String> to(Conversion conversion, ByteSink sink) throws IOException {
        conversion.requireAllowed(source, sink.name(), lossAllowed);
        if (conversion.copies()) {
            return to(sink);
        }
        told(conversion.writer());
        WriteOptions all = conversion.telling(source, carrying(options));
        try (ImageWriter writer = conversion.writer().write(sink.leftOpen(), all)) {
            through(conversion.transform(source)).into(writer);
            return writer.remarks();
        } catch (WriteFailed e) {
            throw e.to(sink.name());
        }
    }

    /**
     * Hands the elements to a sink, and its end.
     *
     * @param sink takes what the transforms pass on
     * @throws IOException if the image is at fault or refused, or whatever the sink throws
     */
    public void into(ImageSink sink) throws IOException {
        ImageTransform all = guard.isPresent() ? guard.get().andThen(transform) : transform;
        ImageSink through = all.onto(gate.isPresent() ? gate.get().apply(sink) : sink);
        if (upToEnd) readUpToEnd(through);
        else while (source.advance(through)) watcher.at(source.progress());
        through.end();
        watcher.at(source.progress());
    }

    private void readUpToEnd(ImageSink through) throws IOException {
        var found = new AtomicBoolean();
        ImageSink noting =
                element -> {
                    if (element instanceof TrailingBytes) return;
                    through.accept(element);
                    if (element instanceof StreamEnd) found.set(true);
                };
        while ((!found.get() || source.digested()) && source.advance(noting))
            watcher.at(source.progress());
    }

    /**
     * Writes nothing: the image is read and goes through the transforms.
     *
     * @throws IOException if the image is at fault or refused
     */
    public void dryRun() throws IOException {
        told(source.format());
        into(_ -> {});
    }

    /**
     * Reads an image through a conversion, and writes nothing.
     *
     * @param conversion planned for the image's format
     * @throws IOException if the conversion loses what a restore needs and this was not allowed, or
     *     the image is at fault or refused
     */
    public void dryRun(Conversion conversion) throws IOException {
        conversion.requireAllowed(source, "the output", lossAllowed);
        told(conversion.writer());
        through(conversion.transform(source)).into(_ -> {});
    }

    /**
     * What the image has apart from its elements, unless the caller takes it from another image.
     */
    private WriteOptions carrying(WriteOptions given) {
        WriteOptions all =
                given.extras().equals(ImageExtras.NONE) ? given.withExtras(source.extras()) : given;
        return editor.isPresent() ? all.withSections(editor.get()) : all;
    }

    /** Copies a file, holes as holes where the sink is a file. */
    private void copy(String name, FileChannel from, ByteSink to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(COPY_STEP);
        ByteBuffer zeros = ByteBuffer.allocateDirect(COPY_STEP).asReadOnlyBuffer();
        Optional<FileChannel> into = to.position() == 0 ? to.file() : Optional.empty();
        long length = from.size();
        for (long at = 0; at < length; at += buffer.limit()) {
            buffer.clear().limit((int) Math.min(COPY_STEP, length - at));
            while (buffer.hasRemaining()) {
                if (from.read(buffer, at + buffer.position()) < 0)
                    throw new IOException(name + ": shrank while it was being copied");
            }
            buffer.flip();
            if (into.isEmpty()) {
                to.write(MemorySegment.ofBuffer(buffer));
            } else {
                boolean last = at + buffer.limit() == length;
                boolean hole = !last && buffer.equals(zeros.clear().limit(buffer.limit()));
                long place = at;
                try {
                    while (!hole && buffer.hasRemaining()) place += into.get().write(buffer, place);
                } catch (IOException e) {
                    throw new WriteFailed(e).to(to.name());
                }
            }
            watcher.at(source.progress());
        }
    }
}
