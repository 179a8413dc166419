package org.xenimage.cli;

import org.xenimage.cli.agent.WarmWorker;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Language;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The entry of a worker of {@code xenimage agent}: runs what commands run, until it is loaded and compiled, and then
 * waits for a client. The launcher starts it for the agent; not meant for users.
 */
public final class Warm {
    private Warm() {}

    /**
     * Serves one client.
     *
     * @param arguments the socket to listen on, and the rounds of training
     * @throws IOException if it cannot listen, or cannot write to the folder for temporary files
     */
    public static void main(String[] arguments) throws IOException {
        int rounds = Integer.parseInt(arguments[1]);
        if (rounds > 0) train(rounds);
        WarmWorker.serve(
                Path.of(arguments[0]),
                words ->
                        Main.run(
                                new FileOutputStream(FileDescriptor.out),
                                new FileOutputStream(FileDescriptor.err),
                                words));
    }

    private static void train(int rounds) throws IOException {
        Path scratch = Files.createTempDirectory("xenimage-warm");
        try {
            train(scratch, rounds);
        } finally {
            delete(scratch);
        }
        for (Language language : Language.values()) PolicyHost.prepare(language);
        System.gc(); // gives what the training used back to the system, while the worker waits
    }

    private static void train(Path scratch, int rounds) {
        String image = scratch.resolve("image").toString();
        String copy = scratch.resolve("copy").toString();
        run("sample", image, "--guest", "pv", "--memory", "8");
        for (int round = 0; round < rounds; round++) {
            run("info", image);
            run("verify", image);
            for (String policy : List.of("scrub-pattern", "scrub-pattern.py"))
                run(
                        "rewrite",
                        image,
                        copy,
                        "--force",
                        "--policy",
                        policy,
                        "--set",
                        "text=SECRET-API-TOKEN=",
                        "--set",
                        "length=49");
        }
    }

    private static void run(String... words) {
        // The status is of no interest: a command that fails here fails again where it is reported.
        int _ = Main.run(OutputStream.nullOutputStream(), OutputStream.nullOutputStream(), words);
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) Files.delete(file);
        }
        Files.delete(folder);
    }
}
