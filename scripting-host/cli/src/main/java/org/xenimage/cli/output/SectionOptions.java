package org.xenimage.cli.output;

import org.xenimage.image.io.RunFiles;
import org.xenimage.image.section.SectionRegistry;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The options of every command that reads images: which sections of sites this site knows. */
public final class SectionOptions {
    /** Names a file for all commands. */
    private static final String VARIABLE = "XENIMAGE_SECTION_SCHEMA";

    @Option(
            names = "--section-schema",
            paramLabel = "FILE",
            description = {
                "JSON that describes sections of sites, so that mandatory ones are taken;",
                "repeat it for several (default: the file that XENIMAGE_SECTION_SCHEMA names)"
            })
    private List<Path> files = new ArrayList<>();

    /** Called by the command line. */
    public SectionOptions() {}

    /**
     * The sections that are known.
     *
     * @param run takes the files as read
     * @return what the files describe; that of the environment only if no other was given
     * @throws IOException if one cannot be read or is not such a file
     */
    public SectionRegistry known(RunFiles run) throws IOException {
        SectionRegistry known = SectionRegistry.NONE;
        for (Path file : files) known = known.with(read(file, run));
        String named = System.getenv(VARIABLE);
        return files.isEmpty() && named != null && !named.isEmpty()
                ? read(FileNames.path(named), run)
                : known;
    }

    private static SectionRegistry read(Path file, RunFiles run) throws IOException {
        run.reading(file);
        return SectionRegistry.read(file);
    }
}
