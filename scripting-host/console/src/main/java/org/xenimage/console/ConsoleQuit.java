package org.xenimage.console;

import java.util.List;

/** {@code quit}. */
record ConsoleQuit() implements PromptCommand {
    @Override
    public String name() {
        return "quit";
    }

    @Override
    public String synopsis() {
        return "";
    }

    @Override
    public String summary() {
        return "ends the console; edits that were not written are lost";
    }

    @Override
    public void run(Session session, List<String> words) throws CommandMisused {
        CommandTable.none(name(), words);
        session.quit();
    }
}
