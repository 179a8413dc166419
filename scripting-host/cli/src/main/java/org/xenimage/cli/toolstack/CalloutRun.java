package org.xenimage.cli.toolstack;

import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.cli.rewrite.PolicyPass;
import org.xenimage.image.Images;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageFormat;

import java.io.IOException;
import java.util.function.Supplier;

/**
 * One libxc stream between libxl and its save helper.
 *
 * <p>libxl goes by our exit status: if it is not 0, a save fails and the domain continues, and a restore fails and the
 * domain is destroyed, whatever the helper reported. So a policy may refuse until the last byte is out.
 */
final class CalloutRun {
    private final SaveCallout call;
    private final CalloutProcess process;
    private final PolicyPass policies;
    private final TextOutput err;
    private final Supplier<ProgressLine> line;

    /**
     * A run that has not begun.
     *
     * @param call of libxl
     * @param process the helper, on a pipe
     * @param policies have the last word
     * @param err takes what they did, and what became of the domain
     * @param line makes the line of progress
     */
    CalloutRun(
            SaveCallout call,
            CalloutProcess process,
            PolicyPass policies,
            TextOutput err,
            Supplier<ProgressLine> line) {
        this.call = call;
        this.process = process;
        this.policies = policies;
        this.err = err;
        this.line = line;
    }

    /** Passes the stream on, and returns the exit status. */
    int run() throws IOException, InterruptedException {
        try (StopSignal _ = process.handingOn()) {
            int status = passed();
            if (status != 0) {
                err.println("xenimage: " + ended(status));
                policies.fail(new IOException(ended(status)));
            }
            return status;
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            policies.fail(e);
            throw e;
        }
    }

    private int passed() throws IOException, InterruptedException {
        ImageFormat libxc = libxc();
        boolean byItself = false;
        try (ByteSource source = ChannelSource.standardInput(call.name());
                ByteSink sink = ChannelSink.standardOutput()) {
            try {
                policies.attempt(
                        () -> libxc.read(source.leftOpen()), rewrite -> pass(rewrite, sink));
            } catch (IOException e) {
                byItself = leftAlone(e) && process.endsByItself();
                throw e;
            }
        } catch (IOException | RuntimeException | Error e) {
            // Both ends of the stream are closed now, so that the helper fails if it has not yet.
            int status = process.status();
            if (!byItself || status == 0) {
                err.println("xenimage: " + outcome());
                throw e;
            }
            return status;
        }
        return process.status();
    }

    /** The format is known, and recognising it would read ahead: libxl reads on after the end of the stream. */
    private static ImageFormat libxc() {
        return Images.load().formats().stream()
                .filter(format -> format.name().equals("libxc"))
                .findFirst()
                .orElseThrow();
    }

    /** Whether a failure can be that of a helper that is gone. */
    private static boolean leftAlone(IOException failure) {
        return failure instanceof TruncatedImage || !(failure instanceof ImageException);
    }

    private void pass(Rewrite rewrite, ByteSink sink) throws IOException {
        ProgressLine progress = line.get();
        try {
            rewrite.upToEnd().watchedBy(progress::at).through(policies.settling(err)).to(sink);
        } finally {
            progress.done();
        }
    }

    private String ended(int status) {
        return "libxl's save helper exited with status %d; %s".formatted(status, outcome());
    }

    private String outcome() {
        return call.saves()
                ? "the save fails, and domain %s continues".formatted(call.domain())
                : "the restore fails, and domain %s is not started".formatted(call.domain());
    }
}
