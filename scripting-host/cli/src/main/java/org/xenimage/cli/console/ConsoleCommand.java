package org.xenimage.cli.console;

import org.jspecify.annotations.Nullable;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.InspectOption;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.SecretsOption;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.console.Console;
import org.xenimage.console.ImageDestination;
import org.xenimage.console.Screen;
import org.xenimage.console.Setup;
import org.xenimage.image.Images;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.RunFiles;
import org.xenimage.script.HostOptions;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code xenimage console}. */
@Needs(scripts = Needs.Scripts.TYPED, agent = false)
@Command(
        name = "console",
        header = "inspect and edit an image interactively",
        description = {
            "Inspects and edits an image interactively, in JavaScript or Python. The "
                    + "image is 'image': header, config, metadata, records, vcpus, page(pfn), pages, "
                    + "find().",
            "There are also commands: info, ls, hexdump, find, map, status, diff, undo, "
                    + "commit, verify, policy, help, quit. Edits are staged; 'commit OUT' writes them "
                    + "to another file. IMAGE is never written.",
            "With -c or -f, or if standard input is not a terminal, prints the value of the "
                    + "last expression; then only a line that starts with a colon is a command."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage console web1.save",
            "  xenimage console web1.save --lang python",
            "  xenimage console web1.save -c 'image.vcpus[0].rip'",
            "  xenimage console web1.save --lang python -c 'image.find(text=\"TOKEN=\", limit=5)'",
            "  xenimage console web1.save -f inspect.js",
            "  xenimage console web1.save -f inspect.js --inspect",
            "  xenimage console web1.save <<'END'",
            "  image.config.c_info.name = 'web2'",
            "  :commit web2.save",
            "  END"
        })
public final class ConsoleCommand extends Subcommand {
    private static final int SOURCE_MAX = 4 << 20;

    @Parameters(index = "0", paramLabel = "IMAGE", description = "an image, in a file")
    private String image = "";

    @Option(
            names = "--lang",
            paramLabel = "LANGUAGE",
            description = "js or python (default: the language of the -f file, else js)")
    private String lang = "";

    @Option(names = "-c", paramLabel = "CODE", description = "run this code and exit")
    private @Nullable String code;

    @Option(
            names = "-f",
            paramLabel = "FILE",
            description = "run the code in this file, before that of -c, and exit")
    private @Nullable Path file;

    @Mixin private KeyOptions keys = new KeyOptions();

    @Option(names = "--no-history", description = "do not save what is typed")
    private boolean noHistory;

    @Mixin private InspectOption inspect = new InspectOption();

    @Mixin private SecretsOption secrets = new SecretsOption();

    /** Called by the command line. */
    public ConsoleCommand() {}

    @Override
    public Integer call() throws IOException {
        if (image.equals("-")) {
            throw misused("the console needs a file, since it reads the image in any order");
        }
        RunFiles files = files();
        Inputs.open(image, files).close();
        HostOptions options =
                inspect.inspection(this)
                        .map(HostOptions.defaults()::withInspection)
                        .orElse(HostOptions.defaults())
                        .withSecrets(secrets.visible());
        Setup setup =
                new Setup(
                        Images.load(),
                        Path.of(image),
                        keys.reading(),
                        language(),
                        options.withLimits(new Limits(Duration.ofDays(365), Long.MAX_VALUE, 0)),
                        options,
                        RunContext.of(
                                Operation.REWRITE,
                                image,
                                System.getProperty("user.name", "unknown"),
                                Instant.now().truncatedTo(ChronoUnit.SECONDS)),
                        (name, force) -> opened(Output.open(name, files, force)),
                        ConsoleCommand::screen,
                        files,
                        colours(),
                        unicode(),
                        !quiet(),
                        history());
        Console console = new Console(setup);
        List<Console.CommandFile> scripts = new ArrayList<>();
        if (file != null) files.reading(file);
        if (file != null) scripts.add(new Console.CommandFile(file.toString(), source(file)));
        if (code != null) scripts.add(new Console.CommandFile("-c", code));
        if (scripts.isEmpty() && ProgressLine.isTerminal(0)) {
            console.converse();
            return 0;
        }
        if (scripts.isEmpty()) {
            files.readingStandardInput();
            scripts.add(
                    new Console.CommandFile("standard input", source("standard input", System.in)));
        }
        TextOutput out = out();
        try {
            console.run(scripts, out, out.bytes(), err());
        } finally {
            out.flush();
        }
        return 0;
    }

    private static Screen screen(Writer terminal) {
        TextOutput text = TextOutput.over(terminal, true);
        return new Screen(text, text.bytes());
    }

    private static ImageDestination.PendingImage opened(Output output) {
        return new ImageDestination.PendingImage() {
            @Override
            public ByteSink sink() {
                return output.sink();
            }

            @Override
            public void commit() throws IOException {
                output.commit();
            }

            @Override
            public void close() throws IOException {
                output.close();
            }
        };
    }

    private static String source(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return source(file.toString(), in);
        }
    }

    private static String source(String name, InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(SOURCE_MAX + 1);
        if (bytes.length > SOURCE_MAX)
            throw new IOException(name + ": is longer than " + SOURCE_MAX + " bytes");
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new IOException(name + ": is not UTF-8", e);
        }
    }

    private Language language() {
        return switch (lang) {
            case "" ->
                    Optional.ofNullable(file)
                            .flatMap(named -> Language.ofFile(named.toString()))
                            .orElse(Language.JAVASCRIPT);
            case "js", "javascript" -> Language.JAVASCRIPT;
            case "py", "python" -> Language.PYTHON;
            default -> throw misused("--lang: expected js or python, found " + lang);
        };
    }

    private static boolean colours() {
        return System.getenv().getOrDefault("NO_COLOR", "").isEmpty();
    }

    private static boolean unicode() {
        for (String name : List.of("XENIMAGE_LOCALE", "LC_ALL", "LC_CTYPE", "LANG")) {
            String value = System.getenv().getOrDefault(name, "");
            if (!value.isEmpty())
                return value.toUpperCase(java.util.Locale.ROOT).replace("-", "").contains("UTF8");
        }
        return false;
    }

    private Optional<Path> history() {
        if (noHistory) return Optional.empty();
        String state = System.getenv().getOrDefault("XDG_STATE_HOME", "");
        Path folder =
                state.isEmpty()
                        ? Path.of(System.getProperty("user.home", "."), ".local", "state")
                        : Path.of(state);
        return Optional.of(folder.resolve("xenimage").resolve("console-history"));
    }
}
