package org.xenimage.cli.section;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.cli.label.AuthorOptions;
import org.xenimage.cli.label.LabelFile;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Needs;
import org.xenimage.image.section.SiteSection;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code xenimage section drop}. */
@Needs(work = Needs.Work.BRIEF)
@Command(
        name = "drop",
        header = "remove a site section",
        description = {
            "Removes a site section from a native image, in place, including a mandatory one that no schema "
                    + "describes.",
            "The bytes stay in the file until it is rewritten: 'xenimage rewrite' makes a copy without them."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  xenimage section drop web1.native example.console-log"})
final class SectionDrop extends SectionFile {
    @Parameters(index = "1", paramLabel = "NAME", description = "the name of the section")
    private String name = "";

    @Mixin private AuthorOptions author = new AuthorOptions();

    @Override
    public Integer call() throws IOException, CommandFailed {
        requireName(name);
        try (LabelFile file = open(true)) {
            file.label().changeSections(this::without, author.draft("section"));
        }
        if (json()) print(JsonNodeFactory.instance.objectNode().put("dropped", name));
        return 0;
    }

    private List<SiteSection> without(List<SiteSection> sections) throws CommandFailed {
        List<SiteSection> all = new ArrayList<>(sections);
        if (!all.removeIf(one -> one.name().equals(name))) throw absent(name, heads(sections));
        return all;
    }
}
