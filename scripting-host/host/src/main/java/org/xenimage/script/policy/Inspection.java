package org.xenimage.script.policy;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.function.Consumer;

/**
 * A debugger for policies: the inspector protocol of Chrome on a port of the loopback address, for both languages.
 *
 * <p>The first policy that starts waits for a debugger, and runs when that says so. Where it stops, at a breakpoint, a
 * {@code debugger} statement or {@code breakpoint()}, the limits of time, processor time and allocation stand still. A
 * debugger sees a policy's source as {@code file:///NAME}, where NAME is the name of its file, and modules by their
 * paths beside it.
 *
 * <p>A debugger runs any code in the policy's sandbox, and reads the image that the policy sees. The address has a
 * secret in its path, which keeps web pages out, but the inspector tells it to every process of this machine that asks
 * the port. So this is for trying policies, never for runs on which a guest waits.
 *
 * @param port to listen on; 0 for any that is free
 * @param opened hears the address, once for each engine, on any thread
 */
public record Inspection(int port, Consumer<URI> opened) {
    /** The port on which debuggers look for it. */
    public static final int PORT = 9229;

    private static final int PORT_MIN = 1024;
    private static final int PORT_MAX = 65_535;

    /** Checks the port. */
    public Inspection {
        if (port != 0 && (port < PORT_MIN || port > PORT_MAX))
            throw new IllegalArgumentException(
                    "port: expected 0, or %d to %d; found %d".formatted(PORT_MIN, PORT_MAX, port));
    }

    /**
     * Checks that nothing else listens on the port, for a message before anything is begun.
     *
     * @throws IOException if something does
     */
    public void requireFree() throws IOException {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (BindException e) {
            throw new IOException(
                    "port %d is in use on this machine: end what listens there, or use another, as --inspect=0 for any"
                            .formatted(port),
                    e);
        }
    }
}
