package org.xenimage.cli.output;

import org.xenimage.image.seal.ImageKey;
import org.xenimage.image.spi.ReadOptions;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The options of every command that reads images: the keys of encrypted ones, and the known site sections. */
public final class KeyOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Names a key file for all commands. */
    private static final String VARIABLE = "XENIMAGE_KEY_FILE";

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = {
                "the key of an encrypted image: 32 bytes, or 64 hexadecimal digits;",
                "repeat it to try several (default: the file that XENIMAGE_KEY_FILE names)"
            })
    private List<Path> keyFiles = new ArrayList<>();

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "a file with the passphrase of an encrypted image")
    private List<Path> passphraseFiles = new ArrayList<>();

    @Mixin private SectionOptions sections = new SectionOptions();

    /** Called by the command line. */
    public KeyOptions() {}

    /**
     * The keys that were given.
     *
     * @return in order, key files first; that of the environment only if no other was given
     * @throws IOException if one cannot be read
     */
    public List<ImageKey> keys() throws IOException {
        List<ImageKey> keys = new ArrayList<>();
        for (Path path : keyFiles) keys.add(ImageKey.file(read(path)));
        for (Path path : passphraseFiles) keys.add(ImageKey.passphrase(read(path)));
        String named = System.getenv(VARIABLE);
        if (keys.isEmpty() && named != null && !named.isEmpty())
            keys.add(ImageKey.file(read(Path.of(named))));
        return keys;
    }

    private Path read(Path file) throws IOException {
        ProgramRun.of(spec).files().reading(file);
        return file;
    }

    /**
     * What a reader needs.
     *
     * @return the keys, and the known site sections
     * @throws IOException if one cannot be read
     */
    public ReadOptions reading() throws IOException {
        return new ReadOptions(keys(), sections.known(ProgramRun.of(spec).files()));
    }
}
