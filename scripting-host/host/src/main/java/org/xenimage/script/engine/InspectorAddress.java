package org.xenimage.script.engine;

import org.graalvm.polyglot.Engine;
import org.xenimage.script.policy.Inspection;

import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the address of the inspector in what it prints when its engine is made; nothing else tells it. */
final class InspectorAddress extends OutputStream {
    private static final Pattern ADDRESS = Pattern.compile("\\b(wss?://\\S+)");

    /** More than the inspector prints before its address. */
    private static final int LENGTH_MAX = 4096;

    private final StringBuilder printed = new StringBuilder();

    private InspectorAddress() {}

    /**
     * Makes an engine with an inspector, and passes its address on.
     *
     * @throws IllegalArgumentException if the class path has no inspector, or it could not begin to listen
     */
    static Engine announced(Inspection wanted, Function<OutputStream, Engine> making) {
        var printed = new InspectorAddress();
        Engine engine;
        try {
            engine = making.apply(printed);
        } catch (IllegalArgumentException e) {
            if (!String.valueOf(e.getMessage()).contains("inspect")) throw e;
            throw new IllegalArgumentException(
                    "the inspector is not on the class path of this run: org.graalvm.polyglot:inspect-community",
                    e);
        }
        Optional<URI> address = printed.address();
        if (address.isEmpty()) {
            engine.close();
            throw new IllegalArgumentException(
                    "the inspector does not listen on port " + wanted.port());
        }
        wanted.opened().accept(address.get());
        return engine;
    }

    private synchronized Optional<URI> address() {
        Matcher found = ADDRESS.matcher(printed);
        return found.find() ? Optional.of(URI.create(found.group(1))) : Optional.empty();
    }

    @Override
    public synchronized void write(int b) {
        if (printed.length() < LENGTH_MAX) printed.append((char) (b & 0xff));
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        int kept = Math.min(length, LENGTH_MAX - printed.length());
        if (kept > 0) printed.append(new String(bytes, offset, kept, StandardCharsets.ISO_8859_1));
    }
}
