package org.xenimage.script.isolate;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * What the host sends to a policy's process: requests, and the answers to what the process asked meanwhile. A daemon
 * reads it and keeps the two apart. When the host closes its end, or sends what no host sends, the process ends at
 * once, whatever its script is doing.
 */
public final class ChildInbox {
    private static final int BROKEN = 1;

    private final BlockingQueue<Message> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<Message> answers = new LinkedBlockingQueue<>();

    private ChildInbox() {}

    /**
     * Begins to read.
     *
     * @param stream from the host
     * @return what arrives
     */
    public static ChildInbox open(MessageStream stream) {
        ChildInbox inbox = new ChildInbox();
        Thread reader = new Thread(() -> inbox.read(stream), "messages of the host");
        reader.setDaemon(true);
        reader.start();
        return inbox;
    }

    private void read(MessageStream stream) {
        int status = 0;
        try {
            for (Optional<Message> one = stream.receive(); one.isPresent(); one = stream.receive())
                (one.get().kind() == MessageKind.ANSWERED ? answers : requests).add(one.get());
        } catch (IOException e) {
            status = BROKEN;
        } finally {
            // Not an exit: a script that cannot be stopped must not keep the process.
            Runtime.getRuntime().halt(status);
        }
    }

    /**
     * Waits for a request.
     *
     * @return the request
     * @throws InterruptedException if the thread is interrupted
     */
    public Message request() throws InterruptedException {
        return requests.take();
    }

    /**
     * Waits for an answer. Answers to questions that nobody waits for any more are dropped.
     *
     * @param question its number
     * @return the answer
     * @throws InterruptedException if the call of the script is stopped
     */
    public Message answer(long question) throws InterruptedException {
        while (true) {
            Message answer = answers.take();
            if (answer.head().path("question").asLong() == question) return answer;
        }
    }
}
