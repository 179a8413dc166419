package org.xenimage.tests.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A debugger: speaks the inspector protocol of Chrome over its web socket, as an editor does. */
public final class DebuggerClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** How often a message is looked for, a second after the last look at the latest. */
    private static final int LOOKS = 300;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Messages messages = new Messages();
    private final WebSocket socket;
    private int calls;

    private DebuggerClient(URI address) {
        socket = http.newWebSocketBuilder().buildAsync(address, messages).join();
    }

    /** Connects, and does not let the script run yet. */
    public static DebuggerClient attach(URI address) {
        DebuggerClient client = new DebuggerClient(address);
        client.call("Runtime.enable", Filled.NONE);
        client.call("Debugger.enable", Filled.NONE);
        return client;
    }

    /** Connects to whatever an inspector says, and lets it run: a debugger that stops nowhere. */
    public static void pass(URI address) {
        attach(address).go();
    }

    /** Fills the parameters of a call. */
    @FunctionalInterface
    public interface Filled {
        /** No parameters. */
        Filled NONE = _ -> {};

        /** Fills them. */
        void fill(ObjectNode parameters);
    }

    /** Calls a method, and waits for what it returns. */
    public JsonNode call(String method, Filled parameters) {
        int id = ++calls;
        ObjectNode request = JSON.createObjectNode().put("id", id).put("method", method);
        parameters.fill(request.putObject("params"));
        socket.sendText(request.toString(), true).join();
        JsonNode answer = messages.await(one -> one.path("id").asInt() == id);
        if (!answer.has("result")) throw new IllegalStateException(method + ": " + answer);
        return answer.path("result");
    }

    /** Lets the script run that waits for the debugger. */
    public void go() {
        call("Runtime.runIfWaitingForDebugger", Filled.NONE);
    }

    /** Sets a breakpoint by the URL of a source and a line, the first of which is 1. */
    public void breakAt(String url, int line) {
        call("Debugger.setBreakpointByUrl", at -> at.put("url", url).put("lineNumber", line - 1));
    }

    /** Waits until the script stops: the topmost frame. */
    public JsonNode stopped() {
        return messages.await(one -> one.path("method").asText().equals("Debugger.paused"))
                .path("params")
                .path("callFrames")
                .path(0);
    }

    /** The line at which a frame stands, the first of which is 1. */
    public static int line(JsonNode frame) {
        return frame.path("location").path("lineNumber").asInt() + 1;
    }

    /** The value of an expression in a frame. */
    public JsonNode evaluate(JsonNode frame, String expression) {
        return call(
                        "Debugger.evaluateOnCallFrame",
                        what ->
                                what.put("callFrameId", frame.path("callFrameId").asText())
                                        .put("expression", expression))
                .path("result");
    }

    /** Goes on from where the script stopped: {@code resume}, {@code stepOver}, {@code stepInto} or {@code stepOut}. */
    public void goOn(String how) {
        call("Debugger." + how, Filled.NONE);
    }

    /** The URLs of the scripts that were loaded so far. */
    public List<String> scripts() {
        return messages.received().stream()
                .filter(one -> one.path("method").asText().equals("Debugger.scriptParsed"))
                .map(one -> one.path("params").path("url").asText())
                .toList();
    }

    /** Waits until the other side ends the connection: the status by which it does. */
    public int closed() {
        try {
            if (!messages.end.await(LOOKS, TimeUnit.SECONDS))
                throw new IllegalStateException("the connection is still open");
            return messages.status;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends the connection, as an editor does that is closed. */
    @Override
    public void close() {
        // The other side may end the connection at the same time, which is as good.
        if (!socket.isOutputClosed())
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").handle((_, failed) -> failed).join();
        http.shutdownNow();
    }

    /** What the other side sends. */
    private static final class Messages implements WebSocket.Listener {
        private final StringBuilder part = new StringBuilder();
        private final List<JsonNode> received = new ArrayList<>();
        private final List<JsonNode> pending = new ArrayList<>();
        private final CountDownLatch end = new CountDownLatch(1);
        private volatile int status;

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
            part.append(text);
            if (last) {
                add(part.toString());
                part.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            finish(code);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            finish(-1);
        }

        private synchronized void finish(int code) {
            status = code;
            end.countDown();
            notifyAll();
        }

        private synchronized void add(String text) {
            try {
                JsonNode message = JSON.readTree(text);
                received.add(message);
                pending.add(message);
                notifyAll();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        synchronized List<JsonNode> received() {
            return List.copyOf(received);
        }

        private Optional<JsonNode> take(Predicate<JsonNode> wanted) {
            Optional<JsonNode> found = pending.stream().filter(wanted).findFirst();
            found.ifPresent(pending::remove);
            return found;
        }

        /** The first message that fits and was not awaited yet. */
        synchronized JsonNode await(Predicate<JsonNode> wanted) {
            try {
                for (int looks = 0; looks < LOOKS && end.getCount() > 0; looks++) {
                    Optional<JsonNode> found = take(wanted);
                    if (found.isPresent()) return found.get();
                    wait(1000);
                }
                return take(wanted)
                        .orElseThrow(() -> new IllegalStateException("not among " + received));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }
}
