package org.xenimage.tests.program;

import org.xenimage.tests.testkit.DebuggerClient;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The debugger for which {@code --inspect} waits: connects to whatever listens on the usual port, as an editor does
 * that attaches to it, and stops nowhere.
 */
final class PassingDebugger implements AutoCloseable {
    private static final URI LIST = URI.create("http://127.0.0.1:9229/json");
    private static final Pattern ADDRESS =
            Pattern.compile("\"webSocketDebuggerUrl\":\"(ws:[^\"]+)\"");

    private final Thread thread;

    private PassingDebugger(Thread thread) {
        this.thread = thread;
    }

    static PassingDebugger open() {
        return new PassingDebugger(
                Thread.ofPlatform().daemon().name("debugger").start(PassingDebugger::attach));
    }

    private static void attach() {
        Set<String> passed = new HashSet<>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            while (true) {
                Thread.sleep(200);
                Matcher found = ADDRESS.matcher(list(http));
                while (found.find())
                    if (passed.add(found.group(1)))
                        DebuggerClient.pass(URI.create(found.group(1).replace("\\/", "/")));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String list(HttpClient http) throws InterruptedException {
        try {
            return http.send(
                            HttpRequest.newBuilder(LIST).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            return ""; // nothing listens yet
        }
    }

    @Override
    public void close() {
        thread.interrupt(); // it is a daemon, and ends soon
    }
}
