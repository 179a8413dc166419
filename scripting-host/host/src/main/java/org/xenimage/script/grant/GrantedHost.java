package org.xenimage.script.grant;

import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.policy.Grant;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Requests to a host that a policy was granted: below one address, without redirects, cookies or a proxy, with a
 * deadline and a limit on the size of the answer.
 */
final class GrantedHost {
    /**
     * What a path may not contain, even encoded: a step up, or another separator. This covers servers that decode twice
     * or cut off everything after a semicolon.
     */
    private static final Pattern UNSAFE =
            Pattern.compile("(^|/)\\.{1,2}([/;]|$)|\\\\|%(25)*(2e|2f|5c|3b|00)");

    private GrantedHost() {}

    /** An answer, whatever its status. */
    @SuppressWarnings(
            "ArrayRecordComponent") // handed from here to HostGrants, and compared by nobody
    record Answer(int status, byte[] body) {}

    /** The address of a path below the granted address. */
    static URI address(Grant.HttpHost grant, String path) {
        String base = grant.base().toString();
        if (path.isEmpty()) return grant.base();
        int query = path.indexOf('?');
        String steps = (query < 0 ? path : path.substring(0, query)).toLowerCase(Locale.ROOT);
        if (steps.startsWith("/") || steps.indexOf(':') >= 0 || UNSAFE.matcher(steps).find())
            throw outside(path, base);
        try {
            URI made = new URI((base.endsWith("/") ? base : base + "/") + path);
            if (!made.getRawAuthority().equals(grant.base().getRawAuthority())
                    || made.getRawFragment() != null) throw outside(path, base);
            return made;
        } catch (URISyntaxException e) {
            throw new ScriptRefusal(
                    "path \"%s\": is not a valid address: %s".formatted(path, e.getReason()), e);
        }
    }

    private static ScriptRefusal outside(String path, String base) {
        return new ScriptRefusal(
                "path \"%s\": expected a path below %s, without steps up".formatted(path, base));
    }

    static Answer request(Grant.HttpHost grant, URI address, String method, String body)
            throws InterruptedException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > GrantUse.SENT_MAX)
            throw new ScriptRefusal("body: expected at most %d bytes".formatted(GrantUse.SENT_MAX));
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address)
                        .timeout(grant.time())
                        .method(
                                method,
                                bytes.length == 0
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofByteArray(bytes));
        grant.headers().forEach(request::header);
        HttpClient client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .proxy(HttpClient.Builder.NO_PROXY)
                        .connectTimeout(grant.time())
                        .build();
        try {
            CompletableFuture<HttpResponse<byte[]>> answer =
                    client.sendAsync(request.build(), _ -> new Bounded(grant.bytes()));
            try {
                // This limit includes the body; the client's own limit covers only the headers.
                HttpResponse<byte[]> got =
                        answer.get(grant.time().toMillis(), TimeUnit.MILLISECONDS);
                return new Answer(got.statusCode(), got.body());
            } finally {
                answer.cancel(true);
            }
        } catch (TimeoutException e) {
            throw new ScriptRefusal(
                    "%s: no answer within %d ms".formatted(address, grant.time().toMillis()), e);
        } catch (ExecutionException e) {
            throw new ScriptRefusal(address + ": " + reason(e), e);
        } finally {
            client.shutdownNow();
        }
    }

    private static String reason(ExecutionException e) {
        Throwable failure = e.getCause();
        return switch (failure) {
            case null -> "the request failed";
            case java.net.http.HttpTimeoutException _ -> "no answer in time";
            case java.net.ConnectException _ -> "cannot connect";
            case javax.net.ssl.SSLException _ -> "TLS failed: " + failure.getMessage();
            default -> failure.getMessage() == null ? "the request failed" : failure.getMessage();
        };
    }

    /** Reads a body up to a limit, and fails at the first byte beyond it. */
    private static final class Bounded implements HttpResponse.BodySubscriber<byte[]> {
        private final int most;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final CompletableFuture<byte[]> body = new CompletableFuture<>();
        private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

        Bounded(int most) {
            this.most = most;
        }

        @Override
        public CompletionStage<byte[]> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription made) {
            subscription.complete(made);
            made.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> parts) {
            for (ByteBuffer part : parts) {
                if (body.isDone()) return;
                if (bytes.size() + part.remaining() > most) {
                    subscription.join().cancel();
                    body.completeExceptionally(
                            new java.io.IOException(
                                    "the answer has more than %d bytes".formatted(most)));
                    return;
                }
                byte[] copy = new byte[part.remaining()];
                part.get(copy);
                bytes.writeBytes(copy);
            }
        }

        @Override
        public void onError(Throwable failure) {
            body.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            body.complete(bytes.toByteArray());
        }
    }
}
