package org.xenimage.script;

import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.ImageException;
import org.xenimage.script.explain.PageCopy;
import org.xenimage.script.policy.ImageFacts;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The candidates of a {@link Shadow} in one run: each element goes through them first, as a copy if they could edit
 * it, and then through the active policies. The results are compared.
 */
final class ShadowRun implements ImageTransform, AutoCloseable {
    private final Shadow shadow;
    private final ImageTransform active;
    private final BooleanSupplier activeEditsPages;
    private final PolicyRun run;
    private final PageCopy copy = new PageCopy();
    private Optional<PolicyRun> candidates = Optional.empty();
    private boolean running;

    /** Makes the run of the candidates. */
    @FunctionalInterface
    interface Candidates {
        PolicyRun run() throws ImageException;
    }

    /** Work of the candidates, whose failure must not fail the run. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    ShadowRun(
            Shadow shadow,
            ImageTransform active,
            BooleanSupplier activeEditsPages,
            PolicyRun run,
            Candidates candidates) {
        this.run = run;
        this.shadow = shadow;
        this.active = active;
        this.activeEditsPages = activeEditsPages;
        shadow.begin();
        if (shadow.candidates().isEmpty()) return;
        running = true;
        tolerated(() -> this.candidates = Optional.of(candidates.run()));
    }

    void searching(PolicyRewrite.Source opening) {
        tolerated(() -> candidates.orElseThrow().searching(opening));
    }

    void begin(ImageFacts image) {
        tolerated(() -> {
            PolicyRun theirs = candidates.orElseThrow();
            shadow.comparison().begin(theirs.secrets());
            theirs.follow(run);
            theirs.begin(image);
        });
    }

    @Override
    public void atStart(ImageSink down) throws IOException {
        active.atStart(down);
    }

    @Override
    public void accept(ImageElement element, ImageSink down) throws IOException {
        if (!running) {
            active.accept(element, down);
            return;
        }
        List<ImageElement> theirs = new ArrayList<>();
        tolerated(() -> {
            PolicyRun run = candidates.orElseThrow();
            boolean edited = run.editsPages() || activeEditsPages.getAsBoolean();
            ImageElement given =
                    element instanceof PageBatch batch && edited ? copy.of(batch) : element;
            run.chain().accept(given, theirs::add);
        });
        List<ImageElement> ours = new ArrayList<>();
        active.accept(
                element,
                made -> {
                    ours.add(made);
                    down.accept(made);
                });
        tolerated(() -> shadow.comparison().compare(ours, theirs));
    }

    @Override
    public void atEnd(ImageSink down) throws IOException {
        tolerated(() -> candidates.orElseThrow().chain().atEnd(_ -> {}));
        summed();
        active.atEnd(down);
        tolerated(() -> {
            RunSections theirs = candidates.orElseThrow().edited();
            if (run.edited().edited() || theirs.edited())
                shadow.comparison()
                        .sections(run.edited().current(), theirs.current(), theirs.known());
            shadow.complete();
        });
    }

    void fail(Throwable failure) {
        summed();
        candidates.ifPresent(run -> tolerated(() -> run.fail(failure)));
    }

    private void summed() {
        candidates.ifPresent(run -> shadow.summed(run.summary()));
    }

    /** Any failure, even a bug or a lack of memory, ends only the candidates. */
    private void tolerated(Step step) {
        if (!running) return;
        try {
            step.run();
        } catch (IOException | RuntimeException | Error e) {
            running = false;
            shadow.failed(
                    e instanceof ImageException fault ? fault.fault().message() : e.toString());
            summed();
            candidates.ifPresent(run -> {
                try {
                    run.fail(e);
                } catch (RuntimeException | Error again) {
                    e.addSuppressed(again);
                }
            });
        }
    }

    @Override
    public void close() {
        try {
            candidates.ifPresent(PolicyRun::close);
        } catch (RuntimeException e) {
            shadow.failed(e.toString());
        }
    }
}
