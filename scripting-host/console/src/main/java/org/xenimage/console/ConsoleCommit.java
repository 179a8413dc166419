package org.xenimage.console;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Guard;
import org.xenimage.script.edit.StagedEdits;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code commit}. */
record ConsoleCommit() implements PromptCommand {
    @Override
    public String name() {
        return "commit";
    }

    @Override
    public String synopsis() {
        return "OUT [--force]";
    }

    @Override
    public String summary() {
        return "writes the edited image to another file";
    }

    @Override
    public List<String> details() {
        return List.of(
                "OUT appears complete or not at all, and only if the edited image is well formed.",
                "What was not edited is copied byte for byte; the image itself is never written.",
                "--force replaces an existing OUT.");
    }

    @Override
    public boolean takesFiles() {
        return true;
    }

    @Override
    public void run(Session session, List<String> words) throws IOException, CommandMisused {
        List<String> names = new ArrayList<>(words);
        boolean force = names.remove("--force");
        if (names.size() != 1) throw new CommandMisused("commit takes " + synopsis());
        String name = names.getFirst();
        StagedEdits edits = session.code().edits();
        String source = session.image().name();
        var edited =
                new Guard(
                        source,
                        finding ->
                                new CorruptImage(
                                        finding.fault()
                                                .remedy(
                                                        "the edits break the rule %s; undo reverts the last step"
                                                                .formatted(finding.rule().id()))));
        try (ImageReader reader = session.reader();
                ImageDestination.PendingImage output =
                        session.setup().destination().open(name, force)) {
            Rewrite rewrite =
                    Rewrite.of(reader)
                            .with(options -> options.withStatement(session::statement))
                            .watchedBy(_ -> session.pulse());
            if (!edits.steps().isEmpty())
                rewrite = rewrite.through(edits.transform()).through(edited);
            rewrite.to(output.sink());
            output.commit();
        }
        session.written(true);
        session.out()
                .println(
                        name
                                + ": "
                                + (edits.steps().isEmpty()
                                        ? "written, unchanged"
                                        : "written, with "
                                                + CommandTable.plural(
                                                        edits.steps().size(), "step")));
    }
}
