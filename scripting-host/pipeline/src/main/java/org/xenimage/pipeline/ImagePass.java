package org.xenimage.pipeline;

import org.xenimage.image.Conversion;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Guard;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Severity;
import org.xenimage.image.verify.Verifier;
import org.xenimage.pipeline.ImageOutcome.Digest;
import org.xenimage.pipeline.ImageOutcome.Status;
import org.xenimage.pipeline.Journal.Delivery;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRun;
import org.xenimage.script.PolicySkipped;
import org.xenimage.script.RunSummary;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** Takes one image after the other through the policies, for one worker. For one thread. */
final class ImagePass {
    /** The formats whose writers need the file: they go back to what they wrote. */
    private static final Set<String> BY_POSITION = Set.of("native", "dump-core");

    private final BulkRequest request;
    private final PolicyHost host;
    private final Images images;
    private final ImageTree tree;
    private final Optional<OutFolder> out;
    private final RunContext context;
    private final Work work;
    private final FileDigests digests = new FileDigests();

    /** What the run and its workers tell each other. */
    interface Work {
        /**
         * Counts bytes that were worked on.
         *
         * @param bytes more than before
         */
        void advance(long bytes);

        /** {@return whether the run is to end} */
        boolean stopped();
    }

    /** What was made of an image: in which format, and the digest if it went forwards. */
    private record Made(ImageFormat format, Optional<String> digest, RunSummary summary) {}

    ImagePass(
            BulkRequest request,
            PolicyHost host,
            Images images,
            ImageTree tree,
            Optional<OutFolder> out,
            RunContext context,
            Work work) {
        this.request = request;
        this.host = host;
        this.images = images;
        this.tree = tree;
        this.out = out;
        this.context = context;
        this.work = work;
    }

    /**
     * Does one image.
     *
     * @param item the image
     * @return what became of it; every failure that is not xenimage's own is in it
     * @throws Stopped if the run is to end; nothing of the image is left then
     */
    ImageOutcome run(ImageTree.Item item) throws Stopped {
        long start = System.nanoTime();
        try {
            if (out.isPresent()) {
                Optional<Delivery> delivered = out.get().delivered(item);
                if (delivered.isPresent()) return kept(item, delivered.get());
            }
            if (!item.named()) {
                Optional<String> other = noImage(item);
                if (other.isPresent())
                    return ImageOutcome.aside(
                            item.name(), item.source().toString(), Status.SKIPPED, other.get());
            }
            if (out.isEmpty()) return dryRun(item, start);
            out.get().prepare(item, tree);
            return rewrite(out.get(), item, start);
        } catch (Stopped e) {
            throw e;
        } catch (IOException e) {
            return new ImageOutcome(
                    item.name(),
                    item.source().toString(),
                    Status.FAILED,
                    Optional.empty(),
                    Optional.empty(),
                    0,
                    Optional.empty(),
                    since(start),
                    e instanceof ImageException ? text(e) : ImageTree.reason(e));
        }
    }

    private static String text(IOException e) {
        return Objects.toString(e.getMessage(), e.getClass().getSimpleName());
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static ImageOutcome kept(ImageTree.Item item, Delivery delivery) {
        return new ImageOutcome(
                item.name(),
                item.source().toString(),
                Status.DELIVERED_EARLIER,
                Optional.of(new Digest(delivery.size(), delivery.input())),
                Optional.of(new Digest(delivery.outputSize(), delivery.output())),
                delivery.edits(),
                Optional.empty(),
                Duration.ZERO,
                "");
    }

    /** Why a file that nobody named is no image. */
    private Optional<String> noImage(ImageTree.Item item) throws IOException {
        try (ByteSource source = ChannelSource.open(item.source())) {
            images.recognise(source);
            return Optional.empty();
        } catch (CorruptImage | TruncatedImage e) {
            String problem = e.fault().problem();
            return Optional.of(problem.isEmpty() ? "is not an image" : problem);
        }
    }

    private ImageOutcome dryRun(ImageTree.Item item, long start) throws IOException {
        RunSummary summary =
                attempts(item, (reader, transform) -> drain(reader, transform.onto(_ -> {})));
        return new ImageOutcome(
                item.name(),
                item.source().toString(),
                Status.DRY_RUN,
                Optional.empty(),
                Optional.empty(),
                summary.edits(),
                Optional.of(summary),
                since(start),
                "");
    }

    private ImageOutcome rewrite(OutFolder folder, ImageTree.Item item, long start)
            throws IOException {
        Path temporary = folder.temporary();
        try {
            Digest input = digests.of(item.source(), this::check);
            Made made = make(item, temporary);
            Digest output = readBack(item, temporary, made);
            checkUnchanged(item, input);
            copyPermissions(item.source(), temporary);
            folder.deliver(
                    item,
                    new Delivery(
                            item.name(),
                            temporary.getFileName().toString(),
                            item.size(),
                            item.modified().toString(),
                            input.sha256(),
                            output.size(),
                            output.sha256(),
                            made.summary().edits()));
            return new ImageOutcome(
                    item.name(),
                    item.source().toString(),
                    Status.DELIVERED,
                    Optional.of(input),
                    Optional.of(output),
                    made.summary().edits(),
                    Optional.of(made.summary()),
                    since(start),
                    "");
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private Made make(ImageTree.Item item, Path temporary) throws IOException {
        var format = new AtomicReference<Made>();
        RunSummary summary =
                attempts(
                        item,
                        (reader, transform) -> {
                            Files.deleteIfExists(temporary); // of an attempt before this one
                            format.set(write(reader, transform, temporary));
                        });
        Made made = Objects.requireNonNull(format.get());
        return new Made(made.format(), made.digest(), summary);
    }

    private Made write(ImageReader reader, ImageTransform transform, Path temporary)
            throws IOException {
        Optional<Conversion> conversion = Optional.empty();
        ImageFormat format = reader.format();
        if (request.target().isPresent()) {
            Conversion.Target target = request.target().get();
            conversion = Optional.of(Conversion.plan(images, format, target));
            format = named(target.format());
        }
        OutputBytes bytes = OutputBytes.create(temporary, BY_POSITION.contains(format.name()));
        try {
            ImageReader rewritten = new Rewritten(reader, transform);
            if (conversion.isPresent()) {
                conversion
                        .get()
                        .run(
                                rewritten,
                                bytes,
                                WriteOptions.DEFAULT,
                                request.has(BulkRequest.Choice.ALLOW_LOSS));
            } else {
                try (ImageWriter writer = format.write(bytes, carrying(reader))) {
                    rewritten.drainTo(writer);
                }
            }
            bytes.finish();
        } finally {
            bytes.abandon();
        }
        return new Made(format, bytes.digest(), new RunSummary(List.of()));
    }

    private ImageFormat named(String name) throws IOException {
        for (ImageFormat format : images.formats()) if (format.name().equals(name)) return format;
        throw new IOException("no format writes " + name);
    }

    private static WriteOptions carrying(ImageReader reader) throws IOException {
        WriteOptions options = WriteOptions.DEFAULT;
        for (var entry : reader.metadata().entrySet())
            options = options.withMetadata(entry.getKey(), entry.getValue());
        return options;
    }

    /** An image as its policies make it. */
    private final class Rewritten implements ImageReader {
        private final ImageReader reader;
        private final ImageTransform transform;

        Rewritten(ImageReader reader, ImageTransform transform) {
            this.reader = reader;
            this.transform = transform;
        }

        @Override
        public ImageFormat format() {
            return reader.format();
        }

        @Override
        public SequencedMap<String, String> metadata() throws IOException {
            return reader.metadata();
        }

        @Override
        public boolean advance(ImageSink sink) {
            throw new UnsupportedOperationException("policies have an end: drain it");
        }

        @Override
        public void drainTo(ImageSink sink) throws IOException {
            drain(reader, transform.onto(sink));
        }

        @Override
        public void close() {}
    }

    private void drain(ImageReader reader, ImageSink sink) throws IOException {
        while (reader.advance(sink)) check();
        sink.end();
    }

    private void check() throws Stopped {
        if (work.stopped()) throw new Stopped();
    }

    /** What is done with an image that is open, and the transform that it goes through. */
    @FunctionalInterface
    private interface Attempt {
        void run(ImageReader reader, ImageTransform transform) throws IOException;
    }

    /** Runs the policies over an image, again without one that failed and may be left out. */
    private RunSummary attempts(ImageTree.Item item, Attempt attempt) throws IOException {
        String name = item.source().toString();
        if (request.policies().isEmpty()) {
            read(item, ImageTransform.IDENTITY, attempt);
            return new RunSummary(List.of());
        }
        RunContext about =
                new RunContext(
                        context.operation(),
                        name,
                        context.operator(),
                        context.now(),
                        context.site(),
                        context.parameters(),
                        true);
        PolicyRun next = host.run(request.policies(), about, DecisionLog.none());
        while (true) {
            try (PolicyRun run = next) {
                try {
                    read(item, run.transform(), attempt);
                    return run.summary();
                } catch (PolicySkipped skip) {
                    next = run.without(List.of(skip.policy()));
                } catch (IOException | RuntimeException | Error failure) {
                    run.fail(failure);
                    throw failure;
                }
            }
        }
    }

    private void read(ImageTree.Item item, ImageTransform transform, Attempt attempt)
            throws IOException {
        try (ByteSource source = ChannelSource.open(item.source());
                ImageReader reader = images.open(source)) {
            attempt.run(
                    new Counted(reader, source), Guard.ofImage(source.name()).andThen(transform));
        }
    }

    /** Tells how far the source is. */
    private final class Counted implements ImageReader {
        private final ImageReader reader;
        private final ByteSource source;
        private long told;

        Counted(ImageReader reader, ByteSource source) {
            this.reader = reader;
            this.source = source;
        }

        @Override
        public ImageFormat format() {
            return reader.format();
        }

        @Override
        public SequencedMap<String, String> metadata() throws IOException {
            return reader.metadata();
        }

        @Override
        public boolean advance(ImageSink sink) throws IOException {
            boolean more = reader.advance(sink);
            work.advance(source.position() - told);
            told = source.position();
            return more;
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }

    /** Reads an output under the rules of the streams, and holds its bytes against what was written. */
    private Digest readBack(ImageTree.Item item, Path temporary, Made made) throws IOException {
        var error = new AtomicReference<Finding>();
        String name = item.name() + " as written";
        boolean core = made.format().name().equals("dump-core");
        boolean sums = made.digest().isEmpty();
        try (ByteSource source = ChannelSource.open(temporary);
                ImageReader reader = images.open(source)) {
            if (!reader.format().name().equals(made.format().name()))
                throw new IOException(
                        "%s: expected the format %s, found %s"
                                .formatted(name, made.format().name(), reader.format().name()));
            var verifier =
                    new Verifier(
                            name,
                            Reading.RESTORE,
                            finding -> {
                                if (finding.severity() == Severity.ERROR)
                                    error.compareAndSet(null, finding);
                            });
            ImageSink looking =
                    element -> {
                        // A dump-core has no order that a receiver could want.
                        if (!core) verifier.accept(element);
                        if (sums && element instanceof PageBatch batch) batch.data();
                    };
            drain(reader, looking);
            if (!core) verifier.end();
        }
        if (error.get() != null) throw new CorruptImage(error.get().fault());
        Digest read = digests.of(temporary, this::check);
        if (made.digest().isPresent() && !made.digest().get().equals(read.sha256()))
            throw new IOException(
                    "%s: expected the SHA-256 %s, found %s; the disk or the memory is at fault"
                            .formatted(name, made.digest().get(), read.sha256()));
        return read;
    }

    private static void checkUnchanged(ImageTree.Item item, Digest input) throws IOException {
        BasicFileAttributes now = Files.readAttributes(item.source(), BasicFileAttributes.class);
        if (now.size() != item.size()
                || input.size() != item.size()
                || !now.lastModifiedTime().equals(item.modified()))
            throw new IOException(
                    item.source()
                            + ": changed during the run; run again when nothing writes to it");
    }

    /** An image holds a guest's memory: whoever could not read the input cannot read the output either. */
    private static void copyPermissions(Path from, Path to) throws IOException {
        PosixFileAttributeView source =
                Files.getFileAttributeView(from, PosixFileAttributeView.class);
        if (source != null)
            Files.setPosixFilePermissions(to, source.readAttributes().permissions());
    }
}
