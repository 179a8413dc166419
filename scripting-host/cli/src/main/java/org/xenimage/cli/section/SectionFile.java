package org.xenimage.cli.section;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.label.LabelFile;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.ReadOptions;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The common part of all actions on the sections of one image. They accept images with mandatory sections that no
 * schema describes, because users need them to inspect and remove such sections.
 */
abstract class SectionFile extends Subcommand {
    @Parameters(index = "0", paramLabel = "IMAGE", description = "a native image in a file")
    private String image = "";

    @Mixin private KeyOptions keys = new KeyOptions();

    final String image() {
        return image;
    }

    final LabelFile open(boolean change) throws IOException, CommandFailed {
        return LabelFile.open(
                image,
                files(),
                new ReadOptions(keys.reading().keys(), SectionRegistry.ALL),
                change);
    }

    /** What the site says of its sections. */
    final SectionRegistry known() throws IOException {
        return keys.reading().sections();
    }

    final void requireName(String name) {
        SectionHead.nameProblem(name)
                .ifPresent(problem -> {
                    throw misused(problem);
                });
    }

    final CommandFailed absent(String name, List<SectionHead> there) {
        return new CommandFailed(
                "%s: has no section %s; %s"
                        .formatted(
                                image,
                                name,
                                there.isEmpty()
                                        ? "it has no site sections"
                                        : "it has "
                                                + there.stream()
                                                        .map(SectionHead::name)
                                                        .collect(Collectors.joining(", "))));
    }

    static List<SectionHead> heads(List<SiteSection> sections) {
        return sections.stream().map(SiteSection::head).toList();
    }

    static ObjectNode tree(SectionHead head) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", head.name())
                .put("type", head.type())
                .put("mandatory", head.mandatory())
                .put("length", head.length())
                .put("sha256", head.sha256());
    }
}
