package org.xenimage.cli.toolstack;

import org.xenimage.image.io.ChannelSink;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The command behind a relay, such as {@code ssh HOST xl migrate-receive}: takes the image on its standard input through
 * a FIFO, whose other end the kernel can splice to, and answers on its standard output. Its standard error is ours.
 */
final class ReceiverProcess implements Closeable {
    /**
     * How long it may take to end by itself, in milliseconds: {@code xl} waits two seconds for the whole of its
     * transport before it resumes the guest.
     */
    private static final long GRACE = 1000;

    private final Process process;
    private final ChannelSink sink;

    private ReceiverProcess(Process process, ChannelSink sink) {
        this.process = process;
        this.sink = sink;
    }

    static ReceiverProcess start(List<String> command) throws IOException {
        try (Fifo fifo = Fifo.create()) {
            fifo.giveUp(); // Both ends are ours for now: nothing waits while the command starts.
            Process process =
                    new ProcessBuilder(command)
                            .redirectInput(fifo.path().toFile())
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            return new ReceiverProcess(process, fifo.openToWrite(command.getFirst()));
        }
    }

    ChannelSink sink() {
        return sink;
    }

    InputStream answers() {
        return process.getInputStream();
    }

    /** Completes with the exit status; on a thread of its own, so that it does so whatever the shared ones wait for. */
    CompletableFuture<Integer> ended() {
        var status = new CompletableFuture<Integer>();
        Thread.ofPlatform()
                .daemon()
                .name("receiver")
                .start(() -> {
                    try {
                        status.complete(process.waitFor());
                    } catch (InterruptedException e) {
                        status.completeExceptionally(e);
                    }
                });
        return status;
    }

    /** Whether it ended, or does so within a moment. */
    boolean endsByItself() throws InterruptedException {
        return process.waitFor(GRACE, TimeUnit.MILLISECONDS);
    }

    int status() {
        return process.exitValue();
    }

    /** Closes its standard input, lets it end, and makes it if it does not. */
    void letGo() throws InterruptedException, IOException {
        sink.close();
        if (process.waitFor(GRACE, TimeUnit.MILLISECONDS)) return;
        process.destroy();
        if (!process.waitFor(GRACE / 4, TimeUnit.MILLISECONDS)) process.destroyForcibly();
    }

    @Override
    public void close() throws IOException {
        sink.close();
        process.destroy();
    }
}
