package org.xenimage.cli.toolstack;

import org.xenimage.cli.output.CommandFailed;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The xl program and its options; runs it. */
final class XlOptions {
    @Option(
            names = "--xl",
            paramLabel = "PROGRAM",
            defaultValue = "${env:XENIMAGE_XL:-xl}",
            description = "the xl program (default: the one that XENIMAGE_XL names, else xl)")
    private String program = "xl";

    @Option(
            names = "--xl-option",
            paramLabel = "OPTION",
            description =
                    "an option for xl itself, which goes before its command, such as --xl-option=-vvv")
    private List<String> options = new ArrayList<>();

    /** Called by the command line. */
    XlOptions() {}

    /**
     * Starts a command of xl that reads or writes a stream. Its messages go where ours go.
     *
     * <p>It ignores SIGPIPE, so that a stream that is closed is an error to it, after which it tidies up, and not its
     * end; and SIGINT, which a terminal sends to both of us: we end, and it sees the stream closed.
     */
    XlProcess start(boolean terminal, List<String> words) throws IOException {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("sh", "-c", "trap '' PIPE INT HUP; exec \"$@\"", "sh"));
        command.addAll(line(words));
        var builder = new ProcessBuilder(command).inheritIO();
        if (!terminal)
            builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        return new XlProcess(builder.start());
    }

    /** Runs a short command of xl, and returns its exit status. */
    int run(String... words) throws IOException, InterruptedException {
        return new ProcessBuilder(line(List.of(words))).inheritIO().start().waitFor();
    }

    /**
     * The number of a domain: its name may become another's while we work.
     *
     * @throws CommandFailed if xl does not know it, and said so
     */
    String domainNumber(String domain) throws IOException, InterruptedException, CommandFailed {
        if (domain.chars().allMatch(c -> c >= '0' && c <= '9')) return domain;
        return ask(ProcessBuilder.Redirect.INHERIT, "domid", domain)
                .orElseThrow(() -> new CommandFailed(domain + ": xl does not know this domain"));
    }

    /**
     * The number of the domain of this name, if there is one.
     *
     * @param name of the domain
     */
    Optional<String> numberOf(String name) throws IOException, InterruptedException {
        return ask(ProcessBuilder.Redirect.DISCARD, "domid", name);
    }

    /** What a short command of xl prints, if it succeeds and prints anything. */
    private Optional<String> ask(ProcessBuilder.Redirect errors, String... words)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(line(List.of(words))).redirectError(errors).start();
        String answer =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return process.waitFor() == 0 && !answer.isEmpty() ? Optional.of(answer) : Optional.empty();
    }

    private List<String> line(List<String> words) {
        List<String> line = new ArrayList<>();
        line.add(program);
        line.addAll(options);
        line.addAll(words);
        return line;
    }
}
