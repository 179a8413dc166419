package org.xenimage.cli.toolstack;

import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.rewrite.PolicyPass;
import org.xenimage.image.Images;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.migrate.Relay;
import org.xenimage.migrate.RelayState;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One relayed migration: the two directions on a thread each, and what becomes of it when one of the parties goes away.
 *
 * <p>The order of things matters when the image is refused: first the sender's two pipes are closed, so that it resumes
 * its guest at once, whatever the receiver does; then the receiver is let go.
 */
final class RelayRun {
    /** How long what has no reason to wait may take, in milliseconds. */
    private static final long MOMENT = 2000;

    /** How long a policy may take to end that the image has already left, in milliseconds. */
    private static final long LAST_CALL = 60_000;

    private final ByteSource sender;
    private final OutputStream back;
    private final ReceiverProcess receiver;
    private final PolicyPass policies;
    private final ReadOptions keys;
    private final PrintWriter err;
    private final String command;
    private final Relay relay;
    private final CompletableFuture<Void> image = new CompletableFuture<>();
    private final CompletableFuture<Void> answers = new CompletableFuture<>();

    RelayRun(
            ByteSource sender,
            OutputStream back,
            ReceiverProcess receiver,
            PolicyPass policies,
            ReadOptions keys,
            PrintWriter err,
            String command) {
        this.sender = sender;
        this.back = back;
        this.receiver = receiver;
        this.policies = policies;
        this.keys = keys;
        this.err = err;
        this.command = command;
        this.relay = new Relay(Images.load(), sender, receiver.sink());
    }

    /** Runs it, and returns the exit status. */
    int run() throws IOException, InterruptedException {
        try (StopSignal _ = new StopSignal(relay::stop)) {
            return relayed();
        }
    }

    private int relayed() throws IOException, InterruptedException {
        Thread.ofPlatform().daemon().name("answers").start(this::passAnswers);
        Thread.ofPlatform().daemon().name("image").start(this::passImage);
        CompletableFuture<Integer> ended = receiver.ended();
        try {
            CompletableFuture.anyOf(image, ended).get();
            // If the command ended first, the next byte shows that to the other thread.
            if (!image.isDone()) settle(image);
            if (!image.isDone()) sender.close();
            image.get(MOMENT, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            return refused(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            return refused(
                    new IOException(
                            "the sender keeps the stream open after the receiver has gone", e));
        }
        return agreed(ended);
    }

    private void passAnswers() {
        try {
            relay.passAnswers(receiver.answers(), back);
        } catch (IOException e) {
            // One of the two closed its end: the other direction shows which.
        } finally {
            answers.complete(null);
        }
    }

    private void passImage() {
        try {
            policies.attempt(this::openImage, this::pass);
            image.complete(null);
        } catch (IOException | RuntimeException | Error e) {
            image.completeExceptionally(e);
            return;
        }
        try {
            relay.passRest();
        } catch (IOException e) {
            // As above.
        }
        try {
            receiver.sink().close();
        } catch (IOException e) {
            // It is gone.
        }
    }

    private ImageReader openImage() throws IOException {
        try {
            return relay.openImage(keys);
        } catch (IOException | RuntimeException | Error e) {
            closeSender();
            throw e;
        }
    }

    /** Passes the image on. If that fails, the sender continues with its guest at once. */
    private void pass(Rewrite rewrite) throws IOException {
        try {
            relay.passImage(rewrite.through(policies.settling(err)));
        } catch (IOException | RuntimeException | Error e) {
            closeSender();
            throw e;
        }
    }

    /** Lets the sender see that there is no more to come: it resumes its guest without waiting for the receiver. */
    private void closeSender() {
        for (Closeable pipe : List.of(sender, back)) {
            try {
                pipe.close();
            } catch (IOException e) {
                // Closed is what it shall be.
            }
        }
    }

    /** Both ends are let go and the user knows before the policies do, whatever they do then. */
    private int refused(Throwable failure) throws IOException, InterruptedException {
        try {
            return exitStatus(failure);
        } finally {
            tellPolicies(failure);
        }
    }

    /** Calls the policies when the thread of the image, which calls them too, has ended. */
    private void tellPolicies(Throwable failure) throws InterruptedException {
        settle(image, LAST_CALL);
        if (image.isDone()) policies.fail(failure);
        else err.println("xenimage: a policy does not end; none is told that the run failed");
    }

    private int exitStatus(Throwable failure) throws IOException, InterruptedException {
        boolean atFault = failure instanceof ImageException;
        boolean commandWent = !atFault && receiver.endsByItself();
        closeSender();
        if (image.isDone()) refuse();
        receiver.letGo();
        RelayState state = relay.state();
        String outcome = owner(state);
        if (state instanceof RelayState.Misunderstood) {
            err.println(
                    "xenimage: %s: the reply is not that of 'xl migrate-receive'; %s"
                            .formatted(command, outcome));
            return ExitStatus.AT_FAULT;
        }
        if (commandWent) {
            err.println(
                    "xenimage: %s: exited with status %d before the end of the image; %s"
                            .formatted(command, receiver.status(), outcome));
            return receiver.status() == 0 ? ExitStatus.AT_FAULT : receiver.status();
        }
        return switch (failure) {
            case ImageException e -> {
                err.println("xenimage: " + e.getMessage());
                err.println("xenimage: " + outcome);
                yield ExitStatus.AT_FAULT;
            }
            case IOException e -> {
                err.println("xenimage: " + e.getMessage() + "; " + outcome);
                yield ExitStatus.AT_FAULT;
            }
            case RuntimeException bug -> throw bug;
            case Error error -> throw error;
            default -> throw new IllegalStateException(failure);
        };
    }

    /** Says no in the stream; a receiver that does not read is not waited for. */
    private void refuse() throws InterruptedException {
        var sent = new CompletableFuture<Void>();
        Thread.ofPlatform()
                .daemon()
                .name("refusal")
                .start(() -> {
                    try {
                        relay.refuse();
                    } catch (IOException e) {
                        // The receiver is gone.
                    } finally {
                        sent.complete(null);
                    }
                });
        settle(sent);
    }

    /** The image is there: the two ends agree among themselves, until the receiver ends. */
    private int agreed(CompletableFuture<Integer> ended) throws InterruptedException {
        int status;
        try {
            status = ended.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        settle(answers);
        RelayState state = relay.state();
        String outcome =
                "%s: exited with status %d after the image; %s"
                        .formatted(command, status, owner(state));
        if (status != 0) err.println("xenimage: " + outcome);
        boolean arrived = state.owner() == RelayState.Owner.RECEIVER;
        boolean givenBack = state instanceof RelayState.Reported && !arrived;
        // The thread of the image has left the policies.
        if (givenBack || (status != 0 && !arrived)) policies.fail(new IOException(outcome));
        return status;
    }

    private static void settle(CompletableFuture<?> future) throws InterruptedException {
        settle(future, MOMENT);
    }

    private static void settle(CompletableFuture<?> future, long millis)
            throws InterruptedException {
        try {
            future.get(millis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException | CancellationException e) {
            // Whoever asked looks at it next.
        }
    }

    private static String owner(RelayState state) {
        return switch (state.owner()) {
            case SOURCE -> "the guest stays on the source host";
            case RECEIVER -> "the guest is on the destination host";
            case UNDECIDED ->
                    "the guest may be on either host, or on both; check 'xl list' on both";
        };
    }
}
