package org.xenimage.script;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.xenimage.script.policy.Assignment;
import org.xenimage.script.policy.Grant;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyMatch;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A grant of each kind, over files of a folder and a host of its own. */
final class GrantSamples implements AutoCloseable {
    /** For the header of a policy, in both languages. */
    static final String WANTS =
            ", \"wants\": {\"inventory\": \"read\", \"notes\": \"folder\", \"audit\": \"append\","
                    + " \"cmdb\": \"http\", \"notify\": \"run\", \"rack\": \"env\"}";

    private final Path folder;
    private final HttpServer server;
    private final Map<String, Grant> grants = new LinkedHashMap<>();

    GrantSamples(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder.resolve("granted"));
        Files.writeString(file("inventory.json"), "[\"xen1\", \"xen2\"]");
        Files.createDirectories(file("notes"));
        Files.writeString(file("notes/a.txt"), "first note");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", GrantSamples::answer);
        server.start();
        grants.put("inventory", new Grant.ReadFile(file("inventory.json"), 1000));
        grants.put("notes", new Grant.ReadFolder(file("notes"), 1000));
        grants.put("audit", new Grant.AppendLog(file("audit.log"), 10_000));
        grants.put("cmdb", http("GET", "POST"));
        grants.put("notify", command("/bin/cat"));
        grants.put("rack", new Grant.EnvironmentValue("PATH"));
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    Grant http(String... methods) {
        return new Grant.HttpHost(
                URI.create(address() + "/api/"),
                Set.of(methods),
                Map.of("Authorization", "Bearer hunter2"),
                Duration.ofSeconds(2),
                1000);
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    static Grant command(String... argv) {
        return new Grant.RunCommand(List.of(argv), Duration.ofSeconds(2), 1000);
    }

    /** Replaces a grant. */
    GrantSamples with(String name, Grant grant) {
        grants.put(name, grant);
        return this;
    }

    /** What answers: paths say how. */
    private static void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString();
        String sent = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        int status = path.endsWith("moved") ? 302 : 200;
        if (status == 302)
            exchange.getResponseHeaders().add("Location", "http://127.0.0.1:1/elsewhere");
        String said =
                path.endsWith("large")
                        ? "x".repeat(2000)
                        : exchange.getRequestMethod()
                                + " "
                                + path
                                + " "
                                + sent
                                + " "
                                + authorization;
        exchange.sendResponseHeaders(status, 0);
        try (exchange) {
            if (path.endsWith("slow")) {
                // Headers at once, and a body that never ends.
                for (int i = 0; i < 100; i++) {
                    exchange.getResponseBody().write('.');
                    exchange.getResponseBody().flush();
                    Thread.sleep(100);
                }
            }
            exchange.getResponseBody().write(said.getBytes(StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A policy with the grants that it wants. */
    Policy given(Policy policy) {
        Map<String, Grant> given = new LinkedHashMap<>(grants);
        given.keySet().retainAll(policy.wants().keySet());
        return policy.assigned(
                policy.name(),
                policy.on(),
                policy.onError(),
                policy.limits(),
                new Assignment(PolicyMatch.ALL, false, false, given));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
