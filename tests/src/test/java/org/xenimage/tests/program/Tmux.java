package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A program at a terminal of its own, which tmux plays: keys go in, the screen comes out. */
final class Tmux implements AutoCloseable {
    private static final int LOOKS = 1200;
    private static final long LOOK_MILLIS = 100;
    private static final String PANE = "main";

    private final Path socket;

    private Tmux(Path socket) {
        this.socket = socket;
    }

    /** Whether there is one on this machine. */
    static boolean available() {
        try {
            return new ProcessBuilder("tmux", "-V").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Starts a shell command in a terminal of 110 by 50. */
    static Tmux start(Path folder, String command) throws IOException, InterruptedException {
        Tmux tmux = new Tmux(folder.resolve("tmux"));
        tmux.run(
                "-f",
                "/dev/null",
                "new-session",
                "-d",
                "-s",
                PANE,
                "-x",
                "110",
                "-y",
                "50",
                "-c",
                folder.toString(),
                command);
        return tmux;
    }

    private String run(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tmux", "-S", socket.toString()));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor(1, TimeUnit.MINUTES);
        assertEquals(0, process.exitValue(), () -> String.join(" ", words) + ": " + out);
        return out;
    }

    /** Types text as it is. */
    Tmux type(String text) throws IOException, InterruptedException {
        run("send-keys", "-t", PANE, "-l", text);
        return this;
    }

    /** Presses keys by tmux's names, such as Enter or C-c. */
    Tmux press(String... keys) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("send-keys", "-t", PANE));
        words.addAll(List.of(keys));
        run(words.toArray(String[]::new));
        return this;
    }

    /** Types a line. */
    Tmux enter(String text) throws IOException, InterruptedException {
        return type(text).press("Enter");
    }

    /** The screen, its blank lines omitted. */
    List<String> screen() throws IOException, InterruptedException {
        return run("capture-pane", "-p", "-t", PANE)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
    }

    /** Waits until the screen is as wanted. */
    List<String> await(String what, Predicate<List<String>> wanted)
            throws IOException, InterruptedException {
        List<String> screen = screen();
        for (int look = 1; !wanted.test(screen); look++) {
            if (look == LOOKS)
                fail("waited for " + what + " and saw\n" + String.join("\n", screen));
            Thread.sleep(LOOK_MILLIS);
            screen = screen();
        }
        return screen;
    }

    /** Waits until a line of the screen matches, and the prompt is there behind it. */
    List<String> awaitAnswer(String line, String prompt) throws IOException, InterruptedException {
        return await(
                line,
                screen ->
                        screen.stream().anyMatch(each -> each.matches(line))
                                && screen.getLast().strip().equals(prompt));
    }

    /** Waits until the program has ended. */
    void awaitEnd() throws IOException, InterruptedException {
        for (int look = 0; look < LOOKS; look++) {
            Process process =
                    new ProcessBuilder("tmux", "-S", socket.toString(), "has-session", "-t", PANE)
                            .redirectErrorStream(true)
                            .start();
            process.getInputStream().readAllBytes();
            if (process.waitFor() != 0) return;
            Thread.sleep(LOOK_MILLIS);
        }
        fail("the program did not end; the screen is\n" + String.join("\n", screen()));
    }

    @Override
    public void close() throws IOException {
        try {
            new ProcessBuilder("tmux", "-S", socket.toString(), "kill-server")
                    .redirectErrorStream(true)
                    .start()
                    .waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
