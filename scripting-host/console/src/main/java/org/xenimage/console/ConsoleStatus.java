package org.xenimage.console;

import org.xenimage.script.edit.StagedEdits;

import java.util.List;

/** {@code status}. */
record ConsoleStatus() implements PromptCommand {
    @Override
    public String name() {
        return "status";
    }

    @Override
    public String synopsis() {
        return "";
    }

    @Override
    public String summary() {
        return "lists the steps in which the image was edited";
    }

    @Override
    public void run(Session session, List<String> words) throws CommandMisused {
        CommandTable.none(name(), words);
        List<StagedEdits.Step> steps = session.code().edits().steps();
        if (steps.isEmpty()) session.out().println("nothing edited");
        for (StagedEdits.Step step : steps) {
            String code = step.code().strip().replaceAll("\\s*\\n\\s*", " ⏎ ");
            session.out()
                    .println(
                            "%3d  %-12s %s"
                                    .formatted(
                                            step.number(),
                                            CommandTable.plural(step.edits().size(), "edit"),
                                            session.styled(
                                                    Style.FAINT,
                                                    code.length() <= 60
                                                            ? code
                                                            : code.substring(0, 59) + "…")));
        }
        if (!steps.isEmpty())
            session.out()
                    .println(
                            "type diff to show the edits, undo to undo the last step, commit OUT to write them");
    }
}
