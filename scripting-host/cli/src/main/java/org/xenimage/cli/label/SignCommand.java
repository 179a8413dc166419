package org.xenimage.cli.label;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.SectionOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.spi.ReadOptions;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code xenimage sign}. */
@Command(
        name = "sign",
        header = "sign a native image",
        description = {
            "Adds a statement to the provenance of a native image and signs it with an "
                    + "Ed25519 key: in place, or with -o in a copy. No page moves. After a crash the "
                    + "file is either signed or unchanged.",
            "The signature covers the content digest, the site sections and every earlier "
                    + "statement, but not the metadata.",
            "Keys are PEM, as openssl makes them: openssl genpkey -algorithm ed25519 -out "
                    + "sign.key; openssl pkey -in sign.key -pubout -out sign.key.pub. --new-key does "
                    + "the same."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage sign --new-key sign.key",
            "  xenimage sign web1.native --key sign.key",
            "  xenimage sign web1.native --key sign.key -o signed.native --at 2026-01-31T12:00:00Z --operator ada"
        })
public final class SignCommand extends Subcommand {
    private static final int STEP = 1 << 20;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "IMAGE",
            description = "a native image in a file")
    private String image = "";

    @Option(names = "--key", paramLabel = "FILE", description = "the private key")
    private @Nullable Path key;

    @Option(
            names = "--new-key",
            paramLabel = "FILE",
            description = "make a key pair: FILE, which only you can read, and FILE.pub")
    private @Nullable Path newKey;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "sign a copy")
    private String out = "";

    @Mixin private OutputOptions outputs = new OutputOptions();

    @Mixin private AuthorOptions author = new AuthorOptions();

    @Mixin private SectionOptions sections = new SectionOptions();

    /** Called by the command line. */
    public SignCommand() {}

    @Override
    public Integer call() throws IOException, CommandFailed {
        Optional<SigningKey> with = key();
        if (image.isEmpty()) return done();
        SigningKey signing = with.orElseThrow();
        if (out.isEmpty()) {
            sign(image, signing);
            return done();
        }
        RunFiles files = files();
        LabelFile.open(image, files, reading(), false).close();
        try (Output copy = Output.open(out, files, outputs.force())) {
            Optional<FileChannel> to = copy.sink().file();
            if (to.isEmpty()) throw misused("-o: expected a file, since signing needs to seek");
            copy(Path.of(image), to.get());
            sign(copy.path().toString(), signing);
            copy.commit();
        }
        return done();
    }

    private int done() {
        if (json()) {
            ObjectNode report = JsonNodeFactory.instance.objectNode();
            if (newKey != null) report.put("key", newKey.toString());
            if (!image.isEmpty()) report.put("output", out.isEmpty() ? image : out);
            print(report);
        }
        return ExitStatus.FINE;
    }

    private Optional<SigningKey> key() throws IOException {
        if (newKey != null && key != null) throw misused("use either --key or --new-key");
        RunFiles files = files();
        if (newKey != null) {
            files.writing(newKey);
            return Optional.of(SigningKey.make(newKey));
        }
        if (image.isEmpty()) throw misused("IMAGE is missing; --new-key FILE alone makes a key");
        if (key == null) throw misused("--key is missing");
        files.reading(key);
        return Optional.of(SigningKey.read(key));
    }

    private ReadOptions reading() throws IOException {
        return new ReadOptions(List.of(), sections.known(files()));
    }

    private void sign(String name, SigningKey signing) throws IOException, CommandFailed {
        try (LabelFile file = LabelFile.open(name, files(), reading(), true)) {
            file.label().sign(author.draft("sign"), signing);
        }
    }

    /** Copies a file, holes as holes. */
    private static void copy(Path from, FileChannel to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(STEP);
        ByteBuffer zeros = ByteBuffer.allocateDirect(STEP).asReadOnlyBuffer();
        try (FileChannel channel = FileChannel.open(from)) {
            long length = channel.size();
            for (long at = 0; at < length; at += buffer.limit()) {
                buffer.clear().limit((int) Math.min(STEP, length - at));
                while (buffer.hasRemaining()) {
                    if (channel.read(buffer, at + buffer.position()) < 0)
                        throw new IOException(from + ": shrank while it was being copied");
                }
                buffer.flip();
                boolean last = at + buffer.limit() == length;
                if (!last && buffer.equals(zeros.clear().limit(buffer.limit()))) continue;
                long place = at;
                while (buffer.hasRemaining()) place += to.write(buffer, place);
                buffer.flip();
            }
        }
    }
}
