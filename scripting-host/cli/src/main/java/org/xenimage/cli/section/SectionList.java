package org.xenimage.cli.section;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.label.LabelFile;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Plural;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.section.SectionHead;

import picocli.CommandLine.Command;

import java.io.IOException;
import java.util.List;

/** {@code xenimage section list}. */
@Needs(work = Needs.Work.BRIEF)
@Command(
        name = "list",
        header = "list the site sections",
        description =
                "Lists the site sections of a native image. Their content is not read, so no key is needed.",
        footerHeading = "%nExamples:%n",
        footer = {"  xenimage section list web1.native"})
final class SectionList extends SectionFile {
    @Override
    public Integer call() throws IOException, CommandFailed {
        List<SectionHead> heads;
        try (LabelFile file = open(false)) {
            heads = file.label().container().siteSections();
        }
        TextOutput out = out();
        if (json()) {
            ObjectNode report = JsonNodeFactory.instance.objectNode().put("image", image());
            ArrayNode list = report.putArray("sections");
            heads.forEach(head -> list.add(tree(head)));
            out.println(report.toString());
        } else {
            for (SectionHead head : heads)
                out.println(
                        "%-*s  %-10s  %-9s  %s"
                                .replace("*", Integer.toString(SectionHead.NAME_MAX))
                                .formatted(
                                        head.name(),
                                        head.type(),
                                        head.mandatory() ? "mandatory" : "optional",
                                        Plural.of(head.length(), "byte"))
                                .stripTrailing());
        }
        out.flush();
        return 0;
    }
}
