package org.xenimage.cli.shell;

import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

import java.util.List;

/** Completion for fish. */
final class FishCompletion implements CompletionScript {
    private final CommandTree tree;
    private final List<String> library;

    FishCompletion(CommandTree tree, List<String> library) {
        this.tree = tree;
        this.library = library;
    }

    @Override
    public String text() {
        var text =
                new StringBuilder(
                        """
                        # Completion of xenimage for fish; written by 'xenimage completion fish'.
                        function __xenimage_at
                            set -l words (commandline -opc)
                            set -e words[1]
                            set -l path
                            for word in $words
                                string match -q -- '-*' $word; and continue
                                if contains -- (string join ' ' $path $word) %s
                                    set path $path $word
                                end
                            end
                            test (string join ' ' $path) = "$argv"
                        end
                        complete -c xenimage -f
                        """
                                .formatted(
                                        String.join(
                                                " ",
                                                tree.commands().stream()
                                                        .map(one -> "'" + one.path() + "'")
                                                        .filter(one -> !one.equals("''"))
                                                        .toList())));
        for (CommandTree.Entry command : tree.commands()) {
            String at =
                    "complete -c xenimage -n "
                            + quoted(("__xenimage_at " + command.path()).strip());
            for (CommandTree.Entry child : tree.children(command))
                text.append(at)
                        .append(" -a ")
                        .append(child.path().substring(child.path().lastIndexOf(' ') + 1))
                        .append(" -d ")
                        .append(quoted(child.summary()))
                        .append('\n');
            for (OptionSpec option : command.spec().options()) {
                text.append(at);
                for (String name : option.names())
                    text.append(name.startsWith("--") ? " -l " : " -s ")
                            .append(name.replaceFirst("^--?", ""));
                if (option.arity().min() > 0) text.append(" -r").append(candidates(option));
                text.append(" -d ").append(quoted(HelpText.summary(option))).append('\n');
            }
            for (PositionalParamSpec operand : command.spec().positionalParameters()) {
                String candidates = candidates(operand);
                if (!candidates.isEmpty()) text.append(at).append(candidates).append('\n');
            }
        }
        return text.toString();
    }

    private String candidates(ArgSpec arg) {
        return switch (ValueKind.of(arg)) {
            case ValueKind.AnyFile _ -> " -F";
            case ValueKind.Directory _, ValueKind.PolicyDirectory _ ->
                    " -a '(__fish_complete_directories)'";
            case ValueKind.PolicyReference _ -> " -F -a " + quoted(String.join(" ", library));
            case ValueKind.Domain _ ->
                    " -a " + quoted("(xl list 2>/dev/null | awk 'NR > 2 { print $1 }')");
            case ValueKind.HostCommand _ -> " -a '(__fish_complete_command)'";
            case ValueKind.OneOf(List<String> words) -> " -a " + quoted(String.join(" ", words));
            case ValueKind.Text _ -> "";
        };
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
