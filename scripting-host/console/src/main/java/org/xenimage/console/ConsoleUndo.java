package org.xenimage.console;

import org.xenimage.script.edit.StagedEdits;

import java.util.List;
import java.util.Optional;

/** {@code undo}. */
record ConsoleUndo() implements PromptCommand {
    @Override
    public String name() {
        return "undo";
    }

    @Override
    public String synopsis() {
        return "";
    }

    @Override
    public String summary() {
        return "reverts the last step";
    }

    @Override
    public List<String> details() {
        return List.of(
                "Records, pages and configs that code still holds are out of date: get them from image again.");
    }

    @Override
    public void run(Session session, List<String> words) throws CommandMisused {
        CommandTable.none(name(), words);
        Optional<StagedEdits.Step> step = session.code().undo();
        if (step.isPresent()) session.written(false);
        session.out()
                .println(
                        step.map(taken ->
                                        "undid step %d: %s"
                                                .formatted(
                                                        taken.number(),
                                                        CommandTable.plural(
                                                                taken.edits().size(), "edit")))
                                .orElse("nothing to undo"));
    }
}
