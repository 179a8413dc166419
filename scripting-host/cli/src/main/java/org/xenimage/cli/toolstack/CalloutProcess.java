package org.xenimage.cli.toolstack;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * libxl's own save helper, as a child of this process. Its standard input and output are libxl's callbacks, which only
 * it reads and writes; its standard error is ours. It lives as long as it has a stream, and always ends by itself: only
 * libxl's own signal is handed on to it.
 */
final class CalloutProcess {
    private static final int SIGTERM = 15;

    /** How long what has no reason to wait may take, in milliseconds. */
    private static final long MOMENT = 1000;

    private final int number;
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();

    private CalloutProcess(int number) {
        this.number = number;
        Thread.ofPlatform()
                .daemon()
                .name("save helper")
                .start(() -> ended.complete(Descriptors.waitFor(number)));
    }

    /**
     * Starts it on libxl's own stream, which does not pass through this process.
     *
     * @param program the helper
     * @param call of libxl
     */
    static CalloutProcess onStream(String program, SaveCallout call) throws IOException {
        return start(program, call, call.stream());
    }

    /**
     * Starts it on one end of a pipe. From then on, this process has what comes from the sender as its standard input,
     * and what leads to the receiver as its standard output: one is the other end of the pipe, and one libxl's stream.
     *
     * @param program the helper
     * @param call of libxl
     */
    static CalloutProcess onPipe(String program, SaveCallout call) throws IOException {
        Descriptors.Pipe pipe = Descriptors.pipe();
        int theirs = call.saves() ? pipe.writer() : pipe.reader();
        CalloutProcess process = start(program, call, theirs);
        Descriptors.close(theirs);
        Descriptors.move(call.saves() ? pipe.reader() : call.stream(), 0);
        Descriptors.move(call.saves() ? call.stream() : pipe.writer(), 1);
        return process;
    }

    /** A pipe that is closed is an error to it, after which it tidies up, and not its end. */
    private static CalloutProcess start(String program, SaveCallout call, int stream)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("/bin/sh", "-c", "trap '' PIPE; exec \"$@\"", "sh"));
        command.addAll(call.line(program));
        return new CalloutProcess(Descriptors.spawn(command, stream, call.stream()));
    }

    /** Hands on libxl's request to stop; this process ends when the helper has, and what was begun is tidied up. */
    StopSignal handingOn() {
        return new StopSignal(() -> {
            if (!ended.isDone()) Descriptors.signal(number, SIGTERM);
            return false;
        });
    }

    /** Whether it ended, or does so within a moment. */
    boolean endsByItself() throws InterruptedException {
        try {
            ended.get(MOMENT, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until it ends, and returns its exit status. */
    int status() throws InterruptedException {
        try {
            return ended.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
