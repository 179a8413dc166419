package org.xenimage.console;

import org.xenimage.script.policy.Language;

import java.io.PrintWriter;
import java.util.List;

/** {@code help}. */
record ConsoleHelp() implements PromptCommand {
    @Override
    public String name() {
        return "help";
    }

    @Override
    public String synopsis() {
        return "[COMMAND]";
    }

    @Override
    public String summary() {
        return "lists the commands, or explains one";
    }

    @Override
    public void run(Session session, List<String> words) throws CommandMisused {
        PrintWriter out = session.out();
        if (!words.isEmpty()) {
            PromptCommand command = session.commands().get(words.getFirst());
            if (command == null)
                throw new CommandMisused("there is no command " + words.getFirst());
            out.println(line(command));
            command.details().forEach(detail -> out.println("  " + detail));
            return;
        }
        out.println(session.styled(Style.STRONG, "Commands"));
        for (PromptCommand command : CommandTable.all()) out.println("  " + line(command));
        out.println("  With a colon before it, a name is always a command: :info");
        out.println();
        out.println(session.styled(Style.STRONG, "Code") + ": the image is called image");
        boolean js = session.setup().language() == Language.JAVASCRIPT;
        for (String example :
                js
                        ? List.of(
                                "image.config.c_info.name = 'web2'",
                                "image.vcpus[0].rip",
                                "image.records.map(r => r.type)",
                                "image.record('X86_TSC_INFO').fields",
                                "image.page(0x26).u64(0)",
                                "image.page(0x26).hexdump({ length: 64 })",
                                "image.find({ text: 'TOKEN=', limit: 5 })",
                                "image.pages.types")
                        : List.of(
                                "image.config['c_info']['name'] = 'web2'",
                                "image.vcpus[0]['rip']",
                                "[r.type for r in image.records]",
                                "image.record('X86_TSC_INFO').fields",
                                "image.page(0x26).u64(0)",
                                "image.page(0x26).hexdump(length=64)",
                                "image.find(text='TOKEN=', limit=5)",
                                "image.pages.types")) out.println("  " + example);
        out.println("  Tab completes; Ctrl-C interrupts; Ctrl-D ends the console");
    }

    private static String line(PromptCommand command) {
        return "%-22s %s"
                .formatted((command.name() + " " + command.synopsis()).strip(), command.summary());
    }

    @Override
    public List<String> candidates() {
        return CommandTable.all().stream().map(PromptCommand::name).toList();
    }
}
