package org.xenimage.cli.agent;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;

/**
 * Puts this process in a client's place: working folder, umask, environment, locale, time zone, standard streams.
 *
 * <p>Java reads the working folder and the environment once, when the process starts. What it remembers is replaced by
 * reflection (the launcher opens the packages, and accepts one version of Java only), and then everything is checked
 * through the public API: if any of it is not as the client has it, the command is declined, and nothing has happened.
 */
final class Adoption {
    private static final int O_ACCMODE = 3;
    private static final int O_NOCTTY = 0x100;
    private static final int TYPE = 0xf000;
    private static final int PIPE = 0x1000;
    private static final int CHARACTERS = 0x2000;

    private Adoption() {}

    /** The descriptor number of a connection. */
    static int descriptor(SocketChannel channel) throws IOException {
        try {
            Method method = Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal");
            method.setAccessible(true);
            if (method.invoke(channel) instanceof Integer number) return number;
        } catch (ReflectiveOperationException e) {
            throw unsupported("the descriptor of a socket", e);
        }
        throw unsupported("the descriptor of a socket", null);
    }

    /**
     * Takes over everything but the standard streams.
     *
     * @param client in whose place
     * @param display its locale for texts
     * @param format its locale for numbers
     */
    static void adopt(ClientProcess client, String display, String format) throws IOException {
        Path folder = client.folder();
        WorkerCalls.changeFolder(client.file("cwd").toString());
        setFolder(folder.toString());
        WorkerCalls.setUmask(client.umask());
        Map<String, String> environment = setEnvironment(client.environment());
        Locale.setDefault(Locale.Category.DISPLAY, Locale.forLanguageTag(display));
        Locale.setDefault(Locale.Category.FORMAT, Locale.forLanguageTag(format));
        System.clearProperty("user.timezone");
        TimeZone.setDefault(null); // asks the environment again
        check(folder, environment);
    }

    private static void setFolder(String folder) throws IOException {
        System.setProperty("user.dir", folder);
        try {
            Field files =
                    Class.forName("sun.nio.fs.UnixFileSystem").getDeclaredField("defaultDirectory");
            files.setAccessible(true);
            files.set(FileSystems.getDefault(), folder.getBytes(StandardCharsets.UTF_8));
            Field old = File.class.getDeclaredField("FS");
            old.setAccessible(true);
            Field user = Class.forName("java.io.UnixFileSystem").getDeclaredField("userDir");
            user.setAccessible(true);
            user.set(old.get(null), folder);
        } catch (ReflectiveOperationException e) {
            throw unsupported("the working folder", e);
        }
    }

    /** Sets the environment of Java, and that of the C library; gives what Java is to show. */
    private static Map<String, String> setEnvironment(List<byte[][]> variables) throws IOException {
        Map<String, String> shown = new HashMap<>();
        // Not clearenv(3): the JVM reads the list of the C library, which there is none of then.
        for (String name : System.getenv().keySet()) WorkerCalls.removeVariable(name);
        try {
            Field field =
                    Class.forName("java.lang.ProcessEnvironment")
                            .getDeclaredField("theEnvironment");
            field.setAccessible(true);
            Method name = of("java.lang.ProcessEnvironment$Variable");
            Method value = of("java.lang.ProcessEnvironment$Value");
            @SuppressWarnings("unchecked") // its keys and values are made below as it makes them
            Map<Object, Object> known = (Map<Object, Object>) field.get(null);
            known.clear();
            // The first of two variables of one name counts, as in the C library.
            for (byte[][] variable : variables.reversed()) {
                known.put(
                        name.invoke(null, (Object) variable[0]),
                        value.invoke(null, (Object) variable[1]));
                shown.put(text(variable[0]), text(variable[1]));
                WorkerCalls.setVariable(variable[0], variable[1]);
            }
        } catch (ReflectiveOperationException e) {
            throw unsupported("the environment", e);
        }
        return shown;
    }

    private static Method of(String type) throws ReflectiveOperationException {
        Method method = Class.forName(type).getMethod("valueOf", byte[].class);
        method.setAccessible(true);
        return method;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void check(Path folder, Map<String, String> environment) throws IOException {
        Path current = Files.readSymbolicLink(Path.of("/proc/self/cwd"));
        if (!current.equals(folder)
                || !Path.of("").toAbsolutePath().equals(folder)
                || !new File("a").getAbsolutePath().equals(folder.resolve("a").toString())
                || !Files.isSameFile(Path.of("."), folder))
            throw unsupported("the working folder", null);
        if (!System.getenv().equals(environment)) throw unsupported("the environment", null);
    }

    /**
     * Copies of a client's standard streams; they share its positions in files.
     *
     * @param process the client's number
     * @param client the same, in /proc
     */
    static int[] streams(int process, ClientProcess client) throws IOException {
        int[] streams = new int[3];
        for (int stream = 0; stream < streams.length; stream++) {
            int copy = WorkerCalls.descriptorOf(process, stream);
            streams[stream] = copy == WorkerCalls.NOT_PERMITTED ? reopened(client, stream) : copy;
        }
        return streams;
    }

    /** A stream opened again: as good for what has no position. */
    private static int reopened(ClientProcess client, int stream) throws IOException {
        Path file = client.file("fd/" + stream);
        int type = Files.getAttribute(file, "unix:mode") instanceof Integer mode ? mode & TYPE : 0;
        if (type != PIPE && type != CHARACTERS)
            throw new IOException(
                    "stream %d cannot be shared with another process".formatted(stream));
        return WorkerCalls.open(file.toString(), (client.flags(stream) & O_ACCMODE) | O_NOCTTY);
    }

    /** Puts streams in the places of this process's. */
    static void setStreams(int[] streams) throws IOException {
        for (int stream = 0; stream < streams.length; stream++) {
            WorkerCalls.replace(stream, streams[stream]);
            WorkerCalls.close(streams[stream]);
        }
    }

    /** Lets go of the client's streams, so that who reads them sees their end. */
    static void releaseStreams() throws IOException {
        int nowhere = WorkerCalls.open("/dev/null", 2);
        for (int stream = 0; stream < 3; stream++) WorkerCalls.replace(stream, nowhere);
    }

    private static IOException unsupported(
            String what, @org.jspecify.annotations.Nullable Exception cause) {
        return new IOException(what + " cannot be taken over", cause);
    }
}
