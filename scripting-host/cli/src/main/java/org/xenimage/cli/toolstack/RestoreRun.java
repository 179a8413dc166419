package org.xenimage.cli.toolstack;

import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.cli.rewrite.PolicyPass;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** One image on its way into {@code xl restore}, and what became of the guest. */
final class RestoreRun {
    /** Who has the last word. */
    private enum Stage {
        /** A policy, the image or a signal can still refuse. */
        OPEN,
        /** All of the image goes to xl. */
        AGREED,
        /** A signal came before. */
        STOPPED
    }

    private final XlOptions xl;
    private final LateReceiver receiver;
    private final PolicyPass policies;
    private final TextOutput report;
    private final TextOutput err;
    private final Supplier<ProgressLine> line;
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.OPEN);
    private Optional<String> guest = Optional.empty();

    /**
     * A restore that has not begun.
     *
     * @param xl runs xl
     * @param receiver leads to it
     * @param policies have the last word but one
     * @param report takes what they did
     * @param err receives what became of the guest
     * @param line makes the line of progress
     */
    RestoreRun(
            XlOptions xl,
            LateReceiver receiver,
            PolicyPass policies,
            TextOutput report,
            TextOutput err,
            Supplier<ProgressLine> line) {
        this.xl = xl;
        this.receiver = receiver;
        this.policies = policies;
        this.report = report;
        this.err = err;
        this.line = line;
    }

    /**
     * Restores, and says what became of the guest if that failed.
     *
     * @param reader the image
     * @param toXl what makes of its format what xl restores
     * @return the exit status
     */
    int run(ImageReader reader, Conversion toXl) throws IOException, InterruptedException {
        try {
            int status = restored(reader, toXl);
            if (status != 0)
                policies.fail(new IOException("xl restore exited with status " + status));
            return status;
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            policies.fail(e);
            throw e;
        }
    }

    private int restored(ImageReader reader, Conversion toXl)
            throws IOException, InterruptedException {
        try {
            policies.attempt(() -> reader, rewrite -> pass(rewrite, toXl));
        } catch (LateReceiver.Gone e) {
            OptionalInt status = receiver.letGo();
            if (status.orElse(0) != 0) return failed(status.getAsInt());
            err.println("xenimage: xl restore exited before it had read the image" + search());
            throw e;
        } catch (IOException | RuntimeException | Error e) {
            err.println("xenimage: " + refused(receiver.letGo()));
            throw e;
        }
        int status = receiver.letGo().orElse(ExitStatus.AT_FAULT);
        return status == 0 ? 0 : failed(status);
    }

    private void pass(Rewrite rewrite, Conversion toXl) throws IOException {
        ProgressLine progress = line.get();
        try (StopSignal _ = new StopSignal(this::stop)) {
            rewrite.upToEnd()
                    .watchedBy(progress::at)
                    .through(policies.settling(report))
                    .behind(Passage::new)
                    .to(toXl, receiver);
        } finally {
            progress.done();
        }
    }

    private boolean stop() {
        return stage.compareAndSet(Stage.OPEN, Stage.STOPPED) || stage.get() == Stage.STOPPED;
    }

    /** Notes the name of the guest; asks whether a signal came before the end is passed on. */
    private final class Passage implements ImageSink {
        private final ImageSink down;

        Passage(ImageSink down) {
            this.down = down;
        }

        @Override
        public void accept(ImageElement element) throws IOException {
            if (element instanceof Config config)
                guest =
                        Optional.of(config.json().path("c_info").path("name").asText(""))
                                .filter(name -> !name.isEmpty());
            down.accept(element);
        }

        @Override
        public void end() throws IOException {
            if (!stage.compareAndSet(Stage.OPEN, Stage.AGREED))
                throw new IOException("stopped by a signal before the image was complete");
            down.end();
        }
    }

    private int failed(int status) throws InterruptedException {
        err.println("xenimage: xl restore exited with status " + status + search());
        return status;
    }

    /** What became of the guest of an image that was refused. */
    private String refused(OptionalInt status) throws InterruptedException {
        if (status.isEmpty()) return "the guest was not started";
        if (status.getAsInt() == 0)
            return "xl restore exited with status 0 although the image was refused" + search();
        return "the guest was not started; xl restore exited with status " + status.getAsInt();
    }

    /** Whether there is a domain, by the only name that is known of it. */
    private String search() throws InterruptedException {
        try {
            if (guest.isEmpty()) return "; see 'xl list'";
            Optional<String> number = xl.numberOf(guest.get());
            return number.isPresent()
                    ? "; domain %s exists, number %s".formatted(guest.get(), number.get())
                    : "; there is no domain " + guest.get();
        } catch (IOException e) {
            return "; xl cannot be run: " + e.getMessage();
        }
    }
}
