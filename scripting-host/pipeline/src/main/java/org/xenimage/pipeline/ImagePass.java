package org.xenimage.pipeline;

import org.xenimage.image.Images;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.Progress;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Severity;
import org.xenimage.image.verify.Verifier;
import org.xenimage.pipeline.ImageOutcome.Digest;
import org.xenimage.pipeline.ImageOutcome.Status;
import org.xenimage.pipeline.Journal.Delivery;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRewrite;
import org.xenimage.script.RunObservation;
import org.xenimage.script.RunSummary;
import org.xenimage.script.explain.EditDiff;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Takes one image after the other through the policies, for one worker. For one thread. */
final class ImagePass {
    /** The formats whose writers need a file, because they seek. */
    private static final Set<String> BY_POSITION = Set.of("native", "dump-core");

    private final BulkRequest request;
    private final PolicyHost host;
    private final Images images;
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

    /** The output of an image: its format, and its digest if it was written sequentially. */
    private record Made(ImageFormat format, Optional<String> digest) {}

    /** Takes a rewrite to its end: what it throws, the policies are told. */
    @FunctionalInterface
    private interface Destination {
        void take(Rewrite rewrite, Supplier<RunSummary> summary) throws IOException;
    }

    ImagePass(
            BulkRequest request,
            PolicyHost host,
            Images images,
            Optional<OutFolder> out,
            RunContext context,
            Work work) {
        this.request = request;
        this.host = host;
        this.images = images;
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
                if (delivered.isPresent()) return unchanged(item, delivered.get());
            }
            if (!item.named()) {
                Optional<String> other = noImage(item);
                if (other.isPresent())
                    return ImageOutcome.aside(
                            item.name(), item.source().toString(), Status.SKIPPED, other.get());
            }
            if (out.isEmpty()) return dryRun(item, start);
            out.get().prepare(item);
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
                    RunObservation.NONE,
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

    private static ImageOutcome unchanged(ImageTree.Item item, Delivery delivery) {
        return new ImageOutcome(
                item.name(),
                item.source().toString(),
                Status.DELIVERED_EARLIER,
                Optional.of(new Digest(delivery.size(), delivery.input())),
                Optional.of(new Digest(delivery.outputSize(), delivery.output())),
                delivery.edits(),
                Optional.empty(),
                RunObservation.NONE,
                Duration.ZERO,
                "");
    }

    private ByteSource source(ImageTree.Item item) throws IOException {
        request.files().reading(item.source());
        return ChannelSource.open(item.source());
    }

    /** Why a file that was not named is not an image. */
    private Optional<String> noImage(ImageTree.Item item) throws IOException {
        try (ByteSource source = source(item)) {
            images.recognise(source);
            return Optional.empty();
        } catch (CorruptImage | TruncatedImage e) {
            String problem = e.fault().problem();
            return Optional.of(problem.isEmpty() ? "is not an image" : problem);
        }
    }

    private ImageOutcome dryRun(ImageTree.Item item, long start) throws IOException {
        RunObservation seen = RunObservation.NONE.withDiff(EditDiff.ofEdits());
        RunSummary summary = pass(item, seen, (rewrite, _) -> rewrite.dryRun());
        return new ImageOutcome(
                item.name(),
                item.source().toString(),
                Status.DRY_RUN,
                Optional.empty(),
                Optional.empty(),
                summary.edits(),
                Optional.of(summary),
                seen,
                since(start),
                "");
    }

    private ImageOutcome rewrite(OutFolder folder, ImageTree.Item item, long start)
            throws IOException {
        Path temporary = folder.temporary();
        var output = new AtomicReference<Digest>();
        try {
            Digest input = digests.of(item.source(), this::check);
            RunSummary summary =
                    pass(
                            item,
                            RunObservation.NONE,
                            (rewrite, done) -> {
                                Files.deleteIfExists(temporary); // of an attempt before this one
                                Made made = write(rewrite, temporary);
                                Digest read = readBack(item, temporary, made);
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
                                                read.size(),
                                                read.sha256(),
                                                done.get().edits()));
                                output.set(read);
                            });
            return new ImageOutcome(
                    item.name(),
                    item.source().toString(),
                    Status.DELIVERED,
                    Optional.of(input),
                    Optional.of(Objects.requireNonNull(output.get())),
                    summary.edits(),
                    Optional.of(summary),
                    RunObservation.NONE,
                    since(start),
                    "");
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private Made write(Rewrite rewrite, Path temporary) throws IOException {
        ImageFormat from = rewrite.source().format();
        Optional<Conversion> conversion =
                request.target().isPresent()
                        ? Optional.of(
                                Conversion.plan(images, rewrite.source(), request.target().get()))
                        : Optional.empty();
        ImageFormat format = conversion.map(Conversion::writer).orElse(from);
        OutputBytes bytes = OutputBytes.create(temporary, BY_POSITION.contains(format.name()));
        try {
            if (conversion.isPresent()) rewrite.to(conversion.get(), bytes);
            else rewrite.to(bytes);
            bytes.finish();
        } finally {
            bytes.abandon();
        }
        return new Made(format, bytes.digest());
    }

    private void check() throws Stopped {
        if (work.stopped()) throw new Stopped();
    }

    /** Takes an image through the policies. */
    private RunSummary pass(ImageTree.Item item, RunObservation seen, Destination destination)
            throws IOException {
        var reported = new ReportedProgress(item.size());
        PolicyRenewal.Version version =
                request.renewal().isPresent()
                        ? request.renewal().get().next()
                        : new PolicyRenewal.Version(
                                request.policies(), context.parameters(), context.site());
        RunContext about =
                new RunContext(
                        context.operation(),
                        item.source().toString(),
                        context.operator(),
                        context.now(),
                        version.site(),
                        version.parameters(),
                        true);
        try (PolicyRewrite policies =
                PolicyRewrite.of(host, version.policies(), about, DecisionLog.none(), seen)
                        .authoredBy(request.author())) {
            policies.run(
                    () -> images.open(source(item), request.reading()),
                    rewrite -> {
                        Rewrite watched = rewrite.watchedBy(reported);
                        destination.take(
                                request.has(BulkRequest.Choice.ALLOW_LOSS)
                                        ? watched.allowingLoss()
                                        : watched,
                                policies::summary);
                    });
            reported.all();
            return policies.summary();
        }
    }

    /** Tells how far the file is, and stops when the run does. */
    private final class ReportedProgress implements Rewrite.Watcher {
        private final long size;
        private long reported;

        ReportedProgress(long size) {
            this.size = size;
        }

        @Override
        public void at(Progress progress) throws Stopped {
            check();
            // What is read may be counted in another measure than the file, as where it is
            // compressed.
            long of = progress.of().orElse(0);
            double part = of == 0 ? 0 : Math.min(1, (double) progress.bytes() / of);
            tell((long) (size * part));
        }

        void all() {
            tell(size);
        }

        private void tell(long now) {
            if (now <= reported) return;
            work.advance(now - reported);
            reported = now;
        }
    }

    /** Reads an output under the rules of the streams, and holds its bytes against what was written. */
    private Digest readBack(ImageTree.Item item, Path temporary, Made made) throws IOException {
        var error = new AtomicReference<Finding>();
        String name = item.name() + " as written";
        boolean core = made.format().name().equals("dump-core");
        boolean sums = made.digest().isEmpty();
        try (ByteSource source = ChannelSource.open(temporary);
                ImageReader reader = images.open(source, request.reading())) {
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
            while (reader.advance(looking)) check();
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
