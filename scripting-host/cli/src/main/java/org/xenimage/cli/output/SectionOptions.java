package org.xenimage.cli.output;

import org.xenimage.image.io.RunFiles;
import org.xenimage.image.section.SectionRegistry;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The options of every command that reads images: which site sections are known. */
public final class SectionOptions {
    /** Names a file for all commands. */
    private static final String VARIABLE = "XENIMAGE_SECTION_SCHEMA";

    @Option(
            names = "--section-schema",
            paramLabel = "FILE",
            description = {
                "a JSON file that describes site sections, so that images with mandatory ones are accepted;",
                "repeat it for several (default: the file named by XENIMAGE_SECTION_SCHEMA)"
            })
    private List<Path> files = new ArrayList<>();

    /** Called by the command line. */
    public SectionOptions() {}

    /**
     * The sections that are known.
     *
     * @param run takes the files as read
     * @return the sections that the files describe; the variable is used only without the option
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
