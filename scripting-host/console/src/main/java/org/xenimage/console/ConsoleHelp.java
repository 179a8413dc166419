package org.xenimage.console;

import org.xenimage.script.api.Notation;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** {@code help}. */
record ConsoleHelp() implements PromptCommand {
    @Override
    public String name() {
        return "help";
    }

    @Override
    public String synopsis() {
        return "[COMMAND|OBJECT]";
    }

    @Override
    public String summary() {
        return "lists the commands, or explains one, or an object or member such as image.find";
    }

    @Override
    public void run(Session session, List<String> words) throws CommandMisused {
        PrintWriter out = session.out();
        if (!words.isEmpty()) {
            PromptCommand command = session.commands().get(words.getFirst());
            if (command == null) {
                if (ApiHelp.of(session).explain(words.getFirst(), session)) return;
                throw new CommandMisused("there is no command or object " + words.getFirst());
            }
            out.println(line(command));
            command.details().forEach(detail -> out.println("  " + detail));
            return;
        }
        out.println(session.styled(Style.STRONG, "Commands"));
        for (PromptCommand command : CommandTable.all()) out.println("  " + line(command));
        out.println("  With a colon before it, a name is always a command: :info");
        out.println();
        out.println(session.styled(Style.STRONG, "Code") + ": the image is called image");
        ApiHelp.of(session).examples().forEach(example -> out.println("  " + example));
        out.println(
                "  help image, help image.find, help HVM_PARAMS: what an object, a member, a record is");
        out.println("  Tab completes; Ctrl-C interrupts; Ctrl-D ends the console");
    }

    private static String line(PromptCommand command) {
        return "%-22s %s"
                .formatted((command.name() + " " + command.synopsis()).strip(), command.summary());
    }

    @Override
    public List<String> candidates() {
        List<String> names = new ArrayList<>();
        for (PromptCommand command : CommandTable.all()) names.add(command.name());
        names.addAll(new ApiHelp(Notation.JAVASCRIPT).names());
        return names;
    }
}
