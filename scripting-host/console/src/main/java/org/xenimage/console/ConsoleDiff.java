package org.xenimage.console;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.policy.Secrets;

import java.util.List;
import java.util.Optional;

/** {@code diff}. */
record ConsoleDiff() implements PromptCommand {
    private static final int SHOWN = 200;
    private static final int WIDTH = 56;

    @Override
    public String name() {
        return "diff";
    }

    @Override
    public String synopsis() {
        return "";
    }

    @Override
    public String summary() {
        return "lists every edit with its old and new value";
    }

    @Override
    public void run(Session session, List<String> words) throws CommandMisused {
        CommandTable.none(name(), words);
        List<StagedEdits.Edit> edits =
                session.code().edits().steps().stream()
                        .flatMap(step -> step.edits().stream())
                        .toList();
        if (edits.isEmpty()) session.out().println("nothing edited");
        edits.stream().limit(SHOWN).forEach(edit -> print(session, edit));
        if (edits.size() > SHOWN)
            session.out().println("… and " + (edits.size() - SHOWN) + " more edits");
    }

    static void print(Session session, StagedEdits.Edit edit) {
        String place = (edit.element() + " " + edit.path()).strip();
        Secrets secrets = session.setup().code().showSecrets() ? Secrets.TOLD : Secrets.BY_NAME;
        session.out()
                .println(
                        place
                                + ": "
                                + session.styled(
                                        Style.ERROR,
                                        display(
                                                edit.before()
                                                        .map(old ->
                                                                secrets.hide(edit.path(), old))))
                                + " → "
                                + session.styled(
                                        Style.GOOD,
                                        display(
                                                edit.after()
                                                        .map(now ->
                                                                secrets.hide(edit.path(), now)))));
    }

    private static String display(Optional<JsonNode> value) {
        String text = value.map(JsonNode::toString).orElse("nothing");
        return text.length() <= WIDTH ? text : text.substring(0, WIDTH - 1) + "…";
    }
}
